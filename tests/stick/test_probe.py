"""Worn and lying sticks are found before a kit is made on them; a pulled one ends the session."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.errors import Corrupt
from kit.stick import probe, watchdog
from kit.stick.probe import BLOCK, BLOCKS, Span

MIB = 1024 * 1024
ROOM = Span(3 * MIB, 163 * MIB)


def disk(tmp_path: Path) -> Path:
    """A stick of zeros."""
    path = tmp_path / "disk"
    with path.open("wb") as file:
        file.truncate(164 * MIB)
    return path


@given(
    st.integers(min_value=0, max_value=2**40), st.integers(min_value=0, max_value=2**40),
    st.integers(min_value=1, max_value=BLOCKS),
)  # fmt: skip
def test_marks_lie_inside_apart_and_reach_from_end_to_end(
    start: int, size: int, blocks: int
) -> None:
    """Never outside of the free space, whatever its size."""
    span = Span(start, start + size)
    found = probe.places(span, blocks)
    assert found == sorted(set(found))
    assert all(span.start <= one and one + BLOCK <= span.end for one in found)
    if size >= 66 * BLOCK and blocks > 1:
        assert len(found) == blocks
        assert found[0] - span.start < BLOCK
        assert span.end - found[-1] < 2 * BLOCK


def test_a_sound_stick_passes_and_only_free_space_is_written(tmp_path: Path) -> None:
    """64 marks of one MiB; what lies before and behind stays."""
    path = disk(tmp_path)
    with path.open("r+b") as file:
        file.write(b"a" * ROOM.start)
        file.seek(ROOM.end)
        file.write(b"z" * MIB)
    probe.probe(path, ROOM, os.urandom)
    with path.open("rb") as file:
        assert file.read(ROOM.start) == b"a" * ROOM.start
        file.seek(ROOM.end)
        assert file.read(MIB) == b"z" * MIB


def lying(real: Callable[..., int], size: int) -> Callable[..., int]:
    """A stick that writes round at its true size."""
    return lambda fd, data, at: real(fd, data, at % size)


def forgetful(real: Callable[..., int], size: int) -> Callable[..., int]:
    """A stick that takes what lies behind its true size and keeps nothing of it."""
    return lambda fd, data, at: real(fd, data, at) if at < size else len(data)


def flipping(real: Callable[..., int], size: int) -> Callable[..., int]:
    """A stick one bit of which is worn."""

    def write(fd: int, data: Any, at: int) -> int:
        held = bytearray(data)
        if at <= size < at + len(held):
            held[size - at] ^= 1
        return real(fd, held, at)

    return write


@pytest.mark.parametrize("kind", [lying, forgetful, flipping])
def test_a_stick_that_does_not_give_back_what_it_took_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Callable[..., Any]
) -> None:
    """False size, in both ways of lying, and a single bit."""
    path = disk(tmp_path)
    monkeypatch.setattr(os, "pwrite", kind(os.pwrite, probe.places(ROOM)[40] + 5))
    with pytest.raises(Corrupt) as raised:
        probe.probe(path, ROOM, os.urandom)
    assert raised.value.code == "KEY-024"


def test_an_error_of_the_medium_is_the_same_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EIO in the middle."""

    def broken(_fd: int, _rooms: Any, _at: int) -> int:
        raise OSError(5, "EIO")

    monkeypatch.setattr(os, "preadv", broken)
    with pytest.raises(Corrupt):
        probe.probe(disk(tmp_path), ROOM, os.urandom)


def test_a_pulled_stick_ends_the_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's own word: its file answers no more, or says nothing."""
    size = tmp_path / "size"
    size.write_text("2097152\n")
    descriptor = os.open(size, os.O_RDONLY)
    beats: list[int] = []

    def pause() -> None:
        beats.append(1)
        if len(beats) == 3:
            monkeypatch.setattr(os, "pread", gone)

    def gone(_fd: int, _count: int, _at: int) -> bytes:
        raise OSError(19, "ENODEV")

    watchdog.attend(descriptor, pause)
    os.close(descriptor)
    assert len(beats) == 3
    assert watchdog.BEAT_S <= 1
