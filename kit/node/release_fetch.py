"""A release on its way from another kit to this one's shelf: block by block, resumed, checked.

Each block is compared with the signed manifest before it is written, so it does not matter who gave
it. What was fetched stays: after a break, or the next day, only the rest is asked for. Not for:
frames (`kit.sync.release`), nor for what is done with a whole one.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from kit.core.clock import Clock
from kit.core.errors import BadInput, KitError
from kit.node.release_shelf import GONE, ReleaseShelf
from kit.stick import manifest, signature
from kit.stick.bundle import Block, Release, blocks, bundle_size, skeleton, trusted
from kit.sync.frames import Offer, Piece

MANIFEST, SIGNATURE, FIRST_PART = 0, 1, 2
AT_ONCE = 2
SILENT_MS = 20_000
"""A kit that gives nothing for so long is asked after the others."""
STOPPED = "UPD-083"


class Giver(Protocol):
    """Who can be asked."""

    def ask(self, peer: bytes, name: bytes, block: int) -> bool:
        """Ask a peer for a block; whether it could be asked."""
        ...


class _Waiting(msgspec.Struct):
    """A block that was asked for."""

    peer: bytes
    since_ms: int
    data: bytearray


class Fetch:
    """One release on its way. Everything happens on the node's loop, long reads in a thread."""

    def __init__(
        self, shelf: ReleaseShelf, offer: Offer, giver: Giver, steady: Clock,
        done: Callable[[], None],
    ) -> None:  # fmt: skip
        """steady: ms that never run back; done: it is on the shelf or has failed (`fault`)."""
        self.offer, self.done_bytes, self.fault = offer, 0, ""
        self.release: Release | None = None
        self._shelf, self._giver, self._steady, self._done = shelf, giver, steady, done
        self._text = b""
        self._blocks: tuple[Block, ...] = ()
        self._missing: deque[int] = deque([MANIFEST])
        self._waiting: dict[int, _Waiting] = {}
        self._givers: list[bytes] = []
        self._false: set[bytes] = set()
        self._slow: set[bytes] = set()
        self._file = -1
        self._task: asyncio.Task[None] | None = None

    @property
    def total(self) -> int:
        """Bytes of the whole bundle."""
        return bundle_size(self.release) if self.release is not None else self.offer.size

    def pump(self, givers: list[bytes]) -> None:
        """Ask for what is missing. givers: peers that offer this release, best first."""
        if self.fault:
            return
        now = self._steady()
        honest = [peer for peer in givers if peer not in self._false]
        for block, asked in list(self._waiting.items()):
            if now - asked.since_ms > SILENT_MS:
                self._slow.add(asked.peer)
            elif asked.peer in honest:
                continue
            del self._waiting[block]
            self._missing.appendleft(block)
        self._givers = sorted(honest, key=lambda peer: peer in self._slow)
        while self._givers and self._missing and len(self._waiting) < AT_ONCE:
            block = self._missing.popleft()
            if not self._giver.ask(self._givers[0], self.offer.name, block):
                self._missing.appendleft(block)
                return
            self._waiting[block] = _Waiting(self._givers[0], now, bytearray())

    def arrived(self, peer: bytes, piece: Piece) -> None:
        """A piece: kept until its block is whole. What was not asked for is not looked at."""
        asked = self._waiting.get(piece.block)
        if asked is None or asked.peer != peer or piece.name != self.offer.name:
            return
        size = len(asked.data) + len(piece.data)
        if not piece.data or piece.at != len(asked.data) or size > self._limit(piece.block):
            self._distrust(piece.block, peer)
        else:
            asked.data += piece.data
            asked.since_ms = self._steady()
            if piece.last:
                self._whole(piece.block, peer, bytes(asked.data))
        self.pump(self._givers)

    def stop(self) -> None:
        """Leave it; what is here stays for another time."""
        self.fault = self.fault or STOPPED
        self._close()

    # ------------------------------------------------------------------ blocks

    def _limit(self, block: int) -> int:
        if block == MANIFEST:
            return manifest.LARGEST
        if block == SIGNATURE:
            return signature.LARGEST
        return self._blocks[block].size if block < len(self._blocks) else 0

    def _whole(self, block: int, peer: bytes, data: bytes) -> None:
        told = hashlib.sha256(data)
        if block == MANIFEST:
            right = told.digest() == self.offer.name
        else:
            right = block == SIGNATURE or told.hexdigest() == self._blocks[block].sha256
        if not right:
            self._distrust(block, peer)
            return
        del self._waiting[block]
        if block == MANIFEST:
            self._text = data
            self._missing.append(SIGNATURE)
        elif block == SIGNATURE:
            self._signed(data)
        else:
            self._write(self._blocks[block], data)

    def _distrust(self, block: int, peer: bytes) -> None:
        """It gave what is not right: it is asked no more, the block is."""
        self._false.add(peer)
        del self._waiting[block]
        self._missing.appendleft(block)
        self._givers = [one for one in self._givers if one != peer]

    def _signed(self, signatures: bytes) -> None:
        """The manifest is trusted, or this ends here."""
        try:
            self.release = trusted(self._text, signatures, self._shelf.ring)
            size = bundle_size(self.release)
            self._shelf.room(size)
        except KitError as fault:
            self._fail(fault.code)
            return
        self._blocks = blocks(self.release)
        part = self._shelf.part(self.offer.name)
        self._task = asyncio.get_running_loop().create_task(self._prepare(part, self.release))

    async def _prepare(self, part: Path, release: Release) -> None:
        """Look what is here already, in a thread; then ask for the rest."""
        try:
            self._file, there = await asyncio.to_thread(prepared, part, release, self._blocks)
        except OSError:
            self._fail(GONE)
            return
        self.done_bytes = sum(self._blocks[n].size for n in there)
        self._missing = deque(n for n in range(len(self._blocks)) if n not in there)
        self._go_on()

    def _write(self, block: Block, data: bytes) -> None:
        try:
            os.pwrite(self._file, data, block.at)
        except OSError:
            self._fail(GONE)
            return
        self.done_bytes += len(data)
        self._go_on()

    def _go_on(self) -> None:
        if self._file < 0 or self._missing or self._waiting:
            self.pump(self._givers)
        else:
            self._task = asyncio.get_running_loop().create_task(self._finish())

    async def _finish(self) -> None:
        """All blocks are right: flushed, in a thread, then it takes its place."""
        assert self.release is not None  # noqa: S101  (blocks are known from it)
        try:
            await asyncio.to_thread(os.fsync, self._file)
            self._close()
            self._shelf.put(self._shelf.part(self.offer.name), self.release)
        except OSError:
            self._fail(GONE)
            return
        except BadInput as fault:
            self._fail(fault.code)
            return
        self._done()

    def _fail(self, code: str) -> None:
        self.fault = code
        self._close()
        self._done()

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def prepared(part: Path, release: Release, known: tuple[Block, ...]) -> tuple[int, set[int]]:
    """The open file of a fetch and the blocks that it holds already, each compared by its digest.

    A new file gets everything that needs not be fetched: headers, manifest, signature.
    """
    size = bundle_size(release)
    fd = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        resumed = os.fstat(fd).st_size == size
        if not resumed:
            os.ftruncate(fd, 0)
            os.ftruncate(fd, size)
        for at, head in skeleton(release):
            os.pwrite(fd, head, at)
        for block, data in zip(known, (release.text, release.signatures), strict=False):
            os.pwrite(fd, data, block.at)
        there = {MANIFEST, SIGNATURE}
        if resumed:
            there |= {n for n in range(FIRST_PART, len(known)) if _holds(fd, known[n])}
    except BaseException:
        os.close(fd)
        raise
    return fd, there


def _holds(fd: int, block: Block) -> bool:
    return hashlib.sha256(os.pread(fd, block.size, block.at)).hexdigest() == block.sha256
