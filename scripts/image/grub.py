"""GRUB's text and its BIOS core: our grub.cfg with the kernel's line, and the patched boot sectors.

The BIOS core is put where a PC without UEFI looks for it by writing two numbers into it, as GRUB's
own installer does. Not for: which slot starts (grub.cfg decides; `kit.stick.slots` is its model).
"""

from __future__ import annotations

import re
import struct
from pathlib import Path

from scripts.image import tools

BOOT_CODE = 440
"""Bytes of boot code in the first sector; behind them lies the table."""
SECTOR = 512
KERNEL_SECTOR_AT = 0x5C
DRIVE_CHECK_AT = 0x66
NO_CHECK = b"\x90\x90"
BLOCK_LIST_AT = 0x1F4
LOADED_AT = 0x820
"""Segment to which the first sector of the core loads the rest: 0x8200 >> 4."""
PREFIX = "(,gpt2)/EFI/debian"
MODULES = (
    "biosdisk part_gpt fat normal linux configfile loadenv probe regexp test echo halt reboot true"
    " minicmd cat terminal"
).split()


def kernel_line(text: str) -> str:
    """The words of kernel-line.txt in one line; Fault for what would break out of GRUB's quotes."""
    words = " ".join(part for line in text.splitlines() if (part := line.partition("#")[0].strip()))
    if re.search(r"[\"'$\\;{}]", words):
        raise tools.Fault("IMG-065")
    return words


def configuration(packaging: Path) -> str:
    """grub.cfg, complete."""
    template = (packaging / "grub/grub.cfg").read_text()
    return template.replace(
        "@KERNEL_LINE@", kernel_line((packaging / "grub/kernel-line.txt").read_text())
    )


def patched_boot(boot: bytes, core_lba: int) -> bytes:
    """The 440 bytes of boot code that load the core from this sector."""
    if len(boot) != SECTOR:
        raise tools.Fault("IMG-066", size=len(boot), wanted=SECTOR)
    code = bytearray(boot[:BOOT_CODE])
    struct.pack_into("<Q", code, KERNEL_SECTOR_AT, core_lba)
    code[DRIVE_CHECK_AT : DRIVE_CHECK_AT + 2] = NO_CHECK
    return bytes(code)


def patched_core(core: bytes, core_lba: int, room: int) -> bytes:
    """The core with its own place written in: one run of sectors behind its first one."""
    sectors = -(-len(core) // SECTOR)
    if sectors * SECTOR > room:
        raise tools.Fault("IMG-067", size=len(core), room=room)
    data = bytearray(core.ljust(sectors * SECTOR, b"\0"))
    struct.pack_into("<QHH", data, BLOCK_LIST_AT, core_lba + 1, sectors - 1, LOADED_AT)
    return bytes(data)


def make_core(half: Path, root: Path, boot_files: Path) -> None:
    """Write core.img and boot.img; GRUB's own tool runs in the tree, whose libraries it fits."""
    stay = root / "opt/grub"
    tools.run(["cp", "-a", boot_files, stay])
    modules = Path("/opt/grub/usr/lib/grub/i386-pc")
    command: list[str | Path] = ["/opt/grub/usr/bin/grub-mkimage", "-O", "i386-pc", "-d", modules]
    command += ["-p", PREFIX, "-o", "/opt/grub/core.img", *MODULES]
    tools.in_root(root, command, log=half / "log")
    (half / "core.img").write_bytes((stay / "core.img").read_bytes())
    (half / "boot.img").write_bytes((boot_files / "usr/lib/grub/i386-pc/boot.img").read_bytes())
    tools.run(["rm", "-rf", stay])
