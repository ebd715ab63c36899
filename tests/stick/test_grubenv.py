"""GRUB's block as GRUB writes it, and as nobody should."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.errors import BadInput, KitError
from kit.stick import grubenv
from kit.stick.layout import ENV_BYTES, SECTOR

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,11}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=24)


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_what_is_written_is_read(variables: dict[str, str]) -> None:
    """Any value comes back, whatever signs it has; a block that is too long is refused."""
    size = len(grubenv.HEADER) + sum(
        len(f"{name}={value}\n".encode()) + value.count("\\") + value.count("\n")
        for name, value in variables.items()
    )
    if size > SECTOR:
        with pytest.raises(BadInput, match="UPD-020"):
            grubenv.render(variables)
        return
    block = grubenv.render(variables)
    assert len(block) == ENV_BYTES
    assert grubenv.parse(block) == variables


@pytest.mark.req("HZ-231")
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_all_that_is_said_stands_in_the_first_sector(variables: dict[str, str]) -> None:
    """A cut between two sectors leaves nothing half said: the second one never changes."""
    try:
        block = grubenv.render(variables)
    except BadInput:
        return
    assert block[SECTOR:] == b"#" * SECTOR


@given(st.binary(max_size=ENV_BYTES + 8))
def test_any_bytes_are_read_or_are_none(noise: bytes) -> None:
    """A damaged block never stops the kit."""
    for block in (noise, (grubenv.HEADER + noise)[:ENV_BYTES].ljust(ENV_BYTES, b"#")):
        found = grubenv.parse(block)
        assert found is None or all(grubenv.NAME.fullmatch(name) for name in found)


def test_a_block_of_grub_itself_is_read() -> None:
    """As `grub-editenv` of 2.06 wrote it."""
    block = b"# GRUB Environment Block\nfirst=b\nleft_b=2\nodd=a\\\\b\\\nc\n".ljust(ENV_BYTES, b"#")
    assert grubenv.parse(block) == {"first": "b", "left_b": "2", "odd": "a\\b\nc"}


def test_a_block_is_overwritten_where_it_lies(tmp_path: Path) -> None:
    """The same file, by its number on the medium: GRUB knows where its blocks are."""
    path = tmp_path / "grubenv"
    path.write_bytes(grubenv.render({"first": "a"}))
    before = path.stat().st_ino
    grubenv.write_in_place(path, {"first": "b"})
    assert grubenv.read(path) == {"first": "b"}
    assert (path.stat().st_ino, path.stat().st_size) == (before, ENV_BYTES)


def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    """Only an image has a new block; a stick whose file is gone says so."""
    assert grubenv.read(tmp_path / "grubenv") is None
    with pytest.raises(KitError) as refused:
        grubenv.write_in_place(tmp_path / "grubenv", {})
    assert refused.value.code == "UPD-013"
