"""Other drives: one at a time, chosen by a person, read-only unless something goes out on it.

Every drive but the running one is read-only from the moment it appears; it becomes writable here
alone, for one export, and goes back. Nothing of the PC's own disks can be named. Not for: what is
read or written there. Source: usb-image.md §5.4 and §5.5.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from kit.core.errors import KitError, Refused, Unavailable
from kit.stick import boot, commands, disks, esp, layout
from kit.stick.boot_image import EspImage
from kit.stick.commands import OWN_FILES, Run
from kit.stick.machine import Machine, read
from kit.stick.table import Disk

KINDS = ("vfat", "exfat", "ntfs3", "ext4")
WRITABLE = ("vfat", "exfat", "ntfs3")
"""Those that give every file to whoever mounts; ext4 keeps owners that this machine has not."""
_EXT_MAGIC, _EXT_AT = b"\x53\xef", 0x438
_FAT_AT = ((0x52, b"FAT32   "), (0x36, b"FAT16   "), (0x36, b"FAT12   "))


def kind_of(device: Path) -> str:
    """The kernel's name of the file system of a device; empty for any that is not taken."""
    begin = _begin(device)
    if begin[3:11] == b"EXFAT   ":
        return "exfat"
    if begin[3:11] == b"NTFS    ":
        return "ntfs3"
    if any(begin[at : at + len(mark)] == mark for at, mark in _FAT_AT):
        return "vfat"
    return "ext4" if begin[_EXT_AT : _EXT_AT + 2] == _EXT_MAGIC else ""


def label_of(device: Path, kind: str) -> str:
    """The name that a person gave the file system, where it stands at its beginning."""
    begin = _begin(device)
    raw = b""
    if kind == "vfat":
        at = 0x47 if begin[0x52:0x57] == b"FAT32" else 0x2B
        raw = begin[at : at + 11]
    elif kind == "ext4":
        raw = begin[0x478 : 0x478 + 16].split(b"\0")[0]
    text = raw.decode("utf-8", "replace").strip()
    return "" if text == "NO NAME" else "".join(sign for sign in text if sign.isprintable())


def options_of(kind: str, owner: int, *, writable: bool) -> str:
    """How a drive of this kind is mounted: nothing of it runs, nobody else reads it."""
    words = ["rw" if writable else "ro", OWN_FILES]
    if kind == "ext4":
        words.append("noload")  # else even a read-only mount would write its journal back
    else:
        words.append(f"uid={owner},gid={owner},fmask=0177,dmask=0077")
        words.append("iocharset=utf8")
    if writable:
        words.append("flush" if kind == "vfat" else "noatime")
    return ",".join(words)


def listed(machine: Machine) -> list[dict[str, Any]]:
    """What a person may choose from: each drive with its first file system's name."""
    return [_row(machine, disk) for disk in disks.drives(machine)]


def open_drive(
    machine: Machine, run: Run, device: str, *, writable: bool
) -> dict[str, Any] | Refused:
    """Mount a drive or one partition of it; the folder.

    Raises Unavailable `KEY-030` for what is no such drive.
    """
    disk, part = _chosen(machine, device)
    place = machine.media / part
    if is_mounted(machine, place) or disks.is_used(machine, disk.name):
        return Refused("KEY-037", {"device": device})
    kind = kind_of(machine.device(part))
    if not kind:
        return Refused("KEY-035", {"device": device})
    if writable and kind not in WRITABLE:
        return Refused("KEY-039", {"device": device})
    if writable:
        _let_write(machine, run, disk.name, part)
    place.mkdir(parents=True, exist_ok=True)
    options = options_of(kind, machine.owner, writable=writable)
    if run(commands.mount(machine.device(part), place, kind, options)).code:
        close_drive(machine, run, disk.name)
        return Refused("KEY-036", {"device": device})
    return {"path": str(place), "device": part, "writable": writable}


