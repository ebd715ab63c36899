"""F6: channels, the thread of one, what is known of one message; and the directives in force.

Not for: who may read or write what (the node), nor the claim above every screen (`message_claim`).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import keys
from kit.gui.faults import explain_refusal
from kit.gui.keys import Key
from kit.gui.screen import Context, PrimaryAction, PrintOrder, Screen
from kit.gui.shared.message_channels import ChannelList
from kit.gui.shared.message_composer import FLASH_ACTION, Composer
from kit.gui.shared.message_details import MessageDetails, Shown
from kit.gui.shared.message_rows import (
    DIRECTIVES,
    ChannelRow,
    DirectiveRow,
    MessageRow,
)
from kit.gui.shared.message_seen import SeenTimer
from kit.gui.shared.message_thread import MessageThread
from kit.gui.shared.print_documents import CARRIED
from kit.gui.states import State
from kit.gui.steering.directive_dialogs import CannotDialog, CodeDialog, EndDialog
from kit.gui.steering.directive_sheet import ORDER_ACTION, open_directive_sheet
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import rows_of
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import LoadingBar, StatePanel

_ = translator("gui_steering")

KEY = "shared.messages"
TOPICS = frozenset({"message", "directive", "channel"})
ROOM_PX = 960
LIMIT = 200


def _N(message: str) -> str:
    return message


TAKE_NOTE = Key(
    "message.take-note", "A", _N("Take note of the selected message"), KEY, True, "gui_steering"
)
WRITE = Key("message.write", "T", _N("Write in this channel"), KEY, True, "gui_steering")
keys.register(TAKE_NOTE, WRITE)


class MessagesScreen(Screen):
    """Three columns: where, what, and what is known of it; writing beneath the middle one."""

    key = KEY

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(KEY)
        self._orders: list[DirectiveRow] = []
        self._shown_channel = ""
        self._read_channel = ""  # whose messages are in the list
        self.may_order = False
        self.channels = ChannelList()
        self.reading, self.details, self.composer = MessageThread(), MessageDetails(), Composer()
        self.title = Text(size=Size.HEADING)
        self.title.setContentsMargins(Space.S, Space.XS, Space.S, 0)
        self.about = Text(size=Size.SMALL, tone=Tone.MUTED)
        self.about.setContentsMargins(Space.S, 0, Space.S, Space.XS)
        self.bar, self.panel = LoadingBar(), StatePanel()
        self.seen = SeenTimer(self, self.reading.in_sight)
        self._lay_out()
        self._bind()

    # -- what the window calls ---------------------------------------------------------------

    def load(self, context: Context) -> None:
        self.context = context
        self.reading.now = self.channels.now = context.now_ms()
        self.bar.start()
        context.port.call("rights", {}, self._show_rights, lambda _refused: None, again=True)
        self._ask_channels()

    def on_changed(self, topics: set[str]) -> None:
        if topics & TOPICS:
            self._ask_channels()
            self._ask_thread()

    def on_tick(self, now_ms: int) -> None:
        self.channels.now = now_ms
        self.reading.tick(now_ms)
        self._look()

    def leave(self) -> bool:
        self.seen.rest()
        return True

    def print_document(self) -> PrintOrder | None:
        row = self.reading.current()
        if row is None:
            return None
        if isinstance(row, DirectiveRow):
            return PrintOrder(CARRIED, {"directive": row.directive})
        return PrintOrder(CARRIED, {"message": row.message})

    def help_text(self) -> str:
        return "\n".join(
            (
                _("Choose a channel at the left; what is written there is in the middle."),
                _("A message says how far it came: written here, handed on, shown, acknowledged."),
                _("“I have taken note” signs with your name; some ask for a value to be repeated."),
                _("Directives: only those in force are shown; what they replaced is beside them."),
                _("Where no kit is in reach, print the message and carry it (Ctrl+P)."),
                _("Write no patient's name in a channel between wards: name the bed."),
            )
        )

    @property
    def primary_action(self) -> PrimaryAction | None:
        return PrimaryAction(_("Write"), "message-square-text", self.new_entry, "new")

    def new_entry(self) -> None:
        """Ctrl+N: a directive where directives are shown, else a message."""
        if self._shown_channel != DIRECTIVES:
            self.composer.write()
        elif self.context is not None and self.may_order:
            open_directive_sheet(self.context)

    def focus_first(self) -> None:
        self.channels.setFocus()

    def place(self) -> dict[str, Any]:
        return {"channel": self._shown_channel}

    def restore(self, place: dict[str, Any]) -> None:
        self.channels.open(channel=str(place.get("channel") or ""))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside a sheet there is room for reading, not for details."""
        super().resizeEvent(event)
        self.details.setVisible(self.width() >= ROOM_PX)

    def open_unit(self, unit: str) -> None:
        """The channel of this ward."""
        self.channels.open(unit=unit)
        self.composer.write()

    def open_channel(self, channel: str) -> None:
        """This channel."""
        self.channels.open(channel=channel)

    # -- asking ------------------------------------------------------------------------------

    def _ask_channels(self) -> None:
        if self.context is None:
            return
        port = self.context.port
        port.ask("directive.list", {}, self._show_orders, lambda _refused: None)
        port.ask("message.channels", {}, self._show_channels, self._refused)

    def _ask_thread(self) -> None:
        channel = self._shown_channel
        if self.context is None or not channel or channel == DIRECTIVES:
            return
        args = {"channel": channel, "limit": LIMIT}
        then = partial(self._show_thread, channel)
        self.context.port.ask("message.thread", args, then, self._thread_refused)

    def _refused(self, refused: Refused) -> None:
        self.bar.stop()
        self.panel.show_state(State.REFUSED, explain_refusal(refused))
        self._body.setCurrentWidget(self.panel)
        self.enter(State.REFUSED)

    def _thread_refused(self, refused: Refused) -> None:
        self.reading.say(State.REFUSED, explain_refusal(refused))

    # -- showing -----------------------------------------------------------------------------

    def _show_rights(self, rights: list[str] | None) -> None:
        self.may_order = ORDER_ACTION in (rights or ())
        self.details.may_order = self.may_order
        self.composer.may_flash(allowed=FLASH_ACTION in (rights or ()))
        self._show_bars()

    def _show_channels(self, answer: Any) -> None:
        self.bar.stop()
        self._body.setCurrentWidget(self._work)
        self.channels.show_channels(rows_of(answer, ChannelRow))
        self.enter(State.READY)

    def _show_orders(self, answer: Any) -> None:
        self._orders = rows_of(answer, DirectiveRow)
        self.channels.show_orders(self._orders)
        if self._shown_channel == DIRECTIVES:
            self.reading.show_directives(self._orders, fresh=False)

    def _on_channel(self, row: ChannelRow) -> None:
        if self.context is None:
            return
        other = row.channel != self._shown_channel
        self._shown_channel = row.channel
        self._show_bars()
        if row.channel == DIRECTIVES:
            self.reading.show_directives(self._orders, fresh=other)
        elif other:
            self.composer.show_channel(self.context, row)
            self._ask_thread()

    def _show_bars(self) -> None:
        row = self.channels.current
        if row is None:
            return
        orders = row.channel == DIRECTIVES
        self.title.setText(row.name)
        self.about.setText(_about(row))
        self.composer.setVisible(row.may_write and not orders)
        self.order_bar.setVisible(orders and self.may_order)

    def _show_thread(self, channel: str, answer: Any) -> None:
        if channel != self._shown_channel or self.context is None:
            return
        self.reading.now = self.context.now_ms()
        fresh = channel != self._read_channel
        self._read_channel = channel
        self.reading.show_messages(rows_of(answer, MessageRow), fresh=fresh)
        self._look()

    def _show_details(self, row: Shown | None) -> None:
        if self.context is not None:
            self.details.show_row(self.context, row)

    def _look(self) -> None:
        if self.context is not None:
            self.seen.look(self.context.port)

    # -- acting ------------------------------------------------------------------------------

    def take_note(self) -> None:
        """A: sign, or first the value that is to be repeated."""
        if not self.details.ack.isVisible():
            return
        if self.details.ack.answer.isVisible():
            self.details.ack.focus_first()
        else:
            self.details.ack.submit()

    def _noted(self, _key: str) -> None:
        self._ask_channels()
        self._ask_thread()
        self.reading.shown.setFocus()

    def _print(self, _kind: str, _key: str) -> None:
        window = self.window()  # the window's own way for Ctrl+P, so that both do the same
        if hasattr(window, "print_current"):
            window.print_current()

    def _replace(self, row: DirectiveRow) -> None:
        if self.context is not None:
            open_directive_sheet(self.context, replaces=row)

    def _end(self, row: DirectiveRow) -> None:
        if self.context is not None:
            self.context.shell.confirm(EndDialog(self.context, row))

    def _cannot(self, row: DirectiveRow) -> None:
        if self.context is not None:
            self.context.shell.confirm(CannotDialog(self.context, row))

    def _code(self, kind: str, code: str) -> None:
        if self.context is not None:
            self.context.shell.confirm(CodeDialog(self.context, kind, code))

    def _order(self) -> None:
        if self.context is not None:
            open_directive_sheet(self.context)

    # -- building ----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.order_bar = QWidget()
        order = QHBoxLayout(self.order_bar)
        order.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        order.addStretch(1)
        order.addWidget(action_button(_("Give a directive"), self._order, "primary"))
        self.order_bar.hide()
        self.composer.hide()
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.title)
        middle.addWidget(self.about)
        middle.addWidget(self.reading, 1)
        middle.addWidget(self.composer)
        middle.addWidget(self.order_bar)
        self._work = QWidget()
        row = QHBoxLayout(self._work)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        row.addWidget(self.channels)
        row.addLayout(middle, 1)
        row.addWidget(self.details)
        self._body = QStackedWidget()
        for page in (self._work, self.panel):
            self._body.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.XS, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._body, 1)

    def _bind(self) -> None:
        self.channels.chosen.connect(self._on_channel)
        self.channels.table.opened.connect(lambda _row: self.reading.shown.setFocus())
        self.reading.chosen.connect(self._show_details)
        self.reading.opened.connect(lambda _row: self.details.ack.focus_first())
        self.reading.moved.connect(self._look)
        self.composer.sent.connect(self._ask_thread)
        self.details.ack.done.connect(self._noted)
        self.details.print_asked.connect(self._print)
        self.details.replace_asked.connect(self._replace)
        self.details.end_asked.connect(self._end)
        self.details.cannot_asked.connect(self._cannot)
        self.details.code_asked.connect(self._code)
        self.details.correct_asked.connect(self.composer.correct)
        for table in (self.channels.table, self.reading.list, self.reading.orders):
            for own, slot in ((TAKE_NOTE, self.take_note), (WRITE, self.new_entry)):
                made = keys.bind(table, own.action, slot, KEY)
                made.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)


def _about(row: ChannelRow) -> str:
    """Whether a patient may be named there, which decides what is written."""
    if row.channel == DIRECTIVES:
        return _("Only these apply; what they replaced is beside each of them.")
    if row.clinical:
        return _("Read by this unit's carers only: patients may be named.")
    return _("Read outside the ward: no patient's name, no number; say the bed.")
