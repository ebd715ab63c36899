"""The door of a kit that runs from a stick: opens the medium first, then lets the kit be opened.

One object for the life of the application: it frames each door with its bar, answers the bar, and
keeps what must stand beneath the mode bar (an altered stick). Not for: the kit's own words and the
PIN (`app`), nor what a code of the keeper means (its sentence comes with it).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.lock import LockScreen
from kit.gui.medium import ABSENT, FOUND_ALTERED, JOB, LOCKED, NONE, Medium, medium_of
from kit.gui.medium_bar import MediumBar
from kit.gui.medium_pages import REPAIR, RESTORE, DamagedPage, FarewellPage, RestorePage, WaitPage
from kit.gui.medium_standing import StandingBand
from kit.gui.port import NodePort
from kit.gui.power_button import PowerButton
from kit.gui.widgets.secret import Secret

if TYPE_CHECKING:
    from kit.gui.widgets.confirm import ConfirmDialog, DialogHost
    from kit.gui.window import MainWindow

_ = translator("gui_stick")

ASK_MS = 60_000
GOOD_MS = 60_000
"""A system whose door has stood this long has started; before, the other one may be tried."""
LOST_HEAD = "KEY-028"
"""The encrypted part's head is gone: nothing can be repaired."""
DAMAGED = frozenset({LOST_HEAD, "KEY-029"})


