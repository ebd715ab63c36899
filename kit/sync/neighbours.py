"""Whom a kit wants a line to: everybody in a small fleet, a few well chosen in a large one.

In a large fleet each kit wants two steering kits, the next two living kits on a ring ordered by a
hash of the device key, and chance for the rest. The ring alone keeps the living connected after the
loss of any three (each kit has two on either side); steering and chance keep the way short. Pure.
Not for: where they are and when to call (`ladder`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping

SMALL = 8
"""Up to so many others, a kit wants a line to each."""
ENOUGH = 6
"""Lines that a kit of a large fleet seeks."""
STEERING = 2
AHEAD = 2
LOOK_AHEAD = 8
"""How far a kit looks past silent ring neighbours for living ones."""


def ring_after(own: bytes, devices: Iterable[bytes]) -> list[bytes]:
    """All other devices in ring order, beginning behind this one: the same ring for everybody."""
    place = _place(own)
    others = sorted((one for one in devices if one != own), key=lambda one: (_place(one), one))
    return [one for one in others if _place(one) > place] + [
        one for one in others if _place(one) <= place
    ]


def steering_for(own: bytes, steering: Iterable[bytes]) -> list[bytes]:
    """The steering kits that this kit calls: spread evenly when there are more than two."""
    others = [one for one in steering if one != own]
    return sorted(others, key=lambda one: hashlib.blake2b(own + one, digest_size=8).digest())[
        :STEERING
    ]


class Neighbours:
    """The choice for one state of the membership; what is costly is worked out once."""

    def __init__(self, own: bytes, members: Mapping[bytes, bool]) -> None:
        """members: device → whether it is a steering kit."""
        others = [one for one in members if one != own]
        leaders = [one for one, steers in members.items() if steers]
        self.small = len(others) <= SMALL
        self._all = frozenset(others)
        self._chosen = set(leaders if members.get(own) else steering_for(own, leaders)) - {own}
        self._ring = ring_after(own, others)[:LOOK_AHEAD]

    def wanted(self, living: Collection[bytes]) -> set[bytes]:
        """The devices this kit always tries to have a line to.

        living: those that have a line now. Silent ones on the way round the ring are wanted too:
        they are what a healed partition brings back.
        """
        if self.small:
            return set(self._all)
        found = set(self._chosen)
        alive = 0
        for one in self._ring:
            found.add(one)
            alive += one in living
            if alive == AHEAD:
                break
        return found


def _place(device: bytes) -> bytes:
    return hashlib.blake2b(device, digest_size=16, key=b"kit ring").digest()
