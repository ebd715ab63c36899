"""Reading messages: a channel's thread, what waits for an answer here, and what became of one.

Not for: sending (`message`), acknowledging (`receipt`).
"""

from __future__ import annotations

from collections.abc import Mapping

from kit.core.address import answers_for, parse_addresses
from kit.core.projection import Reader
from kit.core.query import Asking, Query, Row, answers, query
from kit.core.receipt import (
    ANSWERED,
    RANK,
    ReceiptFact,
    ReceiptRow,
    ReceiptState,
    Sent,
    facts_of,
    places_of,
    rows_of,
)
from kit.core.urgency import Priority, Step, due, rings, stand_ins
from kit.messages.channel import find_channel, is_claim, wards_of
from kit.messages.message import address_names, expected_units, unit_name
from kit.messages.record import RECEIPTS, Message, find_message, messages_where, newest_of

STEPS = tuple(Step)
THREAD_LIMIT = 500
PRIORITIES = tuple(Priority)


class MessageRow(Row):
    """One message. Times UTC ms, 0 = none; roles, units, kits and states are codes.

    at: when it was written (claimed); clk: quality of that clock 0–3; author, author_name, role,
    unit, kit (hex16): who, as what, where; to, to_names: addresses and the same in words;
    ask: what is to be read back, empty = nothing; needs_ack; ack_by: until when, 0 = whenever;
    mine: this person wrote it; for_me: addressed to this person's role at this kit's unit; claim:
    this person can acknowledge it now and nobody at this unit has; shown: this kit has shown it;
    acknowledged_at, acknowledged_by, readback: for this unit; state: the least far of the expected
    units, `written` `handed` `shown` `acknowledged` `paper`; kits, shown_kits: how many other kits
    have it, have shown it; acked of expected: units; read_by: names of who acknowledged, in order;
    step: what to do now for the unit that is furthest behind, `next_kit` `phone` `courier` or
    empty; rings: how often it should have rung here by now (ring when it grows), 0 = silent;
    phone, code: for that unit, once the step asks for them; corrects, corrected_by: message ids;
    directive: always empty (a directive has its own list).
    """

    message: str
    channel: str
    at: int
    clk: int
    author: str
    author_name: str
    role: str
    unit: str
    unit_name: str
    kit: str
    text: str
    priority: str
    to: tuple[str, ...]
    to_names: tuple[str, ...]
    ask: str
    needs_ack: bool
    ack_by: int
    mine: bool
    for_me: bool
    claim: bool
    shown: bool
    state: str
    acknowledged_at: int = 0
    acknowledged_by: str = ""
    readback: str = ""
    kits: int = 0
    shown_kits: int = 0
    acked: int = 0
    expected: int = 0
    read_by: tuple[str, ...] = ()
    step: str = ""
    rings: int = 0
    phone: str = ""
    code: str = ""
    corrects: str = ""
    corrected_by: str = ""
    directive: str = ""


@query("message.thread", action="message")
class Thread(Query):
    """The newest messages of a channel, oldest first. limit: at most 500."""

    channel: str
    limit: int = 200


@answers(Thread)
def thread(db: Reader, question: Thread, asking: Asking) -> list[MessageRow]:
    """Answer `message.thread`; a channel that is not this person's has nothing to show."""
    channel = find_channel(question.channel, wards_of(db))
    if channel is None or not channel.is_shown_to(asking.role, asking.unit):
        return []
    limit = min(max(question.limit, 1), THREAD_LIMIT)
    found = newest_of(db, channel.room, limit)
    return _rows(db, found[::-1], asking)


@query("message.claims", action="message")
class Claims(Query):
    """What this person should acknowledge now for this unit, in all channels, worst first.

    Directives have their own list (`directive.list`, rows with `claim`).
    """


@answers(Claims)
def claims(db: Reader, _question: Claims, asking: Asking) -> list[MessageRow]:
    """Answer `message.claims`."""
    wards = wards_of(db)
    found = messages_where(db, "m.needs_ack=1 order by m.lam desc, m.id desc limit 500")
    facts = facts_of(db, RECEIPTS, [message.id for message in found], asking.unit)
    own = [m for m in found if is_claim(m, facts[m.id], asking)]
    readable = {
        room
        for room in {message.room for message in own}
        if (channel := find_channel(room, wards)) and channel.may_read(asking.role)
    }
    rows = _rows(db, [message for message in own if message.room in readable], asking)
    return sorted(rows, key=_urgency)


