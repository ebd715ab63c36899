"""A stick's partition table as it stands, and reading and writing inside its partitions.

Works the same on a plain file and on a block device. The table comes from a disk that may be
anybody's: each figure is checked before it is believed. Not for: writing a table (`layout.script`
and `sfdisk` do), nor for file systems. Source: UEFI 2.10 §5.3.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

import msgspec

from kit.core.errors import BadInput, Unavailable
from kit.stick.layout import GPT_SECTORS, MIB, SECTOR

NO_TABLE, NO_PART, OUTSIDE = "UPD-010", "UPD-011", "UPD-012"
GONE = "UPD-013"
HEADER = struct.Struct("<8sIIIIQQQQ16sQIII")
ENTRY = struct.Struct("<16s16sQQQ72s")
SIGNATURE = b"EFI PART"
MOST_ENTRIES = 128
CHUNK = MIB
BOOT_CODE_BYTES = 440
"""What of the first sector is BIOS code; behind it stand the disk's own figures."""
ACTIVE_AT = 446
"""Some BIOSes start a disk only where its first partition is marked as active."""


Reading = Callable[[int, int], bytes]
"""Bytes of a disk: (from where, how many); fewer where it ends."""


class Extent(msgspec.Struct, frozen=True):
    """A partition where it really is. start, size: bytes; uuid: its PARTUUID, lower case."""

    number: int
    label: str
    type_guid: str
    uuid: str
    start: int
    size: int


class Table(msgspec.Struct, frozen=True):
    """A GPT. disk: its GUID, lower case; whole: whether both copies stand and agree."""

    disk: str
    extents: tuple[Extent, ...]
    whole: bool

    def get(self, label: str) -> Extent | None:
        """The one partition of this label; None where there is none, or more than one."""
        found = [extent for extent in self.extents if extent.label == label]
        return found[0] if len(found) == 1 else None

    def at(self, label: str) -> Extent:
        """Like `get`. Raises BadInput `UPD-011` where there is none."""
        extent = self.get(label)
        if extent is None:
            raise BadInput(NO_PART, label=label)
        return extent


class Disk:
    """A stick, or an image of one. Closes itself as a context manager.

    Writing is possible where it was asked for. Every fault of the medium is Unavailable `UPD-013`
    with the system's own number: a stick that was pulled, a block that cannot be read.
    """

    def __init__(self, path: Path, *, writing: bool = False) -> None:
        flags = os.O_RDWR if writing else os.O_RDONLY
        self.path = path
        with _faults():
            self._fd = os.open(path, flags | os.O_CLOEXEC)
        try:
            with _faults():
                self.size = os.lseek(self._fd, 0, os.SEEK_END)
            self.table = read_table(self.read, self.size)
        except BaseException:
            os.close(self._fd)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the medium; what was not flushed may be lost."""
        os.close(self._fd)

    def read(self, at: int, count: int) -> bytes:
        """Bytes of the whole disk; fewer where it ends."""
        with _faults():
            return os.pread(self._fd, count, at)

    def read_in(self, label: str, at: int, count: int) -> bytes:
        """Exactly `count` bytes of a partition. Raises BadInput `UPD-012` outside of it."""
        data = self.read(self._place(label, at, count), count)
        if len(data) != count:
            raise BadInput(OUTSIDE, label=label)
        return data

    def write_in(self, label: str, at: int, data: bytes) -> None:
        """Bytes into a partition, never outside of it. They are safe after `flush` only."""
        place = self._place(label, at, len(data))
        left = memoryview(data)
        with _faults():
            while left:
                done = os.pwrite(self._fd, left, place)
                place, left = place + done, left[done:]

    def write_boot_code(self, sector: bytes) -> None:
        """BIOS code and active flag of another disk's first sector; figures of this disk stay."""
        with _faults():
            os.pwrite(self._fd, sector[:BOOT_CODE_BYTES], 0)
            os.pwrite(self._fd, sector[ACTIVE_AT : ACTIVE_AT + 1], ACTIVE_AT)

    def flush(self) -> None:
        """What was written is on the medium, and what is read next comes from there."""
        with _faults():
            os.fsync(self._fd)
            os.posix_fadvise(self._fd, 0, 0, os.POSIX_FADV_DONTNEED)

    def chunks(self, label: str, size: int) -> Iterator[bytes]:
        """The first `size` bytes of a partition, a MiB at a time."""
        for at in range(0, size, CHUNK):
            yield self.read_in(label, at, min(CHUNK, size - at))

    def _place(self, label: str, at: int, count: int) -> int:
        extent = self.table.at(label)
        if at < 0 or at + count > extent.size:
            raise BadInput(OUTSIDE, label=label)
        return extent.start + at


def read_table(read: Reading, size: int) -> Table:
    """The table of a disk of `size` bytes, from its copy where the first is damaged.

    An image that was written onto a larger stick has its copy where the image ended, until its
    first start moves it. Raises BadInput `UPD-010` where neither can be believed.
    """
    first = _one_table(read, SECTOR, size)
    copy = _one_table(read, _copy_at(read), size) if first is not None else None
    if copy is None:
        copy = _one_table(read, (size // SECTOR - 1) * SECTOR, size)
    table = first or copy
    if table is None:
        raise BadInput(NO_TABLE)
    return msgspec.structs.replace(table, whole=first == copy)


def _copy_at(read: Reading) -> int:
    """Where the first header, which is sound, says that its copy stands; in bytes."""
    return int(HEADER.unpack_from(read(SECTOR, SECTOR))[6]) * SECTOR


def _one_table(read: Reading, at: int, size: int) -> Table | None:
    head = read(at, SECTOR) if SECTOR <= at < size else b""
    if len(head) < SECTOR or head[:8] != SIGNATURE:
        return None
    (_, _, length, crc, _, own, _, _, _, disk, entries_at, count, width, entries_crc) = (
        HEADER.unpack_from(head)
    )
    sound = HEADER.size <= length <= SECTOR and own == at // SECTOR
    if not sound or zlib.crc32(head[:16] + bytes(4) + head[20:length]) != crc:
        return None
    if count > MOST_ENTRIES or width != ENTRY.size:
        return None
    entries = read(entries_at * SECTOR, count * width)
    if len(entries) != count * width or zlib.crc32(entries) != entries_crc:
        return None
    found = [_extent(n + 1, entries[n * width :]) for n in range(count)]
    extents = tuple(extent for extent in found if extent is not None)
    if not _apart(extents, size):
        return None
    return Table(str(UUID(bytes_le=disk)), extents, whole=True)


def _extent(number: int, entry: bytes) -> Extent | None:
    kind, uuid, first, last, _flags, name = ENTRY.unpack_from(entry)
    if not any(kind):
        return None
    label = name.decode("utf-16-le", "replace").partition("\0")[0]
    start, size = first * SECTOR, (last - first + 1) * SECTOR
    return Extent(
        number, label, str(UUID(bytes_le=kind)).upper(), str(UUID(bytes_le=uuid)), start, size
    )


def _apart(extents: tuple[Extent, ...], size: int) -> bool:
    """Whether partitions lie behind each other, inside the disk, with nothing shared."""
    end = GPT_SECTORS * SECTOR
    for extent in sorted(extents, key=lambda one: one.start):
        if extent.start < end or extent.size <= 0:
            return False
        end = extent.start + extent.size
    return end <= size


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    """A fault of the medium as one of ours, without its path."""
    try:
        yield
    except OSError as fault:
        raise Unavailable(GONE, errno=fault.errno or 0) from None
