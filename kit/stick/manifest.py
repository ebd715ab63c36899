"""What a release is, in one signed file: its version, its root hash, every byte that belongs to it.

Parsed strictly: an unknown field, a size past its slot, a hash that is none, a path that leads
anywhere: refused. Only a manifest whose signature holds (`signature.check`) means anything. Not
for: the container it travels in (`bundle`), nor whether to go from one release to another
(`wanted`, below, says only yes or why not).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import msgspec

from kit.core.errors import BadInput, Refused
from kit.stick.layout import (
    BY_LABEL,
    INITRD,
    KERNEL,
    MIB,
    ROOT,
    VERITY,
)

FORMAT = 1
"""Format of the image: partitions, places, variables of GRUB. Another one needs a new stick."""
PRODUCT = "cyber-kit"
LARGEST = MIB
CHUNK = MIB
UNREADABLE, OTHER_FORMAT = "UPD-031", "UPD-032"
SAME, OLDER, GAP = "UPD-033", "UPD-034", "UPD-035"

ROOT_PART, VERITY_PART = "root.squashfs", "root.verity"
PART_LIMITS = {
    ROOT_PART: BY_LABEL[ROOT["a"]].size,
    VERITY_PART: BY_LABEL[VERITY["a"]].size,
    KERNEL: 64 * MIB,
    INITRD: 160 * MIB,
}
"""Parts of a release in the order in which they travel, and the most that each may weigh."""
VERSION = re.compile(r"(\d{1,4})\.(\d{1,5})\.(\d{1,5})(?:[+~.-][0-9A-Za-z.]{1,32})?")
DIGEST = re.compile(r"[0-9a-f]{64}")
PLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
MOST_PLACES = 256


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a release. chunks: SHA-256 of each MiB, so that a transfer can be resumed."""

    size: int
    sha256: str
    chunks: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A release. epoch: seconds of its sources; least: the oldest version that may go to it.

    boot: what no update touches, place → SHA-256: files of the ESP, `mbr` (the first 440 bytes of
    the disk) and `kit-bios` (that whole partition).
    """

    product: str = PRODUCT
    format: int
    version: str
    least: str
    epoch: int
    profile: str
    root_hash: str
    parts: dict[str, Part]
    boot: dict[str, str] = {}

    @property
    def order(self) -> tuple[int, ...]:
        """Greater is newer: the three numbers of the version, then the moment of its sources."""
        return (*numbers(self.version), self.epoch)

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts.values())


class Installed(msgspec.Struct, frozen=True):
    """The release that runs: its version, epoch and root hash, as its own manifest says."""

    version: str
    epoch: int
    root_hash: str


def numbers(version: str) -> tuple[int, int, int]:
    """The three numbers of a version. Raises BadInput `UPD-031`."""
    found = VERSION.fullmatch(version)
    if found is None:
        raise BadInput(UNREADABLE)
    return int(found[1]), int(found[2]), int(found[3])


def part_of(chunks: Iterable[bytes]) -> Part:
    """The description of a file that is given in pieces of any length."""
    whole, piece, size, pieces = hashlib.sha256(), hashlib.sha256(), 0, []
    for data in chunks:
        left = memoryview(data)
        whole.update(left)
        while left:
            now = left[: CHUNK - size % CHUNK]
            piece.update(now)
            size, left = size + len(now), left[len(now) :]
            if size % CHUNK == 0:
                pieces.append(piece.hexdigest())
                piece = hashlib.sha256()
    if size % CHUNK:
        pieces.append(piece.hexdigest())
    return Part(size, whole.hexdigest(), tuple(pieces))


def written(manifest: Manifest) -> bytes:
    """The bytes of a manifest, the same for the same release. What is signed is these bytes."""
    data = msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1)
    read(data)
    return data


def read(data: bytes) -> Manifest:
    """A manifest of these bytes. Raises BadInput `UPD-031`, for another image format `UPD-032`."""
    if len(data) > LARGEST:
        raise BadInput(UNREADABLE)
    try:
        other = msgspec.json.decode(data, type=_Format)
        if other.product == PRODUCT and other.format != FORMAT:
            raise BadInput(OTHER_FORMAT, format=other.format)
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise BadInput(UNREADABLE) from None
    if not _is_sound(manifest):
        raise BadInput(UNREADABLE)
    return manifest


def wanted(new: Manifest, now: Installed, *, confirmed: bool) -> Refused | None:
    """Why this release does not go onto a kit that runs `now`; None where it may.

    confirmed: an administrator has said that going back is meant.
    """
    told = {"version": new.version, "installed": now.version}
    if new.root_hash == now.root_hash:
        return Refused(SAME, told)
    if numbers(now.version) < numbers(new.least):
        return Refused(GAP, told | {"least": new.least})
    if new.order < (*numbers(now.version), now.epoch) and not confirmed:
        return Refused(OLDER, told)
    return None


class _Format(msgspec.Struct, frozen=True):
    product: str
    format: int


def _is_sound(manifest: Manifest) -> bool:
    versions = VERSION.fullmatch(manifest.version) and VERSION.fullmatch(manifest.least)
    sizes = all(_fits(name, part) for name, part in manifest.parts.items())
    places = len(manifest.boot) <= MOST_PLACES and all(
        PLACE.fullmatch(place) and ".." not in place and DIGEST.fullmatch(digest)
        for place, digest in manifest.boot.items()
    )
    return bool(
        manifest.product == PRODUCT
        and versions
        and 0 <= manifest.epoch < 1 << 40
        and re.fullmatch(r"[a-z]{1,16}", manifest.profile)
        and DIGEST.fullmatch(manifest.root_hash)
        and manifest.parts.keys() == PART_LIMITS.keys()
        and sizes
        and places
    )


def _fits(name: str, part: Part) -> bool:
    digests = (part.sha256, *part.chunks)
    return (
        name in PART_LIMITS
        and 0 < part.size <= PART_LIMITS[name]
        and len(part.chunks) == -(-part.size // CHUNK)
        and all(DIGEST.fullmatch(digest) for digest in digests)
    )
