"""Damage is seen and named, a kill or a full disk loses nothing that was acknowledged."""

from __future__ import annotations

import contextlib
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.core.errors import Corrupt, KitError, Unavailable
from kit.store.database import Database, open_database
from kit.store.home import Home
from tests.store.kits import IDENTITY, KEY, new_store

MIB = 1024 * 1024


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


def test_a_sound_store_has_no_complaint_while_it_is_written(store: Database) -> None:
    """The check runs beside the writer without a false alarm."""
    store.execute("UPDATE note SET text = text || '!'")
    assert store.verify() == []


def test_every_flipped_bit_is_detected_and_no_value_changes(tmp_path: Path) -> None:
    """150 single flips over the whole file: refused or reported, never a silently wrong word."""
    store = new_store(tmp_path, rows=300)
    truth = store.rows("SELECT * FROM note ORDER BY id")
    store.close()
    path = tmp_path / "store.db"
    sound = path.read_bytes()
    dice = random.Random(7)
    for _ in range(150):
        place = dice.randrange(len(sound))
        flipped = bytearray(sound)
        flipped[place] ^= 1 << dice.randrange(8)
        path.write_bytes(flipped)
        assert detected(path, truth), f"bit flip at byte {place} went unseen"


def detected(path: Path, truth: list[Any]) -> bool:
    """Whether the damage is refused at opening or named by verify; no wrong row either way."""
    try:
        database = open_database(path, KEY, IDENTITY, read_only=True)
    except Corrupt:
        return True
    with contextlib.suppress(Corrupt):
        assert database.rows("SELECT * FROM note ORDER BY id") == truth
    complaints = database.verify()
    database.close()
    return bool(complaints)


@pytest.mark.parametrize("pages", [1, 2, 5])
def test_a_store_cut_short_is_detected(tmp_path: Path, pages: int) -> None:
    """A copy interrupted at a page's border is no smaller store."""
    store = new_store(tmp_path, rows=300)
    truth = store.rows("SELECT * FROM note ORDER BY id")
    store.close()
    path = tmp_path / "store.db"
    path.write_bytes(path.read_bytes()[: pages * 4096])
    assert detected(path, truth)


def test_the_complaint_names_the_damaged_page(path: Path) -> None:
    """What the engineer needs to know how much is lost."""
    content = bytearray(path.read_bytes())
    content[2 * 4096 + 100] ^= 1
    path.write_bytes(content)
    database = open_database(path, KEY, IDENTITY, read_only=True)
    assert any("page 3" in line for line in database.verify())
    database.close()


WRITER = """
import sys
from pathlib import Path
from kit.store.database import open_database
from tests.store.kits import IDENTITY, KEY
database = open_database(Path(sys.argv[1]), KEY, IDENTITY)
first = database.row("SELECT max(id) FROM note")[0] + 1
for n in range(first, first + 100_000):
    with database.transaction():
        database.execute("INSERT INTO note VALUES (?, 'committed')", n)
    print(n, flush=True)
"""


def test_no_acknowledged_commit_is_lost_by_kill_9(path: Path) -> None:
    """Killed at three different moments while committing; each acknowledged row is there again."""
    root = Path(__file__).resolve().parents[2]
    for enough in (1, 40, 150):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=root
        )
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(enough)]
        writer.kill()
        rest, _ = writer.communicate()
        acknowledged += [int(line) for line in rest.split("\n")[:-1]]
        database = open_database(path, KEY, IDENTITY)
        there = {row[0] for row in database.rows("SELECT id FROM note")}
        assert set(acknowledged) <= there
        assert database.verify() == []
        database.close()


# ------------------------------------------------------------------------------------- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 12 MiB; skipped where mounting is not permitted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small tmpfs is not permitted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(database: Database) -> tuple[int, KitError]:
    """Commit until the disk refuses: how many commits were acknowledged, and the refusal."""
    done = 0
    while True:
        try:
            with database.transaction():
                database.execute("INSERT INTO note (text) VALUES (?)", "x" * 20_000)
        except KitError as refusal:
            return done, refusal
        done += 1


def test_a_full_disk_loses_nothing_and_the_ballast_lets_writing_go_on(small_disk: Path) -> None:
    """The entry that does not fit is refused with its code; the reserve makes room for the next."""
    home = Home(small_disk)
    home.prepare()
    assert home.fill_ballast(6 * MIB)
    database = new_store(small_disk)
    done, refusal = fill(database)
    assert (type(refusal), refusal.code) == (Unavailable, "STO-010")
    assert not database.in_transaction
    assert database.row("SELECT count(*) FROM note") == (done,)
    assert home.release_ballast()
    with database.transaction():
        database.execute("INSERT INTO note (text) VALUES ('after')")
    database.close()
    database = open_database(small_disk / "store.db", KEY, IDENTITY)
    assert database.row("SELECT count(*) FROM note") == (done + 1,)
    assert database.verify() == []
    database.close()


def test_a_store_reopens_and_reads_on_a_full_disk(small_disk: Path) -> None:
    """The ward must see its patients even where not one byte can be written."""
    database = new_store(small_disk)
    done, _ = fill(database)
    database.close()
    (small_disk / "junk").write_bytes(b"x" * (free(small_disk)))
    database = open_database(small_disk / "store.db", KEY, IDENTITY)
    assert database.row("SELECT count(*) FROM note") == (done,)
    database.close()


def test_a_closed_store_on_a_full_disk_opens_with_the_ballast(small_disk: Path) -> None:
    """Something else filled the disk overnight: told as such, and the reserve opens the kit."""
    home = Home(small_disk)
    home.prepare()
    assert home.fill_ballast(2 * MIB)
    new_store(small_disk, rows=10).close()
    (small_disk / "junk").write_bytes(b"x" * free(small_disk))
    with pytest.raises(Unavailable) as caught:
        open_database(home.store, KEY, IDENTITY)
    assert caught.value.code == "STO-018"
    assert home.release_ballast()
    database = open_database(home.store, KEY, IDENTITY)
    database.execute("INSERT INTO note (text) VALUES ('after')")
    assert database.row("SELECT count(*) FROM note") == (11,)
    database.close()


def free(folder: Path) -> int:
    """Bytes left on a file system."""
    return Home(folder).free_bytes()
