"""“I have taken note”, by name, with the answer read back where one was asked.

The same box in the claim above every screen and beside a message, so that both act alike. Not for:
deciding who has to acknowledge.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal, explained
from kit.gui.screen import Context
from kit.gui.states import Explained, State
from kit.gui.theme import Space
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import StatePanel

_ = translator("gui_steering")

MESSAGE, DIRECTIVE = "message", "directive"
COMMANDS = {MESSAGE: "message.acknowledge", DIRECTIVE: "directive.acknowledge"}


class AckBox(QWidget):
    """Question, answer, button; `done` once it is on the disk."""

    done = Signal(str)  # the message's or directive's id

    def __init__(self, parent: QWidget | None = None, *, wide: bool = False) -> None:
        super().__init__(parent)
        self._context: Context | None = None
        self._kind, self.key, self._ask = "", "", ""
        self._sending = False
        self.question = Text(bold=True)
        self.answer = QLineEdit()
        self.answer.setPlaceholderText(_("Repeat the value that is asked for"))
        self.answer.textChanged.connect(lambda _text: self._ready())
        self.answer.returnPressed.connect(self.submit)
        self.button = action_button("", self.submit, "primary")
        self.note = StatePanel(flat=True)
        self.note.hide()
        ask = QVBoxLayout()
        ask.setSpacing(Space.XS)
        ask.addWidget(self.question)
        if wide:
            row = QHBoxLayout()
            row.setSpacing(Space.S)
            self.answer.setFixedWidth(320)
            row.addWidget(self.answer)
            row.addWidget(self.button)
            row.addStretch(1)
            ask.addLayout(row)
        else:
            ask.addWidget(self.answer)
            ask.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addLayout(ask)
        column.addWidget(self.note)

    def show_claim(self, context: Context, kind: str, key: str, ask: str) -> None:
        """Ask for this one; what is being typed stays while it is the same."""
        self._context = context
        if (kind, key, ask) != (self._kind, self.key, self._ask):
            self.answer.clear()
            self.note.hide()
            self._kind, self.key, self._ask = kind, key, ask
        self.question.setText(_("Read back: {question}").format(question=ask))
        self.answer.setAccessibleName(ask or _("Read back"))
        for part in (self.question, self.answer):
            part.setVisible(bool(ask))
        said = _("I have taken note — {name}").format(name=context.person.name)
        self.button.setText(said)
        self.button.setAccessibleName(said)
        self._ready()

    def focus_first(self) -> None:
        """The answer where one is asked, else the button."""
        (self.answer if self._ask else self.button).setFocus()

    def submit(self) -> None:
        """Sign it with this person's name."""
        if self._context is None or self._sending or not self.button.isEnabled():
            return
        self._sending = True
        self._ready()
        args: dict[str, Any] = {self._kind: self.key, "readback": self.answer.text().strip()}
        self._context.port.do(COMMANDS[self._kind], args, self._signed, self._refused)

    def _ready(self) -> None:
        answered = bool(self.answer.text().strip()) or not self._ask
        self.button.setEnabled(answered and not self._sending)

    def _signed(self, ack: Any) -> None:
        self._sending = False
        self._ready()
        notices = (ack or {}).get("notices") or []
        if not ((ack or {}).get("answer") or {}).get("acknowledged", True) and notices:
            said = explained(notices[0]["code"], notices[0].get("args"))
            self._say(said)  # read back wrong: recorded as an attempt, not as a signature
            return
        self.note.hide()
        self.done.emit(self.key)

    def _refused(self, refused: Refused) -> None:
        self._sending = False
        self._ready()
        self._say(explain_refusal(refused))

    def _say(self, said: Explained) -> None:
        self.note.show_state(State.REFUSED, said)
        self.note.show()
        if self._ask:
            self.answer.selectAll()
            self.answer.setFocus()
