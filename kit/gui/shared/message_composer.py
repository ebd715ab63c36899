"""Where a message is written: how pressing, to whom, whether it must be read back, then the words.

The draft of each channel is kept as it is typed. Not for: who may send what (the node refuses).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import keys, theme
from kit.gui.faults import explain_refusal
from kit.gui.screen import Context
from kit.gui.shared import message_words as words
from kit.gui.shared.message_rows import (
    FLASH,
    INFO,
    PRIORITIES,
    ROUTINE,
    AddresseeRow,
    ChannelRow,
    MessageRow,
)
from kit.gui.states import State
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import ReasonDialog, action_button
from kit.gui.ward.sheet_note import Lines
from kit.gui.widgets.chip import FilterChip
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import StatePanel

_ = translator("gui_steering")

FLASH_ACTION = "message.flash"
OVERRULED = frozenset({"message.patient_number"})
"""Refusals that a person may overrule, having read them."""


class Composer(QWidget):
    """One message to one channel; `sent` once it is on the disk."""

    sent = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context: Context | None = None
        self.channel: ChannelRow | None = None
        self.priority = ROUTINE
        self._confirmed: list[str] = []
        self._sending = self._filling = False
        self._wanted_to = ""
        theme.dress(self, surface="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.text = Lines(_("Message"), _("Write to this channel"), 2)
        self.to = QComboBox()
        self.to.setAccessibleName(_("To whom"))
        self.to.setMinimumWidth(150)
        self.ask = QCheckBox(_("Ask for a read-back"))
        self.ask.setAccessibleName(self.ask.text())
        self.question = QLineEdit()
        self.question.setAccessibleName(_("What is to be read back"))
        self.question.setPlaceholderText(_("What is to be read back, e.g. the telephone number"))
        self.expects = QLineEdit()
        self.expects.setAccessibleName(_("The value that must come back"))
        self.expects.setPlaceholderText(_("The right value (optional)"))
        self.send = action_button(_("Send"), self.submit, "primary")
        self.drop = action_button(_("Correct nothing"), self._drop, "quiet")
        self.drop.hide()
        self._corrects = ""
        self.about = Text(size=Size.SMALL, tone=Tone.MUTED)
        self.note = StatePanel(flat=True)
        self.note.hide()
        self._lay_out()
        self._bind()
        self.choose(ROUTINE)

    def _lay_out(self) -> None:
        self.chips: dict[str, FilterChip] = {}
        top = QHBoxLayout()
        top.setSpacing(Space.XS)
        for priority in reversed(PRIORITIES):
            chip = self.chips[priority] = FilterChip(words.priority_word(priority))
            chip.clicked.connect(partial(self.choose, priority))
            top.addWidget(chip)
        top.addSpacing(Space.S)
        top.addWidget(Text(_("To"), wrap=False))
        top.addWidget(self.to, 1)
        self.chips[FLASH].hide()
        foot = QHBoxLayout()
        foot.setSpacing(Space.M)
        foot.addWidget(self.ask)
        foot.addWidget(self.question, 3)
        foot.addWidget(self.expects, 2)
        for part in self._read_back():
            part.hide()
        foot.addStretch(0)
        chord = keys.chord_text(keys.find("sign"))
        foot.addWidget(self.drop)
        foot.addWidget(Text(chord, size=Size.SMALL, tone=Tone.MUTED, wrap=False))
        foot.addWidget(self.send)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        column.setSpacing(Space.XS)
        column.addWidget(self.note)
        column.addLayout(top)
        column.addWidget(self.about)
        column.addWidget(self.text)
        column.addLayout(foot)

    def _read_back(self) -> tuple[QLineEdit, QLineEdit]:
        return self.question, self.expects

    def _bind(self) -> None:
        self.text.textChanged.connect(self._touched)
        for line in self._read_back():
            line.textChanged.connect(self._touched)
        self.ask.toggled.connect(self._asked)
        self.to.activated.connect(lambda _place: self._touched())
        sign = keys.bind(self, "sign", self.submit)
        sign.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    # -- what the screen says ----------------------------------------------------------------

    def show_channel(self, context: Context, channel: ChannelRow) -> None:
        """Write to this channel from now on; what was typed for another stays its draft."""
        if self.channel is not None and self.channel.channel == channel.channel:
            self._context, self.channel = context, channel
            return
        self._context, self.channel = context, channel
        self._fill({})
        port = context.port
        port.call("draft.load", {"slot": self._slot()}, self._loaded, again=True)
        port.ask("message.addressees", {}, self._show_addressees, lambda _refused: None)

    def may_flash(self, *, allowed: bool) -> None:
        """Whether this person's role may stop everybody."""
        self.chips[FLASH].setVisible(allowed)

    def choose(self, priority: str) -> None:
        """How pressing it is."""
        self.priority = priority
        for name, chip in self.chips.items():
            chip.setChecked(name == priority)
        self.about.setText(words.priority_about(priority))
        self.about.set_tone(Tone.CRITICAL if priority == FLASH else Tone.MUTED)
        self.ask.setEnabled(priority != INFO)
        if priority == INFO:
            self.ask.setChecked(False)

    def write(self) -> None:
        """Start typing."""
        self.text.setFocus()

    def correct(self, row: MessageRow) -> None:
        """Write an own message anew; the old one stays readable, struck through."""
        self._fill(
            {
                "text": row.text, "priority": row.priority, "ask": row.ask,
                "to": row.to[0] if len(row.to) == 1 else "", "corrects": row.message,
            }
        )  # fmt: skip
        self.keep_draft()
        self.write()

    def _say_corrects(self) -> None:
        self.send.setText(_("Send the correction") if self._corrects else _("Send"))
        self.send.setAccessibleName(self.send.text())
        self.drop.setVisible(bool(self._corrects))

    def _drop(self) -> None:
        """Correct nothing after all."""
        self._fill({})
        self.keep_draft()

    # -- sending -----------------------------------------------------------------------------

    def submit(self) -> None:
        """Sign it and put it on its way."""
        text = self.text.toPlainText().strip()
        if self._context is None or self.channel is None or self._sending or not text:
            return
        address = str(self.to.currentData() or "")
        args: dict[str, Any] = {
            "channel": self.channel.channel,
            "text": text,
            "priority": self.priority,
            "to": [address] if address else [],
            "ask": self.question.text().strip() if self.ask.isChecked() else "",
            "expects": self.expects.text().strip() if self.ask.isChecked() else "",
            "corrects": self._corrects,
        }
        if self._confirmed:
            args["confirmed"] = list(self._confirmed)
        self._sending = True
        self._ready()
        self._context.port.do("message.send", args, self._signed, self._refused)

    def _signed(self, _ack: Any) -> None:
        self._sending = False
        if self._context is not None:
            self._context.port.call("draft.drop", {"slot": self._slot()}, again=True)
        self._fill({})
        self.sent.emit()

    def _refused(self, refused: Refused) -> None:
        self._sending = False
        self._ready()
        if refused.code in OVERRULED and self._context is not None:
            said = explain_refusal(refused)
            found = " ".join(part for part in (said.happened, said.means, said.todo) if part)
            question = ReasonDialog(_("Stop and check"), found, _("Send all the same"))
            question.decided.connect(partial(self._answered, refused.code))
            self._context.shell.confirm(question)
            return
        self.note.show_state(State.REFUSED, explain_refusal(refused))
        self.note.show()
        self.text.setFocus()

    def _answered(self, code: str, yes: bool) -> None:
        if yes:
            self._confirmed.append(code)
            self.submit()

    # -- drafts ------------------------------------------------------------------------------

    def keep_draft(self) -> None:
        """Keep what is typed now: at once, since nothing typed may depend on a pause."""
        if self._filling or self._context is None or self.channel is None:
            return
        args = {"slot": self._slot(), "body": self.draft()}
        self._context.port.call("draft.save", args, lambda _ok: None, again=True)

    def draft(self) -> dict[str, Any]:
        """What is typed, as plain values."""
        return {
            "text": self.text.toPlainText(),
            "priority": self.priority,
            "to": str(self.to.currentData() or ""),
            "ask": self.question.text() if self.ask.isChecked() else "",
            "expects": self.expects.text() if self.ask.isChecked() else "",
            "corrects": self._corrects,
        }

    def _slot(self) -> str:
        return f"message:{self.channel.channel if self.channel else ''}"

    def _loaded(self, rows: Any) -> None:
        body = rows[0].get("body") if isinstance(rows, list) and rows else None
        if isinstance(body, dict) and not self.text.toPlainText():
            self._fill(body)

    def _fill(self, body: dict[str, Any]) -> None:
        self._confirmed = []
        self._filling = True
        self._wanted_to = str(body.get("to") or "")
        self.text.setPlainText(str(body.get("text") or ""))
        self.question.setText(str(body.get("ask") or ""))
        self.expects.setText(str(body.get("expects") or ""))
        self._corrects = str(body.get("corrects") or "")
        self.ask.setChecked(bool(body.get("ask")))
        priority = str(body.get("priority") or ROUTINE)
        self.choose(priority if not self.chips[priority].isHidden() else ROUTINE)
        self._choose_to()
        self._filling = False
        self.note.hide()
        self._say_corrects()
        self._ready()

    def _show_addressees(self, answer: Any) -> None:
        from kit.gui.ward.formats import rows_of

        rows: Sequence[AddresseeRow] = rows_of(answer, AddresseeRow)
        self.to.clear()
        self.to.addItem(_("everybody in this channel"), "")
        for row in rows:
            self.to.addItem(row.name or row.address, row.address)
        self._choose_to()

    def _choose_to(self) -> None:
        self.to.setCurrentIndex(max(0, self.to.findData(self._wanted_to)))

    def _asked(self, on: bool) -> None:
        for part in self._read_back():
            part.setVisible(on)
        if on:
            self.question.setFocus()
        self._touched()

    def _touched(self) -> None:
        self.keep_draft()
        self._ready()

    def _ready(self) -> None:
        asks = self.ask.isChecked() and not self.question.text().strip()
        self.send.setEnabled(
            bool(self.text.toPlainText().strip()) and not asks and not self._sending
        )
