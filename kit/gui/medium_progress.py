"""How far the medium is: a bar, the step in words, the seconds since it began.

Deriving a key has no measure, so the seconds are what shows that the kit is at work. Not for:
starting or stopping anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui.medium import elapsed_text, percent, step_words
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text

_ = translator("gui_stick")

BEAT_MS = 1_000


class MediumProgress(QWidget):
    """Begins when told; `now` is the node's clock, since screens read no other."""

    def __init__(self, now: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._began = 0
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(_("Progress"))
        self._step = Text(size=Size.SMALL, tone=Tone.MUTED)
        self._past = Text(size=Size.SMALL, tone=Tone.MUTED, wrap=False)
        line = QHBoxLayout()
        line.setSpacing(Space.M)
        line.addWidget(self._step, 1)
        line.addWidget(self._past)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addWidget(self.bar)
        column.addLayout(line)
        self._beat = QTimer(self)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(self.beat)

    def begin(self, words: str = "") -> None:
        """It starts now; how far it is cannot be told yet."""
        self._began = self._now()
        self.bar.setRange(0, 0)
        self._step.setText(words)
        self.beat()
        self._beat.start()

    def end(self) -> None:
        """It is over."""
        self._beat.stop()

    def hear(self, said: dict[str, Any]) -> None:
        """News from the node."""
        words = str(said.get("text") or step_words(str(said.get("step") or "")))
        if words:
            self._step.setText(words)
        known = percent(said)
        if known is not None:
            self.bar.setRange(0, 100)
            self.bar.setValue(known)

    def beat(self) -> None:
        """A second has passed."""
        self._past.setText(elapsed_text(self._now() - self._began))
