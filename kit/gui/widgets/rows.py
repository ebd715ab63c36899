"""The list of rows: cells of wrapping lines and chips, at the height they need, never cut.

Not for: what the cells say (columns of `kit.gui.models`). Layouts are kept by content and width, so
that scrolling draws and does not measure.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QKeyEvent,
    QPainter,
    QResizeEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from kit.gui import theme
from kit.gui.models import CELL_ROLE, Column
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.cell import Cell, ChipText, Run
from kit.gui.widgets.chip import chip_height, chip_width, paint_chip
from kit.gui.widgets.hatch import paint_hatch

PAD_X, PAD_Y = Space.S, 3
CHIP_PX = 20
KEPT = 4_000
LEAST_COLUMN_PX = 72
FEW = 8
SCALES = {
    "even": (Size.BASE, Size.BASE),
    "medication": (Size.MEDICATION, Size.SMALL),
    "message": (Size.SMALL, Size.BASE),
    "wall": (Size.WALL, Size.NAME),
}
"""Size of the first line and of those beneath, by the cell's scale."""

Index = QModelIndex | QPersistentModelIndex


@dataclass(slots=True)
class Laid:
    """A cell laid out for one width: text layouts, chips with their places, and the height."""

    lines: list[QTextLayout]
    chips: list[tuple[QRectF, ChipText]]
    height: float


