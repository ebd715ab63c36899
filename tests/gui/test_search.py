"""Finding a patient as letters are typed: every ward, sounds, stale answers, keyboard."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kit.gui.ward.board import BoardScreen
from kit.gui.ward.patient import PatientScreen
from tests.gui.ward_fixtures import Enter, cut_rows, turn


def _found(screen: BoardScreen) -> list[str]:
    return [row.patient for row in screen.results.model.rows()]


def _board(enter_as: Enter) -> BoardScreen:
    screen = enter_as().window.screen_now()
    assert isinstance(screen, BoardScreen)
    return screen


def test_three_letters_find_a_patient(enter: Enter) -> None:
    screen = _board(enter)
    screen.find_patient()
    QTest.keyClicks(screen.search, "lef")
    assert _found(screen) == ["lefebvre"]


def test_accents_used_names_dates_and_numbers_find_too(enter: Enter) -> None:
    screen = _board(enter)
    for typed, patient in (
        ("NOEMIE", "lefebvre"),
        ("moreau", "durant"),
        ("11/02/1950", "durant"),
        ("8001234501", "exupery"),
        ("obrien", "obrien"),
    ):
        screen.search.setText(typed)
        assert patient in _found(screen), typed


def test_patients_of_other_wards_are_found_and_named_as_such(enter: Enter) -> None:
    screen = _board(enter)
    screen.search.setText("koné")
    assert _found(screen) == ["kone"]
    row = screen.results.model.index(0, 3)
    cell = screen.results.model.cell_at(row)
    assert cell is not None
    assert "Pneumologie" in cell.plain()
    assert "autre service" in cell.plain()


def test_a_name_that_sounds_alike_is_marked(enter: Enter) -> None:
    screen = _board(enter)
    screen.search.setText("lefaivre")
    assert _found(screen) == ["lefebvre"]
    cell = screen.results.model.cell_at(screen.results.model.index(0, 0))
    assert cell is not None
    assert "son proche" in cell.plain()


def test_an_answer_to_older_letters_is_dropped(enter: Enter) -> None:
    """A slow answer must not put one patient's row under another patient's letters."""
    screen = _board(enter)
    screen.search.setText("durand")
    shown = _found(screen)
    screen.results._show("lef", [])
    assert _found(screen) == shown


def test_enter_opens_the_first_that_was_found(
    enter: Enter,
    qapp: QApplication,
) -> None:
    reception = enter()
    screen = reception.window.screen_now()
    assert isinstance(screen, BoardScreen)
    screen.find_patient()
    QTest.keyClicks(screen.search, "kone")
    QTest.keyClick(screen.search, Qt.Key.Key_Return)
    turn(qapp)
    shown = reception.window.screen_now()
    assert isinstance(shown, PatientScreen)
    assert shown.patient == "kone"


def test_down_goes_into_the_list_and_up_comes_back(
    enter: Enter,
    qapp: QApplication,
) -> None:
    screen = _board(enter)
    screen.find_patient()
    QTest.keyClicks(screen.search, "dura")
    QTest.keyClick(screen.search, Qt.Key.Key_Down)
    turn(qapp)
    assert screen.results.table.hasFocus()
    QTest.keyClick(screen.results.table, Qt.Key.Key_Up)
    turn(qapp)
    assert screen.search.hasFocus()


def test_nobody_found_says_what_to_try(enter: Enter) -> None:
    screen = _board(enter)
    screen.search.setText("zzzz")
    assert "Aucun patient trouvé" in screen.results.panel.accessibleName()


def test_an_emptied_field_brings_the_board_back(enter: Enter) -> None:
    screen = _board(enter)
    screen.search.setText("lef")
    screen.search.clear()
    assert screen.table.isVisibleTo(screen)


def test_results_are_whole_and_named(
    enter: Enter,
    qapp: QApplication,
    unlabelled: Callable[[QWidget], list[str]],
) -> None:
    screen = _board(enter)
    screen.search.setText("de saint")
    turn(qapp)
    assert cut_rows(screen.results.table) == []
    assert unlabelled(screen.results) == []
