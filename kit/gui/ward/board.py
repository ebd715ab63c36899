"""The ward board (F2): one row per bed, what a carer must see first; search, filters, preview.

Not for: what is late or how a score reads (the rows say it), nor entering anything (the sheets).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import keys
from kit.gui.faults import explain_refusal
from kit.gui.keys import Key
from kit.gui.models import DiffModel
from kit.gui.screen import Context, PrimaryAction, PrintOrder, Screen
from kit.gui.states import Explained, State
from kit.gui.theme import Space
from kit.gui.ward import board_cells, formats
from kit.gui.ward.board_preview import Preview
from kit.gui.ward.board_toolbar import BoardToolbar
from kit.gui.ward.entries import open_entry
from kit.gui.ward.notices import TOPICS, Notices
from kit.gui.ward.search import Results
from kit.gui.widgets.hatch import HatchOverlay
from kit.gui.widgets.panel import LoadingBar, StatePanel
from kit.gui.widgets.rows import RowsTable
from kit.ward import words
from kit.ward.board import BoardRow
from kit.ward.place import WardRow

_ = translator("gui_ward")

KEY = "ward.board"
VITALS_COLUMN = 4
WIDE_PX = 1500
NEWS = frozenset(
    {
        "patient", "stay", "allergy", "alert", "prescription", "administration", "vitals", "note",
        "entry", "ward", "snapshot",
    }
)  # fmt: skip
OLD_BANDS = frozenset({"old", "stale", "unknown"})


def _N(message: str) -> str:
    return message


keys.register(
    Key("board-dose", "M", _N("Record a dose for the selected patient"), KEY, True, "gui_ward"),
    Key("board-vitals", "C", _N("Vital signs of the selected patient"), KEY, True, "gui_ward"),
    Key("board-note", "T", _N("Note about the selected patient"), KEY, True, "gui_ward"),
    Key(
        "board-conflict", "A", _N("Settle the selected patient's conflicts"), KEY, True, "gui_ward"
    ),
)


class BoardScreen(Screen):
    """Toolbar, notices, table with preview, or what was found, or why there is nothing."""

    key = KEY

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[BoardRow] = []
        self._now = 0
        self._wards: dict[str, str] = {}
        self._drafts: dict[str, int] = {}
        self._to_table = False  # the focus waits in the search field for the rows
        self._wanted = ""  # the row to select when the rows come
        self.table = RowsTable(_("Beds of the ward"))
        columns = board_cells.columns(
            lambda: self._now, lambda patient: self._drafts.get(patient, 0)
        )
        self.model: DiffModel[BoardRow] = DiffModel(columns, board_cells.key_of, self)
        self.table.setModel(self.model)
        self.toolbar, self.results, self.preview = BoardToolbar(), Results(), Preview()
        self.search, self.chips = self.toolbar.search, self.toolbar.chips
        self.stale = StatePanel(flat=True)
        self.notices = Notices()
        self.bar, self.panel = LoadingBar(), StatePanel()
        self._lay_out()
        self._bind()

    # -- what the window calls ---------------------------------------------------------------

    def load(self, context: Context) -> None:
        other = self.context is None or self.context.ward != context.ward
        self.context = context
        self._now = context.now_ms()
        if other and self.rows and self.rows[0].ward != context.ward:
            self.model.show([])
        self.bar.start()
        context.port.ask("ward.list", {}, self._show_wards, lambda _refused: None)
        context.port.call("draft.load", {}, self._show_drafts, lambda _refused: None, again=True)
        self.notices.load(context)
        self._ask_rows()

    def on_changed(self, topics: set[str]) -> None:
        if self.context is None:
            return
        if topics & NEWS:
            self._ask_rows()
        if topics & TOPICS:
            self.notices.load(self.context)

    def on_tick(self, now_ms: int) -> None:
        self._now = now_ms
        if self.model.rowCount():
            last = self.model.index(self.model.rowCount() - 1, len(self.model.columns) - 1)
            self.model.dataChanged.emit(self.model.index(0, 0), last)
        self._show_age()

    def print_document(self) -> PrintOrder | None:
        ward = self.context.ward if self.context is not None else ""
        return PrintOrder("ward-pack", {"ward": ward}) if self.rows else None

    def help_text(self) -> str:
        return help_sentences()

    @property
    def primary_action(self) -> PrimaryAction | None:
        return PrimaryAction(_("Print the ward"), "printer", self._print, "print")

    def focus_first(self) -> None:
        self._select_wanted()
        self._to_table = not self.model.rowCount()
        (self.search if self._to_table else self.table).setFocus()

    def find_patient(self) -> bool:
        self.search.setFocus()
        self.search.selectAll()
        return True

    def place(self) -> dict[str, Any]:
        """The selected row and filter; never what was being searched."""
        row = self.current()
        key = board_cells.key_of(row) if row is not None else ""
        return {"row": key, "filter": self.toolbar.chosen, "preview": not self.preview.isHidden()}

    def restore(self, place: dict[str, Any]) -> None:
        """Back to the same row."""
        self.toolbar.choose(str(place.get("filter") or ""))
        self._wanted = str(place.get("row") or "")
        self._select_wanted()
        if place.get("preview"):
            self.toggle_preview()

    def current(self) -> BoardRow | None:
        """The row under the cursor."""
        row = self.table.current_row()
        return row if isinstance(row, BoardRow) else None

    # -- rows --------------------------------------------------------------------------------

    def _ask_rows(self) -> None:
        if self.context is not None:
            ward = self.context.ward
            then = partial(self._arrived, ward)
            self.context.port.ask("ward.board", {"ward": ward}, then, self._refused)

    def _arrived(self, ward: str, answer: Any) -> None:
        if self.context is None or ward != self.context.ward:
            return
        self.bar.stop()
        self._now = self.context.now_ms()
        self.rows = formats.rows_of(answer, BoardRow)
        self._show_rows()

    def _show_rows(self) -> None:
        self.toolbar.show_counts(self.rows)
        self.model.show(self.toolbar.wanted(self.rows))
        self.badge_changed.emit(sum(row.late for row in self.rows))
        self._select_wanted()
        self._show_age()
        if self._to_table and self.rows:
            self._to_table = False
            if self.search.hasFocus() and not self.search.text():
                self.table.setFocus()
        taken = any(row.patient for row in self.rows)
        if not taken:
            self._show_empty()
            return
        self._body.setCurrentWidget(self.results if self.search.text().strip() else self._board)
        self.enter(State.STALE if not self.stale.isHidden() else State.READY)
        if not self.preview.isHidden():
            self._show_preview()

    def _show_empty(self) -> None:
        self.enter(State.EMPTY)
        said = Explained(
            _("No patient imported"),
            _("The board of this ward stays empty until its patients are known."),
            _("Import the last extract of the patient record, or look for a patient by name."),
        )
        choices = [(_("Import"), self._go_import), (_("Find a patient"), self.search.setFocus)]
        self.panel.show_state(State.EMPTY, said, choices)
        self._body.setCurrentWidget(self.results if self.search.text().strip() else self.panel)

    def _refused(self, why: Refused) -> None:
        self.bar.stop()
        self.enter(State.REFUSED)
        self.panel.show_state(State.REFUSED, explain_refusal(why))
        self._body.setCurrentWidget(self.panel)

    def _show_age(self) -> None:
        """The oldest extract on the board, in words, as soon as it is old."""
        old = [row for row in self.rows if row.patient and row.band in OLD_BANDS]
        oldest = min(old, key=lambda row: row.extracted_at, default=None)
        self.stale.setVisible(oldest is not None)
        if oldest is None:
            return
        source = words.source_text(oldest.source_label, oldest.extracted_at, self._now)
        said = Explained(
            _("Frozen patient record: {source}").format(source=source),
            _("What was prescribed or found since then is missing here."),
            _("Check with the paper before acting."),
        )
        self.stale.show_state(State.STALE, said)

    def _show_wards(self, answer: Any) -> None:
        rows = formats.rows_of(answer, WardRow)
        self._wards = {row.ward: row.name for row in rows}
        if self.context is None:
            return
        self.toolbar.show_wards(rows, self.context.ward)

    def _show_drafts(self, answer: Any) -> None:
        self._drafts = {}
        for draft in answer or []:
            patient = str(draft.get("slot", "")).partition(":")[2]
            self._drafts[patient] = self._drafts.get(patient, 0) + 1
        self.on_tick(self._now)

    # -- acts --------------------------------------------------------------------------------

    def choose_ward(self, ward: str) -> None:
        """Show another ward."""
        if self.context is not None and ward and ward != self.context.ward:
            shell, context = self.context.shell, self.context
            shell.choose_ward(ward)
            self.load(Context(context.port, shell, context.person, ward))

    def open_row(self, row: object) -> None:
        """Enter: the chart."""
        if isinstance(row, BoardRow) and row.patient:
            self.open_patient(row.patient)

    def open_patient(self, patient: str) -> None:
        """The chart of a patient, of this ward or another."""
        if self.context is not None:
            self.context.shell.go("ward.patient", patient)

    def toggle_preview(self, _row: object = None) -> None:
        """Space: the preview comes or goes."""
        self.preview.setVisible(self.preview.isHidden())
        self._fit_columns()
        if not self.preview.isHidden():
            self._show_preview()

    def enter_for(self, kind: str) -> None:
        """M, C, T: the entry sheet of the selected patient."""
        row = self.current()
        if row is not None and row.patient and self.context is not None:
            open_entry(self.context, kind, row.patient)

    def _fit_columns(self) -> None:
        """Where the preview leaves little room, the vital signs are read in it."""
        narrow = not self.preview.isHidden() and self.width() < WIDE_PX
        self.table.setColumnHidden(VITALS_COLUMN, narrow)
        self.table.fit_columns()

    def _show_preview(self) -> None:
        if self.context is not None:
            self.preview.show_row(self.context, self.current())

    def _on_current(self, _now: QModelIndex, _before: QModelIndex) -> None:
        if not self.preview.isHidden():
            self._show_preview()

    def _print(self) -> None:
        # The window's own way for Ctrl+P; an action of the window, so that both do the same.
        window = self.window()
        if hasattr(window, "print_current"):
            window.print_current()

    def _go_import(self) -> None:
        if self.context is not None:
            self.context.shell.go("shared.intake")

    def _search_now(self, text: str) -> None:
        if self.context is None:
            return
        if text.strip():
            self._body.setCurrentWidget(self.results)
            self.results.look_for(self.context, text.strip(), self._wards)
        else:
            taken = any(row.patient for row in self.rows)
            self._body.setCurrentWidget(self._board if taken else self.panel)

    def _found(self, patient: str) -> None:
        self.search.clear()
        self.open_patient(patient)

    def _filter(self, _key: str) -> None:
        if self.rows:
            self._show_rows()

    def _select_wanted(self) -> None:
        place = self.model.place_of(self._wanted) if self._wanted else -1
        if place >= 0:
            self.table.selectRow(place)
            self._wanted = ""
        elif not self.table.currentIndex().isValid() and self.model.rowCount():
            rows = self.model.rows()
            self.table.selectRow(next((i for i, row in enumerate(rows) if row.patient), 0))

    # -- building ----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.preview.hide()
        self.stale.hide()
        HatchOverlay(self.stale, "warning", 0.16)
        self._board = QWidget()
        row = QHBoxLayout(self._board)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.table, 1)
        row.addWidget(self.preview)
        self._body = QStackedWidget()
        for page in (self._board, self.results, self.panel):
            self._body.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.S)
        column.addWidget(self.toolbar)
        column.addWidget(self.bar)
        column.addWidget(self.notices)
        column.addWidget(self.stale)
        column.addWidget(self._body, 1)

    def _bind(self) -> None:
        self.table.opened.connect(self.open_row)
        self.table.previewed.connect(self.toggle_preview)
        self.table.selectionModel().currentRowChanged.connect(self._on_current)
        for kind in ("dose", "vitals", "note", "conflict"):
            made = keys.bind(self.table, f"board-{kind}", partial(self.enter_for, kind), KEY)
            made.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.preview.opened.connect(self.open_patient)
        self.search.textChanged.connect(self._search_now)
        self.search.returnPressed.connect(self.results.open_first)
        self.search.downward.connect(self.results.enter)
        self.results.chosen.connect(self._found)
        self.results.upward.connect(self.search.setFocus)
        self.toolbar.ward_chosen.connect(self.choose_ward)
        self.toolbar.filter_chosen.connect(self._filter)
        self.toolbar.print_asked.connect(self._print)


def help_sentences() -> str:
    """What F1 says of this screen, one sentence a line."""
    return "\n".join(
        (
            _("One row per bed: who is there, allergies, what is due, last vital signs."),
            _("Enter opens the chart, the space bar previews it."),
            _("On a row: M records a dose, C vital signs, T a note; A settles its conflicts."),
            _("Ctrl+F finds any patient of the hospital, by name, sound, date, IPP or bed."),
            _("Ctrl+P prints the whole ward on paper."),
            _("A hatched cell is old: its age stands beside it."),
        )
    )
