"""The top line: crisis, exercise or standby, said by a word before any colour (interface.md §5).

Not for: deciding the mode. It stays on the lock screen.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.theme import Size, Space
from kit.gui.widgets.hatch import paint_hatch
from kit.gui.widgets.labels import Text

_ = translator("gui")


class Mode(StrEnum):
    """What the hospital is in."""

    CRISIS = "crisis"
    EXERCISE = "exercise"
    STANDBY = "standby"


class ModeFacts(msgspec.Struct, frozen=True):
    """`since` is a wall time `HH:MM`; `unavailable` the systems that are out, by their names."""

    mode: Mode = Mode.STANDBY
    level: int = 0
    since: str = ""
    unavailable: tuple[str, ...] = ()


class ModeBar(QWidget):
    """30 px in crisis and exercise, 22 px in standby; taller if its sentence must wrap."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = ModeFacts()
        self._word = Text(bold=True, wrap=False)
        self._rest = Text()
        self._side = Text(wrap=False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, 0, Space.L, 0)
        layout.setSpacing(Space.S)
        layout.addWidget(self._word)
        layout.addWidget(self._rest, 1)
        layout.addWidget(self._side)
        self.show_mode(self.facts)

    def show_mode(self, facts: ModeFacts) -> None:
        """Say the mode."""
        self.facts = facts
        word, rest = _words(facts)
        self._word.setText(word)
        self._rest.setText(rest)
        standby = facts.mode is Mode.STANDBY
        for label in (self._word, self._rest, self._side):
            size = Size.SMALL if standby else Size.BASE
            theme.dress(label, scale=size.name.lower(), bar="" if standby else "yes")
        self.setMinimumHeight(theme.STANDBY_BAR_PX if standby else theme.MODE_BAR_PX)
        self.setAccessibleName(" ".join(part for part in (word, rest) if part))
        self.update()

    def show_side(self, text: str) -> None:
        """A short text at the right: the clock while the kit is locked."""
        self._side.setText(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        names = {Mode.CRISIS: "crisis_bar", Mode.EXERCISE: "exercise_bar", Mode.STANDBY: "panel"}
        painter.fillRect(self.rect(), theme.color(names[self.facts.mode]))
        if self.facts.mode is Mode.EXERCISE:
            color = theme.color("bar_text")
            color.setAlphaF(0.14)
            paint_hatch(painter, QRectF(self.rect()), color)
        painter.end()


def _words(facts: ModeFacts) -> tuple[str, str]:
    if facts.mode is Mode.EXERCISE:
        return _("EXERCISE"), _("— fictitious data, no real patient")
    if facts.mode is Mode.STANDBY:
        return _("STANDBY"), _("— no crisis declared")
    word = _("CRISIS level {level}").format(level=facts.level) if facts.level else _("CRISIS")
    systems = ", ".join(facts.unavailable)
    if facts.since and systems:
        text = _("— since {since} — unavailable: {systems}")
    elif facts.since:
        text = _("— since {since}")
    elif systems:
        text = _("— unavailable: {systems}")
    else:
        text = ""
    return word, text.format(since=facts.since, systems=systems)
