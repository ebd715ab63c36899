"""Releases of the kit itself on a line between two kits: offered, asked for block by block.

Behind everything else: a piece goes out only when no entry waits. Pulled, never pushed: whoever
fetches asks for two blocks at a time, whoever gives holds numbers and reads 64 KiB when there is
room. Members only, as all that is said on a line. Not for: what a block is and whether it is right
(the node knows by the signed manifest), nor for putting a release onto a stick.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from kit.core.replication import Replica
from kit.sync.frames import PIECE_BYTES, Frame, Offer, Piece, Want, encode
from kit.sync.session import Clocks, Me, Session

SPEAKS = 2
"""The protocol version in which these frames were added."""
WANTS_AT_ONCE = 4
"""Of one peer; more are not answered."""
NOTHING = Offer(b"")


class Shelf(Protocol):
    """What this kit has to give, and what becomes of what it asked for."""

    def offer(self) -> Offer:
        """The release that can be fetched here; NOTHING where there is none."""
        ...

    def read(self, name: bytes, block: int, at: int, count: int) -> tuple[bytes, bool] | None:
        """Bytes of a block and whether they are its last ones; None for what is not here."""
        ...

    def offered(self, peer: bytes, offer: Offer) -> None:
        """A peer has said what it can give."""
        ...

    def arrived(self, peer: bytes, piece: Piece) -> None:
        """A piece of a block that was asked for."""
        ...


class ReleaseTalk:
    """What two kits say about releases."""

    def __init__(self, shelf: Shelf, peer: bytes) -> None:
        self._shelf, self._peer = shelf, peer
        self._said = NOTHING
        self._to_ask: deque[Want] = deque()
        self._asked: deque[Want] = deque()
        self._at = 0

    def ask(self, name: bytes, block: int) -> None:
        """Ask the peer for a block of the release that it offered."""
        self._to_ask.append(Want(name, block))

    def take(self, frame: Offer | Want | Piece) -> None:
        """Hear what the peer says."""
        if isinstance(frame, Offer):
            self._shelf.offered(self._peer, frame)
        elif isinstance(frame, Piece):
            self._shelf.arrived(self._peer, frame)
        elif len(self._asked) < WANTS_AT_ONCE:
            self._asked.append(frame)

    def outgoing(self) -> bytes:
        """The next thing to say, at most one piece; b"" when there is none."""
        offer = self._shelf.offer()
        if offer != self._said:
            self._said = offer
            return encode(offer)
        if self._to_ask:
            return encode(self._to_ask.popleft())
        if self._asked:
            return encode(self._next_piece(self._asked[0]))
        return b""

    def _next_piece(self, want: Want) -> Piece:
        found = self._shelf.read(want.name, want.block, self._at, PIECE_BYTES)
        data, is_last = found or (b"", True)
        piece = Piece(want.name, want.block, self._at, is_last, data)
        self._at += len(data)
        if is_last:
            self._asked.popleft()
            self._at = 0
        return piece


class CarryingSession(Session):
    """A conversation in which releases are offered and fetched too."""

    def __init__(self, replica: Replica, me: Me, peer: bytes, clocks: Clocks, shelf: Shelf) -> None:
        super().__init__(replica, me, peer, clocks)
        self.releases = ReleaseTalk(shelf, peer)

    def outgoing(self) -> bytes:
        """Bytes for the peer: care first, then a piece of a release."""
        said = super().outgoing()
        if said or self.closed or self.hello is None or self.hello.highest < SPEAKS:
            return said
        return self.releases.outgoing()

    def _take(self, frame: Frame) -> None:
        if isinstance(frame, Offer | Want | Piece) and self.hello is not None and not self.closed:
            self.releases.take(frame)
        else:
            super()._take(frame)
