"""F12, import: choose the hospital's extract, watch it being read, and learn what it did not hold.

Not for: reading files (the node does, slice by slice) nor deciding what is dangerous.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QIODevice, QSaveFile, QStandardPaths, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from kit.core.clock import local
from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal
from kit.gui.models import Column, DiffModel
from kit.gui.screen import Context, PrimaryAction, Screen
from kit.gui.shared.drive_access import DriveAccess
from kit.gui.shared.intake_report import ReportView
from kit.gui.shared.intake_rows import IntakeRow, ReportRow, figure, report_text, state_text
from kit.gui.states import Explained, State
from kit.gui.theme import Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import rows_of
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.cell import Cell, Run
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import StatePanel
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_entry")

LIST_PX = 300
JOB = "import"


class IntakeScreen(Screen):
    """Path and verb above, imports left, the gap report right."""

    key = "shared.intake"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._running = False
        self._listening = False
        self._report: ReportRow | None = None
        self.list = RowsTable(_("Imports of this kit"))
        self.model: DiffModel[IntakeRow] = DiffModel(
            [Column(lambda: _("Imports"), self._row_cell, 240, 1)], lambda row: row.intake, self
        )
        self.list.setModel(self.model)
        self.note = StatePanel(flat=True)
        self.drive = DriveAccess(self)
        self.report = ReportView()
        self.empty = StatePanel()
        self._lay_out()
        self._bind()

    # -- layout ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.S)
        column.addLayout(self._chooser())
        column.addLayout(self._waiting())
        column.addWidget(self.note)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.report)
        self._stack = QStackedWidget()
        self._stack.addWidget(area)
        self._stack.addWidget(self.empty)
        self.list.setFixedWidth(LIST_PX)
        row = QHBoxLayout()
        row.setSpacing(Space.L)
        row.addWidget(self.list)
        row.addWidget(self._stack, 1)
        column.addLayout(row, 1)
        self.note.hide()

    def _chooser(self) -> QHBoxLayout:
        self.path = QLineEdit()
        self.path.setAccessibleName(_("Folder or file of the extract"))
        self.path.setPlaceholderText(_("Folder or file of the extract, e.g. on the stick"))
        self.folder = action_button(_("Folder…"), self._choose_folder)
        self.file = action_button(_("File…"), self._choose_file)
        self.stick = action_button(_("Stick…"), self._ask_drive)
        self.stick.hide()
        self.start = action_button(_("Import"), self._start, "primary")
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.path, 1)
        for part in (self.stick, self.folder, self.file, self.start):
            row.addWidget(part)
        return row

    def _waiting(self) -> QHBoxLayout:
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(_("Reading the extract"))
        self._words = Text(tone=Tone.MUTED, wrap=False)
        self.stop = action_button(_("Stop"), self._cancel)
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        row.addWidget(self._words)
        row.addWidget(self.progress, 1)
        row.addWidget(self.stop)
        for part in (self.progress, self._words, self.stop):
            part.hide()
        return row

    def _bind(self) -> None:
        self.path.returnPressed.connect(self._start)
        self.path.textChanged.connect(lambda _text: self._ready())
        self.list.selectionModel().currentRowChanged.connect(lambda *_any: self._ask_report())
        self.report.saved.connect(self._keep_report)
        self.drive.opened.connect(self._browse)
        self.drive.refused.connect(self._refused)
        self.drive.left.connect(self._toast)
        self._ready()

    # -- asking ------------------------------------------------------------------------------

    def load(self, context: Context) -> None:
        if not self._listening:
            self._listening = True
            context.port.progress.connect(self._on_progress)
        self.context = context
        self.stick.setVisible(context.port.on_stick)
        self._ask()

    def _ask(self) -> None:
        if self.context is not None:
            port = self.context.port
            port.ask("intake.list", {}, self._show_imports, self._not_allowed)
            port.call("status", {}, self._show_status, lambda _refused: None, again=True)

    def on_changed(self, topics: set[str]) -> None:
        if "snapshot" in topics:
            self._ask()

    def _ask_report(self) -> None:
        row = self.list.current_row()
        if isinstance(row, IntakeRow) and self.context is not None:
            args = {"intake": row.intake}
            self.context.port.ask("intake.report", args, self._show_report, self._refused)

    # -- importing ---------------------------------------------------------------------------

    def _ready(self) -> None:
        self.start.setEnabled(bool(self.path.text().strip()) and not self._running)

    def _start(self) -> None:
        path = self.path.text().strip()
        if not path or self.context is None or self._running:
            return
        self.note.hide()
        self._run(running=True)
        self.context.port.call("import.start", {"path": path}, self._done, self._refused)

    def _run(self, *, running: bool) -> None:
        self._running = running
        self.progress.setRange(0, 0)
        self._words.setText(_("Reading…"))
        for part in (self.progress, self._words, self.stop):
            part.setVisible(running)
        for choice in (self.path, self.stick, self.folder, self.file):
            choice.setEnabled(not running)
        self._ready()

    def _on_progress(self, said: dict[str, Any]) -> None:
        total = int(said.get("total") or 0)
        if self._running and total:
            done = int(said.get("done") or 0)
            self.progress.setRange(0, 100)
            self.progress.setValue(min(100, done * 100 // total))
            words = _("Read {done} of {total} kB")
            self._words.setText(
                words.format(done=figure(done // 1024), total=figure(total // 1024))
            )

    def _cancel(self) -> None:
        if self.context is not None:
            self.context.port.call("cancel", {"job": JOB})

    def _done(self, _answer: Any) -> None:
        self._run(running=False)
        self._toast(_("Import finished: read what the ward will not have."))
        self.drive.close()
        self._ask()
        self.list.selectRow(0)
        self.list.setFocus()

    def _refused(self, refused: Refused) -> None:
        self._run(running=False)
        self.note.show_state(State.REFUSED, explain_refusal(refused))
        self.note.show()
        self._ask()

    def _not_allowed(self, refused: Refused) -> None:
        self.empty.show_state(State.REFUSED, explain_refusal(refused))
        self._stack.setCurrentWidget(self.empty)
        for part in (self.path, self.stick, self.folder, self.file, self.start):
            part.setEnabled(False)
        self.enter(State.REFUSED)

    # -- showing -----------------------------------------------------------------------------

    def _show_imports(self, answer: Any) -> None:
        rows = rows_of(answer, IntakeRow)
        self.model.show(rows[:500])
        if not rows:
            self.empty.show_state(
                State.EMPTY, _none(), [(_("Choose a folder"), self._choose_folder)]
            )
            self._stack.setCurrentWidget(self.empty)
            self.enter(State.EMPTY)
            return
        if self.list.current_row() is None:
            self.list.selectRow(0)
        else:
            self._ask_report()

    def _show_report(self, answer: Any) -> None:
        rows = rows_of(answer, ReportRow)
        if not rows or self.context is None:
            return
        self._report = rows[0]
        self.report.show_report(rows[0], self.context.now_ms())
        self._stack.setCurrentIndex(0)
        self.enter(State.READY)

    def _show_status(self, status: dict[str, Any] | None) -> None:
        """An import that was cut off offers itself again."""
        left = (status or {}).get("unfinished_import")
        if not left or self._running:
            return
        said = Explained(
            _("The import of {label} was cut short.").format(label=left.get("label", "")),
            _("What was read is safe; the rest is missing in the kit."),
            _("Run it again: it goes on where it stopped and takes nothing twice."),
        )
        path = str(left.get("path") or "")
        self.note.show_state(State.STALE, said, [(_("Go on with it"), lambda: self._resume(path))])
        self.note.show()

    def _resume(self, path: str) -> None:
        """Where the path is known whole, go on; otherwise ask for it."""
        if path and Path(path).is_absolute():
            self.path.setText(path)
            self._start()
        else:
            self.path.setFocus()
            self._choose_folder()

    def _row_cell(self, row: IntakeRow) -> Cell:
        now = self.context.now_ms() if self.context else 0
        tone = Tone.MUTED if row.finished else Tone.WARNING
        lines = [(Run(row.label, bold=True),), (Run(state_text(row, now), tone=tone),)]
        if row.dangerous:
            words = _("! {n} dangerous gaps").format(n=figure(row.dangerous))
            lines.append((Run(words, bold=True, tone=Tone.CRITICAL),))
        if row.refused:
            lines.append(
                (Run(_("{n} units not read").format(n=figure(row.refused)), tone=Tone.WARNING),)
            )
        return Cell(tuple(lines))

    # -- choosing and keeping ----------------------------------------------------------------

    def _toast(self, text: str) -> None:
        if self.context is not None:
            self.context.shell.toast(text)

    def _ask_drive(self) -> None:
        """On a kit's stick: have a drive opened first, then choose what is on it."""
        if self.context is not None:
            self.drive.ask(self.context.port, self.context.shell.confirm)

    def _browse(self, path: str) -> None:
        self.path.setText(path)
        self.start.setFocus()

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, _("Folder of the extract"), self.path.text()
        )
        if chosen:
            self.path.setText(chosen)
            self.start.setFocus()

    def _choose_file(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(
            self, _("File of the extract"), self.path.text()
        )
        if chosen:
            self.path.setText(chosen)
            self.start.setFocus()

    def _keep_report(self) -> None:
        if self._report is not None and self.context is not None:
            self._toast(kept_report(self._report, self.context.now_ms()))

    # -- the frame ---------------------------------------------------------------------------

    @property
    def primary_action(self) -> PrimaryAction | None:
        return PrimaryAction(_("Import"), "database", self._start)

    def new_entry(self) -> None:
        """Ctrl+N: the next extract."""
        self.path.setFocus()

    def help_text(self) -> str:
        return "\n".join(
            (
                _("Choose the folder or file that the hospital exported, then import it."),
                _("Work goes on while it is read; it may be stopped and started again."),
                _("The report says what the ward will not have: read the red lines first."),
                _("Nothing is taken twice; a newer extract completes the older one."),
            )
        )

    def focus_first(self) -> None:
        (self.list if self.model.rowCount() else self.path).setFocus()


def kept_report(report: ReportRow, now_ms: int) -> str:
    """Save the report as text beside the other documents, for print or IT; what became of it."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    path = Path(place or Path.home()) / f"import-{local(now_ms):%Y%m%d-%H%M}.txt"
    file = QSaveFile(str(path))
    kept = file.open(QIODevice.OpenModeFlag.WriteOnly)
    kept = kept and file.write(report_text(report, now_ms).encode()) >= 0 and file.commit()
    if kept:
        return _("Report saved: {path}").format(path=path)
    return _("The report could not be saved in {path}.").format(path=path.parent)


def _none() -> Explained:
    return Explained(
        _("Nothing has been imported yet."),
        _("The kit knows no patient, no allergy and no prescription."),
        _(
            "Choose the folder of the hospital's last extract;"
            " without one, admit and write here or on paper."
        ),
    )
