"""The files of a FAT32 file system, read without mounting it: another stick may be anybody's.

A hostile one can say anything; each figure is checked, chains end, and nothing is followed twice.
Not for: writing (`boot_image` asks mtools), FAT12 and FAT16, which no kit makes. Source: Microsoft,
FAT32 File System Specification 1.03.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from kit.core.errors import BadInput
from kit.stick.table import Reading

NOT_FAT = "UPD-014"
BOOT = struct.Struct("<11xHBHBHHBHHHIIIHHI")
ENTRY = 32
FIRST_CLUSTER, LAST_CLUSTER = 2, 0x0FFFFFF6
END = 0x0FFFFFF8
MASK = 0x0FFFFFFF
LONG_NAME, FOLDER, LABEL = 0x0F, 0x10, 0x08
DELETED = 0xE5
MOST_FILES, MOST_DEPTH = 4096, 8
MOST_FOLDER = 2 * 1024 * 1024
PIECE = 1024 * 1024


class Item(msgspec.Struct, frozen=True):
    """A file or a folder: its name, first cluster and size in bytes."""

    name: str
    cluster: int
    size: int
    is_folder: bool


class Fat:
    """A FAT32 file system somewhere on a disk. Raises BadInput `UPD-014` for anything else."""

    def __init__(self, read: Reading, at: int, size: int) -> None:
        """read: bytes of the disk; at, size: where the partition lies."""
        self._read_disk, self._at, self._size = read, at, size
        head = self._bytes(0, 512)
        (sector, per_cluster, reserved, copies, roots, small, _media, old_length, *rest) = (
            BOOT.unpack_from(head)
        )
        _track, _heads, _hidden, large, length, _flags, _version, root = rest
        sound = sector == 512 and per_cluster in (1, 2, 4, 8, 16, 32, 64, 128) and reserved
        is_32 = not (roots or small or old_length) and length and copies in (1, 2)
        if head[510:512] != b"\x55\xaa" or not (sound and is_32):
            raise BadInput(NOT_FAT)
        self._cluster: int = sector * per_cluster
        self._fat: int = reserved * sector
        self._data: int = (reserved + copies * length) * sector
        clusters = (large * sector - self._data) // self._cluster
        if large * sector > size or not 0 < clusters <= length * sector // 4 - FIRST_CLUSTER:
            raise BadInput(NOT_FAT)
        self._clusters: int = clusters
        self._root: int = root

    def files(self) -> dict[str, Item]:
        """Every file by its place, as people write it.

        Names that differ by case alone are refused: GRUB would read the one, we the other.
        """
        found: dict[str, Item] = {}
        names: set[str] = set()
        waiting = [("", Item("", self._root, 0, is_folder=True), 0)]
        seen: set[int] = set()
        while waiting:
            place, folder, depth = waiting.pop()
            if folder.cluster in seen or depth > MOST_DEPTH:
                raise BadInput(NOT_FAT)
            seen.add(folder.cluster)
            for item in self._folder(folder):
                lower = (place + item.name).lower()
                if lower in names:
                    raise BadInput(NOT_FAT)
                names.add(lower)
                if item.is_folder:
                    waiting.append((f"{place}{item.name}/", item, depth + 1))
                else:
                    found[place + item.name] = item
                if len(found) > MOST_FILES or len(waiting) > MOST_FILES:
                    raise BadInput(NOT_FAT)
        return found

    def chunks(self, item: Item) -> Iterator[bytes]:
        """The content of a file, at most a MiB at a time."""
        left = item.size
        piece = bytearray()
        for cluster in self._chain(item.cluster) if left else ():
            piece += self._bytes(self._place(cluster), self._cluster)[:left]
            left -= min(left, self._cluster)
            if not left:
                break
            if len(piece) >= PIECE:
                yield bytes(piece)
                piece.clear()
        if left:
            raise BadInput(NOT_FAT)
        if piece:
            yield bytes(piece)

    def _folder(self, folder: Item) -> Iterator[Item]:
        long: dict[int, str] = {}
        for entry in self._entries(folder):
            if entry[0] == DELETED:
                long.clear()
            elif entry[11] & LONG_NAME == LONG_NAME:
                text = entry[1:11] + entry[14:26] + entry[28:32]
                long[entry[0] & 0x1F] = text.decode("utf-16-le", "replace")
            elif entry[11] & LABEL:
                long.clear()
            else:
                name = "".join(long[n] for n in sorted(long)).partition("\0")[0]
                long.clear()
                item = _item(entry, name)
                if item.name not in (".", ".."):
                    yield item

    def _entries(self, folder: Item) -> Iterator[bytes]:
        total = 0
        for cluster in self._chain(folder.cluster):
            data = self._bytes(self._place(cluster), self._cluster)
            for at in range(0, len(data), ENTRY):
                if data[at] == 0:
                    return
                yield data[at : at + ENTRY]
            total += len(data)
            if total > MOST_FOLDER:
                raise BadInput(NOT_FAT)

    def _chain(self, cluster: int) -> Iterator[int]:
        """The clusters of a file; a chain that comes back to itself ends at the fault."""
        for _ in range(self._clusters):
            if not FIRST_CLUSTER <= cluster < FIRST_CLUSTER + self._clusters:
                raise BadInput(NOT_FAT)
            yield cluster
            cluster = int.from_bytes(self._bytes(self._fat + 4 * cluster, 4), "little") & MASK
            if cluster >= END:
                return
        raise BadInput(NOT_FAT)

    def _place(self, cluster: int) -> int:
        return self._data + (cluster - FIRST_CLUSTER) * self._cluster

    def _bytes(self, at: int, count: int) -> bytes:
        data = self._read_disk(self._at + at, count) if at + count <= self._size else b""
        if len(data) != count:
            raise BadInput(NOT_FAT)
        return data


def _item(entry: bytes, long: str) -> Item:
    stem, ending = (entry[:8].decode("latin-1").rstrip(), entry[8:11].decode("latin-1").rstrip())
    # Windows and Linux mark names that are lower case throughout instead of writing a long one.
    stem = stem.lower() if entry[12] & 0x08 else stem
    ending = ending.lower() if entry[12] & 0x10 else ending
    name = long or (f"{stem}.{ending}" if ending else stem)
    if not name or "/" in name:
        raise BadInput(NOT_FAT)
    high, low, size = struct.unpack_from("<H4xHI", entry, 20)
    return Item(name, (high << 16) | low, size, is_folder=bool(entry[11] & FOLDER))
