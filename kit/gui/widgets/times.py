"""When it happened: `now`, `20 min ago`, `04:10`, `yesterday 22:40`, understood as people say it.

Not for: when it was recorded; the node stamps that. A time in the future is refused in words.
"""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from kit.core.clock import DAY, HOUR, MINUTE, local, local_instant, moment_text, parse_instant
from kit.core.folding import fold
from kit.core.text import translator
from kit.gui import theme
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.ages import ago
from kit.gui.widgets.labels import Text

_ = translator("gui")

# Over folded text: accents, colons and apostrophes are gone (`4 h 10`, `04 10`, `il y a 20 min`).
_CLOCK = re.compile(r"(?:(hier|yesterday) (?:a |at )?)?(\d{1,2})(?: ?h ?(\d{2})?| (\d{2}))$")
_SPAN = re.compile(r"(?:il y a )?(?:(\d{1,3}) ?h ?)?(?:(\d{1,3}) ?(?:min(?:utes?)?|mn))?(?: ago)?$")
_NOW = frozenset({"", "maintenant", "now", "a l instant"})


def parse_moment(typed: str, now_ms: int) -> int | None:
    """UTC ms of what was typed, at the latest a minute ahead of now; None where it is no past time.

    A clock time later than now is yesterday's only if it says so; it is never guessed.
    """
    text = fold(typed)
    if text in _NOW:
        return now_ms
    found = _clock(text, now_ms)
    if found is None:
        found = _span(text, now_ms)
    if found is None:
        parsed = parse_instant(typed)
        found = parsed[0] if parsed else None
    return found if found is not None and found <= now_ms + MINUTE else None


def _clock(text: str, now_ms: int) -> int | None:
    match = _CLOCK.match(text)
    if match is None:
        return None
    hour, minute = int(match[2]), int(match[3] or match[4] or 0)
    if hour > 23 or minute > 59:
        return None
    day = local(now_ms - DAY) if match[1] else local(now_ms)
    return local_instant(day.year, day.month, day.day, hour, minute)


def _span(text: str, now_ms: int) -> int | None:
    if not (text.startswith("il y a") or text.endswith("ago") or "min" in text):
        return None
    match = _SPAN.match(text)
    if match is None or not (match[1] or match[2]):
        return None
    return now_ms - int(match[1] or 0) * HOUR - int(match[2] or 0) * MINUTE


class TimeField(QWidget):
    """A line to type the time, quick buttons, and what was understood beneath."""

    changed = Signal()

    def __init__(self, label: str, now_ms: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now_ms
        self.edit = QLineEdit(_("now"))
        self.edit.setAccessibleName(label)
        self.edit.textChanged.connect(self._on_text)
        self._words = Text(size=Size.SMALL, tone=Tone.MUTED)
        row = QHBoxLayout()
        row.setSpacing(Space.XS)
        name = Text(label)
        name.setBuddy(self.edit)
        row.addWidget(self.edit, 1)
        for minutes in (0, 15, 30, 60):
            row.addWidget(self._quick(minutes))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addWidget(name)
        column.addLayout(row)
        column.addWidget(self._words)
        self.setFocusProxy(self.edit)
        self._on_text()

    def at_ms(self) -> int | None:
        """The instant meant, UTC ms; None where it is not understood or lies ahead."""
        return parse_moment(self.edit.text(), self._now)

    def tick(self, now_ms: int) -> None:
        """The time has moved on."""
        self._now = now_ms
        self._on_text()

    def _quick(self, minutes: int) -> QPushButton:
        typed = _("{minutes} min ago").format(minutes=minutes) if minutes else _("now")
        shown = _("Now") if not minutes else f"−{minutes}"
        button = QPushButton(shown)
        button.setAccessibleName(typed)
        button.setToolTip(typed)
        theme.dress(button, kind="quiet")
        button.clicked.connect(lambda: self.edit.setText(typed))
        return button

    def _on_text(self) -> None:
        at = self.at_ms()
        if at is None:
            words = _("Not understood as a past time: type 04:10, 20 min ago or yesterday 22:40")
            self._words.set_tone(Tone.WARNING)
        else:
            words = f"{moment_text(at, self._now)} — {ago(at, self._now)}"
            self._words.set_tone(Tone.MUTED)
        self._words.setText(words)
        theme.dress(self.edit, wrong="" if at is not None else "warning")
        self.edit.setAccessibleDescription(words)
        self.changed.emit()
