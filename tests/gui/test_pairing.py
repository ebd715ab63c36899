"""Pairing: six digits that two people compare, and nothing that happens by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kit.gui import theme
from kit.gui.port import LoopNode
from kit.gui.shared.pairing import PairingPage
from kit.gui.shared.pairing_rows import grouped, left_text, spelled
from kit.gui.shared.qr import QrCode
from kit.gui.window import MainWindow

from .conftest import NOW, FakeNode
from .fleet_rows import fleet, status
from .test_exchange import asked, open_exchanges, screen_of
from .ward_fixtures import turn
from .ward_kit import texts_of

Find = Callable[[QWidget], list[str]]
IDLE: dict[str, Any] = {
    "phase": "idle", "digits": "", "peer_label": "", "address": "", "qr": "", "qr_rows": [],
    "expires_ms": 0, "reason": "", "text": "",
}  # fmt: skip
ROWS = ["1110111", "1010101", "1110111", "0001000", "1110101", "1010010", "1110111"]
WAITING = {
    **IDLE, "phase": "waiting", "address": "10.0.0.7:7411", "qr": "kit", "qr_rows": ROWS,
    "expires_ms": NOW + 120_000,
}  # fmt: skip
COMPARING = {
    **IDLE, "phase": "comparing", "digits": "482915", "peer_label": "Réa 2",
    "expires_ms": NOW + 103_000,
}  # fmt: skip


@pytest.fixture
def window(port: LoopNode, fake_node: FakeNode, qtbot: QtBot) -> MainWindow:
    fake_node.answers |= {
        "peers": {"ok": fleet()},
        "status": {"ok": status()},
        "pairing.state": {"ok": IDLE},
    }
    made = open_exchanges(port, qtbot)
    screen_of(made).new_entry()
    return made


def _page(window: MainWindow) -> PairingPage:
    return screen_of(window).pairing


def _becomes(node: FakeNode, port: LoopNode, state: dict[str, Any]) -> None:
    node.answers["pairing.state"] = {"ok": state}
    port.push({"changed": ["pairing"]})


def test_a_host_says_what_the_new_kit_is_for(window: MainWindow, fake_node: FakeNode) -> None:
    """A ward kit has wards; a name is asked, so that people can tell kits apart."""
    choose = _page(window).choose
    assert not choose.host.isEnabled()
    choose.label.setText("Réa 2")
    choose.wards.setText("REA, SSPI")
    choose.host.click()
    assert asked(fake_node, "pairing.host") == [
        {"role": "ward", "label": "Réa 2", "wards": ["REA", "SSPI"]}
    ]


def test_a_kit_that_joins_types_an_address_and_enter(
    window: MainWindow, fake_node: FakeNode
) -> None:
    choose = _page(window).choose
    choose.address.setFocus()
    QTest.keyClicks(choose.address, "10.0.0.7:7411")
    QTest.keyClick(choose.address, Qt.Key.Key_Return)
    assert asked(fake_node, "pairing.join") == [{"address": "10.0.0.7:7411"}]


def test_the_host_shows_code_address_and_how_long_it_holds(
    window: MainWindow, fake_node: FakeNode, port: LoopNode, qapp: QApplication
) -> None:
    _becomes(fake_node, port, WAITING)
    turn(qapp)
    page = _page(window)
    assert page.wait.code.isVisible()
    shown = texts_of(page)
    assert "10.0.0.7:7411" in shown
    assert "encore 2 min 00" in shown


def test_a_try_that_failed_is_said_while_the_door_is_still_open(
    window: MainWindow, fake_node: FakeNode, port: LoopNode, qapp: QApplication
) -> None:
    """Three tries in two minutes: the host sees why the first one ended."""
    failed = {**WAITING, "reason": "pairing.lost", "text": "La liaison s'est coupée."}
    _becomes(fake_node, port, failed)
    turn(qapp)
    shown = texts_of(_page(window))
    assert "La liaison s'est coupée." in shown
    assert "encore 2 min 00" in shown


def test_starting_again_shows_the_choice_at_once(
    window: MainWindow, fake_node: FakeNode, port: LoopNode, qapp: QApplication
) -> None:
    _becomes(fake_node, port, {**IDLE, "phase": "failed", "reason": "pairing.cancelled"})
    turn(qapp)
    button = _page(window).end.findChild(QPushButton)
    assert button is not None
    button.click()
    assert _page(window).choose.isVisible()


def test_both_screens_show_six_large_digits_and_one_question(
    window: MainWindow, fake_node: FakeNode, port: LoopNode, qapp: QApplication
) -> None:
    _becomes(fake_node, port, COMPARING)
    turn(qapp)
    shown = texts_of(_page(window))
    assert "482 915" in shown
    assert "Réa 2" in shown
    assert "exactement ces chiffres" in shown
    assert theme.Size.CODE >= 16


def test_neither_answer_is_under_enter_by_itself(
    window: MainWindow, fake_node: FakeNode, port: LoopNode, qapp: QApplication
) -> None:
    """Somebody who presses Enter without reading has compared nothing."""
    _becomes(fake_node, port, COMPARING)
    turn(qapp)
    focused = QApplication.focusWidget()
    assert focused is _page(window).compare.cancel
    assert not asked(fake_node, "pairing.confirm")


@pytest.mark.parametrize("same", [True, False])
def test_the_answer_is_sent_once_and_the_other_side_is_awaited(
    window: MainWindow, fake_node: FakeNode, port: LoopNode, same: bool
) -> None:
    _becomes(fake_node, port, COMPARING)
    compare = _page(window).compare
    button = compare.same if same else compare.different
    button.click()
    button.click()
    assert asked(fake_node, "pairing.confirm") == [{"same": same}]


def test_different_digits_say_what_that_may_mean(
    window: MainWindow, fake_node: FakeNode, port: LoopNode, qapp: QApplication
) -> None:
    """The one moment where an attack may be seen: it is said plainly, and whom to tell."""
    _becomes(fake_node, port, {**IDLE, "phase": "failed", "reason": "pairing.not_same"})
    turn(qapp)
    shown = texts_of(_page(window))
    for words in ("Les chiffres diffèrent", "entre les deux kits", "RSSI"):
        assert words in shown


def test_a_reason_that_only_the_node_knows_is_said_in_its_words(
    window: MainWindow, fake_node: FakeNode, port: LoopNode, qapp: QApplication
) -> None:
    said = {
        **IDLE,
        "phase": "failed",
        "reason": "FLT-031",
        "text": "Ce kit est d'un autre hôpital.",
    }
    _becomes(fake_node, port, said)
    turn(qapp)
    assert "autre hôpital" in texts_of(_page(window))


def test_done_says_with_whom(
    window: MainWindow, fake_node: FakeNode, port: LoopNode, qapp: QApplication
) -> None:
    _becomes(fake_node, port, {**IDLE, "phase": "done", "peer_label": "Réa 2"})
    turn(qapp)
    page = _page(window)
    assert "Jumelé avec Réa 2" in texts_of(page)
    button = QApplication.focusWidget()
    assert isinstance(button, QPushButton)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert not page.isVisible()


def test_what_ended_before_is_not_shown_as_news(window: MainWindow, fake_node: FakeNode) -> None:
    """A pairing of this morning, when somebody opens the page in the evening."""
    page = _page(window)
    page.leave()
    fake_node.answers["pairing.state"] = {"ok": {**IDLE, "phase": "done", "peer_label": "Réa 2"}}
    screen_of(window).new_entry()
    assert page.choose.isVisible()


def test_leaving_in_the_middle_cancels_on_both_sides(
    window: MainWindow, fake_node: FakeNode, port: LoopNode
) -> None:
    """Esc, without a question: nothing has been exchanged yet."""
    _becomes(fake_node, port, COMPARING)
    fake_node.answers["pairing.state"] = {"ok": IDLE}
    QTest.keyClick(_page(window).compare.cancel, Qt.Key.Key_Escape)
    assert asked(fake_node, "pairing.cancel") == [{}]
    assert screen_of(window).kits.isVisible()


def test_who_may_not_pair_is_told_so(window: MainWindow, fake_node: FakeNode) -> None:
    fake_node.answers["pairing.host"] = {"refused": {"code": "permission.denied", "args": {}}}
    choose = _page(window).choose
    choose.label.setText("Réa 2")
    choose.host.click()
    assert "profession" in texts_of(_page(window).note)


def test_the_countdown_says_minutes_then_seconds() -> None:
    told = [
        left_text(NOW + left, NOW).replace("\u00a0", " ") for left in (103_000, 59_001, 900, -5)
    ]
    assert told == ["encore 1 min 43", "encore 1 min 00", "encore 1 s", "encore 0 s"]
    assert left_text(0, NOW) == ""


def test_digits_are_grouped_for_the_eye_and_spelled_for_the_ear() -> None:
    assert grouped("048291").replace("\u00a0", " ") == "048 291"
    assert spelled("048291") == "0 4 8, 2 9 1"


@pytest.mark.parametrize("dark", [False, True])
def test_a_code_is_painted_module_by_module_dark_on_white(
    qapp: QApplication, qtbot: QtBot, dark: bool
) -> None:
    """At night too: a camera reads dark on light only, with a white margin of four modules."""
    theme.apply(qapp, dark=dark)
    code = QrCode()
    qtbot.addWidget(code)
    code.show_rows(ROWS)
    code.resize(code.sizeHint())
    picture = code.grab().toImage()
    side = code.module_px()
    assert side >= 2
    for down in range(-4, len(ROWS) + 4):
        for across in range(-4, len(ROWS) + 4):
            inside = 0 <= down < len(ROWS) and 0 <= across < len(ROWS)
            wanted = inside and ROWS[down][across] == "1"
            x, y = ((place + 4) * side + side // 2 for place in (across, down))
            assert (QColor(picture.pixel(x, y)).lightness() < 128) is wanted


@pytest.mark.parametrize("state", [IDLE, WAITING, COMPARING])
def test_every_page_is_whole_and_named(
    window: MainWindow,
    fake_node: FakeNode,
    clipped: Find,
    unlabelled: Find,
    settle: Callable[..., None],
    state: dict[str, Any],
) -> None:
    fake_node.answers["pairing.state"] = {"ok": state}
    _page(window).ask()
    settle(window, 1280, 720)
    assert not clipped(window)
    assert not unlabelled(window)
