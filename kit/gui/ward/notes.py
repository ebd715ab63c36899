"""F5, notes: what was written, patient by patient and shift by shift, and where to write more.

Not for: the handover itself. Enter writes on the same target; nothing here changes an entry but the
sheet that corrects it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from kit.core.clock import DAY, MINUTE, hhmm, moment_text
from kit.core.text import translator
from kit.gui import keys
from kit.gui.faults import explain_refusal
from kit.gui.keys import Key
from kit.gui.models import Column, DiffModel
from kit.gui.screen import Context, PrimaryAction, PrintOrder, Screen
from kit.gui.states import Explained, State
from kit.gui.theme import Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import full_name, rows_of
from kit.gui.ward.sheet_entry import action_button
from kit.gui.ward.sheets import open_correction, open_note_sheet
from kit.gui.ward.shifts import shift_at, shift_before
from kit.gui.widgets.ages import ago
from kit.gui.widgets.cell import Cell, Run, text_cell
from kit.gui.widgets.chip import FilterChip
from kit.gui.widgets.flow import FlowLayout
from kit.gui.widgets.panel import LoadingBar, StatePanel
from kit.gui.widgets.rows import RowsTable
from kit.ward.board import BoardRow
from kit.ward.note import NoteRow
from kit.ward.words import strike_word

_ = translator("gui_entry")

SCOPE = "ward.notes"
TOPICS = frozenset({"note", "entry", "stay", "patient"})
LIMIT = 400
ALL = ""


def _N(message: str) -> str:
    return message


keys.register(
    Key(
        "notes.write", "T", _N("Write a note about the selected patient"), SCOPE, True, "gui_entry"
    ),
    Key("notes.correct", "R", _N("Correct the selected note"), SCOPE, True, "gui_entry"),
)


class NotesScreen(Screen):
    """Patients at the left, their notes at the right, newest first."""

    key = SCOPE

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board: list[BoardRow] = []
        self._notes: list[NoteRow] = []
        self._minute = 0
        self._since = "shift"
        self.people = RowsTable(_("Patients of the ward"))
        self.people_model: DiffModel[BoardRow] = DiffModel(
            [Column(lambda: _("Patient"), self._person_cell, 220, 1)], lambda row: row.patient, self
        )
        self.people.setModel(self.people_model)
        self.list = RowsTable(_("Notes, newest first"))
        self.model: DiffModel[NoteRow] = DiffModel(self._columns(), lambda row: row.entry, self)
        self.list.setModel(self.model)
        self.empty = StatePanel()
        self.bar = LoadingBar()
        self._lay_out()
        self._bind()

    def _columns(self) -> list[Column[NoteRow]]:
        return [
            Column(lambda: _("When"), self._when_cell, 112),
            Column(lambda: _("Patient"), self._who_cell, 150, 1),
            Column(lambda: _("Note"), note_cell, 360, 4),
        ]

    def _lay_out(self) -> None:
        self.chips = {
            "shift": FilterChip(_("This shift")),
            "before": FilterChip(_("Shift before too")),
            "day": FilterChip(_("24 h")),
            "all": FilterChip(_("All")),
        }
        tools = QWidget()
        flow = FlowLayout(tools)
        for name, chip in self.chips.items():
            chip.clicked.connect(partial(self._choose_period, name))
            flow.addWidget(chip)
        self.correct_button = action_button(_("Correct…"), self._correct)
        self.write_button = action_button(_("Write a note"), self.new_entry, "primary")
        top = QHBoxLayout()
        top.setSpacing(Space.S)
        top.addWidget(tools, 1)
        for button in (self.correct_button, self.write_button):
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.empty)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(Space.L)
        split.addWidget(self.people)
        split.addWidget(self._stack)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 4)
        split.setSizes([260, 900])
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.S)
        column.addLayout(top)
        column.addWidget(self.bar)
        column.addWidget(split, 1)
        self.chips["shift"].setChecked(True)

    def _bind(self) -> None:
        self.people.selectionModel().currentRowChanged.connect(lambda *_any: self._show_notes())
        self.people.opened.connect(lambda _row: self._write())
        self.list.opened.connect(self._answer)
        keys.bind(self.people, "notes.write", self._write, SCOPE)
        keys.bind(self.list, "notes.write", self._write, SCOPE)
        keys.bind(self.list, "notes.correct", self._correct, SCOPE)

    # -- asking ------------------------------------------------------------------------------

    def load(self, context: Context) -> None:
        self.context = context
        self._ask()

    def _ask(self) -> None:
        context = self.context
        if context is None:
            return
        self.bar.start()
        self._minute = context.now_ms() // MINUTE
        port, ward = context.port, context.ward
        port.ask("ward.board", {"ward": ward}, self._show_people, self._refused)
        args = {
            "ward": ward,
            "limit": LIMIT,
            "documents": False,
            "since": self._start(context.now_ms()),
        }
        port.ask("note.list", args, self._arrived, self._refused)

    def _start(self, now: int) -> int:
        shift = shift_at(now)
        starts = {"shift": shift.since, "before": shift_before(shift).since, "day": now - DAY}
        return starts.get(self._since, 0)

    def on_changed(self, topics: set[str]) -> None:
        if topics & TOPICS:
            self._ask()

    def on_tick(self, now_ms: int) -> None:
        if now_ms // MINUTE != self._minute:
            self._ask()

    def _refused(self, refused: Any) -> None:
        self.bar.stop()
        self.empty.show_state(State.REFUSED, explain_refusal(refused))
        self._stack.setCurrentWidget(self.empty)
        self.enter(State.REFUSED)

    # -- showing -----------------------------------------------------------------------------

    def _show_people(self, answer: Any) -> None:
        self._board = [row for row in rows_of(answer, BoardRow) if row.patient]
        ward = BoardRow(ward=self.context.ward if self.context else "", bed="", room="")
        self.people_model.show([ward, *self._board][:500])
        if self.people.current_row() is None:
            self.people.selectRow(0)

    def _arrived(self, answer: Any) -> None:
        self.bar.stop()
        self._notes = rows_of(answer, NoteRow)
        self._show_notes()

    def _show_notes(self) -> None:
        patient = self._patient()
        shown = [row for row in self._notes if patient in (ALL, row.patient)]
        self.model.show(shown[:500])
        self.list.setColumnHidden(1, bool(patient))
        if not self._board:
            self._say_empty(_nobody(), [(_("Import"), self._go_import)])
        elif not shown:
            self._say_empty(_nothing(), [(_("Write a note"), self.new_entry)])
        else:
            self._stack.setCurrentWidget(self.list)
            self.enter(State.READY)
        self.correct_button.setEnabled(bool(shown))

    def _say_empty(self, said: Explained, choices: Any) -> None:
        self.empty.show_state(State.EMPTY, said, choices)
        self._stack.setCurrentWidget(self.empty)
        self.enter(State.EMPTY)

    def _person_cell(self, row: BoardRow) -> Cell:
        if not row.patient:
            return text_cell(_("Whole ward"), bold=True)
        now = self.context.now_ms() if self.context else 0
        last = (
            _("last note {age}").format(age=ago(row.last_note_at, now))
            if row.last_note_at
            else _("no note")
        )
        return text_cell(f"{row.bed}  {full_name(row.family, row.given)}", last)

    def _when_cell(self, row: NoteRow) -> Cell:
        now = self.context.now_ms() if self.context else 0
        late = abs(row.recorded_at - row.at) > 10 * MINUTE and not row.src
        second = (
            _("written {time}").format(time=hhmm(row.recorded_at)) if late else ago(row.at, now)
        )
        return text_cell(moment_text(row.at, now), second, bold=True)

    def _who_cell(self, row: NoteRow) -> Cell:
        who = next((one for one in self._board if one.patient == row.patient), None)
        return (
            text_cell(full_name(who.family, who.given), who.bed)
            if who
            else text_cell(_("Left the ward"))
        )

    # -- acting ------------------------------------------------------------------------------

    def _patient(self) -> str:
        row = self.people.current_row()
        return row.patient if isinstance(row, BoardRow) else ALL

    def _note(self) -> NoteRow | None:
        row = self.list.current_row()
        return row if isinstance(row, NoteRow) else None

    def _choose_period(self, name: str, *_any: object) -> None:
        self._since = name
        for key, chip in self.chips.items():
            chip.setChecked(key == name)
        self._ask()

    def new_entry(self) -> None:
        """Ctrl+N: about the chosen patient, else about that of the chosen note."""
        self._write()

    def _write(self) -> None:
        note = self._note()
        patient = self._patient() or (note.patient if note else "")
        if self.context is None:
            return
        if patient:
            open_note_sheet(self.context, patient)
        else:
            self.people.setFocus()
            self.context.shell.toast(_("Choose a patient first."))

    def _answer(self, row: object) -> None:
        """Enter on a note writes the next one on the same target."""
        if isinstance(row, NoteRow) and self.context is not None:
            open_note_sheet(self.context, row.patient, target=row.target)

    def _correct(self) -> None:
        row = self._note()
        if row is not None and self.context is not None and not row.struck_reason:
            open_correction(self.context, row)

    def _go_import(self) -> None:
        if self.context is not None:
            self.context.shell.go("shared.intake")

    def print_document(self) -> PrintOrder | None:
        """The notes' sheet of the chosen patient, or of the whole ward."""
        args = {"ward": self.context.ward} if self.context else {}
        patient = self._patient()
        return PrintOrder("TRAN", {**args, "patient": patient} if patient else args)

    @property
    def primary_action(self) -> PrimaryAction | None:
        return PrimaryAction(_("Write a note"), "notebook-pen", self.new_entry, "new")

    def help_text(self) -> str:
        return "\n".join(
            (
                _("Choose a patient at the left; the notes of the shift stand at the right."),
                _("Ctrl+N or T writes a note; Ctrl+Enter signs it."),
                _("Enter on a note writes the next one on the same target."),
                _("R corrects the selected note; the first text stays readable, struck through."),
            )
        )

    def focus_first(self) -> None:
        self.people.setFocus()


def note_cell(row: NoteRow) -> Cell:
    """Target, then data, action, result in full; a struck note stays readable and says why."""
    struck = bool(row.struck_reason)
    lines: list[tuple[Run, ...]] = [
        (
            Run(row.target or _("Note"), bold=True, struck=struck),
            Run(f"   {row.actor_name}", tone=Tone.MUTED),
        )
    ]
    labels = ((_("D"), row.data), (_("A"), row.action), (_("R"), row.result))
    for label, text in labels:
        if text:
            lines.append((Run(f"{label}  ", tone=Tone.MUTED), Run(text, struck=struck)))
    if struck:
        words = _("Struck by {name}: {reason} {text}").format(
            name=row.struck_by, reason=strike_word(row.struck_reason), text=row.struck_text
        )
        lines.append((Run(words.strip(), tone=Tone.WARNING),))
    return Cell(tuple(lines), scale="even")


def _nothing() -> Explained:
    return Explained(
        _("No note in this period."), _("Widen the period above, or write the first one.")
    )


def _nobody() -> Explained:
    return Explained(
        _("No patient in this ward."),
        _("Without an import the kit knows nobody."),
        _("Import the hospital's extract, or write on paper for now."),
    )
