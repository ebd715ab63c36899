"""Icons that keep the colour of the palette when it changes: as a picture, or on a button.

Not for: an icon without words; a button made here always has a name.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from kit.core.quantity import NBSP
from kit.gui import icons, theme


class Sign(QLabel):
    """An icon beside words; a screen reader hears the words, not the icon."""

    def __init__(self, size_px: int = icons.SIZE_PX, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = size_px
        self._name, self._token = "", "muted"
        self.setFixedSize(size_px, size_px)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)

    def show_icon(self, name: str, token: str = "muted") -> None:
        """Show this icon in that token's colour."""
        self._name, self._token = name, token
        ratio = self.devicePixelRatioF()
        drawn = icons.pixmap(name, token, round(self._size * ratio))
        drawn.setDevicePixelRatio(ratio)
        self.setPixmap(drawn)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._name and event.type() is QEvent.Type.PaletteChange:
            self.show_icon(self._name, self._token)


class IconButton(QPushButton):
    """A button with an icon and, beside it or only spoken, its words."""

    def __init__(
        self,
        name: str,
        words: str,
        *,
        text: str = "",
        kind: str = "quiet",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(f"{NBSP}{text}" if text else "", parent)  # air after the icon
        self._name = name
        self._kind = kind
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.setIconSize(QSize(icons.SIZE_PX, icons.SIZE_PX))
        theme.dress(self, kind=kind)
        self._tint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        self.setIcon(icons.icon(self._name, "bg" if self._kind == "primary" else "text"))
