"""How a figure is taken: alternating runs of ours and of the reference, medians, one row.

A shared machine drifts; alternating and taking the median of ratios' parts cancels most of it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

RUNS = 7


def wall(work: Callable[[], object]) -> float:
    """Seconds that it took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process that it took."""
    start = time.process_time()
    work()
    return time.process_time() - start


def medians(
    ours: Callable[[], float], reference: Callable[[], float], runs: int = RUNS
) -> tuple[float, float]:
    """The medians of both over alternating runs, after one of each that does not count."""
    ours()
    reference()
    pairs = [(ours(), reference()) for _ in range(runs)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def row(
    name: str, ours: float, reference: float, unit: str, bar: str, *, ratio: float | None = None
) -> dict[str, Any]:
    """One row. bar: `<= 3` or `>= 0.5`, on the ratio; on `ours` where there is no reference (0)."""
    value = ratio if ratio is not None else (ours / reference if reference else ours)
    kind, _, limit = bar.partition(" ")
    ok = value <= float(limit) if kind == "<=" else value >= float(limit)
    return {
        "name": name, "ours": round(ours, 4), "reference": round(reference, 4), "unit": unit,
        "ratio": round(value, 3), "bar": bar, "ok": ok,
    }  # fmt: skip
