"""The stick: chosen, filled, read; what was refused is counted, and nothing is lost by a mishap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kit.gui.port import LoopNode
from kit.gui.shared.courier import CourierPage
from kit.gui.shared.courier_rows import size_text
from kit.gui.window import MainWindow

from .conftest import FakeNode
from .fleet_rows import fleet, status
from .test_exchange import asked, open_exchanges, screen_of
from .ward_fixtures import turn
from .ward_kit import texts_of

Find = Callable[[QWidget], list[str]]
PLACES = [
    {"path": "/media/kit/A", "label": "CLE-CRISE", "free": 7_412_000_000},
    {"path": "/media/kit/B", "label": "SANDISK", "free": None},
]
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(port: LoopNode, fake_node: FakeNode, qtbot: QtBot) -> MainWindow:
    fake_node.answers |= {
        "peers": {"ok": fleet()},
        "status": {"ok": status()},
        "bundle.places": {"ok": PLACES},
    }
    return open_exchanges(port, qtbot)


def _page(window: MainWindow, way: str = "out") -> CourierPage:
    screen_of(window).carry(way)
    return screen_of(window).courier


def test_two_keys_carry_everything_on_the_first_stick(
    window: MainWindow, fake_node: FakeNode
) -> None:
    """Ctrl+E, Enter."""
    fake_node.answers["bundle.out"] = {
        "ok": {"entries": 1246, "feeds": 31, "files": 3, "bytes": 9_100_000, "text": ""}
    }
    QTest.keyClick(window, Qt.Key.Key_E, CTRL)
    page = screen_of(window).courier
    QTest.keyClick(page.places, Qt.Key.Key_Return)
    assert asked(fake_node, "bundle.out") == [{"path": "/media/kit/A"}]
    shown = texts_of(page.result).replace("\u202f", " ")
    assert page.result.isVisible()
    assert "peut être retirée" in shown


def test_what_was_refused_is_counted_by_reason(
    window: MainWindow, fake_node: FakeNode, qapp: QApplication
) -> None:
    """A hostile or foreign stick: what it held is said, and the rest is taken."""
    fake_node.answers["bundle.in"] = {
        "ok": {
            "stored": 214, "known": 1032, "from": ["Réanimation 1"], "text": "",
            "refused": [{"code": "SYN-014", "count": 3, "text": "D'un autre hôpital."},
                        {"code": "SYN-009", "count": 1, "text": ""}],
        }
    }  # fmt: skip
    page = _page(window, "in")
    page.begin()
    turn(qapp)
    shown = texts_of(page.result).replace("\u202f", " ")
    for words in ("214 nouvelles saisies prises", "1 032 étaient déjà ici", "Réanimation 1",
                  "3 saisies refusées", "D'un autre hôpital.", "SYN-009"):  # fmt: skip
        assert words in shown


def test_nothing_new_is_said_and_is_no_fault(
    window: MainWindow, fake_node: FakeNode, qapp: QApplication
) -> None:
    fake_node.answers["bundle.out"] = {"ok": {"entries": 0}}
    page = _page(window)
    page.begin()
    turn(qapp)
    assert "Rien de nouveau à emporter" in texts_of(page.result)


def test_it_shows_how_far_it_is_and_can_be_stopped(
    window: MainWindow, fake_node: FakeNode, port: LoopNode
) -> None:
    page = _page(window)
    page.run(running=True)
    port.push({"progress": {"job": "bundle", "done": 3_400_000, "total": 9_100_000}})
    assert page.progress.value() == 37
    assert "3,4 Mo sur 9,1 Mo" in texts_of(page)
    port.push({"progress": {"job": "print", "done": 1, "total": 2}})
    assert page.progress.value() == 37
    QTest.keyClick(page.stop, Qt.Key.Key_Escape)
    assert asked(fake_node, "cancel") == [{"job": "bundle"}]
    assert page.isVisible()


def test_a_stick_that_was_pulled_loses_nothing_and_says_so(
    window: MainWindow, fake_node: FakeNode
) -> None:
    fake_node.answers["bundle.out"] = {
        "refused": {"code": "SYN-070", "args": {"text": "La clé n'est plus là."}}
    }
    page = _page(window)
    page.begin()
    shown = texts_of(page.note)
    assert "La clé n'est plus là." in shown
    assert "Rien n’est perdu" in shown
    assert page.start.isEnabled()


def test_without_a_stick_a_folder_may_be_given(
    window: MainWindow, fake_node: FakeNode, qapp: QApplication
) -> None:
    fake_node.answers["bundle.places"] = {"fault": {"code": "CMD-004", "args": {}}}
    page = _page(window)
    turn(qapp)
    assert "Aucune clé n’est branchée" in texts_of(page)
    assert not page.places.isVisible()
    QTest.keyClicks(page.path, "/srv/echange")
    QTest.keyClick(page.path, Qt.Key.Key_Return)
    assert asked(fake_node, "bundle.out") == [{"path": "/srv/echange"}]


def test_a_stick_that_is_plugged_in_later_is_found(
    window: MainWindow, fake_node: FakeNode, qapp: QApplication
) -> None:
    fake_node.answers["bundle.places"] = {"ok": []}
    page = _page(window)
    fake_node.answers["bundle.places"] = {"ok": PLACES}
    page.again.click()
    turn(qapp)
    assert page.path.text() == "/media/kit/A"
    assert "Aucune clé" not in texts_of(page)


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 octets"), (999, "999 octets"), (1_000, "1 ko"), (9_149_000, "9,1 Mo"),
     (51_900_000_000, "51 Go"), (7_412_000_000, "7,4 Go")],
)  # fmt: skip
def test_sizes_are_read_as_people_say_them(count: int, words: str) -> None:
    assert size_text(count).replace("\u00a0", " ") == words


def test_a_run_goes_on_when_another_screen_is_looked_at(window: MainWindow) -> None:
    """Coming back with the other key does not change what is running."""
    page = _page(window)
    page.run(running=True)
    any_page: Any = _page(window, "in")
    assert any_page.way == "out"


def test_the_page_is_whole_and_named(
    window: MainWindow, clipped: Find, unlabelled: Find, settle: Callable[..., None]
) -> None:
    _page(window)
    settle(window, 1280, 720)
    assert not clipped(window)
    assert not unlabelled(window)
