"""Stored bytes → stamp and event: the one place where an entry is opened and read.

An entry may be there and yet not be readable here: it opens a feed, it is under a key that this
kit was not given, of a type or an envelope to come, damaged, or senseless as its author sent it.
Not for: checking signatures and chains (`replica` on arrival, `verification` afterwards).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from enum import StrEnum
from itertools import groupby

import msgspec

from kit.core.envelope import (
    BASE_LIMIT,
    FEED_OPEN,
    SEQ_BITS,
    UNREADABLE,
    VERSION,
    Content,
    Inner,
    Ref,
    decode_header,
    decode_inner,
    entry_number,
    entry_place,
    raw_id,
)
from kit.core.errors import BadInput
from kit.core.event import EVENTS, Event, Stamp
from kit.core.replication import ID8
from kit.store.cipher import open_body, open_disclosed
from kit.store.database import Database
from kit.store.feeds import FeedRow, Feeds
from kit.store.keyring import Keyring

FEED_BYTES = 16
SCHEMA = """
create table if not exists event(n integer primary key, lam integer not null, raw blob not null);
create table if not exists unknown_event(n integer primary key, type text not null);
create table if not exists quarantine(n integer primary key, feed integer not null);
create table if not exists disclosed(
    n integer primary key, lam integer not null, raw blob not null, key blob not null);
