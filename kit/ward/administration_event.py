"""What a claim about a dose is made of: the event that the rules and the round share."""

from __future__ import annotations

from enum import StrEnum

from kit.core.clock import Precision
from kit.core.event import Event, event
from kit.core.quantity import Quantity


class DoseStatus(StrEnum):
    """What happened to a dose. UNKNOWN: a source reported it in a way that could not be read."""

    GIVEN = "given"
    PARTIAL = "partial"
    OMITTED = "omitted"
    UNKNOWN = "unknown"


GIVEN = (DoseStatus.GIVEN, DoseStatus.PARTIAL)


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
    alone: nobody could; confirmed: the warnings that were overridden, with `reason_text`; key: the
    record of the source that this tells, empty if entered here: told anew, it is one dose still.
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
    key: str = ""
