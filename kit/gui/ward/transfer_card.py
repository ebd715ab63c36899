"""Above the board and the chart: records that came from other wards, patients who are on the way.

A notice stays until somebody has said that the patient is there. Not for: the words
(`transfer_rows`), nor corrections (`notices`).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from kit.core.clock import DAY
from kit.core.text import plural_translator, translator
from kit.gui.screen import Context
from kit.gui.states import State
from kit.gui.theme import Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import rows_of
from kit.gui.ward.transfer_rows import RecordRow, incoming, outgoing
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import Choice, StatePanel

_ = translator("gui_ward")
ngettext = plural_translator("gui_ward")

MOST = 2
CHART_MS = 3 * DAY
"""So long a chart still says how the patient came, or where they went."""


class TransferCard(QWidget):
    """The open transfers of a ward, or the last one of a patient; hidden where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context: Context | None = None
        self._patient = ""
        self.rows: list[RecordRow] = []
        self.panels = [StatePanel(flat=True) for _place in range(MOST)]
        self.more = Text(tone=Tone.MUTED)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        for panel in (*self.panels, self.more):
            column.addWidget(panel)
        self.hide()

    def load(self, context: Context, patient: str = "") -> None:
        """Ask for them; with `patient`, only that chart's, arrived or not."""
        self._context, self._patient = context, patient
        args = {"patient": patient} if patient else {"open": True}
        context.port.ask("record.list", args, self.show_rows, lambda _refused: self.hide())

    def show_rows(self, answer: Any) -> None:
        """The newest of each patient; those that came before those that left."""
        if self._context is None:
            return
        now = self._context.now_ms()
        newest = {row.patient: row for row in reversed(rows_of(answer, RecordRow))}
        rows = [row for row in newest.values() if not row.arrived or now - row.at < CHART_MS]
        self.rows = sorted(rows, key=lambda row: (not row.incoming, -row.at))
        for place, panel in enumerate(self.panels):
            panel.setVisible(place < len(self.rows))
            if place < len(self.rows):
                self._show(panel, self.rows[place], now)
        rest = len(self.rows) - MOST
        said = ngettext(
            "{count} more transfer is open", "{count} more transfers are open", max(rest, 1)
        )
        self.more.setText(said.format(count=rest))
        self.more.setVisible(rest > 0)
        self.setVisible(bool(self.rows))

    def _show(self, panel: StatePanel, row: RecordRow, now: int) -> None:
        said = incoming(row, now) if row.incoming else outgoing(row, now)
        waits = not row.arrived and (row.incoming or not row.received)
        panel.show_state(State.STALE if waits else State.READY, said, self._choices(row))

    def _choices(self, row: RecordRow) -> list[Choice]:
        choices: list[Choice] = []
        if row.ours and not row.arrived:
            choices.append((_("Patient has arrived…"), partial(self.arrive, row)))
        if not self._patient:
            choices.append((_("Open the record"), partial(self.open, row)))
        return choices

    def open(self, row: RecordRow) -> None:
        """The patient's chart."""
        if self._context is not None:
            self._context.shell.go("ward.patient", row.patient)

    def arrive(self, row: RecordRow) -> None:
        """Give a bed and tell the other ward."""
        from kit.gui.ward.sheet_arrival import ArrivalSheet

        if self._context is not None:
            self._context.shell.open_sheet(ArrivalSheet(self._context, row))
