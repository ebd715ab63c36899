"""Two questions of the exchanges: an address typed by hand, and whether to revoke a kit.

Not for: when they may be asked (the screen).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal, sentence
from kit.gui.screen import Context
from kit.gui.shared.exchange_rows import PeerRow, name_of
from kit.gui.shared.second import SecondPerson
from kit.gui.theme import Size
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import ReasonDialog
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.labels import Text

_ = translator("gui_exchange")


class AddressDialog(ConfirmDialog):
    """Where another kit is: as its own exchange screen shows it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            _("Call a kit at its address"),
            _("The other kit shows its address at the top of F9, “This kit”."),
            _("Call"),
            parent=parent,
        )
        self.edit = QLineEdit()
        self.edit.setAccessibleName(_("Address of the other kit"))
        self.edit.setPlaceholderText("192.168.1.20:7411")
        self.edit.textChanged.connect(lambda _text: self.verb.setEnabled(bool(self.address())))
        self.edit.returnPressed.connect(self._enter)
        for button in (self.verb, self.cancel):
            button.setAutoDefault(True)
        self.body.addWidget(self.edit)
        said = _("Only a kit of this hospital's fleet is accepted, whatever the address.")
        self.body.addWidget(Text(said, size=Size.SMALL, tone=Tone.MUTED))
        self.verb.setEnabled(False)

    def address(self) -> str:
        """What was typed."""
        return self.edit.text().strip()

    def _enter(self) -> None:
        if self.address():
            self.decide(yes=True)


class RevokeDialog(ReasonDialog):
    """A kit that is lost or stolen: what revoking does, what it does not, and why it is done.

    Two persons answer for it; wrong: what was wrong the last time it was asked.
    """

    def __init__(self, row: PeerRow, wrong: str = "", parent: QWidget | None = None) -> None:
        self.second = SecondPerson("revoke_kit")
        said = _(
            "Every kit that hears of it refuses this one, and the keys change. What it wrote"
            " before is kept; what it writes after is set aside, to be validated. Revoking cannot"
            " be undone: the kit would have to be paired again. What is already on its disk stays"
            " protected only by its eight words."
        )
        title = _("Revoke “{name}”?").format(name=name_of(row))
        super().__init__(title, said, _("Revoke this kit"), parent)
        self.device = row.device
        self.body.addWidget(self.second)
        if wrong:
            self.body.addWidget(Text(wrong, tone=Tone.CRITICAL))
        self.second.changed.connect(self._check)

    def _check(self) -> None:
        self.verb.setEnabled(bool(self.reason()) and self.second.ready)


def call_at_address(context: Context) -> None:
    """Ask for an address, then have the node call it."""
    dialog = AddressDialog()

    def dial(yes: bool) -> None:
        if yes:
            address = dialog.address()
            told = _("Calling {address}…").format(address=address)
            context.port.call(
                "peers.dial",
                {"address": address},
                lambda _answer: context.shell.toast(told),
                lambda refused: _say_refused(context, refused),
            )

    dialog.decided.connect(dial)
    context.shell.confirm(dialog)
    dialog.edit.setFocus()


def revoke_kit(
    context: Context,
    row: PeerRow,
    done: Callable[[], None],
    again: tuple[str, Refused] | None = None,
) -> None:
    """Ask whether and why, then revoke; `done` once it is on record.

    again: the reason that was typed, and what was wrong with the second person.
    """
    dialog = RevokeDialog(row, sentence(again[1].code, again[1].args) if again else "")
    dialog.second.load(context.port)
    dialog.edit.setText(again[0] if again else "")

    def revoked(_answer: Any) -> None:
        context.shell.toast(_("Revoked: {name}").format(name=name_of(row)))
        done()

    def refused(why: Refused, reason: str) -> None:
        if why.code.startswith(("session.", "second.")):
            # Not before the question that led here has closed.
            QTimer.singleShot(
                0, context.port, lambda: revoke_kit(context, row, done, (reason, why))
            )
        else:
            _say_refused(context, why)

    def decide(yes: bool) -> None:
        if yes:
            reason, second = dialog.reason(), dialog.second.value()
            args = {"device": row.device, "reason": reason}
            context.port.do(
                "device.revoke", args, revoked, lambda why: refused(why, reason), second=second
            )

    dialog.decided.connect(decide)
    context.shell.confirm(dialog)
    dialog.edit.setFocus()


def _say_refused(context: Context, refused: Refused) -> None:
    """An act was refused: said where it was asked; nothing has changed."""
    said = explain_refusal(refused)
    text = " ".join(part for part in (said.means, said.todo) if part)
    dialog = ConfirmDialog(said.happened, text, _("Close"))
    dialog.cancel.hide()
    # Not before the question that led here has closed.
    QTimer.singleShot(0, context.port, lambda: context.shell.confirm(dialog))
