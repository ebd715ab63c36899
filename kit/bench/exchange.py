"""The import's figures: CPU and memory for the bulk folder, against parsing and inserting raw."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson

from kit.bench.measure import cpu, row
from kit.bench.temporary import temporary_kit
from kit.node.desk import NOBODY, Desk
from kit.node.importing import import_steps
from kit.node.work import ALONE_S
from kit.store.database import Database

RUNS = 5
Tables = list[tuple[str, list[tuple[Any, ...]]]]
LOCAL = ("event", "feed", "intake", "intake_unit", "intake_raw", "intake_leaf")
DATA = "fhir-hospital-clinosim/bulk"


def bulk_folder() -> Path | None:
    """The bulk folder where the third-party data lies beside the checkout."""
    data = Path(os.environ.get("KIT_REAL_DATA", "../shared/data"))
    folder = data / DATA
    return folder if folder.is_dir() else None


def clinosim_bulk() -> list[dict[str, Any]]:
    """Import the bulk folder into a new kit; nothing where the data is not on this machine."""
    folder = bulk_folder()
    if folder is None:
        return []
    ours, reference = [], []
    for _ in range(RUNS):
        rows: Tables = []
        with temporary_kit() as (kit, _phrase):
            desk = Desk(kit)
            ours.append(cpu(lambda: _drain(import_steps(desk, folder, NOBODY, ALONE_S))))  # noqa: B023
            for table in (*LOCAL, *_tables(kit.db)):
                rows.append((table, kit.db.rows(f"select * from {table}")))  # noqa: S608
        with temporary_kit() as (kit, _phrase):
            reference.append(cpu(lambda: _raw(kit.db, folder, rows)))  # noqa: B023
    a, b = statistics.median(ours), statistics.median(reference)
    return [
        row("import of the bulk folder, CPU", a, b, "s", "<= 6"),
        row("import of the bulk folder, peak memory", _peak_mb(folder), 0, "MB", "<= 300"),
    ]


def _drain(steps: Any) -> None:
    for _ in steps:
        pass


def _tables(db: Any) -> list[str]:
    from kit.core.projection import TABLES

    return [name for name in TABLES if name != "patient_index" and db.row(f"select 1 from {name}")]  # noqa: S608


def _raw(db: Database, folder: Path, tables: Tables) -> None:
    """Parse every line, and put the same rows into the same tables, one statement a row."""
    for file in sorted(folder.glob("*.ndjson")):
        for line in file.read_bytes().splitlines():
            orjson.loads(line)
    with db.transaction():
        for table, rows in tables:
            db.execute(f"delete from {table}")  # noqa: S608
            for values in rows:
                marks = ",".join("?" * len(values))
                db.execute(f"insert into {table} values({marks})", *values)


def _peak_mb(folder: Path) -> float:
    """Peak memory of a process that imports and does nothing else."""
    code = (
        "import sys; from pathlib import Path; from kit.bench.exchange import import_once;"
        "import_once(Path(sys.argv[1]))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, check=True, text=True
    )
    return float(process.stdout.strip().splitlines()[-1])


def import_once(folder: Path) -> None:
    """Import into a throw-away kit and print this process's peak memory in MB."""
    with temporary_kit() as (kit, _phrase):
        _drain(import_steps(Desk(kit), folder, NOBODY, ALONE_S))
    # Not getrusage: its peak is inherited from whoever started this process.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            print(int(line.split()[1]) / 1024)
