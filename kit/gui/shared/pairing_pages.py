"""The three pages of a pairing: who is who, waiting for the other kit, comparing six digits.

Each only shows and asks; not for: talking to the node (`pairing`).
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.shared.exchange_rows import role_word
from kit.gui.shared.exchange_side import Card
from kit.gui.shared.pairing_rows import ROLES, PairingState, grouped, left_text, spelled
from kit.gui.shared.qr import QrCode
from kit.gui.shared.second import SecondPerson
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.labels import Text

_ = translator("gui_exchange")

CARD_PX = 440
WIDE_PX = 760


class ChoosePage(QWidget):
    """Left: this kit takes a new one in. Right: this kit joins another."""

    hosted = Signal(dict, dict)  # {"role", "label", "wards"}; who is the second person
    joined = Signal(str)  # address or code

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.role, self.label, self.wards = QComboBox(), QLineEdit(), QLineEdit()
        self.address, self.second = QLineEdit(), SecondPerson("pair_kit")
        self.host = action_button(_("Take a kit in"), self._host, "primary")
        self.join = action_button(_("Join"), self._join, "primary")
        row = QHBoxLayout()
        row.setSpacing(Space.L)
        row.addStretch(1)
        row.addWidget(self._host_card())
        row.addWidget(self._join_card())
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addStretch(1)
        column.addLayout(row)
        column.addStretch(3)
        self.role.currentIndexChanged.connect(lambda _place: self._check())
        self.second.changed.connect(self._check)
        for edit in (self.label, self.wards, self.address):
            edit.textChanged.connect(lambda _text: self._check())
        self.label.returnPressed.connect(self._host)
        self.wards.returnPressed.connect(self._host)
        self.address.returnPressed.connect(self._join)
        self._check()

    def suggest(self, ward: str) -> None:
        """The ward of this kit, where nothing is typed yet."""
        if not self.wards.text():
            self.wards.setText(ward)

    def _host_card(self) -> QWidget:
        for role in ROLES:
            self.role.addItem(role_word(role), role)
        self.role.setAccessibleName(_("What the new kit is for"))
        self.label.setAccessibleName(_("Name of the new kit"))
        self.label.setPlaceholderText(_("e.g. Cardiology 2"))
        self.wards.setAccessibleName(_("Codes of its wards"))
        self._wards_row = _labelled(_("Its wards (codes, separated by commas)"), self.wards)
        card = Card(_("This kit takes a new one in"))
        card.setFixedWidth(CARD_PX)
        card.say(
            [
                Text(_("On a kit of the crisis cell, or one that it trusts."), tone=Tone.MUTED),
                _labelled(_("What the new kit is for"), self.role),
                _labelled(_("Its name"), self.label),
                self._wards_row,
                self.second,
                _right(self.host),
            ]
        )
        card.lines.setSpacing(Space.M)
        return card

    def _join_card(self) -> QWidget:
        self.address.setAccessibleName(_("Address or code of the other kit"))
        self.address.setPlaceholderText("192.168.1.20:7411")
        card = Card(_("This kit is the new one"))
        card.setFixedWidth(CARD_PX)
        steps = _(
            "Start on the other kit first: it shows an address and a code. A reader or a camera"
            " may type the code here."
        )
        card.say(
            [
                Text(_("It joins the kits of the hospital."), tone=Tone.MUTED),
                _labelled(_("Address or code shown by the other kit"), self.address),
                Text(steps, size=Size.SMALL, tone=Tone.MUTED),
                _right(self.join),
            ]
        )
        card.lines.setSpacing(Space.M)
        card.lines.insertStretch(3, 1)
        return card

    def _check(self) -> None:
        of_ward = self.role.currentData() == "ward"
        self._wards_row.setVisible(of_ward)
        named = bool(self.label.text().strip()) and (bool(self._codes()) or not of_ward)
        self.host.setEnabled(named and self.second.ready)
        self.join.setEnabled(bool(self.address.text().strip()))

    def _codes(self) -> list[str]:
        return [code.strip() for code in self.wards.text().split(",") if code.strip()]

    def _host(self) -> None:
        if self.host.isEnabled():
            role = str(self.role.currentData())
            wards = self._codes() if role == "ward" else []
            what = {"role": role, "label": self.label.text().strip(), "wards": wards}
            self.hosted.emit(what, self.second.value() or {})
            self.second.clear_pin()

    def _join(self) -> None:
        if self.join.isEnabled():
            self.joined.emit(self.address.text().strip())


class WaitPage(QWidget):
    """The code to scan, the address to type, how long it holds; or that the other is called."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.code = QrCode()
        self._title = Text(size=Size.HEADING)
        self._address = Text(size=Size.WALL)
        self._steps = Text()
        self._left, self._failed = Text(tone=Tone.MUTED), Text(tone=Tone.WARNING)
        self.cancel = action_button(_("Cancel"), self.cancelled.emit)
        words = QVBoxLayout()
        words.setSpacing(Space.M)
        for part in (self._title, self._address, self._steps, self._failed, self._left):
            words.addWidget(part)
        words.addStretch(1)
        words.addLayout(_row(self.cancel))
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XL)
        row.addWidget(self.code, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        _centre(self, _framed(inside))

    def show_state(self, state: PairingState, now_ms: int, *, hosting: bool) -> None:
        """Say how to reach this kit, or which one is being called."""
        self.code.show_rows(state.qr_rows if hosting else ())
        self._title.setText(
            _("Waiting for the new kit") if hosting else _("Calling the other kit…")
        )
        self._address.setText(state.address)
        self._address.setVisible(bool(state.address))
        self._steps.setText(_host_steps(bool(state.qr_rows)) if hosting else _join_steps())
        self._failed.setText(state.text)  # of the try before: the door is still open
        self._failed.setVisible(bool(state.text))
        self._left.setText(left_text(state.expires_ms, now_ms))


class ComparePage(QWidget):
    """Six digits, and the one question: are they the same on the other screen?"""

    answered = Signal(bool)
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._peer = Text(size=Size.HEADING)
        self._digits = Text(size=Size.CODE, wrap=False)
        self._digits.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._question = Text(
            _("Read them aloud to each other. Does the other screen show exactly these digits?")
        )
        self._left = Text(tone=Tone.MUTED)
        self.same = action_button(_("Same digits"), lambda: self.answered.emit(True), "primary")
        self.different = action_button(_("Different"), lambda: self.answered.emit(False), "grave")
        self.cancel = action_button(_("Cancel"), self.cancelled.emit)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        for part in (self._peer, self._digits, self._question, self._left):
            column.addWidget(part)
        column.addLayout(self._choices())
        _centre(self, _framed(inside))

    def _choices(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.cancel)
        row.addStretch(1)
        row.addWidget(self.different)
        row.addWidget(self.same)
        return row

    def show_state(self, state: PairingState, now_ms: int, *, said: bool | None) -> None:
        """The digits; once this side has answered, that the other one is awaited."""
        name = state.peer_label or _("the other kit")
        self._peer.setText(_("Pairing with {name}").format(name=name))
        if self._digits.text() != grouped(state.digits):
            self._digits.setText(grouped(state.digits))
            self._digits.setAccessibleName(spelled(state.digits))
        told = {
            True: _("You said: same digits. Waiting for the other screen…"),
            False: _("You said: different. Stopping on both sides…"),
        }
        left = left_text(state.expires_ms, now_ms)
        self._left.setText(left if said is None else told[said])
        for button in (self.same, self.different):
            button.setEnabled(said is None)


def _host_steps(with_code: bool) -> str:
    lines = [
        _("1. On the new kit: F9, “Pair a kit”, “This kit is the new one”."),
        _("2. Scan this code, or type this address.") if with_code else _("2. Type this address."),
        _("3. Both screens then show six digits: compare them."),
    ]
    return "\n".join(lines)


def _join_steps() -> str:
    return _("When it answers, both screens show six digits: compare them.")


def _labelled(words: str, field: QWidget) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(Space.XS)
    label = Text(words)
    label.setBuddy(field)
    column.addWidget(label)
    column.addWidget(field)
    return box


def _right(button: QWidget) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(button)
    return box


def _row(*buttons: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    return row


def _framed(inside: QWidget) -> QWidget:
    card = QWidget()
    card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    theme.dress(card, surface="card")
    card.setFixedWidth(WIDE_PX)
    column = QVBoxLayout(card)
    column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
    column.addWidget(inside)
    return card


def _centre(page: QWidget, card: QWidget) -> None:
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(card)
    row.addStretch(1)
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.addStretch(1)
    column.addLayout(row)
    column.addStretch(3)
