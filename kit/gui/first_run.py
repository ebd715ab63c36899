"""First run in seven steps: language, capsule, hospital, key, accounts, import, print and fleet.

A steering kit has no ward and no patient data of its own, so it has no import: six steps.

The steps' own content is in `first_run_steps`. Nothing that was made is lost when the kit is
killed: from the key on, each step is recorded as it is done, and starting again goes on from there.
Not for: what the node does with any answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kit.core.text import translator
from kit.gui import keys, theme
from kit.gui.first_run_import import ImportStep
from kit.gui.first_run_key import KeyStep
from kit.gui.first_run_last import PrintStep
from kit.gui.first_run_steps import (
    AccountsStep,
    CapsuleStep,
    Gathered,
    HospitalStep,
    LanguageStep,
    Step,
)
from kit.gui.port import NodePort
from kit.gui.screen import STEERING
from kit.gui.states import Explained, State
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.confirm import DialogHost
from kit.gui.widgets.labels import Text, rule
from kit.gui.widgets.panel import StatePanel

_ = translator("gui_ward")

STEPS: tuple[tuple[str, type[Step]], ...] = (
    ("language", LanguageStep),
    ("capsule", CapsuleStep),
    ("hospital", HospitalStep),
    ("key", KeyStep),
    ("accounts", AccountsStep),
    ("import", ImportStep),
    ("print", PrintStep),
)
ORDER = tuple(key for key, _step in STEPS)
NOT_STEERING = frozenset({"import"})
CARD_PX = 640
LIST_PX = 260


def order_of(capsule: str) -> tuple[str, ...]:
    """The steps of a capsule's first run."""
    return tuple(key for key in ORDER if capsule != STEERING or key not in NOT_STEERING)


def step_name(key: str, capsule: str) -> str:
    """What a step is called."""
    names = {
        "language": _("Language"),
        "capsule": _("Capsule"),
        "hospital": _("Hospital") if capsule == STEERING else _("Hospital and ward"),
        "key": _("Key of the kit"),
        "accounts": _("First accounts"),
        "import": _("Patient data"),
        "print": _("Test print, other kits"),
    }
    return names[key]


