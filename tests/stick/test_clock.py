"""The PC's clock: what is guessed, what is believed, what a person may set."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kit.core.clock import DAY, HOUR
from kit.stick import clock
from tests.stick.keeper_on_files import keeper_of
from tests.stick.machines import BUILD, MIB, Bench, needs_tools

BUILT = BUILD * 1000
NTFS = b"\xeb\x52\x90NTFS    " + bytes(500)
BITLOCKER = b"\xeb\x58\x90-FVE-FS-" + bytes(500)
FAT = b"\xeb\x58\x90MSDOS5.0" + bytes(500)
ENTRY = b"\x07\0\0\0\x01\0\0\0h\0" + "Windows Boot Manager".encode("utf-16-le") + bytes(9)


def utc(text: str) -> int:
    """An ISO time in UTC as ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("sectors", "entries", "local"),
    [
        ([], [], False),
        ([FAT], [], False),
        ([NTFS], [], True),
        ([FAT, BITLOCKER], [], True),
        ([], [ENTRY], True),
        ([b""], [b"\x07\0\0\0debian"], False),
        ([bytes(3)], [b""], False),
    ],
)
def test_windows_that_can_be_seen_keeps_local_time(
    sectors: list[bytes], entries: list[bytes], local: bool
) -> None:
    """Its partitions, locked or not, or its entry in the firmware."""
    assert clock.rtc_is_local(sectors, entries) is local


@pytest.mark.parametrize(
    ("shown", "true"),
    [
        ("2026-12-01T08:00", "2026-12-01T07:00"),  # winter: one hour
        ("2027-07-01T08:00", "2027-07-01T06:00"),  # summer: two
        ("2026-12-01T00:30", "2026-11-30T23:30"),  # over midnight
        ("2027-03-28T01:59", "2027-03-28T00:59"),  # the minute before the change
        ("2027-03-28T03:00", "2027-03-28T01:00"),  # the minute after it
        ("2027-10-31T02:30", "2027-10-31T00:30"),  # twice in that night: the first of the two
        ("2027-10-31T03:00", "2027-10-31T02:00"),
    ],
)
def test_a_clock_in_local_time_is_read_as_such(shown: str, true: str) -> None:
    """A dose at 08:00 is a dose at 08:00, also in the nights of the change."""
    assert clock.from_local(utc(shown)) == utc(true)


@pytest.mark.parametrize(
    ("now", "may_be"),
    [
        (BUILT + 10 * DAY, True),
        (BUILT + HOUR // 2, False),  # half an hour old in UTC; before the build in local time
        (BUILT - HOUR, True),  # wrong either way: asked about
    ],
)
def test_a_local_time_before_the_build_was_none(now: int, may_be: bool) -> None:
    """Windows can be seen, and yet the clock ran in UTC."""
    assert clock.may_be_local(now, BUILT) is may_be


@pytest.mark.parametrize(
    ("now", "rtc", "believed"),
    [
        (BUILT, BUILT, True),
        (BUILT + 400 * DAY, BUILT + 400 * DAY, True),
        (BUILT - 1, BUILT - 1, False),  # before the system was made
        (BUILT + HOUR, utc("2000-01-01T00:00"), False),  # dead battery, clock moved to the build
        (BUILT + HOUR, BUILT - 12 * HOUR, True),  # local time on the day of the build
        (BUILT + HOUR, 0, True),  # a machine without a hardware clock
        (BUILT + clock.FURTHEST + 1, 0, False),
        (0, 0, False),
    ],
)
def test_a_clock_that_cannot_be_right_is_asked_about(now: int, rtc: int, believed: bool) -> None:
    """At the boot screen, before anything is written with it."""
    assert clock.is_believed(now, BUILT, rtc) is believed


def started(tmp_path: Path, rtc: int, sector: bytes) -> tuple[Bench, dict[str, object]]:
    """A machine whose PC has one partition and a hardware clock; what its keeper says of it."""
    bench = Bench(tmp_path)
    bench.stick()
    bench.disk("sdz", 8 * MIB)
    with bench.partition("sdz", 1, 2048, 4096).open("r+b") as file:
        file.write(sector)
    folder = bench.root / "sys/class/rtc/rtc0"
    folder.mkdir(parents=True)
    (folder / "since_epoch").write_text(str(rtc // 1000))
    return bench, said(bench)


def said(bench: Bench) -> dict[str, object]:
    """The clock's part of the status after a start of the keeper."""
    keeper = keeper_of(bench, now=BUILT + 10 * DAY)
    keeper.begin()
    keeper.guess_clock()
    status = keeper.acts()["status"].run({}, lambda _done, _all, _step: None)
    assert isinstance(status, dict)
    return dict(status["clock"])


@needs_tools
def test_the_clock_is_moved_once_a_start_and_only_by_a_restart_of_the_machine(
    tmp_path: Path,
) -> None:
    """A keeper that was restarted must not move it again."""
    bench, first = started(tmp_path, BUILT + 10 * DAY, NTFS)
    assert first["rtc_local"] is True
    assert first["now_ms"] == clock.from_local(BUILT + 10 * DAY)
    assert said(bench)["now_ms"] == BUILT + 10 * DAY
    assert said(bench)["rtc_local"] is True
    assert bench.written_devices() == set()


@needs_tools
def test_a_pc_without_windows_is_left_as_it_is(tmp_path: Path) -> None:
    """Its hardware clock runs in UTC."""
    _bench, first = started(tmp_path, BUILT + 10 * DAY, FAT)
    assert first == {
        "ok": True, "rtc_local": False, "build_ms": BUILT, "now_ms": BUILT + 10 * DAY,
    }  # fmt: skip


@needs_tools
def test_a_person_sets_a_clock_that_is_then_believed(tmp_path: Path) -> None:
    """Within reason; the hardware clock keeps what it had."""
    bench, first = started(tmp_path, utc("2000-01-01T00:00"), FAT)
    assert first["ok"] is False
    keeper = keeper_of(bench, now=BUILT)
    set_time = keeper.acts()["set_time"].run
    for wrong in (0, BUILT - 1, BUILT + clock.FURTHEST + 1):
        with pytest.raises(Exception, match="KEY-050"):
            set_time({"ms": wrong}, lambda _done, _all, _step: None)
    answer = set_time({"ms": BUILT + DAY}, lambda _done, _all, _step: None)
    assert isinstance(answer, dict)
    assert (answer["ok"], answer["now_ms"]) == (True, BUILT + DAY)
    assert not any("hwclock" in word for one in bench.ran for word in one.words)
