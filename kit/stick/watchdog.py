"""The stick was pulled: the computer goes off within a second or two.

What runs then cannot be read from the stick any more, so this is a process of its own whose every
page is locked in memory, and which ends with one system call. It looks at the kernel's own word on
the disk, which needs no disk. Not for: a stick that fails without leaving (reads fail; screens say
so). Source: usb-image.md §5.3, after Tails.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import time
from collections.abc import Callable
from pathlib import Path

LOCK_ALL = 1 | 2
"""MCL_CURRENT | MCL_FUTURE."""
POWER_OFF = 0x4321FEDC
"""LINUX_REBOOT_CMD_POWER_OFF."""
BEAT_S = 0.5
GONE = (b"", b"0")
"""A card reader stays when its card is pulled, and says 0."""
OUT_OF_MEMORY_LAST = "-1000"


def attend(size: int, pause: Callable[[], None]) -> None:
    """Return when the disk is gone. size: descriptor of its `size` in /sys, opened before.

    A descriptor and not a path: a new disk may take the old one's name at once.
    """
    while True:
        try:
            if os.pread(size, 64, 0).strip() in GONE:
                return
        except OSError:
            return
        pause()


def start(disk: Path) -> int:
    """Begin to watch a disk (its folder in /sys) in a process of its own; that process's number."""
    size = os.open(disk / "size", os.O_RDONLY | os.O_CLOEXEC)
    child = os.fork()
    if child:
        os.close(size)
        return child
    try:
        _watch(size)
    finally:
        os._exit(0)


def _watch(size: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OUT_OF_MEMORY_LAST)
    # Everything that is needed later is called once now: nothing may be loaded after the pull.
    reboot, sleep, beat = libc.reboot, time.sleep, BEAT_S
    sleep(0)
    libc.mlockall(LOCK_ALL)
    attend(size, lambda: sleep(beat))
    reboot(POWER_OFF)
