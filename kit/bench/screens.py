"""The screens' figures: lock screen against a bare window, the board, a key while importing.

Each run is a fresh process of this interpreter, off screen where there is no display. Not for: how
screens look (`kit.shots`).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from kit.bench.exchange import bulk_folder
from kit.bench.measure import p95, row
from kit.bench.temporary import temporary_node
from kit.exercise.hospital import generate
from kit.node.demo import PIN, WARD, fill, make_demo
from kit.node.opening import OpenKit
from kit.node.piped import Client
from kit.store import vault

RUNS = 5
WORLD = "TEST:bench"

_BARE = """
import time; start = time.perf_counter()
from PySide6.QtWidgets import QApplication, QWidget
from kit.gui.painted import first_paint
app = QApplication([]); window = QWidget(); window.resize(1366, 768)
first_paint(app, window, start)
"""
_LOCK = """
import time; start = time.perf_counter()
from PySide6.QtWidgets import QApplication
from kit.gui import theme
from kit.gui.lock import LockScreen
from kit.gui.painted import first_paint
app = QApplication([]); theme.apply(app); window = LockScreen(); window.resize(1366, 768)
first_paint(app, window, start)
"""


def _seconds(code: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", code], env=_environment(), capture_output=True, text=True, check=True
    )
    return float(done.stdout.strip().splitlines()[-1])


def _environment() -> dict[str, str]:
    shown = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept if shown else {**kept, "QT_QPA_PLATFORM": "offscreen"}


def lock_screen() -> list[dict[str, Any]]:
    """From the first import to the first paint: the lock screen against an empty window."""
    pairs = [(_seconds(_LOCK), _seconds(_BARE)) for _ in range(RUNS + 1)][1:]
    ours, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
    return [row("lock screen painted", ours, bare, "s", "<= 2")]


def board_after_unlock() -> list[dict[str, Any]]:
    """From the PIN's acceptance to the painted board, with the memory of both processes."""
    folder = Path("build") / "bench-board"
    measured = []
    for number in range(RUNS):
        home = folder / f"{os.getpid()}-{number}"
        made = make_demo(home, 7, cost=vault.TEST_ONLY, world=WORLD)
        done = subprocess.run(
            [sys.executable, "-m", "kit.gui.painted", str(home), made["phrase"], PIN],
            env=_environment(), capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        measured.append(json.loads(done.stdout.strip().splitlines()[-1]))
    middle = {name: statistics.median(run[name] for run in measured) for name in measured[0]}
    return [
        row("board painted after the PIN", middle["board_s"], 0, "s", "<= 0.7"),
        row("memory of the window", middle["gui_mb"], 0, "MB", "<= 150"),
        row("memory of the node", middle["node_mb"], 0, "MB", "<= 150"),
    ]


def keystroke_while_importing() -> list[dict[str, Any]]:
    """A key in the board's search, answered by the node while it imports; p95."""
    bulk = bulk_folder()
    if bulk is None:
        return []
    waits: list[float] = []
    with temporary_node(_demo) as (client, _home, _phrase):
        job = client.send({"call": "import.start", "args": {"path": str(bulk)}})
        letters = "martinlefebvredubois"
        while not client.answered(job):
            typed = letters[len(waits) % 12 : len(waits) % 12 + 3]
            waits.append(_keystroke(client, typed))
        client.wait(job)
    return [row(f"a key while importing, p95 of {len(waits)}", p95(waits), 0, "ms", "<= 50")]


def _keystroke(client: Client, typed: str) -> float:
    start = time.perf_counter()
    client.request({"ask": "patient.search", "args": {"text": typed, "ward": WARD}})
    return (time.perf_counter() - start) * 1000


def _demo(kit: OpenKit) -> None:
    fill(kit, (entry for entry in generate(7, kit.clock())))
