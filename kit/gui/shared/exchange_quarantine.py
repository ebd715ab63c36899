"""What a revoked kit wrote after its cut: kept, shown to nobody, until somebody vouches for it.

Not for: deciding whose word counts (the node says who may adopt).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from kit.core.clock import moment_text
from kit.core.errors import Refused
from kit.core.text import plural_translator, translator
from kit.gui.faults import explain_refusal
from kit.gui.models import DIFF_LIMIT, Column, DiffModel
from kit.gui.screen import Context
from kit.gui.shared.exchange_quarantine_rows import (
    Names,
    QuarantinedRow,
    SaidRow,
    merged,
    patient_lines,
    what_lines,
)
from kit.gui.shared.exchange_rows import figure
from kit.gui.states import Explained, State
from kit.gui.theme import Space
from kit.gui.ward.formats import full_name, rows_of
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.cell import Cell, Run, text_cell
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import StatePanel
from kit.gui.widgets.rows import RowsTable
from kit.ward.board import BoardRow

_ = translator("gui_exchange")
ngettext = plural_translator("gui_exchange")

SAID_COLUMNS = (1, 3)


class QuarantinePage(QWidget):
    """A table; Space ticks a line, the verb adopts what is ticked, with a reason."""

    counted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context: Context | None = None
        self.ticked: set[int] = set()
        self._listed: list[QuarantinedRow] = []
        self._said: list[SaidRow] = []
        self._names = Names()
        self.table = RowsTable(_("Entries to validate"))
        self.model: DiffModel[QuarantinedRow] = DiffModel(
            self._columns(), lambda row: row.entry, self
        )
        self.table.setModel(self.model)
        self.reason = QLineEdit()
        self.reason.setAccessibleName(_("Reason, in a few words"))
        self.reason.setPlaceholderText(_("e.g. checked with the person who wrote them"))
        self.every = action_button(_("Tick all"), self._tick_all)
        self.verb = action_button("", self.adopt, "primary")
        self.note, self.panel = StatePanel(flat=True), StatePanel()
        self._stack = QStackedWidget()
        self._lay_out()
        self.table.previewed.connect(self._tick)
        self.table.opened.connect(self._tick)
        self.reason.textChanged.connect(lambda _text: self._check())
        self.reason.returnPressed.connect(self.adopt)
        self._check()

    def _columns(self) -> list[Column[QuarantinedRow]]:
        return [
            Column(lambda: _("Adopt"), self._tick_cell, 104),
            Column(lambda: _("Patient"), _patient_cell, 210, 2),
            Column(lambda: _("What was written"), _what_cell, 320, 3),
            Column(lambda: _("By whom, when"), self._who_cell, 220, 1),
            Column(lambda: _("Kit"), _kit_cell, 200, 2),
        ]

    def _lay_out(self) -> None:
        said = _(
            "These entries come from a kit that was revoked. They are kept and count for nothing"
            " until somebody who knows them vouches for them."
        )
        foot = QHBoxLayout()
        foot.setSpacing(Space.M)
        foot.addWidget(self.every)
        foot.addWidget(self.reason, 1)
        foot.addWidget(self.verb)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(Text(said))
        column.addWidget(self.table, 1)
        column.addWidget(self.note)
        column.addLayout(foot)
        self._stack.addWidget(whole)
        self._stack.addWidget(self.panel)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self.note.hide()

    def load(self, context: Context) -> None:
        """Ask for them."""
        self.context = context
        self.ask()

    def ask(self) -> None:
        """Ask again; ticks stay."""
        if self.context is not None:
            self.context.port.ask("quarantine.list", {}, self.show_rows, self._not_allowed)

    def show_rows(self, answer: Any) -> None:
        """These wait now; what each says follows, where there is any."""
        self._listed = rows_of(answer, QuarantinedRow)
        self._show()
        if self._listed and self.context is not None:
            port, quiet = self.context.port, lambda _refused: None
            port.ask("person.list", {}, self._know_people, quiet)
            port.ask("ward.board", {"ward": self.context.ward}, self._know_patients, quiet)
            port.call("quarantine.read", {}, self.show_said, quiet, again=True)

    def show_said(self, answer: Any) -> None:
        """What the entries say."""
        self._said = rows_of(answer, SaidRow)
        self._show()

    def _know_people(self, answer: Any) -> None:
        people = [row for row in answer or [] if isinstance(row, dict)]
        self._names.people = {str(row.get("person")): str(row.get("name", "")) for row in people}
        self._show()

    def _know_patients(self, answer: Any) -> None:
        rows = rows_of(answer, BoardRow)
        self._names.patients = {
            row.patient: full_name(row.family, row.given) for row in rows if row.patient
        }
        self._show()

    def _show(self) -> None:
        rows = merged(self._listed, self._said, self._names)
        self.ticked &= {row.entry for row in rows}
        self.model.show(rows[:DIFF_LIMIT])
        told = any(row.patient or row.actor_name for row in rows)
        for column in SAID_COLUMNS:  # empty where what it says is shown to nobody yet
            self.table.setColumnHidden(column, not told)
        self.table.fit_columns()
        self.counted.emit(len(rows))
        self._stack.setCurrentIndex(0 if rows else 1)
        if not rows:
            self.panel.show_state(State.EMPTY, _nothing())
        elif not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        self._check()

    def focus_first(self) -> None:
        """The table."""
        (self.table if self.model.rowCount() else self).setFocus()

    def adopt(self) -> None:
        """Ask for what is ticked to count from now on."""
        if not self.verb.isEnabled() or self.context is None:
            return
        args = {"entries": sorted(self.ticked), "reason": self.reason.text().strip()}
        self.note.hide()
        self.context.port.do("device.adopt", args, self._adopted, self._refused)

    def _adopted(self, _answer: Any) -> None:
        count = len(self.ticked)
        self.ticked.clear()
        self.reason.clear()
        said = ngettext("{count} entry adopted.", "{count} entries adopted.", count)
        if self.context is not None:
            self.context.shell.toast(said.format(count=figure(count)))
        self.ask()
        self.table.setFocus()

    def _refused(self, refused: Refused) -> None:
        self.note.show_state(State.REFUSED, explain_refusal(refused))
        self.note.show()

    def _not_allowed(self, refused: Refused) -> None:
        self.panel.show_state(State.REFUSED, explain_refusal(refused))
        self._stack.setCurrentIndex(1)

    def tick(self, *entries: int) -> None:
        """Tick these lines, or take their ticks away."""
        self.ticked ^= set(entries)
        self._changed()

    def _tick(self, row: object) -> None:
        if isinstance(row, QuarantinedRow):
            self.tick(row.entry)

    def _tick_all(self) -> None:
        every = {row.entry for row in self.model.rows()}
        self.ticked = set() if self.ticked == every else every
        self._changed()

    def _changed(self) -> None:
        if self.model.rowCount():
            last = self.model.index(self.model.rowCount() - 1, 0)
            self.model.dataChanged.emit(self.model.index(0, 0), last)
        self._check()

    def _check(self) -> None:
        count = len(self.ticked)
        said = ngettext("Adopt {count} entry", "Adopt {count} entries", count)
        self.verb.setText(said.format(count=figure(count)) if count else _("Adopt"))
        self.verb.setAccessibleName(self.verb.text())
        self.verb.setEnabled(count > 0 and bool(self.reason.text().strip()))

    def _tick_cell(self, row: QuarantinedRow) -> Cell:
        on = row.entry in self.ticked
        said = _("adopt") if on else _("not adopted")
        return Cell(((Run("☑" if on else "☐", bold=on),),), spoken=said, scale="medication")

    def _who_cell(self, row: QuarantinedRow) -> Cell:
        now = self.context.now_ms() if self.context else 0
        when = moment_text(row.at_ms, now) if row.at_ms else _("time unknown")
        return text_cell(row.actor_name or _("author unknown"), when)


def _patient_cell(row: QuarantinedRow) -> Cell:
    return text_cell(*patient_lines(row), bold=bool(row.name))


def _what_cell(row: QuarantinedRow) -> Cell:
    return text_cell(*what_lines(row))


def _kit_cell(row: QuarantinedRow) -> Cell:
    return text_cell(row.label or row.device[:6], _("written after the kit was revoked"))


def _nothing() -> Explained:
    return Explained(
        _("Nothing is set aside."),
        _("No revoked kit has written anything after it was revoked."),
    )
