"""Stays: which patient lies where, since when, under whom.

Not for: the beds themselves (`place`).
"""

from __future__ import annotations

from kit.core.event import Event, Stamp, event
from kit.core.folding import fold
from kit.core.projection import Reader, Writer, folds, table
from kit.ward.standing import Standing, disputable, event_of, stand, standing_of


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
# The other places of a stay that kits have moved apart.
table(
    "stay_elsewhere",
    """create table stay_elsewhere(
        stay text, ward text, room text, bed text, patient text not null,
        primary key(stay, ward, room, bed)) without rowid;
    create index stay_elsewhere_ward on stay_elsewhere(ward)""",
)
KIND = "stay"
CLOSED = "closed"


STAY = disputable(KIND, "stay", "stay", "stay_elsewhere")


@folds(StayOpened, subject=STAY)
def _opened(db: Writer, stamp: Stamp, data: StayOpened) -> None:
    db.execute(
        "insert or replace into stay values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        data.stay, data.patient, data.iep, data.ward, data.room, data.bed, data.admitted_at,
        data.planned_end, data.closed_at, data.reason, data.doctor, data.legal, data.src,
        stamp.lam, stamp.n, place_key(data.room, data.bed),
    )  # fmt: skip
    says = CLOSED if data.closed_at else f"{data.ward} {data.bed or data.room}"
    stand(db, (KIND, data.stay, data.patient), stamp, data, says)
    _lay_place(db, data.stay)


def place_key(room: str, bed: str) -> str:
    """Room and bed as somebody types them: each folded into one word, ` ch12 c01` (bed last)."""
    return "".join(f" {fold(part).replace(' ', '')}" for part in (room, bed) if part)


@folds(StayMoved, subject=STAY)
def _moved(db: Writer, stamp: Stamp, data: StayMoved) -> None:
    says = f"{data.ward} {data.bed or data.room}"
    stand(db, (KIND, data.stay, data.patient), stamp, data, says)
    _lay_place(db, data.stay)


@folds(StayClosed, subject=STAY)
def _closed(db: Writer, stamp: Stamp, data: StayClosed) -> None:
    stand(db, (KIND, data.stay, data.patient), stamp, data, CLOSED)
    _lay_place(db, data.stay)


def _lay_place(db: Writer, stay: str) -> None:
    """Where the patient lies: the last place that stands, every other one too while in dispute.

    Moved by one kit and discharged by another: the patient stays on the board until it is settled.
    """
    standing = standing_of(db, KIND, stay)
    places = [(one, event_of(one)) for one in standing if one.says != CLOSED]
    db.execute("delete from stay_elsewhere where stay=?", stay)
    if not places:
        ends = [_ended(one) for one in standing]
        db.execute("update stay set closed=? where stay=?", min(ends), stay)
        return
    one, at = places[-1]
    db.execute(
        "update stay set ward=?, room=?, bed=?, place=?, closed=0, lam=? where stay=?",
        at.ward, at.room, at.bed, place_key(at.room, at.bed), one.lam, stay,
    )  # fmt: skip
    db.executemany(
        "insert or replace into stay_elsewhere values(?,?,?,?,?)",
        [(stay, o.ward, o.room, o.bed, o.patient) for e, o in places[:-1] if e.says != one.says],
    )


def _ended(one: Standing) -> int:
    data = event_of(one)
    return (data.closed_at if isinstance(data, StayOpened) else data.at) or one.wall or 1


def current_ward(db: Reader, patient: str) -> str:
    """The ward of the open stay, else of the last one, else empty."""
    found = db.row(
        "select ward from stay where patient=? order by closed<>0, lam desc, stay", patient
    )
    return str(found[0]) if found else ""


def patients_in(db: Reader, ward: str) -> list[str]:
    """Who lies in a ward, by bed; also whom another kit moved elsewhere, until it is settled."""
    rows = db.rows(
        """select patient from (
             select patient, bed from stay where ward=? and closed=0
             union all select e.patient, e.bed from stay_elsewhere e join stay s on s.stay=e.stay
             where e.ward=? and s.closed=0) order by bed, patient""",
        ward, ward,
    )  # fmt: skip
    return list(dict.fromkeys(patient for (patient,) in rows))
