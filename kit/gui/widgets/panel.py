"""The panel that a screen shows when it is not simply ready, and the thin bar while it loads.

Not for: choosing the sentences (`states`). A panel never covers the banner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.states import ICONS, TONES, Explained, State
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.flow import FlowLayout
from kit.gui.widgets.iconic import Sign
from kit.gui.widgets.labels import Text

_ = translator("gui")

SHOW_BAR_MS = 150
SHOW_WORDS_MS = 1_000
WIDTH_PX = 560
SIGN_PX = 32

Choice = tuple[str, Callable[[], None]]


class StatePanel(QWidget):
    """What happened, what it means, what to do, with buttons.

    Centred on an empty screen; `flat` above content; a `band` over the whole width.
    """

    def __init__(
        self, *, flat: bool = False, band: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._flat, self._band = flat or band, band
        self.state = State.READY
        self._sign = Sign(Space.XL if self._flat else SIGN_PX)
        self._happened = Text(size=Size.BASE if self._flat else Size.HEADING, bold=True)
        self._means, self._todo = Text(), Text()
        self._code = Text(size=Size.SMALL, tone=Tone.MUTED)
        self._buttons_box = QWidget()
        self._buttons = FlowLayout(self._buttons_box)
        self._card = QWidget()
        self._card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._lay_out()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        for part in (self._happened, self._means, self._todo, self._code):
            words.addWidget(part)
        words.addSpacing(0 if self._flat else Space.S)
        words.addWidget(self._buttons_box)
        words.addStretch(1)
        row = QHBoxLayout(self._card)
        edge = Space.S if self._flat else Space.XL
        side = Space.L if self._flat else Space.XL
        row.setContentsMargins(side, edge, side, edge)
        row.setSpacing(Space.L)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        if self._flat:
            column.addWidget(self._card)
            return
        self._card.setFixedWidth(WIDTH_PX)
        column.addStretch(2)
        column.addLayout(centred(self._card))
        column.addStretch(3)

    def show_state(self, state: State, said: Explained, choices: Sequence[Choice] = ()) -> None:
        """Show the sentences; the first choice is the primary one."""
        self.state = state
        tone = TONES.get(state, Tone.NORMAL)
        theme.dress(self._card, surface=self._surface(tone))
        token = {Tone.WARNING: "warning", Tone.CRITICAL: "critical"}.get(tone, "muted")
        self._sign.show_icon(ICONS.get(state, "info"), token)
        means, todo = said.means, said.todo
        if self._flat:  # one line less above the content
            means, todo = " ".join(part for part in (means, todo) if part), ""
        pairs = ((self._happened, said.happened), (self._means, means))
        for label, text in (*pairs, (self._todo, todo), (self._code, said.code)):
            label.setText(text)
            label.setVisible(bool(text))
        self._show_choices(choices)
        self.setAccessibleName(said.spoken())

    def _surface(self, tone: Tone) -> str:
        named = {Tone.WARNING: "warning", Tone.CRITICAL: "critical"}.get(tone, "")
        if self._band:
            return f"band-{named}" if named else "band"
        return named or "card"

    def _show_choices(self, choices: Sequence[Choice]) -> None:
        self._buttons.clear()
        for place, (text, run) in enumerate(choices):
            button = QPushButton(text)
            button.setAccessibleName(text)
            theme.dress(button, kind="primary" if place == 0 else "")
            button.clicked.connect(lambda _on=False, run=run: run())
            self._buttons.addWidget(button)
        self._buttons_box.setVisible(bool(choices))


def centred(widget: QWidget) -> QHBoxLayout:
    """A row with the widget in its middle; an alignment flag would cut wrapped text."""
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(widget)
    row.addStretch(1)
    return row


class LoadingBar(QWidget):
    """Three pixels that are always there; filled after 150 ms; `slow` after 1 s, for words."""

    slow = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(3)
        self._on = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._show)

    def start(self) -> None:
        """Something was asked."""
        if not self._on:
            self._timer.start(SHOW_BAR_MS)

    def stop(self) -> None:
        """It has come."""
        self._timer.stop()
        self._on = False
        self.setAccessibleName("")
        self.update()

    def _show(self) -> None:
        if self._on:
            self.slow.emit()
            return
        self._on = True
        self._timer.start(SHOW_WORDS_MS - SHOW_BAR_MS)
        self.setAccessibleName(_("Loading"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._on:
            painter = QPainter(self)
            painter.fillRect(self.rect(), theme.color("accent"))
            painter.end()
