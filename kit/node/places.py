"""Where a stick is plugged in: the folders of removable disks, for whoever chooses one on screen.

Reads the system's list of mounts; touches nothing on a stick but its free space. Not for: Windows
or macOS (an empty list there: the screen asks for a folder), nor for what a stick holds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.node.work import Slow

if TYPE_CHECKING:
    from kit.node.service import Node

MOUNTS = Path("/proc/self/mounts")
BLOCKS = Path("/sys/class/block")
SHELVES = ("/media/", "/run/media/", "/mnt/")
"""Where desktops and people put a stick that does not say that it can be pulled out."""
_OCTAL = re.compile(r"\\([0-7]{3})")


def mounted(text: str) -> Iterator[tuple[str, str]]:
    """(device, folder) of each line of a list of mounts; a space comes as its octal code."""
    for line in text.splitlines():
        parts = line.split(" ")
        if len(parts) >= 2 and parts[0].startswith("/dev/"):
            yield _plain(parts[0]), _plain(parts[1])


def _plain(text: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)


def removable(device: str, blocks: Path = BLOCKS) -> bool:
    """Whether the disk of this device says that it can be pulled out, or hangs on USB."""
    name = Path(device).name
    disk = re.sub(r"(?<=\d)p\d+$|(?<=[a-z])\d+$", "", name)
    place = blocks / disk
    try:
        if (place / "removable").read_text().strip() == "1":
            return True
        return "/usb" in os.path.realpath(place)
    except OSError:
        return False


def places(mounts: Path = MOUNTS, blocks: Path = BLOCKS) -> list[dict[str, Any]]:
    """`path`, `label`, `free` (bytes, None where it does not answer) of each stick, by path."""
    try:
        text = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return []
    found = {
        folder: {"path": folder, "label": Path(folder).name, "free": _free(folder)}
        for device, folder in mounted(text)
        if folder.startswith(SHELVES) or removable(device, blocks)
    }
    return [found[folder] for folder in sorted(found)]


def _free(folder: str) -> int | None:
    try:
        stat = os.statvfs(folder)
    except (AttributeError, OSError):
        return None
    return stat.f_bavail * stat.f_frsize


def _places(_node: Node, _args: dict[str, Any]) -> Slow:
    """`bundle.places`: in a thread, since a dying stick may take its time to answer."""
    return Slow(places, lambda found: found)


SERVICES: dict[str, Callable[[Node, dict[str, Any]], Any]] = {"bundle.places": _places}
