"""One run from its seed: a fleet, some dozens of acts, the last morning, the fourteen invariants.

Not for: many of them (`soak`).
"""

from __future__ import annotations

import random

import msgspec

from tests.sync.simulator.acts import ACTS
from tests.sync.simulator.invariants import check
from tests.sync.simulator.world import World, determined

WARD_KITS = ("w1", "w2", "w3", "w4")
OTHERS = ("s2", "r1", "v1", "x1")
COPIES = ("clone", "put_back", "keep_copy")
FLEET = ("enrol", "revoke", "endorse", "adopt")


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


def run(plan: Plan) -> Outcome:
    """One run."""
    with determined(random.Random(plan.seed ^ 0x5EED)):
        world = World(plan.seed, plan.cast, lasting=plan.lasting)
        try:
            for place, seed in plan.acts:
                world.do(ACTS[place][1], random.Random(seed))
            return finished(world)
        finally:
            world.close()


def finished(world: World) -> Outcome:
    """The last morning, and what is found then."""
    world.dawn()
    world.heal()
    wrongs = check(world)
    entries = sum(len(kit.holds()) for kit in world.running)
    reached = frozenset(world.situations.reached)
    return Outcome(world.seed, tuple(wrongs), reached, world.rounds, entries)
