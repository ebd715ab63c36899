"""What a message is: its events and tables, and how it is read back.

Append-only: a correction is a new message that names the old one, and both stay. Which kit has it
and who signed for it are facts of their own (`kit.core.receipt`). Not for: the rules of sending
(`message`), of acknowledging (`receipt`).
"""

from __future__ import annotations

from typing import Any

import msgspec

from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, entity, folds, table
from kit.core.receipt import (
    Answered,
    Handed,
    keep_answered,
    keep_handed,
    order_key,
    receipt_table,
)
from kit.core.urgency import Priority

RECEIPTS = "message_receipt"


@event("message.sent", scope=Scope.MESSAGES)
class MessageSent(Event):
    """A message in a room. to: addresses `role@unit`; role, unit, kit: of whoever wrote it.

    ask: what is to be read back, `expects`: the value that must come back (empty = any);
    ack_by: a deadline of its own, UTC ms; corrects: the message that this one replaces.
    """

    room: str
    message: str
    text: str
    priority: str = Priority.ROUTINE
    to: tuple[str, ...] = ()
    role: str = ""
    unit: str = ""
    kit: str = ""
    ask: str = ""
    expects: str = ""
    needs_ack: bool = True
    ack_by: int = 0
    corrects: str = ""


@event("message.handed", scope=Scope.MESSAGES)
class MessageHanded(Handed, kw_only=True):
    """A kit holds messages of this room, or has shown them for three seconds."""

    room: str


@event("message.answered", scope=Scope.MESSAGES)
class MessageAnswered(Answered, kw_only=True):
    """A person acknowledged a message for a unit, read it back wrong, called, or sent a courier."""

    room: str


table(
    "message",
    """create table message(
        id text primary key, room text not null, at integer not null, clk integer not null,
        actor text not null, role text not null, unit text not null, kit text not null,
        priority text not null, text text not null, recipients text not null, ask text not null,
        expects text not null, needs_ack integer not null, ack_by integer not null,
        corrects text not null, lam integer not null, ord blob not null, n integer not null);
    create index message_room on message(room, lam);
    create index message_lam on message(lam);
    create index message_corrects on message(corrects) where corrects<>''""",
)
table(RECEIPTS, receipt_table(RECEIPTS))


@folds(MessageSent, subject=entity("message", "message.id"))
def _sent(db: Writer, stamp: Stamp, data: MessageSent) -> None:
    # Two entries under one id come from a faulty kit: the first one stands.
    db.execute(
        "insert or ignore into message values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        data.message, data.room, stamp.wall, stamp.clk, stamp.actor, data.role, data.unit, data.kit,
        _known(data.priority), data.text, " ".join(data.to), data.ask, data.expects,
        data.needs_ack, data.ack_by, data.corrects, stamp.lam, order_key(stamp), stamp.n,
    )  # fmt: skip


def _known(priority: str) -> str:
    """A priority of a version to come is treated as routine; it is still shown and acknowledged."""
    return priority if priority in set(Priority) else str(Priority.ROUTINE)


@folds(MessageHanded, facts=RECEIPTS)
def _handed(db: Writer, stamp: Stamp, data: MessageHanded) -> None:
    keep_handed(db, RECEIPTS, stamp, data)


@folds(MessageAnswered, facts=RECEIPTS)
def _answered(db: Writer, stamp: Stamp, data: MessageAnswered) -> None:
    keep_answered(db, RECEIPTS, stamp, data)


class Message(msgspec.Struct, frozen=True):
    """A message as it stands. at: claimed UTC ms; corrected_by: the message that replaces it."""

    id: str
    room: str
    at: int
    clk: int
    actor: str
    role: str
    unit: str
    kit: str
    priority: str
    text: str
    to: tuple[str, ...]
    ask: str
    expects: str
    needs_ack: bool
    ack_by: int
    corrects: str
    lam: int
    n: int
    name: str
    corrected_by: str


_SELECT = """select m.id, m.room, m.at, m.clk, m.actor, m.role, m.unit, m.kit, m.priority, m.text,
    m.recipients, m.ask, m.expects, m.needs_ack, m.ack_by, m.corrects, m.lam, m.n,
    coalesce(p.name, m.actor),
    coalesce((select c.id from message c where c.corrects=m.id and c.corrects<>''
              and c.actor=m.actor and c.room=m.room order by c.ord desc limit 1), '')
    from message m left join person p on p.id=m.actor where """


def messages_where(db: Reader, condition: str, *args: Any) -> list[Message]:
    """Messages that a constant SQL condition (with its order and limit) finds."""
    return [_message(row) for row in db.rows(_SELECT + condition, *args)]


def _message(row: tuple[Any, ...]) -> Message:
    facts = dict(zip(Message.__struct_fields__, row, strict=True))
    facts |= {"to": tuple(facts["to"].split()), "needs_ack": bool(facts["needs_ack"])}
    return Message(**facts)


def find_message(db: Reader, message: str) -> Message | None:
    """One message by its id."""
    found = messages_where(db, "m.id=?", message)
    return found[0] if found else None


def newest_of(db: Reader, room: str, limit: int) -> list[Message]:
    """The newest messages of a room, newest first."""
    return messages_where(db, "m.room=? order by m.lam desc, m.id desc limit ?", room, limit)
