"""The last steps, `gpt`, `manifest`, `sign`: the image and what goes with it, each whole or not.

Beside IMAGE stand its checksum, manifest, signature, list of contents, licences, package lock and
update bundle. Not for: the parts (`recipe`).
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import NamedTuple

import kit
from kit.core.errors import KitError
from kit.stick import layout, manifest, signature, update_sentences
from kit.stick.boot_image import EspImage
from kit.stick.table import Disk
from kit.stick.verify import Row, Verdict, verify_stick
from scripts.image import (
    disk,
    esp,
    fetch,
    gates,
    identity,
    overlay,
    release,
    sbom,
    sbom_native,
    squash,
    tools,
)  # fmt: skip
from scripts.image.cache import Workshop
from scripts.image.progress import Progress
from scripts.image.recipe import PACKAGING, REPOSITORY, Made, Options
from scripts.image.sentences import _

PROOFS = ("sha256", "manifest.json", "manifest.json.sig")
"""What `write` compares an image with."""
TOOLS = ("mmdebstrap", "mksquashfs", "veritysetup", "sfdisk", "mcopy", "zstd")


class Signing(NamedTuple):
    """Who signs. seed: None for an unsigned image; ring: what the root trusts."""

    seed: bytes | None
    ring: bytes


def parts_of(made: Made) -> dict[str, Path]:
    """The parts of a release by the manifest's names."""
    return {
        manifest.ROOT_PART: made.squashfs / squash.SQUASHFS,
        manifest.VERITY_PART: made.verity / squash.TREE_FILE,
        layout.KERNEL: made.kernel / layout.KERNEL,
        layout.INITRD: made.kernel / layout.INITRD,
    }


def beside(out: Path, ending: str) -> Path:
    """A file that goes with the image."""
    return out.with_name(f"{out.name}.{ending}")


def finish(made: Made, options: Options, signing: Signing, workshop: Workshop) -> list[Path]:
    """Write everything; the images that were made."""
    out, say = options.out, workshop.progress
    sbom_native.checked(made.tree)  # before an image is there that has no list of contents
    out.parent.mkdir(parents=True, exist_ok=True)
    half = out.with_name(out.name + ".half")
    with tools.removed_if_cut(half, half.with_name(half.name + ".stage")):
        text, signatures = _image(half, made, options, signing, say)
        # Papers of a former image beside this one would make `write` refuse it.
        for ending in PROOFS:
            beside(out, ending).unlink(missing_ok=True)
        half.replace(out)
    _papers(made, options, text, signatures)
    ready = _("{out} is ready: {size} bytes on disk")
    say.note("sign", ready.format(out=out, size=out.stat().st_blocks * 512))
    return [out]


def _image(
    half: Path, made: Made, options: Options, signing: Signing, say: Progress
) -> tuple[bytes, bytes]:
    """Write the whole image under its unfinished name; its manifest and signatures."""
    say.begins("gpt")
    write_disk(half, made, options.size)
    say.begins("manifest")
    text = release.describe(
        parts_of(made),
        made.esp / esp.FILE,
        made.core,
        root_hash=made.root_hash,
        profile=options.profile,
        epoch=made.epoch,
    )
    say.begins("sign")
    signatures = b""
    if signing.seed is not None:
        signatures = signature.sign(signing.seed, text)
        signature.check(signature.read_ring(signing.ring), signatures, text)
    else:
        say.note(
            "sign", _("Unsigned: kits will take no update from this image and call it unknown.")
        )
    speak(half, text, signatures)
    _bars(half, made, options.profile)
    return text, signatures


def fleet(out: Path, folder: Path, workshop: Workshop) -> list[Path]:
    """One image for each prepared kit."""
    identity.room_for(folder, out)
    made = identity.fleet(out, folder, lambda: str(uuid.uuid4()))
    for one in made:
        workshop.progress.note("fleet", f"{one}")
    return made


def write_disk(half: Path, made: Made, size: int) -> None:
    """The image with its table and parts; manifest and signature come after."""
    parts = {
        layout.ESP: made.esp / esp.FILE,
        layout.ROOT["a"]: made.squashfs / squash.SQUASHFS,
        layout.VERITY["a"]: made.verity / squash.TREE_FILE,
    }
    disk.build(half, parts, made.core, made.root_hash, size)


