"""A stick made to hurt: refused, counted, said in words; what is good on it still goes in."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from kit.core.envelope import fleet_id
from kit.core.errors import KitError
from kit.core.replication import Vector
from kit.node import courier_out, courier_side
from kit.node.courier_in import Report, in_steps
from kit.node.courier_out import out_steps
from kit.sync import courier_pipe, courier_reader
from kit.sync.courier import (
    MAGIC,
    Inside,
    Manifest,
    Range,
    Run,
    Segment,
    about,
    encode_run,
    seal_keys,
    write_manifest,
)
from kit.sync.courier_frames import Fetch, Listing, Read
from kit.sync.courier_pipe import LimitedReader
from kit.sync.courier_plan import id8
from kit.sync.sealing import seal
from kit.sync.stream import sealed
from tests.sync.couriers import Fleet, drained, recipient, writers_end
from tests.sync.kits import FLEET, NOW, ROOT, Kit

POSIX = pytest.mark.skipif(os.name == "nt", reason="links and pipes of POSIX")


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Two kits."""
    made = Fleet(tmp_path, 2)
    yield made
    made.close()


@pytest.fixture
def stick(fleet: Fleet, tmp_path: Path) -> Path:
    """A good stick: 600 entries of the first kit."""
    place = tmp_path / "stick"
    place.mkdir()
    fleet.kits[0].vitals(300)
    fleet.write(fleet.kits[0], place)
    return place


def bundle(stick: Path) -> Path:
    """The stick's first bundle."""
    return next(stick.glob("kit-bundle-*"))


def segment(stick: Path) -> Path:
    """Its first segment."""
    return next(bundle(stick).glob("seg-*"))


def made_by(
    fleet: Fleet, author: Kit, stick: Path, runs: list[Run], lies: dict[str, Any] | None = None
) -> None:
    """A bundle by hand: signed by its author, with whatever it wants to say."""
    name, key = b"handmade", b"k" * 32
    content = sealed_runs(key, about(name, 0, 0), runs)
    entries = sum(len(run.raws) for run in runs)
    ranges = tuple(
        Range(run.feed, run.fork, at, at + len(run.raws) - 1, id8(run.raws[-1]))
        for at, run in zip(starts(runs), runs, strict=True)
    )
    told = {"size": len(content), "entries": entries, "ranges": ranges, **(lies or {})}
    part = Segment(lot=0, number=0, early=False, **told)
    boxes = {
        one.device[:8]: seal_keys({0: key}, [0], one.exchange, seal)
        for one in map(recipient, fleet.kits)
    }
    bare = Manifest(1, FLEET, False, author.signer.public, name, {}, b"")
    data = write_manifest(
        bare, Inside(NOW, "1", Vector({}), (part,)), {0: key}, boxes, author.signer.sign
    )
    folder = stick / f"kit-bundle-{name.hex()}"
    folder.mkdir()
    (folder / "manifest").write_bytes(data)
    (folder / part.name).write_bytes(content)


def starts(runs: list[Run]) -> list[int]:
    """First numbers of runs that follow each other in one feed."""
    found, at = [], 1
    for run in runs:
        found.append(at)
        at += len(run.raws)
    return found


def sealed_runs(key: bytes, bound: bytes, runs: list[Run]) -> bytes:
    """A stream of runs."""
    from kit.sync.stream import StreamSealer

    stream = StreamSealer(key, bound)
    return stream.header + b"".join(
        [*(stream.chunk(encode_run(run)) for run in runs), stream.chunk(b"", last=True)]
    )


def feed_runs(kit: Kit) -> list[Run]:
    """Everything of a kit's ward feed."""
    feed = next(row.name for row in kit.log.feeds.by_number.values() if row.scope == "w:CARD")
    found: list[Run] = []
    at = 0
    while raws := kit.replica.run(feed, at):
        found.append(Run(feed, 0, tuple(raws)))
        at += len(raws)
    return found


# ----------------------------------------------------------------------------- no plain files


