"""Administrations: a dose given, given in part, or not given; and what must hold before it is signed.

Each planned dose is a slot (`schedule.slot_key`); two claims on one slot are kept and shown, never
merged. Safety rules of ward.md §6: 1, 2, 8, 9, 10, 15. Not for: what is due (`round`).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from kit.core.clock import DAY, MINUTE, Precision, hhmm, span_text
from kit.core.command import (
    N_, Act, Command, Decision, Notice, Outcome, command, rule, sentence,
)  # fmt: skip
from kit.core.errors import Refused
from kit.core.event import Event, Stamp, event
from kit.core.folding import fold
from kit.core.projection import Reader, Writer, folds, table
from kit.core.quantity import Quantity
from kit.ward import correction
from kit.ward.clinical_table import clinical_table
from kit.ward.moment import check_moment, is_late
from kit.ward.prescription import Order, in_force, read_order
from kit.ward.prescription_event import OrderStatus
from kit.ward.schedule import due_between, slot_key

IDENTIFIERS = ("name", "birth_date", "ipp", "wristband", "ins")


class DoseStatus(StrEnum):
    """What happened to a dose. UNKNOWN: a source reported it in a way that could not be read."""

    GIVEN = "given"
    PARTIAL = "partial"
    OMITTED = "omitted"
    UNKNOWN = "unknown"


class OmissionReason(StrEnum):
    """Why a dose was not given: ward.md §4."""

    REFUSED = "refused"
    ABSENT = "absent"
    FASTING = "fasting"
    NOT_AVAILABLE = "not_available"
    CLINICAL_HOLD = "clinical_hold"
    VOMITED = "vomited"
    UNREADABLE = "unreadable"
    OTHER = "other"


@event("administration.recorded")
class AdministrationRecorded(Event):
    """A claim about a dose. due, at: UTC ms (due 0 = not planned); slot: its key, empty if none.

    generic: the drug as the order or the source names it; second: who checked with the author;
    alone: nobody could; confirmed: the warnings that were overridden, with `reason_text`.
    """

    patient: str
    prescription: str = ""
    slot: str = ""
    due: int = 0
    at: int = 0
    status: str = DoseStatus.GIVEN
    generic: str = ""
    dose: Quantity | None = None
    dose_text: str = ""
    route: str = ""
    site: str = ""
    batch: str = ""
    reason: str = ""
    reason_text: str = ""
    identified_by: tuple[str, ...] = ()
    second: str = ""
    alone: bool = False
    confirmed: tuple[str, ...] = ()
    precision: str = Precision.EXACT
    by: str = ""
    not_understood: tuple[str, ...] = ()
    src: str = ""
    paper: str = ""


table(
    "administration",
    """create table administration(
        n integer primary key, patient text not null, prescription text not null,
        slot text not null, due integer not null, at integer not null, status text not null,
        generic text not null, dose text not null, unit text not null, dose_text text not null,
        route text not null, reason text not null, reason_text text not null, second text not null,
        by text not null, wall integer not null, actor text not null, src text not null,
        doubts text not null);
    create index administration_patient on administration(patient, at)""",
)


@folds(AdministrationRecorded)
def _recorded(db: Writer, stamp: Stamp, data: AdministrationRecorded) -> None:
    dose = data.dose or Quantity("", "")
    db.execute(
        "insert or ignore into administration values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        stamp.n, data.patient, data.prescription, data.slot, data.due, data.at, data.status,
        data.generic, dose.value, dose.unit, data.dose_text, data.route, data.reason,
        data.reason_text, data.second, data.by, stamp.wall, stamp.actor, data.src,
        "\n".join(data.not_understood),
    )  # fmt: skip


class Claim(msgspec.Struct, frozen=True):
    """An administration on record that was not struck."""

    n: int
    prescription: str
    slot: str
    due: int
    at: int
    status: str
    generic: str
    dose: Quantity | None
    dose_text: str
    reason: str
    reason_text: str
    second: str
    by: str
    wall: int
    src: str
    doubts: str
    patient: str


CLAIMS = """select a.n, a.prescription, a.slot, a.due, a.at, a.status, a.generic, a.dose, a.unit,
    a.dose_text, a.reason, a.reason_text, a.second, coalesce(nullif(a.by,''), w.name, a.actor),
    a.wall, a.src, a.doubts, a.patient
    from administration a left join struck x on x.n=a.n left join person w on w.id=a.actor
    where x.n is null and a.patient in (%s) and a.at>=? and a.at<? order by a.at, a.n"""


def claims_between(db: Reader, patients: list[str], since: int, until: int) -> list[Claim]:
    """The claims of these patients in [since, until), oldest first; struck ones left out."""
    rows = db.rows(CLAIMS % ",".join("?" * len(patients)), *patients, since, until)
    return [Claim(*row[:7], Quantity(row[7], row[8]) if row[7] else None, *row[9:]) for row in rows]


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
    N_("{drug} was given {ago} ago ({time}, {by}). Check before giving another dose."),
    interrupts=True,
)
INTERVAL = sentence(
    "administration.interval",
    N_("Last dose {ago} ago; the order asks for at least {interval}. Wait, or give a reason."),
    interrupts=True,
)
MAX_24H = sentence(
    "administration.max_24h",
    N_("{total} in 24 h with this dose; the order allows {most}. Ask, or give a reason."),
    interrupts=True,
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


def _load(db: Reader, ask: _DoseCommand, act: Act) -> _State:
    at = ask.at or act.at_ms
    claims = claims_between(db, [ask.patient], min(at, ask.due or at) - DAY, at + DAY)
    second = getattr(ask, "second", "")
    return _State(
        order=read_order(db, ask.prescription),
        claims=[claim for claim in claims if claim.n != ask.corrects],
        target=correction.find_target(db, ask.corrects) if ask.corrects else None,
        second_known=bool(second) and db.row("select 1 from person where id=?", second) is not None,
    )


@rule(GiveDose, load=_load)
def give(state: _State, ask: GiveDose, act: Act) -> Decision | Refused:
    """A dose is signed only on the right chart, an order in force, and with each warning answered."""
    order = state.order
    refused = _check_order(state, ask, act)
    if refused or order is None:
        return refused or UNKNOWN_ORDER()
    if len(set(ask.identified_by) & set(IDENTIFIERS)) < 2:
        return IDENTIFY()
    refused = _first_warning(state, ask, act) or _check_second(state, ask, act)
    if refused:
        return refused
    data = order.data
    dose = ask.dose or data.dose
    given = AdministrationRecorded(
        patient=ask.patient, prescription=ask.prescription, due=ask.due, at=ask.at or act.at_ms,
        slot=slot_key(ask.prescription, ask.due) if ask.due else "",
        status=DoseStatus.PARTIAL if _is_partial(ask.dose, data.dose) else DoseStatus.GIVEN,
        generic=data.generic or data.text, dose=dose, dose_text=ask.dose_text or data.dose_text,
        route=ask.route or data.route, site=ask.site, batch=ask.batch, second=ask.second,
        alone=ask.alone, identified_by=ask.identified_by, confirmed=ask.confirm,
        reason_text=ask.reason_text, precision=ask.precision, paper=ask.paper,
    )  # fmt: skip
    return _decided(state, ask, given, _late_notice(state, ask, act))


@rule(OmitDose, load=_load)
def omit(state: _State, ask: OmitDose, act: Act) -> Decision | Refused:
    """A dose not given has a coded reason; `other` asks for words."""
    order = state.order
    refused = _check_order(state, ask, act)
    if refused or order is None:
        return refused or UNKNOWN_ORDER()
    if ask.reason not in list(OmissionReason):
        return REASON_NEEDED()
    if ask.reason == OmissionReason.OTHER and not ask.reason_text.strip():
        return REASON_NEEDED()
    given = _given_on_slot(state, ask)
    if given:
        return ALREADY_GIVEN(time=hhmm(given.at), by=given.by)
    omitted = AdministrationRecorded(
        patient=ask.patient, prescription=ask.prescription, due=ask.due, at=ask.at or act.at_ms,
        slot=slot_key(ask.prescription, ask.due) if ask.due else "", status=DoseStatus.OMITTED,
        generic=order.data.generic or order.data.text, reason=ask.reason,
        reason_text=ask.reason_text, precision=ask.precision, paper=ask.paper,
    )  # fmt: skip
    notices = (CRITICAL_OMITTED.notice(),) if order.high_alert else ()
    return _decided(state, ask, omitted, notices)


def _decided(
    state: _State, ask: _DoseCommand, recorded: Event, notices: tuple[Notice, ...]
) -> Decision | Refused:
    if not ask.corrects:
        return Decision((Outcome(recorded),), notices)
    refused = correction.check_target(state.target, ask.patient, ask.correction_reason)
    if refused or state.target is None:
        return refused or correction.UNKNOWN_ENTRY()
    outcomes = correction.with_strike(
        state.target, ask.correction_reason, ask.reason_text, recorded
    )
    return Decision(outcomes, notices)


def _check_order(state: _State, ask: _DoseCommand, act: Act) -> Refused | None:
    order = state.order
    if order is None:
        return UNKNOWN_ORDER()
    if order.data.patient != ask.patient:
        return WRONG_PATIENT()
    status = in_force(order, ask.due or ask.at or act.at_ms)
    if status not in (OrderStatus.ACTIVE, OrderStatus.TO_CHECK):
        return NOT_IN_FORCE(status=str(status))
    if ask.due and not _is_planned(order, ask.due):
        return NOT_PLANNED(time=hhmm(ask.due))
    return check_moment(ask.at or act.at_ms, act.at_ms)


def _is_planned(order: Order, due: int) -> bool:
    timing = order.data.timing
    if timing is None:
        return False
    return due in due_between(timing, order.data.start, order.data.stop, due, due + 1)


def _given_on_slot(state: _State, ask: _DoseCommand) -> Claim | None:
    if not ask.due:
        return None
    key = slot_key(ask.prescription, ask.due)
    given = (DoseStatus.GIVEN, DoseStatus.PARTIAL)
    return next(
        (claim for claim in state.claims if claim.slot == key and claim.status in given), None
    )


def _first_warning(state: _State, ask: GiveDose, act: Act) -> Refused | None:
    """The first warning that was not confirmed; a confirmed one needs a reason in words."""
    warnings = (_to_check(state), _twice(state, ask), _recent(state, ask, act),
                _interval(state, ask, act), _over_max(state, ask, act))  # fmt: skip
    standing = [warning for warning in warnings if warning]
    for warning in standing:
        if warning.code not in ask.confirm:
            return warning
    if standing and not ask.reason_text.strip():
        return REASON_NEEDED()
    return None


def _to_check(state: _State) -> Refused | None:
    unclear = state.order is not None and (
        state.order.status == OrderStatus.TO_CHECK or state.order.data.not_understood
    )
    return TO_CHECK() if unclear else None


def _twice(state: _State, ask: GiveDose) -> Refused | None:
    given = _given_on_slot(state, ask)
    return ALREADY_GIVEN(time=hhmm(given.at), by=given.by) if given else None


def same_drug(state_claims: list[Claim], order: Order) -> list[Claim]:
    """The doses really given of the same drug, whatever the order."""
    name = fold(order.data.generic or order.data.text)
    given = (DoseStatus.GIVEN, DoseStatus.PARTIAL)
    return [
        claim
        for claim in state_claims
        if claim.status in given
        and (
            claim.prescription == order.data.prescription or (name and fold(claim.generic) == name)
        )
    ]


def _recent(state: _State, ask: GiveDose, act: Act) -> Refused | None:
    if state.order is None:
        return None
    at = ask.at or act.at_ms
    window = clinical_table("lateness")["dose_recent_min"] * MINUTE
    timing = state.order.data.timing
    if timing and timing.every_min:
        window = min(window, timing.every_min * MINUTE // 2)
    near = [
        claim
        for claim in same_drug(state.claims, state.order)
        if abs(at - claim.at) < window and claim.slot != slot_key(ask.prescription, ask.due)
    ]
    if not near:
        return None
    last = near[-1]
    return RECENT(drug=last.generic, ago=span_text(at - last.at), time=hhmm(last.at), by=last.by)


def _interval(state: _State, ask: GiveDose, act: Act) -> Refused | None:
    order, at = state.order, ask.at or act.at_ms
    if order is None or not order.data.min_interval_min:
        return None
    before = [claim.at for claim in same_drug(state.claims, order) if claim.at <= at]
    least = order.data.min_interval_min * MINUTE
    if before and at - before[-1] < least:
        return INTERVAL(ago=span_text(at - before[-1]), interval=span_text(least))
    return None


def total_24h(claims: list[Claim], unit: str, until: int) -> Decimal:
    """The sum of doses in this unit in the 24 h up to `until` (UTC ms)."""
    total = Decimal(0)
    for claim in claims:
        if until - DAY < claim.at <= until and claim.dose and claim.dose.unit == unit:
            total += claim.dose.number() or 0
    return total


def _over_max(state: _State, ask: GiveDose, act: Act) -> Refused | None:
    order, at = state.order, ask.at or act.at_ms
    if order is None or order.data.max_24h is None:
        return None
    dose, most = ask.dose or order.data.dose, order.data.max_24h
    if dose is None or dose.unit != most.unit:
        return None
    total = total_24h(same_drug(state.claims, order), most.unit, at) + (dose.number() or 0)
    if total > (most.number() or 0):
        return MAX_24H(total=Quantity(str(total), most.unit).text(), most=most.text())
    return None


def _check_second(state: _State, ask: GiveDose, act: Act) -> Refused | None:
    if state.order is None or not state.order.high_alert or ask.alone:
        return None
    return None if state.second_known and ask.second != act.actor else NEEDS_SECOND()


def _is_partial(given: Quantity | None, ordered: Quantity | None) -> bool:
    if given is None or ordered is None or given.unit != ordered.unit:
        return False
    return (given.number() or 0) < (ordered.number() or 0)


def _late_notice(state: _State, ask: GiveDose, act: Act) -> tuple[Notice, ...]:
    order, at = state.order, ask.at or act.at_ms
    if order is None or not is_late(at, act.at_ms):
        return ()
    later = [claim for claim in same_drug(state.claims, order) if claim.at > at]
    if not later:
        return ()
    dose = ask.dose or order.data.dose
    unit = dose.unit if dose else ""
    total = total_24h(same_drug(state.claims, order), unit, act.at_ms)
    if dose and at > act.at_ms - DAY:
        total += dose.number() or 0
    return (LATER_DOSES.notice(count=len(later), total=Quantity(str(total), unit).text()),)
