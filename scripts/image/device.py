"""A disk of this machine before it is overwritten: what it is, what stands on it, who uses it.

Not for: writing (`write`); nor for drives that a running kit lists (`kit.stick.disks`).
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from scripts.image import tools

COLUMNS = (
    "NAME,PATH,TYPE,RM,HOTPLUG,RO,SIZE,MODEL,SERIAL,TRAN,MOUNTPOINTS,FSTYPE,LABEL,PARTLABEL,LOG-SEC"
)
CARRIED = ("usb", "mmc")
SECTOR = 512
"""The image's table counts in these; a disk that counts in others would not find its partitions."""
PARTITION = "part"
SWAP = "[SWAP]"
SYSTEM_PLACES = ("/", "/usr", "/boot", "/boot/efi")
SYS = Path("/sys")
SAY_IT = ": say --yes-erase SERIAL"
LAPTOP_HINT = "is not removable; --laptop prepares the internal disk of a laptop"


class Found(NamedTuple):
    """A partition that stands on a disk, or a file system on the disk itself."""

    path: str
    size: int
    file_system: str
    label: str

    def shown(self) -> str:
        """For a person: name, size, what it is, what it is called."""
        what = self.file_system or "no file system known"
        called = f" “{self.label}”" if self.label else ""
        return f"{self.path}: {self.size / 1e9:.1f} GB, {what}{called}"


class Device(NamedTuple):
    """A block device as the system describes it.

    mounted: where anything of it is mounted or that it is swap; held: what else lies over it (LVM,
    RAID, encryption); found: what stands on it; sector: bytes that it counts in.
    """

    path: str
    kind: str
    removable: bool
    read_only: bool
    size: int
    model: str
    serial: str
    mounted: tuple[str, ...]
    held: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()
    sector: int = SECTOR

    def shown(self) -> str:
        """For a person: model, size, number."""
        return (
            f"{self.path}: {self.model or 'unknown model'}, {self.size / 1e9:.1f} GB,"
            f" serial {self.serial or 'unknown'}"
        )

    def contents(self) -> str:
        """For a person: everything that would be lost, one thing a line."""
        return "\n".join(f"  {one.shown()}" for one in self.found) or "  nothing that is known"


def look(name: str) -> Device:
    """What this machine says of a device just now. Raises Fault for what is none."""
    said = tools.run(["lsblk", "--json", "--bytes", "--output", COLUMNS, name]).decode()
    card = SYS / "class/block" / Path(name).resolve().name / "device/type"
    try:
        kind = card.read_text().strip()
    except OSError:
        kind = ""
    return describe(said, kind)


def describe(said: str, card: str = "") -> Device:
    """The device of what `lsblk --json --bytes` prints for it.

    card: the kernel's word for a memory card; `MMC` is soldered in, and `lsblk` calls it pluggable.
    """
    entry: dict[str, Any] = json.loads(said)["blockdevices"][0]
    name = str(entry.get("name", ""))
    carried = entry.get("tran") in CARRIED or (name.startswith("mmcblk") and card == "SD")
    removable = bool(entry.get("rm")) or (bool(entry.get("hotplug")) and carried)
    whole = list(_all(entry))
    places = [place for one in whole for place in one.get("mountpoints") or [] if place]
    over = [one for one in whole[1:] if one.get("type") != PARTITION]
    shown = [one for one in whole if one is not entry or one.get("fstype")]
    return Device(
        path=str(entry["path"]),
        kind=str(entry.get("type")),
        removable=removable and card != "MMC",
        read_only=bool(entry.get("ro")),
        size=int(entry["size"]),
        model=_text(entry, "model"),
        serial=_text(entry, "serial"),
        mounted=tuple(dict.fromkeys(places)),
        held=tuple(f"{_text(one, 'path')} ({_text(one, 'type')})" for one in over),
        found=tuple(_found(one) for one in shown if one.get("type") in (PARTITION, "disk")),
        sector=int(entry.get("log-sec") or SECTOR),
    )


def refusal(
    device: Device, serial: str, least: int, *, laptop: bool = False, running: bool = False
) -> str:
    """Why nothing is written to this device; empty where it may be.

    laptop: an internal disk was asked for; running: the running system lies on it.
    """
    bars = (
        (device.kind != "disk", "is not a whole disk"),
        (running, "holds the running system"),
        (not device.removable and not laptop, LAPTOP_HINT),
        (SWAP in device.mounted, "is used as swap"),
        (bool(device.mounted), f"is mounted at {', '.join(device.mounted)}"),
        (bool(device.held), f"is in use by {', '.join(device.held)}"),
        (device.read_only, "is write-protected"),
        (device.sector != SECTOR, f"counts in sectors of {device.sector} bytes, not of {SECTOR}"),
        (device.size < least, f"is too small: {least / 1e9:.0f} GB are needed"),
        (not device.serial, "tells no serial number"),
        (serial != device.serial, f"has another serial number{'' if laptop else SAY_IT}"),
    )
    for is_bar, why in bars:
        if is_bar:
            return why
    return ""


def is_running(device: Device, sys: Path = SYS) -> bool:
    """Whether this machine runs from the device: the disks under its own folders, by the kernel.

    lsblk knows mounts of its own view alone; in a container or under an overlay that is not all.
    """
    numbers = set()
    for place in SYSTEM_PLACES:
        try:
            at = Path(place).stat().st_dev
        except OSError:
            continue
        numbers.add(f"{os.major(at)}:{os.minor(at)}")
    under = {name for number in numbers for name in disks_under(number, sys)}
    return Path(device.path).resolve().name in under


def disks_under(number: str, sys: Path) -> set[str]:
    """Names of all disks under a device by its number (`8:3`), through whatever lies between."""
    place = sys / "dev/block" / number
    if not place.exists():
        return set()
    waiting, found, seen = [place.resolve()], set(), set()
    while waiting:
        folder = waiting.pop()
        if folder in seen:
            continue
        seen.add(folder)
        if (folder / "partition").exists():
            waiting.append(folder.parent)
            continue
        found.add(folder.name)
        waiting += [one.resolve() for one in folder.glob("slaves/*")]
    return found


def is_claimed(path: Path) -> bool:
    """Whether the kernel keeps the whole disk for somebody: a mount, swap, RAID, ZFS, whatever.

    The one question that knows users whom no list names. Nothing is written by it. Raises Fault
    where the disk cannot be opened at all.
    """
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_EXCL))
    except OSError as fault:
        if fault.errno == errno.EBUSY:
            return True
        raise tools.Fault(f"{path}: {fault.strerror}; nothing was written") from None
    return False


def _all(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield entry
    for child in entry.get("children") or []:
        yield from _all(child)


def _found(entry: dict[str, Any]) -> Found:
    label = _text(entry, "label") or _text(entry, "partlabel")
    return Found(_text(entry, "path"), int(entry.get("size") or 0), _text(entry, "fstype"), label)


def _text(entry: dict[str, Any], name: str) -> str:
    """A word of a foreign disk, without signs that would move a terminal's cursor."""
    said = str(entry.get(name) or "").strip()
    return "".join(sign for sign in said if sign.isprintable())
