"""Acknowledging: by a named person, with a read-back; by phone; by the code of a courier's sheet.

Not for: what a kit says by itself (`kit.node.delivery`), how it all reads (`thread`).
"""

from __future__ import annotations

import msgspec

from kit.core.address import answers_for, parse_addresses
from kit.core.clock import DAY, moment_text
from kit.core.command import N_, Act, Command, Decision, Outcome, accepted, command, rule, sentence
from kit.core.courier_code import courier_code, read_code
from kit.core.errors import Refused
from kit.core.projection import Reader
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
from kit.core.receipt import Attempt, ReceiptFact, ReceiptState, facts_of, same_value
from kit.core.urgency import Step, stand_ins
from kit.messages.channel import find_channel, wards_of
from kit.messages.message import address_names, expected_units
from kit.messages.record import (
    RECEIPTS,
    Message,
    MessageAnswered,
    find_message,
    messages_where,
)

LOOK_BACK_MS = 30 * DAY
"""A sheet that comes back later than this is read by a person, not by its code."""
READBACK_LIMIT = 200

UNKNOWN = sentence("message.unknown", N_("This message is not on this kit. Nothing was recorded."))


@command("message.acknowledge", action="message")
class AcknowledgeMessage(Command):
    """Sign for a message, for this kit's unit. readback: the value that was asked for, as typed.

    A read-back that is wrong is recorded as such and answered with `acknowledged: false` and the
    notice `receipt.misread`; one that is right with `acknowledged: true`.
    """

    message: str
    readback: str = ""


class _State(msgspec.Struct, frozen=True):
    message: Message | None
    facts: tuple[ReceiptFact, ...] = ()
    wards: dict[str, str] = {}


def _load(db: Reader, ask: AcknowledgeMessage | EscalateMessage, act: Act) -> _State:
    message, wards = find_message(db, ask.message), wards_of(db)
    channel = find_channel(message.room, wards) if message else None
    if message is None or channel is None or not channel.is_shown_to(act.role, act.unit):
        return _State(None)
    return _State(message, tuple(facts_of(db, RECEIPTS, [message.id])[message.id]), wards)


@rule(AcknowledgeMessage, load=_load)
def acknowledge(state: _State, ask: AcknowledgeMessage, act: Act) -> Decision | Refused:
    """One named person per unit; the value read back must be the one that was sent."""
    message = state.message
    if message is None:
        return UNKNOWN()
    if not answers_for(parse_addresses(message.to), act.role, act.unit, stand_ins()):
        names = address_names(message.to, state.wards)
        return NOT_ADDRESSED(to=", ".join(names), role=act.role)
    done = _answered(state.facts, act.unit)
    if done is not None:
        return ALREADY(by=done.name, time=moment_text(done.at, act.at_ms))
    typed = ask.readback.strip()[:READBACK_LIMIT]
    if message.ask and not typed:
        return READBACK_NEEDED(ask=message.ask)
    right = not (message.ask and message.expects) or same_value(typed, message.expects)
    said = MessageAnswered(
        room=message.room, item=message.id, unit=act.unit, kit=act.kit, role=act.role,
        state=ReceiptState.ACKNOWLEDGED if right else Attempt.MISREAD, readback=typed,
    )  # fmt: skip
    if right:
        return accepted(said, acknowledged=True)
    return Decision((Outcome(said),), (MISREAD.notice(),), {"acknowledged": False})


def _answered(facts: tuple[ReceiptFact, ...], unit: str) -> ReceiptFact | None:
    return next((f for f in facts if f.unit == unit and f.is_answer), None)


@command("message.escalate", action="message")
class EscalateMessage(Command):
    """Put on record that a unit was called (`phone`) or that a courier left for it (`courier`).

    Answers with the code that stands on the courier's sheet.
    """

    message: str
    unit: str
    step: str


@rule(EscalateMessage, load=_load)
def escalate(state: _State, ask: EscalateMessage, act: Act) -> Decision | Refused:
    """A call or a courier is a fact of its own; neither is an acknowledgement."""
    message = state.message
    if message is None:
        return UNKNOWN()
    if ask.unit not in expected_units(message, state.wards):
        return NOT_EXPECTED(unit=ask.unit)
    states = {Step.PHONE: Attempt.PHONED, Step.COURIER: Attempt.CARRIED}
    if ask.step not in states:
        return NO_STEP()
    code = courier_code(message.id, ask.unit, message.text) if ask.step == Step.COURIER else ""
    said = MessageAnswered(
        room=message.room, item=message.id, unit=ask.unit, role=act.role,
        state=states[Step(ask.step)], code=code,
    )  # fmt: skip
    return accepted(said, code=code)


@command("message.return_code", action="message")
class ReturnMessageCode(Command):
    """A courier is back with the signed sheet: its code, and the name that stands on it."""

    code: str
    name: str


class _Sheet(msgspec.Struct, frozen=True):
    message: Message
    unit: str
    done: ReceiptFact | None


def _sheet(db: Reader, ask: ReturnMessageCode, act: Act) -> _Sheet | None:
    """The sheet that carries this code: nothing is looked up, each open one is computed again."""
    code, wards = read_code(ask.code), wards_of(db)
    if code is None:
        return None
    since = act.at_ms - LOOK_BACK_MS
    found = messages_where(db, "m.needs_ack=1 and m.at>=? order by m.lam desc limit 2000", since)
    for message in found:
        for unit in expected_units(message, wards):
            if courier_code(message.id, unit, message.text) == code:
                facts = tuple(facts_of(db, RECEIPTS, [message.id])[message.id])
                return _Sheet(message, unit, _answered(facts, unit))
    return None


@rule(ReturnMessageCode, load=_sheet)
def return_code(sheet: _Sheet | None, ask: ReturnMessageCode, act: Act) -> Decision | Refused:
    """The signed sheet acknowledges for its unit, by the name on it."""
    if read_code(ask.code) is None:
        return BAD_CODE()
    if sheet is None:
        return UNKNOWN_CODE()
    if not ask.name.strip():
        return NO_NAME()
    if sheet.done is not None:
        return ALREADY(by=sheet.done.name, time=moment_text(sheet.done.at, act.at_ms))
    said = MessageAnswered(
        room=sheet.message.room, item=sheet.message.id, unit=sheet.unit, role=act.role,
        state=ReceiptState.PAPER, name=ask.name.strip()[:READBACK_LIMIT],
        code=read_code(ask.code) or "",
    )  # fmt: skip
    return accepted(said, message=sheet.message.id, unit=sheet.unit)
