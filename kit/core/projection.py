"""Tables as projections: what a room declares so that its events become rows.

A room names its tables (SQL to create them) and, per event type, the fold that fills them. Tables
can be dropped and filled anew from the log to the same bytes; nothing else ever writes to them.
The SQL runs on whatever satisfies `Reader`/`Writer` (the store's one connection). Not for: reads
with an answer for a screen (`kit.core.query`).
"""

from __future__ import annotations

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
E = TypeVar("E", bound=Event)

# Raise it when a fold changes what it writes without its table changing: kits then rebuild.
FOLDS_VERSION = 1
TABLES: dict[str, str] = {}
FOLDS: dict[str, list[Fold]] = {}


def table(name: str, ddl: str) -> None:
    """Declare a projected table and its indexes: one or more SQL statements, `;` between."""
    if name in TABLES:
        raise ValueError(f"table {name} is declared twice")
    TABLES[name] = ddl


def folds(cls: type[E]) -> Callable[[Callable[[Writer, Stamp, E], None]], Fold]:
    """Register the function that lays one event type into tables; pure but for the SQL it runs."""

    def register(fold: Callable[[Writer, Stamp, E], None]) -> Fold:
        FOLDS.setdefault(type_of(cls).name, []).append(fold)
        return fold

    return register


def fold_event(db: Writer, stamp: Stamp, data: Event) -> None:
    """Lay one event into all tables that want it."""
    for fold in FOLDS.get(event_type(data).name, ()):
        fold(db, stamp, data)
