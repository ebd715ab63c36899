"""A door for the command line into a node that is running: a local socket of this user alone.

`kit query`, `kit do` and `kit peers` speak the same messages through it as the screens do through
their pipe. Whoever may open the socket is the user whose process holds the open kit anyway; the
system's word on who called is checked besides. Not for: anything from another machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from pathlib import Path

from kit.core.errors import BadInput, KitError, Refused, Unavailable
from kit.core.frame import FrameReader, encode
from kit.node.desk import KEY_HOLDER
from kit.node.service import Message, Node, answer, fault_answer
from kit.node.sitting import Sitting
from kit.node.work import Work, carried_out
from kit.store.durable import close_to_others

NAME = "node.sock"
LONGEST_PATH = 100
"""A socket's path has room for about 108 bytes; a longer home is reached through its descriptor."""
PATIENCE_S = 600.0


class Door:
    """Serves one node to local callers, each with a sitting of its own."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._server: asyncio.Server | None = None
        self._path = Path(node.folder) / NAME
        self._callers: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen; a socket that a dead node left behind is replaced."""
        if not hasattr(asyncio, "start_unix_server") or self._server is not None:
            return
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            place = self._place(folder)
            # No await between: the mask is the whole process's, and another node may open too.
            door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            before = os.umask(0o177)
            try:
                door.bind(place)
            except OSError:
                door.close()
                raise
            finally:
                os.umask(before)
            self._server = await asyncio.start_unix_server(self._serve, sock=door)
        finally:
            os.close(folder)
        close_to_others(self._path)

    def _place(self, folder: int) -> str:
        whole = str(self._path)
        return whole if len(whole) < LONGEST_PATH else f"/proc/self/fd/{folder}/{NAME}"

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for caller in self._callers:
            caller.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)
        with contextlib.suppress(OSError):
            self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        assert me is not None  # noqa: S101  (the server makes a task of each call)
        self._callers.add(me)
        try:
            if _is_this_user(writer.get_extra_info("socket")):
                await self._converse(reader, writer)
        except (OSError, BadInput):
            pass  # the caller is gone, or does not speak as the command line does
        finally:
            self._callers.discard(me)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = FrameReader()
        sitting = Sitting(self._node.desk)
        try:
            while data := await reader.read(65536):
                for message in frames.feed(data):
                    writer.write(encode(await self._answered(message, sitting)))
                    await writer.drain()
        finally:
            if self._node.kit is not None:
                sitting.sign_out("seal")

    async def _answered(self, message: Message, sitting: Sitting) -> Message:
        try:
            person = message.get("as")
            if person and sitting.who.name != person:
                signed = sitting.sign_in_by_phrase(str(person))
                if isinstance(signed, Refused):
                    return answer(message, signed)
            who = sitting.who if sitting.who.person else KEY_HOLDER
            value = self._node.begin(message, who)
            if isinstance(value, Work):
                value = await carried_out(value)
            return answer(message, value)
        except KitError as fault:
            return fault_answer(message, fault)
        except Exception as bug:  # noqa: BLE001  (the node must outlive a bug; the code names it)
            return fault_answer(message, KitError("NOD-900", kind=type(bug).__name__))


def _is_this_user(sock: socket.socket) -> bool:
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # the folder and the socket are this user's alone all the same
    size = struct.calcsize("3i")
    said = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _pid, user, _group = struct.unpack("3i", said)
    return bool(user == os.getuid())


def is_running(folder: Path) -> bool:
    """Whether a node with a door runs in this folder."""
    try:
        Caller(folder).close()
    except Unavailable:
        return False
    return True


class Caller:
    """The command line's end: one message, one answer."""

    def __init__(self, folder: Path) -> None:
        """Raises Unavailable `NOD-004` where no node runs in this folder."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(PATIENCE_S)
        try:
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                whole = str(folder / NAME)
                short = f"/proc/self/fd/{descriptor}/{NAME}"
                self._socket.connect(whole if len(whole) < LONGEST_PATH else short)
            finally:
                os.close(descriptor)
        except OSError:
            self._socket.close()
            raise Unavailable("NOD-004", path=str(folder)) from None

    def ask(self, message: Message) -> Message:
        """The node's answer to one message. Raises Unavailable `NOD-005` where it went away."""
        frames = FrameReader()
        try:
            self._socket.sendall(encode({"id": 1, **message}))
            while data := self._socket.recv(65536):
                for found in frames.feed(data):
                    return found
        except OSError:
            pass
        raise Unavailable("NOD-005")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
