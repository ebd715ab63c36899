"""Commands: what a person asks to be recorded, the rule that accepts or refuses it, the refusals.

A room declares `@command` classes and one `@rule` for each: `load` reads the state the rule needs,
`decide` is pure (state, command and act in; events or a refusal out). Time, ids and the person
arrive in `Act`. Not for: who may do it (`kit.people.permission`) nor the writing (`kit.store.log`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform

import msgspec

from kit.core.errors import Args, Refused
from kit.core.event import Event
from kit.core.projection import Reader


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person asks. Subclasses are frozen and keyword-only; an unknown field is refused."""


class Act(msgspec.Struct, frozen=True):
    """The circumstances of a command: now (UTC ms, quality 0–3), who, in which session, new ids.

    unit: the ward of this kit, or `CELL` on a steering kit; kit: its key's first 8 bytes, hex;
    second: another person who signs beside the actor, with a PIN of their own.
    """

    at_ms: int
    actor: str
    role: str
    session: str
    new_id: Callable[[], str]
    clk: int = 1
    world: str = "REEL"
    unit: str = ""
    kit: str = ""
    second: str = ""


class Notice(msgspec.Struct, frozen=True):
    """Something the person must be told although the act was accepted: a code and arguments."""

    code: str
    args: Args = {}


class Outcome(msgspec.Struct, frozen=True):
    """One event to record and the entries (numbers in this kit's log) that it replaces."""

    event: Event
    base: tuple[int, ...] = ()


class Decision(msgspec.Struct, frozen=True):
    """Accepted: what to record, what to tell, and what to answer (ids that were made)."""

    outcomes: tuple[Outcome, ...]
    notices: tuple[Notice, ...] = ()
    answer: Args = {}


def accepted(*events: Event, base: tuple[int, ...] = (), **answer: Any) -> Decision:
    """Events without notices; `base` goes to the first."""
    outcomes = tuple(Outcome(event, base if i == 0 else ()) for i, event in enumerate(events))
    return Decision(outcomes, (), answer)


class SentenceKind(msgspec.Struct, frozen=True):
    """A refusal or a notice that exists: its code, its sentence, whether it may stop a person."""

    code: str
    sentence: str
    interrupts: bool = False

    def __call__(self, **args: Any) -> Refused:
        """The refusal itself."""
        return Refused(self.code, args)

    def notice(self, **args: Any) -> Notice:
        """The same sentence, told beside an accepted act."""
        return Notice(self.code, args)


SENTENCES: dict[str, SentenceKind] = {}


def N_(sentence: str) -> str:  # noqa: N802  (the name that message extraction knows)
    """Mark a sentence for translation where it is declared and shown later."""
    return sentence


def sentence(code: str, text: str, *, interrupts: bool = False) -> SentenceKind:
    """Declare a refusal or notice. `interrupts`: ward.md §6 rule 18 allows it to stop a person."""
    if code in SENTENCES:
        raise ValueError(f"sentence {code} is declared twice")
    kind = SENTENCES[code] = SentenceKind(code, text, interrupts)
    return kind


Load = Callable[[Reader, Any, Act], Any]
Decide = Callable[[Any, Any, Act], Decision | Refused]


class CommandType:
    """One registered command: name, class, the action that its role needs, its rule."""

    def __init__(self, name: str, cls: type[Command], action: str) -> None:
        self.name, self.cls, self.action = name, cls, action
        self.load: Load | None = None
        self.decide: Decide | None = None


COMMANDS: dict[str, CommandType] = {}
_BY_CLASS: dict[type[Command], CommandType] = {}
C = TypeVar("C", bound=Command)
D = TypeVar("D")


def command(name: str, *, action: str) -> Callable[[type[C]], type[C]]:
    """Register a command under its stable name, e.g. `vitals.record`, and the action it needs."""

    def register(cls: type[C]) -> type[C]:
        if name in COMMANDS:
            raise ValueError(f"command {name} is registered twice")
        COMMANDS[name] = _BY_CLASS[cls] = CommandType(name, cls, action)
        return cls

    return register


def rule(cls: type[C], *, load: Load) -> Callable[[D], D]:
    """Register the rule of a command: `load(reader, command, act)` then `decide(state, …)`."""

    def register(decide: D) -> D:
        kind = _BY_CLASS[cls]
        kind.load, kind.decide = load, decide  # type: ignore[assignment]  # D is a Decide
        return decide

    return register
