"""What every block is set with: the press, the values, the room; and the small shared pieces."""

from __future__ import annotations

from dataclasses import dataclass

from kit.paper.dictionary import PATIENT, WARD, Context, Value
from kit.paper.fields import Run
from kit.paper.flow import Cell, Piece
from kit.paper.form import Form, Label, label
from kit.paper.press import MM, Plate, Press

BODY, SMALL, HEADING = 8.5, 7.5, 10.0


@dataclass(frozen=True, slots=True)
class Setting:
    """One document in the making; `width` in points."""

    press: Press
    form: Form
    context: Context
    width: float

    @property
    def blank(self) -> bool:
        """True on a form for a patient that is filled for nobody."""
        return self.form.scope == "patient" and self.context.patient is None

    def say(self, sentence: str) -> str:
        """Paper's own words in the language of the job."""
        return self.context.say(sentence)

    def label(self, text: Label) -> str:
        """A form's words in the language of the job."""
        return label(text, self.context.language)

    def value(self, name: str) -> tuple[Run, ...]:
        """A published single value as runs; no runs when empty or when nobody is meant."""
        if name in WARD:
            return runs_of(WARD[name](self.context, None))
        patient = self.context.patient
        return runs_of(PATIENT[name](self.context, patient)) if patient is not None else ()

    def cell(self, runs: tuple[Run, ...], size: float, width: float) -> Cell:
        """Runs wrapped for a column of this width, insets included."""
        if not runs:
            return Cell([], size)
        return Cell(self.press.wrap(runs, size, width - 2.4 * MM), size)


def runs_of(value: Value) -> tuple[Run, ...]:
    """A dictionary value as runs."""
    if isinstance(value, str):
        return ((value, False),) if value else ()
    return tuple(run for run in value if run[0])


def bolded(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """The runs, all bold."""
    return tuple((text, True) for text, _ in runs)


def heading(setting: Setting, text: str) -> list[Piece]:
    """A section title that stays with what follows; none for an empty text."""
    if not text:
        return []
    cell = Cell(setting.press.wrap(((text, True),), HEADING, setting.width), HEADING, 0.0)
    height = cell.height + 1.8 * MM

    def draw(plate: Plate, x: float, y: float) -> None:
        cell.draw(plate, x, y + 1.6 * MM)

    return [Piece(height, draw, keep_with_next=True)]


def paragraph(cell: Cell, gap: float = 0.6 * MM) -> Piece:
    """Lines of text across the page, split between lines where they must."""

    def split(room: float) -> tuple[Piece, Piece] | None:
        first, rest = cell.cut(room - gap)
        if not first.lines or not rest.lines:
            return None
        return paragraph(first, gap), paragraph(rest, gap)

    return Piece(cell.height + gap, cell.draw, split=split)


def gap(height: float) -> Piece:
    """White space."""
    return Piece(height, lambda _plate, _x, _y: None, white=True)
