"""Stores gone, empty, foreign or in clear; full disks: said in French, and nothing is lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.core.text import choose_language
from kit.node.service import Node
from tests.node.kits import PIN, ask, call, do, sealed_node, signed_in


def _missing(store: Path, _other: Path) -> None:
    store.unlink()


def _empty(store: Path, _other: Path) -> None:
    store.write_bytes(b"")


def _in_clear(store: Path, _other: Path) -> None:
    store.unlink()
    with sqlite3.connect(store) as db:
        db.execute("create table t(x)")
    db.close()


def _foreign(store: Path, other: Path) -> None:
    shutil.copy(other, store)


def _noise(store: Path, _other: Path) -> None:
    store.write_bytes(bytes(range(256)) * 64)


DAMAGES: tuple[Callable[[Path, Path], None], ...] = (_missing, _empty, _in_clear, _foreign, _noise)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_store_that_is_not_ours_is_refused_in_words_and_left_as_it_is(
    tmp_path: Path, damage: Callable[[Path, Path], None]
) -> None:
    """No new empty store is ever made in its place."""
    choose_language("fr")
    node, phrase = signed_in(tmp_path / "a")
    node.close()
    other, _other_phrase = signed_in(tmp_path / "b")
    other.close()
    store = tmp_path / "a" / "store.db"
    for name in ("store.db-wal", "store.db-shm"):
        (tmp_path / "a" / name).unlink(missing_ok=True)
    damage(store, tmp_path / "b" / "store.db")
    before = store.read_bytes() if store.exists() else None
    fault = call(sealed_node(tmp_path / "a"), "unlock", phrase=phrase)["fault"]
    assert fault["code"].startswith("STO-0")
    assert len(fault["args"]["text"].split()) > 8
    assert (store.read_bytes() if store.exists() else None) == before


def _stuff(disk: Path) -> Path:
    """A file that takes all the room that was left."""
    stuffing = disk / "stuffing"
    with stuffing.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            pass
    return stuffing


def _take_over(node: Node, _number: int) -> object:
    call(node, "lock")
    return call(node, "sign_in", person="Claire DUBOIS", pin=PIN)


def _mistype(node: Node, _number: int) -> object:
    """A wrong PIN, which is counted on disk; the right one sets the count back."""
    wrong = call(node, "sign_in", person="Claire DUBOIS", pin="000000")
    assert wrong["refused"]["code"] == "session.wrong_pin"
    return call(node, "sign_in", person="Claire DUBOIS", pin=PIN)


def _type(node: Node, number: int) -> object:
    return call(node, "draft.save", slot=f"note:{number}", body={"data": "x" * 8000})


@pytest.mark.parametrize("act", [_take_over, _mistype, _type])
def test_on_a_full_disk_people_still_sign_in_and_their_drafts_are_kept(
    small_disk: Path, act: Callable[[Node, int], object]
) -> None:
    """The reserve is there for whoever writes first, not for signed entries alone."""
    node, _phrase = signed_in(small_disk / "home")
    home = node.desk.kit.home
    home.release_ballast()
    assert home.fill_ballast(4 * 1024 * 1024)
    _stuff(small_disk)
    for number in range(400):
        done = act(node, number)
        assert "fault" not in done if isinstance(done, dict) else done
        if not home.ballast.exists():
            break
    assert not home.ballast.exists(), "the disk was never full"


def test_a_full_disk_refuses_in_words_loses_nothing_and_writes_again_once_freed(
    small_disk: Path,
) -> None:
    """The reserve is given back first; then the refusal; then, with room, the entry."""
    choose_language("fr")
    node, phrase = signed_in(small_disk / "home")
    stuffing = _stuff(small_disk)
    acknowledged = []
    refused = None
    for number in range(400):
        done = do(node, "note.write", patient="P1", target="Essai", data=f"{number} " + "x" * 4000)
        if "fault" in done:
            refused = done["fault"]
            break
        acknowledged += done["entries"]
    assert refused is not None
    assert refused["code"] == "STO-010"
    assert "disque" in refused["args"]["text"].lower()
    stuffing.unlink()
    acknowledged += do(node, "note.write", patient="P1", target="Essai", data="après")["entries"]
    node.close()
    again = sealed_node(small_disk / "home")
    call(again, "unlock", phrase=phrase)
    call(again, "sign_in", person="Claire DUBOIS", pin=PIN)
    found = {row["entry"] for row in ask(again, "note.list", patient="P1", limit=1000)}
    assert set(acknowledged) <= found
