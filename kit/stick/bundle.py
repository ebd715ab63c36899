"""A release as one file, `kit-<version>.kitupdate`: manifest, its signature, then the parts.

A plain tar (ustar) that any tool can list. Ours is read strictly and in one pass: these names in
this order, plain files only, the sizes of the signed manifest, nothing behind the end. So a link, a
path that climbs out, a second file of one name or a size without end is not handled but refused,
and no more than one chunk is ever held. Not for: whether the release is wanted (`manifest.wanted`),
nor for writing it anywhere (`apply`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from kit.core.errors import BadInput
from kit.stick import manifest as releases
from kit.stick import signature
from kit.stick.layout import MANIFEST_NAME, SIGNATURE_NAME
from kit.stick.manifest import CHUNK, PART_LIMITS, Manifest, Part
from kit.stick.signature import Ring

BLOCK = 512
NOT_A_BUNDLE, CUT_OFF, ALTERED = "UPD-040", "UPD-041", "UPD-042"
SIZE = re.compile(rb"[0-7]{11}\0")


class Source(Protocol):
    """A file that is read once, from its beginning."""

    def read(self, count: int, /) -> bytes:
        """At most `count` bytes; b"" at the end."""
        ...


class Release(msgspec.Struct, frozen=True):
    """A manifest whose signature holds, with the bytes that were signed."""

    manifest: Manifest
    text: bytes
    signatures: bytes
    ring: Ring


def trusted(text: bytes, signatures: bytes, ring: Ring) -> Release:
    """The release of a manifest and its signature file. Raises what `signature.check` raises first.

    Nothing of the manifest is looked at before its signature holds.
    """
    led = signature.check(ring, signatures, text)
    return Release(releases.read(text), text, signatures, led)


class Bundle:
    """A bundle that is being read. The release is known, and trusted, from the start.

    Raises BadInput: `UPD-040` for what is no bundle, `UPD-041` where it was cut off, `UPD-042`
    where a part is not the one that was signed; also what `trusted` raises.
    """

    def __init__(self, source: Source, ring: Ring) -> None:
        self._source = source
        text = self._small(MANIFEST_NAME, releases.LARGEST)
        signatures = self._small(SIGNATURE_NAME, signature.LARGEST)
        self.release = trusted(text, signatures, ring)

    def parts(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each part with its chunks; take all of one before the next.

        A chunk is given only when its hash is the manifest's, so what was taken is always right.
        """
        for name in PART_LIMITS:
            part = self.release.manifest.parts[name]
            if self._header(name) != part.size:
                raise BadInput(ALTERED, part=name)
            yield name, self._chunks(name, part)
            self._padding(part.size)
        if any(self._exactly(2 * BLOCK)) or any(self._source.read(CHUNK)):
            raise BadInput(NOT_A_BUNDLE)

    def check(self, progress: Callable[[int], None]) -> Release:
        """Read everything and keep nothing: the bundle is whole and right."""
        for _name, chunks in self.parts():
            for chunk in chunks:
                progress(len(chunk))
        return self.release

    def _chunks(self, name: str, part: Part) -> Iterator[bytes]:
        left = part.size
        for digest in part.chunks:
            data = self._exactly(min(CHUNK, left))
            if hashlib.sha256(data).hexdigest() != digest:
                raise BadInput(ALTERED, part=name)
            left -= len(data)
            yield data

    def _small(self, name: str, most: int) -> bytes:
        size = self._header(name)
        if size > most:
            raise BadInput(NOT_A_BUNDLE)
        data = self._exactly(size)
        self._padding(size)
        return data

    def _header(self, name: str) -> int:
        """The size that the header of this very file tells."""
        head = self._exactly(BLOCK)
        size = head[124:136]
        if not SIZE.fullmatch(size) or head != header(name, int(size[:11], 8)):
            raise BadInput(NOT_A_BUNDLE)
        return int(size[:11], 8)

    def _padding(self, size: int) -> None:
        if any(self._exactly(-size % BLOCK)):
            raise BadInput(NOT_A_BUNDLE)

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            more = self._source.read(count - len(data))
            if not more:
                raise BadInput(CUT_OFF)
            data += more
        return bytes(data)


def header(name: str, size: int) -> bytes:
    """The one header that a file of a bundle may have: no time, no owner, no link, no device."""
    head = bytearray(BLOCK)
    for at, text in (
        (0, name.encode("ascii")),
        (100, b"0000644\0"),
        (108, b"0000000\0"),
        (116, b"0000000\0"),
        (124, b"%011o\0" % size),
        (136, b"00000000000\0"),
        (148, b" " * 8),
        (156, b"0"),
        (257, b"ustar\00000"),
    ):
        head[at : at + len(text)] = text
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


def pieces(
    text: bytes, signatures: bytes, parts: Callable[[str], Iterator[bytes]]
) -> Iterator[bytes]:
    """The bytes of a bundle, in order. parts: name → its content in pieces.

    The same release gives the same bytes. Raises BadInput `UPD-042` where a part is not as long as
    its manifest says.
    """
    manifest = releases.read(text)
    for name, data in ((MANIFEST_NAME, text), (SIGNATURE_NAME, signatures)):
        yield header(name, len(data)) + data + bytes(-len(data) % BLOCK)
    for name in PART_LIMITS:
        size = manifest.parts[name].size
        yield header(name, size)
        for data in parts(name):
            size -= len(data)
            yield data
        if size:
            raise BadInput(ALTERED, part=name)
        yield bytes(-manifest.parts[name].size % BLOCK)
    yield bytes(2 * BLOCK)


class Block(msgspec.Struct, frozen=True):
    """A piece of a bundle that is known by its digest: where it stands, and how long it is."""

    at: int
    size: int
    sha256: str


def blocks(release: Release) -> tuple[Block, ...]:
    """Manifest, signature file, then every MiB of every part: what a transfer asks for by number.

    What lies between them is known without asking (`skeleton`).
    """
    found: list[Block] = []
    at = 0
    for data in (release.text, release.signatures):
        found.append(Block(at + BLOCK, len(data), hashlib.sha256(data).hexdigest()))
        at += _taken(len(data))
    for name in PART_LIMITS:
        told = release.manifest.parts[name]
        for n, digest in enumerate(told.chunks):
            size = min(CHUNK, told.size - n * CHUNK)
            found.append(Block(at + BLOCK + n * CHUNK, size, digest))
        at += _taken(told.size)
    return tuple(found)


def skeleton(release: Release) -> Iterator[tuple[int, bytes]]:
    """The headers of a bundle and where they stand; everything else outside of blocks is zero."""
    at = 0
    files = [(MANIFEST_NAME, len(release.text)), (SIGNATURE_NAME, len(release.signatures))]
    files += [(name, release.manifest.parts[name].size) for name in PART_LIMITS]
    for name, size in files:
        yield at, header(name, size)
        at += _taken(size)


def bundle_size(release: Release) -> int:
    """Bytes of the whole bundle."""
    files = [len(release.text), len(release.signatures)]
    files += [part.size for part in release.manifest.parts.values()]
    return sum(map(_taken, files)) + 2 * BLOCK


def _taken(size: int) -> int:
    """What a file takes in the archive, with its header."""
    return BLOCK + size + -size % BLOCK
