"""A kit without a store: finds its fleet, keeps lines up, pings. Speaks JSON lines.

Run inside a namespace by `rig`. Out: {"ms", "what": ready|seen|up|down|trouble|counts|…}. In:
{"members": […]}, {"counts": true}, {"quit": true}. Not for: real entries.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from kit.core.errors import Unavailable
from kit.sync.address import Address, read_address
from kit.sync.certificate import contexts, public_key_of
from kit.sync.discovery import Discovery
from kit.sync.ladder import Ladder, Rung
from kit.sync.line import Line
from kit.sync.mdns import Mdns
from kit.sync.rounds import Rounds
from kit.sync.transport import Switchboard
from tests.sync.wires import certificate_of, device_of, monotonic_ms, seed_of

PING_MS = 1_000
DEAD_MS = 3_000
NAMES: dict[bytes, str] = {}


def say(what: str, **words: Any) -> None:
    """One event for the rig."""
    sys.stdout.write(json.dumps({"ms": monotonic_ms(), "what": what, **words}) + "\n")
    sys.stdout.flush()


def resident_mb() -> int:
    """Memory in use now; the peak that getrusage tells is inherited from whoever started us."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


class Ping:
    """Says something each second; ends when nothing has come for three."""

    def __init__(self) -> None:
        now = monotonic_ms()
        self.closed, self._heard_ms, self._ping_ms = "", now, now
        self._say = b""

    def received(self, data: bytes) -> None:
        self._heard_ms = monotonic_ms()

    def outgoing(self) -> bytes:
        said, self._say = self._say, b""
        return said

    def tick(self, now_ms: int) -> None:
        if now_ms - self._heard_ms > DEAD_MS:
            self.closed = "SYN-900"
        self._say, self._ping_ms = b"ping", now_ms + PING_MS

    def next_due_ms(self) -> int:
        return self._ping_ms


class Node:
    """Host of the switchboard."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.members: list[str] = []
        self.board = Switchboard(device_of(options.name), self._contexts(), self, monotonic_ms)
        self.ladder = Ladder(device_of(options.name), random.Random(os.urandom(16)))
        self.discovery: Discovery | None = None

    def _contexts(self) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            listed = [certificate_of(one) for one in self.members]
            return contexts(seed_of(self.options.name), listed, os.urandom, Path(folder))

    def enrol(self, members: list[str], steering: list[str]) -> None:
        """The fleet as it is now."""
        self.members = members
        self.known = {public_key_of(certificate_of(one)): device_of(one) for one in members}
        NAMES.update({device_of(one): one for one in members})
        self.board.members_changed(self._contexts())
        self.ladder.members({device_of(one): one in steering for one in members})

    def member_of(self, tls_public_key: bytes) -> bytes | None:
        return self.known.get(tls_public_key)

    def open_session(self, line: Line) -> Ping:
        self.rounds.line_opened(line)
        standing = self.ladder.standing(line.device)
        say(
            "up",
            peer=NAMES.get(line.device, "?"),
            caller=line.caller,
            rung=standing.rung,
            at=str(line.address),
        )
        return Ping()

    def line_ended(self, line: Line) -> None:
        self.rounds.line_ended(line)
        peer = NAMES.get(line.device, "?")
        say("down" if line.proven_ms else "failed", peer=peer, code=line.code)

    async def run(self) -> None:
        """Until told to quit."""
        options = self.options
        port = 0
        for host in ("::", "0.0.0.0"):  # noqa: S104 - inside a namespace
            try:
                port = (await self.board.listen(Address(host, port))).port
            except Unavailable as fault:
                say("trouble", code=fault.code)
        if not options.silent:
            chance = random.Random(os.urandom(16))
            key = options.fleet.encode().ljust(32, b"=")
            self.discovery = Discovery(key, port, lambda: Mdns(chance), os.urandom, monotonic_ms)
        self.rounds = Rounds(self.board, self.ladder, monotonic_ms, self.discovery)
        self.enrol(options.members.split(","), options.steering.split(","))
        if options.static:
            given = [read_address(one) for one in options.static.split(",")]
            self.ladder.given(given, Rung.STATIC, monotonic_ms())
        say("ready", port=port)
        rounds = asyncio.create_task(self.rounds.run())
        await self._listen_to_rig()
        rounds.cancel()
        await asyncio.gather(rounds, return_exceptions=True)
        await self.board.close()

    async def _listen_to_rig(self) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            words = json.loads(line)
            if "members" in words:
                self.enrol(words["members"], self.options.steering.split(","))
            if "typed" in words:
                self.ladder.given([read_address(words["typed"])], Rung.TYPED, monotonic_ms())
                self.rounds.look()
            if "counts" in words:
                self._report()
            if "quit" in words:
                return

    def _report(self) -> None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        found = self.discovery
        say(
            "counts",
            lines=sorted(NAMES.get(one, "?") for one in self.board.lines),
            board=dict(self.board.counts),
            mdns=dict(found.counts) if found else {},
            trouble=found.trouble() if found else "",
            places=len(self.ladder._places),
            cpu_s=usage.ru_utime + usage.ru_stime,
            rss_mb=resident_mb(),
            at=time.monotonic(),
        )


def skewed(words: str) -> int:
    """What this machine's wall clock is made to say (TLS must not care)."""
    return {"2001": 978_307_200_000, "2099": 4_070_908_800_000}.get(words, 0)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--members", required=True)
    parser.add_argument("--steering", default="")
    parser.add_argument("--fleet", default="fleet")
    parser.add_argument("--static", default="")
    parser.add_argument("--silent", action="store_true", help="no mDNS")
    asyncio.run(Node(parser.parse_args()).run())


if __name__ == "__main__":
    main()
