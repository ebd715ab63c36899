"""Above the board: this ward's records were opened to another kit; it stays until somebody read it.

Not for: opening or the words of an act (`shared.access_rows`).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from kit.core.text import plural_translator, translator
from kit.gui.screen import Context
from kit.gui.shared.access_rows import ActRow, opened_said
from kit.gui.states import Explained, State
from kit.gui.ward.formats import rows_of
from kit.gui.widgets.panel import StatePanel

_ = translator("gui_ward")
ngettext = plural_translator("gui_ward")


class AccessCard(QWidget):
    """The oldest opening that nobody of the ward has read; hidden where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context: Context | None = None
        self.rows: list[ActRow] = []
        self.panel = StatePanel(flat=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)
        self.hide()

    def load(self, context: Context) -> None:
        """Ask for them."""
        self._context = context
        args = {"ward": context.ward, "unread": True}
        context.port.ask("fleet.journal", args, self.show_rows, lambda _refused: self.hide())

    def show_rows(self, answer: Any) -> None:
        """One at a time: each is read and said to be read."""
        self.rows = rows_of(answer, ActRow)
        self.setVisible(bool(self.rows))
        if not self.rows or self._context is None:
            return
        head, said = opened_said(self.rows[-1], self._context.now_ms())
        more = len(self.rows) - 1
        todo = ""
        if more:
            words = ngettext("{count} more opening to read", "{count} more openings to read", more)
            todo = words.format(count=more)
        choices = [(_("I have read this"), self.acknowledge)]
        self.panel.show_state(State.STALE, Explained(head, said, todo), choices)

    def acknowledge(self) -> None:
        """Somebody of the ward knows; that is on record."""
        if self._context is not None and self.rows:
            args = {"entry": self.rows[-1].entry}
            self._context.port.do("access.acknowledge", args, self._read)

    def _read(self, _ack: Any) -> None:
        if self._context is not None:
            self.load(self._context)
