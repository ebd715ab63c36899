"""What is typed to join a network: a Wi-Fi password, a name that is hidden, an account.

Nothing of it is kept on the screen once it is sent. Not for: sending it (`stick_network`).
"""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from kit.core.text import translator
from kit.gui.shared.stick_network_rows import OPEN, CellRow, hex_of, is_secret
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.labels import Text
from kit.gui.widgets.secret import Secret

_ = translator("gui_stick")


class _TypedDialog(ConfirmDialog):
    """Fields under their labels; Enter goes on, the verb waits until all can be right."""

    def __init__(self, title: str, text: str, verb: str, parent: QWidget | None = None) -> None:
        super().__init__(title, text, verb, parent=parent)
        for button in (self.verb, self.cancel):
            button.setAutoDefault(True)

    def add(self, words: str, *, secret: bool = False) -> QLineEdit:
        """One field; secret: hidden, with an eye."""
        edit = QLineEdit()
        edit.setAccessibleName(words)
        label = Text(words, wrap=False)
        label.setBuddy(edit)
        line = QHBoxLayout()
        line.setSpacing(Space.S)
        line.addWidget(edit, 1)
        self.body.addWidget(label)
        self.body.addLayout(line)
        if secret:
            self.secret = Secret(edit, line, self.body)
        edit.textChanged.connect(lambda _text: self._judge())
        edit.returnPressed.connect(self._enter)
        return edit

    def is_right(self) -> bool:
        """Whether what is typed can be right."""
        raise NotImplementedError

    def _judge(self) -> None:
        self.verb.setEnabled(self.is_right())

    def _enter(self) -> None:
        if self.verb.isEnabled():
            self.decide(yes=True)
        else:
            self.focusNextChild()


class JoinDialog(_TypedDialog):
    """The password of one network of the list."""

    def __init__(self, row: CellRow, parent: QWidget | None = None) -> None:
        self._open = row.asks == OPEN
        text = (
            _("This Wi-Fi has no password: anybody can set up one of this name. What kits say to"
              " each other stays sealed; do not use it for anything else.") if self._open else
            _("As whoever runs this Wi-Fi wrote it. Capitals count.")
        )  # fmt: skip
        super().__init__(_("Join “{name}”?").format(name=row.name), text, _("Join"), parent)
        self.edit = None if self._open else self.add(_("Wi-Fi password"), secret=True)
        if self.edit is not None:
            said = _("8 to 63 signs. It is kept in the encrypted part of the stick.")
            self.body.addWidget(Text(said, size=Size.SMALL, tone=Tone.MUTED))
        self.setFocusProxy(self.edit or self.verb)
        self._judge()

    def is_right(self) -> bool:
        return self.edit is None or is_secret(self.edit.text())

    def args(self) -> dict[str, str]:
        """What the node is told besides the network; the field is empty afterwards."""
        if self.edit is None:
            return {}
        secret = self.edit.text()
        self.edit.clear()
        return {"secret": secret}


class HiddenDialog(_TypedDialog):
    """Name and password of a network that does not say its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            _("Join a Wi-Fi that hides its name"),
            _("Name and password as they were written down; capitals and spaces count."),
            _("Join"), parent,
        )  # fmt: skip
        self.name = self.add(_("Name of the network"))
        self.edit = self.add(_("Wi-Fi password"), secret=True)
        self.setFocusProxy(self.name)
        self._judge()

    def is_right(self) -> bool:
        return bool(hex_of(self.name.text())) and is_secret(self.edit.text())

    def args(self) -> dict[str, str]:
        """What the node is told; the field is empty afterwards."""
        said = {"ssid": hex_of(self.name.text()), "secret": self.edit.text()}
        self.edit.clear()
        return said


class AccountDialog(_TypedDialog):
    """An account with which the hospital's network lets a cable in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            _("Account for the cable"),
            _(
                "For a hospital whose sockets ask who is there (802.1X, PEAP). Use the account that"
                " IT made for this kit, never your own: a false socket could try its password."
            ),
            _("Use this account"), parent,
        )  # fmt: skip
        self.name = self.add(_("Account name"))
        self.edit = self.add(_("Password of the account"), secret=True)
        self.setFocusProxy(self.name)
        self._judge()

    def is_right(self) -> bool:
        return bool(self.name.text().strip() and self.edit.text())

    def args(self) -> dict[str, str]:
        """What the node is told; the field is empty afterwards."""
        said = {"identity": self.name.text().strip(), "secret": self.edit.text()}
        self.edit.clear()
        return said
