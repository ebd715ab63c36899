"""The log: this kit's own feeds, signed and chained; the only way its own entries get in.

One feed per (device, incarnation, scope). `event.n` is `feed << 32 | seq`, so one b-tree serves as
primary key and as unique (feed, seq). Appending, chaining, sealing, folding into tables happen in
one transaction that the caller opened with `Log.transaction`; what it commits is on disk (FULL).
Not for: what an event means (the rooms), nor entries of other kits (`replica`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from kit.core.command import Outcome
from kit.core.envelope import (
    FEED_OPEN,
    LAMPORT_LIMIT,
    LAMPORT_STEP,
    NO_NONCE,
    VERSION,
    Content,
    FeedOpen,
    Inner,
    decode_content,
    encode_content,
    encode_data,
    encode_inner,
    entry_number,
    feed_id,
    raw_id,
)
from kit.core.errors import BadInput
from kit.core.event import Event, Scope, Stamp, event_type
from kit.core.replication import ID8
from kit.store.cipher import NONCE_BYTES, seal_body
from kit.store.database import Database
from kit.store.entries import Entries, Unread
from kit.store.feeds import FeedRow, Feeds
from kit.store.keyring import Keyring
from kit.store.projector import Projection
from kit.store.vault import system_random

SCHEMA = """
create table if not exists kit(name text primary key, value blob not null) without rowid;
create table if not exists answered(
    key text primary key, answer blob not null, at integer not null) without rowid;
create table if not exists draft(person text, slot text, at integer not null, body blob not null,
    primary key(person, slot)) without rowid
