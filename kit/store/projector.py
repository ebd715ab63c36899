"""The projector: lays entries into the rooms' tables as they arrive, and rebuilds the tables.

Entries of several feeds arrive in any order; the tables are the same as if they had come in
canonical order (`Stamp.order`). An entry that is the newest word on its subject just folds; one
that comes late makes that one subject be cleared and folded anew from its own few entries, once a
batch. So the cost hangs on those entries, never on the size of the store.

Tables are never migrated: a kit whose tables were made by another version rebuilds them. Not for:
what an event means (the rooms, by `kit.core.projection`), nor which entries count (`log`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from kit.core.envelope import LAMPORT_LIMIT
from kit.core.event import Event, Stamp
from kit.core.projection import FOLDS_VERSION, TABLES, Subject, Writer, folds_of
from kit.store.database import Database
from kit.store.entries import Entries, Reading, Unread

Progress = Callable[[int, int], None]
Late = dict[int, tuple[Subject, str]]
HELD_SUBJECTS = 50_000
UNREAD = -1


class _Batch:
    """Writes of facts, held back so that one statement runs for many of them.

    Facts look at nothing and stand apart, so they may wait for each other; whoever reads, or writes
    in another way, sees them done first.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._held: dict[str, list[tuple[Any, ...]]] = {}

    def execute(self, sql: str, *args: Any) -> None:
        held = self._held.get(sql)
        if held is None:
            held = self._held[sql] = []
        held.append(args)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self.flush()
        self._db.executemany(sql, rows)

    def rows(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        self.flush()
        return self._db.rows(sql, *args)

    def row(self, sql: str, *args: Any) -> tuple[Any, ...] | None:
        self.flush()
        return self._db.row(sql, *args)

    def flush(self) -> None:
        """Write what waits."""
        held, self._held = self._held, {}
        for sql, rows in held.items():
            self._db.executemany(sql, rows)

    def clear(self) -> None:
        """The transaction was given up."""
        self._held.clear()


class Projection:
    """What folds entries into tables, in whatever order they arrive. Inside a transaction.

    `settle` before the commit; `drop` after a rollback.
    """

    def __init__(self, db: Database, read: Callable[[int], Reading | None]) -> None:
        self._db, self._read = db, read
        self._facts = _Batch(db)
        self.drop()

    def drop(self) -> None:
        """Forget what was not committed."""
        self._facts.clear()
        # Highest Lamport counter laid so far: what is above it is late for nobody. Read at the
        # first entry: a new store learns it when its tables are made, after this is constructed.
        self._top = self._written = UNREAD
        self._highest: dict[int, int] = {}
        self._concerned: list[tuple[int, int, int]] = []
        self._replaced: list[tuple[int, int]] = []
        self._late: Late = {}

    def fold(self, stamp: Stamp, event: Event) -> None:
        """Lay one entry into the tables; twice is once. The tables are whole after `settle`."""
        if self._top == UNREAD:
            self._read_top()
        kinds = folds_of(event)
        for fold, _undo in kinds.facts:
            fold(self._facts, stamp, event)
        for subject, laid in kinds.by_subject.items():
            keys = subject.keys(stamp, event)
            if keys:
                self._facts.flush()
                into: Writer = self._db
                if not self._in_order(subject, keys, stamp):
                    continue
            else:
                into = self._facts
            for fold, _undo in laid:
                fold(into, stamp, event)
        if stamp.base:
            self._replaced += [(n, stamp.n) for n in stamp.base]
        self._top = max(self._top, stamp.lam)

    def _read_top(self) -> None:
        found = self._db.row("select value from kit where name='projected_lam'")
        # Not known: then it is written at the next occasion, so that no later start believes less.
        self._top = found[0] if found else LAMPORT_LIMIT
        self._written = found[0] if found else 0

    def _in_order(self, subject: Subject, keys: Sequence[str], stamp: Stamp) -> bool:
        """Remember whom the entry concerns; whether it may fold now, as their newest word."""
        concerned = {subject.id(key): (subject, key) for key in keys}
        late = False
        for ident in concerned:
            self._concerned.append((ident, stamp.lam, stamp.n))
            if ident in self._late or self._newest(ident, stamp.lam) >= stamp.lam:
                late = True
            else:
                self._highest[ident] = stamp.lam
        if late:
            self._late |= concerned
        return not late

    def _newest(self, ident: int, lam: int) -> int:
        """The highest Lamport counter of a subject's entries; 0 for a subject not met before."""
        known = self._highest.get(ident)
        if known is not None:
            return known
        if lam > self._top:
            return 0
        found = self._db.row("select max(lam) from subject_entry where subject=?", ident)
        return (found[0] if found else 0) or 0

    def settle(self) -> None:
        """Write down who concerns whom, and fold the subjects of late entries anew."""
        self._facts.flush()
        self._note()
        late, self._late = self._late, {}
        if late:
            self._refold(late)
        if len(self._highest) > HELD_SUBJECTS:
            self._highest.clear()
        if self._top > self._written:
            self._db.execute("insert or replace into kit values('projected_lam', ?)", self._top)
            self._written = self._top

    def _note(self) -> None:
        if self._concerned:
            self._db.executemany(
                "insert or ignore into subject_entry values(?,?,?)", self._concerned
            )
            self._concerned.clear()
        if self._replaced:
            self._db.executemany("insert or ignore into replaced values(?,?)", self._replaced)
            self._replaced.clear()

    def _refold(self, late: Late) -> None:
        """Clear these subjects, and those that share an entry with them; fold in order."""
        anew: dict[tuple[Subject, int], Reading] = {}
        waiting = dict(late)
        cleared: set[int] = set()
        while waiting:
            ident, (subject, key) = waiting.popitem()
            cleared.add(ident)
            subject.clear(self._db, key)
            rows = self._db.rows("select n, lam from subject_entry where subject=?", ident)
            self._highest[ident] = max((lam for _n, lam in rows), default=0)
            for n, _lam in rows:
                found = self._read(n) if (subject, n) not in anew else None
                if found is None:
                    continue
                anew[subject, n] = found
                others = {subject.id(other): (subject, other) for other in subject.keys(*found)}
                waiting |= {one: what for one, what in others.items() if one not in cleared}
        for (subject, _n), (stamp, event) in sorted(
            anew.items(), key=lambda item: (item[1][0].order, item[0][0].name)
        ):
            for fold, _undo in folds_of(event).by_subject.get(subject, ()):
                fold(self._db, stamp, event)

    def forget(self, n: int) -> None:
        """Take an entry, which can still be read, out of the tables: it counts no more."""
        found = self._read(n)
        if found is not None:
            self._forget(*found)

    def _forget(self, stamp: Stamp, event: Event) -> None:
        self._facts.flush()
        self._note()
        kinds = folds_of(event)
        for subject, laid in kinds.by_subject.items():
            keys = subject.keys(stamp, event)
            for key in keys:
                ident = subject.id(key)
                self._db.execute(
                    "delete from subject_entry where subject=? and lam=? and n=?",
                    ident, stamp.lam, stamp.n,
                )  # fmt: skip
                self._late[ident] = (subject, key)
            if not keys:
                self._undo(laid, stamp, event)
        self._undo(kinds.facts, stamp, event)
        for target in stamp.base:
            self._db.execute("delete from replaced where n=? and by=?", target, stamp.n)

    def _undo(self, laid: list[tuple[Any, Any]], stamp: Stamp, event: Event) -> None:
        for _fold, undo in laid:
            undo(self._db, stamp, event)

    def refold(self, n: int) -> None:
        """Lay an entry that counts again, or that can be read only now."""
        found = self._read(n)
        if found is not None:
            self.fold(*found)

    def refold_naming(self, first: int, beyond: int) -> None:
        """Lay anew every entry that names one in [first, beyond) as replaced.

        Where a feed has forked, the number that they were read with may be the other branch's.
        """
        self._note()
        rows = self._db.rows("select n, by from replaced where n>=? and n<?", first, beyond)
        named: dict[int, set[int]] = {}
        for n, by in rows:
            named.setdefault(by, set()).add(n)
        for by, before in named.items():
            found = self._read(by)
            if found is None or (before <= set(found[0].base) and self._is_noted(found[0])):
                continue
            stamp, event = found
            self._forget(msgspec.structs.replace(stamp, base=(*before, *stamp.base)), event)
            self.fold(stamp, event)

    def _is_noted(self, stamp: Stamp) -> bool:
        """Whether all that an entry replaces is down as replaced by it."""
        noted = "select 1 from replaced where n=? and by=?"
        return all(self._db.row(noted, n, stamp.n) for n in stamp.base)


def schema_mark() -> str:
    """A digest of all declared tables: a store made under another one is rebuilt at opening."""
    declared = "\n".join(f"{k}\n{v}" for k, v in sorted(TABLES.items()))
    return hashlib.sha256(f"{FOLDS_VERSION}\n{declared}".encode()).hexdigest()


def ensure_tables(db: Database, entries: Entries, progress: Progress | None = None) -> bool:
    """Make the tables, rebuilding them where another version made them. True if it rebuilt."""
    mark = schema_mark().encode()
    found = db.row("select value from kit where name='schema'")
    if found and found[0] == mark:
        return False
    with db.transaction():
        rebuild(db, entries, progress)
        db.execute("insert or replace into kit values('schema', ?)", mark)
    return True


def rebuild(db: Database, entries: Entries, progress: Progress | None = None) -> None:
    """Drop every projected table and fill it anew from the log, in canonical order."""
    for name in TABLES:
        db.execute(f"drop table if exists {name}")
    for ddl in TABLES.values():
        for statement in ddl.split(";"):
            if statement.strip():
                db.execute(statement)
    db.execute("delete from unknown_event")
    db.execute("insert or replace into kit values('projected_lam', 0)")
    projection = Projection(db, entries.read)
    total = (db.row("select count(*) from event") or (0,))[0]
    for done, (n, found) in enumerate(entries.readings()):
        if isinstance(found, Unread):
            entries.note_unread(n, found)
        else:
            projection.fold(*found)
        if done % 1000 == 0:
            projection.settle()
            if progress:
                progress(done, total)
    projection.settle()


def fingerprint(db: Database) -> dict[str, str]:
    """SHA-256 of every projected table's rows in key order: equal tables, equal digests."""
    digests = {}
    for name in TABLES:
        digest = hashlib.sha256()
        if name == "patient_index":
            rows = db.rows("select rowid from patient_index order by rowid")
        else:
            columns = [row[1] for row in db.rows(f"pragma table_info({name})")]
            rows = db.rows(f"select * from {name} order by {','.join(columns)}")
        for row in rows:
            digest.update(repr(row).encode())
        digests[name] = digest.hexdigest()
    return digests
