"""A part of “The stick”: writing this kit's system onto another stick, which is erased by it.

The drive is named twice: marked in the list, and by signs of its number typed by hand, since a
wrong choice erases somebody's files. Not for: writing (the keeper, which refuses inner disks).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from kit.core.text import translator
from kit.gui.shared.courier_rows import size_text
from kit.gui.shared.stick_check import DrivePart
from kit.gui.shared.stick_rows import (
    LAST_SIGNS,
    DriveRow,
    drive_name,
    kit_text,
    may_be_copied_to,
    names_it,
)
from kit.gui.theme import Size
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.labels import Text

_ = translator("gui_stick")


class EraseDialog(ConfirmDialog):
    """Which drive is erased, in words; the verb waits for its number."""

    def __init__(self, row: DriveRow, parent: QWidget | None = None) -> None:
        self._row = row
        super().__init__(
            _("Erase and rewrite “{name}”?").format(name=drive_name(row)),
            _erase_words(row),
            _("Erase and copy"),
            grave=True,
            parent=parent,
        )
        label = _("The last {count} signs of its number, or the whole number")
        name = Text(label.format(count=LAST_SIGNS))
        self.edit = QLineEdit()
        self.edit.setAccessibleName(name.text())
        self.edit.textChanged.connect(lambda _text: self._judge())
        self.edit.returnPressed.connect(self._enter)
        name.setBuddy(self.edit)
        self.body.addWidget(name)
        self.body.addWidget(self.edit)
        said = _("It is printed on many sticks, and stands in the list: no. {serial}")
        self.body.addWidget(Text(said.format(serial=row.serial), size=Size.SMALL, tone=Tone.MUTED))
        for button in (self.verb, self.cancel):
            button.setAutoDefault(True)
        self.setFocusProxy(self.edit)
        self._judge()

    def _judge(self) -> None:
        self.verb.setEnabled(names_it(self.edit.text(), self._row.serial))

    def _enter(self) -> None:
        if self.verb.isEnabled():
            self.verb.setFocus()  # erasing is never one key too early


class CloneStick(DrivePart):
    """Choose, name, watch, done."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            _("Copy to another stick"),
            _(
                "Makes a new stick of this version, without this kit's data and without its words:"
                " at its first start it becomes a kit of its own. 16 GB or more. What is on the"
                " chosen stick is lost."
            ),
            parent,
        )
        self.copy = action_button(_("Copy to this stick…"), self.ask, "primary")
        self._why = Text(tone=Tone.WARNING)
        self.lay_out(self.copy, self.ask, self._why)

    def ask(self) -> None:
        """Name the drive again before it is erased."""
        row = self.drives.current()
        if self.context is None or row is None or not self.copy.isEnabled():
            return
        dialog = EraseDialog(row)
        dialog.decided.connect(lambda yes: self._begin(row) if yes else None)
        self.context.shell.confirm(dialog)
        dialog.edit.setFocus()

    def _begin(self, row: DriveRow) -> None:
        args: dict[str, Any] = {"device": row.device, "serial": row.serial}
        if row.kit is not None:  # that its data is lost was said above the typed number
            args["erase"] = True
        self.job.start("clone", args, _("Writing the other stick"), self.copied)

    def copied(self, _answer: Any) -> None:
        """It is written and read back."""
        lines = (
            _("It was read back: what is on it is what was written."),
            _("Label it, then start its computer with it: it asks what it becomes."),
            _("The stick may be pulled out."),
        )
        self.job.say(_("✓ The stick is ready"), [Text(line) for line in lines])
        self.drives.ask()

    def ready(self) -> None:
        super().ready()
        row = self.drives.current()
        named = row is not None and may_be_copied_to(row)
        self.copy.setEnabled(named and not self.job.running)
        self._why.setVisible(row is not None and not named)
        self._why.setText(
            _("This stick has no number: it cannot be told from another, so it is not erased.")
        )


def _erase_words(row: DriveRow) -> str:
    if row.kit is not None:
        said = _(
            "{model}, {size}: {kit}. Its system and the encrypted data of that kit are erased, for"
            " good. Entries that have not left that kit are lost."
        )
    else:
        said = _("{model}, {size}: everything on it is erased, for good.")
    return said.format(model=drive_name(row), size=size_text(row.bytes), kit=kit_text(row))
