"""Bodies under a scope's key: XChaCha20-Poly1305, one derived key an entry (sync.md §4.1, §4.5).

The nonce is random: one made from feed and number would repeat after a disk was cloned. Not for:
where scope keys come from (`keyring`, and `kit.sync.fleet` for those that steering issues).
"""

from __future__ import annotations

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from kit.core.envelope import Content, associated_data, entry_key

NONCE_BYTES = 24
SCOPE_KEY_BYTES = 32


def seal_body(content: Content, scope_key: bytes) -> bytes:
    """The ciphertext of `content.body`, bound to the rest of its envelope."""
    key = entry_key(scope_key, content.feed, content.seq, content.nonce)
    bound = associated_data(content)
    return crypto_aead_xchacha20poly1305_ietf_encrypt(content.body, bound, content.nonce, key)


def open_body(content: Content, scope_key: bytes) -> bytes | None:
    """The clear body of an entry under its scope's key; None where they do not belong together."""
    return open_disclosed(content, entry_key(scope_key, content.feed, content.seq, content.nonce))


def open_disclosed(content: Content, key: bytes) -> bytes | None:
    """The clear body of one entry whose own key was disclosed (a transfer, a court)."""
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(
            content.body, associated_data(content), content.nonce, key
        )
    except (CryptoError, ValueError, TypeError):
        return None
