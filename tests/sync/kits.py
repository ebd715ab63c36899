"""Kits to exchange with: a real store each, sessions joined by bytes, time that stands."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kit.core.command import Outcome
from kit.core.envelope import fleet_id
from kit.core.event import Event
from kit.node import rooms as _rooms  # noqa: F401  (registers every room)
from kit.store.database import Identity, create_database
from kit.store.keyring import ScopeKey
from kit.store.log import Circumstance, Device, Log
from kit.store.projector import ensure_tables
from kit.store.replica import LogReplica
from kit.store.signer import Signer
from kit.sync.session import Clocks, Me, Session
from kit.ward.vitals import VitalsRecorded

WORLD = "TEST:sync"
ROOT = b"r" * 32
FLEET = fleet_id(ROOT, WORLD)
NOW = 1_795_329_000_000
SCOPES = ("ops", "w:CARD", "w:NEPH", "msg:soins")


class Everybody:
    """A directory in which each kit is enrolled and may do all, but for what a test takes away."""

    def __init__(self) -> None:
        self.strangers: set[bytes] = set()
        self.kept_from: set[tuple[bytes, str]] = set()
        self.cut_feeds: dict[bytes, int] = {}
        self.taken_over: set[tuple[bytes, int]] = set()

    def may_write(self, device: bytes, scope: str) -> bool:
        """All but strangers."""
        return device not in self.strangers

    def may_hold(self, device: bytes, scope: str) -> bool:
        """All but what a test keeps from a kit."""
        return (device, scope) not in self.kept_from

    def is_member(self, device: bytes) -> bool:
        """All but strangers."""
        return device not in self.strangers

    def cut(self, feed: bytes) -> int | None:
        """As the test says."""
        return self.cut_feeds.get(feed)

    def cuts(self) -> Mapping[bytes, int]:
        """As the test says."""
        return self.cut_feeds

    def adopted(self) -> frozenset[tuple[bytes, int]]:
        """As the test says."""
        return frozenset(self.taken_over)

    def introduces(self, device: bytes, raws: Sequence[bytes]) -> bool:
        """Nobody needs it here."""
        return False


class Kit:
    """A store that is sealed by nothing but a fixed key, its log and its replica."""

    def __init__(self, folder: Path, seed: int, members: Everybody | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.seed = folder, seed
        self.chance = random.Random(seed)
        self.members = members or Everybody()
        self.signer = Signer(bytes([seed]) * 32)
        identity = Identity(b"k" * 16, 1, WORLD)
        self.db = create_database(folder / "store.db", bytearray(b"k" * 32), identity)
        self.renewed = 0
        self.commits = 0
        self._open(self.chance.randbytes(8))

    def _open(self, incarnation: bytes) -> None:
        self.device = Device(FLEET, WORLD, self.signer.public, incarnation, "CARD", "0")
        self.log = Log(self.db, self.device, self.signer.sign, self.chance.randbytes)
        ensure_tables(self.db, self.log.entries)
        with self.db.transaction():
            for scope in SCOPES:
                self.log.keyring.add(shared_key(scope))
        self.replica = LogReplica(self.log, self.members)
        self.replica.written, self.replica.renew = self._committed, self._renew

    def _committed(self) -> None:
        self.commits += 1

    def _renew(self) -> None:
        self.renewed += 1
        self.log.start_incarnation(self.chance.randbytes(8))

    def record(self, *events: Event, ward: str = "CARD", at: int = NOW) -> list[int]:
        """Append events of this kit."""
        with self.log.transaction():
            where = Circumstance("nurse", "s", at, 1)
            return self.log.append([Outcome(event) for event in events], where, ward)

    def vitals(self, count: int = 1, ward: str = "CARD") -> list[int]:
        """Append sets of vitals."""
        return self.record(
            *(VitalsRecorded(patient="p1", at=NOW + n, values={"hr": "80"}) for n in range(count)),
            ward=ward,
        )

    def holds(self) -> set[bytes]:
        """Every entry that is stored, as raw bytes."""
        return {raw for (raw,) in self.db.rows("select raw from event")}

    def told(self) -> list[tuple[object, ...]]:
        """The table of vitals by what every kit sees alike."""
        return self.db.rows(
            """select substr(f.feed,1,16), v.n & 4294967295, v.patient, v.at, v.data from vitals v
               join feed f on f.n = v.n>>32 order by 1, 2, 5"""
        )

    def session(self, peer: Kit, clock: Callable[[], int]) -> Session:
        """A conversation with another kit."""
        clocks = Clocks(clock, lambda: (NOW, 1))
        return Session(self.replica, Me(FLEET, self.signer.public), peer.signer.public, clocks)


def shared_key(scope: str) -> ScopeKey:
    """The key of a scope that all kits of these tests were given."""
    from kit.core.envelope import key_number

    key = scope.encode().ljust(32, b"!")
    return ScopeKey(scope, key_number(key), key, b"issued")


class Wire:
    """Two sessions and the bytes between them."""

    def __init__(self, left: Kit, right: Kit) -> None:
        self.now = 0
        self.left = left.session(right, lambda: self.now)
        self.right = right.session(left, lambda: self.now)

    def settle(self, limit: int = 2_000) -> int:
        """Carry bytes until nobody has any more to say; how many times it went back and forth."""
        for turn in range(limit):
            said = self.left.outgoing()
            answered = self.right.outgoing()
            if not said and not answered:
                return turn
            self.right.received(said)
            self.left.received(answered)
        raise AssertionError("they never come to an end")


def meet(left: Kit, right: Kit) -> Wire:
    """Let two kits exchange all that they have."""
    wire = Wire(left, right)
    wire.settle()
    return wire
