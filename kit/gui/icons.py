"""Icons by name, drawn from bundled SVG in a colour of the palette, each with its own word.

Not for: carrying meaning alone; an icon always stands beside or is announced by its word.
Drawings: Lucide (ISC), see `assets/icons/LICENSE`. QtSvg is loaded at the first icon, not before,
so that the lock screen does not wait for it.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

from kit.core.text import translator
from kit.gui import theme

_ = translator("gui")

SIZE_PX = 20


def _N(message: str) -> str:
    return message


WORDS = {
    "activity": _N("Vital signs"),
    "arrow-left": _N("Back"),
    "battery-full": _N("Battery"),
    "battery-low": _N("Battery low"),
    "bed": _N("Bed"),
    "calendar-clock": _N("Planned time"),
    "check": _N("Done"),
    "chevron-left": _N("Previous"),
    "chevron-right": _N("Next"),
    "circle-help": _N("Help"),
    "clipboard-pen-line": _N("Record"),
    "clock": _N("Time"),
    "database": _N("Frozen patient record"),
    "eye": _N("Show"),
    "file-text": _N("Document"),
    "flask-conical": _N("Examinations"),
    "hospital": _N("Ward"),
    "inbox": _N("Inbox"),
    "info": _N("Information"),
    "key-round": _N("Access"),
    "layout-dashboard": _N("Situation"),
    "layout-list": _N("Ward board"),
    "lock": _N("Lock"),
    "maximize": _N("Full screen"),
    "message-square-text": _N("Messages"),
    "moon": _N("Night colours"),
    "network": _N("Exchanges between kits"),
    "notebook-pen": _N("Notes"),
    "octagon-alert": _N("Danger"),
    "pencil": _N("Correct"),
    "phone": _N("Telephone"),
    "pill": _N("Medication"),
    "plug": _N("Mains power"),
    "plus": _N("Add"),
    "printer": _N("Print"),
    "printer-x": _N("Printer unavailable"),
    "refresh-cw": _N("Exchange"),
    "save": _N("Save"),
    "search": _N("Search"),
    "settings": _N("Settings"),
    "siren": _N("Crisis"),
    "triangle-alert": _N("Warning"),
    "undo-2": _N("Undo"),
    "upload": _N("To be sent"),
    "usb": _N("USB stick"),
    "user-round": _N("Patient"),
    "user-round-search": _N("Find a patient"),
    "users-round": _N("Team"),
    "wifi-off": _N("No other kit"),
    "x": _N("Close"),
}


def word(name: str) -> str:
    """What the icon says, in the person's language; KeyError for an icon that is not bundled."""
    return _(WORDS[name])


def icon(name: str, token: str = "text") -> QIcon:
    """The icon in the colour of that token, in the palette in force; sharp up to 2x."""
    made = QIcon()
    for scale in (1, 2):
        made.addPixmap(pixmap(name, token, SIZE_PX * scale))
    return made


def pixmap(name: str, token: str = "text", size_px: int = SIZE_PX) -> QPixmap:
    """The icon as a square picture, `size_px` device pixels wide."""
    return _draw(name, theme.color(token).name(), size_px)


def paint(painter: QPainter, rect: QRectF, name: str, color: QColor) -> None:
    """Draw the icon into `rect` at the painter's own resolution."""
    ratio = painter.device().devicePixelRatio()
    drawn = _draw(name, color.name(), round(rect.width() * ratio))
    painter.drawPixmap(rect, drawn, QRectF(drawn.rect()))


@cache
def _draw(name: str, colour: str, size_px: int) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    svg = _source(name).replace("currentColor", colour)
    drawn = QPixmap(QSize(size_px, size_px))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    return drawn


@cache
def _source(name: str) -> str:
    folder = resources.files("kit.gui") / "assets" / "icons"
    return (folder / f"{name}.svg").read_text(encoding="utf-8")
