"""Doses given on one planned slot by several kits, and what a person has settled of a dispute.

Each dose stays on record. Two of them on one slot, neither signed as a second one on purpose, are
in dispute until a person says what happened; what was settled apart and otherwise is in dispute
again. All of it is a plain function of what is on record, laid down anew whenever that changes.
Not for: what is planned (`round`), the words of a dispute (`conflict`).
"""

from __future__ import annotations

from kit.core.event import Event, Stamp, event
from kit.core.projection import Reader, Writer, folds, table
from kit.ward.standing import mark, version_of

KIND = "dose"
BOTH = "both"
"""The choice that each dose was really given."""


@event("conflict.settled")
class ConflictSettled(Event):
    """A person settled a dispute; `base` names every version of it.

    conflict: its name (`kind:key`); choice: the version that holds, or `both`; reason: in words.
    """

    conflict: str
    kind: str
    patient: str
    choice: str
    reason: str
    text: str = ""


table(
    "slot_claim",
    """create table slot_claim(
        slot text, n integer, lam integer not null, feed blob not null, patient text not null,
        deliberate integer not null, primary key(slot, n)) without rowid""",
)
table(
    "settlement",
    """create table settlement(
        n integer primary key, conflict text not null, kind text not null, patient text not null,
        choice text not null, reason text not null, text text not null, wall integer not null,
        actor text not null, lam integer not null, feed blob not null);
    create index settlement_conflict on settlement(conflict);
    create index settlement_patient on settlement(patient)""",
)
table("settled", "create table settled(n integer, by integer, primary key(n, by)) without rowid")


def _unsettled(db: Writer, stamp: Stamp, data: ConflictSettled) -> None:
    db.execute("delete from settlement where n=?", stamp.n)
    db.executemany("delete from settled where n=? and by=?", [(n, stamp.n) for n in stamp.base])
    _settle(db, data)


@folds(ConflictSettled, undo=_unsettled)
def _settled(db: Writer, stamp: Stamp, data: ConflictSettled) -> None:
    db.execute(
        "insert or ignore into settlement values(?,?,?,?,?,?,?,?,?,?,?)",
        stamp.n, data.conflict, data.kind, data.patient, data.choice, data.reason, data.text,
        stamp.wall, stamp.actor, stamp.lam, stamp.feed,
    )  # fmt: skip
    db.executemany("insert or ignore into settled values(?,?)", [(n, stamp.n) for n in stamp.base])
    _settle(db, data)


def _settle(db: Writer, data: ConflictSettled) -> None:
    kind, _, key = data.conflict.partition(":")
    if kind == KIND:
        settle_slot(db, key)


def settle_slot(db: Writer, slot: str) -> None:
    """Lay down whether a slot is in dispute, and which of its doses a person called a double."""
    conflict = f"{KIND}:{slot}"
    rows = db.rows("select n, patient from slot_claim where slot=? order by n", slot)
    choices = {choice for _n, choice in settlements_of(db, conflict)}
    patient = str(rows[0][1]) if rows else ""
    if not choices and len(rows) < 2:
        mark(db, (KIND, slot, patient), disputed=False)
        return
    for n, _patient in rows:
        lay_struck(db, n)
    loose = db.row(
        """select count(*) from slot_claim c where c.slot=? and not c.deliberate
             and not exists(select 1 from strike x where x.n=c.n)
             and not exists(select 1 from settled s join settlement t on t.n=s.by
                            where s.n=c.n and t.conflict=?)""",
        slot, conflict,
    )  # fmt: skip
    mark(db, (KIND, slot, patient), disputed=(loose or (0,))[0] + len(choices) > 1)


def lay_struck(db: Writer, n: int) -> None:
    """Lay down which strike of an entry counts: the first, on each kit the same.

    A dose that a settlement called a double is struck by it, as long as nobody settled otherwise.
    """
    db.execute("delete from struck where n=?", n)
    db.execute(
        """insert into struck select ?1, by, patient, at, actor, reason, text from strike
           where n=?1 or n in (select n from retold where first=?1)
           order by lam, feed, by & 4294967295, id8, n<>?1, n limit 1""",
        n,
    )
    double = _double(db, n) if db.row("select 1 from struck where n=?", n) is None else None
    if double is not None:
        db.execute(
            """insert into struck select ?, n, patient, wall, actor, 'duplicate', reason
               from settlement where n=?""",
            n, double,
        )  # fmt: skip


def _double(db: Reader, n: int) -> int | None:
    """The settlement by which a dose was the same as another one, which stands; or None."""
    found = db.row(
        """select c.slot from administration a join slot_claim c on c.slot=a.slot and c.n=a.n
           where a.n=?""",
        n,
    )
    settled = settlements_of(db, f"{KIND}:{found[0]}") if found else []
    if found is None or len({choice for _n, choice in settled}) != 1 or settled[0][1] == BOTH:
        return None
    by, choice = settled[0]
    named = db.row("select 1 from settled where n=? and by=?", n, by)
    claims = db.rows("select n, feed from slot_claim where slot=?", found[0])
    kept = next((one for one, feed in claims if version_of(feed, one) == choice), n)
    struck = db.row("select 1 from strike where n=?", kept)
    return by if named and kept != n and struck is None else None


def settlements_of(db: Reader, conflict: str) -> list[tuple[int, str]]:
    """(number, choice) of the settlements that no later one names, in canonical order."""
    rows = db.rows(
        """select t.n, t.choice from settlement t where t.conflict=?
             and not exists(select 1 from settled s join settlement l on l.n=s.by
                            where s.n=t.n and l.conflict=t.conflict)
           order by t.lam, t.feed, t.n""",
        conflict,
    )
    return [(n, str(choice)) for n, choice in rows]


def settle_struck(db: Writer, n: int) -> None:
    """An entry was struck, or is struck no more: it and its slot are looked at anew."""
    lay_struck(db, n)
    first = db.row("select first from retold where n=?", n)
    if first:
        lay_struck(db, first[0])
    found = db.row("select slot from administration where n=? and slot<>''", n)
    if found:
        settle_slot(db, found[0])
