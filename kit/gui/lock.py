"""The door: opens the kit with its eight words, then a person with a PIN. Never a patient's name.

Loads Qt's three modules and little else, since it is the first thing on screen. Not for: asking the
node (`app` does), nor making a kit (`first_run`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text

if TYPE_CHECKING:
    from kit.gui.lock_pages import Account, PhrasePage, PinPage
    from kit.gui.states import Explained
    from kit.gui.widgets.panel import StatePanel

_ = translator("gui_ward")

IDLE_LOCK_MS = 120_000
"""Without a key or a move of the mouse for this long, the screen locks; set here only."""

CARD_PX = 480


@dataclass(frozen=True, slots=True)
class DoorFacts:
    """What may stand on a locked screen: nothing about any patient. Empty where not known yet."""

    hospital: str = ""
    kit: str = ""
    ward: str = ""
    data: str = ""
    exercise: bool = False


class _Pages(QStackedWidget):
    """The pages of the card. The list of names may shrink; pages of running text may not."""

    def hasHeightForWidth(self) -> bool:
        # A height that follows from a width is also the least that Qt's layouts give: the names
        # would lie over the PIN field instead of scrolling.
        page = self.currentWidget()
        return page is not None and page.hasHeightForWidth()


class LockScreen(QWidget):
    """The card in the middle: what this kit is, and the way in."""

    phrase_given = Signal(str)
    pin_given = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = DoorFacts()
        self._left = 0
        self.setAccessibleName(_("Locked screen"))
        self._title = Text(size=Size.NAME)
        self._under = Text(tone=Tone.MUTED)
        self._foot = Text(size=Size.SMALL, tone=Tone.MUTED)
        self._note: StatePanel | None = None
        self._phrase: PhrasePage | None = None
        self._pin: PinPage | None = None
        self._guest: QWidget | None = None
        self._waiting = Text(_("The kit is starting…"), tone=Tone.MUTED)
        self._pages = _Pages()
        self._pages.addWidget(self._waiting)
        self._ticks = QTimer(self)
        self._ticks.setInterval(1_000)
        self._ticks.timeout.connect(self._tick)
        self._lay_out()
        self.show_facts(self.facts)

    def _lay_out(self) -> None:
        card = QFrame()
        theme.dress(card, surface="card")
        card.setFixedWidth(CARD_PX)
        inner = self._card = QVBoxLayout(card)
        inner.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.XL)
        inner.setSpacing(Space.M)
        inner.addWidget(self._title)
        inner.addWidget(self._under)
        inner.addSpacing(Space.XS)
        inner.addWidget(self._pages)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self._foot.setFixedWidth(CARD_PX)
        self._foot.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        foot.addWidget(self._foot)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(Space.M)
        column.addStretch(2)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(card)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addLayout(foot)
        column.addStretch(3)

    # What is not needed for the first picture is made when it is asked for.

    @property
    def note(self) -> StatePanel:
        """Why it did not open, above the field."""
        if self._note is None:
            from kit.gui.widgets.panel import StatePanel

            self._note = StatePanel(flat=True)
            self._card.insertWidget(2, self._note)
            self._note.hide()
        return self._note

    @property
    def phrase(self) -> PhrasePage:
        """The page of the eight words."""
        if self._phrase is None:
            from kit.gui.lock_pages import PhrasePage

            self._phrase = PhrasePage()
            self._phrase.given.connect(self.phrase_given)
            self._pages.addWidget(self._phrase)
        return self._phrase

    @property
    def pin(self) -> PinPage:
        """The page of names and PIN."""
        if self._pin is None:
            from kit.gui.lock_pages import PinPage

            self._pin = PinPage()
            self._pin.given.connect(self.pin_given)
            self._pages.addWidget(self._pin)
        return self._pin

    def _page(self) -> PhrasePage | PinPage | None:
        """The page that asks something now."""
        shown = self._pages.currentWidget()
        return next((page for page in (self._phrase, self._pin) if page is shown), None)

    def show_facts(self, facts: DoorFacts) -> None:
        """Which kit this is."""
        self.facts = facts
        self._title.setText(facts.hospital or _("Cyber Kit"))
        parts = [_("Kit {name}").format(name=facts.kit) if facts.kit else ""]
        parts.append(_("Ward {name}").format(name=facts.ward) if facts.ward else "")
        under = " · ".join(part for part in parts if part)
        self._under.setText(under or _("Downtime kit of the hospital"))
        self._foot.setText(facts.data)
        self.update()

    @property
    def asks_phrase(self) -> bool:
        """Whether the eight words are wanted."""
        return self._phrase is not None and self._pages.currentWidget() is self._phrase

    def ask_phrase(self, title: str = "", about: str = "", verb: str = "") -> None:
        """The kit is sealed; on a stick, what the words are for and what they will do."""
        self.phrase.ask(title, about, verb)
        self._turn_to(self.phrase)

    def show_page(self, page: QWidget) -> None:
        """A page that belongs to somebody else, until another one is asked for."""
        if self._guest is not None and self._guest is not page:
            self._pages.removeWidget(self._guest)
            self._guest.deleteLater()
        self._guest = page
        self._pages.addWidget(page)
        self._turn_to(page)

    def ask_pin(self, accounts: Sequence[Account], chosen: str = "") -> None:
        """The kit is open; these may sign in."""
        self.pin.show_accounts(accounts, chosen)
        self._turn_to(self.pin)

    def busy(self, *, opening: bool) -> None:
        """The node is at work on what was given; nothing can be given twice."""
        page = self._page()
        if page is not None:
            page.verb.setEnabled(not opening)
            page.verb.setText(_("Opening…") if opening else page.verb_text())

    def refuse(self, said: Explained, seconds: int = 0) -> None:
        """Say why not; with `seconds`, nothing can be given until they are over."""
        self.busy(opening=False)
        from kit.gui.states import State

        self._left = seconds
        self.note.show_state(State.REFUSED, said)
        self.note.show()
        page = self._page()
        if page is not None:
            page.verb.setEnabled(seconds <= 0)
            page.setFocus()
        if seconds > 0:
            self._ticks.start()
            self._count()

    def setFocus(self, *_reason: object) -> None:
        """Where typing starts."""
        page = self._page() or self._guest
        if page is not None:
            page.setFocus()
        else:
            super().setFocus()

    def _turn_to(self, page: QWidget) -> None:
        if self._note is not None:
            self._note.hide()
        self._ticks.stop()
        for place in range(self._pages.count()):
            # A page that is not shown must not keep the card tall.
            other = self._pages.widget(place)
            policy = QSizePolicy.Policy.Preferred if other is page else QSizePolicy.Policy.Ignored
            if other is not None:
                other.setSizePolicy(QSizePolicy.Policy.Preferred, policy)
        self._pages.setCurrentWidget(page)
        self.busy(opening=False)
        page.setFocus()

    def _tick(self) -> None:
        self._left -= 1
        self._count()

    def _count(self) -> None:
        if self._left <= 0:
            self._ticks.stop()
            self.busy(opening=False)
            self.note.hide()
            return
        from kit.gui.faults import wait_text

        page = self._page()
        if page is not None:
            page.verb.setText(_("Wait {wait}").format(wait=wait_text(self._left)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("panel"))
        if self.facts.exercise:
            from kit.gui.widgets.hatch import paint_hatch

            color = theme.color("exercise_bar")
            color.setAlphaF(0.16)
            paint_hatch(painter, QRectF(self.rect()), color)
        painter.end()
