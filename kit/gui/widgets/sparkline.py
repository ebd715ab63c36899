"""A course of values in a small drawing: the line, its normal band, the last point.

Not for: reading a value off it; the last value stands beside it in figures, with its age.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from kit.gui import theme
from kit.gui.tone import Tone

EDGE = 5


class Sparkline(QWidget):
    """Points (UTC ms, value); the usual range is shaded; `spoken` says the course in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: tuple[tuple[int, float], ...] = ()
        self._band: tuple[float, float] | None = None
        self._tone = Tone.NORMAL
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_points(
        self,
        points: Sequence[tuple[int, float]],
        spoken: str,
        band: tuple[float, float] | None = None,
        tone: Tone = Tone.NORMAL,
    ) -> None:
        """Show the course; `tone` colours the last point only."""
        self._points = tuple(sorted(points))
        self._band, self._tone = band, tone
        self.setAccessibleName(spoken)
        self.setToolTip(spoken)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._points:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(EDGE, EDGE, -EDGE, -EDGE)
        low, high = self._span()
        if self._band is not None:
            top = _y(area, self._band[1], low, high)
            bottom = _y(area, self._band[0], low, high)
            shade = QRectF(0, top, self.width(), max(1.0, bottom - top))
            painter.fillRect(shade, theme.color("panel"))
        line = QPolygonF([self._place(area, at, value, low, high) for at, value in self._points])
        painter.setPen(QPen(theme.color("muted"), 1.5))
        painter.drawPolyline(line)
        painter.setPen(QPen(theme.color("bg"), 1))
        painter.setBrush(theme.tone_color(self._tone))
        painter.drawEllipse(line.at(line.size() - 1), 4, 4)
        painter.end()

    def _span(self) -> tuple[float, float]:
        values = [value for _at, value in self._points]
        values += list(self._band or ())
        low, high = min(values), max(values)
        return (low - 1, high + 1) if low == high else (low, high)

    def _place(self, area: QRectF, at: int, value: float, low: float, high: float) -> QPointF:
        first, last = self._points[0][0], self._points[-1][0]
        part = (at - first) / (last - first) if last > first else 1.0
        return QPointF(area.left() + part * area.width(), _y(area, value, low, high))


def _y(area: QRectF, value: float, low: float, high: float) -> float:
    return area.bottom() - (value - low) / (high - low) * area.height()
