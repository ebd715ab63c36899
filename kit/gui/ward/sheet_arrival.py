"""A patient who was announced has arrived: a bed, and the word to the ward that sent them.

Not for: the rules of beds (`kit.ward.move`), the notice that leads here (`transfer_card`).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from shiboken6 import isValid

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal
from kit.gui.screen import Context
from kit.gui.ward import transfer_rows
from kit.gui.ward.formats import rows_of
from kit.gui.ward.sheet_reasons import ReasonList
from kit.gui.ward.transfer_rows import RecordRow
from kit.gui.widgets.labels import Text
from kit.gui.widgets.sheet import Sheet
from kit.ward.board import BoardRow

_ = translator("gui_ward")

NO_BED = "-"
LIST_PX = 320


class ArrivalSheet(Sheet):
    """Which free bed, or none yet; then both wards know."""

    def __init__(self, context: Context, row: RecordRow) -> None:
        super().__init__(
            _("The patient has arrived"), transfer_rows.who_text(row), verb=_("Confirm arrival")
        )
        self.context, self.row = context, row
        self._rooms: dict[str, str] = {}
        self._placed = False
        self.beds = ReasonList(_("Bed"), (), self._bed_text)
        self.beds.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        check = _("Check name and birth date with the patient, or on the wristband.")
        self.body.addWidget(Text(check))
        label = Text(_("Free beds of this ward"), bold=True)
        label.setBuddy(self.beds)
        self.body.addWidget(label)
        self.body.addWidget(self.beds)
        self.beds.itemSelectionChanged.connect(lambda: self.verb.setEnabled(True))
        self.verb.setAutoDefault(True)
        self.verb.setEnabled(False)
        args = {"ward": row.ward}
        context.port.ask("ward.board", args, self.show_beds, self._refused)

    def focus_first(self) -> None:
        """The beds."""
        self.beds.setFocus()

    def show_beds(self, answer: Any) -> None:
        """Those where nobody lies, and the answer "none yet"."""
        free = [row for row in rows_of(answer, BoardRow) if row.bed and not row.patient]
        self._rooms = {row.bed: row.room for row in free}
        self.beds.fill([*self._rooms, NO_BED])
        self.beds.setFixedHeight(min(LIST_PX, self.beds.fit()))

    def _bed_text(self, bed: str) -> str:
        if bed == NO_BED:
            return _("No bed yet")
        room = self._rooms.get(bed, "")
        with_room = _("Bed {bed}, room {room}")
        return (with_room if room and room != bed else _("Bed {bed}")).format(bed=bed, room=room)

    def submit(self) -> None:
        """The bed first: where it is refused, nobody is told anything."""
        bed = self.beds.value()
        if not bed or not self.verb.isEnabled():
            return
        self.verb.setEnabled(False)
        if bed == NO_BED or self._placed:
            self._welcome()
            return
        args = {"patient": self.row.patient, "ward": self.row.ward, "bed": bed}
        self.context.port.do("stay.move", args, self._lies, self._refused)

    def _lies(self, _answer: Any) -> None:
        self._placed = True
        self._welcome()

    def _welcome(self) -> None:
        args = {"parcel": self.row.parcel}
        self.context.port.do("record.welcome", args, self._done, self._refused)

    def _done(self, _answer: Any) -> None:
        said = _("Arrival confirmed: {ward} is told.").format(ward=self.row.source_name)
        self.context.shell.toast(said)
        if isValid(self):
            self.close_sheet()

    def _refused(self, refused: Refused) -> None:
        if isValid(self):
            self.verb.setEnabled(bool(self.beds.value()))
            self.refuse(explain_refusal(refused))
