"""What a prescription is made of: the event that the line formatter and the room share."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from kit.core.event import Event, event
from kit.core.quantity import Quantity
from kit.ward.schedule import Timing


class OrderStatus(StrEnum):
    """Where an order stands. TO_CHECK: its status or a modifier could not be understood."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    DRAFT = "draft"
    TO_CHECK = "to_check"


class Code(msgspec.Struct, frozen=True):
    """A code of the drug in some system (ATC, CIS, UCD, RxNorm …)."""

    system: str
    code: str


@event("prescription.recorded")
class PrescriptionRecorded(Event):
    """An order as its author or its source wrote it.

    text: the original sentence, always kept; dose and max_24h as quantities; start, stop,
    prescribed_at: UTC ms, 0 not given; not_understood: what the import could not read and that may
    change the meaning (then status is TO_CHECK and the line is never shown as normal).
    """

    prescription: str
    patient: str
    text: str = ""
    generic: str = ""
    brand: str = ""
    strength: str = ""
    form: str = ""
    dose: Quantity | None = None
    dose_text: str = ""
    route: str = ""
    timing: Timing | None = None
    frequency_text: str = ""
    as_needed: bool = False
    condition: str = ""
    max_24h: Quantity | None = None
    min_interval_min: int = 0
    start: int = 0
    stop: int = 0
    duration_text: str = ""
    diluent: str = ""
    rate: str = ""
    indication: str = ""
    prescriber: str = ""
    prescribed_at: int = 0
    status: str = OrderStatus.ACTIVE
    status_reason: str = ""
    high_alert: bool = False
    own_treatment: bool = False
    community: bool = False
    codes: tuple[Code, ...] = ()
    not_understood: tuple[str, ...] = ()
    src: str = ""


@event("prescription.stopped")
class PrescriptionStopped(Event):
    """Stopped at `at` (UTC ms) for a reason; stays visible, struck, for 72 h."""

    prescription: str
    patient: str
    at: int
    reason: str = ""


@event("prescription.suspended")
class PrescriptionSuspended(Event):
    """Suspended at `at` (UTC ms) until a person resumes it, or until `until` if not 0."""

    prescription: str
    patient: str
    at: int
    until: int = 0
    reason: str = ""


@event("prescription.resumed")
class PrescriptionResumed(Event):
    """In force again from `at` (UTC ms)."""

    prescription: str
    patient: str
    at: int