def _urgency(row: MessageRow) -> tuple[int, int, str]:
    return PRIORITIES.index(Priority(row.priority)), row.at, row.message


@query("message.receipts", action="message")
class Receipts(Query):
    """What became of a message at each unit that it was sent to."""

    message: str


@answers(Receipts)
def receipts(db: Reader, question: Receipts, asking: Asking) -> list[ReceiptRow]:
    """Answer `message.receipts`: the matrix unit × state, those furthest behind first."""
    found = find_message(db, question.message)
    wards = wards_of(db)
    channel = find_channel(found.room, wards) if found else None
    if found is None or channel is None or not channel.is_shown_to(asking.role, asking.unit):
        return []
    facts = facts_of(db, RECEIPTS, [found.id])[found.id]
    rows = matrix(found, facts, wards, places_of(db), asking.at_ms)
    return sorted(rows, key=lambda row: (_behind(row), row.unit))


def matrix(
    message: Message, facts: list[ReceiptFact], wards: dict[str, str],
    places: Mapping[str, tuple[str, str]], now: int,
) -> list[ReceiptRow]:  # fmt: skip
    """One row per expected unit, in the order of the wards."""
    sent = Sent(
        message.id, message.text, message.priority, message.at, now, message.ack_by,
        message.needs_ack and not message.corrected_by,
    )  # fmt: skip
    units = expected_units(message, wards)
    named = {u: (unit_name(u, wards), places.get(u, ("", ""))[1]) for u in units}
    return rows_of(sent, units, named, facts)


def _behind(row: ReceiptRow) -> tuple[int, int]:
    return RANK[ReceiptState(row.state)], -STEPS.index(Step(row.step))


def _rows(db: Reader, found: list[Message], asking: Asking) -> list[MessageRow]:
    facts = facts_of(db, RECEIPTS, [message.id for message in found])
    wards, places = wards_of(db), places_of(db)
    return [_row(m, facts[m.id], (wards, places), asking) for m in found]


def _row(
    message: Message, facts: list[ReceiptFact],
    house: tuple[dict[str, str], dict[str, tuple[str, str]]], asking: Asking,
) -> MessageRow:  # fmt: skip
    wards, places = house
    units = matrix(message, facts, wards, places, asking.at_ms)
    last = min(units, key=_behind, default=None)
    answered = [row for row in units if RANK[ReceiptState(row.state)] >= ANSWERED]
    here = [f for f in facts if f.unit == asking.unit and f.is_answer]
    claim = is_claim(message, facts, asking)
    addressed = _addressed(message, asking)
    others = [f for f in facts if f.kit and f.kit != message.kit and f.rank >= 0]
    urgent = last.step if last else ""
    return MessageRow(
        message=message.id, channel=message.room, at=message.at, clk=message.clk,
        author=message.actor, author_name=message.name, role=message.role, unit=message.unit,
        unit_name=unit_name(message.unit, wards), kit=message.kit, text=message.text,
        priority=message.priority, to=message.to, to_names=address_names(message.to, wards),
        ask=message.ask, needs_ack=message.needs_ack,
        ack_by=(message.ack_by or due(message.priority, message.at)) if message.needs_ack else 0,
        mine=message.actor == asking.person, for_me=addressed, claim=claim,
        shown=any(f.kit == asking.kit and f.state == ReceiptState.SHOWN for f in facts),
        state=last.state if last else ReceiptState.WRITTEN,
        acknowledged_at=here[0].at if here else 0, acknowledged_by=here[0].name if here else "",
        readback=here[0].readback if here else "", kits=len({f.kit for f in others}),
        shown_kits=len({f.kit for f in others if f.state == ReceiptState.SHOWN}),
        acked=len(answered), expected=len(units),
        read_by=tuple(dict.fromkeys(row.by_name for row in answered if row.by_name)),
        step=urgent, rings=rings(message.priority, message.at, asking.at_ms) if claim else 0,
        phone=last.phone if last else "",
        code=last.code if last else "",
        corrects=message.corrects, corrected_by=message.corrected_by,
    )  # fmt: skip


def _addressed(message: Message, asking: Asking) -> bool:
    return answers_for(parse_addresses(message.to), asking.role, asking.unit, stand_ins())
