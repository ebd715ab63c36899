"""The root envelope on screen: putting it on paper and proving it, or taking over with it.

Words are typed in sight, since they are read from paper in a closed room; nothing of them is kept
as a draft. Not for: ciphers or who may (the node).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QRadioButton, QWidget
from shiboken6 import isValid

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal
from kit.gui.screen import Context
from kit.gui.shared.access_rows import DeviceRow
from kit.gui.shared.drive_access import ask_for_drive, pulled_words
from kit.gui.shared.printer_rows import printers_of
from kit.gui.states import Explained, State
from kit.gui.theme import Size
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.labels import Text
from kit.gui.widgets.sheet import Sheet

_ = translator("gui_exchange")

WORDS = 8
FILE = "enveloppe-racine.pdf"


class _EnvelopeSheet(Sheet):
    """Fields under labels; one service at a time; a refusal stays in the sheet."""

    def __init__(self, context: Context, title: str, subtitle: str, verb: str) -> None:
        super().__init__(title, subtitle, verb=verb)
        self.context = context
        self.busy = False
        self.verb.setAutoDefault(True)

    def add(self, words: str, field: QWidget) -> tuple[QWidget, QWidget]:
        """A field under its label; both."""
        label = Text(words, bold=True)
        label.setBuddy(field)
        field.setAccessibleName(words)
        self.body.addWidget(label)
        self.body.addWidget(field)
        return label, field

    def call(self, service: str, args: dict[str, Any], then: Any) -> None:
        """Ask; nothing else may be asked meanwhile."""
        self.busy = True
        self.note.hide()
        self.check()

        def done(answer: Any) -> None:
            if isValid(self):
                self.busy = False
                then(answer)
                self.check()

        self.context.port.call(service, args, done, self._refused)

    def check(self) -> None:
        """Whether the verb may be pressed."""
        raise NotImplementedError

    def _refused(self, refused: Refused) -> None:
        if isValid(self):
            self.busy = False
            self.check()
            self.refuse(explain_refusal(refused))


def word_count(text: str) -> int:
    """How many words are typed."""
    return len(text.split())


class PrintEnvelopeSheet(_EnvelopeSheet):
    """First the sheets, then the words typed back from one of them; only then the kit forgets."""

    def __init__(self, context: Context) -> None:
        super().__init__(
            context, _("Print the root envelope"),
            _("Two sheets for each of two holders, to be sealed apart."), _("Print"),
        )  # fmt: skip
        self.printed = False
        self.body.addWidget(
            Text(_("Stay at the printer: whoever has a symbol and its words commands the fleet."),
                 tone=Tone.WARNING)
        )  # fmt: skip
        self.printer = QComboBox()
        self.add(_("Printer"), self.printer)
        self.save = action_button(_("Save as a PDF instead…"), self._save)
        self.body.addWidget(self.save)
        self.words = QLineEdit()
        self.words.setPlaceholderText(_("the eight words, from the sheet"))
        self._label = Text(_("Type the words back from the printed sheet"), bold=True)
        self._label.setBuddy(self.words)
        self.words.setAccessibleName(self._label.text())
        self._why = Text(
            _("This proves that the paper can be read. Until then the root stays on this kit."),
            size=Size.SMALL, tone=Tone.MUTED,
        )  # fmt: skip
        self._again = action_button(_("Print again"), self._print)
        for part in (self._label, self.words, self._why, self._again):
            self.body.addWidget(part)
            part.hide()
        self.words.textChanged.connect(lambda _text: self.check())
        self.check()
        context.port.call("print.printers", {}, self.show_printers, lambda _no: None, again=True)

    def show_printers(self, answer: Any) -> None:
        """The printers of this kit; others are found on the print screen (F8)."""
        for row in printers_of(answer):
            self.printer.addItem(row.words, row.name)
        self.check()

    def check(self) -> None:
        """A printer, then eight words."""
        ready = word_count(self.words.text()) == WORDS if self.printed else self.printer.count()
        self.verb.setEnabled(bool(ready) and not self.busy)
        self.save.setEnabled(not self.busy)

    def submit(self) -> None:
        """Print, or prove."""
        if not self.verb.isEnabled():
            return
        if self.printed:
            self.call("envelope.prove", {"words": self.words.text()}, self._proven)
        else:
            self._print()

    def _print(self) -> None:
        self.call("envelope.print", {"printer": self.printer.currentData() or ""}, self.show_proof)

    def _save(self) -> None:
        if self.context.port.on_stick:  # no folder of this computer is anybody's
            ask_for_drive(self.context.port, self.context.shell.confirm, self._save_on)
            return
        path, _kind = QFileDialog.getSaveFileName(self, _("Save as a PDF instead…"), "", "*.pdf")
        if path:
            self.call("envelope.print", {"path": path}, self.show_proof)

    def _save_on(self, device: str) -> None:
        args = {"device": device, "name": FILE}
        self.call("envelope.print", args, self.show_proof)

    def show_proof(self, answer: Any) -> None:
        """The sheets are out: now the words are asked for."""
        self.printed = True
        if isinstance(answer, dict) and "ejected" in answer:
            said = _("Saved: {path}.").format(path=answer.get("path", ""))
            self.context.shell.toast(f"{said} {pulled_words(answer)}")
        for part in (self._label, self.words, self._why, self._again):
            part.show()
        self._again.setVisible(bool(self.printer.count()))
        self.verb.setText(_("The paper is right"))
        self.verb.setAccessibleName(self.verb.text())
        self.words.setFocus()

    def _proven(self, _answer: Any) -> None:
        self.words.clear()
        self.context.shell.toast(
            _("The root is on paper only, now. Seal the sheets and give them to their holders.")
        )
        self.close_sheet()


class UseEnvelopeSheet(_EnvelopeSheet):
    """The symbol (a picture of it, or its text), the words, and what is to be done with them."""

    def __init__(self, context: Context, devices: Sequence[DeviceRow]) -> None:
        super().__init__(
            context, _("Use the root envelope"),
            _("For when steering kits are lost. Whoever opens it is on record."), "",
        )  # fmt: skip
        self.steer = QRadioButton(_("Make this kit a steering kit"))
        self.revoke = QRadioButton(_("Put a kit out of the fleet"))
        self.steer.setChecked(True)
        self.kit, self.reason = QComboBox(), QLineEdit()
        self.kit.addItem(_("Choose a kit…"), "")
        for row in devices:
            if row.state == "member" and not row.own:
                self.kit.addItem(row.label, row.key)
        self.reason.setPlaceholderText(_("e.g. stolen with its words"))
        self.symbol, self.words = QLineEdit(), QLineEdit()
        self.symbol.setPlaceholderText("KITR1:…")
        self.words.setPlaceholderText(_("the eight words of the other sheet"))
        self.body.addWidget(self.steer)
        self.body.addWidget(self.revoke)
        self._of_revoking = (
            *self.add(_("Kit to put out"), self.kit), *self.add(_("Reason"), self.reason),
        )  # fmt: skip
        self.add(_("Text of the symbol (a reader types it)"), self.symbol)
        self.body.addWidget(action_button(_("Read it from a photograph or a scan…"), self._browse))
        self.add(_("Words"), self.words)
        self.steer.toggled.connect(lambda _on: self._turn())
        self.kit.currentIndexChanged.connect(lambda _place: self.check())
        for edit in (self.reason, self.symbol, self.words):
            edit.textChanged.connect(lambda _text: self.check())
        self._turn()

    def focus_first(self) -> None:
        """The symbol."""
        self.symbol.setFocus()

    def _turn(self) -> None:
        out = self.revoke.isChecked()
        for part in self._of_revoking:
            part.setVisible(out)
        self.verb.setText(_("Put it out") if out else _("Take over steering"))
        self.verb.setAccessibleName(self.verb.text())
        self.check()

    def check(self) -> None:
        """Symbol, words, and for a kit that is put out: which, and why."""
        told = bool(self.symbol.text().strip()) and word_count(self.words.text()) == WORDS
        if self.revoke.isChecked():
            told = told and bool(self.kit.currentData() and self.reason.text().strip())
        self.verb.setEnabled(told and not self.busy)

    def _browse(self) -> None:
        kinds = _("Pictures, PDF and text") + " (*.png *.jpg *.jpeg *.pdf *.txt)"
        path, _kind = QFileDialog.getOpenFileName(self, _("Picture of the symbol"), "", kinds)
        if path:
            self.read(path)

    def read(self, path: str) -> None:
        """Have the node read the symbol in this file."""
        self.call("envelope.read", {"path": path}, self._was_read)

    def _was_read(self, answer: Any) -> None:
        self.symbol.setText(str((answer or {}).get("symbol", "")))
        self.note.show_state(State.READY, Explained(_("The symbol was read."), "", ""))
        self.note.show()
        self.words.setFocus()

    def submit(self) -> None:
        """The node opens the envelope and does it."""
        if not self.verb.isEnabled():
            return
        args = {"symbol": self.symbol.text(), "words": self.words.text()}
        if self.revoke.isChecked():
            args |= {"revoke": str(self.kit.currentData()), "reason": self.reason.text().strip()}
        self.call("fleet.by_root", args, self._done)

    def _done(self, answer: Any) -> None:
        label = str((answer or {}).get("label", ""))
        out = self.revoke.isChecked()
        said = _("Revoked: {name}") if out else _("{label} is a steering kit now.")
        self.symbol.clear()
        self.words.clear()
        self.context.shell.toast(said.format(name=label, label=label))
        self.close_sheet()
