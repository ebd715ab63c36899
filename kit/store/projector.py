"""The projector: makes the rooms' tables, drops and rebuilds them from the log, compares.

Tables are never migrated: a kit whose tables were made by another version rebuilds them. An event
whose type this version does not know is kept and counted, and projected after an upgrade.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from kit.core.envelope import FEED_OPEN, decode_content, decode_inner
from kit.core.errors import BadInput, Incompatible
from kit.core.projection import FOLDS_VERSION, TABLES, fold_event
from kit.store.database import Database
from kit.store.log import read_event

Progress = Callable[[int, int], None]


def schema_mark() -> str:
    """A digest of all declared tables: a store made under another one is rebuilt at opening."""
    declared = "\n".join(f"{k}\n{v}" for k, v in sorted(TABLES.items()))
    return hashlib.sha256(f"{FOLDS_VERSION}\n{declared}".encode()).hexdigest()


def ensure_tables(db: Database, progress: Progress | None = None) -> bool:
    """Make the tables, rebuilding them where another version made them. True if it rebuilt."""
    mark = schema_mark().encode()
    found = db.row("select value from kit where name='schema'")
    if found and found[0] == mark:
        return False
    with db.transaction():
        rebuild(db, progress)
        db.execute("insert or replace into kit values('schema', ?)", mark)
    return True


def rebuild(db: Database, progress: Progress | None = None) -> None:
    """Drop every projected table and fill it anew from the log, in (lam, feed, seq) order."""
    for name in TABLES:
        db.execute(f"drop table if exists {name}")
    for ddl in TABLES.values():
        for statement in ddl.split(";"):
            if statement.strip():
                db.execute(statement)
    db.execute("delete from unknown_event")
    total = (db.row("select count(*) from event") or (0,))[0]
    numbers: dict[bytes, int] = dict(db.rows("select feed, n from feed"))
    for done, (n, raw) in enumerate(_in_order(db)):
        try:
            found = read_event(raw, n, lambda feed: numbers.get(feed, 0))
        except (BadInput, Incompatible):
            found = None  # one entry that cannot be read never keeps the others from the screens
        if found:
            fold_event(db, *found)
        else:
            _count_unknown(db, n, raw)
        if progress and done % 1000 == 0:
            progress(done, total)


def _in_order(db: Database) -> Iterator[tuple[int, bytes]]:
    """Entries by Lamport counter, read in pages so that memory stays flat."""
    keys = db.rows("select n from event order by lam, n")
    for start in range(0, len(keys), 1000):
        for (n,) in keys[start : start + 1000]:
            found = db.row("select raw from event where n=?", n)
            if found:
                yield n, found[0]


def _count_unknown(db: Database, n: int, raw: bytes) -> None:
    try:
        name = decode_inner(decode_content(raw).body).type
    except (BadInput, Incompatible):
        name = ""
    if name != FEED_OPEN:
        db.execute("insert or ignore into unknown_event values(?,?)", n, name)


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
