"""Which disk carries the running system, which partitions it has, which other drives are there.

Only the disk under the running verified root is ever written by the keeper's own acts; it is found
through the kernel's own chain (/sys/block/dm-*/slaves), never by a label that a twin stick carries
too. Not for: changing anything.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kit.core.errors import Corrupt, KitError, Unavailable
from kit.stick import table
from kit.stick.machine import Machine, number, read

SECTOR = 512
ROOT_NAME = "root"
"""The verified root under /dev/mapper, as the start-up made it."""
VERITY = "CRYPT-VERITY-"
DEVICE = re.compile(r"[a-z][a-z0-9]{1,15}")
_NO_DRIVES = ("loop", "ram", "dm-", "zram", "sr", "md", "nbd", "fd")


class Disk(NamedTuple):
    """A whole disk. serial: its own, or one made of name and size where it has none."""

    name: str
    bytes: int
    model: str
    serial: str
    removable: bool


class Partition(NamedTuple):
    """A partition; place and size in sectors."""

    name: str
    number: int
    label: str
    start: int
    sectors: int


class Table(NamedTuple):
    """A disk's partitions."""

    partitions: tuple[Partition, ...]

    def labelled(self, label: str) -> Partition | None:
        """The one partition of this name; None where there is none, or more than one."""
        found = [one for one in self.partitions if one.label == label]
        return found[0] if len(found) == 1 else None


def verity_name(machine: Machine) -> str:
    """The kernel's name (`dm-0`) of the verified root; empty where there is none."""
    for folder in sorted(machine.sys.glob("block/dm-*")):
        if read(folder / "dm/name") == ROOT_NAME and read(folder / "dm/uuid").startswith(VERITY):
            return folder.name
    return ""


def running_disk(machine: Machine) -> Disk | None:
    """The one disk under the verified root; None on a machine that was not started from a stick."""
    verity = verity_name(machine)
    if not verity:
        return None
    parts = [one.name for one in machine.sys.joinpath("block", verity, "slaves").glob("*")]
    disks = {_disk_of(machine, part) for part in parts}
    if len(disks) != 1:
        return None
    name = disks.pop()
    return describe(machine, name) if name else None


def describe(machine: Machine, name: str) -> Disk:
    """What the kernel says of a disk."""
    folder = machine.sys / "block" / name
    size = number(folder / "size") * SECTOR
    vendor, model = read(folder / "device/vendor"), read(folder / "device/model")
    serial = _serial(folder) or f"{name}-{size}"
    words = " ".join(f"{vendor} {model}".split()) or name
    return Disk(name, size, words, serial, _removable(folder))


def partition_name(disk: str, place: int) -> str:
    """`sda`, 3 → `sda3`; `mmcblk0`, 3 → `mmcblk0p3`."""
    return f"{disk}p{place}" if disk[-1].isdigit() else f"{disk}{place}"


def read_table(machine: Machine, disk: str) -> Table:
    """The partitions on the disk itself: the kernel knows no names of those added while it ran.

    Raises Corrupt `KEY-021` where there is no GPT to be read.
    """
    try:
        with table.Disk(machine.device(disk)) as opened:
            found = opened.table.extents
    except KitError:
        raise Corrupt("KEY-021") from None
    return Table(tuple(_partition(disk, one) for one in found))


def drives(machine: Machine) -> list[Disk]:
    """Every drive that can be taken out, but for the one that runs; whatever is on it."""
    mine = running_disk(machine)
    found = []
    for folder in sorted(machine.sys.glob("block/*")):
        if folder.name.startswith(_NO_DRIVES) or (mine and folder.name == mine.name):
            continue
        disk = describe(machine, folder.name)
        if disk.removable and disk.bytes:
            found.append(disk)
    return found


def the_drive(machine: Machine, name: str) -> Disk:
    """A drive by its name. Raises Unavailable `KEY-030` for anything that `drives` does not list.

    So the running disk and the PC's own disks can never be named.
    """
    for disk in drives(machine):
        if disk.name == name:
            return disk
    raise Unavailable("KEY-030", device=name)


def parts_of(machine: Machine, disk: str) -> list[str]:
    """The kernel's names of a disk's partitions, in order."""
    folder = machine.sys / "block" / disk
    numbered = [(number(one / "partition"), one.name) for one in folder.glob(f"{disk}*")]
    return [name for place, name in sorted(numbered) if place]


def other_partitions(machine: Machine) -> Iterator[str]:
    """Every partition of every disk but the running one: looked at, never written."""
    mine = running_disk(machine)
    for folder in sorted(machine.sys.glob("block/*")):
        if not folder.name.startswith(_NO_DRIVES) and not (mine and mine.name == folder.name):
            yield from parts_of(machine, folder.name)


def mounted(machine: Machine) -> dict[str, Path]:
    """Major and minor number (`8:17`) → where it is mounted first; a folder of it may be elsewhere.

    What is laid over a second place (`profiles`) must not hide where the file system itself is.
    """
    found: dict[str, Path] = {}
    for device, place in _mounts(machine):
        found.setdefault(device, place)
    return found


def mount_places(machine: Machine) -> set[Path]:
    """Every place that something is mounted on."""
    return {place for _device, place in _mounts(machine)}


def _mounts(machine: Machine) -> Iterator[tuple[str, Path]]:
    for line in machine.proc("self/mountinfo").splitlines():
        words = line.split()
        if len(words) > 4:
            yield words[2], Path(words[4].replace("\\040", " "))


def is_used(machine: Machine, disk: str) -> bool:
    """Whether the disk or a partition of it is mounted, or carries another device."""
    places = mounted(machine)
    folder = machine.sys / "block" / disk
    for one in (folder, *(folder / part for part in parts_of(machine, disk))):
        if read(one / "dev") in places or any(one.glob("holders/*")):
            return True
    return False


def _partition(disk: str, found: table.Extent) -> Partition:
    name = partition_name(disk, found.number)
    start, sectors = found.start // SECTOR, found.size // SECTOR
    return Partition(name, found.number, found.label, start, sectors)


def _disk_of(machine: Machine, part: str) -> str:
    """The disk of a partition by its name; empty for what is no partition."""
    folder = machine.sys / "class/block" / part
    if not (folder / "partition").is_file():
        return ""
    return Path(os.path.realpath(folder)).parent.name


def _removable(folder: Path) -> bool:
    """A drive that a person plugs in: by USB, by the kernel's own flag, or a card (not eMMC)."""
    if read(folder / "device/type") in ("SD", "MMC"):
        return read(folder / "device/type") == "SD"
    plugged = "/usb" in os.path.realpath(folder)
    return plugged or read(folder / "removable") == "1"


def _serial(folder: Path) -> str:
    for place in (folder / "serial", folder / "device/serial"):
        if said := read(place):
            return said
    # A USB stick says its number two floors up, where its maker's number stands too.
    for above in Path(os.path.realpath(folder)).parents:
        if (above / "idVendor").is_file():
            return read(above / "serial")
    return ""
