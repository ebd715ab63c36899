"""French identity numbers: the key of a NIR, the authorities of an INS, and what status they allow.

A wrong key flags and never rejects (health-data.md D5); what is flagged is never shown as
qualified. Not for: names and dates of birth.
"""

from __future__ import annotations

import re

from kit.ward.patient import IdentityStatus

INS_ROOT = "1.2.250.1.213.1.4."
REAL_INS = {f"{INS_ROOT}8": "nir", f"{INS_ROOT}9": "nia"}
TEST_INS = {f"{INS_ROOT}10": "test", f"{INS_ROOT}11": "demo"}
_SHAPE = re.compile(r"\d{5}(?:\d\d|2[AB])\d{6}(\d\d)$")
_VALID = ("VALI",)
_FLAGS = {
    "DOUT": "doubtful",
    "DOUA": "doubtful",
    "DPOT": "possible_duplicate",
    "FICT": "fictitious",
    "HOMA": "homonym",
    "HOMD": "homonym",
    "HOMO": "homonym",
    "CACH": "restricted",
    "USUR": "usurped",
    "VIDE": "empty",
}


def nir_key_is_right(number: str) -> bool:
    """Whether the last two digits are 97 − (the first 13 mod 97); Corsica counts as 19 and 18."""
    found = _SHAPE.match(number)
    if not found:
        return False
    body = number[:13].replace("2A", "19").replace("2B", "18")
    return 97 - int(body) % 97 == int(found.group(1))


def ins_flags(numbers: list[tuple[str, str]]) -> tuple[str, ...]:
    """What is wrong with these (OID, matricule): wrong key, test authority, more than one."""
    flags = []
    if any(not nir_key_is_right(value) for _oid, value in numbers):
        flags.append("ins_key_wrong")
    if any(oid in TEST_INS for oid, _value in numbers):
        flags.append("ins_test")
    if len({value for _oid, value in numbers}) > 1 or len({oid for oid, _value in numbers}) > 1:
        flags.append("ins_several")
    return tuple(flags)


def identity_status(
    codes: list[str], numbers: list[tuple[str, str]]
) -> tuple[str, tuple[str, ...]]:
    """(status, flags) of the reliability codes sent (HL7 0445) and the INS that came with them.

    Validated with a sound INS is qualified; with an INS that is flagged it stays validated.
    """
    flags = ins_flags(numbers)
    flags += tuple(
        _FLAGS.get(code, code.lower()) for code in codes if code not in (*_VALID, "PROV")
    )
    if "VALI" in codes:
        sound = numbers and not flags
        return (IdentityStatus.QUALIFIED if sound else IdentityStatus.VALIDATED), flags
    if "PROV" in codes:
        return (IdentityStatus.RETRIEVED if numbers else IdentityStatus.PROVISIONAL), flags
    return IdentityStatus.UNKNOWN, flags
