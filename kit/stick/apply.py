"""An update, step by step, such that the power may fail between any two of them.

The other slot is closed before anything is written to it and opened by the very last write, one
sector of GRUB's block; until then the running slot starts, after it the new one is tried and the
running one follows. Not for: where the release comes from (`bundle`, `donor`, a peer), nor whether
a slot that was chosen really starts: GRUB counts, and `mark_good` tells it. Source: the study of
the image, §6.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import msgspec

from kit.core.errors import BadInput, Refused
from kit.stick import boot, slots, verity
from kit.stick.boot import Esp
from kit.stick.bundle import Bundle, Release, Source
from kit.stick.layout import (
    INITRD,
    KERNEL,
    MANIFEST_NAME,
    MIB,
    RESCUE,
    ROOT,
    SIGNATURE_NAME,
    SLOT_CFG,
    UUID_VARIABLES,
    VERITY,
    slot_cfg,
    slot_file,
)
from kit.stick.manifest import ROOT_PART, VERITY_PART, Installed, part_of, wanted
from kit.stick.signature import Ring
from kit.stick.table import Disk

NO_ROOM, BOOT_ROOM, NOT_READ_BACK = "UPD-050", "UPD-051", "UPD-052"
CHECKING, WRITING, READING, BOOTING = "checking", "writing", "reading", "boot files"
"""Names of the parts of the way, as `progress` tells them."""
SPARE = MIB

Progress = Callable[[int, int, str], None]
"""(done, of how much, which step), in bytes. What it raises stops the work where it stands."""
Opening = Callable[[], AbstractContextManager[Source]]
"""Opens the bundle; it is read twice."""


class Medium(msgspec.Struct, frozen=True):
    """The stick that runs. disk: open for writing; ring, now: from the verified root."""

    disk: Disk
    esp: Esp
    running: str
    ring: Ring
    now: Installed


def check(medium: Medium, opening: Opening, progress: Progress) -> Release:
    """The release of a bundle, signed and whole. Writes nothing. Raises what `Bundle` raises."""
    with opening() as source:
        bundle = Bundle(source, medium.ring)
        total = bundle.release.manifest.size
        return bundle.check(_counted(progress, total, CHECKING))


def refusal(medium: Medium, release: Release, *, confirmed: bool) -> Refused | None:
    """Why this release does not go onto this stick: not newer, or no room. None where it does."""
    refused = wanted(release.manifest, medium.now, confirmed=confirmed)
    if refused is not None:
        return refused
    idle = slots.other(medium.running)
    parts = release.manifest.parts
    for label, part in ((ROOT[idle], parts[ROOT_PART]), (VERITY[idle], parts[VERITY_PART])):
        extent = medium.disk.table.get(label)
        if extent is None or extent.size < part.size:
            return Refused(NO_ROOM, {"label": label})
    needed = parts[KERNEL].size + parts[INITRD].size + SPARE
    # Files are written beside the ones they replace, and the rescue copy may still be missing.
    if medium.esp.free() < 2 * needed:
        return Refused(BOOT_ROOM, {"mib": -(-2 * needed // MIB)})
    return None


def apply(
    medium: Medium, opening: Opening, *, confirmed: bool, progress: Progress
) -> Release | Refused:
    """Put the release of a bundle into the other slot; the next start tries it.

    Where it is refused, or anything is raised, the running slot still starts. Raises what `check`
    raises, Unavailable `UPD-013`, BadInput `UPD-052` where the stick does not give back what was
    written to it.
    """
    release = check(medium, opening, progress)
    refused = refusal(medium, release, confirmed=confirmed)
    if refused is not None:
        return refused
    _close_idle(medium)
    with opening() as source:
        _write(medium, Bundle(source, medium.ring), release, progress)
    _set_uuids(medium)
    _set_slots(medium, slots.after_update)
    return release


def mark_good(esp: Esp, running: str) -> None:
    """The running slot has started well: its tries are full again, and it is the rescue copy."""
    found = boot.environment(esp)
    now = slots.read(found)
    good = slots.written(slots.mark_good(now, running), found)
    if good != found:
        esp.write_env(good)
    keep_rescue(esp, running)


def keep_rescue(esp: Esp, slot: str) -> None:
    """`kit/rescue` holds what this slot starts with, for the day when its own files are damaged.

    Its `slot.cfg` goes first and comes last: without it GRUB does not offer the rescue at all.
    """
    told = boot.small(esp, slot_file(slot, SLOT_CFG)) or b""
    wanted_cfg = told + f"set rescue={slot}\n".encode("ascii")
    if not told or boot.small(esp, f"{RESCUE}/{SLOT_CFG}") == wanted_cfg:
        return
    esp.remove(f"{RESCUE}/{SLOT_CFG}")
    for name in (KERNEL, INITRD):
        esp.write(f"{RESCUE}/{name}", esp.chunks(slot_file(slot, name)))
    esp.write(f"{RESCUE}/{SLOT_CFG}", [wanted_cfg])


# ------------------------------------------------------------------------------ the steps


def _close_idle(medium: Medium) -> None:
    # A rescue that points into the slot which is about to be overwritten would be none.
    keep_rescue(medium.esp, medium.running)
    _set_slots(medium, slots.before_update)
    # Even where both counters are filled up again, GRUB finds the rescue there and nothing else.
    medium.esp.remove(slot_file(slots.other(medium.running), SLOT_CFG))


def _write(medium: Medium, bundle: Bundle, release: Release, progress: Progress) -> None:
    """Root and tree into their partitions, read back; only then the files that start them."""
    if bundle.release != release:
        raise BadInput("UPD-042", part=MANIFEST_NAME)
    idle = slots.other(medium.running)
    manifest = release.manifest
    written = _counted(progress, manifest.size, WRITING)
    labels = {ROOT_PART: ROOT[idle], VERITY_PART: VERITY[idle]}
    for name, chunks in bundle.parts():
        if name in labels:
            _fill(medium.disk, labels[name], chunks, written)
            continue
        if name == KERNEL:
            medium.disk.flush()
            _read_back(medium.disk, release, idle, progress)
        medium.esp.write(slot_file(idle, name), _told(chunks, written))
    for name, data in (
        (MANIFEST_NAME, release.text),
        (SIGNATURE_NAME, release.signatures),
        (SLOT_CFG, slot_cfg(manifest.root_hash, manifest.version)),
    ):
        medium.esp.write(slot_file(idle, name), [data])
    for name in (KERNEL, INITRD):
        if boot.sha256(medium.esp, slot_file(idle, name)) != manifest.parts[name].sha256:
            raise BadInput(NOT_READ_BACK, part=name)


def _fill(disk: Disk, label: str, chunks: Iterator[bytes], progress: Callable[[int], None]) -> None:
    at = 0
    for chunk in chunks:
        disk.write_in(label, at, chunk)
        at += len(chunk)
        progress(len(chunk))


def _read_back(disk: Disk, release: Release, slot: str, progress: Progress) -> None:
    root, tree = (release.manifest.parts[name] for name in (ROOT_PART, VERITY_PART))
    if part_of(disk.chunks(VERITY[slot], tree.size)) != tree:
        raise BadInput(NOT_READ_BACK, part=VERITY[slot])
    health = slot_health(disk, slot, _counted(progress, root.size, READING))
    if not health.right(release.manifest.root_hash):
        raise BadInput(NOT_READ_BACK, part=ROOT[slot])


def slot_health(disk: Disk, slot: str, progress: Callable[[int], None]) -> verity.Health:
    """Root and tree of a slot, read whole from the medium. Raises BadInput `UPD-030`, `UPD-012`."""
    return verity.check(
        lambda at, count: disk.read_in(ROOT[slot], at, count),
        lambda at, count: disk.read_in(VERITY[slot], at, count),
        progress,
    )


def _set_uuids(medium: Medium) -> None:
    found = boot.environment(medium.esp) or {}
    table = medium.disk.table
    now = {
        variable: extent.uuid
        for label, variable in UUID_VARIABLES.items()
        if (extent := table.get(label)) is not None
    }
    medium.esp.write_env(found | now)


def _set_slots(medium: Medium, change: Callable[[slots.Slots, str], slots.Slots]) -> None:
    found = boot.environment(medium.esp)
    changed = change(slots.read(found), medium.running)
    medium.esp.write_env(slots.written(changed, found))


def _told(chunks: Iterator[bytes], progress: Callable[[int], None]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        progress(len(chunk))


def _counted(progress: Progress, total: int, step: str) -> Callable[[int], None]:
    done = 0

    def more(count: int) -> None:
        nonlocal done
        done += count
        progress(min(done, total), total, step)

    return more
