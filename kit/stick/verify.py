"""Another stick, part by part, against its releases' signed manifests: right, altered, unknown.

With Debian's shim the firmware checks shim, GRUB and kernel; GRUB's configuration, the initrd and
the root hash are checked by nobody but this. What no manifest speaks for is *unknown*, never right.
Reads everything from the medium, mounts and writes nothing. Not for: what is in `kit-data`, which
is sealed, nor for repairing. Source: the study of the image, §5.2, “honest limit” (a).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from enum import StrEnum

import msgspec

from kit.core.errors import KitError, Unavailable
from kit.stick import boot, layout, manifest, signature
from kit.stick.apply import slot_health
from kit.stick.boot import PART_SUFFIX, Esp
from kit.stick.bundle import Release, trusted
from kit.stick.donor import release_in
from kit.stick.layout import (
    BIOS,
    GRUBENV,
    INITRD,
    KERNEL,
    KIT_CONF,
    MANIFEST,
    MANIFEST_NAME,
    MIB,
    RESCUE,
    ROOT,
    SEED,
    SIGNATURE,
    SIGNATURE_NAME,
    SLOT_CFG,
    SLOTS,
    VERITY,
    slot_file,
)
from kit.stick.manifest import ROOT_PART, VERITY_PART
from kit.stick.signature import Ring
from kit.stick.table import BOOT_CODE_BYTES, Disk, Table

MBR, TABLE, SPARE = "mbr", "table", "partition"
CONF_LINE = re.compile(r"(?:#[^\0-\x1f]*|layout=[a-z-]{1,16})?")
LARGEST_CONF = 4096
ROOT_HASH = re.compile(rb"^set roothash=([0-9a-f]{64})$", re.MULTILINE)
PART_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
READING = "reading"

Progress = Callable[[int, int, str], None]


class Verdict(StrEnum):
    """What can be said of a part."""

    RIGHT = "right"
    ALTERED = "altered"
    UNKNOWN = "unknown"


class Row(msgspec.Struct, frozen=True):
    """One part of a stick. part: a place on the ESP or a partition; why: a code, empty if right."""

    part: str
    verdict: Verdict
    why: str = ""


class Stage(StrEnum):
    """How far a stick has come; `prepared`: it brings a sealed kit and was never started."""

    UNUSED = "unused"
    PREPARED = "prepared"
    BEGUN = "begun"
    USED = "used"


class Report(msgspec.Struct, frozen=True):
    """All parts. versions: slot → the release that is signed for it."""

    rows: tuple[Row, ...]
    versions: dict[str, str]
    stage: Stage

    @property
    def verdict(self) -> Verdict:
        """Altered if one part is; unknown if nothing that starts was signed; else right."""
        found = {row.verdict for row in self.rows}
        if Verdict.ALTERED in found:
            return Verdict.ALTERED
        return Verdict.RIGHT if self.versions else Verdict.UNKNOWN


DIFFERS, MISSING, UNSIGNED, NOBODYS, UNREADABLE, UNFINISHED = (
    "UPD-070",
    "UPD-071",
    "UPD-072",
    "UPD-073",
    "UPD-074",
    "UPD-075",
)
NOT_NAMED_YET = "UPD-076"  # fmt: skip


def verify_stick(
    disk: Disk,
    esp: Esp,
    ring: Ring,
    progress: Progress,
    parts: tuple[layout.Part, ...] = layout.PARTS,
) -> Report:
    """The report of a stick whose table should hold these parts.

    progress: bytes of the slots' roots; what it raises ends the work. Raises Unavailable `UPD-013`
    and BadInput `UPD-014` where its boot part is not to be had at all.
    """
    disk.flush()
    files = esp.files()
    releases = {slot: _release(esp, slot, ring, files) for slot in SLOTS}
    rows = [_table(disk, parts)]
    base = base_release(esp, ring)
    rows += _base_rows(disk, esp, files, base, ring)
    counted = _counted(releases, progress)
    for slot, found in releases.items():
        if isinstance(found, Release):
            rows += _slot_rows(disk, esp, slot, found, files)
            rows.append(_root(disk, slot, found, counted))
        elif found == UNFINISHED:
            rows += _unfinished_rows(slot, files)
        elif found is not None:
            rows += _unsigned_rows(slot, ring, files)
            rows.append(_unsigned_root(disk, esp, slot, counted))
    signed = [found for found in releases.values() if isinstance(found, Release)]
    rows += _rescue(esp, releases, files)
    rows += [_environment(disk, esp, files), _conf(esp, files)]
    rows += _strangers(files, {row.part for row in rows}, base)
    versions = {s: r.manifest.version for s, r in releases.items() if isinstance(r, Release)}
    return Report(tuple(rows), versions if signed else {}, stage_of(disk, files))


def stage_of(disk: Disk, files: dict[str, int]) -> Stage:
    """How far it has come, by its partitions and by whether it carries a sealed kit."""
    labels = {extent.label for extent in disk.table.extents}
    if layout.DATA in labels:
        return Stage.USED
    if layout.NEW_DATA in labels:
        return Stage.BEGUN
    has_seed = any(place.startswith(f"{SEED}/") for place in files)
    return Stage.PREPARED if has_seed else Stage.UNUSED


def surface(disk: Disk, progress: Progress) -> tuple[int, ...]:
    """Every MiB of a disk is read; those that cannot be, as places in bytes."""
    bad = []
    disk.flush()
    for at in range(0, disk.size, MIB):
        try:
            disk.read(at, MIB)
        except Unavailable:
            bad.append(at)
        progress(min(at + MIB, disk.size), disk.size, READING)
    return tuple(bad)


# ------------------------------------------------------------------------------ table, boot chain


def _table(disk: Disk, parts: tuple[layout.Part, ...]) -> Row:
    """Our partitions in our places, none between them; both copies of the table the same.

    `kit-data-new` counts as `kit-data`: a first start that was cut off has left it in its place.
    """
    known = {part.label for part in parts}
    first = {part.label for part in layout.IMAGE_PARTS}
    table = _with_data_named(disk.table)
    start, right = MIB, table.whole
    for part in parts:
        extent = table.get(part.label)
        if extent is not None:
            sizes = part.size in (0, extent.size)
            place = (extent.start, extent.number, extent.type_guid)
            right = right and sizes and place == (start, part.number, part.type_guid)
        elif part.label in first:
            right = False
        start += part.size
    labels = [extent.label for extent in table.extents]
    right = right and set(labels) <= known and len(labels) == len(set(labels))
    return _row(TABLE, is_right=right)


def _with_data_named(table: Table) -> Table:
    extents = (
        msgspec.structs.replace(one, label=layout.DATA) if one.label == layout.NEW_DATA else one
        for one in table.extents
    )
    return msgspec.structs.replace(table, extents=tuple(extents))


def base_release(esp: Esp, ring: Ring) -> Release | None:
    """The signed release that the boot chain came from; None where there is none."""
    text = boot.small(esp, MANIFEST, manifest.LARGEST)
    signed = boot.small(esp, SIGNATURE, signature.LARGEST)
    try:
        return trusted(text or b"", signed or b"", ring)
    except KitError:
        return None


def _base_rows(
    disk: Disk, esp: Esp, files: dict[str, int], base: Release | None, ring: Ring
) -> Iterator[Row]:
    if base is None:
        is_altered = MANIFEST in files and bool(ring.keys)
        yield Row(MANIFEST, Verdict.ALTERED if is_altered else Verdict.UNKNOWN, UNSIGNED)
        return
    yield from (Row(MANIFEST, Verdict.RIGHT), Row(SIGNATURE, Verdict.RIGHT))
    for place, told in sorted(base.manifest.boot.items()):
        if place in (MBR, BIOS):
            yield _code(disk, place, told)
        else:
            yield _file(esp, place, told, files)


def _code(disk: Disk, place: str, told: str) -> Row:
    try:
        return _row(place, is_right=code_digest(disk, place) == told)
    except KitError:
        return Row(place, Verdict.ALTERED, UNREADABLE)


def code_digest(disk: Disk, place: str) -> str:
    """The digest of what a BIOS runs: MBR, the code of the first sector, or BIOS, GRUB's core."""
    if place == MBR:
        return hashlib.sha256(disk.read(0, BOOT_CODE_BYTES)).hexdigest()
    found = hashlib.sha256()
    for chunk in disk.chunks(BIOS, disk.table.at(BIOS).size):
        found.update(chunk)
    return found.hexdigest()


