"""Channels: a fixed set of rooms, who reads and writes each, and what stands in them.

Nobody makes a channel; the set is data (`data/channels.toml`). A room is a scope of its own
(`msg:<room>`), so a kit that has no key for it holds bytes it cannot read; the list of professions
here is the second guard, inside a kit. Source: steering.md §7.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from kit.core.address import CELL, answers_for, parse_addresses
from kit.core.projection import Reader
from kit.core.query import Asking, Query, Row, answers, query
from kit.core.receipt import RANK, ReceiptFact, ReceiptState, facts_of
from kit.core.text import language
from kit.core.urgency import Priority, stand_ins
from kit.messages.record import RECEIPTS, Message, newest_of

UNIT_ROOM = "unit:"
KEY_HOLDER = "KEY"
"""The role of whoever opened the kit with its phrase at the command line: reads all."""
WORST_FIRST = tuple(Priority)
SHOWN = RANK[ReceiptState.SHOWN]
RECENT = 200
"""How many messages of a room are looked through for what is unread."""


class Channel(msgspec.Struct, frozen=True):
    """A room. readers, writers: professions, `*` = all; clinical: patient data allowed there."""

    room: str
    kind: str
    name: str
    kits: tuple[str, ...]
    readers: tuple[str, ...]
    writers: tuple[str, ...]
    clinical: bool
    default: tuple[str, ...] = ()
    unit: str = ""

    def may_read(self, role: str) -> bool:
        """Whether this profession reads it."""
        return role == KEY_HOLDER or bool({"*", role} & set(self.readers))

    def may_write(self, role: str) -> bool:
        """Whether this profession writes in it."""
        return bool(role) and bool({"*", role} & set(self.writers))

    def is_shown_to(self, role: str, unit: str) -> bool:
        """Whether this profession reads it on a kit at this unit."""
        return self.may_read(role) and self.is_offered(unit)

    def is_offered(self, unit: str) -> bool:
        """Whether a kit at this unit shows it: its own ward's room, the cell's rooms to the cell.

        A kit that stands nowhere (no unit known) is shown all that it holds.
        """
        if not unit:
            return True
        if self.unit:
            return unit in (CELL, self.unit)
        return ("steering" if unit == CELL else "ward") in self.kits


@cache
def _table() -> dict[str, Any]:
    text = (resources.files("kit.messages") / "data" / "channels.toml").read_text("utf-8")
    return tomllib.loads(text)


def _named(facts: dict[str, Any]) -> dict[str, Any]:
    named = {**facts, "name": facts["name" if language() == "fr" else "name_en"]}
    del named["name_en"]
    return named


def find_channel(room: str, wards: dict[str, str]) -> Channel | None:
    """The channel of a room; None where there is none. wards: code → name."""
    if room.startswith(UNIT_ROOM):
        ward = room.removeprefix(UNIT_ROOM)
        return unit_channel(ward, wards[ward]) if ward in wards else None
    found = next((one for one in _table()["channel"] if one["room"] == room), None)
    return msgspec.convert(_named(found), Channel) if found else None


def unit_channel(ward: str, name: str) -> Channel:
    """The room of one ward; its messages go to everybody there."""
    facts = _named(_table()["unit"])
    facts["name"] = facts["name"].format(ward=name)
    facts |= {"room": f"{UNIT_ROOM}{ward}", "unit": ward, "default": (f"*@{ward}",)}
    return msgspec.convert(facts, Channel)


def channels(wards: dict[str, str]) -> list[Channel]:
    """Every channel in order of use: the cell's, care, each ward, the others."""
    fixed = [msgspec.convert(_named(one), Channel) for one in _table()["channel"]]
    units = [unit_channel(code, name) for code, name in sorted(wards.items())]
    return fixed[:3] + units + fixed[3:]


def wards_of(db: Reader) -> dict[str, str]:
    """Ward code → name, of the whole hospital."""
    return dict(db.rows("select code, name from ward order by code"))


def room_of(ward: str) -> str:
    """The room of a ward."""
    return f"{UNIT_ROOM}{ward}"


class ChannelRow(Row):
    """A channel that this person may read on this kit, in order of use.

    channel: its room, e.g. `soins`, `unit:CARD`; kind: `decision`, `it`, `care`, `unit`,
    `technical`, `logistics`, `communication`, `field`, `exercise`; unit: the ward of a unit
    channel; unread: messages of others that this kit has not shown yet (3 s on screen), of the
    last 200;
    unread_worst: their highest priority, empty = none; open: messages there that this person can
    acknowledge for this unit and nobody has; last_at (UTC ms, 0 none), last_text, last_name: the
    newest message; may_write: this profession; clinical: patient data allowed.
    """

    channel: str
    kind: str
    name: str
    unit: str
    may_write: bool
    clinical: bool
    default: tuple[str, ...]
    unread: int = 0
    unread_worst: str = ""
    open: int = 0
    last_at: int = 0
    last_text: str = ""
    last_name: str = ""


@query("message.channels", action="message")
class Channels(Query):
    """The channels that the person who asks may read on this kit, with what is unread in each."""


@answers(Channels)
def channel_rows(db: Reader, _question: Channels, asking: Asking) -> list[ChannelRow]:
    """Answer `message.channels`."""
    known = channels(wards_of(db))
    return [_row(db, one, asking) for one in known if one.is_shown_to(asking.role, asking.unit)]


def _row(db: Reader, channel: Channel, asking: Asking) -> ChannelRow:
    found = newest_of(db, channel.room, RECENT)
    facts = facts_of(db, RECEIPTS, [message.id for message in found], asking.unit)
    unread = [m for m in found if is_unread(m, facts[m.id], asking)]
    worst = min((WORST_FIRST.index(Priority(m.priority)) for m in unread), default=-1)
    newest = found[0] if found else None
    return ChannelRow(
        channel=channel.room, kind=channel.kind, name=channel.name, unit=channel.unit,
        may_write=channel.may_write(asking.role), clinical=channel.clinical,
        default=channel.default, unread=len(unread),
        unread_worst=WORST_FIRST[worst] if worst >= 0 else "",
        open=sum(is_claim(m, facts[m.id], asking) for m in found),
        last_at=newest.at if newest else 0, last_text=newest.text if newest else "",
        last_name=newest.name if newest else "",
    )  # fmt: skip


def is_unread(message: Message, facts: list[ReceiptFact], asking: Asking) -> bool:
    """Whether this kit has never shown somebody else's message long enough to be read."""
    if message.kit == asking.kit or message.actor == asking.person:
        return False
    return not any(f.kit == asking.kit and f.rank >= SHOWN for f in facts)


def is_claim(message: Message, facts: list[ReceiptFact], asking: Asking) -> bool:
    """Whether this person can and should acknowledge it for this unit: nobody there has yet."""
    if not message.needs_ack or message.corrected_by or message.unit == asking.unit:
        return False
    if not answers_for(parse_addresses(message.to), asking.role, asking.unit, stand_ins()):
        return False
    return not any(f.unit == asking.unit and f.is_answer for f in facts)
