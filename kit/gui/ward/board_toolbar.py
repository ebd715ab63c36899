"""The board's toolbar: search, choice of ward, the one verb, and filters with their counts.

Not for: filtering rows or asking anything (`board`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui.steering.point_button import PointButton
from kit.gui.theme import Space
from kit.gui.ward import board_cells
from kit.gui.ward.search import SearchField
from kit.gui.widgets.chip import FilterChip
from kit.gui.widgets.flow import FlowLayout
from kit.gui.widgets.iconic import IconButton
from kit.ward.board import BoardRow
from kit.ward.place import WardRow

_ = translator("gui_ward")

Test = Callable[[BoardRow], bool]
ALL = "all"
TESTS: Mapping[str, Test] = {
    ALL: lambda _row: True,
    "late": board_cells.is_late,
    "allergies": board_cells.has_allergy,
    "news2": board_cells.is_urgent,
    "todo": board_cells.wants_work,
}


class BoardToolbar(QWidget):
    """Says what was chosen; the filter that is on is `chosen`."""

    ward_chosen = Signal(str)
    filter_chosen = Signal(str)
    print_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chosen = ALL
        self.search = SearchField()
        self.search.setMinimumWidth(290)
        self.wards = QComboBox()
        self.wards.setAccessibleName(_("Ward"))
        self.wards.setMinimumWidth(220)
        self.wards.activated.connect(
            lambda _place: self.ward_chosen.emit(str(self.wards.currentData()))
        )
        self.point = PointButton()
        words = _("Print the ward")
        self.print_button = IconButton("printer", words, text=words, kind="primary")
        self.print_button.clicked.connect(self.print_asked)
        self.chips: dict[str, FilterChip] = {}
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        row.addWidget(self.search)
        row.addWidget(self.wards)
        row.addStretch(1)
        row.addWidget(self.print_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(row)
        below = QHBoxLayout()
        below.setSpacing(Space.M)
        below.addWidget(self._filters(), 1)
        below.addWidget(self.point, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(below)

    def _filters(self) -> QWidget:
        holder = QWidget()
        flow = FlowLayout(holder)
        names = {
            ALL: _("All"),
            "late": _("Late"),
            "allergies": _("Allergies"),
            "news2": _("NEWS2 ≥ 5"),
            "todo": _("To do"),
        }
        for key, name in names.items():
            chip = FilterChip(name)
            chip.setChecked(key == ALL)
            chip.clicked.connect(lambda _on=False, key=key: self.choose(key))
            self.chips[key] = chip
            flow.addWidget(chip)
        return holder

    def choose(self, key: str) -> None:
        """Turn this filter on, and the others off."""
        self.chosen = key if key in self.chips else ALL
        for name, chip in self.chips.items():
            chip.setChecked(name == self.chosen)
        self.filter_chosen.emit(self.chosen)

    def wanted(self, rows: Sequence[BoardRow]) -> list[BoardRow]:
        """The rows that the filter leaves."""
        test = TESTS[self.chosen]
        return [row for row in rows if test(row)]

    def show_counts(self, rows: Sequence[BoardRow]) -> None:
        """How many patients each filter would leave."""
        taken = [row for row in rows if row.patient]
        for key, test in TESTS.items():
            self.chips[key].set_count(sum(test(row) for row in taken))
        self.print_button.setEnabled(bool(taken))

    def show_wards(self, rows: Sequence[WardRow], current: str) -> None:
        """The wards of this kit; hidden where there is only one."""
        self.wards.blockSignals(True)
        self.wards.clear()
        for row in rows:
            label = row.name if row.name == row.ward else f"{row.name} ({row.ward})"
            self.wards.addItem(label, row.ward)
        self.wards.setCurrentIndex(self.wards.findData(current))
        self.wards.blockSignals(False)
        self.wards.setVisible(len(rows) > 1)
