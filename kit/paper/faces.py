"""The embedded fonts, how wide a word is, and the gate that lets no character vanish.

Kit Sans sets the text, DejaVu Sans fills its gaps, and what neither has is printed as a visible
`[U+65E5]` and counted. Text is normalised to NFC; right-to-left words are put in visual order,
unjoined. Not for: breaking text into lines (`typeset`).
"""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD, REGULAR_FALLBACK, BOLD_FALLBACK = range(4)
FILES = ("KitSans-Regular", "KitSans-Bold", "DejaVuSans", "DejaVuSans-Bold")
BREAK_MARK = "↵"
"""Stands where a word was broken because it is wider than its column."""

ASCENT = 0.78
"""Room above the baseline of a line, in sizes: capitals with accents in Kit Sans."""

_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


@cache
def fonts() -> tuple[TTFont, ...]:
    """The four fonts, read once; registered because the canvas wants an initial font by name."""
    folder = resources.files("kit.assets.fonts")
    loaded = tuple(
        TTFont(name, io.BytesIO((folder / f"{name}.ttf").read_bytes()), shapable=False)
        for name in FILES
    )
    for font in loaded:
        pdfmetrics.registerFont(font)
    return loaded


@dataclass(frozen=True, slots=True)
class Word:
    """What stands between two spaces: pieces of one face each, width in sizes (1 pt type)."""

    pieces: tuple[tuple[int, str], ...]
    width: float
    space: float
    """Width of the space before it, in sizes; 0 where it joins the word before."""
    leftward: bool = False


@dataclass
class Gate:
    """Measures words for one job and counts the characters that no font has."""

    missing: set[str] = field(default_factory=set)
    _words: dict[tuple[str, bool], Word] = field(default_factory=dict)

    def word(self, text: str, bold: bool) -> Word:
        """The word with its faces and width, preceded by one space."""
        known = self._words.get((text, bold))
        if known is None:
            known = self._words[text, bold] = self._made(text, bold)
        return known

    def _made(self, text: str, bold: bool) -> Word:
        if text.isascii() and text.isprintable():
            face = BOLD if bold else REGULAR
            return Word(((face, text),), width_of(face, text), width_of(face, " "))
        # In small bold type the narrow space vanishes and 1 000 reads 1000.
        text = text.replace("\u202f", "\u00a0")
        leftward = _is_leftward(text)
        shown = "".join(reversed(_clusters(text))) if leftward else text
        pieces: list[tuple[int, str]] = []
        for char in shown:
            face, drawn = self._admit(char, bold)
            if pieces and pieces[-1][0] == face:
                pieces[-1] = (face, pieces[-1][1] + drawn)
            else:
                pieces.append((face, drawn))
        width = sum(width_of(face, drawn) for face, drawn in pieces)
        space = width_of(BOLD if bold else REGULAR, " ")
        return Word(tuple(pieces), width, space, leftward)

    def _admit(self, char: str, bold: bool) -> tuple[int, str]:
        main, spare = (BOLD, BOLD_FALLBACK) if bold else (REGULAR, REGULAR_FALLBACK)
        # Beyond U+FFFF the PDF writer's character map is wrong: the sheet would not read back.
        if ord(char) <= 0xFFFF and unicodedata.category(char) not in _UNPRINTABLE:
            for face in (main, spare):
                if ord(char) in fonts()[face].face.charToGlyph:
                    return face, char
        self.missing.add(char)
        return main, f"[U+{ord(char):04X}]"


def width_of(face: int, text: str) -> float:
    """Width of text that this face has, in sizes."""
    widths: dict[int, float] = fonts()[face].face.charWidths
    default: float = fonts()[face].face.defaultWidth
    # The PDF writer draws a no-break space with the glyph of the plain one.
    return sum(widths.get(32 if ord(c) == 0xA0 else ord(c), default) for c in text) / 1000


def _is_leftward(text: str) -> bool:
    if text.isascii():
        return False
    kinds = (unicodedata.bidirectional(char) for char in text)
    return next((kind for kind in kinds if kind in "L R AL".split()), "L") != "L"


def _clusters(text: str) -> list[str]:
    """Characters, each with the marks that stand on it."""
    clusters: list[str] = []
    for char in text:
        if clusters and unicodedata.combining(char):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters
