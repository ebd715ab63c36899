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
from kit.core.event import Stamp
from kit.core.folding import fold
from kit.core.projection import Reader, Writer, entity, folds, table
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

STOPPED_SHOWN_MS = 72 * HOUR

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


PRESCRIPTION = entity("prescription", "prescription")


@folds(PrescriptionRecorded, subject=PRESCRIPTION)
def _recorded(db: Writer, stamp: Stamp, data: PrescriptionRecorded) -> None:
    db.execute(
        "insert or replace into prescription values(?,?,?,?,?,?,0,?,?,?,?,?,?,?,?,?,0)",
        data.prescription, data.patient, fold(data.generic or data.text), data.status, data.start,
        data.stop, data.status_reason, data.high_alert or is_high_alert(data), data.as_needed,
        data.src, stamp.wall, stamp.actor, stamp.lam, stamp.n, _encode(data),
    )  # fmt: skip


@folds(PrescriptionStopped, subject=PRESCRIPTION)
def _stopped(db: Writer, stamp: Stamp, data: PrescriptionStopped) -> None:
    _set_status(db, stamp, data.prescription, OrderStatus.STOPPED, (data.at, 0, data.reason))


@folds(PrescriptionSuspended, subject=PRESCRIPTION)
def _suspended(db: Writer, stamp: Stamp, data: PrescriptionSuspended) -> None:
    change = (data.at, data.until, data.reason)
    _set_status(db, stamp, data.prescription, OrderStatus.SUSPENDED, change)


@folds(PrescriptionResumed, subject=PRESCRIPTION)
def _resumed(db: Writer, stamp: Stamp, data: PrescriptionResumed) -> None:
    _set_status(db, stamp, data.prescription, OrderStatus.ACTIVE, (data.at, 0, ""))


def _set_status(
    db: Writer, stamp: Stamp, key: str, status: str, change: tuple[int, int, str]
) -> None:
    at, until, reason = change
    db.execute(
        """update prescription set status=?, changed=?, until=?, reason=?, lam=?
           where prescription=?""",
        status, at or stamp.wall, until, reason, stamp.lam, key,
    )  # fmt: skip


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
    times_proposed: the kit proposed the times.
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


@query("prescription.list", action="open_record")
class Prescriptions(Query):
    """A patient's orders: in force first; stopped ones of the last 72 h, or all with `all_past`."""

    patient: str
    all_past: bool = False


@answers(Prescriptions)
def prescriptions(db: Reader, question: Prescriptions, asking: Asking) -> list[PrescriptionRow]:
    """Answer `prescription.list`."""
    orders = orders_of(db, [question.patient])
    rows = [prescription_row(order, asking.at_ms) for order in orders]
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
