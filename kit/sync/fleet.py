"""The fleet's authority events, kept as they came, and the directory that they make together.

The fold only keeps: validity is a pure function of the whole set (`authority.settle`), so the order
of arrival cannot matter. `FleetMembers` answers for the store and the wire. Not for: the rules
(`authority`), what a person asks for (`fleet_acts`), questions (`fleet_questions`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from kit.core.envelope import (
    FeedOpen,
    decode_header,
    decode_inner,
    encode_data,
    fleet_id,
)
from kit.core.errors import BadInput, Incompatible
from kit.core.event import EVENTS, Event, Scope, Stamp, event, event_type, type_of
from kit.core.projection import Reader, Writer, folds, table
from kit.sync.authority import Directory, Fact, Role, settle
from kit.sync.sealing import signed_by

INTRODUCTION_ENTRIES = 8
DIRECTORY_SCOPE = "dir"


@event("device.enrolled", scope=Scope.DIRECTORY)
class DeviceEnrolled(Event):
    """A kit is taken in. device, exchange: 32-byte public keys; certificate: DER.

    edition: counts enrolments of one device; the highest that is valid is in force.
    """

    device: bytes
    label: str
    role: str
    wards: tuple[str, ...] = ()
    exchange: bytes = b""
    certificate: bytes = b""
    edition: int = 0
    root_signature: bytes = b""

    def statement(self, fleet: bytes) -> bytes:
        """What the root signs: all of it, in one fleet only."""
        said = (
            self.device, self.label, self.role, self.wards, self.exchange, self.certificate,
            self.edition,
        )  # fmt: skip
        return b"cyber-kit enrolment 1" + fleet + encode_data(said)

    @property
    def digest(self) -> bytes:
        """Names this very proposal, so that a second key agrees to nothing else."""
        return hashlib.blake2b(self.statement(b""), digest_size=16).digest()


@event("device.endorsed", scope=Scope.DIRECTORY)
class DeviceEndorsed(Event):
    """A second steering kit agrees to a steering enrolment. digest: of that enrolment, 16 bytes."""

    device: bytes
    digest: bytes


@event("device.revoked", scope=Scope.DIRECTORY)
class DeviceRevoked(Event):
    """A kit is put out. cut: feed (hex) → last number that counts; of other feeds, nothing does."""

    device: bytes
    cut: dict[str, int] = msgspec.field(default_factory=dict)
    reason: str = ""
    root_signature: bytes = b""

    def statement(self, fleet: bytes) -> bytes:
        """What the root signs."""
        said = (self.device, sorted(self.cut.items()), self.reason)
        return b"cyber-kit revocation 1" + fleet + encode_data(said)


class Box(msgspec.Struct, frozen=True, array_like=True):
    """A scope key for one kit: whose (32 bytes), and the sealed box."""

    device: bytes
    sealed: bytes


@event("scope_key.issued", scope=Scope.DIRECTORY)
class ScopeKeyIssued(Event):
    """A scope's key, or further boxes of one that is in use. kid: the key's number."""

    scope: str
    kid: int
    boxes: tuple[Box, ...] = ()


class Head(msgspec.Struct, frozen=True, array_like=True):
    """How far a feed has come as its own kit says: name, last number, id's first bytes, scope."""

    feed: bytes
    seq: int
    id8: bytes
    scope: str = ""


@event("device.heads", scope=Scope.DIRECTORY)
class DeviceHeads(Event):
    """Where a kit's own feeds stand, so that others see what they have not received."""

    heads: tuple[Head, ...] = ()


@event("access.opened", scope=Scope.DIRECTORY)
class AccessOpened(Event):
    """Break-glass: a kit is given a ward's entries. persons: who ordered it, by name."""

    ward: str
    device: bytes
    reason: str
    persons: tuple[str, ...] = ()


@event("fleet.interim", scope=Scope.DIRECTORY)
class InterimNamed(Event):
    """A ward kit's vote: while no steering kit is left, this one coordinates."""

    device: bytes
    reason: str = ""


class EntryName(msgspec.Struct, frozen=True, array_like=True):
    """An entry as every kit knows it: its feed (16 bytes) and its number there."""

    feed: bytes
    seq: int


@event("entries.adopted", scope=Scope.WARD)
class EntriesAdopted(Event):
    """A clinician of the ward takes over entries that a revoked kit wrote past its cut."""

    device: bytes
    entries: tuple[EntryName, ...]
    reason: str = ""


