"""The frames between the screens and the node: a length, then one msgpack map.

Not for: what the messages mean (the node's rpc and the screens' port know that), nor the wire
between kits. Pure: bytes in, maps out; the pipe itself belongs to whoever holds it.

A frame is an unsigned 32-bit big-endian length followed by that many bytes of msgpack.

Screens to node: `{"id", "do", "args", "key"}`, `{"id", "ask", "args"}`, `{"id", "call", "args"}`.
Node to screens: `{"id", "ok"}`, `{"id", "refused": {"code", "args"}}`, `{"id", "fault": {...}}`,
and unasked `{"changed": [...]}`, `{"progress": {...}}`, `{"state": {...}}`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from kit.core.errors import BadInput

Message = dict[str, Any]

MAX_BYTES = 16 * 1024 * 1024
_HEAD_BYTES = 4
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[str, Any])


def encode(message: Message) -> bytes:
    """One message as a frame; raises BadInput RPC-003 above MAX_BYTES, RPC-004 if not encodable."""
    try:
        body = _encoder.encode(message)
    except (TypeError, OverflowError, ValueError) as error:
        raise BadInput("RPC-004", kind=type(error).__name__) from error
    if len(body) > MAX_BYTES:
        raise BadInput("RPC-003", bytes=len(body), limit=MAX_BYTES)
    return len(body).to_bytes(_HEAD_BYTES, "big") + body


class FrameReader:
    """Collects bytes as they come and gives back whole messages in order.

    After it has raised once it stays broken: what follows a bad frame cannot be trusted, so the
    holder of the pipe closes it and starts again.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._broken: BadInput | None = None

    def feed(self, data: bytes) -> list[Message]:
        """The messages completed by `data`; raises BadInput RPC-001 (too large) or RPC-002 (bad).

        Where a bad frame follows good ones, the good ones are given first and the next call raises.
        """
        if self._broken is not None:
            raise self._broken
        self._held += data
        found: list[Message] = []
        try:
            while (body := self._next_body()) is not None:
                found.append(_decode(body))
        except BadInput as error:
            self._broken = error
            self._held.clear()
            if not found:
                raise
        return found

    @property
    def broken(self) -> bool:
        """True once a bad frame was seen, even if `feed` has not raised yet."""
        return self._broken is not None

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished frame are held."""
        return len(self._held)

    def _next_body(self) -> bytes | None:
        if len(self._held) < _HEAD_BYTES:
            return None
        length = int.from_bytes(self._held[:_HEAD_BYTES], "big")
        if length > MAX_BYTES:
            raise BadInput("RPC-001", bytes=length, limit=MAX_BYTES)
        end = _HEAD_BYTES + length
        if len(self._held) < end:
            return None
        body = bytes(self._held[_HEAD_BYTES:end])
        del self._held[:end]
        return body


def _decode(body: bytes) -> Message:
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput("RPC-002", bytes=len(body)) from error
