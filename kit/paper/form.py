"""What a form is: a TOML description made of a closed set of blocks, and nothing executable.

The safety frame (patient, allergies, footer, symbols, expiry) has no block and no option: a form
cannot ask for it, so it cannot leave it out. Lengths in mm. Not for: reading and checking the
files (`library`), drawing (`document`).
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

Label = dict[str, str]
"""`{fr = "…", en = "…"}`."""

WIDTHS_MM = {"A4P": 186.0, "A4L": 273.0}
SIZES_MM = {"A4P": (210.0, 297.0), "A4L": (297.0, 210.0)}


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Column(_Part, frozen=True, kw_only=True):
    """One column: a published field, or empty for handwriting."""

    label: Label
    mm: float
    field: str = ""
    bold: bool = False
    size: float = 0.0
    """Points; 0 for the size of the table."""


class Item(_Part, frozen=True, kw_only=True):
    """One labelled value of a `fields` block; empty field for handwriting."""

    label: Label
    field: str = ""
    wide: bool = False


class Measure(_Part, frozen=True, kw_only=True):
    """One row of the vitals grid; `score` is the printed key for the early warning score."""

    label: Label
    field: str
    unit: str = ""
    score: Label = {}


class _Block(_Part, tag_field="kind", frozen=True, kw_only=True):
    name: str = ""
    heading: Label = {}
    after: str = ""
    """In a hospital's override: the block after which this one is inserted."""


class Fields(_Block, tag="fields", frozen=True, kw_only=True):
    """Labelled values in columns."""

    items: tuple[Item, ...]
    columns: int = 2


class Text(_Block, tag="text", frozen=True, kw_only=True):
    """A paragraph, or one line per rule."""

    text: Label
    size: float = 8.5
    bold: bool = False


class Notice(_Block, tag="notice", frozen=True, kw_only=True):
    """A boxed text: fixed, or a published field; nothing is drawn where the field is empty."""

    text: Label = {}
    field: str = ""


class Table(_Block, tag="table", frozen=True, kw_only=True):
    """Rows of a source, then blank rows to write on."""

    columns: tuple[Column, ...]
    source: str = ""
    min_row_mm: float = 8.0
    size: float = 8.5
    blank_rows: int = 0
    fill_page: bool = False
    empty: Label = {}


class Lines(_Block, tag="lines", frozen=True, kw_only=True):
    """Ruled lines to write on."""

    rows: int
    row_mm: float = 8.0


class Section(_Part, frozen=True, kw_only=True):
    """One part of the administration plan."""

    label: Label
    timing: Literal["scheduled", "as_needed", "continuous"]
    blank_rows: int = 2
    blank_form_rows: int = 2


class Slots(_Block, tag="slots", frozen=True, kw_only=True):
    """The 24 h administration plan with bubbles to fill, read back by machine."""

    sections: tuple[Section, ...]
    bands: int = 6
    band_hours: int = 4
    drug_mm: float = 72.0
    slot_mm: float = 25.0
    sign_mm: float = 27.0
    stop_mm: float = 24.0
    choices: tuple[str, ...] = ("D", "N", "R")


class VitalsGrid(_Block, tag="vitals", frozen=True, kw_only=True):
    """Recent sets pre-filled, then blank columns; rows are measures."""

    measures: tuple[Measure, ...]
    recent: int = 4
    columns: int = 14
    label_mm: float = 32.0
    score_mm: float = 42.0
    row_mm: float = 8.0
    source_text: Label = {}
    verified_on: str = ""


class Checks(_Block, tag="checks", frozen=True, kw_only=True):
    """Boxes to tick."""

    items: tuple[Label, ...]
    columns: int = 2


class Sign(_Block, tag="sign", frozen=True, kw_only=True):
    """Signature boxes of at least 45 × 18 mm."""

    signs: tuple[Label, ...]


class Initials(_Block, tag="initials", frozen=True, kw_only=True):
    """The key of initials at the foot of every page, with the codes that the sheet uses."""

    people: int = 6
    legend: Label = {}


class PageBreak(_Block, tag="pagebreak", frozen=True, kw_only=True):
    """What follows starts a new page."""


Block = (
    Fields
    | Text
    | Notice
    | Table
    | Lines
    | Slots
    | VitalsGrid
    | Checks
    | Sign
    | Initials
    | PageBreak
)
BLOCKS: tuple[type[_Block], ...] = (
    Fields,
    Text,
    Notice,
    Table,
    Lines,
    Slots,
    VitalsGrid,
    Checks,
    Sign,
    Initials,
    PageBreak,
)


class Form(_Part, frozen=True, kw_only=True):
    """One version of one form. A published version does not change: change means a new version."""

    id: str
    version: int
    title: Label
    page: Literal["A4P", "A4L"]
    scope: Literal["ward", "patient"]
    block: tuple[Block, ...]
    valid_hours: int = 0
    retention: tuple[str, ...] = ()
    omr: bool = False
    blank: bool = False
    approved_by: str = ""
    approved_on: str = ""

    @property
    def width_mm(self) -> float:
        """Width between the margins."""
        return WIDTHS_MM[self.page]

    @property
    def digest(self) -> str:
        """SHA-256 of the compiled form, for the ledger's map of versions."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


def label(text: Label, language: str) -> str:
    """The text in the language, else in French."""
    return text.get(language) or text.get("fr", "")
