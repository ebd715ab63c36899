"""Vital signs of a chart: courses above, every set below, newest first, struck ones readable.

Not for: scoring (the row comes with its NEWS2), nor entering (`sheets`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kit.core.clock import moment_text
from kit.core.quantity import NBSP, number_text
from kit.core.text import translator
from kit.gui.models import Column, DiffModel
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward import formats
from kit.gui.ward.board_cells import RESPONSE_TONES
from kit.gui.ward.chart_tab import Chart, ListTab, nothing_frozen
from kit.gui.ward.entries import open_correction, open_entry
from kit.gui.widgets.ages import ago
from kit.gui.widgets.cell import Cell, Run, text_cell
from kit.gui.widgets.iconic import IconButton
from kit.gui.widgets.labels import Text
from kit.gui.widgets.rows import RowsTable
from kit.gui.widgets.sparkline import Sparkline
from kit.ward import words
from kit.ward.vitals import VitalsRow

_ = translator("gui_ward")

SHOWN = ("temp", "hr", "pressure", "rr", "spo2", "oxygen", "acvpu", "pain", "glucose", "diuresis")
SPARK_PX = 76
COURSES = ("hr", "sbp", "rr", "spo2", "temp")
OPTIONAL = frozenset({"pain", "glucose", "diuresis"})
SHORT_OF = {"oxygen": ("oxygen", "oxygen_flow"), "pressure": ("sbp", "dbp")}


class VitalsTab(ListTab):
    """The sets of a patient."""

    def __init__(self) -> None:
        self.model_now: Callable[[], int] = lambda: self.chart.now if self.chart else 0
        model: DiffModel[VitalsRow] = DiffModel(self._columns(), lambda row: row.entry)
        super().__init__(RowsTable(_("Vital signs, newest first")), model)
        model.setParent(self)
        self._courses = QWidget()
        self._course_row = QHBoxLayout(self._courses)
        self._course_row.setContentsMargins(0, 0, 0, 0)
        self._course_row.setSpacing(Space.XL)
        self.acts.addWidget(self._courses, 1)
        self.correct = IconButton("pencil", _("Correct"), text=_("Correct"), kind="")
        self.add = IconButton("activity", _("Record vital signs"), text=_("Record"), kind="")
        self.acts.addWidget(self.correct)
        self.acts.addWidget(self.add)
        self.add.clicked.connect(self._enter)
        self.correct.clicked.connect(self._correct)
        self.table.opened.connect(lambda _row: self._correct())

    def show_chart(self, chart: Chart) -> None:
        self.ask("vitals.history", {"limit": 200}, VitalsRow, self._show)

    def empty_choices(self) -> list[tuple[str, Callable[[], None]]]:
        return [(_("Record vital signs"), self._enter)]

    def _show(self, rows: list[VitalsRow]) -> None:
        self.show_rows(rows, nothing_frozen(_("Measure, and record them here.")))
        self._hide_unused(rows)
        self._show_courses([row for row in rows if not struck(row)])
        self.correct.setEnabled(bool(rows))

    def _hide_unused(self, rows: list[VitalsRow]) -> None:
        """A measure that nobody took in any set leaves its width to the others."""
        for place, code in enumerate(SHOWN, start=1):
            codes = SHORT_OF.get(code, (code,))
            used = any(one in row.values for row in rows for one in codes)
            self.table.setColumnHidden(place, not used and code in OPTIONAL)
        self.table.fit_columns()

    def _show_courses(self, rows: list[VitalsRow]) -> None:
        while self._course_row.count():
            item = self._course_row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for code in COURSES:
            if len(points_of(rows, code)) > 1:
                self._course_row.addWidget(spark_card(code, rows))
        self._course_row.addStretch(1)

    def _enter(self) -> None:
        if self.chart is not None:
            open_entry(self.chart.context, "vitals", self.chart.patient)

    def _correct(self) -> None:
        row = self.table.current_row()
        if isinstance(row, VitalsRow) and not struck(row) and self.chart is not None:
            open_correction(self.chart.context, row)

    def _columns(self) -> list[Column[VitalsRow]]:
        measures = [
            Column(partial(heading, code), partial(value_cell, code), 74, 1) for code in SHOWN
        ]
        return [
            Column(lambda: _("Time"), self._time, 132),
            *measures,
            Column(lambda: "NEWS2", score_cell, 160, 3),
            Column(lambda: _("By"), self._by, 136, 2),
        ]

    def _time(self, row: VitalsRow) -> Cell:
        now = self.model_now()
        precision = words.precision_word(row.precision)
        when = f"{moment_text(row.at, now)} {precision}".strip()
        return _struck_cell(row, when, ago(row.at, now))

    def _by(self, row: VitalsRow) -> Cell:
        source = self.chart.sources.short(row.src) if self.chart is not None else ""
        lines: list[tuple[Run, ...]] = [(Run(row.actor_name),), (Run(source, tone=Tone.MUTED),)]
        if struck(row):
            lines.append((Run(strike_text(row.struck_by, row.struck_reason, row.struck_text),
                              bold=True, tone=Tone.WARNING),))  # fmt: skip
        return Cell(tuple(lines))


def struck(row: VitalsRow) -> bool:
    """Whether the set was struck through."""
    return bool(row.struck_by or row.struck_reason)


def strike_text(by: str, reason: str, text: str) -> str:
    """`Struck through by C. Dubois: wrong patient, …`."""
    why = ", ".join(part for part in (words.strike_word(reason), text) if part)
    return _("Struck through by {name}: {why}").format(name=by or _("somebody"), why=why)


def heading(code: str) -> str:
    """A column's heading: short name, and its unit beneath."""
    unit = words.vital_unit("sbp" if code == "pressure" else code)
    return f"{heading_short(code)}\n{unit}"


