"""A disk of this machine before it is overwritten: what it is, what stands on it, who uses it.

Not for: writing (`write`); nor for drives that a running kit lists (`kit.stick.disks`).
"""

from __future__ import annotations

import errno
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kit.core.text import language
from scripts.image import tools
from scripts.image.sentences import _

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
LSBLK_KNOWS_NONE = "IMG-002"


class Found(NamedTuple):
    """A partition that stands on a disk, or a file system on the disk itself."""

    path: str
    size: int
    file_system: str
    label: str

    def shown(self) -> str:
        """For a person: name, size, what it is, what it is called."""
        what = self.file_system or _("no file system known")
        named = {"path": self.path, "size": gigabytes(self.size), "what": what}
        if self.label:
            return _("{path}: {size} GB, {what} “{label}”").format(label=self.label, **named)
        return _("{path}: {size} GB, {what}").format(**named)


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
        return _("{path}: {model}, {size} GB, serial number {serial}").format(
            path=self.path,
            model=self.model or _("unknown model"),
            size=gigabytes(self.size),
            serial=self.serial or _("unknown"),
        )

    def contents(self) -> str:
        """For a person: everything that would be lost, one thing a line."""
        return "\n".join(f"  {one.shown()}" for one in self.found) or "  " + _(
            "nothing that is known"
        )


def look(name: str) -> Device:
    """What this machine says of a device just now. Raises Fault for what is none."""
    try:
        said = tools.run(["lsblk", "--json", "--bytes", "--output", COLUMNS, name]).decode()
    except tools.Fault as fault:
        if fault.code == LSBLK_KNOWS_NONE:
            raise tools.Fault("IMG-045", path=name) from None
        raise
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
) -> tools.Fault | None:
    """Why nothing is written to this device; None where it may be.

    laptop: an internal disk was asked for; running: the running system lies on it.
    """
    bars = (
        (device.kind != "disk", "IMG-030"),
        (running, "IMG-031"),
        (not device.removable and not laptop, "IMG-032"),
        (SWAP in device.mounted, "IMG-033"),
        (bool(device.mounted), "IMG-034"),
        (bool(device.held), "IMG-035"),
        (device.read_only, "IMG-036"),
        (device.sector != SECTOR, "IMG-037"),
        (device.size < least, "IMG-038"),
        (not device.serial, "IMG-039"),
        (serial != device.serial, "IMG-041" if laptop else "IMG-040"),
    )
    code = next((code for is_bar, code in bars if is_bar), "")
    return barred(device, code, least=gigabytes(least, 0)) if code else None


def barred(device: Device, code: str, **args: object) -> tools.Fault:
    """The refusal of a disk, which is shown in it; what is to be typed is safe for a shell."""
    return tools.Fault(
        code,
        disk=device.shown(),
        places=" ".join(device.mounted),
        users=", ".join(device.held),
        sector=device.sector,
        wanted=SECTOR,
        size=gigabytes(device.size),
        serial=shlex.quote(device.serial),
        quoted=shlex.join(device.mounted),
        **args,
    )


def gigabytes(size: int, digits: int = 1) -> str:
    """Bytes as a person reads them, with the decimal sign of the language."""
    said = f"{size / 1e9:.{digits}f}"
    return said.replace(".", ",") if language() == "fr" else said


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
        raise tools.Fault("IMG-044", path=path, reason=fault.strerror) from None
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
