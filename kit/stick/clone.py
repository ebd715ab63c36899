"""The running stick's system on another stick; its kit is never copied.

No `kit-data`, no seed, no machine id, no random seed, fresh partition names: the new stick makes
its own identity at its first start, as one from the image does. What is copied is the slot that
runs, and only as far as its signed manifest speaks for it: an altered stick does not breed. Not
for: which sticks are plugged in (the keeper asks the system and describes each in a `Target`), nor
for erasing what was on the other one in such a way that nobody can read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from kit.core.errors import BadInput, Refused
from kit.stick import boot, layout, slots
from kit.stick.boot import Esp
from kit.stick.boot_image import EspImage, run
from kit.stick.bundle import Release
from kit.stick.donor import part, release_in
from kit.stick.layout import (
    BIOS,
    INITRD,
    KERNEL,
    KIT_CONF,
    MANIFEST,
    MANIFEST_NAME,
    RESCUE,
    ROOT,
    SECTOR,
    SIGNATURE,
    SIGNATURE_NAME,
    SLOT_CFG,
    SMALLEST_STICK,
    VERITY,
    Part,
    slot_cfg,
    slot_file,
)
from kit.stick.manifest import ROOT_PART, VERITY_PART
from kit.stick.signature import Ring
from kit.stick.table import Disk
from kit.stick.verify import MBR, Verdict, base_release, code_digest, verify_stick

NOT_REMOVABLE, MOUNTED, TOO_SMALL, OTHER_SERIAL, RUNNING, HOLDS_DATA = (
    "UPD-063", "UPD-064", "UPD-065", "UPD-066", "UPD-067", "UPD-068",
)  # fmt: skip
SOURCE_ALTERED, NOT_EQUAL = "UPD-069", "UPD-052"
PREPARING, COPYING, READING = "preparing", "writing", "reading"
NEW_SLOT = "a"
DEFAULT_CONF = b"layout=fr\n"
LARGEST_FILE = 64 * layout.MIB

Progress = Callable[[int, int, str], None]


class Target(msgspec.Struct, frozen=True):
    """Another stick, as the system describes it. size: bytes; kit_data: it holds sealed records."""

    device: str
    serial: str
    size: int
    removable: bool
    mounted: bool
    running: bool
    kit_data: bool = False


class Names(msgspec.Struct, frozen=True):
    """What is drawn for a new stick. disk, parts: GUIDs, label → PARTUUID; volume: 8 hex digits."""

    disk: str
    parts: dict[str, str]
    volume: str


class Origin(msgspec.Struct, frozen=True):
    """The stick that is cloned: the running one, its ESP mounted."""

    disk: Disk
    esp: Esp
    slot: str
    ring: Ring


def refusal(
    target: Target, serial: str, *, erase: bool, least: int = SMALLEST_STICK
) -> Refused | None:
    """Why nothing is written to this stick; None where it may be overwritten.

    serial: what the person read on the stick or the screen and confirmed; erase: records on it may
    be lost.
    """
    told = {"device": target.device}
    bars = (
        (target.running, RUNNING),
        (not target.removable, NOT_REMOVABLE),
        (target.mounted, MOUNTED),
        (target.size < least, TOO_SMALL),
        (not serial or serial != target.serial, OTHER_SERIAL),
        (target.kit_data and not erase, HOLDS_DATA),
    )
    for is_bar, code in bars:
        if is_bar:
            return Refused(code, told | {"gb": least // 10**9})
    return None


def names(draw: Callable[[], str], volume: str) -> Names:
    """Fresh names. draw: a random GUID each time it is called."""
    return Names(draw(), {one.label: draw() for one in layout.SYSTEM_PARTS}, volume)


def clone(
    origin: Origin,
    device: Path,
    fresh: Names,
    progress: Progress,
    parts: tuple[Part, ...] = layout.SYSTEM_PARTS,
) -> Release:
    """Write the running system to another stick and read it back.

    `refusal` was asked before. What `progress` raises stops it; the stick is then none, since its
    `slot.cfg` comes last. Raises BadInput `UPD-069` where this stick itself is not as its release
    was signed, `UPD-052` where the other does not give back what was written, Unavailable
    `UPD-013`, `UPD-061` and `UPD-062` for the medium and the tools.
    """
    release = release_in(origin.esp, origin.slot, origin.ring)
    base = _base(origin)
    total = release.manifest.size
    done = 0

    def copied(count: int) -> None:
        nonlocal done
        done += count
        progress(min(done, total), total, COPYING)

    progress(0, total, PREPARING)
    script = layout.script(parts, fresh.disk, fresh.parts)
    run(
        "sfdisk", "--quiet", "--wipe", "always", "--wipe-partitions", "always", "--no-reread",
        "--no-tell-kernel", str(device), told=script,
    )  # fmt: skip
    with Disk(device, writing=True) as target:
        esp = EspImage(target)
        esp.format(fresh.volume)
        _boot_code(origin, target, base)
        for name, label in ((ROOT_PART, ROOT[NEW_SLOT]), (VERITY_PART, VERITY[NEW_SLOT])):
            at = 0
            for chunk in _checked(origin, release, name):
                target.write_in(label, at, chunk)
                at += len(chunk)
                copied(len(chunk))
        target.flush()
        _boot_files(origin, release, base, esp)
        copied(release.manifest.parts[KERNEL].size + release.manifest.parts[INITRD].size)
        _own_files(origin, target, release, esp)
    _read_back(device, origin.ring, progress, parts)
    return release


# ------------------------------------------------------------------------------ what is copied


def _checked(origin: Origin, release: Release, name: str) -> Iterator[bytes]:
    """A part of the running slot, each MiB only where it is the signed one."""
    told = release.manifest.parts[name]
    digests = iter(told.chunks)
    pieces = part(origin.disk, origin.esp, origin.slot, name, told.size)
    size = 0
    for chunk in pieces:
        if hashlib.sha256(chunk).hexdigest() != next(digests, ""):
            raise BadInput(SOURCE_ALTERED, part=name)
        size += len(chunk)
        yield chunk
    if size != told.size:
        raise BadInput(SOURCE_ALTERED, part=name)


def _boot_code(origin: Origin, target: Disk, base: Release) -> None:
    """BIOS code of the first sector and GRUB's core; the same places on every stick."""
    for place in (MBR, BIOS):
        told = base.manifest.boot.get(place)
        if told is not None and code_digest(origin.disk, place) != told:
            raise BadInput(SOURCE_ALTERED, part=place)
    target.write_boot_code(origin.disk.read(0, SECTOR))
    at = 0
    for chunk in origin.disk.chunks(BIOS, origin.disk.table.at(BIOS).size):
        target.write_in(BIOS, at, chunk)
        at += len(chunk)


