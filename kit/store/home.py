"""A kit's home folder: what lies where, who may open it, and the reserve that keeps writing alive.

Not for: the content of any of its files. One node at a time holds a home; the system itself lets go
of the lock when that node dies, however it dies.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import IO

import platformdirs

from kit.core.errors import Misconfigured, Unavailable
from kit.store.durable import close_to_others

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

BALLAST_BYTES = 64 * 1024 * 1024
"""At least eight times what the write-ahead log needs to be emptied on a full disk."""

_CHUNK = 1024 * 1024


def default_home() -> Path:
    """Where the kit lives unless told otherwise: the user's data folder of this system."""
    return Path(platformdirs.user_data_dir("cyber-kit", appauthor=False))


class Home:
    """The layout of one kit's folder, and its exclusive lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store.db"
        self.slots_a = folder / "slots.a"
        self.slots_b = folder / "slots.b"
        self.tries = folder / "tries"
        self.mark = folder / "mark"
        self.ballast = folder / "ballast"
        self.outbox = folder / "outbox"
        self.unwritten = folder / "unwritten"
        """There while nobody has proven to have written the new kit's words down."""
        self._lock_path = folder / "lock"
        self._lock: IO[bytes] | None = None

    def prepare(self) -> None:
        """Make the folder and its outbox, closed to other users.

        Raises Misconfigured STO-051 or STO-052, Unavailable STO-010.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.outbox.mkdir(exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise Misconfigured("STO-052", path=str(self.folder)) from None
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise Unavailable("STO-010") from None
            raise Misconfigured("STO-051", path=str(self.folder)) from None
        close_to_others(self.folder, self.outbox)

    def has_kit(self) -> bool:
        """Whether a kit was made here: a slot file exists, whatever became of the store."""
        return self.slots_a.exists() or self.slots_b.exists()

    def phrase_is_unproven(self) -> bool:
        """Whether this kit was made and then left before its words were written down."""
        return self.unwritten.exists()

    def begin_again(self) -> None:
        """Remove a kit that nobody can open and that holds nothing yet; the lock must be held.

        Raises Misconfigured STO-024 where its words were proven: that kit is somebody's.
        """
        if not self.phrase_is_unproven():
            raise Misconfigured("STO-024")
        for path in (self.slots_a, self.slots_b, self.store, self.mark, self.tries):
            for place in (
                path,
                path.with_name(f"{path.name}-wal"),
                path.with_name(f"{path.name}-shm"),
            ):
                place.unlink(missing_ok=True)
        self.unwritten.unlink(missing_ok=True)

    def lock(self) -> None:
        """Take the home for this process. Raises Unavailable STO-050 where another node has it."""
        if self._lock is not None:
            return
        try:
            file = self._lock_path.open("ab")
        except FileNotFoundError:
            raise Misconfigured("STO-053", path=str(self.folder)) from None
        except OSError:
            raise Misconfigured("STO-051", path=str(self.folder)) from None
        if not _take(file):
            file.close()
            raise Unavailable("STO-050", path=str(self.folder))
        self._lock = file

    def unlock(self) -> None:
        """Let the home go; nothing to do where it is not held."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def free_bytes(self) -> int:
        """Bytes this user may still write on the home's disk."""
        return shutil.disk_usage(self.folder).free

    def fill_ballast(self, size: int | None = None) -> bool:
        """Set `size` bytes (BALLAST_BYTES) aside, really written; False where there is no room."""
        size = BALLAST_BYTES if size is None else size
        if self.ballast.exists() and self.ballast.stat().st_size == size:
            return True
        try:
            with self.ballast.open("wb") as file:
                _occupy(file, size)
        except OSError:
            with contextlib.suppress(OSError):
                self.ballast.unlink(missing_ok=True)
            return False
        return True

    def release_ballast(self) -> bool:
        """Give the reserve back to the disk; False where there was none left."""
        try:
            self.ballast.unlink()
        except OSError:
            return False
        return True


def _occupy(file: IO[bytes], size: int) -> None:
    if sys.platform == "linux":
        os.posix_fallocate(file.fileno(), 0, size)
    else:
        for start in range(0, size, _CHUNK):
            # Not zeros: a file system that compresses would store them for nothing.
            seed = start.to_bytes(8, "big")
            file.write(hashlib.shake_128(seed).digest(min(_CHUNK, size - start)))
        file.flush()
    os.fsync(file.fileno())


def _take(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
