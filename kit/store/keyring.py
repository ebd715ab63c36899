"""The scope keys that this kit holds: which one seals a new entry, which one opens an old one.

Kept in the store's own (encrypted) file, never in the log. A scope that is written for the first
time gets a key made here; a fleet's steering issues others, and the latest issue is the one in
force. Not for: who is given which key (`kit.sync.fleet`).
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kit.core.envelope import key_number
from kit.store.cipher import SCOPE_KEY_BYTES
from kit.store.database import Database

SCHEMA = """
create table if not exists scope_key(
    scope text not null, kid integer not null, key blob not null, issued blob not null,
    primary key(scope, kid)) without rowid
"""
MADE_HERE = b""
"""Older than any issue: a key of the kit's own gives way to the first one that steering issues."""


class ScopeKey(msgspec.Struct, frozen=True):
    """One key of a scope. issued: sorts by canonical order of its issue, `MADE_HERE` first."""

    scope: str
    kid: int
    key: bytes
    issued: bytes = MADE_HERE


class Keyring:
    """The keys of one store, in memory; writes go to its table inside the caller's transaction."""

    def __init__(self, db: Database, random: Callable[[int], bytes]) -> None:
        self.db, self._random = db, random
        db.execute(SCHEMA)
        self._keys: dict[tuple[str, int], ScopeKey] = {}
        self._current: dict[str, ScopeKey] = {}
        self.reload()

    def reload(self) -> None:
        """Take what the file has: after a transaction was given up."""
        self._keys.clear()
        self._current.clear()
        for row in self.db.rows("select scope, kid, key, issued from scope_key"):
            self._hold(ScopeKey(*row))

    def find(self, scope: str, kid: int) -> bytes | None:
        """The key with this number, or None where this kit was not given it."""
        found = self._keys.get((scope, kid))
        return found.key if found else None

    def current(self, scope: str) -> ScopeKey:
        """The key that seals a new entry; made here where the scope has none. In a transaction."""
        found = self._current.get(scope)
        if found is None:
            key = self._random(SCOPE_KEY_BYTES)
            found = ScopeKey(scope, key_number(key), key)
            self.add(found)
        return found

    def add(self, key: ScopeKey) -> bool:
        """Keep a key; True where it was not held. In a transaction."""
        held = self._keys.get((key.scope, key.kid))
        if held is not None and held.issued >= key.issued:
            return False
        self.db.execute(
            "insert or replace into scope_key values(?,?,?,?)",
            key.scope, key.kid, key.key, key.issued,
        )  # fmt: skip
        self._hold(key)
        return held is None

    def all(self) -> list[ScopeKey]:
        """Every key that is held."""
        return list(self._keys.values())

    def reads(self, scope: str) -> bool:
        """Whether any key of this scope is held."""
        return scope in self._current

    def scopes(self) -> list[str]:
        """Every scope that this kit can read."""
        return sorted(self._current)

    def _hold(self, key: ScopeKey) -> None:
        self._keys[key.scope, key.kid] = key
        current = self._current.get(key.scope)
        if current is None or (key.issued, key.kid) >= (current.issued, current.kid):
            self._current[key.scope] = key
