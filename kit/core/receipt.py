"""What became of something that was sent to units: a set of facts, read into one row per unit.

Facts only ever add up (a kit has it, a screen showed it, a person signed for it, a courier brought
a signed sheet back), so their order of arrival cannot matter: the state of a unit is the furthest
that any fact says. Shared by messages and directives, which do not know each other. Source:
steering.md §7. Not for: the delays (`urgency`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from kit.core.courier_code import courier_code
from kit.core.event import Event, Stamp
from kit.core.folding import fold
from kit.core.projection import Reader, Writer
from kit.core.query import Row
from kit.core.urgency import Step, step


class ReceiptState(StrEnum):
    """How far it came at one unit; the last three are a person's word.

    PAPER: a signed sheet came back; DONE, IMPOSSIBLE: for what was asked to be carried out.
    """

    WRITTEN = "written"
    HANDED = "handed"
    SHOWN = "shown"
    ACKNOWLEDGED = "acknowledged"
    PAPER = "paper"
    DONE = "done"
    IMPOSSIBLE = "impossible"


class Attempt(StrEnum):
    """Facts that are no step forward: a read-back that was wrong, a call, a courier sent off."""

    MISREAD = "misread"
    PHONED = "phoned"
    CARRIED = "carried"


RANK: dict[str, int] = {
    ReceiptState.WRITTEN: 0,
    ReceiptState.HANDED: 1,
    ReceiptState.SHOWN: 2,
    ReceiptState.ACKNOWLEDGED: 3,
    ReceiptState.PAPER: 3,
    ReceiptState.DONE: 4,
    ReceiptState.IMPOSSIBLE: 4,
}
ANSWERED = RANK[ReceiptState.ACKNOWLEDGED]


class Handed(Event):
    """A kit's own word: it holds these, or showed them. state: `handed` or `shown`; kit: hex16."""

    state: str
    unit: str
    kit: str
    items: tuple[str, ...]


class Answered(Event):
    """A person's word about one item at one unit. state: a ReceiptState or an Attempt.

    role: of the person; name: who signed, where it was not the person signed in (a paper);
    readback: as typed; reason: why it is impossible; code: of the courier's sheet.
    """

    state: str
    item: str
    unit: str
    kit: str = ""
    role: str = ""
    name: str = ""
    readback: str = ""
    reason: str = ""
    code: str = ""


def receipt_table(name: str) -> str:
    """The SQL of a table of such facts; `ord` is canonical order, as bytes that sort alike."""
    return f"""create table {name}(
        n integer not null, item text not null, unit text not null, kit text not null,
        state text not null, at integer not null, actor text not null, role text not null,
        name text not null, readback text not null, reason text not null, code text not null,
        ord blob not null, primary key(n, item)) without rowid;
        create index {name}_item on {name}(item)"""


def keep_handed(db: Writer, table: str, stamp: Stamp, data: Handed) -> None:
    """Lay a kit's word into a table of facts, one row per item."""
    rest = (stamp.wall, stamp.actor, "", "", "", "", "", order_key(stamp))
    db.executemany(
        f"insert or ignore into {table} values(?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [
            (stamp.n, item, data.unit, data.kit, data.state, *rest)
            for item in dict.fromkeys(data.items)
        ],
    )


def keep_answered(db: Writer, table: str, stamp: Stamp, data: Answered) -> None:
    """Lay a person's word into a table of facts."""
    db.execute(
        f"insert or ignore into {table} values(?,?,?,?,?,?,?,?,?,?,?,?,?)",
        stamp.n, data.item, data.unit, data.kit, data.state, stamp.wall, stamp.actor, data.role,
        data.name, data.readback, data.reason, data.code, order_key(stamp),
    )  # fmt: skip


def order_key(stamp: Stamp) -> bytes:
    """Canonical order as bytes that sort alike, so that a table can compare in SQL."""
    lam, feed, seq, id8 = stamp.order
    return lam.to_bytes(8, "big") + feed.rjust(16, b"\0") + seq.to_bytes(4, "big") + id8


class ReceiptFact(msgspec.Struct, frozen=True):
    """One fact as it stands in a table, with the name of whoever stated it."""

    item: str
    unit: str
    kit: str
    state: str
    at: int
    actor: str
    role: str
    name: str
    readback: str
    reason: str
    code: str
    ord: bytes

    @property
    def rank(self) -> int:
        """How far the item came; -1 for an attempt, and for words of a version to come."""
        return RANK.get(self.state, -1)

    @property
    def is_answer(self) -> bool:
        """Whether a person signed for it."""
        return self.rank >= ANSWERED


def facts_of(
    db: Reader, table: str, items: Sequence[str], unit: str = ""
) -> dict[str, list[ReceiptFact]]:
    """Item → its facts in canonical order; every item has a list. unit: of this unit alone."""
    found: dict[str, list[ReceiptFact]] = {item: [] for item in items}
    for start in range(0, len(items), 500):
        part = items[start : start + 500]
        marks = ",".join("?" * len(part))
        for row in db.rows(
            "select r.item, r.unit, r.kit, r.state, r.at, r.actor, r.role,"  # noqa: S608  (constant)
            " case when r.name<>'' then r.name else coalesce(p.name, r.actor) end,"
            f" r.readback, r.reason, r.code, r.ord from {table} r"
            f" left join person p on p.id=r.actor where r.item in ({marks})"
            " and (?='' or r.unit=?) order by r.item, r.ord",
            *part,
            unit,
            unit,
        ):
            found[row[0]].append(_fact(row))
    return found


