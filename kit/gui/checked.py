"""The self-test's look at the screens: the application opens, paints its lock screen, is answered.

What can be missing from a packaged kit shows here: a platform plug-in, a font, a drawing, Qt's own
French, the node's process. Not for: whether the screens are right (the tests), nor for speed alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QRectF, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

PATIENCE_MS = 60_000
_A_SCREEN = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY")


class _Watch(QObject):
    """Tells once that a window has been painted."""

    painted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            self.painted.emit()
        return False


def open_and_look(home: Path, phrase: str = "") -> dict[str, Any]:
    """Open the application on a home until its door asks for something; facts of what was seen.

    `painted` goes to stderr when the window was first painted: whoever started this process can
    take the time. `asked` is "" where the node never answered within a minute.
    """
    from kit.gui.app import open_window
    from kit.gui.port import ProcessNode

    if not any(os.environ.get(name) for name in _A_SCREEN):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)  # noqa: S101 - the only kind made here
    port = ProcessNode(home)
    port.start()
    reception = open_window(app, port, phrase=phrase)
    seen: dict[str, Any] = {"platform": app.platformName(), "painted": False, "asked": ""}

    def paint() -> None:
        seen["painted"] = True
        sys.stderr.write("painted\n")
        sys.stderr.flush()
        done()

    def ask(what: str) -> None:
        seen["asked"] = what
        done()

    def done() -> None:
        if seen["painted"] and seen["asked"]:
            app.quit()

    _Watch(reception.window).painted.connect(paint)
    reception.asked.connect(ask)
    QTimer.singleShot(PATIENCE_MS, app.quit)
    app.exec()
    seen |= {"colours": _colours_of(reception.window.grab().toImage()), **_pieces()}
    reception.window.close()
    port.close()
    return seen


def _pieces() -> dict[str, Any]:
    """What the screens open by name: the files that are not there, one drawing, Qt's own French."""
    from kit.gui import fonts, icons, qt_words

    drawing = QPixmap(24, 24)
    drawing.fill(QColor("white"))
    painter = QPainter(drawing)
    icons.paint(painter, QRectF(0, 0, 24, 24), "lock", QColor("black"))
    painter.end()
    return {
        "fonts_missing": list(fonts.register(fonts.TEXT) + fonts.register(fonts.SYMBOLS)),
        "icon_colours": _colours_of(drawing.toImage(), step=1),
        "qt_french": qt_words.speak("fr"),
    }


def _colours_of(picture: QImage, *, step: int = 7) -> int:
    """How many colours a sample has: one means that nothing was drawn."""
    across = range(0, picture.width(), step)
    return len({picture.pixel(x, y) for x in across for y in range(0, picture.height(), step)})
