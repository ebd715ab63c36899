"""Words and moments as paper writes them, in the language of the job.

The language of a printed sheet is an argument, not the language of the screen, so the catalogue
is looked up here and not through `kit.core.text`. Not for: doses and quantities, which arrive as
text made by the ward's own formatter.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from importlib import resources

from kit.core.clock import local

Say = Callable[[str], str]


@cache
def speaker(language: str) -> Say:
    """The translator of paper's sentences into `fr` or `en`."""
    folder = str(resources.files("kit") / "locale")
    return gettext.translation("paper", folder, languages=[language], fallback=True).gettext


def moment(at_ms: int) -> str:
    """`22/11/2026 04:30`, held together by a no-break space."""
    return local(at_ms).strftime("%d/%m/%Y\u00a0%H:%M")


def short_moment(at_ms: int) -> str:
    """`22/11 04:30`; a narrow column sets the time under the date."""
    return local(at_ms).strftime("%d/%m %H:%M")


def duration(ms: int, say: Say) -> str:
    """A whole number of minutes, hours and minutes, or days and hours: `32 min`, `5 h 41`."""
    _ = say
    minutes = max(0, ms) // 60_000
    if minutes < 60:
        return _("{n} min").format(n=minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return _("{h} h {m:02d}").format(h=hours, m=rest)
    return _("{d} d {h} h").format(d=hours // 24, h=hours % 24)


def written_date(text: str) -> str:
    """`1944-03-12` as `12/03/1944`; a partial date keeps what it has; anything else stays."""
    return "/".join(reversed(text.split("-"))) if text[:4].isdigit() else text


def age(birth: str, at_ms: int, say: Say) -> str:
    """Days under a month, months under three years, then years; empty when it cannot be known."""
    _ = say
    today = local(at_ms).date()
    try:
        born = date.fromisoformat(birth)
    except ValueError:
        year = birth[:4]
        return _("about {n} y").format(n=today.year - int(year)) if year.isdigit() else ""
    if born > today:
        return ""
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months < 1:
        return _("{n} days").format(n=(today - born) // timedelta(days=1))
    if months < 36:
        return _("{n} months").format(n=months)
    return _("{n} y").format(n=months // 12)
