"""The golden bytes of the wire read the same for ever, and damage to them is only ever refused."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.core.envelope import FEED_OPEN, decode_header, decode_inner, raw_id
from kit.sync import courier_frames, frames
from kit.sync.courier import decode_manifest, decode_run
from kit.sync.stream import opened
from tests.fuzz.mutation import mutated
from tests.fuzz.targets import ABOUT, GOLDEN, KEY, SEEDS, TARGETS, Victim, corpus, joined, split
from tests.sync.couriers import Fleet
from tests.sync.kits import FLEET, NOW

DAMAGED = 400


@pytest.fixture(scope="module")
def victim() -> Iterator[Victim]:
    """One store for all inputs: whatever it takes, it may only grow by golden entries."""
    made = Victim()
    yield made
    made.close()


def test_the_golden_bytes_are_the_ones_that_were_frozen() -> None:
    """A file that changes would hide a change of format."""
    told: dict[str, str] = json.loads((GOLDEN / "digests.json").read_text())
    there = {
        path.relative_to(GOLDEN).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in sorted(GOLDEN.rglob("*"))
        if path.is_file() and path.name != "digests.json"
    }
    assert there == told


def test_golden_entries_chain_and_open() -> None:
    """Signature, place, order, the clear first entry."""
    entries = [path.read_bytes() for path in sorted((GOLDEN / "entry").glob("*.bin"))]
    contents = [decode_header(raw) for raw in entries]
    assert [one.seq for one in contents] == list(range(1, len(entries) + 1))
    assert decode_inner(contents[0].body).type == FEED_OPEN
    assert all(
        after.prev == raw_id(before) for before, after in zip(entries, contents[1:], strict=False)
    )
    assert all(one.kid for one in contents[1:])


def test_golden_frames_are_written_and_read_alike() -> None:
    """Each kind of frame, to the byte."""
    for path in sorted((GOLDEN / "frame").glob("*.bin")):
        data = path.read_bytes()
        (one,) = frames.FrameReader().feed(data)
        assert type(one).__name__.lower() == path.stem
        assert frames.encode(one) == data


def test_golden_frames_of_the_reader_are_read_alike() -> None:
    """What the limited process says and is asked."""
    for path in sorted((GOLDEN / "pipe").glob("*.bin")):
        data = path.read_bytes()
        decode = courier_frames.decode_said
        if path.stem in ("look", "read", "fetch"):
            one: object = courier_frames.decode_asked(data)
        else:
            one = decode(data)
        assert type(one).__name__.lower() == path.stem


def test_a_golden_segment_opens() -> None:
    """Forty-one entries in two runs."""
    data = (GOLDEN / "segment" / "two-runs.bin").read_bytes()
    runs = [decode_run(chunk) for chunk in opened(KEY, ABOUT, data)]
    entries = [path.read_bytes() for path in sorted((GOLDEN / "entry").glob("*.bin"))]
    assert [raw for run in runs for raw in run.raws] == entries


def test_a_golden_manifest_reads() -> None:
    """Its clear part."""
    manifest = decode_manifest((GOLDEN / "manifest" / "bundle.bin").read_bytes())
    assert manifest.fleet == FLEET
    assert not manifest.exercise
    assert len(manifest.boxes) == 2


def test_a_golden_stick_is_taken_whole(tmp_path: Path) -> None:
    """By the kit that it was sealed for, to the same entries and tables."""
    fleet = Fleet(tmp_path, 2)
    stick = tmp_path / "stick"
    shutil.copytree(GOLDEN / "stick", stick)
    report = fleet.read(fleet.kits[1], stick)
    assert (report.stored, report.refused) == (41, {})
    entries = {path.read_bytes() for path in (GOLDEN / "entry").glob("*.bin")}
    assert fleet.kits[1].holds() == entries
    assert len(fleet.kits[1].told()) == 40
    assert NOW
    fleet.close()


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_damage_is_refused(name: str) -> None:
    """Seeded: the same damage at each run."""
    seeds, chance = corpus(name), random.Random(f"wire {name}")
    for data in (b"", b"\0", b"\xff" * 100, *seeds):
        TARGETS[name](data)
    for _input in range(DAMAGED):
        TARGETS[name](mutated(chance, seeds))


@pytest.mark.parametrize("name", ["take", "session"])
def test_a_store_takes_nothing_but_genuine_entries(victim: Victim, name: str) -> None:
    """Whatever it is offered: nobody here has a key to make others."""
    target, seeds, chance = getattr(victim, name), corpus(name), random.Random(f"wire {name}")
    for _input in range(DAMAGED):
        target(mutated(chance, seeds))
    for data in seeds:
        target(data)


def test_the_store_still_takes_what_is_genuine(victim: Victim) -> None:
    """After all that, nothing stands in the way of the rest."""
    victim.take(joined(corpus("entry")))
    assert victim.kit.holds() == victim.genuine


def test_every_target_has_seeds() -> None:
    """A target without good bytes to damage would only see noise."""
    assert all(corpus(name) for name in SEEDS)
    assert list(split(joined([b"a", b""]))) == [b"a", b""]
