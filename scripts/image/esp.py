"""The EFI system partition as a plain file: boot chain, GRUB, first slot, words for Windows.

Not for: what the slot's root holds (`squash`), nor the table around it (`disk`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from kit.stick import grubenv, layout, slots
from scripts.image import grub, tools

FILE = "esp.img"
LABEL = "KIT"
CONF = "layout=fr\n"
SHIM = "usr/lib/shim/shimx64.efi.signed"
MOK = "usr/lib/shim/mmx64.efi.signed"
SIGNED_GRUB = "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"


def unpack_boot(half: Path, debs: list[Path]) -> None:
    """The boot chain's packages as files, in `half`/files."""
    (half / "files").mkdir()
    for deb in debs:
        tools.run(["dpkg-deb", "-x", deb, half / "files"], log=half / "log")


def contents(
    packaging: Path, boot_files: Path, kernel: Path, slot_cfg: bytes, uuids: Mapping[str, str]
) -> dict[str, bytes | Path]:
    """Place on the ESP → its bytes, or the file to copy."""
    variables = slots.written(slots.FRESH, None)
    variables |= {layout.UUID_VARIABLES[label]: value for label, value in uuids.items()}
    slot: dict[str, bytes | Path] = {
        layout.KERNEL: kernel / layout.KERNEL,
        layout.INITRD: kernel / layout.INITRD,
        layout.SLOT_CFG: slot_cfg,
    }
    return {
        layout.SHIM: boot_files / SHIM,
        layout.GRUB: boot_files / SIGNED_GRUB,
        layout.MOK: boot_files / MOK,
        layout.GRUB_CFG: grub.configuration(packaging).encode(),
        **{layout.slot_file("a", name): content for name, content in slot.items()},
        **{f"{layout.RESCUE}/{name}": content for name, content in slot.items()},
        f"{layout.RESCUE}/{layout.SLOT_CFG}": slot_cfg + b"set rescue=a\n",
        layout.GRUBENV: grubenv.render(variables),
        layout.KIT_CONF: CONF.encode(),
        layout.README: (packaging / layout.README).read_text().replace("\n", "\r\n").encode(),
    }


def build(half: Path, files: Mapping[str, bytes | Path], epoch: int) -> None:
    """Write the FAT32 partition; same files, same bytes."""
    check_room(sum(_size(data) for name, data in files.items() if name.startswith("kit/a/")))
    stage = half / "stage"
    for name, content in files.items():
        target = stage / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, target)
        else:
            target.write_bytes(content)
    for path in [*stage.rglob("*"), stage]:
        os.utime(path, (epoch, epoch))
    image = half / FILE
    size = layout.BY_LABEL[layout.ESP].size
    with image.open("wb") as file:
        file.truncate(size)
    volume = hashlib.sha256(f"{epoch}".encode()).hexdigest()[:8]
    tools.run(["mkfs.vfat", "-F", "32", "-n", LABEL, "-i", volume, "--invariant", image])
    add(image, stage, sorted(stage.iterdir()), epoch)
    shutil.rmtree(stage)


def add(image: Path, stage: Path, paths: list[Path], epoch: int) -> None:
    """Copy these files and folders of `stage` to the same place of the ESP, in a fixed order."""
    environment = {"SOURCE_DATE_EPOCH": str(epoch), "MTOOLS_SKIP_CHECK": "1"}
    for path in paths:
        where = f"::/{path.relative_to(stage).as_posix()}"
        if path.is_dir():
            tools.run(["mmd", "-i", image, where], environment=environment)
            add(image, stage, sorted(path.iterdir()), epoch)
        else:
            tools.run(["mcopy", "-m", "-i", image, path, where], environment=environment)


def check_room(used: int) -> None:
    """Fault unless a slot of this size fits three times: both slots and the rescue copy."""
    if 4 * used > layout.BY_LABEL[layout.ESP].size:
        raise tools.Fault("IMG-064", used=used)


def _size(content: bytes | Path) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)


def read(image: Path | str, place: str) -> bytes:
    """The bytes of one file on the ESP."""
    return tools.run(["mtype", "-i", image, f"::/{place}"])


def put(at: Path | str, place: str, data: bytes, stage: Path) -> None:
    """Write one more file. at: an image of an ESP, or DISK@@OFFSET; stage: a name meanwhile."""
    stage.write_bytes(data)
    try:
        os.utime(stage, (0, 0))
        tools.run(
            ["mcopy", "-m", "-o", "-i", at, stage, f"::/{place}"],
            environment={"SOURCE_DATE_EPOCH": "315532800", "MTOOLS_SKIP_CHECK": "1"},
        )
    finally:
        stage.unlink()
