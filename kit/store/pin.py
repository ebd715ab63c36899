"""PINs: a verifier that costs something to guess, and its check.

A PIN only ever opens a session inside an unlocked kit (store.md §0.6); it wraps no key. Not for:
phrases (`vault`), nor for how many tries there are (`kit.node.sitting`).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable

from nacl import pwhash

SALT_BYTES = 16
MEMORY = 64 * 1024 * 1024
PASSES = 2
LEAST_DIGITS = 4


def pin_verifier(pin: str, random: Callable[[int], bytes]) -> str:
    """Text to keep instead of the PIN: Argon2id, 64 MiB, 2 passes."""
    salt = random(SALT_BYTES)
    return f"a2:{base64.b64encode(salt + _digest(pin, salt)).decode()}"


def check_pin(pin: str, verifier: str) -> bool:
    """Whether this PIN made this verifier; False for anything that is no verifier."""
    kind, _, text = verifier.partition(":")
    if kind != "a2":
        return False
    kept = base64.b64decode(text)
    return hmac.compare_digest(_digest(pin, kept[:SALT_BYTES]), kept[SALT_BYTES:])


def _digest(pin: str, salt: bytes) -> bytes:
    return pwhash.argon2id.kdf(32, pin.encode(), salt, opslimit=PASSES, memlimit=MEMORY)
