"""Kits without stores: a key, a list of members, an echo. Not for: the real session."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from kit.sync.address import Address
from kit.sync.certificate import Contexts, contexts, make_certificate, public_key_of
from kit.sync.line import Limits, Line
from kit.sync.transport import Outcome, Switchboard

LOOPBACK = Address("127.0.0.1", 0)
PATIENCE_S = 20.0
NEVER_MS = 1 << 60


def monotonic_ms() -> int:
    """A clock that never runs back."""
    return time.monotonic_ns() // 1_000_000


def seed_of(name: str) -> bytes:
    """A TLS seed for a kit of a test."""
    return name.encode().ljust(32, b".")


def device_of(name: str) -> bytes:
    """A device key for a kit of a test."""
    return name.encode().ljust(32, b"#")


def certificate_of(name: str) -> bytes:
    """The certificate of a kit of a test."""
    return make_certificate(seed_of(name))


def contexts_of(name: str, members: tuple[str, ...]) -> Contexts:
    """The TLS contexts of one kit of a fleet."""
    listed = [certificate_of(one) for one in members]
    with tempfile.TemporaryDirectory() as folder:
        return contexts(seed_of(name), listed, random.Random(7).randbytes, Path(folder))


class Echo:
    """Sends back what it gets when it was called; the caller only collects."""

    def __init__(self, line: Line) -> None:
        self.line, self.closed = line, ""
        self.heard, self.to_say = bytearray(), bytearray()
        self.ticks: list[int] = []
        self.due_ms = NEVER_MS

    def received(self, data: bytes) -> None:
        self.heard += data
        if not self.line.caller:
            self.to_say += data

    def outgoing(self) -> bytes:
        said = bytes(self.to_say[:65_536])
        del self.to_say[:65_536]
        return said

    def tick(self, now_ms: int) -> None:
        self.ticks.append(now_ms)
        self.due_ms = NEVER_MS

    def next_due_ms(self) -> int:
        return self.due_ms


class Ward:
    """A kit on loopback: knows its members by name, keeps what happened."""

    def __init__(self, name: str, members: tuple[str, ...], limits: Limits | None = None) -> None:
        self.name, self.members = name, members
        self.make: Callable[[Line], Any] = Echo
        self.sessions: dict[bytes, Any] = {}
        self.ended: list[tuple[bytes, str]] = []
        self.board = Switchboard(
            device_of(name), contexts_of(name, members), self, monotonic_ms, limits
        )
        self.address = LOOPBACK

    def member_of(self, tls_public_key: bytes) -> bytes | None:
        for name in self.members:
            if public_key_of(certificate_of(name)) == tls_public_key:
                return device_of(name)
        return None

    def open_session(self, line: Line) -> Any:
        session = self.make(line)
        self.sessions[line.device] = session
        return session

    def line_ended(self, line: Line) -> None:
        self.ended.append((line.device, line.code))

    def forget(self, name: str) -> None:
        """Revoke a member."""
        self.members = tuple(one for one in self.members if one != name)
        self.board.members_changed(contexts_of(self.name, self.members))

    async def call(self, other: Ward) -> Outcome:
        """Dial another kit of the test."""
        return await self.board.dial(other.address)


@contextlib.asynccontextmanager
async def wards(*made: Ward) -> AsyncIterator[None]:
    """The kits listen; at the end all their wires are down."""
    for one in made:
        one.address = await one.board.listen(LOOPBACK)
    try:
        yield
    finally:
        for one in made:
            await one.board.close()


async def until(what: Callable[[], Any]) -> None:
    """Let the loop turn until something holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not what():  # noqa: ASYNC110 - any state of either kit may be waited for
            await asyncio.sleep(0.002)


def run(scene: Coroutine[Any, Any, None]) -> None:
    """Play a scene; one that hangs fails."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE_S * 2):
            await scene

    asyncio.run(bounded())
