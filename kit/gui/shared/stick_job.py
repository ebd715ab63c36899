"""One piece of long work on a stick: how far it is, a way to stop it, what became of it.

Not for: what the work is (the parts of the screen say it).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal
from kit.gui.medium import JOB
from kit.gui.medium_progress import MediumProgress
from kit.gui.screen import Context
from kit.gui.shared.exchange_side import Card
from kit.gui.states import State
from kit.gui.theme import Space
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import StatePanel

_ = translator("gui_stick")


class JobPanel(QWidget):
    """`changed` says that it began or ended."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context: Context | None = None
        self.running = False
        self._done: Callable[[Any], None] = lambda _answer: None
        self.progress = MediumProgress(self._now)
        self.stop = action_button(_("Stop"), self.cancel)
        self.note, self.result = StatePanel(flat=True), Card("")
        line = QHBoxLayout()
        line.setSpacing(Space.M)
        line.addWidget(self.progress, 1)
        line.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        column.addLayout(line)
        column.addWidget(self.note)
        column.addWidget(self.result)
        self.clear()

    def _now(self) -> int:
        return self.context.now_ms() if self.context is not None else 0

    def load(self, context: Context) -> None:
        """From now on for this person."""
        if self.context is None:
            context.port.progress.connect(self._on_progress)
        self.context = context

    def clear(self) -> None:
        """Nothing was asked."""
        self.note.hide()
        self.result.hide()
        self.run(on=False)

    def start(
        self, service: str, args: dict[str, Any], words: str, done: Callable[[Any], None]
    ) -> None:
        """Ask the node; `done` gets its answer, a refusal is shown here."""
        if self.context is None or self.running:
            return
        self.note.hide()
        self.result.hide()
        self._done = done
        self.run(on=True)
        self.progress.begin(words)
        self.stop.setFocus()
        self.context.port.call(f"medium.{service}", args, self._ended, self.refuse)

    def cancel(self) -> None:
        """Stop what runs; the node says when it has."""
        if self.context is not None and self.running:
            self.context.port.call("cancel", {"job": JOB}, None, lambda _refused: None)

    def say(self, title: str, parts: Sequence[QWidget], surface: str = "card") -> None:
        """What became of it."""
        self.result.head(title)
        self.result.say(parts, surface)
        self.result.show()
        if self.context is not None:
            words = [part.text() for part in parts if isinstance(part, Text)]
            self.context.shell.announce(" ".join((title, *words)))

    def refuse(self, refused: Refused) -> None:
        """Why not."""
        self.run(on=False)
        self.note.show_state(State.REFUSED, explain_refusal(refused))
        self.note.show()

    def _ended(self, answer: Any) -> None:
        self.run(on=False)
        self._done(answer)

    def run(self, *, on: bool) -> None:
        """It is at work, or at rest."""
        self.running = on
        if not on:
            self.progress.end()
        self.progress.setVisible(on)
        self.stop.setVisible(on)
        self.changed.emit()

    def _on_progress(self, said: dict[str, Any]) -> None:
        if self.running and said.get("job") == JOB:
            self.progress.hear(said)
