"""Numbers with units as a ward reads and types them: decimals as text, never binary floats.

Rules of interface.md §9 (3–4) and ward.md §6 rule 11: decimal comma in French, a leading zero, no
trailing zero, units in full where a letter was ever misread. Not for: conversions between units.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

import msgspec

from kit.core.text import language

NBSP = "\u00a0"
THIN = "\u202f"
_PLAIN = re.compile(r"[+-]?(?:\d+|\d{1,3}(?: \d{3})+)(?:[.,]\d+)?", re.ASCII)
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
# Beyond this many digits a text is no measure; writing 1e999999999 out would fill the memory.
_WRITTEN_DIGITS = 40


class _Name(NamedTuple):
    """A unit in words: French singular and plural, English singular and plural."""

    one: str
    many: str
    one_en: str
    many_en: str


_MICRO = _Name("microgramme", "microgrammes", "microgram", "micrograms")
_UNIT = _Name("unité", "unités", "unit", "units")
_TABLET = _Name("comprimé", "comprimés", "tablet", "tablets")
_PUFF = _Name("bouffée", "bouffées", "puff", "puffs")

# Units that were misread for one another are spelled out (ISMP list, interface.md §9.4).
_FULL = {
    **dict.fromkeys(
        ("ug", "mcg", "µg", "μg", "γ", "microgramme", "microgrammes", "microgram", "micrograms"),
        _MICRO,
    ),
    **dict.fromkeys(("[iu]", "iu", "ui", "u", "unit", "units", "unité", "unités"), _UNIT),
    **dict.fromkeys(("cp", "cpr", "comprimé", "comprimés", "tab", "tablet", "tablets"), _TABLET),
    **dict.fromkeys(("puff", "puffs", "bouffée", "bouffées"), _PUFF),
}
_SHORT = {"cc": "mL", "ml": "mL", "mg": "mg", "g": "g", "cel": "°C", "mm[hg]": "mmHg"}


class Quantity(msgspec.Struct, frozen=True):
    """A decimal as text (`"0.5"`, point inside) and its unit as it came."""

    value: str
    unit: str = ""

    def number(self) -> Decimal | None:
        """The decimal, or None where the text is none (NaN and infinities are none)."""
        return _finite(self.value)

    def text(self) -> str:
        """For people: `0,5 mg`, `1 000 unités`; the space before the unit never breaks."""
        number = number_text(self.value)
        unit = unit_text(self.unit, self.number())
        return f"{number}{NBSP}{unit}" if unit else number


def _finite(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def parse_decimal(typed: str) -> Decimal | None:
    """What a person typed, comma or point; None where it is no number or reads two ways.

    `1.000` and `1,000` are refused: a thousand to some, one to others. A space may stand only
    between thousands: `37 2` is no number.
    """
    text = typed.strip().replace(NBSP, " ").replace(THIN, " ")
    if len(text) > _WRITTEN_DIGITS or not _PLAIN.fullmatch(text) or _AMBIGUOUS.fullmatch(text):
        return None
    return Decimal(text.replace(" ", "").replace(",", "."))


def number_text(value: str) -> str:
    """A decimal text for people: no trailing zero, a leading one, thousands apart, local comma.

    A text that is no number, or too long to be a measure, is shown as it came.
    """
    return _number_text(value, "," if language() == "fr" else ".")


@lru_cache(maxsize=4096)
def _number_text(value: str, comma: str) -> str:
    number = _finite(value)
    if number is None or abs(number.adjusted()) > _WRITTEN_DIGITS:
        return value
    number = number or Decimal(0)
    plain = format(number, "f")
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    digits = digits.lstrip("+").lstrip("0") or "0"
    if len(digits) > 3:
        first = len(digits) % 3
        parts = [digits[:first]] if first else []
        parts += [digits[i : i + 3] for i in range(first, len(digits), 3)]
        digits = THIN.join(parts)
    return f"{sign}{digits}{comma}{fraction}" if fraction else f"{sign}{digits}"


def unit_text(unit: str, count: Decimal | None = None) -> str:
    """A unit for people: spelled out where its short form was ever misread.

    `count` chooses singular or plural; without it, plural. Parts of `a/b` are spelled out each.
    """
    text = unit.strip()
    if "/" in text and text.lower() not in _FULL:
        first, *others = text.split("/")
        rest = (unit_text(part, Decimal(1)) if part.strip() else "" for part in others)
        return "/".join((unit_text(first, count) if first.strip() else "", *rest))
    name = _FULL.get(text.lower())
    if name is None:
        return _SHORT.get(text.lower(), text)
    if language() == "fr":
        return name.one if count is not None and abs(count) < 2 else name.many
    return name.one_en if count == 1 else name.many_en
