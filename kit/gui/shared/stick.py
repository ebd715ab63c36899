"""Shift+F9, the stick: its state, checking it and others, copying, updating, network.

There only where the kit runs from a stick. Not for: opening it (`kit.gui.medium_door`), nor other
people's files on a stick (`courier`, the import).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QScrollArea, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import keys
from kit.gui.keys import Key
from kit.gui.medium import medium_of
from kit.gui.screen import Context, Screen
from kit.gui.shared.stick_check import OtherStick, StickPart, ThisStick
from kit.gui.shared.stick_clone import CloneStick
from kit.gui.shared.stick_network import StickNetwork
from kit.gui.shared.stick_update import UpdateStick
from kit.gui.states import State
from kit.gui.theme import Space

_ = translator("gui_stick")

KEY = "shared.stick"


def _N(message: str) -> str:
    return message


keys.register(Key("stick-part", "Ctrl+Tab", _N("Next part"), KEY, domain="gui_stick"))


class StickScreen(Screen):
    """Five parts behind tabs; work goes on while another part or screen is looked at."""

    key = KEY

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QTabBar()
        self.this, self.other = ThisStick(), OtherStick()
        self.clone, self.update_part = CloneStick(), UpdateStick()
        self.network = StickNetwork()
        self._stack = QStackedWidget()
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(False)
        self.bar.setAccessibleName(_("Parts of the stick"))
        names = (_("This stick"), _("Check another"), _("Copy"), _("Update"), _("Network"))
        for part, name in zip(self.parts, names, strict=True):
            area = QScrollArea()
            area.setWidget(part)
            area.setWidgetResizable(True)
            area.setFocusPolicy(area.focusPolicy().NoFocus)
            self._stack.addWidget(area)
            self.bar.addTab(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.S, Space.L, Space.M)
        column.setSpacing(Space.M)
        column.addWidget(self.bar)
        column.addWidget(self._stack, 1)
        self.bar.currentChanged.connect(self._turn_to)
        keys.bind(self, "stick-part", self._next, KEY)

    @property
    def parts(self) -> tuple[StickPart, ...]:
        """The five parts, as their tabs stand."""
        return (self.this, self.other, self.clone, self.update_part, self.network)

    def load(self, context: Context) -> None:
        self.context = context
        for part in self.parts:
            part.context = context
            part.job.load(context)
        context.port.call("medium.status", {}, self.show_medium, self._refused, again=True)
        self._load_part()

    def show_medium(self, answer: Any) -> None:
        """The stick as it is now."""
        self.this.show_medium(medium_of(answer))
        self.enter(State.READY)

    def _refused(self, refused: Refused) -> None:
        self.this.job.refuse(refused)
        self.enter(State.REFUSED)

    def _load_part(self) -> None:
        if self.context is not None:
            self.parts[self.bar.currentIndex()].load(self.context)

    def _turn_to(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
        self._load_part()
        if self.isVisible():
            self.focus_first()

    def _next(self) -> None:
        self.bar.setCurrentIndex((self.bar.currentIndex() + 1) % self.bar.count())

    def focus_first(self) -> None:
        self.parts[self.bar.currentIndex()].focus_first()

    def place(self) -> dict[str, Any]:
        """The part that is open."""
        return {"part": self.bar.currentIndex()}

    def restore(self, place: dict[str, Any]) -> None:
        """Back to that part."""
        self.bar.setCurrentIndex(int(place.get("part") or 0))

    def help_text(self) -> str:
        return "\n".join(
            (
                _("What this kit runs from; the system on it cannot be changed, only replaced."),
                _("“Check the whole stick” reads every byte: once a month, and after a fall."),
                _("“Check another”: before its words are typed on a stick that was out of sight."),
                _("“Copy” makes a new, empty stick of this version; data and words stay here."),
                _("Before erasing, the last four signs of the other stick's number are typed."),
                _("“Update” takes a signed, newer version from a stick or from another kit."),
                _("A version that does not start is left: the one before comes back by itself."),
                _("“Network”: Wi-Fi, or a cell of this kit's own where the hospital's is cut."),
                _("What is set there stays encrypted, and is used once the kit is open."),
                _("“Altered” beneath the mode bar: go on, and prepare another stick to-day."),
            )
        )
