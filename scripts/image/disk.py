"""The disk image: the table, and each part at its place. Plain file writes, no loop device.

Not for: the parts' content.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kit.stick import layout
from scripts.image import grub, tools
from scripts.image.squash import NAMESPACE, partition_uuids

CORE_LBA = layout.ALIGN_SECTORS
ACTIVE = 446
"""First byte of the protective entry: some BIOSes start only a disk with an active one."""


def start_of(label: str) -> int:
    """First byte of a partition."""
    start = layout.MIB
    for part in layout.PARTS:
        if part.label == label:
            return start
        start += part.size
    raise KeyError(label)


def uuids(root_hash: str, slot: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """GUID of the disk and of each partition, derived from what the image holds."""
    found = {
        part.label: slot.get(part.label) or str(uuid.uuid5(NAMESPACE, f"{root_hash} {part.label}"))
        for part in layout.IMAGE_PARTS
    }
    return str(uuid.uuid5(NAMESPACE, f"{root_hash} disk")), found


def build(image: Path, parts: Mapping[str, Path], core: Path, root_hash: str, size: int) -> None:
    """Write the image. parts: label → file; size: bytes, 0 for the smallest that holds it.

    core: folder with GRUB's boot.img and core.img.
    """
    least = layout.disk_bytes(layout.IMAGE_PARTS)
    if size and size < least:
        raise tools.Fault("IMG-010", size=size, least=least)
    with image.open("wb") as file:
        file.truncate(size or least)
    disk, identities = uuids(root_hash, partition_uuids(root_hash))
    script = layout.script(layout.IMAGE_PARTS, disk, identities)
    command: list[str | Path] = ["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", image]
    tools.run(command, stdin=script.encode())
    with image.open("r+b") as file:
        file.write(grub.patched_boot((core / "boot.img").read_bytes(), CORE_LBA))
        file.seek(ACTIVE)
        file.write(b"\x80")
        room = layout.BY_LABEL[layout.BIOS].size
        file.seek(start_of(layout.BIOS))
        file.write(grub.patched_core((core / "core.img").read_bytes(), CORE_LBA, room))
        for label, source in parts.items():
            copy_sparse(source, file, start_of(label))


def copy_sparse(source: Path, target: Any, at: int) -> None:
    """Copy a file into an open image, leaving holes where it holds zeros."""
    with source.open("rb") as file:
        while block := file.read(layout.MIB):
            if block.strip(b"\0"):
                target.seek(at)
                target.write(block)
            at += len(block)


def table(image: Path) -> dict[str, Any]:
    """The table as sfdisk reads it."""
    found: dict[str, Any] = json.loads(tools.run(["sfdisk", "-J", image]))
    return found["partitiontable"]  # type: ignore[no-any-return]


def piece(image: Path, label: str, target: Path) -> None:
    """Take one partition out of an image, as a file with holes."""
    part = layout.BY_LABEL[label]
    with image.open("rb") as source, target.open("wb") as file:
        source.seek(start_of(label))
        file.truncate(part.size)
        for at in range(0, part.size, layout.MIB):
            block = source.read(layout.MIB)
            if block.strip(b"\0"):
                file.seek(at)
                file.write(block)
