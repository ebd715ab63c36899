"""The application: node first, the locked screen at once, then whoever signs in, where they were.

The one place that joins Qt, language, theme, port and window. Not for: what any screen shows.
Screens are imported only after somebody has signed in.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from kit.core.errors import Refused
from kit.core.programme import this_programme
from kit.core.text import choose_language, language, translator
from kit.gui.lock import IDLE_LOCK_MS, DoorFacts, LockScreen
from kit.gui.lock_pages import Account
from kit.gui.medium import on_stick
from kit.gui.port import NodePort, ProcessNode
from kit.gui.qt_words import speak
from kit.gui.screen import Person, PrintOrder, Screen, ScreenSpec, of_capsule
from kit.gui.standing import Standing
from kit.gui.troubles import Troubles
from kit.gui.widgets.facts import KitState, of_status, reach_line
from kit.gui.widgets.modebar import Mode, ModeFacts

if TYPE_CHECKING:
    from kit.gui.medium_door import MediumDoor
    from kit.gui.shared.message_claim import MessageWatch
    from kit.gui.window import MainWindow


_ = translator("gui")

BOARD, PRINTING, INTAKE = "ward.board", "shared.printing", "shared.intake"
EXCHANGE, SITUATION, STICK = "shared.exchange", "steering.situation", "shared.stick"
STRIP_SCREENS = {
    "data": (INTAKE,), "printer": (PRINTING,), "ward": (BOARD, SITUATION),
    "exchange": (EXCHANGE,), "outbox": (EXCHANGE,),
}  # fmt: skip


@cache
def signs_of_life() -> frozenset[QEvent.Type]:
    """What a person does; made when somebody signs in, since Qt's enumeration is slow to load."""
    kinds = QEvent.Type
    return frozenset(
        {
            kinds.KeyPress,
            kinds.MouseMove,
            kinds.MouseButtonPress,
            kinds.Wheel,
            kinds.TouchBegin,
            kinds.TouchUpdate,
        }
    )


class Idle(QObject):
    """Calls `lock` when nothing was typed or moved in the window for a while."""

    def __init__(self, window: MainWindow, after_ms: int = IDLE_LOCK_MS) -> None:
        super().__init__(window)
        self._window = window
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setInterval(after_ms)
        self.timer.timeout.connect(self._over)

    def watch(self) -> None:
        """Somebody has signed in. The window's handle sees every key, and far fewer events."""
        handle = self._window.windowHandle()
        if handle is not None:
            handle.removeEventFilter(self)
            handle.installEventFilter(self)
        self.timer.start()

    def rest(self) -> None:
        """Nobody is signed in."""
        self.timer.stop()

    def _over(self) -> None:
        self._window.lock()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.timer.isActive() and event.type() in signs_of_life():
            self.timer.start()
        return False


