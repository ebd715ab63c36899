"""The list of drives that can be taken out, as every part of the screen shows it.

Not for: what is done with the chosen one.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import theme
from kit.gui.models import Column, DiffModel
from kit.gui.port import NodePort
from kit.gui.shared.stick_rows import DriveRow, drive_lines, drives_of
from kit.gui.theme import Space
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.cell import text_cell
from kit.gui.widgets.labels import Text
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_stick")

HEAD_PX = 36
SHOWN = 5


class DrivesList(QWidget):
    """Asks when it is loaded and when told to look again (a button for the verb's row)."""

    chosen = Signal()
    opened = Signal()
    refused = Signal(object)  # Refused

    def __init__(self, parent: QWidget | None = None, *, with_kits: bool = True) -> None:
        """with_kits: other kits' own sticks too, which nobody's files are written on."""
        super().__init__(parent)
        self._with_kits = with_kits
        self._port: NodePort | None = None
        self.table = RowsTable(_("Sticks and drives that are plugged in"))
        self.model: DiffModel[DriveRow] = DiffModel(
            [Column(lambda: _("Plugged in"), lambda row: text_cell(*drive_lines(row)), 240, 1)],
            lambda row: row.device,
            self,
        )
        self.table.setModel(self.model)
        self._empty = Text(
            _("No other stick is plugged in. Plug one in, wait three seconds, then look again."),
            tone=Tone.MUTED,
        )
        self.again = action_button(_("Look again"), self.ask)
        self.again.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.table)
        column.addWidget(self._empty)
        self.table.opened.connect(lambda _row: self.opened.emit())
        self.table.selectionModel().currentRowChanged.connect(lambda *_any: self.chosen.emit())
        self.show_drives([])

    def load(self, port: NodePort) -> None:
        """Ask what is plugged in."""
        self._port = port
        self.ask()

    def ask(self) -> None:
        """Look again."""
        if self._port is not None:
            self._port.call("medium.drives", {}, self.show_drives, self._on_refused, again=True)

    def show_drives(self, answer: Any) -> None:
        """These are plugged in."""
        rows = [row for row in drives_of(answer) if self._with_kits or row.kit is None]
        self.model.show(rows)
        self.table.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        row_px = theme.density().row_px
        self.table.setFixedHeight(HEAD_PX + row_px * min(len(rows), SHOWN) + Space.S)
        if rows and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        self.chosen.emit()

    def current(self) -> DriveRow | None:
        """The drive that is marked."""
        row = self.table.current_row()
        return row if isinstance(row, DriveRow) else None

    def focus_first(self) -> None:
        """The list, or the way to look again."""
        (self.table if self.model.rowCount() else self.again).setFocus()

    def _on_refused(self, refused: Refused) -> None:
        self.show_drives([])
        self.refused.emit(refused)
