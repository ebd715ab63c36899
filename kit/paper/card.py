"""The sheets of a prepared fleet: one card a kit, and the root's envelope; printed once, then gone.

They carry secrets: the words that open a kit, or a part of the root. They are drawn here, handed to
whoever asked for them, and kept nowhere. Not for: forms about patients (`document`), numbering.
"""

from __future__ import annotations

import msgspec

from kit.paper.press import Press
from kit.paper.sober import SoberPage
from kit.paper.words import Say, moment, speaker

SYMBOL_MM = 42.0
ROOT_SYMBOL_MM = 78.0


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
        page = SoberPage(press, card.hospital, card.world, say)
        _card(page, card)
        press.bind(page.plate)
    return press.finish()


def root_pdf(sheets: RootSheets, language: str = "fr") -> bytes:
    """For each holder a sheet with the symbol, then for each one with the words."""
    say = speaker(language)
    press = Press(say("Root envelope"), language=language)
    for draw in (_root_symbol, _root_words):
        for holder in sheets.holders:
            page = SoberPage(press, sheets.hospital, sheets.world, say)
            draw(page, sheets, holder)
            press.bind(page.plate)
    return press.finish()


def _role(role: str, say: Say) -> str:
    return {
        "steering": say("Steering (crisis cell)"),
        "ward": say("Ward"),
        "relay": say("Relay"),
        "viewer": say("Viewer"),
        "recovery": say("Recovery (medical information department)"),
    }.get(role, role)


def _card(page: SoberPage, card: Card) -> None:
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


def _root_head(page: SoberPage, sheets: RootSheets, holder: str, title: str) -> None:
    say = page.say
    page.gap(4)
    page.text(title, 24, bold=True)
    page.gap(4)
    page.pair(say("Holder"), holder)
    page.pair(say("World"), sheets.world)
    page.pair(say("Fleet"), sheets.fleet)
    page.pair(say("Prepared"), moment(sheets.made_at))
    page.rule()


def _root_symbol(page: SoberPage, sheets: RootSheets, holder: str) -> None:
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


def _root_words(page: SoberPage, sheets: RootSheets, holder: str) -> None:
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