# ------------------------------------------------------------------------------ slots


def _release(esp: Esp, slot: str, ring: Ring, files: dict[str, int]) -> Release | str | None:
    """The signed release of a slot; None where it is empty; a code where none is signed.

    Without a `slot.cfg` nothing starts it: an update that was cut off took it away first.
    """
    if not any(place.startswith(f"kit/{slot}/") for place in files):
        return None
    if slot_file(slot, SLOT_CFG) not in files:
        return UNFINISHED
    try:
        return release_in(esp, slot, ring)
    except KitError:
        return UNSIGNED


def _unfinished_rows(slot: str, files: dict[str, int]) -> Iterator[Row]:
    """What an update that was cut off has left: nothing of it starts, so nothing of it is right."""
    yield Row(ROOT[slot], Verdict.UNKNOWN, UNFINISHED)
    for name in (KERNEL, INITRD, MANIFEST_NAME, SIGNATURE_NAME):
        if slot_file(slot, name) in files:
            yield Row(slot_file(slot, name), Verdict.UNKNOWN, UNFINISHED)


def _unsigned_rows(slot: str, ring: Ring, files: dict[str, int]) -> Iterator[Row]:
    """A slot that could start and that nobody signed for, whatever lies in it.

    Whoever alters a stick would take the signature away. A kit that trusts no key cannot tell.
    """
    verdict = Verdict.ALTERED if ring.keys else Verdict.UNKNOWN
    yield Row(slot_file(slot, MANIFEST_NAME), verdict, UNSIGNED)
    for name in layout.SLOT_FILES:
        if slot_file(slot, name) in files:
            yield Row(slot_file(slot, name), Verdict.UNKNOWN, UNSIGNED)


