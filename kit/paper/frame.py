"""The safety frame of every page, which no form can remove or change.

Title and validity, page symbols at top right and bottom left with their number in words, patient
block with allergies, footer with the age of the data. Whoever draws a page asks the frame for the
room that is left. Margins 12 mm; keep-out 4 modules round every symbol; no symbol in the top left
15 mm (staple) nor in the 80 mm at mid left (punch). Not for: what forms put into that room.
"""

from __future__ import annotations

from dataclasses import dataclass

from kit.core.clock import HOUR
from kit.core.errors import Misconfigured
from kit.paper import identity
from kit.paper.blocks import boxed
from kit.paper.fields import PatientSheet, Run
from kit.paper.flow import Cell, Piece
from kit.paper.form import SIZES_MM
from kit.paper.page_id import PageId, base32, sheet_label
from kit.paper.press import FINE, MM, RULE, Plate, Stamp
from kit.paper.setting import Setting, gap
from kit.paper.symbols import page_symbol, square_matrix
from kit.paper.typeset import TextLine
from kit.paper.words import duration, moment

MARGIN = 12 * MM
MODULE = 0.6 * MM
SYMBOL = 21 * MODULE
QUIET = 4 * MODULE
CORNER = 12 * MODULE
STRIP = SYMBOL + QUIET
STAPLE = 15 * MM
BED_WIDTH = 21 * MM
MOST_ALLERGY_LINES = 7


@dataclass(slots=True)
class Head:
    """The patient block: a stamp, its height, and the allergies that did not fit into it."""

    stamp: Stamp | None
    height: float
    overflow: Piece | None = None