"""


class Device(msgspec.Struct, frozen=True):
    """Who writes: fleet, world, device key, this incarnation, the ward that "own ward" means."""

    fleet: bytes
    world: str
    public: bytes
    incarnation: bytes
    ward: str
    app: str


class Circumstance(msgspec.Struct, frozen=True):
    """Who records, in which session, at which claimed UTC ms, with which clock quality."""

    actor: str
    session: str
    wall: int
    clk: int


class _Entry:
    """An entry on its way in: its feed and place, its key, its stamp, its event, its clear body."""

    __slots__ = ("body", "event", "key", "kid", "row", "seq", "stamp")

    def __init__(self, row: FeedRow, stamp: Stamp, event: Event, body: bytes) -> None:
        self.row, self.seq, self.stamp, self.event, self.body = row, row.seq, stamp, event, body
        self.kid, self.key = 0, b""


class Log:
    """The feeds of one store, over its one writing connection."""

    def __init__(
        self,
        db: Database,
        device: Device,
        sign: Callable[[bytes], bytes],
        random: Callable[[int], bytes] = system_random,
    ) -> None:
        self.db, self.device, self._sign, self._random = db, device, sign, random
        for statement in SCHEMA.split(";"):
            db.execute(statement)
        self.feeds = Feeds(db)
        self.keyring = Keyring(db, random)
        self.entries = Entries(db, self.feeds, self.keyring)
        self.projection = Projection(db, self.entries.read)
        self._own: dict[str, FeedRow] = {}
        self._touched: dict[bytes, FeedRow] = {}
        self.lam = 0
        self._follow_all()
        self.on_give_up: list[Callable[[], None]] = []
        """What remembers uncommitted things outside this class forgets them when it is called."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a fault forgets the tips that were not committed."""
        try:
            with self.db.transaction():
                yield
                self.projection.settle()
        except BaseException:
            self.projection.drop()
            self.feeds.reload()
            self.keyring.reload()
            self._follow_all()
            self._own.clear()
            self._touched.clear()
            for forget in self.on_give_up:
                forget()
            raise

    def append(
        self, outcomes: Sequence[Outcome], where: Circumstance, ward: str | None = None
    ) -> list[int]:
        """Sign, chain, seal, store and fold events; their entry numbers. Inside `transaction`.

        ward: the ward of the patient concerned; None = this kit's own. Signing takes about half of
        the time; a second thread for it gained nothing, since it hands the interpreter back and
        forth for each signature (`docs/benchmarks.md`).
        """
        entries = [self._prepare(outcome, where, ward) for outcome in outcomes]
        stamps: list[Stamp] = []
        self.db.executemany("insert into event values(?,?,?)", self._sealed(entries, stamps))
        for entry, stamp in zip(entries, stamps, strict=True):
            self.projection.fold(stamp, entry.event)
        for row in {entry.row.n: entry.row for entry in entries}.values():
            self.feeds.keep(row)
            self._touched[row.feed] = row
        return [stamp.n for stamp in stamps]

    def _prepare(self, outcome: Outcome, where: Circumstance, ward: str | None) -> _Entry:
        """Everything about an entry but its signature: its place, its order, its clear body."""
        kind = event_type(outcome.event)
        scope = self.scope_name(kind.scope, ward, getattr(outcome.event, "room", ""))
        row = self._feed(scope, where)
        base = tuple(self.entries.ref_of(n) for n in outcome.base)
        data = msgspec.Raw(encode_data(outcome.event))
        body = encode_inner(
            Inner(
                kind.name, kind.version, where.actor, where.session, where.wall, where.clk, base,
                b"", data,
            )
        )  # fmt: skip
        self._count(row, outcome.base)
        row.seq += 1
        stamp = Stamp(
            entry_number(row.n, row.seq), row.lam, where.wall, where.clk, where.actor,
            where.session, outcome.base, row.name,
        )  # fmt: skip
        entry = _Entry(row, stamp, outcome.event, body)
        if scope != Scope.DIRECTORY:
            held = self.keyring.current(scope)
            entry.kid, entry.key = held.kid, held.key
        return entry

    def follow(self, lam: int, entries: int = 1) -> None:
        """So many entries are here, the last with this counter: own ones come after them.

        A counter that leaps lifts ours by a step an entry only. It is kept like any other, since
        what one kit takes all must take; but no hostile kit can use all counters up.
        """
        self.lam = max(self.lam, min(lam, self.lam + LAMPORT_STEP * entries))

    def stand_after(self, lam: int) -> None:
        """What is written next must come after this, leap or not: a key that is turned."""
        self.lam = max(self.lam, lam)

    def _follow_all(self) -> None:
        self.lam = 0
        for row in sorted(self.feeds.by_number.values(), key=lambda row: row.lam):
            self.follow(row.lam, row.seq)

    def _count(self, row: FeedRow, base: tuple[int, ...]) -> None:
        """The next counter: above all that was followed, this feed, and what is replaced.

        Raises BadInput `EVT-005` where a leap has left none.
        """
        replaced = [self.entries.lam(n) for n in base]
        row.lam = max(self.lam, row.lam, *replaced, 0) + 1
        if row.lam >= LAMPORT_LIMIT:
            raise BadInput("EVT-005")
        self.follow(row.lam)

    def _sealed(
        self, entries: Sequence[_Entry], stamps: list[Stamp]
    ) -> Iterator[tuple[int, int, bytes]]:
        """The log's rows: entries sealed, chained and signed in their order; fills `stamps`."""
        for entry in entries:
            stamp = entry.stamp
            raw = self._signed(entry.row, entry.seq, stamp.lam, entry)
            stamps.append(msgspec.structs.replace(stamp, id8=entry.row.tip[:ID8]))
            yield stamp.n, stamp.lam, raw

    def _signed(self, row: FeedRow, seq: int, lam: int, entry: _Entry) -> bytes:
        nonce = self._random(NONCE_BYTES) if entry.kid else NO_NONCE
        content = Content(VERSION, row.name, seq, row.tip, lam, entry.kid, nonce, entry.body)
        if entry.kid:
            content = msgspec.structs.replace(content, body=seal_body(content, entry.key))
        data = encode_content(content)
        raw = self._sign(data) + data
        row.tip = raw_id(raw)
        return raw

    def scope_name(self, scope: Scope, ward: str | None = None, room: str = "") -> str:
        """`dir`, `ops`, `msg:<room>`, `w:<ward>`, `audit:<device>`: sync.md §4.5."""
        if scope is Scope.WARD:
            return f"w:{ward or self.device.ward}"
        if scope is Scope.MESSAGES:
            return f"msg:{room}"
        if scope is Scope.AUDIT:
            return f"audit:{self.device.public.hex()[:16]}"
        return str(scope)

    def _feed(self, scope: str, where: Circumstance) -> FeedRow:
        row = self._own.get(scope)
        if row is None:
            name = self._feed_name(scope)
            found = self.feeds.get(name)
            row = found if found and found.seq else self._open_feed(scope, where)
            self._own[scope] = row
        return row

    def _feed_name(self, scope: str) -> bytes:
        device = self.device
        return feed_id(device.fleet, device.public, device.incarnation, scope)

    def _open_feed(self, scope: str, where: Circumstance) -> FeedRow:
        device = self.device
        earlier = [
            row
            for row in self.feeds.by_number.values()
            if row.own and row.scope == scope and row.seq and not row.is_branch
        ]
        last = max(earlier, key=lambda row: row.n, default=None)
        row = self.feeds.opened(
            self._feed_name(scope), device.public, device.incarnation, scope, own=True
        )
        opened = FeedOpen(
            device.fleet, device.world, device.public, device.incarnation, scope,
            last.seq if last else 0, last.tip if last else b"", device.app,
        )  # fmt: skip
        body = encode_inner(
            Inner(
                FEED_OPEN, 1, where.actor, where.session, where.wall, where.clk, (), b"",
                msgspec.Raw(encode_data(opened)),
            )
        )  # fmt: skip
        self._count(row, ())
        row.seq = 1
        stamp = Stamp(entry_number(row.n, 1), row.lam, where.wall, where.clk, "", "")
        raw = self._signed(row, 1, row.lam, _Entry(row, stamp, Event(), body))
        self.db.execute("insert into event values(?,?,?)", stamp.n, row.lam, raw)
        self.feeds.keep(row)
        return row

    def tips(self) -> dict[bytes, tuple[int, bytes]]:
        """Every feed's last number and that event's id, as committed."""
        return {row.feed: (row.seq, row.tip) for row in self.feeds.by_number.values() if row.seq}

    def own_tips(self) -> list[tuple[bytes, int, bytes]]:
        """(feed, seq, id) of the feeds written since the last call; for the high-water mark."""
        touched = [(row.feed, row.seq, row.tip) for row in self._touched.values()]
        self._touched.clear()
        return touched

    def start_incarnation(self, incarnation: bytes) -> None:
        """Write from now on under another incarnation: sync.md §4.6."""
        self.device = msgspec.structs.replace(self.device, incarnation=incarnation)
        self._own.clear()

    def last_wall(self) -> int:
        """The latest time that any own feed claims at its tip, UTC ms; 0 for an empty log."""
        latest = 0
        for row in self.feeds.by_number.values():
            found = self.entries.raw(entry_number(row.n, row.seq)) if row.own and row.seq else None
            if found:
                inner = self.entries.inner(decode_content(found), row.scope)
                latest = max(latest, 0 if isinstance(inner, Unread) else inner.wall)
        return latest
