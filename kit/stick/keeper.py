"""Root's small server on the stick, `kit-keeper`: the one process that may touch disks.

Starts before the screens, watches the stick, serves `/run/kit/keeper.sock` until the end. The
composition root of this package: clock and chance come in here. Not for: what requests do
(`keeper_acts`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

from kit.stick import commands, disks, marks, watchdog
from kit.stick.keeper_acts import Keeper
from kit.stick.keeper_socket import Doorway, listen_at
from kit.stick.machine import Machine
from kit.stick.persistence import LEAST_DATA_BYTES, LEAST_IN_SMOKE_BYTES, Means
from kit.stick.secret import keep_to_itself
from kit.stick.wire import SOCKET

ROOT_USER = 0
NOT_ROOT = 2


def main() -> int:
    """Serve until the system ends; the exit code."""
    if os.geteuid() != ROOT_USER:
        print("kit-keeper: root only", file=sys.stderr)  # noqa: T201  (before any journal)
        return NOT_ROOT
    machine = Machine()
    keep_to_itself()
    os.umask(0o022)
    disk = disks.running_disk(machine)
    watching = watchdog.start(machine.sys / "block" / disk.name) if disk else 0
    least = LEAST_IN_SMOKE_BYTES if marks.is_test(machine) else LEAST_DATA_BYTES
    keeper = Keeper(Means(machine, commands.run, least, os.urandom), now_ms, set_clock)
    keeper.begin()
    listening = listen_at(Path(SOCKET), machine.owner)
    signal.signal(signal.SIGTERM, lambda *_: listening.shutdown(socket.SHUT_RDWR))
    tell_ready()
    threading.Thread(target=keeper.guess_clock, daemon=True).start()
    Doorway(keeper.acts(), (ROOT_USER, machine.owner)).serve(listening)
    if watching:
        with contextlib.suppress(ProcessLookupError):
            os.kill(watching, signal.SIGKILL)
    return 0


def now_ms() -> int:
    """The system's clock, UTC ms."""
    return time.time_ns() // 1_000_000


def set_clock(at_ms: int) -> None:
    """Set the system's clock; the hardware clock keeps what it had."""
    time.clock_settime_ns(time.CLOCK_REALTIME, at_ms * 1_000_000)


def tell_ready() -> None:
    """Let the system start what waits for this server."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place:
        return
    address = "\0" + place[1:] if place.startswith("@") else place
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as said:
        said.connect(address)
        said.send(b"READY=1")


if __name__ == "__main__":
    sys.exit(main())