def _fact(row: tuple[Any, ...]) -> ReceiptFact:
    return ReceiptFact(**dict(zip(ReceiptFact.__struct_fields__, row, strict=True)))


class ReceiptRow(Row):
    """What became of it at one unit; times UTC ms, 0 = never.

    state: ReceiptState; at: since when; by_name, role: who signed (empty before); kit: which kit
    the state comes from (hex16); kits, shown_kits: how many have it, how many showed it;
    readback: as it was typed back; misread: how often it was wrong; reason: why impossible;
    route: how it got there: `kit`, `phone`, `courier`, empty while nobody knows; step: what to do
    now (Step); phone: the unit's number, once it is time to call; code: of the courier's sheet,
    once it is time to print it or once it was; expected: somebody there has to acknowledge.
    """

    unit: str
    name: str
    state: str = ReceiptState.WRITTEN
    at: int = 0
    by_name: str = ""
    role: str = ""
    kit: str = ""
    kits: int = 0
    shown_kits: int = 0
    readback: str = ""
    misread: int = 0
    reason: str = ""
    route: str = ""
    step: str = Step.WAIT
    phone: str = ""
    code: str = ""
    expected: bool = True


class Sent(msgspec.Struct, frozen=True):
    """What was sent: its id and words, how urgent, when (UTC ms), its own deadline, now."""

    item: str
    text: str
    priority: str
    at: int
    now: int
    ack_by: int = 0
    needs_ack: bool = True


def unit_row(
    sent: Sent, unit: str, place: tuple[str, str], facts: Iterable[ReceiptFact]
) -> ReceiptRow:
    """The row of one unit (place: its name and phone), from facts in any order."""
    own = sorted((fact for fact in facts if fact.unit == unit), key=lambda fact: fact.ord)
    forward = [fact for fact in own if fact.rank >= 0]
    reached = max(forward, key=lambda fact: (fact.rank, fact.ord), default=None)
    answered = reached is not None and reached.is_answer
    states = {fact.state for fact in own}
    waits = sent.needs_ack and not answered
    now_step = step(sent.priority, sent.at, sent.now, sent.ack_by) if waits else Step.WAIT
    shows_code = Attempt.CARRIED in states or now_step == Step.COURIER
    signed: dict[str, Any] = {}
    if reached is not None and answered:
        readbacks = [fact.readback for fact in forward if fact.readback]
        signed = {
            "by_name": reached.name, "role": reached.role, "reason": reached.reason,
            "readback": readbacks[-1] if readbacks else "",
        }  # fmt: skip
    return ReceiptRow(
        unit=unit, name=place[0], state=reached.state if reached else ReceiptState.WRITTEN,
        at=reached.at if reached else 0, kit=reached.kit if reached else "",
        kits=len({fact.kit for fact in forward if fact.kit}),
        shown_kits=len({fact.kit for fact in own if fact.state == ReceiptState.SHOWN}),
        misread=sum(fact.state == Attempt.MISREAD for fact in own), route=_route(states),
        step=now_step, phone=place[1] if now_step in (Step.PHONE, Step.COURIER) else "",
        code=courier_code(sent.item, unit, sent.text) if shows_code else "",
        expected=sent.needs_ack, **signed,
    )  # fmt: skip


def _route(states: set[str]) -> str:
    if ReceiptState.PAPER in states or Attempt.CARRIED in states:
        return "courier"
    if Attempt.PHONED in states:
        return "phone"
    return "kit" if states & set(RANK) else ""


def same_value(typed: str, expected: str) -> bool:
    """Whether a value was read back right: case, accents and spacing do not matter, signs do.

    `O neg` is not `O pos`, `2,5` is not `25`, and `5 mg` is not `-5 mg`.
    """
    return _said(typed) == _said(expected)


def _said(text: str) -> str:
    kept = text.replace("\u00a0", " ").replace("\u202f", " ").replace(",", ".")
    return " ".join(word.casefold() if _is_signed(word) else fold(word) for word in kept.split())


def _is_signed(word: str) -> bool:
    """Whether a sign is part of the value: folding would drop it."""
    return any(sign in "+-.%/<>=" for sign in word.rstrip("."))


def places_of(db: Reader) -> dict[str, tuple[str, str]]:
    """Unit → (name, phone) of every ward of the hospital; the phone from the crisis directory."""
    phones: dict[str, str] = {}
    for name, ward, phone in db.rows("select name, ward, phone from directory order by place desc"):
        phones[str(ward or name)] = phone
    return {
        code: (name, phones.get(code) or phones.get(name, ""))
        for code, name in db.rows("select code, name from ward order by code")
    }


def rows_of(
    sent: Sent,
    units: Iterable[str],
    places: Mapping[str, tuple[str, str]],
    facts: Sequence[ReceiptFact],
) -> list[ReceiptRow]:
    """One row per unit, in the given order. places: unit → name and phone."""
    return [unit_row(sent, unit, places.get(unit, (unit, "")), facts) for unit in units]
