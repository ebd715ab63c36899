"""Fake parts of an image, small enough for seconds: the table and the places are the real ones."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit.core.text import choose_language
from kit.stick import layout, signature, verity
from scripts.image import disk, esp, recipe, release, squash
from scripts.image.recipe import Made

TOOLS = ("mcopy", "mdir", "mkfs.vfat", "sfdisk")
PATHS = f"{os.environ['PATH']}:/usr/sbin:/sbin"
SEED = bytes(range(32))
EPOCH = 1_790_000_000


def need(*tools: str) -> None:
    """Skip where a tool of the building machine is not installed (scripts/test_tools.sh)."""
    lacking = [tool for tool in tools if shutil.which(tool, path=PATHS) is None]
    if lacking:
        pytest.skip(f"not installed: {' '.join(lacking)}")


@pytest.fixture(autouse=True)
def in_french(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever this machine speaks."""
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    choose_language("fr")
    yield
    choose_language("fr")


def noise(name: str, size: int) -> bytes:
    """Bytes that look like none of the others, the same each time."""
    return hashlib.shake_256(name.encode()).digest(size)


@dataclass(frozen=True)
class Fake:
    """Parts of an image as the steps leave them."""

    made: Made
    ring: bytes
    boot: Path


def make_parts(folder: Path) -> Fake:
    """Parts in a folder: noise in place of programs, a real hash tree, a real ESP."""
    boot = folder / "boot"
    for name, size in ((esp.SHIM, 9000), (esp.MOK, 5000), (esp.SIGNED_GRUB, 20_000)):
        (boot / name).parent.mkdir(parents=True, exist_ok=True)
        (boot / name).write_bytes(noise(name, size))
    kernel, core, packed, tree = (folder / name for name in ("kernel", "core", "packed", "tree"))
    for place in (kernel, core, packed, tree):
        place.mkdir()
    (kernel / layout.KERNEL).write_bytes(noise("kernel", 70_000))
    (kernel / layout.INITRD).write_bytes(noise("initrd", 90_000))
    (core / "boot.img").write_bytes(noise("boot.img", 512))
    (core / "core.img").write_bytes(noise("core.img", 30_001))
    root = noise("root", 20 * layout.VERITY_BLOCK)
    (packed / squash.SQUASHFS).write_bytes(root)
    salt = bytes.fromhex(squash.salt(hashlib.sha256(root).hexdigest()))
    facts = verity.Tree("6f9b1f43-7ad4-5d0c-8a5e-2f0e5b1c7a11", 20, salt)
    hashes, root_hash = verity.build(facts, [root])
    (tree / squash.TREE_FILE).write_bytes(hashes)
    part = folder / "esp"
    part.mkdir()
    cfg = layout.slot_cfg(root_hash, "0.1.0")
    uuids = squash.partition_uuids(root_hash)
    esp.build(part, esp.contents(recipe.PACKAGING, boot, kernel, cfg, uuids), EPOCH)
    made = Made((), EPOCH, folder / "none", kernel, packed, tree, part, core, root_hash)
    return Fake(made, release.ring(SEED, None), boot)


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Fake:
    """The parts, made once; nobody changes them."""
    need(*TOOLS)
    return make_parts(tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="session")
def signed_image(parts: Fake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole signed image of fake parts. Copy it before changing it."""
    image = tmp_path_factory.mktemp("image") / "kit.img"
    write_image(image, parts)
    return image


def write_image(image: Path, parts: Fake) -> None:
    """Table, parts, manifest and signature."""
    from scripts.image import finish

    made = parts.made
    finish.write_disk(image, made, 0)
    text = release.describe(
        finish.parts_of(made),
        made.esp / esp.FILE,
        made.core,
        root_hash=made.root_hash,
        profile="smoke",
        epoch=EPOCH,
    )
    finish.speak(image, text, signature.sign(SEED, text))
    assert disk.table(image)["label"] == "gpt"
