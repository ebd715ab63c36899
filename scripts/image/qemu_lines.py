"""Lines that a virtual machine says on a socket, and waiting for one of several machines' words.

Nothing here sleeps: whoever waits is woken by the socket, or by the end of its patience.
Not for: what a line means (`qemu_marks`, `qemu_control`).
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Sequence

AT_ONCE = 65_536


class Lines:
    """Whole lines of one socket, as they come. `ended` once the other side is gone."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.ended = False
        self._rest = b""

    def fileno(self) -> int:
        """For `select`."""
        return self.sock.fileno()

    def take(self) -> list[str]:
        """The lines that are there, without their ends; an unfinished one waits for its end."""
        while not self.ended:
            try:
                read = self.sock.recv(AT_ONCE)
            except BlockingIOError:
                break
            except ConnectionError:
                read = b""
            self.ended = not read
            self._rest += read
        *whole, self._rest = self._rest.split(b"\n")
        if self.ended and self._rest:
            whole.append(self._rest)
            self._rest = b""
        return [line.rstrip(b"\r").decode("utf-8", "replace") for line in whole]

    def close(self) -> None:
        """Let go of the socket."""
        self.sock.close()
        self.ended = True


def wait_for(sources: Sequence[Lines], done: Callable[[], bool], limit_s: float) -> bool:
    """Until `done`, which reads the sources itself; False when `limit_s` or every source is over.

    `done` is asked at once, whenever a source has something to read, and a last time at the end.
    """
    end = time.monotonic() + limit_s
    while not done():
        left = end - time.monotonic()
        living = [source for source in sources if not source.ended]
        if left <= 0 or not living:
            return False
        select.select(living, [], [], left)
    return True
