"""The vitals grid: measures down, times across; recent sets pre-filled, the rest to write in.

The scoring key of the early warning score stands in its own column, from the form's data, so that
a nurse can add it up by hand. Not for: computing the score.
"""

from __future__ import annotations

from kit.core.clock import hhmm, local
from kit.core.errors import Misconfigured
from kit.paper.dictionary import SOURCES
from kit.paper.fields import Run, Vitals
from kit.paper.flow import Cell, Piece
from kit.paper.form import Measure, VitalsGrid
from kit.paper.press import BOLD_RULE, MM, RULE, Plate
from kit.paper.setting import SMALL, Setting, gap, heading, paragraph, runs_of

VALUE_SIZE = 9.0
BODY_SIZE = 8.0


def grid_pieces(setting: Setting, block: VitalsGrid) -> list[Piece]:
    """Heading, times, one row per measure, and where the scoring key comes from."""
    sets = _recent(setting, block)
    widths = _widths(setting, block)
    pieces = [*heading(setting, _title(setting, block, len(sets)))]
    head = _times(setting, sets, widths)
    rows = [_row(setting, block, measure, sets, widths) for measure in block.measures]
    rows.append(_signed(setting, block, sets, widths))
    for row in rows:
        row.header = head
    head.keep_with_next = True
    pieces += [head, *rows]
    if block.source_text:
        pieces.append(paragraph(setting.cell(_source(setting, block), SMALL, setting.width)))
    return [*pieces, gap(1 * MM)]


def _recent(setting: Setting, block: VitalsGrid) -> list[Vitals]:
    """The latest sets, oldest of them first."""
    known = SOURCES["vitals"].rows(setting.context)
    return sorted(known, key=lambda taken: taken.at_ms)[-block.recent :]


def _title(setting: Setting, block: VitalsGrid, shown: int) -> str:
    _ = setting.context.say
    known = len(SOURCES["vitals"].rows(setting.context))
    title = setting.label(block.heading)
    if setting.blank:
        return title
    if not known:
        return f"{title} — " + _("no earlier set in the extract")
    return f"{title} — " + _("{n} latest sets of {all}").format(n=shown, all=known)


def _widths(setting: Setting, block: VitalsGrid) -> tuple[float, ...]:
    label, score = block.label_mm * MM, block.score_mm * MM
    each = (setting.width - label - score) / block.columns
    return (label, score, *[each] * block.columns)


def _times(setting: Setting, sets: list[Vitals], widths: tuple[float, ...]) -> Piece:
    _ = setting.context.say
    dates = [
        setting.cell(
            ((local(taken.at_ms).strftime("%d/%m\n"), False), (hhmm(taken.at_ms), True)),
            SMALL,
            width,
        )
        for taken, width in zip(sets, widths[2:], strict=False)
    ]
    cells = [
        setting.cell(((_("Date, time"), True),), SMALL, widths[0]),
        setting.cell(((_("Key of the score"), True),), SMALL, widths[1]),
        *dates,
    ]
    return _across(setting, cells, widths, 9.0 * MM, len(sets), BOLD_RULE)


def _row(
    setting: Setting,
    block: VitalsGrid,
    measure: Measure,
    sets: list[Vitals],
    widths: tuple[float, ...],
) -> Piece:
    unit = f" ({measure.unit})" if measure.unit else ""
    total = measure.field == "news2"
    score = setting.label(measure.score)
    cells = [
        setting.cell(((setting.label(measure.label), True), (unit, False)), BODY_SIZE, widths[0]),
        setting.cell(((score, False),) if score else (), 7.0, widths[1]),
    ]
    get = SOURCES["vitals"].fields[measure.field]
    for taken, width in zip(sets, widths[2:], strict=False):
        runs: tuple[Run, ...] = tuple(
            (text, True) for text, _bold in runs_of(get(setting.context, taken))
        )
        cells.append(setting.cell(runs or (("–", False),), VALUE_SIZE, width))
    return _across(
        setting, cells, widths, block.row_mm * MM, len(sets), BOLD_RULE if total else RULE
    )


def _signed(
    setting: Setting, block: VitalsGrid, sets: list[Vitals], widths: tuple[float, ...]
) -> Piece:
    _ = setting.context.say
    cells = [setting.cell(((_("Initials"), True),), BODY_SIZE, widths[0]), Cell([], SMALL)]
    for taken, width in zip(sets, widths[2:], strict=False):
        by = ((taken.by, False),) if taken.by else ()
        cells.append(setting.cell(by, 7.0, width))
    return _across(setting, cells, widths, block.row_mm * MM, len(sets), RULE)


def _across(
    setting: Setting,
    cells: list[Cell],
    widths: tuple[float, ...],
    least: float,
    filled: int,
    top: float,
) -> Piece:
    height = round(max(least, *(cell.height for cell in cells)), 1)
    if height > 60 * MM:
        raise Misconfigured("PAP-021")

    def rules(plate: Plate) -> None:
        total = sum(widths)
        plate.rule(0, 0, total, 0, top)
        plate.rule(0, height, total, height, RULE)
        x = 0.0
        for place, width in enumerate((0.0, *widths)):
            x += width
            # The heavy rule parts what was known from what is still to be written.
            weight = BOLD_RULE if filled and place == 2 + filled else RULE
            plate.rule(x, 0, x, height, weight)

    stamp = setting.press.stamp(("vitals", widths, height, filled, top), rules)

    def draw(plate: Plate, x: float, y: float) -> None:
        plate.lay(stamp, x, y)
        for cell, width in zip(cells, widths, strict=False):
            cell.draw(plate, x, y + max(0.0, (height - cell.height) / 2))
            x += width

    return Piece(height, draw)


def _source(setting: Setting, block: VitalsGrid) -> tuple[Run, ...]:
    _ = setting.context.say
    text = setting.label(block.source_text)
    if block.verified_on:
        return ((text + " " + _("Verified on {date}.").format(date=block.verified_on), False),)
    return ((text + " ", False), (_("To be confirmed."), True))
