"""What stands in one cell of a list: lines of text runs, and word chips; as data, without Qt.

Not for: drawing (`rows`) or deciding what is late or dangerous (the row that came from the node).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kit.gui.tone import Tone


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text with one look."""

    text: str
    bold: bool = False
    tone: Tone = Tone.NORMAL
    struck: bool = False


@dataclass(frozen=True, slots=True)
class ChipText:
    """A word in a box; `symbol` says the same by shape."""

    text: str
    tone: Tone = Tone.NORMAL
    symbol: str = ""

    def plain(self) -> str:
        """The chip as text."""
        return f"{self.symbol} {self.text}" if self.symbol else self.text


@dataclass(frozen=True, slots=True)
class Cell:
    """Lines, each of runs, then chips; every line wraps, none is ever cut.

    `stale` hatches the cell; `spoken` replaces its text for a screen reader. `scale`: "" has a
    first line in the base size and smaller ones beneath, "even" all lines in the base size,
    "medication" a first line in the size of medication lines, "message" a small head above its
    text, "wall" what is read at four metres.
    """

    lines: tuple[tuple[Run, ...], ...] = ()
    chips: tuple[ChipText, ...] = ()
    stale: bool = False
    spoken: str = ""
    scale: Literal["", "even", "medication", "message", "wall"] = ""

    def plain(self) -> str:
        """The cell as one sentence for a screen reader and for tests."""
        if self.spoken:
            return self.spoken
        lines = ["".join(run.text for run in line) for line in self.lines]
        return ", ".join([line for line in lines if line] + [chip.plain() for chip in self.chips])


def text_cell(
    first: str, second: str = "", *, bold: bool = False, tone: Tone = Tone.NORMAL
) -> Cell:
    """A cell of one or two lines; the second is muted."""
    lines: list[tuple[Run, ...]] = [(Run(first, bold, tone),)]
    if second:
        lines.append((Run(second, tone=Tone.MUTED),))
    return Cell(tuple(lines))
