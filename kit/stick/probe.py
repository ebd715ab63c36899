"""Whether a stick gives back what was written on it: a fake size and a dying memory show here.

64 MiB are laid down as marked blocks, spread over all of the free space: sticks that lie about
their size write round and give the last marks back at the first places. Not for: a check of the
system's own partitions (`verify`). Source: usb-image.md §5.4.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from kit.core.errors import Corrupt

BLOCK = 1024 * 1024
BLOCKS = 64


class Span(NamedTuple):
    """A stretch of a disk, in bytes; `end` is not part of it."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self.end - self.start


def places(span: Span, blocks: int = BLOCKS) -> list[int]:
    """Where marks go: whole MiB, evenly from the first to the last that fits, none twice."""
    first = -(-span.start // BLOCK)
    room = span.end // BLOCK - first
    count = min(blocks, room)
    if count < 2:
        return [first * BLOCK] * count
    return [(first + step * (room - 1) // (count - 1)) * BLOCK for step in range(count)]


def probe(disk: Path, span: Span, random: Callable[[int], bytes]) -> None:
    """Write marks into free space, drop what memory kept of them, read them all back.

    Raises Corrupt `KEY-024`.
    """
    secret = random(32)
    marked = places(span)
    try:
        _write(disk, marked, secret)
        _read_back(disk, marked, secret)
    except OSError:
        raise Corrupt("KEY-024") from None


def mark(secret: bytes, place: int) -> bytes:
    """A block that no other place and no other run has."""
    return hashlib.shake_128(secret + place.to_bytes(8, "big")).digest(BLOCK)


def _write(disk: Path, marked: list[int], secret: bytes) -> None:
    descriptor = os.open(disk, os.O_WRONLY | os.O_CLOEXEC)
    try:
        for place in marked:
            block = memoryview(mark(secret, place))
            while block:
                done = os.pwrite(descriptor, block, place + BLOCK - len(block))
                block = block[done:]
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def _read_back(disk: Path, marked: list[int], secret: bytes) -> None:
    """Read past the page cache where the file system allows it: memory would always agree."""
    direct = getattr(os, "O_DIRECT", 0)
    try:
        descriptor = os.open(disk, os.O_RDONLY | os.O_CLOEXEC | direct)
    except OSError:
        descriptor = os.open(disk, os.O_RDONLY | os.O_CLOEXEC)
    with contextlib.closing(mmap.mmap(-1, BLOCK)) as room:  # aligned, as O_DIRECT wants it
        try:
            for place in marked:
                if os.preadv(descriptor, [room], place) != BLOCK or room[:] != mark(secret, place):
                    raise Corrupt("KEY-024")
        finally:
            os.close(descriptor)
