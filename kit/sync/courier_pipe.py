"""The kit's side of the limited reader: starts it, asks it, never waits longer than it wants to.

A thread takes frames off the pipe into a short queue, so that neither a slow stick nor a reader
that says too much can hold up the node or fill its memory. Not for: what is done with what it says.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
from pathlib import Path
from typing import IO, Self

import kit
from kit.core.errors import BadInput, Unavailable
from kit.core.programme import this_programme
from kit.sync.courier_frames import Asked, Said, decode_said, encode, next_body

QUEUE_FRAMES = 8
READER_DIED = "USB-030"
_ENDED = object()


def reader_command(folder: Path) -> list[str]:
    """How the limited reader is started: the user's own packages and settings stay out of it."""
    return this_programme().reader(str(folder))


class LimitedReader:
    """One reader process over one folder. Use as a context; leaving it ends the process."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            reader_command(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=_environment(), cwd=folder.anchor or "/",
        )  # fmt: skip
        self._queue: queue.Queue[object] = queue.Queue(QUEUE_FRAMES)
        self._over = False
        self._thread = threading.Thread(target=self._pump, daemon=True, name="courier-reader")
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        self.close()

    def ask(self, asked: Asked) -> None:
        """Ask the next thing; its answers end with `Done`. Raises Unavailable `USB-030`."""
        pipe = self._process.stdin
        try:
            if pipe is not None:
                pipe.write(encode(asked))
                pipe.flush()
        except OSError:
            raise Unavailable(READER_DIED) from None

    def said(self, wait_s: float) -> Said | None:
        """The next thing that was said, None after waiting. Raises Unavailable `USB-030`."""
        try:
            found = self._queue.get(timeout=wait_s)
        except queue.Empty:
            return None
        if found is _ENDED or not isinstance(found, Said):
            self._queue.put(_ENDED)  # it has ended for whoever asks next, too
            raise Unavailable(READER_DIED)
        return found

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._over = True
        self._process.kill()
        self._process.wait()
        self._thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _pump(self) -> None:
        pipe = self._process.stdout
        if pipe is not None:
            with contextlib.suppress(BadInput, OSError, ValueError):
                self._pass_on(pipe)
        self._put(_ENDED)

    def _pass_on(self, pipe: IO[bytes]) -> None:
        while (body := next_body(pipe)) is not None:
            self._put(decode_said(body))

    def _put(self, found: object) -> None:
        while not self._over:
            with contextlib.suppress(queue.Full):
                self._queue.put(found, timeout=0.2)
                return


def _environment() -> dict[str, str]:
    """Nothing of the user's but where the programme itself lies."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": str(Path(kit.__file__).resolve().parent.parent)}
