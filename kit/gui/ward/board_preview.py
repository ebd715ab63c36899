"""The preview at the right of the board: what matters of one patient, without leaving the list.

Shows active drugs, so opening it is put on record like opening the chart, once per patient and
session. Not for: writing anything, nor the whole chart (`patient`).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.screen import Context
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward import board_cells, formats
from kit.gui.ward.opening import record_opening
from kit.gui.widgets.cell import ChipText
from kit.gui.widgets.labels import Text, rule
from kit.gui.widgets.medication import MedicationLine
from kit.ward import words
from kit.ward.board import BoardRow
from kit.ward.prescription import PrescriptionRow

_ = translator("gui_ward")

WIDTH_PX = 340
PAUSE_MS = 180
IN_FORCE = frozenset({"active", "to_check", "suspended"})


class Preview(QFrame):
    """One patient's synthesis: allergies, reason, drugs in force, vital signs, source."""

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.dress(self, surface="sheet")
        self.setFixedWidth(WIDTH_PX)
        self.setAccessibleName(_("Preview"))
        self._context: Context | None = None
        self._row: BoardRow | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._open = QPushButton(_("Open the chart"))
        self._open.setAccessibleName(self._open.text())
        self._open.clicked.connect(self._open_chart)
        foot = QVBoxLayout()
        foot.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        foot.addWidget(self._open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._area, 1)
        column.addWidget(rule())
        column.addLayout(foot)
        self._drugs = QVBoxLayout()

    @property
    def patient(self) -> str:
        """Whose preview it is; empty for a free bed."""
        return self._row.patient if self._row is not None else ""

    def show_row(self, context: Context, row: BoardRow | None) -> None:
        """Show this row at once, and its drugs when the person stays on it."""
        self._context, self._row = context, row
        content = QWidget()
        theme.dress(content, surface="panel")
        column = QVBoxLayout(content)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.S)
        self._drugs = QVBoxLayout()
        self._drugs.setSpacing(Space.XS)
        if row is None or not row.patient:
            column.addWidget(Text(_("Nobody in this bed"), tone=Tone.MUTED))
        else:
            self._fill(column, row, context.now_ms())
            self._pause.start()
        column.addStretch(1)
        self._open.setEnabled(bool(row and row.patient))
        self._area.setWidget(content)

    def _fill(self, column: QVBoxLayout, row: BoardRow, now: int) -> None:
        column.addWidget(Text(formats.full_name(row.family, row.given), size=Size.HEADING))
        facts = [formats.born_and_age(row.birth_date, now), words.sex_word(row.sex)]
        column.addWidget(Text(formats.DOT.join(facts), tone=Tone.MUTED))
        for run in board_cells.allergy_runs(row.allergies):
            column.addWidget(Text(run.text, tone=run.tone, bold=run.bold))
        for alert in row.alerts:
            column.addWidget(Text(formats.alert_text(alert), size=Size.SMALL))
        if row.reason:
            self._block(column, _("Reason for the stay"), row.reason)
        column.addWidget(Text(_("Prescriptions in force"), bold=True))
        column.addLayout(self._drugs)
        if row.vitals_at:
            self._block(column, _("Vital signs"), _vitals(row, now))
        said = words.source_text(row.source_label, row.extracted_at, now)
        column.addWidget(Text(said, size=Size.SMALL, tone=Tone.MUTED))

    def _block(self, column: QVBoxLayout, title: str, text: str) -> None:
        column.addWidget(Text(title, bold=True))
        column.addWidget(Text(text))

    def _ask(self) -> None:
        context, row = self._context, self._row
        if context is None or row is None or not self.isVisible():
            return
        record_opening(context, row.patient)
        args = {"patient": row.patient}
        context.port.ask(
            "prescription.list", args, lambda answer: self._show_drugs(row.patient, answer)
        )

    def _show_drugs(self, patient: str, answer: Any) -> None:
        if self._row is None or patient != self._row.patient:
            return
        rows = formats.rows_of(answer, PrescriptionRow)
        shown = [row for row in rows if row.status in IN_FORCE]
        for row in shown:
            line = MedicationLine()
            line.show_line([(run.text, run.bold) for run in row.line], chips=order_chips(row))
            self._drugs.addWidget(line)
        if not shown:
            self._drugs.addWidget(Text(_("None on record"), tone=Tone.MUTED))

    def _open_chart(self) -> None:
        if self.patient:
            self.opened.emit(self.patient)


def _vitals(row: BoardRow, now: int) -> str:
    lines = board_cells.vitals_cell(row, now).lines
    return "\n".join("".join(run.text for run in line) for line in lines)


def order_chips(row: PrescriptionRow) -> list[ChipText]:
    """What must be seen before an order's line is read."""
    chips = []
    if row.status == "to_check" or row.doubts:
        chips.append(ChipText(_("TO BE CHECKED"), Tone.WARNING, "△"))
    if row.high_alert:
        chips.append(ChipText(_("HIGH RISK"), Tone.CRITICAL, "◆"))
    if row.status == "suspended":
        chips.append(ChipText(words.order_status_word(row.status), Tone.WARNING, "‖"))
    if row.times_proposed:
        chips.append(ChipText(_("times proposed by the kit"), Tone.INFO, "◷"))
    return chips
