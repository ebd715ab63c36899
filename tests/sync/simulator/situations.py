"""Which situations a run has reached, so that a generator that grew weak is noticed.

Each is counted once a run; `EXPECTED` are those that the seeds of CI must all reach together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

EXPECTED = frozenset({
    "all through one kit, on lines that stay", "attack", "clock years off",
    "conflict: two versions of one thing", "disk cloned", "disk full", "enrolled again",
    "entry adopted", "entry struck", "fork found", "kit revoked", "line cut with bytes on it",
    "line ended: revoked", "line refused: not a member", "looked further back for a fork",
    "loose entry taken", "newcomer enrolled", "newer envelope", "newer event type", "newer field",
    "own entries came back", "partition", "peer that does not read", "power cut", "quarantine",
    "refused for now", "refused: counter not rising", "refused: author unknown",
    "refused: broken chain", "refused: feed not opened", "refused: not an entry",
    "refused: not for this kit", "refused: other feed", "refused: other fleet",
    "refused: signature", "restored, noticed", "restored, unnoticed", "steering kit endorsed",
    "told again what was held", "two versions settled by one",
})  # fmt: skip


class Situations:
    """The situations of one run."""

    def __init__(self) -> None:
        self.reached: set[str] = set()

    def seen(self, what: str) -> None:
        """It has happened."""
        self.reached.add(what)


class Table:
    """How many of many runs reached each situation."""

    def __init__(self) -> None:
        self.runs = 0
        self.counts: Counter[str] = Counter()

    def add(self, reached: Iterable[str]) -> None:
        """One run more."""
        self.runs += 1
        self.counts.update(reached)

    def merge(self, runs: int, counts: dict[str, int]) -> None:
        """Those that another process counted."""
        self.runs += runs
        self.counts.update(counts)

    def lines(self) -> list[str]:
        """A Markdown table, by name."""
        return ["| situation | runs | share |", "| --- | --- | --- |"] + [
            f"| {what} | {count} | {100 * count / max(1, self.runs):.0f} % |"
            for what, count in sorted(self.counts.items())
        ]