def speak(image: Path, text: bytes, signatures: bytes) -> None:
    """Put manifest and signature onto the ESP, for the release and for its slot."""
    stage = image.with_name(image.name + ".stage")
    at = f"{image}@@{disk.start_of(layout.ESP)}"
    files = {layout.MANIFEST: text, layout.slot_file("a", layout.MANIFEST_NAME): text}
    if signatures:
        files[layout.SIGNATURE] = signatures
        files[layout.slot_file("a", layout.SIGNATURE_NAME)] = signatures
    for place, data in files.items():
        esp.put(at, place, data, stage)


def _bars(image: Path, made: Made, profile: str) -> None:
    sizes = {
        "initrd": (made.kernel / layout.INITRD).stat().st_size,
        "system": sum(path.stat().st_size for path in parts_of(made).values()),
    }
    if profile == "smoke":
        sizes["smoke_image"] = image.stat().st_blocks * 512
    gates.check_bars(sizes, overlay.system(PACKAGING)["bars"])


def _papers(made: Made, options: Options, text: bytes, signatures: bytes) -> None:
    """Everything that goes with the image."""
    out = options.out
    parts = parts_of(made)
    tree = made.tree
    wheels = sbom.read_wheels((REPOSITORY / "requirements/run.lock").read_text())
    name = f"cyber-kit-{kit.__version__}-{options.profile}"
    written = {
        "sha256": f"{tools.sha256(out)}  {out.name}\n".encode(),
        "manifest.json": text,
        "packages.lock": fetch.write_lock(made.lock).encode(),
        "build.json": _account(out, made, options).encode(),
    }
    if signatures:
        written["manifest.json.sig"] = signatures
        release.bundle(
            out.with_name(f"kit-{kit.__version__}{layout.UPDATE_SUFFIX}"), text, signatures, parts
        )
    for ending, data in written.items():
        target = beside(out, ending)
        half = target.with_name(target.name + ".half")
        half.write_bytes(data)
        half.replace(target)
    document = sbom.document(name, made.lock, wheels, tree, made.epoch)
    sbom.write(sbom_native.add(document, tree, wheels), beside(out, "sbom.spdx.json"))
    sbom.licences(tree, beside(out, "licences.tar.zst"), made.epoch)


def _account(out: Path, made: Made, options: Options) -> str:
    """How the image was made: table, tools, moment, sizes."""
    said = {
        "profile": options.profile,
        "version": kit.__version__,
        "epoch": made.epoch,
        "root_hash": made.root_hash,
        "table": [
            {key: value for key, value in part.items() if key != "node"}
            for part in disk.table(out)["partitions"]
        ],
        "bytes": {name: path.stat().st_size for name, path in parts_of(made).items()},
        "tools": {tool: tool_version(tool) for tool in TOOLS},
    }
    return json.dumps(said, indent=1, sort_keys=True) + "\n"


def tool_version(name: str) -> str:
    """The first line that a tool says of its version."""
    word = "-version" if name == "mksquashfs" else "--version"
    said = tools.run([name, word]).decode("utf-8", "replace").strip()
    return said.splitlines()[0] if said else ""


def check(image: Path, ring: bytes | None) -> list[str]:
    """`verify`: every part of an image or stick against its manifest; what is wrong, one a line."""
    return [shown(row) for row in rows(image, ring) if row.verdict is not Verdict.RIGHT]


def rows(image: Path, ring: bytes | None) -> tuple[Row, ...]:
    """Every part of an image or stick against its manifest; Fault for what is none."""
    try:
        keys = signature.read_ring(ring or signature.ring_bytes(signature.Ring(1, ())))
        with Disk(image) as opened:
            partition = EspImage(opened)
            parts = layout.IMAGE_PARTS if len(opened.table.extents) <= 4 else layout.PARTS
            return verify_stick(opened, partition, keys, lambda *_: None, parts).rows
    except KitError as fault:
        raise tools.Fault("IMG-055", path=image, reason=fault.code) from None


def shown(row: Row) -> str:
    """What is wrong with a part, for a person."""
    why = update_sentences.sentence(row.why, {}) if row.why else ""
    if row.verdict is Verdict.ALTERED:
        return _("altered: {part}. {why}").format(part=row.part, why=why)
    return _("unknown: {part}. {why}").format(part=row.part, why=why)
