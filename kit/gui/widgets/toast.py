"""A short sentence at the bottom that an entry is signed, with ten seconds to take it back.

Not for: clinical facts or faults; those stay until somebody has dealt with them.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.theme import Space
from kit.gui.widgets.labels import Text

_ = translator("gui")

UNDO_S = 10
PLAIN_S = 4


class Toast(QWidget):
    """Says `text`; with `undo`, a button that counts down. It ends by itself or by `dismiss`."""

    ended = Signal()

    def __init__(
        self, text: str, undo: Callable[[], None] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        card = QWidget()
        card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.dress(card, surface="raised")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, Space.M)
        outer.addWidget(card)
        self.setAccessibleName(text)
        self._undo = undo
        self.left_s = UNDO_S if undo else PLAIN_S
        row = QHBoxLayout(card)
        row.setContentsMargins(Space.L, Space.XS, Space.S, Space.XS)
        row.setSpacing(Space.L)
        row.addWidget(Text(f"✓ {text}", wrap=False))
        self._button = QPushButton()
        theme.dress(self._button, kind="quiet")
        self._button.clicked.connect(self.take_back)
        row.addWidget(self._button)
        self._button.setVisible(undo is not None)  # once it has a parent: else it is a window
        row.addSpacing(Space.S if undo is None else 0)
        self._timer = QTimer(self)
        self._timer.setInterval(1_000)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        self._count()

    @property
    def can_undo(self) -> bool:
        """True while it can be taken back."""
        return self._undo is not None and self.left_s > 0

    def tick(self) -> None:
        """One second has passed."""
        self.left_s -= 1
        if self.left_s <= 0:
            self.dismiss()
        else:
            self._count()

    def take_back(self) -> None:
        """Call `undo`, once, while there is time."""
        undo, self._undo = self._undo, None
        if undo is not None and self.left_s > 0:
            undo()
        self.dismiss()

    def dismiss(self) -> None:
        """End it; it cannot be taken back any more."""
        if not self._timer.isActive():
            return
        self._undo = None
        self._timer.stop()
        self.ended.emit()
        self.hide()
        self.deleteLater()

    def _count(self) -> None:
        words = _("Undo ({seconds} s)").format(seconds=self.left_s)
        self._button.setText(words)
        self._button.setAccessibleName(words)
