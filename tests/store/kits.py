"""A kit to test with: cheap phrase, fixed chance, its own folder. Never a real world."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.core.errors import KitError
from kit.store.database import Database, Identity, create_database
from kit.store.home import Home
from kit.store.phrase import generate
from kit.store.vault import TEST_ONLY, Keys, Moment, create, unlock

WORLD = "TEST:store"
KIT_ID = bytes(range(16))
KEY = bytearray(range(32))
IDENTITY = Identity(KIT_ID, 1, WORLD)
NOON = Moment(1_795_000_000_000, 1_000_000, "boot-1")
SECRET = "ALLERGIE-PENICILLINE-DURAND"


def chance(seed: int = 1) -> Callable[[int], bytes]:
    """Random bytes that repeat: the same seed, the same bytes."""
    return random.Random(seed).randbytes


def new_home(folder: Path) -> Home:
    """A prepared, empty home below `folder`."""
    home = Home(folder / "kit")
    home.prepare()
    return home


def new_kit(folder: Path, seed: int = 1) -> tuple[Home, Keys, str]:
    """A home with key slots; its keys and its phrase."""
    home = new_home(folder)
    keys, words = create(home, kit_id=KIT_ID, world=WORLD, random=chance(seed), cost=TEST_ONLY)
    return home, keys, " ".join(words)


def new_store(folder: Path, rows: int = 0) -> Database:
    """A store with one table, `note(id, text)`, and that many rows in it."""
    database = create_database(folder / "store.db", KEY, IDENTITY)
    database.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    with database.transaction():
        database.executemany(
            "INSERT INTO note VALUES (?, ?)", ((n, f"{SECRET} {n}") for n in range(rows))
        )
    return database


def wrong_phrase() -> str:
    """Eight good words that are another kit's phrase."""
    return " ".join(generate(chance(99)))


def refused(home: Home, phrase: str, now: Moment = NOON) -> KitError:
    """The fault with which a phrase is refused."""
    with pytest.raises(KitError) as caught:
        unlock(home, phrase, now)
    return caught.value
