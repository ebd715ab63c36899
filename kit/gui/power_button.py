"""The computer's own button, where the system leaves it to the kit: it asks, and never cuts off.

On a stick a short press comes as a key like any other. Somebody who knocks against a laptop at
night must not end a ward's kit; a button that does nothing is held down until the firmware cuts the
power, which is worse. Not for: switching off (`medium_door`).
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

KEYS = frozenset({Qt.Key.Key_PowerOff, Qt.Key.Key_PowerDown})
"""The button of the case, and the one that some keyboards have."""


class PowerButton(QObject):
    """`pressed`: once for each press, whatever the window is doing."""

    pressed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.winId()  # else there is nothing yet that hears keys
        window.windowHandle().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() is QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in KEYS
        ):
            if not event.isAutoRepeat():
                self.pressed.emit()
            return True
        return super().eventFilter(watched, event)