class StepList(QWidget):
    """The steps at the left: done, now, to come; said by sign, weight and word."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(LIST_PX)
        self._lines = [(Text(wrap=False), Text(wrap=False)) for _name in ORDER]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, Space.XL, 0, 0)
        grid.setVerticalSpacing(Space.M)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, Space.XL)
        for place, (sign, line) in enumerate(self._lines):
            grid.addWidget(sign, place, 0)
            grid.addWidget(line, place, 1)
        grid.setRowStretch(len(ORDER), 1)

    def show_step(self, now: int, names: Sequence[str]) -> None:
        """Mark the steps, which have these names."""
        for place, pair in enumerate(self._lines):
            for label in pair:
                label.setVisible(place < len(names))
            if place < len(names):
                self._mark(pair, place, now, names[place])

    def _mark(self, pair: tuple[Text, Text], place: int, now: int, name: str) -> None:
        sign, line = pair
        sign.setText("✓" if place < now else str(place + 1))
        line.setText(name)
        said = _("done") if place < now else _("now") if place == now else _("to come")
        line.setAccessibleName(f"{name}, {said}")
        tone = str(Tone.NORMAL if place == now else Tone.MUTED)
        for label in pair:
            theme.dress(label, tone=tone, weight="bold" if place == now else "")


class FirstRun(QWidget):
    """One step at a time; `opened` gives the kit's facts, `done` who works here at the end."""

    opened = Signal(dict)
    done = Signal(dict)

    def __init__(
        self,
        port: NodePort,
        facts: dict[str, Any],
        step: str = "",
        *,
        world: str = "REEL",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.gathered = Gathered(port=port, facts=dict(facts), world=world)
        self.gathered.made = bool(facts.get("hospital"))
        self._place = self.order.index(step) if step else 0
        self.step: Step | None = None
        self._steps = StepList()
        self._title = Text(size=Size.NAME)
        self.note = StatePanel(flat=True)
        self.back, self.next = QPushButton(), QPushButton()
        theme.dress(self.next, kind="primary")
        self.back.clicked.connect(self.go_back)
        self.next.clicked.connect(self.go_on)
        keys.bind(self, "sign", self._sign)  # as it signs a sheet later
        self._lay_out()
        self.dialogs = DialogHost(self)
        self._show()

    def _lay_out(self) -> None:
        card = QFrame()
        theme.dress(card, surface="card")
        card.setFixedWidth(CARD_PX)
        self._body = QVBoxLayout()
        inside = QWidget()
        inner = QVBoxLayout(inside)
        inner.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        inner.setSpacing(Space.M)
        inner.addWidget(self._title)
        inner.addWidget(self.note)
        inner.addLayout(self._body, 1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        foot = QHBoxLayout()
        foot.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        foot.addWidget(self.back)
        foot.addStretch(1)
        foot.addWidget(self.next)
        column = QVBoxLayout(card)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(area, 1)
        column.addWidget(rule())
        column.addLayout(foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.XL)
        row.addStretch(1)
        row.addWidget(self._steps)
        row.addWidget(card)
        row.addStretch(2)

    @property
    def capsule(self) -> str:
        """What this kit is, or is about to be."""
        known = self.gathered.facts.get("capsule") if self.gathered.made else None
        return str(known or self.gathered.answers.get("capsule") or "ward")

    @property
    def order(self) -> tuple[str, ...]:
        """The steps of this kit, by their keys."""
        return order_of(self.capsule)

    @property
    def key(self) -> str:
        """The step that is shown, by its key."""
        return self.order[self._place]

    def go_on(self) -> None:
        """Finish this step: it says itself when the next may come."""
        if self.step is not None and self.next.isEnabled():
            self.note.hide()
            self.step.proceed()

    def go_back(self) -> None:
        """The step before; answers stay, and what was made stays made."""
        if self._place > self._first():
            self._place -= 1
            self._show()

    def _first(self) -> int:
        """Once the kit is made, its name and its key cannot be asked again."""
        return self.order.index("accounts") if self.gathered.made else 0

    def _advance(self) -> None:
        if self.key == "key":
            self.opened.emit(self.gathered.facts)
        if self._place + 1 == len(self.order):
            self.done.emit(self.gathered.who)
            return
        self._place += 1
        self._show()

    def _show(self) -> None:
        old, self.step = self.step, None
        if old is not None:
            # Else Qt hands the keys on to whatever comes next, which may be outside.
            super().setFocus(Qt.FocusReason.OtherFocusReason)
            self._body.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.note.hide()
        made = dict(STEPS)[self.key](self.gathered)
        made.finished.connect(self._advance)
        made.goes_on.connect(self.go_on)
        made.refused.connect(self._refuse)
        made.verb_changed.connect(self._show_verbs)
        made.asks.connect(self.dialogs.open)
        self.step = made
        self._body.addWidget(made, 1)
        names = [step_name(key, self.capsule) for key in self.order]
        self._title.setText(names[self._place])
        self._steps.show_step(self._place, names)
        self.setAccessibleName(
            _("First run, step {number} of {all}: {name}").format(
                number=self._place + 1, all=len(names), name=self._title.text()
            )
        )
        self._show_verbs()
        made.begin()
        made.focus_first()

    def _show_verbs(self) -> None:
        step = self.step
        if step is None:
            return
        last = self._place + 1 == len(self.order)
        self.next.setText(step.verb() or (self._last_verb() if last else _("Next")))
        self.back.setText(_("Back"))
        for button in (self.next, self.back):
            button.setAccessibleName(button.text())
        self.next.setEnabled(step.ready())
        self.back.setVisible(self._place > self._first())
        self.back.setEnabled(not step.busy)
        self._keep_keys(step)

    def _keep_keys(self, step: Step) -> None:
        """Tab goes through the step as it stands, then to its buttons, which are older than it.

        Where a step has no field the keys are with its button: nobody needs to look for a mouse.
        """
        fields = [
            one
            for one in step.findChildren(QWidget)
            # The list that a field opens is a window of its own.
            if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.window() is self.window()
        ]
        for one, after in pairwise([*fields, self.next, self.back]):
            QWidget.setTabOrder(one, after)
        now = QApplication.focusWidget()
        nobody = now in (None, self) or not now.isVisible()
        if nobody and self.next.isEnabled() and not any(one.isVisibleTo(self) for one in fields):
            self.next.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter on a button presses it; anywhere else but in a line it goes on."""
        now = QApplication.focusWidget()
        if not self._has_keys() or event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif isinstance(now, QPushButton):
            now.click()
        else:
            self.go_on()

    def _sign(self) -> None:
        if self._has_keys():
            self.go_on()

    def _has_keys(self) -> bool:
        """Whether what is typed is meant for the step: a question over it keeps its own keys."""
        now = QApplication.focusWidget()
        in_step = self.step is not None and now is not None and self.step.isAncestorOf(now)
        return in_step or now in (None, self, self.back, self.next)

    def _last_verb(self) -> str:
        if self.gathered.joins:
            return _("Finish and join a fleet")
        if self.capsule == STEERING:
            return _("Finish and open the situation")
        return _("Finish and open the ward")

    def _refuse(self, said: Explained) -> None:
        self.note.show_state(State.REFUSED, said)
        self.note.show()

    def setFocus(self, *_reason: object) -> None:
        """Where typing starts."""
        if self.step is not None:
            self.step.focus_first()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(QRectF(self.rect()), theme.color("panel"))
        painter.end()
