"""Found by mDNS, and back after a pulled cable: the long proofs on a real switch, as figures.

They live with the tests, since they prove as they measure: minutes, root, a checkout. Where one of
these lacks, this bench says so and gives no row.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from kit.bench.measure import row

TESTS = Path("tests") / "netns" / "test_soak.py"
CHOSEN = "found_within or back_within"
BARS = {"found by mDNS": "<= 3000", "cable back": "<= 5000"}
SAID = re.compile(r"^soak: (?P<what>.+): median (?P<middle>\d+), p95 (?P<p95>\d+) ms, n=(?P<n>\d+)")


def on_a_switch() -> list[dict[str, Any]]:
    """p95 in ms of each wait that the soak of the namespaces tells."""
    if not TESTS.is_file() or not hasattr(os, "geteuid") or os.geteuid():
        print("netns: left out; it needs root and a checkout with its tests", file=sys.stderr)
        return []
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(TESTS), "-m", "soak", "-k", CHOSEN, "-s", "-q"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    rows = [_row(found) for line in done.stdout.splitlines() if (found := SAID.match(line))]
    if done.returncode:
        print(f"netns: pytest ended with {done.returncode}", file=sys.stderr)
    return rows


def _row(said: re.Match[str]) -> dict[str, Any]:
    bar = next(bar for name, bar in BARS.items() if said["what"].startswith(name))
    name = f"netns: {said['what']}, p95 of {said['n']}"
    return row(name, float(said["p95"]), 0, "ms", bar)
