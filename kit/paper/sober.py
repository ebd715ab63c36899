"""A sober page of text, symbols and words, as the sheets of a fleet are.

Not for: forms about patients (`document`), nor what stands on any page.
"""

from __future__ import annotations

from kit.paper.form import SIZES_MM
from kit.paper.press import BOLD_RULE, FINE, MM, Plate, Press
from kit.paper.symbols import text_symbol
from kit.paper.words import Say

MARGIN_MM = 18.0
WIDTH_MM = SIZES_MM["A4P"][0] - 2 * MARGIN_MM
WORDS_IN_ROW = 2


class SoberPage:
    """A sober page: lines of text one below the other, between two margins."""

    def __init__(self, press: Press, hospital: str, world: str, say: Say) -> None:
        width, height = (side * MM for side in SIZES_MM["A4P"])
        self.press, self.say = press, say
        self.plate = Plate(press, width, height)
        self.left, self.width = MARGIN_MM * MM, WIDTH_MM * MM
        self.y = MARGIN_MM * MM
        exercise = say("EXERCISE — not for care") if world.upper().startswith("EXERCICE") else ""
        self.text(" · ".join(part for part in ("Cyber Kit", hospital, exercise) if part), 10)
        self.rule(BOLD_RULE)

    def text(self, text: str, size: float, *, bold: bool = False, room: float = 0.0) -> None:
        """A paragraph in the whole width, or in `room` points of it."""
        for line in self.press.wrap(((text, bold),), size, room or self.width):
            self.y += 1.3 * size
            self.plate.text(self.left, self.y, line, size)

    def rule(self, weight: float = FINE) -> None:
        """A stroke over the width."""
        self.y += 3 * MM
        self.plate.rule(self.left, self.y, self.left + self.width, self.y, weight)
        self.y += 2 * MM

    def gap(self, millimetres: float) -> None:
        """Nothing."""
        self.y += millimetres * MM

    def pair(self, name: str, value: str) -> None:
        """A name and its value on one line, further lines below the value."""
        indent = 42 * MM
        self.plate.text(self.left, self.y + 14, self.press.line(name, 10), 10)
        for line in self.press.wrap(((value, True),), 11, self.width - indent):
            self.y += 14
            self.plate.text(self.left + indent, self.y, line, 11)

    def words(self, words: tuple[str, ...]) -> None:
        """A phrase, numbered, large, two columns read line by line."""
        column = self.width / WORDS_IN_ROW
        for at in range(0, len(words), WORDS_IN_ROW):
            self.y += 30
            for place, word in enumerate(words[at : at + WORDS_IN_ROW]):
                x = self.left + place * column
                number = self.press.line(f"{at + place + 1}.", 12)
                self.plate.text(x, self.y, number, 12)
                self.plate.text(x + 9 * MM, self.y, self.press.line(word, 22, bold=True), 22)

    def symbol(self, text: str, side_mm: float) -> None:
        """A QR symbol at the left margin, with its quiet zone."""
        drawn = text_symbol(text)
        module = side_mm * MM / drawn[0]
        self.gap(4)
        self.plate.symbol(self.left, self.y, module, drawn)
        self.y += side_mm * MM + 4 * module
