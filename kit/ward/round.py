"""The round: every planned dose of a period with what became of it, and the if-needed drugs.

Not for: recording (`administration`).
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from enum import StrEnum

from kit.core.clock import DAY, MINUTE
from kit.core.projection import Reader
from kit.core.quantity import Quantity
from kit.core.query import Asking, Query, Row, answers, query
from kit.ward.administration import Claim, DoseStatus, claims_between, same_drug, total_24h
from kit.ward.clinical_table import clinical_table
from kit.ward.medication_line import Run, amount_text, medication_line
from kit.ward.prescription import Order, in_force, orders_of
from kit.ward.prescription_event import OrderStatus
from kit.ward.schedule import due_between, slot_key


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

    at, by, amount, reason: of the claim, if there is one; entry: its number; claims: how many.
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
    doubts: tuple[str, ...] = ()
    at: int = 0
    by: str = ""
    reason: str = ""
    reason_text: str = ""
    entry: int = 0
    claims: int = 0
    src: str = ""


class AsNeededRow(Row):
    """One if-needed order: last dose (UTC ms, 0 none), total given in 24 h, what the order allows."""

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
    doubts: tuple[str, ...] = ()
    src: str = ""


class RoundRow(Row):
    """A patient's round: planned doses by time, then the if-needed orders."""

    patient: str
    slots: tuple[SlotRow, ...]
    as_needed: tuple[AsNeededRow, ...]


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
    if question.patient:
        patients = [question.patient]
    else:
        rows = db.rows(
            "select patient from stay where ward=? and closed=0 order by bed, patient",
            question.ward,
        )
        patients = [row[0] for row in rows]
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
    for claim in claims_between(db, patients, min(since, now) - DAY, max(until, now) + DAY):
        claims[claim.patient].append(claim)
    extracts = {
        row[0]: row[1] or row[2] for row in db.rows("select id, extracted, imported from snapshot")
    }
    return {
        patient: RoundRow(
            patient=patient,
            slots=tuple(_slots(orders[patient], claims[patient], extracts, (since, until, now))),
            as_needed=tuple(
                _as_needed(order, claims[patient], now)
                for order in orders[patient]
                if order.data.as_needed and in_force(order, now) in _OFFERED
            ),
        )
        for patient in patients
    }


_OFFERED = (OrderStatus.ACTIVE, OrderStatus.TO_CHECK, OrderStatus.SUSPENDED)


def _slots(
    orders: list[Order], claims: list[Claim], extracts: dict[str, int], period: tuple[int, int, int]
) -> list[SlotRow]:
    since, until, now = period
    rows: list[SlotRow] = []
    for order in orders:
        own = [claim for claim in claims if claim.prescription == order.data.prescription]
        rows += _order_slots(order, own, extracts, (since, until, now))
    return sorted(rows, key=lambda row: (row.due or row.at, row.generic, row.prescription))


def _order_slots(
    order: Order, own: list[Claim], extracts: dict[str, int], period: tuple[int, int, int]
) -> list[SlotRow]:
    since, until, now = period
    data = order.data
    dues: list[int] = []
    stopped = order.status == OrderStatus.STOPPED
    last = min(filter(None, (data.stop, order.changed if stopped else 0)), default=0)
    # An order that its source calls stopped, without saying since when, plans nothing.
    unplanned = order.status == OrderStatus.DRAFT or data.as_needed or (stopped and not last)
    if data.timing and not unplanned:
        dues = due_between(data.timing, data.start, last, since, until)
    by_slot, loose = _match(data.prescription, dues, own)
    rows = [
        _slot_row(order, due, by_slot.get(due, []), extracts.get(data.src, 0), now) for due in dues
    ]
    rows += [_slot_row(order, 0, [claim], 0, now) for claim in loose if since <= claim.at < until]
    return rows


