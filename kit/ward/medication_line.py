"""The one formatter of a prescription line, for screen and paper alike.

Order and typography of interface.md §9 (1–5, 10): generic — BRAND — strength — form — DOSE — route
— times — condition — until. It yields runs of text, never cut; a run breaks only at its spaces, and
never between a number and its unit. Where nothing is coded, the source's own sentence is the line.
Not for: whether a dose is due (`schedule`), nor colours.
"""

from __future__ import annotations

import msgspec

from kit.core.clock import date_text
from kit.core.quantity import NBSP, Quantity
from kit.core.text import translator
from kit.ward.prescription_event import PrescriptionRecorded
from kit.ward.words import route_word

_ = translator("clinical")
SEPARATOR = " — "


class Run(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of the line: its text, and whether it is bold (only name, dose, and marks are)."""

    text: str
    bold: bool = False


def medication_line(data: PrescriptionRecorded) -> tuple[Run, ...]:
    """The runs of one prescription, in the language in force; separators are runs of their own."""
    parts = [part for part in _parts(data) if part and part[0].text]
    if not parts:
        return (Run(data.text or _("Prescription without readable text"), bold=True),)
    runs: list[Run] = []
    for part in parts:
        if runs:
            runs.append(Run(SEPARATOR))
        runs += part
    return tuple(runs)


def plain_line(runs: tuple[Run, ...]) -> str:
    """The same line as one string."""
    return "".join(run.text for run in runs)


def _parts(data: PrescriptionRecorded) -> list[list[Run]]:
    return [
        [Run(data.generic, bold=True)],
        [Run(data.brand.upper())] if data.brand and data.brand.lower() != data.generic.lower() else [],
        [Run(data.strength)],
        [Run(data.form)],
        _dose(data),
        [Run(route_word(data.route))],
        [Run(times_text(data))],
        [Run(_as_needed(data))] if data.as_needed else [],
        [Run(data.diluent)],
        [Run(data.rate)],
        [Run(_until(data))],
    ]


def _dose(data: PrescriptionRecorded) -> list[Run]:
    text = data.dose.text() if data.dose else data.dose_text
    return [Run(_("DOSE") + NBSP), Run(text, bold=True)] if text else []


def times_text(data: PrescriptionRecorded) -> str:
    """Times in words: the source's own frequency, the times, and whether the kit proposed them."""
    timing = data.timing
    if timing is None or not timing.plans:
        return data.frequency_text
    if timing.every_min:
        hours, minutes = divmod(timing.every_min, 60)
        span = f"{hours}{NBSP}h" if not minutes else f"{timing.every_min}{NBSP}min"
        text = _("every {span}").format(span=span)
    elif timing.times:
        text = "  ".join(timing.times) if len(timing.times) > 1 else _("at {time}").format(time=timing.times[0])
    else:
        text = data.frequency_text
    if timing.days:
        text = f"{_weekdays(timing.days)} {text}"
    if timing.every_days > 1:
        text = _("every {n} days").format(n=timing.every_days) + f" {text}"
    return f"{text} ({_('proposed times')})" if timing.assumed else text


def _weekdays(days: tuple[int, ...]) -> str:
    names = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return ", ".join(names[day - 1] for day in days if 1 <= day <= len(names))


def _as_needed(data: PrescriptionRecorded) -> str:
    text = _("if needed")
    if data.condition:
        text += f": {data.condition}" if not _is_french() else f"{NBSP}: {data.condition}"
    if data.min_interval_min:
        hours, minutes = divmod(data.min_interval_min, 60)
        span = f"{hours}{NBSP}h" if not minutes else f"{data.min_interval_min}{NBSP}min"
        text += ", " + _("at least {span} apart").format(span=span)
    if data.max_24h:
        text += ", " + _("at most {amount} in 24 h").format(amount=data.max_24h.text())
    return text


def _is_french() -> bool:
    return _("if needed") != "if needed"


def _until(data: PrescriptionRecorded) -> str:
    if data.stop:
        return _("until {date}").format(date=date_text(data.stop))
    return data.duration_text


def amount_text(dose: Quantity | None, dose_text: str) -> str:
    """A dose for people: the coded one, else the source's words."""
    return dose.text() if dose else dose_text
