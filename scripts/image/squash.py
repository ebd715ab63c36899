"""The verified root: one squashfs and its hash tree. Everything that the running system reads.

Not for: what is in it (`overlay`), nor where it lands on the disk (`disk`).
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Sequence
from pathlib import Path

from kit.stick import layout
from scripts.image import tools

SQUASHFS, TREE_FILE = "root.squashfs", "root.verity"
ROOT_HASH = "roothash"
COMPRESSION = {"fast": ("-comp", "zstd", "-Xcompression-level", "3", "-b", "128K")}
COMPRESSION["release"] = ("-comp", "zstd", "-Xcompression-level", "15", "-b", "256K")
NAMESPACE = uuid.UUID("6f9b1f43-7ad4-5d0c-8a5e-2f0e5b1c7a11")


def compress(half: Path, root: Path, left_out: Sequence[str], compression: str, epoch: int) -> None:
    """Write root.squashfs: same tree, same bytes."""
    command: list[str | Path] = [
        "mksquashfs",
        root,
        half / SQUASHFS,
        "-noappend",
        "-no-progress",
        "-xattrs",
        *COMPRESSION[compression],
        "-mkfs-time",
        str(epoch),
        "-all-time",
        str(epoch),
        "-wildcards",
        "-e",
        *left_out,
    ]
    tools.run(command, log=half / "log")
    size = (half / SQUASHFS).stat().st_size
    room = layout.BY_LABEL[layout.ROOT["a"]].size
    if size > room:
        raise tools.Fault("IMG-068", size=size, room=room)


def protect(half: Path, squashfs: Path) -> None:
    """Write the hash tree, and the root hash (64 hex digits) into a file beside it."""
    digest = tools.sha256(squashfs)
    command: list[str | Path] = [
        "veritysetup",
        "format",
        f"--format={layout.VERITY_FORMAT}",
        f"--hash={layout.VERITY_HASH}",
        f"--data-block-size={layout.VERITY_BLOCK}",
        f"--hash-block-size={layout.VERITY_BLOCK}",
        f"--salt={salt(digest)}",
        f"--uuid={uuid.uuid5(NAMESPACE, digest)}",
        squashfs,
        half / TREE_FILE,
    ]
    said = tools.run(command, log=half / "log").decode()
    (half / ROOT_HASH).write_text(read_root_hash(said))


def salt(digest: str) -> str:
    """The salt of a tree: not secret, and the same for the same content."""
    return hashlib.sha256(f"cyber-kit verity {digest}".encode()).hexdigest()


def read_root_hash(said: str) -> str:
    """The root hash in what veritysetup prints."""
    match = re.search(r"^Root hash:\s*([0-9a-f]{64})\s*$", said, re.MULTILINE)
    if match is None:
        raise tools.Fault("IMG-069")
    return match[1]


def partition_uuids(root_hash: str) -> dict[str, str]:
    """PARTUUIDs of a new image's slot: the halves of the root hash, as systemd derives them.

    A written stick may get others; this pair boots even where GRUB cannot ask the table.
    """
    return {
        layout.ROOT["a"]: str(uuid.UUID(root_hash[:32])),
        layout.VERITY["a"]: str(uuid.UUID(root_hash[32:])),
    }
