"""The card above a chart: kits wrote different things of this patient, and nobody has settled it.

Not for: the versions or settling them (`shared.exchange_conflict`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kit.core.text import plural_translator, translator
from kit.gui.screen import Context
from kit.gui.shared.exchange_conflict_rows import kind_word
from kit.gui.states import Explained, State
from kit.gui.ward.formats import rows_of
from kit.gui.widgets.panel import StatePanel

_ = translator("gui_ward")
ngettext = plural_translator("gui_ward")


class OpenRow(msgspec.Struct, frozen=True):
    """Of `conflict.list`, what the card says: what it is about, and the reading in force."""

    kind: str = ""
    title: str = ""
    used: str = ""


class ConflictCard(QWidget):
    """Hidden while nothing is open; one button leads to both versions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context: Context | None = None
        self._patient = ""
        self.panel = StatePanel(flat=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)
        self.hide()

    def load(self, context: Context, patient: str) -> None:
        """Ask what is open of this patient."""
        self._context, self._patient = context, patient
        args = {"patient": patient}
        context.port.ask("conflict.list", args, self._show, lambda _refused: self.hide())

    def _show(self, answer: Any) -> None:
        rows = rows_of(answer, OpenRow)
        self.setVisible(bool(rows))
        if rows:
            choices = [(_("Settle (A)"), self._settle)]
            self.panel.show_state(State.STALE, _said(rows), choices)

    def _settle(self) -> None:
        if self._context is not None:
            self._context.shell.go("shared.exchange", self._patient)


def _said(rows: Sequence[OpenRow]) -> Explained:
    head = ngettext(
        "{count} conflict to settle: two kits wrote different things of this patient.",
        "{count} conflicts to settle: kits wrote different things of this patient.",
        len(rows),
    )
    lines = [
        _("{kind} — {title}. Meanwhile: {used}.").format(
            kind=kind_word(row.kind), title=row.title, used=row.used
        )
        for row in rows
    ]
    return Explained(head.format(count=len(rows)), "\n".join(lines))
