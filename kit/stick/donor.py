"""A stick as the source of a release: what one of its slots holds, as the bundle it came from.

Nothing is made up: manifest and signature are those that lie beside the slot's kernel, and the
reader of the bundle (`bundle.Bundle`) checks every byte against them as it does a file's. Not for:
copying a whole stick (`clone`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from kit.core.errors import BadInput
from kit.stick import boot, manifest, signature
from kit.stick.boot import Esp
from kit.stick.bundle import Release, Source, pieces, trusted
from kit.stick.layout import MANIFEST_NAME, ROOT, SIGNATURE_NAME, VERITY, slot_file
from kit.stick.manifest import ROOT_PART, VERITY_PART
from kit.stick.signature import Ring
from kit.stick.table import Disk

NOTHING_SIGNED = "UPD-060"


class Pieces:
    """A file that is made while it is read, piece by piece."""

    def __init__(self, made: Iterator[bytes]) -> None:
        self._made = made
        self._rest = b""

    def read(self, count: int, /) -> bytes:
        """At most `count` bytes; b"" at the end."""
        while not self._rest:
            more = next(self._made, None)
            if more is None:
                return b""
            self._rest = more
        given, self._rest = self._rest[:count], self._rest[count:]
        return given


def texts(esp: Esp, slot: str) -> tuple[bytes, bytes]:
    """Manifest and signature of a slot. Raises BadInput `UPD-060` where it has none."""
    text = boot.small(esp, slot_file(slot, MANIFEST_NAME), manifest.LARGEST)
    signed = boot.small(esp, slot_file(slot, SIGNATURE_NAME), signature.LARGEST)
    if text is None or signed is None:
        raise BadInput(NOTHING_SIGNED, slot=slot)
    return text, signed


def release_in(esp: Esp, slot: str, ring: Ring) -> Release:
    """The signed release of a slot. Raises what `texts` and `bundle.trusted` raise."""
    return trusted(*texts(esp, slot), ring)


def newest(esp: Esp, ring: Ring) -> tuple[str, Release]:
    """The slot with the newest signed release. Raises what the last bad one raises."""
    found: list[tuple[str, Release]] = []
    fault = BadInput(NOTHING_SIGNED, slot="a")
    for slot in ROOT:
        try:
            found.append((slot, release_in(esp, slot, ring)))
        except BadInput as bad:
            fault = bad
    if not found:
        raise fault
    return max(found, key=lambda one: one[1].manifest.order)


def part(disk: Disk, esp: Esp, slot: str, name: str, size: int) -> Iterator[bytes]:
    """A part of the release in a slot, as it lies there."""
    labels = {ROOT_PART: ROOT[slot], VERITY_PART: VERITY[slot]}
    if name in labels:
        return disk.chunks(labels[name], size)
    return esp.chunks(slot_file(slot, name))


def opening(disk: Disk, esp: Esp, slot: str) -> Callable[[], AbstractContextManager[Source]]:
    """What `apply` opens: the bundle of a slot of another stick."""
    text, signed = texts(esp, slot)
    sizes = {name: one.size for name, one in manifest.read(text).parts.items()}

    @contextmanager
    def opened() -> Iterator[Source]:
        yield Pieces(pieces(text, signed, lambda name: part(disk, esp, slot, name, sizes[name])))

    return opened
