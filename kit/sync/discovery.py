"""Kits on the same network find each other by mDNS, and say nothing of themselves but a number.

What is published: an instance name drawn anew at each start, a port, and a hint that only kits of
the same fleet and world can tell from noise. The hint saves useless calls; TLS decides. All this
runs on a thread of its own, so that neither a fault of the library nor a flood reaches the node.
Source: sync.md §5 "Discovery measurements". Not for: whom to call (`ladder`), nor whether somebody
is still there: a kit whose power is cut stays announced for an hour, a goodbye can be forged.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import re
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from kit.core.clock import Clock
from kit.core.errors import BadInput
from kit.sync.address import Address, make_address
from kit.sync.certificate import Chance
from kit.sync.interfaces import Cards, cards_now, reachable_at

INSTANCE = re.compile(r"k-[0-9a-f]{6}", re.ASCII)
HINT = 6
QUEUE = 256
"""Announcements that wait to be fetched by the node; beyond it one goes by chance."""
ADDRESSES = 8
POLL_S = 0.5
RESCAN_MS = 60_000
FLAPPING_MS = 5_000
FAULTS = 20
"""So many faults of the library within a minute, and it is started anew."""
FAULTS_MS = 60_000
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
SILENT_MS = 15_000
REFUSALS = 3
TROUBLE = "SYN-135"


class Heard(msgspec.Struct, frozen=True):
    """An announcement as it came; nothing of it is believed yet."""

    instance: str
    port: int
    hosts: tuple[str, ...]
    properties: dict[bytes, bytes | None]


class Offer(msgspec.Struct, frozen=True):
    """What this kit announces."""

    instance: str
    addresses: tuple[Address, ...]
    port: int
    properties: dict[str, str]
    insist: bool = False
    """Announce even if somebody says that the name is taken."""


class Seen(msgspec.Struct, frozen=True):
    """A kit of our own fleet, as it says; whose it is only the handshake will show."""

    instance: str
    addresses: tuple[Address, ...]


class Engine(Protocol):
    """The mDNS library (`kit.sync.mdns`). Any of these may raise anything."""

    async def open(self, offer: Offer, heard: Callable[[Heard], None]) -> None:
        """Announce and listen; `heard` never blocks. NameTaken when the instance is in use."""
        ...

    async def refresh(self, offer: Offer) -> None:
        """The network cards have changed: listen on the new ones, announce again."""
        ...

    async def rescan(self) -> None:
        """Tell `heard` again what is known."""
        ...

    async def close(self) -> None:
        """Say goodbye and let go of every socket."""
        ...


class NameTaken(Exception):
    """Another kit drew the same instance name: draw again."""


def hint(key: bytes, instance: str) -> str:
    """What kits of one fleet and world recognise: 6 bytes of HMAC-SHA-256, in hexadecimal."""
    return hmac.digest(key, instance.encode(), hashlib.sha256)[:HINT].hex()


def is_ours(key: bytes, heard: Heard) -> bool:
    """Whether an announcement was made (or repeated) by someone who has the fleet's key."""
    if not INSTANCE.fullmatch(heard.instance) or heard.properties.get(b"v") != b"1":
        return False
    said = heard.properties.get(b"f") or b""
    return hmac.compare_digest(said, hint(key, heard.instance).encode())


def addresses_of(heard: Heard) -> tuple[Address, ...]:
    """The addresses that can be called, at most a handful."""
    found: list[Address] = []
    for host in heard.hosts[: 4 * ADDRESSES]:
        with contextlib.suppress(BadInput):
            found.append(make_address(host, heard.port))
    return tuple(dict.fromkeys(found))[:ADDRESSES]