@POSIX
@pytest.mark.parametrize("kind", ["symlink", "loop", "hard", "fifo", "folder", "device", "socket"])
@pytest.mark.parametrize("target", ["manifest", "segment"])
def test_what_is_no_plain_file_is_not_opened(
    fleet: Fleet, stick: Path, tmp_path: Path, kind: str, target: str
) -> None:
    """Neither a link nor a pipe nor a device is read, and none of them holds the kit up."""
    path = bundle(stick) / "manifest" if target == "manifest" else segment(stick)
    good = tmp_path / "elsewhere"
    path.rename(good)
    if kind == "symlink":
        path.symlink_to(good)
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "hard":
        os.link(good, path)
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        made = subprocess.run(["mknod", str(path), "c", "1", "5"], capture_output=True, check=False)
        if made.returncode:
            pytest.skip("making a device needs rights that this user has not")
    else:
        with socket.socket(socket.AF_UNIX) as one, contextlib.chdir(path.parent):
            one.bind(path.name)
    report = fleet.read(fleet.kits[1], stick)
    assert report.stored == 0
    assert set(report.refused) == {"USB-023"}


@POSIX
@pytest.mark.parametrize("name", ["kit-bundle-0000000000000000", "want-0000000000000000"])
def test_a_link_in_place_of_a_folder_or_want_file_is_not_followed(
    fleet: Fleet, stick: Path, tmp_path: Path, name: str
) -> None:
    """The rest of the stick goes in; the want file that is written replaces the link itself."""
    shutil.move(bundle(stick), tmp_path / "kit-bundle-good")
    aim = tmp_path / "aim"
    aim.write_text("untouched")
    (stick / name).symlink_to(tmp_path / "kit-bundle-good" if "bundle" in name else aim)
    own = stick / f"want-{fleet.kits[1].signer.public[:8].hex()}"
    own.unlink(missing_ok=True)
    own.symlink_to(aim)
    report = fleet.read(fleet.kits[1], stick)
    assert report.stored == 0
    assert report.refused["USB-023"] >= 1
    assert aim.read_text() == "untouched"
    assert own.is_file()
    assert not own.is_symlink()


def test_names_that_are_not_ours_are_neither_opened_nor_said(fleet: Fleet, stick: Path) -> None:
    """Traversal, right-to-left marks, line ends, capitals, near misses: all passed over."""
    zeros = "0" * 16
    for name in (
        f"..kit-bundle-{zeros}", f"kit-bundle-{zeros}.", f"kit-bundle-{zeros[1:]}G",
        f"kit-bundle-\u202e{zeros[1:]}", f"kit-bundle-{zeros}\n", f"KIT-BUNDLE-{zeros}",
        "kit-bundle-" + "\u0660" * 16, f"want-{zeros}\u200b", "autorun.inf", "caf\u00e9\t.pdf.exe",
    ):  # fmt: skip
        (stick / name).mkdir()
        (stick / name / "manifest").write_bytes(b"x")
    report = fleet.read(fleet.kits[1], stick)
    assert report.stored == 301
    assert report.refused == {}


@pytest.mark.parametrize(
    "path", [("..", "x"), ("a/b",), ("/etc", "passwd"), ("a\0b",), (".",), ("",)]
)
def test_the_reader_goes_nowhere_but_into_its_folder(tmp_path: Path, path: tuple[str, ...]) -> None:
    """Even if the kit itself asked for it."""
    with LimitedReader(tmp_path) as reader:
        reader.ask(Read(path, b"k" * 32, b""))
        said = reader.said(20)
    assert getattr(said, "code", "") == "USB-023"


# ----------------------------------------------------------------------------- size and number


@POSIX
@pytest.mark.parametrize("target", ["manifest", "segment", "want"])
def test_a_huge_sparse_file_is_refused_by_its_size(fleet: Fleet, stick: Path, target: str) -> None:
    """Nothing of it is read into memory."""
    path = {
        "manifest": bundle(stick) / "manifest",
        "segment": segment(stick),
        "want": stick / "want-0000000000000000",
    }[target]
    with path.open("ab") as file:
        file.truncate(1 << 42)
    report = fleet.read(fleet.kits[1], stick)
    assert report.refused["USB-024"] >= 1
    assert report.stored == (301 if target == "want" else 0)