@event("reports.adopted", scope=Scope.OPERATIONS)
class ReportsAdopted(Event):
    """The same for entries that belong to no ward."""

    device: bytes
    entries: tuple[EntryName, ...]
    reason: str = ""


table(
    "authority",
    """create table authority(
        n integer primary key, lam integer not null, kind text not null, body blob not null,
        id8 blob not null, wall integer not null, actor text not null)""",
)
table(
    "head",
    """create table head(
        source blob not null, feed blob not null, seq integer not null, id8 blob not null,
        scope text not null, primary key(source, feed)) without rowid""",
)
table(
    "adoption",
    """create table adoption(
        feed blob not null, seq integer not null, n integer not null,
        primary key(feed, seq, n)) without rowid""",
)

# Counts authority facts laid into any store of this process: a directory that was read before the
# last one is out of date.
_facts_seen = [0]


def _keep_fact(db: Writer, stamp: Stamp, data: Event) -> None:
    kind = event_type(data).name
    db.execute(
        "insert or replace into authority values(?,?,?,?,?,?,?)",
        stamp.n, stamp.lam, kind, encode_data(data), stamp.id8, stamp.wall, stamp.actor,
    )  # fmt: skip
    _facts_seen[0] += 1


_FACTS = (
    DeviceEnrolled, DeviceEndorsed, DeviceRevoked, ScopeKeyIssued, AccessOpened, InterimNamed,
)  # fmt: skip
for _cls in _FACTS:
    folds(_cls, facts="authority")(_keep_fact)
AUTHORITY = frozenset(type_of(_cls).name for _cls in _FACTS)
"""The types of event that make the directory."""


@folds(DeviceHeads)
def _heads(db: Writer, stamp: Stamp, data: DeviceHeads) -> None:
    db.executemany(
        """insert into head values(?,?,?,?,?) on conflict(source, feed) do update set
             seq=excluded.seq, id8=excluded.id8, scope=excluded.scope
           where (excluded.seq, excluded.id8) > (seq, id8)""",
        [(stamp.feed, head.feed, head.seq, head.id8, head.scope) for head in data.heads],
    )


@folds(EntriesAdopted, facts="adoption")
def _adopted(db: Writer, stamp: Stamp, data: EntriesAdopted) -> None:
    _keep_adoption(db, stamp, data.entries)


@folds(ReportsAdopted, facts="adoption")
def _reports_adopted(db: Writer, stamp: Stamp, data: ReportsAdopted) -> None:
    _keep_adoption(db, stamp, data.entries)


def _keep_adoption(db: Writer, stamp: Stamp, entries: Sequence[EntryName]) -> None:
    db.executemany(
        "insert or ignore into adoption values(?,?,?)",
        [(entry.feed, entry.seq, stamp.n) for entry in entries],
    )


class Identity(msgspec.Struct, frozen=True):
    """Which fleet a store belongs to: the root's public key, and the world."""

    root: bytes
    world: str

    @property
    def fleet(self) -> bytes:
        """The 16-byte fleet id."""
        return fleet_id(self.root, self.world)

    def proves(self, data: Any) -> bool:
        """Whether an enrolment or a revocation carries the root's signature for this fleet."""
        return bool(data.root_signature) and _verified(
            self.root, data.root_signature, data.statement(self.fleet)
        )


# A signature costs 50 µs and the set of facts is weighed again at each new one.
_verified = lru_cache(maxsize=8192)(signed_by)


class _Settings(msgspec.Struct):
    """The fields of a kit's settings that make its fleet, and its ward."""

    fleet_root: bytes = b""
    world: str = ""
    ward: str = ""


def _settings(db: Reader) -> _Settings:
    found = db.row("select value from kit where name='settings'")
    return msgspec.msgpack.decode(found[0], type=_Settings) if found else _Settings()


def identity_of(db: Reader) -> Identity:
    """The fleet of the store that is read; of a store without set-up, one that nobody roots."""
    said = _settings(db)
    return Identity(said.fleet_root, said.world)


def own_ward(db: Reader) -> str:
    """The ward of the kit whose store is read; empty where it has none."""
    return _settings(db).ward


def facts_of(db: Reader) -> list[Fact]:
    """Every authority fact that this store holds, decoded, with who wrote it and where."""
    rows = db.rows(
        """select f.device, substr(f.feed, 1, 16), a.n & 4294967295, a.lam, a.kind, a.body, a.id8
           from authority a join feed f on f.n = a.n >> 32"""
    )
    return [
        Fact(bytes(author), bytes(feed), seq, lam, kind, EVENTS[kind].decode(body), bytes(id8))
        for author, feed, seq, lam, kind, body, id8 in rows
    ]


