"""Words that come from outside (a printer's name, a drive's label), made fit to be shown.

What steers a terminal or turns the direction of writing is left out, so that a name cannot look
like another one or push words away. Not for: searching (`folding`).
"""

from __future__ import annotations

import unicodedata

CUT = "…"
_LEFT_OUT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = 2
"""Accents on one letter; towers of them cover the lines above."""


def shown(text: str, most: int = 60) -> str:
    """One line of at most `most` characters; a cut is visible."""
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text[: 8 * most]):
        marks = marks + 1 if unicodedata.combining(char) else 0
        if char.isspace():
            kept.append(" ")
        elif unicodedata.category(char) not in _LEFT_OUT and marks <= _MARKS:
            kept.append(char)
    line = " ".join("".join(kept).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + CUT