class Mailbox:
    """Announcements on their way from the mDNS thread to the node: bounded, the newest of each."""

    def __init__(self, chance: Chance) -> None:
        self._lock, self._chance = threading.Lock(), chance
        self._waiting: dict[str, Seen] = {}

    def put(self, seen: Seen) -> bool:
        """Keep it; when full, one that waits is dropped by chance, so no order of arrival wins.

        Says whether it is the first since the last `take`.
        """
        with self._lock:
            first = not self._waiting
            if seen.instance not in self._waiting and len(self._waiting) >= QUEUE:
                draw = int.from_bytes(self._chance(4), "big") % len(self._waiting)
                del self._waiting[list(self._waiting)[draw]]
            self._waiting[seen.instance] = seen
        return first

    def take(self) -> list[Seen]:
        """All that wait, oldest first."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        return list(waiting.values())


class Discovery:
    """Announces this kit and listens for others until `stop`; a fault costs a pause, no more."""

    def __init__(
        self,
        key: bytes,
        port: int,
        engine: Callable[[], Engine],
        chance: Chance,
        clock: Clock,
        cards: Callable[[], Cards] = cards_now,
    ) -> None:
        """key: the fleet's discovery key; clock: milliseconds that never run back."""
        self.counts: Counter[str] = Counter()
        """`ours`, `foreign`, `faults`, `restarts`."""
        self.cards: Cards = ()
        """The network cards as last seen."""
        self.instance = ""
        self._key, self._port, self._engine = key, port, engine
        self._chance, self._clock, self._cards = chance, clock, cards
        self._mailbox = Mailbox(chance)
        self._tell: Callable[[], None] = lambda: None
        self._network_changed = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._faults: deque[int] = deque(maxlen=FAULTS)
        self._open = False
        self._beat_ms, self._refusals = 0, 0

    # ------------------------------------------------------------- what the node calls

    def start(self, tell: Callable[[], None]) -> None:
        """tell: called on the mDNS thread when there is something to fetch; must not block."""
        self._tell, self._beat_ms = tell, self._clock()
        self._thread = threading.Thread(target=self._main, name="mdns", daemon=True)
        self._thread.start()

    def stop(self, patience_s: float = 3.0) -> None:
        """Say goodbye; a library that hangs is left behind."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(patience_s)

    def take(self) -> list[Seen]:
        """What has been heard of our own fleet since the last call."""
        return self._mailbox.take()

    def network_changed(self) -> bool:
        """Whether a card, a cable or an address has changed since the last call."""
        changed = self._network_changed.is_set()
        self._network_changed.clear()
        return changed

    def trouble(self) -> str:
        """SYN-135 while mDNS does not work (the other rungs of the ladder do), else empty."""
        silent = self._clock() - self._beat_ms > SILENT_MS
        return "" if self._open and not silent else TROUBLE

    # ------------------------------------------------------------- on the thread

    def _main(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._stopping.is_set():
            began = self._clock()
            try:
                asyncio.run(self._watch())
            except NameTaken:
                self._refusals += 1
                continue
            except BaseException:  # noqa: BLE001 - not even a panic of the library stops the kit
                self.counts["restarts"] += 1
            self._open = False
            self._announce_change()
            if self._clock() - began > FAULTS_MS:
                pause = FIRST_PAUSE_S
            self._rest(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def _rest(self, pause_s: float) -> None:
        """Wait before the next try, but not longer than until the network changes."""
        before, left = self.cards, pause_s * (0.5 + self._chance(1)[0] / 256)
        while left > 0 and not self._stopping.wait(min(left, POLL_S)):
            left -= POLL_S
            self._beat_ms = self._clock()
            if (now := self._cards()) != before:
                self.cards = now
                self._network_changed.set()
                break

    async def _watch(self) -> None:
        """One life of the library."""
        asyncio.get_running_loop().set_exception_handler(self._fault)
        self._faults.clear()
        self.cards = self._cards()
        self.instance = f"k-{self._chance(3).hex()}"
        engine = self._engine()
        try:
            await engine.open(self._offer(), self._hear)
            self._open = True
            self._announce_change()
            await self._tend(engine)
        finally:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(engine.close(), timeout=2.0)

    async def _tend(self, engine: Engine) -> None:
        shown, shown_ms, scanned_ms = self.cards, self._clock() - FLAPPING_MS, self._clock()
        while not self._stopping.is_set():
            await asyncio.sleep(POLL_S)
            now_ms = self._beat_ms = self._clock()
            before, self.cards = self.cards, self._cards()
            if self.cards != before:
                self._network_changed.set()
                self._tell()
            # The first change is followed at once, those that come hard upon it once it is steady.
            settled = self.cards == before or now_ms - shown_ms > FLAPPING_MS
            if self.cards != shown and settled:
                shown, shown_ms = self.cards, now_ms
                await engine.refresh(self._offer())
            if now_ms - scanned_ms > RESCAN_MS:
                scanned_ms = now_ms
                await engine.rescan()
            if len(self._faults) == FAULTS and now_ms - self._faults[0] < FAULTS_MS:
                raise RuntimeError("too many faults")

    def _offer(self) -> Offer:
        properties = {"v": "1", "f": hint(self._key, self.instance)}
        addresses = tuple(reachable_at(self.cards, self._port))
        # Who denies name after name wants to silence us: from then on nobody is asked.
        insist = self._refusals >= REFUSALS
        return Offer(self.instance, addresses, self._port, properties, insist)

    def _hear(self, heard: Heard) -> None:
        if heard.instance == self.instance:
            return
        if not is_ours(self._key, heard):
            self.counts["foreign"] += 1
            return
        self.counts["ours"] += 1
        addresses = addresses_of(heard)
        if addresses and self._mailbox.put(Seen(heard.instance, addresses)):
            self._tell()

    def _fault(self, _loop: asyncio.AbstractEventLoop, _context: dict[str, object]) -> None:
        self.counts["faults"] += 1
        self._faults.append(self._clock())

    def _announce_change(self) -> None:
        with contextlib.suppress(RuntimeError):  # the node's loop is closed already
            self._tell()


def hosts_of(offer: Offer) -> Iterable[str]:
    """The plain addresses of an offer; a zone means nothing on another machine."""
    return dict.fromkeys(address.plain for address in offer.addresses)
