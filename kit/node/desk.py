"""The desk: where a command is accepted or refused and a question answered.

One way in for everything: may this person → load → decide → append and fold → commit → tell who
listens. A command that comes twice under one key is recorded once. Not for: messages (`service`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from kit.core.address import CELL
from kit.core.clock import ClockQuality
from kit.core.command import COMMANDS, Act, Command, CommandType, Decision, Notice, Outcome
from kit.core.errors import BadInput, Refused
from kit.core.event import Event, event_type
from kit.core.ids import ID_BYTES, random_id
from kit.core.query import QUERIES, Asking, Query
from kit.node.opening import OpenKit
from kit.node.settings import Capsule
from kit.people.permission import may, takes_two
from kit.people.person import Account, is_first_account
from kit.people.second import MAY_NOT, NEEDED, ActSeconded
from kit.store.log import Circumstance
from kit.store.vault import system_random
from kit.ward.stay import current_ward


class Ack(msgspec.Struct, frozen=True):
    """Accepted and on disk: entry numbers, ids that were made, what the person must be told."""

    entries: tuple[int, ...]
    answer: dict[str, Any] = {}
    notices: tuple[Notice, ...] = ()


class Who(msgspec.Struct, frozen=True):
    """Who acts: an account and its session; nobody yet where person is empty.

    by_phrase: at the command line, whose user opened the kit; second: who signs this act beside
    them; alone: why nobody does.
    """

    person: str = ""
    name: str = ""
    role: str = ""
    session: str = ""
    by_phrase: bool = False
    second: str = ""
    second_name: str = ""
    second_role: str = ""
    alone: str = ""


NOBODY = Who()
KEY_HOLDER = Who(role="KEY")
"""Whoever opened the kit with its phrase at the command line: may read all, records nothing."""


def as_person(account: Account, session: str) -> Who:
    """The account, acting in a session."""
    return Who(account.person, account.name, account.profession, session)


ALONE: dict[str, Any] = {
    "peers": 0, "unsent": 0, "unsent_since_ms": 0, "exchanged_ms": 0, "steering_seen_ms": 0,
    "network": "off", "discovery": "ok", "refused": [], "fleet_size": 1,
}  # fmt: skip
"""What is known of other kits where no network was started."""
Listener = Callable[[set[str]], None]


class Desk:
    """Commands and questions of one open kit. Single-threaded: one writer."""

    def __init__(self, kit: OpenKit) -> None:
        self.kit = kit
        self.listeners: list[Listener] = []
        self.offset_ms = 0
        self._time_confirmed = False
        self._time_agreed = False
        self.exchange: Callable[[], dict[str, Any]] = lambda: dict(ALONE)
        """Facts about other kits for the status strip; a network puts its own in."""
        self.kits: Callable[[], list[dict[str, Any]]] = list
        """The kits of the fleet as `peers` tells them; a network puts its own in."""

    def now(self) -> int:
        """UTC ms as this kit believes it: the machine's clock plus what a person corrected."""
        return self.kit.clock() + self.offset_ms

    @property
    def unit(self) -> str:
        """Where this kit stands, as an address says it: its ward, or the crisis cell."""
        settings = self.kit.settings
        return CELL if settings.capsule == Capsule.STEERING else settings.ward

    @property
    def kit_id(self) -> str:
        """This kit as entries name it: the first 8 bytes of its public key, hexadecimal."""
        return self.kit.log.device.public.hex()[:16]

    def set_time(self, at_ms: int) -> None:
        """A person says what time it is, UTC ms; saying that the clock is right counts too."""
        self.offset_ms = at_ms - self.kit.clock()
        self._time_confirmed = True

    def agree(self, offset_ms: int) -> None:
        """Other kits know the time better: go by theirs from now on. Entries keep their claim."""
        self.offset_ms += offset_ms
        self._time_agreed = True

    def do(self, name: str, args: Any, who: Who, key: str = "") -> Ack | Refused:
        """Carry out a command. Raises BadInput `CMD-001` (unknown name), `CMD-002` (arguments)."""
        if key and (before := self.kit.db.row("select answer from answered where key=?", key)):
            return msgspec.msgpack.decode(before[0], type=Ack)
        decision = self.weigh(name, args, who)
        if isinstance(decision, Refused):
            return decision
        return self._record(decision, who, key, COMMANDS[name].action)

    def weigh(self, name: str, args: Any, who: Who) -> Decision | Refused:
        """What a command comes to, without recording it. Raises as `do`."""
        kind, command = self._read(name, args)
        if (refused := self._may(kind, who)) is not None:
            return refused
        act = self._act(who)
        if kind.load is None or kind.decide is None:
            raise BadInput("CMD-001", name=name)
        return kind.decide(kind.load(self.kit.db, command, act), command, act)

    def ask(self, name: str, args: Any, who: Who) -> Any:
        """Answer a question: rows, or Refused where the role may not ask it."""
        kind = QUERIES.get(name)
        if kind is None or kind.answer is None:
            raise BadInput("CMD-003", name=name)
        question = _convert(args, kind.cls, "CMD-002", name)
        if who is not KEY_HOLDER and not may(kind.action, who.role):
            return Refused("permission.denied", {"action": kind.action, "role": who.role})
        asking = Asking(self.now(), who.person, who.role, self.unit, self.kit_id)
        try:
            return kind.answer(self.kit.db, question, asking)
        except OverflowError as fault:  # an integer that no column can hold
            raise BadInput("CMD-002", name=name, why="integer") from fault

    def record(
        self, outcomes: list[tuple[Event, str]], who: Who = NOBODY, *, wall: int = 0
    ) -> list[int]:
        """Append events that no command stands behind (an import, a session, a sheet's number)."""
        where = Circumstance(who.person, who.session, wall or self.now(), self.quality)

        def append() -> list[int]:
            numbers: list[int] = []
            with self.kit.log.transaction():
                for event, ward in outcomes:
                    numbers += self.kit.log.append([Outcome(event)], where, ward or None)
            return numbers

        numbers = self.kit.written(append)
        self.committed(event for event, _ward in outcomes)
        return numbers

    def where(self, who: Who) -> Circumstance:
        """Who records just now, and when."""
        return Circumstance(who.person, who.session, self.now(), self.quality)

    def ward_of(self, patient: str) -> str:
        """Under which ward an entry about a patient is kept: where they lie, if this kit may.

        Of a patient who has left for a ward that this kit does not write, its own: no other kit
        would take an entry under that name, and it is sent after the record (`transfer`).
        """
        ward, members = current_ward(self.kit.db, patient), self.kit.membership.members
        device = self.kit.membership.device
        strange = members.is_member(device) and not members.may_write(device, f"w:{ward}")
        return "" if strange else ward

    @property
    def quality(self) -> ClockQuality:
        """How far this kit's time may be trusted."""
        if self._time_agreed:
            return ClockQuality.AGREED
        return ClockQuality.SET_BY_PERSON if self._time_confirmed else self.kit.quality

    def committed(self, events: Iterable[Event]) -> None:
        """After a commit: the high-water mark, and whoever listens to what changed."""
        self.kit.note_mark()
        self.tell(topics_of(events))

    def tell(self, topics: set[str]) -> None:
        """Let whoever listens know what changed."""
        for listener in self.listeners:
            listener(topics)

    def _read(self, name: str, args: Any) -> tuple[CommandType, Command]:
        kind = COMMANDS.get(name)
        if kind is None:
            raise BadInput("CMD-001", name=name)
        return kind, _convert(args, kind.cls, "CMD-002", name)

    def _may(self, kind: CommandType, who: Who) -> Refused | None:
        if not who.person:
            if kind.name == "person.enrol" and is_first_account(self.kit.db):
                return None
            return Refused("permission.nobody", {"action": kind.action})
        return self.permitted(kind.action, who)

    def permitted(self, action: str, who: Who) -> Refused | None:
        """A refusal where this role may not do this."""
        if not may(action, who.role):
            return Refused("permission.denied", {"action": action, "role": who.role})
        if not takes_two(action, who.role) or who.alone:
            return None
        if not who.second:
            return NEEDED()
        if may(action, who.second_role):
            return None
        return MAY_NOT(name=who.second_name, role=who.second_role)

    def _act(self, who: Who) -> Act:
        return Act(
            at_ms=self.now(), actor=who.person, role=who.role, session=who.session,
            new_id=lambda: random_id(system_random(ID_BYTES)), clk=self.quality,
            world=self.kit.settings.world, unit=self.unit, kit=self.kit_id, second=who.second,
        )  # fmt: skip

    def _record(self, decision: Decision, who: Who, key: str, action: str) -> Ack:
        events = [outcome.event for outcome in decision.outcomes]
        patient = next((p for event in events if (p := getattr(event, "patient", ""))), "")
        ward = self.ward_of(patient) if patient else ""
        where = self.where(who)

        def append() -> Ack:
            with self.kit.log.transaction():
                numbers = self.kit.log.append(decision.outcomes, where, ward or None)
                if numbers and (beside := _beside(who, action)) is not None:
                    self.kit.log.append([Outcome(beside, (numbers[0],))], where)
                ack = Ack(tuple(numbers), decision.answer, decision.notices)
                if key:
                    answered = (key, msgspec.msgpack.encode(ack), self.now())
                    self.kit.db.execute("insert into answered values(?,?,?)", *answered)
            return ack

        ack = self.kit.written(append)
        self.committed(events)
        return ack


