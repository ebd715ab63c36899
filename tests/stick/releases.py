"""A small release, a small stick and a model of the machine that starts it, for the tests here."""

from __future__ import annotations

import hashlib
import io
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from kit.stick import boot, bundle, layout, manifest, signature, slots, verity
from kit.stick.apply import Medium, Opening, slot_health
from kit.stick.boot import Esp, EspFolder
from kit.stick.layout import INITRD, KERNEL, MIB, SLOT_CFG, slot_file
from kit.stick.manifest import ROOT_PART, VERITY_PART, Installed, Manifest
from kit.stick.table import Disk

SEEDS = (b"1" * 32, b"2" * 32)
"""The two offline keys."""
STRANGER = b"9" * 32
RING = signature.Ring(1, tuple(signature.public_key(seed) for seed in SEEDS))
SIZES = {layout.ESP: 1, "root-a": 2, "root-a-verity": 1, "root-b": 2, "root-b-verity": 1}
PARTS = tuple(
    msgspec.structs.replace(part, size=SIZES.get(part.label, 1) * MIB)
    for part in layout.SYSTEM_PARTS
)
"""The table of a stick, too small for a real release."""
FULL_PARTS = tuple(
    msgspec.structs.replace(part, size={**SIZES, layout.ESP: 40}.get(part.label, 1) * MIB)
    for part in layout.SYSTEM_PARTS
)
"""The same with an ESP that is large enough for a real FAT32, and room for data behind it."""
DISK_GUID = "0fc63daf-8483-4772-8e79-3d69d8477de4"


class Made(msgspec.Struct, frozen=True):
    """A release with its content."""

    manifest: Manifest
    text: bytes
    parts: dict[str, bytes]
    signatures: bytes

    def bundle(self) -> bytes:
        """The whole file."""
        return b"".join(
            bundle.pieces(self.text, self.signatures, lambda name: iter([self.parts[name]]))
        )

    @property
    def installed(self) -> Installed:
        """What a kit that runs it knows of it."""
        one = self.manifest
        return Installed(one.version, one.epoch, one.root_hash)


BOOT_FILES = {
    layout.SHIM: b"shim" * 900,
    layout.GRUB: b"grub" * 1200,
    layout.GRUB_CFG: b"set timeout=2\n",
    layout.README: b"Ceci est un kit.\r\n",
}
MBR_CODE = b"\xeb\x63" + b"m" * 438
CORE = b"core" * 300


def boot_digests() -> dict[str, str]:
    """What the manifest says of the boot chain."""
    found = {place: hashlib.sha256(data).hexdigest() for place, data in BOOT_FILES.items()}
    found["mbr"] = hashlib.sha256(MBR_CODE).hexdigest()
    found[layout.BIOS] = hashlib.sha256(CORE.ljust(MIB, b"\0")).hexdigest()
    return found


def release(
    version: str, *, seed: bytes = SEEDS[0], blocks: int = 280, least: str = "0.0.0"
) -> Made:
    """A release whose content depends on its version only. blocks: of 4 KiB in its root."""
    chance = random.Random(version)
    root = chance.randbytes(blocks * layout.VERITY_BLOCK)
    tree = verity.Tree("6a3b8e1e-0000-4000-8000-000000000000", blocks, chance.randbytes(32))
    hashes, root_hash = verity.build(tree, [root])
    parts = {
        ROOT_PART: root,
        VERITY_PART: hashes,
        KERNEL: chance.randbytes(5000),
        INITRD: chance.randbytes(9001),
    }
    described = manifest.Manifest(
        format=manifest.FORMAT, version=version, least=least, epoch=1_700_000_000,
        profile="smoke", root_hash=root_hash,
        parts={name: manifest.part_of([data]) for name, data in parts.items()},
        boot=boot_digests(),
    )  # fmt: skip
    text = manifest.written(described)
    return Made(described, text, parts, signature.sign(seed, text))


def table_file(path: Path, parts: tuple[layout.Part, ...] = PARTS) -> None:
    """An empty disk with a table that `sfdisk` wrote."""
    with path.open("wb") as file:
        file.truncate(layout.disk_bytes(parts))
    uuids = {part.label: f"11111111-0000-4000-8000-{part.number:012d}" for part in parts}
    script = layout.script(parts, DISK_GUID, uuids)
    subprocess.run(
        ["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", path],
        input=script, text=True, check=True,
    )  # fmt: skip


