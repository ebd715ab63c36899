"""A kit on a stick reads a file from another drive: choose it, have it opened, take it off after.

There are no mounted folders for a person to browse until root's keeper has opened one drive, read
only. To save a file the drive is chosen the same way; the node writes it. Not for: what is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.port import NodePort
from kit.gui.shared.stick_drives import DrivesList
from kit.gui.widgets.confirm import ConfirmDialog

_ = translator("gui_stick")


class DriveDialog(ConfirmDialog):
    """Which of the drives that are plugged in; to read from, or to save one file on."""

    def __init__(self, port: NodePort, *, writing: bool = False) -> None:
        read = _("It is only read, and taken off again when the work is done.")
        written = _(
            "The file is written beside what is there; then the stick is taken off. Whoever finds"
            " the stick can read it: it is not encrypted."
        )
        super().__init__(
            _("Save on which stick?") if writing else _("Open which stick?"),
            written if writing else read,
            _("Save") if writing else _("Open"),
        )
        self.drives = DrivesList(with_kits=not writing)
        self.body.addWidget(self.drives)
        self.body.addWidget(self.drives.again)
        self.drives.chosen.connect(self._judge)
        self.drives.opened.connect(lambda: self.decide(yes=True))
        for button in (self.verb, self.cancel):
            button.setAutoDefault(True)
        self.drives.load(port)
        self._judge()

    def _judge(self) -> None:
        self.verb.setEnabled(self.drives.current() is not None)


def ask_for_drive(
    port: NodePort, confirm: Callable[[ConfirmDialog], None], chosen: Callable[[str], None]
) -> None:
    """Let a person choose the drive that one file is saved on; the node opens it and takes it off.

    chosen: gets its device; not called where nothing was chosen.
    """
    dialog = DriveDialog(port, writing=True)

    def decided(yes: bool) -> None:
        row = dialog.drives.current()
        if yes and row is not None:
            chosen(row.device)

    dialog.decided.connect(decided)
    confirm(dialog)
    dialog.drives.focus_first()


class DriveAccess(QObject):
    """`opened` gives the folder; `left` says that the stick may be pulled out, or why not."""

    opened = Signal(str)
    refused = Signal(object)  # Refused
    left = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._port: NodePort | None = None
        self._device = ""

    def ask(self, port: NodePort, confirm: Callable[[ConfirmDialog], None]) -> None:
        """Let a person choose; what was open before is taken off."""
        self.close()
        self._port = port
        dialog = DriveDialog(port)
        dialog.decided.connect(lambda yes: self._open(dialog) if yes else None)
        confirm(dialog)
        dialog.drives.focus_first()

    def _open(self, dialog: DriveDialog) -> None:
        row = dialog.drives.current()
        if row is None or self._port is None:
            return
        self._device = row.device
        args = {"device": row.device}
        self._port.call("medium.import_mount", args, self._on_open, self._on_refused)

    def _on_open(self, answer: Any) -> None:
        self.opened.emit(str((answer or {}).get("path") or ""))

    def _on_refused(self, refused: Refused) -> None:
        self._device = ""
        self.refused.emit(refused)

    def close(self) -> None:
        """The work is done: take the drive off; nothing happens where none is open."""
        device, self._device = self._device, ""
        if device and self._port is not None:
            gone = lambda _ok: self.left.emit(_("The stick may be pulled out."))  # noqa: E731
            stays = lambda _no: self.left.emit(_still_words())  # noqa: E731
            self._port.call("medium.eject", {"device": device}, gone, stays)


def pulled_words(answer: Any) -> str:
    """Whether the drive that was written on may be pulled out."""
    ejected = isinstance(answer, dict) and bool(answer.get("ejected"))
    return _("The stick may be pulled out.") if ejected else _still_words()


def _still_words() -> str:
    return _("The stick is still in use: switch the kit off before pulling it out.")
