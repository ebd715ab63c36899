"""A partition table is whole or it is not: every byte of both copies counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.stick import gpt, layout
from tests.stick.machines import MIB, SMALL, Bench, needs_tools

pytestmark = needs_tools
END = layout.disk_bytes(SMALL)
HEADER, ENTRIES = 92, 128 * 128
FIRST = (512, 1024)
COPY = (END - 512, END - 512 - ENTRIES)
"""Where head and list stand: the copy lies at the image's end, in the middle of a larger stick."""


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh stick."""
    bench = Bench(tmp_path_factory.mktemp("gpt"))
    return bench.stick(64 * MIB)


@given(
    copy=st.sampled_from([FIRST, COPY]),
    in_head=st.booleans(),
    at=st.integers(0, ENTRIES - 1),
    bit=st.integers(0, 7),
)
def test_any_bit_that_turns_is_noticed(
    disk: Path, copy: tuple[int, int], in_head: bool, at: int, bit: int
) -> None:
    """In a head or a list, in the first or the copy, used or empty; and back again it is whole."""
    place = copy[0] + at % HEADER if in_head else copy[1] + at
    turn(disk, place, 1 << bit)
    found = gpt.is_sound(disk)
    turn(disk, place, 1 << bit)
    assert not found
    assert gpt.is_sound(disk)


def turn(disk: Path, place: int, bits: int) -> None:
    """Turn bits of one byte."""
    with disk.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ bits]))


@pytest.mark.parametrize("size", [0, 511, 600, 4096])
def test_what_is_no_disk_is_no_table(tmp_path: Path, size: int) -> None:
    """Too short, empty, or not there."""
    path = tmp_path / "disk"
    path.write_bytes(b"\xff" * size)
    assert not gpt.is_sound(path)
    assert not gpt.is_sound(tmp_path / "none")
