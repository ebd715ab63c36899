"""Wrong phrases cost time, across reboots and clock changes, and never lock the last way in."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from kit.core.errors import NotPermitted
from kit.store import vault
from kit.store.home import Home
from kit.store.vault import Moment, unlock
from tests.store.kits import NOON, new_kit, refused, wrong_phrase

YEARS_10 = 10 * 365 * 24 * 3_600_000


def at(wall_ms: int = NOON.wall_ms, uptime_ms: int = 0, boot: str = "boot-1") -> Moment:
    """A moment given by both clocks."""
    return Moment(wall_ms, uptime_ms, boot)


def fail(home: Home, times: int) -> list[int]:
    """Wrong tries, each made as soon as it is allowed: the waits that were asked for."""
    waits, uptime = [], 0
    for _ in range(times):
        waits.append(int(refused(home, wrong_phrase(), at(uptime_ms=uptime)).args_["seconds"]))
        uptime += waits[-1] * 1000
    return waits


def test_the_wait_grows_and_stops_growing(tmp_path: Path) -> None:
    """Three tries for a tired hand, then longer, never longer than five minutes."""
    home, _, _ = new_kit(tmp_path)
    assert fail(home, 10) == [0, 0, 5, 15, 60, 120, 300, 300, 300, 300]


def test_a_try_before_its_time_is_told_how_long(tmp_path: Path) -> None:
    """Even the right phrase waits; it opens when the time has come."""
    home, keys, phrase = new_kit(tmp_path)
    fail(home, 3)
    fault = refused(home, phrase, at(uptime_ms=1_500))
    assert isinstance(fault, NotPermitted)
    assert (fault.code, fault.args_) == ("STO-023", {"seconds": 4})
    assert unlock(home, phrase, at(uptime_ms=5_000)) == keys


def test_asking_too_early_does_not_lengthen_the_wait(tmp_path: Path) -> None:
    """Only tries count, not impatience."""
    home, keys, phrase = new_kit(tmp_path)
    fail(home, 3)
    for _ in range(20):
        assert refused(home, phrase, at(uptime_ms=4_000)).args_["seconds"] == 1
    assert unlock(home, phrase, at(uptime_ms=5_000)) == keys


def test_success_forgets_the_failures(tmp_path: Path) -> None:
    """The next tired hand has its three tries again."""
    home, _, phrase = new_kit(tmp_path)
    fail(home, 2)
    unlock(home, phrase, at())
    assert fail(home, 2) == [0, 0]


def test_a_typing_error_is_not_a_try(tmp_path: Path) -> None:
    """What the checksum or the list refuses costs nothing."""
    home, keys, phrase = new_kit(tmp_path)
    for _ in range(10):
        assert refused(home, phrase.replace(phrase.split()[0], "zzzz"), at()).code == "STO-032"
    assert unlock(home, phrase, at()) == keys


def test_a_try_counts_even_if_the_machine_dies_during_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pulling the plug between tries is no way round the wait."""
    home, _, phrase = new_kit(tmp_path)

    def power_cut(*_args: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(vault, "_phrase_kek", power_cut)
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                unlock(home, phrase, at())
    assert refused(home, phrase, at(uptime_ms=1_000)).args_ == {"seconds": 4}


@pytest.mark.parametrize("jump", [YEARS_10, -YEARS_10])
def test_setting_the_calendar_does_not_shorten_the_wait(tmp_path: Path, jump: int) -> None:
    """While the machine stays up, its uptime counts."""
    home, keys, phrase = new_kit(tmp_path)
    fail(home, 3)
    wall = NOON.wall_ms + jump
    assert refused(home, phrase, at(wall, uptime_ms=1_000)).args_["seconds"] == 4
    assert unlock(home, phrase, at(wall, uptime_ms=5_000)) == keys


YEAR_2001 = 978_307_200_000
YEAR_2099 = 4_070_908_800_000


@pytest.mark.parametrize("wall", [YEAR_2001, YEAR_2099])
def test_a_kit_whose_calendar_is_wrong_opens_and_waits_alike(tmp_path: Path, wall: int) -> None:
    """A dead clock battery must not keep a ward out of its data."""
    home, keys, phrase = new_kit(tmp_path)
    for _ in range(3):
        refused(home, wrong_phrase(), at(wall))
    assert refused(home, phrase, at(wall)).args_["seconds"] == 5
    assert unlock(home, phrase, at(wall, uptime_ms=5_000)) == keys


def test_a_reboot_keeps_the_wait(tmp_path: Path) -> None:
    """After a reboot the calendar counts."""
    home, keys, phrase = new_kit(tmp_path)
    fail(home, 3)
    soon, later = NOON.wall_ms + 1_000, NOON.wall_ms + 5_000
    assert refused(home, phrase, at(soon, 10, "boot-2")).args_["seconds"] == 4
    assert unlock(home, phrase, at(later, 4_010, "boot-2")) == keys


@pytest.mark.parametrize("boot", ["boot-2", ""])
def test_a_calendar_that_went_back_over_a_reboot_starts_the_wait_again(
    tmp_path: Path, boot: str
) -> None:
    """From 2099 to 2001: the whole wait once more, not a lock of a century."""
    home, keys, phrase = new_kit(tmp_path)
    for _ in range(3):
        refused(home, wrong_phrase(), at(YEAR_2099))
    assert refused(home, phrase, at(YEAR_2001, 0, boot)).args_["seconds"] == 5
    assert unlock(home, phrase, at(YEAR_2001 + 5_000, 5_000, boot)) == keys


@pytest.mark.parametrize("content", [b"", b"\xff" * 300, b"[1]", b'[-5,{"wall_ms":0}]'])
def test_a_damaged_counter_locks_nobody_out(tmp_path: Path, content: bytes) -> None:
    """The last way in is never closed by a file that only counts."""
    home, keys, phrase = new_kit(tmp_path)
    home.tries.write_bytes(content)
    assert unlock(home, phrase, NOON) == keys


def test_a_home_that_cannot_be_written_still_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full or read-only disk loses the counter and the mending, not the ward's data."""
    home, keys, phrase = new_kit(tmp_path)
    home.slots_b.unlink()

    def read_only(*_args: object) -> int:
        raise OSError(errno.EROFS, "read-only")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", read_only)
        assert unlock(home, phrase, NOON) == keys