def _unsigned_root(disk: Disk, esp: Esp, slot: str, progress: Callable[[int], None]) -> Row:
    """Nobody's root, so never right; worn out all the same where its own root hash says so."""
    cfg = boot.small(esp, slot_file(slot, SLOT_CFG)) or b""
    told = ROOT_HASH.search(cfg)
    try:
        health = slot_health(disk, slot, progress)
    except KitError:
        return Row(ROOT[slot], Verdict.ALTERED, UNREADABLE)
    if told is None or not health.right(told[1].decode()):
        return Row(ROOT[slot], Verdict.ALTERED, DIFFERS)
    return Row(ROOT[slot], Verdict.UNKNOWN, UNSIGNED)


def _slot_rows(
    disk: Disk, esp: Esp, slot: str, release: Release, files: dict[str, int]
) -> Iterator[Row]:
    for name in (MANIFEST_NAME, SIGNATURE_NAME):
        yield Row(slot_file(slot, name), Verdict.RIGHT)
    for name in (KERNEL, INITRD):
        yield _file(esp, slot_file(slot, name), release.manifest.parts[name].sha256, files)
    yield _file(esp, slot_file(slot, SLOT_CFG), _cfg_digest(release), files)
    tree = release.manifest.parts[VERITY_PART]
    try:
        right = manifest.part_of(disk.chunks(VERITY[slot], tree.size)) == tree
    except KitError:
        yield Row(VERITY[slot], Verdict.ALTERED, UNREADABLE)
        return
    yield _row(VERITY[slot], is_right=right)


def _root(disk: Disk, slot: str, release: Release, progress: Callable[[int], None]) -> Row:
    try:
        health = slot_health(disk, slot, progress)
    except KitError:
        return Row(ROOT[slot], Verdict.ALTERED, UNREADABLE)
    return _row(ROOT[slot], is_right=health.right(release.manifest.root_hash))


def _cfg_digest(release: Release, rescued: str = "") -> str:
    text = layout.slot_cfg(release.manifest.root_hash, release.manifest.version)
    return hashlib.sha256(text + rescued.encode()).hexdigest()


