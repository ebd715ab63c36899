"""Fields for figures: comma or point, unit outside, the range said in words beneath.

Not for: knowing any range; the screen gives a `judge`. What is typed is never changed under the
fingers: a value that reads two ways is refused in words.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kit.core.quantity import parse_decimal
from kit.core.text import translator
from kit.gui import theme
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text

_ = translator("gui")

Judge = Callable[[Decimal], tuple[Tone, str]]


class QuantityField(QWidget):
    """Label above, figure, unit, previous value at the right, words beneath."""

    changed = Signal()

    def __init__(
        self,
        label: str,
        unit: str,
        judge: Judge | None = None,
        *,
        width: int = 96,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._judge = judge
        self.edit = QLineEdit()
        self.edit.setFixedWidth(width)
        self.edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.edit.setAccessibleName(f"{label} ({unit})" if unit else label)
        self.edit.textChanged.connect(self._on_text)
        self._words = Text(size=Size.SMALL, tone=Tone.MUTED)
        self._previous = Text(size=Size.SMALL, tone=Tone.MUTED)
        self._previous.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._words.hide()
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        name = Text(label)
        name.setBuddy(self.edit)
        row.addWidget(name, 2)
        row.addWidget(self.edit)
        measure = Text(unit, tone=Tone.MUTED, wrap=False)
        measure.setMinimumWidth(52)
        row.addWidget(measure)
        row.addWidget(self._previous, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._words)
        self.setFocusProxy(self.edit)

    def value(self) -> str | None:
        """The decimal as text with a point; None where empty or not a number (see `wrong`)."""
        number = parse_decimal(self.edit.text())
        return None if number is None else format(number, "f")

    @property
    def wrong(self) -> bool:
        """True where something is typed that is no number."""
        return bool(self.edit.text().strip()) and self.value() is None

    def show_previous(self, text: str) -> None:
        """The value before and its time, in words."""
        self._previous.setText(text)
        self.edit.setAccessibleDescription(text)

    def _on_text(self) -> None:
        tone, words = self._said()
        self._words.setText(words)
        self._words.set_tone(tone if tone is not Tone.NORMAL else Tone.MUTED)
        self._words.setVisible(bool(words))
        marked = {Tone.WARNING: "warning", Tone.CRITICAL: "critical"}.get(tone, "")
        theme.dress(self.edit, wrong=marked)
        self.edit.setAccessibleDescription(words or self._previous.text())
        self.changed.emit()

    def _said(self) -> tuple[Tone, str]:
        if self.wrong:
            return Tone.WARNING, _("This is not a clear number: type for example 37.2 or 37,2")
        number = parse_decimal(self.edit.text())
        if number is None or self._judge is None:
            return Tone.NORMAL, ""
        return self._judge(number)
