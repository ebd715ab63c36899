"""Notes, results with appointments, and the journal of a chart: lists, newest first.

Struck entries stay readable with who struck them and why. Not for: writing (`sheets`).
"""

from __future__ import annotations

from collections.abc import Callable

from kit.core.clock import MINUTE, moment_text
from kit.core.text import translator
from kit.gui.models import Column, DiffModel
from kit.gui.states import Explained
from kit.gui.theme import Size
from kit.gui.tone import Tone
from kit.gui.ward import formats
from kit.gui.ward.chart_synthesis import ABNORMAL, appointment_text, result_figure
from kit.gui.ward.chart_tab import Block, Chart, ListTab, nothing_frozen, source_of
from kit.gui.ward.chart_vitals import strike_text
from kit.gui.ward.entries import open_correction, open_entry
from kit.gui.widgets.ages import ago
from kit.gui.widgets.cell import Cell, ChipText, Run, text_cell
from kit.gui.widgets.iconic import IconButton
from kit.gui.widgets.labels import Text
from kit.gui.widgets.rows import RowsTable
from kit.ward.appointment import AppointmentRow
from kit.ward.journal import JournalRow
from kit.ward.note import NoteRow
from kit.ward.result import ResultRow

_ = translator("gui_ward")

RECORDED_LATER_MS = 10 * MINUTE
"""Both times are shown where they differ by more (interface.md §10)."""


def when_lines(at: int, recorded_at: int, now: int) -> list[tuple[Run, ...]]:
    """When it happened and how long ago; when it was recorded, where that is another time."""
    if not at:
        return [(Run(_("time unknown"), tone=Tone.MUTED),)]
    lines: list[tuple[Run, ...]] = [
        (Run(moment_text(at, now), bold=True),),
        (Run(ago(at, now), tone=Tone.MUTED),),
    ]
    if recorded_at and abs(recorded_at - at) > RECORDED_LATER_MS:
        said = _("recorded {time}").format(time=moment_text(recorded_at, now))
        lines.append((Run(said, tone=Tone.MUTED),))
    return lines


class NotesTab(ListTab):
    """Targeted notes and documents."""

    def __init__(self) -> None:
        model: DiffModel[NoteRow] = DiffModel(self._columns(), lambda row: row.entry)
        super().__init__(RowsTable(_("Notes, newest first")), model)
        model.setParent(self)
        self.correct = IconButton("pencil", _("Correct"), text=_("Correct"), kind="")
        self.add = IconButton("notebook-pen", _("Write a note"), text=_("Write"), kind="")
        self.acts.addStretch(1)
        self.acts.addWidget(self.correct)
        self.acts.addWidget(self.add)
        self.add.clicked.connect(self._enter)
        self.correct.clicked.connect(self._correct)
        self.table.opened.connect(lambda _row: self._correct())

    def show_chart(self, chart: Chart) -> None:
        self.ask("note.list", {"limit": 200}, NoteRow, self._show)

    def empty_choices(self) -> list[tuple[str, Callable[[], None]]]:
        return [(_("Write a note"), self._enter)]

    def _show(self, rows: list[NoteRow]) -> None:
        self.show_rows(rows, nothing_frozen(_("Write the first note here.")))
        self.correct.setEnabled(bool(rows))

    def _enter(self) -> None:
        if self.chart is not None:
            open_entry(self.chart.context, "note", self.chart.patient)

    def _correct(self) -> None:
        row = self.table.current_row()
        if isinstance(row, NoteRow) and not row.struck_by and self.chart is not None:
            open_correction(self.chart.context, row)

    def _columns(self) -> list[Column[NoteRow]]:
        return [
            Column(lambda: _("When"), self._when, 140),
            Column(lambda: _("Note"), note_cell, 560, 5),
            Column(lambda: _("By"), self._by, 190, 1),
        ]

    def _when(self, row: NoteRow) -> Cell:
        now = self.chart.now if self.chart is not None else 0
        # What came with an extract was recorded when it was imported; that is not news.
        recorded = row.recorded_at if not row.src else 0
        return Cell(tuple(when_lines(row.at, recorded, now)))

    def _by(self, row: NoteRow) -> Cell:
        source = self.chart.sources.short(row.src) if self.chart is not None else ""
        return text_cell(row.actor_name, source)


def note_cell(row: NoteRow) -> Cell:
    """Target, then data, actions, results on lines of their own."""
    off = bool(row.struck_by or row.struck_reason)
    tone = Tone.MUTED if off else Tone.NORMAL
    parts = ((_("Data"), row.data), (_("Actions"), row.action), (_("Results"), row.result))
    plain = row.kind != "dar"
    lines: list[tuple[Run, ...]] = []
    if row.target:
        lines.append((Run(row.target, bold=True, tone=tone, struck=off),))
    for name, text in parts:
        if text:
            lead = () if plain else (Run(f"{name} — ", tone=Tone.MUTED),)
            lines.append((*lead, Run(text, tone=tone, struck=off)))
    if off:
        said = strike_text(row.struck_by, row.struck_reason, row.struck_text)
        lines.append((Run(said, bold=True, tone=Tone.WARNING),))
    chips = (ChipText(_("document"), Tone.NORMAL),) if row.kind == "document" else ()
    return Cell(tuple(lines), chips, scale="even")


