"""The same records pulled by PouchDB from an express-pouchdb, and by a kit from a kit: loopback.

Both as two processes, both to disk: theirs documents in LevelDB over HTTP, ours log and tables in
SQLCipher over mutual TLS. The reference's packages come from npm into a folder that goes with the
run; a machine without node and npm leaves this out and says so.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from kit.bench.fleet import NOW, VALUES, WHERE, written
from kit.bench.measure import row
from kit.bench.nodes import loopback, pair
from kit.bench.temporary import WARD
from kit.core.command import Outcome
from kit.node.opening import OpenKit
from kit.ward.vitals import VitalsRecorded

RECORDS, BATCH, RUNS = 20_000, 1_000, 3
PACKAGE = Path("scripts") / "bench_pouchdb"
INSTALL_S, RUN_S = 300, 300
LOOK_S, LAST = 0.02, "DERNIER000000001"


def against_pouchdb() -> list[dict[str, Any]]:
    """Records a second, medians of alternating runs; nothing where the reference cannot be had."""
    lacking = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if lacking or not PACKAGE.is_dir():
        print(f"pouchdb: left out, not here: {', '.join(lacking) or PACKAGE}", file=sys.stderr)
        return []
    with tempfile.TemporaryDirectory(prefix="kit-bench-", dir=Path.cwd()) as name:
        folder = Path(name)
        for file in PACKAGE.iterdir():
            shutil.copy(file, folder)
        if not _installed(folder):
            print("pouchdb: left out, npm did not install it", file=sys.stderr)
            return []
        pairs = [(_ours(), _theirs(folder, number)) for number in range(RUNS)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    return [row(f"sync: {RECORDS} records, against PouchDB", ours, theirs, "records/s", ">= 3")]


def _installed(folder: Path) -> bool:
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=INSTALL_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return False
    return True


def _theirs(folder: Path, number: int) -> float:
    command = ["node", "run.mjs", str(RECORDS), str(BATCH), f"data-{number}", "pull"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True, timeout=RUN_S
    )
    return RECORDS / float(done.stdout.strip().splitlines()[-1])


def _ours() -> float:
    """From the last moment when the two had not met until the last entry stands in the tables."""

    def fill(author: OpenKit, _reader: OpenKit) -> None:
        written(author, RECORDS - 1, seed=1)
        with author.log.transaction():
            last = VitalsRecorded(patient=LAST, at=NOW, values=VALUES)
            author.log.append([Outcome(last)], WHERE, WARD)

    with pair(fill, loopback()) as two:
        two.start(0).ask(call="peers")
        reader = two.start(1)
        start = reader.joined()
        while not reader.ask(ask="vitals.history", args={"patient": LAST}):
            time.sleep(LOOK_S)
        return RECORDS / (time.monotonic() - start)
