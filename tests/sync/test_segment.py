"""A folder that anything may carry: equal entries on both sides, closed to whoever carries it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from kit.core.errors import BadInput
from kit.node.segments import Round, SharedFolder
from kit.sync.segment import read_feed_folder, read_name, run_name, set_name
from kit.ward.note import NoteWritten
from tests.sync.couriers import Fleet, drained
from tests.sync.kits import NOW, Kit, meet

MARKER = "ALLERGIE-PENICILLINE-LEFEVRE"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Three kits."""
    made = Fleet(tmp_path, 3)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty shared folder."""
    place = tmp_path / "shared"
    place.mkdir()
    return place


def a_round(shared: SharedFolder) -> Round:
    """One round at once."""
    return cast("Round", drained(shared.steps()))


def shared(fleet: Fleet, kit: Kit, folder: Path) -> SharedFolder:
    """A kit's part in the folder, as after a start."""
    return SharedFolder(fleet.side(kit), folder)


def files(folder: Path) -> set[Path]:
    """Every segment."""
    return {path for path in folder.rglob("*") if read_name(path.name)}


def test_entries_cross_the_folder_both_ways(fleet: Fleet, folder: Path) -> None:
    """In batches; a round with no news writes and reads nothing."""
    here, there, _third = fleet.kits
    left, right = shared(fleet, here, folder), shared(fleet, there, folder)
    here.vitals(700)
    there.vitals(3)
    assert a_round(left).written == 701
    got = a_round(right)
    assert (got.stored, got.written, got.refused) == (701, 4, {})
    assert a_round(left).stored == 4
    assert here.holds() == there.holds()
    assert here.told() == there.told()
    before = files(folder)
    for one in (left, right, left):
        assert a_round(one) == Round()
    assert files(folder) == before
    assert len(before) == 2


def test_what_came_by_the_folder_is_not_written_into_it_again(fleet: Fleet, folder: Path) -> None:
    """Nor after a start, nor by a kit that had it from elsewhere."""
    here, there, third = fleet.kits
    here.vitals(50)
    meet(here, third)
    a_round(shared(fleet, here, folder))
    a_round(shared(fleet, there, folder))
    assert a_round(shared(fleet, there, folder)).written == 0
    assert a_round(shared(fleet, third, folder)).written == 0
    assert a_round(shared(fleet, here, folder)).written == 0


def test_a_kit_goes_on_under_its_keys_after_a_start(fleet: Fleet, folder: Path) -> None:
    """No new edition for each start."""
    here, there, _third = fleet.kits
    for _start in range(3):
        here.vitals(2)
        a_round(shared(fleet, here, folder))
    assert len(list(folder.glob("*/*/keys"))) == 1
    a_round(shared(fleet, there, folder))
    assert there.holds() == here.holds()


def test_a_file_that_is_half_carried_is_left_for_the_next_round(fleet: Fleet, folder: Path) -> None:
    """Nothing of it is taken until it is whole."""
    here, there, _third = fleet.kits
    here.vitals(300)
    a_round(shared(fleet, here, folder))
    path = next(iter(files(folder)))
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    right = shared(fleet, there, folder)
    assert a_round(right).refused == {"USB-021": 1}
    assert not there.holds()
    path.write_bytes(whole)
    assert a_round(right).stored == 301


def test_a_kit_that_joins_later_reads_all_and_one_that_was_put_out_nothing_new(
    fleet: Fleet, folder: Path
) -> None:
    """Old keys are sealed for the newcomer; new ones are drawn without the one who left."""
    here, there, third = fleet.kits
    fleet.kits = [here, there]
    here.vitals(5)
    a_round(shared(fleet, here, folder))
    assert a_round(SharedFolder(fleet.side(third), folder)).stored == 0
    fleet.kits.append(third)
    here.vitals(1)
    left = shared(fleet, here, folder)
    a_round(left)
    assert a_round(shared(fleet, third, folder)).stored == 7
    side = fleet.side(third)
    fleet.members.strangers.add(third.signer.public)
    here.vitals(1)
    left.side = fleet.side(here)
    a_round(left)
    assert a_round(SharedFolder(side, folder)).stored == 0
    assert a_round(shared(fleet, there, folder)).stored == 8
    assert len(list(folder.glob("*/*/keys"))) == 2


