"""What is wrong with the kit itself, beneath the mode bar: the worst that nobody has closed yet.

Not for: knowing the troubles (the node says them), nor a core that is down (the window says it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.core.text import translator
from kit.gui.port import NodePort
from kit.gui.standing import Standing
from kit.gui.states import State

if TYPE_CHECKING:
    from kit.gui.window import MainWindow

_ = translator("gui")

CLOCK = "clock.unknown"
MILD = {CLOCK, "disk.low"}


class Troubles:
    """One band for the worst; each person closes it for themselves."""

    def __init__(self, port: NodePort, window: MainWindow, standing: Standing) -> None:
        self._port, self._window, self._standing = port, window, standing
        self._read: set[str] = set()
        self._told = ""

    def forget(self) -> None:
        """Whoever comes next is told again."""
        self._read.clear()

    def show(self, troubles: list[dict[str, str]]) -> None:
        """The worst that this person has not closed yet; a core that is down goes first."""
        window = self._window
        left = [each for each in troubles if each["code"] not in self._read]
        if self._told and self._told not in {each["code"] for each in left}:
            self._told = ""
            window.calm()
        if not left or (window.troubled and left[0]["code"] == self._told):
            return
        if window.troubled and not self._told:
            return
        from kit.gui.faults import explained

        code = self._told = left[0]["code"]
        choices = [(_("Close"), lambda: self._close(code))]
        if code == CLOCK:
            choices.insert(0, (_("The time is right"), self._confirm_time))
        state = State.STALE if code in MILD else State.BROKEN
        window.show_trouble(state, explained(code, left[0]), choices)

    def _close(self, code: str) -> None:
        self._read.add(code)
        self._standing.ask()

    def _confirm_time(self) -> None:
        then = self._standing.told.emit
        self._port.call("clock.set", {"at_ms": self._port.now_ms()}, then)
