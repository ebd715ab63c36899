"""This stick's own newest release as a bundle in the kit's home, where the node offers it.

Root writes into a folder of the kit's user: never through a link, never over a file that is there.
Each piece is compared with the signed manifest on its way. Not for: offering it (`kit.node`), nor
for bundles that came as files.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from kit.core.errors import Unavailable
from kit.stick.bundle import Bundle, Release, Source, bundle_size
from kit.stick.signature import Ring

NAME = "own.part"
"""Under this name it is nobody's yet: the node gives it its own, or a next try overwrites it."""
SPARE = 256 * 1024 * 1024
"""Bytes that stay free for records."""
NO_ROOM, GONE = "UPD-081", "UPD-013"
KEEPING = "keeping"

Opening = Callable[[], AbstractContextManager[Source]]
Progress = Callable[[int, int, str], None]


def lay_down(
    folder: Path,
    owner: int,
    opening: Opening,
    ring: Ring,
    progress: Progress,
) -> Release:
    """Write the bundle as `NAME` into a folder that is there already; it belongs to `owner` then.

    Raises what `Bundle` raises, Unavailable `UPD-081` (`mib`), `UPD-013`. What was begun is removed
    after any fault, and where `progress` raises.
    """
    with _faults(), _folder(folder) as place, opening() as source:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(NAME, dir_fd=place)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(NAME, flags, 0o600, dir_fd=place)
        try:
            release = _written(file, source, ring, progress)
            os.fchown(file, owner, owner)
            os.fsync(file)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(NAME, dir_fd=place)
            raise
        finally:
            os.close(file)
    return release


def _written(file: int, source: Source, ring: Ring, progress: Progress) -> Release:
    bundle = Bundle(_Tee(source, file), ring)
    total, done = bundle_size(bundle.release), 0
    told = os.fstatvfs(file)
    if (free := told.f_bavail * told.f_frsize) < total + SPARE:
        raise Unavailable(NO_ROOM, mib=-(-(total + SPARE - free) // 2**20))

    def more(count: int) -> None:
        nonlocal done
        done += count
        progress(min(done, total), total, KEEPING)

    return bundle.check(more)


class _Tee:
    """A source that is written into a file while it is read."""

    def __init__(self, source: Source, file: int) -> None:
        self._source, self._file = source, file

    def read(self, count: int, /) -> bytes:
        """At most `count` bytes; b"" at the end."""
        data = self._source.read(count)
        left = memoryview(data)
        while left:
            left = left[os.write(self._file, left) :]
        return data


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[int]:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    place = os.open(path, flags)
    try:
        yield place
    finally:
        os.close(place)


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise Unavailable(GONE, errno=fault.errno or 0) from None
