"""Break-glass: opening a ward's records to another ward's kit; which, to which kit, and why.

On a steering kit one named person orders it; on a ward's own kit a second senior types their PIN.
Not for: closing it again (the fleet takes the kit's rights away by revoking it).
"""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget
from shiboken6 import isValid

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal
from kit.gui.screen import Context
from kit.gui.shared.access_rows import DeviceRow, Facts
from kit.gui.shared.exchange_rows import role_word
from kit.gui.shared.second import SecondPerson
from kit.gui.theme import Size
from kit.gui.tone import Tone
from kit.gui.ward.formats import rows_of
from kit.gui.widgets.labels import Text
from kit.gui.widgets.sheet import Sheet

_ = translator("gui_exchange")


class AccessSheet(Sheet):
    """Three answers, the second person where one is needed, and the verb."""

    def __init__(self, context: Context) -> None:
        super().__init__(
            _("Open an access"),
            _("Another ward's kit then reads and writes the records of this ward."),
            verb=_("Open the access"),
        )
        self.context = context
        self.facts = Facts()
        self.ward, self.kit, self.reason = QComboBox(), QComboBox(), QLineEdit()
        self.second = SecondPerson("open_ward")
        self._devices: list[DeviceRow] = []
        self._sending = False
        self.reason.setPlaceholderText(_("e.g. ward evacuated to the emergency department"))
        for words, field in (
            (_("Ward whose records are opened"), self.ward),
            (_("Kit that is given them"), self.kit),
            (_("Reason (required, everybody concerned sees it)"), self.reason),
        ):
            self._add(words, field)
        self.body.addWidget(self.second)
        said = _(
            "It does not close by itself: nobody may be locked out by a lost network. It stands in"
            " the journal, and the ward is told. To take it back, revoke that kit."
        )
        self.body.addWidget(Text(said, size=Size.SMALL, tone=Tone.MUTED))
        self.ward.currentIndexChanged.connect(lambda _place: self._fill_kits())
        self.kit.currentIndexChanged.connect(lambda _place: self._check())
        self.reason.textChanged.connect(lambda _text: self._check())
        self.second.changed.connect(self._check)
        self.verb.setAutoDefault(True)
        self._check()
        port = context.port
        port.call("access.facts", {}, self.show_facts, self._refused, again=True)
        port.ask("fleet.devices", {}, self.show_devices, self._refused)
        self.second.load(port)

    def _add(self, words: str, field: QWidget) -> None:
        label = Text(words, bold=True)
        label.setBuddy(field)
        field.setAccessibleName(words)
        self.body.addWidget(label)
        self.body.addWidget(field)

    def focus_first(self) -> None:
        """The ward."""
        self.ward.setFocus()

    def show_facts(self, answer: Any) -> None:
        """The wards that may be opened from here, this kit's own first."""
        self.facts = msgspec.convert(answer, Facts)
        rows = sorted(self.facts.wards, key=lambda row: (row.ward != self.facts.ward, row.name))
        self.ward.clear()
        for row in rows:
            self.ward.addItem(row.name if row.name == row.ward else f"{row.name} ({row.ward})",
                              row.ward)  # fmt: skip
        self._fill_kits()

    def show_devices(self, answer: Any) -> None:
        """The kits of the fleet."""
        self._devices = rows_of(answer, DeviceRow)
        self._fill_kits()

    def _fill_kits(self) -> None:
        ward = str(self.ward.currentData() or "")
        self.kit.clear()
        self.kit.addItem(_("Choose a kit…"), "")
        for row in self._devices:
            has = ward in row.wards or "*" in row.wards or ward in row.opened
            if row.state == "member" and row.role == "ward" and not has:
                self.kit.addItem(
                    f"{row.label} — {role_word(row.role)} {', '.join(row.wards)}", row.key
                )
        self._check()

    def _check(self) -> None:
        full = self.ward.currentData() and self.kit.currentData() and self.reason.text().strip()
        self.verb.setEnabled(bool(full) and self.second.ready and not self._sending)

    def submit(self) -> None:
        """Ask the node; the sheet closes only when it is on record."""
        second = self.second.value()
        if not self.verb.isEnabled() or second is None:
            return
        self._sending = True
        self._check()
        args = {
            "ward": self.ward.currentData(), "device": self.kit.currentData(),
            "reason": self.reason.text().strip(),
        }  # fmt: skip
        self.context.port.do("access.open", args, self._done, self._refused, second=second)

    def _done(self, _answer: Any) -> None:
        self.context.shell.toast(_("Access opened; it stands in the journal of the fleet."))
        if isValid(self):
            self.close_sheet()

    def _refused(self, refused: Refused) -> None:
        if isValid(self):
            self._sending = False
            self.second.clear_pin()
            self._check()
            self.refuse(explain_refusal(refused))
