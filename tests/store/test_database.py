"""The store opens only when it is this kit's own sound store, and loses nothing once open."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from kit.core.errors import Incompatible, KitError, NotPermitted, Unavailable
from kit.store import opening
from kit.store.database import Database, Identity, create_database, open_database
from tests.store.kits import IDENTITY, KEY, KIT_ID, SECRET, WORLD, new_store

MIB = 1024 * 1024


def refused(path: Path, key: bytearray = KEY, identity: Identity = IDENTITY) -> str:
    """The code with which a file is refused."""
    with pytest.raises(KitError) as caught:
        open_database(path, key, identity)
    return caught.value.code


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed store with 50 rows."""
    new_store(tmp_path, rows=50).close()
    return tmp_path / "store.db"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    """An open store with 50 rows."""
    database = new_store(tmp_path, rows=50)
    yield database
    database.close()


# ------------------------------------------------------------------------- the opening contract


def test_a_missing_store_is_a_fault_and_no_new_one_is_made(tmp_path: Path) -> None:
    """Hazard: an empty new store would show a ward without patients or allergies."""
    assert refused(tmp_path / "store.db") == "STO-001"
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_a_fault_and_stays_empty(tmp_path: Path) -> None:
    """SQLCipher itself would open it as a new empty store."""
    path = tmp_path / "store.db"
    path.touch()
    assert refused(path) == "STO-002"
    assert path.stat().st_size == 0


def test_a_plaintext_store_is_refused(tmp_path: Path) -> None:
    """A file that is not encrypted was not written by this kit."""
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as plain:
        plain.execute("CREATE TABLE note (id)")
    plain.close()
    assert refused(path) == "STO-003"


@pytest.mark.parametrize("size", [1, 15, 511, 512, 4095, 4096, 20_000])
def test_a_file_of_noise_is_refused(tmp_path: Path, size: int) -> None:
    """Whatever its size, a file that is no store is never opened nor changed."""
    path = tmp_path / "store.db"
    noise = random.Random(size).randbytes(size)
    path.write_bytes(noise)
    assert refused(path) == "STO-004"
    assert path.read_bytes() == noise


def test_a_wrong_key_is_refused_in_silence(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The library's own log would write on the terminal."""
    assert refused(path, bytearray(32)) == "STO-004"
    assert capfd.readouterr().err == ""


def test_a_key_of_another_length_is_never_taken_for_a_passphrase(path: Path) -> None:
    """SQLCipher would stretch it into another key."""
    assert refused(path, KEY[:31]) == "STO-004"


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        (Identity(bytes(16), 1, WORLD), "STO-007"),
        (Identity(KIT_ID, 2, WORLD), "STO-008"),
        (Identity(KIT_ID, 1, "REEL"), "STO-009"),
    ],
)
def test_the_store_of_another_kit_generation_or_world_is_refused(
    path: Path, identity: Identity, code: str
) -> None:
    """Even where the key fits: a copied store, an old key, an exercise."""
    assert refused(path, identity=identity) == code


def bare(path: Path, *statements: str) -> None:
    """Statements on an encrypted file, outside the contract."""
    connection = opening.connect(path, "rwc")
    opening.unlock(connection, KEY)
    for statement in statements:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        "PRAGMA application_id = 7",
        "DROP TABLE store_identity",
        "DELETE FROM store_identity",
        "INSERT INTO store_identity SELECT * FROM store_identity",
    ],
)
def test_an_encrypted_file_that_is_no_kit_store_is_refused(path: Path, damage: str) -> None:
    """Another program's file under the same key, or one without its identity."""
    bare(path, damage)
    assert refused(path) == "STO-006"


def test_an_older_cipher_library_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal says which version was found and which is wanted."""
    monkeypatch.setattr(opening, "PINNED_CIPHER", (99, 0, 0))
    with pytest.raises(Incompatible) as caught:
        open_database(path, KEY, IDENTITY)
    assert caught.value.code == "STO-005"
    assert caught.value.args_["wanted"] == "99.0.0"


def test_a_connection_that_does_not_encrypt_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should the key ever fail to be set, nothing may be written in clear."""
    path.unlink()
    sqlite3.connect(path).close()
    monkeypatch.setattr(opening, "_refuse_what_is_no_store", lambda path: None)
    monkeypatch.setattr(opening, "unlock", lambda connection, key: None)
    assert refused(path) == "STO-017"


