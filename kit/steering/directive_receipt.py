"""Acknowledging and carrying out a directive: by name, by phone, by the code of a courier's sheet.

Not for: issuing (`directive`), what a kit says by itself (`kit.node.delivery`).
"""

from __future__ import annotations

import msgspec

from kit.core.address import answers_for, parse_addresses
from kit.core.clock import moment_text
from kit.core.command import N_, Act, Command, Decision, Outcome, accepted, command, rule, sentence
from kit.core.courier_code import courier_code, read_code
from kit.core.errors import Refused
from kit.core.event import Scope, Stamp, event
from kit.core.projection import Reader, Writer, folds, table
from kit.core.readback import (
    ALREADY,
    BAD_CODE,
    MISREAD,
    NO_NAME,
    NO_STEP,
    NOT_ADDRESSED,
    NOT_EXPECTED,
    READBACK_NEEDED,
    UNKNOWN_CODE,
)
from kit.core.receipt import (
    Answered,
    Attempt,
    Handed,
    ReceiptFact,
    ReceiptState,
    facts_of,
    keep_answered,
    keep_handed,
    receipt_table,
    same_value,
)
from kit.core.urgency import Step, stand_ins
from kit.steering.directive import UNKNOWN, Directive, directives, expected_units, wards_of

RECEIPTS = "directive_receipt"
TEXT_LIMIT = 500
SAID = (ReceiptState.ACKNOWLEDGED, ReceiptState.DONE, ReceiptState.IMPOSSIBLE)


@event("directive.handed", scope=Scope.OPERATIONS)
class DirectiveHanded(Handed):
    """A kit holds directives for its unit, or has shown them for three seconds."""


@event("directive.answered", scope=Scope.OPERATIONS)
class DirectiveAnswered(Answered):
    """Somebody signed for a directive, carried it out, could not, called, or sent a courier."""


table(RECEIPTS, receipt_table(RECEIPTS))


@folds(DirectiveHanded, facts=RECEIPTS)
def _handed(db: Writer, stamp: Stamp, data: DirectiveHanded) -> None:
    keep_handed(db, RECEIPTS, stamp, data)


@folds(DirectiveAnswered, facts=RECEIPTS)
def _answered(db: Writer, stamp: Stamp, data: DirectiveAnswered) -> None:
    keep_answered(db, RECEIPTS, stamp, data)


REPLACED = sentence(
    "directive.replaced",
    N_("This directive was replaced or lifted. Nothing was recorded. Read the one in force."),
)
BAD_STATE = sentence(
    "directive.bad_state", N_("A directive is acknowledged, carried out or impossible.")
)
WHY_IMPOSSIBLE = sentence(
    "directive.why_impossible",
    N_("Say why it cannot be carried out: the cell has to know. Nothing was recorded."),
)


@command("directive.acknowledge", action="message")
class AcknowledgeDirective(Command):
    """Sign for a directive, for this kit's unit, or say what became of it.

    state: `acknowledged`, `done`, `impossible` (with a reason). A read-back that is wrong is
    recorded as such and answered with `acknowledged: false` and the notice `receipt.misread`.
    """

    directive: str
    readback: str = ""
    state: str = ReceiptState.ACKNOWLEDGED
    reason: str = ""


class _State(msgspec.Struct, frozen=True):
    directive: Directive | None
    facts: tuple[ReceiptFact, ...] = ()
    units: tuple[str, ...] = ()


def _load(db: Reader, ask: AcknowledgeDirective | EscalateDirective, _act: Act) -> _State:
    found = directives(db).get(ask.directive)
    if found is None:
        return _State(None)
    facts = tuple(facts_of(db, RECEIPTS, [found.id])[found.id])
    return _State(found, facts, expected_units(found, wards_of(db)))