def close_drive(machine: Machine, run: Run, device: str = "") -> None:
    """Take drives off, all of them without a name, and make them read-only again.

    Raises Unavailable `KEY-037` while somebody uses one.
    """
    for place in sorted(machine.media.glob("*")):
        disk = next((one for one in disks.drives(machine) if place.name.startswith(one.name)), None)
        if device and place.name != device and (disk is None or disk.name != device):
            continue
        if is_mounted(machine, place) and run(commands.unmount(place)).code:
            raise Unavailable("KEY-037", device=place.name)
        with contextlib.suppress(OSError):
            place.rmdir()
        if disk is not None:
            _open_to_writing(machine, disk.name, is_open=False)
            for name in (place.name, disk.name):
                run(commands.set_read_only(machine.device(name), read_only=True))


def is_mounted(machine: Machine, place: Path) -> bool:
    """Whether something is mounted in this folder."""
    return place in disks.mounted(machine).values()


def let_write_whole(machine: Machine, run: Run, disk: str, *, writable: bool) -> None:
    """Let a whole drive be written (a clone), or not any more."""
    _open_to_writing(machine, disk, is_open=writable)
    for name in (disk, *disks.parts_of(machine, disk)):
        run(commands.set_read_only(machine.device(name), read_only=not writable))


def _let_write(machine: Machine, run: Run, disk: str, part: str) -> None:
    _open_to_writing(machine, disk, is_open=True)
    # The kernel asks both: the partition's own flag and that of the disk under it.
    for name in (disk, part):
        run(commands.set_read_only(machine.device(name), read_only=False))


def _open_to_writing(machine: Machine, disk: str, *, is_open: bool) -> None:
    """Tell the system's own guard, which makes every other disk read-only as it appears."""
    mark = machine.run / "open" / disk
    if is_open:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    else:
        mark.unlink(missing_ok=True)


def _chosen(machine: Machine, device: str) -> tuple[disks.Disk, str]:
    """The drive and the device to mount: what was named, or the first that can be read."""
    for disk in disks.drives(machine):
        parts = disks.parts_of(machine, disk.name)
        if device in parts:
            return disk, device
        if device == disk.name:
            return disk, next((one for one in parts if kind_of(machine.device(one))), disk.name)
    raise Unavailable("KEY-030", device=device)


def _row(machine: Machine, disk: disks.Disk) -> dict[str, Any]:
    _disk, part = _chosen(machine, disk.name)
    kind = kind_of(machine.device(part))
    return {
        "device": disk.name, "model": disk.model, "serial": disk.serial, "bytes": disk.bytes,
        "part": part, "kind": kind, "label": label_of(machine.device(part), kind),
        "path": _where(machine, disk), "kit": kit_of(machine, disk.name),
    }  # fmt: skip


def _where(machine: Machine, disk: disks.Disk) -> str:
    """Where it is mounted just now; empty where it is not."""
    places = disks.mounted(machine)
    folder = machine.sys / "block" / disk.name
    for one in (folder, *(folder / part for part in disks.parts_of(machine, disk.name))):
        if (found := places.get(read(one / "dev"))) is not None:
            return str(found)
    return ""


def kit_of(machine: Machine, disk: str) -> dict[str, Any] | None:
    """What says that a drive is a kit's stick: its partitions, and the version of each slot.

    As it says itself; what is true of it is for `verify`. None for any other drive.
    """
    try:
        labels = [one.label for one in disks.read_table(machine, disk).partitions]
    except KitError:
        return None
    begun = [part.label for part in layout.IMAGE_PARTS]
    if labels[: len(begun)] != begun:
        return None
    slots = {slot: "" for slot in layout.SLOTS if layout.ROOT[slot] in labels}
    with contextlib.suppress(KitError), Disk(machine.device(disk)) as opened:
        box = EspImage(opened)
        for slot in slots:
            cfg = boot.small(box, layout.slot_file(slot, layout.SLOT_CFG)) or b""
            slots[slot] = esp.version_of(cfg.decode("utf-8", "replace"))
    return {"version": slots["a"] or slots.get("b", ""), "slots": slots}


def _begin(device: Path) -> bytes:
    try:
        with device.open("rb", buffering=0) as file:
            return file.read(4096)
    except OSError:
        return b""
