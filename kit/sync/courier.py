"""What lies on a courier stick: names, limits, the signed manifest, runs in encrypted segments.

    kit-bundle-<16 hex>/manifest            signed; who may open which lot; the rest is encrypted
    kit-bundle-<16 hex>/seg-<lot>-<number>  a stream (`stream`) of runs: the raw bytes of entries
    want-<16 hex>                           a manifest without segments: what that kit holds

A lot is what the same kits may hold: each lot has its own key, sealed to each of them, so that a
stick gives nobody more than a connection would. In clear are: the fleet's and the devices' opaque
names, sizes. Pure: bytes in, values out. Not for: files (`courier_reader`, `courier_writer`), what
to carry (`courier_plan`), nor whether an entry is good (`Replica.take`). Source: sync.md §7.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import msgspec

from kit.core.envelope import RAW_LIMIT, SIGNATURE_BYTES
from kit.core.errors import BadInput, Incompatible
from kit.core.replication import RUN_EVENTS, Vector
from kit.sync.stream import KEY_BYTES, opened, sealed

VERSION = 1
MAGIC = b"KITUSB1\n"
BUNDLE = re.compile(r"kit-bundle-[0-9a-f]{16}", re.ASCII)
WANT = re.compile(r"want-[0-9a-f]{16}", re.ASCII)
SEGMENT = re.compile(r"seg-[0-9]{4}-[0-9]{6}", re.ASCII)
MANIFEST = "manifest"

MANIFEST_BYTES = 4 * 1024 * 1024
SEGMENT_BYTES = 16 * 1024 * 1024
BUNDLE_BYTES = 2 * 1024**3
BUNDLE_ENTRIES = 5_000_000
NAMES = 100_000
"""How many names of a folder are looked at."""
BUNDLES, WANTS, LOTS = 256, 1024, 4096

Bytes8 = Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
Bytes16 = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Bytes32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Place = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
Raw = Annotated[bytes, msgspec.Meta(min_length=SIGNATURE_BYTES + 1, max_length=RAW_LIMIT)]
Lot = Annotated[int, msgspec.Meta(ge=0, lt=LOTS)]

UNREADABLE = "USB-018"
NEWER = "USB-016"
ALTERED = "USB-013"
NOT_FOR_US = "USB-017"
BOX = "USB-019"
NOT_A_RUN = "USB-028"


class Run(msgspec.Struct, frozen=True, array_like=True):
    """Entries of one feed: contiguous where fork is 0, else of a feed that is forked from there."""

    feed: Bytes16
    fork: Place
    raws: Annotated[tuple[Raw, ...], msgspec.Meta(min_length=1, max_length=RUN_EVENTS)]


class Range(msgspec.Struct, frozen=True, array_like=True):
    """What a segment holds of a feed: numbers, and the first 8 bytes of the last one's id."""

    feed: Bytes16
    fork: Place
    first: Place
    last: Place
    id8: Bytes8


class Segment(msgspec.Struct, frozen=True, array_like=True):
    """One file of a bundle. early: entries of the directory, to be read before all others."""

    lot: Lot
    number: Annotated[int, msgspec.Meta(ge=0, lt=1_000_000)]
    size: Place
    entries: Place
    early: bool
    ranges: tuple[Range, ...]

    @property
    def name(self) -> str:
        """Its file's name."""
        return segment_name(self.lot, self.number)


class Inside(msgspec.Struct, frozen=True, array_like=True):
    """The encrypted part of a manifest: claimed UTC ms, version, what its kit holds, its files.

    scopes: for a shared folder (`segment`), the scope of each lot.
    """

    made_ms: int
    app: Annotated[str, msgspec.Meta(max_length=64)]
    want: Vector
    segments: tuple[Segment, ...] = ()
    scopes: tuple[str, ...] = ()


class Manifest(msgspec.Struct, frozen=True, array_like=True):
    """The signed part of a manifest, in clear.

    fleet: 16 bytes; exercise: the fleet's world is one; author: who made and signed it; name: the
    bundle's random 8 bytes, which its segments are bound to; boxes: first 8 bytes of a device's key
    → that device's keys, sealed; inside: `Inside`, under the key of lot 0.
    """

    v: int
    fleet: Bytes16
    exercise: bool
    author: Bytes32
    name: Bytes8
    boxes: dict[Bytes8, bytes]
    inside: bytes


class Sheet(msgspec.Struct, frozen=True):
    """A manifest whose signature is its author's and which this kit can open."""

    manifest: Manifest
    inside: Inside
    keys: dict[int, bytes]


class _Version(msgspec.Struct, array_like=True):
    v: int


