"""The hazard log is honest: each row has a number, a control, and a test that exists."""

from __future__ import annotations

import re

from tests.arch.source import ROOT, Module

TEXT = (ROOT / "docs" / "safety" / "hazards.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (HZ-\d{3}) \| (.+?) \| ([HML]) \| (.+?) \| (.+?) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
OPEN = "none yet"
"""What a row says where nobody has proved the control."""


def rows() -> list[tuple[str, str, str, str, str]]:
    """Every row of the log."""
    found: list[tuple[str, str, str, str, str]] = ROW.findall(TEXT)
    return found


def exists(path: str, test: str) -> bool:
    """Is there such a file, and such a test in it?"""
    file = ROOT / path
    if not file.is_file():
        return False
    return not test or test in {function.name for function in Module(file).functions()}


def test_every_hazard_has_its_own_number() -> None:
    """A number is for ever and for one hazard; a row that does not parse is noticed."""
    numbers = [row[0] for row in rows()]
    assert len(numbers) == len(set(numbers)) == len(re.findall(r"^\| HZ-", TEXT, re.MULTILINE))


def test_every_hazard_names_its_test_or_says_that_there_is_none() -> None:
    """An unproved control is visible."""
    assert not [row[0] for row in rows() if not TEST.search(row[4]) and row[4] != OPEN]


def test_every_named_test_exists() -> None:
    """A test that was renamed takes its hazard along."""
    named = [(row[0], path, test) for row in rows() for path, test in TEST.findall(row[4])]
    assert not [one for one in named if not exists(*one[1:])]


def test_a_missing_test_is_noticed() -> None:
    """The look-up can fail, on a file and on a name."""
    assert not exists("tests/arch/test_nothing.py", "")
    assert not exists("tests/arch/test_hazards.py", "test_nothing")
    assert exists("tests/arch/test_hazards.py", "test_a_missing_test_is_noticed")
