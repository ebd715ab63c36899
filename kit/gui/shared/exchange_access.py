"""The fourth part of the exchanges: the fleet's journal, and the acts that two persons answer for.

Not for: what an act asks (its own sheet), nor any word of a row (`access_rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal
from kit.gui.models import Column, DiffModel
from kit.gui.screen import Context
from kit.gui.shared.access_rows import (
    ActRow,
    DeviceRow,
    Facts,
    what_cell,
    when_cell,
    who_cell,
    why_cell,
)
from kit.gui.shared.exchange_side import SIDE_PX, Card
from kit.gui.states import Explained, State
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import rows_of
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import StatePanel
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_exchange")

NARROW_PX = 900
NEWS = frozenset({"access", "device", "fleet", "act", "peers"})


class AccessPage(QWidget):
    """The journal at the left; at the right what may be done here, each with one sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context: Context | None = None
        self.facts, self.rights = Facts(), frozenset[str]()
        self.devices: list[DeviceRow] = []
        self.table = RowsTable(_("Journal of the fleet"))
        self.model: DiffModel[ActRow] = DiffModel(self._columns(), lambda row: row.entry, self)
        self.table.setModel(self.model)
        self.panel = StatePanel()
        self.open_card = Card(_("Open a ward to another kit"))
        self.sign_card = Card(_("A steering kit waits for a second key"))
        self.vote_card = Card(_("No steering kit is heard"))
        self.root_card = Card(_("Root envelope"))
        self._stack = QStackedWidget()
        self._lay_out()

    def _columns(self) -> list[Column[ActRow]]:
        def when(row: ActRow) -> Any:
            return when_cell(row, self.context.now_ms() if self.context else row.at)

        return [
            Column(lambda: _("When"), when, 104),
            Column(lambda: _("Act"), what_cell, 230, 3),
            Column(lambda: _("By whom"), who_cell, 190, 2),
            Column(lambda: _("Why"), why_cell, 190, 2),
        ]

    def _lay_out(self) -> None:
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.panel)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, Space.S, 0)
        column.setSpacing(Space.M)
        for card in (self.sign_card, self.vote_card, self.open_card, self.root_card):
            column.addWidget(card)
            card.hide()
        column.addStretch(1)
        self.side = side = QScrollArea()
        side.setWidgetResizable(True)
        side.setFixedWidth(SIDE_PX)
        side.setWidget(holder)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.M)
        row.addWidget(self._stack, 1)
        row.addWidget(side)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside an open sheet there is room for the journal only."""
        super().resizeEvent(event)
        self.side.setVisible(self.width() >= NARROW_PX)

    # -- asking ------------------------------------------------------------------------------

    def load(self, context: Context) -> None:
        """Ask what was done, and what may be done here."""
        self.context = context
        context.port.call("rights", {}, self._show_rights, lambda _no: None, again=True)
        self.ask()

    def ask(self) -> None:
        """Ask again."""
        if self.context is None:
            return
        port = self.context.port
        port.ask("fleet.journal", {}, self.show_rows, self._refused)
        port.call("access.facts", {}, self.show_facts, lambda _no: None, again=True)
        port.ask("fleet.devices", {}, self.show_devices, lambda _no: None)

    def show_rows(self, answer: Any) -> None:
        """The journal, newest first."""
        rows = rows_of(answer, ActRow)
        self.model.show(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        if rows and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        if not rows:
            said = Explained(
                _("Nobody has changed anything in the fleet since it was prepared."),
                _("Kits taken in or revoked, wards opened, votes: all of it will stand here."),
            )
            self.panel.show_state(State.EMPTY, said)

    def show_facts(self, answer: Any) -> None:
        """What this kit is."""
        self.facts = msgspec.convert(answer or {}, Facts)
        self._say()

    def show_devices(self, answer: Any) -> None:
        """Who waits for a second key."""
        self.devices = rows_of(answer, DeviceRow)
        self._say()

    def _show_rights(self, answer: Any) -> None:
        self.rights = frozenset(answer or ())
        self._say()

    def _refused(self, refused: Refused) -> None:
        self.panel.show_state(State.REFUSED, explain_refusal(refused))
        self._stack.setCurrentIndex(1)

    # -- what may be done --------------------------------------------------------------------

    def pending(self) -> list[DeviceRow]:
        """Proposed steering kits for which this kit may be the second key."""
        mine = next((row.label for row in self.devices if row.own), "")
        return [row for row in self.devices if row.state == "pending" and mine not in row.by]

    def _say(self) -> None:
        """The cards, as far as they concern this kit and this person."""
        may, facts = self.rights, self.facts
        waiting = self.pending() if facts.steers and "endorse_kit" in may else []
        self._card(self.sign_card, bool(waiting), [self._waiting(row) for row in waiting])
        votes = facts.role == "ward" and not facts.steering_heard and "name_interim" in may
        self._card(self.vote_card, votes, self._vote_parts())
        opens = bool(facts.wards) and "open_ward" in may
        self._card(self.open_card, opens, self._open_parts())
        self._card(self.root_card, "use_envelope" in may, self._root_parts())

    def _card(self, card: Card, shown: bool, parts: Sequence[QWidget]) -> None:
        card.say(parts if shown else [])
        card.setVisible(shown)

    def _waiting(self, row: DeviceRow) -> QWidget:
        by = _("Proposed by {kits}.").format(kits=", ".join(row.by))
        return self._part(f"{row.label} — {by}", _("Co-sign…"), lambda: self.endorse(row))

    def _vote_parts(self) -> list[QWidget]:
        said = _(
            "If none is left, the ward kits name one of them: it takes kits in and out, and is"
            " given no ward's records by that. More than half must name the same one."
        )
        return [self._part(said, _("Vote…"), self.vote)]

    def _open_parts(self) -> list[QWidget]:
        said = _(
            "An order of the crisis cell, or two seniors on the ward's own kit. With a reason, on"
            " record, and the ward sees it."
        )
        return [self._part(said, _("Open an access…"), self.open_access)]

    def _root_parts(self) -> list[QWidget]:
        take = _("With the sealed envelope this kit becomes a steering kit, or puts one out.")
        parts = [self._part(take, _("Use the envelope…"), self.use_envelope)]
        if self.facts.has_root:
            said = _("The root of this fleet is still on this kit only: put it on paper.")
            parts.insert(0, self._part(said, _("Print the envelope…"), self.print_envelope,
                                       Tone.WARNING))  # fmt: skip
        return parts

    def _part(
        self, said: str, verb: str, run: Callable[[], None], tone: Tone = Tone.NORMAL
    ) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, Space.XS)
        column.setSpacing(Space.XS)
        column.addWidget(Text(said, size=Size.SMALL, tone=tone))
        row = QHBoxLayout()
        row.addWidget(action_button(verb, run))
        row.addStretch(1)
        column.addLayout(row)
        return box

    # -- acts --------------------------------------------------------------------------------

    def open_access(self) -> None:
        """Break-glass."""
        from kit.gui.shared.access_sheet import AccessSheet

        if self.context is not None:
            self.context.shell.open_sheet(AccessSheet(self.context))

    def endorse(self, row: DeviceRow) -> None:
        """The second key of a steering kit."""
        from kit.gui.shared.authority_sheets import EndorseSheet

        if self.context is not None:
            self.context.shell.open_sheet(EndorseSheet(self.context, row))

    def vote(self) -> None:
        """A ward kit's word for an interim."""
        from kit.gui.shared.authority_sheets import VoteSheet

        if self.context is not None:
            self.context.shell.open_sheet(VoteSheet(self.context, self.devices, self.facts))

    def use_envelope(self) -> None:
        """Take over, or put a kit out, by the root."""
        from kit.gui.shared.envelope_sheet import UseEnvelopeSheet

        if self.context is not None:
            self.context.shell.open_sheet(UseEnvelopeSheet(self.context, self.devices))

    def print_envelope(self) -> None:
        """Put the root on paper."""
        from kit.gui.shared.envelope_sheet import PrintEnvelopeSheet

        if self.context is not None:
            self.context.shell.open_sheet(PrintEnvelopeSheet(self.context))

    def focus_first(self) -> None:
        """The journal."""
        (self.table if self.model.rowCount() else self.panel).setFocus()
