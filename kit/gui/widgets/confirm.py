"""A question that needs a named decision; it opens below the banner and never covers it.

Not for: news (`toast`) or entry (`sheet`). The verb is on the button; Esc is the safe way out.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.theme import Size, Space
from kit.gui.widgets.labels import Text

_ = translator("gui")

WIDTH_PX = 560


class ConfirmDialog(QFrame):
    """Title, text, the verb and the way out; `body` takes further fields (a reason)."""

    decided = Signal(bool)

    def __init__(
        self,
        title: str,
        text: str,
        verb: str,
        *,
        grave: bool = False,
        cancel: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._done = False
        theme.dress(self, surface="card")
        self.setFixedWidth(WIDTH_PX)
        self.setAccessibleName(f"{title}. {text}")
        self.body = QVBoxLayout()
        self.body.setSpacing(Space.S)
        self.verb, self.cancel = QPushButton(verb), QPushButton(cancel or _("Cancel"))
        for button in (self.verb, self.cancel):
            button.setAccessibleName(button.text())
        theme.dress(self.verb, kind="grave" if grave else "primary")
        self.verb.clicked.connect(lambda: self.decide(yes=True))
        self.cancel.clicked.connect(lambda: self.decide(yes=False))
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        column.setSpacing(Space.M)
        column.addWidget(Text(title, size=Size.HEADING))
        column.addWidget(Text(text))
        column.addLayout(self.body)
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.verb)
        column.addSpacing(Space.S)
        column.addLayout(buttons)

    def decide(self, *, yes: bool) -> None:
        """Answer, once."""
        if not self._done:
            self._done = True
            self.decided.emit(yes)

    def event(self, event: QEvent) -> bool:
        # Esc answers the question, and closes no sheet behind it.
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.decide(yes=False)
        else:
            super().keyPressEvent(event)


class DialogHost(QWidget):
    """Lies over the content below the banner while a question is open; the focus stays in it."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._back: QWidget | None = None
        self.dialog: ConfirmDialog | None = None
        column = QVBoxLayout(self)
        column.addStretch(1)
        self._place = QHBoxLayout()
        self._place.addStretch(1)
        self._place.addStretch(1)
        column.addLayout(self._place)
        column.addStretch(2)
        over.installEventFilter(self)
        self.hide()

    def dismiss(self) -> None:
        """Take the safe way out of an open question."""
        if self.dialog is not None:
            self.dialog.decide(yes=False)

    def open(self, dialog: ConfirmDialog) -> None:
        """Show the question; the safe way out has the focus where it is grave."""
        self.dismiss()
        self._back = QApplication.focusWidget()
        self.dialog = dialog
        dialog.setParent(self)
        self._place.insertWidget(1, dialog)
        dialog.decided.connect(self._close)
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()
        dialog.show()
        grave = dialog.verb.property("kind") == "grave"
        (dialog.cancel if grave else dialog.verb).setFocus()

    def _close(self, _yes: bool) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            self._place.removeWidget(dialog)
            dialog.hide()
            dialog.deleteLater()
        self.hide()
        if self._back is not None and self._back.isVisible():
            self._back.setFocus()
        self._back = None

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's own name
        """Tab goes round inside the question."""
        if self.dialog is None:
            return super().focusNextPrevChild(next)
        stops = [
            child
            for child in self.dialog.findChildren(QWidget)
            if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isVisible()
        ]
        now = QApplication.focusWidget()
        here = stops.index(now) if now in stops else -1
        stops[(here + (1 if next else -1)) % len(stops)].setFocus()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self.setGeometry(self._over.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        veil = theme.color("text" if theme.tokens().name == "light" else "bg")
        veil.setAlphaF(0.45)
        painter.fillRect(self.rect(), veil)
        painter.end()
