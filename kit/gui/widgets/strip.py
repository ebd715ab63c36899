"""The status strip: eight buttons of two lines, each a whole sentence for a screen reader.

Not for: what the items say (`facts`). Where the window is narrow the icons go, never the words.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from kit.gui import icons, theme
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.facts import StripItem

ICON_PX = 18
PAD = 10


class StripButton(QAbstractButton):
    """Small label above, value below; a tint and a frame where something is wrong."""

    def __init__(self, item: StripItem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = item
        self.with_icon = True
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.show_item(item)

    def show_item(self, item: StripItem) -> None:
        """Say something else."""
        self.item = item
        self.setText(f"{item.label} {item.value}")
        self.setAccessibleName(item.sentence)
        self.setToolTip(item.sentence)
        self.updateGeometry()
        self.update()

    def fold(self, *, folded: bool) -> None:
        """Without or with the icon; a warning keeps it."""
        self.with_icon = not folded
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        small = QFontMetrics(theme.font(Size.SMALL)).horizontalAdvance(self.item.label)
        value = QFontMetrics(theme.font(bold=True)).horizontalAdvance(self.item.value)
        left = ICON_PX + Space.S if self.with_icon else 0
        return QSize(max(small, value) + 2 * PAD + left, theme.STRIP_PX)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        x = float(PAD)
        tone = self.item.tone
        color = theme.tone_color(tone)
        if self.with_icon:
            y = (self.height() - ICON_PX) / 2
            rect = QRectF(x, y, ICON_PX, ICON_PX)
            muted = theme.color("muted") if tone is Tone.NORMAL else color
            icons.paint(painter, rect, self.item.icon, muted)
            x += ICON_PX + Space.S
        painter.setFont(theme.font(Size.SMALL))
        painter.setPen(theme.color("muted") if tone is Tone.NORMAL else color)
        painter.drawText(QPointF(x, 18), self.item.label)
        painter.setFont(theme.font(bold=True))
        painter.setPen(color)
        painter.drawText(QPointF(x, 36), self.item.value)
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        inner = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        if self.item.tone in (Tone.WARNING, Tone.CRITICAL):
            painter.setPen(QPen(theme.tone_color(self.item.tone), 1))
            painter.setBrush(theme.tint_color(self.item.tone))
            painter.drawRoundedRect(inner, theme.RADIUS, theme.RADIUS)
        elif self.underMouse():
            painter.fillRect(inner, theme.color("hover"))
        if self.hasFocus():
            painter.setPen(QPen(theme.color("focus"), theme.FOCUS_PX))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = QRectF(self.rect()).adjusted(2, 2, -2, -2)
            painter.drawRoundedRect(ring, theme.RADIUS, theme.RADIUS)


class StatusStrip(QWidget):
    """Ward, person, data, exchange, outbox, printer, battery, clock; `chosen` gives the key."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.dress(self, surface="panel")
        self.setFixedHeight(theme.STRIP_PX)
        self._buttons: dict[str, StripButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(Space.XS, 0, Space.XS, 0)
        self._row.setSpacing(0)

    def show_items(self, items: Sequence[StripItem]) -> None:
        """Show these, in order; a button that stays keeps its focus."""
        other = [item.key for item in items] != list(self._buttons)
        if other:
            self._rebuild(items)
        news = [item for item in items if self._buttons[item.key].item != item]
        for item in news:
            self._buttons[item.key].show_item(item)
        if news or other:
            self._fit()

    def button(self, key: str) -> StripButton | None:
        """The button of an item."""
        return self._buttons.get(key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _rebuild(self, items: Sequence[StripItem]) -> None:
        while self._row.count():
            self._row.takeAt(0)
        for gone in set(self._buttons) - {item.key for item in items}:
            self._buttons.pop(gone).deleteLater()
        kept, self._buttons = self._buttons, {}
        for item in items:
            button = kept.get(item.key) or self._make(item)
            self._buttons[item.key] = button
            if item.key == "clock":
                self._row.addStretch(1)
            self._row.addWidget(button)

    def _make(self, item: StripItem) -> StripButton:
        button = StripButton(item, self)
        button.clicked.connect(lambda: self.chosen.emit(item.key))
        return button

    def _fit(self) -> None:
        """Icons where there is room for all of them."""
        buttons = self._buttons.values()
        for button in buttons:
            button.with_icon = True
        wanted = sum(button.sizeHint().width() for button in buttons) + 2 * Space.XS
        for button in buttons:
            button.fold(folded=wanted > self.width())
