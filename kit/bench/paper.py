"""The ward pack's figures: pages per CPU second and bytes a page, for 30 patients of the demo."""

from __future__ import annotations

import statistics
from typing import Any

from kit.bench.measure import RUNS, cpu, row
from kit.bench.temporary import temporary_kit
from kit.core.query import Asking
from kit.exercise.hospital import generate
from kit.node.demo import fill
from kit.node.pack_data import PackReader
from kit.paper.pack import Rendered, render_ward_pack

PATIENTS = 30


def ward_pack() -> list[dict[str, Any]]:
    """Render the pack of 30 patients from data already read."""
    with temporary_kit() as (kit, _phrase):
        now = kit.clock()
        fill(kit, generate(7, now))
        reader = PackReader(kit.db, kit.settings, Asking(now))
        patients = [
            found[0]
            for found in kit.db.rows("select patient from stay where closed=0 limit ?", PATIENTS)
        ]
        ward = reader.ward(kit.settings.ward, patients)
    done: list[Rendered] = []
    seconds = [cpu(lambda: done.append(render_ward_pack(ward, lambda _n: 1))) for _ in range(RUNS)]
    last = done[-1]
    rate = last.pages / statistics.median(seconds)
    return [
        row("ward pack of 30 patients, pages a CPU second", rate, 0, "pages/s", ">= 300"),
        row("ward pack, KB a page", len(last.pdf) / last.pages / 1000, 0, "KB", "<= 6"),
    ]