class RowDelegate(QStyledItemDelegate):
    """Draws `Cell`s. Every line wraps between words, or within a word that is too long."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[tuple[object, ...], Laid] = OrderedDict()

    def laid(self, cell: Cell, width: int) -> Laid:
        """The layout of a cell in a column of that width, kept for the next time."""
        key = (cell, width, theme.tokens().name, theme.density())
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = lay_out(cell, width - 2 * PAD_X)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found

    def height(self, cell: Cell, width: int) -> int:
        """The height in pixels that the cell needs, at least the density's row."""
        return max(theme.density().row_px, round(self.laid(cell, width).height) + 2 * PAD_Y)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        cell = index.data(CELL_ROLE)
        width = option.rect.width()
        return QSize(width, self.height(cell, width) if cell else theme.density().row_px)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = QRectF(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("selection"))
        cell = index.data(CELL_ROLE)
        if cell is not None:
            self._paint_cell(painter, rect, cell)
        painter.setPen(theme.color("rule"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())

    def _paint_cell(self, painter: QPainter, rect: QRectF, cell: Cell) -> None:
        if cell.stale:
            color = theme.color("line")
            color.setAlphaF(0.25)
            paint_hatch(painter, rect, color)
        laid = self.laid(cell, round(rect.width()))
        origin = QPointF(rect.left() + PAD_X, rect.top() + (rect.height() - laid.height) / 2)
        painter.setPen(theme.color("text"))
        for line in laid.lines:
            line.draw(painter, origin)
        for place, chip in laid.chips:
            paint_chip(painter, place.translated(origin), chip)


def lay_out(cell: Cell, width: int) -> Laid:
    """Break the lines and place the chips within `width` pixels."""
    y = 0.0
    lines: list[QTextLayout] = []
    for place, runs in enumerate(cell.lines):
        made, y = _line(runs, _size(cell, place), width, y)
        lines.append(made)
    chips: list[tuple[QRectF, ChipText]] = []
    if cell.chips:
        y += 2 if lines else 0
        chips, y = _chips(cell.chips, width, y)
    return Laid(lines, chips, y)


def _size(cell: Cell, place: int) -> Size:
    first, rest = SCALES.get(cell.scale, (Size.BASE, Size.SMALL))
    return first if place == 0 else rest


def _line(runs: tuple[Run, ...], size: Size, width: int, y: float) -> tuple[QTextLayout, float]:
    made = QTextLayout("".join(run.text for run in runs), theme.font(size))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    made.setTextOption(option)
    made.setFormats(_formats(runs, size))
    made.setCacheEnabled(True)
    made.beginLayout()
    while (line := made.createLine()).isValid():
        line.setLineWidth(max(1, width))
        line.setPosition(QPointF(0, y))
        y += line.height()
    made.endLayout()
    return made, y


def _formats(runs: tuple[Run, ...], size: Size) -> list[QTextLayout.FormatRange]:
    made = []
    start = 0
    for run in runs:
        look = QTextCharFormat()
        look.setFont(theme.font(size, bold=run.bold, struck=run.struck))
        look.setForeground(theme.tone_color(run.tone))
        piece = QTextLayout.FormatRange()
        # Lengths in UTF-16 units, which is how Qt counts.
        length = len(run.text.encode("utf-16-le")) // 2
        piece.start, piece.length, piece.format = start, length, look
        start += length
        made.append(piece)
    return made


def _chips(
    chips: tuple[ChipText, ...], width: int, y: float
) -> tuple[list[tuple[QRectF, ChipText]], float]:
    placed: list[tuple[QRectF, ChipText]] = []
    x, tall = 0.0, CHIP_PX
    for chip in chips:
        bold = chip.tone in (Tone.WARNING, Tone.CRITICAL)
        full = chip_width(chip.plain(), bold=bold)
        wide = min(width, full)
        if x > 0 and x + wide > width:
            x, y = 0.0, y + tall + 2
        tall = CHIP_PX if wide == full else chip_height(chip.plain(), wide, bold=bold)
        placed.append((QRectF(x, y, wide, tall), chip))
        x += wide + Space.XS
    return placed, y + tall


class RowsTable(QTableView):
    """The house's list: whole rows, keyboard first, rows as tall as their tallest cell."""

    opened = Signal(object)  # the row under the cursor: Enter or double click
    previewed = Signal(object)  # Space

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._delegate = RowDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(24)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.doubleClicked.connect(lambda _index: self.opened.emit(self.current_row()))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.fit_rows)
        self.verticalScrollBar().valueChanged.connect(self._visible_rows)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        if model is not None:
            for signal in (model.rowsMoved, model.modelReset):
                signal.connect(lambda *_any: self._later.start(0))
            model.rowsInserted.connect(lambda _parent, first, last: self._fit_later(first, last))
            model.dataChanged.connect(lambda top, end, *_any: self._fit_later(top.row(), end.row()))
            self._fit_columns()
            self.fit_rows()

    def current_row(self) -> object:
        """The row object under the cursor, or None."""
        index = self.currentIndex()
        return index.data(int(Qt.ItemDataRole.UserRole)) if index.isValid() else None

    def fit_rows(self) -> None:
        """Give every row (up to 500) or every visible row the height it needs."""
        model = self.model()
        self.verticalHeader().setDefaultSectionSize(theme.density().row_px)
        if model.rowCount() > 500:
            self._visible_rows()
            return
        for place in range(model.rowCount()):
            self._fit_row(place)

    def _fit_later(self, first: int, last: int) -> None:
        """Fit a few rows as soon as the model has come to rest; many of them all together."""
        if last - first > FEW:
            self._later.start(0)
        else:
            rows = [QPersistentModelIndex(self.model().index(n, 0)) for n in range(first, last + 1)]
            QTimer.singleShot(0, self, lambda: self._fit_those(rows))

    def _fit_those(self, rows: Sequence[QPersistentModelIndex]) -> None:
        for row in rows:
            if row.isValid():
                self._fit_row(row.row())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()
        self._later.start(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.opened.emit(self.current_row())
        elif event.key() == Qt.Key.Key_Space:
            self.previewed.emit(self.current_row())
        else:
            super().keyPressEvent(event)

    def fit_columns(self) -> None:
        """Share the width again after a column was hidden or shown, then fit the rows."""
        self._fit_columns()
        self._later.start(0)

    def _visible_rows(self) -> None:
        model = self.model()
        if model.rowCount() <= 500:
            return
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        last = model.rowCount() - 1 if last < 0 else last
        for place in range(first, min(last, first + 100) + 1):
            self._fit_row(place)

    def _fit_row(self, place: int) -> None:
        model = self.model()
        tall = theme.density().row_px
        for column in range(model.columnCount()):
            if self.isColumnHidden(column):
                continue
            cell = model.index(place, column).data(CELL_ROLE)
            if cell is not None:
                tall = max(tall, self._delegate.height(cell, self.columnWidth(column)))
        if self.rowHeight(place) != tall:
            self.setRowHeight(place, tall)

    def _fit_columns(self) -> None:
        columns: tuple[Column[object], ...] = getattr(self.model(), "columns", ())
        shown = [place for place in range(len(columns)) if not self.isColumnHidden(place)]
        widths = share_width([columns[place] for place in shown], self.viewport().width())
        for place, width in zip(shown, widths, strict=True):
            self.setColumnWidth(place, width)


def share_width(columns: Sequence[Column[Any]], width: int) -> list[int]:
    """Widths in pixels that fill `width` exactly, so that there is never a sideways scroll bar.

    Columns with `stretch` share what is over, or give back what is missing, by their shares.
    """
    made = [column.width for column in columns]
    shares = sum(column.stretch for column in columns)
    spare = width - sum(made)
    if not shares:
        return made
    for place, column in enumerate(columns):
        part = spare * column.stretch // shares
        made[place] = max(LEAST_COLUMN_PX, made[place] + part) if column.stretch else made[place]
    last = max(place for place, column in enumerate(columns) if column.stretch)
    made[last] = max(LEAST_COLUMN_PX, made[last] + width - sum(made))
    return made
