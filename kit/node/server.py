"""The node on a pipe: frames in on stdin, frames out on stdout, one event loop.

Long work goes in slices between messages, or to a thread; answers leave when they are ready, in
any order, by their id. The loop ends when stdin does: a node whose screen died closes its store
cleanly. Not for: what a message means (`service`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable

from kit.core.errors import BadInput, KitError
from kit.core.frame import FrameReader, encode
from kit.node.company import Company
from kit.node.medium_opening import close_medium
from kit.node.service import Message, Node, answer, fault_answer
from kit.node.work import Work, carried_out


class Server(asyncio.Protocol):
    """Serves one node: frames arrive by `data_received`, answers leave on a file descriptor."""

    def __init__(self, node: Node, out: int) -> None:
        self.node, self._out = node, out
        self._reader = FrameReader()
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self._company = Company(node)
        node.tell = self.send

    def send(self, message: Message) -> None:
        """Write one frame whole; a screen that is gone is no fault of the node."""
        data = memoryview(encode(message))
        with contextlib.suppress(BrokenPipeError, OSError):
            while data:
                data = data[os.write(self._out, data) :]

    async def serve(self, stdin: int) -> None:
        """Until stdin ends or the kit is sealed."""
        pipe = os.fdopen(stdin, "rb", buffering=0)
        loop = asyncio.get_running_loop()
        transport, _protocol = await loop.connect_read_pipe(lambda: self, pipe)
        self._company.attend()
        await self._over.wait()
        transport.close()
        await self._company.leave()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def data_received(self, data: bytes) -> None:
        """Bytes of frames; the answer to a short message leaves before this returns."""
        try:
            for message in self._reader.feed(data):
                self._take(message)
        except BadInput as fault:
            self.send(fault_answer({"id": None}, fault))
            self._over.set()
        if self.node.ended:
            self._over.set()

    def connection_lost(self, _fault: Exception | None) -> None:
        """The screen is gone."""
        self._over.set()

    def _take(self, message: Message) -> None:
        try:
            value = self.node.begin(message)
        except KitError as fault:
            self.send(fault_answer(message, fault))
            return
        except Exception as bug:  # noqa: BLE001  (the node must outlive a bug; the code names it)
            self.send(fault_answer(message, KitError("NOD-900", kind=type(bug).__name__)))
            return
        if isinstance(value, Work):
            task = asyncio.get_running_loop().create_task(self._carry_out(message, value))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self.send(answer(message, value))

    async def _carry_out(self, message: Message, work: Work) -> None:
        try:
            value = await carried_out(work, lambda step: self.send({"progress": step}))
            self.send(answer(message, value))
        except KitError as fault:
            self.send(fault_answer(message, fault))
        except Exception as bug:  # noqa: BLE001
            self.send(fault_answer(message, KitError("NOD-900", kind=type(bug).__name__)))


def serve_stdio(node: Node) -> int:
    """Serve on this process's own stdin and stdout; nothing else may write to stdout."""
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        asyncio.run(Server(node, out).serve(os.dup(sys.stdin.fileno())))
    finally:
        node.close()
        close_medium(node)
    return 0


async def serve_alone(node: Node, show: Callable[[Message], None]) -> None:
    """An open kit without a screen, until the system or a person ends this process.

    show: told once, when the kit can be reached: `{"open", "home", "ward", "label", "listen"}`.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C ends it all the same
            loop.add_signal_handler(name, ended.set)
    company = Company(node)
    company.attend()
    try:
        await company.ready()
        if company.fault is not None:
            raise company.fault
        settings, network = node.desk.kit.settings, node.network
        listening = [str(place) for place in network.listening] if network else []
        show({
            "open": True, "home": str(node.folder), "ward": settings.ward,
            "label": settings.label, "listen": listening,
        })  # fmt: skip
        await ended.wait()
    finally:
        await company.leave()