def value_cell(code: str, row: VitalsRow) -> Cell:
    """One measure; bold and coloured where its own points call for it, struck where struck."""
    text = _value(code, row)
    if not text:
        return text_cell("–", tone=Tone.MUTED)
    codes = SHORT_OF.get(code, (code,))
    points = max((row.score.points.get(one, 0) for one in codes), default=0)
    tone = Tone.CRITICAL if points >= 3 else Tone.WARNING if points == 2 else Tone.NORMAL
    if struck(row):
        return Cell(((Run(text, tone=Tone.MUTED, struck=True),),))
    return Cell(((Run(text, bold=points >= 2, tone=tone),),))


def _value(code: str, row: VitalsRow) -> str:
    values = row.values
    if code == "pressure":
        high, low = values.get("sbp", ""), values.get("dbp", "")
        return f"{number_text(high) or '–'}/{number_text(low) or '–'}" if high or low else ""
    value = values.get(code, "")
    if code == "oxygen":
        flow = values.get("oxygen_flow", "")
        if flow and value != "0":
            return f"{number_text(flow)}{NBSP}L/min"
        return {"0": _("room air"), "1": _("oxygen")}.get(value, "")
    return value if code == "acvpu" else number_text(value) if value else ""


def score_cell(row: VitalsRow) -> Cell:
    """The score and what it calls for; an incomplete one is a floor and names what is missing."""
    score, off = row.score, struck(row)
    if score.total is None and not score.points:
        figure = _("not computed")
    else:
        figure = str(score.total) if score.total is not None else f"≥{NBSP}{score.floor}"
    tone = RESPONSE_TONES.get(score.response, Tone.NORMAL)
    if off:
        return Cell(((Run(figure, tone=Tone.MUTED, struck=True),),))
    calls = tone is not Tone.NORMAL
    sign = f"!{NBSP}" if calls else ""
    lines: list[tuple[Run, ...]] = [(Run(f"{sign}{figure}", bold=calls, tone=tone),)]
    if calls:
        lines.append((Run(words.response_word(score.response), bold=True, tone=tone),))
    if score.missing:
        missing = ", ".join(words.vital_short(code) for code in score.missing)
        lines.append((Run(_("missing: {fields}").format(fields=missing), tone=Tone.MUTED),))
    return Cell(tuple(lines))


def _struck_cell(row: VitalsRow, first: str, second: str) -> Cell:
    off = struck(row)
    tone = Tone.MUTED if off else Tone.NORMAL
    return Cell(
        ((Run(first, bold=not off, tone=tone, struck=off),), (Run(second, tone=Tone.MUTED),))
    )


def set_text(row: VitalsRow) -> str:
    """One set in a line: `T° 38,4  FC 104  PA 98/60 …`."""
    shown = [(heading_short(code), _value(code, row)) for code in SHOWN]
    return "   ".join(f"{name}{NBSP}{text}" for name, text in shown if text)


def heading_short(code: str) -> str:
    """The short name alone."""
    return _("BP") if code == "pressure" else words.vital_short(code)


def spark_card(code: str, rows: list[VitalsRow]) -> QWidget:
    """A measure's name, its last value, and its course."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(Space.S)
    value = last_values(rows)[code][0]
    words_of = QVBoxLayout()
    words_of.setSpacing(0)
    words_of.addWidget(Text(words.vital_short(code), size=Size.SMALL, tone=Tone.MUTED, wrap=False))
    words_of.addWidget(Text(formats.value_text(code, value), bold=True, wrap=False))
    spark = Sparkline()
    spark.setFixedWidth(SPARK_PX)
    said = _("{name}: {count} measures, last {value}").format(
        name=words.vital_word(code),
        count=len(points_of(rows, code)),
        value=formats.value_text(code, value),
    )
    spark.show_points(points_of(rows, code), said)
    row.addLayout(words_of)
    row.addWidget(spark)
    return holder


def points_of(rows: list[VitalsRow], code: str) -> list[tuple[int, float]]:
    """A measure's course for a drawing: (UTC ms, value); what is no number is left out."""
    found = []
    for row in rows:
        try:
            found.append((row.at, float(row.values[code])))
        except (KeyError, ValueError):
            continue
    return found


def last_values(rows: list[VitalsRow]) -> dict[str, tuple[str, int]]:
    """The last value of each measure and its time, over sets newest first."""
    latest: dict[str, tuple[str, int]] = {}
    for row in rows:
        for code, value in row.values.items():
            latest.setdefault(code, (value, row.at))
    return latest
