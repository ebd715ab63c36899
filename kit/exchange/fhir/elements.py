"""The small types of FHIR as words, numbers and instants; whatever shape they come in.

Every function bears any JSON where it expects an element: what cannot be read is empty, never a
fault. Decimals arrive as text (`decode.Decimal_`) and stay the text that was sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from kit.core.clock import parse_instant
from kit.core.quantity import Quantity

Json = dict[str, Any]
NO: Json = {}


def parts(value: Any) -> list[Json]:
    """The objects of a list, or the one object; nothing else."""
    if type(value) is list:
        return [item for item in value if type(item) is dict]
    return [value] if type(value) is dict else []


def part(value: Any) -> Json:
    """An object, or the first of a list; else an empty one."""
    if type(value) is dict:
        return value
    found = parts(value)
    return found[0] if found else NO


def words(value: Any) -> str:
    """Text without outer space; numbers and truth values as they are written; else empty."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else ""


def strings(value: Any) -> list[str]:
    """The texts of a list of texts."""
    return [text for item in value if (text := words(item))] if isinstance(value, list) else []


def concept(value: Any) -> str:
    """A CodeableConcept in words: its text, else the first label, else the first code."""
    for item in parts(value):
        if text := words(item.get("text")):
            return text
        codings = parts(item.get("coding"))
        for key in ("display", "code"):
            for coding in codings:
                if text := words(coding.get(key)):
                    return text
    return ""


def concepts(value: Any) -> str:
    """Several CodeableConcepts in words, comma between."""
    return ", ".join(text for item in parts(value) if (text := concept(item)))


def codings(value: Any) -> Iterator[tuple[str, str]]:
    """Every (system, code) of one or several CodeableConcepts (or bare Codings)."""
    for item in parts(value):
        for coding in parts(item["coding"]) if "coding" in item else (item,):
            if code := words(coding.get("code")):
                yield words(coding.get("system")), code


def code_of(value: Any) -> str:
    """The first code of a CodeableConcept, or empty."""
    return next((code for _system, code in codings(value)), "")


def instant(value: Any) -> int:
    """UTC ms of a FHIR date or date-time, 0 where there is none; a year alone is its first day."""
    return _instant(value) if isinstance(value, str) else 0


@lru_cache(maxsize=16384)
def _instant(value: str) -> int:
    text = value.strip()
    if len(text) == 4 and text.isdigit():
        text += "-01-01"
    elif len(text) == 7 and text[4] == "-":
        text += "-01"
    found = parse_instant(text)
    return found[0] if found else 0


def number(value: Any) -> str:
    """A decimal as plain text, without exponent; empty where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    text = str(value).strip()
    if "e" in text or "E" in text or not text.lstrip("-").replace(".", "", 1).isdigit():
        try:
            read = Decimal(text)
        except InvalidOperation:
            return ""
        return format(read, "f") if read.is_finite() and abs(read.adjusted()) < 30 else ""
    return text


_SAME_UNIT = {
    "mcg": "ug",
    "µg": "ug",
    "μg": "ug",
    "microg": "ug",
    "ui": "[iu]",
    "iu": "[iu]",
    "u": "u",
    "unit": "u",
    "units": "u",
    "[iu]": "[iu]",
    "mg": "mg",
    "g": "g",
    "kg": "kg",
    "ng": "ng",
    "ug": "ug",
    "ml": "ml",
    "l": "l",
    "meq": "meq",
    "mmol": "mmol",
    "milligram": "mg",
    "gram": "g",
}


def unit_of(value: Json) -> str:
    """The unit as it is worded, else its code."""
    return words(value.get("unit")) or words(value.get("code"))


def units_clash(value: Json) -> bool:
    """Whether a quantity's wording and its code name two different well-known units."""
    said = _SAME_UNIT.get(words(value.get("unit")).lower())
    coded = _SAME_UNIT.get(words(value.get("code")).lower())
    return bool(said and coded and said != coded)


def quantity(value: Any) -> Quantity | None:
    """A Quantity whose number reads as one and stands without a comparator; else None."""
    item = part(value)
    text = number(item.get("value"))
    if not text or item.get("comparator"):
        return None
    return Quantity(text, unit_of(item))


def amount(value: Any) -> str:
    """A Quantity, Range or Ratio in its own figures: `< 0.5 mg`, `1–2 TAB`, `4 g / 12 h`."""
    item = part(value)
    if "numerator" in item:
        below = amount(item.get("denominator"))
        above = amount(item["numerator"])
        return f"{above} / {below.removeprefix('1 ')}" if below else above
    if "low" in item or "high" in item:
        return _range(part(item.get("low")), part(item.get("high")))
    said = " ".join(filter(None, (words(item.get("comparator")), number(item.get("value")))))
    return " ".join(filter(None, (said, unit_of(item))))


def _range(low: Json, high: Json) -> str:
    first, last = number(low.get("value")), number(high.get("value"))
    unit = unit_of(high) or unit_of(low)
    if first and last:
        return f"{first}–{last} {unit}".strip()
    return f"{'≥' if first else '≤'} {first or last} {unit}".strip() if first or last else ""


def reference(value: Any) -> str:
    """The address of a Reference, or empty."""
    return words(part(value).get("reference"))


def label(value: Any) -> str:
    """What a Reference says of itself: its label, else its identifier, else its address."""
    item = part(value)
    said = words(item.get("display")) or words(part(item.get("identifier")).get("value"))
    return said or words(item.get("reference"))


def human_name(value: Any) -> str:
    """A HumanName as one line: its text, else title, given names, family."""
    item = part(value)
    if text := words(item.get("text")):
        return text
    pieces = [*strings(item.get("prefix")), *strings(item.get("given")), words(item.get("family"))]
    return " ".join(piece for piece in pieces if piece)


def extensions(value: Any, ending: str) -> list[Json]:
    """The extensions whose address ends with these words."""
    return [
        item
        for item in parts(part(value).get("extension"))
        if words(item.get("url")).endswith(ending)
    ]


def extension_value(item: Json) -> str:
    """The value of an extension in words, whatever its type."""
    for key, value in item.items():
        if key.startswith("value"):
            return words(value) or concept(value) or code_of(value) or label(value)
    return ""


def notes(value: Any) -> str:
    """The texts of annotations, one per line."""
    return "\n".join(text for item in parts(value) if (text := words(item.get("text"))))


def joined(*texts: str, mark: str = " — ") -> str:
    """The texts that are not empty and not said before, joined."""
    return mark.join(dict.fromkeys(text for text in texts if text))
