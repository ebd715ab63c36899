"""A person's word to stop, for work that waits on a printer or on a tool in another thread.

Sockets are shut and tools ended at once, so that nobody waits for a timeout. Not for: taking back
what a printer already has (`ipp.cancel_job`).
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


class Halt:
    """Said once; what is under way, or begins later, ends."""

    def __init__(self) -> None:
        self._said = threading.Event()
        self._lock = threading.Lock()
        self._ends: list[Callable[[], None]] = []

    @property
    def said(self) -> bool:
        """Whether somebody stopped it."""
        return self._said.is_set()

    def stop(self) -> None:
        """End what is under way; more than once is the same."""
        with self._lock:
            self._said.set()
            ends = list(self._ends)
        for end in ends:
            with contextlib.suppress(OSError):
                end()

    def wait(self, seconds: float) -> bool:
        """Let time pass; True at once when it is stopped."""
        return self._said.wait(seconds)

    @contextlib.contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """While this lasts, `end` is what stopping means."""
        with self._lock:
            self._ends.append(end)
            said = self._said.is_set()
        try:
            if said:
                with contextlib.suppress(OSError):
                    end()
            yield
        finally:
            with self._lock:
                self._ends.remove(end)
