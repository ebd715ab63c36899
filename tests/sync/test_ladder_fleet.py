"""Sixty ladders in one world without sockets: the lines they make hold the fleet together."""

from __future__ import annotations

import itertools
import random

import pytest

from kit.sync.address import Address
from kit.sync.ladder import Ladder

KITS = 60
STEERING = 3
STEP_MS = 500
LINES = 128


class World:
    """Everybody announces once; a call is answered if both are alive and in one part."""

    def __init__(self, seed: int, kits: int = KITS) -> None:
        self.chance = random.Random(seed)
        self.now = 0
        self.devices = [self.chance.randbytes(32) for _ in range(kits)]
        self.places = [Address(f"10.0.{n >> 8}.{n & 255}", 7443) for n in range(kits)]
        self.part = [0] * kits
        self.lines: dict[tuple[int, int], int] = {}  # pair → who called
        self.dials = 0
        members = {device: n < STEERING for n, device in enumerate(self.devices)}
        self.ladders = [
            Ladder(device, random.Random(seed * 1000 + n)) for n, device in enumerate(self.devices)
        ]
        for ladder in self.ladders:
            ladder.members(members)

    def announce(self, who: int) -> None:
        """One kit is heard by all of its part, and hears them."""
        for other in range(len(self.devices)):
            if other != who and self.part[other] == self.part[who]:
                self._hears(other, who)
                self._hears(who, other)

    def _hears(self, listener: int, speaker: int) -> None:
        self.ladders[listener].heard(
            f"k-{speaker:06x}", [self.places[speaker]], self.now, first=listener < speaker
        )

    def run(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + int(seconds * 1000)
        while self.now < until:
            self.now += STEP_MS
            for one in self.chance.sample(range(len(self.devices)), len(self.devices)):
                self._turn(one)

    def _turn(self, caller: int) -> None:
        ladder = self.ladders[caller]
        for dial in ladder.due(self.now):
            self.dials += 1
            called = self.places.index(dial.address)
            if self.part[called] != self.part[caller]:
                ladder.finished(dial.address, "SYN-127", b"", self.now)
            elif (pair := (min(caller, called), max(caller, called))) in self.lines:
                ladder.finished(dial.address, "SYN-129", self.devices[called], self.now)
            else:
                self.lines[pair] = caller
                ladder.connected(self.devices[called], dial.address, True, self.now)
                ladder.finished(dial.address, "", self.devices[called], self.now)
                self.ladders[called].connected(
                    self.devices[caller], self.places[caller], False, self.now
                )
        spare = ladder.surplus(self.now)
        if spare:
            self.cut(caller, self.devices.index(spare))

    def cut(self, one: int, two: int) -> None:
        """A line ends at both ends."""
        if self.lines.pop((min(one, two), max(one, two)), None) is not None:
            self.ladders[one].lost(self.devices[two], self.now)
            self.ladders[two].lost(self.devices[one], self.now)

    def divide(self, parts: list[int]) -> None:
        """Who is in which part from now on; lines between parts die."""
        self.part = parts
        for one, two in list(self.lines):
            if parts[one] != parts[two]:
                self.cut(one, two)

    def neighbours(self) -> list[int]:
        """For each kit, a bit for each kit it has a line to."""
        bits = [0] * len(self.devices)
        for one, two in self.lines:
            bits[one] |= 1 << two
            bits[two] |= 1 << one
        return bits


def whole(bits: list[int], without: int = 0) -> bool:
    """Whether the kits that are left (a mask of those gone) hang together."""
    left = ((1 << len(bits)) - 1) & ~without
    reached = edge = left & -left
    while edge:
        grown = 0
        while edge:
            lowest = edge & -edge
            grown |= bits[lowest.bit_length() - 1]
            edge ^= lowest
        edge = grown & left & ~reached
        reached |= edge
    return reached == left


def fleet_at_work(seed: int) -> World:
    """A fleet that started within a minute."""
    world = World(seed)
    for who in range(KITS):
        world.announce(who)
        world.run(0.5)
    world.run(120)
    return world


@pytest.mark.parametrize("seed", range(2))
def test_sixty_kits_hang_together_whichever_three_are_lost(seed: int) -> None:
    world = fleet_at_work(seed)
    bits = world.neighbours()
    assert whole(bits)
    broken = [
        gone
        for gone in itertools.combinations(range(KITS), 3)
        if not whole(bits, sum(1 << one for one in gone))
    ]
    assert broken == []
    lines = [one.bit_count() for one in bits[STEERING:]]
    assert max(lines) <= 20
    assert sum(lines) / len(lines) <= 14
    # Steering kits hold most lines, and stay below what a switchboard takes.
    assert max(one.bit_count() for one in bits[:STEERING]) < LINES


def test_two_halves_find_each_other_when_the_network_heals() -> None:
    """Each half has lines enough: nobody would call anybody if only their number counted."""
    world = World(7)
    world.part = [n % 2 for n in range(KITS)]
    for who in range(KITS):
        world.announce(who)
    world.run(120)
    assert not whole(world.neighbours())
    world.part = [0] * KITS
    for who in range(KITS):
        world.announce(who)
    world.run(60)
    assert whole(world.neighbours())


def test_a_divided_fleet_joins_again_without_any_new_announcement() -> None:
    """mDNS says nothing when a router comes back: the ring's silent neighbours are tried anew."""
    world = fleet_at_work(11)
    world.divide([n % 2 for n in range(KITS)])
    world.run(300)
    bits = world.neighbours()
    assert not whole(bits)
    world.part = [0] * KITS
    world.run(90)
    assert whole(world.neighbours())


def test_a_small_fleet_is_all_to_all() -> None:
    world = World(3, kits=8)
    for who in range(8):
        world.announce(who)
    world.run(10)
    assert len(world.lines) == 28


def test_calls_die_down_when_all_is_well() -> None:
    """An hour of a settled fleet costs a handful of calls a minute for each kit."""
    world = fleet_at_work(5)
    before = world.dials
    world.run(120)
    assert (world.dials - before) / KITS / 2 < 15