def test_a_folder_of_very_many_names_is_looked_at_up_to_a_limit(
    stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader stops counting and says so."""
    monkeypatch.setattr(courier_reader, "NAMES", 20)
    for n in range(30):
        (stick / f"f{n}").touch()
    root = courier_reader.Place(str(stick))
    listing = next(courier_reader.look(root))
    root.close()
    assert isinstance(listing, Listing)
    assert listing.capped
    assert listing.names == 20


@pytest.mark.soak
def test_a_stick_of_a_million_tiny_files(fleet: Fleet, stick: Path, tmp_path: Path) -> None:
    """The kit looks at the first hundred thousand names, says so, and goes on."""
    many = tmp_path / "many"
    many.mkdir()
    here = os.open(many, os.O_RDONLY)
    for n in range(1_000_000):
        os.close(os.open(f"f{n}", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    shutil.move(bundle(stick), many)
    report = fleet.read(fleet.kits[1], many)
    assert report.refused["USB-025"] == 1
    shutil.rmtree(many)


def test_manifests_that_would_fill_the_memory_are_refused(
    fleet: Fleet, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However well they are signed; those before them are read."""
    monkeypatch.setattr(courier_out, "MANIFESTS_BYTES", 2_000)
    for n in range(4):
        shutil.copytree(bundle(stick), stick / f"kit-bundle-ffffffffffffff{n:02d}")
    report = fleet.read(fleet.kits[1], stick)
    assert report.refused["USB-024"] >= 1


def test_more_than_a_kit_takes_at_once_is_refused_before_it_is_read(
    fleet: Fleet, stick: Path
) -> None:
    """By what the manifest says of itself."""
    here = fleet.kits[0]
    shutil.rmtree(bundle(stick))
    made_by(fleet, here, stick, feed_runs(here), {"entries": 4_000_000_000})
    report = fleet.read(fleet.kits[1], stick)
    assert set(report.refused) == {"USB-026"}
    assert report.stored == 0


# ----------------------------------------------------------------------------- damage


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.999])
def test_a_segment_that_was_cut_off_gives_what_stands_before_the_cut(
    fleet: Fleet, stick: Path, share: float
) -> None:
    """And the next trip brings the rest."""
    here, there = fleet.kits
    path = segment(stick)
    size = path.stat().st_size
    os.truncate(path, int(size * share))
    report = fleet.read(there, stick)
    assert set(report.refused) == {"USB-020"}
    assert report.stored + report.refused["USB-020"] >= 301
    fleet.write(here, stick)
    fleet.read(there, stick)
    assert there.holds() == here.holds()


@pytest.mark.parametrize("place", [3, 30, 40, 20_000, -10])
def test_a_flipped_bit_costs_no_entry_before_it(fleet: Fleet, stick: Path, place: int) -> None:
    """Nothing false goes in; writing again mends it."""
    here, there = fleet.kits
    path = segment(stick)
    data = bytearray(path.read_bytes())
    data[place] ^= 4
    path.write_bytes(data)
    report = fleet.read(there, stick)
    assert set(report.refused) <= {"USB-020", "USB-021"}
    assert report.refused
    assert there.holds() <= here.holds()
    fleet.write(here, stick)
    fleet.read(there, stick)
    assert there.holds() == here.holds()


def test_every_part_of_a_manifest_is_signed(fleet: Fleet, stick: Path) -> None:
    """A flip anywhere in it is noticed before anything it says is used."""
    path = bundle(stick) / "manifest"
    whole = path.read_bytes()
    there = fleet.kits[1]
    codes: set[str] = set()
    for at in range(0, len(whole), 61):
        data = bytearray(whole)
        data[at] ^= 1
        with pytest.raises(KitError) as caught:
            fleet.side(there).reader.read(bytes(data))
        codes.add(caught.value.code)
    assert codes <= {"USB-010", "USB-011", "USB-012", "USB-013", "USB-016", "USB-018"}
    assert "USB-013" in codes


@pytest.mark.parametrize("size", [0, 1, 71, 72, 73, 500])
def test_a_manifest_that_was_cut_off_is_refused(fleet: Fleet, stick: Path, size: int) -> None:
    """An empty one too."""
    os.truncate(bundle(stick) / "manifest", size)
    assert set(fleet.read(fleet.kits[1], stick).refused) == {"USB-018"}


def test_a_version_to_come_is_told_apart_from_damage(fleet: Fleet, stick: Path) -> None:
    """Nothing of it is taken; the person is told to update."""
    content = msgspec.msgpack.encode([2, "something", {"quite": "new"}])
    (bundle(stick) / "manifest").write_bytes(MAGIC + b"s" * 64 + content)
    assert fleet.read(fleet.kits[1], stick).refused == {"USB-016": 1}


