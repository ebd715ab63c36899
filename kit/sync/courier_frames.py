"""What the kit and its limited reader of foreign files say to each other: a length, then msgpack.

Typed all the way down, so that whatever the reader sends after it was overrun by a hostile file is
either one of these values or a broken pipe. Not for: deciding what is read (`kit.node.courier`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Annotated

import msgspec

from kit.core.errors import BadInput
from kit.sync.courier import MANIFEST_BYTES, Bytes32, Run

FRAME_BYTES = MANIFEST_BYTES + 1024
_LENGTH_BYTES = 4
Name = Annotated[str, msgspec.Meta(max_length=128)]
Code = Annotated[str, msgspec.Meta(max_length=16)]


class Listing(msgspec.Struct, frozen=True, array_like=True, tag="listing"):
    """How many names there are: ours, others; capped: there are more than are looked at."""

    names: int
    strange: int
    capped: bool


class Found(msgspec.Struct, frozen=True, array_like=True, tag="found"):
    """A manifest or a want file, of the right shape; bundle: its folder, empty for a want file."""

    name: Name
    data: Annotated[bytes, msgspec.Meta(max_length=MANIFEST_BYTES)]


class Given(msgspec.Struct, frozen=True, array_like=True, tag="run"):
    """A run that was read from the segment that was asked for."""

    run: Run


class Trouble(msgspec.Struct, frozen=True, array_like=True, tag="trouble"):
    """A file could not be read, or not to its end."""

    name: Name
    code: Code


class Done(msgspec.Struct, frozen=True, array_like=True, tag="done"):
    """What was asked for is over."""


Said = Listing | Found | Given | Trouble | Done


class Look(msgspec.Struct, frozen=True, array_like=True, tag="look"):
    """Ask: what is there?"""


class Read(msgspec.Struct, frozen=True, array_like=True, tag="read"):
    """Ask: the runs of one file. path: its folders and its name; about: what it is bound to."""

    path: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=4)]
    key: Bytes32
    about: Annotated[bytes, msgspec.Meta(max_length=64)]
    digest: Annotated[bytes, msgspec.Meta(max_length=8)] = b""


class Fetch(msgspec.Struct, frozen=True, array_like=True, tag="fetch"):
    """Ask: one manifest, by its folders and its name."""

    path: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=4)]


Asked = Look | Read | Fetch
_encode = msgspec.msgpack.Encoder().encode
_said: Callable[[bytes], Said] = msgspec.msgpack.Decoder(Said).decode
_asked: Callable[[bytes], Asked] = msgspec.msgpack.Decoder(Asked).decode
FAULTS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def encode(frame: Said | Asked) -> bytes:
    """A frame with its length."""
    body = _encode(frame)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def next_body(pipe: IO[bytes]) -> bytes | None:
    """The next frame's bytes, None at the end. Raises BadInput `USB-030` for a broken one."""
    head = pipe.read(_LENGTH_BYTES)
    if not head:
        return None
    length = int.from_bytes(head, "big")
    if len(head) < _LENGTH_BYTES or length > FRAME_BYTES:
        raise BadInput("USB-030")
    body = pipe.read(length)
    if len(body) < length:
        raise BadInput("USB-030")
    return body


def decode_said(body: bytes) -> Said:
    """What the reader says. Raises BadInput `USB-030`."""
    try:
        return _said(body)
    except FAULTS:
        raise BadInput("USB-030") from None


def decode_asked(body: bytes) -> Asked:
    """What the reader is asked. Raises BadInput `USB-030`."""
    try:
        return _asked(body)
    except FAULTS:
        raise BadInput("USB-030") from None