def _rescue(
    esp: Esp, releases: dict[str, Release | str | None], files: dict[str, int]
) -> Iterator[Row]:
    """The rescue copy is that of a slot whose release is signed, or it is altered."""
    cfg = f"{RESCUE}/{SLOT_CFG}"
    if cfg not in files:
        for name in (KERNEL, INITRD):
            if f"{RESCUE}/{name}" in files:
                yield Row(f"{RESCUE}/{name}", Verdict.UNKNOWN, MISSING)
        return
    found = boot.sha256(esp, cfg)
    for slot, release in releases.items():
        if isinstance(release, Release):
            told = {_cfg_digest(release), _cfg_digest(release, f"set rescue={slot}\n")}
            if found in told:
                yield Row(cfg, Verdict.RIGHT)
                for name in (KERNEL, INITRD):
                    part = release.manifest.parts[name]
                    yield _file(esp, f"{RESCUE}/{name}", part.sha256, files)
                return
    signed = any(isinstance(release, Release) for release in releases.values())
    yield Row(cfg, *((Verdict.ALTERED, DIFFERS) if signed else (Verdict.UNKNOWN, UNSIGNED)))


# ------------------------------------------------------------------------------ what a stick owns


def _environment(disk: Disk, esp: Esp, files: dict[str, int]) -> Row:
    """Its words go into the kernel's line, so only ours, with values that can only be these."""
    found = boot.environment(esp)
    if GRUBENV not in files or found is None:
        return Row(GRUBENV, Verdict.ALTERED, MISSING if GRUBENV not in files else DIFFERS)
    allowed = {layout.FIRST: set(SLOTS)}
    allowed |= {layout.LEFT[slot]: {str(n) for n in range(layout.TRIES + 1)} for slot in SLOTS}
    for label, variable in layout.UUID_VARIABLES.items():
        extent = disk.table.get(label)
        allowed[variable] = {extent.uuid} if extent is not None else set()
    wrong = {name for name, value in found.items() if value not in allowed.get(name, set())}
    if wrong and stage_of(disk, files) == Stage.BEGUN and _are_names(wrong, found):
        return Row(GRUBENV, Verdict.UNKNOWN, NOT_NAMED_YET)
    return _row(GRUBENV, is_right=not wrong)


def _are_names(wrong: set[str], found: dict[str, str]) -> bool:
    """Whether it is names of partitions only: drawn anew by a first start that was then cut off."""
    variables = set(layout.UUID_VARIABLES.values())
    return all(name in variables and PART_UUID.fullmatch(found[name]) for name in wrong)


def _conf(esp: Esp, files: dict[str, int]) -> Row:
    """A person's settings: known lines only."""
    if KIT_CONF not in files:
        return Row(KIT_CONF, Verdict.UNKNOWN, MISSING)
    text = (boot.small(esp, KIT_CONF, LARGEST_CONF) or b"\0").decode("utf-8", "replace")
    return _row(KIT_CONF, is_right=all(CONF_LINE.fullmatch(line) for line in text.splitlines()))


def _strangers(files: dict[str, int], spoken_for: set[str], base: Release | None) -> Iterator[Row]:
    """Files that no release knows. A seed is one kit's own; a draft was left by an update.

    Where firmware and GRUB read, nobody but a kit has anything to write.
    """
    if any(place.startswith(f"{SEED}/") for place in files):
        yield Row(SEED, Verdict.UNKNOWN, NOBODYS)
    for place in sorted(files.keys() - spoken_for):
        is_draft = place.startswith("kit/") and place.endswith(PART_SUFFIX)
        if is_draft or place.startswith(f"{SEED}/"):
            continue
        if base is None:
            yield Row(place, Verdict.UNKNOWN, UNSIGNED)
        else:
            ours = place.partition("/")[0].lower() in ("efi", "kit")
            yield Row(place, Verdict.ALTERED if ours else Verdict.UNKNOWN, NOBODYS)


# ------------------------------------------------------------------------------ small things


def _file(esp: Esp, place: str, told: str, files: dict[str, int]) -> Row:
    if place not in files:
        return Row(place, Verdict.ALTERED, MISSING)
    try:
        return _row(place, is_right=boot.sha256(esp, place) == told)
    except KitError:
        return Row(place, Verdict.ALTERED, UNREADABLE)


def _row(part: str, *, is_right: bool) -> Row:
    return Row(part, Verdict.RIGHT) if is_right else Row(part, Verdict.ALTERED, DIFFERS)


def _counted(
    releases: dict[str, Release | str | None], progress: Progress
) -> Callable[[int], None]:
    found = [one for one in releases.values() if isinstance(one, Release)]
    total = sum(release.manifest.parts[ROOT_PART].size for release in found)
    done = 0

    def more(count: int) -> None:
        nonlocal done
        done += count
        progress(min(done, total), total, READING)

    return more
