"""Pairing two kits from the screen: take in or join, compare six digits, done; at most 90 seconds.

Not for: cryptography or time limits (the node's), nor the look of each page (`pairing_pages`).
"""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal
from kit.gui.screen import Context
from kit.gui.shared.pairing_pages import ChoosePage, ComparePage, WaitPage
from kit.gui.shared.pairing_rows import (
    COMPARING,
    DONE,
    FAILED,
    GRANTING,
    IDLE,
    WAITING,
    PairingState,
    failed,
)
from kit.gui.states import Explained, State
from kit.gui.theme import Size, Space
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import StatePanel

_ = translator("gui_exchange")


class PairingPage(QWidget):
    """One page after the other; Esc leaves, and cancels what was begun."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = PairingState()
        self.context: Context | None = None
        self.hosting = False
        self._opening = False  # what ended before this page was opened is no news
        self._said: bool | None = None  # what this side has answered
        self.choose, self.wait, self.compare = ChoosePage(), WaitPage(), ComparePage()
        self.end, self.note = StatePanel(), StatePanel(flat=True)
        self.back = action_button(_("Back to the kits"), self.leave)
        self._pages = QStackedWidget()
        self._lay_out()
        self._bind()

    def _lay_out(self) -> None:
        for page in (self.choose, self.wait, self.compare, self.end):
            self._pages.addWidget(page)
        head = QHBoxLayout()
        head.setSpacing(Space.M)
        head.addWidget(Text(_("Pair a kit"), size=Size.HEADING), 1)
        head.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addWidget(self._pages, 1)
        self.note.hide()

    def _bind(self) -> None:
        self.choose.hosted.connect(self._host)
        self.choose.joined.connect(self._join)
        self.wait.cancelled.connect(self.cancel)
        self.compare.cancelled.connect(self.cancel)
        self.compare.answered.connect(self._compared)

    # -- what the screen calls ---------------------------------------------------------------

    def load(self, context: Context) -> None:
        """Open where the node stands: a pairing goes on while another screen is shown."""
        self.context = context
        self.choose.suggest(context.ward)
        self.choose.second.load(context.port)
        self.note.hide()
        self._opening = True
        self.ask()

    def ask(self) -> None:
        """How far is it?"""
        if self.context is not None:
            self.context.port.call("pairing.state", {}, self.arrived, self._refused, again=True)

    def tick(self, now_ms: int) -> None:
        """A second has passed: say again how long is left; news may have been missed."""
        if self.state.phase in (WAITING, COMPARING, GRANTING):
            self._say(now_ms)
            self.ask()

    def focus_first(self) -> None:
        """Where work starts; of two answers, neither is under Enter by itself."""
        spots: dict[QWidget, QWidget | None] = {
            self.choose: self.choose.label,
            self.wait: self.wait.cancel,
            self.compare: self.compare.cancel,
            self.end: self._end_button(),
        }
        shown = self._pages.currentWidget()
        spot = next((spot for page, spot in spots.items() if page is shown), None)
        (spot or self.back).setFocus()

    def _end_button(self) -> QPushButton | None:
        shown = (b for b in self.end.findChildren(QPushButton) if not b.isHidden())
        return next(shown, None)

    # -- acts --------------------------------------------------------------------------------

    def _host(self, what: dict[str, Any], second: dict[str, Any]) -> None:
        self.hosting = True
        self._call("pairing.host", what, second)

    def _join(self, address: str) -> None:
        self.hosting = False
        self._call("pairing.join", {"address": address})

    def _compared(self, same: bool) -> None:
        self._said = same
        self._call("pairing.confirm", {"same": same})

    def cancel(self) -> None:
        """Stop it on both sides."""
        self._call("pairing.cancel", {})

    def leave(self) -> None:
        """Back to the kits; what was begun is cancelled."""
        if self.state.phase in (WAITING, COMPARING):
            self.cancel()
        self._show(PairingState())
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def _call(
        self, service: str, args: dict[str, Any], second: dict[str, Any] | None = None
    ) -> None:
        if self.context is not None:
            self.note.hide()
            port = self.context.port
            port.call(service, args, self._answered, self._refused, second=second)

    def _answered(self, answer: Any) -> None:
        """The service's answer is the new state, or says nothing."""
        if isinstance(answer, dict) and "phase" in answer:
            self.arrived(answer)
        else:
            self.ask()

    # -- showing -----------------------------------------------------------------------------

    def arrived(self, answer: Any) -> None:
        """The node's state of the pairing."""
        said = {name: value for name, value in (answer or {}).items() if value is not None}
        state = msgspec.convert(said, PairingState)
        over = state.phase in (DONE, FAILED) and self._opening
        self._opening = False
        self._show(PairingState() if over else state)

    def _show(self, state: PairingState) -> None:
        before, self.state = self.state.phase, state
        if state.phase not in (COMPARING, GRANTING):
            self._said = None
        page = self._page_of(state.phase)
        if state.phase in (DONE, FAILED) and before != state.phase:
            self._show_end(state)
        self._pages.setCurrentWidget(page)
        if self.context is not None:
            self._say(self.context.now_ms())
            if before != state.phase and self.isVisible():
                self.focus_first()
                self._announce(state)

    def _say(self, now_ms: int) -> None:
        if self.state.phase == WAITING:
            self.wait.show_state(self.state, now_ms, hosting=self.hosting or bool(self.state.qr))
        elif self.state.phase in (COMPARING, GRANTING):
            said = True if self.state.phase == GRANTING else self._said
            self.compare.show_state(self.state, now_ms, said=said)

    def _page_of(self, phase: str) -> QWidget:
        pages: dict[str, QWidget] = {
            WAITING: self.wait,
            COMPARING: self.compare,
            GRANTING: self.compare,
            DONE: self.end,
            FAILED: self.end,
        }
        return pages.get(phase, self.choose)

    def _show_end(self, state: PairingState) -> None:
        if state.phase == FAILED:
            self.end.show_state(
                State.REFUSED,
                failed(state),
                [(_("Start again"), self._again), (_("Back to the kits"), self.leave)],
            )
            return
        name = state.peer_label or _("the other kit")
        said = Explained(
            _("✓ Paired with {name}").format(name=name),
            _("The two kits know each other from now on, whatever the network."),
            _("Entries begin to go from one to the other at once."),
        )
        self.end.show_state(State.READY, said, [(_("Back to the kits"), self.leave)])

    def _again(self) -> None:
        self._show(PairingState())

    def _announce(self, state: PairingState) -> None:
        shown = {COMPARING: self.compare, WAITING: self.wait}.get(state.phase)
        words = self.end.accessibleName() if shown is None else ""
        if state.phase == COMPARING:
            words = _("Compare these digits: {digits}").format(digits=" ".join(state.digits))
        if words and self.context is not None and state.phase != IDLE:
            self.context.shell.announce(words)

    def _refused(self, refused: Refused) -> None:
        self._said, self._opening = None, False
        self.note.show_state(State.REFUSED, explain_refusal(refused))
        self.note.show()