@rule(AcknowledgeDirective, load=_load)
def acknowledge(state: _State, ask: AcknowledgeDirective, act: Act) -> Decision | Refused:
    """One named person per unit signs; doing it, or not being able to, may be said later."""
    found = state.directive
    refused = _refusal(state, ask, act)
    if refused or found is None:
        return refused or UNKNOWN()
    typed = ask.readback.strip()[:TEXT_LIMIT]
    signed = any(f.unit == act.unit and f.is_answer for f in state.facts)
    if found.ask and not typed and not signed:
        return READBACK_NEEDED(ask=found.ask)
    right = signed or not (found.ask and found.expects) or same_value(typed, found.expects)
    said = DirectiveAnswered(
        state=ask.state if right else Attempt.MISREAD, item=found.id, unit=act.unit, kit=act.kit,
        role=act.role, readback=typed, reason=ask.reason.strip()[:TEXT_LIMIT],
    )  # fmt: skip
    if right:
        return accepted(said, acknowledged=True)
    return Decision((Outcome(said),), (MISREAD.notice(),), {"acknowledged": False})


def _refusal(state: _State, ask: AcknowledgeDirective, act: Act) -> Refused | None:
    found = state.directive
    if found is None or ask.state not in SAID:
        return UNKNOWN() if found is None else BAD_STATE()
    if not found.in_force(act.at_ms):
        return REPLACED()
    if not answers_for(parse_addresses(found.to), act.role, act.unit, stand_ins()):
        return NOT_ADDRESSED(to=", ".join(found.to), role=act.role)
    if ask.state == ReceiptState.IMPOSSIBLE and not ask.reason.strip():
        return WHY_IMPOSSIBLE()
    done = next((f for f in state.facts if f.unit == act.unit and f.is_answer), None)
    if done is not None and ask.state == ReceiptState.ACKNOWLEDGED:
        return ALREADY(by=done.name, time=moment_text(done.at, act.at_ms))
    return None


@command("directive.escalate", action="message")
class EscalateDirective(Command):
    """Put on record that a unit was called (`phone`) or that a courier left for it (`courier`).

    Answers with the code that stands on the courier's sheet.
    """

    directive: str
    unit: str
    step: str


@rule(EscalateDirective, load=_load)
def escalate(state: _State, ask: EscalateDirective, act: Act) -> Decision | Refused:
    """A call or a courier is a fact of its own; neither is an acknowledgement."""
    found = state.directive
    if found is None:
        return UNKNOWN()
    if ask.unit not in state.units:
        return NOT_EXPECTED(unit=ask.unit)
    states = {Step.PHONE: Attempt.PHONED, Step.COURIER: Attempt.CARRIED}
    if ask.step not in states:
        return NO_STEP()
    code = courier_code(found.id, ask.unit, found.text) if ask.step == Step.COURIER else ""
    said = DirectiveAnswered(
        state=states[Step(ask.step)], item=found.id, unit=ask.unit, role=act.role, code=code
    )
    return accepted(said, code=code)


@command("directive.return_code", action="message")
class ReturnDirectiveCode(Command):
    """A courier is back with the signed sheet: its code, and the name that stands on it."""

    code: str
    name: str


class _Sheet(msgspec.Struct, frozen=True):
    directive: Directive
    unit: str
    done: ReceiptFact | None


def _sheet(db: Reader, ask: ReturnDirectiveCode, _act: Act) -> _Sheet | None:
    """The sheet that carries this code, of a directive replaced since too: its paper was signed."""
    code, wards = read_code(ask.code), wards_of(db)
    if code is None:
        return None
    for found in directives(db).values():
        for unit in expected_units(found, wards):
            if courier_code(found.id, unit, found.text) == code:
                facts = facts_of(db, RECEIPTS, [found.id])[found.id]
                signed = next((f for f in facts if f.unit == unit and f.is_answer), None)
                return _Sheet(found, unit, signed)
    return None


@rule(ReturnDirectiveCode, load=_sheet)
def return_code(sheet: _Sheet | None, ask: ReturnDirectiveCode, act: Act) -> Decision | Refused:
    """The signed sheet acknowledges for its unit, by the name on it."""
    code = read_code(ask.code)
    if code is None:
        return BAD_CODE()
    if sheet is None:
        return UNKNOWN_CODE()
    if not ask.name.strip():
        return NO_NAME()
    if sheet.done is not None:
        return ALREADY(by=sheet.done.name, time=moment_text(sheet.done.at, act.at_ms))
    said = DirectiveAnswered(
        state=ReceiptState.PAPER, item=sheet.directive.id, unit=sheet.unit, role=act.role,
        name=ask.name.strip()[:TEXT_LIMIT], code=code,
    )  # fmt: skip
    return accepted(said, directive=sheet.directive.id, unit=sheet.unit)