class Stick:
    """A stick that runs its slot a; a folder is its ESP."""

    def __init__(self, folder: Path, made: Made, blank: Path) -> None:
        self.image, self.folder = folder / "disk.img", folder / "esp"
        self.folder.mkdir(parents=True)
        shutil.copy(blank, self.image)
        self.esp = EspFolder(self.folder)
        fill_slot(self.image, self.esp, "a", made)
        self.esp.write_env(slots.written(slots.FRESH, {"other": "stays"}))
        self.made = made

    @classmethod
    def again(cls, folder: Path, made: Made) -> Stick:
        """A stick that is there already, in a folder."""
        stick = cls.__new__(cls)
        stick.image, stick.folder, stick.made = folder / "disk.img", folder / "esp", made
        stick.esp = EspFolder(stick.folder)
        return stick

    @contextmanager
    def medium(self, esp: Esp | None = None) -> Iterator[Medium]:
        """The running stick, as an update sees it."""
        with Disk(self.image, writing=True) as disk:
            yield Medium(disk, esp or self.esp, "a", RING, self.made.installed)


def fill_slot(image: Path, esp: Esp, slot: str, made: Made) -> None:
    """A slot as a new image has it."""
    with Disk(image, writing=True) as disk:
        disk.write_in(layout.ROOT[slot], 0, made.parts[ROOT_PART])
        disk.write_in(layout.VERITY[slot], 0, made.parts[VERITY_PART])
        disk.flush()
    for name in (KERNEL, INITRD):
        esp.write(slot_file(slot, name), [made.parts[name]])
    esp.write(slot_file(slot, layout.MANIFEST_NAME), [made.text])
    esp.write(slot_file(slot, layout.SIGNATURE_NAME), [made.signatures])
    cfg = layout.slot_cfg(made.manifest.root_hash, made.manifest.version)
    esp.write(slot_file(slot, SLOT_CFG), [cfg])


def fill_boot(image: Path, esp: Esp, made: Made) -> None:
    """The boot chain, the BIOS code and a stick's own files, as a new image has them."""
    for place, data in BOOT_FILES.items():
        esp.write(place, [data])
    esp.write(layout.MANIFEST, [made.text])
    esp.write(layout.SIGNATURE, [made.signatures])
    esp.write(layout.KIT_CONF, ["# Réglages sans secret\nlayout=be\n".encode()])
    with Disk(image, writing=True) as disk:
        disk.write_boot_code(MBR_CODE.ljust(446, b"\0") + b"\x80" + bytes(65))
        disk.write_in(layout.BIOS, 0, CORE)
        disk.flush()
        uuids = {name: disk.table.at(part).uuid for part, name in layout.UUID_VARIABLES.items()}
    esp.write_env(slots.written(slots.FRESH, uuids))


def opening(made: Made) -> Opening:
    """What `apply` opens twice."""
    return opening_bytes(made.bundle())


def opening_bytes(data: bytes) -> Opening:
    """The same for bytes that may be anything."""

    @contextmanager
    def opened() -> Iterator[io.BytesIO]:
        yield io.BytesIO(data)

    return opened


# ------------------------------------------------------------------------------ who starts it


def starts(
    image: Path, esp: Esp, known: tuple[Made, ...], state: slots.Slots | None = None
) -> list[str]:
    """The versions that were tried, in order, until one started; the last one did.

    A slot starts where everything it needs is that of one release, to the last byte: `slot.cfg`,
    kernel, initrd, root and tree; else the machine comes back to GRUB. "" = a slot that is none.
    """
    tried: list[str] = []
    state = state or slots.read(boot.environment(esp))
    for _ in range(2 * len(layout.SLOTS) * layout.TRIES):
        slot, state = slots.choose(state)
        version = whole_release(image, esp, slot, known)
        tried.append(version)
        if version:
            return tried
    raise AssertionError(f"it never started: {tried}")


def whole_release(image: Path, esp: Esp, slot: str, known: tuple[Made, ...]) -> str:
    """The version that a slot holds whole, or nothing."""
    cfg = boot.small(esp, slot_file(slot, SLOT_CFG))
    for made in known:
        one = made.manifest
        files = {name: boot.sha256(esp, slot_file(slot, name)) for name in (KERNEL, INITRD)}
        told = {name: hashlib.sha256(made.parts[name]).hexdigest() for name in files}
        if cfg != layout.slot_cfg(one.root_hash, one.version) or files != told:
            continue
        with Disk(image) as disk:
            if slot_health(disk, slot, lambda _count: None).right(one.root_hash):
                return one.version
    return ""
