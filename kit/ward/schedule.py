"""When a prescription is due: from its timing to planned instants, and the key that all kits share.

A slot is `prescription@minute` (UTC minutes since 1970), so two kits that record the same planned
dose meet in one slot. Times that the source did not give are proposed from the hospital's table
and marked as proposed. Not for: what was given (`administration`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from kit.core.clock import DAY, MINUTE, local, local_instant
from kit.ward.clinical_table import clinical_table


class Timing(msgspec.Struct, frozen=True, omit_defaults=True):
    """When doses are planned.

    times: hospital wall times `HH:MM`; days: ISO weekdays 1–7, empty = each day; every_min: a
    fixed interval from `anchor` (UTC ms); every_days: with times, each n-th day from `anchor`; at:
    explicit instants (UTC ms); frequency per period_min: what the source said where it gave no
    times; assumed: the times were proposed by the kit.
    """

    times: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    every_min: int = 0
    every_days: int = 0
    anchor: int = 0
    at: tuple[int, ...] = ()
    frequency: int = 0
    period_min: int = 0
    assumed: bool = False

    @property
    def plans(self) -> bool:
        """Whether any instant can be planned from it."""
        return bool(self.times or self.every_min or self.at)


def proposed(frequency: int, period_min: int) -> Timing:
    """The hospital's usual times for "n times per period"; no times where the table has none."""
    times: tuple[str, ...] = ()
    if period_min == 24 * 60:
        times = tuple(clinical_table("dose_times")["per_day"].get(str(frequency), ()))
    elif frequency == 1 and period_min and (24 * 60) % period_min == 0 and period_min < 24 * 60:
        times = tuple(clinical_table("dose_times")["per_day"].get(str(24 * 60 // period_min), ()))
    return Timing(times=times, frequency=frequency, period_min=period_min, assumed=bool(times))


def slot_key(prescription: str, due_ms: int) -> str:
    """The name of a planned dose, the same on each kit."""
    return f"{prescription}@{due_ms // MINUTE}"


def due_between(timing: Timing, start: int, stop: int, since: int, until: int) -> list[int]:
    """Planned instants (UTC ms) in [since, until) of a prescription in force in [start, stop).

    start and stop: UTC ms, 0 = open. At most 400 are made.
    """
    low = max(since, start)
    high = min(until, stop) if stop else until
    if low >= high:
        return []
    found = set(timing.at)
    if timing.every_min:
        found.update(_by_interval(timing, start, low, high))
    elif timing.times:
        found.update(_by_times(timing, start, low, high))
    return sorted(at for at in found if low <= at < high)[:400]


def _by_interval(timing: Timing, start: int, low: int, high: int) -> Iterator[int]:
    step = timing.every_min * MINUTE
    anchor = timing.anchor or start
    first = anchor + max(0, -(-(low - anchor) // step)) * step
    yield from range(first, min(high, first + 400 * step), step)


def _by_times(timing: Timing, start: int, low: int, high: int) -> Iterator[int]:
    day = local(low).date()
    last = local(min(high, low + 60 * DAY)).date()
    origin = local(timing.anchor or start).date() if (timing.anchor or start) else day
    while day <= last:
        skipped = timing.every_days > 1 and (day - origin).days % timing.every_days != 0
        if not skipped and (not timing.days or day.isoweekday() in timing.days):
            for text in timing.times:
                hour, _, minute = text.partition(":")
                yield local_instant(day.year, day.month, day.day, int(hour), int(minute or 0))
        day += timedelta(days=1)
