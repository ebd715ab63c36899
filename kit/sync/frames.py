"""The frames between two kits: a length, then one msgpack array whose first element says its kind.

Typed all the way down, so that nothing nested deeper than a frame's own fields is ever read. Not
for: what a frame leads to (`session`). Pure: bytes in, frames out. Source: sync.md §5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import msgspec

from kit.core.errors import BadInput
from kit.core.replication import Fork, Tip

MAX_BYTES = 1024 * 1024
HEAD_BYTES = 4
VERSIONS = (1, 2)
"""The lowest and the highest protocol version that this programme speaks. 2: releases."""
PIECE_BYTES = 64 * 1024

Feed = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Id = Annotated[bytes, msgspec.Meta(min_length=16, max_length=32)]
Place = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
Raw = Annotated[bytes, msgspec.Meta(min_length=65, max_length=64 * 1024)]
Text = Annotated[str, msgspec.Meta(max_length=64)]


class Hello(msgspec.Struct, frozen=True, array_like=True, tag="hello"):
    """Who speaks: versions, fleet (16 B), device key (32 B), wall UTC ms, clock quality, app."""

    lowest: int
    highest: int
    fleet: bytes
    device: bytes
    now_ms: int
    clk: int
    app: Text = ""


class State(msgspec.Struct, frozen=True, array_like=True, tag="vector"):
    """What is held. full: begins anew, else only what changed. more: another part follows."""

    full: bool
    tips: dict[Feed, Tip]
    forks: dict[Feed, Fork] = {}
    more: bool = False


class Run(msgspec.Struct, frozen=True, array_like=True, tag="run"):
    """Contiguous entries of one feed."""

    feed: Feed
    raws: Annotated[list[Raw], msgspec.Meta(max_length=512)]


class Loose(msgspec.Struct, frozen=True, array_like=True, tag="loose"):
    """Entries of a forked feed."""

    feed: Feed
    fork: Place
    raws: Annotated[list[Raw], msgspec.Meta(max_length=512)]


class Ask(msgspec.Struct, frozen=True, array_like=True, tag="ask"):
    """Send this feed again from a number on (ids empty), or these entries of a forked feed."""

    feed: Feed
    start: Place
    ids: Annotated[list[Id], msgspec.Meta(max_length=4096)] = []


class Ack(msgspec.Struct, frozen=True, array_like=True, tag="ack"):
    """What became of a run: on disk up to `held`; refused: a code; retry: offer it again later."""

    feed: Feed
    held: Place
    refused: Text = ""
    retry: bool = False


class Ping(msgspec.Struct, frozen=True, array_like=True, tag="ping"):
    """Are you there? n: to be given back; wall UTC ms and its quality."""

    n: int
    now_ms: int
    clk: int


class Pong(msgspec.Struct, frozen=True, array_like=True, tag="pong"):
    """I am here."""

    n: int
    now_ms: int
    clk: int


class Offer(msgspec.Struct, frozen=True, array_like=True, tag="offer"):
    """A signed release that can be fetched here. name: SHA-256 of its manifest; empty = none."""

    name: Annotated[bytes, msgspec.Meta(max_length=32)]
    version: Text = ""
    size: Annotated[int, msgspec.Meta(ge=0, lt=2**40)] = 0


class Want(msgspec.Struct, frozen=True, array_like=True, tag="want"):
    """Send one block of a release that was offered."""

    name: Annotated[bytes, msgspec.Meta(max_length=32)]
    block: Place


class Piece(msgspec.Struct, frozen=True, array_like=True, tag="piece"):
    """Part of a block, in order; last: it is whole. No data at 0 = that is not here."""

    name: Annotated[bytes, msgspec.Meta(max_length=32)]
    block: Place
    at: Place
    last: bool
    data: Annotated[bytes, msgspec.Meta(max_length=PIECE_BYTES)]


class Bye(msgspec.Struct, frozen=True, array_like=True, tag="bye"):
    """The connection ends; why: a code."""

    why: Text


Frame = Hello | State | Run | Loose | Ask | Ack | Ping | Pong | Offer | Want | Piece | Bye
F = TypeVar("F", bound=Frame)
_encode = msgspec.msgpack.Encoder().encode
_decode: Callable[[bytes], Frame] = msgspec.msgpack.Decoder(Frame).decode


def encode(frame: Frame) -> bytes:
    """One frame as bytes. Raises BadInput `SYN-020` above 1 MiB."""
    body = _encode(frame)
    if len(body) > MAX_BYTES:
        raise BadInput("SYN-020", bytes=len(body), limit=MAX_BYTES)
    return len(body).to_bytes(HEAD_BYTES, "big") + body


class FrameReader:
    """Collects bytes and gives back whole frames in order; broken for good after a bad one."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes.

        Raises BadInput `SYN-020` (too large), `SYN-021` (not a frame); nothing after it counts.
        """
        self._held += data
        found: list[Frame] = []
        start = 0
        held = self._held
        while len(held) - start >= HEAD_BYTES:
            length = int.from_bytes(held[start : start + HEAD_BYTES], "big")
            if length > MAX_BYTES:
                raise BadInput("SYN-020", bytes=length, limit=MAX_BYTES)
            end = start + HEAD_BYTES + length
            if len(held) < end:
                break
            found.append(decode(bytes(held[start + HEAD_BYTES : end])))
            start = end
        del held[:start]
        return found

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished frame are held."""
        return len(self._held)


def decode(body: bytes) -> Frame:
    """One frame's body. Raises BadInput `SYN-021`."""
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise BadInput("SYN-021", bytes=len(body)) from fault
