"""Pieces of content, one under the other, and how they are dealt out to pages.

A piece knows its height and how to draw itself; a row that is taller than a page splits between
lines of text; a header is repeated on every page that its rows reach. Points, y down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kit.core.errors import Misconfigured
from kit.paper.press import MM, Plate
from kit.paper.typeset import TextLine

Draw = Callable[[Plate, float, float], None]


@dataclass(slots=True)
class Piece:
    """A band of full width. `header` is repeated above it when it opens a page."""

    height: float
    draw: Draw
    header: Piece | None = None
    keep_with_next: bool = False
    breaks: bool = False
    white: bool = False
    """White space: it is left out where the page ends."""
    split: Callable[[float], tuple[Piece, Piece] | None] | None = None
    repeat: Callable[[float], Iterable[Piece]] | None = None
    """For what fills the rest of the page: given the room left, the pieces that fill it."""


@dataclass(slots=True)
class Cell:
    """Lines of one cell with their size; `inset` is the distance to the rules."""

    lines: list[TextLine]
    size: float
    inset: float = 1.2 * MM
    struck: bool = False

    @property
    def leading(self) -> float:
        """Distance from baseline to baseline."""
        return self.size * 1.22

    @property
    def height(self) -> float:
        """Height of the cell with its insets."""
        return len(self.lines) * self.leading + 1.6 * MM if self.lines else 0.0

    def draw(self, plate: Plate, x: float, y: float) -> None:
        """Lines from the top of the cell down."""
        base = y + 0.8 * MM + 0.86 * self.size
        for line in self.lines:
            plate.text(x + self.inset, base, line, self.size)
            if self.struck and line.width:
                middle = base - 0.28 * self.size
                plate.strike(x + self.inset, middle, line.width)
            base += self.leading

    def cut(self, room: float) -> tuple[Cell, Cell]:
        """What fits into `room`, and the rest."""
        fit = max(0, int((room - 1.6 * MM) // self.leading))
        return (
            Cell(self.lines[:fit], self.size, self.inset, self.struck),
            Cell(self.lines[fit:], self.size, self.inset, self.struck),
        )


@dataclass(slots=True)
class Flow:
    """Deals pieces to pages of one room, `open_page` giving each new plate, its top and bottom."""

    open_page: Callable[[int], tuple[Plate, float, float]]
    x: float
    plates: list[Plate] = field(default_factory=list)
    _y: float = 0.0
    _bottom: float = 0.0
    _top: float = 0.0
    _first_top: float = 0.0

    def run(self, pieces: Sequence[Piece]) -> list[Plate]:
        """Every piece drawn, in order; Misconfigured PAP-021 when one cannot fit any page."""
        self._turn(None)
        for place, piece in enumerate(pieces):
            if piece.breaks:
                if self._y > self._top:
                    self._turn(None)
            elif piece.white:
                self._y = min(self._bottom, self._y + piece.height)
            elif piece.repeat is not None:
                for filler in piece.repeat(self._bottom - self._y):
                    self._put(filler)
            else:
                self._settle(piece, _together(pieces, place))
        return self.plates

    def _settle(self, piece: Piece, needed: float) -> None:
        while self._y + needed > self._bottom + 0.01:
            at_top = self._y <= self._top + 0.01
            if not at_top and needed <= self._fresh(piece) + 0.01:
                self._turn(piece.header)
                break
            parts = piece.split(self._bottom - self._y) if piece.split else None
            if parts is not None:
                self._put(parts[0])
                piece, needed = parts[1], parts[1].height
            elif at_top:
                raise Misconfigured("PAP-021")
            self._turn(piece.header)
        self._put(piece)

    def _fresh(self, piece: Piece) -> float:
        """Room of an empty page under the piece's repeated header."""
        return self._bottom - self._first_top - (piece.header.height if piece.header else 0.0)

    def _put(self, piece: Piece) -> None:
        piece.draw(self.plates[-1], self.x, self._y)
        self._y += piece.height

    def _turn(self, header: Piece | None) -> None:
        plate, self._y, self._bottom = self.open_page(len(self.plates) + 1)
        self._top = self._first_top = self._y
        self.plates.append(plate)
        if header is not None:
            self._put(header)
            self._top = self._y


def stacked(*pieces: Piece) -> Piece:
    """Pieces drawn as one."""

    def draw(plate: Plate, x: float, y: float) -> None:
        for piece in pieces:
            piece.draw(plate, x, y)
            y += piece.height

    return Piece(sum(piece.height for piece in pieces), draw)


def _together(pieces: Sequence[Piece], place: int) -> float:
    """Height of a piece and of what must stand under it: headings with the start of a row."""
    height = 0.0
    for piece in pieces[place:]:
        if not piece.keep_with_next:
            return height + (min(piece.height, 30 * MM) if height else piece.height)
        height += piece.height
    return height
