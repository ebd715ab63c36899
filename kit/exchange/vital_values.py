"""From a source's code, value and unit to a vital sign of the ward's table, or to none.

A unit is accepted only where it is the ward's own under another spelling; nothing is ever
converted. Not for: FHIR or CSV as such.
"""

from __future__ import annotations

from functools import cache

from kit.core.folding import fold
from kit.exchange.tables import exchange_table
from kit.ward.clinical_table import clinical_table


@cache
def vital_codes() -> dict[str, tuple[str, str]]:
    """LOINC → (field of the ward, its unit)."""
    return {
        loinc: (field["code"], field["unit"])
        for field in clinical_table("vitals")["field"]
        for loinc in field["loinc"]
    }


@cache
def same_unit(unit: str, wanted: str) -> bool:
    """Whether a unit is the wanted one under another spelling."""
    spelled: list[str] = exchange_table("vital_codes")["same_unit"].get(wanted, [])
    return unit == wanted or unit.strip().lower() in spelled


@cache
def acvpu_of(code: str, text: str) -> str:
    """A, C, V, P or U of a coded or worded state of consciousness; empty where it is none."""
    said = f" {fold(text)} "
    plain = text.strip().upper()
    if plain in ("A", "C", "V", "P", "U"):
        return plain
    for letter, marks in exchange_table("vital_codes")["acvpu"].items():
        if code.lower() in marks:
            return str(letter)
    for letter in ("U", "P", "V", "C", "A"):
        marks = exchange_table("vital_codes")["acvpu"][letter]
        if any(not mark[:1].isdigit() and f" {fold(mark)}" in said for mark in marks):
            return letter
    return ""
