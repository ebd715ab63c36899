"""A snapshot of the hospital's record: where imported data comes from, and how old it is.

The import itself is `kit.exchange`; here stands what each datum's label needs: which extract,
taken when, brought in when, and which blocks it held at all (a block that was not in the extract
is "unavailable", not "none").
"""

from __future__ import annotations

from kit.core.clock import MINUTE
from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, entity, folds, table
from kit.core.query import Asking, Query, Row, answers, query
from kit.ward.clinical_table import clinical_table


@event("snapshot.imported", scope=Scope.OPERATIONS)
class SnapshotImported(Event):
    """An extract was read. extracted_at: UTC ms of the extract itself, 0 where nobody knows.

    blocks: the blocks that it held (`allergies`, `prescriptions`, …), even where they were empty.
    """

    snapshot: str
    label: str
    extracted_at: int = 0
    blocks: tuple[str, ...] = ()
    units: int = 0


table(
    "snapshot",
    """create table snapshot(
        id text primary key, label text not null, extracted integer not null,
        imported integer not null, blocks text not null, n integer not null)""",
)


SNAPSHOT = entity("snapshot", "snapshot.id")


@folds(SnapshotImported, subject=SNAPSHOT)
def _imported(db: Writer, stamp: Stamp, data: SnapshotImported) -> None:
    db.execute(
        "insert or replace into snapshot values(?,?,?,?,?,?)",
        data.snapshot, data.label, data.extracted_at, stamp.wall, " ".join(data.blocks), stamp.n,
    )  # fmt: skip


class SnapshotRow(Row):
    """One extract: label, when it was taken (0 unknown) and brought in (UTC ms), age band."""

    snapshot: str
    label: str
    extracted_at: int
    imported_at: int
    blocks: tuple[str, ...]
    band: str


@query("snapshot.list", action="read_figures")
class Snapshots(Query):
    """Every extract that this kit has read, newest first."""


@answers(Snapshots)
def snapshots(db: Reader, _question: Snapshots, asking: Asking) -> list[SnapshotRow]:
    """Answer `snapshot.list`."""
    rows = db.rows(
        """select id, label, extracted, imported, blocks from snapshot
           order by extracted desc, n desc"""
    )
    return [
        SnapshotRow(
            snapshot=key, label=label, extracted_at=extracted, imported_at=imported,
            blocks=tuple(blocks.split()), band=age_band(extracted, asking.at_ms),
        )
        for key, label, extracted, imported, blocks in rows
    ]  # fmt: skip


def age_band(extracted_at: int, now_ms: int) -> str:
    """`fresh`, `ageing`, `old`, `stale` or `unknown`: ward.md §6 rule 6, limits in the table.

    An extract from the future has an unknown age: a clock that fell back to 2001 must not make
    old data look fresh.
    """
    table = clinical_table("data_age")
    minutes = (now_ms - extracted_at) / MINUTE
    if not extracted_at or minutes < -table["future_allowance_min"]:
        return "unknown"
    for band in table["band"]:
        if minutes < band["under_min"]:
            return str(band["name"])
    return "stale"
