"""The kits of the fleet: the table, worst first, with what has not left and the ways beside it.

Not for: asking the node (the screen does, every other second), nor any word (`exchange_rows`).
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui.models import DiffModel
from kit.gui.shared.exchange_rows import (
    HERE,
    NEVER,
    OUTSIDE,
    REVOKED,
    PeerRow,
    Reach,
    in_reach_text,
    number_groups,
    others,
    worst_first,
)
from kit.gui.shared.exchange_side import ExchangeSide
from kit.gui.shared.exchange_table import columns
from kit.gui.states import Explained, State
from kit.gui.theme import Size, Space
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import Choice, StatePanel
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_exchange")


class KitsPage(QWidget):
    """Table left, cards right; the panel instead of the table while no kit is known."""

    chosen = Signal(object)  # PeerRow or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = 0
        self.rows: list[PeerRow] = []
        self.table = RowsTable(_("Kits of the hospital"))
        self.model: DiffModel[PeerRow] = DiffModel(
            columns(lambda: self._now), lambda row: row.device, self
        )
        self.table.setModel(self.model)
        self.side, self.panel = ExchangeSide(), StatePanel()
        self.head, self.here = Text(size=Size.HEADING), Text()
        self._stack = QStackedWidget()
        listed = QWidget()
        column = QVBoxLayout(listed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addWidget(self.head)
        column.addWidget(self.here)
        column.addWidget(self.table, 1)
        for page in (listed, self.panel):
            self._stack.addWidget(page)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.M)
        row.addWidget(self._stack, 1)
        row.addWidget(self.side)
        self.table.selectionModel().currentRowChanged.connect(lambda *_any: self._on_current())

    def show_rows(self, rows: Sequence[PeerRow], now_ms: int) -> bool:
        """Show these; False where this kit has met no other."""
        self._now, self.rows = now_ms, list(rows)
        mates = worst_first(others(rows))
        self.model.show(mates)
        self.head.setText(in_reach_text(rows))
        self._say_here()
        self.side.show_ways(mates)
        self._stack.setCurrentIndex(0 if mates else 1)
        if mates and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        self._on_current()
        return bool(mates)

    def show_reach(self, reach: Reach, now_ms: int) -> None:
        """What has not left, what was set aside."""
        self._now = now_ms
        self.side.show_reach(reach, now_ms)

    def show_nobody(self, choices: Sequence[Choice]) -> None:
        """Why the table is empty and what to do."""
        said = Explained(
            _("This kit has not met another one yet."),
            _("Everything is recorded here; nobody else has it."),
            _("Pair it with a kit of the hospital, or carry entries on a stick."),
        )
        self.panel.show_state(State.EMPTY, said, choices)

    def show_refused(self, said: Explained) -> None:
        """The node would not, or could not, say."""
        self.panel.show_state(State.REFUSED, said)
        self._stack.setCurrentIndex(1)

    def tick(self, now_ms: int) -> None:
        """Say ages again."""
        self._now = now_ms
        if self.model.rowCount():
            last = self.model.index(self.model.rowCount() - 1, len(self.model.columns) - 1)
            self.model.dataChanged.emit(self.model.index(0, 0), last)

    def current(self) -> PeerRow | None:
        """The kit under the cursor."""
        row = self.table.current_row()
        return row if isinstance(row, PeerRow) and row.state != HERE else None

    def may_revoke(self) -> bool:
        """Whether the chosen kit can still be revoked."""
        row = self.current()
        return row is not None and row.state != REVOKED

    def has_met(self) -> bool:
        """Whether another kit was ever heard; before that, being alone is no news."""
        return any(row.state not in (NEVER, *OUTSIDE) for row in others(self.rows))

    def focus_first(self) -> None:
        """The table, or the panel's first verb."""
        (self.table if self.model.rowCount() else self.panel).setFocus()

    def _say_here(self) -> None:
        mine = next((row for row in self.rows if row.state == HERE), None)
        self.here.setVisible(mine is not None and bool(mine.address))
        if mine is not None and mine.address:
            words = _("This kit: {name}, address {address}, number {number}")
            self.here.setText(
                words.format(
                    name=mine.label, address=mine.address, number=number_groups(mine.device)
                )
            )

    def _on_current(self) -> None:
        row = self.current()
        self.side.show_chosen(row, self._now)
        self.chosen.emit(row)
