"""The two pages of the door: the kit's eight words, and who is there with their PIN.

Made when they are asked for, so that the first picture does not wait for them. Not for: asking the
node (`app`), nor the card around them (`lock`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kit.core.text import plural_translator, translator
from kit.gui import theme
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text

_ = translator("gui_ward")
ngettext = plural_translator("gui_ward")

SHOWN = 6
LEAST_SHOWN = 2
ROW_PX = 48
BADGE_PX = 32
WORDS = 8


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in here: id, name, profession in words."""

    person: str
    name: str
    profession: str


def initials(name: str) -> str:
    """`Claire Dubois` → `CD`; at most two letters."""
    parts = [part for part in name.replace("-", " ").split() if part[0].isalpha()]
    return "".join(
        part[0].upper() for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)
    )


UNSHIFTED = str.maketrans("&é\"'(-è_çà§!", "123456789068")
"""What the digit keys of a French or Belgian keyboard give without Shift."""


def as_digits(typed: str) -> str:
    """A PIN has digits only: a digit key pressed without Shift means its digit."""
    return typed.translate(UNSHIFTED)


class PersonButton(QAbstractButton):
    """One account: initials in a ring, name, profession; a check mark where it is chosen."""

    def __init__(self, account: Account, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.account = account
        self.setCheckable(True)
        self.setText(account.name)
        self.setAccessibleName(f"{account.name}, {account.profession}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        wide = max(
            self.fontMetrics().horizontalAdvance(f"{text}mm")
            for text in (self.account.name, self.account.profession)
        )
        return QSize(BADGE_PX + 3 * Space.M + wide, ROW_PX)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked() or self.underMouse():
            painter.setBrush(theme.color("selection" if self.isChecked() else "hover"))
            painter.drawRoundedRect(inner, theme.RADIUS, theme.RADIUS)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("focus"), theme.FOCUS_PX))
            painter.drawRoundedRect(inner, theme.RADIUS, theme.RADIUS)
        self._paint_badge(painter)
        self._paint_words(painter)
        painter.end()

    def _paint_badge(self, painter: QPainter) -> None:
        badge = QRectF(Space.S, (self.height() - BADGE_PX) / 2, BADGE_PX, BADGE_PX)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("bg"))
        painter.drawEllipse(badge)
        painter.setPen(theme.color("text"))
        painter.setFont(theme.font(Size.SMALL, bold=True))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, initials(self.account.name))

    def _paint_words(self, painter: QPainter) -> None:
        left = Space.S + BADGE_PX + Space.M
        painter.setFont(theme.font(bold=self.isChecked()))
        painter.setPen(theme.color("text"))
        room = self.width() - left - Space.S
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, 4, room, 22), middle, self.account.name)
        painter.setFont(theme.font(Size.SMALL))
        painter.setPen(theme.color("muted"))
        painter.drawText(QRectF(left, 25, room, 20), middle, self.account.profession)
        if self.isChecked():
            painter.setPen(theme.color("text"))
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.setFont(theme.font(bold=True))
            painter.drawText(QRectF(left, 0, room - Space.XS, self.height()), right, "✓")


class PhrasePage(QWidget):
    """The kit is sealed: its eight words."""

    given = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = QLineEdit()
        self.edit.setAccessibleName(_("The kit's eight words"))
        self.edit.setPlaceholderText(_("word word word word word word word word"))
        self.edit.textChanged.connect(self._count)
        self.edit.returnPressed.connect(self.submit)
        self._verb = ""
        self.verb = QPushButton(self.verb_text())
        self.verb.setAccessibleName(self.verb.text())
        self.verb.clicked.connect(self.submit)
        theme.dress(self.verb, kind="primary")
        self._counted = Text(size=Size.SMALL, tone=Tone.MUTED)
        self._title, self._about = Text(size=Size.HEADING), Text(tone=Tone.MUTED)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self._title)
        column.addWidget(self._about)
        column.addSpacing(Space.XS)
        self.line = QHBoxLayout()
        self.line.setSpacing(Space.XS)
        self.line.addWidget(self.edit, 1)
        column.addLayout(self.line)
        column.addWidget(self._counted)
        column.addSpacing(Space.XS)
        column.addLayout(_right(self.verb))
        self.setFocusProxy(self.edit)
        self.ask()
        self._count()

    def ask(self, title: str = "", about: str = "", verb: str = "") -> None:
        """What the words are for; without words of their own, for the sealed kit."""
        self._title.setText(title or _("The kit is sealed"))
        own = _("Type the eight words from the paper in this kit's envelope.")
        self._about.setText(about or own)
        self._verb = verb
        self.verb.setText(self.verb_text())
        self.verb.setAccessibleName(self.verb.text())

    def verb_text(self) -> str:
        """What the button does."""
        return self._verb or _("Open the kit")

    def submit(self) -> None:
        """Give what was typed; an empty field says nothing."""
        if self.edit.text().strip() and self.verb.isEnabled():
            self.given.emit(self.edit.text())

    def _count(self) -> None:
        count = len(self.edit.text().split())
        said = ngettext("{count} word of {all}", "{count} words of {all}", count)
        self._counted.setText(said.format(count=count, all=WORDS))
        self.edit.setAccessibleDescription(self._counted.text())


