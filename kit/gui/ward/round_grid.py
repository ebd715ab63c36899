"""The grid of the round: patients down, hours across, each dose a stop of its own for the arrows.

Not for: what a cell says (`round_rows`). Hours without a dose are narrow, the others share the
width; every text wraps and none is cut. Past hours are shaded, a line stands at now.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from kit.core.clock import HOUR, hhmm
from kit.core.text import translator
from kit.gui import theme
from kit.gui.ward.round_rows import Entry, GridRow
from kit.gui.ward.shifts import Shift
from kit.gui.widgets.cell import Cell
from kit.gui.widgets.chip import paint_chip
from kit.gui.widgets.rows import PAD_X, Laid, lay_out

_ = translator("gui_entry")

Index = QModelIndex | QPersistentModelIndex
Place = tuple[int, int, int]  # row, column of doses (0 is the first hour), dose inside the cell
HEAD_PX, HEAD_WIDE_PX, HEAD_LEAST_PX = 200, 320, 160
EMPTY_PX, LEAST_PX, WIDER_PX = 58, 112, 160
GAP_PX = 3
KEPT = 3_000


class RoundModel(QAbstractTableModel):
    """Rows and columns for the table and for a screen reader; column 0 says who or what."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[GridRow] = []
        self.shift = Shift(0, HOUR)
        self.now = 0
        self.head = ""

    def show(self, rows: Sequence[GridRow], shift: Shift, now: int, head: str) -> None:
        """Show these rows; the table keeps its place by the doses' keys."""
        self.beginResetModel()
        self.rows, self.shift, self.now, self.head = list(rows), shift, now, head
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.shift.hours()) + 2

    def entries(self, row: int, column: int) -> tuple[Entry, ...]:
        """The doses of a cell; `column` 0 is the first hour."""
        return self.rows[row].entries[column]

    def is_empty(self, column: int) -> bool:
        """Whether no row has a dose in this hour."""
        return not any(row.entries[column] for row in self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        if index.column() == 0:
            return self.rows[index.row()].head.plain()
        found = self.entries(index.row(), index.column() - 1)
        return ". ".join(entry.cell.plain() for entry in found)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        hours = self.shift.hours()
        if section == 0:
            return self.head
        if section > len(hours):
            return _("If needed")
        return hhmm(hours[section - 1])


class RoundDelegate(QStyledItemDelegate):
    """Draws a cell's doses one under the other; the chosen one is framed."""

    def __init__(self, table: RoundTable) -> None:
        super().__init__(table)
        self._table = table
        self._kept: OrderedDict[tuple[object, ...], Laid] = OrderedDict()

    def laid(self, cell: Cell, width: int) -> Laid:
        """The layout of one dose at a width, kept for the next time."""
        key = (cell, width, theme.tokens().name)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = lay_out(cell, width - 2 * PAD_X)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def places(self, cells: Sequence[Cell], width: int) -> list[tuple[float, float]]:
        """(top, height) of each dose from the cell's top."""
        made, y = [], float(GAP_PX)
        for cell in cells:
            tall = self.laid(cell, width).height + 2 * GAP_PX
            made.append((y, tall))
            y += tall + GAP_PX
        return made

    def height(self, cells: Sequence[Cell], width: int) -> int:
        """What the cell needs."""
        places = self.places(cells, width)
        return round(places[-1][0] + places[-1][1] + GAP_PX) if places else 0

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(option.rect.width(), theme.density().row_px)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = QRectF(option.rect)
        model = self._table.grid
        column = index.column() - 1
        self._paint_time(painter, rect, column)
        cells = [model.rows[index.row()].head] if column < 0 else [
            entry.cell for entry in model.entries(index.row(), column)
        ]  # fmt: skip
        chosen = self._table.place[2] if self._table.place[:2] == (index.row(), column) else -1
        places = self.places(cells, round(rect.width()))
        # Whose doses these are stays in sight while a tall row is scrolled.
        held = max(0.0, min(-rect.top(), rect.height() - places[0][1])) if column < 0 else 0.0
        for number, (top, tall) in enumerate(places):
            box = QRectF(rect.left() + 1, rect.top() + top + held, rect.width() - 3, tall)
            if number == chosen:
                self._paint_chosen(painter, box)
            self._paint_cell(painter, box, cells[number], round(rect.width()))
        painter.setPen(theme.color("rule"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.drawLine(rect.topRight(), rect.bottomRight())

    def _paint_time(self, painter: QPainter, rect: QRectF, column: int) -> None:
        model = self._table.grid
        hours = model.shift.hours()
        if not 0 <= column < len(hours):
            return
        part = (model.now - hours[column]) / HOUR
        if part > 0:
            past = QRectF(rect.left(), rect.top(), rect.width() * min(1.0, part), rect.height())
            painter.fillRect(past, theme.color("panel"))
        if 0 <= part < 1:
            line = theme.color("accent")
            line.setAlphaF(0.35)  # behind the words, which stay the darkest thing
            painter.setPen(QPen(line, 2))
            x = rect.left() + rect.width() * part
            painter.drawLine(round(x), round(rect.top()), round(x), round(rect.bottom()))

    def _paint_chosen(self, painter: QPainter, box: QRectF) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = "focus" if self._table.hasFocus() else "line"
        painter.setPen(QPen(theme.color(edge), theme.FOCUS_PX))
        painter.setBrush(theme.color("selection"))
        painter.drawRoundedRect(box.adjusted(1, 0, -1, 0), theme.RADIUS, theme.RADIUS)
        painter.restore()

    def _paint_cell(self, painter: QPainter, box: QRectF, cell: Cell, width: int) -> None:
        laid = self.laid(cell, width)
        origin = box.topLeft()
        origin.setX(origin.x() + PAD_X - 1)
        origin.setY(origin.y() + GAP_PX)
        painter.setPen(theme.color("text"))
        for line in laid.lines:
            line.draw(painter, origin)
        for place, chip in laid.chips:
            paint_chip(painter, place.translated(origin), chip)


class RoundTable(QTableView):
    """Arrows go from dose to dose, Enter opens it, Space shows one patient's drugs."""

    opened = Signal(object)  # Entry
    turned = Signal(str)  # patient
    moved = Signal(str)  # what is chosen now, in words

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.grid = RoundModel(self)
        self.place: Place = (-1, -1, -1)
        self.head_px = HEAD_PX
        self.delegate = RoundDelegate(self)
        self.setModel(self.grid)
        self.setItemDelegate(self.delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(24)
        head = self.horizontalHeader()
        head.setSectionsClickable(False)
        head.setHighlightSections(False)
        head.setMinimumSectionSize(24)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._refit)

    # -- content -----------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[GridRow], shift: Shift, now: int, head: str) -> None:
        """Show these rows; the chosen dose stays chosen, and the list where it was."""
        kept, scrolled = self.chosen(), self.verticalScrollBar().value()
        self.grid.show(rows, shift, now, head)
        self.place = self._find(kept.key) if kept else (-1, -1, -1)
        if self.place[0] < 0:
            self.place = self._start(now)
        self.fit()
        self.verticalScrollBar().setValue(scrolled)
        self._settle()

    def chosen(self) -> Entry | None:
        """The dose under the cursor."""
        row, column, number = self.place
        if not 0 <= row < len(self.grid.rows):
            return None
        found = self.grid.entries(row, column)
        return found[number] if number < len(found) else None

    def choose(self, key: str) -> None:
        """Go to the dose with this key."""
        found = self._find(key)
        if found[0] >= 0:
            self._go(found)

    def _find(self, key: str) -> Place:
        for place in self._stops():
            if self.grid.entries(place[0], place[1])[place[2]].key == key:
                return place
        return (-1, -1, -1)

    def _stops(self) -> list[Place]:
        return [
            (row, column, number)
            for row, line in enumerate(self.grid.rows)
            for column, found in enumerate(line.entries)
            for number in range(len(found))
        ]

    def _start(self, now: int) -> Place:
        """What is late, else what comes next, else the first."""
        stops = self._stops()
        wanted = [stop for stop in stops if self._status(stop) == "late"]
        wanted = wanted or [stop for stop in stops if self._status(stop) == "planned"]
        return (wanted or stops or [(-1, -1, -1)])[0]

    def _status(self, stop: Place) -> str:
        slot = self.grid.entries(stop[0], stop[1])[stop[2]].slot
        return slot.status if hasattr(slot, "due") else "if-needed"

    # -- sizes -------------------------------------------------------------------------------

    def fit(self) -> None:
        """Hours without a dose are narrow, the others share the rest; rows as tall as needed."""
        count = self.grid.columnCount() - 1
        least = [0 if self.grid.is_empty(at) else self._longest(at) for at in range(count)]
        busy = max(1, count - least.count(0))
        head, view = self.head_px, self.viewport().width()
        spare = view - head - sum(least) - EMPTY_PX * least.count(0)
        tight = spare < 0  # no room for hours in which nothing is due
        if tight:
            head = min(head, HEAD_LEAST_PX)
            spare = max(0, view - head - sum(least))
        each = min(spare // busy, WIDER_PX)
        self.setColumnWidth(0, head + spare - each * busy)
        for column, room in enumerate(least):
            self.setColumnHidden(column + 1, tight and not room)
            self.setColumnWidth(column + 1, room + each if room else EMPTY_PX)
        for row, line in enumerate(self.grid.rows):
            tall = max(
                theme.density().row_px, self.delegate.height([line.head], self.columnWidth(0))
            )
            for column, found in enumerate(line.entries):
                cells = [entry.cell for entry in found]
                tall = max(tall, self.delegate.height(cells, self.columnWidth(column + 1)))
            self.setRowHeight(row, tall)

    def _refit(self) -> None:
        """After a change of size (a sheet opened beside): the chosen dose stays in sight."""
        self.fit()
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def _longest(self, column: int) -> int:
        """Room for the longest word of a column: a drug's name is never broken."""
        cells = [entry.cell for line in self.grid.rows for entry in line.entries[column]]
        texts = {"".join(run.text for run in line) for cell in cells for line in cell.lines[:1]}
        words = {word for text in texts for word in _unbroken(text)}
        metrics = QFontMetrics(theme.font(bold=True))
        wide = max((metrics.horizontalAdvance(word) for word in words), default=0)
        return max(LEAST_PX, wide + 2 * PAD_X + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._later.start(0)

    # -- moving ------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        steps: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_Down: self._down, Qt.Key.Key_Up: self._up,
            Qt.Key.Key_Left: lambda: self._sideways(-1),
            Qt.Key.Key_Right: lambda: self._sideways(1),
            Qt.Key.Key_PageDown: lambda: self._to_row(self.place[0] + 1),
            Qt.Key.Key_PageUp: lambda: self._to_row(self.place[0] - 1),
            Qt.Key.Key_Home: lambda: self._to_row(0),
            Qt.Key.Key_End: lambda: self._to_row(len(self.grid.rows) - 1),
        }  # fmt: skip
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in steps:
            steps[key]()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        elif key == Qt.Key.Key_Space and self.place[0] >= 0:
            self.turned.emit(self.grid.rows[self.place[0]].patient)
        else:
            super().keyPressEvent(event)

    def _open(self) -> None:
        entry = self.chosen()
        if entry is not None:
            self.opened.emit(entry)

    def _down(self) -> None:
        row, column, number = self.place
        if row >= 0 and number + 1 < len(self.grid.entries(row, column)):
            self._go((row, column, number + 1))
        else:
            self._to_row(row + 1)

    def _up(self) -> None:
        row, column, number = self.place
        if number > 0:
            self._go((row, column, number - 1))
        else:
            self._to_row(row - 1, last=True)

    def _to_row(self, row: int, *, last: bool = False) -> None:
        """The nearest hour with a dose in that row; rows without any are passed over."""
        step = 1 if row >= self.place[0] else -1
        while 0 <= row < len(self.grid.rows):
            filled = [at for at, found in enumerate(self.grid.rows[row].entries) if found]
            if filled:
                column = min(filled, key=lambda at: abs(at - self.place[1]))
                count = len(self.grid.entries(row, column))
                self._go((row, column, count - 1 if last else 0))
                return
            row += step

    def _sideways(self, step: int) -> None:
        row, column, number = self.place
        if row < 0:
            return
        line = self.grid.rows[row].entries
        column += step
        while 0 <= column < len(line):
            if line[column]:
                self._go((row, column, min(number, len(line[column]) - 1)))
                return
            column += step

    def _go(self, place: Place) -> None:
        self.place = place
        self._settle()

    def _settle(self) -> None:
        row, column, _number = self.place
        self.viewport().update()
        if row < 0:
            return
        index = self.grid.index(row, column + 1)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        entry = self.chosen()
        if entry is not None:
            self.moved.emit(f"{self.grid.rows[row].head.plain()}: {entry.cell.plain()}")

    # -- touching ----------------------------------------------------------------------------

    def _at(self, event: QMouseEvent) -> Place:
        spot = event.position().toPoint()
        index = self.indexAt(spot)
        if not index.isValid() or index.column() == 0:
            return (-1, -1, -1)
        found = self.grid.entries(index.row(), index.column() - 1)
        rect = self.visualRect(index)
        cells = [entry.cell for entry in found]
        for number, (top, tall) in enumerate(self.delegate.places(cells, rect.width())):
            if top <= spot.y() - rect.top() <= top + tall:
                return (index.row(), index.column() - 1, number)
        return (-1, -1, -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._at(event)
        if place[0] >= 0:
            self._go(place)
        self.setFocus()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._at(event)[0] >= 0:
            self._open()


def _unbroken(text: str) -> list[str]:
    """The words of a line; the symbol before the first belongs to it."""
    sign, _space, rest = text.partition(" ")
    words = rest.split(" ")
    return [f"{sign} {words[0]}", *words[1:]]
