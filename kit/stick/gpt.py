"""Whether a disk's partition table is whole: both copies, each with its checksums.

`sfdisk` repairs in silence what it can, and says so in words only; a stick whose table is half gone
is about to die or lies about its size, and nothing more may be written to it. Not for: changing a
table (`commands`). Source: UEFI specification 2.10, §5.3.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

SECTOR = 512
MAGIC = b"EFI PART"
_HEADER = struct.Struct("<8sIIIIQQQQ16sQIII")
_LARGEST_ENTRIES = 1024 * 1024


class Header(NamedTuple):
    """One copy: where it and the other stand, and a checksum of its entries; in sectors."""

    here: int
    other: int
    first: int
    last: int
    entries_crc: int


def is_sound(disk: Path) -> bool:
    """Whether both tables are there, right, and say the same."""
    try:
        descriptor = os.open(disk, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        main = _header(descriptor, 1)
        copy = _header(descriptor, main.other) if main else None
    except OSError:
        return False
    finally:
        os.close(descriptor)
    if main is None or copy is None:
        return False
    same = (main.first, main.last, main.entries_crc) == (copy.first, copy.last, copy.entries_crc)
    return same and copy.other == 1


def _header(descriptor: int, at: int) -> Header | None:
    raw = os.pread(descriptor, SECTOR, at * SECTOR)
    if len(raw) < SECTOR or raw[:8] != MAGIC:
        return None
    (_magic, _revision, size, crc, _zero, here, other, first, last, _guid, start, count, width,
     entries_crc) = _HEADER.unpack_from(raw)  # fmt: skip
    length = count * width
    if not _HEADER.size <= size <= SECTOR or not 0 < length <= _LARGEST_ENTRIES or here != at:
        return None
    if zlib.crc32(raw[:16] + bytes(4) + raw[20:size]) != crc:
        return None
    entries = os.pread(descriptor, length, start * SECTOR)
    if len(entries) != length or zlib.crc32(entries) != entries_crc:
        return None
    return Header(here, other, first, last, entries_crc)
