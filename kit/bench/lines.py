"""What a line between two kits carries, against asyncio's own TLS with the same certificates.

Both ends run in this process, so a line between two machines does up to twice as much.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from kit.bench.measure import medians, row, wall
from kit.sync.address import Address
from kit.sync.certificate import Contexts, contexts, make_certificate, public_key_of
from kit.sync.doorkeeper import Rates
from kit.sync.line import Line
from kit.sync.transport import Switchboard

MIB = 1024 * 1024
BLOCK = bytes(256 * 1024)
AMOUNT = 128 * MIB
CALLS = 50
LOOP = Address("127.0.0.1", 0)
NEVER_MS = 1 << 60
FREE = Rates(place_burst=1e9, all_burst=1e9)


def tls_lines() -> list[dict[str, Any]]:
    """Throughput and handshakes; both must stay near what asyncio alone does."""
    fleet = [bytes([n]) * 32 for n in (1, 2)]
    certificates = [make_certificate(seed) for seed in fleet]
    with tempfile.TemporaryDirectory() as folder:
        made = [contexts(seed, certificates, os.urandom, Path(folder)) for seed in fleet]
    kits = {public_key_of(der): bytes([n]) * 32 for n, der in enumerate(certificates)}
    ours, reference = medians(
        lambda: AMOUNT / wall(lambda: _run(_pour(made, kits))) / 1e6,
        lambda: AMOUNT / wall(lambda: _run(_plain_pour(made))) / 1e6,
        runs=3,
    )
    calls, plain_calls = medians(
        lambda: CALLS / wall(lambda: _run(_call(made, kits))),
        lambda: CALLS / wall(lambda: _run(_plain_call(made))),
        runs=3,
    )
    return [
        row("line between kits, bytes", ours, reference, "MB/s", ">= 0.7"),
        row("line between kits, handshakes", calls, plain_calls, "/s", ">= 0.5"),
    ]


class _Flow:
    """A session that sends an amount, or counts what comes."""

    closed = ""

    def __init__(self, amount: int, done: asyncio.Event) -> None:
        self._left, self._done, self._came = amount, done, 0

    def received(self, data: bytes) -> None:
        self._came += len(data)
        if self._came >= AMOUNT:
            self._done.set()

    def outgoing(self) -> bytes:
        self._left -= len(BLOCK)
        return BLOCK if self._left >= 0 else b""

    def tick(self, now_ms: int) -> None:
        return

    def next_due_ms(self) -> int:
        return NEVER_MS


class _Host:
    def __init__(self, kits: dict[bytes, bytes], done: asyncio.Event, amount: int) -> None:
        self._kits, self._done, self._amount = kits, done, amount

    def member_of(self, tls_public_key: bytes) -> bytes | None:
        return self._kits.get(tls_public_key)

    def open_session(self, line: Line) -> _Flow:
        return _Flow(self._amount if line.caller else 0, self._done)

    def line_ended(self, line: Line) -> None:
        return


def _run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scene)


def _boards(
    made: list[Contexts], kits: dict[bytes, bytes], done: asyncio.Event, amount: int
) -> list[Switchboard]:
    host = _Host(kits, done, amount)
    devices = list(kits.values())
    return [Switchboard(devices[n], one, host, lambda: 0, rates=FREE) for n, one in enumerate(made)]


async def _pour(made: list[Contexts], kits: dict[bytes, bytes]) -> None:
    done = asyncio.Event()
    caller, called = _boards(made, kits, done, AMOUNT)
    place = await called.listen(LOOP)
    await caller.dial(place)
    await done.wait()
    await caller.close()
    await called.close()


async def _call(made: list[Contexts], kits: dict[bytes, bytes]) -> None:
    caller, called = _boards(made, kits, asyncio.Event(), 0)
    place = await called.listen(LOOP)
    for _ in range(CALLS):
        outcome = await caller.dial(place)
        caller.hang_up(outcome.device, "SYN-134")
    await caller.close()
    await called.close()


async def _plain_pour(made: list[Contexts]) -> None:
    done = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came = 0
        while came < AMOUNT:
            came += len(await reader.read(len(BLOCK)))
        done.set()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=made[1].server)
    port = server.sockets[0].getsockname()[1]
    _reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=made[0].client, server_hostname=""
    )
    for _ in range(AMOUNT // len(BLOCK)):
        writer.write(BLOCK)
        await writer.drain()
    await done.wait()
    writer.close()
    server.close()


async def _plain_call(made: list[Contexts]) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(1))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=made[1].server)
    port = server.sockets[0].getsockname()[1]
    for _ in range(CALLS):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=made[0].client, server_hostname=""
        )
        writer.write(b"?")
        await reader.read(1)
        writer.close()
    server.close()
