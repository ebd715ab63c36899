"""The round on a real node: every dose whole and reachable, each signed on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import HOUR, MINUTE
from kit.core.text import choose_language
from kit.gui import theme
from kit.gui.ward.round import RoundScreen
from kit.gui.ward.shifts import next_shift, shift_at, shift_before
from kit.gui.window import MainWindow
from kit.ward.round import SlotRow

from .ward_kit import NOW, WARD, Keys, WardKit, open_window, sheet_of, texts_of

Find = Callable[[QWidget], list[str]]
Settle = Callable[..., None]


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[WardKit]:
    made = WardKit(tmp_path / "kit")
    yield made
    made.close()


@pytest.fixture
def window(kit: WardKit, qtbot: QtBot) -> MainWindow:
    made = open_window(kit, qtbot)
    made.go("ward.round")
    return made


def _screen(window: MainWindow) -> RoundScreen:
    shown = window.screen_now()
    assert isinstance(shown, RoundScreen)
    return shown


def _fate(kit: WardKit, prescription: str) -> list[str]:
    rows = kit.ask("round.slots", ward=WARD)
    return [s["status"] for row in rows for s in row["slots"] if s["prescription"] == prescription]


def test_every_dose_of_the_shift_stands_in_the_grid_with_drug_amount_and_word(
    window: MainWindow, kit: WardKit
) -> None:
    """Nothing that is due may be missing from the screen that is used to give it."""
    grid = _screen(window).table.grid
    shown = " | ".join(
        entry.cell.plain() for row in grid.rows for cell in row.entries for entry in cell
    ).replace("\u00a0", " ")
    shift = shift_at(NOW)
    for row in kit.ask("round.slots", ward=WARD, since=shift.since, until=shift.until):
        for slot in row["slots"]:
            assert slot["generic"] in shown
            assert slot["amount"].replace("\u00a0", " ") in shown
    for word in ("prévue", "EN RETARD", "donnée 07:06 A. Petit", "suspendue", "à vérifier"):
        assert word in shown


def test_every_symbol_stands_beside_its_word(window: MainWindow) -> None:
    """Colour and shape never speak alone."""
    said = texts_of(_screen(window))
    for symbol in "○●◐✕‖!?":
        assert symbol in said


@pytest.mark.parametrize("width", [1280, 1366, 1920])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_dose_is_cut_in_the_grid(
    window: MainWindow, settle: Settle, lang: str, width: int
) -> None:
    """MEDi-008: rows are as tall as their text at any width, and hours are read whole."""
    choose_language(lang)
    screen = _screen(window)
    settle(window, width, 768)
    screen._ask()
    table = screen.table
    table.fit()
    for row, line in enumerate(table.grid.rows):
        assert table.rowHeight(row) >= table.delegate.height([line.head], table.columnWidth(0))
        for column, found in enumerate(line.entries):
            cells = [entry.cell for entry in found]
            wide = table.columnWidth(column + 1)
            assert not found or not table.isColumnHidden(column + 1)
            assert table.rowHeight(row) >= table.delegate.height(cells, wide)
    metrics = QFontMetrics(theme.font(theme.Size.SMALL))
    for column in range(1, table.grid.columnCount()):
        if not table.isColumnHidden(column):
            text = table.grid.headerData(column, Qt.Orientation.Horizontal)
            if ":" in str(text):
                assert metrics.horizontalAdvance(text) + 16 <= table.columnWidth(column)


def test_work_starts_at_the_dose_that_is_late(window: MainWindow) -> None:
    entry = _screen(window).table.chosen()
    assert entry is not None
    assert entry.slot.status == "late"


def test_arrows_reach_every_dose(window: MainWindow) -> None:
    """Down and right from the first cell, row by row: no dose is beyond the keyboard."""
    table = _screen(window).table
    keys = Keys(window)
    table.setFocus()
    seen = set()
    for row in range(len(table.grid.rows)):
        columns = [c for c, found in enumerate(table.grid.rows[row].entries) if found]
        for column in columns:
            table._go((row, column, 0))
            for _dose in table.grid.entries(row, column):
                chosen = table.chosen()
                assert chosen is not None
                seen.add(chosen.key)
                keys.press(Qt.Key.Key_Down)
    every = {e.key for row in table.grid.rows for cell in row.entries for e in cell}
    assert seen == every


def test_one_dose_is_recorded_with_enter_and_enter(window: MainWindow, kit: WardKit) -> None:
    """Task 4 of the interface study: two actions."""
    keys = Keys(window)
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_Return)
    assert keys.count == 2
    assert _fate(kit, "r4")[0] == "given"
    assert sheet_of(window) is None
    assert _screen(window).table.hasFocus()


def test_a_dose_not_given_takes_at_most_four_actions(window: MainWindow, kit: WardKit) -> None:
    """Task 5: open, not given, reason, sign."""
    keys = Keys(window)
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_O, ctrl=True)
    keys.press(Qt.Key.Key_Down)
    keys.press(Qt.Key.Key_Return, ctrl=True)
    assert keys.count == 4
    assert _fate(kit, "r4")[0] == "omitted"


def test_signing_one_dose_leaves_all_others_as_they_were(window: MainWindow, kit: WardKit) -> None:
    """There is no batch: the grid selects one dose and signs one dose."""
    before = {key: _fate(kit, key) for key in ("r1", "r2", "r3", "r6", "r9", "r10")}
    keys = Keys(window)
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_Return)
    assert before == {key: _fate(kit, key) for key in before}


def test_the_banner_is_there_with_the_sheet_and_goes_with_it(window: MainWindow) -> None:
    """Over a list of many patients, nobody's banner may stay behind."""
    assert not window.banner.isVisible()
    keys = Keys(window)
    keys.press(Qt.Key.Key_Return)
    assert window.banner.isVisible()
    assert "BERNARD, Luc" in texts_of(window.banner)
    keys.press(Qt.Key.Key_Escape)
    assert not window.banner.isVisible()


