"""The round: every planned dose of a period with what became of it, and the drugs without a time.

Not for: recording (`administration`).
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from enum import StrEnum

import msgspec

from kit.core.clock import DAY, MINUTE
from kit.core.projection import Reader
from kit.core.quantity import Quantity
from kit.core.query import Asking, Query, Row, answers, query
from kit.core.text import plural_translator, translator
from kit.ward.administration_event import GIVEN, DoseStatus
from kit.ward.claim import Claim, claims_between, match_claims, same_drug, total_24h
from kit.ward.clinical_table import clinical_table
from kit.ward.medication_line import Run, amount_text, medication_line
from kit.ward.prescription import Order, in_force, orders_of
from kit.ward.prescription_event import OrderStatus
from kit.ward.schedule import due_between, slot_key
from kit.ward.standing import disputed_keys
from kit.ward.stay import patients_in

_ = translator("clinical")
ngettext = plural_translator("clinical")

# The last dose of an if-needed drug is looked for this far back.
LOOK_BACK_MS = 7 * DAY


class SlotStatus(StrEnum):
    """What became of a planned dose.

    NOT_KNOWN: it was due before the extract was taken and the extract does not say; CONFLICT: it
    was declared given twice; TO_CHECK: the order could not be read whole.
    """

    PLANNED = "planned"
    LATE = "late"
    GIVEN = "given"
    PARTIAL = "partial"
    OMITTED = "omitted"
    SUSPENDED = "suspended"
    CONFLICT = "conflict"
    NOT_KNOWN = "not_known"
    TO_CHECK = "to_check"


class SlotRow(Row):
    """One planned dose (due: UTC ms, 0 = given but not planned), its order's line, its fate.

    dose: as ordered, where it is coded; at, by, amount, reason: of the claim, if there is one;
    entry: its number; claims: how many.
    """

    patient: str
    prescription: str
    due: int
    status: str
    line: tuple[Run, ...]
    generic: str
    amount: str
    high_alert: bool
    times_proposed: bool
    dose: Quantity | None = None
    doubts: tuple[str, ...] = ()
    at: int = 0
    by: str = ""
    reason: str = ""
    reason_text: str = ""
    entry: int = 0
    claims: int = 0
    src: str = ""


class AsNeededRow(Row):
    """An order without planned times: last dose (UTC ms, 0 none in 7 days), total in 24 h, maximum.

    next_allowed: when its minimum interval ends (UTC ms, 0 none).
    """

    patient: str
    prescription: str
    line: tuple[Run, ...]
    generic: str
    status: str
    high_alert: bool
    last_at: int
    last_by: str
    last_amount: str
    total_24h: str
    max_24h: str
    next_allowed: int
    dose: Quantity | None = None
    doubts: tuple[str, ...] = ()
    src: str = ""


class RoundRow(Row):
    """A patient's round: planned doses by time, the if-needed orders, and the rest.

    unscheduled: orders in force whose times nobody could plan; they are due all the same.
    """

    patient: str
    slots: tuple[SlotRow, ...]
    as_needed: tuple[AsNeededRow, ...]
    unscheduled: tuple[AsNeededRow, ...] = ()


@query("round.slots", action="open_record")
class Round(Query):
    """Planned doses in [since, until) (UTC ms) of one patient or of all in a ward.

    since 0 = four hours ago, until 0 = eight hours ahead.
    """

    patient: str = ""
    ward: str = ""
    since: int = 0
    until: int = 0


@answers(Round)
def round_slots(db: Reader, question: Round, asking: Asking) -> list[RoundRow]:
    """Answer `round.slots`: one row per patient, in order of bed."""
    since = question.since or asking.at_ms - DAY // 6
    until = question.until or asking.at_ms + DAY // 3
    patients = [question.patient] if question.patient else patients_in(db, question.ward)
    found = rounds_of(db, patients, since, until, asking.at_ms)
    return [found[patient] for patient in patients]


def rounds_of(
    db: Reader, patients: list[str], since: int, until: int, now: int
) -> dict[str, RoundRow]:
    """The round of each of these patients; three reads whatever their number."""
    orders: dict[str, list[Order]] = defaultdict(list)
    for order in orders_of(db, patients):
        orders[order.data.patient].append(order)
    claims: dict[str, list[Claim]] = defaultdict(list)
    first, last = min(since, now) - LOOK_BACK_MS, max(until, now) + DAY
    for claim in claims_between(db, patients, first, last):
        claims[claim.patient].append(claim)
    extracts = {
        row[0]: row[1] or row[2] for row in db.rows("select id, extracted, imported from snapshot")
    }
    settled = "select substr(conflict, 6) from settlement where kind='dose' and patient=?"
    period = Period(
        since, until, now, extracts, frozenset(disputed_keys(db, "dose", patients)),
        frozenset(key for patient in patients for (key,) in db.rows(settled, patient)),
    )  # fmt: skip
    return {
        patient: _round(patient, orders[patient], claims[patient], period) for patient in patients
    }


class Period(msgspec.Struct, frozen=True):
    """The window of a round and the present (UTC ms), and when each extract was taken.

    disputed, settled: slots on which kits declared a dose apart, still open or settled by a person.
    """

    since: int
    until: int
    now: int
    extracts: dict[str, int]
    disputed: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()


def _round(patient: str, orders: list[Order], claims: list[Claim], period: Period) -> RoundRow:
    slots = [row for order in orders for row in _order_slots(order, claims, period)]
    known = {order.data.prescription for order in orders}
    slots += [
        _orphan_row(claim)
        for claim in claims
        if claim.prescription not in known and period.since <= claim.at < period.until
    ]
    offered = [order for order in orders if in_force(order, period.now) in _OFFERED]
    untimed = [order for order in offered if not order.data.as_needed and not _plans(order)]
    return RoundRow(
        patient=patient,
        slots=tuple(sorted(slots, key=lambda row: (row.due or row.at, row.generic, row.entry))),
        as_needed=tuple(
            _as_needed(order, claims, period.now) for order in offered if order.data.as_needed
        ),
        unscheduled=tuple(_as_needed(order, claims, period.now) for order in untimed),
    )


def _plans(order: Order) -> bool:
    return order.data.timing is not None and order.data.timing.plans


_OFFERED = (OrderStatus.ACTIVE, OrderStatus.TO_CHECK, OrderStatus.SUSPENDED)


def _order_slots(order: Order, claims: list[Claim], period: Period) -> list[SlotRow]:
    key = order.data.prescription
    own = [claim for claim in claims if claim.prescription == key]
    # A claim at the window's edge may answer a dose just outside it.
    near = clinical_table("lateness")["dose_match_min"] * MINUTE
    dues = _dues(order, period.since - near, period.until + near)
    by_due, loose = match_claims(key, dues, own)
    line = medication_line(order.data)
    rows = [
        _slot_row(order, line, due, by_due.get(due, []), period)
        for due in dues
        if period.since <= due < period.until
    ]
    return rows + [
        _slot_row(order, line, 0, [claim], period) for claim in loose if _in_window(claim, period)
    ]


def _in_window(claim: Claim, period: Period) -> bool:
    """Whether a claim that answers no planned dose here belongs in this window.

    One for a slot planned elsewhere does not; one for a slot that is planned no more does.
    """
    at = claim.due if claim.slot and claim.due else claim.at
    return period.since <= at < period.until


def _dues(order: Order, since: int, until: int) -> list[int]:
    data = order.data
    stopped = order.status == OrderStatus.STOPPED
    last = min(filter(None, (data.stop, order.changed if stopped else 0)), default=0)
    # An order that its source calls stopped, without saying since when, plans nothing.
    unplanned = order.status == OrderStatus.DRAFT or data.as_needed or (stopped and not last)
    if data.timing is None or unplanned:
        return []
    return due_between(data.timing, data.start, last, since, until)


def _orphan_row(claim: Claim) -> SlotRow:
    """A dose on record whose order this kit does not hold: shown, since it was taken."""
    return SlotRow(
        patient=claim.patient, prescription=claim.prescription, due=0, status=_fate([claim]),
        line=(Run(claim.generic or _("Drug not named"), bold=True),), generic=claim.generic,
        amount=amount_text(claim.dose, claim.dose_text), high_alert=False, times_proposed=False,
        doubts=tuple(claim.doubts.split("\n")) if claim.doubts else (), at=claim.at, by=claim.by,
        reason=claim.reason, reason_text=claim.reason_text, entry=claim.n,
        claims=int(claim.status in GIVEN), src=claim.src,
    )  # fmt: skip


def _slot_row(
    order: Order, line: tuple[Run, ...], due: int, claims: list[Claim], period: Period
) -> SlotRow:
    data = order.data
    given = [claim for claim in claims if claim.status in GIVEN]
    claim = given[0] if given else (claims[-1] if claims else None)
    doubts = order.doubts
    if claim and claim.doubts:
        doubts += tuple(claim.doubts.split("\n"))
    return SlotRow(
        patient=data.patient, prescription=data.prescription, due=due,
        status=_slot_fate(slot_key(data.prescription, due), claims, period)
        or _open_status(order, due, period),
        line=line,
        generic=data.generic or data.text,
        amount=_amount(claim, order), high_alert=order.high_alert,
        times_proposed=bool(data.timing and data.timing.assumed), dose=data.dose, doubts=doubts,
        at=claim.at if claim else 0, by=claim.by if claim else "",
        reason=claim.reason if claim else "", reason_text=claim.reason_text if claim else "",
        entry=claim.n if claim else 0, claims=len(given), src=claim.src if claim else data.src,
    )  # fmt: skip


def _amount(claim: Claim | None, order: Order) -> str:
    if claim and (claim.dose or claim.dose_text):
        return amount_text(claim.dose, claim.dose_text)
    return amount_text(order.data.dose, order.data.dose_text)


def _slot_fate(slot: str, claims: list[Claim], period: Period) -> str:
    """A slot in dispute is never offered again, whatever was struck of it meanwhile."""
    if slot in period.disputed:
        return SlotStatus.CONFLICT
    fate = _fate(claims)
    return SlotStatus.GIVEN if fate == SlotStatus.CONFLICT and slot in period.settled else fate


def _fate(claims: list[Claim]) -> str:
    """What the claims on one dose say of it; empty where there is none."""
    given = [claim for claim in claims if claim.status in GIVEN]
    if len(given) > 1:
        return SlotStatus.CONFLICT
    if given:
        return SlotStatus.PARTIAL if given[0].status == DoseStatus.PARTIAL else SlotStatus.GIVEN
    if not claims:
        return ""
    omitted = claims[-1].status == DoseStatus.OMITTED
    return SlotStatus.OMITTED if omitted else SlotStatus.TO_CHECK


def _open_status(order: Order, due: int, period: Period) -> str:
    status = in_force(order, due)
    if status == OrderStatus.SUSPENDED:
        return SlotStatus.SUSPENDED
    if status == OrderStatus.TO_CHECK or order.doubts:
        return SlotStatus.TO_CHECK
    if due < period.extracts.get(order.data.src, 0):
        return SlotStatus.NOT_KNOWN
    late_after = clinical_table("lateness")["dose_late_min"] * MINUTE
    return SlotStatus.LATE if due + late_after < period.now else SlotStatus.PLANNED


def _as_needed(order: Order, claims: list[Claim], now: int) -> AsNeededRow:
    data = order.data
    doses = [claim for claim in same_drug(claims, order) if claim.at <= now]
    last = doses[-1] if doses else None
    unit = data.max_24h.unit if data.max_24h else (data.dose.unit if data.dose else "")
    total: Decimal = total_24h(doses, unit, now)
    interval = data.min_interval_min * MINUTE
    return AsNeededRow(
        patient=data.patient, prescription=data.prescription, line=medication_line(data),
        generic=data.generic or data.text, status=in_force(order, now),
        high_alert=order.high_alert, last_at=last.at if last else 0,
        last_by=last.by if last else "",
        last_amount=amount_text(last.dose, last.dose_text) if last else "",
        total_24h=Quantity(str(total), unit).text() if unit else _doses_24h(doses, now),
        max_24h=data.max_24h.text() if data.max_24h else "",
        next_allowed=last.at + interval if last and interval > 0 else 0, dose=data.dose,
        doubts=order.doubts, src=data.src,
    )  # fmt: skip


def _doses_24h(doses: list[Claim], now: int) -> str:
    """Where no amount can be added up, how many doses were given in 24 h."""
    count = sum(claim.at > now - DAY for claim in doses)
    return ngettext("{n} dose", "{n} doses", count).format(n=count)
