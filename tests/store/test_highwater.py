"""Yesterday's store put back in place is noticed, although each of its pages is sound."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.errors import KitError
from kit.store import highwater
from kit.store.database import Database, open_database
from kit.store.highwater import HighWater, Mark, MarkState, compare, first_mark, load
from tests.store.kits import IDENTITY, KEY, KIT_ID, chance, new_store

MARK_KEY = bytes(range(32, 64))
LIFE = b"incarn-1"
FEED = b"f" * 16
OTHER = b"g" * 16
WALL = 1_795_000_000_000


class Log:
    """The least log there can be: one feed in one table, with its mark beside it."""

    def __init__(self, folder: Path, every: int = 1) -> None:
        self.mark = folder / "mark"
        self.store = folder / "store.db"
        self.database: Database = (
            open_database(self.store, KEY, IDENTITY) if self.store.exists() else new_store(folder)
        )
        found = load(self.mark, MARK_KEY, KIT_ID)
        mark = found if isinstance(found, Mark) else first_mark(KIT_ID, LIFE)
        self.water = HighWater(self.mark, MARK_KEY, mark, every)

    def write(self, count: int, seed: int = 1) -> None:
        """Commit events one by one, as a ward would."""
        draw = chance(seed)
        for _ in range(count):
            seq, event_id = self.tip()[0] + 1, draw(32)
            with self.database.transaction():
                self.database.execute("INSERT INTO note VALUES (?, ?)", seq, event_id.hex())
                self.water.note(FEED, seq, event_id)
            self.water.committed(WALL + seq)

    def tip(self) -> tuple[int, bytes]:
        """The feed's last sequence number and id in the store."""
        row = self.database.row("SELECT id, text FROM note ORDER BY id DESC LIMIT 1")
        return (row[0], bytes.fromhex(row[1])) if row else (0, b"")

    def id_at(self, _feed: bytes, seq: int) -> bytes | None:
        """The id of one event in the store."""
        row = self.database.row("SELECT text FROM note WHERE id = ?", seq)
        return bytes.fromhex(row[0]) if row else None

    def compare(self) -> highwater.Rollback | None:
        """What the mark says of the store."""
        mark = load(self.mark, MARK_KEY, KIT_ID)
        assert isinstance(mark, Mark)
        return compare(mark, LIFE, {FEED: self.tip()}, self.id_at)

    def close(self) -> None:
        """Close the store; the mark stays as it was last written."""
        self.database.close()


def test_a_store_that_only_went_on_is_not_suspected(tmp_path: Path) -> None:
    """Through closings and openings, and with a mark that lags behind."""
    for every in (1, 7):
        log = Log(tmp_path, every)
        log.write(10, seed=every)
        assert log.compare() is None
        log.close()


def test_yesterdays_store_put_back_is_noticed(tmp_path: Path) -> None:
    """Hazard: an allergy noted since would be missing without a word."""
    log = Log(tmp_path)
    log.write(5)
    log.close()
    shutil.copy(log.store, tmp_path / "yesterday")
    log = Log(tmp_path)
    log.write(4, seed=2)
    log.close()
    shutil.copy(tmp_path / "yesterday", log.store)
    log = Log(tmp_path)
    assert log.database.verify() == []
    found = log.compare()
    assert found is not None
    assert found.behind == {FEED: (5, 9)}
    assert (found.missing, found.since_ms, found.code) == (4, WALL + 9, "STO-040")
    log.close()


def test_a_store_rewritten_past_its_mark_is_noticed(tmp_path: Path) -> None:
    """Longer than remembered, but with another history."""
    log = Log(tmp_path)
    log.write(5)
    log.database.execute("DELETE FROM note WHERE id > 3")
    log.water = HighWater(tmp_path / "elsewhere", MARK_KEY, first_mark(KIT_ID, LIFE))
    log.write(6, seed=8)
    found = log.compare()
    assert found is not None
    assert (found.behind, found.rewritten) == ({}, [FEED])
    log.close()


def test_commits_lost_with_the_write_ahead_log_are_noticed(tmp_path: Path) -> None:
    """A cut or damaged log makes SQLite drop commits without any error."""
    log = Log(tmp_path)
    log.write(5)
    log.database.checkpoint()
    log.write(5, seed=2)
    held = tmp_path / "held"
    shutil.copy(log.store, held)
    log.close()
    shutil.copy(held, log.store)
    log = Log(tmp_path)
    assert log.database.verify() == []
    found = log.compare()
    assert found is not None
    assert found.missing > 0
    log.close()


def test_a_store_from_before_the_present_incarnation_is_noticed(tmp_path: Path) -> None:
    """An old copy restored a second time."""
    mark = highwater.next_incarnation(first_mark(KIT_ID, LIFE), b"incarn-2", {FEED: (3, b"x" * 32)})
    found = compare(mark, LIFE, {FEED: (3, b"x" * 32)}, lambda _feed, _seq: b"x" * 32)
    assert found is not None
    assert found.other_incarnation
    assert (mark.incarnations, found.behind, found.rewritten) == (2, {}, [])