def test_the_key_is_wiped_from_what_was_handed_over(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text form of the key is zeros after use, the store's copy after closing."""
    made: list[bytearray] = []
    real = opening._literal

    def keep(key: bytearray) -> bytearray:
        made.append(real(key))
        return made[-1]

    monkeypatch.setattr(opening, "_literal", keep)
    key = bytearray(KEY)
    database = open_database(path, key, IDENTITY)
    copy = database._key
    database.close()
    assert made
    assert not any(made[0])
    assert not any(copy)
    assert key == KEY


def test_a_store_is_never_made_over_another(path: Path) -> None:
    """Creating twice keeps the first."""
    before = path.read_bytes()
    with pytest.raises(KitError) as caught:
        create_database(path, KEY, IDENTITY)
    assert caught.value.code == "STO-016"
    assert path.read_bytes() == before


def test_an_unfinished_creation_is_begun_again(tmp_path: Path) -> None:
    """A power cut during creation leaves no store, and no obstacle."""
    (tmp_path / "store.db.new").write_bytes(b"half")
    create_database(tmp_path / "store.db", KEY, IDENTITY).close()
    assert not (tmp_path / "store.db.new").exists()


def test_the_settings_of_every_opening_hold(store: Database) -> None:
    """Durable, strict, and without memory locking, which slows search fourfold."""
    assert {name: store.rows(f"PRAGMA {name}")[0][0] for name in SETTINGS} == SETTINGS
    store._connection.set_authorizer(None)
    assert str(store.rows("PRAGMA cipher_memory_security")[0][0]) == "0"


SETTINGS: dict[str, Any] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "secure_delete": 2,
    "cache_size": -16 * 1024,
    "journal_size_limit": 16 * MIB,
    "query_only": 0,
}


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH ':memory:' AS other",
        "ATTACH 'leak.db' AS other KEY ''",
        "VACUUM INTO 'leak.db'",
        "PRAGMA rekey = 'x'",
        "PRAGMA key = 'x'",
        "PRAGMA hexrekey = '00'",
        "PRAGMA cipher_version",
        "PRAGMA cipher_memory_security = ON",
        "PRAGMA CIPHER_page_size = 8192",
        "PRAGMA synchronous = OFF",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA trusted_schema = ON",
        "PRAGMA writable_schema = ON",
        "PRAGMA temp_store_directory = '.'",
        "PRAGMA query_only = OFF",
    ],
)
def test_what_could_leak_or_weaken_the_store_is_refused(
    store: Database, statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the writer and on a reader alike, for as long as they are open."""
    monkeypatch.chdir(tmp_path)
    reader = store.reader()
    for database in (store, reader):
        with pytest.raises(NotPermitted) as caught:
            database.rows(statement)
        assert caught.value.code == "STO-015"
    reader.close()
    assert not (tmp_path / "leak.db").exists()


def test_no_library_can_be_loaded_into_the_store(store: Database) -> None:
    """Extension loading stays off."""
    with pytest.raises(sqlcipher.Error):
        store.rows("SELECT load_extension('x')")


# ----------------------------------------------------------------------------------- everyday use


def test_nothing_readable_is_on_the_disk(tmp_path: Path) -> None:
    """Neither the main file nor the log beside it holds a clear word."""
    store = new_store(tmp_path, rows=50)
    for name in ("store.db", "store.db-wal"):
        assert SECRET.encode() not in (tmp_path / name).read_bytes()
    store.close()
    assert SECRET.encode() not in (tmp_path / "store.db").read_bytes()


def test_a_transaction_is_all_or_nothing(store: Database) -> None:
    """An error in the middle leaves no half of it, and the store writable."""

    def half() -> None:
        with store.transaction():
            store.execute("DELETE FROM note")
            raise LookupError

    with pytest.raises(LookupError):
        half()
    assert store.row("SELECT count(*) FROM note") == (50,)
    with store.transaction():
        store.execute("DELETE FROM note WHERE id < ?", 10)
    assert store.row("SELECT count(*) FROM note") == (40,)


def test_a_mistake_in_sql_is_not_disguised(store: Database) -> None:
    """A defect of ours must not read like a fault of the disk."""
    with pytest.raises(sqlcipher.IntegrityError):
        store.execute("INSERT INTO note VALUES (1, 'again')")
    with pytest.raises(sqlcipher.OperationalError):
        store.rows("SELECT nothing FROM nowhere")


def test_a_reader_sees_commits_and_cannot_write(store: Database) -> None:
    """The one writer stays the one writer."""
    reader = store.reader()
    store.execute("INSERT INTO note VALUES (100, 'new')")
    assert reader.row("SELECT text FROM note WHERE id = ?", 100) == ("new",)
    with pytest.raises(NotPermitted) as caught:
        reader.execute("DELETE FROM note")
    assert caught.value.code == "STO-013"
    assert reader.row("SELECT text FROM note WHERE id = ?", -1) is None
    reader.close()


def test_a_snapshot_sees_one_state(store: Database) -> None:
    """A print of several queries must not mix two states of a chart."""
    reader = store.reader()
    with reader.snapshot():
        before = reader.row("SELECT count(*) FROM note")
        store.execute("DELETE FROM note")
        assert reader.row("SELECT count(*) FROM note") == before
    assert reader.row("SELECT count(*) FROM note") == (0,)
    reader.close()


def test_a_second_writer_waits_then_is_told(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two writers never mix; the second gets a code, not a hang."""
    monkeypatch.setattr(opening, "_BUSY_MS", 10)
    other = open_database(store.path, KEY, IDENTITY)
    with store.transaction():
        store.execute("DELETE FROM note WHERE id = 1")
        with pytest.raises(Unavailable) as caught:
            other.transaction().__enter__()
    assert caught.value.code == "STO-014"
    other.close()


def test_a_connection_may_be_handed_to_another_thread(path: Path) -> None:
    """Where it is asked for; the caller then sees to it that one thread uses it at a time."""
    found: list[Any] = []
    database = open_database(path, KEY, IDENTITY, check_same_thread=False)
    worker = threading.Thread(target=lambda: found.extend(database.rows("SELECT 1")))
    worker.start()
    worker.join()
    database.close()
    assert found == [(1,)]


def test_a_store_opened_for_reading_is_left_as_it_was(path: Path) -> None:
    """`kit verify` on a copy changes no byte of it."""
    before = path.read_bytes()
    database = open_database(path, KEY, IDENTITY, read_only=True)
    assert database.row("SELECT count(*) FROM note") == (50,)
    assert database.verify() == []
    with pytest.raises(NotPermitted) as caught:
        database.execute("DELETE FROM note")
    assert caught.value.code == "STO-013"
    database.close()
    assert path.read_bytes() == before


def test_closing_twice_is_no_fault(store: Database) -> None:
    """Shutting down may come from two sides."""
    store.close()
    store.close()
