"""A word in a box with a sign: allergy, homonym, provisional identity, a counted filter.

Not for: sentences. Colour only where the word is abnormal; the word and the sign say it alone.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from kit.gui import theme
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.cell import ChipText

PAD = Space.S
HEIGHT_PX = 24


def chip_width(text: str, *, bold: bool = False) -> int:
    """The width in pixels of a chip with this text."""
    return QFontMetrics(theme.font(Size.SMALL, bold=bold)).horizontalAdvance(text) + 2 * PAD


def chip_height(text: str, width: int, *, bold: bool = False) -> int:
    """The height in pixels that a chip of that width needs: one line, or more to wrap."""
    metrics = QFontMetrics(theme.font(Size.SMALL, bold=bold))
    room = QRect(0, 0, max(1, width - 2 * PAD), 10_000)
    return metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), text).height() + 4


def paint_chip(painter: QPainter, rect: QRectF, chip: ChipText) -> None:
    """Draw one chip into `rect`; used by the widget and by list cells."""
    abnormal = chip.tone in (Tone.WARNING, Tone.CRITICAL)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = theme.tone_color(chip.tone) if abnormal else theme.color("line")
    painter.setPen(QPen(edge, 1))
    painter.setBrush(theme.tint_color(chip.tone))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
    painter.setPen(theme.tone_color(chip.tone))
    painter.setFont(theme.font(Size.SMALL, bold=abnormal))
    wraps = rect.width() < chip_width(chip.plain(), bold=abnormal)
    flags = int(Qt.AlignmentFlag.AlignCenter) | (int(Qt.TextFlag.TextWordWrap) if wraps else 0)
    painter.drawText(rect.adjusted(PAD, 0, -PAD, 0) if wraps else rect, flags, chip.plain())
    painter.restore()


class Chip(QWidget):
    """One chip among others; `spoken` is its full sentence for a screen reader."""

    def __init__(self, chip: ChipText, spoken: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chip = chip
        self.setAccessibleName(spoken or chip.text)
        self.setToolTip(spoken)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        abnormal = self.chip.tone in (Tone.WARNING, Tone.CRITICAL)
        return QSize(chip_width(self.chip.plain(), bold=abnormal), HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_chip(painter, QRectF(self.rect()), self.chip)
        painter.end()


class FilterChip(QPushButton):
    """A filter with its count, `Allergies 5`; checked while it filters."""

    def __init__(self, text: str, count: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = text
        self.setCheckable(True)
        theme.dress(self, kind="filter")
        self.set_count(count)

    def sizeHint(self) -> QSize:
        # Wide enough for its bold look while checked, so that checking never cuts or moves it.
        hint = super().sizeHint()
        bold = QFontMetrics(theme.font(bold=True)).horizontalAdvance(self.text())
        return QSize(max(hint.width(), bold + 2 * PAD + 10), hint.height())

    def set_count(self, count: int | None) -> None:
        """Show how many rows it would leave; None while not known."""
        self.setText(self._words if count is None else f"{self._words}  {count}")
        self.setAccessibleName(self._words if count is None else f"{self._words}: {count}")
