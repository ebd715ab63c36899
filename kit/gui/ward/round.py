"""F4, the round: what is due, to whom, when; one dose at a time, each with its own confirmation.

Not for: giving (`sheet_dose`); there is no way here to sign several doses at once.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kit.core.clock import MINUTE, date_text
from kit.core.text import translator
from kit.gui import keys
from kit.gui.faults import explain_refusal
from kit.gui.keys import Key
from kit.gui.models import DiffModel
from kit.gui.screen import Context, PrimaryAction, PrintOrder, Screen
from kit.gui.states import Explained, State
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import full_name, rows_of
from kit.gui.ward.round_grid import HEAD_PX, HEAD_WIDE_PX, RoundTable
from kit.gui.ward.round_list import help_sentences, nobody, old_orders, todo_columns
from kit.gui.ward.round_rows import (
    Entry,
    Todo,
    drug_rows,
    slot_key,
    todo_rows,
    ward_rows,
)
from kit.gui.ward.sheet_entry import action_button
from kit.gui.ward.sheets import open_dose_sheet, open_omission_sheet
from kit.gui.ward.shifts import next_shift, shift_at, shift_before, shift_table
from kit.gui.widgets.chip import FilterChip
from kit.gui.widgets.flow import FlowLayout
from kit.gui.widgets.iconic import IconButton
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import LoadingBar, StatePanel
from kit.gui.widgets.rows import RowsTable
from kit.ward.board import BoardRow
from kit.ward.round import RoundRow, SlotRow
from kit.ward.snapshot import SnapshotRow
from kit.ward.words import slot_symbol, slot_word

_ = translator("gui_entry")

SCOPE = "ward.round"
TOPICS = frozenset({"administration", "prescription", "entry", "stay", "patient", "snapshot"})
OLD_BANDS = frozenset({"old", "stale", "unknown"})
LEGEND = (
    "planned",
    "late",
    "given",
    "partial",
    "omitted",
    "suspended",
    "conflict",
    "not_known",
    "to_check",
)


def _N(message: str) -> str:
    return message


keys.register(
    Key("round.earlier", "Ctrl+Left", _N("The shift before"), SCOPE, domain="gui_entry"),
    Key("round.later", "Ctrl+Right", _N("The next shift"), SCOPE, domain="gui_entry"),
    Key(
        "round.list",
        "Ctrl+D",
        _N("Grid, or list of what is to be done now"),
        SCOPE,
        domain="gui_entry",
    ),
    Key(
        "round.omit", "O", _N("Selected dose not given, with its reason"), SCOPE, True, "gui_entry"
    ),
    Key("round.turn", "S", _N("One patient's drugs, or the whole ward"), SCOPE, True, "gui_entry"),
)


class RoundScreen(Screen):
    """Grid of the shift for the ward or one patient; list of what is to be done now."""

    key = "ward.round"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rounds: list[RoundRow] = []
        self._board: list[BoardRow] = []
        self._todo: list[Todo] = []
        self._sources: list[SnapshotRow] = []
        self._patient = ""
        self._minute = 0
        self._shift = shift_at(0)
        self.table = RoundTable(_("Round: doses by patient and hour"))
        self.list = RowsTable(_("Doses to be given now, late ones first"))
        self.model: DiffModel[Todo] = DiffModel(
            todo_columns(self._now), lambda todo: slot_key(todo.slot), self
        )
        self.list.setModel(self.model)
        self.notice = StatePanel(flat=True)
        self.empty = StatePanel()
        self.bar = LoadingBar()
        self._lay_out()
        self._bind()

    # -- layout ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.who = QComboBox()
        self.who.setAccessibleName(_("Whole ward, or one patient"))
        self.who.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.who.activated.connect(
            lambda _place: self._choose_patient(self.who.currentData() or "")
        )
        self.as_list = FilterChip(_("To do now"))
        self.as_list.toggled.connect(self._show_mode)
        self.earlier = IconButton("chevron-left", _("The shift before"))
        self.later = IconButton("chevron-right", _("The next shift"))
        self.period = Text(bold=True, wrap=False)
        self.earlier.clicked.connect(partial(self._move, shift_before))
        self.later.clicked.connect(partial(self._move, next_shift))
        period = self._period_box = QWidget()
        row = QHBoxLayout(period)
        row.setContentsMargins(0, 0, 0, 0)
        for step in (self.earlier, self.period, self.later):
            row.addWidget(step)
        tools = QWidget()
        flow = FlowLayout(tools)
        parts: tuple[QWidget, ...] = (self.as_list, self.who, period)
        for part in parts:
            part.setMinimumHeight(32)
            flow.addWidget(part)
        top = QHBoxLayout()
        top.setSpacing(Space.S)
        top.addWidget(tools, 1)
        self.print_button = action_button(_("Print the round"), self._print, "primary")
        top.addWidget(self.print_button, 0, Qt.AlignmentFlag.AlignTop)
        self._stack = QStackedWidget()
        for page in (self.table, self.list, self.empty):
            self._stack.addWidget(page)
        legend = "   ".join(f"{slot_symbol(code)} {slot_word(code)}" for code in LEGEND)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.S)
        column.addLayout(top)
        column.addWidget(self.notice)
        column.addWidget(self.bar)
        column.addWidget(self._stack, 1)
        column.addWidget(Text(legend, size=Size.SMALL, tone=Tone.MUTED))
        self.notice.hide()

    def _bind(self) -> None:
        self.table.opened.connect(self._open)
        self.table.turned.connect(self._turn)
        self.table.moved.connect(self._announce)
        self.list.opened.connect(self._open_todo)
        keys.bind(self, "round.earlier", partial(self._move, shift_before), SCOPE)
        keys.bind(self, "round.later", partial(self._move, next_shift), SCOPE)
        keys.bind(self, "round.list", self.as_list.toggle, SCOPE)
        for view in (self.table, self.list):
            keys.bind(view, "round.omit", self._omit, SCOPE)
        keys.bind(self.table, "round.turn", self._turn_chosen, SCOPE)

    # -- asking ------------------------------------------------------------------------------

    def load(self, context: Context) -> None:
        self.context = context
        self._shift = shift_at(context.now_ms())
        if context.patient:
            self._patient = context.patient
        self._ask()

    def _now(self) -> int:
        return self.context.now_ms() if self.context else 0

    def _ask(self) -> None:
        context = self.context
        if context is None:
            return
        self.bar.start()
        self._minute = context.now_ms() // MINUTE
        ask = partial(context.port.ask, refused=self._refused)
        ask("snapshot.list", {}, self._show_age)
        ask("ward.board", {"ward": context.ward}, self._show_board)
        period = {"since": self._shift.since, "until": self._shift.until}
        ask("round.slots", {"ward": context.ward, **period}, self._show_rounds)
        table, now = shift_table(), context.now_ms()
        near = {
            "since": now - table["todo_back_min"] * MINUTE,
            "until": now + table["todo_ahead_min"] * MINUTE,
        }
        ask("round.slots", {"ward": context.ward, **near}, self._show_todo)

    def on_changed(self, topics: set[str]) -> None:
        if topics & TOPICS:
            self._ask()

    def on_tick(self, now_ms: int) -> None:
        if now_ms // MINUTE != self._minute:
            self._ask()

    def _show_board(self, answer: Any) -> None:
        self._board = rows_of(answer, BoardRow)
        chosen = self._patient
        self.who.clear()
        self.who.addItem(_("Whole ward"), "")
        for row in self._board:
            if row.patient:
                self.who.addItem(f"{row.bed}  {full_name(row.family, row.given)}", row.patient)
        self.who.setCurrentIndex(max(0, self.who.findData(chosen)))

    def _show_rounds(self, answer: Any) -> None:
        self._rounds = rows_of(answer, RoundRow)
        self.bar.stop()
        self._show_grid()

    def _show_todo(self, answer: Any) -> None:
        context = self.context
        if context is None:
            return
        self._todo = todo_rows(rows_of(answer, RoundRow), self._board, context.now_ms())
        self.model.show(self._todo[:500])
        self.as_list.set_count(len(self._todo))
        self.badge_changed.emit(sum(todo.slot.status == "late" for todo in self._todo))
        if self.list.current_row() is None and self._todo:
            self.list.selectRow(0)
        self._show_mode()

    def _refused(self, refused: Any) -> None:
        self.bar.stop()
        self.empty.show_state(State.REFUSED, explain_refusal(refused))
        self._stack.setCurrentWidget(self.empty)
        self.enter(State.REFUSED)

    def _show_age(self, answer: Any) -> None:
        """Old data is used, and says so; a prescription may have changed since."""
        self._sources = rows_of(answer, SnapshotRow)
        newest = self._sources[0] if self._sources else None
        old = newest is not None and newest.band in OLD_BANDS
        if newest is not None and old:
            self.notice.show_state(State.STALE, old_orders(newest, self._now()))
        self.notice.setVisible(old)

    # -- showing -----------------------------------------------------------------------------

    def _show_grid(self) -> None:
        context = self.context
        if context is None:
            return
        now = context.now_ms()
        one = next((row for row in self._rounds if row.patient == self._patient), None)
        self.table.head_px = HEAD_WIDE_PX if one else HEAD_PX
        rows = (
            drug_rows(one, self._shift, now)
            if one
            else ward_rows(self._rounds, self._board, self._shift, now)
        )
        head = _("Drug") if one else _("Patient")
        self.table.show_rows(rows, self._shift, now, head)
        today = date_text(self._shift.since)
        self.period.setText(_("Shift {hours}, {date}").format(hours=self._shift.text(), date=today))
        self._show_mode()

    def _show_mode(self, *_any: object) -> None:
        state = State.STALE if self.notice.isVisibleTo(self) else State.READY
        page: QWidget = self.list if self.as_list.isChecked() else self.table
        if not self._board_patients():
            page, state = self.empty, State.EMPTY
            self.empty.show_state(State.EMPTY, nobody(), [(_("Import"), self._go_import)])
        elif self.as_list.isChecked() and not self._todo:
            page = self.empty
            self.empty.show_state(
                State.EMPTY,
                Explained(
                    _("Nothing is late, and nothing is due within the hour."),
                    _("The grid shows the whole shift."),
                ),
                [(_("Show the grid"), self.as_list.toggle)],
            )
        for part in (self._period_box, self.who):
            part.setVisible(not self.as_list.isChecked())
        self._stack.setCurrentWidget(page)
        self.enter(state)

    def _board_patients(self) -> bool:
        return any(row.patient for row in self._board)

    def _announce(self, words: str) -> None:
        if self.context is not None and self.table.hasFocus():
            self.context.shell.announce(words)

    # -- acting ------------------------------------------------------------------------------

    def _open(self, entry: Entry) -> None:
        if self.context is not None:
            open_dose_sheet(self.context, entry.slot.patient, entry.slot)

    def _open_todo(self, todo: object) -> None:
        if self.context is not None and isinstance(todo, Todo):
            open_dose_sheet(self.context, todo.slot.patient, todo.slot)

    def _omit(self) -> None:
        if self._stack.currentWidget() is self.list:
            row = self.list.current_row()
            slot = row.slot if isinstance(row, Todo) else None
        else:
            entry = self.table.chosen()
            slot = entry.slot if entry and isinstance(entry.slot, SlotRow) else None
        if slot is not None and slot.due and self.context is not None:
            if slot.status in ("planned", "late", "suspended", "to_check", "not_known"):
                open_omission_sheet(self.context, slot.patient, slot)
            else:
                open_dose_sheet(self.context, slot.patient, slot)

    def _turn_chosen(self) -> None:
        if self.table.place[0] >= 0:
            self._turn(self.table.grid.rows[self.table.place[0]].patient)

    def _turn(self, patient: str) -> None:
        self._choose_patient("" if self._patient else patient)

    def _choose_patient(self, patient: str) -> None:
        self._patient = patient
        self.who.setCurrentIndex(max(0, self.who.findData(patient)))
        self._show_grid()
        self.table.setFocus()

    def _move(self, to: Any, *_any: object) -> None:
        self._shift = to(self._shift)
        self._ask()

    def _go_import(self) -> None:
        if self.context is not None:
            self.context.shell.go("shared.intake")

    def _print(self) -> None:
        window = self.window()
        if hasattr(window, "print_current"):
            window.print_current()

    def print_document(self) -> PrintOrder | None:
        """The paper twin of this grid."""
        args = {"ward": self.context.ward} if self.context else {}
        if self._patient:
            args["patient"] = self._patient
        return PrintOrder("MEDA", args)

    @property
    def primary_action(self) -> PrimaryAction | None:
        return PrimaryAction(_("Print the round"), "printer", self._print, "print")

    def help_text(self) -> str:
        return help_sentences()

    def focus_first(self) -> None:
        shown = self._stack.currentWidget()
        (self.as_list if shown is None or shown is self.empty else shown).setFocus()

    def place(self) -> dict[str, Any]:
        """Where the person is, to come back to after a lock."""
        entry = self.table.chosen()
        return {
            "patient": self._patient,
            "list": self.as_list.isChecked(),
            "dose": entry.key if entry else "",
        }

    def restore(self, place: dict[str, Any]) -> None:
        """Go back there."""
        self._choose_patient(str(place.get("patient") or ""))
        self.as_list.setChecked(bool(place.get("list")))
        self.table.choose(str(place.get("dose") or ""))