def directory_of(db: Reader, identity: Identity | None = None) -> Directory:
    """The fleet as this store knows it now."""
    return settle(facts_of(db), (identity or identity_of(db)).proves)


def introduces(identity: Identity, device: bytes, raws: Sequence[bytes]) -> bool:
    """Whether the first entries of an unknown device's own feed prove it by the root's signature.

    The caller has verified chain and signatures; only clear bodies are read here.
    """
    for raw in raws[:INTRODUCTION_ENTRIES]:
        data = _enrolment(raw)
        if data is not None and data.device == device and data.role == Role.STEERING:
            return identity.proves(data)
    return False


def _enrolment(raw: bytes) -> DeviceEnrolled | None:
    try:
        content = decode_header(raw)
        inner = decode_inner(content.body) if content.kid == 0 else None
        if inner is None or inner.type != "device.enrolled":
            return None
        return msgspec.msgpack.decode(inner.data, type=DeviceEnrolled)
    except (BadInput, Incompatible, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def opened_feed(raw: bytes) -> FeedOpen | None:
    """What the first entry of a feed says of it, or None for anything else."""
    try:
        inner = decode_inner(decode_header(raw).body)
        return msgspec.msgpack.decode(inner.data, type=FeedOpen)
    except (BadInput, Incompatible, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


class FleetMembers:
    """`kit.core.replication.Members` over one store. Read anew when a new fact was laid down.

    Whoever rolls a transaction back calls `forget`.
    """

    def __init__(self, db: Reader, root: bytes, world: str) -> None:
        self.db, self.identity = db, Identity(root, world)
        self._directory: Directory | None = None
        self._seen = -1

    @property
    def directory(self) -> Directory:
        """The fleet as it stands."""
        if self._directory is None or self._seen != _facts_seen[0]:
            self._seen = _facts_seen[0]
            self._directory = directory_of(self.db, self.identity)
        return self._directory

    def forget(self) -> None:
        """What was read may not be so any more."""
        self._directory = None

    def may_write(self, device: bytes, scope: str) -> bool:
        """Whether this device is enrolled (now or once) with a role that writes this scope."""
        return self.directory.may_write(device, scope)

    def may_hold(self, device: bytes, scope: str) -> bool:
        """Whether this device may be sent this scope's entries (as ciphertext at least).

        The directory is for whoever is let in (`is_member` says who): a kit must be able to read of
        its own enrolment, or that it is confirmed again.
        """
        if scope == DIRECTORY_SCOPE:
            return True
        return self.directory.may_hold(device, scope)

    def is_member(self, device: bytes) -> bool:
        """Whether this device is enrolled and not revoked."""
        member = self.directory.get(device)
        return member is not None and member.is_member

    def cut(self, feed: bytes) -> int | None:
        """The last number of a revoked device's feed that still counts; None = not revoked.

        Never for `dir`: what counts there is weighed with all facts, by `settle`.
        """
        if not any(member.cut or member.revoked_by for member in self.directory.members.values()):
            return None
        found = self.db.row("select device, scope from feed where feed=?", feed)
        return self._cut(feed, *found) if found else None

    def cuts(self) -> Mapping[bytes, int]:
        """Every feed that a revocation cuts → the last number that counts."""
        rows = self.db.rows("select feed, device, scope from feed where length(feed)=16")
        found = ((bytes(feed), self._cut(bytes(feed), dev, scope)) for feed, dev, scope in rows)
        return {feed: cut for feed, cut in found if cut is not None}

    def _cut(self, feed: bytes, device: bytes, scope: str) -> int | None:
        member = self.directory.get(bytes(device))
        if member is None or member.state != "revoked" or scope == DIRECTORY_SCOPE:
            return None
        return member.cut.get(feed.hex(), 0)

    def adopted(self) -> frozenset[tuple[bytes, int]]:
        """(feed, seq) of entries past a cut that a clinician of the scope has taken over."""
        rows = self.db.rows("select feed, seq from adoption")
        return frozenset((bytes(feed), seq) for feed, seq in rows)

    def introduces(self, device: bytes, raws: Sequence[bytes]) -> bool:
        """Whether the first entries of an unknown device's `dir` feed prove it by the root key."""
        return introduces(self.identity, device, raws)
