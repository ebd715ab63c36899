"""Records on their way between wards: sent when, opened by which kits, the patient there or not.

The ward that sends sees whether it arrived; the ward that receives sees whose record came. Not for:
sending one (`kit.node.transfer`), what a parcel is (`transfer`).
"""

from __future__ import annotations

import msgspec

from kit.core.command import N_, Act, Command, Decision, accepted, command, rule, sentence
from kit.core.errors import Refused
from kit.core.projection import Reader
from kit.core.query import Asking, Query, Row, answers, query
from kit.sync.authority import Directory
from kit.sync.fleet import directory_of, identity_of, own_ward
from kit.sync.fleet_acts import own_device
from kit.sync.transfer import RecordWelcomed

UNKNOWN = sentence(
    "transfer.unknown",
    N_("This kit knows of no such transfer. Nothing was recorded. Check the patient."),
)
OTHER_WARD = sentence(
    "transfer.other_ward",
    N_(
        "The record went to ward {ward}; whoever receives the patient there says so. Nothing was"
        " recorded."
    ),
)


class Receipt(msgspec.Struct, frozen=True):
    """A kit that opened the record, and when (UTC ms)."""

    label: str
    at: int


class RecordRow(Row):
    """A record that was sent. at, arrived: UTC ms, arrived 0 = nobody has said so yet.

    family: empty where the patient is not known here; received: kits that have opened it;
    ours: whether this kit serves the ward that receives.
    """

    parcel: str
    patient: str
    family: str
    given: str
    birth_date: str
    ward: str
    ward_name: str
    source: str
    source_name: str
    at: int
    by: str
    told: str
    entries: int
    received: tuple[Receipt, ...]
    arrived: int
    arrived_by: str
    incoming: bool
    ours: bool


@query("record.list", action="find_patient")
class Records(Query):
    """Records sent and received, newest first. patient: only this one's.

    open: of each patient the last one only, if it concerns this ward and has not arrived.
    """

    patient: str = ""
    open: bool = False


@answers(Records)
def records(db: Reader, question: Records, _asking: Asking) -> list[RecordRow]:
    """Answer `record.list`."""
    rows = db.rows(
        """select s.parcel, s.patient, coalesce(p.family, ''), coalesce(p.given, ''),
                  coalesce(p.birth_date, ''), s.ward,
                  coalesce(w.name, s.ward), s.source, coalesce(o.name, s.source), s.wall,
                  coalesce(a.name, ''), s.told, s.entries
           from sent_record s left join patient p on p.id=s.patient
             left join ward w on w.code=s.ward left join ward o on o.code=s.source
             left join person a on a.id=s.actor
           where ?='' or s.patient=? order by s.wall desc, s.n desc""",
        question.patient, question.patient,
    )  # fmt: skip
    if not rows:
        return []
    directory, me, here = directory_of(db, identity_of(db)), own_device(db), own_ward(db)
    receipts = _Receipts(db, directory)
    made: list[RecordRow] = []
    for parcel, *told in rows:
        arrived, by = receipts.arrived.get(parcel, (0, ""))
        patient, family, given, born, ward, ward_name = told[:6]
        source, source_name, at, sent_by, said, entries = told[6:]
        made.append(
            RecordRow(
                parcel=parcel, patient=patient, family=family, given=given, birth_date=born,
                ward=ward, ward_name=ward_name, source=source, source_name=source_name, at=at,
                by=sent_by, told=said,
                entries=entries, received=tuple(receipts.opened.get(parcel, ())),
                arrived=arrived, arrived_by=by, incoming=ward == here,
                ours=directory.may_read(me, f"w:{ward}"),
            )
        )  # fmt: skip
    return _open(made, here) if question.open else made


def _open(rows: list[RecordRow], here: str) -> list[RecordRow]:
    newest = {row.patient: row for row in reversed(rows)}
    return [
        row for row in rows
        if row is newest[row.patient] and not row.arrived and here in (row.ward, row.source)
    ]  # fmt: skip


class _Receipts:
    """All receipts of this store, by parcel."""

    def __init__(self, db: Reader, directory: Directory) -> None:
        members = directory.members
        self.opened: dict[str, list[Receipt]] = {}
        self.arrived: dict[str, tuple[int, str]] = {}
        for parcel, welcomed, wall, device, person in db.rows(
            """select r.parcel, r.welcomed, r.wall, f.device, coalesce(a.name, '')
               from record_receipt r join feed f on f.n = r.n >> 32
               left join person a on a.id=r.actor order by r.wall, r.n"""
        ):
            if welcomed:
                self.arrived.setdefault(parcel, (wall, person))
            else:
                member = members.get(bytes(device))
                label = member.label if member else bytes(device).hex()[:8]
                self.opened.setdefault(parcel, []).append(Receipt(label, wall))


@command("record.welcome", action="move_patient")
class WelcomeRecord(Command):
    """The patient whose record this is has arrived in this ward."""

    parcel: str


def _load(db: Reader, ask: WelcomeRecord, _act: Act) -> tuple[str, bool]:
    found = db.row("select ward from sent_record where parcel=?", ask.parcel)
    ward = str(found[0]) if found else ""
    return ward, directory_of(db, identity_of(db)).may_read(own_device(db), f"w:{ward}")


@rule(WelcomeRecord, load=_load)
def welcome(state: tuple[str, bool], ask: WelcomeRecord, act: Act) -> Decision | Refused:
    """Said by a kit of the ward that receives, and by no other."""
    ward, ours = state
    if not ward:
        return UNKNOWN()
    if not ours:
        return OTHER_WARD(ward=ward)
    return accepted(RecordWelcomed(parcel=ask.parcel, ward=ward))
