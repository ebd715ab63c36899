"""A boot partition that is not mounted: inside an image, or on a stick that is being made.

Read by `fat`, written by mtools, made by `mkfs.fat`; nothing of the running system is touched and
no device node of a partition is needed. Not for: the running stick's own, which is mounted and
where a power cut matters (`boot.EspFolder`): a stick that is being made does not start anyway until
it is whole.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping

from kit.core.errors import Unavailable
from kit.stick import grubenv
from kit.stick.fat import Fat
from kit.stick.layout import ESP, GRUBENV, SECTOR
from kit.stick.table import Disk

TOOL_MISSING, TOOL_FAILED = "UPD-061", "UPD-062"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
LIMIT_S = 600


class EspImage:
    """The boot partition of a disk.

    Raises Unavailable `UPD-061` and `UPD-062` for the tools, BadInput `UPD-014` for what is no FAT.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._extent = disk.table.at(ESP)

    def format(self, volume: str) -> None:
        """An empty FAT32. volume: its serial, 8 hex digits."""
        extent = self._extent
        start = str(extent.start // SECTOR)
        run(
            "mkfs.fat", "-I", "-F", "32", "-n", "KIT", "-i", volume, "-s", _cluster(extent.size),
            "--offset", start, "-h", start, "--invariant",
            str(self._disk.path), str(extent.size // 1024),
        )  # fmt: skip
        self._disk.flush()

    def files(self) -> dict[str, int]:
        """Every file's place and size."""
        return {place: item.size for place, item in self._fat().files().items()}

    def chunks(self, place: str) -> Iterator[bytes]:
        """A file's content in pieces; nothing for a file that is not there."""
        fat = self._fat()
        item = fat.files().get(place)
        if item is not None:
            yield from fat.chunks(item)

    def write(self, place: str, content: Iterable[bytes]) -> None:
        """A file, whole."""
        with tempfile.NamedTemporaryFile() as file:
            for data in content:
                file.write(data)
            file.flush()
            self._make_folders(place)
            self._tool("mcopy", "-o", "-Q", file.name, f"::{place}")

    def write_env(self, variables: Mapping[str, str]) -> None:
        """GRUB's block."""
        self.write(GRUBENV, [grubenv.render(variables)])

    def remove(self, place: str) -> None:
        """A file is gone; none is no fault."""
        if place in self.files():
            self._tool("mdel", f"::{place}")

    def free(self) -> int:
        """Bytes that can still be written, at least."""
        used = sum(size + SECTOR for size in self.files().values())
        return self._extent.size * 63 // 64 - used

    def _make_folders(self, place: str) -> None:
        names = place.split("/")[:-1]
        there = {"/".join(name.split("/")[:n]) for name in self.files() for n in range(1, 9)}
        for count in range(1, len(names) + 1):
            folder = "/".join(names[:count])
            if folder not in there:
                self._tool("mmd", "-D", "s", f"::{folder}")

    def _fat(self) -> Fat:
        return Fat(self._disk.read, self._extent.start, self._extent.size)

    def _tool(self, name: str, *arguments: str) -> None:
        image = f"{self._disk.path}@@{self._extent.start}"
        run(name, "-i", image, *arguments)
        self._disk.flush()


def run(name: str, *arguments: str, told: str = "") -> None:
    """Run a tool of the system with these arguments; `told` goes to its input.

    Raises Unavailable: `UPD-061` where it is not installed, `UPD-062` where it failed.
    """
    # mtools would refuse a table whose geometry is not a floppy's; the clock is not its to read.
    environment = {"PATH": PATH, "LC_ALL": "C.UTF-8", "MTOOLS_SKIP_CHECK": "1"}
    environment |= {name: os.environ[name] for name in ("SOURCE_DATE_EPOCH",) if name in os.environ}
    try:
        done = subprocess.run(
            [name, *arguments], input=told.encode(), env=environment, capture_output=True,
            timeout=LIMIT_S, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise Unavailable(TOOL_MISSING, tool=name) from None
    except subprocess.TimeoutExpired:
        raise Unavailable(TOOL_FAILED, tool=name, status=-1) from None
    if done.returncode:
        raise Unavailable(TOOL_FAILED, tool=name, status=done.returncode)


def _cluster(size: int) -> str:
    """Sectors a cluster: one where the partition is small, else FAT32 would have too few."""
    return "1" if size < 64 * 1024 * 1024 else "8"
