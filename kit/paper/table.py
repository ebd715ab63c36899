"""Tables: rows of a source in ruled columns, then blank rows generous enough for a pen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from kit.paper.dictionary import SOURCES
from kit.paper.fields import Run
from kit.paper.flow import Cell, Piece, stacked
from kit.paper.form import Table
from kit.paper.press import BOLD_RULE, MM, RULE, Plate, Stamp
from kit.paper.setting import SMALL, Setting, bolded, gap, heading, paragraph, runs_of

LEAST_FILLED_MM = 6.0


def table_pieces(setting: Setting, block: Table) -> list[Piece]:
    """The table with its heading; rows repeat the header on every page."""
    head = header(setting, block)
    widths = tuple(column.mm * MM for column in block.columns)
    title = setting.label(block.heading)
    pieces = [*heading(setting, title)]
    rows = list(SOURCES[block.source].rows(setting.context)) if block.source else []
    if not rows and block.empty and not setting.blank:
        text = ((setting.label(block.empty), False),)
        pieces.append(paragraph(setting.cell(text, block.size, setting.width)))
        if not (block.blank_rows or block.fill_page):
            return pieces
    head.keep_with_next = True
    pieces.append(head)
    _ = setting.context.say
    again = _("{title} (continued)").format(title=title) if title else ""
    above = stacked(*heading(setting, again), head)
    pieces.extend(_filled(setting, block, row, above) for row in rows)
    blank = partial(blank_row, setting, widths, block.min_row_mm * MM, above)
    pieces.extend(blank() for _ in range(block.blank_rows))
    if block.fill_page:
        pieces.append(filler(blank))
    pieces.append(gap(1.5 * MM))
    return pieces


def header(setting: Setting, block: Table) -> Piece:
    """The column titles, a stamp."""
    texts = tuple(setting.label(column.label) for column in block.columns)
    return header_row(setting, tuple(column.mm * MM for column in block.columns), texts)


def header_row(setting: Setting, widths: tuple[float, ...], texts: tuple[str, ...]) -> Piece:
    """A row of column titles on a pale ground."""
    cells = [
        setting.cell(((text, True),) if text else (), SMALL, width)
        for text, width in zip(texts, widths, strict=True)
    ]
    height = max(cell.height for cell in cells) + 0.4 * MM

    def draw(plate: Plate) -> None:
        plate.tint(0, 0, sum(widths), height)
        ruled(plate, widths, height, BOLD_RULE)
        _in_columns(plate, cells, widths, 0, 0.2 * MM)

    stamp = setting.press.stamp(("head", widths, texts), draw)
    return Piece(height, lambda plate, x, y: plate.lay(stamp, x, y))


def ruled(plate: Plate, widths: tuple[float, ...], height: float, top: float) -> None:
    """Outer frame and column rules of one row, the top rule of its own weight."""
    total = sum(widths)
    plate.rule(0, 0, total, 0, top)
    plate.rule(0, height, total, height, RULE)
    x = 0.0
    for width in (0.0, *widths):
        x += width
        plate.rule(x, 0, x, height, RULE)


def grid(setting: Setting, widths: tuple[float, ...], height: float) -> Stamp:
    """The rules of a row of this height."""
    height = round(height, 1)
    return setting.press.stamp(
        ("grid", widths, height), lambda plate: ruled(plate, widths, height, RULE)
    )


def blank_row(
    setting: Setting, widths: tuple[float, ...], height: float, head: Piece | None
) -> Piece:
    """A row to write on."""
    stamp = grid(setting, widths, height)
    return Piece(height, lambda plate, x, y: plate.lay(stamp, x, y), header=head)


def filler(row: Callable[[], Piece]) -> Piece:
    """As many rows as the page still has room for."""

    def repeat(room: float) -> Iterable[Piece]:
        piece = row()
        return [piece] * int((room + 0.01) // piece.height)

    return Piece(0, lambda _plate, _x, _y: None, repeat=repeat)


def _filled(setting: Setting, block: Table, row: Any, head: Piece) -> Piece:
    fields = SOURCES[block.source].fields
    cells: list[Cell] = []
    handwritten = False
    struck = str(getattr(row, "struck", ""))
    for column in block.columns:
        runs: tuple[Run, ...] = ()
        if column.field:
            runs = runs_of(fields[column.field](setting.context, row))
        handwritten = handwritten or not column.field
        if column.bold:
            runs = bolded(runs)
        cell = setting.cell(runs, column.size or block.size, column.mm * MM)
        cell.struck = bool(struck)
        cells.append(cell)
    widths = tuple(column.mm * MM for column in block.columns)
    least = (block.min_row_mm if handwritten else LEAST_FILLED_MM) * MM
    foot = setting.cell(((struck, True),) if struck else (), SMALL, setting.width)
    return text_row(setting, widths, cells, least, head, foot)


def text_row(
    setting: Setting,
    widths: tuple[float, ...],
    cells: list[Cell],
    least: float,
    head: Piece | None,
    foot: Cell,
) -> Piece:
    """A row of text cells; `foot` runs under them across the whole width."""
    body = max(least, *(cell.height for cell in cells))
    height = round(body + foot.height, 1)

    def draw(plate: Plate, x: float, y: float) -> None:
        plate.lay(grid(setting, widths, body), x, y)
        if foot.lines:
            rules = partial(_foot_rule, widths, foot)
            plate.lay(setting.press.stamp(("foot", widths, foot.height), rules), x, y + body)
            foot.draw(plate, x, y + body)
        _in_columns(plate, cells, widths, x, y)

    def split(room: float) -> tuple[Piece, Piece] | None:
        cut = [cell.cut(room) for cell in cells]
        first, rest = [c[0] for c in cut], [c[1] for c in cut]
        if not any(cell.lines for cell in first) or not any(cell.lines for cell in rest):
            return None
        if not rest[0].lines:
            _ = setting.context.say
            rest[0] = setting.cell(((_("(continued)"), False),), cells[0].size, widths[0])
        return (
            text_row(setting, widths, first, 0.0, head, Cell([], SMALL)),
            text_row(setting, widths, rest, 0.0, head, foot),
        )

    return Piece(height, draw, header=head, split=split)


def _foot_rule(widths: tuple[float, ...], foot: Cell, plate: Plate) -> None:
    ruled(plate, (sum(widths),), foot.height, RULE)


def _in_columns(
    plate: Plate, cells: list[Cell], widths: tuple[float, ...], x: float, y: float
) -> None:
    for cell, width in zip(cells, widths, strict=True):
        cell.draw(plate, x, y)
        x += width
