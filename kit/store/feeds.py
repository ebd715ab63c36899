"""The feeds that a store holds, by name and by local number; how far each has come.

In memory beside the table `feed`, so that a vector costs what the feeds cost, never what the
entries cost. A feed that is only known by a reference has a row too (nothing in it yet), so that an
entry's number is right before its target arrives. A second entry under one number (a fork, sync.md
§4.6) stands under a branch: a row of its own whose name is the feed's name and an ordinal.
Not for: what is written into feeds (`log`, `replica`).
"""

from __future__ import annotations

from kit.core.envelope import NO_PREVIOUS
from kit.store.database import Database

SCHEMA = """
create table if not exists feed(
    n integer primary key, feed blob not null unique, device blob not null,
    incarnation blob not null, scope text not null, own integer not null,
    seq integer not null, tip blob not null, lam integer not null,
    fork integer not null default 0);
create index if not exists feed_branch on feed(fork) where fork<>0
"""
NAME_BYTES = 16


class FeedRow:
    """One feed: who writes what scope; seq, tip (id) and lam of its last entry without a gap.

    fork: the first number that was used twice, 0 = never; entries from there on are a set.
    """

    __slots__ = (
        "device", "feed", "fork", "incarnation", "lam", "n", "own", "scope", "seq", "tip",
    )  # fmt: skip

    def __init__(self, *columns: object) -> None:
        (
            self.n,
            self.feed,
            self.device,
            self.incarnation,
            self.scope,
            self.own,
            self.seq,
            self.tip,
            self.lam,
            self.fork,
        ) = columns  # type: ignore[assignment]  # the table's own types
        self.own = bool(self.own)

    n: int
    feed: bytes
    device: bytes
    incarnation: bytes
    scope: str
    own: bool
    seq: int
    tip: bytes
    lam: int
    fork: int

    @property
    def name(self) -> bytes:
        """The feed's 16-byte name, also of a branch."""
        return self.feed[:NAME_BYTES]

    @property
    def is_branch(self) -> bool:
        """Whether this row stands for second entries of a forked feed."""
        return len(self.feed) > NAME_BYTES


def stored_feeds(db: Database) -> list[FeedRow]:
    """Every feed as the file has it, by local number."""
    rows = db.rows(
        "select n, feed, device, incarnation, scope, own, seq, tip, lam, fork from feed order by n"
    )
    return [FeedRow(*columns) for columns in rows]


class Feeds:
    """Every feed of one store. `changed`: names written to since somebody last looked."""

    def __init__(self, db: Database) -> None:
        self.db = db
        for statement in SCHEMA.split(";"):
            if statement.strip():
                self._create(statement)
        self.by_name: dict[bytes, FeedRow] = {}
        self.by_number: dict[int, FeedRow] = {}
        self.changed: set[bytes] = set()
        self.reload()

    def _create(self, statement: str) -> None:
        old = [row[1] for row in self.db.rows("pragma table_info(feed)")]
        if old and "fork" not in old:  # a store of the version that worked alone
            self.db.execute("alter table feed add column fork integer not null default 0")
        self.db.execute(statement)

    def reload(self) -> None:
        """Take what the file has: at opening, and after a transaction was given up."""
        self.by_name.clear()
        self.by_number.clear()
        for row in stored_feeds(self.db):
            self._hold(row)
        # `changed` stays: what was committed before is still to be told; a name too many is none.

    def get(self, name: bytes) -> FeedRow | None:
        """The feed of this name, if it was ever seen."""
        return self.by_name.get(name)

    def sighted(self, name: bytes) -> FeedRow:
        """The feed of this name; a first mention gives it its local number."""
        return self.by_name.get(name) or self._insert(name, b"", b"", "", own=False)

    def opened(
        self, name: bytes, device: bytes, incarnation: bytes, scope: str, *, own: bool
    ) -> FeedRow:
        """The row of a feed whose first entry is there now."""
        row = self.by_name.get(name)
        if row is None:
            return self._insert(name, device, incarnation, scope, own=own)
        row.device, row.incarnation, row.scope, row.own = device, incarnation, scope, own
        self.db.execute(
            "update feed set device=?, incarnation=?, scope=?, own=? where n=?",
            device, incarnation, scope, own, row.n,
        )  # fmt: skip
        return row

    def branch(self, row: FeedRow, ordinal: int) -> FeedRow:
        """The row under which the `ordinal`-th other entry of one number stands, from 1."""
        name = row.name + ordinal.to_bytes(2, "big")
        held = self.by_name.get(name)
        return held or self._insert(name, row.device, row.incarnation, row.scope, own=row.own)

    def branches(self, row: FeedRow) -> list[FeedRow]:
        """All branch rows of a forked feed, in order."""
        found: list[FeedRow] = []
        while held := self.by_name.get(row.name + (len(found) + 1).to_bytes(2, "big")):
            found.append(held)
        return found

    def keep(self, row: FeedRow) -> None:
        """Write how far a feed has come; inside the caller's transaction."""
        self.db.execute(
            "update feed set seq=?, tip=?, lam=?, fork=? where n=?",
            row.seq, row.tip, row.lam, row.fork, row.n,
        )  # fmt: skip
        self.changed.add(row.name)

    def drain_changed(self) -> set[bytes]:
        """Names of feeds that got entries since the last call."""
        changed, self.changed = self.changed, set()
        return changed

    def _insert(
        self, name: bytes, device: bytes, incarnation: bytes, scope: str, *, own: bool
    ) -> FeedRow:
        n = max(self.by_number, default=0) + 1
        row = FeedRow(n, name, device, incarnation, scope, own, 0, NO_PREVIOUS, 0, 0)
        self.db.execute(
            "insert into feed values(?,?,?,?,?,?,0,?,0,0)",
            n, name, device, incarnation, scope, own, NO_PREVIOUS,
        )  # fmt: skip
        self._hold(row)
        return row

    def _hold(self, row: FeedRow) -> None:
        self.by_name[row.feed] = row
        self.by_number[row.n] = row
