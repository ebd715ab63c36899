"""The one release that this kit keeps for itself and for others: a checked bundle in its home.

Not for: fetching one from another kit (`release_fetch`), nor for putting it onto the stick (root's
server does that, and checks it again).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

from kit.core.errors import BadInput, KitError, Unavailable
from kit.node.work import Progress
from kit.stick.bundle import Block, Bundle, Release, blocks, bundle_size
from kit.stick.layout import RELEASE_KEYS, UPDATE_SUFFIX
from kit.stick.signature import Ring, read_ring
from kit.sync.frames import Offer
from kit.sync.release import NOTHING

KEYS = Path("/", RELEASE_KEYS)
UPDATES = "updates"
"""Folder of the home; root's server looks for bundles there (`kit.stick.keeper_releases`)."""
PART_SUFFIX = ".part"
SPARE = 256 * 1024 * 1024
"""Bytes that stay free for records, whatever is fetched."""
NO_ROOM, GONE, STOPPED = "UPD-081", "UPD-013", "UPD-083"
LOOK_S = 0.02
"""How long a look at the copying thread may hold up a keystroke."""


def trusted_ring() -> Ring:
    """Who may sign, by this system's own verified root; nobody where it does not say."""
    try:
        return read_ring(KEYS.read_bytes())
    except (OSError, BadInput):
        return Ring(1, ())


def name_of(release: Release) -> bytes:
    """What a release is called between kits: the SHA-256 of its manifest."""
    return hashlib.sha256(release.text).digest()


class ReleaseShelf:
    """A folder with at most one whole bundle, and at most one that is being fetched."""

    def __init__(self, folder: Path, ring: Ring) -> None:
        self.folder, self.ring = folder, ring
        self.path: Path | None = None
        self.release: Release | None = None
        self._blocks: tuple[Block, ...] = ()
        self._file: BinaryIO | None = None
        for path in sorted(folder.glob(f"*{UPDATE_SUFFIX}")):
            with contextlib.suppress(KitError, OSError):
                self._use(path)

    def offer(self) -> Offer:
        """What others may fetch here."""
        if self.release is None:
            return NOTHING
        version = self.release.manifest.version
        return Offer(name_of(self.release), version, bundle_size(self.release))

    def read(self, name: bytes, block: int, at: int, count: int) -> tuple[bytes, bool] | None:
        """Bytes of a block and whether they are its last ones; None for what is not here."""
        known = self.release is not None and name == name_of(self.release)
        if not known or self._file is None or block >= len(self._blocks):
            return None
        one = self._blocks[block]
        if not 0 <= at < one.size:
            return None
        try:
            self._file.seek(one.at + at)
            data = self._file.read(min(count, one.size - at))
        except OSError:
            return None
        return (data, at + len(data) >= one.size) if data else None

    def room(self, size: int) -> None:
        """Raises Unavailable `UPD-081` where so much does not fit beside the records."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder).free
        if free < size + SPARE:
            raise Unavailable(NO_ROOM, mib=-(-(size + SPARE - free) // 2**20))

    def part(self, name: bytes) -> Path:
        """Where a bundle stands while it is fetched or copied."""
        return self.folder / f"{name.hex()[:16]}{PART_SUFFIX}"

    def put(self, part: Path, release: Release) -> None:
        """A part that is whole, checked and flushed takes its place; what was there is removed."""
        path = self.folder / f"kit-{release.manifest.version}{UPDATE_SUFFIX}"
        self.drop()
        part.replace(path)
        for rest in self.folder.glob(f"*{PART_SUFFIX}"):
            rest.unlink(missing_ok=True)
        self._use(path)

    def adopt(self, part: Path) -> Release:
        """A bundle that root's server has checked and laid down in this folder is kept.

        Raises what `Bundle` raises, Unavailable `UPD-013`.
        """
        try:
            with part.open("rb") as file:
                release = _whole(file, part.stat().st_size, self.ring)
            self.put(part, release)
        except OSError as fault:
            raise Unavailable(GONE, errno=fault.errno or 0) from None
        return release

    def drop(self) -> None:
        """Nothing is kept any more."""
        if self._file is not None:
            self._file.close()
        self.path, self.release, self._file, self._blocks = None, None, None, ()
        for path in self.folder.glob(f"*{UPDATE_SUFFIX}"):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file; it stays."""
        if self._file is not None:
            self._file.close()
        self.release, self._file = None, None

    def keep_steps(self, source: Path) -> Generator[Progress, None, Release]:
        """Copy a bundle from a stick or a folder while all of it is checked.

        Raises what `Bundle` raises, Unavailable `UPD-081`, `UPD-013`.
        """
        work = _Copying(self, source)
        thread = threading.Thread(target=work.run, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(LOOK_S)
                yield {"done": work.done, "total": work.total, "step": "checking"}
        finally:
            work.stopped = True
            thread.join()
        if work.fault is not None:
            raise work.fault
        assert work.release is not None  # noqa: S101  (without a fault there is one)
        self.put(work.part, work.release)
        return work.release

    def _use(self, path: Path) -> None:
        file = path.open("rb")
        try:
            release = _whole(file, path.stat().st_size, self.ring)
        except BaseException:
            file.close()
            raise
        if self._file is not None:
            self._file.close()
        self.path, self.release, self._file = path, release, file
        self._blocks = blocks(release)


def _whole(file: BinaryIO, size: int, ring: Ring) -> Release:
    release = Bundle(file, ring).release
    if size != bundle_size(release):
        raise BadInput("UPD-041")
    return release


class _Copying:
    """The copying of one bundle, in a thread of its own; touches no store."""

    def __init__(self, shelf: ReleaseShelf, source: Path) -> None:
        self._shelf, self._source = shelf, source
        self.done, self.total = 0, 0
        self.part = shelf.folder / f"copy{PART_SUFFIX}"
        self.release: Release | None = None
        self.fault: KitError | None = None
        self.stopped = False

    def run(self) -> None:
        """Never raises: the fault is kept for whoever waits."""
        try:
            self._copy()
        except KitError as fault:
            self.fault = fault
        except OSError as fault:
            self.fault = Unavailable(GONE, errno=fault.errno or 0)
        if self.fault is not None:
            self.part.unlink(missing_ok=True)

    def _copy(self) -> None:
        self.total = self._source.stat().st_size
        self._shelf.room(self.total)
        with self._source.open("rb") as source, self.part.open("wb") as copy:
            bundle = Bundle(_Tee(source, copy), self._shelf.ring)
            release = bundle.check(self._more)
            copy.flush()
            os.fsync(copy.fileno())
        self.release = release

    def _more(self, count: int) -> None:
        self.done += count
        if self.stopped:
            raise Unavailable(STOPPED)


class _Tee:
    """A file that is copied while it is read."""

    def __init__(self, source: BinaryIO, copy: BinaryIO) -> None:
        self._source, self._copy = source, copy

    def read(self, count: int, /) -> bytes:
        """At most `count` bytes; b"" at the end."""
        data = self._source.read(count)
        self._copy.write(data)
        return data
