"""Above the door on a stick: date and time, which keyboard, and how to switch off.

The time stands there because a ward computer's own clock may be wrong, and a wrong time makes a
wrong dose look right. Not for: what happens on a click (`medium_door`).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.medium import Medium, day_and_time, layout_name, layout_short
from kit.gui.theme import Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text

_ = translator("gui_stick")

BEAT_MS = 1_000


class MediumBar(QWidget):
    """One line of 44 px; the time is said again each second, never from this process's clock."""

    correct_asked = Signal()
    layout_asked = Signal()
    power_asked = Signal()

    def __init__(self, now: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._senseless = False
        self.time = Text(bold=True, wrap=False)
        self.correct = _button(_("Correct…"), _("Correct date and time"))
        self.layouts = _button("", "")
        self.power = _button(_("Switch off…"), _("Switch this computer off"))
        self.correct.clicked.connect(lambda _on=False: self.correct_asked.emit())
        self.layouts.clicked.connect(lambda _on=False: self.layout_asked.emit())
        self.power.clicked.connect(lambda _on=False: self.power_asked.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.XS, Space.L, Space.XS)
        row.setSpacing(Space.S)
        row.addWidget(self.time)
        row.addWidget(self.correct)
        row.addStretch(1)
        row.addWidget(self.layouts)
        row.addWidget(self.power)
        self.setAccessibleName(_("Date and time, keyboard, power"))
        self._beat = QTimer(self)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(self.beat)
        self._beat.start()

    def show_medium(self, medium: Medium) -> None:
        """Which keyboard, and whether the clock makes sense."""
        short = _("Keyboard: {name}").format(name=layout_short(medium.layout))
        self.layouts.setText(short)
        spoken = _("Keyboard: {name}. Opens the choice.")
        self.layouts.setAccessibleName(spoken.format(name=layout_name(medium.layout)))
        self._senseless = not medium.clock.ok
        self.beat()

    def beat(self) -> None:
        """Say the time again."""
        said = day_and_time(self._now())
        self.time.setText(_("▲ {time}: wrong").format(time=said) if self._senseless else said)
        self.time.set_tone(Tone.WARNING if self._senseless else Tone.NORMAL)


def _button(text: str, spoken: str) -> QPushButton:
    made = QPushButton(text)
    made.setAccessibleName(spoken)
    made.setAutoDefault(True)
    theme.dress(made)
    return made
