"""Reading directives: those in force for whom they concern, the chain behind each, the matrix.

Not for: issuing (`directive`), acknowledging (`directive_receipt`).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kit.core.address import CELL, EVERY, answers_for, parse_addresses
from kit.core.projection import Reader
from kit.core.query import Asking, Query, Row, answers, query
from kit.core.receipt import (
    RANK,
    ReceiptFact,
    ReceiptRow,
    ReceiptState,
    Sent,
    facts_of,
    places_of,
    rows_of,
)
from kit.core.text import translator
from kit.core.urgency import Priority, Step, delays, due, rings, role_name, stand_ins
from kit.steering.directive import (
    Directive,
    conflicts_of,
    directives,
    expected_units,
    templates,
    wards_of,
)
from kit.steering.directive_receipt import RECEIPTS

_ = translator("messages")

STEPS = tuple(Step)
PRIORITIES = tuple(Priority)
CHAIN_LIMIT = 50


class ChainRow(msgspec.Struct, frozen=True):
    """A directive that another one replaced: its words, author, from and until when (UTC ms)."""

    directive: str
    title: str
    text: str
    author_name: str
    at: int
    ended_at: int


class DirectiveRow(Row):
    """One directive. Times UTC ms, 0 = none; codes stay codes.

    role, unit: of whoever issued it; to, to_names: addresses and the same in words; units,
    unit_names: whom it is for; until: when it ends by itself; ack_by: until when to sign, 0 =
    whenever; ask: what is to be read back; in_force: neither replaced, lifted nor past its end;
    replaced_by: ids; ended_at, ended_by, ended_why: lifted; chain: what it replaced, older first;
    conflicts_with: others in force that replaced the same one (show both, let the cell settle it
    with `directive.issue` and `replaces` naming all); state: the least far of the units, `written`
    `handed` `shown` `acknowledged` `paper` `done` `impossible`; acked, done, impossible of
    expected: units; kits: how many kits have it; mine: this person issued it;
    for_me: addressed to this person's role at this kit's unit; claim: this person can sign for it
    now; shown: this kit has shown it; acknowledged_at, acknowledged_by, readback, my_state: of
    this kit's unit; step: what to do now for the unit that is furthest behind;
    rings: how often it should have rung here, 0 = silent;
    phone, code: for that unit, once the step asks for them.
    """

    directive: str
    template: str
    title: str
    text: str
    priority: str
    author: str
    author_name: str
    role: str
    unit: str
    at: int
    clk: int
    until: int
    ack_by: int
    ask: str
    to: tuple[str, ...]
    to_names: tuple[str, ...]
    units: tuple[str, ...]
    unit_names: tuple[str, ...]
    in_force: bool
    replaced_by: tuple[str, ...]
    ended_at: int
    ended_by: str
    ended_why: str
    chain: tuple[ChainRow, ...]
    conflicts_with: tuple[str, ...]
    state: str
    acked: int
    done: int
    impossible: int
    expected: int
    kits: int
    mine: bool
    for_me: bool
    claim: bool
    shown: bool
    acknowledged_at: int
    acknowledged_by: str
    readback: str
    my_state: str
    step: str
    rings: int
    phone: str
    code: str


@query("directive.list", action="read_figures")
class Directives(Query):
    """Directives in force, worst first: on a ward kit those for its unit, on a steering kit all.

    ended: also those that are replaced, lifted or past, newest first after the others; all_units:
    also those for other units.
    """

    ended: bool = False
    all_units: bool = False


@answers(Directives)
def directive_rows(db: Reader, question: Directives, asking: Asking) -> list[DirectiveRow]:
    """Answer `directive.list`."""
    found = directives(db)
    wide = question.all_units or asking.unit in ("", CELL)
    house = House(found, wards_of(db), places_of(db), conflicts_of(found, asking.at_ms))
    shown = [
        one
        for one in found.values()
        if (question.ended or one.in_force(asking.at_ms))
        and (wide or any(a.names(asking.unit) for a in parse_addresses(one.to)))
    ]
    facts = facts_of(db, RECEIPTS, [one.id for one in shown])
    rows = [_row(one, facts[one.id], house, asking) for one in shown]
    return sorted(rows, key=_order)


def _order(row: DirectiveRow) -> tuple[bool, bool, int, int, str]:
    urgency = PRIORITIES.index(Priority(row.priority)) if row.in_force else 0
    return not row.in_force, not row.claim, urgency, -row.at, row.directive


@query("directive.receipts", action="read_figures")
class DirectiveReceipts(Query):
    """What became of a directive at each unit: the matrix unit × state, furthest behind first."""

    directive: str


@answers(DirectiveReceipts)
def receipts(db: Reader, question: DirectiveReceipts, asking: Asking) -> list[ReceiptRow]:
    """Answer `directive.receipts`."""
    found = directives(db)
    one = found.get(question.directive)
    if one is None:
        return []
    facts = facts_of(db, RECEIPTS, [one.id])[one.id]
    rows = matrix(one, facts, wards_of(db), places_of(db), asking.at_ms)
    return sorted(rows, key=lambda row: (*_behind(row), row.unit))


class House(msgspec.Struct, frozen=True):
    """What all rows share: every directive, wards, phones, conflicts."""

    found: dict[str, Directive]
    wards: dict[str, str]
    places: dict[str, tuple[str, str]]
    conflicts: dict[str, tuple[str, ...]]


def matrix(
    one: Directive, facts: list[ReceiptFact], wards: dict[str, str],
    places: Mapping[str, tuple[str, str]], now: int,
) -> list[ReceiptRow]:  # fmt: skip
    """One row per unit, in the order of the wards."""
    needs_ack = delays(one.priority).needs_ack or bool(one.ask)
    sent = Sent(
        one.id, one.text, one.priority, one.at, now, one.ack_by, needs_ack and one.in_force(now)
    )
    units = expected_units(one, wards)
    named = {unit: (unit_name(unit, wards), places.get(unit, ("", ""))[1]) for unit in units}
    return rows_of(sent, units, named, facts)


def _behind(row: ReceiptRow) -> tuple[int, int]:
    return RANK[row.state], -STEPS.index(Step(row.step))


def _row(one: Directive, facts: list[ReceiptFact], house: House, asking: Asking) -> DirectiveRow:
    units = matrix(one, facts, house.wards, house.places, asking.at_ms)
    last = min(units, key=_behind, default=None)
    mine = next((row for row in units if row.unit == asking.unit), None)
    states = [row.state for row in units]
    for_me = answers_for(parse_addresses(one.to), asking.role, asking.unit, stand_ins())
    answered = mine is not None and RANK[mine.state] >= RANK[ReceiptState.ACKNOWLEDGED]
    claim = for_me and one.in_force(asking.at_ms) and not answered
    claim = claim and (last.expected if last else False)
    return DirectiveRow(
        directive=one.id, template=one.template, title=one.title, text=one.text,
        priority=one.priority, author=one.actor, author_name=one.name, role=one.role, unit=one.unit,
        at=one.at, clk=one.clk, until=one.until, ack_by=one.ack_by or due(one.priority, one.at),
        ask=one.ask, to=one.to, to_names=_to_names(one, house.wards),
        units=tuple(row.unit for row in units), unit_names=tuple(row.name for row in units),
        in_force=one.in_force(asking.at_ms), replaced_by=one.replaced_by, ended_at=one.ended_at,
        ended_by=one.ended_by, ended_why=one.ended_why, chain=_chain(one, house.found),
        conflicts_with=house.conflicts.get(one.id, ()),
        state=last.state if last else ReceiptState.WRITTEN,
        acked=sum(RANK[state] >= RANK[ReceiptState.ACKNOWLEDGED] for state in states),
        done=states.count(ReceiptState.DONE), impossible=states.count(ReceiptState.IMPOSSIBLE),
        expected=len(units), kits=len({f.kit for f in facts if f.kit and f.rank >= 0}),
        mine=one.actor == asking.person, for_me=for_me, claim=claim,
        shown=any(f.kit == asking.kit and f.state == ReceiptState.SHOWN for f in facts),
        acknowledged_at=mine.at if mine and answered else 0,
        acknowledged_by=mine.by_name if mine else "", readback=mine.readback if mine else "",
        my_state=mine.state if mine else "",
        step=last.step if last else "", phone=last.phone if last else "",
        rings=rings(one.priority, one.at, asking.at_ms) if claim else 0,
        code=last.code if last else "",
    )  # fmt: skip


def _chain(one: Directive, found: dict[str, Directive]) -> tuple[ChainRow, ...]:
    """What it replaced, and what that had replaced, older first; each once."""
    seen: dict[str, ChainRow] = {}
    waiting = [(old, one) for old in one.replaces]
    while waiting and len(seen) < CHAIN_LIMIT:
        key, newer = waiting.pop(0)
        old = found.get(key)
        if old is None or key in seen or old.lam >= newer.lam:
            continue
        seen[key] = ChainRow(old.id, old.title, old.text, old.name, old.at, newer.at)
        waiting += [(older, old) for older in old.replaces]
    return tuple(sorted(seen.values(), key=lambda row: (found[row.directive].lam, row.directive)))


def unit_name(unit: str, wards: dict[str, str]) -> str:
    """A unit in words."""
    if unit == CELL:
        return _("Crisis cell")
    return _("All wards") if unit == EVERY else wards.get(unit, unit)


def _to_names(one: Directive, wards: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        unit_name(a.unit, wards) if a.role == EVERY
        else f"{unit_name(a.unit, wards)} — {role_name(a.role)}"
        for a in parse_addresses(one.to)
    )  # fmt: skip


class TemplateRow(Row):
    """A directive of the library. ack_min: minutes until it should be signed, 0 = by priority."""

    template: str
    title: str
    text: str
    priority: str
    ask: str
    ack_min: int


@query("directive.templates", action="read_figures")
class DirectiveTemplates(Query):
    """The library of directives, in the language in force."""


@answers(DirectiveTemplates)
def template_rows(_db: Reader, _question: DirectiveTemplates, _asking: Asking) -> list[TemplateRow]:
    """Answer `directive.templates`."""
    return [TemplateRow(**msgspec.structs.asdict(one)) for one in templates()]
