"""Entries of a peer's forked feeds that are still wanted here, and when to ask for them.

A loose entry cannot stand before what it follows, nor before the fork is proven; so what came too
early is asked for again once the feed has grown. Bounded: a peer may claim what it likes. Not for:
what is sent (`delivery`), whether an entry is right (the store). Pure.
"""

from __future__ import annotations

from kit.core.replication import ID16, Fork, Taken, Tip

FEEDS = 64
IDS = 16_384
NOTHING = Fork(0, ())


class Wanted:
    """What one peer has of forked feeds and this kit has not."""

    def __init__(self) -> None:
        self._forks: dict[bytes, Fork] = {}
        self._waiting: set[bytes] = set()

    def lacking(self, feed: bytes, fork: Fork, here: Tip | Fork | None) -> Fork:
        """What to ask for now, of a fork that the peer has just told (or a part of it)."""
        lacking = _not_here(fork, here)
        known = self._forks.get(feed, NOTHING)
        room = len(self._forks) < FEEDS or feed in self._forks
        if lacking.ids and room and len(known.ids) + len(lacking.ids) <= IDS:
            self._forks[feed] = Fork(fork.seq, tuple({*known.ids, *lacking.ids}))
        if _is_early(fork, here):
            self.put_off(feed)
            return NOTHING
        return lacking

    def put_off(self, feed: bytes) -> None:
        """Something of this feed came too early."""
        if feed in self._forks:
            self._waiting.add(feed)

    def again(self, taken: Taken, here: Tip | Fork | None) -> Fork:
        """What to ask for again, now that more of a feed is here; nothing where none waits."""
        if taken.retry:
            self.put_off(taken.feed)
        fork = self._forks.get(taken.feed)
        if fork is None or taken.feed not in self._waiting or _is_early(fork, here):
            return NOTHING
        self._waiting.discard(taken.feed)
        lacking = _not_here(fork, here)
        if lacking.ids:
            self._forks[taken.feed] = lacking
        else:
            del self._forks[taken.feed]
        return lacking


def _not_here(fork: Fork, here: Tip | Fork | None) -> Fork:
    held = set(here.ids) if isinstance(here, Fork) else set()
    return Fork(fork.seq, tuple(key for key in fork.ids if key[:ID16] not in held))


def _is_early(fork: Fork, here: Tip | Fork | None) -> bool:
    """Whether what stands before the fork is not here yet; it comes as a run."""
    if here is None:
        return fork.seq > 1
    return isinstance(here, Tip) and here.seq < fork.seq - 1
