"""The log: this kit's feeds, signed and chained, and the only way an event gets in (sync.md §4).

One feed per (device, incarnation, scope). `event.n` is `feed << 32 | seq`, so one b-tree serves as
primary key and as unique (feed, seq). Appending, chaining, folding into tables happen in one
transaction that the caller opened with `Log.transaction`; what it commits is on disk (FULL).
Not for: what an event means (the rooms), nor for reading (`kit.core.query`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from kit.core.command import Outcome
from kit.core.envelope import (
    FEED_OPEN,
    NO_NONCE,
    NO_PREVIOUS,
    UNREADABLE,
    VERSION,
    Content,
    FeedOpen,
    Inner,
    Ref,
    decode_content,
    decode_inner,
    encode_content,
    encode_data,
    encode_inner,
    entry_number,
    entry_place,
    feed_id,
    raw_id,
)
from kit.core.errors import BadInput
from kit.core.event import EVENTS, Event, Scope, Stamp, event_type
from kit.core.projection import fold_event
from kit.store.database import Database

SCHEMA = """
create table if not exists feed(
    n integer primary key, feed blob not null unique, device blob not null,
    incarnation blob not null, scope text not null, own integer not null,
    seq integer not null, tip blob not null, lam integer not null);
create table if not exists event(n integer primary key, lam integer not null, raw blob not null);
create table if not exists fork(n integer not null, id blob not null, raw blob not null,
    primary key(n, id)) without rowid;
create table if not exists unknown_event(n integer primary key, type text not null);
create table if not exists kit(name text primary key, value blob not null) without rowid;
create table if not exists answered(
    key text primary key, answer blob not null, at integer not null) without rowid;
create table if not exists draft(person text, slot text, at integer not null, body blob not null,
    primary key(person, slot)) without rowid;
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


class Feed:
    """An own feed being written: its local number and its tip."""

    __slots__ = ("feed", "n", "seq", "tip")

    def __init__(self, n: int, feed: bytes, seq: int, tip: bytes) -> None:
        self.n, self.feed, self.seq, self.tip = n, feed, seq, tip


class _Entry:
    """An entry on its way in: its feed and place, its stamp, its event, its encoded body."""

    __slots__ = ("body", "event", "feed", "seq", "stamp")

    def __init__(self, feed: Feed, seq: int, stamp: Stamp, event: Event, body: bytes) -> None:
        self.feed, self.seq, self.stamp, self.event, self.body = feed, seq, stamp, event, body


