"""A stick carries what a connection would: the same bytes, by the same way in, both ways."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.core.errors import BadInput, KitError
from kit.node.courier_in import in_steps
from kit.node.courier_out import out_steps
from kit.sync.courier import SEGMENT_BYTES, about, bundle_folder
from kit.sync.courier_plan import id8
from kit.ward.note import NoteWritten
from tests.sync.couriers import Fleet, drained, writers_end
from tests.sync.kits import NOW, meet

MARKER = "ALLERGIE-PENICILLINE-LEFEVRE"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Three kits; the third one travels little."""
    made = Fleet(tmp_path, 3)
    yield made
    made.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """An empty stick."""
    place = tmp_path / "stick"
    place.mkdir()
    return place


def test_what_one_kit_wrote_stands_on_the_other(fleet: Fleet, stick: Path) -> None:
    """All entries, in tables too, and a second reading changes nothing."""
    here, there, _third = fleet.kits
    here.vitals(700)
    here.vitals(3, ward="NEPH")
    written = fleet.write(here, stick)
    assert written.entries == 705
    assert len(written.bundles) == 1
    report = fleet.read(there, stick)
    assert (report.stored, report.known, report.refused) == (705, 0, {})
    assert report.senders == (here.signer.public,)
    assert there.holds() >= here.holds()
    assert there.told() == here.told()
    again = fleet.read(there, stick)
    assert (again.stored, again.known, again.refused) == (0, 705, {})


def test_the_next_trip_carries_only_what_is_new_both_ways(fleet: Fleet, stick: Path) -> None:
    """The reader's want file makes the sender's next bundle small; so does the sender's."""
    here, there, _third = fleet.kits
    here.vitals(400)
    fleet.write(here, stick)
    fleet.read(there, stick)
    here.vitals(5)
    there.vitals(7)
    assert fleet.write(here, stick).entries == 5
    assert fleet.write(there, stick).entries == 8  # seven and the opening of its feed
    assert fleet.read(here, stick).stored == 8
    assert fleet.read(there, stick).stored == 5
    assert here.holds() == there.holds()
    assert fleet.write(here, stick).entries == 0
    assert not fleet.write(here, stick).bundles


def test_a_third_kit_that_comes_late_gets_all_from_the_chain_of_bundles(
    fleet: Fleet, stick: Path
) -> None:
    """Incremental bundles stand beside the first one, which is not removed."""
    here, there, third = fleet.kits
    here.vitals(300)
    fleet.write(here, stick)
    fleet.read(there, stick)
    here.vitals(20)
    fleet.write(here, stick)
    report = fleet.read(third, stick)
    assert report.refused == {}
    assert third.holds() >= here.holds()


def test_a_bundle_that_a_newer_one_holds_whole_makes_room_for_it(fleet: Fleet, stick: Path) -> None:
    """Two trips that nobody answered leave one bundle, not two."""
    here = fleet.kits[0]
    here.vitals(10)
    first = fleet.write(here, stick).bundles
    here.vitals(10)
    second = fleet.write(here, stick).bundles
    assert {path.name for path in stick.glob("kit-bundle-*")} == set(second)
    assert first != second


def test_a_named_recipient_gets_all_and_others_cannot_open_it(fleet: Fleet, stick: Path) -> None:
    """What is for one kit is refused by the others in words, and nothing of it is taken."""
    here, there, third = fleet.kits
    here.vitals(10)
    fleet.write(here, stick, to=[there.signer.public.hex()[:16]])
    assert fleet.read(third, stick).refused == {"USB-017": 2}
    assert not third.holds()
    assert fleet.read(there, stick).stored == 11


def test_a_reader_gets_no_key_of_a_scope_that_it_may_not_hold(fleet: Fleet, stick: Path) -> None:
    """Each audience has its own key: a ward's entries stay closed to a kit without that ward."""
    here, there, third = fleet.kits
    here.vitals(10)
    here.vitals(10, ward="NEPH")
    fleet.members.kept_from.add((third.signer.public, "w:NEPH"))
    fleet.write(here, stick)
    assert fleet.read(third, stick).stored == 11
    assert fleet.read(there, stick).stored == 22
    assert not any(
        third.replica.scope_of(row.name) == "w:NEPH"
        for row in third.replica.feeds.by_number.values()
    )


def test_nothing_is_in_clear_on_the_stick(fleet: Fleet, stick: Path) -> None:
    """Neither words nor ward names nor labels; and no other user may read the files."""
    here = fleet.kits[0]
    here.record(NoteWritten(patient="p1", at=NOW, data=MARKER))
    fleet.write(here, stick)
    files = [path for path in stick.rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in files)
    for planted in (MARKER, "CARD", "note.written", "nurse", "p1"):
        assert planted.encode() not in content
    modes = {stat.S_IMODE(path.stat().st_mode) for path in files}
    assert modes == {0o600}
    assert len(files) >= 3


