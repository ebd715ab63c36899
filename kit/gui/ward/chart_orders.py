"""Prescriptions of a chart: every line whole, its status in words, what must be checked first.

The line is the ward's own formatter's, as on paper. Not for: giving a dose (`sheets`).
"""

from __future__ import annotations

from kit.core.clock import moment_text
from kit.core.text import translator
from kit.gui.models import Column, DiffModel
from kit.gui.states import Explained
from kit.gui.theme import Size
from kit.gui.tone import Tone
from kit.gui.ward import formats
from kit.gui.ward.board_preview import order_chips
from kit.gui.ward.chart_tab import Chart, ListTab
from kit.gui.widgets.cell import Cell, Run
from kit.gui.widgets.labels import Text
from kit.gui.widgets.rows import RowsTable
from kit.ward import words
from kit.ward.prescription import PrescriptionRow

_ = translator("gui_ward")

STATUS_SIGNS = {
    "active": "●",
    "to_check": "△",
    "suspended": "‖",
    "stopped": "✕",
    "draft": "○",
    "not_started": "○",
}
STATUS_TONES = {"to_check": Tone.WARNING, "suspended": Tone.WARNING, "draft": Tone.WARNING}


class OrdersTab(ListTab):
    """Orders in force first; those stopped in the last 72 h struck through."""

    def __init__(self) -> None:
        model: DiffModel[PrescriptionRow] = DiffModel(self._columns(), lambda row: row.prescription)
        super().__init__(RowsTable(_("Prescriptions")), model)
        model.setParent(self)
        note = Text(
            _("Stopped prescriptions stay visible, struck through, for 72 h."),
            size=Size.SMALL,
            tone=Tone.MUTED,
        )
        self.acts.addWidget(note, 1)

    def show_chart(self, chart: Chart) -> None:
        self.ask("prescription.list", {}, PrescriptionRow, self._show)

    def _show(self, rows: list[PrescriptionRow]) -> None:
        self.show_rows(
            rows,
            Explained(
                _("No prescription in the frozen patient record"),
                _("The patient may have treatments that this kit does not know."),
                _("Look at the paper prescriptions and ask the doctor in charge."),
            ),
        )

    def _columns(self) -> list[Column[PrescriptionRow]]:
        return [
            Column(lambda: _("Prescription"), line_cell, 520, 5),
            Column(lambda: _("Status"), self._status, 190, 2),
            Column(lambda: _("Prescriber and source"), self._source, 210, 2),
        ]

    def _status(self, row: PrescriptionRow) -> Cell:
        now = self.chart.now if self.chart is not None else 0
        word = words.order_status_word(row.status)
        sign = STATUS_SIGNS.get(row.status, "△")
        tone = STATUS_TONES.get(row.status, Tone.NORMAL)
        lines: list[tuple[Run, ...]] = [(Run(f"{sign} {word}", bold=True, tone=tone),)]
        if row.changed and row.status in ("stopped", "suspended"):
            when = _("since {time}").format(time=moment_text(row.changed, now))
            lines.append((Run(when, tone=Tone.MUTED),))
        if row.reason:
            lines.append((Run(row.reason),))
        return Cell(tuple(lines))

    def _source(self, row: PrescriptionRow) -> Cell:
        if self.chart is None:
            return Cell()
        now = self.chart.now
        who = row.prescriber or _("prescriber not recorded")
        when = moment_text(row.prescribed_at, now) if row.prescribed_at else ""
        first = f"{who}, {when}" if when else who
        source = self.chart.sources.text(row.src, now)
        return Cell(((Run(first),), (Run(source, tone=Tone.MUTED),)))


def line_cell(row: PrescriptionRow) -> Cell:
    """The whole line, struck where it was stopped, then what makes it less than plain."""
    off = row.status == "stopped"
    tone = Tone.MUTED if off else Tone.NORMAL
    runs = tuple(Run(run.text, bold=run.bold, tone=tone, struck=off) for run in row.line)
    lines: list[tuple[Run, ...]] = [runs]
    doubt = formats.doubt_text(row.doubts)
    if doubt:
        lines.append((Run(doubt, tone=Tone.WARNING),))
    if doubt and row.text and row.text != formats.line_text(row.line):
        original = _("as written in the source: {text}").format(text=row.text)
        lines.append((Run(original, tone=Tone.MUTED),))
    about = [_("for {reason}").format(reason=row.indication)] if row.indication else []
    about += [_("own treatment")] if row.own_treatment else []
    about += [_("community prescription")] if row.community else []
    if about:
        lines.append((Run(formats.DOT.join(about), tone=Tone.MUTED),))
    chips = [chip for chip in order_chips(row) if not off and chip.symbol != "‖"]
    return Cell(tuple(lines), tuple(chips), scale="medication")
