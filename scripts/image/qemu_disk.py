"""Disks for the boot tests: a copy of the image as on a larger stick, its ESP, damage, a victim.

Everything works on plain files; no loop device, no mount. Not for: building the image, nor the
partition table (`kit.stick.layout` says where everything is).
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from kit.stick import layout

STICK_BYTES = 9 * 1000 * 1000 * 1000
"""A stick of 9 GB: the smallest that is taken, and a little. Sparse on the disk."""
VICTIM_BYTES = 96 * layout.MIB
TOOL_S = 300


def copy_image(image: Path, to: Path, size: int = STICK_BYTES) -> Path:
    """The image as it lies on a stick of `size` bytes; holes stay holes."""
    _run("cp", "--sparse=always", "--reflink=auto", str(image), str(to))
    os.truncate(to, max(size, image.stat().st_size))
    return to


def blank(to: Path, size: int = STICK_BYTES) -> Path:
    """A new stick with nothing on it."""
    to.unlink(missing_ok=True)
    to.touch()
    os.truncate(to, size)
    return to


def place(label: str) -> tuple[int, int]:
    """Where a partition begins and how long it is, in bytes."""
    start = layout.MIB
    for part in layout.PARTS:
        if part.label == label:
            return start, part.size
        start += part.size
    raise KeyError(label)


def flip_bit(path: Path, offset: int, bit: int = 0) -> None:
    """One bit that rots; the file keeps its length."""
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1 << bit]))


def sha256(path: Path) -> str:
    """The digest of a whole file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Esp:
    """The FAT partition of a disk file, by mtools."""

    def __init__(self, disk: Path) -> None:
        self._at = f"{disk}@@{place(layout.ESP)[0]}"

    def read(self, name: str) -> bytes:
        """A file's bytes."""
        return _run("mtype", "-i", self._at, f"::{name}")

    def names(self, folder: str) -> list[str]:
        """What is in a folder; nothing where there is none."""
        listed = _run("mdir", "-b", "-i", self._at, f"::{folder}", check=False)
        return [line.strip() for line in listed.decode("utf-8", "replace").splitlines() if line]

    def write(self, name: str, data: bytes) -> None:
        """Put a file there in place of the one that may be there."""
        _run("mcopy", "-o", "-i", self._at, "-", f"::{name}", given=data)

    def make_folder(self, name: str) -> None:
        """Make a folder and those above it."""
        made = ""
        for part in name.split("/"):
            made = f"{made}/{part}"
            # A folder that is there already is what is wanted.
            _run("mmd", "-D", "s", "-i", self._at, f"::{made}", check=False)

    def put_folder(self, folder: Path, name: str) -> None:
        """Copy what is in a folder into a new folder there."""
        self.make_folder(name)
        inside = [str(path) for path in sorted(folder.iterdir()) if not path.is_socket()]
        _run("mcopy", "-s", "-o", "-Q", "-i", self._at, *inside, f"::{name}/")


def make_victim(path: Path) -> Path:
    """A disk as in a hospital's PC: a partition table and a file system with a file in it."""
    path.write_bytes(b"")
    os.truncate(path, VICTIM_BYTES)
    table = b"label: gpt\nstart=2048, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name=preuve\n"
    _run("sfdisk", "--quiet", str(path), given=table)
    size = (VICTIM_BYTES - 2 * layout.MIB) // 1024
    _run("mkfs.ext4", "-q", "-F", "-E", f"offset={layout.MIB}", str(path), f"{size}k")
    return path


def _run(*command: str, given: bytes | None = None, check: bool = True) -> bytes:
    ran = subprocess.run(
        command, input=given, capture_output=True, check=False, timeout=TOOL_S,
        env={**os.environ, "MTOOLS_SKIP_CHECK": "1", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    if check and ran.returncode:
        said = ran.stderr.decode("utf-8", "replace").strip()
        raise DiskError(f"{command[0]}: {said or ran.returncode}")
    return ran.stdout


class DiskError(Exception):
    """A tool could not do its work on a disk file."""
