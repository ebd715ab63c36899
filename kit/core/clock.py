"""Instants, their precision, and how a ward reads them; the clock itself is an argument.

An instant is an integer: milliseconds since 1970, UTC. The hospital's wall time is Europe/Paris.
A clock's claim has a quality (sync.md §4.3); no clock ever decides an order. Not for: durations of
programme work.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from kit.core.text import language

Clock = Callable[[], int]
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
ZONE = ZoneInfo("Europe/Paris")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK_AHEAD_LIMIT = 400 * DAY
# One day inside what a datetime can hold, so that no zone pushes an instant over the edge.
EARLIEST = (datetime(1, 1, 2, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
LATEST = (datetime(9999, 12, 30, 23, 59, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


class ClockQuality(IntEnum):
    """How far a wall time may be trusted: sync.md §4.1."""

    UNKNOWN = 0
    SET_BY_PERSON = 1
    AGREED = 2
    STEERING = 3


class Precision(StrEnum):
    """How exactly an instant is known: ward.md §4."""

    EXACT = "exact"
    QUARTER = "15min"
    HOUR = "1h"
    SHIFT = "shift"
    DAY = "day"
    UNKNOWN = "unknown"


def plausible_quality(now: int, build: int, last_wall: int) -> ClockQuality:
    """UNKNOWN where the machine's clock is before the build or the last entry, or far beyond.

    sync.md §4.3 rule 2: then the kit asks a person for the date; it never refuses to work.
    """
    floor = max(build, last_wall)
    if now < floor or now > floor + CLOCK_AHEAD_LIMIT:
        return ClockQuality.UNKNOWN
    return ClockQuality.SET_BY_PERSON


def local(at_ms: int) -> datetime:
    """The wall time of an instant in the hospital; beyond years 1 to 9999, the nearest that exists.

    A senseless number in a file or a query must not take a whole screen down.
    """
    held = min(max(at_ms, EARLIEST), LATEST)
    return (EPOCH + timedelta(milliseconds=held)).astimezone(ZONE)


def instant(moment: datetime) -> int:
    """UTC milliseconds of an aware datetime."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def local_instant(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    """UTC milliseconds of a wall time in the hospital.

    In the night when clocks go back, the first of the two; in the night when they go forward, a
    time that does not exist is read with the hour before the change.
    """
    return instant(datetime(year, month, day, hour, minute, tzinfo=ZONE))


def day_start(at_ms: int) -> int:
    """Midnight, hospital time, of the day that holds this instant."""
    day = local(at_ms)
    return local_instant(day.year, day.month, day.day)


_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_FRENCH = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: +(?:à +)?(\d{1,2})[:hH](\d\d)(?::(\d\d))?)?", re.ASCII
)
_WIDEST_ZONE_MIN = 14 * 60


@lru_cache(maxsize=8192)
def parse_instant(text: str) -> tuple[int, Precision] | None:
    """(UTC ms, precision) of an ISO or French date or date-time; None where it is neither.

    A time without a zone is hospital time (health-data.md §6.1 pitfall 8); a date alone is that
    day's noon, precision DAY; fractions of a second are cut at the millisecond. None also for a
    date that no calendar has and for the edges of years 1 and 9999.
    """
    text = text.strip()
    try:
        if found := _FRENCH.fullmatch(text):
            day, month, year, hour, minute, second = found.groups()
            parsed: tuple[int, Precision] | None
            parsed = _wall((year, month, day), (hour, minute, second, None))
        else:
            parsed = _iso(found) if (found := _ISO.fullmatch(text)) else None
    except (ValueError, OverflowError):
        return None
    return parsed if parsed and EARLIEST < parsed[0] < LATEST else None


def _wall(
    date: tuple[str, str, str], time: tuple[str | None, str | None, str | None, str | None]
) -> tuple[int, Precision]:
    """A hospital wall time: (year, month, day) and (hour, minute, second, fraction)."""
    year, month, day = (int(part) for part in date)
    hour, minute, second, fraction = time
    if hour is None or minute is None:
        return local_instant(year, month, day, 12), Precision.DAY
    at = local_instant(year, month, day, int(hour), int(minute))
    return at + _beyond_minute(second, fraction), Precision.EXACT


def _beyond_minute(second: str | None, fraction: str | None) -> int:
    """Milliseconds after the minute; 60 is a leap second and allowed."""
    seconds = int(second or 0)
    if seconds > 60:
        raise ValueError("a minute has no such second")
    return seconds * 1000 + int((fraction or "0").ljust(3, "0")[:3])


def _iso(found: re.Match[str]) -> tuple[int, Precision] | None:
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    if zone is None:
        return _wall((year, month, day), (hour, minute, second, fraction))
    start = datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=UTC)
    shift = 0
    if zone != "Z":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        shift = int(digits[:2]) * 60 + int(digits[2:])
        if shift > _WIDEST_ZONE_MIN or int(digits[2:]) > 59:
            return None
        shift = -shift if zone[0] == "-" else shift
    at = instant(start) - shift * MINUTE + _beyond_minute(second, fraction)
    return at, Precision.EXACT


def hhmm(at_ms: int) -> str:
    """`04:08`, hospital time, 24 h."""
    return local(at_ms).strftime("%H:%M")


def date_text(at_ms: int) -> str:
    """`21/11/2026`, hospital time."""
    return local(at_ms).strftime("%d/%m/%Y")


def moment_text(at_ms: int, now_ms: int) -> str:
    """`04:08` today, `21/11 22:40` this year, `21/11/2025 22:40` before."""
    moment, now = local(at_ms), local(now_ms)
    if moment.date() == now.date():
        return moment.strftime("%H:%M")
    return moment.strftime("%d/%m %H:%M" if moment.year == now.year else "%d/%m/%Y %H:%M")


def span_text(ms: int) -> str:
    """A duration in whole units, as said aloud: `8 min`, `5 h 41`, `3 j` (days from 48 h on)."""
    minutes = abs(ms) // MINUTE
    if minutes < 60:
        return f"{minutes}\u00a0min"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours}\u00a0h\u00a0{rest:02d}" if rest else f"{hours}\u00a0h"
    return f"{minutes // (24 * 60)}\u00a0{'j' if language() == 'fr' else 'd'}"
