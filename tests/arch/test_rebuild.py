"""Tables are the log laid out, nothing else: dropped and filled anew they are the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.core.command import Outcome
from kit.core.projection import FOLDS, TABLES
from kit.store.database import Database, Identity, create_database
from kit.store.log import Circumstance, Device, Log
from kit.store.projector import ensure_tables, fingerprint, rebuild
from tests.arch.examples import example_event
from tests.arch.registries import open_every_room, registered_events

open_every_room()

AT = 1_790_000_000_000
DEVICE = Device(
    fleet=b"f" * 32,
    world="EXERCICE:test",
    public=b"d" * 32,
    incarnation=b"i" * 8,
    ward="CARD",
    app="0",
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """An empty store with its tables."""
    identity = Identity(b"k" * 16, 1, DEVICE.world)
    database = create_database(tmp_path / "store.db", bytearray(b"k" * 32), identity)
    yield database
    database.close()


def unsigned(_content: bytes) -> bytes:
    """Signatures are not what is tried here."""
    return bytes(64)


def record_everything(db: Database) -> Log:
    """One event of every type, twice, the second time naming the first as what it replaces."""
    log = Log(db, DEVICE, unsigned)
    ensure_tables(db, log.entries)
    first: dict[str, int] = {}
    for turn in range(2):
        where = Circumstance("person", "session", AT + turn, 1)
        with log.transaction():
            for kind in registered_events():
                base = (first[kind.name],) if kind.name in first else ()
                numbers = log.append([Outcome(example_event(kind), base)], where)
                first.setdefault(kind.name, numbers[0])
    return log


def test_every_projection_rebuilds_to_the_same_bytes(db: Database) -> None:
    """Each event type is laid into tables once as it comes and once from the log: no difference."""
    log = record_everything(db)
    as_it_came = fingerprint(db)
    with db.transaction():
        rebuild(db, log.entries)
    assert fingerprint(db) == as_it_came
    assert set(as_it_came) == set(TABLES)


def test_a_table_changed_by_hand_is_seen(db: Database) -> None:
    """The comparison can fail: one value written past the log changes the digest."""
    record_everything(db)
    as_it_came = fingerprint(db)
    db.execute("update person set name='somebody else'")
    assert fingerprint(db) != as_it_came


def test_every_fold_belongs_to_a_known_event() -> None:
    """A fold of a type that nobody declares would never run."""
    assert set(FOLDS) <= {kind.name for kind in registered_events()}