class Reception(QObject):
    """Who is at the door, who works here, and where they were when the screen locked.

    `asked` says what the door wants now: `phrase`, `pin` or `first-run`; for whoever drives it.
    """

    asked = Signal(str)

    def __init__(self, port: NodePort, window: MainWindow, *, phrase: str = "") -> None:
        super().__init__(window)
        self.port, self.window = port, window
        self.door: LockScreen | None = None
        self.facts: dict[str, Any] = {}
        self.idle = Idle(window)
        self._phrase = phrase
        self._accounts: list[Account] = []
        self._last = ""  # who was here before the screen locked
        self.stick: MediumDoor | None = None
        self._left: tuple[str, str | None, dict[str, Any]] | None = None
        self._wards: dict[str, str] = {}
        self._messages: MessageWatch | None = None
        self._standing = Standing(port, self)
        self._standing.told.connect(self._on_status)
        self._troubles = Troubles(port, window, self._standing)
        self._connect()

    def _connect(self) -> None:
        window = self.window
        window.locked.connect(self.lock)
        window.print_asked.connect(self._print)
        window.find_asked.connect(self._find)
        window.goto_asked.connect(self._find)
        window.strip_chosen.connect(self._strip)
        window.patient_step.connect(self._step)
        window.help_asked.connect(self._help)
        window.ward_chosen.connect(lambda _ward: self._standing.ask())
        self.port.sealed.connect(self._on_sealed)

    # -- the door ---------------------------------------------------------------------------

    def arrive(self) -> None:
        """Show the door at once and ask the node what stands behind it."""
        self._show_door()
        self.port.call("hello", {"language": language()}, self.greeted, again=True)

    def _show_door(self) -> LockScreen:
        self.idle.rest()
        if self._messages is not None:
            self._messages.leave()
        door = LockScreen()
        door.phrase_given.connect(self._unlock)
        door.pin_given.connect(self._sign_in)
        facts = door_facts(self.facts, self.port.now_ms())
        door.show_facts(facts)
        if facts.kit:  # several kits may stand open side by side
            self.window.setWindowTitle(f"{facts.kit} — Cyber Kit")
        self.door = door
        self._place(door)
        return door

    def _place(self, door: QWidget) -> None:
        """Show a door; on a stick with date, keyboard and power above it."""
        self.window.show_door(door if self.stick is None else self.stick.framed(door))

    def _meet_stick(self, facts: dict[str, Any]) -> bool:
        """What a stick wants before its kit can be asked; True while it wants something."""
        self.port.on_stick = on_stick(facts)
        if not self.port.on_stick:
            return False
        if self.stick is None:
            from kit.gui.medium_door import MediumDoor
            from kit.gui.pointer import HiddenPointer

            HiddenPointer(self.window)
            self.stick = MediumDoor(self.port, self.window)
            self.stick.passed.connect(self._passed)
        self.stick.hear(facts["medium"])
        if self.stick.wants_words or self.door is not None:
            self._show_door()
        self.stick.ask_words()
        if self.stick.wants_words:
            self.asked.emit("phrase")
        return self.stick.wants_words

    def _mark(self, text: str) -> None:
        if self.stick is not None:
            self.stick.mark(text)

    def _passed(self, phrase: str) -> None:
        """The stick is open; these words open the kit too."""
        self._phrase = phrase
        self.port.call("hello", {"language": language()}, self.greeted, again=True)

    def greeted(self, facts: dict[str, Any]) -> None:
        """The node has said how the kit stands: show the door that fits."""
        if self._meet_stick(facts):
            return
        if not facts.get("has_kit") and not facts.get("open"):
            self._first_run("")
        elif facts.get("open"):
            self._on_open(facts)
        elif self._phrase:
            self._unlock(self._phrase)
        elif self.door is not None:
            self.door.ask_phrase()
            self.asked.emit("phrase")

    def _unlock(self, phrase: str) -> None:
        if self.stick is not None and self.stick.opens(phrase):
            return
        if self.door is not None:
            self.door.ask_phrase()
            self.door.busy(opening=True)
        self._phrase = ""
        self.port.call("unlock", {"phrase": phrase}, self._on_open, self._refused)

    def _refused(self, refused: Refused) -> None:
        from kit.gui.faults import explain_refusal

        self._mark(f"refused code={refused.code}")
        if self.door is not None:
            seconds = refused.args.get("seconds", 0)
            self.door.refuse(explain_refusal(refused), seconds if isinstance(seconds, int) else 0)

    def _on_open(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        choose_language(str(facts.get("language") or "fr"))
        speak(language())
        self._standing.begin()
        self.window.show_mode(ModeFacts(Mode.EXERCISE if is_drill(facts) else Mode.STANDBY))
        self._ask_accounts()

    def _ask_accounts(self) -> None:
        self.port.ask("person.list", {}, self._on_accounts, self._refused)

    def _on_accounts(self, rows: list[dict[str, Any]]) -> None:
        if not rows:
            self._first_run("accounts")
            return
        from kit.ward.words import profession_word

        self._accounts = [
            Account(row["person"], row["name"], profession_word(row["profession"])) for row in rows
        ]
        door = self.door or self._show_door()
        door.show_facts(door_facts(self.facts, self.port.now_ms()))
        door.ask_pin(self._accounts, self._last)
        if self.stick is not None:
            self.stick.keep_question()
        self._mark("open")
        self.asked.emit("pin")

    def _sign_in(self, person: str, pin: str) -> None:
        if self.door is not None:
            self.door.busy(opening=True)
        args = {"person": person, "pin": pin}
        self.port.call("sign_in", args, self.enter, self._refused)

    def _first_run(self, step: str) -> None:
        from kit.gui.first_run import FirstRun

        medium = {} if self.stick is None else {"medium": self.stick.medium.medium}
        run = FirstRun(self.port, {**self.facts, **medium}, step)
        run.opened.connect(self._on_made)
        run.done.connect(lambda who: self._on_ready(who, joins=run.gathered.joins))
        self.door = None
        self._place(run)
        self.asked.emit("first-run")

    def _on_made(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        self.window.show_mode(ModeFacts(Mode.EXERCISE if is_drill(facts) else Mode.STANDBY))

    def _on_ready(self, who: dict[str, Any], *, joins: bool) -> None:
        """The first run is over: into the kit, or straight to pairing it with another."""
        self.enter(who)
        if joins:
            self.window.go(EXCHANGE)
            screen = self.window.screen_now()
            if screen is not None and screen.key == EXCHANGE:
                screen.new_entry()

    def _on_sealed(self) -> None:
        """The node came back without its key; at the first start `hello` has said more."""
        self._standing.rest()
        if not self.facts or (self.door is not None and self.door.asks_phrase):
            return
        self._remember()
        self._show_door().ask_phrase()

    # -- who works here ---------------------------------------------------------------------

    def enter(self, who: dict[str, Any]) -> None:
        """This person has signed in: the same screen and line where it is the same person."""
        from kit.ward.words import profession_word

        same, self._last = who["person"] == self._last, who["person"]
        self.door = None
        person = Person(who["person"], who["name"], who["role"])
        capsule = str(self.facts.get("capsule") or "ward")
        ward = self.window.ward or str(self.facts.get("ward") or "")
        role = profession_word(person.role)
        shown = {"person": person.name, "role": role, "ward": ward, "capsule": capsule}
        self.window.show_state(shown)
        self.window.enter(person, ward, sections_of(capsule, stick=self.stick is not None))
        if same:
            self._go_back()
        self._left = None
        self._watch_messages()
        self._mark("signed-in")
        self.idle.watch()
        self._standing.begin()
        self.port.ask("ward.list", {}, self._on_wards, lambda _refused: None)

    def _watch_messages(self) -> None:
        if self._messages is None:
            from kit.gui.shared.message_claim import MessageWatch

            self._messages = MessageWatch(self.port, self.window)
        self._messages.enter()

    def lock(self) -> None:
        """Ctrl+L, or nobody there: remember the place, sign out, show the door."""
        if self.window.person is None:
            return
        self._remember()
        self.port.call("lock", {}, again=True)
        from kit.gui.ward.opening import forget

        forget(self.port)
        self._troubles.forget()
        self._show_door().ask_pin(self._accounts, self._last)
        self._ask_accounts()

    def _remember(self) -> None:
        screen = self.window.screen_now()
        if screen is None or screen.context is None or self.window.person is None:
            return
        self._left = (screen.key, screen.context.patient, screen.place())

    def _go_back(self) -> None:
        if self._left is None:
            return
        key, patient, place = self._left
        self.window.go(key, patient)
        screen = self.window.screen_now()
        if screen is not None:
            screen.restore(place)

    # -- the frame --------------------------------------------------------------------------

    def _on_status(self, status: dict[str, Any]) -> None:
        self.facts["status"] = status
        if self.window.person is None:
            if self.door is not None and "hospital" in self.facts:
                self.door.show_facts(door_facts(self.facts, self.port.now_ms()))
            return
        ward = self._wards.get(self.window.ward, self.window.ward)
        now = {"ward": ward, "heard_at_ms": self.port.now_ms()}
        self.window.show_state({**of_status(status), **now})
        waiting = status.get("conflicts", 0) + status.get("quarantined", 0)
        self.window.rail.show_count(EXCHANGE, waiting)
        self._troubles.show(status.get("troubles") or [])

    def _on_wards(self, rows: list[dict[str, Any]]) -> None:
        self._wards = {row["ward"]: row["name"] for row in rows}
        self._standing.ask()

    def _print(self, order: PrintOrder) -> None:
        self.window.go(PRINTING)
        screen = self.window.screen_now()
        if screen is not None:
            screen.open_order(order)

    def _find(self) -> None:
        screen = self.window.screen_now()
        if screen is not None and not screen.find_patient():
            self.window.go(BOARD)
            board = self.window.screen_now()
            if board is not None:
                board.find_patient()

    def _strip(self, key: str) -> None:
        if key == "person":
            self.window.lock()
        for screen in STRIP_SCREENS.get(key, ()):
            self.window.go(screen)  # a section that this capsule has not stays closed

    def _step(self, by: int) -> None:
        screen = self.window.screen_now()
        if screen is not None:
            screen.step(by)

    def _help(self, _key: str) -> None:
        from kit.gui.help import HelpSheet

        screen = self.window.screen_now()
        if screen is not None:
            self.window.open_sheet(HelpSheet(screen))


def door_facts(facts: dict[str, Any], now_ms: int) -> DoorFacts:
    """What a locked screen may say of this kit; nothing while it is sealed."""
    if not facts:
        return DoorFacts()
    status = facts.get("status") or {}
    reach = reach_line(KitState(**of_status(status)), now_ms)
    lines = [line for line in (_data_text(status.get("data"), now_ms), reach) if line]
    return DoorFacts(
        facts["hospital"], facts["label"], facts["ward"], "\n".join(lines), is_drill(facts)
    )


def _data_text(data: dict[str, Any] | None, now_ms: int) -> str:
    if not data:
        return ""
    from kit.ward.words import source_text

    return source_text(data["label"], data["extracted_at"] or data["imported_at"], now_ms)


def is_drill(facts: dict[str, Any]) -> bool:
    """Whether this kit's world holds no real patient: any but REEL, or a demo."""
    return bool(facts.get("demo")) or str(facts.get("world") or "REEL") != "REEL"


def sections_of(capsule: str, *, stick: bool) -> list[ScreenSpec]:
    """The sections of this kit; the stick's own only where there is one."""
    return [spec for spec in present(of_capsule(capsule)) if stick or spec.key != STICK]


def present(specs: list[ScreenSpec]) -> list[ScreenSpec]:
    """The sections whose screen is part of this version."""
    return [spec for spec in specs if _exists(spec.place.partition(":")[0])]


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def screen_of(window: MainWindow) -> Screen | None:
    """The screen that is shown; for the scripts that drive the application."""
    return window.screen_now()


def main(
    home: Path | None = None,
    *,
    phrase: str = "",
    lang: str = "fr",
    dark: bool = False,
    command: list[str] | None = None,
) -> int:
    """Run the application until its window is closed; returns the process's exit code.

    `home` None: the node decides. `phrase` opens a sealed kit without asking (the demo's).
    `command` replaces the node's command line.
    """
    choose_language(lang)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)  # noqa: S101 - the only kind made here
    node_command = this_programme().command("node", "--stdio") if home is None else None
    port = ProcessNode(home or Path(), command=command or node_command)
    port.start()  # first: it opens its files while Qt is being dressed
    reception = open_window(app, port, phrase=phrase, dark=dark)
    code = app.exec()
    reception.window.close()
    port.close()
    return code


def open_window(
    app: QApplication, port: NodePort, *, phrase: str = "", dark: bool = False
) -> Reception:
    """Dress the application and show its window, locked."""
    from kit.gui import theme
    from kit.gui.window import MainWindow

    theme.apply(app, dark=dark)
    window = MainWindow(port)
    window.resize(1366, 768)
    reception = Reception(port, window, phrase=phrase)
    reception.arrive()
    window.show()
    QTimer.singleShot(0, window, lambda: speak(language()))  # the door has no word of Qt's
    return reception
