"""Events: what happened, typed and versioned; the only thing a kit ever appends.

Each room (`kit.ward.vitals`, …) declares its own with `@event`. Fields are only ever added, with a
default, so that an old event still reads; a field that this version does not know stays in the
stored bytes (`kit.core.envelope`), and a type that it does not know is stored and counted.
Not for: how an event changes a table (`kit.core.projection`).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar, dataclass_transform

import msgspec


class Scope(StrEnum):
    """Who may read an event: sync.md §4.5. DIRECTORY is in clear: authority and nothing else.

    A ward event goes to the ward of its patient, a message to the room that its field `room` says.
    """

    DIRECTORY = "dir"
    OPERATIONS = "ops"
    MESSAGES = "msg"
    WARD = "w"
    AUDIT = "audit"


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened. Subclasses are frozen and keyword-only."""


class Stamp(msgspec.Struct, frozen=True):
    """Where and when an event stands: what the envelope says, for a fold and for a row.

    n: the entry's number in this kit's log, `feed << 32 | seq`; lam: Lamport counter; wall: claimed
    UTC ms; clk: quality of that claim 0–3 (`kit.core.clock.ClockQuality`); base: numbers of the
    entries that it replaces; feed, id8: name of its feed and the first bytes of its id, which every
    kit knows it by (`n` is this kit's own).
    """

    n: int
    lam: int
    wall: int
    clk: int
    actor: str
    session: str
    base: tuple[int, ...] = ()
    feed: bytes = b""
    id8: bytes = b""

    @property
    def order(self) -> tuple[int, bytes, int, bytes]:
        """Where the entry stands among all others, the same on each kit: canonical order."""
        return self.lam, self.feed, self.n & 0xFFFF_FFFF, self.id8


E = TypeVar("E", bound=Event)


class EventType:
    """One registered type: its name, version, class, scope, and its codec."""

    def __init__(self, name: str, version: int, cls: type[Event], scope: Scope) -> None:
        self.name, self.version, self.cls, self.scope = name, version, cls, scope
        self.family = name.partition(".")[0]
        self.by_patient = "patient" in cls.__struct_fields__

    @cached_property
    def decode(self) -> Callable[[bytes | msgspec.Raw], Any]:
        """msgpack bytes → event; unknown fields are passed over (they stay in the raw bytes)."""
        return msgspec.msgpack.Decoder(self.cls).decode

    def topics(self, data: Event) -> tuple[str, ...]:
        """What screens listen for: the family, and the patient where there is one."""
        if self.by_patient:
            return (self.family, f"patient:{getattr(data, 'patient', '')}")
        return (self.family,)


EVENTS: dict[str, EventType] = {}
_BY_CLASS: dict[type[Event], EventType] = {}


def event(
    name: str, *, version: int = 1, scope: Scope = Scope.WARD
) -> Callable[[type[E]], type[E]]:
    """Register a class of events under its stable name, e.g. `vitals.recorded`."""

    def register(cls: type[E]) -> type[E]:
        if name in EVENTS:
            raise ValueError(f"event {name} is registered twice")
        kind = EventType(name, version, cls, scope)
        EVENTS[name] = _BY_CLASS[cls] = kind
        return cls

    return register


def event_type(data: Event) -> EventType:
    """The registered type of an event object."""
    return _BY_CLASS[type(data)]


def type_of(cls: type[Event]) -> EventType:
    """The registered type of a class of events."""
    return _BY_CLASS[cls]
