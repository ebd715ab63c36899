"""What is typed is read in one way or refused in words; lists never cut what they show."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import MINUTE
from kit.core.text import choose_language
from kit.gui.models import Column, DiffModel
from kit.gui.tone import Tone
from kit.gui.widgets.cell import Cell, ChipText, Run, text_cell
from kit.gui.widgets.fields import QuantityField
from kit.gui.widgets.rows import RowsTable, lay_out, share_width
from kit.gui.widgets.times import TimeField, parse_moment

from .conftest import NOW

Settle = Callable[..., None]
Find = Callable[[QWidget], list[str]]


def _texts(root: QWidget) -> str:
    shown = [label.text() for label in root.findChildren(QLabel) if not label.isHidden()]
    return " | ".join(text for text in shown if text)


# -- fields ----------------------------------------------------------------------------------


def _judge(number: Decimal) -> tuple[Tone, str]:
    return (Tone.CRITICAL, "Trop haut") if number > 41 else (Tone.NORMAL, "habituel")


@pytest.mark.parametrize(
    ("typed", "value", "wrong", "words"),
    [
        ("37,2", "37.2", False, "habituel"),
        ("37.2", "37.2", False, "habituel"),
        ("42", "42", False, "Trop haut"),
        ("1.000", None, True, "ambigu"),
        ("1,000", None, True, "ambigu"),
        ("trente", None, True, "ambigu"),
        ("", None, False, ""),
    ],
)
def test_a_figure_is_read_one_way_or_refused_in_words(
    qtbot: QtBot, typed: str, value: str | None, wrong: bool, words: str
) -> None:
    field = QuantityField("Température", "°C", _judge)
    qtbot.addWidget(field)
    field.edit.setText(typed)
    assert (field.value(), field.wrong) == (value, wrong)
    assert words in _texts(field)
    assert field.edit.text() == typed
    assert field.edit.accessibleName() == "Température (°C)"
    assert words in field.edit.accessibleDescription()


@pytest.mark.parametrize(
    ("typed", "minutes_ago"),
    [
        ("maintenant", 0),
        ("", 0),
        ("il y a 20 min", 20),
        ("20 min", 20),
        ("il y a 1 h 10 min", 70),
        ("il y a 2 h", 120),
        ("20 min ago", 20),
        ("04:10", 11),
        ("4h10", 11),
        ("4 h 10", 11),
        ("hier 22:40", 341),
        ("yesterday 22:40", 341),
        ("hier à 22h40", 341),
        ("21/11/2026 22:40", 341),
    ],
)
def test_a_time_is_understood_as_people_say_it(typed: str, minutes_ago: int) -> None:
    assert parse_moment(typed, NOW) == NOW - minutes_ago * MINUTE


@pytest.mark.parametrize(
    "typed", ["22:40", "25:00", "04:61", "demain", "12", "il y a", "h", "30/02/2026 10:00", "ago"]
)
def test_a_time_to_come_or_unclear_is_never_guessed(typed: str) -> None:
    """22:40 at four in the morning may be yesterday's; the person has to say so."""
    assert parse_moment(typed, NOW) is None


@given(st.text(max_size=30))
def test_no_text_ever_gives_a_time_to_come(typed: str) -> None:
    found = parse_moment(typed, NOW)
    assert found is None or found <= NOW + MINUTE


def test_the_time_field_says_what_it_understood(qtbot: QtBot) -> None:
    field = TimeField("Heure de la prise", NOW)
    qtbot.addWidget(field)
    assert field.at_ms() == NOW
    field.edit.setText("04:10")
    assert "il y a 11" in field.edit.accessibleDescription()
    field.edit.setText("23:00")
    assert field.at_ms() is None
    assert "non comprise" in field.edit.accessibleDescription()


