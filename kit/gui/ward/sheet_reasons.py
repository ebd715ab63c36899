"""Reasons: a coded one from a short list, and words; and the box that says what is corrected.

Not for: which codes exist (the rooms' enumerations) nor their words (`kit.ward.words`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kit.core.folding import fold
from kit.core.text import translator
from kit.gui import theme
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Runs, Text
from kit.ward.correction import StrikeReason
from kit.ward.words import strike_word

_ = translator("gui_entry")

CODE_ROLE = int(Qt.ItemDataRole.UserRole)


class ReasonList(QListWidget):
    """Codes as words, all in sight; arrows or first letters choose, nothing is chosen at first."""

    def __init__(
        self,
        name: str,
        codes: Iterable[str],
        word: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setSpacing(3)
        self._word = word
        self.fill(codes)

    def fill(self, codes: Iterable[str]) -> None:
        """These codes instead of those before."""
        self.clear()
        for code in codes:
            words = self._word(code)
            item = QListWidgetItem(words[:1].upper() + words[1:])
            item.setData(CODE_ROLE, str(code))
            self.addItem(item)
        self.setCurrentRow(-1)

    def value(self) -> str:
        """The chosen code; "" while nothing is chosen."""
        chosen = self.selectedItems()
        return str(chosen[0].data(CODE_ROLE)) if chosen else ""

    def choose(self, code: str) -> None:
        """Choose by code."""
        for place in range(self.count()):
            if self.item(place).data(CODE_ROLE) == code:
                self.setCurrentRow(place)

    def fit(self) -> int:
        """As tall as all its lines: nothing has to be scrolled to be seen; that height."""
        self.doItemsLayout()
        each = (self.sizeHintForRow(row) + 2 * self.spacing() for row in range(self.count()))
        tall = sum(each) + 2 * self.frameWidth() + Space.XS
        self.setFixedHeight(tall)
        return tall

    def keyPressEvent(self, event: QKeyEvent) -> None:
        first = self.currentRow() < 0 and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up)
        if first:
            self.setCurrentRow(0)
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """First letters, whatever the accents."""
        wanted = fold(search)
        for place in range(self.count()):
            if wanted and fold(self.item(place).text()).startswith(wanted):
                self.setCurrentRow(place)
                return


class ReasonField(QWidget):
    """A heading, the list of codes, and a line for words."""

    changed = Signal()

    def __init__(
        self,
        label: str,
        codes: Iterable[str],
        word: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.list = ReasonList(label, codes, word)
        self.list.itemSelectionChanged.connect(self._picked)
        self._wrong = Text(tone=Tone.WARNING)
        self._wrong.hide()
        self.edit = QLineEdit()
        self.edit.setAccessibleName(_("In your own words"))
        self.edit.setPlaceholderText(_("In your own words (optional)"))
        self.edit.textChanged.connect(lambda _text: self.changed.emit())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        heading = Text(label, bold=True)
        heading.setBuddy(self.list)
        for part in (heading, self._wrong, self.list, self.edit):
            column.addWidget(part)
        self.list.fit()

    def value(self) -> str:
        """The code, or ""."""
        return self.list.value()

    def text(self) -> str:
        """The words."""
        return self.edit.text().strip()

    def draft(self) -> dict[str, str]:
        """What is chosen and typed."""
        return {"reason": self.value(), "reason_text": self.edit.text()}

    def restore(self, draft: dict[str, str]) -> None:
        """Put it back."""
        self.list.choose(draft.get("reason", ""))
        self.edit.setText(draft.get("reason_text", ""))

    def complain(self, words: str) -> None:
        """Say what is missing, above the list, and go there."""
        self._wrong.setText(words)
        self._wrong.setVisible(bool(words))
        if words:
            (self.edit if self.value() else self.list).setFocus()

    def _picked(self) -> None:
        self.complain("")
        self.changed.emit()


class CorrectionBox(QWidget):
    """The entry that is corrected, struck and readable, and why; above the prefilled fields."""

    changed = Signal()

    def __init__(self, original: str, recorded: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.dress(self, surface="card")
        struck = Runs()
        struck.show_runs([(original, False)], struck=True)
        self.reason = ReasonField(_("Why is it corrected?"), list(StrikeReason), strike_word)
        self.reason.changed.connect(self.changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.setSpacing(Space.S)
        column.addWidget(
            Text(_("The entry below stays readable, struck through:"), tone=Tone.MUTED)
        )
        column.addWidget(struck)
        column.addWidget(Text(recorded, size=Size.SMALL, tone=Tone.MUTED))
        column.addWidget(self.reason)
