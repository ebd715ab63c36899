"""The ward board with a real node: what must be seen, by keyboard alone, and never cut."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kit.core.clock import HOUR
from kit.core.quantity import NBSP
from kit.core.text import choose_language
from kit.gui.screen import PrintOrder
from kit.gui.states import State
from kit.gui.ward.board import BoardScreen
from kit.gui.ward.board_cells import vitals_cell
from kit.gui.ward.patient import PatientScreen
from kit.ward.board import BoardRow
from tests.gui.sample_ward import NOW, OTHER, WARD, World, fill
from tests.gui.ward_fixtures import Enter, cut_rows, turn


def _board(enter_as: Enter, **how: tuple[int, int]) -> BoardScreen:
    screen = enter_as(**how).window.screen_now()
    assert isinstance(screen, BoardScreen)
    return screen


def _said(screen: BoardScreen, patient: str) -> str:
    place = screen.model.place_of(patient)
    cells = [screen.model.cell_at(screen.model.index(place, column)) for column in range(6)]
    return " | ".join(cell.plain() for cell in cells if cell is not None)


def test_every_bed_has_a_row_and_free_ones_say_so(enter: Enter) -> None:
    screen = _board(enter)
    assert screen.model.rowCount() == 12
    assert "Lit libre" in _said(screen, "bed:207")


def test_a_row_says_allergies_dose_and_vital_signs(enter: Enter) -> None:
    said = _said(_board(enter), "lefebvre")
    for words in ("LEFEBVRE, Noémie", "Pénicilline", "EN RETARD", "furosémide 40", "NEWS2\u00a00"):
        assert words in said


def test_a_grave_score_calls_in_words(enter: Enter) -> None:
    assert "appel d’urgence" in _said(_board(enter), "durand")


def test_old_values_do_not_take_the_age_of_new_ones() -> None:
    """A temperature of five minutes ago above a pressure of this morning: each has its own time."""
    minute, now = 60_000, 1_800_000_000_000
    row = BoardRow(
        ward="CARD", bed="C01", room="", patient="p1", news2=0, news2_response="low",
        news2_at=now - 300 * minute, vitals_at=now - 5 * minute,
        vitals={
            "temp": ("38.6", now - 5 * minute), "sbp": ("121", now - 300 * minute),
            "dbp": ("69", now - 300 * minute),
        },
    )  # fmt: skip
    lines = ["".join(run.text for run in line) for line in vitals_cell(row, now).lines]
    plain = [line.replace(NBSP, " ") for line in lines]
    assert plain == ["NEWS2 0 · il y a 5 h", "T° 38,6 · il y a 5 min", "PA 121/69 · il y a 5 h"]


def test_homonyms_are_marked_on_both_rows(enter: Enter) -> None:
    screen = _board(enter)
    assert all("HOMONYME" in _said(screen, who) for who in ("durand", "durant"))


@pytest.mark.parametrize("size", [(1280, 720), (1366, 768), (1920, 1080)])
@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.req("interface.md §6: nothing clinical is ever elided")
def test_nothing_on_the_board_is_cut(
    enter: Enter,
    qapp: QApplication,
    clipped: Callable[[QWidget], list[str]],
    size: tuple[int, int],
    lang: str,
) -> None:
    """Long names, drugs, allergies and chips wrap within their column, with the preview too."""
    screen = _board(enter, size=size)
    choose_language(lang)
    screen.on_tick(NOW)
    turn(qapp)
    assert cut_rows(screen.table) == []
    screen.toggle_preview()
    turn(qapp)
    assert cut_rows(screen.table) == []
    assert clipped(screen) == []


def test_filters_count_and_filter(enter: Enter) -> None:
    screen = _board(enter)
    assert screen.chips["all"].text().endswith("9")
    screen.chips["late"].click()
    assert {row.patient for row in screen.model.rows()} == {"lefebvre", "nguyen"}
    screen.chips["news2"].click()
    assert [row.patient for row in screen.model.rows()] == ["durand"]


def test_a_chart_opens_by_keyboard_alone(
    enter: Enter,
    qapp: QApplication,
) -> None:
    """Down, down, Enter: no mouse."""
    reception = enter()
    screen = reception.window.screen_now()
    assert isinstance(screen, BoardScreen)
    assert screen.table.hasFocus()
    QTest.keyClick(screen.table, Qt.Key.Key_Down)
    QTest.keyClick(screen.table, Qt.Key.Key_Down)
    QTest.keyClick(screen.table, Qt.Key.Key_Return)
    turn(qapp)
    shown = reception.window.screen_now()
    assert isinstance(shown, PatientScreen)
    assert shown.patient == "durand"


def test_the_selection_stays_when_news_arrives(
    enter: Enter,
    world: World,
) -> None:
    screen = _board(enter)
    screen.table.selectRow(3)
    world.do("vitals.record", patient="nguyen", values={"hr": "88"})
    row = screen.current()
    assert row is not None
    assert row.patient == "durant"
    assert "88" in _said(screen, "nguyen")


def test_letters_act_on_rows_but_not_while_typing(
    enter: Enter,
    qapp: QApplication,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """interface.md §7: no single letter acts while a text field has focus."""
    screen = _board(enter)
    asked: list[str] = []
    monkeypatch.setattr(
        "kit.gui.ward.board.open_entry", lambda _context, kind, _patient: asked.append(kind)
    )
    for key in (Qt.Key.Key_C, Qt.Key.Key_T, Qt.Key.Key_M):
        QTest.keyClick(screen.table, key)
    assert asked == ["vitals", "note", "dose"]
    screen.find_patient()
    QTest.keyClicks(screen.search, "cm")
    turn(qapp)
    assert len(asked) == 3
    assert screen.search.text() == "cm"


def test_the_preview_shows_drugs_and_is_put_on_record(
    enter: Enter,
    world: World,
) -> None:
    screen = _board(enter)
    screen.toggle_preview()
    screen.preview._ask()
    texts = [line.accessibleName() for line in screen.preview.findChildren(QWidget)]
    assert any("furosémide" in text for text in texts)
    openings = [
        row for row in world.ask("chart.journal", patient="lefebvre") if row["kind"] == "opening"
    ]
    assert len(openings) == 1


def test_ctrl_p_prints_this_ward(enter: Enter) -> None:
    assert _board(enter).print_document() == PrintOrder("ward-pack", {"ward": WARD})


def test_another_ward_can_be_chosen(enter: Enter) -> None:
    reception = enter()
    screen = reception.window.screen_now()
    assert isinstance(screen, BoardScreen)
    screen.choose_ward(OTHER)
    assert [row.patient for row in screen.model.rows()] == ["kone"]
    assert reception.window.ward == OTHER


def test_an_empty_ward_says_what_to_do(enter: Enter, empty_world: World) -> None:
    screen = enter(of=empty_world).window.screen_now()
    assert isinstance(screen, BoardScreen)
    assert screen.state is State.EMPTY
    assert "Aucun patient importé" in screen.panel.accessibleName()
    assert screen.print_document() is None


def test_an_old_extract_is_said_above_the_list(enter: Enter, empty_world: World) -> None:
    """The age of the frozen record stands on the board in words, and the board stays usable."""
    fill(empty_world, NOW - 26 * HOUR)
    screen = enter(of=empty_world).window.screen_now()
    assert isinstance(screen, BoardScreen)
    assert screen.state is State.STALE
    assert "26\u00a0h" in screen.stale.accessibleName()
    assert screen.model.rowCount() == 12


def test_a_role_without_patients_is_told_so(enter: Enter) -> None:
    """The information systems role may not see patients: the board says why, not nothing."""
    screen = enter("Sami Roy").window.screen_now()
    assert isinstance(screen, BoardScreen)
    assert screen.state is State.REFUSED
    assert "profession" in screen.panel.accessibleName()


def test_every_control_of_the_board_has_a_name(
    enter: Enter,
    unlabelled: Callable[[QWidget], list[str]],
) -> None:
    screen = _board(enter)
    screen.toggle_preview()
    assert unlabelled(screen) == []
