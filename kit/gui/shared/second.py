"""The second person of an act, on the same screen: who it is, their PIN, or why nobody is there.

Not for: checking a PIN or who may be second (the node says both).
"""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui.port import NodePort
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text

_ = translator("gui_exchange")

MOST_DIGITS = 12


class Beside(msgspec.Struct, frozen=True):
    """Somebody who may be the second person."""

    person: str
    name: str
    profession: str = ""


class Asked(msgspec.Struct, frozen=True):
    """What `second.list` answers. alone: a reason will do where nobody else is there."""

    needed: bool = False
    alone: bool = False
    persons: tuple[Beside, ...] = ()


class SecondPerson(QWidget):
    """Hidden where the act takes one person; `value` is what goes along with it."""

    changed = Signal()

    def __init__(self, action: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.action = action
        self.asked: Asked | None = None
        self.who, self.pin, self.reason = QComboBox(), QLineEdit(), QLineEdit()
        self.alone = QCheckBox(_("Nobody else is there"))
        self._said = Text(size=Size.SMALL, tone=Tone.MUTED)
        self._head = Text(_("Second person"), bold=True)
        self.who.setAccessibleName(_("Second person"))
        self.pin.setAccessibleName(_("PIN of the second person"))
        self.pin.setPlaceholderText(_("PIN of the second person"))
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin.setMaxLength(MOST_DIGITS)
        self.reason.setAccessibleName(_("Why nobody else is there"))
        self.reason.setPlaceholderText(_("why nobody else is there (kept in the journal)"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        for part in (self._head, self._said, self.who, self.pin, self.alone, self.reason):
            column.addWidget(part)
        self.who.currentIndexChanged.connect(lambda _place: self._check())
        for edit in (self.pin, self.reason):
            edit.textChanged.connect(lambda _text: self._check())
        self.alone.toggled.connect(lambda _on: self._show())
        self.hide()

    def load(self, port: NodePort) -> None:
        """Ask whether one is needed, and who it may be."""
        port.call("second.list", {"action": self.action}, self.show_asked, again=True)

    def show_asked(self, answer: Any) -> None:
        """Show the persons; nothing where the act takes one person."""
        self.asked = msgspec.convert(answer or {}, Asked)
        self.who.clear()
        if len(self.asked.persons) != 1:
            self.who.addItem(_("Choose a person…"), "")
        for one in self.asked.persons:
            self.who.addItem(f"{one.name} — {one.profession}", one.person)
        self.setVisible(self.asked.needed)
        self._show()

    @property
    def ready(self) -> bool:
        """Whether the act may be asked for."""
        return self.value() is not None

    def value(self) -> dict[str, str] | None:
        """`{person, pin}`, `{alone}`, `{}` where one person is enough; None while it is lacking."""
        if self.asked is None:
            return None
        if not self.asked.needed:
            return {}
        if self.alone.isChecked():
            reason = self.reason.text().strip()
            return {"alone": reason} if reason else None
        person, pin = str(self.who.currentData() or ""), self.pin.text()
        return {"person": person, "pin": pin} if person and pin else None

    def clear_pin(self) -> None:
        """Nothing of it stays on the screen."""
        self.pin.clear()

    def _show(self) -> None:
        asked = self.asked or Asked()
        alone = asked.alone and self.alone.isChecked()
        self.alone.setVisible(asked.alone)
        self.reason.setVisible(alone)
        for part in (self.who, self.pin):
            part.setVisible(not alone)
            part.setEnabled(bool(asked.persons))
        self._said.setText(self._sentence(asked, alone=alone))
        self._check()

    def _sentence(self, asked: Asked, *, alone: bool) -> str:
        if alone:
            return _("You act alone: the journal of the fleet shows it, with this reason.")
        if not asked.persons:
            return _("Nobody else with the right to this has an account on this kit.")
        return _("They read what is asked and type their own PIN here.")

    def _check(self) -> None:
        self.changed.emit()