def test_segments_stay_below_their_limit(fleet: Fleet, stick: Path) -> None:
    """FAT cannot hold a file of 4 GiB; no segment passes 16 MiB."""
    here = fleet.kits[0]
    for start in range(26):
        here.record(
            *(NoteWritten(patient="p1", at=NOW, data=f"{start} {n} é" * 5000) for n in range(20)),
        )
    written = fleet.write(here, stick)
    segments = list(stick.rglob("seg-*"))
    assert len(segments) > 1
    assert written.files == len(segments) + 1
    assert max(path.stat().st_size for path in segments) <= SEGMENT_BYTES
    assert fleet.read(fleet.kits[1], stick).stored == written.entries


def test_a_fork_travels_by_stick(fleet: Fleet, stick: Path) -> None:
    """A cloned disk: both branches reach a third kit, which neither met."""
    here, there, third = fleet.kits
    here.vitals(30)
    clone = fleet.clone(here)
    here.vitals(4)
    clone.record(NoteWritten(patient="p1", at=NOW, data="autre"))
    meet(here, there)
    meet(clone, there)
    assert there.replica.vector(there.signer.public).forks
    fleet.write(there, stick)
    fleet.read(third, stick)
    assert third.holds() == there.holds()
    assert fleet.write(there, stick).entries == 0


def test_a_kit_restored_from_a_copy_gets_its_own_entries_back(fleet: Fleet, stick: Path) -> None:
    """Its own feed comes back on the stick beyond its tip."""
    here, there, _third = fleet.kits
    here.vitals(10)
    restored = fleet.clone(here)
    here.vitals(5)
    meet(here, there)
    fleet.write(there, stick)
    report = fleet.read(restored, stick)
    assert report.stored == 5
    assert restored.renewed == 1


def test_nobody_to_write_for_is_told(tmp_path: Path, stick: Path) -> None:
    """A kit alone in its fleet would write what nobody can open."""
    alone = Fleet(tmp_path, 1)
    alone.kits[0].vitals()
    with pytest.raises(BadInput) as caught:
        alone.write(alone.kits[0], stick)
    assert caught.value.code == "USB-007"
    with pytest.raises(BadInput) as unknown:
        alone.write(alone.kits[0], stick, to=["0" * 16])
    assert unknown.value.code == "USB-007"
    alone.close()


@pytest.mark.parametrize("place", ["none", "file"])
def test_a_folder_that_is_not_there_is_told(fleet: Fleet, tmp_path: Path, place: str) -> None:
    """Out and in."""
    (tmp_path / "file").write_text("")
    for steps in (
        out_steps(fleet.side(fleet.kits[0]), tmp_path / place),
        in_steps(fleet.side(fleet.kits[0]), tmp_path / place),
    ):
        with pytest.raises(KitError) as caught:
            drained(steps)
        assert caught.value.code == "USB-002"


def test_an_empty_stick_is_told(fleet: Fleet, stick: Path) -> None:
    """There is nothing to take."""
    (stick / "photo.jpg").write_text("x")
    with pytest.raises(BadInput) as caught:
        fleet.read(fleet.kits[0], stick)
    assert caught.value.code == "USB-001"


def test_cancelling_keeps_what_is_in_and_starting_again_does_the_rest(
    fleet: Fleet, stick: Path
) -> None:
    """The steps end at any of their yields."""
    here, there, _third = fleet.kits
    here.vitals(2000)
    fleet.write(here, stick)
    steps = in_steps(fleet.side(there), stick)
    while not there.holds():
        next(steps)
    steps.close()
    part = len(there.holds())
    assert 0 < part < 2001
    report = fleet.read(there, stick)
    assert report.stored == 2001 - part
    assert report.refused == {}


def test_cancelling_the_writing_leaves_no_half_bundle(fleet: Fleet, stick: Path) -> None:
    """Neither a bundle that looks whole nor a draft."""
    here = fleet.kits[0]
    here.vitals(3000)
    steps = out_steps(fleet.side(here), stick)
    while next(steps)["done"] < 500:
        pass
    steps.close()
    writers_end()
    assert list(stick.iterdir()) == []


def test_a_draft_that_a_pulled_stick_left_is_no_bundle_and_is_cleared(
    fleet: Fleet, stick: Path
) -> None:
    """Only the one who left it clears it."""
    here, there, _third = fleet.kits
    here.vitals(3)
    own = stick / f"kit-bundle-{'0' * 16}.part-{here.signer.public[:8].hex()}"
    foreign = stick / f"kit-bundle-{'1' * 16}.part-{there.signer.public[:8].hex()}"
    own.mkdir()
    (own / "seg-0000-000000").write_bytes(b"half")
    foreign.mkdir()
    with pytest.raises(BadInput):
        fleet.read(there, stick)
    fleet.write(here, stick)
    assert not own.exists()
    assert foreign.exists()


def test_names_and_bindings_are_for_ever() -> None:
    """They are in files that other versions read."""
    assert bundle_folder(bytes(range(8))) == "kit-bundle-0001020304050607"
    assert about(b"n" * 8, 1, 2) == b"kit segmentnnnnnnnn\0\0\0\1\0\0\0\2"
    assert len(id8(b"x" * 100)) == 8
