"""Above the situation table: filters with their counts, and the one verb of who commands.

Not for: the table (`situation`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kit.core.text import translator
from kit.gui.steering import situation_cells as cells
from kit.gui.steering.situation_row import SituationRow, is_silent
from kit.gui.theme import Space
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.chip import FilterChip
from kit.gui.widgets.flow import FlowLayout

_ = translator("gui_steering")

ALL = "all"
TESTS: Mapping[str, Callable[[SituationRow, int], bool]] = {
    ALL: lambda _row, _now: True,
    "silent": is_silent,
    "trouble": cells.is_in_trouble,
    "needs": lambda row, _now: cells.has_needs(row),
    "conflicts": lambda row, _now: cells.has_conflicts(row),
}


class SituationTools(QWidget):
    """The filter that is on is `chosen`."""

    filter_chosen = Signal()
    order_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chosen = ALL
        names = {
            ALL: _("All"),
            "silent": _("Silent"),
            "trouble": _("In difficulty or strain"),
            "needs": _("With needs"),
            "conflicts": _("With conflicts"),
        }
        filters = QWidget()
        flow = FlowLayout(filters)
        self.chips: dict[str, FilterChip] = {}
        for key, name in names.items():
            chip = self.chips[key] = FilterChip(name)
            chip.setChecked(key == ALL)
            chip.clicked.connect(partial(self.choose, key))
            flow.addWidget(chip)
        self.order = action_button(_("Give a directive"), self.order_asked.emit, "primary")
        self.order.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.M)
        row.addWidget(filters, 1)
        row.addWidget(self.order, 0, Qt.AlignmentFlag.AlignTop)

    def choose(self, key: str) -> None:
        """Turn this filter on, and the others off."""
        self.chosen = key if key in self.chips else ALL
        for name, chip in self.chips.items():
            chip.setChecked(name == self.chosen)
        self.filter_chosen.emit()

    def wanted(self, rows: Sequence[SituationRow], now_ms: int) -> list[SituationRow]:
        """What the filter leaves; each chip counts what it would leave."""
        for key, chip in self.chips.items():
            chip.set_count(sum(TESTS[key](row, now_ms) for row in rows))
        return [row for row in rows if TESTS[self.chosen](row, now_ms)]
