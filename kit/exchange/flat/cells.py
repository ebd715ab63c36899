"""Cells of a table as moments, numbers, names; what cannot be read is said, never guessed.

Not for: which column is which (`template`, `clinosim`).
"""

from __future__ import annotations

import re
from decimal import Decimal

from kit.core.clock import parse_instant
from kit.core.folding import fold
from kit.core.quantity import parse_decimal

_LOST = re.compile(r"\d(?:[.,]\d+)?E\+?\d+$", re.IGNORECASE)
_FRENCH_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$")
_PARTIAL = re.compile(r"\d{4}(?:-\d\d)?$")
_YES = ("oui", "o", "vrai", "true", "1", "x", "yes", "y")
_NO = ("non", "n", "faux", "false", "0", "no", "")


def is_lost_number(text: str) -> bool:
    """Whether a spreadsheet wrote a long number with an exponent: its digits are gone."""
    return bool(_LOST.match(text.replace(" ", "")))


def moment(text: str) -> int | None:
    """UTC ms of a date or date-time, hospital time without a zone; None: cannot be read.

    A year or a month alone is its first day.
    """
    plain = text.strip()
    if _PARTIAL.match(plain):
        plain += "-01" * (2 - plain.count("-"))
    found = parse_instant(_padded(plain))
    return found[0] if found else None


def _padded(text: str) -> str:
    """`3/2/2026 8h05` → `03/02/2026 08:05`; seconds are passed over in the French form."""
    day, _space, hour = text.strip().replace("T", " ", 1).partition(" ")
    found = _FRENCH_DATE.match(day)
    if not found:
        return text.strip()
    dated = f"{int(found.group(1)):02d}/{int(found.group(2)):02d}/{found.group(3)}"
    clock = re.match(r"(\d{1,2})\s*[:hH]\s*(\d\d)?", hour.strip())
    return f"{dated} {int(clock.group(1)):02d}:{clock.group(2) or '00'}" if clock else dated


def iso_date(text: str) -> str | None:
    """An ISO date, possibly only year or month; None where it is none."""
    plain = text.strip()
    if _PARTIAL.match(plain):
        return plain
    found = _FRENCH_DATE.match(plain.partition(" ")[0])
    if found:
        plain = f"{found.group(3)}-{int(found.group(2)):02d}-{int(found.group(1)):02d}"
    plain = plain.partition("T")[0].partition(" ")[0]
    return plain if parse_instant(plain) and len(plain) == 10 else None


def decimal(text: str) -> str | None:
    """A decimal as plain text, comma or point; None where it is none or reads two ways."""
    found = parse_decimal(text)
    return format(found, "f") if isinstance(found, Decimal) else None


def truth(text: str) -> bool | None:
    """Yes or no; None where it is neither."""
    said = fold(text)
    return True if said in _YES else False if said in _NO else None


def sex(text: str) -> str | None:
    """`F`, `M`, `I` or empty; None where it is none of them."""
    said = fold(text)
    if said in ("f", "feminin", "femme", "female", "2"):
        return "F"
    if said in ("m", "masculin", "homme", "male", "1", "h"):
        return "M"
    if said in ("i", "indetermine", "other", "autre"):
        return "I"
    return "" if said in ("", "u", "inconnu", "unknown", "3") else None


def phone(text: str) -> str:
    """A telephone number; a French one that lost its leading zero to a spreadsheet gets it back."""
    digits = text.replace(" ", "").replace(".", "")
    return f"0{digits}" if re.match(r"[1-9]\d{8}$", digits) else text


def clock_times(text: str) -> tuple[str, ...] | None:
    """`8h, 14:00 20h30` → hospital wall times; None where one of them cannot be read."""
    found = []
    for piece in re.split(r"[,;|/+ ]+|\bet\b", text.strip()):
        if not piece:
            continue
        match = re.match(r"([01]?\d|2[0-3])(?:[:hH]([0-5]\d)?(?::00)?)$", piece)
        if not match:
            return None
        found.append(f"{int(match.group(1)):02d}:{match.group(2) or '00'}")
    return tuple(sorted(dict.fromkeys(found))) or None
