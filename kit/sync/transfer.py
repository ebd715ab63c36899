"""A patient's record on its way to another ward: sealed parcels that only that ward's kits open.

Written by the ward that the patient leaves; the bytes inside are the original entries with one key
each, so signatures stay provable and the ward's own key is not given away. Which ward receives is
seen by all, whose record it is by nobody else. Not for: moving the stay (`kit.ward`), keeping the
entries (`kit.store.disclosure`).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kit.core.command import N_, sentence
from kit.core.envelope import UNREADABLE
from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, folds, table
from kit.sync.authority import Member
from kit.sync.fleet_keys import issue
from kit.sync.sealing import decrypted, encrypted

PART_BYTES = 40 * 1024
MOST_PARTS = 4096

NO_KIT = sentence(
    "transfer.no_kit",
    N_(
        "Ward {ward} has no kit that could read the record. Nothing was sent. Print the record and"
        " send the paper with the patient."
    ),
)
NOTHING = sentence(
    "transfer.nothing",
    N_("This kit holds no entry of this patient. Nothing was sent. Check the patient."),
)
OWN_WARD = sentence(
    "transfer.own_ward", N_("The patient's record already is in ward {ward}. Nothing was sent.")
)


@event("record.transferred", scope=Scope.OPERATIONS)
class RecordTransferred(Event):
    """A part of a parcel. ward: who receives; source: who sends; content: a piece of the cipher."""

    parcel: str
    ward: str
    source: str
    part: int
    parts: int
    content: bytes


@event("record.sent")
class RecordSent(Event):
    """A ward sends a patient's record on. told: who was told by word of mouth; entries: how many.

    It travels in the parcel that it names, so that the ward that receives knows whose it is.
    """

    parcel: str
    patient: str
    ward: str
    source: str
    entries: int = 0
    told: str = ""


@event("record.received", scope=Scope.OPERATIONS)
class RecordReceived(Event):
    """A kit of the receiving ward has opened a parcel; written by the kit itself."""

    parcel: str
    ward: str


@event("record.welcomed", scope=Scope.OPERATIONS)
class RecordWelcomed(Event):
    """A person of the receiving ward says that the patient is there."""

    parcel: str
    ward: str


class Given(msgspec.Struct, frozen=True, array_like=True):
    """Entries of one feed: its first entry, then bytes and key of each."""

    opening: bytes
    entries: tuple[tuple[bytes, bytes], ...]


table(
    "parcel",
    """create table parcel(
        parcel text not null, part integer not null, parts integer not null, ward text not null,
        content blob not null, n integer not null, primary key(parcel, part, n))""",
)


table(
    "sent_record",
    """create table sent_record(
        n integer primary key, parcel text not null, patient text not null, ward text not null,
        source text not null, entries integer not null, told text not null, wall integer not null,
        actor text not null);
    create index sent_record_patient on sent_record(patient)""",
)
table(
    "record_receipt",
    """create table record_receipt(
        n integer primary key, parcel text not null, ward text not null, welcomed integer not null,
        wall integer not null, actor text not null);
    create index record_receipt_parcel on record_receipt(parcel)""",
)


@folds(RecordSent, facts="sent_record")
def _sent(db: Writer, stamp: Stamp, data: RecordSent) -> None:
    db.execute(
        "insert or ignore into sent_record values(?,?,?,?,?,?,?,?,?)",
        stamp.n, data.parcel, data.patient, data.ward, data.source, data.entries, data.told,
        stamp.wall, stamp.actor,
    )  # fmt: skip


@folds(RecordReceived, facts="record_receipt")
def _received(db: Writer, stamp: Stamp, data: RecordReceived) -> None:
    _keep_receipt(db, stamp, data.parcel, data.ward, 0)


@folds(RecordWelcomed, facts="record_receipt")
def _welcomed(db: Writer, stamp: Stamp, data: RecordWelcomed) -> None:
    _keep_receipt(db, stamp, data.parcel, data.ward, 1)


def _keep_receipt(db: Writer, stamp: Stamp, parcel: str, ward: str, welcomed: int) -> None:
    db.execute(
        "insert or ignore into record_receipt values(?,?,?,?,?,?)",
        stamp.n, parcel, ward, welcomed, stamp.wall, stamp.actor,
    )  # fmt: skip


@folds(RecordTransferred, facts="parcel")
def _transferred(db: Writer, stamp: Stamp, data: RecordTransferred) -> None:
    db.execute(
        "insert or ignore into parcel values(?,?,?,?,?,?)",
        data.parcel, data.part, data.parts, data.ward, data.content, stamp.n,
    )  # fmt: skip


def parcel_scope(ward: str, parcel: str) -> str:
    """Under this name its key is sealed to the ward's kits, and to those who come later."""
    return f"p:{ward}:{parcel}"


def packed(
    given: Sequence[Given], route: tuple[str, str, str], key: bytes, readers: Sequence[Member]
) -> list[Event]:
    """The events that send these entries. route: (parcel, from ward, to ward); key: one-time."""
    parcel, source, ward = route
    cipher = encrypted(key, 0, msgspec.msgpack.encode(list(given)))
    pieces = [cipher[at : at + PART_BYTES] for at in range(0, len(cipher), PART_BYTES)]
    parts: list[Event] = [
        RecordTransferred(
            parcel=parcel, ward=ward, source=source, part=n, parts=len(pieces), content=piece
        )
        for n, piece in enumerate(pieces)
    ]
    return [*issue(parcel_scope(ward, parcel), key, readers), *parts]


def arrived(db: Reader) -> list[tuple[str, str]]:
    """(parcel, ward) of every parcel of which all parts are here."""
    rows = db.rows(
        """select parcel, ward, max(parts), count(distinct part) from parcel
           group by parcel, ward order by parcel, ward"""
    )
    return [(parcel, ward) for parcel, ward, parts, held in rows if 0 < parts == held]


def unpacked(db: Reader, parcel: str, ward: str, key: bytes) -> list[Given]:
    """What is in a parcel; empty where it is not what this key was for."""
    rows = db.rows(
        "select part, content from parcel where parcel=? and ward=? order by part, n", parcel, ward
    )
    pieces: dict[int, bytes] = {}
    for part, content in rows:
        pieces.setdefault(part, bytes(content))
    clear = decrypted(key, 0, b"".join(pieces[part] for part in sorted(pieces)))
    if clear is None or len(pieces) > MOST_PARTS:
        return []
    try:
        return msgspec.msgpack.decode(clear, type=list[Given])
    except (*UNREADABLE, msgspec.MsgspecError):
        return []