def test_quick_times_are_understood_in_both_languages(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QPushButton

    for lang in ("fr", "en"):
        choose_language(lang)
        field = TimeField("t", NOW)
        qtbot.addWidget(field)
        got = []
        for button in field.findChildren(QPushButton):
            button.click()
            got.append(field.at_ms())
        assert got == [NOW, NOW - 15 * MINUTE, NOW - 30 * MINUTE, NOW - 60 * MINUTE]


# -- lists -----------------------------------------------------------------------------------

LONG = "acide acétylsalicylique — DOSE 160 mg — voie orale — une fois par jour à 08:00"


@pytest.mark.parametrize("width", [80, 150, 400])
def test_every_character_of_a_cell_is_laid_out(qapp: QApplication, width: int) -> None:
    """Nothing is elided: the lines of the layout hold the whole text, and fit the width."""
    cell = Cell(((Run(LONG, bold=True),), (Run("il y a 1 h 10"),)))
    laid = lay_out(cell, width)
    for layout, text in zip(laid.lines, (LONG, "il y a 1 h 10"), strict=True):
        lines = [layout.lineAt(n) for n in range(layout.lineCount())]
        assert sum(line.textLength() for line in lines) == len(text)
        for line in lines:
            assert line.naturalTextWidth() <= width + 1
    assert laid.height >= sum(layout.boundingRect().height() for layout in laid.lines)


def test_chips_wrap_within_the_column(qapp: QApplication) -> None:
    chips = tuple(ChipText(f"Alerte {n}", Tone.WARNING, "◆") for n in range(6))
    laid = lay_out(Cell(chips=chips), 120)
    assert len(laid.chips) == 6
    assert all(place.right() <= 120 for place, _chip in laid.chips)
    assert laid.height >= laid.chips[-1][0].bottom()


def _table(qtbot: QtBot, settle: Settle, width: int) -> RowsTable:
    columns = [
        Column[str](lambda: "Lit", lambda row: text_cell(row, bold=True), 64),
        Column[str](lambda: "Prise", lambda _row: text_cell(LONG, "DPI 21/11"), 120, 1),
    ]
    table = RowsTable("Lits")
    qtbot.addWidget(table)
    model: DiffModel[str] = DiffModel(columns, lambda row: row, table)
    model.show(["201", "202"])
    table.setModel(model)
    settle(table, width, 400)
    return table


@pytest.mark.parametrize("width", [240, 500, 900])
def test_rows_are_as_tall_as_their_text_and_there_is_no_sideways_bar(
    qtbot: QtBot, settle: Settle, width: int
) -> None:
    table = _table(qtbot, settle, width)
    column = table.columnWidth(1)
    needed = lay_out(text_cell(LONG, "DPI 21/11"), column - 16).height
    assert table.rowHeight(0) >= needed
    assert table.columnWidth(0) + column == table.viewport().width()
    assert table.textElideMode() is Qt.TextElideMode.ElideNone


def test_enter_opens_and_space_previews_the_selected_row(qtbot: QtBot, settle: Settle) -> None:
    table = _table(qtbot, settle, 500)
    table.selectRow(1)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    with qtbot.waitSignal(table.previewed) as previewed:
        qtbot.keyClick(table, Qt.Key.Key_Space)
    assert (opened.args, previewed.args) == (["202"], ["202"])


def test_a_row_that_grows_gets_its_height(qtbot: QtBot, settle: Settle, qapp: QApplication) -> None:
    """A drug line that arrives by sync is whole at once, without a resize by hand."""
    texts = {"201": "court"}
    columns = [Column[tuple[str, str]](lambda: "Prise", lambda row: text_cell(row[1]), 120, 1)]
    model: DiffModel[tuple[str, str]] = DiffModel(columns, lambda row: row[0])
    model.show(list(texts.items()))
    table = RowsTable("Lits")
    qtbot.addWidget(table)
    table.setModel(model)
    settle(table, 200, 300)
    before = table.rowHeight(0)
    model.show([("201", LONG)])
    qapp.processEvents()
    assert table.rowHeight(0) > before


@given(
    st.lists(st.tuples(st.integers(72, 200), st.integers(0, 3)), min_size=1, max_size=8),
    st.integers(300, 2000),
)
def test_columns_fill_the_width_exactly_where_they_can(
    parts: list[tuple[int, int]], width: int
) -> None:
    columns = [Column[str](lambda: "", lambda _row: Cell(), wide, grow) for wide, grow in parts]
    widths = share_width(columns, width)
    least = sum(72 if grow else wide for wide, grow in parts)
    if any(grow for _wide, grow in parts) and least <= width:
        assert sum(widths) >= width
    assert all(got >= 72 for got in widths)
