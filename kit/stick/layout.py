"""The disk of a stick: partitions, names, places on the ESP, variables of GRUB. Only constants.

Who builds an image, updates one, clones one or boots one reads the same words here. Not for:
reading a real partition table (`table`), nor for what boots next (`slots`). Source: the study of
the image, §5.1.

The two slots are used in turn. A partition is found by its number (GRUB, which reads no label) or
by its label (everybody else); a PARTUUID is this stick's own and is never derived from content, so
that two sticks of one release in one PC are told apart. GRUB asks the table for it
(`probe --part-uuid`) or, where that cannot be had, its environment (`UUID_VARIABLES`).
"""

from __future__ import annotations

import msgspec

SECTOR = 512
MIB = 1024 * 1024
ALIGN_SECTORS = MIB // SECTOR
GPT_SECTORS = 34
"""Protective MBR, header and 128 entries; the copy at the end of the disk takes one less."""

SLOTS = ("a", "b")


class Part(msgspec.Struct, frozen=True):
    """One partition. size: bytes, a multiple of 1 MiB; 0 = all that is left."""

    number: int
    label: str
    type_guid: str
    size: int


BIOS_BOOT = "21686148-6449-6E6F-744E-656564454649"
ESP_TYPE = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
ROOT_TYPE = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
ROOT_VERITY_TYPE = "2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5"
LUKS_TYPE = "CA7D7CCB-63ED-4C53-861C-1742536059CC"

BIOS, ESP, DATA = "kit-bios", "kit-esp", "kit-data"
NEW_DATA = "kit-data-new"
"""The name of a persistence that is being made: it holds nothing and may be made again. Once it
bears DATA nobody formats it, whatever it looks like."""
ROOT = {"a": "root-a", "b": "root-b"}
VERITY = {"a": "root-a-verity", "b": "root-b-verity"}

PARTS = (
    Part(1, BIOS, BIOS_BOOT, 1 * MIB),
    Part(2, ESP, ESP_TYPE, 512 * MIB),
    Part(3, ROOT["a"], ROOT_TYPE, 1024 * MIB),
    Part(4, VERITY["a"], ROOT_VERITY_TYPE, 16 * MIB),
    Part(5, ROOT["b"], ROOT_TYPE, 1024 * MIB),
    Part(6, VERITY["b"], ROOT_VERITY_TYPE, 16 * MIB),
    Part(7, DATA, LUKS_TYPE, 0),
)
"""In the order of the disk, without gaps, from the first MiB on."""

IMAGE_PARTS = PARTS[:4]
"""What the distributed file holds; the others are added on the stick."""
SYSTEM_PARTS = PARTS[:6]
"""What a clone holds; `kit-data` is made by the new stick's own first start."""

BY_LABEL = {part.label: part for part in PARTS}
SMALLEST_STICK = 8_000_000_000
"""Bytes. A smaller one is refused: no room for data behind the two slots."""

# ------------------------------------------------------------------------------ dm-verity

VERITY_BLOCK = 4096
VERITY_HASH = "sha256"
VERITY_FORMAT = 1
"""Block size of data and tree, digest, format: what `veritysetup format` is told, no other."""

# ------------------------------------------------------------------------------ the ESP

SHIM = "EFI/BOOT/BOOTX64.EFI"
GRUB = "EFI/BOOT/grubx64.efi"
MOK = "EFI/BOOT/mmx64.efi"
GRUB_CFG = "EFI/debian/grub.cfg"
KERNEL, INITRD, SLOT_CFG = "vmlinuz", "initrd", "slot.cfg"
SLOT_FILES = (KERNEL, INITRD, SLOT_CFG)
"""`slot.cfg` last: it names the root hash, so the two others are there when it is."""
GRUBENV = "kit/grubenv"
KIT_CONF = "kit/kit.conf"
RESCUE = "kit/rescue"
"""The last good kernel, initrd and slot.cfg, under the names of SLOT_FILES."""
SEED = "kit/seed"
"""A sealed kit home that `kit fleet prepare` put there; never copied to another stick."""
README = "LISEZ-MOI.txt"
MANIFEST_NAME = "manifest.json"
SIGNATURE_NAME = "manifest.json.sig"
MANIFEST = f"kit/{MANIFEST_NAME}"
"""The signed manifest of the release that the image was made from: it speaks for what no update
touches (shim, GRUB, its configuration, the BIOS core). Each slot has its own manifest and signature
beside its kernel; on a new image `kit/a/manifest.json` is the same file as this one."""
SIGNATURE = f"kit/{SIGNATURE_NAME}"
UPDATE_SUFFIX = ".kitupdate"

# ------------------------------------------------------------------------------ the verified root

RELEASE_KEYS = "usr/share/cyber-kit/release-keys.json"
"""In the verified root: the ring whose keys may sign a release (`signature.ring_bytes`)."""
RELEASE = "usr/share/cyber-kit/release.json"
"""In the verified root: what release it is, `{"version": …, "epoch": …, "profile": …}`. Its root
hash cannot stand in it and is read from the kernel's command line (`roothash=`)."""


def slot_file(slot: str, name: str) -> str:
    """Where one of SLOT_FILES, or a slot's own manifest and signature, stands on the ESP."""
    return f"kit/{slot}/{name}"


# ------------------------------------------------------------------------------ variables of GRUB

ENV_BYTES = 1024
FIRST = "first"
"""The slot that is tried first, `a` or `b`."""
LEFT = {"a": "left_a", "b": "left_b"}
"""How often each may still be tried; TRIES after a good start."""
TRIES = 3
UUID_VARIABLES = {
    ROOT["a"]: "data_a",
    VERITY["a"]: "hash_a",
    ROOT["b"]: "data_b",
    VERITY["b"]: "hash_b",
}
"""Label → variable of the environment that holds its PARTUUID, in lower case."""

ROOT_HASH, VERSION = "roothash", "version"
"""Variables that a slot.cfg sets."""


def slot_cfg(root_hash: str, version: str) -> bytes:
    """The text of a `slot.cfg`, which GRUB sources. root_hash: 64 hex digits."""
    return f"set {ROOT_HASH}={root_hash}\nset {VERSION}={version}\n".encode("ascii")


# ------------------------------------------------------------------------------ for sfdisk


def script(parts: tuple[Part, ...], disk: str, uuids: dict[str, str]) -> str:
    """The script that makes `sfdisk` write this table. disk: its GUID; uuids: label → PARTUUID."""
    lines = ["label: gpt", f"label-id: {disk}", f"first-lba: {GPT_SECTORS}", "unit: sectors", ""]
    start = ALIGN_SECTORS
    for part in parts:
        size = f"size={part.size // SECTOR}, " if part.size else ""
        lines.append(
            f"{part.number} : start={start}, {size}type={part.type_guid},"
            f' uuid={uuids[part.label]}, name="{part.label}"'
        )
        start += part.size // SECTOR
    return "\n".join(lines) + "\n"


def disk_bytes(parts: tuple[Part, ...]) -> int:
    """The smallest disk that holds these partitions and the copy of the table behind them."""
    return MIB + sum(part.size for part in parts) + MIB
