"""Diagonal lines over what must not be taken for fresh or for real; form, besides colour and word.

Not for: saying why (a label with words always stands beside it).
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from kit.gui import theme

STEP_PX = 12


def paint_hatch(painter: QPainter, rect: QRectF, color: QColor, step: int = STEP_PX) -> None:
    """Fill `rect` with thin diagonals that line up between neighbours."""
    painter.save()
    painter.setClipRect(rect)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, 1))
    height = rect.height()
    # Start on a multiple of the step in x + y, so that adjoining cells share their lines.
    start = rect.left() - height - (rect.left() + rect.bottom()) % step
    x = start
    while x < rect.right() + step:
        painter.drawLine(int(x), int(rect.bottom()), int(x + height), int(rect.top()))
        x += step
    painter.restore()


class HatchOverlay(QWidget):
    """Covers another widget with a hatch that lets clicks and keys through."""

    def __init__(self, over: QWidget, token: str = "line", strength: float = 0.35) -> None:
        super().__init__(over)
        self._over = over
        self._token = token
        self._strength = strength
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        over.installEventFilter(self)
        self.setGeometry(over.rect())
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self.setGeometry(self._over.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = theme.color(self._token)
        color.setAlphaF(self._strength)
        paint_hatch(painter, QRectF(self.rect()), color)
        painter.end()
