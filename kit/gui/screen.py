"""What a screen is: the contract between the window and each of its pages, and their one list.

Not for: any screen's content. A screen builds its widgets in `__init__`, asks its rows in `load`,
asks again in `on_changed` when a topic concerns it, and says its `state`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kit.core.text import translator
from kit.gui.port import NodePort
from kit.gui.states import State

WARD, STEERING, SHARED = "ward", "steering", "shared"


class Person(msgspec.Struct, frozen=True):
    """Who is signed in."""

    key: str
    name: str
    role: str


class PrintOrder(msgspec.Struct, frozen=True):
    """What Ctrl+P prints from a screen: a document and its arguments, for the print screen."""

    document: str
    args: dict[str, Any] = {}


class PrimaryAction(msgspec.Struct, frozen=True):
    """The one verb of a screen, shown right in its toolbar; `action` is a name in `keys`."""

    text: str
    icon: str
    run: Callable[[], None]
    action: str = ""


class Shell(Protocol):
    """What a screen may ask of the window."""

    def go(self, key: str, patient: str | None = None) -> None:
        """Open a screen, on a patient or not; the way back is remembered."""

    def choose_ward(self, ward: str) -> None:
        """From now on screens are loaded with this ward (its code)."""

    def show_banner(self, facts: Any) -> None:
        """Show the patient (`widgets.banner.BannerFacts`) or, with None, take the banner away."""

    def open_sheet(self, sheet: Any) -> None:
        """Open a `widgets.sheet.Sheet` at the right; another open sheet keeps its draft."""

    def close_sheet(self) -> None:
        """Close the sheet; its draft stays."""

    def confirm(self, dialog: Any) -> None:
        """Show a `widgets.confirm.ConfirmDialog` below the banner."""

    def toast(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Say that something is done; with `undo`, for ten seconds a way to take it back."""

    def announce(self, sentence: str) -> None:
        """Say it to a screen reader without moving the focus."""


class Context(msgspec.Struct, frozen=True):
    """What a screen is loaded with. `patient` is the id of the patient it is about, if any."""

    port: NodePort
    shell: Shell
    person: Person
    ward: str
    patient: str | None = None

    def now_ms(self) -> int:
        """The time now, milliseconds UTC."""
        return self.port.now_ms()


class Screen(QWidget):
    """A page of the window. Class attributes say what the rail and F1 need before it is built."""

    key = ""
    single_patient = False  # True: the window keeps the banner above it

    state_changed = Signal(str)
    badge_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = State.LOADING
        self.context: Context | None = None

    @property
    def state(self) -> State:
        """Where the screen stands; the window shows nothing for it, the screen does."""
        return self._state

    def enter(self, state: State) -> None:
        """Change state and tell the window."""
        if state is not self._state:
            self._state = state
            self.state_changed.emit(str(state))

    def load(self, context: Context) -> None:
        """Show this context: ask the rows and keep the old content until they come.

        On a change of patient the old content goes at once: nothing of one patient may stand on
        screen while another is being opened.
        """
        raise NotImplementedError

    def on_changed(self, topics: set[str]) -> None:
        """News for these topics; ask again what they concern. Called only after `load`."""

    def on_tick(self, now_ms: int) -> None:
        """Some seconds have passed: say ages again. Called on the screen that is shown."""

    def leave(self) -> bool:
        """The window is about to show another screen; False only while a decision is awaited."""
        return True

    def print_document(self) -> PrintOrder | None:
        """What Ctrl+P prints from here; None where the screen has no paper twin."""
        return None

    def help_text(self) -> str:
        """At most ten sentences for F1, in the person's language, one a line."""
        return ""

    @property
    def primary_action(self) -> PrimaryAction | None:
        """The screen's one verb, if it has one."""
        return None

    def new_entry(self) -> None:
        """Ctrl+N: start the entry that this screen is for."""

    def focus_first(self) -> None:
        """Put the focus where work starts."""
        self.setFocus()

    def place(self) -> dict[str, Any]:
        """Where the person is on this screen (line, part), as plain values; kept over a lock."""
        return {}

    def restore(self, place: dict[str, Any]) -> None:
        """Go back to that place, as soon as its rows are there."""

    def find_patient(self) -> bool:
        """Ctrl+F: put the focus into the field that finds patients; False where there is none."""
        return False

    def step(self, by: int) -> None:
        """Ctrl+PgDn, Ctrl+PgUp: the patient `by` places further, on a screen of one patient."""

    def open_order(self, order: PrintOrder) -> None:
        """Show this document ready to print; for the screen that prints."""

    def show_wall(self, *, on: bool) -> bool:
        """Full screen comes or goes; True where the screen has a form for the wall."""
        return False


def _N(message: str) -> str:
    return message


class ScreenSpec(msgspec.Struct, frozen=True):
    """A line of the rail. `place` is "module:Class", imported when the screen is first shown."""

    key: str
    title_id: str
    fkey: str
    icon: str
    capsule: str
    place: str
    domain: str = "gui"

    def title(self) -> str:
        """The section's name in the person's language."""
        return translator(self.domain)(self.title_id)

    def build(self, parent: QWidget | None = None) -> Screen:
        """Import and make the screen."""
        module, _colon, name = self.place.partition(":")
        made = getattr(import_module(module), name)(parent)
        assert isinstance(made, Screen)  # noqa: S101 - a slip in the list below, found by its test
        return made


SCREENS: list[ScreenSpec] = [
    ScreenSpec(
        "ward.board", _N("Ward"), "F2", "layout-list", WARD, "kit.gui.ward.board:BoardScreen"
    ),
    ScreenSpec(
        "ward.patient",
        _N("Patient"),
        "F3",
        "user-round",
        WARD,
        "kit.gui.ward.patient:PatientScreen",
    ),
    ScreenSpec("ward.round", _N("Round"), "F4", "pill", WARD, "kit.gui.ward.round:RoundScreen"),
    ScreenSpec(
        "ward.notes", _N("Notes"), "F5", "notebook-pen", WARD, "kit.gui.ward.notes:NotesScreen"
    ),
    ScreenSpec(
        "shared.messages",
        _N("Messages and directives"),
        "F6",
        "message-square-text",
        SHARED,
        "kit.gui.shared.messages:MessagesScreen",
    ),
    ScreenSpec(
        "shared.printing",
        _N("Printing"),
        "F8",
        "printer",
        SHARED,
        "kit.gui.shared.printing:PrintingScreen",
    ),
    ScreenSpec(
        "shared.intake",
        _N("Import"),
        "F12",
        "database",
        WARD,
        "kit.gui.shared.intake:IntakeScreen",
    ),
    ScreenSpec(
        "shared.exchange",
        _N("Exchanges"),
        "F9",
        "network",
        SHARED,
        "kit.gui.shared.exchange:ExchangeScreen",
    ),
    ScreenSpec(
        "shared.stick",
        _N("The stick"),
        "Shift+F9",
        "usb",
        SHARED,
        "kit.gui.shared.stick:StickScreen",
    ),
    ScreenSpec(
        "steering.situation",
        _N("Situation"),
        "F2",
        "layout-dashboard",
        STEERING,
        "kit.gui.steering.situation:SituationScreen",
    ),
]


def of_capsule(capsule: str) -> list[ScreenSpec]:
    """The sections of a capsule with the shared ones, in the order of their keys."""
    chosen = [spec for spec in SCREENS if spec.capsule in (capsule, SHARED)]
    return sorted(chosen, key=lambda spec: int(spec.fkey.rpartition("F")[2]))
