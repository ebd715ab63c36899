"""“Start the kit”: one page a kit that stays with its stick; holds no secret.

Printed apart from the cards with the words: on one sheet, printed on both sides, the words would
lie with the stick that they open. Folded at the dotted line it is A5: the steps in front, the keys
of the brands behind. Not for: the words (`card`).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import msgspec

from kit.core.errors import Misconfigured
from kit.paper.press import MM, Press
from kit.paper.sober import SoberPage
from kit.paper.words import Say, moment, speaker

HALF_MM = 148.5
COLUMNS_MM = (62.0, 104.0, 140.0)
"""Where menu key, settings key and the confirmation stand, from the left margin."""


class Brand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys of one make of computer, tapped one after the other while it starts.

    verified_on: ISO date on which they were tried on such a computer; empty = to be confirmed.
    """

    name: str
    menu: tuple[str, ...]
    setup: tuple[str, ...]
    verified_on: str = ""


class BootKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table of makes, and where it was taken from."""

    title: str
    source: str
    verified_on: str
    brand: tuple[Brand, ...]


class StartCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a kit's page names. made_at: UTC ms."""

    label: str
    hospital: str
    world: str
    made_at: int


@cache
def boot_keys() -> BootKeys:
    """The shipped table. Raises Misconfigured `TAB-001` where it is no such table."""
    text = (resources.files("kit.paper") / "data" / "boot_keys.toml").read_text("utf-8")
    try:
        table = msgspec.convert(tomllib.loads(text), BootKeys)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise Misconfigured("TAB-001", table="boot_keys") from fault
    if not table.source or not table.brand:
        raise Misconfigured("TAB-001", table="boot_keys")
    return table


def keys_text(keys: tuple[str, ...], say: Say) -> str:
    """`("Esc", "F9")` → `Échap puis F9`."""
    words = {"Esc": say("Esc"), "Del": say("Del")}
    text = ""
    for key in keys:
        name = words.get(key, key)
        text = say("{first} then {second}").format(first=text, second=name) if text else name
    return text


def start_cards_pdf(cards: tuple[StartCard, ...], language: str = "fr") -> bytes:
    """One page a kit."""
    say = speaker(language)
    press = Press(say("Start the kit"), language=language)
    for card in cards:
        page = SoberPage(press, card.hospital, card.world, say)
        _steps(page, card)
        _keys(page)
        press.bind(page.plate)
    return press.finish()


def _steps(page: SoberPage, card: StartCard) -> None:
    say = page.say
    page.gap(2)
    page.text(say("Start the kit “{label}”").format(label=card.label), 22, bold=True)
    page.gap(2)
    for line in (
        say(
            "1. Switch the computer off. Plug this stick in. Switch on and tap the key of its"
            " brand (below) until a list appears; choose the line with “USB”."
        ),
        say(
            "2. Wait for the screen that asks eight words: up to two minutes, black moments"
            " included. Look at date and time at the top; if they are wrong, press “Correct”."
        ),
        say("3. Type the eight words, letters and spaces only, then Enter."),
    ):
        page.text(line, 13)
        page.gap(4)
    page.text(say("Where the eight words are: in the sealed envelope of this kit, held by"), 13)
    page.gap(9)
    page.plate.dotted(page.left, page.y, page.left + page.width)
    page.gap(3)
    page.text(
        say(
            "Never keep the words with the stick. Pulling the stick switches the kit off within"
            " seconds; what was signed is kept. Better: lock, “Switch off”, wait for the black"
            " screen. The computer's own disks are not written."
        ),
        10,
    )
    page.text(say("Prepared {moment}").format(moment=moment(card.made_at)), 8)


def _keys(page: SoberPage) -> None:
    say, table = page.say, boot_keys()
    fold = HALF_MM * MM
    page.y = max(page.y, fold)
    page.plate.dotted(0, fold, page.plate.width)
    page.gap(2)
    _row(page, (say("Computer"), say("Start list"), say("Settings"), ""), bold=True)
    for brand in table.brand:
        menu, setup = (keys_text(keys, say) for keys in (brand.menu, brand.setup))
        _row(page, (brand.name, menu, setup, _confirmed(brand, say)))
    page.gap(1)
    page.text(say("Other brands: try Esc, F12, F11, F9, F8, or look at the first screen."), 9)
    page.gap(1)
    for line in (
        say(
            "“Secure Boot violation”, or the stick is not in the list: in the settings, turn on"
            " “Microsoft 3rd party UEFI CA” and starting from USB. Leave Secure Boot on."
        ),
        say(
            "Black screen for more than two minutes: switch off, start again, and choose the second"
            " line of the kit's own menu (emergency display)."
        ),
    ):
        page.text(line, 10)
        page.gap(1)


def _row(page: SoberPage, cells: tuple[str, ...], *, bold: bool = False) -> None:
    page.y += 14.5
    for at, cell in zip((0.0, *COLUMNS_MM), cells, strict=True):
        strong = bold or at == COLUMNS_MM[0]
        page.plate.text(page.left + at * MM, page.y, page.press.line(cell, 10.5, strong), 10.5)


def _confirmed(brand: Brand, say: Say) -> str:
    if not brand.verified_on:
        return say("to be confirmed")
    return say("tried on {date}").format(date="/".join(reversed(brand.verified_on.split("-"))))
