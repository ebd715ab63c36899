"""What stands above a board or a chart until somebody has read it: corrections, transfers.

Nothing here disappears by itself (interface.md §13, "claim"). Not for: making corrections, the
words of transfers (`transfer_rows`).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from kit.core.clock import moment_text
from kit.core.text import plural_translator, translator
from kit.gui.screen import Context
from kit.gui.states import Explained, State
from kit.gui.ward.access_card import AccessCard
from kit.gui.ward.formats import rows_of
from kit.gui.ward.transfer_card import TransferCard
from kit.gui.widgets.panel import StatePanel
from kit.ward import words
from kit.ward.correction import CorrectionRow

_ = translator("gui_ward")
ngettext = plural_translator("gui_ward")

TOPICS = frozenset({"entry", "correction", "record", "stay", "access", "act"})


def kind_word(kind: str) -> str:
    """What was corrected."""
    return {
        "vitals": _("vital signs"),
        "note": _("note"),
        "administration": _("dose"),
    }.get(kind, _("entry"))


class CorrectionCard(QWidget):
    """The corrections not yet acknowledged, of one patient or of all; hidden where none is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context: Context | None = None
        self._patient = ""
        self.rows: list[CorrectionRow] = []
        self.panel = StatePanel(flat=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)
        self.hide()

    def load(self, context: Context, patient: str = "") -> None:
        """Ask for them; with `patient`, only that chart's."""
        self._context, self._patient = context, patient
        context.port.ask("correction.notices", {}, self._show, lambda _refused: self.hide())

    def _show(self, answer: Any) -> None:
        rows = rows_of(answer, CorrectionRow)
        self.rows = [row for row in rows if self._patient in ("", row.patient)]
        if not self.rows or self._context is None:
            self.hide()
            return
        now = self._context.now_ms()
        count = len(self.rows)
        head = ngettext(
            "{count} entry that you may have read was corrected.",
            "{count} entries that you may have read were corrected.",
            count,
        ).format(count=count)
        lines = "\n".join(self._line(row, now) for row in self.rows)
        said = Explained(head, lines)
        self.panel.show_state(State.STALE, said, [(_("I have read this"), self.acknowledge)])
        self.show()

    def _line(self, row: CorrectionRow, now: int) -> str:
        said = _("{patient} — {kind} struck through at {time} by {name}: {reason}").format(
            patient=row.name,
            kind=kind_word(row.kind),
            time=moment_text(row.at, now),
            name=row.actor_name,
            reason=words.strike_word(row.reason),
        )
        return f"{said} — {row.text}" if row.text else said

    def acknowledge(self) -> None:
        """The person has read them; that is on record."""
        if self._context is None or not self.rows:
            return
        entries = [row.entry for row in self.rows]
        self._context.port.do("correction.acknowledge", {"entries": entries}, self._read)

    def _read(self, _ack: Any) -> None:
        self.rows = []
        self.hide()


class Notices(QWidget):
    """All cards, what came from outside the ward first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.transfers, self.corrections = TransferCard(), CorrectionCard()
        self.accesses = AccessCard()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.accesses)
        column.addWidget(self.transfers)
        column.addWidget(self.corrections)

    def load(self, context: Context, patient: str = "") -> None:
        """Ask for them; with `patient`, only that chart's."""
        self.corrections.load(context, patient)
        self.transfers.load(context, patient)
        if not patient:
            self.accesses.load(context)

    def forget(self) -> None:
        """Nothing of the chart before stays."""
        self.corrections.hide()
        self.transfers.hide()
        self.accesses.hide()
