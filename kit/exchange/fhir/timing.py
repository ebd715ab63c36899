"""FHIR Timing to the ward's timing: exact times stay exact, what is proposed is marked as such.

Not for: doses (`dosage`). What cannot be planned stays in words (`frequency_text`) and is never
turned into a time of its own.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

import msgspec

from kit.core.clock import DAY, MINUTE
from kit.exchange.fhir.elements import (
    Json,
    amount,
    code_of,
    concept,
    instant,
    number,
    part,
    strings,
    words,
)
from kit.exchange.tables import exchange_table
from kit.ward.schedule import Timing, proposed

_MINUTES = {
    "s": Decimal(1) / 60,
    "min": Decimal(1),
    "h": Decimal(60),
    "d": Decimal(1440),
    "wk": Decimal(10080),
}
_DAYS = {"d": 1, "wk": 7, "mo": 30, "a": 365}
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK_WORDS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_UNIT_WORDS = {"s": "s", "min": "min", "h": "h", "d": "j", "wk": "sem.", "mo": "mois", "a": "an(s)"}
DAY_MIN = 1440


class When(msgspec.Struct, frozen=True):
    """Timing, its words, start and stop (UTC ms, 0 open), duration, and what was not understood."""

    timing: Timing | None = None
    words: str = ""
    start: int = 0
    stop: int = 0
    duration: str = ""
    lasting: str = ""
    doubts: tuple[str, ...] = ()


def when(instruction: Json, ordered_at: int) -> When:
    """When one dosage instruction is due; ordered_at: UTC ms, from where a duration counts."""
    timing = part(instruction.get("timing"))
    repeat = part(timing.get("repeat"))
    events = tuple(at for item in (timing.get("event") or ()) if (at := instant(item)))
    bounds = part(repeat.get("boundsPeriod"))
    start = instant(bounds.get("start"))
    stop, duration = _stop(repeat, instant(bounds.get("end")), start or ordered_at)
    planned, doubts = _planned(repeat, timing)
    if events:
        planned = Timing(at=events)
    return When(
        planned, _words(repeat, timing), start, stop, duration, _lasting(repeat), tuple(doubts)
    )


def _stop(repeat: Json, end: int, start: int) -> tuple[int, str]:
    length = part(repeat.get("boundsDuration"))
    said = " ".join(filter(None, (amount(length), amount(repeat.get("boundsRange")))))
    count = words(repeat.get("countMax")) or words(repeat.get("count"))
    if count:
        said = f"{said} × {count}".strip()
    days = _DAYS.get(words(length.get("code")))
    value = _decimal(length.get("value"))
    if end or value is None or not start:
        return end, said
    if days is not None:
        return start + int(value * days * DAY), said
    minutes = _MINUTES.get(words(length.get("code")))
    return (start + int(value * minutes * MINUTE) if minutes else 0), said


def _decimal(value: object) -> Decimal | None:
    text = number(value)
    try:
        found = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return found if found is not None and 0 < found < 1_000_000 else None


def _planned(repeat: Json, timing: Json) -> tuple[Timing | None, list[str]]:
    doubts: list[str] = []
    times = _times(repeat, doubts)
    days = _weekdays(repeat, doubts)
    every = _every_days(repeat)
    exact = bool(times)
    hours = times or _moments(repeat)
    if not hours:
        return _by_frequency(repeat, timing, days, every), doubts
    if words(repeat.get("periodUnit")) in ("mo", "a"):
        return None, doubts
    if not _hours_fit(repeat, timing, len(hours)):
        doubts.append(f"timing {_rate_words(repeat)} : {', '.join(hours)}")
    return Timing(times=hours, days=days, every_days=every, assumed=not exact), doubts


def _hours_fit(repeat: Json, timing: Json, count: int) -> bool:
    """Whether so many hours a day are what the frequency says, where both are said."""
    if "frequencyMax" in repeat or "periodMax" in repeat:
        return False
    often, minutes = _frequency(repeat, timing)
    if not often or "frequency" not in repeat:
        often = count if minutes in (0, DAY_MIN) or minutes % DAY_MIN == 0 else 1
    if minutes and minutes < DAY_MIN:
        return often * DAY_MIN == count * minutes
    return often == count or bool(repeat.get("dayOfWeek"))


def _times(repeat: Json, doubts: list[str]) -> tuple[str, ...]:
    found = []
    for text in strings(repeat.get("timeOfDay")):
        if _CLOCK.match(text):
            found.append(text[:5])
        else:
            doubts.append(f"timeOfDay {text[:20]}")
    return tuple(sorted(dict.fromkeys(found)))


def _weekdays(repeat: Json, doubts: list[str]) -> tuple[int, ...]:
    found = []
    for text in strings(repeat.get("dayOfWeek")):
        if text in _WEEK:
            found.append(_WEEK.index(text) + 1)
        else:
            doubts.append(f"dayOfWeek {text[:20]}")
    return tuple(sorted(set(found)))


def _every_days(repeat: Json) -> int:
    """Every how many days, for periods of whole days; 0 for each day, or where days are named."""
    period, unit = number(repeat.get("period")), words(repeat.get("periodUnit"))
    if not period.isdigit() or "periodMax" in repeat:
        return 0
    hours = {"h": 1, "d": 24, "wk": 168}.get(unit, 0) * int(period)
    if unit == "wk" and hours == 168 and repeat.get("dayOfWeek"):
        return 0
    days, rest = divmod(hours, 24)
    return days if rest == 0 and 1 < days <= 366 else 0


def _moments(repeat: Json) -> tuple[str, ...]:
    """Proposed hours of the moments named, all of them or none: half a plan would hide a dose."""
    named = strings(repeat.get("when"))
    hours = exchange_table("dose_moments")["at"]
    anchors = [code for code in named if code not in ("AC", "PC", "C")]
    if not anchors or any(code not in hours for code in anchors):
        return ()
    return tuple(sorted({hours[code] for code in anchors}))


def _by_frequency(repeat: Json, timing: Json, days: tuple[int, ...], every: int) -> Timing | None:
    ranged = "frequencyMax" in repeat or "periodMax" in repeat
    often, minutes = _frequency(repeat, timing)
    if days and not minutes:
        often, minutes = int(often or 1), DAY_MIN
    if not often or not minutes or ranged:
        return None
    unit = words(repeat.get("periodUnit"))
    if (
        unit in ("h", "min")
        and minutes % often == 0
        and minutes // often >= 5
        and minutes != DAY_MIN
    ):
        return Timing(every_min=minutes // often, frequency=often, period_min=minutes)
    if days or every > 1:
        usual = proposed(1 if days else often, DAY_MIN).times
        return Timing(
            times=usual,
            days=days,
            every_days=0 if days else every,
            frequency=often,
            period_min=minutes,
            assumed=bool(usual),
        )
    return proposed(often, minutes)


def _frequency(repeat: Json, timing: Json) -> tuple[int, int]:
    often = number(repeat.get("frequency")) or ("1" if repeat.get("period") else "")
    period = _decimal(repeat.get("period"))
    unit = _MINUTES.get(words(repeat.get("periodUnit")))
    if often.isdigit() and 0 < int(often) <= 100 and period is not None and unit is not None:
        return int(often), int(period * unit)
    per_day = exchange_table("dose_moments")["per_day"].get(code_of(timing.get("code")).upper())
    return (int(per_day), DAY_MIN) if per_day else (0, 0)


def _words(repeat: Json, timing: Json) -> str:
    """The frequency as the source means it, whether or not it can be planned."""
    names = exchange_table("dose_moments")["word"]
    moments = [names.get(code.partition(".")[0], code) for code in strings(repeat.get("when"))]
    offset = number(repeat.get("offset"))
    if offset not in ("", "0") and moments:
        moments[-1] += f" ({offset} min)"
    days = [
        _WEEK_WORDS[_WEEK.index(day)] if day in _WEEK else day
        for day in strings(repeat.get("dayOfWeek"))
    ]
    hours = [text[:5] for text in strings(repeat.get("timeOfDay"))]
    said = [
        _rate_words(repeat),
        ", ".join(days),
        ", ".join(hours),
        ", ".join(moments),
        concept(timing.get("code")),
    ]
    return " ".join(text for text in said if text)


def _rate_words(repeat: Json) -> str:
    period, unit = number(repeat.get("period")), words(repeat.get("periodUnit"))
    often = number(repeat.get("frequency"))
    if not often and not period:
        return ""
    most, longest = number(repeat.get("frequencyMax")), number(repeat.get("periodMax"))
    times = often or "1"
    if most and most != often:
        times = f"{often}–{most}" if often else f"≤ {most}"
    if not period:
        return f"{times} ×"
    span = f"{period}–{longest}" if longest and longest != period else period
    span = "" if span == "1" else f"{span} "
    return f"{times} × / {span}{_UNIT_WORDS.get(unit, unit)}"


def _lasting(repeat: Json) -> str:
    """How long one dose takes: `30 min`, `20–30 min`."""
    value, most = number(repeat.get("duration")), number(repeat.get("durationMax"))
    unit = words(repeat.get("durationUnit"))
    if not value:
        return ""
    span = f"{value}–{most}" if most and most != value else value
    return f"{span} {_UNIT_WORDS.get(unit, unit)}"


def least_apart(instruction: Json) -> int:
    """Minutes between two doses where the source says "at most once in so many hours"; else 0."""
    repeat = part(part(instruction.get("timing")).get("repeat"))
    unit = words(repeat.get("periodUnit"))
    most = number(repeat.get("frequencyMax")) or number(repeat.get("frequency"))
    period = number(repeat.get("period"))
    if unit not in ("h", "min") or most != "1" or not period.isdigit() or "timeOfDay" in repeat:
        return 0
    return int(period) * (60 if unit == "h" else 1)


def may_coincide(one: When, other: When) -> bool:
    """Whether two instructions may be due at the same time; what cannot be planned always may."""
    if (one.stop and other.start and one.stop <= other.start) or (
        other.stop and one.start and other.stop <= one.start
    ):
        return False
    mine, theirs = one.timing, other.timing
    if mine is None or theirs is None or not mine.times or not theirs.times:
        return True
    if mine.days and theirs.days and not set(mine.days) & set(theirs.days):
        return False
    return bool(set(mine.times) & set(theirs.times))


def has_own_dates(instruction: Json) -> bool:
    """Whether an instruction says by dates when it holds."""
    repeat = part(part(instruction.get("timing")).get("repeat"))
    return bool(
        part(repeat.get("boundsPeriod")).get("start")
        or part(instruction.get("timing")).get("event")
    )


def sequences(instructions: list[Json]) -> set[str]:
    """The different places in a sequence that instructions name."""
    return {words(one.get("sequence")) for one in instructions if "sequence" in one}
