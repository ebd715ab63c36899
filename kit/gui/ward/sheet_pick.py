"""One choice among a few, side by side: `Air | O₂`, `A C V P U`. One Tab stop, arrows or a letter.

Not for: long lists. Nothing is chosen at first: a choice that nobody made is never recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kit.gui import theme
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text

FIGURE_PX = 156


@dataclass(frozen=True, slots=True)
class Option:
    """A value, what the button says, and its whole words."""

    value: str
    text: str
    words: str


class Pick(QWidget):
    """Label at the left, buttons at the right, words of the choice beneath."""

    changed = Signal()

    def __init__(
        self,
        label: str,
        options: Sequence[Option],
        *,
        clears: bool = True,
        says: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._label, self._options = label, tuple(options)
        self._clears, self._says = clears, says
        self._chosen = -1
        self._buttons: list[QPushButton] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._words = Text(size=Size.SMALL, tone=Tone.MUTED)
        self._words.hide()
        self._previous = Text(size=Size.SMALL, tone=Tone.MUTED)
        self._previous.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout()
        row.setSpacing(0)
        self._name = Text(label)
        row.addWidget(self._name)
        row.addSpacing(Space.S)
        for place, option in enumerate(self._options):
            row.addWidget(self._button(place, option))
        row.addSpacing(Space.S)
        row.addWidget(self._previous, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._words)
        self._say()

    def _button(self, place: int, option: Option) -> QPushButton:
        button = QPushButton(option.text)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setAccessibleName(f"{self._label} {option.words}")
        button.setToolTip(option.words)
        theme.dress(button, kind="filter")
        button.clicked.connect(lambda _checked=False: self._clicked(place))
        self._buttons.append(button)
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # In line with the figures of `fields.QuantityField`, whose middle is this wide.
        self._name.setFixedWidth(max(40, (self.width() - FIGURE_PX) // 2))

    def value(self) -> str:
        """The chosen value; "" while nothing is chosen."""
        return self._options[self._chosen].value if self._chosen >= 0 else ""

    def choose(self, value: str) -> None:
        """Choose by value; one that is not offered clears the choice."""
        values = [option.value for option in self._options]
        self._set(values.index(value) if value in values else -1)

    def show_previous(self, text: str) -> None:
        """The value before and its time, in words."""
        self._previous.setText(text)

    def _clicked(self, place: int) -> None:
        self._set(-1 if place == self._chosen and self._clears else place)
        self.setFocus()

    def _set(self, place: int) -> None:
        self._chosen = place
        for number, button in enumerate(self._buttons):
            button.setChecked(number == place)
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        chosen = self._options[self._chosen] if self._chosen >= 0 else None
        spoken = chosen.words if chosen else ""
        shown = spoken if chosen and chosen.words != chosen.text else ""
        self._words.setText(shown)
        self._words.setVisible(bool(shown) and self._says)
        self.setAccessibleName(f"{self._label} {spoken}".strip())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self._set(max(0, min(len(self._options) - 1, self._chosen + step)))
            return
        if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and self._clears:
            self._set(-1)
            return
        typed = event.text().casefold()
        found = [place for place, one in enumerate(self._options) if _begins(one, typed)]
        if found:
            self._set(found[0])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.hasFocus() or not self._buttons:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("focus"), theme.FOCUS_PX))
        frame = self._buttons[0].geometry().united(self._buttons[-1].geometry())
        painter.drawRoundedRect(frame.adjusted(-2, -2, 2, 2), theme.RADIUS, theme.RADIUS)
        painter.end()


def _begins(option: Option, typed: str) -> bool:
    return bool(typed) and typed in (option.value.casefold(), option.text[:1].casefold())