def _beside(who: Who, action: str) -> ActSeconded | None:
    """What is put on record of the second person, or of there being none."""
    if who.second:
        return ActSeconded(action=action, second=who.second, name=who.second_name)
    return ActSeconded(action=action, alone=who.alone) if takes_two(action, who.role) else None


def topics_of(events: Iterable[Event]) -> set[str]:
    """What screens listen for, of all these events."""
    topics: set[str] = set()
    for event in events:
        topics.update(event_type(event).topics(event))
    return topics


def _convert(args: Any, cls: type[Any], code: str, name: str) -> Any:
    try:
        return msgspec.convert(args, cls, strict=False)
    except msgspec.ValidationError as fault:
        raise BadInput(code, name=name, why=_without_values(str(fault))) from fault


def _without_values(text: str) -> str:
    """The library's reason; it names fields and types, and quotes an enum's value at most."""
    return text.replace("`", "'")[:200]


def describe(cls: type[Command | Query]) -> dict[str, str]:
    """Field → type, for `--list`."""
    return {
        field.name: _type_text(field.type) + ("" if field.required else f" = {_default(field)}")
        for field in msgspec.structs.fields(cls)
    }


def _type_text(kind: Any) -> str:
    return (
        getattr(kind, "__name__", str(kind))
        if not hasattr(kind, "__args__")
        else str(kind).replace("typing.", "")
    )


def _default(field: Any) -> str:
    return repr(field.default) if field.default is not msgspec.NODEFAULT else "…"


def describe_all() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every command and every query: name, what it is for, action, fields."""
    commands = [
        {"name": k.name, "about": _about(k.cls), "action": k.action, "fields": describe(k.cls)}
        for k in sorted(COMMANDS.values(), key=lambda k: k.name)
    ]
    queries = [
        {"name": q.name, "about": _about(q.cls), "action": q.action, "fields": describe(q.cls)}
        for q in sorted(QUERIES.values(), key=lambda q: q.name)
    ]
    return commands, queries


def _about(cls: type[Any]) -> str:
    return " ".join((cls.__doc__ or "").split())
