"""Breaks runs of text into lines of a given width: never shrunk, never clipped, never dropped.

Lines break at plain spaces and at line ends only; a no-break space holds a number to its unit. A
word wider than its column is broken at a visible mark. Widths are in points.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kit.core.errors import Misconfigured
from kit.paper.faces import BREAK_MARK, Gate, Word, width_of
from kit.paper.fields import Run

_TOKEN = re.compile(r"[ \t]+|\r\n|[\n\v\f\r\u0085\u2028\u2029]|[^ \t\n\v\f\r\u0085\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class TextLine:
    """Words of one line, in visual order, and its width in points at its size."""

    words: tuple[Word, ...]
    width: float


def plain(text: str, bold: bool = False) -> tuple[Run, ...]:
    """One run."""
    return ((text, bold),)


def wrap(gate: Gate, runs: Iterable[Run], size: float, room: float) -> list[TextLine]:
    """The lines that hold every character of the runs in a column `room` points wide."""
    lines: list[TextLine] = []
    for paragraph in _paragraphs(gate, runs):
        lines.extend(_filled(gate, paragraph, size, room))
    return lines


Cluster = list[Word]
"""Words that stand together without a space."""


def _paragraphs(gate: Gate, runs: Iterable[Run]) -> Iterator[list[Cluster]]:
    paragraph: list[Cluster] = []
    apart = True
    seen = False
    for text, bold in runs:
        for token in _TOKEN.findall(unicodedata.normalize("NFC", text)):
            seen = True
            if token[0] in " \t":
                apart = True
            elif token[0] in "\n\r\v\f\u0085\u2028\u2029":
                yield paragraph
                paragraph, apart = [], True
            elif apart:
                paragraph.append([gate.word(token, bold)])
                apart = False
            else:
                paragraph[-1].append(replace(gate.word(token, bold), space=0.0))
    if paragraph or not seen:
        yield paragraph


def _filled(gate: Gate, paragraph: list[Cluster], size: float, room: float) -> Iterator[TextLine]:
    line: list[Word] = []
    width, limit = 0.0, room / size
    slack = 0.01 / size
    for whole in paragraph:
        needed = whole[0].width if len(whole) == 1 else sum(word.width for word in whole)
        for cluster in (whole,) if needed <= limit else _narrowed(gate, whole, limit):
            if cluster is not whole:
                needed = sum(word.width for word in cluster)
            gap = cluster[0].space if line else 0.0
            if line and width + gap + needed > limit + slack:
                yield TextLine(_visual(line), width * size)
                line, width, gap = [], 0.0, 0.0
            line += cluster
            width += gap + needed
    yield TextLine(_visual(line), width * size)


def _narrowed(gate: Gate, cluster: Cluster, room: float) -> list[Cluster]:
    """A cluster wider than the column, as parts that end in the mark."""
    parts: list[Cluster] = []
    for word in cluster:
        for piece in _chopped(gate, word, room):
            together = parts and sum(w.width for w in parts[-1]) + piece.width <= room
            if together and piece is word:
                parts[-1].append(replace(piece, space=0.0))
            else:
                parts.append([piece])
    return parts


def _chopped(gate: Gate, word: Word, room: float) -> Iterator[Word]:
    if word.width <= room:
        yield word
        return
    bold = word.pieces[0][0] % 2 == 1
    mark = gate.word(BREAK_MARK, bold)
    taken: list[tuple[int, str]] = []
    width = 0.0
    for face, text in word.pieces:
        for char in text:
            step = width_of(face, char)
            if width + step + mark.width > room:
                if not taken:
                    raise Misconfigured("PAP-020")
                cut = _good_cut(taken)
                head, taken = taken[:cut], taken[cut:]
                end = () if head[-1][1] in "-\u00a0" else mark.pieces
                pieces = (*_joined(head), *end)
                yield Word(pieces, sum(width_of(f, t) for f, t in pieces), word.space)
                width = sum(width_of(f, t) for f, t in taken)
            taken.append((face, char))
            width += step
    yield Word(tuple(_joined(taken)), width, word.space)


def _good_cut(chars: list[tuple[int, str]]) -> int:
    """Where to cut: after the last hyphen or harmless no-break space, else at the end."""
    for place in range(len(chars) - 1, len(chars) // 3, -1):
        char, before = chars[place][1], chars[place - 1][1]
        after = chars[place + 1][1] if place + 1 < len(chars) else "0"
        if char == "-" or (char == "\u00a0" and not (before.isdigit() and after.isalnum())):
            return place + 1
    return len(chars)


def _joined(chars: list[tuple[int, str]]) -> list[tuple[int, str]]:
    pieces: list[tuple[int, str]] = []
    for face, char in chars:
        if pieces and pieces[-1][0] == face:
            pieces[-1] = (face, pieces[-1][1] + char)
        else:
            pieces.append((face, char))
    return pieces


def _visual(words: list[Word]) -> tuple[Word, ...]:
    """Neighbouring right-to-left words change places, as a reader of that script expects."""
    if not any(word.leftward for word in words):
        return tuple(words)
    shown: list[Word] = []
    run: list[Word] = []
    for word in [*words, None]:
        if word is not None and word.leftward:
            run.append(word)
            continue
        shown.extend(reversed(run))
        run = []
        if word is not None:
            shown.append(word)
    return tuple(shown)