class MediumFrame(QWidget):
    """A door with the stick's bar above it, and room for a question over it."""

    painted = Signal()  # for the first time

    def __init__(self, bar: MediumBar, door: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar, self.door = bar, door
        self._host: DialogHost | None = None
        self._is_new = True
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(bar)
        self._column.addWidget(door, 1)

    def setFocus(self, *_reason: object) -> None:
        """Where typing starts: in the question, if there is one."""
        asked = self._host.dialog if self._host is not None else None
        (asked or self.door).setFocus()  # a question passes it on to its first field

    def ask(self, dialog: ConfirmDialog) -> None:
        """Ask over the door; the bar and the mode bar stay in sight."""
        from kit.gui.widgets.confirm import DialogHost

        if self._host is None:
            self._host = DialogHost(self.door)
        self._host.open(dialog)
        dialog.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._is_new:
            self._is_new = False
            self.painted.emit()

    @property
    def asking(self) -> bool:
        """Whether a question waits for its answer."""
        return self._host is not None and self._host.dialog is not None

    def say_farewell(self) -> None:
        """The computer is going out; nothing more is asked."""
        self.bar.setEnabled(False)
        self._column.removeWidget(self.door)
        self.door.hide()
        self._column.addWidget(FarewellPage(), 1)


class MediumDoor(QObject):
    """`passed` gives the words that opened the medium: they open the kit too. "" for none."""

    passed = Signal(str)

    def __init__(self, port: NodePort, window: MainWindow) -> None:
        super().__init__(window)
        self._port, self._window = port, window
        self.medium = Medium()
        self.frame: MediumFrame | None = None
        self.wait: WaitPage | None = None
        self.secret: Secret | None = None
        self._phrase = ""
        self._lost = self._is_good = self._found = False
        self._clock_asked = self._power_asked = False
        self.button = PowerButton(window)
        self.button.pressed.connect(self.press_power)
        self.standing = StandingBand()
        self.standing.hide()
        self._hang(self.standing)
        self._ticks = QTimer(self)
        self._ticks.setInterval(ASK_MS)
        self._ticks.timeout.connect(self.ask)
        self._ticks.start()
        self.good = QTimer(self)
        self.good.setInterval(GOOD_MS)
        self.good.timeout.connect(self.tell_good)
        port.progress.connect(self._on_progress)
        port.state.connect(self._on_state)

    def _hang(self, band: QWidget) -> None:
        layout = self._window.layout()
        if isinstance(layout, QVBoxLayout):
            layout.insertWidget(1, band)

    def _on_state(self, said: dict[str, Any]) -> None:
        if said.get(FOUND_ALTERED):
            self._found = True
            self.medium = replace(self.medium, altered=True)
            self.standing.show_medium(self.medium)

    # -- what the reception calls -------------------------------------------------------------

    def framed(self, door: QWidget) -> MediumFrame:
        """This door, with the bar above it."""
        bar = MediumBar(self._port.now_ms)
        bar.correct_asked.connect(self.ask_time)
        bar.layout_asked.connect(self.ask_layout)
        bar.power_asked.connect(self.ask_power)
        bar.show_medium(self.medium)
        self.frame = MediumFrame(bar, door)
        words = "lock painted" if isinstance(door, LockScreen) else "first-run painted"
        self.frame.painted.connect(lambda: self._stands(words))
        self.wait = None
        if self._power_asked:
            self._power_asked = False
            self.ask_power()
        elif self._lacks_time:
            self.ask_time()
        return self.frame

    def hear(self, said: Any) -> None:
        """The medium as the node tells it; a keeper that is silent for once changes nothing."""
        if isinstance(said, dict) and said.get("fault") and self.medium.medium != NONE:
            return
        medium = medium_of(said)
        self.medium = replace(medium, altered=medium.altered or self._found)
        self.standing.show_medium(self.medium)
        if self.frame is not None:
            self.frame.bar.show_medium(self.medium)

    @property
    def wants_words(self) -> bool:
        """Whether the medium must be opened, or made of its seed, before the kit can be asked."""
        state = self.medium.medium
        return state == LOCKED or (state == ABSENT and self.medium.seed)

    def ask_words(self) -> None:
        """Have the door ask the words of this medium."""
        door = self._door()
        if door is None or self.frame is None or not self.wants_words:
            return
        self.secret = hide_typed(door)
        door.ask_phrase(*_asking_words(self.medium))
        self.keep_question()

    def keep_question(self) -> None:
        """The door beneath has just asked something: a question over it keeps the keys."""
        if self.frame is not None and self.frame.asking:
            self.frame.setFocus()

    def opens(self, phrase: str) -> bool:
        """Take these words for the medium, where it is not open yet; False where it is."""
        if not self.wants_words:
            return False
        self._phrase = phrase
        self._work("unlock" if self.medium.medium == LOCKED else "create", {"phrase": phrase})
        return True

    def ask(self) -> None:
        """Ask how the medium is."""
        self._port.call("medium.status", {}, self._heard, lambda _refused: None, again=True)

    def _heard(self, said: Any) -> None:
        """The clock is looked at beside the screens' start: what is wrong with it may come late."""
        self.hear(said)
        frame = self.frame
        at_door = self._window.person is None and frame is not None and not frame.asking
        if at_door and self._lacks_time:
            self.ask_time()

    @property
    def _lacks_time(self) -> bool:
        return not self.medium.clock.ok and not self._clock_asked

    def _stands(self, words: str) -> None:
        self.mark(words)
        if not self._is_good and not self.good.isActive():
            self.good.start()

    def tell_good(self) -> None:
        """This version of the system has started: no other one is to be tried. Until it is told."""
        self._port.call("medium.mark_good", {}, self._told_good, lambda _refused: None)

    def _told_good(self, _value: object) -> None:
        self._is_good = True
        self.good.stop()

    def mark(self, text: str) -> None:
        """Tell a test machine how far the screens are; no machine of a hospital listens."""
        if self.medium.smoke:
            self._port.call("medium.mark", {"text": text}, None, lambda _refused: None)

    # -- the bar ------------------------------------------------------------------------------

    def ask_time(self) -> None:
        """Date and time from a watch."""
        from kit.gui.medium_dialogs import TimeDialog

        dialog = TimeDialog(self.medium, self._port.now_ms())

        def decided(yes: bool) -> None:
            self._clock_asked = True
            at = dialog.at_ms()
            if yes and at is not None:
                self._port.call("medium.set_time", {"ms": at}, self._set, self._said, again=True)

        self._ask(dialog, decided)

    def ask_layout(self) -> None:
        """Which keyboard."""
        from kit.gui.medium_dialogs import LayoutDialog

        dialog = LayoutDialog(self.medium.layout)

        def decided(yes: bool) -> None:
            if yes:
                args = {"layout": dialog.chosen()}
                self._port.call("medium.set_layout", args, self._set, self._said)

        self._ask(dialog, decided)

    def ask_power(self) -> None:
        """Whether to switch off."""
        from kit.gui.medium_dialogs import power_dialog

        self._ask(power_dialog(self.medium), lambda yes: self._switch_off() if yes else None)

    def press_power(self) -> None:
        """The computer's own button: whoever works is signed out first, drafts kept; then asked."""
        if self._window.person is not None:
            self._power_asked = True
            self._window.lock()
        elif self.frame is not None and not self.frame.asking:
            self.ask_power()

    def _ask(self, dialog: ConfirmDialog, decided: Callable[[bool], None]) -> None:
        if self.frame is not None:
            dialog.decided.connect(decided)
            self.frame.ask(dialog)

    def _switch_off(self) -> None:
        if self.frame is not None:
            self.frame.say_farewell()
        self._port.call("medium.poweroff", {}, None, self._stays_on)

    def _stays_on(self, refused: Refused) -> None:
        self._port.faulted.emit(refused.code, refused.args)
        self.passed.emit("")  # a new door, as the kit stands now

    def _set(self, _value: object) -> None:
        self.ask()
        self._window.tick()

    # -- the medium ---------------------------------------------------------------------------

    def show_work(self, service: str, *, repair: bool = False) -> None:
        """The node is at work on the medium; nothing can be asked meanwhile."""
        door = self._door()
        if door is not None:
            words = _work_words(service, repair=repair)
            self.wait = WaitPage(*words, self._port.now_ms)
            door.show_page(self.wait)
            self.wait.progress.begin()

    def _work(self, service: str, args: dict[str, Any]) -> None:
        self.show_work(service, repair=bool(args.get("repair")))
        self._port.call(f"medium.{service}", args, self._opened, self.refused)

    def _opened(self, _value: object) -> None:
        self._over()
        phrase, self._phrase = self._phrase, ""
        self.passed.emit(phrase)

    def _over(self) -> None:
        if self.wait is not None:
            self.wait.progress.end()
        self.wait = None

    def refused(self, refused: Refused) -> None:
        """The medium did not open: why, and the ways out."""
        self._over()
        self.mark(f"refused code={refused.code}")
        self._lost = refused.code == LOST_HEAD
        if refused.code in DAMAGED:
            self._show_damaged()
        else:
            self._phrase = ""
            self.ask_words()
        self._said(refused)

    def _show_damaged(self) -> None:
        door = self._door()
        if door is not None:
            page = DamagedPage(may_repair=not self._lost)
            page.chosen.connect(self.choose)
            door.show_page(page)

    def choose(self, way: str) -> None:
        """One of the ways out of damaged data."""
        if way == REPAIR:
            self._work("unlock", {"phrase": self._phrase, "repair": True})
        elif way == RESTORE:
            page = RestorePage()
            page.back.connect(self._show_damaged)
            if (door := self._door()) is not None:
                door.show_page(page)
        else:
            self._phrase = ""
            self._port.call("medium.work_without", {}, self._opened, self._said)

    def _said(self, refused: Refused) -> None:
        from kit.gui.faults import explain_refusal

        door = self._door()
        seconds = refused.args.get("seconds", 0)
        if door is not None:
            door.refuse(explain_refusal(refused), seconds if isinstance(seconds, int) else 0)
        else:  # the first run has no place for it: the window's band has
            self._port.faulted.emit(refused.code, refused.args)

    def _door(self) -> LockScreen | None:
        door = self.frame.door if self.frame is not None else None
        return door if isinstance(door, LockScreen) else None

    def _on_progress(self, said: dict[str, Any]) -> None:
        if self.wait is not None and said.get("job") == JOB:
            self.wait.progress.hear(said)


def hide_typed(door: LockScreen) -> Secret | None:
    """A stick is opened in corridors: its words are typed hidden, and shown on demand."""
    page = door.phrase
    column = page.layout()
    if page.edit.echoMode() is QLineEdit.EchoMode.Normal and isinstance(column, QVBoxLayout):
        return Secret(page.edit, page.line, column)
    return page.findChild(Secret)


def _asking_words(medium: Medium) -> tuple[str, str, str]:
    """Heading, what the words do, verb."""
    if medium.medium == LOCKED:
        about = _("Type the eight words from the paper of this stick: they open it, then the kit.")
        return _("The stick is locked"), about, _("Open the stick")
    about = _(
        "Type the eight words from its card. The stick then makes its encrypted part: 10 to 40"
        " seconds, this first time only."
    )
    return _("This stick is prepared for a kit"), about, _("Prepare the stick")


def _work_words(service: str, *, repair: bool) -> tuple[str, str]:
    if repair:
        about = _("1 to 10 minutes. Leave the stick where it is and the computer on mains.")
        return _("Repairing the stick"), about
    if service == "create":
        return _("Preparing the stick"), _(
            "Its encrypted part is made now, this once: 10 to 40 seconds. Leave it where it is."
        )
    about = _("10 to 40 seconds on an old computer. Leave the stick where it is.")
    return _("Opening the stick"), about