class Log:
    """The feeds of one store, over its one writing connection."""

    def __init__(self, db: Database, device: Device, sign: Callable[[bytes], bytes]) -> None:
        self.db, self.device, self._sign = db, device, sign
        for statement in SCHEMA.split(";"):
            if statement.strip():
                db.execute(statement)
        self._own: dict[str, Feed] = {}
        self._touched: dict[bytes, Feed] = {}
        found = db.row("select max(lam) from feed")
        self.lam: int = (found[0] if found else 0) or 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a fault forgets the tips that were not committed."""
        lam = self.lam
        try:
            with self.db.transaction():
                yield
        except BaseException:
            self.lam = lam
            self._own.clear()
            self._touched.clear()
            raise

    def append(
        self, outcomes: Sequence[Outcome], where: Circumstance, ward: str | None = None
    ) -> list[int]:
        """Sign, chain, store and fold events; their entry numbers. Inside `transaction`.

        ward: the ward of the patient concerned; None = this kit's own. Signing takes about half of
        the time; a second thread for it gained nothing, since it hands the interpreter back and
        forth for each signature (`docs/benchmarks.md`).
        """
        entries = [self._prepare(outcome, where, ward) for outcome in outcomes]
        self.db.executemany("insert into event values(?,?,?)", self._sealed(entries))
        for entry in entries:
            fold_event(self.db, entry.stamp, entry.event)
        touched = {entry.feed.feed: entry.feed for entry in entries}
        self.db.executemany(
            "update feed set seq=?, tip=?, lam=? where n=?",
            [(feed.seq, feed.tip, self.lam, feed.n) for feed in touched.values()],
        )
        self._touched |= touched
        return [entry.stamp.n for entry in entries]

    def _prepare(self, outcome: Outcome, where: Circumstance, ward: str | None) -> _Entry:
        """Everything about an entry but its signature: its place, its order, its body."""
        kind = event_type(outcome.event)
        feed = self._feed(self.scope_name(kind.scope, ward), where)
        base = tuple(self._ref(n) for n in outcome.base)
        data = msgspec.Raw(encode_data(outcome.event))
        body = encode_inner(
            Inner(
                kind.name, kind.version, where.actor, where.session, where.wall, where.clk, base,
                b"", data,
            )
        )  # fmt: skip
        self.lam += 1
        feed.seq += 1
        stamp = Stamp(
            entry_number(feed.n, feed.seq), self.lam, where.wall, where.clk, where.actor,
            where.session, outcome.base,
        )  # fmt: skip
        return _Entry(feed, feed.seq, stamp, outcome.event, body)

    def _sealed(self, entries: Sequence[_Entry]) -> list[tuple[int, int, bytes]]:
        """The log's rows: entries chained and signed in their order."""
        return [
            (e.stamp.n, e.stamp.lam, self._signed(e.feed, e.seq, e.stamp.lam, e.body))
            for e in entries
        ]

    def _signed(self, feed: Feed, seq: int, lam: int, body: bytes) -> bytes:
        content = encode_content(Content(VERSION, feed.feed, seq, feed.tip, lam, 0, NO_NONCE, body))
        raw = self._sign(content) + content
        feed.tip = raw_id(raw)
        return raw

    def scope_name(self, scope: Scope, ward: str | None = None) -> str:
        """`dir`, `ops`, `w:<ward>`, `audit:<device>`: sync.md §4.5."""
        if scope is Scope.WARD:
            return f"w:{ward or self.device.ward}"
        if scope is Scope.AUDIT:
            return f"audit:{self.device.public.hex()[:16]}"
        return str(scope)

    def _feed(self, scope: str, where: Circumstance) -> Feed:
        feed = self._own.get(scope)
        if feed is None:
            feed = self._own[scope] = self._read_feed(scope) or self._open_feed(scope, where)
        return feed

    def _read_feed(self, scope: str) -> Feed | None:
        found = self.db.row(
            "select n, feed, seq, tip from feed where device=? and incarnation=? and scope=?",
            self.device.public, self.device.incarnation, scope,
        )  # fmt: skip
        return Feed(*found) if found else None

    def _open_feed(self, scope: str, where: Circumstance) -> Feed:
        device = self.device
        name = feed_id(device.fleet, device.public, device.incarnation, scope)
        previous = self.db.row(
            "select seq, tip from feed where device=? and scope=? and own=1 order by n desc",
            device.public, scope,
        ) or (0, b"")  # fmt: skip
        highest = self.db.row("select max(n) from feed")
        n = ((highest[0] if highest else 0) or 0) + 1
        self.db.execute(
            "insert into feed values(?,?,?,?,?,1,0,?,0)",
            n, name, device.public, device.incarnation, scope, NO_PREVIOUS,
        )  # fmt: skip
        opened = FeedOpen(
            device.fleet, device.world, device.public, device.incarnation, scope, previous[0],
            previous[1], device.app,
        )  # fmt: skip
        feed = Feed(n, name, 0, NO_PREVIOUS)
        body = encode_inner(
            Inner(
                FEED_OPEN,
                1,
                "",
                "",
                where.wall,
                where.clk,
                (),
                b"",
                msgspec.Raw(encode_data(opened)),
            )
        )
        self.lam += 1
        feed.seq = 1
        raw = self._signed(feed, 1, self.lam, body)
        self.db.execute("insert into event values(?,?,?)", entry_number(n, 1), self.lam, raw)
        self.db.execute(
            "update feed set seq=?, tip=?, lam=? where n=?", feed.seq, feed.tip, self.lam, n
        )
        return feed

    def _ref(self, n: int) -> Ref:
        local, seq = entry_place(n)
        found = self.db.row(
            "select f.feed, e.raw from event e join feed f on f.n=? where e.n=?", local, n
        )
        if found is None:  # a reference to nothing would read back as another entry
            raise BadInput("EVT-006", entry=n)
        return Ref(found[0], seq, raw_id(found[1])[:8])

    def tips(self) -> dict[bytes, tuple[int, bytes]]:
        """Every feed's last number and that event's id, as committed."""
        return {
            feed: (seq, tip)
            for feed, seq, tip in self.db.rows("select feed, seq, tip from feed where seq>0")
        }

    def own_tips(self) -> list[tuple[bytes, int, bytes]]:
        """(feed, seq, id) of the feeds written since the last call; for the high-water mark."""
        touched = [(feed.feed, feed.seq, feed.tip) for feed in self._touched.values()]
        self._touched.clear()
        return touched

    def start_incarnation(self, incarnation: bytes) -> None:
        """Write from now on under another incarnation: sync.md §4.6."""
        self.device = msgspec.structs.replace(self.device, incarnation=incarnation)
        self._own.clear()

    def last_wall(self) -> int:
        """The latest time that any own feed claims at its tip, UTC ms; 0 for an empty log."""
        latest = 0
        for n, seq in self.db.rows("select n, seq from feed where own=1 and seq>0"):
            found = self.db.row("select raw from event where n=?", entry_number(n, seq))
            if found:
                latest = max(latest, decode_inner(decode_content(found[0]).body).wall)
        return latest


def read_event(
    raw: bytes, n: int, local_feed: Callable[[bytes], int]
) -> tuple[Stamp, Event] | None:
    """Raw bytes → stamp and event; None for `feed.open` and for what this kit cannot read."""
    content = decode_content(raw)
    inner = decode_inner(content.body)
    kind = EVENTS.get(inner.type)
    if kind is None:
        return None
    base = tuple(entry_number(local_feed(ref.feed), ref.seq) for ref in inner.base)
    stamp = Stamp(n, content.lam, inner.wall, inner.clk, inner.actor, inner.session, base)
    try:
        data: Any = kind.decode(inner.data)
    except UNREADABLE:
        return None  # its author's version meant something else by this type: kept and counted
    return stamp, data
