"""Tables as projections: what a room declares so that its events become rows.

A room names its tables (SQL to create them) and, per event type, the fold that fills them. Tables
can be dropped and filled anew from the log to the same bytes; nothing else ever writes to them.

Entries of several feeds arrive in any order, and the tables must not show it. There are two ways
to declare a fold so that they do not:

- *facts*: each entry has rows of its own, which carry its number (`facts="vitals"`), and the fold
  looks at nothing else: `insert or ignore`;
- *subject*: entries change one thing (a stay, an order). The fold may then read and update the
  rows of that thing, as if entries came in canonical order: the store sees to that by clearing the
  thing and folding its own few entries anew when one comes late.

The SQL runs on whatever satisfies `Reader`/`Writer` (the store's one connection). Not for: reads
with an answer for a screen (`kit.core.query`), nor for when folds run (`kit.store.projector`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from kit.core.event import Event, Stamp, event_type, type_of


class Reader(Protocol):
    """Something that answers SQL: a store connection."""

    def rows(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        """All rows of a select."""
        ...

    def row(self, sql: str, *args: Any) -> tuple[Any, ...] | None:
        """The first row of a select, or None."""
        ...


class Writer(Reader, Protocol):
    """The one connection that may change tables, inside a transaction that the store opened."""

    def execute(self, sql: str, *args: Any) -> None:
        """Run one statement."""
        ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        ...


Fold = Callable[[Writer, Stamp, Any], None]
Undo = Callable[[Writer, Stamp, Any], None]
Keys = Callable[[Stamp, Any], Sequence[str]]
E = TypeVar("E", bound=Event)

# Raise it when a fold changes what it writes without its table changing: kits then rebuild.
FOLDS_VERSION = 2
TABLES: dict[str, str] = {}


def table(name: str, ddl: str) -> None:
    """Declare a projected table and its indexes: one or more SQL statements, `;` between."""
    if name in TABLES:
        raise ValueError(f"table {name} is declared twice")
    TABLES[name] = ddl


# Which entries concern a subject; which entry is named as replaced by which.
table(
    "subject_entry",
    """create table subject_entry(
        subject integer, lam integer, n integer, primary key(subject, lam, n)) without rowid""",
)
table(
    "replaced",
    "create table replaced(n integer, by integer, primary key(n, by)) without rowid",
)


class Subject:
    """A kind of thing that several entries change: how they name it, how its rows are cleared.

    keys: of an entry, the things that it concerns (none: its rows are facts of their own); clear:
    takes every row of one thing out of the tables.
    """

    __slots__ = ("clear", "keys", "name")

    def __init__(self, name: str, keys: Keys, clear: Callable[[Writer, str], None]) -> None:
        self.name, self.keys, self.clear = name, keys, clear

    def id(self, key: str) -> int:
        """The number under which the thing `key` is remembered, the same on each kit."""
        digest = hashlib.blake2b(f"{self.name}\0{key}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


def entity(field: str, *tables: str) -> Subject:
    """The thing that events name by `field`; its rows in `tables` have a column of that name.

    A table may name its column otherwise: `patient.id`.
    """
    cleared = []
    for name in tables:
        place, _, column = name.partition(".")
        cleared.append(f"delete from {place} where {column or field}=?")  # noqa: S608  (constants)

    def keys(_stamp: Stamp, data: Any) -> tuple[str]:
        return (getattr(data, field),)

    def clear(db: Writer, key: str) -> None:
        for statement in cleared:
            db.execute(statement, key)

    return Subject(tables[0].partition(".")[0], keys, clear)


class Folds:
    """The folds of one event type: those of facts with what undoes them, those by subject."""

    __slots__ = ("by_subject", "facts")

    def __init__(self) -> None:
        self.facts: list[tuple[Fold, Undo]] = []
        self.by_subject: dict[Subject, list[tuple[Fold, Undo]]] = {}


FOLDS: dict[str, Folds] = {}


def folds(
    cls: type[E],
    *,
    facts: str | tuple[str, ...] = (),
    subject: Subject | None = None,
    undo: Callable[[Writer, Stamp, E], None] | None = None,
) -> Callable[[Callable[[Writer, Stamp, E], None]], Fold]:
    """Register the function that lays one event type into tables; pure but for the SQL it runs.

    facts: the tables in which each entry has rows of its own, whose column `n` (or `table.column`)
    is its number; subject: the thing that it changes; undo: takes the rows of one entry away where
    `facts` does not say how. A fold with a subject needs `facts` only for entries without a key.
    """
    undone = undo or _forgets((facts,) if isinstance(facts, str) else facts)

    def register(fold: Callable[[Writer, Stamp, E], None]) -> Fold:
        kinds = FOLDS.setdefault(type_of(cls).name, Folds())
        laid = kinds.facts if subject is None else kinds.by_subject.setdefault(subject, [])
        laid.append((fold, undone))
        return fold

    return register


def _forgets(facts: tuple[str, ...]) -> Undo:
    statements = []
    for name in facts:
        place, _, column = name.partition(".")
        statements.append(f"delete from {place} where {column or 'n'}=?")  # noqa: S608  (constants)

    def forget(db: Writer, stamp: Stamp, _data: Any) -> None:
        for statement in statements:
            db.execute(statement, stamp.n)

    return forget


_NONE = Folds()


def folds_of(data: Event) -> Folds:
    """The folds of an event's type; none where nothing is laid into tables."""
    return FOLDS.get(event_type(data).name, _NONE)


def heads(db: Reader, subject: Subject, key: str) -> tuple[int, ...]:
    """The entries of a thing that no other entry replaces, oldest first; two = written apart."""
    rows = db.rows(
        """select e.n from subject_entry e where e.subject=?
           and not exists(select 1 from replaced r where r.n=e.n) order by e.lam, e.n""",
        subject.id(key),
    )
    return tuple(n for (n,) in rows)