class ResultsTab(ListTab):
    """Appointments above, laboratory results below."""

    def __init__(self) -> None:
        model: DiffModel[ResultRow] = DiffModel(self._columns(), lambda row: row.result)
        super().__init__(RowsTable(_("Results, newest first")), model)
        model.setParent(self)
        self.booked = Block(_("Appointments"))
        self.column.insertWidget(0, self.booked)
        self.acts.addWidget(Text(_("Results"), bold=True), 1)

    def show_chart(self, chart: Chart) -> None:
        self.ask("appointment.list", {}, AppointmentRow, self._show_booked)
        self.ask("result.list", {"limit": 200}, ResultRow, self._show)

    def _show_booked(self, rows: list[AppointmentRow]) -> None:
        if self.chart is None:
            return
        now = self.chart.now
        source = source_of(self.chart, [row.src for row in rows])
        self.booked.show_lines([appointment_text(row, now) for row in rows], source)

    def _show(self, rows: list[ResultRow]) -> None:
        self.show_rows(
            rows, nothing_frozen(_("Call the laboratory; its number is on the GARD sheet."))
        )

    def _columns(self) -> list[Column[ResultRow]]:
        return [
            Column(lambda: _("When"), self._when, 140),
            Column(lambda: _("Test"), lambda row: text_cell(row.name, bold=True), 260, 3),
            Column(lambda: _("Value"), result_value, 200, 2),
            Column(lambda: _("Usual range"), self._range, 150, 1),
            Column(lambda: _("Status and source"), self._status, 240, 2),
        ]

    def _when(self, row: ResultRow) -> Cell:
        now = self.chart.now if self.chart is not None else 0
        return Cell(tuple(when_lines(row.at, 0, now)))

    def _range(self, row: ResultRow) -> Cell:
        return text_cell(row.range_text or _("not given"), tone=Tone.MUTED)

    def _status(self, row: ResultRow) -> Cell:
        source = self.chart.sources.text(row.src, self.chart.now) if self.chart else ""
        first = result_status(row.status)
        doubt = formats.doubt_text(row.doubts)
        lines: list[tuple[Run, ...]] = [(Run(first),)]
        if doubt:
            lines.append((Run(doubt, tone=Tone.WARNING, bold=True),))
        lines.append((Run(source, tone=Tone.MUTED),))
        return Cell(tuple(lines))


def result_status(status: str) -> str:
    """Where a result stands, in words."""
    return {
        "final": _("final"),
        "preliminary": _("△ preliminary"),
        "corrected": _("corrected by the laboratory"),
    }.get(status, _("△ status not given"))


def result_value(row: ResultRow) -> Cell:
    """Value and unit as the laboratory gave them; the flag in words."""
    value = result_figure(row)
    if row.flag not in ABNORMAL:
        return text_cell(value, row.flag)
    critical = len(row.flag) > 1
    word = {
        "H": _("high"),
        "L": _("low"),
        "HH": _("critically high"),
        "LL": _("critically low"),
        "AA": _("critical"),
    }.get(row.flag, _("abnormal"))
    tone = Tone.CRITICAL if critical else Tone.WARNING
    return Cell(((Run(value, bold=True, tone=tone),), (Run(f"! {word}", bold=True, tone=tone),)))


class JournalTab(ListTab):
    """Everything that was recorded in this chart: what, when, by whom, struck or not."""

    def __init__(self) -> None:
        model: DiffModel[JournalRow] = DiffModel(self._columns(), lambda row: row.entry)
        super().__init__(RowsTable(_("Journal of the chart")), model)
        model.setParent(self)
        said = _("Nothing is ever erased: a corrected entry is struck through and stays readable.")
        self.acts.addWidget(Text(said, size=Size.SMALL, tone=Tone.MUTED), 1)

    def show_chart(self, chart: Chart) -> None:
        self.ask("chart.journal", {"limit": 400}, JournalRow, self._show)

    def _show(self, rows: list[JournalRow]) -> None:
        self.show_rows(rows, Explained(_("Nothing was recorded in this chart yet.")))

    def _columns(self) -> list[Column[JournalRow]]:
        return [
            Column(lambda: _("When"), self._when, 140),
            Column(lambda: _("What"), self._what, 560, 5),
            Column(lambda: _("By"), self._by, 200, 1),
        ]

    def _when(self, row: JournalRow) -> Cell:
        now = self.chart.now if self.chart is not None else 0
        return Cell(tuple(when_lines(row.at, row.recorded_at if not row.src else 0, now)))

    def _what(self, row: JournalRow) -> Cell:
        off = bool(row.struck_by or row.struck_reason)
        tone = Tone.MUTED if off else Tone.NORMAL
        lines: list[tuple[Run, ...]] = [
            (Run(journal_kind(row.kind), bold=True, tone=tone, struck=off),)
        ]
        if row.kind != "opening" and row.text:
            lines.append((Run(row.text, tone=tone, struck=off),))
        if off:
            said = strike_text(row.struck_by, row.struck_reason, row.struck_text)
            lines.append((Run(said, bold=True, tone=Tone.WARNING),))
        return Cell(tuple(lines), scale="even")

    def _by(self, row: JournalRow) -> Cell:
        source = self.chart.sources.short(row.src) if self.chart is not None else ""
        return text_cell(row.actor_name, source)


def journal_kind(kind: str) -> str:
    """What kind of entry."""
    return {
        "vitals": _("Vital signs"),
        "note": _("Note"),
        "administration": _("Dose"),
        "allergy": _("Allergy"),
        "opening": _("Chart opened"),
    }.get(kind, kind)
