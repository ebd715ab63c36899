"""Prescriptions: orders in force, suspended, stopped; how they are kept and listed.

Orders are immutable; a change is a stop and a new one. Not for: doses given (`administration`),
times (`schedule`), the line's words (`medication_line`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec

from kit.core.clock import HOUR
from kit.core.event import Stamp, event_type
from kit.core.folding import fold
from kit.core.projection import Reader, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query
from kit.ward.clinical_table import clinical_table
from kit.ward.medication_line import Run, medication_line
from kit.ward.prescription_event import (
    OrderStatus,
    PrescriptionRecorded,
    PrescriptionResumed,
    PrescriptionStopped,
    PrescriptionSuspended,
)
from kit.ward.schedule import unclear
from kit.ward.standing import (
    Standing,
    disputable,
    disputed_keys,
    event_of,
    mark,
    stand,
    standing_of,
)

STOPPED_SHOWN_MS = 72 * HOUR
KIND = "order"
"""Orders in what stands (`standing`): acts of people on one order."""

table(
    "prescription",
    """create table prescription(
        prescription text primary key, patient text not null, generic text not null,
        status text not null, start integer not null, stop integer not null,
        changed integer not null, reason text not null, high_alert integer not null,
        as_needed integer not null, src text not null, wall integer not null,
        actor text not null, lam integer not null, n integer not null, record blob not null,
        until integer not null);
    create index prescription_patient on prescription(patient, status)""",
)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PrescriptionRecorded).decode


PRESCRIPTION = disputable(KIND, "prescription", "prescription")


@folds(PrescriptionRecorded, subject=PRESCRIPTION)
def _recorded(db: Writer, stamp: Stamp, data: PrescriptionRecorded) -> None:
    key, record = data.prescription, _encode(data)
    before = db.row("select record from prescription where prescription=?", key)
    db.execute(
        "insert or replace into prescription values(?,?,?,?,?,?,0,?,?,?,?,?,?,?,?,?,0)",
        key, data.patient, fold(data.generic or data.text), data.status, data.start,
        data.stop, data.status_reason, data.high_alert or is_high_alert(data), data.as_needed,
        data.src, stamp.wall, stamp.actor, stamp.lam, stamp.n, record,
    )  # fmt: skip
    if before and data.status == OrderStatus.STOPPED and before[0] != record:
        # A source that calls the order stopped is believed over whoever resumed it before.
        db.execute("update standing set head=0 where kind=? and key=?", KIND, key)
        mark(db, (KIND, key, data.patient), disputed=False)
    _lay_status(db, key)


Change = PrescriptionStopped | PrescriptionSuspended | PrescriptionResumed


def _act(db: Writer, stamp: Stamp, data: Change) -> None:
    until = getattr(data, "until", 0)
    says = {"prescription.stopped": "stopped", "prescription.resumed": "active"}.get(
        event_type(data).name, f"suspended {until}"
    )
    stand(db, (KIND, data.prescription, data.patient), stamp, data, says)
    _lay_status(db, data.prescription)


folds(PrescriptionStopped, subject=PRESCRIPTION)(_act)
folds(PrescriptionSuspended, subject=PRESCRIPTION)(_act)
folds(PrescriptionResumed, subject=PRESCRIPTION)(_act)


class _Change(msgspec.Struct, frozen=True):
    """What acts on an order come to: its status, since when, until when, why."""

    status: str
    changed: int
    until: int = 0
    reason: str = ""


def _lay_status(db: Writer, key: str) -> None:
    """The status that counts: the acts of people that stand, the safest first; else the record's.

    Acts written apart: one that stops counts as a stop, one that suspends as a suspension, until a
    prescriber settles it (sync.md §4.4).
    """
    acts = standing_of(db, KIND, key)
    found = db.row("select record from prescription where prescription=?", key) if acts else None
    if found is None:
        return
    change = _safest(acts, _decode(found[0]))
    db.execute(
        "update prescription set status=?, changed=?, until=?, reason=? where prescription=?",
        change.status, change.changed, change.until, change.reason, key,
    )  # fmt: skip


def _safest(acts: list[Standing], record: PrescriptionRecorded) -> _Change:
    said = [(one, event_of(one)) for one in acts]
    stops = [(act.at or one.wall, act) for one, act in said if one.says == "stopped"]
    if stops:
        at, act = min(stops, key=lambda stop: stop[0])
        return _Change(OrderStatus.STOPPED, at, 0, act.reason)
    pauses = [(act.at or one.wall, act) for one, act in said if one.says.startswith("suspended")]
    if pauses:
        at, act = min(pauses, key=lambda pause: pause[0])
        ends = [act.until for _at, act in pauses]
        return _Change(OrderStatus.SUSPENDED, at, 0 if 0 in ends else max(ends), act.reason)
    checked = OrderStatus.ACTIVE if record.status != OrderStatus.TO_CHECK else record.status
    return _Change(checked, max(act.at or one.wall for one, act in said))


@cache
def _alert_words() -> tuple[str, ...]:
    return tuple(f" {fold(word)}" for word in clinical_table("high_alert")["words"])


def is_high_alert(data: PrescriptionRecorded) -> bool:
    """Whether the hospital's list of high-alert drugs names this one (`data/high_alert.toml`)."""
    names = f" {fold(' '.join((data.generic, data.brand, '' if data.generic else data.text)))}"
    return any(word in names for word in _alert_words())


