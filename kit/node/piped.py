"""A node of this programme as a child process, talked to through its pipe; for measures and proofs.

Not for: the screens, which must never wait (`kit.gui.port`).
"""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path
from typing import Any

from kit.core.frame import FrameReader, encode
from kit.core.programme import this_programme


class Client:
    """A node as a child process, asked one thing at a time; opened with its phrase."""

    def __init__(self, home: Path, phrase: str) -> None:
        command = this_programme().command("node", "--stdio", "--home", str(home))
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._reader, self._ids = FrameReader(), itertools.count(1)
        self._held: list[dict[str, Any]] = []
        try:
            self.request({"call": "unlock", "args": {"phrase": phrase}})
        except RuntimeError:
            self.kill()
            raise

    def send(self, message: dict[str, Any]) -> int:
        """Send without waiting; the message's id."""
        message["id"] = next(self._ids)
        assert self.process.stdin is not None  # noqa: S101  (opened above)
        self.process.stdin.write(encode(message))
        self.process.stdin.flush()
        return int(message["id"])

    def request(self, message: dict[str, Any]) -> Any:
        """Send and wait for the answer; raises RuntimeError with the code of a refusal or fault."""
        return self.wait(self.send(message))

    def wait(self, number: int) -> Any:
        """The answer to a message that was sent."""
        while True:
            for held in self._held:
                if held.get("id") == number:
                    self._held.remove(held)
                    if "ok" not in held:
                        raise RuntimeError(str(held.get("refused") or held.get("fault")))
                    return held["ok"]
            self._read()

    def answered(self, number: int) -> bool:
        """Whether the answer has arrived already."""
        return any(held.get("id") == number for held in self._held)

    def _read(self) -> None:
        assert self.process.stdout is not None  # noqa: S101
        data = self.process.stdout.read1(65536)  # type: ignore[attr-defined]  # a buffered pipe
        if not data:
            raise RuntimeError("the node ended")
        self._held += [m for m in self._reader.feed(data) if m.get("id") is not None]

    def memory_mb(self) -> float:
        """The node's peak resident memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def kill(self) -> None:
        """End the node as a power cut would."""
        self.process.kill()
        self._ended()

    def close(self) -> None:
        """End the node by closing its input."""
        assert self.process.stdin is not None  # noqa: S101
        self.process.stdin.close()
        self._ended()

    def _ended(self) -> None:
        self.process.wait(timeout=20)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
