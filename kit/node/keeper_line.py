"""The node's end of the keeper's socket: one request a connection, progress in slices.

Where there is no socket the kit does not run from a stick, and all is as on any computer. Not for:
what the node makes of an answer (`medium`, `medium_opening`).
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import msgspec

from kit.core.errors import Refused
from kit.node.work import SLICE_S, Progress
from kit.stick import wire

JOB = "medium"
NOT_THERE: dict[str, Any] = {"medium": "none"}
SHORT_S = 5.0
"""How long a question is waited for that touches no disk for writing."""
SILENT = Refused("KEY-006")
Answer = dict[str, Any] | Refused


class KeeperLine:
    """Asks the keeper behind one socket."""

    def __init__(self, path: Path = Path(wire.SOCKET)) -> None:
        self._path = path

    @property
    def is_there(self) -> bool:
        """Whether this kit runs from a stick."""
        return self._path.exists()

    def status(self) -> dict[str, Any]:
        """The medium as it is now; a keeper that does not answer leaves it locked."""
        if not self.is_there:
            return NOT_THERE
        said = self.ask("status")
        return {"medium": "locked", "fault": said.code} if isinstance(said, Refused) else said

    def ask(self, name: str, **args: Any) -> Answer:
        """A short question, answered before this returns."""
        with self._line(SHORT_S) as line:
            if line is None or not _sent(line, name, args):
                return SILENT
            for said in _lines(line):
                if said is None:
                    return SILENT
                if (answer := _answer_of(said)) is not None:
                    return answer
        return SILENT

    def talk(self, name: str, **args: Any) -> Generator[Progress, None, Answer]:
        """A long one, in slices; closing the generator hangs up, which stops what may be stopped.

        Yields progress `{"done", "total", "step"}`.
        """
        course: Progress = {"done": 0, "total": 0, "step": ""}
        with self._line(SLICE_S) as line:
            if line is None or not _sent(line, name, args):
                return SILENT
            for said in _lines(line):
                if said is None:
                    yield course
                    continue
                if (answer := _answer_of(said)) is not None:
                    return answer
                course = _progress(said, course)
                yield course
        return SILENT

    @contextlib.contextmanager
    def _line(self, patience: float) -> Iterator[socket.socket | None]:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.settimeout(SHORT_S)
            try:
                line.connect(str(self._path))
                line.settimeout(patience)
            except OSError:
                yield None
                return
            yield line
        finally:
            line.close()


def _sent(line: socket.socket, name: str, args: dict[str, Any]) -> bool:
    try:
        line.sendall(wire.written({"id": 1, "do": name, "args": args}))
    except OSError:
        return False
    return True


def _lines(line: socket.socket) -> Iterator[dict[str, Any] | None]:
    """What the keeper says, line by line; None each time it has been silent for a while."""
    waiting = bytearray()
    while True:
        while (end := waiting.find(b"\n")) >= 0:
            text = bytes(waiting[:end])
            del waiting[: end + 1]
            with contextlib.suppress(msgspec.MsgspecError):
                said = msgspec.json.decode(text)
                if isinstance(said, dict):
                    yield said
        try:
            data = line.recv(65536)
        except TimeoutError:
            yield None
            continue
        except OSError:
            return
        if not data:
            return
        waiting += data


def _answer_of(said: dict[str, Any]) -> Answer | None:
    if "ok" in said and isinstance(said["ok"], dict):
        return said["ok"]
    if "refused" in said:
        return Refused(str(said["refused"]), dict(said.get("args") or {}))
    return None


def _progress(said: dict[str, Any], course: Progress) -> Progress:
    found = said.get("progress")
    return {**course, **found} if isinstance(found, dict) else course
