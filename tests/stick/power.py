"""A medium whose power fails at the n-th thing that is done to it, with all that may mean.

What was not flushed may be there, may be lost, or may be there in part, and a write may be torn at
a sector. Works by standing in for the system calls, so it knows nothing of what it cuts.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SECTOR = 512


class PowerCut(BaseException):
    """The machine is off. Not an error that any code may handle."""


class Power:
    """Counts what is done to files below one folder; cuts before the n-th, or never (0).

    fate: what becomes of everything that was not flushed: "kept", "lost" or "torn" (each thing by
    chance, the last write at a sector).
    """

    def __init__(self, folder: Path, cut_at: int, fate: str, chance: random.Random) -> None:
        self.done = 0
        self._folder, self._cut_at = str(folder), cut_at
        self._fate, self._chance = fate, chance
        self._pending: list[tuple[str, Callable[[], None]]] = []
        """(what would make it safe, how to undo it)."""
        self._is_off = False

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Stand in for the calls that change a medium, until the patch is undone."""
        real = {name: getattr(os, name) for name in ("write", "pwrite", "fsync", "replace")}
        real |= {name: getattr(os, name) for name in ("unlink", "ftruncate", "open")}
        for name in real:
            stand_in = getattr(self, f"_{name}")
            patch.setattr(os, name, lambda *a, _s=stand_in, _r=real[name], **k: _s(_r, *a, **k))

    def settle(self) -> None:
        """What the medium holds once the power is back."""
        for _, undo in reversed(self._pending):
            lost = self._fate == "lost" or (self._fate == "torn" and self._chance.random() < 0.5)
            if lost:
                undo()
        self._pending.clear()

    # ------------------------------------------------------------- the calls

    def _step(self) -> None:
        if self._is_off:
            raise PowerCut
        self.done += 1
        if self.done == self._cut_at:
            self._is_off = True
            raise PowerCut

    def _pwrite(self, real: Any, fd: int, data: Any, at: int) -> int:
        path = _path(fd)
        if not path.startswith(self._folder):
            return int(real(fd, data, at))
        before = Path(path).read_bytes()[at : at + len(data)] if len(data) else b""
        self._pending.append((path, lambda: _put_back(path, at, before)))
        try:
            self._step()
        except PowerCut:
            # The write that was under way: some of its sectors, in order.
            torn = self._chance.randrange(len(data) // SECTOR + 1) * SECTOR
            if self._fate == "torn" and torn:
                real(fd, bytes(data)[:torn], at)
            raise
        return int(real(fd, data, at))

    def _write(self, real: Any, fd: int, data: Any) -> int:
        path = _path(fd)
        if path.startswith(self._folder):
            size = os.fstat(fd).st_size
            self._pending.append((path, lambda: os.truncate(path, size)))
            self._step()
        return int(real(fd, data))

    def _ftruncate(self, real: Any, fd: int, size: int) -> None:
        if _path(fd).startswith(self._folder):
            self._step()
        real(fd, size)

    def _fsync(self, real: Any, fd: int) -> None:
        path = _path(fd)
        if path.startswith(self._folder):
            self._step()
            self._pending = [one for one in self._pending if one[0] != path]
            return  # the machine of the test need not really flush
        real(fd)

    def _open(self, real: Any, path: Any, flags: int, *more: Any, **named: Any) -> int:
        known = str(path).startswith(self._folder)
        if known and flags & os.O_CREAT:
            self._step()
        return int(real(path, flags, *more, **named))

    def _replace(self, real: Any, old: Any, new: Any) -> None:
        old, new = Path(old), Path(new)
        before = new.read_bytes() if new.exists() else None
        moved = old.read_bytes()
        self._step()
        real(old, new)

        def undo() -> None:
            old.write_bytes(moved)
            new.write_bytes(before) if before is not None else new.unlink(missing_ok=True)

        self._pending.append((str(new.parent), undo))

    def _unlink(self, real: Any, path: Any, *more: Any, **named: Any) -> None:
        gone = Path(path)
        if not str(gone).startswith(self._folder):
            real(path, *more, **named)
            return
        before = gone.read_bytes()
        self._step()
        real(path, *more, **named)
        self._pending.append((str(gone.parent), lambda: void(gone.write_bytes(before))))


def void(_value: object) -> None:
    """What was returned is of no interest."""


def _path(fd: int) -> str:
    return str(Path(f"/proc/self/fd/{fd}").readlink())


def _put_back(path: str, at: int, before: bytes) -> None:
    with Path(path).open("r+b") as file:
        file.seek(at)
        file.write(before)
