"""The gap report of an import: what was read, what was not, what the ward will not have.

Questions `intake.list`, `intake.report`, `intake.unit`, and the command line's JSON. Not for:
writing (`ledger`).
"""

from __future__ import annotations

from typing import Any

import msgspec

from kit.core.projection import Reader
from kit.core.query import Asking, Query, Row, answers, query
from kit.exchange import ledger
from kit.exchange.decode import decode_text
from kit.exchange.leaf_rules import rules_with_reasons
from kit.exchange.pipeline import COUNTED
from kit.exchange.reasons import position_text, sentence

EXPECTED_BLOCKS = (
    "identity",
    "stays",
    "places",
    "allergies",
    "alerts",
    "directives",
    "prescriptions",
    "administrations",
    "vitals",
    "results",
    "care",
    "problems",
    "documents",
    "appointments",
    "contacts",
    "directory",
)
"""The blocks of a complete extract (ward.md §3), in the order in which a ward misses them."""

_counts = msgspec.json.Decoder(dict[str, int]).decode
_args = msgspec.json.Decoder(dict[str, Any]).decode


class IntakeRow(Row):
    """One import. extracted_at, started, finished: UTC ms; finished 0: cut short, to be run again.

    leaves = mapped + kept + ignored + unmapped, always; dangerous: unmapped leaves shown red.
    """

    intake: str
    label: str
    path_name: str
    kind: str
    snapshot: str
    extracted_at: int
    started: int
    finished: int
    bytes: int
    blocks: tuple[str, ...]
    units: int
    refused: int
    leaves: int
    mapped: int
    kept: int
    ignored: int
    unmapped: int
    dangerous: int
    counts: dict[str, int]


class PathRow(Row):
    """A path with its fate: how many leaves, one place where it stands, red or not."""

    path: str
    fate: str
    count: int
    file: str
    position: str
    place: str
    danger: bool
    reason: str = ""


class RefusedRow(Row):
    """A unit that was not read, or not whole: where, its code, and the sentence for a person."""

    file: str
    position: str
    place: str
    code: str
    text: str


class ReportRow(Row):
    """The whole report; missing: blocks of a complete extract that this one does not hold."""

    intake: IntakeRow
    unmapped: tuple[PathRow, ...]
    ignored: tuple[PathRow, ...]
    refused: tuple[RefusedRow, ...]
    missing: tuple[str, ...]


class UnitRow(Row):
    """The raw bytes of one unit as text, and where it came from."""

    hash: str
    file: str
    position: str
    kind: str
    raw: str


@query("intake.list", action="import_snapshot")
class Intakes(Query):
    """Every import of this kit, the last first."""


@query("intake.report", action="import_snapshot")
class IntakeReport(Query):
    """The gap report of an import; intake empty: the last one. limit: paths and refusals."""

    intake: str = ""
    limit: int = 200


@query("intake.unit", action="open_record")
class IntakeUnit(Query):
    """One unit as it came; hash: its SHA-256 in hexadecimal."""

    hash: str


_SELECT = """select id, label, path_name, kind, snapshot, extracted, started, finished, bytes,
    blocks, units, refused, leaves, mapped, kept, ignored, unmapped, counts,
    (select coalesce(sum(count), 0) from intake_leaf where intake=i.id and danger=1)
    from intake i"""


@answers(Intakes)
def intakes(db: Reader, _question: Intakes, _asking: Asking) -> list[IntakeRow]:
    """Answer `intake.list`."""
    return [_intake(row) for row in db.rows(_SELECT + " order by started desc, id")]


def _intake(row: tuple[Any, ...]) -> IntakeRow:
    names = (
        "intake",
        "label",
        "path_name",
        "kind",
        "snapshot",
        "extracted_at",
        "started",
        "finished",
        "bytes",
    )
    sums = ("units", "refused", "leaves", "mapped", "kept", "ignored", "unmapped")
    return IntakeRow(
        **dict(zip(names, row[:9], strict=True)),
        blocks=tuple(row[9].split()),
        **dict(zip(sums, row[10:17], strict=True)),
        counts=_counts(row[17]),
        dangerous=row[18],
    )


@answers(IntakeReport)
def report(db: Reader, question: IntakeReport, _asking: Asking) -> list[ReportRow]:
    """Answer `intake.report`: one row, none where there is no such import."""
    where = " where id=?" if question.intake else " order by started desc, id limit 1"
    args = (question.intake,) if question.intake else ()
    found = db.row(_SELECT + where, *args)
    if found is None:
        return []
    row = _intake(found)
    return [
        ReportRow(
            intake=row,
            unmapped=_paths(db, row.intake, "unmapped", question.limit),
            ignored=_paths(db, row.intake, "ignored", question.limit),
            refused=_refused(db, row.intake, question.limit),
            missing=tuple(block for block in EXPECTED_BLOCKS if block not in row.blocks),
        )
    ]


def _paths(db: Reader, intake: str, fate: str, limit: int) -> tuple[PathRow, ...]:
    rows = db.rows(
        """select path, fate, count, file, position, danger, rule from intake_leaf
           where intake=? and fate=? order by danger desc, count desc, path limit ?""",
        intake,
        fate,
        limit,
    )
    reasons = rules_with_reasons()
    return tuple(
        PathRow(
            path=path,
            fate=fate,
            count=count,
            file=file,
            position=position,
            place=position_text(position),
            danger=bool(danger),
            reason=reasons.get(rule, ""),
        )
        for path, fate, count, file, position, danger, rule in rows
    )


def _refused(db: Reader, intake: str, limit: int) -> tuple[RefusedRow, ...]:
    rows = db.rows(
        """select file, position, code, args from intake_refused where intake=?
           order by file, length(position), position, code limit ?""",
        intake,
        limit,
    )
    return tuple(
        RefusedRow(
            file=file,
            position=position,
            place=position_text(position),
            code=code,
            text=sentence(code, _args(args)),
        )
        for file, position, code, args in rows
    )


@answers(IntakeUnit)
def unit(db: Reader, question: IntakeUnit, _asking: Asking) -> list[UnitRow]:
    """Answer `intake.unit`: one row, none where this kit does not hold it."""
    try:
        digest = bytes.fromhex(question.hash)
    except ValueError:
        return []
    found = db.row(
        "select file, position, kind from intake_unit where hash=? and kind<>?",
        digest,
        ledger.EVENT,
    )
    raw = ledger.read_raw(db, digest)
    if found is None or raw is None:
        return []
    return [
        UnitRow(
            hash=question.hash,
            file=found[0],
            position=found[1],
            kind=found[2],
            raw=decode_text(raw)[0],
        )
    ]


def report_json(db: Reader, import_id: str) -> dict[str, Any]:
    """The import as `kit import --json` prints it (issue of the command line's shapes).

    counts: patients; allergies (entries, without "none known"); prescriptions (MedicationRequest or
    ordered lines); administrations; observations (each vital sign and each result by itself).
    """
    found = db.row(_SELECT + " where id=?", import_id)
    if found is None:
        return {}
    row = _intake(found)
    refused = db.rows(
        """select file, position, code from intake_refused where intake=?
           order by file, length(position), position, code""",
        import_id,
    )
    return {
        "units": row.units,
        "leaves": {
            "in": row.leaves,
            "mapped": row.mapped,
            "kept": row.kept,
            "ignored": row.ignored,
            "unmapped": row.unmapped,
        },
        "refused": [
            {"file": file, "position": position, "reason": code} for file, position, code in refused
        ],
        "counts": {name: row.counts.get(name, 0) for name in COUNTED},
    }
