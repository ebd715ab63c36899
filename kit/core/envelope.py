"""The envelope of an event, version 1 (sync.md §4.1): what is signed, chained, stored, forwarded.

`raw = signature(64) ‖ content`, `content` = msgpack array of `Content`, `id = SHA-256(raw)`. The
bytes that were signed are the bytes that are stored; nothing is ever encoded anew. Pure: who signs
and who verifies is passed in. Not for: the order of a feed and its tables (`kit.store.log`).
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from kit.core.errors import BadInput, Incompatible

VERSION = 1
SIGNATURE_BYTES = 64
RAW_LIMIT = 64 * 1024
LAMPORT_LIMIT = 2**62
LAMPORT_STEP = 2**20
"""How far one entry of another kit may lift a kit's own counter: no honest kit is so far ahead by
itself, and 2**42 entries would be needed to use all counters up."""
BASE_LIMIT = 32
NO_PREVIOUS = bytes(32)
NO_NONCE = bytes(24)
SEQ_BITS = 32


class Content(msgspec.Struct, frozen=True, array_like=True):
    """The outer, clear part. kid 0 = the body is clear, else the scope key that it is under."""

    v: int
    feed: bytes
    seq: int
    prev: bytes
    lam: int
    kid: int
    nonce: bytes
    body: bytes


class Ref(msgspec.Struct, frozen=True, array_like=True):
    """An event elsewhere: its feed (16 bytes), its number there, the first 8 bytes of its id."""

    feed: bytes
    seq: int
    id8: bytes


class Inner(msgspec.Struct, frozen=True, array_like=True):
    """The body. type, type version, person, session, claimed UTC ms, its quality, what it replaces.

    `salt` is set only where the data could be guessed from its digest. A later version may append
    elements; they are passed over here and stay in the raw bytes.
    """

    type: str
    tv: int
    actor: str
    session: str
    wall: int
    clk: int
    base: tuple[Ref, ...]
    salt: bytes
    data: msgspec.Raw


class FeedOpen(msgspec.Struct, frozen=True):
    """Seq 1 of each feed: who writes it, under which incarnation and scope, in which world."""

    fleet: bytes
    world: str
    device: bytes
    incarnation: bytes
    scope: str
    previous_seq: int = 0
    previous_id: bytes = b""
    app: str = ""


FEED_OPEN = "feed.open"
# What decoding foreign bytes may raise: bad text and endless nesting have errors of their own.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_encode = msgspec.msgpack.Encoder().encode
_content = msgspec.msgpack.Decoder(Content).decode
_inner = msgspec.msgpack.Decoder(Inner).decode


def fleet_id(root: bytes, world: str) -> bytes:
    """The fleet a kit belongs to: 16 bytes; the world is in it, so exercise never meets real."""
    return hashlib.sha256(b"fleet" + root + world.encode()).digest()[:16]


def feed_id(fleet: bytes, device: bytes, incarnation: bytes, scope: str) -> bytes:
    """The 16-byte name of a feed: one per device, incarnation and scope."""
    return hashlib.sha256(b"feed" + fleet + device + incarnation + scope.encode()).digest()[:16]


def key_number(scope_key: bytes) -> int:
    """The `kid` of a scope key: from its digest, so that two rotations at once cannot clash."""
    return int.from_bytes(hashlib.blake2b(scope_key, digest_size=6).digest(), "big") or 1


def entry_key(scope_key: bytes, feed: bytes, seq: int, nonce: bytes) -> bytes:
    """The 32-byte key of one entry's body: one entry can be disclosed without its scope's key."""
    place = feed + seq.to_bytes(8, "big") + nonce
    return hashlib.blake2b(place, key=scope_key, digest_size=32).digest()


def associated_data(content: Content) -> bytes:
    """What a body's cipher is bound to: everything in the envelope but the body itself."""
    c = content
    return _encode((c.v, c.feed, c.seq, c.prev, c.lam, c.kid, c.nonce))


def raw_id(raw: bytes) -> bytes:
    """SHA-256 over signature and content, so that a relay cannot swap the signature."""
    return hashlib.sha256(raw).digest()


def encode_data(data: Any) -> bytes:
    """msgpack of an event's own data."""
    return _encode(data)


def encode_content(content: Content) -> bytes:
    """The bytes to sign. Raises BadInput `EVT-001` where raw would pass 64 KiB."""
    data = _encode(content)
    if len(data) + SIGNATURE_BYTES > RAW_LIMIT:
        raise BadInput("EVT-001", bytes=len(data), limit=RAW_LIMIT)
    return data


def encode_inner(inner: Inner) -> bytes:
    """The clear body. Raises BadInput `EVT-002` where it replaces more than 32 others."""
    if len(inner.base) > BASE_LIMIT:
        raise BadInput("EVT-002", count=len(inner.base), limit=BASE_LIMIT)
    return _encode(inner)


def decode_content(raw: bytes) -> Content:
    """Read the outer part of raw bytes; the signature is not checked here.

    Raises BadInput `EVT-003` (not an envelope), `EVT-005` (counter out of bounds), Incompatible
    `EVT-004` (a version to come: see `decode_header`).
    """
    content = decode_header(raw)
    if content.v != VERSION:
        raise Incompatible("EVT-004", version=content.v)
    return content


def decode_header(raw: bytes) -> Content:
    """The same for an entry of any version, so that it can be kept, chained and passed on.

    Raises BadInput `EVT-003`, `EVT-005`.
    """
    if not SIGNATURE_BYTES < len(raw) <= RAW_LIMIT:
        raise BadInput("EVT-003", bytes=len(raw))
    try:
        content = _content(memoryview(raw)[SIGNATURE_BYTES:])
    except UNREADABLE as fault:
        raise BadInput("EVT-003", bytes=len(raw)) from fault
    if len(content.feed) != 16 or len(content.prev) != 32 or not 0 < content.seq < 2**SEQ_BITS:
        raise BadInput("EVT-003", bytes=len(raw))
    if not 0 < content.lam < LAMPORT_LIMIT:
        raise BadInput("EVT-005")
    return content


def decode_inner(body: bytes) -> Inner:
    """Read a clear body. Raises BadInput `EVT-003`."""
    try:
        return _inner(body)
    except UNREADABLE as fault:
        raise BadInput("EVT-003", bytes=len(body)) from fault


def entry_number(feed: int, seq: int) -> int:
    """This kit's number for an entry: its feed's local number and its place there."""
    return feed << SEQ_BITS | seq


def entry_place(n: int) -> tuple[int, int]:
    """(local feed number, seq) of an entry number."""
    return n >> SEQ_BITS, n & (2**SEQ_BITS - 1)
