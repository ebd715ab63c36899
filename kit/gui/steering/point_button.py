"""The ward board's button that opens the point of the ward; hidden from who may not tell it.

Not for: the sheet itself (`point_sheet`), which is loaded at the first click.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QPushButton, QWidget

from kit.core.text import translator
from kit.gui import keys
from kit.gui.keys import Key
from kit.gui.screen import Context, Screen

_ = translator("gui_steering")

ACTION = "tell_needs"


def _N(message: str) -> str:
    return message


TELL = Key(
    "board-point", "Ctrl+D", _N("Point of the ward, for the crisis cell"), "ward.board",
    domain="gui_steering",
)  # fmt: skip
keys.register(TELL)


class PointButton(QPushButton):
    """Finds the screen it stands on by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Point of the ward"), parent)
        self.setAccessibleName(_("Point of the ward, for the crisis cell"))
        self.setToolTip(self.accessibleName())
        self.setAutoDefault(True)
        self.hide()
        # Once the screen that it is built for has been loaded.
        QTimer.singleShot(0, self, self._ask)
        self.clicked.connect(lambda _on=False: self.open())
        made = keys.bind(self, TELL.action, self.open, TELL.scope)
        made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)

    def _ask(self) -> None:
        if (context := self._context()) is not None:
            context.port.call("rights", {}, self._allowed, lambda _refused: None, again=True)

    def open(self) -> None:
        """Ctrl+D or a click."""
        context = self._context()
        if context is not None and not self.isHidden():
            from kit.gui.steering.point_sheet import open_point_sheet

            open_point_sheet(context)

    def _allowed(self, rights: list[str] | None) -> None:
        self.setVisible(ACTION in (rights or ()))

    def _context(self) -> Context | None:
        place: object = self.parentWidget()
        while isinstance(place, QWidget) and not isinstance(place, Screen):
            place = place.parentWidget()
        return place.context if isinstance(place, Screen) else None
