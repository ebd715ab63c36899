"""The window that everything stands in: mode bar, strip, banner, rail, screens, sheet, toasts.

Not for: what any screen shows, nor signing in (the door's own screen asks; the window shows it).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kit.core.clock import hhmm
from kit.core.text import translator
from kit.gui import keys, theme
from kit.gui.port import NodePort
from kit.gui.screen import Context, Person, Screen, ScreenSpec
from kit.gui.states import State, core_down
from kit.gui.theme import Density, Space
from kit.gui.widgets.banner import BannerFacts, PatientBanner
from kit.gui.widgets.confirm import ConfirmDialog, DialogHost
from kit.gui.widgets.facts import KitState, strip_items
from kit.gui.widgets.modebar import ModeBar, ModeFacts
from kit.gui.widgets.panel import StatePanel
from kit.gui.widgets.rail import Rail
from kit.gui.widgets.sheet import Sheet
from kit.gui.widgets.strip import StatusStrip
from kit.gui.widgets.toast import Toast

_ = translator("gui")

LEAST = (1280, 720)
TICK_MS = 10_000
MOST_TOASTS = 3
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
        self._specs: dict[str, ScreenSpec] = {}
        self._screens: dict[str, Screen] = {}
        self._trail: list[tuple[str, str | None]] = []
        self._patient: str | None = None
        self._sheet: Sheet | None = None
        self._door: QWidget | None = None
        self._fkeys: list[QShortcut] = []
        self.setWindowTitle(_("Cyber Kit"))
        self.setMinimumSize(*LEAST)
        self._lay_out()
        self._bind()
        port.changed.connect(self._on_changed)
        port.down.connect(self._on_down)
        port.up.connect(self._trouble.hide)
        port.sealed.connect(self._trouble.hide)
        port.state.connect(self.show_state)
        port.faulted.connect(self._on_fault)
        self._ticks = QTimer(self)
        self._ticks.setInterval(TICK_MS)
        self._ticks.timeout.connect(self.tick)
        self._ticks.start()
        self._show_frame(shown=False)
        self.tick()

    # -- who works here ---------------------------------------------------------------------

    def show_door(self, door: QWidget) -> None:
        """Lock: close every sheet with its draft kept, forget the screens, show the door alone."""
        self.close_sheet()
        self._dialogs.dismiss()
        self.show_banner(None)
        for screen in self._screens.values():
            self._stack.removeWidget(screen)
            screen.deleteLater()
        self._screens.clear()
        self._trail.clear()
        self._patient, self.person = None, None
        self._swap_door(door)
        self._show_frame(shown=False)
        self.tick()
        door.setFocus()

    def enter(self, person: Person, ward: str, specs: Sequence[ScreenSpec]) -> None:
        """Somebody has signed in: show these sections and open the first."""
        self.person, self.ward = person, ward
        self._swap_door(None)
        self._specs = {spec.key: spec for spec in specs}
        self.rail.show_sections(specs)
        self._bind_sections(specs)
        self._show_frame(shown=True)
        self.tick()
        if specs:
            self.go(specs[0].key)

    def show_mode(self, facts: ModeFacts) -> None:
        """Crisis, exercise or standby."""
        self.mode_bar.show_mode(facts)

    def show_state(self, state: dict[str, Any] | KitState) -> None:
        """What the node says of the kit; fields that did not come keep what they said."""
        if isinstance(state, KitState):
            self.kit_state = state
        else:
            known = {name: state[name] for name in KitState.__struct_fields__ if name in state}
            old = {name: getattr(self.kit_state, name) for name in KitState.__struct_fields__}
            self.kit_state = KitState(**{**old, **known})
        self.tick()

    def tick(self) -> None:
        """Say times and ages again."""
        now = self.port.now_ms()
        self.strip.show_items(strip_items(self.kit_state, now))
        self.mode_bar.show_side("" if self.person else hhmm(now))
        screen = self.screen_now()
        if screen is not None and screen.context is not None:
            screen.on_tick(now)

    # -- what a screen may ask (screen.Shell) ------------------------------------------------

    def go(self, key: str, patient: str | None = None) -> None:
        """Open a screen; a patient stays chosen for the screens that are about one."""
        spec = self._specs.get(key)
        if spec is None or self.person is None or self._dialogs.dialog is not None:
            return
        current = self.screen_now()
        if current is not None and not current.leave():
            return
        self._patient = patient or self._patient
        shown = self._screens.get(key) or self._build(spec)
        if not self._trail or self._trail[-1] != (key, self._patient):
            self._trail.append((key, self._patient))
        if not shown.single_patient:
            self.show_banner(None)
        self._stack.setCurrentWidget(shown)
        self.rail.show_current(key)
        about = self._patient if shown.single_patient else patient
        shown.context = Context(self.port, self, self.person, self.ward, about)
        shown.load(shown.context)
        shown.focus_first()
        self.announce(spec.title())

    def choose_ward(self, ward: str) -> None:
        """Screens are loaded with this ward from now on; the one that asked shows it already."""
        if ward != self.ward:
            self.ward = ward
            self.ward_chosen.emit(ward)

    def show_banner(self, facts: BannerFacts | None) -> None:
        """Show this patient above everything, or nobody."""
        if facts is None:
            self.banner.hide()
            return
        self._patient = facts.patient
        self.banner.show_patient(facts, self.port.now_ms())
        self.banner.show()
        self.announce(self.banner.accessibleName())

    def open_sheet(self, sheet: Sheet) -> None:
        """Open the sheet at the right; an open one is closed with its draft kept."""
        self.close_sheet()
        self._sheet = sheet
        sheet.setFixedWidth(theme.SHEET_PX)
        self._content.addWidget(sheet)
        sheet.closed.connect(self.close_sheet)
        sheet.show()
        sheet.opened(self.port)

    def close_sheet(self) -> None:
        """Close the open sheet, if any; its draft stays."""
        sheet, self._sheet = self._sheet, None
        if sheet is None:
            return
        sheet.keep_draft()
        self._content.removeWidget(sheet)
        sheet.hide()
        sheet.deleteLater()
        screen = self.screen_now()
        if screen is not None:
            screen.focus_first()

    def confirm(self, dialog: ConfirmDialog) -> None:
        """Ask below the banner."""
        self._dialogs.open(dialog)

    def toast(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Say that something is done, at the bottom left of the content."""
        made = Toast(text, undo)
        made.ended.connect(lambda: self._toasts.remove(made))
        self._toasts.append(made)
        self._toast_column.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        while len(self._toasts) > MOST_TOASTS:
            self._toasts[0].dismiss()
        self.announce(text)

    def announce(self, sentence: str) -> None:
        """Say it to a screen reader."""
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))

    # -- keys --------------------------------------------------------------------------------

    def back(self) -> None:
        """The screen before this one."""
        if len(self._trail) > 1:
            self._trail.pop()
            key, patient = self._trail.pop()
            self.go(key, patient)

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
        for toast in reversed(self._toasts):
            if toast.can_undo:
                toast.take_back()
                return

    def toggle_fullscreen(self) -> None:
        """F11."""
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def toggle_night(self) -> None:
        """Ctrl+Shift+N: the other palette."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, dark=theme.tokens().name == "light", density=theme.density())

    def set_density(self, density: Density) -> None:
        """Default, compact or tactile rows."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, dark=theme.tokens().name == "dark", density=density)

    def screen_now(self) -> Screen | None:
        """The screen that is shown."""
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, Screen) else None

    # -- inside ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.mode_bar, self.strip = ModeBar(), StatusStrip()
        self.banner, self.rail = PatientBanner(), Rail()
        self._trouble = StatePanel(band=True)
        self._stack = QStackedWidget()
        self._below = QWidget()
        self._content = QHBoxLayout(self._below)
        self._content.setContentsMargins(0, 0, 0, 0)
        self._content.setSpacing(0)
        self._content.addWidget(self.rail)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self._stack, 1)
        self._toasts: list[Toast] = []
        self._toast_column = QVBoxLayout()  # beneath the screen: nothing on it is ever covered
        self._toast_column.setContentsMargins(Space.L, 0, Space.L, 0)
        self._toast_column.setSpacing(0)
        middle.addLayout(self._toast_column)
        self._content.addLayout(middle, 1)
        self._dialogs = DialogHost(self._below)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.mode_bar, self.strip, self._trouble, self.banner):
            column.addWidget(part)
        column.addWidget(self._below, 1)
        self._trouble.hide()
        self.banner.hide()

    def _bind(self) -> None:
        slots: dict[str, Callable[[], object]] = {
            "fullscreen": self.toggle_fullscreen,
            "night": self.toggle_night,
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
        self.rail.chosen.connect(self.go)
        self.strip.chosen.connect(self.strip_chosen)

    def _bind_sections(self, specs: Sequence[ScreenSpec]) -> None:
        for old in self._fkeys:
            old.setParent(None)
            old.deleteLater()
        self._fkeys = []
        for spec in specs:
            made = QShortcut(QKeySequence(spec.fkey), self)
            made.activated.connect(lambda key=spec.key: self.go(key))
            self._fkeys.append(made)

    def _build(self, spec: ScreenSpec) -> Screen:
        made = spec.build(self._stack)
        made.badge_changed.connect(lambda count: self.rail.show_count(spec.key, count))
        self._screens[spec.key] = made
        self._stack.addWidget(made)
        return made

    def _swap_door(self, door: QWidget | None) -> None:
        if self._door is not None:
            self._stack.removeWidget(self._door)
            self._door.deleteLater()
        self._door = door
        if door is not None:
            self._stack.addWidget(door)
            self._stack.setCurrentWidget(door)

    def _show_frame(self, *, shown: bool) -> None:
        self.strip.setVisible(shown)
        self.rail.setVisible(shown)

    def _new_entry(self) -> None:
        screen = self.screen_now()
        if screen is not None:
            screen.new_entry()

    def _ask_help(self) -> None:
        screen = self.screen_now()
        self.help_asked.emit(screen.key if screen is not None else "")

    def _on_changed(self, topics: set[str]) -> None:
        for screen in list(self._screens.values()):
            if screen.context is not None:
                screen.on_changed(topics)

    def _on_down(self, seconds: int) -> None:
        said = core_down(seconds)
        self._trouble.show_state(State.STALE if seconds < 15 else State.BROKEN, said)
        self._trouble.show()

    def _on_fault(self, code: str, args: dict[str, Any]) -> None:
        from kit.gui.faults import explained  # at the first fault: the lock screen is faster

        said = explained(code, args)
        choice = (_("Close"), self._trouble.hide)
        self._trouble.show_state(State.BROKEN, said, [choice])
        self._trouble.show()
