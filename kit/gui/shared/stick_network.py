"""A part of “The stick”: what this kit is connected to, Wi-Fi, a cell of its own, an account.

Looks again by itself while it is looked at. Not for: whether other kits answer (the mode bar and
“Exchange” say that), nor for asking NetworkManager (the keeper).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import theme
from kit.gui.models import Column, DiffModel
from kit.gui.screen import Context
from kit.gui.shared.exchange_side import Card
from kit.gui.shared.qr import QrCode
from kit.gui.shared.stick_check import StickPart
from kit.gui.shared.stick_drives import HEAD_PX, SHOWN
from kit.gui.shared.stick_network_dialogs import AccountDialog, HiddenDialog, JoinDialog
from kit.gui.shared.stick_network_rows import (
    CellRow,
    Networks,
    OwnCell,
    cell_lines,
    lock_words,
    may_be_joined,
    networks_of,
    nothing_words,
    signal_words,
    summary,
)
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.cell import text_cell
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.labels import Text
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_stick")

BEAT_MS = 10_000
CODE_PX = 210
"""Read from half a metre; larger, it would push the way to close the cell off a small screen."""


class CellCard(Card):
    """This kit's own cell: name and secret to be read aloud, and a code for telephones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("This kit's own Wi-Fi cell"), parent)
        self._said: OwnCell | None = None
        self.show_cell(None)

    def show_cell(self, cell: OwnCell | None) -> None:
        """What others need to join it."""
        if cell is not None and cell == self._said:
            return
        self._said = cell
        if cell is None:
            about = _(
                "Where the hospital's network is cut, other kits, telephones and tablets join this"
                " kit by its Wi-Fi. It leads nowhere else: no internet."
            )
            self.say([Text(about, tone=Tone.MUTED)])
        else:
            self.say([_cell_body(cell)])


