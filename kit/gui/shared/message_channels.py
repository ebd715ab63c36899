"""The left column of the message screen: the directives in force, then the channels.

Not for: what is written in them (`message_thread`).
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui.models import Column, DiffModel
from kit.gui.shared import message_cells as cells
from kit.gui.shared.message_rows import DIRECTIVES, ChannelRow, DirectiveRow
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_steering")

WIDTH_PX = 232


class ChannelList(QWidget):
    """`chosen` gives the channel under the cursor, which stays when news arrives."""

    chosen = Signal(object)  # ChannelRow

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.now = 0
        self._rows: list[ChannelRow] = []
        self._waiting = 0  # directives to acknowledge
        self._wanted = self._unit = ""
        self.table = RowsTable(_("Channels"))
        self.model: DiffModel[ChannelRow] = DiffModel(
            [Column(lambda: _("Channel"), lambda row: cells.channel_cell(row, self.now), 200, 1)],
            lambda row: row.channel,
            self,
        )
        self.table.setModel(self.model)
        self.table.horizontalHeader().hide()
        self.table.selectionModel().currentRowChanged.connect(lambda *_any: self._say())
        self.setFixedWidth(WIDTH_PX)
        self.setFocusProxy(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)

    @property
    def current(self) -> ChannelRow | None:
        """The channel under the cursor."""
        row = self.table.current_row()
        return row if isinstance(row, ChannelRow) else None

    def show_channels(self, rows: Sequence[ChannelRow]) -> None:
        """The channels that this person reads."""
        self._rows = list(rows)
        self._fill()
        self.select()

    def show_orders(self, rows: Sequence[DirectiveRow]) -> None:
        """How many directives wait for this person."""
        self._waiting = sum(row.claim for row in rows)
        if self._rows or self.model.rowCount():
            self._fill()

    def open(self, *, channel: str = "", unit: str = "") -> None:
        """Go to a channel, or to that of a unit, as soon as it is there."""
        self._wanted, self._unit = channel, unit
        self.select()

    def select(self) -> None:
        """What is wanted, else what was chosen, else what waits for this person."""
        if not self.model.rowCount():
            return
        unit = self._unit
        named = next((row.channel for row in self._rows if unit and row.unit == unit), "")
        now = self.current
        place = self.model.place_of(named or self._wanted or (now.channel if now else ""))
        if place >= 0:
            self._wanted = self._unit = ""
        else:
            place = self._first()
        if self.table.currentIndex().row() != place:
            self.table.selectRow(place)

    def _fill(self) -> None:
        orders = ChannelRow(
            DIRECTIVES, name=_("Directives in force"), open=self._waiting, may_write=False
        )
        self.model.show([orders, *self._rows][:500])

    def _first(self) -> int:
        rows = self.model.rows()
        for waits in ("open", "unread", "unit"):
            for place, row in enumerate(rows):
                if getattr(row, waits):
                    return place
        return min(1, len(rows) - 1)

    def _say(self) -> None:
        if (row := self.current) is not None:
            self.chosen.emit(row)
