"""The claim: what this person must acknowledge by name stands beneath the banner of every screen.

Nothing here disappears by itself, and nothing covers the banner. Only the most pressing one is
shown whole; the others are counted. Not for: who is addressed (the node says it).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kit.core.text import plural_translator, translator
from kit.gui import theme
from kit.gui.port import NodePort
from kit.gui.screen import Context
from kit.gui.shared import message_words as words
from kit.gui.shared.message_ack import DIRECTIVE, MESSAGE, AckBox
from kit.gui.shared.message_rows import (
    DIRECTIVES,
    FLASH,
    ChannelRow,
    ClaimRow,
    DirectiveRow,
    MessageRow,
)
from kit.gui.shared.message_seen import SeenTimer
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import rows_of
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.iconic import Sign
from kit.gui.widgets.labels import Text
from kit.gui.window import MainWindow

_ = translator("gui_steering")
ngettext = plural_translator("gui_steering")

PRESSING = frozenset({FLASH, "urgent"})
"""What may stand above a nurse's work; routine messages wait in the list, counted."""
TOPICS = frozenset({"message", "directive", "channel"})
MESSAGES = "shared.messages"
TICK_MS = 20_000
SIGN_PX = 28


class ClaimCard(QFrame):
    """The first of the claims, over the whole width."""

    more_asked = Signal(str)  # the channel of the claim that is shown

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.claims: list[ClaimRow] = []
        self._context: Context | None = None
        self._sign = Sign(SIGN_PX)
        self._head, self._due = Text(bold=True), Text(bold=True)
        self._text = Text(size=Size.HEADING)
        self._hint = Text(_("F11 leaves the wall: the message can then be read and acknowledged."))
        self._hint.hide()
        self._concealed = False
        self.ack = AckBox(wide=True)
        self.more = action_button("", self._more, "quiet")
        self.seen = SeenTimer(self, self._in_sight)
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(Space.M)
        top.addWidget(self._head, 1)
        top.addWidget(self.more, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(Space.XS)
        column.addLayout(top)
        column.addWidget(self._text)
        column.addWidget(self._hint)
        column.addWidget(self._due)
        column.addWidget(self.ack)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.S, Space.L, Space.S)
        row.setSpacing(Space.L)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)

    def show_claims(self, context: Context, claims: Sequence[ClaimRow]) -> None:
        """Show the first of these, worst first as they came; none hides the card."""
        self._context, self.claims = context, list(claims)
        if not claims:
            self.seen.rest()
            self.hide()
            return
        first, flash = claims[0], claims[0].priority == FLASH
        theme.dress(self, surface="band-critical" if flash else "band-warning")
        token = "critical" if flash else "warning"
        self._sign.show_icon("siren" if flash else "message-square-text", token)
        self._text.setText("\n".join(part for part in (first.title, first.text) if part))
        self._show_words(first, context.now_ms())
        self.ack.show_claim(context, first.kind, first.key, first.ask)
        others = len(claims) - 1
        said = ngettext("{count} more to acknowledge", "{count} more to acknowledge", others)
        self.more.setText(said.format(count=others) if others else _("Open the messages"))
        self.more.setAccessibleName(self.more.text())
        self.setAccessibleName(f"{self._head.text()}. {self._text.text()}. {self._due.text()}")
        self.show()
        self.seen.look(context.port)

    def widget(self) -> QFrame:
        """The card itself."""
        return self

    def conceal(self, *, on: bool) -> None:
        """On the wall the card stays and its words go: they might name a patient."""
        self._concealed = on
        self._text.setVisible(not on)
        self.ack.setVisible(not on)
        self._hint.setVisible(on)

    def tick(self, now_ms: int) -> None:
        """Say the delay again."""
        if self.claims:
            self._show_words(self.claims[0], now_ms)

    def _show_words(self, claim: ClaimRow, now_ms: int) -> None:
        tone = Tone.CRITICAL if claim.priority == FLASH else Tone.WARNING
        kind = words.priority_word(claim.priority) if claim.kind == MESSAGE else _("Directive")
        if claim.priority == FLASH:
            kind = words.priority_word(FLASH)
        by = words.by_text(claim.author_name, claim.role, claim.at, now_ms)
        self._head.setText(f"{kind} — {by}")
        self._head.set_tone(tone)
        due = words.deadline_text(claim.ack_by, now_ms)
        self._due.setText(due[:1].upper() + due[1:])
        self._due.setVisible(bool(due))
        self._due.set_tone(Tone.CRITICAL if claim.ack_by < now_ms else tone)

    def _in_sight(self) -> list[str]:
        shown = self.claims[:1] if self.isVisible() and not self._concealed else []
        return [claim.key for claim in shown]

    def _more(self) -> None:
        if self.claims:
            self.more_asked.emit(self.claims[0].channel)


