"""Seeded damage to good bytes: what a bad cable, a bad stick or a bad peer makes of them."""

from __future__ import annotations

import random

NUMBERS = (b"\x00", b"\x7f", b"\xff", b"\xff\xff\xff\xff", b"\x00\x10\x00\x01", b"\x80" * 8)


def mutated(chance: random.Random, seeds: list[bytes]) -> bytes:
    """One of the seeds, damaged a few times; sometimes two of them spliced."""
    data = bytearray(chance.choice(seeds))
    for _step in range(chance.choice((1, 1, 2, 3, 8))):
        _damage(chance, data, seeds)
    return bytes(data)


def _damage(chance: random.Random, data: bytearray, seeds: list[bytes]) -> None:
    at = chance.randrange(len(data) + 1)
    kind = chance.randrange(7)
    if kind == 0 and data:
        data[at % len(data)] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del data[at:]
    elif kind == 2:
        del data[at : at + chance.randrange(1, 40)]
    elif kind == 3:
        data[at:at] = chance.randbytes(chance.randrange(1, 40))
    elif kind == 4:
        number = chance.choice(NUMBERS)
        data[at : at + len(number)] = number
    elif kind == 5:
        data[at:at] = data[at : at + chance.randrange(1, 400)]
    else:
        other = chance.choice(seeds)
        data[at:] = other[chance.randrange(len(other) + 1) :]
