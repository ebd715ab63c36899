"""How urgent: four priorities, until when an acknowledgement is due, what is done when none comes.

Escalation is a pure function of time: no kit keeps a timer, so a kit that slept or has just heard
of a message says the same as all others. Delays are data (`data/urgency.toml`). Shared by messages
and directives, which do not know each other. Source: steering.md §7.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from kit.core.clock import MINUTE
from kit.core.text import language


class Priority(StrEnum):
    """From the one that fills the screen to the one that asks nothing back."""

    FLASH = "flash"
    URGENT = "urgent"
    ROUTINE = "routine"
    INFO = "info"


class Step(StrEnum):
    """How far the search for an answer has come. WAIT: the delay is still running, or none asked.

    NEXT_KIT: every kit of the unit rings; PHONE: call the number shown; COURIER: print and carry.
    """

    WAIT = ""
    NEXT_KIT = "next_kit"
    PHONE = "phone"
    COURIER = "courier"


class Delays(msgspec.Struct, frozen=True):
    """The delays of one priority in minutes after sending; 0 = never."""

    needs_ack: bool
    ack_min: int = 0
    repeat_min: int = 0
    next_kit_min: int = 0
    phone_min: int = 0
    courier_min: int = 0


@cache
def _table() -> dict[str, Any]:
    text = (resources.files("kit.core") / "data" / "urgency.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def delays(priority: str) -> Delays:
    """The delays of a priority; one that this version does not know is treated as routine."""
    found = _table()["priority"]
    return msgspec.convert(found.get(priority, found[Priority.ROUTINE]), Delays)


def flash_roles() -> tuple[str, ...]:
    """The roles that may send FLASH."""
    return tuple(_table()["flash"]["roles"])


def flash_limit() -> int:
    """How many FLASH may be open at once."""
    return int(_table()["flash"]["open_at_once"])


@cache
def stand_ins() -> dict[str, tuple[str, ...]]:
    """Role → roles that take it over where nobody holds it."""
    return {code: tuple(role["stand_ins"]) for code, role in _table()["role"].items()}


def roles() -> tuple[str, ...]:
    """The roles that an address may name."""
    return tuple(_table()["role"])


def role_name(code: str) -> str:
    """The role in words, in the language in force; a role that is not in the table, as it is."""
    role = _table()["role"].get(code, {})
    return str(role.get("name" if language() == "fr" else "name_en", code))


def due(priority: str, sent_ms: int) -> int:
    """Until when an acknowledgement should be there, UTC ms; 0 = whenever."""
    minutes = delays(priority).ack_min
    return sent_ms + minutes * MINUTE if minutes else 0


def step(priority: str, sent_ms: int, now_ms: int, ack_by: int = 0) -> Step:
    """What to do now about an acknowledgement that is missing.

    ack_by: a deadline of its own (UTC ms), which shifts every step; 0 = that of the priority. A
    clock that stands before the sending makes it wait, never jump.
    """
    table = delays(priority)
    shift = ack_by - due(priority, sent_ms) if ack_by and table.ack_min else 0
    if ack_by and not table.ack_min:
        table, shift = delays(Priority.URGENT), ack_by - due(Priority.URGENT, sent_ms)
    passed = now_ms - sent_ms - shift
    reached = Step.WAIT
    for minutes, name in (
        (table.next_kit_min, Step.NEXT_KIT),
        (table.phone_min, Step.PHONE),
        (table.courier_min, Step.COURIER),
    ):
        if minutes and passed >= minutes * MINUTE:
            reached = name
    return reached


def rings(priority: str, sent_ms: int, now_ms: int) -> int:
    """How often it should have rung by now: once at sending, then every `repeat_min`; 0 = silent.

    A screen rings when this number grows.
    """
    table = delays(priority)
    if priority not in (Priority.FLASH, Priority.URGENT):
        return 0
    if not table.repeat_min or now_ms <= sent_ms:
        return 1
    return 1 + (now_ms - sent_ms) // (table.repeat_min * MINUTE)
