"""How long the next try of a phrase must wait: written before each try, so that a reboot keeps it.

The wait runs on the machine's uptime while it stays up, whatever becomes of the calendar; after a
reboot on the calendar, and from the start again where the calendar went backwards. It is never
longer than five minutes: the last way in is never locked for good. Someone who copies the disk goes
round it; the phrase's 84 bits carry that case.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from kit.store.durable import sync_folder

WAITS_S = (0, 0, 0, 5, 15, 60, 120, 300)
"""Seconds to wait after so many failed tries in a row; the last one holds from then on."""

_FILE_BYTES = 256


class Moment(msgspec.Struct, frozen=True):
    """Now, by the calendar (ms UTC) and by the uptime of one boot (ms, name of the boot)."""

    wall_ms: int
    uptime_ms: int
    boot: str


class _Record(msgspec.Struct, array_like=True, frozen=True):
    failures: int
    last: Moment


_NEVER = _Record(0, Moment(0, 0, ""))


class Tries:
    """The counter of one home."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def remaining_s(self, now: Moment) -> int:
        """Whole seconds until a try is allowed; 0 where it is allowed now."""
        record = self._read()
        if record.failures <= 0:
            return 0
        wait_ms = WAITS_S[min(record.failures, len(WAITS_S) - 1)] * 1000
        elapsed = _elapsed_ms(record.last, now)
        if elapsed < 0:
            self._write(_Record(record.failures, now))
            elapsed = 0
        return max(0, -(-(wait_ms - elapsed) // 1000))

    def begin(self, now: Moment) -> None:
        """Count a try as failed before it is made."""
        self._write(_Record(self._read().failures + 1, now))

    def succeed(self) -> None:
        """Forget the failures."""
        self._write(_NEVER)

    def _read(self) -> _Record:
        try:
            content = self._path.read_bytes()
            return msgspec.json.decode(content.rstrip(b" "), type=_Record)
        except (OSError, msgspec.MsgspecError):
            return _NEVER  # a lost counter must not lock anybody out

    def _write(self, record: _Record) -> None:
        # In place and of one size: a full disk has no room for a new file. A disk that cannot be
        # written at all still lets the ward read, so it is no reason to refuse the phrase.
        content = msgspec.json.encode(record).ljust(_FILE_BYTES)
        with contextlib.suppress(OSError):
            new = not self._path.exists()
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if new:
                sync_folder(self._path.parent)


def _elapsed_ms(last: Moment, now: Moment) -> int:
    if now.boot and now.boot == last.boot:
        return now.uptime_ms - last.uptime_ms
    return now.wall_ms - last.wall_ms
