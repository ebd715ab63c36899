"""F8, printing: choose a document, look at it, print or save it; Ctrl+P arrives with one ready.

Not for: what is on paper (`kit.paper`) nor the numbers of sheets (the node gives them, and puts
them on record when the paper leaves).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal
from kit.gui.models import Column, DiffModel
from kit.gui.screen import Context, PrimaryAction, PrintOrder
from kit.gui.shared.print_documents import CARRIED, Document, carried_document, documents
from kit.gui.shared.print_out import STEPS, PrintOut, step_words
from kit.gui.shared.print_preview import Preview
from kit.gui.states import State
from kit.gui.theme import Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import full_name, rows_of
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.cell import text_cell
from kit.gui.widgets.labels import Text
from kit.gui.widgets.rows import RowsTable
from kit.ward.board import BoardRow

_ = translator("gui_entry")

LIST_PX = 250
JOB = "print"


class PrintingScreen(PrintOut):
    """Documents left, pages in the middle, printer right; Enter prepares, Enter again prints."""

    key = "shared.printing"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted: str | None = None  # the patient of an order, until the list has come
        self._carried: dict[str, Any] = {}  # which message a courier will carry
        self.list = RowsTable(_("Documents"))
        self.model: DiffModel[Document] = DiffModel(
            [Column(lambda: _("Documents"), lambda row: text_cell(row.title, row.about), 200, 1)],
            lambda row: row.name,
            self,
        )
        self.list.setModel(self.model)
        self.preview = Preview()
        self._lay_out()
        self._bind()
        self._show_ready()

    def _lay_out(self) -> None:
        self.list.setFixedWidth(LIST_PX)
        self.who = QComboBox()
        self.who.setAccessibleName(_("Whole ward, or one patient"))
        self.prepare = action_button(_("Prepare"), self._prepare)
        choices = QHBoxLayout()
        choices.setSpacing(Space.S)
        choices.addWidget(self.who, 1)
        choices.addWidget(self.prepare)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(_("Preparing the document"))
        self._working = Text(tone=Tone.MUTED)
        self.cancel = action_button(_("Stop"), self._cancel)
        waiting = QHBoxLayout()
        waiting.addWidget(self._working, 1)
        waiting.addWidget(self.cancel)
        middle = QVBoxLayout()
        middle.setSpacing(Space.S)
        middle.addLayout(choices)
        middle.addWidget(self.note)
        middle.addWidget(self.progress)
        middle.addLayout(waiting)
        middle.addWidget(self.preview, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.M, 0, Space.M)
        row.setSpacing(Space.L)
        row.addWidget(self.list)
        row.addLayout(middle, 1)
        row.addWidget(self.panel)
        for part in (self.note, self.progress, self.cancel, self._working):
            part.hide()

    def _bind(self) -> None:
        self.list.opened.connect(lambda _row: self._prepare())
        self.list.selectionModel().currentRowChanged.connect(lambda *_any: self._chosen())
        self.who.currentIndexChanged.connect(lambda _place: self._stale())
        self.panel.printed.connect(self._print)
        self.panel.saved.connect(self._save)
        self.panel.search.connect(self.find_printer)

    # -- arriving ----------------------------------------------------------------------------

    def load(self, context: Context) -> None:
        first = self.context is None or not self.model.rowCount()
        self.context = context
        self.model.show(documents(with_ward=bool(context.ward)))
        if first:
            context.port.progress.connect(self._on_progress)
            self.list.selectRow(0)
        port = context.port
        self.panel.on_stick(port.on_stick)
        if context.ward:
            port.ask("ward.board", {"ward": context.ward}, self._show_people, self._refused)
        self._ask_printers()

    def open_order(self, order: PrintOrder) -> None:
        """Ctrl+P elsewhere: that document, prepared at once, the way out under Enter."""
        if order.document == CARRIED:
            ward = self.context is not None and bool(self.context.ward)
            self.model.show([carried_document(), *documents(with_ward=ward)])
        place = self.model.place_of(order.document)
        if place >= 0:
            self.list.selectRow(place)
        self._carried = dict(order.args) if order.document == CARRIED else {}
        self._wanted = str(order.args.get("patient") or "")
        self._choose(self._wanted)
        self._prepare()

    def on_tick(self, now_ms: int) -> None:
        if self._job:
            self.panel.show_job(self._job, now_ms)

    def _choose(self, patient: str) -> None:
        self.who.blockSignals(True)  # chosen by the programme: what is prepared stays
        self.who.setCurrentIndex(max(0, self.who.findData(patient)))
        self.who.blockSignals(False)

    def _show_people(self, answer: Any) -> None:
        chosen = self._wanted or self.who.currentData() or ""
        self.who.blockSignals(True)
        self.who.clear()
        self.who.addItem(_("Whole ward"), "")
        for row in rows_of(answer, BoardRow):
            if row.patient:
                self.who.addItem(f"{row.bed}  {full_name(row.family, row.given)}", row.patient)
        self.who.blockSignals(False)
        self._choose(chosen)

    def _show_printers(self, answer: Any) -> None:
        self.panel.show_printers([row for row in answer or [] if isinstance(row, dict)])
        self._show_ready()
        if self._job:
            self.panel.way_out().setFocus()

    # -- preparing ---------------------------------------------------------------------------

    def _document(self) -> Document | None:
        row = self.list.current_row()
        return row if isinstance(row, Document) else None

    def _patient(self) -> str:
        return self._wanted or str(self.who.currentData() or "")

    def _chosen(self) -> None:
        document = self._document()
        self.who.setEnabled(document is not None and document.of_patient)
        self._stale()

    def _stale(self) -> None:
        """Another choice: what was prepared is not it."""
        self._wanted = None
        self._job = {}
        self.preview.clear()
        self._show_ready()

    def _prepare(self) -> None:
        document, context = self._document(), self.context
        if document is None or context is None or self._busy:
            return
        args: dict[str, Any] = {"ward": context.ward}
        if document.of_patient and self._patient():
            args["patient"] = self._patient()
        if document.name == CARRIED:
            args |= self._carried
        self.note.hide()
        self._job = {}
        self._work(busy=True)
        ask = {"document": document.name, "args": args}
        context.port.call("print.render", ask, self._rendered, self._refused)

    def _work(self, *, busy: bool, words: str = "") -> None:
        self._busy = busy
        self.progress.setRange(0, 0)
        self._working.setText(words or _("Preparing…"))
        for part in (self.progress, self._working, self.cancel):
            part.setVisible(busy)
        self.prepare.setEnabled(not busy)
        self._show_ready()

    def _on_progress(self, said: dict[str, Any]) -> None:
        if self._busy and said.get("job") == JOB and said.get("step") in STEPS:
            self._working.setText(step_words(str(said["step"]), self.panel.row()))
        elif self._busy and said.get("job") in (JOB, None) and said.get("total"):
            self.progress.setRange(0, int(said["total"]))
            self.progress.setValue(int(said.get("done", 0)))
            words = _("Preparing: {done} of {total}")
            self._working.setText(words.format(done=said.get("done", 0), total=said["total"]))

    def _cancel(self) -> None:
        if self.context is not None:
            self.context.port.call("cancel", {"job": JOB})

    def _rendered(self, job: Any) -> None:
        self._work(busy=False)
        if not isinstance(job, dict) or self.context is None:
            return
        self._job = job
        self.panel.path.setText(str(self._target()))
        self.preview.show_job(self.context.port, str(job["job"]), int(job["pages"]))
        self._show_ready()
        self.panel.way_out().setFocus()
        self.context.shell.announce(self.panel.facts.text())

    def _refused(self, refused: Refused) -> None:
        self._work(busy=False)
        self.note.show_state(State.REFUSED, explain_refusal(refused))
        self.note.show()
        self.enter(State.REFUSED)

    def _show_ready(self) -> None:
        document = self._document()
        self.panel.title.setText(document.title if document else _("Printing"))
        self.panel.allow(ready=bool(self._job))
        if self._job and self.context is not None:
            self.panel.show_job(self._job, self.context.now_ms())
            self.enter(State.READY)
            return
        hint = _("Enter prepares the document; then it can be looked at and printed.")
        self.panel.show_hint(_("Preparing…") if self._busy else hint)
        self.enter(State.LOADING if self._busy else State.EMPTY)

    # -- the frame ---------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._busy:
            self._cancel()
        else:
            super().keyPressEvent(event)

    def print_document(self) -> PrintOrder | None:
        """Ctrl+P here prepares the chosen document."""
        document = self._document()
        if document is None:
            return None
        return PrintOrder(document.name, {"patient": self._patient()} if self._patient() else {})

    @property
    def primary_action(self) -> PrimaryAction | None:
        return PrimaryAction(_("Print"), "printer", self._print)

    def help_text(self) -> str:
        return "\n".join(
            (
                _("Ctrl+P on any screen brings its document here, prepared; Enter prints it."),
                _("Choose a document with the arrows; Enter prepares it, Enter again prints it."),
                _("PgUp and PgDn turn the pages of the preview."),
                _("Every sheet has a number; it is put on record when the paper leaves."),
                _("Find a printer… lists those on USB and on the network, or takes an address."),
                _("Without a printer, save the PDF on the stick."),
            )
        )

    def focus_first(self) -> None:
        (self.panel.way_out() if self._job else self.list).setFocus()
