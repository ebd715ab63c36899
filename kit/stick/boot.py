"""The stick's boot partition as a small set of files, and one way to change it that a cut survives.

`Esp` is what updates, checks and clones ask for; `EspFolder` is a mounted one, `EspImage`
(`boot_image`) one inside an image or on a stick that is not mounted. Places are relative, with
slashes. Not for: what the files mean.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

from kit.core.errors import BadInput, Unavailable
from kit.stick import grubenv
from kit.stick.layout import ENV_BYTES, GRUBENV, MIB

CHUNK = MIB
PART_SUFFIX = ".new"
"""A file that was not finished; GRUB never reads it, the next update overwrites it."""
SMALL = MIB
GONE = "UPD-013"
MOST_FILES = 4096


class Esp(Protocol):
    """A boot partition. Every fault of the medium is Unavailable `UPD-013`."""

    def files(self) -> dict[str, int]:
        """Every file's place and size."""
        ...

    def chunks(self, place: str) -> Iterator[bytes]:
        """A file's content in pieces; nothing for a file that is not there."""
        ...

    def write(self, place: str, content: Iterable[bytes]) -> None:
        """A file, whole: under another name, flushed, then renamed. Returns when it is safe."""
        ...

    def write_env(self, variables: Mapping[str, str]) -> None:
        """GRUB's block, overwritten where it lies."""
        ...

    def remove(self, place: str) -> None:
        """A file is gone; none is no fault."""
        ...

    def free(self) -> int:
        """Bytes that can still be written."""
        ...


def small(esp: Esp, place: str, most: int = SMALL) -> bytes | None:
    """A short file; None where it is not there or longer than `most` bytes."""
    found = bytearray()
    size = esp.files().get(place)
    if size is None or size > most:
        return None
    for chunk in esp.chunks(place):
        found += chunk
        if len(found) > most:
            return None
    return bytes(found)


def environment(esp: Esp) -> dict[str, str] | None:
    """The variables of GRUB's block; None where it would read none."""
    block = small(esp, GRUBENV, ENV_BYTES)
    return grubenv.parse(block) if block is not None else None


def sha256(esp: Esp, place: str) -> str:
    """The digest of a file; that of nothing where it is not there."""
    state = hashlib.sha256()
    for chunk in esp.chunks(place):
        state.update(chunk)
    return state.hexdigest()


class EspFolder:
    """A boot partition that is mounted. writable: what makes it so for a moment, and undoes it."""

    def __init__(
        self, folder: Path, writable: Callable[[], AbstractContextManager[object]] = nullcontext
    ) -> None:
        self._folder = folder
        self._writable = writable

    def files(self) -> dict[str, int]:
        """Every file's place and size."""
        found: dict[str, int] = {}
        with _faults():
            for folder, _folders, names in os.walk(self._folder):
                for name in names:
                    path = Path(folder, name)
                    found[path.relative_to(self._folder).as_posix()] = path.lstat().st_size
                    if len(found) > MOST_FILES:
                        raise BadInput("UPD-014")
        return found

    def chunks(self, place: str) -> Iterator[bytes]:
        """A file's content in pieces; nothing for a file that is not there."""
        with _faults():
            try:
                fd = os.open(self._path(place), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            except FileNotFoundError:
                return
            try:
                while data := os.read(fd, CHUNK):
                    yield data
            finally:
                os.close(fd)

    def write(self, place: str, content: Iterable[bytes]) -> None:
        """A file, whole: under another name, flushed, then renamed. Returns when it is safe."""
        path = self._path(place)
        draft = path.with_name(path.name + PART_SUFFIX)
        with self._writable(), _faults():
            path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
            try:
                for data in content:
                    _write_all(fd, data)
                os.fsync(fd)
            finally:
                os.close(fd)
            draft.replace(path)
            _flush_folder(path.parent)

    def write_env(self, variables: Mapping[str, str]) -> None:
        """GRUB's block, overwritten where it lies; made where there is none."""
        path = self._path(GRUBENV)
        with self._writable():
            if not path.exists():
                self.write(GRUBENV, [grubenv.render(variables)])
                return
            grubenv.write_in_place(path, variables)

    def remove(self, place: str) -> None:
        """A file is gone; none is no fault."""
        path = self._path(place)
        with self._writable(), _faults():
            if path.exists():
                path.unlink()
                _flush_folder(path.parent)

    def free(self) -> int:
        """Bytes that can still be written."""
        with _faults():
            told = os.statvfs(self._folder)
        return told.f_bavail * told.f_frsize

    def _path(self, place: str) -> Path:
        if place.startswith("/") or ".." in place.split("/"):
            raise BadInput("UPD-014")
        return self._folder / place


def _write_all(fd: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]


def _flush_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise Unavailable(GONE, errno=fault.errno or 0) from None
