"""The name of one printed page: 20 characters for the symbol, a short form for people.

`CK1` (or `CKX` in an exercise) + form code (4) + version (2 digits) + sheet number (7 Crockford
base 32: 10 bits of kit, 25 of counter) + page (1) + pages (1) + check (2). No personal data.
The check is the remainder by 1021 of the first 18 characters read in base 37: it tells every
single wrong character and every exchange of two neighbours. Not here: who allots numbers.
"""

from __future__ import annotations

import re

import msgspec

from kit.core.errors import BadInput

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MOST_PAGES = 31
KIT_BITS = 10
COUNTER_BITS = 25
SHEET_LIMIT = 1 << (KIT_BITS + COUNTER_BITS)
_PRIME = 1021
_CODE = re.compile(r"[A-Z0-9]{4}\Z")
_SYMBOL = re.compile(rf"CK([1X])([A-Z0-9]{{4}})(\d\d)([{CROCKFORD}]{{7}})(..)(..)\Z")
_HUMAN = re.compile(
    r"([A-Z0-9]{4})\s*V\s*(\d{1,2})\W*([0-9A-Z]{3})[-\s]?([0-9A-Z]{4})\W*"
    r"P\s*(\d{1,2})\s*/\s*(\d{1,2})\W*([0-9A-Z]{2})\Z"
)


class PageId(msgspec.Struct, frozen=True):
    """One page of one sheet: `sheet` is an int of 35 bits, `page` and `pages` 1 to 31."""

    form: str
    version: int
    sheet: int
    page: int
    pages: int
    exercise: bool = False

    def __post_init__(self) -> None:
        fits = (
            _CODE.match(self.form)
            and 1 <= self.version <= 99
            and 0 <= self.sheet < SHEET_LIMIT
            and 1 <= self.page <= self.pages <= MOST_PAGES
        )
        if not fits:
            raise BadInput("PAP-010", form=self.form, page=self.page, pages=self.pages)

    @property
    def _body(self) -> str:
        world = "CKX" if self.exercise else "CK1"
        place = CROCKFORD[self.page] + CROCKFORD[self.pages]
        return f"{world}{self.form}{self.version:02d}{base32(self.sheet, 7)}{place}"

    @property
    def symbol(self) -> str:
        """The 20 characters that the page symbols carry."""
        return self._body + check(self._body)

    @property
    def human(self) -> str:
        """What stands beside the symbol and can be typed: `MEDA v3 · A7F-3K9Q · p1/2 · K4`."""
        sheet, place = sheet_label(self.sheet), f"p{self.page}/{self.pages}"
        return f"{self.form} v{self.version} · {sheet} · {place} · {self.symbol[-2:]}"


def base32(number: int, width: int) -> str:
    """The number in Crockford base 32, `width` characters."""
    return "".join(CROCKFORD[(number >> (5 * place)) & 31] for place in reversed(range(width)))


def sheet_label(sheet: int) -> str:
    """The sheet number as people read it: `A7F-3K9Q`."""
    text = base32(sheet, 7)
    return f"{text[:3]}-{text[3:]}"


def check(body: str) -> str:
    """Two check characters of a page id's first 18 characters."""
    total = 0
    for char in body:
        total = (total * 37 + int(char, 36)) % _PRIME
    return base32(total, 2)


def _number(text: str) -> int:
    """Crockford digits to an int; letters that look like digits are read as those digits."""
    total = 0
    for char in text.translate(str.maketrans("OIL", "011")):
        total = total * 32 + CROCKFORD.index(char)
    return total


def parse_symbol(text: str) -> PageId:
    """A page id from what a symbol said; BadInput PAP-011 when it is none, or was altered."""
    found = _SYMBOL.match(text)
    if not found or check(text[:18]) != text[18:]:
        raise BadInput("PAP-011")
    world, form, version, sheet, place, _ = found.groups()
    try:
        page, pages = (CROCKFORD.index(char) for char in place)
    except ValueError:
        raise BadInput("PAP-011") from None
    return PageId(form, int(version), _number(sheet), page, pages, world == "X")


def parse_human(text: str) -> PageId:
    """A page id that somebody typed from paper, with or without marks between; PAP-011 if none."""
    found = _HUMAN.match(text.strip().upper())
    if found:
        form, version, head, tail, page, pages, typed = found.groups()
        for exercise in (False, True):
            try:
                page_id = PageId(
                    form, int(version), _number(head + tail), int(page), int(pages), exercise
                )
                if _number(page_id.symbol[-2:]) == _number(typed):
                    return page_id
            except (BadInput, ValueError):
                break
    raise BadInput("PAP-011")
