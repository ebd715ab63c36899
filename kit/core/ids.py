"""Identifiers: short, typeable, the same on each kit that derives them from the same source.

Crockford base 32 (no I, L, O, U), upper case. Not for: event references (`envelope.Ref`).
"""

from __future__ import annotations

import hashlib

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_BYTES = 10


def base32(data: bytes) -> str:
    """Crockford base 32 of a byte string, most significant digit first, no padding."""
    digits = -(-len(data) * 8 // 5)
    number = int.from_bytes(data, "big") << (digits * 5 - len(data) * 8)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(digits * 5 - 5, -1, -5))


def random_id(entropy: bytes) -> str:
    """A 16-character identifier from ten random bytes that the caller drew."""
    if len(entropy) != ID_BYTES:
        raise ValueError("an identifier takes ten bytes")
    return base32(entropy)


def derived_id(*parts: str) -> str:
    """The identifier that a thing known elsewhere always gets: a digest of its names.

    Two kits that read the same snapshot give the same patient the same identifier.
    """
    digest = hashlib.blake2b(digest_size=ID_BYTES)
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(4, "big"))
        digest.update(data)
    return base32(digest.digest())
