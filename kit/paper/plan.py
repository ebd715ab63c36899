"""The 24 h administration plan: one row per drug, one cell per time of day, bubbles to fill.

Each due dose has its own time, three bubbles (given, not given, postponed) and a line for the real
time and the initials. A dose due before the plan begins is printed in the first cell as late; one
due after its end is named under the drug. The medication line is printed verbatim.
"""

from __future__ import annotations

from functools import partial

from kit.core.clock import HOUR, hhmm, local
from kit.paper import medication
from kit.paper.fields import Line, Run
from kit.paper.flow import Cell, Piece, stacked
from kit.paper.form import Section, Slots
from kit.paper.press import BOLD_RULE, FINE, MM, RULE, Plate, Stamp
from kit.paper.setting import SMALL, Setting, gap
from kit.paper.table import header_row, ruled
from kit.paper.words import Say, short_moment

DRUG_SIZE = 10.0
BUBBLE_RADIUS = 1.6 * MM
BUBBLE_PITCH = 5.0 * MM
SLOT_HEIGHT = 15.2 * MM


def plan_pieces(setting: Setting, block: Slots) -> list[Piece]:
    """Sections of the plan with their drugs and blank rows, under one repeated header."""
    return Plan(setting, block).pieces()


class Plan:
    """One patient's plan in the making: its bands of time, its widths, its stamps."""

    def __init__(self, setting: Setting, block: Slots) -> None:
        self.setting = setting
        self.block = block
        self.widths = tuple(
            mm * MM
            for mm in (block.drug_mm, *[block.slot_mm] * block.bands, block.sign_mm, block.stop_mm)
        )
        self.starts = _band_starts(setting, block)
        self.end = self.starts[-1] + block.band_hours * HOUR
        self.head = self.above = self._header()

    def pieces(self) -> list[Piece]:
        """Every row of every section."""
        patient = self.setting.context.patient
        lines = patient.prescriptions if patient is not None else ()
        pieces = [self.head]
        self.head.keep_with_next = True
        for section in self.block.sections:
            pieces.append(self._title(section, going_on=False))
            self.above = stacked(self.head, self._title(section, going_on=True))
            rows = [line for line in lines if line.timing == section.timing]
            pieces.extend(self._row(line, row) for row, line in enumerate(rows, 1))
            blanks = section.blank_form_rows if self.setting.blank else section.blank_rows
            pieces.extend(self._blank(section, row) for row in range(blanks))
        return [*pieces, gap(1.0 * MM)]

    def _header(self) -> Piece:
        _ = self.setting.context.say
        bands = [
            _("__/__  __ h – __ h")
            if self.setting.blank
            else f"{_day(start)}\n{hhmm(start)} – {hhmm(start + self.block.band_hours * HOUR)}"
            for start in self.starts
        ]
        texts = (
            _("Drug — dose — route — frequency"),
            *bands,
            _("Prescriber: name, signature"),
            _("Continue / stop"),
        )
        return header_row(self.setting, self.widths, texts)

    def _title(self, section: Section, *, going_on: bool) -> Piece:
        text = self.setting.label(section.label)
        if going_on:
            _ = self.setting.context.say
            text = _("{title} (continued)").format(title=text)
        cell = self.setting.cell(((text, True),), 9.0, self.setting.width)
        width = sum(self.widths)

        def draw(plate: Plate) -> None:
            ruled(plate, (width,), cell.height, BOLD_RULE)
            cell.draw(plate, 0, 0)

        stamp = self.setting.press.stamp(("section", self.widths, text), draw)
        return Piece(
            cell.height,
            lambda plate, x, y: plate.lay(stamp, x, y),
            header=self.head,
            keep_with_next=True,
        )

    # ------------------------------------------------------------------------------- rows

    def _row(self, line: Line, row: int) -> Piece:
        room = self.widths[0]
        drug = self.setting.cell(medication.held(line.runs), DRUG_SIZE, room)
        drug.struck = line.status == "stopped"
        notes = self.setting.cell(self._remarks(line), SMALL, room)
        doses = [self._in_band(line, band) for band in range(len(self.starts))]
        deepest = max((len(due) for due in doses), default=0)
        text = drug.height + (notes.height - 0.9 * MM if notes.lines else 0.0)
        height = max(text, max(1, deepest) * SLOT_HEIGHT)
        frame = self._frame(height, line.timing != "scheduled")

        def draw(plate: Plate, x: float, y: float) -> None:
            plate.lay(frame, x, y)
            drug.draw(plate, x, y)
            notes.draw(plate, x, y + drug.height - 0.9 * MM)
            self._slots(plate, x, y, doses, f"{line.timing}:{row}")

        return Piece(
            height, draw, header=self.above, split=partial(self._split, drug, notes, doses)
        )

    def _split(
        self, drug: Cell, notes: Cell, doses: list[list[int]], room: float
    ) -> tuple[Piece, Piece] | None:
        """A line too long for any page goes on below the header of the next one."""
        first, rest = drug.cut(room)
        after = notes
        if not first.lines or not (rest.lines or notes.lines):
            return None
        _ = self.setting.context.say
        going_on = self.setting.cell(((_("(continued)"), False),), SMALL, self.widths[0])
        fit = int(room // SLOT_HEIGHT)
        now = [due[:fit] for due in doses]
        later = [due[fit:] for due in doses]
        return (
            self._part([first], now, room),
            self._part([going_on, rest, after], later, 0.0),
        )

    def _part(self, cells: list[Cell], doses: list[list[int]], least: float) -> Piece:
        deepest = max((len(due) for due in doses), default=0)
        height = max(least, sum(cell.height for cell in cells), deepest * SLOT_HEIGHT)
        frame = self._frame(height, False)

        def draw(plate: Plate, x: float, y: float) -> None:
            plate.lay(frame, x, y)
            top = y
            for cell in cells:
                cell.draw(plate, x, top)
                top += cell.height
            self._slots(plate, x, y, doses, "part")

        def split(room: float) -> tuple[Piece, Piece] | None:
            text = max(cells, key=lambda cell: cell.height)
            first, rest = text.cut(room - sum(c.height for c in cells if c is not text))
            if not first.lines or not rest.lines:
                return None
            at = cells.index(text)
            fit = int(room // SLOT_HEIGHT)
            return (
                self._part([*cells[:at], first], [due[:fit] for due in doses], room),
                self._part([rest, *cells[at + 1 :]], [due[fit:] for due in doses], 0.0),
            )

        return Piece(height, draw, header=self.above, split=split)

    def _blank(self, section: Section, row: int) -> Piece:
        scheduled = section.timing == "scheduled"
        frame = self._frame(SLOT_HEIGHT, not scheduled)
        slot = self._slot_stamp()

        def draw(plate: Plate, x: float, y: float) -> None:
            plate.lay(frame, x, y)
            if scheduled:
                left = x + self.widths[0]
                for band, width in enumerate(self.widths[1:-2]):
                    plate.lay(slot, left, y, f"new:{section.timing}:{row}:{band}:0:")
                    left += width

        return Piece(SLOT_HEIGHT, draw, header=self.above)

    # ------------------------------------------------------------------------------ words

    def _remarks(self, line: Line) -> tuple[Run, ...]:
        remarks = medication.warnings(line, self.setting.context.say)
        return medication.joined([*remarks, *((text, False) for text in self._origins(line))])

    def _origins(self, line: Line) -> list[str]:
        _ = self.setting.context.say
        origins = []
        if line.slots and line.status == "suspended":
            times = ", ".join(hhmm(at) for at in line.slots if at < self.end)
            origins.append(_("Times if resumed: {times}").format(times=times))
        later = [at for at in line.slots if at >= self.end]
        if later:
            origins.append(_("Next dose: {moment}").format(moment=short_moment(min(later))))
        if line.last_given:
            origins.append(_("Last given: {text}").format(text=line.last_given))
        if line.prescriber:
            origins.append(line.prescriber)
        if line.source:
            origins.append(line.source)
        return origins

    def _in_band(self, line: Line, band: int) -> list[int]:
        if line.status != "active":
            return []
        start = self.starts[band] if band else 0
        end = self.starts[band + 1] if band + 1 < len(self.starts) else self.end
        return sorted(at for at in line.slots if start <= at < end)

    # ----------------------------------------------------------------------------- stamps

    def _slots(self, plate: Plate, x: float, y: float, doses: list[list[int]], label: str) -> None:
        slot = self._slot_stamp()
        press = self.setting.press
        left = x + self.widths[0]
        for band, due in enumerate(doses):
            for place, at_ms in enumerate(due):
                top = y + place * SLOT_HEIGHT
                plate.lay(slot, left, top, f"{label}:{band}:{place}:{at_ms}:")
                plate.text(left + 1.0 * MM, top + 5.6 * MM, press.line(hhmm(at_ms), 9.0, True), 9.0)
                if at_ms < self.starts[0]:
                    late = press.line(self._late(at_ms), 7.0, True)
                    plate.text(left + 0.6 * MM, top + 2.6 * MM, late, 7.0)
            left += self.widths[1 + band]

    def _late(self, at_ms: int) -> str:
        _ = self.setting.context.say
        printed = local(self.setting.context.pack.printed_at_ms).date()
        moment = local(at_ms)
        return _("LATE") if moment.date() == printed else moment.strftime("%d/%m")

    def _slot_stamp(self) -> Stamp:
        """Bubbles with their letters above, and the line for the real time and the initials."""
        width = self.block.slot_mm * MM
        press, choices = self.setting.press, self.block.choices

        def draw(plate: Plate) -> None:
            centre = width - 1.4 * MM - BUBBLE_RADIUS - (len(choices) - 1) * BUBBLE_PITCH
            for choice in choices:
                letter = press.line(choice, 7.0, True)
                plate.text(centre - letter.width / 2, 2.6 * MM, letter, 7.0)
                plate.circle(centre, 4.9 * MM, BUBBLE_RADIUS, choice)
                centre += BUBBLE_PITCH
            base = 14.0 * MM
            plate.dotted(1.0 * MM, base, width - 1.0 * MM)
            plate.rule(width * 0.56, base - 5.5 * MM, width * 0.56, base, FINE)

        return press.stamp(("slot", width, choices), draw)

    def _frame(self, height: float, free: bool) -> Stamp:
        """Rules of one row; `free` rows have writing lines instead of fixed times."""
        height = round(height, 1)
        press, say, widths = self.setting.press, self.setting.context.say, self.widths

        def draw(plate: Plate) -> None:
            ruled(plate, widths, height, RULE)
            _stop_boxes(plate, say, sum(widths[:-1]), widths[-1])
            if free:
                left = widths[0]
                for width in widths[1:-2]:
                    plate.dotted(left + 1 * MM, 7.0 * MM, left + width - 1 * MM)
                    plate.dotted(left + 1 * MM, 14.0 * MM, left + width - 1 * MM)
                    left += width

        return press.stamp(("plan", widths, height, free), draw)


def _day(at_ms: int) -> str:
    return local(at_ms).strftime("%d/%m")


def _stop_boxes(plate: Plate, say: Say, x: float, width: float) -> None:
    _, line = say, plate.press.line
    for place, text in enumerate((_("Continue"), _("Stop"))):
        top = (1.6 + 4.6 * place) * MM
        plate.checkbox(x + 1.4 * MM, top, 3.0 * MM)
        plate.text(x + 5.6 * MM, top + 2.5 * MM, line(text, 7.5), 7.5)
    plate.dotted(x + 1.4 * MM, 14.0 * MM, x + width - 1.4 * MM)


def _band_starts(setting: Setting, block: Slots) -> list[int]:
    """Instants at which the bands begin: the band of hours that holds the moment of printing."""
    printed = setting.context.pack.printed_at_ms
    moment = local(printed)
    into = (moment.hour % block.band_hours) * HOUR + moment.minute * 60_000
    into += moment.second * 1000 + printed % 1000
    first = printed - into
    return [first + band * block.band_hours * HOUR for band in range(block.bands)]