_encode = msgspec.msgpack.Encoder().encode
_version = msgspec.msgpack.Decoder(_Version).decode
_manifest = msgspec.msgpack.Decoder(Manifest).decode
_inside = msgspec.msgpack.Decoder(Inside).decode
_run = msgspec.msgpack.Decoder(Run).decode
FAULTS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes, bytes], bool]
Seal = Callable[[bytes, bytes], bytes]
Open = Callable[[bytes], bytes | None]


def bundle_folder(name: bytes) -> str:
    """The folder of a bundle, by its 8 random bytes."""
    return f"kit-bundle-{name.hex()}"


def want_name(device: bytes) -> str:
    """The file in which a device says what it holds."""
    return f"want-{device[:8].hex()}"


def segment_name(lot: int, number: int) -> str:
    """The file of a segment."""
    return f"seg-{lot:04d}-{number:06d}"


def about(name: bytes, lot: int, number: int) -> bytes:
    """What binds a segment's chunks to their bundle and place."""
    return b"kit segment" + name + lot.to_bytes(4, "big") + number.to_bytes(4, "big")


def encode_run(run: Run) -> bytes:
    """A run as the content of one chunk."""
    return _encode(run)


def decode_run(data: bytes) -> Run:
    """A chunk's content, of the shape of a run at least. Raises BadInput `USB-028`."""
    try:
        return _run(data)
    except FAULTS:
        raise BadInput(NOT_A_RUN) from None


def write_manifest(
    bare: Manifest, inside: Inside, keys: Mapping[int, bytes], readers: Mapping[bytes, bytes],
    sign: Sign,
) -> bytes:  # fmt: skip
    """The bytes of a manifest. bare: without `inside`; keys: lot → key; readers: as `boxes`."""
    content = _encode(
        msgspec.structs.replace(
            bare, boxes=dict(readers), inside=sealed(keys[0], bound_inside(bare), _encode(inside))
        )
    )
    if len(content) + len(MAGIC) + SIGNATURE_BYTES > MANIFEST_BYTES:
        raise BadInput("USB-024")
    return MAGIC + sign(MAGIC + content) + content


def seal_keys(keys: Mapping[int, bytes], lots: Sequence[int], public: bytes, seal: Seal) -> bytes:
    """One device's box: (lot, key) of each lot that it may hold."""
    return seal(public, b"".join(lot.to_bytes(2, "big") + keys[lot] for lot in lots))


def _opened_keys(box: bytes | None) -> dict[int, bytes]:
    step = 2 + KEY_BYTES
    if not box or len(box) % step:
        raise BadInput(BOX)
    parts = [box[at : at + step] for at in range(0, len(box), step)]
    return {int.from_bytes(part[:2], "big"): part[2:] for part in parts}


def bound_inside(manifest: Manifest) -> bytes:
    """What binds the inside of a manifest to its outside."""
    return b"kit manifest" + manifest.fleet + manifest.author + manifest.name


def decode_manifest(data: bytes) -> Manifest:
    """The clear part of a manifest; its signature is not checked here.

    Raises BadInput `USB-018` (not one), Incompatible `USB-016` (a version to come).
    """
    head = len(MAGIC) + SIGNATURE_BYTES
    if not head < len(data) <= MANIFEST_BYTES or data[: len(MAGIC)] != MAGIC:
        raise BadInput(UNREADABLE)
    try:
        version = _version(data[head:]).v
        if version != VERSION:
            raise Incompatible(NEWER, version=version)
        return _manifest(data[head:])
    except FAULTS:
        raise BadInput(UNREADABLE) from None


class Reader(msgspec.Struct, frozen=True):
    """Who reads manifests: fleet, world, device, and the two ways to prove and to open."""

    fleet: bytes
    exercise: bool
    device: bytes
    verify: Verify
    unseal: Open

    def read(self, data: bytes) -> Sheet:
        """A manifest that concerns this kit, opened.

        Raises BadInput or Incompatible with the reason: foreign, altered, damaged, not for us.
        """
        manifest = decode_manifest(data)
        if manifest.fleet != self.fleet:
            raise BadInput(self._foreign(manifest))
        head = len(MAGIC)
        signature, content = data[head : head + SIGNATURE_BYTES], data[head + SIGNATURE_BYTES :]
        if not self.verify(manifest.author, signature, MAGIC + content):
            raise BadInput(ALTERED)
        box = manifest.boxes.get(self.device[:8])
        if box is None:
            raise BadInput(NOT_FOR_US)
        keys = _opened_keys(self.unseal(box))
        try:
            inside = _inside(
                b"".join(opened(keys.get(0, bytes(32)), bound_inside(manifest), manifest.inside))
            )
        except FAULTS:
            raise BadInput(UNREADABLE) from None
        return Sheet(manifest, inside, keys)

    def _foreign(self, manifest: Manifest) -> str:
        if manifest.exercise == self.exercise:
            return "USB-010"
        return "USB-011" if manifest.exercise else "USB-012"
