"""The mouse's arrow, out of sight on a stick until somebody moves the mouse.

The session's compositor puts it into the middle of the screen, over the field for the words, as
soon as any device says that it can point, and has no setting against it (cage); but it shows what
the application wants shown. A finger never brings the arrow. Not for: hiding it again.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

STIR_PX = 4
"""The compositor itself tells one place when the window appears; a knock on the table is less."""


class HiddenPointer(QObject):
    """Hides the arrow over a window now; the first real movement, press or wheel brings it back."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.winId()  # else there is nothing yet that hears the mouse
        self._source = window.windowHandle()
        self._first: QPointF | None = None
        self.hidden = True
        QApplication.setOverrideCursor(Qt.CursorShape.BlankCursor)
        # On the window alone: there only what comes from outside passes, not every event of Qt.
        self._source.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.hidden and self._is_mouse(event):
            self.show()
        return super().eventFilter(watched, event)

    def show(self) -> None:
        """The arrow is there from now on."""
        if self.hidden:
            self.hidden = False
            self._source.removeEventFilter(self)
            QApplication.restoreOverrideCursor()

    def _is_mouse(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Wheel:
            return True
        if not isinstance(event, QMouseEvent) or _is_finger(event):
            return False
        if event.type() is QEvent.Type.MouseButtonPress:
            return True
        if self._first is None:
            self._first = event.globalPosition()
        return (event.globalPosition() - self._first).manhattanLength() >= STIR_PX


def _is_finger(event: QMouseEvent) -> bool:
    """Whether Qt or the system made this of a touch, for widgets that know no touches."""
    return event.source() is not Qt.MouseEventSource.MouseEventNotSynthesized
