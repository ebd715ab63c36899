"""Table models that keep a person's place: the selected row stays selected when news arrives.

`DiffModel` holds up to 500 rows and changes only what changed; `PagedModel` shows any number of
rows by blocks asked from the node. Not for: colours, layout or building sentences (a column's
`cell` function does that), nor SQL.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from kit.gui.widgets.cell import Cell

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex

DIFF_LIMIT = 500
BLOCK = 200
BLOCKS_KEPT = 12

ROW_ROLE = int(Qt.ItemDataRole.UserRole)
CELL_ROLE = ROW_ROLE + 1


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column: its heading, how a row's cell is made, and its share of spare width.

    `width` is in logical pixels; columns with `stretch` > 0 share what is left.
    """

    title: Callable[[], str]
    cell: Callable[[Row], Cell]
    width: int = 96
    stretch: int = 0
    key: str = ""


class _RowsModel(QAbstractTableModel, Generic[Row]):
    """What both models share: columns as data, cells by role."""

    def __init__(self, columns: Sequence[Column[Row]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)

    def row_at(self, place: int) -> Row | None:
        raise NotImplementedError

    def cell_at(self, index: Index) -> Cell | None:
        """The cell of an index; None while its row has not arrived."""
        if not index.isValid():
            return None
        row = self.row_at(index.row())
        return None if row is None else self.columns[index.column()].cell(row)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == ROW_ROLE:
            return self.row_at(index.row())
        if role == CELL_ROLE:
            return self.cell_at(index)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            cell = self.cell_at(index)
            return "" if cell is None else cell.plain()
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        across = orientation is Qt.Orientation.Horizontal
        if across and role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title()
        if across and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None


class DiffModel(_RowsModel[Row]):
    """Up to 500 rows known by a key; `show` moves, inserts, removes and touches what differs."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], Hashable],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(columns, parent)
        self._key = key
        self._rows: list[Row] = []
        self._keys: list[Hashable] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def row_at(self, place: int) -> Row | None:
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def rows(self) -> tuple[Row, ...]:
        """What is shown, in order."""
        return tuple(self._rows)

    def place_of(self, key: Hashable) -> int:
        """The row number of a key; -1 where it is not shown."""
        return self._keys.index(key) if key in self._keys else -1

    def show(self, rows: Sequence[Row]) -> None:
        """Show exactly these rows in this order.

        Raises ValueError on more than 500 rows or on two rows with one key: a patient who appears
        twice, or a list cut without saying so, is a fault to be seen in tests.
        """
        keys = [self._key(row) for row in rows]
        if len(rows) > DIFF_LIMIT or len(set(keys)) != len(keys):
            raise ValueError("too many rows, or two rows with one key")
        self._drop(set(keys))
        for place, (key, row) in enumerate(zip(keys, rows, strict=True)):
            self._put(place, key, row)

    def _drop(self, wanted: set[Hashable]) -> None:
        for place in range(len(self._keys) - 1, -1, -1):
            if self._keys[place] not in wanted:
                self.beginRemoveRows(QModelIndex(), place, place)
                del self._rows[place], self._keys[place]
                self.endRemoveRows()

    def _put(self, place: int, key: Hashable, row: Row) -> None:
        here = place < len(self._keys) and self._keys[place] == key
        if not here and key in self._keys:
            self._move(self._keys.index(key), place)
            here = True
        if not here:
            self.beginInsertRows(QModelIndex(), place, place)
            self._rows.insert(place, row)
            self._keys.insert(place, key)
            self.endInsertRows()
        elif self._rows[place] != row:
            self._rows[place] = row
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(self.columns) - 1))

    def _move(self, source: int, target: int) -> None:
        self.beginMoveRows(QModelIndex(), source, source, QModelIndex(), target)
        self._rows.insert(target, self._rows.pop(source))
        self._keys.insert(target, self._keys.pop(source))
        self.endMoveRows()


Fetch = Callable[[int, int, Callable[[int, Sequence[Row]], None]], None]


class PagedModel(_RowsModel[Row]):
    """Any number of rows, held by blocks of 200, the least recently seen forgotten.

    `fetch(offset, limit, then)` asks the node; `then(total, rows)` brings the whole count and that
    block. An answer to a question that is no longer asked is dropped.
    """

    answered = Signal(int)  # the total, each time a block arrives

    def __init__(self, columns: Sequence[Column[Row]], parent: QObject | None = None) -> None:
        super().__init__(columns, parent)
        self._fetch: Fetch[Row] | None = None
        self._total = 0
        self._blocks: OrderedDict[int, list[Row]] = OrderedDict()
        self._asked: set[int] = set()
        self._generation = 0
        self._old: set[int] = set()  # blocks shown until their refreshed answer comes

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else self._total

    def question(self, fetch: Fetch[Row]) -> None:
        """Ask a new question: what is shown goes when its first block arrives."""
        self._fetch = fetch
        self._generation += 1
        self._asked.clear()
        self._ask(0, fresh=True)

    def refresh(self) -> None:
        """Ask the same question again without losing place; old rows stay until new ones come."""
        self._generation += 1
        self._asked.clear()
        self._old = set(self._blocks)
        for block in list(self._blocks) or [0]:
            self._ask(block)

    def row_at(self, place: int) -> Row | None:
        """The row, or None while its block is on the way (it is asked for)."""
        block, offset = divmod(place, BLOCK)
        rows = self._blocks.get(block)
        if rows is None:
            # Not now: an answer that comes at once would change the model while a view reads it.
            QTimer.singleShot(0, self, lambda: self._ask(block))
            return None
        self._blocks.move_to_end(block)
        return rows[offset] if offset < len(rows) else None

    def _ask(self, block: int, *, fresh: bool = False) -> None:
        if self._fetch is None or block in self._asked or (not fresh and self._held(block)):
            return
        self._asked.add(block)
        asked_in = self._generation

        def arrived(total: int, rows: Sequence[Row]) -> None:
            if asked_in == self._generation:
                self._arrived(block, total, list(rows), fresh=fresh)

        self._fetch(block * BLOCK, BLOCK, arrived)

    def _arrived(self, block: int, total: int, rows: list[Row], *, fresh: bool) -> None:
        self._asked.discard(block)
        if fresh:
            self.beginResetModel()
            self._blocks.clear()
            self._old.clear()
            self._total = total
            self._keep(block, rows)
            self.endResetModel()
        else:
            self._resize(total)
            self._keep(block, rows)
            first, last = block * BLOCK, min(block * BLOCK + BLOCK, total) - 1
            if last >= first:
                end = self.index(last, len(self.columns) - 1)
                self.dataChanged.emit(self.index(first, 0), end)
        self.answered.emit(total)

    def _held(self, block: int) -> bool:
        return block in self._blocks and block not in self._old

    def _keep(self, block: int, rows: list[Row]) -> None:
        self._blocks[block] = rows
        self._old.discard(block)
        self._blocks.move_to_end(block)
        while len(self._blocks) > BLOCKS_KEPT:
            self._blocks.popitem(last=False)

    def _resize(self, total: int) -> None:
        if total > self._total:
            self.beginInsertRows(QModelIndex(), self._total, total - 1)
            self._total = total
            self.endInsertRows()
        elif total < self._total:
            self.beginRemoveRows(QModelIndex(), total, self._total - 1)
            self._total = total
            self.endRemoveRows()
