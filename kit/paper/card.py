"""The sheets of a prepared fleet: one card a kit, and the root's envelope; printed once, then gone.

They carry secrets: the words that open a kit, or a part of the root. They are drawn here, handed to
whoever asked for them, and kept nowhere. Not for: forms about patients (`document`), numbering.
"""

from __future__ import annotations

import msgspec

from kit.paper.form import SIZES_MM
from kit.paper.press import BOLD_RULE, FINE, MM, Plate, Press
from kit.paper.symbols import text_symbol
from kit.paper.words import Say, moment, speaker

MARGIN_MM = 18.0
WIDTH_MM = SIZES_MM["A4P"][0] - 2 * MARGIN_MM
SYMBOL_MM = 42.0
ROOT_SYMBOL_MM = 78.0
WORDS_IN_ROW = 2


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One kit's card. role: a code of the fleet; fleet: the fingerprint that people compare."""

    label: str
    role: str
    wards: tuple[str, ...]
    hospital: str
    world: str
    fleet: str
    device: str
    words: tuple[str, ...]
    symbol: str
    folder: str
    made_at: int


class RootSheets(msgspec.Struct, frozen=True, kw_only=True):
    """The root's two halves. wrapped: what the symbol says; words: the passphrase that opens it."""

    hospital: str
    world: str
    fleet: str
    wrapped: str
    words: tuple[str, ...]
    holders: tuple[str, ...]
    made_at: int


def cards_pdf(cards: tuple[Card, ...], language: str = "fr") -> bytes:
    """One page a kit."""
    say = speaker(language)
    press = Press(say("Kit cards"), language=language)
    for card in cards:
        page = _Page(press, card.hospital, card.world, say)
        _card(page, card)
        press.bind(page.plate)
    return press.finish()


def root_pdf(sheets: RootSheets, language: str = "fr") -> bytes:
    """For each holder a sheet with the symbol, then for each one with the words."""
    say = speaker(language)
    press = Press(say("Root envelope"), language=language)
    for draw in (_root_symbol, _root_words):
        for holder in sheets.holders:
            page = _Page(press, sheets.hospital, sheets.world, say)
            draw(page, sheets, holder)
            press.bind(page.plate)
    return press.finish()


class _Page:
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


def _role(role: str, say: Say) -> str:
    return {
        "steering": say("Steering (crisis cell)"),
        "ward": say("Ward"),
        "relay": say("Relay"),
        "viewer": say("Viewer"),
        "recovery": say("Recovery (medical information department)"),
    }.get(role, role)


def _card(page: _Page, card: Card) -> None:
    say = page.say
    page.gap(4)
    page.text(card.label, 30, bold=True)
    page.gap(4)
    page.pair(say("Role"), _role(card.role, say))
    if card.wards:
        wards = say("every ward") if "*" in card.wards else ", ".join(card.wards)
        page.pair(say("Ward"), wards)
    page.pair(say("World"), card.world)
    page.pair(say("Fleet"), card.fleet)
    page.pair(say("Kit's key"), card.device)
    page.pair(say("Folder"), card.folder)
    page.pair(say("Prepared"), moment(card.made_at))
    page.rule()
    page.text(say("The eight words that open this kit"), 13, bold=True)
    page.words(card.words)
    page.gap(6)
    page.text(
        say(
            "Keep this card apart from the kit, in a sealed envelope that names its holder. Who has"
            " both reads the patients' records. The words are written nowhere else: without them"
            " the kit does not open."
        ),
        10,
    )
    page.rule()
    page.symbol(card.symbol, SYMBOL_MM)
    page.text(
        say(
            "The symbol names the kit and its fleet, and holds no secret: it proves, beside a"
            " running kit, that card and kit belong together. Lost or stolen: tell the crisis cell,"
            " which puts this kit out of the fleet."
        ),
        9,
    )


def _root_head(page: _Page, sheets: RootSheets, holder: str, title: str) -> None:
    say = page.say
    page.gap(4)
    page.text(title, 24, bold=True)
    page.gap(4)
    page.pair(say("Holder"), holder)
    page.pair(say("World"), sheets.world)
    page.pair(say("Fleet"), sheets.fleet)
    page.pair(say("Prepared"), moment(sheets.made_at))
    page.rule()


def _root_symbol(page: _Page, sheets: RootSheets, holder: str) -> None:
    say = page.say
    _root_head(page, sheets, holder, say("Root envelope 1 of 2: the symbol"))
    page.text(
        say(
            "To be sealed, and opened only when no steering kit is left, or to put a steering kit"
            " out. With the words of envelope 2 it turns any kit into a steering kit. Never keep"
            " the two together."
        ),
        11,
    )
    page.symbol(sheets.wrapped, ROOT_SYMBOL_MM)
    page.text(say("The same as text, should no camera be at hand:"), 9)
    # Groups of eight signs can be typed, and found again by the eye.
    grouped = " ".join(sheets.wrapped[at : at + 8] for at in range(0, len(sheets.wrapped), 8))
    page.text(grouped, 9)


def _root_words(page: _Page, sheets: RootSheets, holder: str) -> None:
    say = page.say
    _root_head(page, sheets, holder, say("Root envelope 2 of 2: the words"))
    page.words(sheets.words)
    page.gap(6)
    page.text(
        say(
            "To be sealed. The words open the symbol of envelope 1 and nothing else. If one of the"
            " envelopes was opened without need, tell the crisis cell: the fleet is founded anew."
        ),
        11,
    )