def test_a_new_incarnation_starts_from_what_is_there(tmp_path: Path) -> None:
    """Once told, the restored store is its own reference: no alarm for ever."""
    tips = {FEED: (5, b"x" * 32)}
    old = Mark(KIT_ID, LIFE, 1, {FEED: (9, b"y" * 32)}, WALL)
    water = HighWater(
        tmp_path / "mark", MARK_KEY, highwater.next_incarnation(old, b"incarn-2", tips)
    )
    water.write(WALL)
    mark = load(tmp_path / "mark", MARK_KEY, KIT_ID)
    assert isinstance(mark, Mark)
    assert compare(mark, b"incarn-2", tips, lambda _feed, _seq: b"x" * 32) is None


def test_the_mark_lags_by_less_than_its_step(tmp_path: Path) -> None:
    """The promise: at most every - 1 events are not covered after a crash, none after a write."""
    water = HighWater(tmp_path / "mark", MARK_KEY, first_mark(KIT_ID, LIFE), every=4)
    for seq in range(1, 11):
        water.note(FEED, seq, b"x" * 32)
        water.committed(WALL)
        mark = load(tmp_path / "mark", MARK_KEY, KIT_ID)
        covered = mark.tips[FEED][0] if isinstance(mark, Mark) else 0
        assert seq - covered < 4
    water.write(WALL)
    mark = load(tmp_path / "mark", MARK_KEY, KIT_ID)
    assert isinstance(mark, Mark)
    assert mark.tips[FEED][0] == 10


def test_a_transaction_given_up_leaves_no_false_alarm(tmp_path: Path) -> None:
    """What was noted but never committed must not be missed later."""
    water = HighWater(tmp_path / "mark", MARK_KEY, first_mark(KIT_ID, LIFE))
    water.note(FEED, 1, b"x" * 32)
    water.write(WALL)
    water.note(FEED, 2, b"y" * 32)
    water.abandoned({FEED: (1, b"x" * 32)})
    water.write(WALL)
    mark = load(tmp_path / "mark", MARK_KEY, KIT_ID)
    assert isinstance(mark, Mark)
    assert mark.tips == {FEED: (1, b"x" * 32)}


# ------------------------------------------------------------------------------ the file itself


def written(folder: Path) -> Path:
    """A mark of two feeds."""
    path = folder / "mark"
    water = HighWater(path, MARK_KEY, first_mark(KIT_ID, LIFE))
    water.note(FEED, 3, b"x" * 32)
    water.note(OTHER, 1, b"y" * 32)
    water.write(WALL)
    return path


def test_a_mark_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Every feed, every figure."""
    tips = {FEED: (3, b"x" * 32), OTHER: (1, b"y" * 32)}
    assert load(written(tmp_path), MARK_KEY, KIT_ID) == Mark(KIT_ID, LIFE, 1, tips, WALL)


def test_a_missing_mark_is_told_and_not_fatal(tmp_path: Path) -> None:
    """The ward works on; the screen says that a rollback would not be seen."""
    assert load(tmp_path / "mark", MARK_KEY, KIT_ID) is MarkState.MISSING
    assert MarkState.MISSING.value == "STO-041"


def test_another_kits_mark_counts_as_damaged(tmp_path: Path) -> None:
    """By its key, and by its name even under the same key."""
    path = written(tmp_path)
    assert load(path, bytes(32), KIT_ID) is MarkState.DAMAGED
    assert load(path, MARK_KEY, b"z" * 16) is MarkState.DAMAGED


def test_every_flipped_bit_of_a_mark_is_seen(tmp_path: Path) -> None:
    """A mark made younger by hand would hide a rollback."""
    path = written(tmp_path)
    sound = path.read_bytes()
    for place in range(len(sound)):
        changed = bytearray(sound)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        assert load(path, MARK_KEY, KIT_ID) is MarkState.DAMAGED


@given(body=st.binary(max_size=120), sealed=st.booleans())
def test_any_file_is_a_mark_or_damaged(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, sealed: bool
) -> None:
    """Nothing in this file may keep the store from opening."""
    path = tmp_path_factory.getbasetemp() / "odd-mark"
    path.write_bytes(highwater.MAGIC + body + highwater._seal(body, MARK_KEY) if sealed else body)
    assert isinstance(load(path, MARK_KEY, KIT_ID), Mark | MarkState)


def test_a_folder_in_its_place_is_damage(tmp_path: Path) -> None:
    """Whatever the disk answers, it is reported and not raised."""
    (tmp_path / "mark").mkdir()
    assert load(tmp_path / "mark", MARK_KEY, KIT_ID) is MarkState.DAMAGED


def test_a_full_disk_keeps_the_mark_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writing of the mark may fail; the old one is never torn."""
    path = written(tmp_path)
    before = path.read_bytes()
    found = load(path, MARK_KEY, KIT_ID)
    assert isinstance(found, Mark)
    water = HighWater(path, MARK_KEY, found)

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        water.note(FEED, 4, b"z" * 32)
        with pytest.raises((OSError, KitError)):
            water.write(WALL)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["mark"]
