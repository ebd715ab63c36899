"""When a prescription is due: from its timing to planned instants, and the key that all kits share.

A slot is `prescription@minute` (UTC minutes since 1970), so two kits that record the same planned
dose meet in one slot. Times that the source did not give are proposed from the hospital's table
and marked as proposed. Not for: what was given (`administration`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import msgspec

from kit.core.clock import DAY, MINUTE, local, local_instant
from kit.core.quantity import NBSP
from kit.core.text import translator
from kit.ward.clinical_table import clinical_table

_ = translator("clinical")

MOST_SLOTS = 400
_CLOCK = re.compile(r"(\d{1,2})(?:[hH]|[:hH](\d\d)(?::\d\d)?)", re.ASCII)
# Where nothing tells when an interval began: deterministic, and `unclear` names it.
_ORIGIN = local_instant(1970, 1, 1)


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
        return bool(any(clock_time(text) for text in self.times) or self.every_min > 0 or self.at)


def clock_time(text: str) -> tuple[int, int] | None:
    """(hour, minute) of `08:00`, `8h`, `8h30`; (24, 0) is midnight at the day's end; else None."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return (hour, minute) if (hour < 24 and minute < 60) or (hour, minute) == (24, 0) else None


def unclear(timing: Timing, start: int) -> tuple[str, ...]:
    """Parts of a timing from which no certain instant follows, as its source wrote them.

    start: when the order begins (UTC ms, 0 unknown). An order with such parts is to be checked.
    """
    parts = [text for text in timing.times if clock_time(text) is None]
    parts += [_("weekday {n}").format(n=day) for day in timing.days if not 1 <= day <= 7]
    began = timing.anchor or start
    if timing.every_min < 0 or (timing.every_min and not began):
        parts.append(_("every {span}").format(span=f"{timing.every_min}{NBSP}min"))
    if timing.every_days > 1 and not began:
        parts.append(_("every {n} days").format(n=timing.every_days))
    return tuple(parts)


def proposed(frequency: int, period_min: int) -> Timing:
    """The hospital's usual times for "n times per period"; no times where the table has none."""
    times: tuple[str, ...] = ()
    if period_min == 24 * 60:
        times = tuple(clinical_table("dose_times")["per_day"].get(str(frequency), ()))
    elif frequency == 1 and period_min > 0 and (24 * 60) % period_min == 0:
        times = tuple(clinical_table("dose_times")["per_day"].get(str(24 * 60 // period_min), ()))
    return Timing(times=times, frequency=frequency, period_min=period_min, assumed=bool(times))


def slot_key(prescription: str, due_ms: int) -> str:
    """The name of a planned dose, the same on each kit."""
    return f"{prescription}@{due_ms // MINUTE}"


def due_between(timing: Timing, start: int, stop: int, since: int, until: int) -> list[int]:
    """Planned instants (UTC ms) in [since, until) of a prescription in force in [start, stop).

    start and stop: UTC ms, 0 = open. At most 400 are made, over at most 60 days.
    """
    low = max(since, start)
    high = min(until, stop) if stop else until
    if low >= high:
        return []
    found = set(timing.at)
    if timing.every_min > 0:
        found.update(_by_interval(timing, start, low, high))
    elif timing.times:
        found.update(_by_times(timing, start, low, high))
    return sorted(at for at in found if low <= at < high)[:MOST_SLOTS]


def _by_interval(timing: Timing, start: int, low: int, high: int) -> Iterator[int]:
    step = timing.every_min * MINUTE
    anchor = timing.anchor or start or _ORIGIN
    first = anchor + max(0, -(-(low - anchor) // step)) * step
    yield from range(first, min(high, first + MOST_SLOTS * step), step)


def _by_times(timing: Timing, start: int, low: int, high: int) -> Iterator[int]:
    clocks = [clock for text in timing.times if (clock := clock_time(text))]
    origin = local(timing.anchor or start or _ORIGIN).date()
    # The day before counts too: its 24:00 is this day's midnight.
    day = local(low - DAY).date()
    last = local(min(high, low + 60 * DAY)).date()
    while day <= last:
        skipped = timing.every_days > 1 and (day - origin).days % timing.every_days != 0
        if not skipped and (not timing.days or day.isoweekday() in timing.days):
            for hour, minute in clocks:
                on = day + timedelta(days=1) if hour == 24 else day
                yield local_instant(on.year, on.month, on.day, hour % 24, minute)
        day += timedelta(days=1)
