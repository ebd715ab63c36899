"""What follows a directive: lifting it, saying that it cannot be done, the courier's return.

Not for: giving one (`directive_sheet`).
"""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit

from kit.core.text import translator
from kit.gui.screen import Context
from kit.gui.shared.message_rows import DirectiveRow
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.labels import Text

_ = translator("gui_steering")


class EndDialog(ConfirmDialog):
    """Lifting a directive needs a reason, which the wards read."""

    def __init__(self, context: Context, row: DirectiveRow) -> None:
        super().__init__(
            _("Lift this directive?"), row.title or row.text, _("Lift it"), cancel=_("Keep it")
        )
        self._context, self._row = context, row
        self.reason = QLineEdit()
        self.reason.setAccessibleName(_("Why it is lifted"))
        self.reason.setPlaceholderText(_("Why it is lifted; the wards read it"))
        self.reason.textChanged.connect(lambda text: self.verb.setEnabled(bool(text.strip())))
        self.body.addWidget(self.reason)
        self.verb.setEnabled(False)
        self.decided.connect(self._answer)

    def _answer(self, yes: bool) -> None:
        if yes:
            args = {"directive": self._row.directive, "reason": self.reason.text().strip()}
            self._context.port.do("directive.end", args)


class CodeDialog(ConfirmDialog):
    """A courier brought a signed paper back: whose name stands on it."""

    def __init__(self, context: Context, kind: str, code: str) -> None:
        super().__init__(
            _("A courier is back"),
            _("Type the six characters on the signed paper, and the name of who signed it."),
            _("Record the acknowledgement"),
        )
        self._context, self._kind = context, kind
        self.code, self.name = QLineEdit(code), QLineEdit()
        for line, label in ((self.code, _("Code on the paper")), (self.name, _("Signed by"))):
            line.setAccessibleName(label)
            words = Text(label, bold=True)
            words.setBuddy(line)
            self.body.addWidget(words)
            self.body.addWidget(line)
            line.textChanged.connect(lambda _text: self._ready())
        self._ready()
        self.decided.connect(self._answer)

    def _ready(self) -> None:
        self.verb.setEnabled(bool(self.code.text().strip() and self.name.text().strip()))

    def _answer(self, yes: bool) -> None:
        if yes:
            args = {"code": self.code.text().strip().upper(), "name": self.name.text().strip()}
            self._context.port.do(f"{self._kind}.return_code", args)


class CannotDialog(ConfirmDialog):
    """A ward that cannot carry a directive out says why; the cell reads it at once."""

    def __init__(self, context: Context, row: DirectiveRow) -> None:
        super().__init__(
            _("This cannot be carried out here?"), row.title or row.text, _("Tell the crisis cell")
        )
        self._context, self._row = context, row
        self.reason = QLineEdit()
        self.reason.setAccessibleName(_("Why it is impossible"))
        self.reason.setPlaceholderText(_("Why it is impossible; no patient's name"))
        self.reason.textChanged.connect(lambda text: self.verb.setEnabled(bool(text.strip())))
        self.body.addWidget(self.reason)
        self.verb.setEnabled(False)
        self.decided.connect(self._answer)

    def _answer(self, yes: bool) -> None:
        if yes:
            args = {"directive": self._row.directive, "state": "impossible"}
            args["reason"] = self.reason.text().strip()
            self._context.port.do("directive.acknowledge", args)