class PinPage(QWidget):
    """The kit is open: who are you, and your PIN."""

    given = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._accounts: list[Account] = []
        self._all = False
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(lambda _button: self.setFocus())
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, Space.XS, 0)
        self._list.setSpacing(2)
        holder = QWidget()
        holder.setLayout(self._list)
        self._area = QScrollArea()
        self._area.setWidget(holder)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._others = QPushButton()
        theme.dress(self._others, kind="quiet")
        self._others.clicked.connect(self._show_all)
        self.pin = QLineEdit()
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.pin.setAccessibleName(_("Your PIN"))
        self.pin.setMaximumWidth(180)
        self.pin.returnPressed.connect(self.submit)
        self.verb = QPushButton(self.verb_text())
        self.verb.setAccessibleName(self.verb.text())
        self.verb.clicked.connect(self.submit)
        theme.dress(self.verb, kind="primary")
        self._lay_out()
        self.setFocusProxy(self.pin)

    def _lay_out(self) -> None:
        name = Text(_("PIN"), wrap=False)
        name.setBuddy(self.pin)
        foot = QHBoxLayout()
        foot.setSpacing(Space.M)
        foot.addWidget(name)
        foot.addWidget(self.pin, 1)
        foot.addStretch(1)
        foot.addWidget(self.verb)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(Text(_("Who are you?"), size=Size.HEADING, wrap=False))
        column.addWidget(self._area)
        column.addWidget(self._others, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(Space.XS)
        column.addLayout(foot)

    def show_accounts(self, accounts: Sequence[Account], chosen: str = "") -> None:
        """The accounts, last seen first; `chosen` has its mark already."""
        self._accounts = list(accounts)
        self._all = chosen not in {one.person for one in accounts[:SHOWN]} if chosen else False
        self._fill(chosen)

    def chosen(self) -> Account | None:
        """Whose name has the mark."""
        button = self._group.checkedButton()
        return button.account if isinstance(button, PersonButton) else None

    def verb_text(self) -> str:
        """What the button does."""
        return _("Open")

    def submit(self) -> None:
        """Give name and PIN."""
        who = self.chosen()
        if who is not None and self.pin.text() and self.verb.isEnabled():
            self.given.emit(who.person, as_digits(self.pin.text()))
            self.pin.clear()

    def _show_all(self) -> None:
        who = self.chosen()
        self._all = True
        self._fill(who.person if who else "")

    def _fill(self, chosen: str) -> None:
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._list.removeWidget(button)
            button.hide()
            button.deleteLater()
        shown = self._accounts if self._all else self._accounts[:SHOWN]
        for place, account in enumerate(shown):
            made = PersonButton(account)
            made.setChecked(account.person == chosen or (not chosen and place == 0))
            self._group.addButton(made)
            self._list.addWidget(made)
        rows = min(SHOWN, max(1, len(shown)))
        # Fewer where a notice above takes the room: the list scrolls, nothing lies over the PIN.
        self._area.setMinimumHeight(min(rows, LEAST_SHOWN) * (ROW_PX + 2))
        self._area.setMaximumHeight(rows * (ROW_PX + 2))
        more = len(self._accounts) - len(shown)
        said = ngettext("Show {count} other name", "Show {count} other names", more)
        self._others.setText(said.format(count=more))
        self._others.setAccessibleName(self._others.text())
        self._others.setVisible(more > 0)


def _right(button: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(button)
    return row
