"""A body opens under its own key and envelope, and under nothing else."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt

from kit.core.envelope import Content, associated_data, entry_key
from kit.store.cipher import open_body, open_disclosed, seal_body

KEY = bytes(range(32))
CLEAR = Content(1, b"f" * 16, 7, b"p" * 32, 9, 5, b"n" * 24, b"")


@given(st.binary(max_size=4000))
def test_what_is_sealed_opens_and_is_what_libsodium_says(body: bytes) -> None:
    """The library's own checked wrapper reads the same bytes."""
    content = msgspec.structs.replace(CLEAR, body=body)
    sealed = msgspec.structs.replace(content, body=seal_body(content, KEY))
    assert open_body(sealed, KEY) == body
    key = entry_key(KEY, sealed.feed, sealed.seq, sealed.nonce)
    assert open_disclosed(sealed, key) == body
    bound = associated_data(sealed)
    assert crypto_aead_xchacha20poly1305_ietf_decrypt(sealed.body, bound, sealed.nonce, key) == body


@pytest.mark.parametrize(
    "changed",
    [{"seq": 8}, {"prev": b"q" * 32}, {"lam": 10}, {"kid": 6}, {"feed": b"g" * 16}, {"v": 2},
     {"nonce": b"m" * 24}, {"nonce": b"short"}, {"body": b""}, {"body": b"x" * 15}],
)  # fmt: skip
def test_a_body_put_under_another_envelope_does_not_open(changed: dict[str, object]) -> None:
    content = msgspec.structs.replace(CLEAR, body=b"5 mg")
    sealed = msgspec.structs.replace(content, body=seal_body(content, KEY))
    assert open_body(msgspec.structs.replace(sealed, **changed), KEY) is None


def test_the_key_of_one_entry_opens_no_other() -> None:
    content = msgspec.structs.replace(CLEAR, body=b"5 mg")
    sealed = msgspec.structs.replace(content, body=seal_body(content, KEY))
    other = entry_key(KEY, sealed.feed, sealed.seq + 1, sealed.nonce)
    assert open_disclosed(sealed, other) is None
    assert open_disclosed(sealed, b"short") is None
