"""The opening contract of a store file: every check between a path and a usable connection.

A missing or empty file is a fault, never a new store; a plaintext file, another kit's file, another
key generation or another world is refused; once open, nothing can attach a file, change a key or
touch a cipher setting. Not for: using the connection (`database`), nor rollback of the whole file,
which SQLCipher cannot see (`highwater`). Source: store.md section 2, "Opening contract".
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlcipher3 import dbapi2 as sqlcipher

from kit.core.errors import (
    Corrupt,
    Incompatible,
    KitError,
    Misconfigured,
    NotPermitted,
    Unavailable,
)

Purpose = Literal["writer", "reader", "file"]
"""The one writer; a second connection that only reads; a file opened for reading alone."""

APPLICATION_ID = 0x4B495431
"""`KIT1` in the file's header field `application_id`."""

PINNED_CIPHER = (4, 19, 0)
"""Oldest SQLCipher whose file format and defaults this programme was measured with."""

KEY_BYTES = 32
_PAGE_BYTES = 4096
_LEAST_FREE = 256 * 1024  # what the two working files beside the store need
_HEX = b"0123456789abcdef"
_WRITER_CACHE_KIB = 16 * 1024
_READER_CACHE_KIB = 8 * 1024
_JOURNAL_LIMIT = 16 * 1024 * 1024
_CHECKPOINT_PAGES = 1000
_BUSY_MS = 5000
_CACHED_STATEMENTS = 512

_AUTH_OK, _AUTH_DENY = 0, 1
_ACTION_PRAGMA, _ACTION_ATTACH, _ACTION_DETACH = 19, 24, 25
# Every other pragma is refused: a closed list cannot be outgrown by a library's next version.
_PRAGMAS = frozenset(
    "data_version foreign_key_check index_info index_list index_xinfo integrity_check optimize"
    " page_count page_size freelist_count quick_check table_info table_list table_xinfo"
    " user_version wal_checkpoint".split()
)
_READABLE_PRAGMAS = frozenset(
    "application_id cache_size cell_size_check foreign_keys journal_mode journal_size_limit"
    " mmap_size query_only secure_delete synchronous trusted_schema wal_autocheckpoint".split()
)

_FAULTS: dict[int, tuple[type[KitError], str]] = {
    5: (Unavailable, "STO-014"),  # SQLITE_BUSY
    6: (Unavailable, "STO-014"),  # SQLITE_LOCKED
    8: (NotPermitted, "STO-013"),  # SQLITE_READONLY
    10: (Unavailable, "STO-011"),  # SQLITE_IOERR
    11: (Corrupt, "STO-012"),  # SQLITE_CORRUPT
    13: (Unavailable, "STO-010"),  # SQLITE_FULL
    14: (Unavailable, "STO-011"),  # SQLITE_CANTOPEN
    23: (NotPermitted, "STO-015"),  # SQLITE_AUTH
    26: (Corrupt, "STO-012"),  # SQLITE_NOTADB
}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a store must say of itself: kit id (16 bytes), key generation, world."""

    kit_id: bytes
    generation: int
    world: str


def fault(error: Exception) -> KitError | None:
    """The KitError that a library error stands for, or None where the error is a defect of ours."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    known = _FAULTS.get(primary)
    return known[0](known[1]) if known else None


def wipe(secret: bytearray) -> None:
    """Overwrite a secret with zeros where it lies."""
    for index in range(len(secret)):
        secret[index] = 0


def open_connection(
    path: Path, key: bytearray, identity: Identity, purpose: Purpose, check_same_thread: bool
) -> Any:
    """A connection that has passed the whole contract; `purpose`: writer, reader or file."""
    _refuse_what_is_no_store(path)
    mode = "ro" if purpose == "file" else "rw"
    connection = connect(path, mode, check_same_thread=check_same_thread)
    try:
        unlock(connection, key)
        _check_cipher(connection)
        _check_identity(connection, identity)
        _tune(connection, purpose)
    except sqlcipher.Error as error:
        connection.close()
        raise _told(fault(error), path) or error from None
    except KitError as error:
        connection.close()
        raise _told(error, path) or error from None
    return connection


def _told(known: KitError | None, path: Path) -> KitError | None:
    """SQLite calls a disk without room for its working files an I/O error: say what it is."""
    full = known is not None and known.code == "STO-011"
    if full and shutil.disk_usage(path.parent).free < _LEAST_FREE:
        return Unavailable("STO-018")
    return known


def _refuse_what_is_no_store(path: Path) -> None:
    try:
        with path.open("rb") as file:
            header = file.read(_PAGE_BYTES)
    except FileNotFoundError:
        raise Corrupt("STO-001") from None
    except OSError:
        raise Unavailable("STO-011") from None
    if not header:
        raise Corrupt("STO-002")
    if header.startswith(b"SQLite format 3\0"):
        raise Corrupt("STO-003")
    if len(header) < _PAGE_BYTES:
        raise Corrupt("STO-004")  # SQLite takes less than a page for a new, empty store