def test_segments_cannot_change_places(fleet: Fleet, stick: Path) -> None:
    """Each is bound to its bundle and its number."""
    here = fleet.kits[0]
    (stick / f"want-{here.signer.public[:8].hex()}").unlink()
    other = stick.parent / "other"
    other.mkdir()
    fleet.write(here, other, everything=True)
    shutil.copy(segment(other), segment(stick))
    assert set(fleet.read(fleet.kits[1], stick).refused) == {"USB-021"}


# ----------------------------------------------------------------------------- lies


def test_another_fleet_is_refused_and_counted(fleet: Fleet, stick: Path) -> None:
    """Its root, or its world, is another."""
    foreign = fleet.side(fleet.kits[0], fleet=fleet_id(b"x" * 32, "TEST:sync"))
    drained(out_steps(foreign, stick))
    report = fleet.read(fleet.kits[1], stick)
    assert report.refused == {"USB-010": 2}  # the bundle, and the want file in place of the first
    assert report.stored == 301
    assert ROOT


def test_a_maker_whom_nobody_knows_is_refused(fleet: Fleet, stick: Path) -> None:
    """Each entry would have to prove itself; those of an unknown carrier are not even tried."""
    here, there = fleet.kits
    fleet.members.strangers.add(here.signer.public)
    report = fleet.read(there, stick)
    assert report.refused == {"USB-014": 301}
    assert not there.holds()


def test_a_maker_who_was_put_out_is_told_and_its_late_entries_set_apart(
    fleet: Fleet, stick: Path
) -> None:
    """sync.md §4.7: kept, not shown, to be reviewed."""
    here, there = fleet.kits
    fleet.members.revoked.add(here.signer.public)
    feed = feed_runs(here)[0].feed
    fleet.members.cut_feeds[feed] = 101
    report = fleet.read(there, stick)
    assert report.notices == ("USB-015",)
    assert report.stored == 301
    assert len(there.told()) == 100
    assert there.holds() == here.holds()


def test_a_word_of_who_was_put_out_does_not_hold_anything_back(fleet: Fleet, stick: Path) -> None:
    """A revoked kit that claims to hold all would keep others' bundles empty."""
    here, there = fleet.kits
    fleet.read(there, stick)
    fleet.members.revoked.add(there.signer.public)
    third = Kit(fleet.folder / "third", 9, fleet.members)
    fleet.kits.append(third)
    assert fleet.write(here, stick).entries == 301


@pytest.mark.parametrize(
    ("lie", "stored", "code"),
    [
        ({"entries": 1}, 301, "USB-027"),
        ({"ranges": ()}, 301, "USB-027"),
        ({"ranges": (Range(b"f" * 16, 0, 1, 301, b"x" * 8),)}, 301, "USB-027"),
    ],
)
def test_a_manifest_that_lies_about_ranges_is_caught_by_what_is_there(
    fleet: Fleet, stick: Path, lie: dict[str, Any], stored: int, code: str
) -> None:
    """The entries decide; the lie is counted."""
    here, there = fleet.kits
    shutil.rmtree(bundle(stick))
    made_by(fleet, here, stick, feed_runs(here), lie)
    report = fleet.read(there, stick)
    assert report.stored == stored
    assert set(report.refused) == ({code} if code else set())


def test_entries_that_were_altered_by_the_maker_are_refused_one_run_at_a_time(
    fleet: Fleet, stick: Path
) -> None:
    """A member who carries somebody's feed cannot change a byte of it."""
    here, there = fleet.kits
    runs = feed_runs(here)
    bad = bytearray(runs[1].raws[10])
    bad[-1] ^= 1
    altered = Run(runs[1].feed, 0, (*runs[1].raws[:10], bytes(bad), *runs[1].raws[11:]))
    shutil.rmtree(bundle(stick))
    made_by(fleet, there, stick, [runs[0], altered, *runs[2:]])
    third = Kit(fleet.folder / "third", 9, fleet.members)
    fleet.kits.append(third)
    shutil.rmtree(bundle(stick))
    made_by(fleet, there, stick, [runs[0], altered, *runs[2:]])
    report = fleet.read(third, stick)
    assert 256 <= report.stored <= 266
    assert sum(report.refused.values()) >= 301 - 266
    assert third.holds() <= here.holds()


