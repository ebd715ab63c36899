"""One conversation with one peer, without a socket: bytes in, bytes out, clock as an argument.

Both say what they hold, each sends what the other lacks, each tells what is on its disk. The state
is a set union, so any frame may be lost with its connection, come twice, or in another order: the
next conversation begins from what is held. Not for: TLS and who may connect (`transport`), what an
entry means (the store checks it), what to send next (`delivery`). Source: sync.md §5.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from kit.core.errors import BadInput
from kit.core.replication import Fork, Replica, Taken, Tip
from kit.sync.delivery import Delivery
from kit.sync.frames import (
    VERSIONS,
    Ack,
    Ask,
    Bye,
    Frame,
    FrameReader,
    Hello,
    Loose,
    Ping,
    Pong,
    Run,
    State,
    encode,
)
from kit.sync.wanted import Wanted

PING_MS = 1_500
SILENT_MS = 4_000
DEAD_MS = 12_000
OUT_BYTES = 512 * 1024
CONTROL_LIMIT = 4_096
FEEDS_A_FRAME = 4_000
IDS_A_FRAME = 2_048
LOOSE_AT_ONCE = 32
LOOSE_WAITING = 256
BAD_LIMIT = 64
ASK_LIMIT = 40
OFFSET_RTT_MS = 2_000


class Me(msgspec.Struct, frozen=True):
    """This kit as it introduces itself."""

    fleet: bytes
    device: bytes
    app: str = ""


class Clocks(msgspec.Struct, frozen=True):
    """steady: ms that never jump; wall: (UTC ms, quality 0-3) as this kit believes."""

    steady: Callable[[], int]
    wall: Callable[[], tuple[int, int]]


class Session:
    """One peer. `received`, `outgoing`, `tick`, `closed` are what a transport drives."""

    def __init__(self, replica: Replica, me: Me, peer: bytes, clocks: Clocks) -> None:
        self.replica, self.me, self.peer, self.clocks = replica, me, peer, clocks
        self.closed = ""
        self.hello: Hello | None = None
        self.offset_ms: int | None = None
        self.peer_clk = 0
        self.refused: dict[str, int] = {}
        self.exchanged_ms = 0
        self.delivery = Delivery(replica, peer, me.device)
        self.on_taken: Callable[[Taken], None] = lambda _taken: None
        self._reader = FrameReader()
        self._control: deque[bytes] = deque()
        self._loose: deque[tuple[bytes, int, list[bytes]]] = deque()
        self._bad = 0
        self._asked: dict[bytes, int] = {}
        self._told_state = False
        self.wanted = Wanted()
        self._taken: list[tuple[Taken, bool]] = []
        """What the bytes at hand brought, and whether as a run: told only after its commit."""
        self._held: dict[bytes, int] = {}
        """Feed → how far this kit has told that it holds it."""
        self._news: set[bytes] = set()
        self._pings: dict[int, int] = {}
        self._ping_n = 0
        self._heard = self._pinged = clocks.steady()
        now, clk = clocks.wall()
        self._say(Hello(*VERSIONS, me.fleet, me.device, now, clk, me.app[:64]))

    # ------------------------------------------------------------------ what a transport drives

    def received(self, data: bytes) -> None:
        """Bytes from the peer; whatever is wrong with them closes this conversation only."""
        if self.closed:
            return
        self._heard = self.clocks.steady()
        self._taken.clear()
        try:
            frames = self._reader.feed(data)
            with self.replica.together():
                for frame in frames:
                    self._take(frame)
            for taken, in_order in self._taken:
                self._answer(taken, in_order)
        except BadInput as fault:
            self.close(fault.code)

    def outgoing(self) -> bytes:
        """Bytes for the peer: what must be said, then runs as far as the window allows."""
        parts: list[bytes] = []
        size = 0
        while self._control and size < OUT_BYTES:
            parts.append(self._control.popleft())
            size += len(parts[-1])
        while self._loose and size < OUT_BYTES and not self.closed:
            found = self._loose_frames()
            parts += found
            size += sum(map(len, found))
        if self._news and size < OUT_BYTES and not self.closed:
            parts += self._told_holding()
        while size < OUT_BYTES and not self.closed:
            run = self.delivery.next_run()
            if run is None:
                break
            parts.append(encode(run))
            size += len(parts[-1])
        return b"".join(parts)

    def tick(self, now_ms: int) -> None:
        """Time has passed (steady clock): ping, pass on what waited, notice a peer that is gone."""
        if self.closed:
            return
        if now_ms - self._heard >= DEAD_MS:
            self.closed = "silent"
            return
        if now_ms - self._pinged >= PING_MS:
            self._ping(now_ms)
        if self.delivery.waits_to_relay and now_ms >= self.delivery.relay_at:
            self._offer(self.delivery.relayed())

    def next_due_ms(self) -> int:
        """When `tick` has something to do, on the steady clock."""
        due = min(self._pinged + PING_MS, self._heard + DEAD_MS)
        return min(due, self.delivery.relay_at) if self.delivery.waits_to_relay else due

    def close(self, why: str) -> None:
        """End the conversation, with a word for the peer."""
        if not self.closed:
            self._say(Bye(why[:64]))
            self.closed = why

    # ------------------------------------------------------------------ what the node asks

    @property
    def connected(self) -> bool:
        """Whether the peer has said who it is and was heard of lately."""
        silent = self.clocks.steady() - self._heard >= SILENT_MS
        return self.hello is not None and not self.closed and not silent

    def changed(self, feeds: Iterable[bytes], own: frozenset[bytes] = frozenset()) -> None:
        """Feeds that got entries here: own ones are sent at once, others after a moment."""
        news = list(feeds)
        for feed in news:  # what another peer gave may be what a loose entry waited for
            self._ask_loose(feed, self.wanted.again(Taken(feed), self._state_here(feed)))
        self._offer(self.delivery.changed(news, own, self.clocks.steady()))
        if self.hello is not None:
            self._news.update(feed for feed in news if feed not in own)

    def refresh(self) -> None:
        """Who may hold what has changed: say anew what is held; refused feeds then come again."""
        if self.hello is not None and not self.closed:
            self._say_state()
            if self.delivery.synced:
                self._offer(self.delivery.lacking())

    # ------------------------------------------------------------------ frames in

    def _take(self, frame: Frame) -> None:
        if self.closed:
            return
        if self.hello is None and not isinstance(frame, Hello | Bye):
            self.close("SYN-022")
            return
        match frame:
            case Hello():
                self._take_hello(frame)
            case State():
                self._take_state(frame)
            case Run():
                self._taken.append((self.replica.take(self.peer, frame.feed, frame.raws), True))
            case Loose():
                taken = self.replica.take_loose(self.peer, frame.feed, frame.fork, frame.raws)
                self._taken.append((taken, False))
            case Ask():
                self._take_ask(frame)
            case Ack():
                self.delivery.acknowledged(frame)
                self.exchanged_ms = self.clocks.wall()[0]
            case Ping() | Pong() | Bye():
                self._take_sign_of_life(frame)

    def _take_sign_of_life(self, frame: Ping | Pong | Bye) -> None:
        if isinstance(frame, Bye):
            self.closed = f"bye:{frame.why}"
        elif isinstance(frame, Ping):
            self._say(Pong(frame.n, *self.clocks.wall()))
        else:
            self._take_pong(frame)

    def _take_hello(self, hello: Hello) -> None:
        """Another fleet, world or device than the one whose certificate was shown is refused."""
        if hello.fleet != self.me.fleet or hello.device != self.peer:
            self.close("SYN-023")
        elif hello.lowest > VERSIONS[1] or hello.highest < VERSIONS[0]:
            self.close("SYN-024")
        elif self.hello is None:
            self.hello = hello
            self.peer_clk = hello.clk
            self._say_state()

    def _take_state(self, state: State) -> None:
        self.delivery.heard(state)
        for feed, fork in state.forks.items():
            self._pull(feed, fork)
        if state.full and self._told_state:
            # It begins anew (somebody may write or read now who might not): forks are told again.
            for feed, fork in self.replica.vector(self.peer).forks.items():
                self._say_fork(feed, fork)
        self._told_state |= state.full
        if state.full and self.delivery.synced:
            self._offer(self.delivery.lacking())
        self.exchanged_ms = self.clocks.wall()[0]

    def _answer(self, taken: Taken, in_order: bool) -> None:
        """Entries are on the disk, or refused: say so, then let the node know."""
        if in_order and not self.closed:
            self._say(Ack(taken.feed, taken.held, taken.refused, taken.retry))
            self._held[taken.feed] = taken.held
            asked = self._asked.get(taken.feed, 0)
            if taken.want and asked < ASK_LIMIT:
                self._asked[taken.feed] = asked + 1
                self._say(Ask(taken.feed, taken.want))
            self.delivery.holds(taken.feed, taken.held)
        if taken.stored:
            self.exchanged_ms = self.clocks.wall()[0]
            self._asked.pop(taken.feed, None)
            self._ask_loose(taken.feed, self.wanted.again(taken, self._state_here(taken.feed)))
        elif taken.retry:
            self.wanted.put_off(taken.feed)
        if taken.forked and taken.stored:
            self._offer([taken.feed])
        if taken.refused:
            self.refused[taken.refused] = self.refused.get(taken.refused, 0) + 1
            self._bad += not taken.retry
        self.on_taken(taken)
        if self._bad > BAD_LIMIT:
            self.close("SYN-025")

    def _take_ask(self, ask: Ask) -> None:
        state = self.replica.state(self.peer, ask.feed)
        if ask.ids and isinstance(state, Fork):
            self._loose.append((ask.feed, state.seq, ask.ids))
            if len(self._loose) > LOOSE_WAITING:
                self.close("SYN-026")
        elif state is not None and not ask.ids and ask.start:
            self.delivery.again(ask.feed, ask.start)

    def _take_pong(self, pong: Pong) -> None:
        """A time sample: the peer's clock against ours, half the way there and back."""
        sent = self._pings.pop(pong.n, None)
        if sent is None:
            return
        rtt = self.clocks.steady() - sent
        if rtt <= OFFSET_RTT_MS:
            self.offset_ms = pong.now_ms + rtt // 2 - self.clocks.wall()[0]
            self.peer_clk = pong.clk

    # ------------------------------------------------------------------ frames out

    def _say(self, frame: Frame) -> None:
        if len(self._control) >= CONTROL_LIMIT:
            self.closed = "SYN-026"  # it asks and never reads
            return
        self._control.append(encode(frame))

    def _told_holding(self) -> list[bytes]:
        """What third kits gave meanwhile, so that this peer need not send it too."""
        news, self._news = self._news, set()
        tips: dict[bytes, Tip] = {}
        for feed in news:
            state = self.replica.state(self.peer, feed)
            if isinstance(state, Tip) and state.seq > self._held.get(feed, 0):
                tips[feed] = state
                self._held[feed] = state.seq
        rows = list(tips.items())
        return [
            encode(State(False, dict(rows[at : at + FEEDS_A_FRAME]), {}))
            for at in range(0, len(rows), FEEDS_A_FRAME)
        ]

    def _say_state(self) -> None:
        vector = self.replica.vector(self.peer)
        self._held = {feed: tip.seq for feed, tip in vector.tips.items()}
        tips = list(vector.tips.items())
        parts = [tips[at : at + FEEDS_A_FRAME] for at in range(0, len(tips), FEEDS_A_FRAME)] or [[]]
        for place, part in enumerate(parts):
            self._say(State(place == 0, dict(part), {}, place < len(parts) - 1))
        for feed, fork in vector.forks.items():
            self._say_fork(feed, fork)

    def _say_fork(self, feed: bytes, fork: Fork) -> None:
        for at in range(0, len(fork.ids), IDS_A_FRAME):
            part = Fork(fork.seq, fork.ids[at : at + IDS_A_FRAME])
            self._say(State(False, {}, {feed: part}))

    def _loose_frames(self) -> list[bytes]:
        """A part of what was asked of forked feeds: read only when there is room to send it."""
        feed, fork, ids = self._loose.popleft()
        if ids[LOOSE_AT_ONCE:]:
            self._loose.appendleft((feed, fork, ids[LOOSE_AT_ONCE:]))
        frames: list[bytes] = []
        part: list[bytes] = []
        size = 0
        for raw in self.replica.loose(feed, ids[:LOOSE_AT_ONCE]):
            if part and size + len(raw) > OUT_BYTES:
                frames.append(encode(Loose(feed, fork, part)))
                part, size = [], 0
            part.append(raw)
            size += len(raw)
        return [*frames, encode(Loose(feed, fork, part))] if part else frames

    def _ping(self, now: int) -> None:
        self._ping_n += 1
        self._pings = {n: at for n, at in self._pings.items() if now - at < DEAD_MS}
        self._pings[self._ping_n] = self._pinged = now
        self._say(Ping(self._ping_n, *self.clocks.wall()))

    def _pull(self, feed: bytes, fork: Fork) -> None:
        """The peer's feed is forked: ask for those of its entries that are not held here."""
        self.delivery.holds(feed, fork.seq - 1)
        self._ask_loose(feed, self.wanted.lacking(feed, fork, self._state_here(feed)))

    def _ask_loose(self, feed: bytes, lacking: Fork) -> None:
        for at in range(0, len(lacking.ids), IDS_A_FRAME):
            self._say(Ask(feed, lacking.seq, list(lacking.ids[at : at + IDS_A_FRAME])))

    def _state_here(self, feed: bytes) -> Tip | Fork | None:
        return self.replica.state(self.me.device, feed)

    def _offer(self, feeds: Iterable[bytes]) -> None:
        for feed in feeds:
            state = self.replica.state(self.peer, feed)
            if isinstance(state, Fork):
                self._say_fork(feed, state)
            self.delivery.offer(feed, state)