def _boot_files(origin: Origin, release: Release, base: Release, esp: EspImage) -> None:
    """The boot chain as the base manifest names it, then the slot's kernel and initrd."""
    for place in sorted(base.manifest.boot):
        if place not in (MBR, BIOS):
            data = boot.small(origin.esp, place, LARGEST_FILE)
            if data is None or hashlib.sha256(data).hexdigest() != base.manifest.boot[place]:
                raise BadInput(SOURCE_ALTERED, part=place)
            esp.write(place, [data])
    esp.write(MANIFEST, [base.text])
    esp.write(SIGNATURE, [base.signatures])
    for name in (KERNEL, INITRD):
        data = b"".join(_checked(origin, release, name))
        esp.write(slot_file(NEW_SLOT, name), [data])
        esp.write(f"{RESCUE}/{name}", [data])


def _base(origin: Origin) -> Release:
    base = base_release(origin.esp, origin.ring)
    if base is None:
        raise BadInput(SOURCE_ALTERED, part=MANIFEST)
    return base


def _own_files(origin: Origin, target: Disk, release: Release, esp: EspImage) -> None:
    """What is this stick's own: GRUB's block, settings without a name in them, `slot.cfg` last."""
    uuids = {
        variable: target.table.at(label).uuid
        for label, variable in layout.UUID_VARIABLES.items()
        if target.table.get(label) is not None
    }
    esp.write_env(slots.written(slots.FRESH, uuids))
    esp.write(KIT_CONF, [DEFAULT_CONF])
    esp.write(slot_file(NEW_SLOT, MANIFEST_NAME), [release.text])
    esp.write(slot_file(NEW_SLOT, SIGNATURE_NAME), [release.signatures])
    cfg = slot_cfg(release.manifest.root_hash, release.manifest.version)
    esp.write(f"{RESCUE}/{SLOT_CFG}", [cfg + f"set rescue={NEW_SLOT}\n".encode("ascii")])
    esp.write(slot_file(NEW_SLOT, SLOT_CFG), [cfg])


def _read_back(device: Path, ring: Ring, progress: Progress, parts: tuple[Part, ...]) -> None:
    """The new stick passes the very check that any kit makes of another one."""
    with Disk(device) as disk:
        report = verify_stick(disk, EspImage(disk), ring, progress, parts)
    wrong = [row.part for row in report.rows if row.verdict != Verdict.RIGHT]
    if wrong:
        raise BadInput(NOT_EQUAL, part=wrong[0])