create table if not exists opening(feed blob primary key, raw blob not null)
"""


_MAYBE_HUGE = re.compile(rb"\xcf[\x80-\xff]")
_MOST = 2**63 - 1


def _tells(inner: Inner, body: bytes) -> bool:
    """Whether a body says only what tables can hold and names only what can be named.

    Its author signed it, so it is kept; but one entry of a broken or hostile programme must not
    stop a kit, nor be read as another entry on each kit.
    """
    for ref in inner.base:
        if len(ref.feed) != FEED_BYTES or not 0 < ref.seq < 1 << SEQ_BITS:
            return False
    if len(inner.base) > BASE_LIMIT:
        return False
    # An integer beyond 63 bits begins with these bytes, as a Greek letter may: look closer then.
    return not _MAYBE_HUGE.search(body) or not _holds_huge(body)


def _holds_huge(body: bytes) -> bool:
    try:
        waiting = [msgspec.msgpack.decode(body)]
    except UNREADABLE:
        return True
    while waiting:
        one = waiting.pop()
        if isinstance(one, int) and one > _MOST:
            return True
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
    return False


class Unread(StrEnum):
    """Why an entry that is held says nothing to the tables."""

    OPENS = "opens"
    NO_KEY = "key"
    NEWER = "newer"
    DAMAGED = "damaged"
    SENSELESS = "senseless"
    """Its author signed and sealed just this, and it says nothing that can be kept."""


Reading = tuple[Stamp, Event]


class Entries:
    """Reads the entries of one store."""

    def __init__(self, db: Database, feeds: Feeds, keyring: Keyring) -> None:
        self.db, self.feeds, self.keyring = db, feeds, keyring
        for statement in SCHEMA.split(";"):
            db.execute(statement)
        self.any_disclosed = db.row("select 1 from disclosed limit 1") is not None
        """Whether keys of single entries were ever disclosed here; most kits never get one."""

    def raw(self, n: int) -> bytes | None:
        """The stored bytes of an entry."""
        found = self.db.row("select raw from event where n=?", n) or self.db.row(
            "select raw from disclosed where n=?", n
        )
        return bytes(found[0]) if found else None

    def lam(self, n: int) -> int:
        """The Lamport counter of an entry; 0 where it is not here."""
        found = self.db.row("select lam from event where n=?", n) or self.db.row(
            "select lam from disclosed where n=?", n
        )
        return found[0] if found else 0

    def read(self, n: int) -> Reading | None:
        """An entry's stamp and event, or None where there is none to be read."""
        raw, row = self.raw(n), self.feeds.by_number.get(entry_place(n)[0])
        if raw is None or row is None:
            return None
        found = self.open(raw, n, row)
        return None if isinstance(found, Unread) else found

    def open(self, raw: bytes, n: int, row: FeedRow) -> Reading | Unread:
        """Read raw bytes that stand under `n` in a feed."""
        try:
            content = decode_header(raw)
        except BadInput:
            return Unread.DAMAGED
        return self.open_content(content, n, row, raw_id(raw)[:ID8])

    def open_content(self, content: Content, n: int, row: FeedRow, id8: bytes) -> Reading | Unread:
        """The same, from an envelope that was decoded already and whose id is known."""
        inner = self.inner(content, row.scope, n)
        if isinstance(inner, Unread):
            return inner
        if inner.type == FEED_OPEN:
            return Unread.OPENS
        kind = EVENTS.get(inner.type)
        if kind is None:
            return Unread.NEWER
        try:
            event: Event = kind.decode(inner.data)
        except UNREADABLE:
            return Unread.NEWER  # its author's version meant something else by this type
        base = tuple([self.number_of(ref) for ref in inner.base]) if inner.base else ()
        stamp = Stamp(
            n, content.lam, inner.wall, inner.clk, inner.actor, inner.session, base, row.name, id8
        )
        return stamp, event

    def inner(self, content: Content, scope: str, n: int = 0) -> Inner | Unread:
        """The clear body of an entry. n: for one whose own key was disclosed."""
        if content.v != VERSION:
            return Unread.NEWER
        body: bytes | None = content.body
        if content.kid:
            key = self.keyring.find(scope, content.kid)
            if key is None:
                body = self._disclosed(content, n)
                if body is None:
                    return Unread.NO_KEY
            else:
                body = open_body(content, key)
        if body is None:
            return Unread.DAMAGED
        try:
            inner = decode_inner(body)
        except BadInput:
            return Unread.SENSELESS
        return inner if _tells(inner, body) else Unread.SENSELESS

    def _disclosed(self, content: Content, n: int) -> bytes | None:
        if not self.any_disclosed or not n:
            return None
        found = self.db.row("select key from disclosed where n=?", n)
        return open_disclosed(content, found[0]) if found else None

    def keep_disclosed(self, n: int, lam: int, raw: bytes, key: bytes) -> None:
        """Keep one entry that was given to this kit with its own key; inside a transaction."""
        self.db.execute("insert into disclosed values(?,?,?,?)", n, lam, raw, key)
        self.any_disclosed = True

    def number_of(self, ref: Ref) -> int:
        """This kit's number for an entry that another one names, held already or not."""
        row = self.feeds.sighted(ref.feed)
        if row.fork and ref.seq >= row.fork:
            for candidate in (row, *self.feeds.branches(row)):
                n = entry_number(candidate.n, ref.seq)
                raw = self.raw(n)
                if raw is not None and raw_id(raw)[: len(ref.id8)] == ref.id8:
                    return n
        return entry_number(row.n, ref.seq)

    def ref_of(self, n: int) -> Ref:
        """The name of an entry that every kit understands. Raises BadInput `EVT-006`."""
        local, seq = entry_place(n)
        raw, row = self.raw(n), self.feeds.by_number.get(local)
        if raw is None or row is None:
            # A reference to nothing would read back as another entry.
            raise BadInput("EVT-006", entry=n)
        return Ref(row.name, seq, raw_id(raw)[:8])

    def note_unread(self, n: int, why: Unread) -> None:
        """Count an entry that only a newer version reads; it is projected after an upgrade."""
        if why in (Unread.NEWER, Unread.DAMAGED, Unread.SENSELESS):
            self.db.execute("insert or ignore into unknown_event values(?,?)", n, str(why))

    def count(self) -> int:
        """How many entries lie here, read or not."""
        rows = self.db.row("select (select count(*) from event)+(select count(*) from disclosed)")
        return int(rows[0]) if rows else 0

    def readings(self, but: Container[int] = ()) -> Iterator[tuple[int, Reading | Unread]]:
        """Every entry that counts with its number, in canonical order (`Stamp.order`).

        but: those that are passed over, since they were read before.
        """
        for n in self._in_order():
            if n in but:
                continue
            row = self.feeds.by_number[entry_place(n)[0]]
            yield n, self.open(self.raw(n) or b"", n, row)

    def _in_order(self) -> Iterator[int]:
        rows = self.db.rows(
            """select e.n, e.lam, substr(f.feed,1,16), e.n & 4294967295
               from (select n, lam from event union all
                     select n, lam from disclosed where n not in (select n from event)) e
               join feed f on f.n = e.n>>32
               where e.n not in (select n from quarantine) order by 2, 3, 4"""
        )
        for _place, group in groupby(rows, key=lambda row: row[1:4]):
            tied = [n for n, *_rest in group]
            # Only a fork has two entries of one place; their ids settle which comes first.
            yield from tied if len(tied) == 1 else sorted(tied, key=self._id)

    def _id(self, n: int) -> bytes:
        return raw_id(self.raw(n) or b"")
