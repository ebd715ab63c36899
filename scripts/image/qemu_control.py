"""The machine's control line (QMP): press keys, photograph the screen, pull a device, switch off.

One question at a time; what happened meanwhile (a reset, a shutdown) is kept in `events`.
Not for: starting or killing the machine (`qemu`).
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.image.qemu_keyboard import Chord, chords
from scripts.image.qemu_lines import Lines, wait_for

PATIENCE_S = 60.0
"""A machine that emulates its processor may be slow to answer, never this slow."""
HOLD_MS = 60
"""How long a key is down: QEMU keeps the order and the pace of what was sent."""


class ControlError(Exception):
    """The machine did not do what it was told, or is gone."""


class Control:
    """One machine's control line."""

    def __init__(self, sock: socket.socket) -> None:
        self.lines = Lines(sock)
        self.events: list[dict[str, Any]] = []
        self._answers: list[dict[str, Any]] = []

    def greet(self) -> None:
        """Wait for the machine's first word and make it take commands."""
        self._answer("greeting")
        self.command("qmp_capabilities")

    def command(self, name: str, **args: Any) -> Any:
        """Tell the machine something; what it answers. Raises ControlError."""
        told = {"execute": name, "arguments": args} if args else {"execute": name}
        try:
            self.lines.sock.sendall(json.dumps(told).encode() + b"\n")
        except OSError as fault:
            raise ControlError(f"{name}: the machine is gone") from fault
        answer = self._answer(name)
        if "error" in answer:
            raise ControlError(f"{name}: {answer['error'].get('desc', '')}")
        return answer.get("return")

    def hear(self) -> None:
        """Take what has come without being asked."""
        for line in self.lines.take():
            if not line.strip():
                continue
            try:
                said = json.loads(line)
            except ValueError as fault:
                raise ControlError(f"not a word of the control line: {line[:80]!r}") from fault
            (self.events if "event" in said else self._answers).append(said)

    def happened(self, event: str) -> list[dict[str, Any]]:
        """Every event of that name until now, with its data."""
        return [one.get("data", {}) for one in self.events if one["event"] == event]

    def since(self, event: str, at_s: float) -> list[dict[str, Any]]:
        """Every event of that name that happened at `at_s` of this machine's clock or later."""
        return [
            one.get("data", {})
            for one in self.events
            if one["event"] == event and _seconds(one) >= at_s
        ]

    def _answer(self, name: str) -> dict[str, Any]:
        def heard() -> bool:
            self.hear()
            return bool(self._answers)

        if not wait_for([self.lines], heard, PATIENCE_S):
            raise ControlError(f"{name}: no answer")
        return self._answers.pop(0)

    # -- what a person would do -------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press these keys together and let go."""
        shown = [{"type": "qcode", "data": key} for key in keys]
        self.command("send-key", keys=shown, **{"hold-time": HOLD_MS})

    def type(self, text: str) -> None:
        """Type a text on a French keyboard."""
        self._press_all(chords(text))

    def _press_all(self, wanted: Iterable[Chord]) -> None:
        for keys in wanted:
            self.press(*keys)

    def photograph(self, path: Path) -> Path:
        """What the screen shows now, as a PNG."""
        self.command("screendump", filename=str(path), format="png")
        return path

    def power_button(self) -> None:
        """Press the button that asks the system to stop."""
        self.command("system_powerdown")

    def pull(self, device: str) -> None:
        """Pull a stick out, without a word to the system before."""
        self.command("device_del", id=device)

    def quit(self) -> None:
        """Switch the machine off at once; it may be gone before it answers."""
        try:
            self.command("quit")
        except ControlError:
            return


def _seconds(event: dict[str, Any]) -> float:
    stamp = event.get("timestamp", {})
    return float(stamp.get("seconds", 0)) + float(stamp.get("microseconds", 0)) / 1e6
