"""The middle of the message screen: the messages of one channel, or the directives in force.

Newest last, as people read; it stays where the reader is unless they were at the end. Not for:
channels, details or writing.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from kit.core.text import plural_translator, translator
from kit.gui.models import Column, DiffModel
from kit.gui.shared import message_cells as cells
from kit.gui.shared.message_details import Shown, keys_of, waits_for_me
from kit.gui.shared.message_rows import DirectiveRow, MessageRow
from kit.gui.states import Explained, State
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.panel import StatePanel
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_steering")
ngettext = plural_translator("gui_steering")

NEAR_END_PX = 48


class MessageThread(QWidget):
    """One list at a time; `chosen` gives the row under the cursor."""

    chosen = Signal(object)
    opened = Signal(object)
    moved = Signal()  # what is in sight has changed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.now = 0
        self.list = RowsTable(_("Messages, the newest last"))
        self.model: DiffModel[MessageRow] = DiffModel(
            [Column(lambda: _("Message"), lambda row: cells.message_cell(row, self.now), 400, 1)],
            lambda row: row.message,
            self,
        )
        self.list.setModel(self.model)
        self.orders = RowsTable(_("Directives in force"))
        self.orders_model: DiffModel[DirectiveRow] = DiffModel(
            [
                Column(
                    lambda: _("Directive"), lambda row: cells.directive_cell(row, self.now), 400, 1
                )
            ],
            lambda row: row.directive,
            self,
        )
        self.orders.setModel(self.orders_model)
        self.empty = StatePanel()
        self.new = action_button("", self.to_end, "quiet")
        self.new.hide()
        self._stack = QStackedWidget()
        for page in (self.list, self.orders, self.empty):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._stack, 1)
        column.addWidget(self.new)
        for table in (self.list, self.orders):
            table.horizontalHeader().hide()
            table.selectionModel().currentRowChanged.connect(lambda *_any: self._say_chosen())
            table.opened.connect(self.opened)
            table.verticalScrollBar().valueChanged.connect(lambda _value: self.moved.emit())
        self.list.verticalScrollBar().valueChanged.connect(lambda _value: self._at_end())

    @property
    def shown(self) -> RowsTable:
        """The list that is shown."""
        return self.orders if self._stack.currentWidget() is self.orders else self.list

    def current(self) -> Shown | None:
        """The row under the cursor, None where the list is empty."""
        if self._stack.currentWidget() is self.empty:
            return None
        row = self.shown.current_row()
        return row if isinstance(row, MessageRow | DirectiveRow) else None

    def show_messages(self, rows: Sequence[MessageRow], *, fresh: bool) -> None:
        """The messages of a channel; `fresh`: another channel than before."""
        before = {row.message for row in self.model.rows()}
        end = fresh or self._near_end()
        self.model.show(rows[-500:])
        if not rows:
            self._nothing(
                Explained(
                    _("Nobody has written in this channel yet."),
                    _("What you write here leaves by itself as soon as another kit is in reach."),
                )
            )
            return
        self._stack.setCurrentWidget(self.list)
        if fresh or self.list.current_row() is None:
            self._select(self.list, self.model.rows())
        if end:
            QTimer.singleShot(0, self, lambda: QTimer.singleShot(0, self, self._settle))
        elif count := len({row.message for row in rows} - before):
            said = ngettext("{count} new message below", "{count} new messages below", count)
            self.new.setText(f"▼ {said.format(count=count)}")
            self.new.setAccessibleName(self.new.text())
            self.new.show()
        self._say_chosen()

    def show_directives(self, rows: Sequence[DirectiveRow], *, fresh: bool) -> None:
        """The directives in force."""
        self.new.hide()
        self.orders_model.show(rows[:500])
        if not rows:
            self._nothing(
                Explained(
                    _("No directive is in force."),
                    _("Wards work by their usual rules and their downtime forms."),
                )
            )
            return
        self._stack.setCurrentWidget(self.orders)
        if fresh or self.orders.current_row() is None:
            self._select(self.orders, self.orders_model.rows())
        self._say_chosen()

    def say(self, state: State, said: Explained) -> None:
        """Instead of a list: why there is none."""
        self.empty.show_state(state, said)
        self._stack.setCurrentWidget(self.empty)

    def tick(self, now_ms: int) -> None:
        """Say ages and delays again."""
        self.now = now_ms
        for model in (self.model, self.orders_model):
            if model.rowCount():
                model.dataChanged.emit(model.index(0, 0), model.index(model.rowCount() - 1, 0))

    def to_end(self) -> None:
        """To the newest message."""
        self.list.scrollToBottom()
        self.new.hide()

    def in_sight(self) -> list[str]:
        """What is for this reader, not yet shown, and stands whole in the window."""
        table = self._stack.currentWidget()
        if table is self.list:
            asked = [not (row.mine or row.shown) for row in self.model.rows()]
        elif table is self.orders:
            asked = [row.for_me and not row.shown for row in self.orders_model.rows()]
        else:
            return []
        if not table.isVisible():
            return []
        keys = keys_of(self.model.rows() if table is self.list else self.orders_model.rows())
        shown = self.shown
        return [
            key
            for place, (key, wanted) in enumerate(zip(keys, asked, strict=True))
            if wanted and _stands_whole(shown, place)
        ]

    def _select(self, table: RowsTable, rows: Sequence[Shown]) -> None:
        wanted = next((place for place, row in enumerate(rows) if waits_for_me(row)), -1)
        last = len(rows) - 1 if table is self.list else 0
        table.selectRow(wanted if wanted >= 0 else last)

    def _settle(self) -> None:
        """Rows have their heights now: the one that waits, else the end."""
        row = self.list.current_row()
        if isinstance(row, MessageRow) and waits_for_me(row):
            self.list.scrollTo(self.list.currentIndex())
        else:
            self.list.scrollToBottom()
        self.new.hide()
        self.moved.emit()

    def _near_end(self) -> bool:
        bar = self.list.verticalScrollBar()
        return bar.maximum() - bar.value() <= NEAR_END_PX

    def _at_end(self) -> None:
        if self._near_end():
            self.new.hide()

    def _nothing(self, said: Explained) -> None:
        self.say(State.EMPTY, said)
        self.chosen.emit(None)

    def _say_chosen(self) -> None:
        self.chosen.emit(self.current())


def _stands_whole(table: RowsTable, place: int) -> bool:
    """Whether a row is in the window from top to bottom, or fills it where it is taller."""
    height = table.viewport().height()
    top = table.rowViewportPosition(place)
    bottom = top + table.rowHeight(place)
    return (top >= 0 and bottom <= height) or (top <= 0 and bottom >= height)
