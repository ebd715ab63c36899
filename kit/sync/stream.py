"""Encrypted streams of runs for what travels outside a connection: a stick, a shared folder.

libsodium's secretstream (XChaCha20-Poly1305): chunks in order, none missing, the last one marked,
so that a file that was cut off says so. One of the two doors to the cipher library outside the
store. Not for: what a chunk holds (`courier`), nor who is given a key (`sealing`). Source: sync.md
§7.

A stream = header (24 bytes) ‖ (length (u32, big-endian) ‖ chunk)*. `about` binds each chunk to the
file it was made for.
"""

from __future__ import annotations

from collections.abc import Iterator

from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_ABYTES,
    crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    crypto_secretstream_xchacha20poly1305_init_pull,
    crypto_secretstream_xchacha20poly1305_init_push,
    crypto_secretstream_xchacha20poly1305_pull,
    crypto_secretstream_xchacha20poly1305_push,
    crypto_secretstream_xchacha20poly1305_state,
    crypto_secretstream_xchacha20poly1305_TAG_FINAL,
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
)
from nacl.exceptions import CryptoError

from kit.core.errors import BadInput

KEY_BYTES = 32
HEADER_BYTES = crypto_secretstream_xchacha20poly1305_HEADERBYTES
OVERHEAD_BYTES = crypto_secretstream_xchacha20poly1305_ABYTES
LENGTH_BYTES = 4
CHUNK_LIMIT = 1024 * 1024
CUT_OFF = "USB-020"
DAMAGED = "USB-021"
FAULTS = (CryptoError, ValueError, TypeError, RuntimeError)
"""What the library raises for bytes that are not what they should be."""


class StreamSealer:
    """Writes one stream. key: 32 bytes; its header is drawn by the library."""

    def __init__(self, key: bytes, about: bytes) -> None:
        self._state = crypto_secretstream_xchacha20poly1305_state()
        self.header = bytes(crypto_secretstream_xchacha20poly1305_init_push(self._state, key))
        self._about = about

    def chunk(self, data: bytes, *, last: bool = False) -> bytes:
        """The next chunk with its length; after the last one nothing more may follow."""
        tag = (
            crypto_secretstream_xchacha20poly1305_TAG_FINAL
            if last
            else crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
        )
        box = crypto_secretstream_xchacha20poly1305_push(self._state, data, self._about, tag)
        return len(box).to_bytes(LENGTH_BYTES, "big") + bytes(box)


def sealed(key: bytes, about: bytes, data: bytes) -> bytes:
    """A whole stream of one chunk."""
    stream = StreamSealer(key, about)
    return stream.header + stream.chunk(data, last=True)


def opened(key: bytes, about: bytes, stream: bytes) -> Iterator[bytes]:
    """The chunks of a stream, each one whole and in its place.

    Raises BadInput `USB-020` where it was cut off, `USB-021` where it was altered; the chunks given
    before that are good.
    """
    state = crypto_secretstream_xchacha20poly1305_state()
    if len(stream) < HEADER_BYTES:
        raise BadInput(CUT_OFF)
    crypto_secretstream_xchacha20poly1305_init_pull(state, stream[:HEADER_BYTES], key)
    at = HEADER_BYTES
    while True:
        start, end = _bounds(stream, at)
        try:
            data, tag = crypto_secretstream_xchacha20poly1305_pull(state, stream[start:end], about)
        except FAULTS:
            raise BadInput(DAMAGED) from None
        at = end
        is_last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL
        if is_last and at != len(stream):
            raise BadInput(DAMAGED)
        if data or not is_last:
            yield bytes(data)
        if is_last:
            return


def _bounds(stream: bytes, at: int) -> tuple[int, int]:
    """Where the next chunk begins and ends."""
    start = at + LENGTH_BYTES
    if len(stream) < start:
        raise BadInput(CUT_OFF)
    length = int.from_bytes(stream[at:start], "big")
    if not OVERHEAD_BYTES <= length <= CHUNK_LIMIT:
        raise BadInput(DAMAGED)
    if len(stream) < start + length:
        raise BadInput(CUT_OFF)
    return start, start + length
