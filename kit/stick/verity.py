"""dm-verity in Python: the tree of a root, its superblock, and a full check of both.

The kernel checks a block when it is read, so a bad block that nobody reads stays unseen until it
matters; `check` reads all of them. Format 1 of `veritysetup`, SHA-256, blocks of 4 KiB, nothing
else: other parameters are refused. Not for: opening the device (the kernel and `veritysetup` do).
Source: Linux, Documentation/admin-guide/device-mapper/verity.rst; cryptsetup's on-disk format.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

import msgspec

from kit.core.errors import BadInput
from kit.stick.layout import VERITY_BLOCK, VERITY_FORMAT, VERITY_HASH

SUPERBLOCK = struct.Struct("<8sII16s32sIIQH6x256s168x")
MAGIC = b"verity\0\0"
DIGEST = 32
PER_BLOCK = VERITY_BLOCK // DIGEST
MOST_SALT = 256
MOST_BLOCKS = 1 << 20
"""4 GiB: no root is larger. Nor is any as small as one block, which has no tree."""
NO_TREE = "UPD-030"
MOST_BAD = 64
"""Bad blocks that are named; beyond them the count alone says enough."""


class Tree(msgspec.Struct, frozen=True):
    """What a superblock says. blocks: of data, 4 KiB each."""

    uuid: str
    blocks: int
    salt: bytes


class Health(msgspec.Struct, frozen=True):
    """A root read whole. root_hash: of the tree as it lies there; bad: places in bytes."""

    root_hash: str
    bad: tuple[int, ...]

    def right(self, root_hash: str) -> bool:
        """Whether tree and data are those of this root hash."""
        return not self.bad and self.root_hash == root_hash


def read_superblock(block: bytes) -> Tree:
    """The first 512 bytes of a hash partition. Raises BadInput `UPD-030` for anything else."""
    if len(block) < SUPERBLOCK.size:
        raise BadInput(NO_TREE)
    magic, version, kind, uuid, name, data, tree, blocks, salt_length, salt = (
        SUPERBLOCK.unpack_from(block)
    )
    known = magic == MAGIC and version == 1 and kind == VERITY_FORMAT
    sizes = data == tree == VERITY_BLOCK and 1 < blocks <= MOST_BLOCKS and salt_length <= MOST_SALT
    if not (known and sizes and name.rstrip(b"\0") == VERITY_HASH.encode()):
        raise BadInput(NO_TREE)
    return Tree(str(UUID(bytes=uuid)), blocks, salt[:salt_length])


def write_superblock(tree: Tree) -> bytes:
    """The first block of a hash partition."""
    head = SUPERBLOCK.pack(
        MAGIC, 1, VERITY_FORMAT, UUID(tree.uuid).bytes, VERITY_HASH.encode(), VERITY_BLOCK,
        VERITY_BLOCK, tree.blocks, len(tree.salt), tree.salt,
    )  # fmt: skip
    return head.ljust(VERITY_BLOCK, b"\0")


def tree_bytes(blocks: int) -> int:
    """What superblock and tree of so many blocks of data take."""
    return VERITY_BLOCK * (1 + sum(_levels(blocks)))


def build(tree: Tree, data: Iterable[bytes]) -> tuple[bytes, str]:
    """Superblock with tree, and the root hash. data: chunks of whole blocks."""
    level = b"".join(digests(tree.salt, data))
    levels = [_padded(level)]
    while len(levels[-1]) > VERITY_BLOCK:
        levels.append(_padded(b"".join(digests(tree.salt, [levels[-1]]))))
    root = digest(tree.salt, levels[-1])
    return write_superblock(tree) + b"".join(reversed(levels)), root.hex()


def check(
    read_data: Callable[[int, int], bytes],
    read_tree: Callable[[int, int], bytes],
    progress: Callable[[int], None],
) -> Health:
    """Every block of data against the tree, every block of the tree against the one above.

    `read_*` give (place, count) bytes of their partition; progress: is told bytes of data read.
    Raises BadInput `UPD-030` where there is no tree.
    """
    tree = read_superblock(read_tree(0, SUPERBLOCK.size))
    at, above, bad = VERITY_BLOCK, b"", []
    root = ""
    for count in reversed(_levels(tree.blocks)):
        level = read_tree(at, count * VERITY_BLOCK)
        at += count * VERITY_BLOCK
        found = b"".join(digests(tree.salt, [level]))
        root = root or found.hex()
        if above:
            bad += _differing(found, above)
        above = level
    for start in range(0, tree.blocks, PER_BLOCK):
        count = min(PER_BLOCK, tree.blocks - start)
        data = read_data(start * VERITY_BLOCK, count * VERITY_BLOCK)
        found = b"".join(digests(tree.salt, [data]))
        told = above[start * DIGEST : (start + count) * DIGEST]
        if found != told and len(bad) < MOST_BAD:
            bad += [start * VERITY_BLOCK + place for place in _differing(found, told)]
        progress(count * VERITY_BLOCK)
    return Health(root, tuple(bad[:MOST_BAD]))


def digest(salt: bytes, block: bytes) -> bytes:
    """The digest of one block, as format 1 makes it: the salt goes first."""
    return hashlib.sha256(salt + block).digest()


def digests(salt: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The digest of each block of the chunks."""
    start = hashlib.sha256(salt)
    for chunk in chunks:
        view = memoryview(chunk)
        for at in range(0, len(chunk), VERITY_BLOCK):
            state = start.copy()
            state.update(view[at : at + VERITY_BLOCK])
            yield state.digest()


def _differing(found: bytes, told: bytes) -> list[int]:
    return [
        n // DIGEST * VERITY_BLOCK
        for n in range(0, len(found), DIGEST)
        if found[n : n + DIGEST] != told[n : n + DIGEST]
    ]


def _padded(level: bytes) -> bytes:
    return level.ljust(-(-len(level) // VERITY_BLOCK) * VERITY_BLOCK, b"\0")


def _levels(blocks: int) -> list[int]:
    """Blocks of each level of the tree, from the data upwards."""
    counts: list[int] = []
    count = blocks
    while not counts or count > 1:
        count = -(-count // PER_BLOCK)
        counts.append(count)
    return counts
