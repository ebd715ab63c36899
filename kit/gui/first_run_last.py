"""The last step of the first run: a sheet on paper, then the other kits of the hospital.

Not for: pairing itself (the exchanges do it, once somebody is signed in).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import theme
from kit.gui.first_run_steps import Step
from kit.gui.shared.drive_access import ask_for_drive, pulled_words
from kit.gui.shared.printer_find import PrinterFinder
from kit.gui.shared.printer_rows import PrinterRow, lines_of, printers_of
from kit.gui.theme import Space
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.labels import Text

_ = translator("gui_ward")

TEST_SHEET = "blank:MEDA"
FILE = "test.pdf"


class PrintStep(Step):
    """One sheet on paper, since a kit must be able to print before it is needed; then the fleet."""

    def build(self) -> None:
        self._rows: list[PrinterRow] = []
        self.say(
            _("Print one blank sheet to be sure that this printer works. It can also be saved.")
        )
        self.printers = QComboBox()
        self.printers.setAccessibleName(_("Printer"))
        self.column.addWidget(self.printers)
        self._where = Text(tone=Tone.MUTED)
        self.column.addWidget(self._where)
        self.printers.currentIndexChanged.connect(lambda _place: self._show_where())
        self._find()
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.test = QPushButton(_("Print a test sheet"))
        self.save = QPushButton(_("Save the test sheet as PDF…"))
        for button in (self.test, self.save):
            button.setAccessibleName(button.text())
            row.addWidget(button)
        row.addStretch(1)
        self.test.clicked.connect(lambda: self._render(self._send))
        self.save.clicked.connect(self._save_as)
        self.column.addLayout(row)
        self._said = Text()
        self.column.addWidget(self._said)
        self._fleet()
        self._show_printers([])

    def _find(self) -> None:
        """The finder, folded away until it is wanted."""
        self.find_button = action_button(_("Find a printer…"), self.open_finder)
        self.column.addWidget(self.find_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._finding = QWidget()
        self._use, self._back = QPushButton(), QPushButton()
        theme.dress(self._use, kind="primary")
        self.finder = PrinterFinder(self._use, self._back)
        self._use.clicked.connect(lambda _checked=False: self.finder.press())
        self._back.clicked.connect(lambda _checked=False: self.finder.give_up())
        self.finder.left.connect(lambda: self._fold(folded=True))
        self.finder.kept.connect(self._kept)
        buttons = QHBoxLayout()
        for button in (self._use, self._back):
            button.setAutoDefault(True)
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self._finding)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.finder)
        column.addLayout(buttons)
        self.column.addWidget(self._finding)
        self._finding.hide()

    def open_finder(self) -> None:
        """Look for printers, here in the step."""
        self._fold(folded=False)
        self.finder.load(self.gathered.port)
        self.finder.focus_first()

    def _fold(self, *, folded: bool) -> None:
        self._finding.setVisible(not folded)
        self.find_button.setVisible(folded)
        if folded:
            self.find_button.setFocus()

    def _kept(self, _row: dict[str, Any]) -> None:
        self.finder.stop()
        self._fold(folded=True)
        self.begin()
        self.test.setFocus()

    def _fleet(self) -> None:
        """Other kits: now, with another one beside this one, or later from the exchanges."""
        self.column.addSpacing(Space.M)
        self.column.addWidget(Text(_("Other kits of the hospital"), bold=True))
        if self.gathered.steering:
            said = _(
                "Is this the first kit of the crisis cell? Then it founds the fleet, and the others"
                " join it. Is there one already? Then join it, with that kit beside this one."
            )
        else:
            said = _(
                "This kit works alone. To exchange with the other wards and the crisis cell it"
                " joins their fleet, with a kit of the crisis cell beside it; now or later (F9)."
            )
        self.say(said)
        self.join = QCheckBox(_("Join a fleet now"))
        self.join.setAccessibleName(self.join.text())
        self.join.setChecked(self.gathered.joins)
        self.join.toggled.connect(self._joins)
        self.column.addWidget(self.join)

    def _joins(self, on: bool) -> None:
        self.gathered.joins = on
        self.verb_changed.emit()

    def begin(self) -> None:
        self.gathered.port.call("print.printers", {}, self._show_printers, self._no_printer)

    def _no_printer(self, _why: Refused) -> None:
        self._show_printers([])

    def _show_printers(self, answer: Any) -> None:
        self._rows = printers_of(answer)
        self.printers.clear()
        for row in self._rows:
            self.printers.addItem(row.words, row.name)
        found = self.printers.count() > 0
        if not found:
            self.printers.addItem(_("No printer is set up on this kit yet"))
        self.printers.setEnabled(found)
        self.test.setEnabled(found)
        self._show_where()

    def _show_where(self) -> None:
        name = self.printers.currentData()
        row = next((row for row in self._rows if row.name == name), None)
        self._where.setVisible(row is not None)
        self._where.setText(lines_of(row)[1] if row is not None else "")

    def _render(self, then: Any) -> None:
        self.work(on=True)
        self.gathered.port.call("print.render", {"document": TEST_SHEET}, then, self.on_refused)

    def _send(self, job: dict[str, Any]) -> None:
        # A blank sheet names nobody: whoever prints it here sees by it where the paper comes out.
        printer = str(self.printers.currentData() or "")
        args = {"job": job["job"], "printer": printer, "confirmed": True}
        self.gathered.port.call("print.send", args, self._sent, self.on_refused)

    def _sent(self, _value: Any) -> None:
        self.work(on=False)
        self._said.setText(_("✓ The sheet was handed to the printer. Check that it came out."))

    def _save_as(self) -> None:
        if self.gathered.port.on_stick:  # no folder of this computer is anybody's
            ask_for_drive(self.gathered.port, self.asks.emit, self._save_on)
            return
        path, _kind = QFileDialog.getSaveFileName(self, _("Save the test sheet"), FILE)
        if path:
            self.save_to(Path(path))

    def save_to(self, path: Path) -> None:
        """Save the test sheet there."""
        self._render(partial(self._save_job, path))

    def _save_on(self, device: str) -> None:
        def save(job: dict[str, Any]) -> None:
            args = {"job": job["job"], "device": device, "name": FILE}
            self.gathered.port.call("print.save", args, self._saved, self.on_refused)

        self._render(save)

    def _save_job(self, path: Path, job: dict[str, Any]) -> None:
        args = {"job": job["job"], "path": str(path)}
        self.gathered.port.call("print.save", args, self._saved, self.on_refused)

    def _saved(self, saved: dict[str, Any]) -> None:
        self.work(on=False)
        said = _("✓ Saved: {path}").format(path=saved.get("path", ""))
        pulled = f"{said}. {pulled_words(saved)}" if "ejected" in saved else said
        self._said.setText(pulled)
