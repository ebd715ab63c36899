"""The window that everything stands in: mode bar, strip, banner, rail, screens, sheet, toasts.

Not for: what any screen shows, nor signing in (the door's own screen asks; the window shows it).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kit.core.clock import hhmm
from kit.core.text import translator
from kit.gui import keys, theme
from kit.gui.port import NodePort
from kit.gui.screen import Context, Person, Screen, ScreenSpec
from kit.gui.sections import Sections
from kit.gui.states import Explained, State, core_down
from kit.gui.widgets.facts import KitState
from kit.gui.widgets.modebar import ModeBar, ModeFacts

if TYPE_CHECKING:  # built at the first sign-in: the lock screen is faster
    from kit.gui.widgets.banner import BannerFacts, PatientBanner
    from kit.gui.widgets.confirm import ConfirmDialog
    from kit.gui.widgets.panel import Choice, StatePanel
    from kit.gui.widgets.rail import Rail
    from kit.gui.widgets.sheet import Sheet
    from kit.gui.widgets.strip import StatusStrip
    from kit.gui.widgets.workplace import Workplace

_ = translator("gui")

LEAST = (1280, 720)
TICK_MS = 10_000
PATIENT_KEYS = {"next-patient": 1, "previous-patient": -1}


class MainWindow(QWidget):
    """Implements `screen.Shell`. While locked only the mode bar and the door are there."""

    locked = Signal()
    print_asked = Signal(object)  # PrintOrder
    help_asked = Signal(str)  # key of the screen
    find_asked = Signal()
    goto_asked = Signal()
    strip_chosen = Signal(str)
    patient_step = Signal(int)  # +1 or -1
    ward_chosen = Signal(str)  # code of the ward that screens are loaded with from now on

    def __init__(self, port: NodePort, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.port = port
        self.person: Person | None = None
        self.ward = ""
        self.kit_state = KitState()
        self._sections = Sections()
        self._patient: str | None = None
        self._work: Workplace | None = None
        self._band: StatePanel | None = None
        self._door: QWidget | None = None
        self.setWindowTitle(_("Cyber Kit"))
        self.setMinimumSize(*LEAST)
        self._lay_out()
        self._bind()
        port.changed.connect(self._sections.tell)
        port.down.connect(self._on_down)
        port.up.connect(self.calm)
        port.sealed.connect(self.calm)
        port.state.connect(self.show_state)
        port.faulted.connect(self._on_fault)
        self._ticks = QTimer(self)
        self._ticks.setInterval(TICK_MS)
        self._ticks.timeout.connect(self.tick)
        self._ticks.start()
        self.tick()

    def show_door(self, door: QWidget) -> None:
        """Lock: close every sheet with its draft kept, forget the screens, show the door alone."""
        if self._work is not None:
            self._work.clear()
            self._work.hide()
        self._sections.forget()
        self._patient, self.person = None, None
        self._swap_door(door)
        self.tick()
        door.setFocus()

    def enter(self, person: Person, ward: str, specs: Sequence[ScreenSpec]) -> None:
        """Somebody has signed in: show these sections and open the first."""
        self.person, self.ward = person, ward
        self._swap_door(None)
        self._sections.use(specs, self, self.go)
        self.rail.show_sections(specs)
        self.work.show()
        self.tick()
        if specs:
            self.go(specs[0].key)

    def show_mode(self, facts: ModeFacts) -> None:
        """Crisis, exercise or standby."""
        self.mode_bar.show_mode(facts)

    def show_trouble(self, state: State, said: Explained, choices: Sequence[Choice] = ()) -> None:
        """The band beneath the mode bar: what is wrong with the kit itself."""
        self._trouble().show_state(state, said, choices)
        self._trouble().show()

    def calm(self) -> None:
        """Nothing is wrong with the kit itself, or the person has read it."""
        if self._band is not None:
            self._band.hide()

    @property
    def troubled(self) -> bool:
        """Whether the band is there."""
        return self._band is not None and not self._band.isHidden()

    def show_state(self, state: dict[str, Any] | KitState) -> None:
        """What the node says of the kit; fields that did not come keep what they said."""
        if isinstance(state, KitState):
            self.kit_state = state
        else:
            known = {name: state[name] for name in KitState.__struct_fields__ if name in state}
            self.kit_state = msgspec.structs.replace(self.kit_state, **known)
        self.tick()

    def tick(self) -> None:
        """Say times and ages again."""
        now = self.port.now_ms()
        if self._work is not None:
            self._work.show_time(self.kit_state, now)
        self.mode_bar.show_side("" if self.person else hhmm(now))
        screen = self.screen_now()
        if screen is not None and screen.context is not None:
            screen.on_tick(now)

    def go(self, key: str, patient: str | None = None) -> None:
        """Open a screen; a patient stays chosen for the screens that are about one."""
        spec = self._sections.specs.get(key)
        if spec is None or self.person is None or self.work.asking:
            return
        current = self.screen_now()
        if current is not None and not current.leave():
            return
        self.close_sheet()  # its draft stays; a sheet never outlives its patient's banner
        self._patient = patient or self._patient
        shown = self._screen(spec)
        self._sections.passed((key, self._patient))
        if not shown.single_patient:
            self.show_banner(None)
        self.work.stack.setCurrentWidget(shown)
        self.rail.show_current(key)
        about = self._patient if shown.single_patient else patient
        shown.context = Context(self.port, self, self.person, self.ward, about)
        shown.load(shown.context)
        self._show_wall(on=self.isFullScreen())
        shown.focus_first()
        self.announce(spec.title())

    def choose_ward(self, ward: str) -> None:
        """Screens are loaded with this ward from now on; the one that asked shows it already."""
        if ward != self.ward:
            self.ward = ward
            self.ward_chosen.emit(ward)

    def show_banner(self, facts: BannerFacts | None) -> None:
        """Show this patient above everything, or nobody."""
        self.work.show_banner(facts)
        if facts is not None:
            self._patient = facts.patient
            self.announce(self.banner.accessibleName())

    def open_sheet(self, sheet: Sheet) -> None:
        """Open the sheet at the right; an open one is closed with its draft kept."""
        self.work.open_sheet(sheet)

    def close_sheet(self) -> None:
        """Close the open sheet, if any; its draft stays."""
        if self._work is not None:
            self._work.close_sheet()

    def confirm(self, dialog: ConfirmDialog) -> None:
        """Ask below the banner."""
        self.work.confirm(dialog)

    def toast(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Say that something is done, at the bottom left, beneath the screen."""
        self.work.toast(text, undo)
        self.announce(text)

    def announce(self, sentence: str) -> None:
        """Say it to a screen reader."""
        _announce(self, sentence)

    def back(self) -> None:
        """The screen before this one."""
        if (step := self._sections.previous()) is not None:
            self.go(*step)

    def print_current(self) -> None:
        """Ctrl+P: hand the current screen's document to whoever prints."""
        screen = self.screen_now()
        order = screen.print_document() if screen is not None else None
        if order is not None:
            self.print_asked.emit(order)
        elif screen is not None:
            self.toast(_("This screen has no paper form."))

    def lock(self) -> None:
        """Ctrl+L: keep the drafts and ask for the door."""
        self.close_sheet()
        self.locked.emit()

    def undo(self) -> None:
        """Ctrl+Z outside a text: take back what was signed last, while its toast is there."""
        if self._work is not None:
            self._work.undo()

    def toggle_fullscreen(self) -> None:
        """F11; a screen that has a form for the wall takes it."""
        on = not self.isFullScreen()
        (self.showFullScreen if on else self.showNormal)()
        self._show_wall(on=on)

    def screen_now(self) -> Screen | None:
        """The screen that is shown."""
        shown = self._work.stack.currentWidget() if self._work is not None else None
        return shown if isinstance(shown, Screen) else None

    @property
    def work(self) -> Workplace:
        """What surrounds the screens; made when first asked for."""
        if self._work is None:
            self._work = self._make_work()
        return self._work

    @property
    def strip(self) -> StatusStrip:
        """The status strip."""
        return self.work.strip

    @property
    def banner(self) -> PatientBanner:
        """The patient banner."""
        return self.work.banner

    @property
    def rail(self) -> Rail:
        """The sections."""
        return self.work.rail

    def _lay_out(self) -> None:
        self.mode_bar = ModeBar()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.mode_bar)

    def _trouble(self) -> StatePanel:
        """The band beneath the mode bar for what is wrong with the kit itself; made when needed."""
        if self._band is None:
            from kit.gui.widgets.panel import StatePanel

            self._band = StatePanel(band=True)
            self._column.insertWidget(1, self._band)
        return self._band

    def _make_work(self) -> Workplace:
        from kit.gui.widgets.workplace import Workplace

        made = Workplace(self.port)
        made.rail.chosen.connect(self.go)
        made.strip.chosen.connect(self.strip_chosen)
        made.sheet_closed.connect(self._focus_screen)
        made.hide()
        self._column.addWidget(made, 1)
        return made

    def _bind(self) -> None:
        slots: dict[str, Callable[[], object]] = {
            "fullscreen": self.toggle_fullscreen,
            "night": theme.toggle_night,
            "print": self.print_current,
            "lock": self.lock,
            "back": self.back,
            "help": self._ask_help,
            "find": self.find_asked.emit,
            "goto": self.goto_asked.emit,
            "new": self._new_entry,
            "undo": self.undo,
            "fold-rail": lambda: self.rail.fold(folded=not self.rail.folded),
        }
        for action, slot in slots.items():
            keys.bind(self, action, slot)
        for action, step in PATIENT_KEYS.items():
            keys.bind(self, action, partial(self.patient_step.emit, step))

    def _screen(self, spec: ScreenSpec) -> Screen:
        screen, fresh = self._sections.screen(spec, self.work.stack)
        if fresh:
            screen.badge_changed.connect(lambda count: self.rail.show_count(spec.key, count))
            self.work.stack.addWidget(screen)
        return screen

    def _swap_door(self, door: QWidget | None) -> None:
        if self._door is not None:
            self._column.removeWidget(self._door)
            self._door.hide()
            self._door.deleteLater()
        self._door = door
        if door is not None:
            self._column.addWidget(door, 1)
            door.show()

    def _show_wall(self, *, on: bool) -> None:
        if (screen := self.screen_now()) is not None:
            self.work.show_wall(on=screen.show_wall(on=on) and on)

    def _focus_screen(self) -> None:
        if (screen := self.screen_now()) is not None:
            screen.focus_first()

    def _new_entry(self) -> None:
        if (screen := self.screen_now()) is not None:
            screen.new_entry()

    def _ask_help(self) -> None:
        self.help_asked.emit(screen.key if (screen := self.screen_now()) else "")

    def _on_down(self, seconds: int) -> None:
        said = core_down(seconds)
        self.show_trouble(State.STALE if seconds < 15 else State.BROKEN, said)

    def _on_fault(self, code: str, args: dict[str, Any]) -> None:
        from kit.gui.faults import explained  # at the first fault: the lock screen is faster

        self.show_trouble(State.BROKEN, explained(code, args), [(_("Close"), self.calm)])


def _announce(window: QWidget, sentence: str) -> None:
    from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(window, sentence))
