"""A code to scan, painted from the node's rows of 0 and 1: always dark on white, with its margin.

Not for: making or reading the code (`kit.paper`).
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kit.core.text import translator
from kit.gui import theme

_ = translator("gui_exchange")

QUIET = 4
"""White modules around the code; a reader needs them (ISO/IEC 18004)."""
SIDE_PX = 330


class QrCode(QWidget):
    """A square; modules are whole pixels, so that no edge is blurred."""

    def __init__(self, parent: QWidget | None = None, *, side_px: int = SIDE_PX) -> None:
        super().__init__(parent)
        self._side_px = side_px
        self._rows: tuple[str, ...] = ()
        self.setAccessibleName(_("Code to scan with the other kit's camera"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_rows(self, rows: Sequence[str]) -> None:
        """Show this matrix; none hides the square."""
        self._rows = tuple(rows)
        self.setVisible(bool(self._rows))
        self.updateGeometry()
        self.update()

    def module_px(self) -> int:
        """The width of one module."""
        count = len(self._rows) + 2 * QUIET
        return max(2, self._side_px // count) if self._rows else 0

    def sizeHint(self) -> QSize:
        side = self.module_px() * (len(self._rows) + 2 * QUIET)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paper, ink = theme.paper_colors()
        painter.fillRect(self.rect(), paper)
        side = self.module_px()
        for down, row in enumerate(self._rows):
            for across, bit in enumerate(row):
                if bit == "1":
                    spot = QRect((across + QUIET) * side, (down + QUIET) * side, side, side)
                    painter.fillRect(spot, ink)
        painter.end()
