"""A keeper's door served in a thread, and a caller who speaks in lines."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

from kit.stick.keeper_socket import Act, Doorway, listen_at

PATIENCE_S = 60.0


class Caller:
    """A client that speaks in lines."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(str(path))
        self._file = self.socket.makefile("rb")

    def send(self, line: bytes) -> None:
        with contextlib.suppress(ConnectionError):  # hung up on: `hear` tells
            self.socket.sendall(line)

    def ask(self, name: str, number: int = 1, **args: Any) -> None:
        self.send(json.dumps({"id": number, "do": name, "args": args}).encode() + b"\n")

    def hear(self) -> dict[str, Any] | None:
        """The next line; None once the keeper hung up."""
        try:
            line = self._file.readline()
        except ConnectionError:
            return None
        return json.loads(line) if line else None

    def answer(self, name: str, **args: Any) -> dict[str, Any]:
        """The answer to a request, past its progress."""
        self.ask(name, **args)
        while (said := self.hear()) is not None and "progress" in said:
            pass
        assert said is not None
        return said

    def close(self) -> None:
        self._file.close()
        self.socket.close()


class Served:
    """A doorway in a thread."""

    def __init__(self, folder: Path, acts: dict[str, Act], users: tuple[int, ...]) -> None:
        self.path = folder / "keeper.sock"
        self._listening = listen_at(self.path, os.getgid())
        self._callers: list[Caller] = []
        door = Doorway(acts, users)
        self._thread = threading.Thread(target=door.serve, args=(self._listening,))
        self._thread.start()

    def caller(self) -> Caller:
        self._callers.append(Caller(self.path))
        return self._callers[-1]

    def close(self) -> None:
        for one in self._callers:
            one.close()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()
