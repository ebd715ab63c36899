"""Many seeds: `python -m tests.sync.simulator.soak --seeds 2000 --jobs 2 --report FILE`.

Also `--mutants`: which fault put into the merge code dies by which invariant at which seed. Exit
status 1 where anything is wrong. Not for: CI, which runs a few of the same (`test_invariants`).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from tests.sync.simulator.day import drawn, run, timeless
from tests.sync.simulator.founding import remove_prepared
from tests.sync.simulator.mutants import MUTANTS, Mutant, applied
from tests.sync.simulator.situations import Table

PORTION = 25
TIMELESS_EVERY = 10
MUTANT_SEEDS = 60


class Portion(msgspec.Struct):
    """What some seeds gave."""

    wrongs: list[tuple[int, int, str]] = []
    reached: list[tuple[str, ...]] = []
    rounds: list[int] = []
    entries: int = 0
    timeless: int = 0


def portion(seeds: Iterable[int]) -> Portion:
    """Run some seeds; every tenth also under other clocks."""
    found = Portion()
    for seed in seeds:
        plan = drawn(seed)
        outcome = run(plan)
        found.wrongs += [(seed, number, what) for number, what in outcome.wrongs]
        found.reached.append(tuple(outcome.reached))
        found.rounds.append(outcome.rounds)
        found.entries += outcome.entries
        if seed % TIMELESS_EVERY == 0:
            found.timeless += 1
            found.wrongs += [(seed, 7, what) for what in timeless(plan)]
    remove_prepared()
    return found


def killed(mutant: Mutant, seeds: Iterable[int]) -> tuple[int, list[int]]:
    """The seed that kills a mutant and the invariants that it breaks there; -1 = it lives."""
    with applied(mutant):
        for seed in seeds:
            try:
                wrongs = {number for number, _what in run(drawn(seed)).wrongs}
            except Exception:  # noqa: BLE001 - a mutant may break anything, also the simulator
                wrongs = {0}
            if wrongs:
                return seed, sorted(wrongs)
    return -1, []


def report(portions: list[Portion], seconds: float, jobs: int) -> list[str]:
    """The report as Markdown."""
    table = Table()
    for one in portions:
        for reached in one.reached:
            table.add(reached)
    rounds = [number for one in portions for number in one.rounds]
    wrongs = [wrong for one in portions for wrong in one.wrongs]
    said = [
        f"- runs: {table.runs}, each about 60 acts of 4 to 9 kits",
        f"- violations: {len(wrongs)}",
        f"- entries on all disks at the ends: {sum(one.entries for one in portions)}",
        f"- runs repeated under other clocks (invariant 7): {sum(p.timeless for p in portions)}",
        f"- rounds until all were equal: most {max(rounds)}, mean {sum(rounds) / len(rounds):.1f}",
        f"- time: {seconds:.0f} s with {jobs} processes, {table.runs / seconds:.1f} runs/s",
        "",
    ]
    said += [f"- **seed {seed}, invariant {number}**: {what}" for seed, number, what in wrongs]
    return said + table.lines()


def main(arguments: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--mutants", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.mutants:
        lines = ["| fault | dies at seed | by invariant |", "| --- | --- | --- |"]
        for mutant in MUTANTS:
            seed, numbers = killed(mutant, range(MUTANT_SEEDS))
            lines.append(f"| {mutant.name} | {seed} | {', '.join(map(str, numbers))} |")
            sys.stdout.write(lines[-1] + "\n")
            sys.stdout.flush()
        remove_prepared()
        return 0
    begun = time.monotonic()
    parts = range(asked.first, asked.first + asked.seeds, PORTION)
    end = asked.first + asked.seeds
    portions: list[Portion] = []
    with ProcessPoolExecutor(asked.jobs) as pool:
        for one in pool.map(portion, [range(at, min(at + PORTION, end)) for at in parts]):
            portions.append(one)
            for seed, number, what in one.wrongs:
                sys.stdout.write(f"seed {seed}: invariant {number}: {what}\n")
    lines = report(portions, time.monotonic() - begun, asked.jobs)
    sys.stdout.write("\n".join(lines) + "\n")
    if asked.report:
        asked.report.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 1 if any(one.wrongs for one in portions) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
