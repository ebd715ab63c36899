"""The notes on a real node: read whole, by patient and shift, written and corrected there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kit.gui.ward.notes import NotesScreen
from kit.gui.widgets.toast import Toast
from kit.gui.window import MainWindow

from .ward_kit import WARD, Keys, WardKit, open_window, sheet_of, texts_of

Find = Callable[[QWidget], list[str]]


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[WardKit]:
    made = WardKit(tmp_path / "kit")
    yield made
    made.close()


@pytest.fixture
def window(kit: WardKit, qtbot: QtBot) -> MainWindow:
    made = open_window(kit, qtbot)
    made.go("ward.notes")
    return made


def _screen(window: MainWindow) -> NotesScreen:
    shown = window.screen_now()
    assert isinstance(shown, NotesScreen)
    return shown


def _shown(screen: NotesScreen) -> list[str]:
    rows = screen.model.rowCount()
    return [screen.model.index(row, 2).data() for row in range(rows)]


def test_the_shift_filter_keeps_what_belongs_to_it(window: MainWindow) -> None:
    """A note of 23:20 is not of the shift that began at 06:00, but of the one before."""
    screen = _screen(window)
    assert [text for text in _shown(screen) if "Sommeil" in text] == []
    screen._choose_period("before")
    assert any("Sommeil" in text for text in _shown(screen))
    assert any("Dyspnée" in text for text in _shown(screen))


def test_all_three_parts_of_a_note_are_read_whole(window: MainWindow) -> None:
    text = _shown(_screen(window))[0]
    for part in ("SpO₂ 88 % en air ambiant", "position demi-assise", "SpO₂ 92 % à 06:20"):
        assert part in text


def test_choosing_a_patient_leaves_only_that_patients_notes(window: MainWindow) -> None:
    screen = _screen(window)
    screen._choose_period("all")
    places = [row.patient for row in screen.people_model.rows()]
    screen.people.selectRow(places.index("p1"))
    assert {row.patient for row in screen.model.rows()} == {"p1"}


def test_a_note_is_written_from_the_list_with_the_keyboard_alone(
    window: MainWindow, kit: WardKit
) -> None:
    """Ctrl+N and Ctrl+Enter: two actions and the text."""
    screen = _screen(window)
    places = [row.patient for row in screen.people_model.rows()]
    screen.people.selectRow(places.index("p2"))
    keys = Keys(window)
    keys.press(Qt.Key.Key_N, ctrl=True)
    keys.type("Anxiété")
    keys.tab()
    keys.type("Inquiet de la panne.")
    keys.press(Qt.Key.Key_Return, ctrl=True)
    assert keys.count == 2
    assert kit.ask("note.list", ward=WARD)[0]["target"] == "Anxiété"
    assert any("Inquiet de la panne." in text for text in _shown(screen))


def test_enter_on_a_note_goes_on_with_its_target(window: MainWindow) -> None:
    screen = _screen(window)
    screen.list.setFocus()
    screen.list.selectRow(0)
    Keys(window).press(Qt.Key.Key_Return)
    assert sheet_of(window).target.currentText() == "Dyspnée"
    assert "LEFEBVRE" in texts_of(window.banner)


def test_a_corrected_note_stays_readable_and_says_who_struck_it(
    window: MainWindow, kit: WardKit
) -> None:
    screen = _screen(window)
    screen.list.setFocus()
    screen.list.selectRow(0)
    Keys(window).press(Qt.Key.Key_R)
    sheet = sheet_of(window)
    sheet.correction.reason.list.choose("typing")
    sheet.parts["result"].setPlainText("SpO₂ 94 % à 06:20.")
    sheet.submit()
    shown = _shown(screen)
    assert any("SpO₂ 94 %" in text and "Barré" not in text for text in shown)
    assert any("SpO₂ 92 %" in text and "Barré par C. Dubois" in text for text in shown)


def test_without_a_patient_ctrl_n_says_to_choose_one(window: MainWindow) -> None:
    screen = _screen(window)
    screen.list.clearSelection()
    screen.list.setCurrentIndex(screen.model.index(-1, -1))
    screen.new_entry()
    assert sheet_of(window) is None
    said = [toast.accessibleName() for toast in window.findChildren(Toast)]
    assert said == ["Choisir d’abord un patient."]


def test_no_note_in_the_period_says_so_with_a_way_on(tmp_path: Path, qtbot: QtBot) -> None:
    kit = WardKit(tmp_path / "empty", patients=False)
    window = open_window(kit, qtbot)
    window.go("ward.notes")
    assert "Aucun patient" in texts_of(_screen(window))
    kit.close()


def test_every_control_has_a_name_and_nothing_is_cut(
    window: MainWindow, unlabelled: Find, clipped: Find, settle: Callable[..., None]
) -> None:
    settle(window, 1280, 720)
    assert not unlabelled(window)
    assert not clipped(window)
