"""The six characters on a paper that a courier carries: typed in on return, they acknowledge it.

Derived from what was asked, where and in which words, so each kit that prints the same sheet
prints the same code, and the code of an older text acknowledges nothing newer. The last character
checks the others: one wrong character and any two that changed places are found. The signs are 31,
a prime number, without those that a hand confuses most (0 O 1 I L). Not for: secrets.
"""

from __future__ import annotations

import hashlib

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 6
_PRIME = len(ALPHABET)


def courier_code(item: str, unit: str, text: str) -> str:
    """The code of a message or directive (its id and text) for one unit."""
    digest = hashlib.blake2b(digest_size=8)
    for part in (item, unit, text):
        data = part.encode()
        digest.update(len(data).to_bytes(4, "big") + data)
    number = int.from_bytes(digest.digest(), "big")
    signs = [number // _PRIME**place % _PRIME for place in range(LENGTH - 1)]
    return "".join(ALPHABET[sign] for sign in [*signs, _check(signs)])


def read_code(typed: str) -> str | None:
    """A code as it was typed (case, spaces and hyphens do not matter); None where it is not one."""
    text = "".join(sign for sign in typed.upper() if not sign.isspace() and sign not in "-.")
    if len(text) != LENGTH or any(sign not in ALPHABET for sign in text):
        return None
    signs = [ALPHABET.index(sign) for sign in text]
    return text if _check(signs[:-1]) == signs[-1] else None


def _check(signs: list[int]) -> int:
    """The last sign: weights 1 to 5 and 6 for itself, all different modulo a prime.

    With sum(weight × sign) ≡ 0, a single change adds weight × difference, and an exchange of two
    adds the product of both differences: neither can be 0 modulo a prime.
    """
    rest = sum(weight * sign for weight, sign in enumerate(signs, 1)) % _PRIME
    return -rest * pow(LENGTH, -1, _PRIME) % _PRIME
