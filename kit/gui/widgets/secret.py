"""Words that are typed hidden: a button that shows them, and a warning while Caps Lock is on.

Qt does not tell whether Caps Lock is on; a letter that comes in the other case than Shift asks for
does. Not for: checking what was typed.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout

from kit.core.text import translator
from kit.gui.theme import Size
from kit.gui.tone import Tone
from kit.gui.widgets.iconic import IconButton
from kit.gui.widgets.labels import Text

_ = translator("gui")


def caps_seen(text: str, *, shift: bool) -> bool | None:
    """Whether Caps Lock is on, from what one key gave; None where the key does not tell."""
    if len(text) != 1 or not text.isalpha() or text.lower() == text.upper():
        return None
    return text.isupper() is not shift


class Secret(QObject):
    """Hides what is typed in `edit` until the button beside it is pressed."""

    def __init__(self, edit: QLineEdit, line: QHBoxLayout, below: QVBoxLayout) -> None:
        super().__init__(edit)
        self._edit = edit
        self.eye = IconButton("eye", _("Show what is typed"), kind="")
        self.eye.setCheckable(True)
        self.eye.toggled.connect(self._show)
        self.caps = Text(_("▲ Caps Lock is on."), size=Size.SMALL, tone=Tone.WARNING)
        self.caps.hide()
        line.addWidget(self.eye)
        below.insertWidget(below.indexOf(line) + 1, self.caps)
        edit.setEchoMode(QLineEdit.EchoMode.Password)
        edit.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            seen = caps_seen(event.text(), shift=shift)
            if event.key() == Qt.Key.Key_CapsLock and self.caps.isVisibleTo(self._edit.window()):
                seen = False
            if seen is not None:
                self.caps.setVisible(seen)
        return False

    def _show(self, on: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password
        self._edit.setEchoMode(mode)
        self.eye.setAccessibleName(_("Hide what is typed") if on else _("Show what is typed"))
        self.eye.setToolTip(self.eye.accessibleName())
        self._edit.setFocus()
