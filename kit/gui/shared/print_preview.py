"""The pages of a print job as pictures, one at a time, asked from the node as they are looked at.

Not for: making the PDF (the node does) nor printing it.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.port import NodePort
from kit.gui.theme import Space
from kit.gui.widgets.iconic import IconButton
from kit.gui.widgets.labels import Text

_ = translator("gui_entry")

DPI = 96
KEPT = 12


class Sheet(QWidget):
    """One page as it will be on paper: always light, whole, as large as there is room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QPixmap()
        self.setMinimumSize(240, 320)
        self.setAccessibleName(_("Preview"))

    def show_picture(self, picture: QPixmap, words: str) -> None:
        """Show this page, or nothing."""
        self._picture = picture
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(520, 600)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("panel"))
        if self._picture.isNull():
            painter.end()
            return
        size = self._picture.size().scaled(
            self.size() - QSize(2 * Space.M, 2 * Space.M), Qt.AspectRatioMode.KeepAspectRatio
        )
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        page = QRectF(left, top, size.width(), size.height())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(page, self._picture, QRectF(self._picture.rect()))
        painter.setPen(theme.color("line"))
        painter.drawRect(page)
        painter.end()


class Preview(QWidget):
    """The page, and the way through the pages; PgUp and PgDn turn them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._port: NodePort | None = None
        self._job, self._pages, self.page = "", 0, 0
        self._seen: dict[int, QPixmap] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Pages of the document"))
        self.sheet = Sheet()
        self.back = IconButton("chevron-left", _("Page before"))
        self.on = IconButton("chevron-right", _("Next page"))
        self.back.clicked.connect(lambda: self.turn(-1))
        self.on.clicked.connect(lambda: self.turn(1))
        self._words = Text(wrap=False)
        row = QHBoxLayout()
        row.addStretch(1)
        for part in (self.back, self._words, self.on):
            row.addWidget(part)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addWidget(self.sheet, 1)
        column.addLayout(row)
        self.clear()

    def clear(self) -> None:
        """Nothing to look at."""
        self._job, self._pages, self.page = "", 0, 0
        self._seen.clear()
        self.sheet.show_picture(QPixmap(), _("No page yet"))
        self._say()

    def show_job(self, port: NodePort, job: str, pages: int) -> None:
        """Look at this job, from its first page."""
        self.clear()
        self._port, self._job, self._pages = port, job, pages
        self.page = 1 if pages else 0
        self._show()

    def turn(self, step: int) -> None:
        """So many pages on or back."""
        wanted = max(1, min(self._pages, self.page + step))
        if self._pages and wanted != self.page:
            self.page = wanted
            self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1,
            Qt.Key.Key_Home: -self._pages, Qt.Key.Key_End: self._pages,
        }  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.turn(step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.sheet.update()

    def _show(self) -> None:
        self._say()
        seen = self._seen.get(self.page)
        if seen is not None:
            self.sheet.show_picture(seen, self._words.text())
        elif self._port is not None and self.page:
            asked = (self._job, self.page)
            args = {"job": self._job, "page": self.page, "dpi": DPI}
            self._port.call(
                "print.page", args, lambda png: self._arrived(asked, png), lambda _refused: None
            )

    def _arrived(self, asked: tuple[str, int], png: Any) -> None:
        if asked[0] != self._job:
            return
        picture = QPixmap()
        picture.loadFromData(bytes(png), "PNG")
        self._seen[asked[1]] = picture
        while len(self._seen) > KEPT:
            del self._seen[next(iter(self._seen))]
        if asked[1] == self.page:
            self.sheet.show_picture(picture, self._words.text())

    def _say(self) -> None:
        words = _("Page {page} of {pages}").format(page=self.page, pages=self._pages)
        self._words.setText(words if self._pages else "")
        self.back.setEnabled(self.page > 1)
        self.on.setEnabled(0 < self.page < self._pages)
