"""The ledger of sheets: which numbers this kit has issued, for which form and patient, when.

What becomes of a sheet afterwards (returned, entered, missing) is a later chapter; its number is
given here, once, from a range that no other kit shares. Not for: the number's written form
(`page_id`).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query


class IssuedSheet(msgspec.Struct, frozen=True, array_like=True):
    """A sheet: its number, form code, patient (empty for a blank), how many pages."""

    number: int
    form: str
    patient: str
    pages: int


@event("sheets.issued", scope=Scope.OPERATIONS)
class SheetsIssued(Event):
    """Sheets went to a printer or a file; at most 400 in one event."""

    ward: str
    document: str
    sheets: tuple[IssuedSheet, ...]


table(
    "sheet",
    """create table sheet(
        number integer, n integer, form text not null, patient text not null,
        pages integer not null, ward text not null, document text not null, at integer not null,
        actor text not null, primary key(number, n)) without rowid""",
)


def _withdrawn(db: Writer, stamp: Stamp, data: SheetsIssued) -> None:
    gone = [(sheet.number, stamp.n) for sheet in data.sheets]
    db.executemany("delete from sheet where number=? and n=?", gone)


@folds(SheetsIssued, undo=_withdrawn)
def _issued(db: Writer, stamp: Stamp, data: SheetsIssued) -> None:
    db.executemany(
        "insert or ignore into sheet values(?,?,?,?,?,?,?,?,?)",
        [
            (sheet.number, stamp.n, sheet.form, sheet.patient, sheet.pages, data.ward,
             data.document, stamp.wall, stamp.actor)
            for sheet in data.sheets
        ],
    )  # fmt: skip


def next_number(db: Reader, kit_bits: int) -> int:
    """The first number of this kit's range (10 bits of kit, 25 of counter) not issued yet."""
    low = kit_bits << 25
    found = db.row("select max(number) from sheet where number>=? and number<?", low, low + 2**25)
    return low + 1 if not found or found[0] is None else int(found[0]) + 1


def issued_events(ward: str, document: str, sheets: Sequence[IssuedSheet]) -> list[SheetsIssued]:
    """The events that record these sheets."""
    return [
        SheetsIssued(ward=ward, document=document, sheets=tuple(sheets[start : start + 400]))
        for start in range(0, len(sheets), 400)
    ]


class SheetRow(Row):
    """One issued sheet; at: UTC ms."""

    number: int
    form: str
    patient: str
    pages: int
    ward: str
    document: str
    at: int
    actor: str


@query("sheet.list", action="read_figures")
class Sheets(Query):
    """Sheets issued for a ward, newest first."""

    ward: str
    limit: int = 500


@answers(Sheets)
def sheets(db: Reader, question: Sheets, _asking: Asking) -> list[SheetRow]:
    """Answer `sheet.list`."""
    rows = db.rows(
        """select number, form, patient, pages, ward, document, at, actor from sheet
           where ward=? order by at desc, number desc limit ?""",
        question.ward, question.limit,
    )  # fmt: skip
    fields = SheetRow.__struct_fields__
    return [SheetRow(**dict(zip(fields, row, strict=True))) for row in rows]
