"""Each way in which a line can fail has its sentence, and no sentence stands for nothing."""

from __future__ import annotations

import re
from pathlib import Path

from kit.core.text import choose_language
from kit.sync.line_sentences import FAULTS
from kit.sync.sentences import text_of

ROOMS = "address certificate discovery ladder line rounds transport tunnel"
CODE = re.compile(r"SYN-1[2-4]\d")


def codes_used() -> set[str]:
    """The codes that the rooms of the lines give."""
    return {
        code
        for room in ROOMS.split()
        for code in CODE.findall(Path(f"kit/sync/{room}.py").read_text(encoding="utf-8"))
    }


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    assert codes_used() == set(FAULTS)


def test_the_sentences_are_french_and_english() -> None:
    french = {code: text_of(code, {"address": "192.0.2.1:7443"}) for code in FAULTS}
    choose_language("en")
    english = {code: text_of(code, {"address": "192.0.2.1:7443"}) for code in FAULTS}
    assert not [code for code in FAULTS if french[code] == english[code]]
    assert "192.0.2.1:7443" in french["SYN-133"]
