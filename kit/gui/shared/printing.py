"""F8, printing: choose a document, look at it, print it or save it; Ctrl+P arrives with one ready.

Not for: what is on paper (`kit.paper`) nor the numbers of sheets (the node gives them, and puts them
on record when the paper leaves).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from kit.core.clock import HOUR, local, moment_text
from kit.core.errors import Refused
from kit.core.text import plural_translator, translator
from kit.gui import theme
from kit.gui.faults import explain_refusal
from kit.gui.models import Column, DiffModel
from kit.gui.screen import Context, PrimaryAction, PrintOrder, Screen
from kit.gui.shared.print_documents import Document, documents, minutes_for, valid_hours
from kit.gui.shared.print_preview import Preview
from kit.gui.states import Explained, State
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import full_name, rows_of
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.ages import ago
from kit.gui.widgets.cell import text_cell
from kit.gui.widgets.labels import Text, rule
from kit.gui.widgets.panel import StatePanel
from kit.gui.widgets.rows import RowsTable
from kit.ward.board import BoardRow

_ = translator("gui_entry")
ngettext = plural_translator("gui_entry")

SIDE_PX = 300
LIST_PX = 250
JOB = "print"


class PrintingScreen(Screen):
    """Documents left, pages in the middle, printer right; Enter prepares, Enter again prints."""

    key = "shared.printing"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job: dict[str, Any] = {}
        self._order: PrintOrder | None = None
        self._printers: list[dict[str, Any]] = []
        self._last = ""
        self._busy = False
        self.list = RowsTable(_("Documents"))
        self.model: DiffModel[Document] = DiffModel(
            [Column(lambda: _("Documents"), lambda row: text_cell(row.title, row.about), 200, 1)],
            lambda row: row.name,
            self,
        )
        self.list.setModel(self.model)
        self.preview = Preview()
        self.note = StatePanel(flat=True)
        self.progress = QProgressBar()
        self._lay_out()
        self._bind()
        self._show_ready()

    # -- layout ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.list.setFixedWidth(LIST_PX)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(_("Preparing the document"))
        self._working = Text(tone=Tone.MUTED)
        self.cancel = action_button(_("Stop"), self._cancel)
        waiting = QHBoxLayout()
        waiting.addWidget(self._working, 1)
        waiting.addWidget(self.cancel)
        middle = QVBoxLayout()
        middle.setSpacing(Space.S)
        middle.addLayout(self._choices())
        middle.addWidget(self.note)
        middle.addWidget(self.progress)
        middle.addLayout(waiting)
        middle.addWidget(self.preview, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.M, 0, Space.M)
        row.setSpacing(Space.L)
        row.addWidget(self.list)
        row.addLayout(middle, 1)
        row.addWidget(self._side())
        for part in (self.note, self.progress, self.cancel, self._working):
            part.hide()

    def _choices(self) -> QHBoxLayout:
        self.who = QComboBox()
        self.who.setAccessibleName(_("Whole ward, or one patient"))
        self.prepare = action_button(_("Prepare"), self._prepare)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.who, 1)
        row.addWidget(self.prepare)
        return row

    def _side(self) -> QWidget:
        side = QWidget()
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.dress(side, surface="sheet")
        side.setFixedWidth(SIDE_PX)
        self._title = Text(size=Size.HEADING)
        self._facts = Text()
        self._age = Text(tone=Tone.MUTED)
        self._valid = Text(bold=True)
        self._warning = Text(tone=Tone.WARNING)
        self.printer = QComboBox()
        self.printer.setAccessibleName(_("Printer"))
        self._no_printer = Text(tone=Tone.WARNING)
        self.copies = QSpinBox()
        self.copies.setRange(1, 20)
        self.copies.setAccessibleName(_("Copies"))
        self.print_button = action_button(_("Print"), self._print, "primary")
        self.path = QLineEdit()
        self.path.setAccessibleName(_("File to save the PDF in"))
        self.save_button = action_button(_("Save the PDF"), self._save)
        self.browse = action_button(_("Other place…"), self._browse, "quiet")
        self._where = Text(size=Size.SMALL, tone=Tone.MUTED)
        self.path.textChanged.connect(self._where.setText)
        self._last_words = Text(size=Size.SMALL, tone=Tone.MUTED)
        column = QVBoxLayout(side)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.S)
        for part in (self._title, self._facts, self._age, self._valid, self._warning, rule()):
            column.addWidget(part)
        for part in (
            Text(_("Printer"), bold=True),
            self.printer,
            self._no_printer,
            self._copies_row(),
        ):
            column.addWidget(part)
        for part in (self.print_button, rule(), Text(_("Without a printer"), bold=True), self.path):
            column.addWidget(part)
        row = QHBoxLayout()
        row.addWidget(self.save_button, 1)
        row.addWidget(self.browse)
        column.addLayout(row)
        column.addWidget(self._where)
        column.addStretch(1)
        column.addWidget(self._last_words)
        return side

    def _copies_row(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Text(_("Copies")), 1)
        row.addWidget(self.copies)
        return box

    def _bind(self) -> None:
        self.list.opened.connect(lambda _row: self._prepare())
        self.list.selectionModel().currentRowChanged.connect(lambda *_any: self._chosen())
        self.who.currentIndexChanged.connect(lambda _place: self._stale())

    # -- arriving ----------------------------------------------------------------------------

    def load(self, context: Context) -> None:
        first = self.context is None
        self.context = context
        self.model.show(documents())
        if first:
            context.port.progress.connect(self._on_progress)
            self.list.selectRow(0)
        port = context.port
        port.ask("ward.board", {"ward": context.ward}, self._show_people, self._refused)
        port.call(
            "print.printers", {}, self._show_printers, lambda _refused: self._show_printers([])
        )

    def open_order(self, order: PrintOrder) -> None:
        """Ctrl+P elsewhere: that document, prepared at once, the button under Enter."""
        self._order = order
        place = self.model.place_of(order.document)
        if place >= 0:
            self.list.selectRow(place)
        self.who.setCurrentIndex(max(0, self.who.findData(str(order.args.get("patient") or ""))))
        self._prepare()

    def on_tick(self, now_ms: int) -> None:
        if self._job:
            self._say_facts()

    def _show_people(self, answer: Any) -> None:
        chosen = self.who.currentData() or ""
        self.who.blockSignals(True)  # the same choice again is no new choice
        self.who.clear()
        self.who.addItem(_("Whole ward"), "")
        for row in rows_of(answer, BoardRow):
            if row.patient:
                self.who.addItem(f"{row.bed}  {full_name(row.family, row.given)}", row.patient)
        self.who.setCurrentIndex(max(0, self.who.findData(chosen)))
        self.who.blockSignals(False)

    def _show_printers(self, answer: Any) -> None:
        self._printers = [row for row in answer or [] if isinstance(row, dict)]
        self.printer.clear()
        for row in self._printers:
            name = str(row.get("name") or "")
            words = name if row.get("accepting", True) else _("{name} (paused)").format(name=name)
            self.printer.addItem(words, name)
        none = not self._printers
        self._no_printer.setText(_("No printer on this computer: save the PDF on a stick instead."))
        self._no_printer.setVisible(none)
        self.printer.setVisible(not none)
        theme.dress(self.save_button, kind="primary" if none else "")
        self._show_ready()

    # -- preparing ---------------------------------------------------------------------------

    def _document(self) -> Document | None:
        row = self.list.current_row()
        return row if isinstance(row, Document) else None

    def _chosen(self) -> None:
        document = self._document()
        self.who.setEnabled(document is not None and document.of_patient)
        self._stale()

    def _stale(self) -> None:
        """Another choice: what was prepared is not it."""
        self._job = {}
        self.preview.clear()
        self._show_ready()

    def _prepare(self) -> None:
        document, context = self._document(), self.context
        if document is None or context is None or self._busy:
            return
        args: dict[str, Any] = {"ward": context.ward}
        patient = self.who.currentData() or ""
        if document.of_patient and patient:
            args["patient"] = patient
        self.note.hide()
        self._job = {}
        self._work(busy=True)
        ask = {"document": document.name, "args": args}
        context.port.call("print.render", ask, self._rendered, self._refused)

    def _work(self, *, busy: bool) -> None:
        self._busy = busy
        self.progress.setRange(0, 0)
        self._working.setText(_("Preparing…"))
        for part in (self.progress, self._working, self.cancel):
            part.setVisible(busy)
        self.prepare.setEnabled(not busy)
        self._show_ready()

    def _on_progress(self, said: dict[str, Any]) -> None:
        if self._busy and said.get("total"):
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
        self.path.setText(str(self._target()))
        self.preview.show_job(self.context.port, str(job["job"]), int(job["pages"]))
        self._show_ready()
        (self.print_button if self._printers else self.save_button).setFocus()
        self.context.shell.announce(self._facts.text())

    def _refused(self, refused: Refused) -> None:
        self._work(busy=False)
        self.note.show_state(State.REFUSED, explain_refusal(refused))
        self.note.show()
        self.enter(State.REFUSED)

    # -- what is ready -----------------------------------------------------------------------

    def _show_ready(self) -> None:
        ready = bool(self._job)
        self.print_button.setEnabled(ready and bool(self._printers))
        for part in (self.save_button, self.path, self.browse, self.copies):
            part.setEnabled(ready)
        document = self._document()
        self._title.setText(document.title if document else _("Printing"))
        if ready:
            self._say_facts()
            self.enter(State.READY)
            return
        hint = _("Enter prepares the document; then it can be looked at and printed.")
        self._facts.setText(_("Preparing…") if self._busy else hint)
        for part in (self._age, self._valid, self._warning):
            part.hide()
        self.enter(State.LOADING if self._busy else State.EMPTY)

    def _say_facts(self) -> None:
        job, now = self._job, self.context.now_ms() if self.context else 0
        pages, sheets = int(job["pages"]), int(job["sheets"])
        parts = [
            ngettext("{n} page", "{n} pages", pages).format(n=pages),
            ngettext("{n} numbered sheet", "{n} numbered sheets", sheets).format(n=sheets),
            ngettext("about {n} minute", "about {n} minutes", minutes_for(pages)).format(
                n=minutes_for(pages)
            ),
        ]
        self._facts.setText(", ".join(parts))
        self._say_age(int(job.get("data_as_of_ms") or 0), str(job.get("source_label") or ""), now)
        hours = valid_hours(str(job["document"]).rpartition(":")[2])
        blank = str(job["document"]).startswith("blank:")
        until = moment_text(now + hours * HOUR, now)
        self._valid.setText(_("Valid until {moment}").format(moment=until))
        self._valid.setVisible(bool(hours) and not blank)
        lost = [w for w in job.get("warnings") or [] if w.get("code") == "glyph"]
        self._warning.setText(
            _("Some letters are not in the printing font; they are marked on paper.")
        )
        self._warning.setVisible(bool(lost))

    def _say_age(self, as_of: int, source: str, now: int) -> None:
        words = (
            _("Data {source}, {age}").format(source=source, age=ago(as_of, now)) if as_of else ""
        )
        old = bool(as_of) and now - as_of > 12 * HOUR
        self._age.setText(f"◷ {words}" if words else "")
        self._age.set_tone(Tone.WARNING if old else Tone.MUTED)
        self._age.setVisible(bool(words))

    # -- out ---------------------------------------------------------------------------------

    def _print(self) -> None:
        if self.context is None or not self._job or not self._printers:
            return
        self.print_button.setEnabled(False)
        args = {
            "job": self._job["job"], "printer": str(self.printer.currentData() or ""),
            "copies": self.copies.value(),
        }  # fmt: skip
        self.context.port.call("print.send", args, self._sent, self._not_printed)

    def _sent(self, answer: Any) -> None:
        self._out(_("Sent to {printer}: {pages} pages."), answer)

    def _save(self) -> None:
        if self.context is None or not self._job:
            return
        args = {"job": self._job["job"], "path": self.path.text().strip()}
        self.context.port.call("print.save", args, self._saved, self._not_printed)

    def _saved(self, answer: Any) -> None:
        self._out(_("Saved: {path}, {pages} pages."), answer)

    def _out(self, words: str, answer: Any) -> None:
        if self.context is None:
            return
        self.note.hide()
        said = words.format(**answer)
        when = moment_text(self.context.now_ms(), self.context.now_ms())
        self._last_words.setText(
            _("Last: {said} {time}, {name}").format(
                said=said, time=when, name=self.context.person.name
            )
        )
        self._show_ready()
        self.context.shell.toast(said)

    def _not_printed(self, refused: Refused) -> None:
        said = explain_refusal(refused)
        instead = _(
            "Nothing came out. Try another printer, or save the PDF and print it elsewhere."
        )
        self.note.show_state(
            State.REFUSED, Explained(said.happened, said.means or instead, said.todo, said.code)
        )
        self.note.show()
        self._show_ready()

    def _target(self) -> Path:
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        now = self.context.now_ms() if self.context else 0
        stem = str(self._job.get("document", "kit")).replace(":", "-").replace(",", "-")
        ward = self.context.ward if self.context else ""
        return Path(place or Path.home()) / f"{ward}-{stem}-{local(now):%Y%m%d-%H%M}.pdf"

    def _browse(self) -> None:
        title = _("File to save the PDF in")
        chosen, _kind = QFileDialog.getSaveFileName(self, title, self.path.text(), "PDF (*.pdf)")
        if chosen:
            self.path.setText(chosen)

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
        patient = self.who.currentData() or ""
        return PrintOrder(document.name, {"patient": patient} if patient else {})

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
                _("Without a printer, save the PDF on the stick."),
            )
        )

    def focus_first(self) -> None:
        ready = self.print_button if self._printers else self.save_button
        (ready if self._job and ready.isEnabled() else self.list).setFocus()
