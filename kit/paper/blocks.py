"""From a form's blocks to pieces of content: one function per kind of block.

The large kinds have their own modules (`table`, `plan`, `vitals_grid`).
"""

from __future__ import annotations

from collections.abc import Callable

from kit.paper import form as f
from kit.paper.flow import Cell, Piece
from kit.paper.plan import plan_pieces
from kit.paper.press import BOLD_RULE, MM, RULE, Plate
from kit.paper.setting import (
    BODY,
    SMALL,
    Setting,
    bolded,
    gap,
    heading,
    paragraph,
)
from kit.paper.table import table_pieces
from kit.paper.vitals_grid import grid_pieces

SIGN_WIDTH, SIGN_HEIGHT = 60 * MM, 20 * MM


def block_pieces(setting: Setting, block: f.Block) -> list[Piece]:
    """What one block puts on the page."""
    return _KINDS[type(block)](setting, block)


def _fields(setting: Setting, block: f.Fields) -> list[Piece]:
    """Labelled values, `columns` abreast; a wide item has a line of its own."""
    pieces = heading(setting, setting.label(block.heading))
    abreast: list[f.Item] = []
    for item in block.items:
        if item.wide or len(abreast) == block.columns:
            pieces.extend(_field_row(setting, abreast, block.columns))
            abreast = []
        if item.wide:
            pieces.extend(_field_row(setting, [item], 1))
        else:
            abreast.append(item)
    return [*pieces, *_field_row(setting, abreast, block.columns), gap(1 * MM)]


def _field_row(setting: Setting, items: list[f.Item], columns: int) -> list[Piece]:
    if not items:
        return []
    width = setting.width / columns
    cells: list[tuple[Cell, bool]] = []
    for item in items:
        runs = setting.value(item.field) if item.field else ()
        name = setting.label(item.label) + "\u00a0: "
        cell = setting.cell(((name, False), *bolded(runs)), BODY, width)
        cells.append((cell, not runs))
    least = 8 * MM if any(empty for _, empty in cells) else 0.0
    height = max(least, *(cell.height for cell, _ in cells))

    def draw(plate: Plate, x: float, y: float) -> None:
        for cell, empty in cells:
            if empty:
                last = cell.lines[-1].width
                cell.draw(plate, x, y + height - cell.height - 0.4 * MM)
                base = y + height - 1.4 * MM
                plate.dotted(x + last + 2.5 * MM, base, x + width - 2 * MM)
            else:
                cell.draw(plate, x, y)
            x += width

    def split(room: float) -> tuple[Piece, Piece] | None:
        if len(cells) > 1 or not cells[0][0].lines:
            return None
        piece = paragraph(cells[0][0], 0.0)
        return piece.split(room) if piece.split else None

    return [Piece(height, draw, split=split)]


def _text(setting: Setting, block: f.Text) -> list[Piece]:
    pieces = heading(setting, setting.label(block.heading))
    runs = ((setting.label(block.text), block.bold),)
    cell = Cell(setting.press.wrap(runs, block.size, setting.width), block.size, 0.0)
    return [*pieces, paragraph(cell)]


def _notice(setting: Setting, block: f.Notice) -> list[Piece]:
    runs = setting.value(block.field) if block.field else ()
    text = setting.label(block.text)
    if not runs and (block.field or not text):
        return []
    title = ((text + "\u00a0: ", True),) if text and runs else ((text, True),) if text else ()
    return [boxed(setting.cell((*title, *runs), 9.0, setting.width), setting.width), gap(1.5 * MM)]


def boxed(cell: Cell, width: float) -> Piece:
    """Lines in a heavy frame; a text longer than the page goes on in a second frame."""

    def draw(plate: Plate, x: float, y: float) -> None:
        plate.frame(x, y, width, cell.height, BOLD_RULE)
        cell.draw(plate, x, y)

    def split(room: float) -> tuple[Piece, Piece] | None:
        first, rest = cell.cut(room)
        return (boxed(first, width), boxed(rest, width)) if first.lines and rest.lines else None

    return Piece(cell.height, draw, split=split)


def _lines(setting: Setting, block: f.Lines) -> list[Piece]:
    def draw(plate: Plate, x: float, y: float) -> None:
        base = y + block.row_mm * MM
        plate.dotted(x, base, x + setting.width)

    line = Piece(block.row_mm * MM, draw)
    return [*heading(setting, setting.label(block.heading)), *[line] * block.rows, gap(1 * MM)]


def _checks(setting: Setting, block: f.Checks) -> list[Piece]:
    width = setting.width / block.columns
    pieces = heading(setting, setting.label(block.heading))
    for start in range(0, len(block.items), block.columns):
        cells = [
            setting.cell(((setting.label(item), False),), BODY, width - 5 * MM)
            for item in block.items[start : start + block.columns]
        ]
        pieces.append(_check_row(cells, width))
    return [*pieces, gap(1 * MM)]


def _check_row(cells: list[Cell], width: float) -> Piece:
    height = max(6 * MM, *(cell.height for cell in cells))

    def draw(plate: Plate, x: float, y: float) -> None:
        for cell in cells:
            plate.checkbox(x, y + 1 * MM, 3.2 * MM)
            cell.draw(plate, x + 4.2 * MM, y)
            x += width

    return Piece(height, draw)


def _sign(setting: Setting, block: f.Sign) -> list[Piece]:
    cells = [
        setting.cell(((setting.label(sign), False),), SMALL, SIGN_WIDTH) for sign in block.signs
    ]

    def draw(plate: Plate, x: float, y: float) -> None:
        for cell in cells:
            plate.frame(x, y, SIGN_WIDTH, SIGN_HEIGHT)
            cell.draw(plate, x, y)
            x += SIGN_WIDTH + 3 * MM

    return [Piece(SIGN_HEIGHT, draw), gap(1 * MM)]


def foot_piece(setting: Setting, block: f.Initials) -> Piece:
    """The key of initials and the codes of the sheet, for the foot of every page."""
    _ = setting.say
    legend = setting.cell(((setting.label(block.legend), False),), SMALL, setting.width)
    width = setting.width / block.people
    row = 8.4 * MM
    title = setting.press.line(_("Initials — name — profession"), 7.0)

    def draw(plate: Plate) -> None:
        legend.draw(plate, -1.2 * MM, 0)
        for place in range(block.people):
            x = place * width
            plate.frame(x, legend.height, width, row, RULE)
            plate.text(x + 1 * MM, legend.height + 2.7 * MM, title, 7.0)

    stamp = setting.press.stamp(("initials", setting.form.id, setting.width), draw)
    return Piece(legend.height + row, lambda plate, x, y: plate.lay(stamp, x, y))


def _pagebreak(setting: Setting, block: f.PageBreak) -> list[Piece]:
    return [Piece(0, lambda _plate, _x, _y: None, breaks=True)]


def _at_the_foot(setting: Setting, block: f.Initials) -> list[Piece]:
    return []


_KINDS: dict[type[f.Block], Callable[..., list[Piece]]] = {
    f.Fields: _fields,
    f.Text: _text,
    f.Notice: _notice,
    f.Table: table_pieces,
    f.Lines: _lines,
    f.Slots: plan_pieces,
    f.VitalsGrid: grid_pieces,
    f.Checks: _checks,
    f.Sign: _sign,
    f.Initials: _at_the_foot,
    f.PageBreak: _pagebreak,
}
