"""The one formatter of a prescription line, for screen and paper alike.

Order and typography of interface.md §9 (1–5, 10): generic — BRAND — strength — form — DOSE — route
— times — condition — until. It yields runs of text, never cut; a run breaks only at its spaces, and
never between a number and its unit. Where nothing is coded, the source's own sentence is the line.
Not for: whether a dose is due (`schedule`), nor colours.
"""

from __future__ import annotations

import msgspec

from kit.core.clock import date_text
from kit.core.folding import fold
from kit.core.quantity import NBSP, Quantity
from kit.core.text import language, translator
from kit.ward.prescription_event import PrescriptionRecorded
from kit.ward.schedule import Timing
from kit.ward.words import route_word

_ = translator("clinical")
SEPARATOR = " — "


class Run(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of the line: its text, and whether it is bold (only name, dose, and marks are)."""

    text: str
    bold: bool = False


def medication_line(data: PrescriptionRecorded) -> tuple[Run, ...]:
    """The runs of one prescription, in the language in force; separators are runs of their own.

    Without a drug's name the source's sentence is the whole line: a dose never stands nameless.
    """
    if not (data.generic or data.brand):
        return (Run(data.text or _("Prescription without readable text"), bold=True),)
    runs: list[Run] = []
    for part in _parts(data):
        if part and part[0].text:
            runs += [Run(SEPARATOR), *part] if runs else part
    return tuple(runs)


def plain_line(runs: tuple[Run, ...]) -> str:
    """The same line as one string."""
    return "".join(run.text for run in runs)


def _parts(data: PrescriptionRecorded) -> list[list[Run]]:
    return [
        *_names(data),
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


def _names(data: PrescriptionRecorded) -> list[list[Run]]:
    brand = data.brand.upper()
    if not data.generic:
        return [[Run(brand, bold=True)]]
    # An extract in capitals would shout every name; mixed case (KCl, tall-man) is kept.
    generic = data.generic.lower() if data.generic.isupper() else data.generic
    if not brand or fold(brand) == fold(generic):
        return [[Run(generic, bold=True)]]
    return [[Run(generic, bold=True)], [Run(brand)]]


def _dose(data: PrescriptionRecorded) -> list[Run]:
    text = data.dose.text() if data.dose else data.dose_text
    return [Run(_("DOSE") + NBSP), Run(text, bold=True)] if text else []


def times_text(data: PrescriptionRecorded) -> str:
    """Times in words: the source's own frequency, the times, and whether the kit proposed them."""
    timing = data.timing
    if timing is None or not timing.plans:
        return data.frequency_text
    text = _interval(timing) if timing.every_min else _clocks(timing) or data.frequency_text
    if timing.every_days > 1:
        text = _("every {n} days").format(n=timing.every_days) + f" {text}"
    if timing.days:
        text = f"{_weekdays(timing.days)} {text}"
    return f"{text} ({_('proposed times')})" if timing.assumed else text


def _interval(timing: Timing) -> str:
    days, rest = divmod(timing.every_min, 24 * 60)
    if days > 1 and not rest:
        text = _("every {n} days").format(n=days)
    else:
        text = _("every {span}").format(span=_span(timing.every_min))
    return f"{text}{_colon()} {_clocks(timing)}" if timing.times else text


def _clocks(timing: Timing) -> str:
    if len(timing.times) == 1:
        return _("at {time}").format(time=timing.times[0])
    return " ".join(timing.times)


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{minutes}{NBSP}min" if rest else f"{hours}{NBSP}h"


def _colon() -> str:
    return f"{NBSP}:" if language() == "fr" else ":"


def _weekdays(days: tuple[int, ...]) -> str:
    names = (
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"),
        _("Sunday"),
    )  # fmt: skip
    return ", ".join(names[day - 1] for day in days if 1 <= day <= len(names))


def _as_needed(data: PrescriptionRecorded) -> str:
    text = _("if needed")
    if data.condition:
        text += f"{_colon()} {data.condition}"
    if data.min_interval_min > 0:
        text += ", " + _("at least {span} apart").format(span=_span(data.min_interval_min))
    if data.max_24h:
        text += ", " + _("at most {amount} in 24 h").format(amount=data.max_24h.text())
    return text


def _until(data: PrescriptionRecorded) -> str:
    if data.stop:
        return _("until {date}").format(date=date_text(data.stop))
    return data.duration_text


def amount_text(dose: Quantity | None, dose_text: str) -> str:
    """A dose for people: the coded one, else the source's words."""
    return dose.text() if dose else dose_text
