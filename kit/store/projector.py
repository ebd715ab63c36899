"""The projector: makes the rooms' tables, drops and rebuilds them from the log, compares.

Tables are never migrated: a kit whose tables were made by another version rebuilds them. An event
whose type this version does not know is kept and counted, and projected after an upgrade.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from kit.core.event import Event, Stamp
from kit.core.projection import FOLDS_VERSION, TABLES, fold_event
from kit.store.database import Database
from kit.store.entries import Entries, Unread

Progress = Callable[[int, int], None]


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
    total = (db.row("select count(*) from event") or (0,))[0]
    for done, (n, found) in enumerate(entries.readings()):
        if isinstance(found, Unread):
            entries.note_unread(n, found)
        else:
            fold_event(db, *found)
        if progress and done % 1000 == 0:
            progress(done, total)


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


class Projection:
    """Lays entries into tables as they come."""

    def __init__(self, db: Database, read: Callable[[int], tuple[Stamp, Event] | None]) -> None:
        self.db, self.read = db, read

    def fold(self, stamp: Stamp, event: Event) -> None:
        fold_event(self.db, stamp, event)

    def settle(self) -> None:
        pass

    def drop(self) -> None:
        pass

    def forget(self, n: int) -> None:
        pass

    def refold(self, n: int) -> None:
        found = self.read(n)
        if found:
            fold_event(self.db, *found)

    def refold_naming(self, first: int, beyond: int) -> None:
        pass
