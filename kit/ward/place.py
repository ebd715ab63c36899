"""Wards and their beds, occupied or not. Not for: who lies there (`stay`)."""

from __future__ import annotations

import msgspec

from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, entity, folds, table
from kit.core.query import Asking, Query, Row, answers, query


class Bed(msgspec.Struct, frozen=True):
    """A bed and the room it stands in."""

    bed: str
    room: str = ""


@event("ward.described", scope=Scope.OPERATIONS)
class WardDescribed(Event):
    """A ward as the hospital knows it: code, name, kind (`ward`, `dialysis`, `emergency`), beds."""

    ward: str
    name: str
    kind: str = "ward"
    beds: tuple[Bed, ...] = ()
    src: str = ""


table(
    "ward",
    """create table ward(
        code text primary key, name text not null, kind text not null, n integer not null)""",
)
table(
    "bed",
    """create table bed(
        ward text not null, bed text not null, room text not null, place integer not null,
        primary key(ward, bed)) without rowid""",
)


WARD = entity("ward", "ward.code", "bed")


@folds(WardDescribed, subject=WARD)
def _described(db: Writer, stamp: Stamp, data: WardDescribed) -> None:
    db.execute(
        "insert or replace into ward values(?,?,?,?)", data.ward, data.name, data.kind, stamp.n
    )
    db.execute("delete from bed where ward=?", data.ward)
    db.executemany(
        "insert or replace into bed values(?,?,?,?)",
        [(data.ward, bed.bed, bed.room, place) for place, bed in enumerate(data.beds)],
    )


class WardRow(Row):
    """A ward: code, name, kind, how many beds it has and how many are taken."""

    ward: str
    name: str
    kind: str
    beds: int
    taken: int


@query("ward.list", action="find_patient")
class Wards(Query):
    """Every ward that this kit knows."""


@answers(Wards)
def wards(db: Reader, _question: Wards, _asking: Asking) -> list[WardRow]:
    """Answer `ward.list`, by code."""
    rows = db.rows(
        """select code, name, kind, (select count(*) from bed where bed.ward=code),
                  (select count(*) from stay where stay.ward=code and stay.closed=0)
           from ward order by code"""
    )
    return [
        WardRow(ward=code, name=name, kind=kind, beds=beds, taken=taken)
        for code, name, kind, beds, taken in rows
    ]
