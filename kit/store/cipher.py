"""Bodies under a scope's key: XChaCha20-Poly1305, one derived key an entry (sync.md §4.1, §4.5).

The nonce is random: one made from feed and number would repeat after a disk was cloned. Not for:
where scope keys come from (`keyring`, and `kit.sync.fleet` for those that steering issues).

Straight on libsodium: the library's own wrapper checks its arguments with text that it formats at
each call, which costs three times the cipher itself, and a kit that catches up opens 100,000
entries (`docs/benchmarks.md`). Lengths are checked here instead.
"""

from __future__ import annotations

from nacl._sodium import ffi, lib

from kit.core.envelope import Content, associated_data, entry_key

NONCE_BYTES = 24
KEY_BYTES = SCOPE_KEY_BYTES = 32
TAG_BYTES = 16

_buffer, _NULL = ffi.from_buffer, ffi.NULL
_encrypt = lib.crypto_aead_xchacha20poly1305_ietf_encrypt
_decrypt = lib.crypto_aead_xchacha20poly1305_ietf_decrypt


def seal_body(content: Content, scope_key: bytes) -> bytes:
    """The ciphertext of `content.body`, bound to the rest of its envelope."""
    key = entry_key(scope_key, content.feed, content.seq, content.nonce)
    if len(content.nonce) != NONCE_BYTES or len(key) != KEY_BYTES:
        raise ValueError("a nonce has 24 bytes, a key 32")
    bound, body = associated_data(content), content.body
    sealed = bytearray(len(body) + TAG_BYTES)
    _encrypt(_buffer(sealed), _NULL, body, len(body), bound, len(bound), _NULL, content.nonce, key)
    return bytes(sealed)


def open_body(content: Content, scope_key: bytes) -> bytes | None:
    """The clear body of an entry under its scope's key; None where they do not belong together."""
    return open_disclosed(content, entry_key(scope_key, content.feed, content.seq, content.nonce))


def open_disclosed(content: Content, key: bytes) -> bytes | None:
    """The clear body of one entry whose own key was disclosed (a transfer, a court)."""
    sealed, nonce = content.body, content.nonce
    if len(nonce) != NONCE_BYTES or len(key) != KEY_BYTES or len(sealed) < TAG_BYTES:
        return None
    bound = associated_data(content)
    body = bytearray(len(sealed) - TAG_BYTES)
    failed = _decrypt(
        _buffer(body), _NULL, _NULL, sealed, len(sealed), bound, len(bound), nonce, key
    )
    return None if failed else bytes(body)