class Order(msgspec.Struct, frozen=True):
    """An order as the tables have it: the event, its status now, since when and why.

    changed: since when (UTC ms), 0 where its source did not say; until: a suspension's end, or 0.
    """

    data: PrescriptionRecorded
    status: str
    changed: int
    reason: str
    high_alert: bool
    wall: int
    actor: str
    n: int
    until: int = 0

    @property
    def doubts(self) -> tuple[str, ...]:
        """What could not be read of it, the import's doubts and those of its times."""
        timing = self.data.timing
        return self.data.not_understood + (unclear(timing, self.data.start) if timing else ())


_SELECT = """select record, status, changed, reason, high_alert, wall, actor, n, until
    from prescription """


def read_order(db: Reader, prescription: str) -> Order | None:
    """One order, or None."""
    found = db.row(_SELECT + "where prescription=?", prescription)
    return _order(found) if found else None


def orders_of(db: Reader, patients: Iterable[str]) -> list[Order]:
    """All orders of these patients, by patient then by start."""
    wanted = list(patients)
    if not wanted:
        return []
    marks = ",".join("?" * len(wanted))
    rows = db.rows(
        _SELECT + f"where patient in ({marks}) order by patient, start, prescription", *wanted
    )
    return [_order(row) for row in rows]


def _order(row: tuple[Any, ...]) -> Order:
    record, status, changed, reason, high_alert, *rest = row
    return Order(_decode(record), status, changed, reason, bool(high_alert), *rest)


def order_heads(db: Reader, order: Order) -> tuple[int, ...]:
    """The entries that a change of this order replaces: the acts that stand, else its record."""
    acts = standing_of(db, KIND, order.data.prescription)
    return tuple(one.n for one in acts) or (order.n,)


def in_force(order: Order, at_ms: int) -> str:
    """The status that counts at an instant (UTC ms).

    An order past its stop date is stopped; one suspended "until" is in force again from then; one
    stopped or suspended here was still in force before that.
    """
    status = order.status
    if status == OrderStatus.SUSPENDED and order.until and order.until <= at_ms:
        status = OrderStatus.ACTIVE
    if status in (OrderStatus.STOPPED, OrderStatus.SUSPENDED) and at_ms < order.changed:
        status = OrderStatus.ACTIVE
    if status == OrderStatus.ACTIVE and order.data.stop and order.data.stop <= at_ms:
        return OrderStatus.STOPPED
    return status


class PrescriptionRow(Row):
    """One order for a screen or a sheet: its line in runs, status in force, times, source.

    stop, start, prescribed_at, changed: UTC ms or 0. doubts: what could not be read of it.
    times_proposed: the kit proposed the times; disputed: kits changed it apart, a prescriber has to
    settle it; heads: the entries that a change of it names (`seen`).
    """

    prescription: str
    patient: str
    line: tuple[Run, ...]
    text: str
    generic: str
    status: str
    reason: str
    changed: int
    start: int
    stop: int
    prescriber: str
    prescribed_at: int
    indication: str
    high_alert: bool
    as_needed: bool
    own_treatment: bool
    community: bool
    times_proposed: bool
    doubts: tuple[str, ...]
    src: str
    recorded_at: int
    actor: str
    disputed: bool = False
    heads: tuple[int, ...] = ()


@query("prescription.list", action="open_record")
class Prescriptions(Query):
    """A patient's orders: in force first; stopped ones of the last 72 h, or all with `all_past`."""

    patient: str
    all_past: bool = False


@answers(Prescriptions)
def prescriptions(db: Reader, question: Prescriptions, asking: Asking) -> list[PrescriptionRow]:
    """Answer `prescription.list`."""
    orders = orders_of(db, [question.patient])
    disputed = disputed_keys(db, KIND, [question.patient])
    rows = [
        msgspec.structs.replace(
            prescription_row(order, asking.at_ms),
            disputed=order.data.prescription in disputed, heads=order_heads(db, order),
        )
        for order in orders
    ]  # fmt: skip
    since = asking.at_ms - STOPPED_SHOWN_MS
    shown = [row for row in rows if question.all_past or _recent(row, since)]
    return sorted(shown, key=lambda row: (_RANK.get(row.status, 9), row.as_needed, row.generic))


_RANK: dict[str, int] = {
    OrderStatus.TO_CHECK: 0,
    OrderStatus.ACTIVE: 1,
    OrderStatus.SUSPENDED: 2,
    OrderStatus.DRAFT: 3,
    OrderStatus.STOPPED: 4,
}


def _recent(row: PrescriptionRow, since: int) -> bool:
    if row.status != OrderStatus.STOPPED:
        return True
    return max(row.changed, row.stop) >= since


def prescription_row(order: Order, now_ms: int) -> PrescriptionRow:
    """The row of one order at an instant (UTC ms)."""
    data = order.data
    return PrescriptionRow(
        prescription=data.prescription, patient=data.patient, line=medication_line(data),
        text=data.text, generic=data.generic or data.text, status=in_force(order, now_ms),
        reason=order.reason, changed=order.changed, start=data.start, stop=data.stop,
        prescriber=data.prescriber, prescribed_at=data.prescribed_at, indication=data.indication,
        high_alert=order.high_alert, as_needed=data.as_needed, own_treatment=data.own_treatment,
        community=data.community,
        times_proposed=bool(data.timing and data.timing.assumed), doubts=order.doubts,
        src=data.src, recorded_at=order.wall, actor=order.actor,
    )  # fmt: skip