def test_the_list_has_what_is_late_first_then_what_is_due_within_the_hour(
    window: MainWindow,
) -> None:
    screen = _screen(window)
    screen.as_list.setChecked(True)
    slots = [todo.slot for todo in screen.model.rows()]
    assert slots[0].status == "late"
    assert all(slot.due < NOW + HOUR for slot in slots)
    assert [s.due for s in slots[1:]] == sorted(s.due for s in slots[1:])
    assert not [slot for slot in slots if slot.status in ("given", "suspended", "omitted")]


def test_a_dose_signed_from_the_list_leaves_it(window: MainWindow, kit: WardKit) -> None:
    screen = _screen(window)
    screen.as_list.setChecked(True)
    count = screen.model.rowCount()
    screen.list.setFocus()
    keys = Keys(window)
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_Return)
    assert screen.model.rowCount() == count - 1
    assert _fate(kit, "r4")[0] == "given"


def test_space_shows_one_patients_lines_whole_and_again_the_ward(window: MainWindow) -> None:
    screen = _screen(window)
    screen.table.choose(next(e.key for r in screen.table.grid.rows for c in r.entries for e in c
                             if e.slot.prescription == "r6"))  # fmt: skip
    keys = Keys(window)
    screen.table.setFocus()
    keys.press(Qt.Key.Key_Space)
    heads = [row.head.plain().replace("\u00a0", " ") for row in screen.table.grid.rows]
    assert any("insuline glargine — DOSE 12 unités — voie sous-cutanée" in head for head in heads)
    keys.press(Qt.Key.Key_Space)
    assert len(screen.table.grid.rows) == 5


def test_an_if_needed_drug_says_last_dose_total_and_when_it_may_be_given_again(
    window: MainWindow,
) -> None:
    """Rule 9: all three are in view at the moment of giving."""
    screen = _screen(window)
    cells = [e.cell.plain() for r in screen.table.grid.rows for c in r.entries for e in c]
    shown = next(cell for cell in cells if "paracétamol" in cell and "En 24" in cell)
    for words in ("Dernière prise", "1\u00a0g", "maximum\u00a0: 4\u00a0g", "Pas avant 11:20"):
        assert words in shown


def test_news_keeps_the_chosen_dose_chosen(window: MainWindow, kit: WardKit) -> None:
    """A colleague's entry must not move the cursor to another patient's dose."""
    table = _screen(window).table
    chosen = table.chosen()
    assert chosen is not None
    kit.now += 10 * MINUTE
    kit.port.changed.emit({"administration", "patient:p4"})
    again = table.chosen()
    assert again is not None
    assert again.key == chosen.key


def test_old_prescriptions_say_their_age_and_stay_usable(tmp_path: Path, qtbot: QtBot) -> None:
    kit = WardKit(tmp_path / "old", extract_at=NOW - 30 * HOUR)
    window = open_window(kit, qtbot)
    window.go("ward.round")
    screen = _screen(window)
    assert str(screen.state) == "stale"
    assert "30 h" in texts_of(screen.notice)
    assert screen.table.isVisible()
    kit.close()


def test_an_empty_ward_says_why_and_what_to_do(tmp_path: Path, qtbot: QtBot) -> None:
    kit = WardKit(tmp_path / "empty", patients=False)
    window = open_window(kit, qtbot)
    window.go("ward.round")
    assert "Aucun patient" in texts_of(_screen(window))
    kit.close()


def test_ctrl_p_brings_the_round_of_the_ward_or_of_the_patient(window: MainWindow) -> None:
    screen = _screen(window)
    order = screen.print_document()
    assert order is not None
    assert (order.document, order.args) == ("MEDA", {"ward": WARD})
    screen._choose_patient("p3")
    order = screen.print_document()
    assert order is not None
    assert order.args["patient"] == "p3"


def test_every_control_of_the_round_has_a_name(window: MainWindow, unlabelled: Find) -> None:
    assert not unlabelled(window)
    Keys(window).press(Qt.Key.Key_Return)
    assert not unlabelled(window)


def test_nothing_around_the_grid_is_cut(window: MainWindow, clipped: Find, settle: Settle) -> None:
    """With the sheet open the screen is at its narrowest."""
    Keys(window).press(Qt.Key.Key_Return)
    settle(window)
    assert not clipped(window)


def test_shifts_follow_each_other_without_gap_even_when_clocks_change() -> None:
    """The night of 25 October 2026 has an hour more; every instant is in exactly one shift."""
    from kit.core.clock import local_instant

    shift = shift_at(local_instant(2026, 10, 24, 15))
    for _turn in range(9):
        following = next_shift(shift)
        assert following.since == shift.until
        assert shift_before(following) == shift
        shift = following
    night = shift_at(local_instant(2026, 10, 25, 1))
    assert night.until - night.since == 9 * HOUR


def test_a_dose_on_record_is_shown_before_it_can_be_corrected(window: MainWindow) -> None:
    """Enter on a signed dose never gives it a second time."""
    screen = _screen(window)
    entry = next(e for r in screen.table.grid.rows for c in r.entries for e in c
                 if isinstance(e.slot, SlotRow) and e.slot.status == "given")  # fmt: skip
    screen.table.choose(entry.key)
    screen.table.setFocus()
    keys = Keys(window)
    keys.press(Qt.Key.Key_Return)
    assert "A. Petit" in texts_of(sheet_of(window))
    keys.press(Qt.Key.Key_Return)
    assert sheet_of(window) is None