class StickNetwork(StickPart):
    """One sentence, the list, the cell, the account."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            _("Network"),
            _(
                "The kit works without one. A cable to another kit, a switch or a socket of the"
                " hospital needs no setting; Wi-Fi is joined here."
            ),
            parent,
        )
        self.networks = Networks()
        self._asking = self._searching = self._lost = False
        self._unproven = ""  # the network whose password was last refused
        self._now = Card(_("At the moment"))
        self.column.addWidget(self._now)
        self._lay_out_list()
        self.column.addWidget(self.job)
        self._lay_out_cell()
        self._lay_out_account()
        self.column.addStretch(1)
        self._beat = QTimer(self)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(self._look)
        self.job.changed.connect(self._work_changed)
        self.show_networks({})

    def _lay_out_list(self) -> None:
        self.table = RowsTable(_("Wi-Fi networks within reach"))
        self.model: DiffModel[CellRow] = DiffModel(
            [
                Column(lambda: _("Wi-Fi"), lambda row: text_cell(*cell_lines(row)), 240, 1),
                Column(lambda: _("Asks for"), _lock_cell, 260),
                Column(lambda: _("Signal"), lambda row: text_cell(signal_words(row)), 110),
            ],
            lambda row: f"{row.ssid}{row.asks}",
            self,
        )
        self.table.setModel(self.model)
        self._empty = Text(tone=Tone.MUTED)
        self.again = action_button(_("Search again"), self.ask)
        self.hidden = action_button(_("Hidden name…"), self.ask_hidden)
        self.forget = action_button(_("Forget"), self.forget_it)
        self.join = action_button(_("Join…"), self.ask_join, "primary")
        self.column.addWidget(self.table)
        self.column.addWidget(self._empty)
        self.verb_row(self.again, self.hidden, self.forget, self.join)
        self.table.opened.connect(lambda _row: self.ask_join())
        self.table.selectionModel().currentRowChanged.connect(lambda *_any: self._ready())

    def _lay_out_cell(self) -> None:
        self.cell = CellCard()
        self.open_cell = action_button(_("Open a Wi-Fi cell"), self.ask_cell)
        self.close_cell = action_button(_("Close the cell…"), self.ask_close)
        self._cell_box = QWidget()
        column, row = QVBoxLayout(self._cell_box), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        column.addWidget(self.cell)
        column.addLayout(row)
        row.setSpacing(Space.S)
        row.addStretch(1)
        row.addWidget(self.open_cell)
        row.addWidget(self.close_cell)
        self.column.addWidget(self._cell_box)
        self._low = self.column.indexOf(self._cell_box)

    def _lay_out_account(self) -> None:
        self.column.addWidget(Text(_("A socket that asks who is there"), bold=True))
        self._account = Text(tone=Tone.MUTED)
        self.account = action_button(_("Account for the cable…"), self.ask_account)
        self.forget_account = action_button(_("Forget the account"), self.drop_account)
        self.column.addWidget(self._account)
        self.verb_row(self.forget_account, self.account)

    # -- what is there

    def load(self, context: Context) -> None:
        super().load(context)
        self.ask()

    def ask(self) -> None:
        """Search; the list stays until the answer is there."""
        self._searching = True
        self._show_list()
        self._look()

    def _look(self) -> None:
        if self.context is not None and not self._asking and not self.job.running:
            self._asking = True
            self.context.port.call(
                "medium.networks", {}, self.show_networks, self._refused, again=True
            )

    def show_networks(self, answer: Any) -> None:
        """This is what there is."""
        if self._lost:
            self.job.note.hide()
        self._asking = self._searching = self._lost = False
        self.networks = networks_of(answer)
        lines = summary(self.networks)
        parts: list[QWidget] = [
            Text(words, tone=tone, bold=not place) for place, (words, tone) in enumerate(lines)
        ]
        self._now.say(parts, "warning" if lines[0][1] is Tone.WARNING else "card")
        self._show_cell()
        login = self.networks.login
        self._account.setText(
            _("The account “{name}” is used on each cable that asks.").format(name=login)
            if login else
            _("Only where IT says so: without an account such a socket stays mute.")
        )  # fmt: skip
        self._show_list()

    def _show_cell(self) -> None:
        """An open one stands above the list: its name and secret are what is looked for."""
        cell = self.networks.cell
        self.cell.show_cell(cell)
        wanted = self.column.indexOf(self._now) + 1 if cell is not None else self._low
        if self.column.indexOf(self._cell_box) != wanted:
            self.column.removeWidget(self._cell_box)
            self.column.insertWidget(wanted, self._cell_box)

    def _show_list(self) -> None:
        rows = self.networks.listed
        self.model.show(rows)
        self.table.setVisible(bool(rows))
        self._empty.setText(nothing_words(self.networks, searching=self._searching))
        self._empty.setVisible(not rows or self._searching)
        row_px = theme.density().row_px
        self.table.setFixedHeight(HEAD_PX + row_px * min(len(rows), SHOWN) + Space.S)
        if rows and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        self._ready()

    def _refused(self, refused: Refused) -> None:
        self._asking = self._searching = False
        self._lost = True
        self._show_list()
        self.job.refuse(refused)

    def _ready(self) -> None:
        """What may be begun now."""
        row, idle = self.current(), not self.job.running
        cell = self.networks.cell
        self.again.setEnabled(not self._searching)
        self.hidden.setEnabled(idle and self.networks.has_wifi)
        self.join.setEnabled(idle and row is not None and may_be_joined(row))
        self.forget.setEnabled(idle and row is not None and row.known)
        self.open_cell.setVisible(cell is None or not cell.running)
        self.open_cell.setEnabled(idle and self.networks.may_open_cell)
        self.close_cell.setVisible(cell is not None)
        self.close_cell.setEnabled(idle)
        self.account.setEnabled(idle)
        self.forget_account.setVisible(bool(self.networks.login))
        self.forget_account.setEnabled(idle)

    def _work_changed(self) -> None:
        self.job.stop.hide()  # a try ends by itself, within a minute
        self._ready()
        if self.isVisible():  # the verb that was pressed waits now, and must not lose the keyboard
            self.focus_first()

    def current(self) -> CellRow | None:
        """The network that is marked."""
        row = self.table.current_row()
        return row if isinstance(row, CellRow) else None

    # -- acts

    def ask_join(self) -> None:
        """Its password; a known one is joined at once."""
        row = self.current()
        if row is None or not self.join.isEnabled():
            return
        if row.known and row.ssid != self._unproven:
            self._join({"ssid": row.ssid}, row.name)
            return
        dialog = JoinDialog(row)
        self._question(dialog, lambda: self._join({"ssid": row.ssid, **dialog.args()}, row.name))

    def ask_hidden(self) -> None:
        """A network that is in no list."""
        dialog = HiddenDialog()
        self._question(dialog, lambda: self._join(dialog.args(), dialog.name.text().strip()))

    def _join(self, args: dict[str, Any], name: str) -> None:
        said = _("Joining “{name}”: up to a minute").format(name=name)
        title = _("✓ “{name}” is joined").format(name=name)
        self._unproven = args["ssid"]

        def joined(_answer: Any) -> None:
            self._unproven = ""
            self._say_kept(title)

        self._act("wifi_join", args, said, joined)

    def forget_it(self) -> None:
        """Leave a network, and its password."""
        row = self.current()
        if row is not None:
            title = _("“{name}” is forgotten").format(name=row.name)
            said = _("Leaving “{name}”").format(name=row.name)
            args = {"ssid": row.ssid}
            self._act("wifi_forget", args, said, lambda _answer: self.job.say(title, []))

    def ask_cell(self) -> None:
        """At once, unless the card must leave another network for it."""
        left = next((card.network for card in self.networks.wifi if card.joined), None)
        if left is None:
            self._open_cell()
            return
        text = _("The Wi-Fi card does one thing at a time: “{name}” is left.").format(name=left)
        dialog = ConfirmDialog(_("Open a Wi-Fi cell?"), text, _("Open the cell"))
        self._question(dialog, self._open_cell)

    def _open_cell(self) -> None:
        self._act("cell_open", {}, _("Opening the cell"), self._cell_opened)

    def _cell_opened(self, _answer: Any) -> None:
        words = _(
            "Name and password stand on this page. It comes back by itself at the next start, until"
            " it is closed."
        )
        self.job.say(_("✓ The cell is open"), [Text(words)])

    def ask_close(self) -> None:
        """Others are cut off by it."""
        text = _(
            "Kits and tablets that joined it are cut off from this one. The next cell has another"
            " name and password."
        )
        dialog = ConfirmDialog(_("Close the cell?"), text, _("Close the cell"))
        title = _("The cell is closed")
        closed = lambda _answer: self.job.say(title, [])  # noqa: E731 - one answer
        self._question(dialog, lambda: self._act("cell_close", {}, _("Closing the cell"), closed))

    def ask_account(self) -> None:
        """Name and password for the cable."""
        dialog = AccountDialog()
        words = _("Trying the account: up to a minute")
        self._question(
            dialog, lambda: self._act("wired_login", dialog.args(), words, self._account_taken)
        )

    def _account_taken(self, answer: Any) -> None:
        if isinstance(answer, dict) and answer.get("joined"):
            self._say_kept(_("✓ The network took the account"))
        else:
            words = _(
                "No cable that carries a signal is plugged in: it is tried with the next one."
            )
            self.job.say(_("The account is kept"), [Text(words)])

    def drop_account(self) -> None:
        """The cable without it."""
        title = _("The account is forgotten")
        done = lambda _answer: self.job.say(title, [])  # noqa: E731 - one answer
        self._act("wired_login_forget", {}, _("Forgetting the account"), done)

    def _say_kept(self, title: str) -> None:
        words = (
            _("It is joined by itself from now on, at each start, once the kit is open.")
            if self.networks.kept else _("Until the computer is switched off.")
        )  # fmt: skip
        self.job.say(title, [Text(words)])

    def _act(
        self, service: str, args: dict[str, Any], words: str, done: Callable[[Any], None]
    ) -> None:
        def ended(answer: Any) -> None:
            done(answer)
            self._look()

        self.job.start(service, args, words, ended)

    def _question(self, dialog: ConfirmDialog, yes: Callable[[], None]) -> None:
        if self.context is not None:
            dialog.decided.connect(lambda said: yes() if said else None)
            self.context.shell.confirm(dialog)
            (dialog.focusProxy() or dialog.verb).setFocus()

    def focus_first(self) -> None:
        """The list, or the way to search; a cell is above both and stays in sight."""
        if self.networks.cell is not None and self.close_cell.isEnabled():
            self.close_cell.setFocus()
        else:
            (self.table if self.model.rowCount() else self.again).setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._beat.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._beat.stop()


def _lock_cell(row: CellRow) -> Any:
    words, tone = lock_words(row)
    return text_cell(words, tone=tone)


def _cell_body(cell: OwnCell) -> QWidget:
    """Large, to be read from a step away; the code beside it."""
    holder = QWidget()
    words = QVBoxLayout()
    words.setSpacing(Space.XS)
    if not cell.running:
        words.addWidget(Text(_("It is not on the air: open it again."), tone=Tone.WARNING))
    for label, value in ((_("Name"), cell.ssid), (_("Password"), cell.secret or "—")):
        shown = Text(value, size=Size.NAME, bold=True)
        shown.setAccessibleName(f"{label}: {value}")
        words.addWidget(Text(label, size=Size.SMALL, tone=Tone.MUTED))
        words.addWidget(shown)
    said = _("With the hyphens, in small letters. Whoever sees it can join.")
    words.addWidget(Text(said, size=Size.SMALL, tone=Tone.MUTED))
    words.addStretch(1)
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(Space.L)
    row.addLayout(words, 1)
    if cell.qr_rows:
        code = QrCode(side_px=CODE_PX)
        code.setAccessibleName(_("Code by which a telephone or a tablet joins this cell"))
        code.show_rows(cell.qr_rows)
        row.addWidget(code)
    return holder
