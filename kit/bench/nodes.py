"""Two `kit node` processes that know each other's address: on loopback, or on their own switch.

The switch is a bridge between two network namespaces, made and taken away here; the machine's own
network is not touched. It needs root and `ip`: without them loopback is used, and the row says so.
Not for: how kits find each other (`tests/netns`), figures (`live`, `pouchdb`).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kit.bench.fleet import made_fleet
from kit.core.errors import Unavailable
from kit.node.local_socket import Caller
from kit.node.opening import OpenKit
from kit.store.durable import replace_file

PATIENCE_S = 120.0
PORT = 47_443
POLL_S = 0.005

Fill = Callable[[OpenKit, OpenKit], None]


class Site:
    """Where a node runs: its address, and what its command begins with."""

    def __init__(self, address: str, prefix: Sequence[str] = ()) -> None:
        self.address, self.prefix = address, tuple(prefix)


class NodeProcess:
    """One `kit node`, and its local door."""

    def __init__(self, home: Path, phrase: Path, here: Site, there: Site) -> None:
        self.home = home
        self._process = subprocess.Popen(
            [
                *here.prefix, sys.executable, "-m", "kit.cli", "node", "--home", str(home),
                "--phrase-file", str(phrase), "--listen", here.address, "--peer", there.address,
                "--no-discovery",
            ],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self._caller: Caller | None = None

    def ask(self, **message: Any) -> Any:
        """What the node answers; raises RuntimeError where it refuses."""
        caller = self._caller or self._called()
        said = caller.ask(message)
        if "ok" not in said:
            raise RuntimeError(str(said))
        return said["ok"]

    def _called(self) -> Caller:
        limit = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._caller = Caller(self.home)
            except Unavailable:
                if self._process.poll() is not None or time.monotonic() > limit:
                    raise
                time.sleep(POLL_S)
            else:
                return self._caller

    def peer(self) -> dict[str, Any]:
        """The row of the kit that it is joined to; empty while there is none."""
        rows: list[dict[str, Any]] = self.ask(call="peers")
        return next((row for row in rows if row["state"] == "connected"), {})

    def joined(self) -> float:
        """Wait until another kit has said who it is; the last moment when it had not."""
        limit = time.monotonic() + PATIENCE_S
        before = time.monotonic()
        while not self.peer():
            if before > limit:
                raise RuntimeError("the two kits did not meet")
            time.sleep(POLL_S)
            before = time.monotonic()
        return before

    def end(self) -> None:
        """Close the door and the process, in order."""
        if self._caller is not None:
            self._caller.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Pair:
    """Two ward kits of one fleet, filled and closed; started one by one."""

    def __init__(self, folder: Path, fill: Fill, sites: Sequence[Site]) -> None:
        self.sites = sites
        self.places: list[tuple[Path, Path]] = []
        self.nodes: list[NodeProcess] = []
        made = made_fleet(folder, len(sites))
        try:
            fill(made[1][0], made[2][0])
            for number, (kit, phrase) in enumerate(made[1:]):
                paper = folder / f"{number}.txt"
                replace_file(paper, phrase.encode())
                self.places.append((kit.home.folder, paper))
        finally:
            for kit, _phrase in made:
                kit.close()

    def start(self, place: int) -> NodeProcess:
        """Start the first (0) or the second (1)."""
        node = NodeProcess(*self.places[place], self.sites[place], self.sites[1 - place])
        self.nodes.append(node)
        return node


@contextlib.contextmanager
def pair(fill: Fill, sites: Sequence[Site]) -> Iterator[Pair]:
    """Two kits in a folder of their own; their nodes end with it."""
    with tempfile.TemporaryDirectory(prefix="kit-bench-", dir=Path.cwd()) as folder:
        two = Pair(Path(folder), fill, sites)
        try:
            yield two
        finally:
            for node in two.nodes:
                node.end()


def loopback() -> list[Site]:
    """Two free ports of this machine."""
    with socket.socket() as one, socket.socket() as other:
        for sock in (one, other):
            sock.bind(("127.0.0.1", 0))
        return [Site(f"127.0.0.1:{sock.getsockname()[1]}") for sock in (one, other)]


def can_switch() -> bool:
    """Whether namespaces can be had here."""
    if not sys.platform.startswith("linux") or os.geteuid() or shutil.which("ip") is None:
        return False
    with contextlib.suppress(subprocess.CalledProcessError), switch():
        return True
    return False


@contextlib.contextmanager
def switch() -> Iterator[list[Site]]:
    """A bridge and two machines on it, each with one card."""
    stem = f"kb{os.getpid() % 100_000}"
    hub, spaces = f"{stem}h", [f"{stem}a", f"{stem}b"]
    try:
        for space in (hub, *spaces):
            _ip(f"netns add {space}")
            _ip(f"-n {space} link set lo up")
        _ip(f"-n {hub} link add br0 type bridge")
        _ip(f"-n {hub} link set br0 up")
        for number, space in enumerate(spaces, 1):
            _ip(f"-n {hub} link add p{number} type veth peer name eth0 netns {space}")
            _ip(f"-n {hub} link set p{number} master br0 up")
            _ip(f"-n {space} addr add 10.9.0.{number}/24 dev eth0")
            _ip(f"-n {space} link set eth0 up")
        yield [
            Site(f"10.9.0.{number}:{PORT}", ("ip", "netns", "exec", space))
            for number, space in enumerate(spaces, 1)
        ]
    finally:
        for space in (*spaces, hub):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip(f"netns del {space}")


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True, capture_output=True)  # noqa: S607
