"""What one peer holds, what it lacks, and what to send it next.

Authority first, own entries at once, entries of third kits after a moment (often the peer has them
by then), never more than a few runs on the way, and no feed before its turn: whoever writes without
end, by fault or on purpose, waits behind a ward's next dose. Not for: frames other than runs
(`session`).
Pure: the clock is an argument.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from kit.core.envelope import RAW_LIMIT
from kit.core.replication import RUN_BYTES, RUN_EVENTS, Fork, Replica, Tip
from kit.sync.frames import Ack, Run, State

WINDOW = 4
RELAY_MS = 200


class Delivery:
    """The sending half of a conversation; `tips`: how far the peer has each feed, as it says.

    me: this device. Two kits that send the same feeds to a third begin with different ones, so that
    each can leave out what the other has given meanwhile.
    """

    def __init__(self, replica: Replica, peer: bytes, me: bytes = b"") -> None:
        self.replica, self.peer, self.me = replica, peer, me
        self.tips: dict[bytes, Tip] = {}
        self.refused: dict[bytes, str] = {}
        self.synced = False
        self.relay_at = 0
        self._due: dict[bytes, None] = {}
        """Feeds with something to send that had no turn yet, in the order they were offered."""
        self._turns: dict[bytes, None] = {}
        """Feeds that had a turn and have more: one run each, around and around."""
        self._cursor: dict[bytes, int] = {}
        self._relay: dict[bytes, None] = {}
        self._later: dict[bytes, None] = {}
        self._again: dict[bytes, int] = {}
        self._inflight = 0

    @property
    def waits_to_relay(self) -> bool:
        """Whether `relay` has something to do at `relay_at`."""
        return bool(self._relay)

    def heard(self, state: State) -> None:
        """The peer says what it holds, all of it (`full`) or what changed."""
        if state.full:
            queues = (self._due, self._turns, self._later)
            for forgotten in (self.tips, self._cursor, self.refused, *queues):
                forgotten.clear()
        for feed, tip in state.tips.items():
            known = feed in self.tips
            self.tips[feed] = tip
            if not known or tip.seq > self._cursor.get(feed, 0):
                self._cursor[feed] = tip.seq
        for feed, start in self._again.items():  # asked for in the same breath: still wanted
            self._cursor[feed] = start - 1
            self._due[feed] = None
        self.synced = not state.more

    def holds(self, feed: bytes, seq: int) -> None:
        """The peer has a feed at least up to here: it sent it, or said so."""
        known = self.tips.get(feed)
        if known is None or known.seq < seq:
            self.tips[feed] = Tip(seq, b"")

    def acknowledged(self, ack: Ack) -> None:
        """A run is on the peer's disk, or was refused and is not offered again for now."""
        self._inflight = max(0, self._inflight - 1)
        self.holds(ack.feed, ack.held)
        if ack.refused:
            self.refused[ack.feed] = ack.refused
            self._due.pop(ack.feed, None)
            self._turns.pop(ack.feed, None)
            self._cursor[ack.feed] = ack.held
            if ack.retry:
                self._later[ack.feed] = None
        elif self._later and not self._inflight:
            # What was taken since may have been what the refused ones waited for.
            for feed in self._later:
                self.refused.pop(feed, None)
                self._due[feed] = None
            self._later.clear()

    def again(self, feed: bytes, start: int) -> None:
        """The peer asks for a feed from this number on."""
        self._again[feed] = start
        self._cursor[feed] = start - 1
        self._due[feed] = None

    def changed(self, feeds: Iterable[bytes], own: frozenset[bytes], now: int) -> list[bytes]:
        """Feeds that got entries; returns those that are to be offered at once."""
        if not self.synced:
            return []
        at_once = [feed for feed in feeds if feed in own]
        waiting = [feed for feed in feeds if feed not in own]
        if waiting and not self._relay:
            self.relay_at = now + RELAY_MS
        self._relay.update(dict.fromkeys(waiting))
        return at_once

    def relayed(self) -> list[bytes]:
        """The feeds whose moment of waiting is over."""
        feeds, self._relay = list(self._relay), {}
        return feeds

    def lacking(self) -> list[bytes]:
        """Feeds of which the peer lacks something, or tells another end: authority first."""
        found: list[tuple[str, bytes]] = []
        for feed, tip in self.replica.vector(self.peer).tips.items():
            theirs = self.tips.get(feed)
            if theirs is not None and theirs.seq == tip.seq and theirs.id8 not in (b"", tip.id8):
                self._cursor[feed] = tip.seq - 1  # same number, other entry: the peer must see it
            elif theirs is not None and theirs.seq >= tip.seq:
                continue
            found.append((self.replica.scope_of(feed), feed))
        return [feed for _scope, feed in sorted(found, key=self._place)]

    def _place(self, row: tuple[str, bytes]) -> tuple[int, bytes]:
        """Authority first, then what every kit reads, then an order of this kit's own."""
        scope, feed = row
        mine = hashlib.blake2b(feed, key=self.me, digest_size=8).digest()
        return {"dir": 0, "ops": 1}.get(scope, 2), mine

    def offer(self, feed: bytes, state: Tip | Fork | None) -> None:
        """Send this feed as far as the peer lacks it."""
        last = state.seq - 1 if isinstance(state, Fork) else state.seq if state else 0
        if last > self._cursor.get(feed, 0) and feed not in self._turns:
            self._due[feed] = None

    def next_run(self) -> Run | None:
        """The next run to send, if the peer has room for it."""
        while self.synced and self._inflight < WINDOW and (self._due or self._turns):
            queue = self._due or self._turns
            feed = next(iter(queue))
            del queue[feed]
            self._again.pop(feed, None)
            after = self._cursor.get(feed, 0)
            raws = [] if feed in self.refused else self.replica.run(feed, after)
            if raws:
                self._cursor[feed] = after + len(raws)
                self._inflight += 1
                if _was_cut(raws):
                    self._turns[feed] = None
                return Run(feed, raws)
        return None

    def counts(self) -> tuple[int, int]:
        """(entries that the peer has and we lack, entries that we hold and it lacks)."""
        ours = self.replica.vector(self.peer).tips
        ahead = sum(_beyond(tip, ours.get(feed)) for feed, tip in self.tips.items())
        behind = sum(_beyond(tip, self.tips.get(feed)) for feed, tip in ours.items())
        return ahead, behind


def _was_cut(raws: list[bytes]) -> bool:
    """Whether a run is as long as a run may be, so that the feed may go on behind it."""
    return len(raws) >= RUN_EVENTS or sum(map(len, raws)) > RUN_BYTES - RAW_LIMIT


def _beyond(tip: Tip, other: Tip | None) -> int:
    return max(0, tip.seq - (other.seq if other else 0))
