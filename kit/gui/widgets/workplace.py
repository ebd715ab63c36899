"""What surrounds every screen once somebody has signed in: strip, banner, rail, sheet, questions.

Not for: choosing screens or answering keys (`kit.gui.window`). Built at the first sign-in, so that
the lock screen does not wait for it. Nothing here ever covers the banner or the screen's rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kit.gui import fonts, theme
from kit.gui.port import NodePort
from kit.gui.theme import Space
from kit.gui.widgets.banner import BannerFacts, PatientBanner
from kit.gui.widgets.confirm import ConfirmDialog, DialogHost
from kit.gui.widgets.facts import KitState, strip_items
from kit.gui.widgets.rail import Rail
from kit.gui.widgets.sheet import Sheet
from kit.gui.widgets.strip import StatusStrip
from kit.gui.widgets.toast import Toast

MOST_TOASTS = 3
STRIP_MS = 1_000


class Claim(Protocol):
    """What must be acknowledged by name, on every screen."""

    def widget(self) -> QWidget:
        """What is shown of it."""

    def conceal(self, *, on: bool) -> None:
        """Show that something waits, without its words."""


class Workplace(QWidget):
    """Strip and banner above; below them rail, screen with its toasts beneath, sheet."""

    sheet_closed = Signal()

    def __init__(self, port: NodePort, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        fonts.register(fonts.SYMBOLS)
        self._port = port
        self.strip, self.banner, self.rail = StatusStrip(), PatientBanner(), Rail()
        self.stack = QStackedWidget()
        self.sheet: Sheet | None = None
        self._claim: Claim | None = None
        self.toasts: list[Toast] = []
        below = QWidget()
        self._content = QHBoxLayout(below)
        self._content.setContentsMargins(0, 0, 0, 0)
        self._content.setSpacing(0)
        self._content.addWidget(self.rail)
        self._content.addLayout(self._middle(), 1)
        self.dialogs = DialogHost(below)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.banner)
        column.addWidget(below, 1)
        self.banner.hide()
        self._state = KitState()
        self._seconds = QTimer(self)
        self._seconds.setInterval(STRIP_MS)
        self._seconds.timeout.connect(self.second)
        self._seconds.start()

    @property
    def asking(self) -> bool:
        """True while a question waits for its answer."""
        return self.dialogs.dialog is not None

    def show_time(self, state: KitState, now_ms: int) -> None:
        """Say times, ages and the kit's state again."""
        self._state = state
        self.strip.show_items(strip_items(state, now_ms))

    def second(self) -> None:
        """A second has passed: ages of the strip; a button that says the same is left alone."""
        if self.isVisible():
            self.show_time(self._state, self._port.now_ms())

    def show_banner(self, facts: BannerFacts | None) -> None:
        """Show this patient above everything, or nobody."""
        if facts is not None:
            self.banner.show_patient(facts, self._port.now_ms())
        self.banner.setVisible(facts is not None)

    def show_claim(self, card: Claim) -> None:
        """What must be acknowledged stands beneath the banner, which it never moves."""
        self._claim = card
        self._column.insertWidget(2, card.widget())

    def show_wall(self, *, on: bool) -> None:
        """On the wall the screen stands alone: no strip, no sections."""
        self.strip.setVisible(not on)
        self.rail.setVisible(not on)
        if self._claim is not None:
            self._claim.conceal(on=on)

    def open_sheet(self, sheet: Sheet) -> None:
        """Open the sheet at the right; an open one is closed with its draft kept."""
        self.close_sheet()
        self.sheet = sheet
        sheet.setFixedWidth(theme.SHEET_PX)
        self._content.addWidget(sheet)
        sheet.closed.connect(self.close_sheet)
        sheet.show()
        sheet.opened(self._port)

    def close_sheet(self) -> None:
        """Close the open sheet, if any; its draft stays."""
        sheet, self.sheet = self.sheet, None
        if sheet is None:
            return
        sheet.keep_draft()
        self._content.removeWidget(sheet)
        sheet.hide()
        sheet.deleteLater()
        self.sheet_closed.emit()

    def confirm(self, dialog: ConfirmDialog) -> None:
        """Ask below the banner."""
        self.dialogs.open(dialog)

    def toast(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Say that something is done, beneath the screen."""
        made = Toast(text, undo)
        made.ended.connect(lambda: self.toasts.remove(made))
        self.toasts.append(made)
        self._toast_column.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        while len(self.toasts) > MOST_TOASTS:
            self.toasts[0].dismiss()

    def undo(self) -> None:
        """Take back what was signed last, while its toast is there."""
        for toast in reversed(self.toasts):
            if toast.can_undo:
                toast.take_back()
                return

    def clear(self) -> None:
        """Nothing of one person or one patient is left for the next: drafts are kept."""
        self.close_sheet()
        self.dialogs.dismiss()
        self.show_banner(None)
        for toast in list(self.toasts):
            toast.dismiss()

    def _middle(self) -> QVBoxLayout:
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.stack, 1)
        self._toast_column = QVBoxLayout()
        self._toast_column.setContentsMargins(Space.L, 0, Space.L, 0)
        self._toast_column.setSpacing(0)
        middle.addLayout(self._toast_column)
        return middle
