"""The frozen folder's figures: its start against the checkout's, turn about, and its bytes.

The folder is `build/freeze/cyber-kit` (`make freeze`), or what KIT_FROZEN names; without one there
is nothing to measure. Both are started as a person starts them, off screen, and timed from outside:
from the process's start to the first paint of the locked window. Not for: making the folder.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

from kit.bench.measure import medians, row
from kit.core.programme import Programme, this_programme

PAIRS = 9
LIMIT_MB = 200
_WORDS = ("selftest", "screen")


def frozen_folder() -> Path | None:
    """Where the frozen kit lies, None where there is none."""
    folder = Path(os.environ.get("KIT_FROZEN") or Path("build") / "freeze" / "cyber-kit")
    return folder if (folder / "kit").is_file() else None


def frozen_start() -> list[dict[str, Any]]:
    """Start to painted lock screen, frozen against unfrozen; the folder's size."""
    folder = frozen_folder()
    if folder is None:
        return []
    frozen = Programme(str(folder.absolute() / "kit"), frozen=True).command(*_WORDS)
    checkout = this_programme().command(*_WORDS)
    ours, reference = medians(lambda: _painted_s(frozen), lambda: _painted_s(checkout), PAIRS)
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    return [
        row("frozen start to painted lock screen", ours, reference, "s", "<= 1.5"),
        row("frozen folder", megabytes, 0, "MB", f"<= {LIMIT_MB}"),
    ]


def _painted_s(command: list[str]) -> float:
    """Seconds from starting the command until it says that its window was painted."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    with subprocess.Popen(
        command, env={**kept, "QT_QPA_PLATFORM": "offscreen"}, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as started:  # fmt: skip
        for line in started.stderr or ():
            if line.strip() == "painted":
                seconds = time.perf_counter() - start
                started.communicate()
                return seconds
    raise RuntimeError(f"{command[0]} never painted its window")
