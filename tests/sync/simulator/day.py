"""One run from its seed: a fleet, some dozens of acts, the last morning, the fourteen invariants.

Not for: many of them (`soak`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from tests.sync.simulator.acts import ACTS
from tests.sync.simulator.invariants import check, inv07_time_independence
from tests.sync.simulator.world import World, determined

WARD_KITS = ("w1", "w2", "w3", "w4")
OTHERS = ("s2", "r1", "v1", "x1")
COPIES = ("clone", "put_back", "keep_copy")
FLEET = ("enrol", "revoke", "endorse", "adopt", "stolen")


class Outcome(msgspec.Struct, frozen=True):
    """What became of a run. wrongs: (invariant, what); empty = all hold."""

    seed: int
    wrongs: tuple[tuple[int, str], ...]
    reached: frozenset[str]
    rounds: int
    entries: int


class Plan(msgspec.Struct, frozen=True):
    """A run as drawn from its seed. acts: (place in ACTS, its own seed)."""

    seed: int
    cast: tuple[str, ...]
    lasting: bool
    acts: tuple[tuple[int, int], ...]


def cast(chance: random.Random) -> tuple[str, ...]:
    """Which kits take part: a steering kit, two or three wards' kits, one or two others."""
    wards = chance.sample(WARD_KITS, chance.choice((2, 2, 3)))
    return ("s1", *wards, *chance.sample(OTHERS, chance.choice((1, 1, 2))))


def drawn(seed: int, acts: int = 60) -> Plan:
    """What this seed stands for."""
    chance = random.Random(seed)
    names, lasting = cast(chance), chance.random() < 0.5
    places = chance.choices(range(len(ACTS)), _weights(seed), k=acts)
    return Plan(seed, names, lasting, tuple((at, chance.randrange(1 << 60)) for at in places))


def _weights(seed: int) -> list[int]:
    """Every third day without copies of disks, every fourth with much to decide in the fleet."""
    found = []
    for weight, act in ACTS:
        name = act.__name__
        found.append(
            0 if seed % 3 == 1 and name in COPIES
            else weight * 5 if seed % 4 == 1 and name in FLEET
            else weight
        )  # fmt: skip
    return found


@contextmanager
def lived(plan: Plan, *, clocks: int = 0) -> Iterator[World]:
    """The world on the last morning of a plan. clocks: turns the wrong clocks."""
    with determined(random.Random(plan.seed ^ 0x5EED)):
        world = World(plan.seed, plan.cast, lasting=plan.lasting)
        world.clocks = clocks
        try:
            for place, seed in plan.acts:
                world.do(ACTS[place][1], random.Random(seed))
            world.dawn()
            world.heal()
            yield world
        finally:
            world.close()


def run(plan: Plan) -> Outcome:
    """One run."""
    with lived(plan) as world:
        return finished(world)


def timeless(plan: Plan) -> list[str]:
    """Invariant 7: what differs between two runs of one plan under other clocks.

    Where a feed forks, ids settle ties, and an id covers the time that is claimed: such days are
    left out, and so is the kit that tells two stories.
    """
    acts = tuple((at, seed) for at, seed in plan.acts if ACTS[at][1].__name__ not in COPIES)
    cast = tuple(name for name in plan.cast if name != "x1")
    plan = msgspec.structs.replace(plan, acts=acts, cast=cast)
    with lived(plan) as one, lived(plan, clocks=2) as other:
        return inv07_time_independence(one, other)


def finished(world: World) -> Outcome:
    """What is found on the last morning."""
    wrongs = check(world)
    entries = sum(len(kit.holds()) for kit in world.running)
    reached = frozenset(world.situations.reached)
    return Outcome(world.seed, tuple(wrongs), reached, world.rounds, entries)