def test_a_reader_opens_no_scope_that_it_may_not_hold(fleet: Fleet, folder: Path) -> None:
    """Each scope has its own key."""
    here, there, third = fleet.kits
    fleet.members.kept_from.add((third.signer.public, "w:NEPH"))
    here.vitals(4)
    here.vitals(4, ward="NEPH")
    a_round(shared(fleet, here, folder))
    got = a_round(shared(fleet, third, folder))
    assert (got.stored, got.refused) == (5, {})
    assert a_round(shared(fleet, there, folder)).stored == 10


def test_a_fork_crosses_the_folder(fleet: Fleet, folder: Path) -> None:
    """Both branches, once."""
    here, there, third = fleet.kits
    here.vitals(30)
    clone = fleet.clone(here)
    here.vitals(4)
    clone.record(NoteWritten(patient="p1", at=NOW, data="autre"))
    meet(here, there)
    meet(clone, there)
    left = shared(fleet, there, folder)
    a_round(left)
    right = shared(fleet, third, folder)
    a_round(right)
    assert third.holds() == there.holds()
    assert a_round(left).written == 0
    assert a_round(right).written == 0


def test_the_folder_tells_nothing_to_whoever_carries_it(fleet: Fleet, folder: Path) -> None:
    """Neither words nor ward names."""
    here = fleet.kits[0]
    here.record(NoteWritten(patient="p1", at=NOW, data=MARKER))
    a_round(shared(fleet, here, folder))
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for planted in (MARKER, "CARD", "note.written", "nurse"):
        assert planted.encode() not in content


def test_foreign_things_in_the_folder_hurt_nobody(fleet: Fleet, folder: Path) -> None:
    """Links, conflict copies, another kit's name: passed over or refused, the rest goes in."""
    here, there, third = fleet.kits
    here.vitals(10)
    a_round(shared(fleet, here, folder))
    path = next(iter(files(folder)))
    shutil.copy(path, path.with_name(path.name.replace(".seg", ".sync-conflict-20261128.seg")))
    (path.parent / run_name(12, 400, b"x")).symlink_to("/etc/passwd")
    (folder / "0123456789abcdef").symlink_to(path.parents[2])
    stolen = folder / third.signer.public[:8].hex()
    shutil.copytree(path.parents[2], stolen)
    got = a_round(shared(fleet, there, folder))
    assert got.stored == 11
    assert set(got.refused) == {"USB-023", "USB-013"}


def test_a_folder_that_is_away_is_told(fleet: Fleet, folder: Path) -> None:
    """A drive that is not mounted."""
    with pytest.raises(BadInput) as caught:
        a_round(shared(fleet, fleet.kits[0], folder / "away"))
    assert caught.value.code == "USB-002"


def test_names_are_for_ever() -> None:
    """They stand in folders that other versions read."""
    name = run_name(1, 20, b"content")
    assert name == "0000000001-0000000020-ed7002b439e9ac84.seg"
    told = read_name(name)
    assert told is not None
    assert (told.first, told.last, told.is_set) == (1, 20, False)
    assert read_name(set_name(3, [b"b", b"a"])) == read_name(set_name(3, [b"a", b"b"]))
    for foreign in (name + "x", "../" + name, name.upper(), name.replace("0", "\u0660"), ""):
        assert read_name(foreign) is None
    assert read_feed_folder("0001-" + "ab" * 16) == (1, b"\xab" * 16)
    assert read_feed_folder("1-" + "ab" * 16) is None
