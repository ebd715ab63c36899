"""The step of the first run that brings in the last extract of the patient record, or none for now.

On a stick other drives are opened for it, to be read, and taken off again. Not for: what is
imported (the node).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QPushButton

from kit.core.errors import Refused
from kit.core.text import plural_translator, translator
from kit.gui import theme
from kit.gui.first_run_steps import Step
from kit.gui.theme import Space
from kit.gui.widgets.labels import Text

_ = translator("gui_ward")
ngettext = plural_translator("gui_ward")


class ImportStep(Step):
    """The last snapshot of the patient record, or none for now."""

    def build(self) -> None:
        self.say(
            _(
                "Choose the last extract of the patient record: a folder or a file, for example "
                "on the stick that came with the kit."
            )
        )
        self._mounted = ""
        self._device = ""
        if self.gathered.port.on_stick:
            self._show_drives()
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.folder = QPushButton(_("Choose a folder…"))
        self.file = QPushButton(_("Choose a file…"))
        for button in (self.folder, self.file):
            button.setAccessibleName(button.text())
            row.addWidget(button)
        row.addStretch(1)
        self.folder.clicked.connect(self._choose_folder)
        self.file.clicked.connect(self._choose_file)
        self.column.addLayout(row)
        self._path = Text(wrap=True)
        self.column.addWidget(self._path)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(_("Progress of the import"))
        self.bar.hide()
        self.column.addWidget(self.bar)
        self.cancel = QPushButton(_("Stop the import"))
        self.cancel.setAccessibleName(self.cancel.text())
        self.cancel.clicked.connect(lambda: self.gathered.port.call("import.cancel", {}))
        theme.dress(self.cancel, kind="quiet")
        self.cancel.hide()
        self.column.addWidget(self.cancel)
        self._report = Text(self.gathered.report)
        self.column.addWidget(self._report)
        for button in (self.folder, self.file):
            button.setEnabled(not self.gathered.port.on_stick)

    def _show_drives(self) -> None:
        """A kit on a stick sees other sticks only once they are opened for it, to be read."""
        from kit.gui.shared.stick_drives import DrivesList

        self.drives = DrivesList()
        self.open = QPushButton(_("Open this stick"))
        self.open.setAccessibleName(self.open.text())
        self.open.clicked.connect(self._open_drive)
        self.drives.chosen.connect(lambda: self.open.setEnabled(self.drives.current() is not None))
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.open)
        row.addWidget(self.drives.again)
        row.addStretch(1)
        self.column.addWidget(self.drives)
        self.column.addLayout(row)
        self.drives.load(self.gathered.port)

    def _open_drive(self) -> None:
        row = self.drives.current()
        if row is not None:
            self._device = row.device
            args = {"device": row.device}
            self.gathered.port.call("medium.import_mount", args, self._opened, self.on_refused)

    def _opened(self, answer: dict[str, Any] | None) -> None:
        self._mounted = str((answer or {}).get("path") or "")
        self._path.setText(self._mounted)
        for button in (self.folder, self.file):
            button.setEnabled(True)
        self.folder.setFocus()

    def begin(self) -> None:
        self.gathered.port.progress.connect(self._progress)

    def verb(self) -> str:
        return "" if self.gathered.report or self.busy else _("Skip for now")

    def start(self, path: Path) -> None:
        """Import this folder or file."""
        self._path.setText(str(path))
        self.bar.setRange(0, 0)
        for part in (self.bar, self.cancel):
            part.show()
        for button in (self.folder, self.file):
            button.setEnabled(False)
        self.work(on=True)
        self.gathered.port.call("import.start", {"path": str(path)}, self._imported, self._stopped)

    def _choose_folder(self) -> None:
        title = _("Folder of the extract")
        chosen = QFileDialog.getExistingDirectory(self, title, self._mounted)
        if chosen:
            self.start(Path(chosen))

    def _choose_file(self) -> None:
        title = _("File of the extract")
        chosen, _kind = QFileDialog.getOpenFileName(self, title, self._mounted)
        if chosen:
            self.start(Path(chosen))

    def _progress(self, told: dict[str, Any]) -> None:
        if told.get("job") == "import" and told.get("total"):
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * told["done"] / told["total"]))

    def _imported(self, _import_id: Any) -> None:
        self.gathered.port.call("status", {}, self._counted, self.on_refused, again=True)

    def _counted(self, status: dict[str, Any]) -> None:
        count = int(status.get("patients") or 0)
        said = ngettext("{count} patient in a bed", "{count} patients in a bed", count)
        self.gathered.report = _(
            "✓ Imported: {patients}. What is missing is listed in the Import screen (F12)."
        ).format(patients=said.format(count=count))
        self._report.setText(self.gathered.report)
        self._rest()

    def _stopped(self, why: Refused) -> None:
        self._rest()
        self.on_refused(why)

    def _rest(self) -> None:
        for part in (self.bar, self.cancel):
            part.hide()
        device, self._device = self._device, ""
        if device:  # taken off: it may be pulled out
            self.gathered.port.call("medium.eject", {"device": device}, None, self.on_refused)
        for button in (self.folder, self.file):
            button.setEnabled(not self.gathered.port.on_stick)
        self.work(on=False)
