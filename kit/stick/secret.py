"""Phrases in memory: as bytes that can be overwritten, for as short a time as may be.

Best effort: what a language keeps of a text it has read is beyond reach; the machine has no swap
and writes no core. Not for: keys (they never enter this process).
"""

from __future__ import annotations

import contextlib
import ctypes
import resource
from collections.abc import Iterator

NOT_DUMPABLE = 4
"""PR_SET_DUMPABLE."""


def wipe(secret: bytearray) -> None:
    """Overwrite it."""
    secret[:] = bytes(len(secret))


@contextlib.contextmanager
def secrets_of(*texts: str) -> Iterator[list[bytearray]]:
    """Texts as bytes, overwritten when the work with them is over."""
    made = [bytearray(text, "utf-8") for text in texts]
    try:
        yield made
    finally:
        for secret in made:
            wipe(secret)


def keep_to_itself() -> None:
    """No core file of this process, and no other process may look into it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(NOT_DUMPABLE, 0, 0, 0, 0)
