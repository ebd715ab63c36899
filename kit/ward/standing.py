"""What stands of a thing that several kits may change: the entries that no later one replaces.

Each change names the entries that its author's screen showed (`base`); what comes later in the same
feed was written by a kit that knew. Two entries left standing that do not say the same were written
apart: a *dispute*, which a person settles by one entry that names them all. Nothing here looks at a
clock. Not for: which reading is used meanwhile (each room says it), nor the words of a dispute
(`conflict`). Source: sync.md §4.4.
"""

from __future__ import annotations

from typing import Any

import msgspec

from kit.core.event import EVENTS, Event, Stamp, event_type
from kit.core.projection import Reader, Subject, Writer, entity, table

# body: the event itself, so that it can be recorded again by whoever settles.
table(
    "standing",
    """create table standing(
        kind text, key text, n integer, lam integer not null, feed blob not null,
        act text not null, says text not null, told integer not null, head integer not null,
        body blob not null, wall integer not null, actor text not null,
        primary key(kind, key, n)) without rowid""",
)
table(
    "dispute",
    """create table dispute(
        kind text, key text, patient text not null, primary key(kind, key)) without rowid;
    create index dispute_patient on dispute(patient)""",
)

SEQ_MASK = 2**32 - 1
PERSON_FIRST = ("stay", "identity")
_encode = msgspec.msgpack.Encoder().encode


class Standing(msgspec.Struct, frozen=True):
    """An entry that stands, and what it says of the thing in short.

    act, body: its event's type and bytes; told: a source told it; wall: claimed UTC ms; actor: who.
    """

    n: int
    lam: int
    feed: bytes
    act: str
    says: str
    told: bool
    body: bytes
    wall: int
    actor: str

    @property
    def version(self) -> str:
        """The name of this version, the same on each kit."""
        return version_of(self.feed, self.n)


def version_of(feed: bytes, n: int) -> str:
    """The name of an entry that each kit understands: its feed and its place there."""
    return f"{feed.hex()}:{n & SEQ_MASK}"


def stand(db: Writer, thing: tuple[str, str, str], stamp: Stamp, event: Event, says: str) -> None:
    """Lay down what an entry says of a thing (kind, key, patient), in canonical order.

    A source that tells again what a source told before adds nothing; of a place and an identity,
    a person's word stands before what sources told.
    """
    kind, key, patient = thing
    told = bool(getattr(event, "src", ""))
    rows = db.rows(
        "select n, feed, says, told from standing where kind=? and key=? order by lam, feed, n",
        kind, key,
    )  # fmt: skip
    before = {old_says for _n, _feed, old_says, old_told in rows if old_told}
    again = told and not stamp.base and says in before
    if rows and not again:
        _cover(db, (kind, key), stamp, rows, told=told)
    db.execute(
        "insert or replace into standing values(?,?,?,?,?,?,?,?,?,?,?,?)",
        kind, key, stamp.n, stamp.lam, stamp.feed, event_type(event).name, says, told, not again,
        _encode(event), stamp.wall, stamp.actor,
    )  # fmt: skip
    if rows:
        settle(db, kind, key, patient)


def stand_first(db: Writer, thing: tuple[str, str], stamp: Stamp, event: Event, says: str) -> None:
    """Lay down the first entry of a thing, without its body: whoever lays a second one adds it."""
    told = bool(getattr(event, "src", ""))
    db.execute(
        "insert or replace into standing values(?,?,?,?,?,?,?,?,1,x'',?,?)",
        *thing, stamp.n, stamp.lam, stamp.feed, event_type(event).name, says, told, stamp.wall,
        stamp.actor,
    )  # fmt: skip


def _cover(
    db: Writer, thing: tuple[str, str], stamp: Stamp, rows: list[tuple[Any, ...]], *, told: bool
) -> None:
    """What the entry names or follows in its own feed stands no more, nor what told the same."""
    gone = {
        n
        for n, feed, _says, old_told in rows
        if n in stamp.base
        or (feed == stamp.feed and (n & SEQ_MASK) < (stamp.n & SEQ_MASK))
        or (old_told and not told and thing[0] in PERSON_FIRST)
    }
    retold = {says for n, _feed, says, told in rows if told and n in gone}
    gone |= {n for n, _feed, says, told in rows if told and says in retold}
    db.executemany(
        "update standing set head=0 where kind=? and key=? and n=?", [(*thing, n) for n in gone]
    )


def settle(db: Writer, kind: str, key: str, patient: str) -> None:
    """Lay down whether what stands of a thing is in dispute."""
    said = {one.says for one in standing_of(db, kind, key)}
    mark(db, (kind, key, patient), disputed=len(said) > 1)


def mark(db: Writer, thing: tuple[str, str, str], *, disputed: bool) -> None:
    """Write down or take away that a thing (kind, key, patient) is in dispute."""
    if disputed:
        db.execute("insert or replace into dispute values(?,?,?)", *thing)
    else:
        db.execute("delete from dispute where kind=? and key=?", *thing[:2])


def disputable(kind: str, field: str, *tables: str) -> Subject:
    """The thing that events name by `field` (as `entity`), with what stands of it."""
    plain = entity(field, *tables)

    def clear_all(db: Writer, key: str) -> None:
        plain.clear(db, key)
        clear(db, kind, key)

    return Subject(kind, plain.keys, clear_all)


def clear(db: Writer, kind: str, key: str) -> None:
    """Take all that is known of a thing away, before it is laid down anew."""
    db.execute("delete from standing where kind=? and key=?", kind, key)
    db.execute("delete from dispute where kind=? and key=?", kind, key)


_COLUMNS = "n, lam, feed, act, says, told, body, wall, actor"


def standing_of(db: Reader, kind: str, key: str) -> list[Standing]:
    """The entries that stand of a thing, in canonical order."""
    rows = db.rows(
        f"select {_COLUMNS} from standing where kind=? and key=? and head order by lam, feed, n",  # noqa: S608
        kind, key,
    )  # fmt: skip
    return [_standing(row) for row in rows]


def _standing(row: tuple[Any, ...]) -> Standing:
    facts = dict(zip(Standing.__struct_fields__, row, strict=True))
    facts["told"] = bool(facts["told"])
    return Standing(**facts)


def event_of(one: Standing) -> Any:
    """The event of an entry that stands."""
    return EVENTS[one.act].decode(one.body)


def heads_of(db: Reader, kind: str, key: str) -> tuple[int, ...]:
    """The numbers of the entries that stand: what a new one must name to replace them all."""
    return tuple(one.n for one in standing_of(db, kind, key))


def disputed_keys(db: Reader, kind: str, patients: list[str]) -> set[str]:
    """The things of one kind that are in dispute for these patients."""
    if not patients:
        return set()
    marks = ",".join("?" * len(patients))
    rows = db.rows(
        f"select key from dispute where kind=? and patient in ({marks})",  # noqa: S608
        kind, *patients,
    )  # fmt: skip
    return {key for (key,) in rows}
