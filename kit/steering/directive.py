"""Directives (consignes): what the crisis cell asks of units, and which one is in force.

A directive that changes is replaced by a new one that names it; a ward sees what is in force, never
a pile. Two cells that replace the same one at once leave two in force and a conflict that is shown:
no clock picks a winner. Source: steering.md §7, sync.md §4.4. Not for: what became of it at each
unit (`directive_receipt`), how it reads (`directive_list`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from kit.core.address import CELL, EVERY, parse_address, parse_addresses, units_of
from kit.core.command import N_, Act, Command, Decision, accepted, command, rule, sentence
from kit.core.errors import Refused
from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, entity, folds, table
from kit.core.receipt import order_key
from kit.core.text import language
from kit.core.urgency import Priority, flash_roles, roles

TEXT_LIMIT = 500
ASK_LIMIT = 120
REPLACED_LIMIT = 16


@event("directive.issued", scope=Scope.OPERATIONS)
class DirectiveIssued(Event):
    """An order to units. to: addresses `role@unit`; role: of whoever issued it.

    until: when it ends by itself, ack_by: until when to sign for it (UTC ms, 0 = open);
    ask, expects: what is to be read back, and the value; replaces: the directives it stands in for.
    """

    directive: str
    title: str
    text: str
    to: tuple[str, ...]
    priority: str = Priority.URGENT
    template: str = ""
    role: str = ""
    unit: str = ""
    kit: str = ""
    ask: str = ""
    expects: str = ""
    until: int = 0
    ack_by: int = 0
    replaces: tuple[str, ...] = ()


@event("directive.ended", scope=Scope.OPERATIONS)
class DirectiveEnded(Event):
    """A directive is lifted before its end."""

    directive: str
    reason: str


table(
    "directive",
    """create table directive(
        id text primary key, title text not null, text text not null, recipients text not null,
        priority text not null, template text not null, at integer not null, clk integer not null,
        actor text not null, role text not null, unit text not null, kit text not null,
        ask text not null, expects text not null, until integer not null, ack_by integer not null,
        replaces text not null, lam integer not null, ord blob not null, n integer not null)""",
)
table(
    "directive_end",
    """create table directive_end(
        n integer primary key, directive text not null, at integer not null, actor text not null,
        reason text not null, ord blob not null)""",
)


@folds(DirectiveIssued, subject=entity("directive", "directive.id"))
def _issued(db: Writer, stamp: Stamp, data: DirectiveIssued) -> None:
    # Two entries under one id come from a faulty kit: the first one stands.
    priority = data.priority if data.priority in set(Priority) else Priority.URGENT
    db.execute(
        "insert or ignore into directive values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        data.directive, data.title, data.text, " ".join(data.to), str(priority), data.template,
        stamp.wall, stamp.clk, stamp.actor, data.role, data.unit, data.kit, data.ask, data.expects,
        data.until, data.ack_by, " ".join(data.replaces), stamp.lam, order_key(stamp), stamp.n,
    )  # fmt: skip


@folds(DirectiveEnded, facts="directive_end")
def _ended(db: Writer, stamp: Stamp, data: DirectiveEnded) -> None:
    db.execute(
        "insert or ignore into directive_end values(?,?,?,?,?,?)",
        stamp.n, data.directive, stamp.wall, stamp.actor, data.reason, order_key(stamp),
    )  # fmt: skip


class Directive(msgspec.Struct, frozen=True):
    """A directive as it stands. ended_at: when it was lifted (UTC ms, 0 no), by whom, why.

    replaced_by: the directives that name it, in canonical order; lam orders causes before effects.
    """

    id: str
    title: str
    text: str
    to: tuple[str, ...]
    priority: str
    template: str
    at: int
    clk: int
    actor: str
    role: str
    unit: str
    kit: str
    ask: str
    expects: str
    until: int
    ack_by: int
    replaces: tuple[str, ...]
    lam: int
    n: int
    name: str
    ended_at: int = 0
    ended_by: str = ""
    ended_why: str = ""
    replaced_by: tuple[str, ...] = ()

    def in_force(self, now: int) -> bool:
        """Whether wards have to follow it now."""
        return not self.replaced_by and not self.ended_at and not (self.until and self.until <= now)


def directives(db: Reader) -> dict[str, Directive]:
    """Every directive by id, in canonical order; crises know tens of them, not thousands."""
    ends: dict[str, tuple[Any, ...]] = {}
    for row in db.rows(
        """select e.directive, e.at, coalesce(p.name, e.actor), e.reason from directive_end e
           left join person p on p.id=e.actor order by e.ord"""
    ):
        ends.setdefault(row[0], row)
    found: dict[str, Directive] = {}
    for row in db.rows(
        """select d.id, d.title, d.text, d.recipients, d.priority, d.template, d.at, d.clk, d.actor,
                  d.role, d.unit, d.kit, d.ask, d.expects, d.until, d.ack_by, d.replaces, d.lam,
                  d.n, coalesce(p.name, d.actor)
           from directive d left join person p on p.id=d.actor order by d.ord"""
    ):
        facts = dict(zip(Directive.__struct_fields__, row, strict=False))
        facts |= {"to": tuple(row[3].split()), "replaces": tuple(row[16].split())}
        if end := ends.get(row[0]):
            facts |= {"ended_at": end[1] or 1, "ended_by": end[2], "ended_why": end[3]}
        found[row[0]] = Directive(**facts)
    return _with_replacements(found)


def _with_replacements(found: dict[str, Directive]) -> dict[str, Directive]:
    """The same, each with those that name it.

    Whoever replaces has seen what it replaces, so its counter is higher: a directive that claims to
    replace a later one is not believed, and no circle of two can hide both.
    """
    by: dict[str, list[str]] = {}
    for one in found.values():
        for old in one.replaces:
            if old in found and found[old].lam < one.lam:
                by.setdefault(old, []).append(one.id)
    return {
        key: msgspec.structs.replace(one, replaced_by=tuple(by.get(key, ())))
        for key, one in found.items()
    }


def conflicts_of(found: dict[str, Directive], now: int) -> dict[str, tuple[str, ...]]:
    """Directive in force → others in force that replaced the same one; only where there are any.

    Also through a chain: A replaced by B and C, B by D: D and C clash.
    """
    roots: dict[str, set[str]] = {}
    heads = [one for one in found.values() if one.in_force(now)]
    for head in heads:
        for old in _ancestors(head, found):
            roots.setdefault(old, set()).add(head.id)
    clashes: dict[str, set[str]] = {}
    for ids in roots.values():
        for one in ids:
            clashes.setdefault(one, set()).update(ids - {one})
    return {one: tuple(sorted(others)) for one, others in clashes.items() if others}


def _ancestors(one: Directive, found: dict[str, Directive]) -> set[str]:
    seen: set[str] = set()
    waiting = list(one.replaces)
    while waiting:
        old = waiting.pop()
        if old in found and old not in seen and one.lam > found[old].lam:
            seen.add(old)
            waiting.extend(found[old].replaces)
    return seen


def expected_units(one: Directive, wards: dict[str, str]) -> tuple[str, ...]:
    """The units that a directive is for, all of them wards or the cell."""
    return units_of(parse_addresses(one.to), tuple(wards))


def wards_of(db: Reader) -> dict[str, str]:
    """Ward code → name, of the whole hospital."""
    return dict(db.rows("select code, name from ward order by code"))


class Template(msgspec.Struct, frozen=True):
    """A directive that only needs to be sent. ack_min: minutes, 0 = as the priority says."""

    template: str
    title: str
    text: str
    priority: str
    ask: str
    ack_min: int


@cache
def _templates(lang: str) -> tuple[Template, ...]:
    text = (resources.files("kit.steering") / "data" / "templates.toml").read_text("utf-8")
    ending = "" if lang == "fr" else "_en"
    return tuple(
        Template(
            template=one["template"], priority=one["priority"], ack_min=one["ack_min"],
            title=one[f"title{ending}"], text=one[f"text{ending}"], ask=one[f"ask{ending}"],
        )
        for one in tomllib.loads(text)["template"]
    )  # fmt: skip


def templates() -> tuple[Template, ...]:
    """The library, in the language in force."""
    return _templates(language())


EMPTY = sentence("directive.empty", N_("A directive needs a title and a text. Nothing was sent."))
TOO_LONG = sentence(
    "directive.too_long",
    N_("This text is too long ({length} characters, at most {limit}). Nothing was sent."),
)
NOBODY = sentence("directive.nobody", N_("A directive needs a unit. Nothing was sent. Choose one."))
BAD_ADDRESS = sentence(
    "directive.bad_address",
    N_("{address} is nobody's address here. Nothing was sent. Choose from the list."),
)
BAD_PRIORITY = sentence(
    "directive.bad_priority", N_("There are four priorities: {list}. Nothing was sent.")
)
NOT_FLASH = sentence(
    "directive.not_flash", N_("Only the crisis cell ({list}) sends FLASH. Nothing was sent.")
)
UNKNOWN = sentence(
    "directive.unknown", N_("This directive is not on this kit. Nothing was recorded.")
)
OUT_OF_FORCE = sentence(
    "directive.out_of_force",
    N_("This directive is no longer in force ({title}). Nothing was sent. Take the one that is."),
)
PAST = sentence(
    "directive.past", N_("Its end lies in the past. Nothing was sent. Check the date and the time.")
)
NO_REASON = sentence(
    "directive.no_reason", N_("Lifting a directive needs a reason. Nothing was recorded.")
)


@command("directive.issue", action="broadcast_order")
class IssueDirective(Command):
    """Order something. to: `role@unit`; units: the same as `*@unit` each; at least one of both.

    until: when it ends by itself, ack_by: until when to sign (UTC ms, 0 = open / by priority);
    replaces: directives in force that it stands in for.
    """

    text: str
    title: str = ""
    template: str = ""
    to: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    priority: str = Priority.URGENT
    ask: str = ""
    expects: str = ""
    until: int = 0
    ack_by: int = 0
    replaces: tuple[str, ...] = ()


class _State(msgspec.Struct, frozen=True):
    wards: dict[str, str]
    found: dict[str, Directive]


def _load(db: Reader, _ask: Any, _act: Act) -> _State:
    return _State(wards_of(db), directives(db))


@rule(IssueDirective, load=_load)
def issue(state: _State, ask: IssueDirective, act: Act) -> Decision | Refused:
    """A directive has a text, units, a priority; what it replaces is in force."""
    to = tuple(dict.fromkeys((*ask.to, *(f"*@{unit}" for unit in ask.units))))
    title = ask.title.strip() or next(
        (t.title for t in templates() if t.template == ask.template), ""
    )
    refused = (
        _check_text(ask, title)
        or _check_addresses(to, state.wards)
        or _check_priority(ask, act)
        or _check_replaced(ask.replaces, state, act)
    )
    if refused:
        return refused
    issued = DirectiveIssued(
        directive=act.new_id(), title=title, text=ask.text.strip(), to=to, priority=ask.priority,
        template=ask.template, role=act.role, unit=act.unit, kit=act.kit, ask=ask.ask.strip(),
        expects=ask.expects.strip(), until=ask.until, ack_by=ask.ack_by, replaces=ask.replaces,
    )  # fmt: skip
    base = tuple(state.found[old].n for old in ask.replaces)
    return accepted(issued, base=base, directive=issued.directive)


def _check_text(ask: IssueDirective, title: str) -> Refused | None:
    if not ask.text.strip() or not title:
        return EMPTY()
    for text, limit in (
        (ask.text, TEXT_LIMIT),
        (title, ASK_LIMIT),
        (ask.ask, ASK_LIMIT),
        (ask.expects, ASK_LIMIT),
    ):
        if len(text.strip()) > limit:
            return TOO_LONG(length=len(text.strip()), limit=limit)
    return None


def _check_addresses(to: Iterable[str], wards: dict[str, str]) -> Refused | None:
    named = tuple(to)
    for text in named:
        address = parse_address(text)
        if (
            address is None
            or address.unit not in (EVERY, CELL, *wards)
            or address.role not in (EVERY, *roles())
        ):
            return BAD_ADDRESS(address=text[:60])
    return None if named else NOBODY()


def _check_priority(ask: IssueDirective, act: Act) -> Refused | None:
    if ask.priority not in set(Priority):
        return BAD_PRIORITY(list=", ".join(Priority))
    if ask.priority == Priority.FLASH and act.role not in flash_roles():
        return NOT_FLASH(list=", ".join(flash_roles()))
    if 0 < ask.until <= act.at_ms or 0 < ask.ack_by <= act.at_ms:
        return PAST()
    return None


def _check_replaced(replaces: tuple[str, ...], state: _State, act: Act) -> Refused | None:
    if len(replaces) > REPLACED_LIMIT:
        return TOO_LONG(length=len(replaces), limit=REPLACED_LIMIT)
    for old in replaces:
        if old not in state.found:
            return UNKNOWN()
        if not state.found[old].in_force(act.at_ms):
            return OUT_OF_FORCE(title=state.found[old].title)
    return None


@command("directive.replace", action="broadcast_order")
class ReplaceDirective(Command):
    """A new text for a directive in force: same units, priority, read-back unless told otherwise.

    to, units: as in `directive.issue`; until, ack_by: of the new one (UTC ms, 0 = open).
    """

    directive: str
    text: str
    title: str = ""
    template: str = ""
    to: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    priority: str = ""
    ask: str | None = None
    expects: str | None = None
    until: int = 0
    ack_by: int = 0


@rule(ReplaceDirective, load=_load)
def replace(state: _State, ask: ReplaceDirective, act: Act) -> Decision | Refused:
    """The new directive names the old one; whoever clashes with it is replaced by naming both."""
    old = state.found.get(ask.directive)
    if old is None:
        return UNKNOWN()
    new = IssueDirective(
        text=ask.text, title=ask.title or old.title, template=ask.template or old.template,
        to=ask.to or (() if ask.units else old.to), units=ask.units,
        priority=ask.priority or old.priority, ask=old.ask if ask.ask is None else ask.ask,
        expects=old.expects if ask.expects is None else ask.expects, until=ask.until,
        ack_by=ask.ack_by, replaces=(ask.directive,),
    )  # fmt: skip
    return issue(state, new, act)


@command("directive.end", action="broadcast_order")
class EndDirective(Command):
    """Lift a directive, with a reason."""

    directive: str
    reason: str


@rule(EndDirective, load=_load)
def end(state: _State, ask: EndDirective, act: Act) -> Decision | Refused:
    """A directive in force ends once, with a reason."""
    old = state.found.get(ask.directive)
    if old is None:
        return UNKNOWN()
    if not old.in_force(act.at_ms):
        return OUT_OF_FORCE(title=old.title)
    if not ask.reason.strip():
        return NO_REASON()
    ended = DirectiveEnded(directive=old.id, reason=ask.reason.strip()[:TEXT_LIMIT])
    return accepted(ended, base=(old.n,))