def test_a_gap_is_told_and_mended_by_the_next_trip(fleet: Fleet, stick: Path) -> None:
    """The start of a feed is missing: the want file asks for it."""
    here, there = fleet.kits
    runs = feed_runs(here)
    shutil.rmtree(bundle(stick))
    (stick / f"want-{here.signer.public[:8].hex()}").unlink()
    late = [Run(one.feed, 0, one.raws) for one in runs[1:]]
    ranges = tuple(
        Range(one.feed, 0, 257 + 256 * n, 256 + 256 * n + len(one.raws), id8(one.raws[-1]))
        for n, one in enumerate(late)
    )
    made_by(fleet, here, stick, late, {"ranges": ranges})
    report = fleet.read(there, stick)
    assert report.stored == 0
    assert set(report.refused) <= {"SYN-009", "USB-029"}
    fleet.write(here, stick)
    assert fleet.read(there, stick).refused.get("USB-027") is None
    assert there.holds() == here.holds()


def packed(*parts: Any) -> bytes:
    """msgpack of an array."""
    return msgspec.msgpack.encode(parts)


NO_RUNS = [
    b"", b"\xc0", b"\x93\xc4\x10" + b"f" * 16 + b"\x00\x90", b"\x91" * 5000,
    b"\xdd\xff\xff\xff\xff", packed(b"f" * 16, 0, [b"x" * 70_000]),
    packed(b"f" * 16, 0, [b"x" * 100] * 257), packed(b"f", 0, [b"x" * 100]),
    packed(b"f" * 16, -1, [b"x" * 100]), packed(b"f" * 16, 0, ["text" * 40]), b"x" * 200,
]  # fmt: skip


@pytest.mark.parametrize("content", NO_RUNS)
def test_a_chunk_that_is_no_run_never_leaves_the_reader(tmp_path: Path, content: bytes) -> None:
    """Nested, huge, short, negative, random."""
    key, bound = b"k" * 32, b"about"
    (tmp_path / "file").write_bytes(sealed(key, bound, content or b"\x00"))
    with LimitedReader(tmp_path) as reader:
        reader.ask(Read(("file",), key, bound))
        said = reader.said(20)
    assert getattr(said, "code", "") == "USB-028"


# ----------------------------------------------------------------------------- pulled, full, locked


def test_a_stick_that_is_pulled_while_it_is_read_keeps_what_was_in(
    fleet: Fleet, stick: Path
) -> None:
    """Plugged in again, only the rest is read."""
    here, there = fleet.kits
    third = Kit(fleet.folder / "third", 9, fleet.members)
    fleet.kits.append(third)
    here.vitals(50, ward="NEPH")
    # What the third kit may not hold lies in a segment of its own.
    fleet.members.kept_from.add((third.signer.public, "w:NEPH"))
    fleet.write(here, stick, everything=True)
    steps = in_steps(fleet.side(there), stick)
    while not there.holds():
        next(steps)
    away = stick.parent / "pulled"
    away.mkdir()
    for path in list(stick.iterdir()):
        path.rename(away / path.name)
    stick.rmdir()
    report = cast("Report", drained(steps))
    assert 0 < report.stored < 352
    assert set(report.refused) == {"USB-022"}
    assert report.notices == ("USB-005",)
    away.rename(stick)
    rest = fleet.read(there, stick)
    assert rest.refused == {}
    assert report.stored + rest.stored == 352
    assert there.holds() == here.holds()


def test_a_stick_that_is_pulled_while_it_is_written_holds_no_half_bundle(
    fleet: Fleet, stick: Path
) -> None:
    """The names that are left are none that a kit reads."""
    here, there = fleet.kits
    here.vitals(5_000)
    steps = out_steps(fleet.side(here), stick, everything=True)
    away = stick.parent / "pulled"

    def pull_late() -> None:
        while True:
            if next(steps)["done"] > 2_000 and stick.exists():
                stick.rename(away)

    with pytest.raises(KitError) as caught:
        pull_late()
    writers_end()
    assert caught.value.code == "USB-005"
    away.rename(stick)
    assert len(list(stick.glob("kit-bundle-*"))) >= 1
    assert fleet.read(there, stick).stored == 301
    fleet.write(here, stick)
    fleet.read(there, stick)
    assert there.holds() == here.holds()
    assert not list(stick.glob("*.part*"))


