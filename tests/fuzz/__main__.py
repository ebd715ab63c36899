"""`python -m tests.fuzz [--seconds N] [--seed N] [TARGET…]`: minutes of damage on every target.

By seeded mutation; `tests.fuzz.guided` is guided by coverage where atheris is installed. An input
that breaks a target is written to `build/fuzz/` and named; the exit code says so.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
from pathlib import Path

from tests.fuzz.mutation import mutated
from tests.fuzz.targets import SEEDS, TARGETS, Target, Victim, corpus

FOUND = Path("build/fuzz")


def tell(line: str) -> None:
    """One line of the report, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def run(name: str, target: Target, seconds: float, seed: int) -> tuple[int, bool]:
    """Damage for so long: how many inputs, and whether all were borne."""
    chance, seeds = random.Random(f"{seed} {name}"), corpus(name)
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = mutated(chance, seeds)
        count += 1
        try:
            target(data)
        except Exception as fault:  # noqa: BLE001  (anything at all is a finding)
            FOUND.mkdir(parents=True, exist_ok=True)
            path = FOUND / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}.bin"
            path.write_bytes(data)
            tell(f"{name}: {type(fault).__name__} on {path}: {fault}")
            return count, False
    return count, True


def main() -> int:
    """All targets, or those that are named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=float, default=60.0, help="in all")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    victim = Victim()
    targets = {**TARGETS, "take": victim.take, "session": victim.session}
    names = options.targets or list(SEEDS)
    is_good = True
    for name in names:
        count, borne = run(name, targets[name], options.seconds / len(names), options.seed)
        tell(f"{name}: {count} inputs{'' if borne else ', BROKEN'}")
        is_good &= borne
    victim.close()
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