def connect(path: Path, mode: str, *, check_same_thread: bool = True) -> Any:
    """A bare connection; `mode`: ro, rw, or rwc, which makes the file and is never for opening."""
    try:
        connection = sqlcipher.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=_BUSY_MS / 1000,
            cached_statements=_CACHED_STATEMENTS,
            check_same_thread=check_same_thread,
        )
        connection.execute("PRAGMA cipher_log_level = NONE")  # else it writes to stderr
    except sqlcipher.Error as error:
        raise fault(error) or error from None
    return connection


def _literal(key: bytearray) -> bytearray:
    """SQLCipher's raw-key form `x'…'`, built in place: no immutable copy of the key remains."""
    literal = bytearray(2 * len(key) + 3)
    literal[0], literal[1], literal[-1] = ord("x"), ord("'"), ord("'")
    for index, byte in enumerate(key):
        literal[2 * index + 2] = _HEX[byte >> 4]
        literal[2 * index + 3] = _HEX[byte & 15]
    return literal


def unlock(connection: Any, key: bytearray) -> None:
    """Hand over the key and read once: only the first read tells whether the key is right."""
    if len(key) != KEY_BYTES:
        raise Misconfigured("STO-004")
    literal = _literal(key)
    try:
        connection.set_key(literal)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except sqlcipher.Error as error:
        known = fault(error)
        if known is None or known.code == "STO-012":
            raise Corrupt("STO-004") from None
        raise known from None
    finally:
        wipe(literal)


def _scalar(connection: Any, sql: str) -> Any:
    row = connection.execute(sql).fetchone()
    return row[0] if row else None


def _check_cipher(connection: Any) -> None:
    said = str(_scalar(connection, "PRAGMA cipher_version") or "")
    number, _, _ = said.partition(" ")
    numbers = tuple(int(part) for part in number.split(".") if part.isdigit())
    if numbers < PINNED_CIPHER:
        raise Incompatible("STO-005", found=said, wanted=".".join(map(str, PINNED_CIPHER)))
    if str(_scalar(connection, "PRAGMA cipher_status")) != "1":
        raise Incompatible("STO-017")


def write_identity(connection: Any, identity: Identity) -> None:
    """Make an empty file this kit's store, in write-ahead mode."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(
        "CREATE TABLE store_identity (kit_id BLOB NOT NULL, generation INTEGER NOT NULL,"
        " world TEXT NOT NULL) STRICT"
    )
    connection.execute(
        "INSERT INTO store_identity VALUES (?, ?, ?)",
        (identity.kit_id, identity.generation, identity.world),
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")


def _check_identity(connection: Any, identity: Identity) -> None:
    if _scalar(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise Corrupt("STO-006")
    has_table = "SELECT count(*) FROM sqlite_schema WHERE name = 'store_identity'"
    if not _scalar(connection, has_table):
        raise Corrupt("STO-006")
    said = connection.execute("SELECT kit_id, generation, world FROM store_identity").fetchall()
    if len(said) != 1:
        raise Corrupt("STO-006")
    kit_id, generation, world = said[0]
    if kit_id != identity.kit_id:
        raise Corrupt("STO-007")
    if generation != identity.generation:
        raise Corrupt("STO-008", found=generation, wanted=identity.generation)
    if world != identity.world:
        raise Corrupt("STO-009")


def _tune(connection: Any, purpose: Purpose) -> None:
    """Settings of every opening; `cipher_memory_security` stays OFF, it slows search fourfold."""
    cache = _WRITER_CACHE_KIB if purpose == "writer" else _READER_CACHE_KIB
    for setting in (
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "secure_delete = FAST",
        f"cache_size = -{cache}",
        "mmap_size = 0",
        f"journal_size_limit = {_JOURNAL_LIMIT}",
        f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
    ):
        connection.execute("PRAGMA " + setting).fetchall()
    if purpose == "writer" and _scalar(connection, "PRAGMA journal_mode = WAL") != "wal":
        raise Unavailable("STO-011")
    if purpose != "writer":
        connection.execute("PRAGMA query_only = ON")
    connection.enable_load_extension(False)
    connection.set_authorizer(_authorize)


def _authorize(
    action: int, first: str | None, second: str | None, database: str | None, trigger: str | None
) -> int:
    if action == _ACTION_PRAGMA:
        name = (first or "").lower()
        allowed = name in _PRAGMAS or (second is None and name in _READABLE_PRAGMAS)
        return _AUTH_OK if allowed else _AUTH_DENY
    return _AUTH_DENY if action in (_ACTION_ATTACH, _ACTION_DETACH) else _AUTH_OK
