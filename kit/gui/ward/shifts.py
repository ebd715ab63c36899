"""The shifts of the ward: which one an instant is in, the next and the one before.

Not for: who works in them. Starts come from `data/shifts.toml`, which the hospital edits.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from kit.core.clock import DAY, HOUR, day_start, hhmm, local, local_instant


@dataclass(frozen=True, slots=True)
class Shift:
    """From `since` up to, not with, `until`; UTC ms."""

    since: int
    until: int

    def text(self) -> str:
        """`06:00–14:00`, with the day where it is not obvious."""
        return f"{hhmm(self.since)}–{hhmm(self.until)}"

    def hours(self) -> list[int]:
        """The instants at which its hours begin."""
        return list(range(self.since, self.until, HOUR))


@cache
def shift_table() -> dict[str, Any]:
    """`data/shifts.toml`."""
    text = (resources.files("kit.gui") / "data" / "shifts.toml").read_text("utf-8")
    return tomllib.loads(text)


def shift_at(at_ms: int) -> Shift:
    """The shift that holds this instant."""
    starts = [start for day in (at_ms - DAY, at_ms, at_ms + DAY) for start in _starts_of(day)]
    since = max(start for start in starts if start <= at_ms)
    until = min(start for start in starts if start > at_ms)
    return Shift(since, until)


def next_shift(shift: Shift) -> Shift:
    """The one that follows."""
    return shift_at(shift.until)


def shift_before(shift: Shift) -> Shift:
    """The one before."""
    return shift_at(shift.since - 1)


def _starts_of(day_ms: int) -> list[int]:
    day = local(day_start(day_ms))
    made = []
    for text in shift_table()["starts"]:
        hour, _colon, minute = str(text).partition(":")
        made.append(local_instant(day.year, day.month, day.day, int(hour), int(minute or 0)))
    return made
