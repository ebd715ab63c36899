"""One document: a form filled for one patient or ward, laid out on pages, then numbered.

Layout comes first and numbers after, because the symbol of every page says how many pages there
are. A document of more than 31 pages becomes several sheets. Not for: packs of documents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from kit.paper.blocks import block_pieces, foot_piece
from kit.paper.dictionary import Context
from kit.paper.flow import Flow, Piece
from kit.paper.form import Form, Initials
from kit.paper.frame import MARGIN, Frame, opening
from kit.paper.page_id import MOST_PAGES, PageId, sheet_label
from kit.paper.press import MM, Box, Plate, Press
from kit.paper.setting import Setting

Allot = Callable[[int], int]
"""`allot(n)` gives the first of n sheet numbers in a row (35 bits: 10 of kit, 25 of counter)."""


class Mark(msgspec.Struct, frozen=True):
    """A bubble that a machine will read: centre in mm from the top left of its page."""

    page: int
    label: str
    x_mm: float
    y_mm: float


class Sheet(msgspec.Struct, frozen=True):
    """One numbered sheet for the ledger. `first_page` counts from 0 inside the PDF."""

    number: int
    label: str
    form: str
    version: int
    form_digest: str
    patient_id: str
    blank: bool
    first_page: int
    page_ids: tuple[str, ...]
    valid_until_ms: int | None
    replaces: str
    retention: tuple[str, ...]
    marks: tuple[Mark, ...]


@dataclass(slots=True)
class Document:
    """Pages that are laid out and still without a number."""

    frame: Frame
    plates: list[Plate]

    @property
    def sheets(self) -> int:
        """How many sheet numbers the document needs."""
        return -(-len(self.plates) // MOST_PAGES)

    def number(self, first: int, first_page: int) -> list[Sheet]:
        """Sign every page with the numbers from `first` on, bind them, and say what they are."""
        sheets = []
        for place in range(self.sheets):
            part = self.plates[place * MOST_PAGES : (place + 1) * MOST_PAGES]
            sheets.append(self._sheet(part, first + place, first_page + place * MOST_PAGES))
        return sheets

    def _sheet(self, plates: list[Plate], number: int, first_page: int) -> Sheet:
        setting = self.frame.setting
        form, context = setting.form, setting.context
        ids = [
            PageId(form.id, form.version, number, page, len(plates), context.pack.exercise)
            for page in range(1, len(plates) + 1)
        ]
        for plate, page_id in zip(plates, ids, strict=True):
            self.frame.sign(plate, page_id)
            setting.press.bind(plate)
        patient = context.patient
        return Sheet(
            number=number,
            label=sheet_label(number),
            form=form.id,
            version=form.version,
            form_digest=form.digest,
            patient_id=patient.patient_id if patient else "",
            blank=setting.blank,
            first_page=first_page,
            page_ids=tuple(page_id.symbol for page_id in ids),
            valid_until_ms=self.frame.valid_until_ms,
            replaces=patient.replaces.get(form.id, "") if patient else "",
            retention=form.retention,
            marks=tuple(
                _mark(page, box) for page, plate in enumerate(plates, 1) for box in plate.marks
            ),
        )


def lay_out(press: Press, form: Form, context: Context) -> Document:
    """The form's pages, complete but for their numbers."""
    setting = Setting(press, form, context, form.width_mm * MM)
    frame = Frame(setting)
    feet = [foot_piece(setting, block) for block in form.block if isinstance(block, Initials)]
    foot = sum(piece.height for piece in feet)

    def open_page(number: int) -> tuple[Plate, float, float]:
        plate = frame.page(number)
        low = frame.bottom - foot
        for piece in feet:
            piece.draw(plate, MARGIN, low)
            low += piece.height
        return plate, frame.top, frame.bottom - foot

    pieces: list[Piece] = opening(frame.head)
    for block in form.block:
        pieces.extend(block_pieces(setting, block))
    return Document(frame, Flow(open_page, MARGIN).run(pieces))


def _mark(page: int, box: Box) -> Mark:
    x, y = box.x + box.w / 2, box.y + box.h / 2
    return Mark(page, box.label, round(x / MM, 2), round(y / MM, 2))
