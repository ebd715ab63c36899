"""The network half of a node: lines to other kits, and what is said on them.

Joins directory, sessions, switchboard, ladder and discovery in the node's own event loop. What
peers send goes through the membership's replica; what changed here is offered to whoever lacks it.
Not for: rows about peers (`peers`), any rule of sync (`kit.sync`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from kit.core.clock import ClockQuality
from kit.core.errors import BadInput, Unavailable
from kit.core.replication import Taken
from kit.node.desk import Desk
from kit.node.opening import OpenKit
from kit.node.peers import Peers, places
from kit.node.release import Releases
from kit.node.release_shelf import UPDATES, ReleaseShelf, trusted_ring
from kit.node.settings import keep, kept
from kit.store.vault import system_random
from kit.sync.address import Address, read_address, read_listening_place
from kit.sync.certificate import Contexts, contexts, public_key_of
from kit.sync.discovery import Discovery
from kit.sync.interfaces import Cards, cards_now, has_link, reachable_at
from kit.sync.ladder import Ladder, Rung
from kit.sync.line import Line
from kit.sync.mdns import Mdns
from kit.sync.mdns_printers import PrinterSearch
from kit.sync.reach import ReachTold, reach_of
from kit.sync.release import CarryingSession, ReleaseTalk
from kit.sync.rounds import Rounds
from kit.sync.session import Clocks, Me
from kit.sync.transport import Outcome, Switchboard

PORT = 47443
"""The fixed port: one firewall rule; another one is taken where two kits run on one machine."""
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (the ward's network is where the others are)
BEAT_S = 1.0
NEWS_S = 0.02
AUTHORITY = frozenset({"device", "scope_key", "access", "fleet", "entries", "reports", "record"})
CARE = frozenset(
    {"patient", "stay", "allergy", "prescription", "administration", "vitals", "note", "snapshot"}
)  # fmt: skip
"""What may have come into sight with a key or a parcel."""
TELL_REACH_MS = 300_000
LINK_MS = 2_000
"""How often the network cards are looked at: the strip is right within five seconds."""
OFFSET_LIMIT_MS = 120_000


class Plan(msgspec.Struct, frozen=True):
    """How this node meets others.

    listen: places to answer at, none = everywhere at `PORT`; static: addresses set at preparation;
    discover: by mDNS.
    """

    listen: tuple[Address, ...] = ()
    static: tuple[Address, ...] = ()
    discover: bool = True


def write_plan(kit: OpenKit, plan: Plan) -> None:
    """Keep how this kit meets others, set when it is prepared."""
    texts = {
        "listen": [str(place) for place in plan.listen],
        "static": [str(place) for place in plan.static],
        "discover": plan.discover,
    }
    with kit.db.transaction():
        keep(kit.db, "plan", msgspec.msgpack.encode(texts))


def read_plan(kit: OpenKit) -> Plan:
    """What was set when the kit was prepared; else everywhere, and by mDNS."""
    stored = kept(kit.db, "plan")
    if stored is None:
        return Plan()
    said = msgspec.msgpack.decode(stored)
    listen = tuple(map(read_listening_place, said["listen"]))
    return Plan(listen, tuple(places(said["static"])), said["discover"])


def steady_ms() -> int:
    """Milliseconds that never run back."""
    return time.monotonic_ns() // 1_000_000


class Network:
    """One open kit among others. `start` and `stop` run in the node's event loop."""

    def __init__(self, desk: Desk, plan: Plan) -> None:
        self.desk, self.plan = desk, plan
        kit = desk.kit
        self.membership = kit.membership
        self.log = kit.log
        self.me = Me(kit.log.device.fleet, self.membership.device, kit.log.device.app)
        self.sessions: dict[bytes, CarryingSession] = {}
        self.peers = Peers(self)
        shelf = ReleaseShelf(kit.home.folder / UPDATES, trusted_ring())
        self.releases = Releases(shelf, self, steady_ms)
        self._chance = random.Random(system_random(16))  # noqa: S311  (spreads calls in time)
        self.ladder = Ladder(self.membership.device, self._chance)
        self.listening: list[Address] = []
        self.board: Switchboard | None = None
        self.discovery: Discovery | None = None
        self._mdns: Mdns | None = None
        self._rounds: Rounds | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._by_key: dict[bytes, bytes] = {}
        self._certificates: frozenset[bytes] = frozenset()
        self._news: set[str] = set()
        self._news_due = False
        self._link, self._link_ms = True, 0
        self.cards: Callable[[], Cards] = cards_now
        self._reach: tuple[str, ...] = ()
        self._reach_ms = 0

    # ------------------------------------------------------------------ start and end

    async def start(self) -> None:
        """Listen, call, announce. Raises Unavailable where no port is to be had."""
        self.membership.settle(self.desk.now(), self.desk.quality)
        self._read_directory()
        self.board = Switchboard(self.membership.device, self._contexts(), self, steady_ms)
        await self._listen(self.board)
        now = steady_ms()
        self.peers.load(now)
        self.ladder.given(self.plan.static, Rung.STATIC, now)
        self._gossip(now)
        if self.plan.discover:
            key = self.membership.discovery_key()
            port = self.listening[0].port
            self.discovery = Discovery(key, port, self._engine, system_random, steady_ms)
        self._rounds = Rounds(self.board, self.ladder, steady_ms, self.discovery)
        self.log.feeds.drain_changed()
        self.desk.listeners.append(self.wrote)
        self._tasks = [
            asyncio.create_task(self._rounds.run()),
            asyncio.create_task(self._beat()),
        ]

    def _engine(self) -> Mdns:
        self._mdns = Mdns(self._chance)
        return self._mdns

    async def _listen(self, board: Switchboard) -> None:
        wanted = list(self.plan.listen) or [Address(host, PORT) for host in EVERYWHERE]
        for place in wanted:
            port = self.listening[0].port if self.listening and not self.plan.listen else place.port
            try:
                self.listening.append(await board.listen(Address(place.host, port)))
            except Unavailable:
                if self.plan.listen:
                    raise
                with contextlib.suppress(Unavailable):  # no IPv6 here, or the port is taken
                    if not self.listening:
                        self.listening.append(await board.listen(Address(place.host, 0)))
        if not self.listening:
            raise Unavailable("SYN-133", address=str(wanted[0]))

    async def stop(self) -> None:
        """End every line in order and remember where the others were."""
        if self.wrote in self.desk.listeners:
            self.desk.listeners.remove(self.wrote)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.board is not None:
            await self.board.close()
        self.releases.close()
        self.peers.save()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self._agree_on_time()
            self.releases.beat()
            if self.peers.beat(steady_ms()):
                self._tell({"peers", "status"})
            self._tell_reach()

    # ------------------------------------------------------------------ what the node asks

    async def dial(self, address: str) -> Outcome:
        """Call an address that a person typed. Raises BadInput `SYN-140`."""
        place = read_address(address)
        return Outcome("SYN-134") if self._rounds is None else await self._rounds.call(place)

    def trouble(self) -> str:
        """A code while mDNS does not work (the other rungs do), else empty."""
        return self.discovery.trouble() if self.discovery is not None else ""

    def search_for_printers(self) -> PrinterSearch:
        """Listen for printers, on the exchange's own mDNS where it runs."""
        return PrinterSearch(lambda: self._mdns.shared if self._mdns is not None else None)

    def has_link(self) -> bool:
        """Whether this machine has a network at all: a pulled cable is not an empty corridor."""
        now = steady_ms()
        if now - self._link_ms >= LINK_MS or not self._link_ms:
            self._link, self._link_ms = has_link(self.cards()), now
        return self._link

    def wrote(self, topics: set[str]) -> None:
        """Something was committed here: offer it, and look whether it changes who is who."""
        self._spread()
        if topics & AUTHORITY:
            self._authority()

    # ------------------------------------------------------------------ what the switchboard asks

    def member_of(self, tls_public_key: bytes) -> bytes | None:
        """The enrolled, not revoked device (32 bytes) with this TLS key."""
        return self._by_key.get(tls_public_key)

    def open_session(self, line: Line) -> CarryingSession:
        """A proven line: the session that speaks on it."""
        clocks = Clocks(steady_ms, self._wall)
        session = CarryingSession(
            self.membership.replica, self.me, line.device, clocks, self.releases
        )
        session.on_taken = self._taken
        self.sessions[line.device] = session
        self.peers.opened(line.device, session)
        if self._rounds is not None:
            self._rounds.line_opened(line)
        self._tell({"peers", "status"})
        return session

    def line_ended(self, line: Line) -> None:
        """A line is over, proven or not."""
        if self._rounds is not None:
            self._rounds.line_ended(line)
        if not line.proven_ms:
            return
        session = self.sessions.get(line.device)
        if session is not None and self.board is not None and line.device not in self.board.lines:
            del self.sessions[line.device]
            self.releases.gone(line.device)
            self.peers.ended(line.device, session, line.code)
        self._tell({"peers", "status"})

    # ------------------------------------------------------------------ what releases ask

    def talk_with(self, peer: bytes) -> ReleaseTalk | None:
        """What is said about releases on the line to a peer; None where there is no line."""
        session = self.sessions.get(peer)
        return session.releases if session is not None else None

    def wake(self, peer: bytes | None) -> None:
        """There is something to say to a peer, or to all; said once this turn of the loop ends."""
        if self.board is not None:
            asyncio.get_running_loop().call_soon(self.board.wake, peer)

    def releases_changed(self) -> None:
        """Screens that show releases should ask again."""
        self._tell({"releases"})

    # ------------------------------------------------------------------ inside

    def _wall(self) -> tuple[int, int]:
        """What time this kit believes; a steering kit that somebody set is the fleet's clock."""
        quality = int(self.desk.quality)
        if quality and self._steers():
            quality = int(ClockQuality.STEERING)
        return self.desk.now(), quality

    def _steers(self) -> bool:
        mine = self.membership.members.directory.get(self.membership.device)
        return mine is not None and mine.steers and self.desk.kit.settings.capsule == "steering"

    def _taken(self, taken: Taken) -> None:
        if taken.stored or taken.forked:
            self._tell(set(taken.topics) | {"exchange"})

    def _tell(self, topics: set[str]) -> None:
        """News for the screens, a few times a second at most; commits are offered at once."""
        self._news |= topics
        if not self._news_due:
            self._news_due = True
            asyncio.get_running_loop().call_later(NEWS_S, self._tell_now)

    def _tell_now(self) -> None:
        self._news_due = False
        news, self._news = self._news, set()
        self.desk.tell(news)

    def _spread(self) -> None:
        feeds = self.log.feeds.drain_changed()
        if not feeds:
            return
        rows = [self.log.feeds.get(feed) for feed in feeds]
        own = frozenset(row.name for row in rows if row is not None and row.own)
        for session in self.sessions.values():
            session.changed(feeds, own)
        self.peers.written(own)
        if self.board is not None:
            self.board.wake()

    def _authority(self) -> None:
        """The directory has changed: keys, quarantine, who may connect, what may come again."""
        if self.membership.settle(self.desk.now(), self.desk.quality):
            self._tell(set(CARE))
        if self._read_directory() and self.board is not None:
            self.board.members_changed(self._contexts())
        for session in self.sessions.values():
            session.refresh()
        self._gossip(steady_ms())
        self._spread()
        if self._rounds is not None:
            self._rounds.look()
        self._tell({"peers", "status"})

    def _read_directory(self) -> bool:
        """Who may connect; True where that is another list than before."""
        directory = self.membership.members.directory
        members = {device: m for device, m in directory.members.items() if m.is_member}
        by_key: dict[bytes, bytes] = {}
        for device, member in members.items():
            with contextlib.suppress(BadInput):
                by_key[public_key_of(member.certificate)] = device
        self._by_key = by_key
        self.ladder.members({device: member.steers for device, member in members.items()})
        certificates = frozenset(member.certificate for member in members.values())
        changed = certificates != self._certificates
        self._certificates = certificates
        return changed

    def _contexts(self) -> Contexts:
        folder = private_folder(self.desk.kit.home.folder)
        return contexts(self.membership.tls_seed, self._certificates, system_random, folder)

    def _gossip(self, now: int) -> None:
        for device, texts in reach_of(self.desk.kit.db).items():
            self.ladder.learned(device, places(texts), Rung.GOSSIP, now)

    def _tell_reach(self) -> None:
        """Where this kit is, for those who hear of it through others; every five minutes."""
        now = steady_ms()
        if not self.membership.is_enrolled:
            return
        here = tuple(map(str, self.here()))
        waited = not self._reach_ms or now - self._reach_ms >= TELL_REACH_MS
        if here and here != self._reach and waited:
            self._reach, self._reach_ms = here, now
            told = ReachTold(device=self.membership.device, addresses=here)
            self.desk.record([(told, "")])

    def here(self) -> list[Address]:
        """Addresses at which others may reach this kit."""
        if self.plan.listen:
            return [place for place in self.listening if place.host not in EVERYWHERE]
        if self.discovery is None:
            return []
        return reachable_at(self.discovery.cards, self.listening[0].port)

    def _agree_on_time(self) -> None:
        """A kit whose clock is senseless, or far off, takes the time of those who know better."""
        offsets = sorted(
            session.offset_ms
            for session in self.sessions.values()
            if session.offset_ms is not None and session.peer_clk >= ClockQuality.AGREED
        )
        if not offsets or self._steers():
            return
        middle = offsets[len(offsets) // 2]
        unsure = self.desk.quality is ClockQuality.UNKNOWN
        if unsure or abs(middle) > OFFSET_LIMIT_MS:
            self.desk.agree(middle)
            self._tell({"status", "peers"})


def private_folder(home: Path) -> Path:
    """Where a key may lie for a blink: memory where there is some, else the kit's own folder."""
    memory = Path("/dev/shm")  # noqa: S108  (a private folder is made inside it)
    return memory if memory.is_dir() else home
