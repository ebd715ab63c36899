"""The left rail: the sections with their function keys and counts; folds to icons and keys.

Not for: deciding which sections a role may see.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import icons, theme
from kit.gui.keys import Key, chord_text
from kit.gui.screen import ScreenSpec
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.cell import ChipText
from kit.gui.widgets.chip import chip_width, paint_chip

_ = translator("gui")

ROW_PX = 52
ICON_PX = 20
LEAD_PX = 48
LINE_PX = 18


class RailButton(QAbstractButton):
    """One section: icon, name, and beneath it the key and how many things wait there."""

    def __init__(self, spec: ScreenSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self.folded = False
        self._key = chord_text(Key("", spec.fkey, ""))
        self._count = 0
        self._tone = Tone.NORMAL
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(ROW_PX)
        self.setText(spec.title())
        self.show_count(0)

    def show_count(self, count: int, tone: Tone = Tone.NORMAL) -> None:
        """Show how many things wait there; zero shows nothing."""
        self._count, self._tone = count, tone
        spoken = _("{name}, key {key}").format(name=self.text(), key=self._key)
        if count:
            spoken = _("{spoken}, {count} waiting").format(spoken=spoken, count=count)
        self.setAccessibleName(spoken)
        self.setToolTip(spoken)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.RAIL_FOLDED_PX if self.folded else theme.RAIL_PX, ROW_PX)

    def fold(self, *, folded: bool) -> None:
        """Icon and key only, or with the name; a long name gets a taller row."""
        self.folded = folded
        lines = 1 if folded or not self._wraps() else 2
        self.setFixedHeight(ROW_PX + (lines - 1) * ICON_PX)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        active = theme.color("text" if self.isChecked() else "muted")
        if self.folded:
            box = QRectF((self.width() - ICON_PX) / 2, Space.S, ICON_PX, ICON_PX)
            key = QRectF(0, box.bottom(), self.width(), self.height() - box.bottom() - 2)
            self._paint_key(painter, key, Qt.AlignmentFlag.AlignCenter)
        else:
            box = QRectF(Space.L, (self.height() - ICON_PX) / 2, ICON_PX, ICON_PX)
            self._paint_name(painter)
        icons.paint(painter, box, self.spec.icon, active)
        if self.folded:  # over the corner of the icon, so after it
            self._paint_count(painter, self.width() / 2, 2)
        painter.end()

    def _paint_name(self, painter: QPainter) -> None:
        low = self.height() - LINE_PX - Space.S
        painter.setFont(theme.font(bold=self.isChecked()))
        painter.setPen(theme.color("text"))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        name = QRectF(LEAD_PX, Space.XS, self._room(), low - Space.XS)
        painter.drawText(name, flags, self.text())
        wide = QFontMetrics(theme.font(Size.SMALL)).horizontalAdvance(self._key) + Space.S
        key = QRectF(LEAD_PX, low, max(24, wide), LINE_PX)
        self._paint_key(painter, key, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._paint_count(painter, key.right(), low)

    def _paint_key(self, painter: QPainter, rect: QRectF, align: Qt.AlignmentFlag) -> None:
        painter.setFont(theme.font(Size.SMALL))
        painter.setPen(theme.color("muted"))
        painter.drawText(rect, align, self._key)

    def _room(self) -> int:
        return theme.RAIL_PX - LEAD_PX - Space.XS

    def _wraps(self) -> bool:
        return QFontMetrics(theme.font(bold=True)).horizontalAdvance(self.text()) > self._room()

    def _paint_ground(self, painter: QPainter) -> None:
        if self.isChecked():
            painter.fillRect(self.rect(), theme.color("selection"))
            painter.fillRect(0, 0, Space.XS, self.height(), theme.color("accent"))
        elif self.underMouse():
            painter.fillRect(self.rect(), theme.color("hover"))
        if self.hasFocus():
            painter.setPen(QPen(theme.color("focus"), theme.FOCUS_PX))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _paint_count(self, painter: QPainter, left: float, top: float) -> None:
        if self._count:
            text = str(self._count)
            width = chip_width(text, bold=True)
            tone = self._tone if self._tone is not Tone.NORMAL else Tone.INFO
            left = min(left, self.width() - width - 1)
            paint_chip(painter, QRectF(left, top, width, LINE_PX), ChipText(text, tone))


class Rail(QWidget):
    """The sections of the capsule; `chosen` gives the key of the screen."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.dress(self, surface="panel")
        self._buttons: dict[str, RailButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, Space.S, 0, Space.S)
        self._column.setSpacing(0)
        self.folded = False
        self.setFixedWidth(theme.RAIL_PX)

    def show_sections(self, specs: Sequence[ScreenSpec]) -> None:
        """Show these sections, in order."""
        for button in self._buttons.values():
            button.deleteLater()
        self._buttons = {}
        while self._column.count():
            self._column.takeAt(0)
        for spec in specs:
            button = RailButton(spec, self)
            button.fold(folded=self.folded)
            button.clicked.connect(lambda _on=False, key=spec.key: self.chosen.emit(key))
            self._buttons[spec.key] = button
            self._column.addWidget(button)
        self._column.addStretch(1)

    def show_current(self, key: str) -> None:
        """Mark the section that is shown."""
        for name, button in self._buttons.items():
            button.setChecked(name == key)

    def show_count(self, key: str, count: int, tone: Tone = Tone.NORMAL) -> None:
        """Show a section's count."""
        if key in self._buttons:
            self._buttons[key].show_count(count, tone)

    def fold(self, *, folded: bool) -> None:
        """Icons and keys only, or with names."""
        self.folded = folded
        for button in self._buttons.values():
            button.fold(folded=folded)
        self.setFixedWidth(theme.RAIL_FOLDED_PX if folded else theme.RAIL_PX)
        self.update()
