"""One open SQLCipher file: rows, statements, transactions, its check and its closing.

A thin layer over the library's connection, whose faults come out as KitError. Not for: the checks
made at opening (`opening`), what the tables hold (`log`, `projector`), where the key comes from
(`vault`), or rollback of the whole file, which SQLCipher cannot see (`highwater`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from kit.core.errors import KitError, Misconfigured
from kit.store.durable import close_to_others, sync_file, sync_folder
from kit.store.opening import (
    Identity,
    Purpose,
    connect,
    fault,
    open_connection,
    unlock,
    wipe,
    write_identity,
)

__all__ = ["Database", "Identity", "Row", "create_database", "open_database"]

Row = tuple[Any, ...]


class _Transaction:
    __slots__ = ("_begin", "_database")

    def __init__(self, database: Database, begin: str) -> None:
        self._database = database
        self._begin = begin

    def __enter__(self) -> None:
        self._database.execute(self._begin)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._database.roll_back()
            return
        try:
            self._database.execute("COMMIT")
        except BaseException:
            self._database.roll_back()
            raise


class Database:
    """One connection. Library faults come out as KitError; SQL mistakes stay what they are."""

    def __init__(
        self, connection: Any, path: Path, key: bytearray, identity: Identity, read_only: bool
    ) -> None:
        self.path = path
        self.identity = identity
        self.read_only = read_only
        self._key = bytearray(key)
        self._connection = connection
        self._execute = connection.execute

    def rows(self, sql: str, *args: Any) -> list[Row]:
        """Every row of a query."""
        try:
            found: list[Row] = self._execute(sql, args).fetchall()
        except sqlcipher.Error as error:
            raise fault(error) or error from None
        return found

    def row(self, sql: str, *args: Any) -> Row | None:
        """The first row of a query, or None."""
        try:
            cursor = self._execute(sql, args)
            found: Row | None = cursor.fetchone()
            cursor.close()  # a statement left half read would hold the file against checkpoints
        except sqlcipher.Error as error:
            raise fault(error) or error from None
        return found

    def execute(self, sql: str, *args: Any) -> None:
        """Run one statement."""
        try:
            self._execute(sql, args)
        except sqlcipher.Error as error:
            raise fault(error) or error from None

    def executemany(self, sql: str, seq: Iterable[Any]) -> None:
        """Run one statement for each set of arguments."""
        try:
            self._connection.executemany(sql, seq)
        except sqlcipher.Error as error:
            raise fault(error) or error from None

    def transaction(self) -> _Transaction:
        """`with database.transaction():` all or nothing, and on disk (fsync) when it ends."""
        return _Transaction(self, "BEGIN IMMEDIATE")

    def snapshot(self) -> _Transaction:
        """`with reader.snapshot():` several queries that see one and the same state."""
        return _Transaction(self, "BEGIN")

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction or snapshot is open on this connection."""
        return bool(self._connection.in_transaction)

    def roll_back(self) -> None:
        """Give up the open transaction; a library that already did so itself is not an error."""
        if self._connection.in_transaction:
            with contextlib.suppress(KitError):
                self.execute("ROLLBACK")

    def reader(self, *, check_same_thread: bool = True) -> Database:
        """A second connection to the same file that can only read."""
        purpose: Purpose = "file" if self.read_only else "reader"
        return _open(self.path, self._key, self.identity, purpose, check_same_thread)

    def checkpoint(self) -> None:
        """Move what is committed into the main file, as far as open snapshots allow."""
        self.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def verify(self) -> list[str]:
        """Every complaint of the page HMACs and of SQLite about this file; empty when it is sound.

        Reads the whole file (about 10 s per GB); lines for the engineer, no table content.
        """
        first = self._complaints()
        if not first:
            return first
        # A commit between checkpoint and reading may rewrite a page under the check: believe only
        # what is said twice.
        again = set(self._complaints())
        return [line for line in first if line in again]

    def _complaints(self) -> list[str]:
        # The authorizer refuses cipher pragmas on this connection, so a bare one does the check.
        said: list[str] = []
        with contextlib.closing(connect(self.path, "ro" if self.read_only else "rw")) as bare:
            try:
                unlock(bare, self._key)
                if not self.read_only:
                    bare.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                bare.execute("BEGIN")
                bare.execute("SELECT count(*) FROM sqlite_schema").fetchall()
                for check in ("cipher_integrity_check", "quick_check"):
                    said += [str(row[0]) for row in bare.execute("PRAGMA " + check)]
            except sqlcipher.Error as error:
                said.append(getattr(error, "sqlite_errorname", "error"))
            except KitError as error:
                said.append(error.code)
        return [line for line in said if line != "ok"]

    def close(self) -> None:
        """Close the connection and wipe this object's copy of the key; may be called twice."""
        try:
            self._connection.close()
        except sqlcipher.Error as error:
            raise fault(error) or error from None
        finally:
            wipe(self._key)


def create_database(path: Path, key: bytearray, identity: Identity) -> Database:
    """Make a new store at `path` and open it.

    Built beside and renamed, so that a power cut leaves either no store or a whole one.
    Raises Misconfigured STO-016 where a file is already there.
    """
    if path.exists():
        raise Misconfigured("STO-016")
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)  # an unfinished creation: it never was a store
    connection = connect(draft, "rwc")
    try:
        unlock(connection, key)
        write_identity(connection, identity)
    except sqlcipher.Error as error:
        raise fault(error) or error from None
    finally:
        connection.close()
    close_to_others(draft)
    sync_file(draft)
    draft.rename(path)
    sync_folder(path.parent)
    return open_database(path, key, identity)


def open_database(
    path: Path,
    key: bytearray,
    identity: Identity,
    *,
    read_only: bool = False,
    check_same_thread: bool = True,
) -> Database:
    """Open an existing store under the contract of this module.

    `key`: 32 raw bytes; the caller keeps and wipes its own copy. Raises STO-001 to STO-018.
    """
    return _open(path, key, identity, "file" if read_only else "writer", check_same_thread)


def _open(
    path: Path, key: bytearray, identity: Identity, purpose: Purpose, check_same_thread: bool
) -> Database:
    connection = open_connection(path, key, identity, purpose, check_same_thread)
    return Database(connection, path, key, identity, purpose != "writer")
