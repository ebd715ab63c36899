"""Ed25519 signatures of a device: made with its key, checked with anybody's.

Not for: what is signed (`log`) or how the key is kept (`vault`). Straight on libsodium's bindings:
a key object per call would cost more than the signature's own bookkeeping.
"""

from __future__ import annotations

import hashlib

from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import BadSignatureError

SEED_BYTES = 32
SIGNATURE_BYTES = 64
PUBLIC_BYTES = 32


class Signer:
    """A device's signing key. `seed`: 32 bytes that nothing else may ever hold."""

    __slots__ = ("_secret", "public")

    def __init__(self, seed: bytes | bytearray) -> None:
        self.public, self._secret = crypto_sign_seed_keypair(bytes(seed))

    def sign(self, content: bytes) -> bytes:
        """The 64-byte signature of `content`."""
        return crypto_sign(content, self._secret)[:SIGNATURE_BYTES]

    def derived(self, purpose: bytes) -> bytes:
        """32 secret bytes for another use (TLS, exchange), at most 16 bytes of name.

        Nobody who has them gets back to the signing key.
        """
        seed = self._secret[:SEED_BYTES]
        return hashlib.blake2b(key=seed, person=purpose, digest_size=SEED_BYTES).digest()


def verify(public: bytes, signature: bytes, content: bytes) -> bool:
    """Whether `public` signed `content`; False, never an error, for anything ill-formed."""
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        crypto_sign_open(signature + content, public)
    except BadSignatureError:
        return False
    return True
