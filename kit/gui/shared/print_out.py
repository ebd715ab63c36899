"""The ways out of the print screen: a printer of this kit, another one that is found, or a file.

Before the first sheets on a printer somebody says that it is the right one. Not for: choosing a
document and preparing it (`printing`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QWidget

from kit.core.clock import local, moment_text
from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal
from kit.gui.screen import Context, Screen
from kit.gui.shared.drive_access import ask_for_drive, pulled_words
from kit.gui.shared.print_panel import PrinterPanel
from kit.gui.shared.printer_find import PrinterDialog
from kit.gui.shared.printer_rows import PrinterRow
from kit.gui.states import Explained, Sentences, State, declare
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.panel import StatePanel

_ = translator("gui_entry")

STEPS = ("ask", "queue", "send", "out")
PARTLY = ("PRN-015", "PRN-016", "PRN-017", "print.stopped")
"""Some sheets may be out."""


def _N(message: str) -> str:
    return message


def step_words(step: str, row: PrinterRow | None) -> str:
    """What printing waits for."""
    name = row.words if row else ""
    return {
        "ask": _("Asking “{printer}” whether it can print…"),
        "queue": _("Setting “{printer}” up on this kit…"),
        "send": _("Sending the pages to “{printer}”…"),
        "out": _("“{printer}” has the pages; waiting for it to print…"),
    }[step].format(printer=name)


declare(
    "gui_entry",
    {
        "print.stopped": Sentences(
            _N("Printing was stopped."),
            _N("Sheets that had left already may be out."),
            _N("Count what lies in the printer; destroy a pack that is not whole."),
        )
    },
)


class PrintOut(Screen):
    """What happens to a document that is ready; the screen itself prepares it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job: dict[str, Any] = {}
        self._busy = False
        self.note = StatePanel(flat=True)
        self.panel = PrinterPanel()

    def _work(self, *, busy: bool, words: str = "") -> None:
        raise NotImplementedError

    def _show_ready(self) -> None:
        raise NotImplementedError

    def _show_printers(self, answer: Any) -> None:
        raise NotImplementedError

    def _ask_printers(self) -> None:
        if self.context is not None:
            none = lambda _no: self._show_printers([])  # noqa: E731
            self.context.port.call("print.printers", {}, self._show_printers, none)

    def find_printer(self) -> None:
        """Look for printers, and choose one."""
        if self.context is None:
            return
        dialog = PrinterDialog(self.context.port)
        dialog.decided.connect(lambda yes: self._ask_printers() if yes else None)
        self.context.shell.confirm(dialog)
        dialog.finder.focus_first()

    def _print(self) -> None:
        row = self.panel.row()
        if row is None and not self._busy:
            self.find_printer()
            return
        if self.context is None or not self._job or self._busy or row is None:
            return
        if row.known:
            self._send(row)
            return
        # The first time, somebody says that this is the printer beside them.
        dialog = ConfirmDialog(
            _("Print on “{printer}”?").format(printer=row.words),
            _(
                "This kit has not printed there yet. Make sure that it is the printer beside you:"
                " sheets with patients' names will come out there."
            ),
            _("Print there"),
        )
        dialog.decided.connect(lambda yes: self._send(row, confirmed=True) if yes else None)
        self.context.shell.confirm(dialog)

    def _send(self, row: PrinterRow, *, confirmed: bool = False) -> None:
        if self.context is None or not self._job:
            return
        self.panel.print_button.setEnabled(False)  # one press, one job
        args = {
            "job": self._job["job"], "printer": row.name, "copies": self.panel.copies.value(),
            "confirmed": confirmed,
        }  # fmt: skip
        self.note.hide()
        self._work(busy=True, words=_("Printing on “{printer}”…").format(printer=row.words))
        self.context.port.call("print.send", args, self._sent, self._not_out)

    def _sent(self, answer: Any) -> None:
        self._work(busy=False)
        still = "" if answer.get("done", True) else " " + _("It is still printing.")
        self._out(_("Sent to {printer}: {pages} pages.") + still, answer)
        self._ask_printers()

    def _save(self) -> None:
        if self.context is None or not self._job:
            return
        if self.context.port.on_stick:
            self.ask_drive()
            return
        args = {"job": self._job["job"], "path": self.panel.path.text().strip()}
        self.context.port.call("print.save", args, self._saved, self._not_out)

    def ask_drive(self) -> None:
        """On a kit's stick: no folder of this computer is anybody's; a drive is chosen."""
        if self.context is not None:
            ask_for_drive(self.context.port, self.context.shell.confirm, self._save_on)

    def _save_on(self, device: str) -> None:
        if self.context is None or not self._job:
            return
        self.panel.save_button.setEnabled(False)  # one press, one file
        args = {"job": self._job["job"], "device": device, "name": self._target().name}
        self.context.port.call("print.save", args, self._saved, self._not_out)

    def _saved(self, answer: Any) -> None:
        pulled = f" {pulled_words(answer)}" if "ejected" in answer else ""
        self._out(_("Saved: {path}, {pages} pages.") + pulled, answer)

    def _out(self, words: str, answer: Any) -> None:
        if self.context is None:
            return
        self.note.hide()
        said, now = words.format(**answer), self.context.now_ms()
        last = _("Last: {said} {time}, {name}")
        when, who = moment_text(now, now), self.context.person.name
        self.panel.last.setText(last.format(said=said, time=when, name=who))
        self._show_ready()
        self.context.shell.toast(said)

    def _not_out(self, refused: Refused) -> None:
        self._work(busy=False)
        if refused.code == "work.cancelled":
            refused = Refused("print.stopped")
        said = explain_refusal(refused)
        instead = _(
            "Nothing came out. Try another printer, or save the PDF and print it elsewhere."
        )
        means = said.means or ("" if refused.code in PARTLY else instead)
        self.note.show_state(State.REFUSED, Explained(said.happened, means, said.todo, said.code))
        self.note.show()
        self._show_ready()

    def _target(self) -> Path:
        return _target(str(self._job.get("document", "kit")), self.context)


def _target(document: str, context: Context | None) -> Path:
    ward, now = (context.ward, context.now_ms()) if context else ("", 0)
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    stem = document.replace(":", "-").replace(",", "-")
    return Path(place or Path.home()) / f"{ward}-{stem}-{local(now):%Y%m%d-%H%M}.pdf"
