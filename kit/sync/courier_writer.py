"""Writes bundles and want files so that a stick may be pulled at any moment.

All under a name that no kit reads, each file forced onto the medium, the manifest last, then one
renaming. A thread of its own does it, because a stick may take seconds for a flush; whoever gives
it work waits no longer than it wants to. Not for: what is written (`courier_plan`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from kit.core.envelope import decode_header
from kit.core.errors import KitError, Unavailable
from kit.sync.courier import (
    MANIFEST,
    SEGMENT_BYTES,
    Range,
    Run,
    Segment,
    about,
    bundle_folder,
    encode_run,
    segment_name,
    want_name,
)
from kit.sync.courier_plan import id8
from kit.sync.stream import StreamSealer

FULL = "USB-003"
READ_ONLY = "USB-004"
PULLED = "USB-005"
NO_FOLDER = "USB-002"
QUEUE_JOBS = 8
_CODES = {
    errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EROFS: READ_ONLY, errno.EACCES: READ_ONLY,
    errno.EPERM: READ_ONLY, errno.ENOTDIR: NO_FOLDER,
}  # fmt: skip
_NEW = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
)  # fmt: skip


def fault_of(error: OSError) -> Unavailable:
    """What a fault of the medium means for whoever holds the stick."""
    return Unavailable(_CODES.get(error.errno or 0, PULLED))


class Lane:
    """A thread that does jobs in order until one fails; the fault is raised to who gives more."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue(QUEUE_JOBS)
        self._fault: KitError | None = None
        self._abandoned = False
        self._last: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._work, daemon=True, name="courier-writer")
        self._thread.start()

    def give(self, job: Callable[[], None] | None, wait_s: float) -> bool:
        """Queue a job (None = no more); False where the queue stayed full. Raises its fault."""
        if self._fault is not None:
            raise self._fault
        try:
            self._queue.put(job, timeout=wait_s)
        except queue.Full:
            return False
        return True

    def ended(self, wait_s: float) -> bool:
        """Whether all jobs are done, after waiting so long. Raises the fault of one that failed."""
        self._thread.join(wait_s)
        if self._thread.is_alive():
            return False
        if self._fault is not None:
            raise self._fault
        return True

    def abandon(self, last: Callable[[], None], wait_s: float) -> None:
        """Drop what is queued, do one last thing, end; waits for that no longer than it may."""
        self._last = last
        self._abandoned = True
        with contextlib.suppress(queue.Empty):
            while True:
                self._queue.get_nowait()
        self._queue.put(None)
        self._thread.join(wait_s)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            if self._fault is None and not self._abandoned:
                self._fault = _fault_of_job(job)
        last = _fault_of_job(self._last)
        self._fault = self._fault or last


def _fault_of_job(job: Callable[[], None]) -> KitError | None:
    try:
        job()
    except OSError as error:
        return fault_of(error)
    except KitError as fault:
        return fault
    return None


class BundleFiles:
    """One bundle being written. Its methods are jobs of a `Lane`."""

    def __init__(self, place: Path, name: bytes, device: bytes, keys: Sequence[bytes]) -> None:
        self.name, self._keys = name, keys
        self._place = place
        self._final = place / bundle_folder(name)
        self._draft = place / f"{self._final.name}.part-{device[:8].hex()}"
        self._open: _SegmentFile | None = None
        self.segments: list[Segment] = []
        self.bytes = 0
        self.entries = 0

    def begin(self) -> None:
        """Make the draft folder; drafts that this device left behind are removed."""
        suffix = self._draft.name.partition(".")[2]
        for left in self._place.glob(f"kit-bundle-*.{suffix}"):
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
        self._draft.mkdir(mode=0o700)

    def put(self, lot: int, run: Run, *, early: bool) -> None:
        """Write one run into a segment of its lot."""
        content = encode_run(run)
        file = self._open
        if file is None or not file.takes(lot, len(content), early=early):
            self._close_segment()
            file = self._open = _SegmentFile(
                self._draft, self.name, (lot, len(self.segments)), self._keys[lot], early=early
            )
        file.put(run, content)
        self.entries += len(run.raws)

    def finish(self, manifest: Callable[[tuple[Segment, ...]], bytes]) -> None:
        """The manifest last, then the one renaming that makes it a bundle."""
        self._close_segment()
        content = manifest(tuple(self.segments))
        write_new(self._draft / MANIFEST, content)
        self.bytes += len(content)
        sync_folder(self._draft)
        self._draft.rename(self._final)
        sync_folder(self._place)

    def drop(self) -> None:
        """Remove what was begun, as far as the stick lets us."""
        if self._open is not None:
            self._open.close()
            self._open = None
        shutil.rmtree(self._draft, ignore_errors=True)

    def _close_segment(self) -> None:
        if self._open is not None:
            segment = self._open.finish()
            self._open = None
            self.segments.append(segment)
            self.bytes += segment.size


class _SegmentFile:
    """A segment being written."""

    def __init__(
        self, folder: Path, name: bytes, place: tuple[int, int], key: bytes, *, early: bool
    ) -> None:
        self._lot, self._number = place
        self._early = early
        self._stream = StreamSealer(key, about(name, *place))
        self._file: BinaryIO = os.fdopen(os.open(folder / segment_name(*place), _NEW, 0o600), "wb")
        self._size = self._file.write(self._stream.header)
        self._entries = 0
        self._ranges: list[Range] = []

    def takes(self, lot: int, size: int, *, early: bool) -> bool:
        """Whether a run of that size still fits, and belongs here."""
        room = SEGMENT_BYTES - 1024  # for the closing chunk and the chunks' own heads
        return (self._lot, self._early) == (lot, early) and self._size + size < room

    def put(self, run: Run, content: bytes) -> None:
        self._size += self._file.write(self._stream.chunk(content))
        self._entries += len(run.raws)
        self._note(run)

    def _note(self, run: Run) -> None:
        first, last = decode_header(run.raws[0]).seq, decode_header(run.raws[-1]).seq
        before = self._ranges[-1] if self._ranges else None
        tip = id8(run.raws[-1])
        if before and not run.fork and (before.feed, before.fork) == (run.feed, 0):
            self._ranges[-1] = Range(run.feed, 0, before.first, last, tip)
        else:
            self._ranges.append(Range(run.feed, run.fork, first, last, tip))

    def finish(self) -> Segment:
        """The closing mark, then onto the medium."""
        self._size += self._file.write(self._stream.chunk(b"", last=True))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Segment(
            self._lot, self._number, self._size, self._entries, self._early, tuple(self._ranges)
        )

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()


def write_want(place: Path, device: bytes, content: bytes) -> None:
    """Put a device's want file in place of its older one. Raises OSError."""
    replace_file(place / want_name(device), content)


def replace_file(path: Path, content: bytes) -> None:
    """A small file in place of the old one, whole or not at all; a link there is replaced."""
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    try:
        write_new(draft, content)
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_new(path: Path, content: bytes) -> None:
    """A file that must not be there yet, forced onto the medium. Raises OSError."""
    with os.fdopen(os.open(path, _NEW, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Force a folder's names onto the medium, where the system knows how."""
    if os.name == "nt":
        return  # no handle to a folder there
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems of sticks have no such call
            raise
    finally:
        os.close(fd)
