"""The keeper's end of its socket: who may speak, lines in, answers out, one thread a request.

Only root and the kit's own user are heard, by the kernel's word on who called. Short requests are
answered at once; whatever works on a disk does so alone. Not for: what a request does
(`keeper_acts`).
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple

from kit.core.errors import BadInput, KitError, Refused, Unavailable
from kit.stick import wire
from kit.stick.persistence import Tell
from kit.stick.secret import wipe
from kit.stick.wire import Ask

MOST_CALLERS = 8
PATIENCE = struct.pack("ll", 10, 0)
"""Seconds, as the kernel wants them: who does not listen must not hold up what works on a disk."""
MOST_REQUESTS = 4
"""At once, of one caller."""

Answer = dict[str, Any] | Refused


class Act(NamedTuple):
    """What a request does. alone: it works on a disk; stoppable: where its caller is gone too."""

    run: Callable[[dict[str, Any], Tell], Answer]
    alone: bool = False
    stoppable: bool = False


class Doorway:
    """Serves requests on a listening socket, each caller in a thread."""

    def __init__(self, acts: dict[str, Act], users: Collection[int]) -> None:
        self._acts, self._users = acts, frozenset(users)
        self._disk = threading.Lock()
        self._room = threading.Semaphore(MOST_CALLERS)

    def serve(self, listening: socket.socket) -> None:
        """Until the socket is closed."""
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            if user_of(caller) not in self._users or not self._room.acquire(blocking=False):
                caller.close()
                continue
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, PATIENCE)
            threading.Thread(target=self._converse, args=(caller,), daemon=True).start()

    def _converse(self, caller: socket.socket) -> None:
        talk = _Talk(caller, self._acts, self._disk)
        try:
            talk.listen()
        finally:
            self._room.release()
            talk.end()


class _Talk:
    """One caller's requests."""

    def __init__(self, caller: socket.socket, acts: dict[str, Act], disk: threading.Lock) -> None:
        self._caller, self._acts, self._disk = caller, acts, disk
        self._sending = threading.Lock()
        self._running: dict[int, threading.Event] = {}

    def listen(self) -> None:
        """Take lines until the caller hangs up or says what is no line."""
        waiting = bytearray()
        while True:
            try:
                data = self._caller.recv(4096)
            except OSError:
                return
            if not data:
                return
            waiting += data
            while (end := waiting.find(b"\n")) >= 0:
                line = waiting[:end]
                waiting[: end + 1] = bytes(end + 1)
                del waiting[: end + 1]
                self._take(line)
                wipe(line)
            if len(waiting) > wire.LONGEST_LINE:
                self._say({"id": None, "refused": "KEY-001", "args": {}})
                return

    def end(self) -> None:
        """The caller is gone: what may be stopped is."""
        for stop in list(self._running.values()):
            stop.set()
        with contextlib.suppress(OSError):
            self._caller.close()

    def _take(self, line: bytearray) -> None:
        try:
            if len(line) > wire.LONGEST_LINE:
                raise BadInput("KEY-001")
            ask = wire.read_ask(line)
        except KitError as fault:
            self._refuse(wire.id_of(line), fault.code, fault.args_)
            return
        if ask.name == "cancel":
            stop = self._running.get(ask.args["of"])
            if stop is not None:
                stop.set()
            self._say({"id": ask.id, "ok": {"stopped": stop is not None}})
            return
        act = self._acts.get(ask.name)
        if act is None:
            self._refuse(ask.id, "KEY-002", {"name": ask.name})
        elif not act.alone:
            self._say(self._outcome(ask, act))
        elif len(self._running) >= MOST_REQUESTS or ask.id in self._running:
            self._refuse(ask.id, "KEY-005", {})
        else:
            self._running[ask.id] = threading.Event()
            threading.Thread(target=self._alone, args=(ask, act), daemon=True).start()

    def _alone(self, ask: Ask, act: Act) -> None:
        # Answered last: whoever has the answer may send the next request at once.
        if not self._disk.acquire(blocking=False):
            self._running.pop(ask.id, None)
            self._refuse(ask.id, "KEY-005", {})
            return
        try:
            said = self._outcome(ask, act)
        finally:
            self._disk.release()
            self._running.pop(ask.id, None)
        self._say(said)

    def _outcome(self, ask: Ask, act: Act) -> dict[str, Any]:
        """The last line of an answer."""
        stop = self._running.get(ask.id) if act.stoppable else None

        def tell(done: int, total: int, step: str) -> None:
            if stop is not None and stop.is_set():
                raise Unavailable("KEY-004")
            self._say({"id": ask.id, "progress": {"done": done, "total": total, "step": step}})

        try:
            said = act.run(ask.args, tell)
        except KitError as fault:
            return _refused(ask.id, fault.code, fault.args_)
        except Exception as bug:  # noqa: BLE001  (root's server must outlive a bug; the code names it)
            return _refused(ask.id, "KEY-041", {"kind": type(bug).__name__})
        if isinstance(said, Refused):
            return _refused(ask.id, said.code, said.args)
        return {"id": ask.id, "ok": said}

    def _refuse(self, number: int | None, code: str, args: dict[str, Any]) -> None:
        self._say(_refused(number, code, args))

    def _say(self, message: dict[str, Any]) -> None:
        data = wire.written(message)
        with self._sending, contextlib.suppress(OSError):
            self._caller.sendall(data)


def _refused(number: int | None, code: str, args: dict[str, Any]) -> dict[str, Any]:
    return {"id": number, "refused": code, "args": args}


def user_of(caller: socket.socket) -> int:
    """Who called, by the kernel's word; -1 where it cannot be told."""
    try:
        size = struct.calcsize("3i")
        said = caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    except OSError:
        return -1
    return int(struct.unpack("3i", said)[1])


def listen_at(path: Path, group: int) -> socket.socket:
    """A socket that root and one group may open; one that a dead keeper left is replaced."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    os.chown(path, -1, group)
    path.chmod(0o660)
    listening.listen(MOST_CALLERS)
    return listening
