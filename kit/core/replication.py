"""What two stores say to each other of their feeds: tips, forks, runs, what became of a run.

The words that the store (which keeps feeds) and the wire (which carries them) share, so that
neither knows the other. Source: sync.md §4.6, §5. Not for: bytes on a wire (`kit.sync.frames`), nor
who may write what (`Members` is answered by the fleet's directory).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

ID8 = 8
ID16 = 16
RUN_EVENTS = 256
RUN_BYTES = 256 * 1024


class Tip(msgspec.Struct, frozen=True, array_like=True):
    """How far a feed is held without a gap: last number and the first 8 bytes of that id."""

    seq: int
    id8: bytes


class Fork(msgspec.Struct, frozen=True, array_like=True):
    """A feed that was written twice under one number: from `seq` on it is a set of entries.

    ids: the first 16 bytes of the id of each entry held with a number ≥ seq, sorted; a list may be
    a part of a longer one.
    """

    seq: int
    ids: tuple[bytes, ...]


class Vector(msgspec.Struct, frozen=True, array_like=True):
    """What a store holds: feed (16 bytes) → tip; of a forked feed, the tip before the fork."""

    tips: dict[bytes, Tip]
    forks: dict[bytes, Fork] = {}


class Taken(msgspec.Struct, frozen=True):
    """What became of entries that were offered: all that is said here is on the disk.

    feed: which; stored: how many are new; held: the feed's last number here, without a gap;
    refused: a stable code (`SYN-nnn`) for the first entry that was not taken, empty = none;
    want: send this feed again from this number on (a fork is being looked for), 0 = no;
    forked: the feed is, or has just become, forked; own: entries of this very device came back;
    topics: what screens listen for; retry: refused only for now (author not known yet).
    """

    feed: bytes
    stored: int = 0
    held: int = 0
    refused: str = ""
    want: int = 0
    forked: bool = False
    own: bool = False
    retry: bool = False
    topics: frozenset[str] = frozenset()


class Members(Protocol):
    """The fleet's directory as the store and the wire ask it; answered from projected tables."""

    def may_write(self, device: bytes, scope: str) -> bool:
        """Whether this device is enrolled (now or once) with a role that writes this scope."""
        ...

    def may_hold(self, device: bytes, scope: str) -> bool:
        """Whether this device may be sent this scope's entries (as ciphertext at least)."""
        ...

    def is_member(self, device: bytes) -> bool:
        """Whether this device is enrolled and not revoked."""
        ...

    def cut(self, feed: bytes) -> int | None:
        """The last number of a revoked device's feed that still counts; None = not revoked."""
        ...

    def cuts(self) -> Mapping[bytes, int]:
        """Every feed that a revocation cuts → the last number that counts."""
        ...

    def adopted(self) -> frozenset[tuple[bytes, int]]:
        """(feed, seq) of entries past a cut that a clinician of the scope has taken over."""
        ...

    def introduces(self, device: bytes, raws: Sequence[bytes]) -> bool:
        """Whether the first entries of an unknown device's `dir` feed prove it by the root key."""
        ...


class Replica(Protocol):
    """The log as a peer sees it. Single-threaded; each `take` is one durable transaction.

    Except inside `together`: what is taken there is durable when that ends, and nothing may be said
    of it before.
    """

    def together(self) -> AbstractContextManager[None]:
        """Runs that arrive at once are committed at once."""
        ...

    def vector(self, peer: bytes) -> Vector:
        """What is held here and this device may hold; cost grows with feeds, not with entries."""
        ...

    def state(self, peer: bytes, feed: bytes) -> Tip | Fork | None:
        """The same for one feed: its tip, or its fork; None where this device may not hold it."""
        ...

    def scope_of(self, feed: bytes) -> str:
        """The scope of a feed that is held, else empty."""
        ...

    def run(self, feed: bytes, after: int) -> list[bytes]:
        """Entries after a number, in order, at most RUN_EVENTS and RUN_BYTES; empty at the end."""
        ...

    def take(self, peer: bytes, feed: bytes, raws: Sequence[bytes]) -> Taken:
        """Contiguous entries of one feed: check, store, fold, commit. Bad bytes never raise."""
        ...

    def loose(self, feed: bytes, ids: Sequence[bytes]) -> list[bytes]:
        """Entries of a forked feed by their ids; those not held are left out."""
        ...

    def take_loose(self, peer: bytes, feed: bytes, fork: int, raws: Sequence[bytes]) -> Taken:
        """Entries of a forked feed, in any order, each checked by its own signature."""
        ...