@pytest.fixture(params=["rw", "ro"])
def mounted(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Path, str]]:
    """A real small file system, writable or not."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)],
        capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.skip("mounting a small disk needs rights that this user has not")
    yield place, request.param
    subprocess.run(["umount", "-l", str(place)], check=False)


def test_a_stick_that_is_full_or_locked_is_told_and_left_clean(
    fleet: Fleet, stick: Path, mounted: tuple[Path, str]
) -> None:
    """Nothing half-written stays; reading a locked one works."""
    place, mode = mounted
    here, there = fleet.kits
    if mode == "ro":
        shutil.copytree(bundle(stick), place / bundle(stick).name)
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        report = fleet.read(there, place)
        assert report.stored == 301
        assert report.notices == ("USB-004",)
    here.vitals(3_000)
    with pytest.raises(KitError) as caught:
        fleet.write(here, place)
    assert caught.value.code == ("USB-003" if mode == "rw" else "USB-004")
    writers_end()
    if mode == "rw":
        assert list(place.iterdir()) == []


# ----------------------------------------------------------------------------- the limited process


def reader_of(steps: Any) -> int:
    """The process that reads for these steps."""
    return int(steps.gi_frame.f_locals["intake"]._reader._process.pid)


def test_a_reader_that_dies_costs_one_file_only(fleet: Fleet, stick: Path) -> None:
    """It is started again for the next segment."""
    here, there = fleet.kits
    here.vitals(10, ward="NEPH")
    fleet.members.kept_from.add((there.signer.public, "w:XXXX"))
    fleet.write(here, stick, everything=True)
    steps = in_steps(fleet.side(there), stick)
    next(steps)
    killed = False
    report: Any = None
    try:
        while True:
            progress = next(steps)
            if progress["total"] and not killed:
                killed = True
                os.kill(reader_of(steps), signal.SIGKILL)
    except StopIteration as end:
        report = end.value
    assert killed
    assert set(report.refused) <= {"USB-030"}
    fleet.read(there, stick)
    assert there.holds() == here.holds()


@POSIX
def test_a_stick_that_hangs_is_given_up(
    fleet: Fleet, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that says nothing is ended; the kit goes on."""
    monkeypatch.setattr(courier_side, "SILENCE_S", 0.3)
    steps = in_steps(fleet.side(fleet.kits[1]), stick)

    def hang() -> None:
        while True:
            next(steps)
            os.kill(reader_of(steps), signal.SIGSTOP)

    with pytest.raises(KitError) as caught:
        hang()
    assert caught.value.code == "USB-031"


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_the_reader_runs_within_limits(tmp_path: Path) -> None:
    """Memory, time, files, no writing; a network of its own with nothing in it."""
    with LimitedReader(tmp_path) as reader:
        reader.ask(Fetch(("nothing",)))
        assert getattr(reader.said(20), "code", "") == "USB-022"
        proc = Path("/proc") / str(reader._process.pid)
        limits = proc.joinpath("limits").read_text()
        for line in ("Max address space      536870912", "Max file size             0",
                     "Max open files            16", "Max cpu time              600"):  # fmt: skip
            assert " ".join(line.split()) in " ".join(limits.split())
        if os.geteuid() == 0:
            assert (proc / "ns/net").readlink() != Path("/proc/self/ns/net").readlink()
        assert b"PHRASE" not in proc.joinpath("environ").read_bytes()


@pytest.mark.parametrize(
    "attempt",
    [
        "open('way-out', 'w')", "import socket; socket.socket()",
        "import subprocess; subprocess.run(['true'])", "import os; os.system('true')",
        "import os; os.open('way-out', os.O_CREAT | os.O_WRONLY)",
    ],
)  # fmt: skip
def test_the_reader_has_no_way_out(tmp_path: Path, attempt: str) -> None:
    """What a hostile file might make it do is refused by the interpreter, and by the system."""
    code = (
        "from kit.sync.courier_reader import limit_process, close_ways_out\n"
        f"limit_process(); close_ways_out()\ntry:\n    exec({attempt!r})\n"
        "except PermissionError:\n    raise SystemExit(7)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env=courier_pipe._environment(), cwd=tmp_path,
        check=False, timeout=60,
    )  # fmt: skip
    assert run.returncode == 7
    assert list(tmp_path.iterdir()) == []
