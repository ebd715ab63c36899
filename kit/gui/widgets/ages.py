"""Ages in words: of a datum (`22 h ago`), of a person, and where a datum comes from.

Not for: reading the clock; the time now is always an argument (interface.md §10).
"""

from __future__ import annotations

from datetime import date

from PySide6.QtWidgets import QWidget

from kit.core.clock import HOUR, MINUTE, local, moment_text, span_text
from kit.core.text import plural_translator, translator
from kit.gui.theme import Size
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text

_ = translator("gui")
ngettext = plural_translator("gui")

STALE_AFTER_MS = 12 * HOUR


def ago(at_ms: int, now_ms: int) -> str:
    """`5 h 41 ago`, `just now` under a minute, `in 20 min` for what is to come."""
    if abs(now_ms - at_ms) < MINUTE:
        return _("just now")
    span = span_text(now_ms - at_ms)
    return (
        _("{span} ago").format(span=span) if at_ms <= now_ms else _("in {span}").format(span=span)
    )


def person_age(birth: date, at_ms: int) -> str:
    """Years; months under three years; days under one month; "" for a birth still to come."""
    today = local(at_ms).date()
    days = (today - birth).days
    if days < 0:
        return ""
    months = (today.year - birth.year) * 12 + today.month - birth.month
    months -= 1 if today.day < birth.day else 0
    if months < 1:
        return ngettext("{count} day", "{count} days", days).format(count=days)
    if months < 36:
        return ngettext("{count} month", "{count} months", months).format(count=months)
    years = months // 12
    return ngettext("{count} year", "{count} years", years).format(count=years)


class AgeLabel(Text):
    """`◷ 22/11 04:10, 5 h 41 ago`; past the threshold it turns to a warning, in words too."""

    def __init__(
        self, *, stale_after_ms: int = STALE_AFTER_MS, parent: QWidget | None = None
    ) -> None:
        super().__init__(size=Size.SMALL, tone=Tone.MUTED, parent=parent)
        self._stale_after = stale_after_ms
        self._source = ""
        self._at: int | None = None

    def show_age(self, at_ms: int | None, now_ms: int, source: str = "") -> None:
        """Show the source and the age of a datum; None says that the time is unknown."""
        self._at, self._source = at_ms, source
        self.tick(now_ms)

    def tick(self, now_ms: int) -> None:
        """Say the age again at this time; the frame calls it each minute."""
        self.setText(source_words(self._source, self._at, now_ms, stale=self.is_stale(now_ms)))
        self.setAccessibleName(self.text())
        self.set_tone(Tone.WARNING if self.is_stale(now_ms) else Tone.MUTED)

    def is_stale(self, now_ms: int) -> bool:
        """True past the threshold, and where the time is unknown."""
        return self._at is None or now_ms - self._at > self._stale_after


class SourceLabel(AgeLabel):
    """An AgeLabel that never turns: for what does not age (a birth, a history)."""

    def is_stale(self, now_ms: int) -> bool:
        return False


def source_words(source: str, at_ms: int | None, now_ms: int, *, stale: bool = False) -> str:
    """`Frozen record 21/11 22:40, 5 h 41 ago`, with a clock sign where stale."""
    if at_ms is None:
        words = _("{source}, time unknown").format(source=source) if source else _("Time unknown")
    else:
        when = moment_text(at_ms, now_ms)
        moment = f"{source} {when}" if source else when
        words = _("{moment}, {age}").format(moment=moment, age=ago(at_ms, now_ms))
    return f"◷ {words}" if stale else words
