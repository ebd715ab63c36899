"""What a kit is set up as: capsule, hospital, ward, world, language; kept inside the store."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from kit.core.errors import Corrupt
from kit.store.database import Database


class Capsule(StrEnum):
    """Which of the two capsules this kit is."""

    WARD = "ward"
    STEERING = "steering"


class Settings(msgspec.Struct, frozen=True):
    """A kit's set-up. label: how people call it; fleet_root: 32 bytes that make its fleet id."""

    capsule: str
    hospital: str
    ward: str
    world: str
    label: str
    fleet_root: bytes
    language: str = "fr"
    created_at: int = 0
    demo: bool = False


def keep(db: Database, name: str, value: bytes) -> None:
    """Keep one named value of this kit; inside a transaction."""
    db.execute("insert or replace into kit values(?,?)", name, value)


def kept(db: Database, name: str) -> bytes | None:
    """A named value, or None."""
    found = db.row("select value from kit where name=?", name)
    return bytes(found[0]) if found else None


def needed(db: Database, name: str) -> bytes:
    """A named value without which the kit cannot work. Raises Corrupt `NOD-001`."""
    value = kept(db, name)
    if value is None:
        raise Corrupt("NOD-001")
    return value


def read_settings(db: Database) -> Settings:
    """The set-up. Raises Corrupt `NOD-001` where the store has none."""
    return msgspec.msgpack.decode(needed(db, "settings"), type=Settings)


def write_settings(db: Database, settings: Settings) -> None:
    """Keep the set-up; inside a transaction."""
    keep(db, "settings", msgspec.msgpack.encode(settings))
