"""Two words of a kit about another one: agreeing to a steering kit, voting for an interim.

Not for: when they may be said (`exchange_access` and the node).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget
from shiboken6 import isValid

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal
from kit.gui.screen import Context
from kit.gui.shared.access_rows import DeviceRow, Facts
from kit.gui.shared.exchange_rows import number_groups
from kit.gui.theme import Size
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text
from kit.gui.widgets.sheet import Sheet

_ = translator("gui_exchange")


class ActSheet(Sheet):
    """One command about a kit; a refusal is said in the sheet, which then stays."""

    def __init__(self, context: Context, title: str, subtitle: str, verb: str) -> None:
        super().__init__(title, subtitle, verb=verb)
        self.context = context
        self.verb.setAutoDefault(True)
        self._sending = False

    def act(self) -> tuple[str, dict[str, Any]]:
        """The command."""
        raise NotImplementedError

    def done_text(self) -> str:
        """What the toast says."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether all is said."""
        raise NotImplementedError

    def check(self) -> None:
        """Something was said."""
        self.verb.setEnabled(self.ready() and not self._sending)

    def submit(self) -> None:
        """Ask the node."""
        if self.ready() and not self._sending:
            self._sending = True
            self.check()
            self.context.port.do(*self.act(), self._done, self._refused)

    def add(self, words: str, field: QWidget) -> None:
        """A field under its label."""
        label = Text(words, bold=True)
        label.setBuddy(field)
        field.setAccessibleName(words)
        self.body.addWidget(label)
        self.body.addWidget(field)

    def _done(self, _answer: Any) -> None:
        self.context.shell.toast(self.done_text())
        if isValid(self):
            self.close_sheet()

    def _refused(self, refused: Refused) -> None:
        if isValid(self):
            self._sending = False
            self.check()
            self.refuse(explain_refusal(refused))


class EndorseSheet(ActSheet):
    """The number of the new steering kit is compared with what that kit itself shows."""

    def __init__(self, context: Context, row: DeviceRow) -> None:
        self.row = row
        super().__init__(
            context, _("Co-sign a steering kit"), row.label, _("Co-sign")
        )  # fmt: skip
        by = _("{kits} proposes that this kit becomes a steering kit. It counts once a second"
               " steering kit agrees: this one.")  # fmt: skip
        self.body.addWidget(Text(by.format(kits=", ".join(row.by))))
        self.body.addWidget(Text(_("Its number"), bold=True))
        self.body.addWidget(Text(number_groups(row.key), size=Size.HEADING))
        where = _("Ask whoever holds that kit: F9, “This kit”, shows the same number there.")
        self.body.addWidget(Text(where, size=Size.SMALL, tone=Tone.MUTED))
        self.same = QCheckBox(_("I have compared the number with that kit"))
        self.same.toggled.connect(lambda _on: self.check())
        self.body.addWidget(self.same)
        self.check()

    def focus_first(self) -> None:
        """The comparison."""
        self.same.setFocus()

    def ready(self) -> bool:
        """Compared."""
        return self.same.isChecked()

    def act(self) -> tuple[str, dict[str, Any]]:
        """`device.endorse`."""
        return "device.endorse", {"device": self.row.key}

    def done_text(self) -> str:
        """Now it steers."""
        return _("{label} is a steering kit now.").format(label=self.row.label)


class VoteSheet(ActSheet):
    """Which ward kit coordinates while no steering kit is left."""

    def __init__(self, context: Context, devices: Sequence[DeviceRow], facts: Facts) -> None:
        super().__init__(
            context, _("Name an interim steering kit"),
            _("One voice a ward kit; the last one counts."), _("Vote"),
        )  # fmt: skip
        if facts.steering:
            said = _("Steering kits of the fleet: {list}. If one of them still works, use it"
                     " instead.")  # fmt: skip
            self.body.addWidget(
                Text(said.format(list=", ".join(facts.steering)), tone=Tone.WARNING)
            )
        self.kit, self.reason = QComboBox(), QLineEdit()
        self.kit.addItem(_("Choose a kit…"), "")
        for row in devices:
            if row.state == "member" and row.role == "ward":
                here = _("{label} (this kit)").format(label=row.label) if row.own else row.label
                self.kit.addItem(here, row.key)
        self.reason.setPlaceholderText(_("e.g. the crisis cell's room has burnt down"))
        self.add(_("Kit that coordinates"), self.kit)
        self.add(_("Reason"), self.reason)
        said = _("It may take kits in and out; it is given no ward's records by that.")
        self.body.addWidget(Text(said, size=Size.SMALL, tone=Tone.MUTED))
        self.kit.currentIndexChanged.connect(lambda _place: self.check())
        self.reason.textChanged.connect(lambda _text: self.check())
        self.check()

    def ready(self) -> bool:
        """A kit and a reason."""
        return bool(self.kit.currentData() and self.reason.text().strip())

    def act(self) -> tuple[str, dict[str, Any]]:
        """`fleet.vote`."""
        return "fleet.vote", {
            "device": self.kit.currentData(), "reason": self.reason.text().strip(),
        }  # fmt: skip

    def done_text(self) -> str:
        """Said."""
        return _("This kit's voice is recorded; others are told as they are met.")
