"""Stopping, suspending and resuming an order: what a prescriber may ask, and the rule.

Each act names the entries that the prescriber's screen showed, so that acts written apart on two
kits are known to be so and not guessed from clocks. Not for: what acts come to (`prescription`).
"""

from __future__ import annotations

import msgspec

from kit.core.command import N_, Act, Command, Decision, accepted, command, rule, sentence
from kit.core.envelope import BASE_LIMIT
from kit.core.errors import Refused
from kit.core.event import Event
from kit.core.projection import Reader
from kit.ward.moment import check_moment
from kit.ward.prescription import Order, order_heads, read_order
from kit.ward.prescription_event import (
    OrderStatus,
    PrescriptionResumed,
    PrescriptionStopped,
    PrescriptionSuspended,
)

UNKNOWN_ORDER = sentence(
    "prescription.unknown_order",
    N_("This prescription is not in this kit. Nothing was changed. Open the chart again."),
)
WRONG_PATIENT = sentence(
    "prescription.wrong_patient",
    N_("This prescription belongs to another patient. Nothing was changed. Check the chart."),
)
CHANGED = sentence(
    "prescription.changed_meanwhile",
    N_("This prescription has changed since your screen showed it. Read it again, then sign."),
)
REASON_NEEDED = sentence(
    "prescription.reason_needed", N_("Say why, then sign. The prescription was not changed.")
)
ALREADY = sentence(
    "prescription.already", N_("This prescription is already {status}. Nothing was changed.")
)
NOT_SUSPENDED = sentence(
    "prescription.not_suspended",
    N_("Only a suspended prescription is resumed; this one is {status}. Prescribe it anew."),
)
ENDS_BEFORE = sentence(
    "prescription.ends_before_it_begins",
    N_("The suspension would end before it begins. Nothing was changed. Check the times."),
)


class _OrderCommand(Command):
    """prescription, patient; at: UTC ms, 0 = now; seen: `heads` of the row that was on screen."""

    patient: str
    prescription: str
    at: int = 0
    seen: tuple[int, ...] = ()


@command("prescription.stop", action="prescribe")
class StopPrescription(_OrderCommand, kw_only=True):
    """Stop an order for good, with a reason; it stays in view, struck."""

    reason: str


@command("prescription.suspend", action="prescribe")
class SuspendPrescription(_OrderCommand, kw_only=True):
    """Suspend an order with a reason, until somebody resumes it or until `until` (UTC ms)."""

    reason: str
    until: int = 0


@command("prescription.resume", action="prescribe")
class ResumePrescription(_OrderCommand, kw_only=True):
    """Put a suspended order in force again."""


class _State(msgspec.Struct, frozen=True):
    order: Order | None
    heads: tuple[int, ...]


def _load(db: Reader, ask: _OrderCommand, _act: Act) -> _State:
    order = read_order(db, ask.prescription)
    return _State(order, order_heads(db, order) if order else ())


def _check(state: _State, ask: _OrderCommand, act: Act) -> Refused | None:
    if state.order is None:
        return UNKNOWN_ORDER()
    if state.order.data.patient != ask.patient:
        return WRONG_PATIENT()
    if ask.seen and set(ask.seen) != set(state.heads):
        return CHANGED()
    return check_moment(ask.at or act.at_ms, act.at_ms)


def _accepted(state: _State, event: Event) -> Decision:
    return accepted(event, base=state.heads[:BASE_LIMIT])


def _status(state: _State) -> str:
    return state.order.status if state.order else ""


@rule(StopPrescription, load=_load)
def stop(state: _State, ask: StopPrescription, act: Act) -> Decision | Refused:
    """An order is stopped once, with a reason; a stop in dispute may be confirmed by another."""
    refused = _check(state, ask, act)
    if refused:
        return refused
    if _status(state) == OrderStatus.STOPPED and len(state.heads) < 2:
        return ALREADY(status=_status(state))
    if not ask.reason.strip():
        return REASON_NEEDED()
    return _accepted(state, PrescriptionStopped(
        prescription=ask.prescription, patient=ask.patient, at=ask.at or act.at_ms,
        reason=ask.reason.strip(),
    ))  # fmt: skip


@rule(SuspendPrescription, load=_load)
def suspend(state: _State, ask: SuspendPrescription, act: Act) -> Decision | Refused:
    """An order in force is suspended, with a reason."""
    refused = _check(state, ask, act)
    if refused:
        return refused
    if _status(state) in (OrderStatus.STOPPED, OrderStatus.SUSPENDED):
        return ALREADY(status=_status(state))
    if not ask.reason.strip():
        return REASON_NEEDED()
    at = ask.at or act.at_ms
    if ask.until and ask.until <= at:
        return ENDS_BEFORE()
    return _accepted(state, PrescriptionSuspended(
        prescription=ask.prescription, patient=ask.patient, at=at, until=ask.until,
        reason=ask.reason.strip(),
    ))  # fmt: skip


@rule(ResumePrescription, load=_load)
def resume(state: _State, ask: ResumePrescription, act: Act) -> Decision | Refused:
    """Only a suspended order is resumed; a stopped one is prescribed anew."""
    refused = _check(state, ask, act)
    if refused:
        return refused
    if _status(state) != OrderStatus.SUSPENDED:
        return NOT_SUSPENDED(status=_status(state))
    return _accepted(state, PrescriptionResumed(
        prescription=ask.prescription, patient=ask.patient, at=ask.at or act.at_ms
    ))  # fmt: skip
