"""Every fault of the store is told in full sentences, in French and in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.core.text import choose_language
from kit.store import messages

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r'"(STO-\d{3})"')
ARGUMENTS = {
    "found": 1,
    "wanted": 2,
    "seconds": 5,
    "count": 3,
    "position": 4,
    "memory_mib": 256,
    "path": "/home",
}


@pytest.fixture(params=["fr", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each language in turn."""
    choose_language(request.param)
    yield request.param
    choose_language("fr")


def raised() -> set[str]:
    """Every code that this package's own files name."""
    mine = ("database", "opening", "vault", "slots", "phrase", "highwater", "home")
    sources = [(ROOT / "kit" / "store" / f"{name}.py").read_text() for name in mine]
    return {code for source in sources for code in CODE.findall(source)}


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    """No fault shows a bare number; no sentence outlives its fault."""
    assert raised() == set(messages.codes())


def test_a_sentence_says_what_happened_what_it_means_and_what_to_do(language: str) -> None:
    """Three parts, no placeholder left, no technical word of the library."""
    for code in messages.codes():
        said = messages.sentence(code, ARGUMENTS)
        assert said.count(" — ") == 2, code
        assert "{" not in said
        assert not re.search("sqlite|sqlcipher|exception|error", said, re.IGNORECASE), code
        assert said.endswith(".")


def test_an_unknown_code_or_a_missing_argument_still_says_what_to_do(language: str) -> None:
    """The code is shown for the support; nothing is raised."""
    for code in ("STO-999", "STO-023"):
        said = messages.sentence(code, {})
        assert code in said
        assert "{" not in said


def test_every_code_is_documented() -> None:
    """docs/store.md lists each with its meaning, its risk and what to do."""
    text = (ROOT / "docs" / "store.md").read_text()
    assert set(messages.codes()) <= set(re.findall(r"STO-\d{3}", text))
