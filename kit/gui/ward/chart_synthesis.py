"""Synthesis: the whole patient on one page, each block with its source and age (interface.md §6.3).

Not for: the detail of any block; its own tab has it.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from kit.core.clock import DAY, date_text, moment_text
from kit.core.quantity import NBSP
from kit.core.text import language, translator
from kit.gui.theme import Space
from kit.gui.tone import Tone
from kit.gui.ward import formats
from kit.gui.ward.board_preview import IN_FORCE, order_chips
from kit.gui.ward.chart_tab import Block, Chart, ChartTab, Column, source_of
from kit.gui.ward.chart_vitals import points_of, set_text, spark_card
from kit.gui.ward.entries import open_entry
from kit.gui.widgets.flow import FlowLayout
from kit.gui.widgets.labels import Text
from kit.gui.widgets.medication import MedicationLine
from kit.ward import words
from kit.ward.appointment import AppointmentRow
from kit.ward.care_plan import CareRow
from kit.ward.directory import ContactRow
from kit.ward.note import NoteRow
from kit.ward.prescription import PrescriptionRow
from kit.ward.problem import ProblemRow
from kit.ward.result import ResultRow
from kit.ward.vitals import VitalsRow

_ = translator("gui_ward")

NOTES_SHOWN = 5
SPARKS = ("hr", "rr", "spo2", "temp")
ABNORMAL = frozenset({"H", "L", "HH", "LL", "A", "AA"})


class SynthesisTab(ChartTab):
    """Left: why they are here and what to beware of. Right: what is given, measured, planned."""

    def __init__(self) -> None:
        super().__init__()
        self.reason = Block(_("Reason for the stay"))
        self.alerts = Block(
            _("Alerts and precautions"), _("Add an allergy"), partial(self._enter, "allergy")
        )
        self.problems = Block(_("Problems and history"))
        self.care = Block(_("Care planned"))
        self.contacts = Block(_("Contacts"))
        self.orders = Block(_("Prescriptions in force"))
        self.vitals = Block(_("Vital signs"), _("Record"), partial(self._enter, "vitals"))
        self.exams = Block(_("Examinations and appointments"))
        self.notes = Block(_("Last notes"), _("Write"), partial(self._enter, "note"))
        content = Column()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, Space.XS, Space.M)
        row.setSpacing(Space.M)
        left = (self.reason, self.alerts, self.problems, self.care, self.contacts)
        for stretch, blocks in ((5, left), (7, (self.orders, self.vitals, self.exams, self.notes))):
            side = QVBoxLayout()
            side.setSpacing(Space.M)
            for block in blocks:
                side.addWidget(block)
            side.addStretch(1)
            row.addLayout(side, stretch)
        self._area = QScrollArea()
        self._area.setWidget(content)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(_("Synthesis"))
        self.column.addWidget(self._area, 1)
        self.panel.hide()

    def show_chart(self, chart: Chart) -> None:
        self._show_stay(chart)
        self._show_alerts(chart)
        self.ask("problem.list", {}, ProblemRow, self._show_problems)
        self.ask("care.list", {}, CareRow, self._show_care)
        self.ask("contact.list", {}, ContactRow, self._show_contacts)
        self.ask("prescription.list", {}, PrescriptionRow, self._show_orders)
        self.ask(
            "vitals.history", {"limit": 12, "with_struck": False}, VitalsRow, self._show_vitals
        )
        since = chart.now - DAY
        self.ask("appointment.list", {"since": since}, AppointmentRow, self._show_appointments)
        self.ask("note.list", {"limit": NOTES_SHOWN}, NoteRow, self._show_notes)

    def focus_first(self) -> None:
        self._area.setFocus()

    def _enter(self, kind: str) -> None:
        if self.chart is not None:
            open_entry(self.chart.context, kind, self.chart.patient)

    def _source(self, srcs: list[str]) -> str:
        return source_of(self.chart, srcs) if self.chart is not None else ""

    def _show_stay(self, chart: Chart) -> None:
        row = chart.banner
        lines = [row.reason] if row.reason else []
        if row.admitted_at:
            said = _("Admitted on {day}, doctor in charge: {doctor}")
            doctor = row.doctor or _("not recorded")
            lines.append(said.format(day=date_text(row.admitted_at), doctor=doctor))
        source = words.source_text(row.source_label, row.extracted_at, chart.now)
        self.reason.show_lines(lines, source if lines else "")

    def _show_alerts(self, chart: Chart) -> None:
        parts: list[QWidget] = []
        for alert in chart.banner.alerts:
            grave = alert.kind in formats.GRAVE_ALERTS
            sign = "◆" if grave else "•"
            text = f"{sign} {formats.alert_text(alert)}"
            doubt = formats.doubt_text(alert.doubts)
            tone = Tone.WARNING if grave or doubt else Tone.NORMAL
            parts.append(Text(f"{text} — {doubt}" if doubt else text, tone=tone, bold=grave))
        self.alerts.show_parts(parts, self._source([a.src for a in chart.banner.alerts]))

    def _show_problems(self, rows: list[ProblemRow]) -> None:
        shown = [row for row in rows if row.status != "refuted"]
        parts = [Text(_problem(row), tone=_doubt_tone(row.doubts)) for row in shown]
        self.problems.show_parts(parts, self._source([row.src for row in shown]))

    def _show_care(self, rows: list[CareRow]) -> None:
        now = self.chart.now if self.chart is not None else 0
        parts = [Text(_care(row, now), tone=_doubt_tone(row.doubts)) for row in rows]
        self.care.show_parts(parts, self._source([row.src for row in rows]))

    def _show_contacts(self, rows: list[ContactRow]) -> None:
        lines = [contact_text(row) for row in rows]
        self.contacts.show_lines(lines, self._source([row.src for row in rows]))

    def _show_orders(self, rows: list[PrescriptionRow]) -> None:
        shown = [row for row in rows if row.status in IN_FORCE]
        parts: list[QWidget] = []
        for row in shown:
            line = MedicationLine()
            runs = [(run.text, run.bold) for run in row.line]
            line.show_line(runs, chips=order_chips(row), source=formats.doubt_text(row.doubts))
            parts.append(line)
        self.orders.show_parts(parts, self._source([row.src for row in shown]))

    def _show_vitals(self, rows: list[VitalsRow]) -> None:
        if not rows or self.chart is None:
            self.vitals.show_parts([])
            return
        now, last = self.chart.now, rows[0]
        head = f"{moment_text(last.at, now)} — {words.news2_word(last.score)}"
        grave = last.score.response in ("medium", "high")
        tone = Tone.CRITICAL if grave else Tone.NORMAL
        parts: list[QWidget] = [Text(head, bold=True, tone=tone), Text(set_text(last))]
        parts.append(_sparks(rows))
        self.vitals.show_parts(parts, self._source([last.src]))

    def _show_appointments(self, rows: list[AppointmentRow]) -> None:
        args = {"latest": True, "limit": 60}
        self.ask("result.list", args, ResultRow, partial(self._show_exams, rows))

    def _show_exams(self, booked: list[AppointmentRow], results: list[ResultRow]) -> None:
        now = self.chart.now if self.chart is not None else 0
        parts: list[QWidget] = [Text(appointment_text(row, now)) for row in booked]
        abnormal = [row for row in results if row.flag in ABNORMAL or row.doubts]
        for row in abnormal[:6]:
            tone = Tone.CRITICAL if len(row.flag) > 1 else Tone.WARNING
            parts.append(Text(result_text(row, now), tone=tone))
        srcs = [row.src for row in booked] + [row.src for row in abnormal[:6]]
        self.exams.show_parts(parts, self._source(srcs))

    def _show_notes(self, rows: list[NoteRow]) -> None:
        now = self.chart.now if self.chart is not None else 0
        parts: list[QWidget] = [Text(_note(row, now)) for row in rows if not row.struck_by]
        self.notes.show_parts(parts, self._source([row.src for row in rows]))


def _sparks(rows: list[VitalsRow]) -> QWidget:
    holder = QWidget()
    flow = FlowLayout(holder, Space.L)
    for code in SPARKS:
        points = points_of(rows, code)
        if len(points) > 1:
            flow.addWidget(spark_card(code, rows))
    return holder


def _doubt_tone(doubts: str) -> Tone:
    return Tone.WARNING if doubts else Tone.NORMAL


def _with_doubt(text: str, doubts: str) -> str:
    doubt = formats.doubt_text(doubts)
    return f"△ {text} — {doubt}" if doubt else text


def _problem(row: ProblemRow) -> str:
    parts = [row.text]
    if row.since:
        parts.append(_("since {day}").format(day=date_text(row.since)))
    state = {"resolved": _("resolved"), "unknown": _("status not given")}.get(row.status, "")
    return _with_doubt(", ".join(part for part in (*parts, state) if part), row.doubts)


def _care(row: CareRow, now: int) -> str:
    due = _("due {time}").format(time=moment_text(row.next_due, now)) if row.next_due else ""
    return _with_doubt(
        ", ".join(part for part in (row.text, row.frequency, due) if part), row.doubts
    )


def contact_text(row: ContactRow) -> str:
    """`Martin Lefebvre, son — 06 … (trusted person)`."""
    who = ", ".join(part for part in (row.name, row.link) if part)
    phone = row.phone or _("no telephone recorded")
    trusted = _(" (trusted person)") if row.trusted else ""
    return f"{who} — {phone}{trusted}"


def appointment_text(row: AppointmentRow, now: int) -> str:
    """`14:21 chest X-ray — Imaging, room 2`; a cancelled or doubtful one says so."""
    said = f"{moment_text(row.at, now)}  {row.reason or _('appointment')}"
    said = f"{said} — {row.place}" if row.place else said
    if row.status == "cancelled":
        said = _("{text} — cancelled").format(text=said)
    elif row.status != "booked":
        said = _("{text} — status not given").format(text=said)
    return _with_doubt(said, row.doubts)


def result_figure(row: ResultRow) -> str:
    """Value and unit; every digit that the laboratory gave, with the local comma."""
    plain = row.value.replace(".", "", 1).isdecimal()
    value = row.value.replace(".", ",") if plain and language() == "fr" else row.value
    return NBSP.join(part for part in (value, row.unit) if part) or _("no value")


def result_text(row: ResultRow, now: int) -> str:
    """`! Potassium 5.9 mmol/L (3,5 to 5,0) 04:21`."""
    usual = _("usual {range}").format(range=row.range_text) if row.range_text else ""
    text = ", ".join(
        part
        for part in (f"! {row.name} {result_figure(row)}", usual, moment_text(row.at, now))
        if part
    )
    return _with_doubt(text, row.doubts)


def _note(row: NoteRow, now: int) -> str:
    body = " ".join(part for part in (row.data, row.action, row.result) if part)
    head = f"{moment_text(row.at, now)}  {row.actor_name}"
    if not row.target:
        return f"{head} — {body}"
    return _("{head} — {target}: {body}").format(head=head, target=row.target, body=body)