class Frame:
    """The frame of one document: opens its pages and signs them once their number is known."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        width, height = SIZES_MM[setting.form.page]
        self.width, self.height = width * MM, height * MM
        self.head = _head(setting)
        self.top = MARGIN + STRIP + self.head.height + 1.0 * MM
        self.bottom = self.height - MARGIN - STRIP
        if self.bottom - self.top < 60 * MM:
            raise Misconfigured("PAP-021")

    @property
    def valid_until_ms(self) -> int | None:
        """When a pre-filled clinical sheet stops being true; None where it does not age."""
        hours = self.setting.form.valid_hours
        if not hours or self.setting.blank:
            return None
        return self.setting.context.pack.printed_at_ms + hours * HOUR

    def page(self, number: int) -> Plate:
        """A new plate with everything but its number."""
        plate = Plate(self.setting.press, self.width, self.height)
        if self.setting.context.pack.exercise:
            plate.lay(self._exercise(), 0, 0)
        plate.lay(self._fixed(number > 1), 0, 0)
        if self.head.stamp is not None:
            plate.lay(self.head.stamp, MARGIN, MARGIN + STRIP)
        return plate

    def sign(self, plate: Plate, page_id: PageId) -> None:
        """Put symbols and numbers on a finished page."""
        drawn = page_symbol(page_id.symbol)
        right = self.width - MARGIN - SYMBOL
        low = self.height - MARGIN - SYMBOL
        plate.symbol(right, MARGIN, MODULE, drawn)
        plate.symbol(MARGIN, low, MODULE, drawn)
        if self.setting.form.omr:
            tail = base32(page_id.sheet, 7)[-4:]
            plate.symbol(STAPLE + QUIET, MARGIN, MODULE, square_matrix("TL" + tail, 12))
            corner = self.width - MARGIN - CORNER
            low = self.height - MARGIN - CORNER
            plate.symbol(corner, low, MODULE, square_matrix("BR" + tail, 12))
        self._numbers(plate, page_id)

    def _numbers(self, plate: Plate, page_id: PageId) -> None:
        press, _ = self.setting.press, self.setting.context.say
        human = press.line(page_id.human, 8.0, True)
        plate.text(self._strip_right - human.width, MARGIN + 3.4 * MM, human, 8.0)
        sheet = _("{code} v{version} · sheet {sheet} · page {page}/{pages}").format(
            code=page_id.form,
            version=page_id.version,
            sheet=sheet_label(page_id.sheet),
            page=page_id.page,
            pages=page_id.pages,
        )
        low = self.height - MARGIN - STRIP
        plate.text(self._foot_left, low + 5.2 * MM, press.line(sheet, 8.0, True), 8.0)

    # --------------------------------------------------------------------------- fixed layer

    @property
    def _strip_left(self) -> float:
        return STAPLE + 2 * QUIET + CORNER if self.setting.form.omr else MARGIN

    @property
    def _strip_right(self) -> float:
        return self.width - MARGIN - SYMBOL - QUIET - 0.6 * MM

    @property
    def _foot_left(self) -> float:
        return MARGIN + SYMBOL + QUIET + 0.6 * MM

    @property
    def _foot_right(self) -> float:
        return self.width - MARGIN - (CORNER + QUIET if self.setting.form.omr else 0.0)

    def _fixed(self, continued: bool) -> Stamp:
        context, form = self.setting.context, self.setting.form
        replaced = context.patient.replaces.get(form.id, "") if context.patient else ""
        key = ("frame", form.id, form.version, continued, self.setting.blank, replaced)

        def draw(plate: Plate) -> None:
            self._draw_title(plate, continued, replaced)
            self._draw_footer(plate)

        return self.setting.press.stamp(key, draw)

    def _draw_title(self, plate: Plate, continued: bool, replaced: str) -> None:
        setting, _ = self.setting, self.setting.context.say
        pack = setting.context.pack
        title = setting.label(setting.form.title)
        if pack.exercise:
            title = _("EXERCISE — {title}").format(title=title)
        if continued:
            title = _("{title} (continued)").format(title=title)
        room = self._strip_right - self._strip_left
        human_room = 56 * MM
        plate.text(
            self._strip_left,
            MARGIN + 4.4 * MM,
            self._fitting(title, 13.0, True, room - human_room),
            13.0,
        )
        place = f"{pack.hospital} — {pack.ward_name} ({pack.ward_code})"
        place_line = self._fitting(place, 8.5, False, room)
        plate.text(self._strip_left, MARGIN + 9.0 * MM, place_line, 8.5)
        validity = self._validity(replaced)
        if validity:
            plate.text(
                self._strip_left, MARGIN + 13.2 * MM, self._fitting(validity, 9.0, True, room), 9.0
            )

    def _fitting(self, text: str, size: float, bold: bool, room: float) -> TextLine:
        lines = self.setting.press.wrap(((text, bold),), size, room)
        if len(lines) > 1:
            raise Misconfigured("PAP-023")
        return lines[0]

    def _validity(self, replaced: str) -> str:
        _ = self.setting.context.say
        said = []
        until = self.valid_until_ms
        if until is not None:
            said.append(_("VALID UNTIL {moment}").format(moment=moment(until)))
        if replaced:
            said.append(_("replaces {sheet}").format(sheet=replaced))
        if self.setting.blank:
            said.append(_("BLANK FORM — stick the patient label or write the identity"))
        return " · ".join(said)

    def _draw_footer(self, plate: Plate) -> None:
        setting, _ = self.setting, self.setting.context.say
        pack = setting.context.pack
        low = self.height - MARGIN - STRIP
        left, right = self._foot_left, self._foot_right
        plate.rule(left, low + 1.4 * MM, right, low + 1.4 * MM, FINE)
        check = _("Check the wristband before any act")
        if setting.form.scope == "patient":
            line = setting.press.line(check, 8.0, True)
            plate.text(right - line.width, low + 5.2 * MM, line, 8.0)
        printed = _("Printed on {moment} · {kit}").format(
            moment=moment(pack.printed_at_ms), kit=pack.kit_label
        )
        # Three lines of 3.4 mm are what the strip holds beside the symbol.
        room = right - left
        texts = setting.press.wrap(((f"{printed} · {self._age()}", False),), 7.5, room)
        if len(texts) > 3:
            raise Misconfigured("PAP-023")
        for place, line in enumerate(texts):
            plate.text(left, low + (8.6 + 3.2 * place) * MM, line, 7.5)

    def _age(self) -> str:
        pack, _ = self.setting.context.pack, self.setting.context.say
        if self.setting.blank or pack.data_as_of_ms is None:
            return _("no pre-filled data")
        age = duration(pack.printed_at_ms - pack.data_as_of_ms, self.setting.context.say)
        return _("data as of {moment}, age {age} ({source})").format(
            moment=moment(pack.data_as_of_ms), age=age, source=pack.source_label
        )

    def _exercise(self) -> Stamp:
        """Outlined word across the page and hatching in the margins, under everything else."""
        _ = self.setting.say
        word = _("EXERCISE")

        def draw(plate: Plate) -> None:
            _hatch(plate, self.width, self.height)
            _watermark(plate, word, self.width, self.height)

        return self.setting.press.stamp(("exercise", self.width), draw)


def _hatch(plate: Plate, width: float, height: float) -> None:
    """Slanting strokes in a band of 5 mm, 5 mm from the edge of the paper."""
    inner, outer, step = 10.0 * MM, 6.0 * MM, 3.0 * MM
    band = inner - outer
    place = outer
    while place < width - inner:
        for y in (outer, height - inner):
            plate.rule(place, y + band, place + band, y, FINE)
        place += step
    place = inner
    while place < height - inner - band:
        for x in (outer, width - inner):
            plate.rule(x, place + band, x + band, place, FINE)
        place += step


def _watermark(plate: Plate, word: str, width: float, height: float) -> None:
    size = 92.0
    line = plate.press.line(word, size, True)
    cos = width / (width**2 + height**2) ** 0.5
    sin = height / (width**2 + height**2) ** 0.5
    x = width / 2 - line.width / 2 * cos + size / 3 * sin
    y = -height / 2 - line.width / 2 * sin - size / 3 * cos
    plate.code.append(
        f"q 1 Tr 0.6 G 0.5 w {cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {x:.1f} {y:.1f} cm"
    )
    recording, plate.press.recording = plate.press.recording, False
    plate.text(0, 0, line, size)
    plate.press.recording = recording
    plate.code.append("Q")


# ------------------------------------------------------------------------------ patient block


def _head(setting: Setting) -> Head:
    if setting.form.scope == "ward":
        return Head(None, 0.0)
    patient = setting.context.patient
    return _blank_head(setting) if patient is None else _patient_head(setting, patient)


def _patient_head(setting: Setting, patient: PatientSheet) -> Head:
    room = setting.width
    names_room = (room - BED_WIDTH) * 0.56
    box_room = room - BED_WIDTH - names_room
    bed = _bed(setting, patient)
    names = [
        setting.cell(runs, size, names_room) for runs, size in _identity_runs(setting, patient)
    ]
    allergies = setting.cell(identity.allergy_runs(patient, setting.context.say), 9.5, box_room)
    over: Piece | None = None
    if len(allergies.lines) > MOST_ALLERGY_LINES:
        allergies, over = _announced(setting, patient, box_room)
    _ = setting.say
    title = setting.press.line(_("ALLERGIES"), 8.0, True)
    inner = max(
        sum(cell.height - 1.0 * MM for cell in names) + 1.2 * MM,
        allergies.height + 4.7 * MM,
        sum(cell.height for cell in bed),
        18 * MM,
    )
    height = round(inner, 1)

    def draw(plate: Plate) -> None:
        plate.frame(0, 0, room - box_room, height, RULE)
        plate.rule(BED_WIDTH, 0, BED_WIDTH, height, RULE)
        top = 0.0
        for cell in bed:
            cell.draw(plate, 0, top)
            top += cell.height
        top = 0.2 * MM
        for cell in names:
            cell.draw(plate, BED_WIDTH, top)
            top += cell.height - 1.0 * MM
        plate.frame(room - box_room, 0, box_room, height, 2.0)
        plate.text(room - box_room + 1.2 * MM, 3.9 * MM, title, 8.0)
        allergies.draw(plate, room - box_room, 4.7 * MM)

    stamp = setting.press.stamp(("patient", patient.patient_id, room), draw)
    return Head(stamp, height, over)


def _bed(setting: Setting, patient: PatientSheet) -> list[Cell]:
    _ = setting.context.say
    label = setting.cell(((_("Bed"), False),), 7.5, BED_WIDTH)
    bed = patient.bed or _("no bed")
    size = 14.0 if len(bed) <= 7 else 10.0
    return [label, setting.cell(((bed, True),), size, BED_WIDTH)]


def _identity_runs(setting: Setting, patient: PatientSheet) -> list[tuple[tuple[Run, ...], float]]:
    say = _ = setting.context.say
    lines: list[tuple[tuple[Run, ...], float]] = [
        (((identity.full_name(patient), True),), 13.0),
    ]
    used = identity.used_name(patient)
    if used:
        lines.append((((_("Used name: {name}").format(name=used), True),), 11.0))
    born = identity.birth(patient, setting.context.pack.printed_at_ms, say)
    sex = identity.sex(patient, say).replace(" ", "\u00a0")
    about = _("Born: {birth} · Sex: {sex}").format(birth=born, sex=sex)
    lines.append((((about, True),), 9.0))
    unknown = _("not given")
    numbers = _("IPP: {ipp} · IEP: {iep}").format(
        ipp=patient.ipp or unknown, iep=patient.iep or unknown
    )
    status = identity.identity_status(patient, say)
    namesake = " · " + _("NAMESAKE IN THE WARD") if patient.homonym else ""
    lines.append((((numbers + " · ", False), (status + namesake, True)), 8.5))
    return lines


def _announced(setting: Setting, patient: PatientSheet, room: float) -> tuple[Cell, Piece]:
    """Too many allergies for the block: it says how many, the whole list opens the first page."""
    _ = setting.context.say
    count = len(patient.allergies)
    notice = _("{n} KNOWN ALLERGIES — the whole list is on page 1 of this sheet").format(n=count)
    title = _("ALLERGIES ({n}), whole list: ").format(n=count)
    runs = ((title, True), *identity.allergy_runs(patient, setting.context.say))
    whole = setting.cell(runs, 9.5, setting.width)
    return setting.cell(((notice, True),), 9.5, room), boxed(whole, setting.width)


def _blank_head(setting: Setting) -> Head:
    """Room for a patient label of 70 × 25 mm, lines for the identity, boxes for the allergies."""
    height = 30 * MM
    label_room, box_room = 74 * MM, setting.width * 0.32
    press, _ = setting.press, setting.context.say

    def draw(plate: Plate) -> None:
        plate.frame(0, 0, setting.width - box_room, height, RULE)
        plate.rule(label_room, 0, label_room, height, FINE)
        here = press.line(_("Patient label here"), 8.0)
        plate.text(1.4 * MM, 3.8 * MM, here, 8.0)
        right = setting.width - box_room
        names = (_("Birth name"), _("Given name"), _("Born · sex"), _("IPP · bed"))
        size = 7.5
        for place, text in enumerate(names):
            base = (6.0 + 7.4 * place) * MM
            line = press.line(text, size)
            plate.text(label_room + 1.2 * MM, base, line, size)
            plate.dotted(label_room + line.width + 2.4 * MM, base + 0.4 * MM, right - 1.2 * MM)
        plate.frame(right, 0, box_room, height, 2.0)
        plate.text(right + 1.4 * MM, 4.0 * MM, press.line(_("ALLERGIES"), 8.0, True), 8.0)
        _blank_allergies(setting, plate, right, box_room)

    stamp = press.stamp(("blank", setting.width), draw)
    return Head(stamp, height)


def _blank_allergies(setting: Setting, plate: Plate, x: float, room: float) -> None:
    press, _ = setting.press, setting.context.say
    choices = (_("No known allergy"), _("Not asked"), _("Known:"))
    for place, text in enumerate(choices):
        top = (5.6 + 4.8 * place) * MM
        plate.checkbox(x + 1.4 * MM, top, 3.0 * MM)
        plate.text(x + 5.6 * MM, top + 2.5 * MM, press.line(text, 8.0), 8.0)
    known = press.line(choices[2], 8.0).width
    plate.dotted(x + 6.6 * MM + known, 18.0 * MM, x + room - 1.4 * MM)
    plate.dotted(x + 1.4 * MM, 27.0 * MM, x + room - 1.4 * MM)


def opening(head: Head) -> list[Piece]:
    """What the frame puts at the start of the body: allergies that its block could not hold."""
    return [head.overflow, gap(2 * MM)] if head.overflow is not None else []
