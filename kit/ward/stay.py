"""Stays: which patient lies where, since when, under whom.

Not for: the beds themselves (`place`).
"""

from __future__ import annotations

from kit.core.event import Event, Stamp, event
from kit.core.folding import fold
from kit.core.projection import Reader, Writer, entity, folds, table


@event("stay.opened")
class StayOpened(Event):
    """An admission as its source tells it; a later one with the same id replaces it.

    admitted_at, planned_end, closed_at: UTC ms, 0 where not given; closed_at ≠ 0: the stay is over.
    """

    stay: str
    patient: str
    iep: str = ""
    ward: str = ""
    room: str = ""
    bed: str = ""
    admitted_at: int = 0
    planned_end: int = 0
    closed_at: int = 0
    reason: str = ""
    doctor: str = ""
    legal: str = ""
    src: str = ""


@event("stay.moved")
class StayMoved(Event):
    """The patient changed ward, room or bed at `at` (UTC ms)."""

    stay: str
    patient: str
    ward: str
    room: str = ""
    bed: str = ""
    at: int = 0


@event("stay.closed")
class StayClosed(Event):
    """The patient left at `at` (UTC ms, 0 = when this was recorded) for `destination`."""

    stay: str
    patient: str
    at: int
    destination: str = ""


table(
    "stay",
    """create table stay(
        stay text primary key, patient text not null, iep text not null, ward text not null,
        room text not null, bed text not null, admitted integer not null,
        planned_end integer not null, closed integer not null, reason text not null,
        doctor text not null, legal text not null, src text not null, lam integer not null,
        n integer not null, place text not null);
    create index stay_ward on stay(ward, closed);
    create index stay_patient on stay(patient, closed)""",
)


STAY = entity("stay", "stay")


@folds(StayOpened, subject=STAY)
def _opened(db: Writer, stamp: Stamp, data: StayOpened) -> None:
    db.execute(
        "insert or replace into stay values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        data.stay, data.patient, data.iep, data.ward, data.room, data.bed, data.admitted_at,
        data.planned_end, data.closed_at, data.reason, data.doctor, data.legal, data.src,
        stamp.lam, stamp.n, place_key(data.room, data.bed),
    )  # fmt: skip


def place_key(room: str, bed: str) -> str:
    """Room and bed as somebody types them: each folded into one word, ` ch12 c01` (bed last)."""
    return "".join(f" {fold(part).replace(' ', '')}" for part in (room, bed) if part)


@folds(StayMoved, subject=STAY)
def _moved(db: Writer, stamp: Stamp, data: StayMoved) -> None:
    db.execute(
        "update stay set ward=?, room=?, bed=?, place=?, lam=? where stay=?",
        data.ward, data.room, data.bed, place_key(data.room, data.bed), stamp.lam, data.stay,
    )  # fmt: skip


@folds(StayClosed, subject=STAY)
def _closed(db: Writer, stamp: Stamp, data: StayClosed) -> None:
    db.execute(
        "update stay set closed=?, lam=? where stay=?",
        data.at or stamp.wall or 1, stamp.lam, data.stay,
    )  # fmt: skip


def current_ward(db: Reader, patient: str) -> str:
    """The ward of the open stay, else of the last one, else empty."""
    found = db.row("select ward from stay where patient=? order by closed<>0, lam desc", patient)
    return str(found[0]) if found else ""
