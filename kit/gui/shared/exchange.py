"""F9, exchanges: which kits are reached and how, what has not left, what a person must settle.

Tells the truth within five seconds: it asks every other second while it is shown, and says so when
no answer comes. Not for: reaching anybody (the node), nor any row's words (`exchange_rows`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import keys
from kit.gui.faults import explain_refusal
from kit.gui.keys import Key
from kit.gui.screen import Context, PrimaryAction, PrintOrder, Screen
from kit.gui.shared.courier import CourierPage
from kit.gui.shared.courier_rows import IN, OUT
from kit.gui.shared.exchange_access import NEWS as ACCESS_NEWS
from kit.gui.shared.exchange_access import AccessPage
from kit.gui.shared.exchange_conflict import NEWS as CONFLICT_NEWS
from kit.gui.shared.exchange_conflict import ConflictsPage
from kit.gui.shared.exchange_dialogs import call_at_address, revoke_kit
from kit.gui.shared.exchange_kits import KitsPage
from kit.gui.shared.exchange_quarantine import QuarantinePage
from kit.gui.shared.exchange_rows import PeerRow, Reach, name_of, reach_of
from kit.gui.shared.exchange_said import help_sentences, no_discovery, no_network, silent
from kit.gui.shared.pairing import PairingPage
from kit.gui.shared.print_documents import KITS as KITS_SHEET
from kit.gui.states import Explained, State, alone
from kit.gui.theme import Space
from kit.gui.ward.formats import rows_of
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.panel import LoadingBar, StatePanel

_ = translator("gui_exchange")

KEY = "shared.exchange"
BEAT_MS = 1_000
ASK_EACH = 2
SILENT_MS = 5_000
KITS, CONFLICTS, QUARANTINE, ACCESS = range(4)
FLEET_NEWS = frozenset({"peers", "status", "fleet", "device"})


def _N(message: str) -> str:
    return message


keys.register(
    Key("exchange-out", "Ctrl+E", _N("Carry entries on a stick"), KEY, domain="gui_exchange"),
    Key("exchange-in", "Ctrl+R", _N("Bring entries back from a stick"), KEY,
        domain="gui_exchange"),
    Key("exchange-address", "Ctrl+D", _N("Call a kit at its address"), KEY, domain="gui_exchange"),
    Key("exchange-tab", "Ctrl+Tab", _N("Next part"), KEY, domain="gui_exchange"),
)  # fmt: skip


class ExchangeScreen(Screen):
    """Four parts behind tabs; pairing and the stick take the whole screen while they last."""

    key = KEY

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.reach = Reach()
        self.heard_ms = 0
        self._beats = 0
        self._asking = False
        self._known = False  # an answer has come at least once
        self._counts = [0, 0]
        self.bar = QTabBar()
        self.loading, self.note = LoadingBar(), StatePanel(flat=True)
        self.kits, self.conflicts = KitsPage(), ConflictsPage()
        self.quarantine, self.access = QuarantinePage(), AccessPage()
        self.pairing, self.courier = PairingPage(), CourierPage()
        self._parts, self._whole = QStackedWidget(), QStackedWidget()
        self._beat = QTimer(self)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(self.beat)
        self._lay_out()
        self._bind()

    # -- building ----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(False)
        self.bar.setAccessibleName(_("Parts of the exchanges"))
        for part in (self.kits, self.conflicts, self.quarantine, self.access):
            self._parts.addWidget(part)
            self.bar.addTab("")
        self._name_tabs()
        home = QWidget()
        column = QVBoxLayout(home)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(self._toolbar())
        column.addWidget(self.loading)
        column.addWidget(self.note)
        column.addWidget(self._parts, 1)
        for page in (home, self.pairing, self.courier):
            self._whole.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.L, Space.S, Space.L, Space.M)
        outer.addWidget(self._whole)
        self.note.hide()

    def _toolbar(self) -> QHBoxLayout:
        self.out = action_button(_("Carry out…"), lambda: self.carry(OUT))
        self.back_in = action_button(_("Bring back…"), lambda: self.carry(IN))
        self.address = action_button(_("Address…"), self.ask_address)
        self.revoke = action_button(_("Revoke…"), self.ask_revoke)
        self.pair = action_button(_("Pair a kit"), self.new_entry, "primary")
        spoken = {
            self.out: _("Carry entries on a USB stick"),
            self.back_in: _("Bring entries back from a USB stick"),
            self.address: _("Call a kit at its address"),
            self.revoke: _("Revoke the selected kit"),
        }
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.bar)
        row.addStretch(1)
        # Revoking stands apart from what is pressed every day.
        row.addWidget(self.revoke)
        row.addSpacing(Space.L)
        for button in (self.address, self.back_in, self.out, self.pair):
            row.addWidget(button)
        for button, words in spoken.items():
            button.setAccessibleName(words)
            button.setToolTip(words)
        return row

    def _bind(self) -> None:
        self.bar.currentChanged.connect(self._turn_to)
        self.kits.chosen.connect(lambda _row: self.revoke.setEnabled(self.kits.may_revoke()))
        self.kits.side.sign.connect(lambda: self.bar.setCurrentIndex(ACCESS))
        self.conflicts.counted.connect(lambda count: self._count(0, count))
        self.quarantine.counted.connect(lambda count: self._count(1, count))
        self.pairing.closed.connect(self._home)
        self.courier.closed.connect(self._home)
        acts: dict[str, Callable[[], None]] = {
            "exchange-out": lambda: self.carry(OUT),
            "exchange-in": lambda: self.carry(IN),
            "exchange-address": self.ask_address,
            "exchange-tab": self._next_part,
        }
        for action, run in acts.items():
            keys.bind(self, action, run, KEY)
        self.revoke.setEnabled(False)

    # -- what the window calls ---------------------------------------------------------------

    def load(self, context: Context) -> None:
        self.context = context
        self.heard_ms = context.now_ms()
        self.loading.start()
        self._ask()
        self.conflicts.load(context, context.patient or "")
        self.quarantine.load(context)
        self.access.load(context)
        if context.patient:
            self.open_conflicts()
        if self._whole.currentWidget() is self.pairing:
            self.pairing.load(context)

    def on_changed(self, topics: set[str]) -> None:
        if self.context is None:
            return
        if topics & FLEET_NEWS:
            self._ask()
            self.quarantine.ask()
        if topics & ACCESS_NEWS:
            self.access.ask()
        if topics & CONFLICT_NEWS:
            self.conflicts.ask()
        if "pairing" in topics:
            self.pairing.ask()

    def on_tick(self, now_ms: int) -> None:
        self.kits.tick(now_ms)

    def open_conflicts(self) -> None:
        """Show what is to be settled."""
        self._home()
        self.bar.setCurrentIndex(CONFLICTS)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._beat.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._beat.stop()

    def rest(self) -> None:
        """Ask nothing more until it is shown again; for pictures."""
        self._beat.stop()

    def beat(self) -> None:
        """A second has passed while this is looked at."""
        if self.context is None:
            return
        now = self.context.now_ms()
        self._beats += 1
        if self._beats % ASK_EACH == 0:
            self._ask()
        self.kits.tick(now)
        self.say_news(now)
        if self._whole.currentWidget() is self.pairing:
            self.pairing.tick(now)

    def print_document(self) -> PrintOrder | None:
        return PrintOrder(KITS_SHEET) if self.kits.rows else None

    # -- asking ------------------------------------------------------------------------------

    def _ask(self) -> None:
        if self.context is None or self._asking:
            return
        self._asking = True
        port = self.context.port
        port.call("peers", {}, self.show_peers, self._refused, again=True)
        port.call("status", {}, self.show_status, lambda _refused: None, again=True)

    def show_peers(self, answer: Any) -> None:
        """The kits as they are now."""
        self._asking = False
        self.loading.stop()
        if self.context is None:
            return
        self._known = True
        self.heard_ms = now = self.context.now_ms()
        rows = rows_of(answer, PeerRow)
        self.conflicts.know_kits({row.device: name_of(row) for row in rows})
        if self.kits.show_rows(rows, now):
            self.enter(State.READY)
        else:
            self.kits.show_nobody(
                [(_("Pair a kit"), self.new_entry), (_("Carry out…"), lambda: self.carry(OUT))]
            )
            self.enter(State.EMPTY)
        self.say_news(now)

    def show_status(self, answer: Any) -> None:
        """What has not left, the network, what was set aside."""
        if self.context is None:
            return
        self.reach = reach_of(answer or {})
        now = self.context.now_ms()
        self.kits.show_reach(self.reach, now)
        self.say_news(now)

    def _refused(self, refused: Refused) -> None:
        self._asking = False
        self.loading.stop()
        self.kits.show_refused(explain_refusal(refused))
        self.enter(State.REFUSED)

    def say_news(self, now_ms: int) -> None:
        """The one sentence above the table, the worst first; none where all is well."""
        said = self._news(now_ms) if self.bar.currentIndex() == KITS else None
        self.note.setVisible(said is not None)
        if said is not None:
            self.note.show_state(*said)

    def _news(self, now_ms: int) -> tuple[State, Explained] | None:
        if now_ms - self.heard_ms > SILENT_MS:
            return State.STALE, silent(now_ms - self.heard_ms)
        if self.reach.network == "off":
            return State.ALONE, no_network(self.reach.network_text)
        if self.reach.discovery == "broken":
            return State.STALE, no_discovery()
        if self._known and not self.reach.peers and self.kits.has_met():
            return State.ALONE, alone(self.reach.unsent)
        return None

    # -- acts --------------------------------------------------------------------------------

    def new_entry(self) -> None:
        """Ctrl+N: pair a kit."""
        if self.context is not None:
            self._whole.setCurrentWidget(self.pairing)
            self.pairing.load(self.context)
            self.pairing.focus_first()

    def carry(self, way: str) -> None:
        """The stick, out or in."""
        if self.context is not None:
            self._whole.setCurrentWidget(self.courier)
            self.courier.load(self.context, way)
            self.courier.focus_first()

    def ask_address(self) -> None:
        """Call a kit at an address that a person has read elsewhere."""
        if self.context is not None:
            call_at_address(self.context)

    def ask_revoke(self) -> None:
        """Ask before the selected kit is shut out."""
        row = self.kits.current()
        if self.context is not None and row is not None and self.kits.may_revoke():
            revoke_kit(self.context, row, self._ask)

    # -- the frame ---------------------------------------------------------------------------

    def _home(self) -> None:
        self._whole.setCurrentIndex(0)
        self.focus_first()

    def _turn_to(self, place: int) -> None:
        self._parts.setCurrentIndex(place)
        for button in (self.revoke, self.address):  # about the kits that are listed there
            button.setVisible(place == KITS)
        if self.context is not None:
            self.say_news(self.context.now_ms())
        if self.isVisible():
            self.focus_first()

    def _next_part(self) -> None:
        if self._whole.currentIndex() == 0:
            self.bar.setCurrentIndex((self.bar.currentIndex() + 1) % self.bar.count())

    def _count(self, place: int, count: int) -> None:
        self._counts[place] = count
        self._name_tabs()
        self.badge_changed.emit(sum(self._counts))

    def _name_tabs(self) -> None:
        names = (_("Kits"), _("To settle"), _("To validate"), _("Access"))
        for place, (name, count) in enumerate(zip(names, (0, *self._counts, 0), strict=True)):
            self.bar.setTabText(place, f"{name}  {count}" if count else name)

    def focus_first(self) -> None:
        pages: list[Any] = [self.kits, self.conflicts, self.quarantine, self.access]
        others: dict[int, Any] = {1: self.pairing, 2: self.courier}
        place = self._whole.currentIndex()
        others.get(place, pages[self.bar.currentIndex()]).focus_first()

    def place(self) -> dict[str, Any]:
        """The part that is open."""
        return {"part": self.bar.currentIndex()}

    def restore(self, place: dict[str, Any]) -> None:
        """Back to that part."""
        self.bar.setCurrentIndex(int(place.get("part") or 0))

    @property
    def primary_action(self) -> PrimaryAction | None:
        return PrimaryAction(_("Pair a kit"), "network", self.new_entry, "new")

    def help_text(self) -> str:
        return help_sentences()