class MessageWatch(QObject):
    """While somebody is signed in: the claim above the screens, the count in the rail."""

    def __init__(self, port: NodePort, window: MainWindow) -> None:
        super().__init__(window)
        self._port, self._window = port, window
        self._context: Context | None = None
        self.card: ClaimCard | None = None
        self._unread = 0
        self._found: dict[str, list[ClaimRow]] = {MESSAGE: [], DIRECTIVE: []}
        port.changed.connect(self._on_changed)
        self._ticks = QTimer(self)
        self._ticks.setInterval(TICK_MS)
        self._ticks.timeout.connect(self._tick)

    def enter(self) -> None:
        """Somebody has signed in."""
        window = self._window
        if window.person is None:
            return
        self._context = Context(self._port, window, window.person, window.ward)
        if self.card is None:
            self.card = ClaimCard()
            self.card.ack.done.connect(lambda _key: self._ask())
            self.card.more_asked.connect(self._open)
            window.work.show_claim(self.card)
        self._ticks.start()
        self._ask()

    def leave(self) -> None:
        """The screen locks: nothing of it stays in sight."""
        self._context = None
        self._found = {MESSAGE: [], DIRECTIVE: []}
        self._ticks.stop()
        if self.card is not None:
            self.card.claims = []
            self.card.seen.rest()
            self.card.hide()

    def _ask(self) -> None:
        if self._context is not None:
            self._port.ask("message.claims", {}, self._messages, lambda _refused: None)
            self._port.ask("directive.list", {}, self._directives, lambda _refused: None)
            self._port.ask("message.channels", {}, self._count, lambda _refused: None)

    def _messages(self, answer: Any) -> None:
        rows = rows_of(answer, MessageRow)
        self._found[MESSAGE] = [_of_message(row) for row in rows if row.priority in PRESSING]
        self._show()

    def _directives(self, answer: Any) -> None:
        rows = rows_of(answer, DirectiveRow)
        self._found[DIRECTIVE] = [_of_directive(row) for row in rows if row.claim]
        self._show()

    def _show(self) -> None:
        if self._context is None or self.card is None:
            return
        before = {claim.key for claim in self.card.claims}
        claims = sorted([*self._found[MESSAGE], *self._found[DIRECTIVE]], key=_pressing)
        self.card.show_claims(self._context, claims)
        if any(claim.key not in before for claim in claims):
            self._window.announce(self.card.accessibleName())
        self._show_count()

    def _count(self, answer: Any) -> None:
        self._unread = sum(row.unread for row in rows_of(answer, ChannelRow))
        self._show_count()

    def _show_count(self) -> None:
        if self._context is None:
            return
        claims = self.card.claims if self.card is not None else []
        tone = Tone.INFO
        if claims:
            flash = any(claim.priority == FLASH for claim in claims)
            tone = Tone.CRITICAL if flash else Tone.WARNING
        self._window.rail.show_count(MESSAGES, max(self._unread, len(claims)), tone)

    def _open(self, channel: str) -> None:
        self._window.go(MESSAGES)
        screen: Any = self._window.screen_now()
        if screen is not None and screen.key == MESSAGES:
            screen.open_channel(channel)

    def _on_changed(self, topics: set[str]) -> None:
        if topics & TOPICS:
            self._ask()

    def _tick(self) -> None:
        if self.card is not None and self._context is not None:
            self.card.tick(self._port.now_ms())
            self.card.seen.look(self._port)


def _of_message(row: MessageRow) -> ClaimRow:
    return ClaimRow(
        MESSAGE, row.message, row.priority, "", row.text, row.channel, row.author_name, row.role,
        row.at, row.ack_by, row.ask,
    )  # fmt: skip


def _of_directive(row: DirectiveRow) -> ClaimRow:
    return ClaimRow(
        DIRECTIVE, row.directive, row.priority, row.title, row.text, DIRECTIVES, row.author_name,
        row.role, row.at, row.ack_by, row.ask,
    )  # fmt: skip


def _pressing(claim: ClaimRow) -> tuple[bool, int]:
    """FLASH first, then what is due first."""
    return claim.priority != FLASH, claim.ack_by or claim.at
