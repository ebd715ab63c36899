"""From one window to another: what a nurse records on one kit, until other kits have painted it.

Three windows off screen (or on a display), each with a node process of its own, joined on loopback.
Not for: one window alone (`screens`).
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kit.bench.measure import p95, row
from kit.node.demo import PIN, WARD
from kit.rehearsal_fleet import Place, prepared

ENTRIES, WARMING, SEED = 40, 3, 7
PATIENCE_S = 90.0
PAUSE_S = 0.2
CHANNEL = "soins"
BOARD, MESSAGES = "ward.board", "shared.messages"
CALM = {"temp": "37.2", "hr": "88", "sbp": "124", "dbp": "72", "rr": "18", "spo2": "96",
        "oxygen": "0", "acvpu": "A", "pain": "3"}  # fmt: skip

Words = dict[str, Any]


class Window:
    """One window's process: told by JSON lines, tells by JSON lines."""

    def __init__(self, place: Place, profession: str, screen: str, channel: str = "") -> None:
        shown = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        off = {} if shown else {"QT_QPA_PLATFORM": "offscreen"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kit.gui.painted_exchange", str(place.home), str(place.phrase),
             profession, PIN, screen, channel],
            env={**os.environ, **off}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._told: queue.Queue[Words] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  (opened above)
        for line in self._process.stdout:
            with contextlib.suppress(json.JSONDecodeError):
                self._told.put(json.loads(line))

    def tell(self, **words: Any) -> None:
        """One line to the window."""
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()

    def until(self, wanted: Callable[[Words], bool]) -> Words:
        """The next line of a kind; raises RuntimeError where it does not come."""
        limit = time.monotonic() + PATIENCE_S
        while (left := limit - time.monotonic()) > 0:
            try:
                said = self._told.get(timeout=left)
            except queue.Empty:
                break
            if "refused" in said:
                raise RuntimeError(said["refused"])
            if wanted(said):
                return said
        raise RuntimeError("the window told nothing of the kind in time")

    def forget(self) -> None:
        """Pass over what it told so far."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._told.get_nowait()

    def end(self) -> None:
        """Close the window."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def window_to_window() -> list[dict[str, Any]]:
    """p95 from the command in a ward's window to the paint in the cell's, and in another ward's."""
    with _three() as (cell, writer, ward):
        said = [_message(writer, cell, f"essai {n:03d}") for n in range(ENTRIES + WARMING)]
        seen = [_vitals(writer, ward, n) for n in range(ENTRIES + WARMING)]
    return [
        row("windows: message, ward to cell painted, p95", p95(said[WARMING:]), 0, "ms", "<= 1000"),
        row("windows: vitals, ward to ward painted, p95", p95(seen[WARMING:]), 0, "ms", "<= 1000"),
    ]


@contextlib.contextmanager
def _three() -> Iterator[Sequence[Window]]:
    with tempfile.TemporaryDirectory(prefix="kit-bench-", dir=Path.cwd()) as folder:
        steering, first, second = prepared(Path(folder), SEED)
        windows = []
        try:
            windows.append(Window(first, "IDE", BOARD))
            windows.append(Window(second, "IDE", BOARD))
            windows.append(Window(steering, "DIR", MESSAGES, CHANNEL))
            for window in windows:
                window.until(lambda said: "ready" in said)
            writer, ward, cell = windows
            yield cell, writer, ward
        finally:
            for window in windows:
                window.end()


def _message(writer: Window, cell: Window, text: str) -> float:
    cell.forget()
    # For information: one that waits for a signature keeps the reader at itself.
    args = {"channel": CHANNEL, "text": text, "priority": "info"}
    return _waited(writer, cell, "message.send", args, lambda rows: any(text in r for r in rows))


def _vitals(writer: Window, ward: Window, number: int) -> float:
    """A pulse that no other set has, looked for in the row of the board."""
    writer.forget()
    writer.tell(ask="ward.board", args={"ward": WARD})
    rows = writer.until(lambda said: "rows" in said and "painted" not in said)["rows"]
    patient = next(one["patient"] for one in rows if one["patient"])
    pulse = str(60 + number)
    ward.forget()
    args = {"patient": patient, "values": {**CALM, "hr": pulse}}

    def shown(rows: Sequence[str]) -> bool:
        return any(patient in one and f"'hr': ('{pulse}'" in one for one in rows)

    return _waited(writer, ward, "vitals.record", args, shown)


def _waited(
    writer: Window, reader: Window, command: str, args: Words, shown: Callable[[list[str]], bool]
) -> float:
    time.sleep(PAUSE_S)  # one person's pace: each entry meets screens at rest
    writer.forget()
    writer.tell(do=command, args=args)
    asked = float(writer.until(lambda said: "acked" in said)["asked"])
    painted = reader.until(lambda said: "painted" in said and shown(said["rows"]))
    return float(painted["painted"]) - asked
