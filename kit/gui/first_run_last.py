"""The last step of the first run: a sheet on paper, then the other kits of the hospital.

Not for: pairing itself (the exchanges do it, once somebody is signed in).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QHBoxLayout, QPushButton

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.first_run_steps import Step
from kit.gui.shared.drive_access import ask_for_drive, pulled_words
from kit.gui.theme import Space
from kit.gui.widgets.labels import Text

_ = translator("gui_ward")

TEST_SHEET = "blank:MEDA"
FILE = "test.pdf"


class PrintStep(Step):
    """One sheet on paper, since a kit must be able to print before it is needed; then the fleet."""

    def build(self) -> None:
        self.say(
            _("Print one blank sheet to be sure that this printer works. It can also be saved.")
        )
        self.printers = QComboBox()
        self.printers.setAccessibleName(_("Printer"))
        self.column.addWidget(self.printers)
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

    def _show_printers(self, rows: list[dict[str, Any]]) -> None:
        self.printers.clear()
        for row in rows or []:
            self.printers.addItem(str(row.get("name", "")))
        found = self.printers.count() > 0
        if not found:
            self.printers.addItem(_("No printer found on this computer"))
        self.printers.setEnabled(found)
        self.test.setEnabled(found)

    def _render(self, then: Any) -> None:
        self.work(on=True)
        self.gathered.port.call("print.render", {"document": TEST_SHEET}, then, self.on_refused)

    def _send(self, job: dict[str, Any]) -> None:
        args = {"job": job["job"], "printer": self.printers.currentText()}
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
