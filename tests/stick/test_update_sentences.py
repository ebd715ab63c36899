"""Every code of a release, an update or another stick is a sentence in both languages."""

from __future__ import annotations

import re

import pytest

from kit.core.text import choose_language
from kit.node.sentences import text_of
from kit.stick import update_sentences
from tests.arch.source import KIT

FILES = [*(KIT / "stick").glob("*.py"), *(KIT / "node").glob("release*.py")]
USED = sorted(
    {code for path in FILES for code in re.findall(r'"(UPD-\d{3})"', path.read_text("utf-8"))}
)
GIVEN = {
    "label": "root-b", "errno": 5, "format": 2, "version": "1.0.0", "installed": "1.1.0",
    "least": "0.9.0", "part": "root-a", "mib": 90, "tool": "sfdisk", "status": 1, "gb": 8,
}  # fmt: skip


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("code", USED)
def test_a_code_is_a_whole_sentence(code: str, language: str) -> None:
    """No code is shown raw, no argument is left open."""
    choose_language(language)
    try:
        said = text_of(code, GIVEN)
    finally:
        choose_language("fr")
    assert code in update_sentences.codes()
    assert said.endswith(".")
    assert not re.search(r"UPD-|[{}…]", said)


def test_french_is_not_english() -> None:
    """The catalogue is really asked."""
    assert text_of("UPD-073", {}) == "Ne fait pas partie du kit."


def test_a_code_that_nobody_knows_still_says_what_to_do() -> None:
    """And a missing argument leaves a gap that is seen."""
    assert "UPD-999" in text_of("UPD-999", {})
    assert "…" in text_of("UPD-065", {})
