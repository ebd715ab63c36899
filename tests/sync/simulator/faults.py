"""Faults of one kit's disk: the power goes at a given statement, or the disk is full for a while.

The store itself is real; only its statements are counted. Not for: faults of lines (`lines`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.core.errors import Unavailable
from kit.store.database import Database

WRAPPED = ("execute", "executemany", "rows", "row")
WRITES = ("insert", "update", "delete", "COMMIT", "create", "drop")


class PowerCutError(BaseException):
    """The machine is off: nothing after this statement happens. No `except Exception` stops it."""


class Fuse:
    """Counts a store's statements, and goes off when the count is reached.

    kind: `statement` (before any statement), `before` a commit, `after` a commit (it is on the
    disk, and nobody was told), `full` (writes fail from there on until `mend`).
    """

    def __init__(self, db: Database, kind: str, count: int) -> None:
        self.db, self.kind, self.left, self.blown = db, kind, count, False
        for name in WRAPPED:
            setattr(db, name, self._counted(getattr(db, name)))

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(sql: str, *args: Any) -> Any:
            if self.kind == "full":
                self._fill(sql)
                return call(sql, *args)
            if self.blown or self._due(sql, "before"):
                self.blown = True
                raise PowerCutError
            found = call(sql, *args)
            if sql == "COMMIT" and self._due(sql, "after"):
                self.blown = True
                raise PowerCutError
            return found

        return counted

    def _due(self, sql: str, moment: str) -> bool:
        """Whether this is the statement; it is counted where it is of the kind that counts."""
        if self.kind == "statement":
            counts = moment == "before"
        else:
            counts = sql == "COMMIT" and moment == self.kind
        if not counts:
            return False
        self.left -= 1
        return self.left < 0

    def _fill(self, sql: str) -> None:
        if not sql.lstrip().startswith(WRITES):
            return
        self.left -= 1
        if self.left < 0:
            self.blown = True
            raise Unavailable("STO-010")

    def mend(self) -> None:
        """Take the fuse out: the store's own methods stand again."""
        for name in WRAPPED:
            self.db.__dict__.pop(name, None)
