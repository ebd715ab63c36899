"""When an act happened, as a person declares it: what is late, what cannot be.

Limits are ward.md §4 (late: more than 15 minutes between the act and its recording). Not for:
the clock's own quality (`kit.core.clock`).
"""

from __future__ import annotations

from kit.core.clock import MINUTE
from kit.core.command import N_, sentence
from kit.core.errors import Refused
from kit.ward.clinical_table import clinical_table

FUTURE = sentence(
    "act.in_future",
    N_(
        "The time given is in the future. Nothing was recorded. Check the time, or the kit's clock."
    ),
)


def is_late(at_ms: int, recorded_ms: int) -> bool:
    """Whether an act was written down later than the table allows before it counts as late."""
    return bool(recorded_ms - at_ms > clinical_table("lateness")["late_entry_min"] * MINUTE)


def check_moment(at_ms: int, now_ms: int) -> Refused | None:
    """A refusal for an act that would lie in the future, beyond the allowance for clocks."""
    allowance = clinical_table("lateness")["future_allowance_min"] * MINUTE
    return FUTURE() if at_ms > now_ms + allowance else None
