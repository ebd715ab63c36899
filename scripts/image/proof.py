"""Whether an image is the release's own, before a disk is overwritten with it.

Its checksum and manifest are compared where they lie beside it, then every part with the manifest
inside. Without a list of trusted keys a signature can say nothing: damage is found, and a person is
told that no more was asked. Not for: the disk (`device`), nor writing (`write`).
"""

from __future__ import annotations

from pathlib import Path

from kit.core.errors import KitError
from kit.stick import layout
from kit.stick.boot_image import EspImage
from kit.stick.table import Disk
from kit.stick.verify import DIFFERS, Row, Verdict
from scripts.image import finish, tools

BESIDE = (("manifest.json", layout.MANIFEST), ("manifest.json.sig", layout.SIGNATURE))


def prove(image: Path, ring: bytes | None) -> None:
    """Fault for an image that may not be written; reads the whole of it, changes nothing."""
    checksum(image)
    papers(image)
    # A prepared kit's own seed is sealed with its words: no manifest speaks for it.
    wrong = [
        row
        for row in finish.rows(image, ring)
        if row.verdict is not Verdict.RIGHT and not row.part.startswith(layout.SEED)
    ]
    wrong = [row for row in wrong if ring is not None or is_damage(row)]
    if wrong:
        raise tools.Fault("IMG-053", path=image, rows="\n  ".join(map(finish.shown, wrong)))


def is_damage(row: Row) -> bool:
    """Whether a part is wrong whoever signed."""
    return row.verdict is Verdict.ALTERED or row.why == DIFFERS


def checksum(image: Path) -> None:
    """The checksum beside the image, where there is one."""
    beside = finish.beside(image, "sha256")
    if not beside.exists():
        return
    said = beside.read_text("utf-8", "replace").split()
    if not said or said[0].lower() != tools.sha256(image):
        raise tools.Fault("IMG-050", path=image, beside=beside)


def papers(image: Path) -> None:
    """Manifest and signature beside the image, where they are: the very bytes inside it."""
    lying = [(finish.beside(image, end), place) for end, place in BESIDE]
    lying = [(file, place) for file, place in lying if file.exists()]
    if not lying:
        return
    try:
        with Disk(image) as opened:
            partition = EspImage(opened)
            for file, place in lying:
                inside = place in partition.files() and b"".join(partition.chunks(place))
                if inside != file.read_bytes():
                    raise tools.Fault("IMG-052", path=image, beside=file)
    except KitError as fault:
        raise tools.Fault("IMG-055", path=image, reason=fault.code) from None
