"""An entry on its way in, and how much of a run its author signed.

Not for: what is done with it (`replica`, `forks`).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kit.core.envelope import (
    FEED_OPEN,
    NO_PREVIOUS,
    SIGNATURE_BYTES,
    UNREADABLE,
    Content,
    FeedOpen,
    decode_header,
)
from kit.core.errors import KitError
from kit.store.signer import verify


class Checked(msgspec.Struct, frozen=True):
    """An entry whose shape is right: bytes, id, envelope."""

    raw: bytes
    id: bytes
    content: Content


class _OpenInner(msgspec.Struct, frozen=True, array_like=True):
    """As much of a first entry's body as its reading needs."""

    type: str
    tv: int
    actor: str
    session: str
    wall: int
    clk: int
    base: msgspec.Raw
    salt: bytes
    data: msgspec.Raw


def read_open(raw: bytes) -> FeedOpen | None:
    """What the first entry of a feed says of it; None for anything else."""
    try:
        content = decode_header(raw)
        if content.seq != 1 or content.kid or content.prev != NO_PREVIOUS:
            return None
        inner = msgspec.msgpack.decode(content.body, type=_OpenInner)
        if inner.type != FEED_OPEN:
            return None
        return msgspec.msgpack.decode(inner.data, type=FeedOpen)
    except (KitError, *UNREADABLE):
        return None


def signed_part(device: bytes, run: Sequence[Checked]) -> Sequence[Checked]:
    """As much of a chained run as its author signed: all of it where the last signature is right.

    The chain covers every signature before the last, so one check proves them all; only a run
    whose end is bad is looked through one by one.
    """
    if _signed(device, run[-1]):
        return run
    good = 0
    for place, one in enumerate(run):
        if not _signed(device, one):
            break
        good = place + 1
    return run[:good]


def _signed(device: bytes, one: Checked) -> bool:
    return verify(device, one.raw[:SIGNATURE_BYTES], one.raw[SIGNATURE_BYTES:])
