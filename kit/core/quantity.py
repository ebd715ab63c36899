"""Numbers with units as a ward reads and types them: decimals as text, never binary floats.

Rules of interface.md §9 (3–4) and ward.md §6 rule 11: decimal comma in French, a leading zero, no
trailing zero, units in full where a letter was ever misread. Not for: conversions between units.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

import msgspec

from kit.core.text import language

NBSP = "\u00a0"
THIN = "\u202f"
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)?$")
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}$")

# Units that were misread for one another are spelled out (ISMP list, interface.md §9.4).
_FULL = {
    "ug": ("microgrammes", "micrograms"),
    "mcg": ("microgrammes", "micrograms"),
    "µg": ("microgrammes", "micrograms"),
    "μg": ("microgrammes", "micrograms"),
    "microgramme": ("microgrammes", "micrograms"),
    "microgrammes": ("microgrammes", "micrograms"),
    "[iu]": ("unités", "units"),
    "iu": ("unités", "units"),
    "ui": ("unités", "units"),
    "u": ("unités", "units"),
    "unit": ("unités", "units"),
    "units": ("unités", "units"),
    "unité": ("unités", "units"),
    "unités": ("unités", "units"),
    "cc": ("mL", "mL"),
    "ml": ("mL", "mL"),
    "mg": ("mg", "mg"),
    "g": ("g", "g"),
    "cpr": ("comprimé", "tablet"),
    "cp": ("comprimé", "tablet"),
    "tab": ("comprimé", "tablet"),
    "puff": ("bouffée", "puff"),
    "cel": ("°C", "°C"),
    "mm[hg]": ("mmHg", "mmHg"),
}


class Quantity(msgspec.Struct, frozen=True):
    """A decimal as text (`"0.5"`, point inside) and its unit as it came."""

    value: str
    unit: str = ""

    def number(self) -> Decimal | None:
        """The decimal, or None where the text is none."""
        try:
            return Decimal(self.value)
        except InvalidOperation:
            return None

    def text(self) -> str:
        """For people: `0,5 mg`, `1 000 unités`; the space before the unit never breaks."""
        number = number_text(self.value)
        unit = unit_text(self.unit)
        return f"{number}{NBSP}{unit}" if unit else number


def parse_decimal(typed: str) -> Decimal | None:
    """What a person typed, comma or point; None where it is no number or reads two ways.

    `1.000` and `1,000` are refused: a thousand to some, one to others.
    """
    text = typed.strip().replace(NBSP, "").replace(THIN, "").replace(" ", "")
    if not _PLAIN.match(text) or _AMBIGUOUS.match(text):
        return None
    return Decimal(text.replace(",", "."))


def number_text(value: str) -> str:
    """A decimal text for people: no trailing zero, a leading one, thousands apart, local comma."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite():
        return value
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
    comma = "," if language() == "fr" else "."
    return f"{sign}{digits}{comma}{fraction}" if fraction else f"{sign}{digits}"


def unit_text(unit: str) -> str:
    """A unit for people: spelled out where its short form was ever misread."""
    known = _FULL.get(unit.strip().lower())
    if known is None:
        return unit.strip()
    return known[0] if language() == "fr" else known[1]
