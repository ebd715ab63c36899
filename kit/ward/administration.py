"""Administrations: giving a dose, or not, and what must hold before it is signed.

Each planned dose is a slot (`schedule.slot_key`); two claims on one slot are kept and shown, never
merged. Safety rules of ward.md §6: 1, 2, 8, 9, 10, 15. Not for: what is due (`round`), what is
already on record (`claim`).
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kit.core.clock import DAY, MINUTE, Precision, day_start, hhmm, span_text
from kit.core.command import N_, Act, Command, Decision, Notice, Outcome, command, rule, sentence
from kit.core.errors import Refused
from kit.core.event import Event
from kit.core.projection import Reader
from kit.core.quantity import Quantity, parse_decimal
from kit.core.text import translator
from kit.ward import correction
from kit.ward.administration_event import (
    GIVEN,
    AdministrationRecorded,
    DoseStatus,
    OmissionReason,
)
from kit.ward.claim import Claim, claims_between, claims_on, match_claims, same_drug, total_24h
from kit.ward.clinical_table import clinical_table
from kit.ward.moment import check_moment, is_late
from kit.ward.prescription import Order, in_force, read_order
from kit.ward.prescription_event import OrderStatus
from kit.ward.schedule import due_between, slot_key

__all__ = [
    "AdministrationRecorded",
    "Claim",
    "DoseStatus",
    "GiveDose",
    "OmissionReason",
    "OmitDose",
    "claims_between",
    "same_drug",
    "total_24h",
]

_ = translator("clinical")
IDENTIFIERS = ("name", "birth_date", "ipp", "wristband", "ins")

UNKNOWN_ORDER = sentence(
    "administration.unknown_order",
    N_("This prescription is not in this kit. Nothing was recorded. Open the chart again."),
)
WRONG_PATIENT = sentence(
    "administration.wrong_patient",
    N_("This prescription belongs to another patient. Do not give. Check whose chart is open."),
    interrupts=True,
)
IDENTIFY = sentence(
    "administration.identify",
    N_("Check two identifiers first (name, date of birth, IPP, wristband). A bed is not one."),
)
NOT_IN_FORCE = sentence(
    "administration.not_in_force",
    N_("This prescription is {status}. The dose was not recorded. Ask the prescriber."),
)
TO_CHECK = sentence(
    "administration.to_check",
    N_("Part of this prescription could not be read. Read the original text, then confirm it."),
)
NOT_PLANNED = sentence(
    "administration.not_planned",
    N_("No dose is planned at {time}. Choose a planned time, or record it as unplanned."),
)
ALREADY_GIVEN = sentence(
    "administration.already_given",
    N_("Already given at {time} by {by}. Do not give again. If it really was given twice, say so."),
    interrupts=True,
)
RECENT = sentence(
    "administration.recent_dose",
    N_("{drug} was given at {time} by {by}, {ago} apart. Check before giving another dose."),
    interrupts=True,
)
INTERVAL = sentence(
    "administration.interval",
    N_(
        "Another dose was given at {time}, {ago} apart; the order asks for at least {interval}."
        " Wait, or give a reason."
    ),
    interrupts=True,
)
MAX_24H = sentence(
    "administration.max_24h",
    N_("{total} in 24 h with this dose; the order allows {most}. Ask, or give a reason."),
    interrupts=True,
)
DOSE_UNREADABLE = sentence(
    "administration.dose_unreadable",
    N_("The dose given cannot be read as one number. Nothing was recorded. Type it again."),
)
DOSE_DIFFERS = sentence(
    "administration.dose_differs",
    N_(
        "{given} is more than the order's {ordered}, or cannot be compared with it. Check;"
        " if it is right, confirm with a reason."
    ),
)
EARLY = sentence(
    "administration.early",
    N_(
        "This dose is planned at {time}, {ahead} later. Nothing was recorded. Check that it is the"
        " right one; if it is given early on purpose, confirm with a reason."
    ),
)
NEEDS_SECOND = sentence(
    "administration.needs_second",
    N_("High-alert drug: a second person checks and signs. If you are alone, say so."),
)
REASON_NEEDED = sentence(
    "administration.reason_needed", N_("Say why, then sign. Nothing was recorded yet.")
)
LATER_DOSES = sentence(
    "administration.later_doses",
    N_("Recorded late. Later doses of this drug on record: {count}. Total in 24 h now: {total}."),
)
CRITICAL_OMITTED = sentence(
    "administration.critical_omitted",
    N_("A high-alert drug was not given: call the prescriber, and write who was called."),
)


class _DoseCommand(Command):
    patient: str
    prescription: str
    due: int = 0
    at: int = 0
    precision: str = Precision.EXACT
    reason_text: str = ""
    paper: str = ""
    corrects: int = 0
    correction_reason: str = ""


@command("administration.give", action="record_administration")
class GiveDose(_DoseCommand):
    """Record a dose given. due, at: UTC ms (due 0 = not planned, at 0 = now).

    dose: what was given if not as ordered; identified_by: at least two of IDENTIFIERS; second: a
    person, or alone; confirm: codes of warnings to override (with reason_text); corrects: an entry.
    """

    dose: Quantity | None = None
    dose_text: str = ""
    route: str = ""
    site: str = ""
    batch: str = ""
    identified_by: tuple[str, ...] = ()
    second: str = ""
    alone: bool = False
    confirm: tuple[str, ...] = ()


@command("administration.omit", action="record_administration")
class OmitDose(_DoseCommand):
    """Record a planned dose that was not given, with a coded reason (OmissionReason)."""

    reason: str = ""


class _State(msgspec.Struct, frozen=True):
    order: Order | None
    claims: list[Claim]
    target: correction.Target | None
    second_known: bool
    disputed: Claim | None = None


def _load(db: Reader, ask: _DoseCommand, act: Act) -> _State:
    at = ask.at or act.at_ms
    order = read_order(db, ask.prescription)
    # A minimum interval may be longer than a day (a weekly drug): look back as far as it asks.
    back = max(DAY, order.data.min_interval_min * MINUTE if order else 0)
    slot = slot_key(ask.prescription, ask.due) if ask.due else ""
    due = ask.due or at
    claims = claims_between(db, [ask.patient], min(at, due) - back, max(at, due) + back, slot)
    second = getattr(ask, "second", "")
    return _State(
        order=order,
        claims=[claim for claim in claims if claim.n != ask.corrects],
        target=correction.find_target(db, ask.corrects) if ask.corrects else None,
        disputed=_disputed_on(db, slot),
        second_known=bool(second) and db.row("select 1 from person where id=?", second) is not None,
    )


def _disputed_on(db: Reader, slot: str) -> Claim | None:
    """A dose on record for a slot that is in dispute, even if it was struck meanwhile."""
    if not slot or db.row("select 1 from dispute where kind='dose' and key=?", slot) is None:
        return None
    return next(iter(claims_on(db, slot)), None)


@rule(GiveDose, load=_load)
def give(state: _State, ask: GiveDose, act: Act) -> Decision | Refused:
    """A dose is signed on the right chart, for an order in force, with each warning answered."""
    order = state.order
    refused = _check_order(state, ask, act, _status_to_give)
    if refused or order is None:
        return refused or UNKNOWN_ORDER()
    if len(set(ask.identified_by) & set(IDENTIFIERS)) < 2:
        return IDENTIFY()
    dose = _dose_given(ask, order)
    if isinstance(dose, Refused):
        return dose
    refused = _first_warning(state, ask, act, dose) or _check_second(state, ask, act)
    if refused:
        return refused
    data = order.data
    given = AdministrationRecorded(
        patient=ask.patient, prescription=ask.prescription, due=ask.due, at=ask.at or act.at_ms,
        slot=slot_key(ask.prescription, ask.due) if ask.due else "",
        status=DoseStatus.PARTIAL if _is_partial(dose, data.dose) else DoseStatus.GIVEN,
        generic=data.generic or data.text, dose=dose, dose_text=ask.dose_text or data.dose_text,
        route=ask.route or data.route, site=ask.site, batch=ask.batch, second=ask.second,
        alone=ask.alone, identified_by=ask.identified_by, confirmed=ask.confirm,
        reason_text=ask.reason_text, precision=ask.precision, paper=ask.paper,
    )  # fmt: skip
    return _decided(state, ask, act, given, _late_notice(state, ask, act, dose))


@rule(OmitDose, load=_load)
def omit(state: _State, ask: OmitDose, act: Act) -> Decision | Refused:
    """A dose not given has a coded reason; `other` asks for words."""
    order = state.order
    refused = _check_order(state, ask, act, _status_to_omit) or _check_reason(ask)
    if refused or order is None:
        return refused or UNKNOWN_ORDER()
    given = _given_on_slot(state, ask)
    if given:
        return ALREADY_GIVEN(time=hhmm(given.at), by=_by(given))
    omitted = AdministrationRecorded(
        patient=ask.patient, prescription=ask.prescription, due=ask.due, at=ask.at or act.at_ms,
        slot=slot_key(ask.prescription, ask.due) if ask.due else "", status=DoseStatus.OMITTED,
        generic=order.data.generic or order.data.text, reason=ask.reason,
        reason_text=ask.reason_text, precision=ask.precision, paper=ask.paper,
    )  # fmt: skip
    notices = (CRITICAL_OMITTED.notice(),) if order.high_alert else ()
    return _decided(state, ask, act, omitted, notices)


def _check_reason(ask: OmitDose) -> Refused | None:
    coded = ask.reason in list(OmissionReason)
    said = ask.reason != OmissionReason.OTHER or ask.reason_text.strip()
    return None if coded and said else REASON_NEEDED()


def _decided(
    state: _State, ask: _DoseCommand, act: Act, recorded: Event, notices: tuple[Notice, ...]
) -> Decision | Refused:
    if not ask.corrects:
        return Decision((Outcome(recorded),), notices)
    why = correction.Why(ask.correction_reason, ask.reason_text)
    outcomes = correction.replaced(state.target, why, act, recorded, "administration")
    return outcomes if isinstance(outcomes, Refused) else Decision(outcomes, notices)


def _check_order(
    state: _State, ask: _DoseCommand, act: Act, status_for: Callable[[Order, int, int], str]
) -> Refused | None:
    order, at = state.order, ask.at or act.at_ms
    if order is None:
        return UNKNOWN_ORDER()
    if order.data.patient != ask.patient:
        return WRONG_PATIENT()
    status = status_for(order, ask.due, at)
    if status not in (OrderStatus.ACTIVE, OrderStatus.TO_CHECK):
        return NOT_IN_FORCE(status=str(status))
    if ask.due and not _is_planned(order, ask.due):
        return NOT_PLANNED(time=hhmm(ask.due))
    return check_moment(at, act.at_ms)


def _status_to_give(order: Order, due: int, at: int) -> str:
    """A stop or suspension counts when the dose is given; a course's planned end when it was due.

    The last dose of a course may be given some minutes after its end; a stopped order may not.
    """
    status = in_force(order, at)
    if status == OrderStatus.STOPPED and order.status != OrderStatus.STOPPED and due:
        status = in_force(order, due)
    if not due and order.data.start and day_start(at) < day_start(order.data.start):
        return NOT_STARTED
    return status


def _status_to_omit(order: Order, due: int, at: int) -> str:
    """What was due before a stop may still be recorded as not given after it."""
    return in_force(order, due or at)


NOT_STARTED = "not_started"


def _is_planned(order: Order, due: int) -> bool:
    timing = order.data.timing
    if timing is None:
        return False
    return due in due_between(timing, order.data.start, order.data.stop, due, due + 1)


def _given_on_slot(state: _State, ask: _DoseCommand) -> Claim | None:
    order = state.order
    if not ask.due or order is None or order.data.timing is None:
        return None
    near = clinical_table("lateness")["dose_match_min"] * MINUTE
    start, stop = order.data.start, order.data.stop
    around = (ask.due - near, ask.due + near + 1)
    dues = due_between(order.data.timing, start, stop, *around)
    own = [claim for claim in state.claims if claim.prescription == ask.prescription]
    answered, _loose = match_claims(ask.prescription, dues, own)
    given = (claim for claim in answered.get(ask.due, ()) if claim.status in GIVEN)
    return next(given, state.disputed)


def _dose_given(ask: GiveDose, order: Order) -> Quantity | Refused | None:
    """The dose as ordered, or as typed and read; none where neither is a quantity."""
    ordered = order.data.dose
    if ask.dose is None or ask.dose == ordered:
        return ordered
    number = parse_decimal(ask.dose.value)
    if number is None or number <= 0:
        return DOSE_UNREADABLE()
    return Quantity(format(number, "f"), ask.dose.unit)


def _first_warning(state: _State, ask: GiveDose, act: Act, dose: Quantity | None) -> Refused | None:
    """The first warning that was not confirmed; a confirmed one needs a reason in words."""
    order, at = state.order, ask.at or act.at_ms
    if order is None:
        return UNKNOWN_ORDER()
    drug = same_drug(state.claims, order)
    warnings = (
        TO_CHECK() if order.status == OrderStatus.TO_CHECK or order.doubts else None,
        _twice(state, ask),
        _early(ask, at),
        _recent([claim for claim in drug if not _same_slot(claim, ask)], order, at),
        _interval(drug, order, at),
        _over_max(drug, order, dose, at),
        _differs(dose, order),
    )
    standing = [warning for warning in warnings if warning]
    for warning in standing:
        if warning.code not in ask.confirm:
            return warning
    return REASON_NEEDED() if standing and not ask.reason_text.strip() else None


def _early(ask: GiveDose, at: int) -> Refused | None:
    """A dose far ahead of its time is more often the wrong line than an early dose."""
    limit = clinical_table("lateness")["dose_early_min"] * MINUTE
    if not ask.due or ask.due - at <= limit:
        return None
    return EARLY(time=hhmm(ask.due), ahead=span_text(ask.due - at))


def _same_slot(claim: Claim, ask: GiveDose) -> bool:
    return bool(ask.due) and claim.slot == slot_key(ask.prescription, ask.due)


def _by(claim: Claim) -> str:
    return claim.by or _("somebody not named")


def _twice(state: _State, ask: GiveDose) -> Refused | None:
    given = _given_on_slot(state, ask)
    return ALREADY_GIVEN(time=hhmm(given.at), by=_by(given)) if given else None


def _nearest(claims: list[Claim], at: int) -> Claim | None:
    return min(claims, key=lambda claim: abs(at - claim.at), default=None)


def _recent(others: list[Claim], order: Order, at: int) -> Refused | None:
    window = clinical_table("lateness")["dose_recent_min"] * MINUTE
    timing = order.data.timing
    if timing and timing.every_min > 0:
        window = min(window, timing.every_min * MINUTE // 2)
    last = _nearest(others, at)
    if last is None or abs(at - last.at) >= window:
        return None
    return RECENT(drug=last.generic, ago=span_text(at - last.at), time=hhmm(last.at), by=_by(last))


def _interval(drug: list[Claim], order: Order, at: int) -> Refused | None:
    """Too near another dose, earlier or (this one being entered late) later."""
    least = order.data.min_interval_min * MINUTE
    other = _nearest(drug, at)
    if other is None or abs(at - other.at) >= least:
        return None
    ago, interval = span_text(at - other.at), span_text(least)
    return INTERVAL(time=hhmm(other.at), ago=ago, interval=interval)


def _over_max(drug: list[Claim], order: Order, dose: Quantity | None, at: int) -> Refused | None:
    """More in any 24 h than the order allows: those before this dose, and those it now falls in."""
    most = order.data.max_24h
    if most is None or dose is None or dose.unit != most.unit:
        return None
    ends = [at, *(claim.at for claim in drug if at < claim.at < at + DAY)]
    total = max(total_24h(drug, most.unit, end) for end in ends) + (dose.number() or 0)
    if total <= (most.number() or 0):
        return None
    return MAX_24H(total=Quantity(str(total), most.unit).text(), most=most.text())


def _differs(dose: Quantity | None, order: Order) -> Refused | None:
    """More than ordered, or in another unit; less is a partial dose and allowed."""
    ordered = order.data.dose
    if dose is None or ordered is None or dose == ordered:
        return None
    if dose.unit == ordered.unit and (dose.number() or 0) <= (ordered.number() or 0):
        return None
    return DOSE_DIFFERS(given=dose.text(), ordered=ordered.text())


def _check_second(state: _State, ask: GiveDose, act: Act) -> Refused | None:
    if state.order is None or not state.order.high_alert or ask.alone:
        return None
    return None if state.second_known and ask.second != act.actor else NEEDS_SECOND()


def _is_partial(given: Quantity | None, ordered: Quantity | None) -> bool:
    if given is None or ordered is None or given.unit != ordered.unit:
        return False
    return (given.number() or 0) < (ordered.number() or 0)


def _late_notice(
    state: _State, ask: GiveDose, act: Act, dose: Quantity | None
) -> tuple[Notice, ...]:
    order, at = state.order, ask.at or act.at_ms
    if order is None or not is_late(at, act.at_ms):
        return ()
    drug = same_drug(state.claims, order)
    later = [claim for claim in drug if claim.at > at]
    if not later:
        return ()
    total = _("not computed")
    if dose:
        sum_24h = total_24h(drug, dose.unit, act.at_ms)
        sum_24h += (dose.number() or 0) if at > act.at_ms - DAY else 0
        total = Quantity(str(sum_24h), dose.unit).text()
    return (LATER_DOSES.notice(count=len(later), total=total),)
