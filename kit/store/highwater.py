"""The high-water mark: a small sealed file beside the store that remembers how far it had come.

SQLCipher sees a damaged page but not yesterday's file put back in place. A store that is behind
its mark, or tells another history, was restored or rolled back: its log must begin a new
incarnation and the screens say that the data are old. Not for: deciding what to do about it
(`log`, `node`).

What it promises: every commit up to the last writing of the mark is covered, that is, all but the
last `every` - 1 events before a crash, and all of them after an orderly end. What it cannot see:
the whole folder put back, mark included; only a peer's memory of our feeds tells that.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from kit.store.durable import replace_file

MAGIC = b"KITMARK\x01"
EVERY = 32
_MAC = 32

Tips = Mapping[bytes, tuple[int, bytes]]
"""Feed (16 bytes) → its last sequence number and that event's id (32 bytes)."""

IdAt = Callable[[bytes, int], bytes | None]
"""(feed, seq) → the id of that event in the store, None where the store has none."""


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """What the file says: kit, incarnation, how many so far, the tip of every feed, last wall."""

    kit_id: bytes
    incarnation: bytes
    incarnations: int
    tips: dict[bytes, tuple[int, bytes]]
    wall_ms: int


class MarkState(StrEnum):
    """What was found instead of a mark, by its code."""

    MISSING = "STO-041"
    DAMAGED = "STO-042"


class Rollback(msgspec.Struct, frozen=True):
    """The store is older than its mark. `behind`: feed → (seq here, seq remembered).

    `rewritten`: feeds that are long enough but hold another event where the mark remembers one.
    `since_ms`: the last moment the mark knows of.
    """

    behind: dict[bytes, tuple[int, int]]
    rewritten: list[bytes]
    other_incarnation: bool
    since_ms: int

    code = "STO-040"

    @property
    def missing(self) -> int:
        """How many events the mark remembers and this store does not have, at least."""
        return sum(marked - here for here, marked in self.behind.values())


def load(path: Path, key: bytes | bytearray, kit_id: bytes) -> Mark | MarkState:
    """The mark, or why there is none; another kit's mark counts as damaged. Never raises."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return MarkState.MISSING
    except OSError:
        return MarkState.DAMAGED
    body = content[len(MAGIC) : -_MAC]
    sealed = hmac.compare_digest(content[-_MAC:], _seal(body, key))
    if not (content.startswith(MAGIC) and sealed):
        return MarkState.DAMAGED
    try:
        mark = msgspec.msgpack.decode(body, type=Mark)
    except msgspec.MsgspecError:
        return MarkState.DAMAGED
    return mark if mark.kit_id == kit_id else MarkState.DAMAGED


def compare(mark: Mark, incarnation: bytes, tips: Tips, id_at: IdAt) -> Rollback | None:
    """Whether the store, as its incarnation and tips describe it, is older than its mark."""
    behind: dict[bytes, tuple[int, int]] = {}
    rewritten: list[bytes] = []
    for feed, (seq, event_id) in mark.tips.items():
        here = tips.get(feed, (0, b""))[0]
        if here < seq:
            behind[feed] = (here, seq)
        elif id_at(feed, seq) != event_id:
            rewritten.append(feed)
    other = mark.incarnation != incarnation
    if behind or rewritten or other:
        return Rollback(behind, rewritten, other, mark.wall_ms)
    return None


class HighWater:
    """Keeps the mark up with the store: `note` each event, `committed` after each commit."""

    def __init__(self, path: Path, key: bytes | bytearray, mark: Mark, every: int = EVERY) -> None:
        self._path = path
        self._key = key
        self._mark = mark
        self._tips = dict(mark.tips)
        self._every = every
        self._unwritten = 0

    def note(self, feed: bytes, seq: int, event_id: bytes) -> None:
        """Remember an event of the transaction under way as its feed's tip."""
        self._tips[feed] = (seq, event_id)
        self._unwritten += 1

    def committed(self, wall_ms: int) -> None:
        """The noted events are on disk: write the mark if it is time. Raises OSError."""
        if self._unwritten >= self._every:
            self.write(wall_ms)

    def abandoned(self, tips: Tips) -> None:
        """The transaction was rolled back: forget what was noted, take the store's tips again."""
        self._tips = dict(tips)

    def renew(self, incarnation: bytes) -> None:
        """From now on the mark is of another incarnation of this kit."""
        self._mark = next_incarnation(self._mark, incarnation, self._tips)

    def write(self, wall_ms: int) -> None:
        """Write the mark now, for good. Raises OSError where the disk refuses."""
        self._mark = msgspec.structs.replace(self._mark, tips=dict(self._tips), wall_ms=wall_ms)
        body = msgspec.msgpack.encode(self._mark)
        replace_file(self._path, MAGIC + body + _seal(body, self._key))
        self._unwritten = 0


def first_mark(kit_id: bytes, incarnation: bytes) -> Mark:
    """The mark of a kit's first incarnation, before any event."""
    return Mark(kit_id, incarnation, 1, {}, 0)


def next_incarnation(mark: Mark, incarnation: bytes, tips: Tips) -> Mark:
    """The mark of a new incarnation that starts from what the store really holds."""
    return Mark(mark.kit_id, incarnation, mark.incarnations + 1, dict(tips), mark.wall_ms)


def _seal(body: bytes, key: bytes | bytearray) -> bytes:
    return hashlib.blake2b(body, key=key, person=b"kit mark", digest_size=_MAC).digest()
