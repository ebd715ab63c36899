"""What a release says of itself: its manifest, its signature, the ring of keys in its root.

The words are those of `kit.stick.manifest` and `kit.stick.signature`, which the running kit reads.
Not for: the list of what is inside (`sbom`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import kit
from kit.stick import layout, manifest, signature
from kit.stick.bundle import pieces
from scripts.image import esp, grub, tools
from scripts.image.disk import CORE_LBA

LEAST = "0.1.0"
"""The oldest version from which a kit may go to this release."""
BOOT_PLACES = (layout.SHIM, layout.GRUB, layout.MOK, layout.GRUB_CFG, layout.README)


def ring(seed: bytes | None, given: Path | None) -> bytes:
    """The ring that the root gets: the given file, else the signing key alone, else nobody."""
    if given is not None:
        found = signature.read_ring(given.read_bytes())
        if seed is not None and signature.public_key(seed) not in found.keys:
            raise tools.Fault("IMG-017", path=given)
        return signature.ring_bytes(found)
    keys = (signature.public_key(seed),) if seed is not None else ()
    return signature.ring_bytes(signature.Ring(1, keys))


def read_key(path: Path) -> bytes:
    """The seed of a key file; Fault when others than its owner can read it."""
    if path.stat().st_mode & 0o077:
        raise tools.Fault("IMG-016", path=path)
    return signature.read_seed(path.read_bytes())


def describe(
    parts: dict[str, Path], esp_image: Path, core: Path, *, root_hash: str, profile: str, epoch: int
) -> bytes:
    """The manifest's bytes. parts: name of `kit.stick.manifest.PART_LIMITS` → file."""
    boot = {place: hashlib.sha256(esp.read(esp_image, place)).hexdigest() for place in BOOT_PLACES}
    code = grub.patched_boot((core / "boot.img").read_bytes(), CORE_LBA)
    room = layout.BY_LABEL[layout.BIOS].size
    core_bytes = grub.patched_core((core / "core.img").read_bytes(), CORE_LBA, room)
    boot["mbr"] = hashlib.sha256(code).hexdigest()
    boot[layout.BIOS] = hashlib.sha256(core_bytes.ljust(room, b"\0")).hexdigest()
    return manifest.written(
        manifest.Manifest(
            format=manifest.FORMAT,
            version=kit.__version__,
            least=LEAST,
            epoch=epoch,
            profile=profile,
            root_hash=root_hash,
            parts={name: manifest.part_of(chunks(path)) for name, path in parts.items()},
            boot=boot,
        )
    )


def bundle(out: Path, text: bytes, signatures: bytes, parts: dict[str, Path]) -> None:
    """Write the update of this release, as a running kit takes it from a peer or a stick."""
    half = out.with_name(out.name + ".half")
    with half.open("wb") as file:
        for piece in pieces(text, signatures, lambda name: chunks(parts[name])):
            file.write(piece)
    half.replace(out)


def chunks(path: Path) -> Iterator[bytes]:
    """A file in pieces."""
    with path.open("rb") as file:
        while block := file.read(layout.MIB):
            yield block