def _match(
    prescription: str, dues: list[int], own: list[Claim]
) -> tuple[dict[int, list[Claim]], list[Claim]]:
    """Claims by planned instant: by their slot, else the nearest free one close enough."""
    keys = {slot_key(prescription, due): due for due in dues}
    near = clinical_table("lateness")["dose_match_min"] * MINUTE
    by_slot: dict[int, list[Claim]] = defaultdict(list)
    loose: list[Claim] = []
    for claim in own:
        if claim.slot in keys:
            by_slot[keys[claim.slot]].append(claim)
    for claim in own:
        if claim.slot:
            continue
        free = [due for due in dues if due not in by_slot and abs(due - claim.at) <= near]
        if free:
            by_slot[min(free, key=lambda due: abs(due - claim.at))].append(claim)
        else:
            loose.append(claim)
    return by_slot, loose


def _slot_row(order: Order, due: int, claims: list[Claim], extracted: int, now: int) -> SlotRow:
    data = order.data
    given = [claim for claim in claims if claim.status in (DoseStatus.GIVEN, DoseStatus.PARTIAL)]
    claim = given[0] if given else (claims[-1] if claims else None)
    return SlotRow(
        patient=data.patient, prescription=data.prescription, due=due,
        status=_status(order, due, claims, extracted, now), line=medication_line(data),
        generic=data.generic or data.text,
        amount=_amount(claim, order), high_alert=order.high_alert,
        times_proposed=bool(data.timing and data.timing.assumed), doubts=data.not_understood,
        at=claim.at if claim else 0, by=claim.by if claim else "",
        reason=claim.reason if claim else "", reason_text=claim.reason_text if claim else "",
        entry=claim.n if claim else 0, claims=len(given), src=claim.src if claim else data.src,
    )  # fmt: skip


def _amount(claim: Claim | None, order: Order) -> str:
    if claim and (claim.dose or claim.dose_text):
        return amount_text(claim.dose, claim.dose_text)
    return amount_text(order.data.dose, order.data.dose_text)


def _status(order: Order, due: int, claims: list[Claim], extracted: int, now: int) -> str:
    given = [claim for claim in claims if claim.status in (DoseStatus.GIVEN, DoseStatus.PARTIAL)]
    if len(given) > 1:
        return SlotStatus.CONFLICT
    if given:
        return SlotStatus.PARTIAL if given[0].status == DoseStatus.PARTIAL else SlotStatus.GIVEN
    if claims:
        return (
            SlotStatus.OMITTED if claims[-1].status == DoseStatus.OMITTED else SlotStatus.TO_CHECK
        )
    return _open_status(order, due, extracted, now)


def _open_status(order: Order, due: int, extracted: int, now: int) -> str:
    status = in_force(order, due)
    if status == OrderStatus.SUSPENDED:
        return SlotStatus.SUSPENDED
    if status == OrderStatus.TO_CHECK or order.data.not_understood:
        return SlotStatus.TO_CHECK
    if due < extracted:
        return SlotStatus.NOT_KNOWN
    late_after = clinical_table("lateness")["dose_late_min"] * MINUTE
    return SlotStatus.LATE if due + late_after < now else SlotStatus.PLANNED


def _as_needed(order: Order, claims: list[Claim], now: int) -> AsNeededRow:
    data = order.data
    doses = [claim for claim in same_drug(claims, order) if claim.at <= now]
    last = doses[-1] if doses else None
    unit = data.max_24h.unit if data.max_24h else (data.dose.unit if data.dose else "")
    total: Decimal = total_24h(doses, unit, now)
    return AsNeededRow(
        patient=data.patient, prescription=data.prescription, line=medication_line(data),
        generic=data.generic or data.text, status=in_force(order, now),
        high_alert=order.high_alert, last_at=last.at if last else 0,
        last_by=last.by if last else "",
        last_amount=amount_text(last.dose, last.dose_text) if last else "",
        total_24h=Quantity(str(total), unit).text() if unit else str(len(doses)),
        max_24h=data.max_24h.text() if data.max_24h else "",
        next_allowed=last.at + data.min_interval_min * MINUTE if last and data.min_interval_min else 0,
        doubts=data.not_understood, src=data.src,
    )  # fmt: skip
