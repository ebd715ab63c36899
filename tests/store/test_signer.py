"""A device signs as itself and as nobody else, and its key comes back only to its own kit."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.errors import Corrupt
from kit.store import vault
from kit.store.vault import Signer, verify
from tests.store.kits import chance, new_kit


def test_a_device_key_comes_back_from_its_seal(tmp_path: Path) -> None:
    """The same signer after a restart; nothing of the seed in the sealed form."""
    _, keys, _ = new_kit(tmp_path)
    seed = vault.new_device_key(chance(5))
    sealed = vault.seal_device_key(keys, seed, chance(6))
    assert bytes(seed) not in sealed
    assert vault.open_device_key(keys, sealed).public == Signer(seed).public


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(72)])
def test_a_damaged_device_key_is_told(tmp_path: Path, sealed: bytes) -> None:
    """A kit that cannot sign says so instead of signing with something else."""
    _, keys, _ = new_kit(tmp_path)
    with pytest.raises(Corrupt) as caught:
        vault.open_device_key(keys, sealed)
    assert caught.value.code == "STO-034"


@given(content=st.binary(max_size=300), place=st.integers(0, 63), bit=st.integers(0, 7))
def test_a_signature_holds_for_its_content_and_key_only(
    content: bytes, place: int, bit: int
) -> None:
    """Any change of content, signature or key is seen."""
    signer, other = Signer(bytes(32)), Signer(bytes([1]) * 32)
    signature = signer.sign(content)
    assert len(signature) == 64
    assert verify(signer.public, signature, content)
    assert not verify(other.public, signature, content)
    assert not verify(signer.public, signature, content + b"x")
    changed = bytearray(signature)
    changed[place] ^= 1 << bit
    assert not verify(signer.public, bytes(changed), content)


@given(public=st.binary(max_size=40), signature=st.binary(max_size=80))
def test_an_ill_formed_signature_is_false_not_an_error(public: bytes, signature: bytes) -> None:
    """What a peer sends may be anything."""
    assert not verify(public, signature, b"content")
    assert not verify(Signer(bytes(32)).public, signature, b"content")


def test_a_derived_secret_is_one_for_each_use_and_each_device() -> None:
    """The same at each start; nothing of the signing key shows in it."""
    one, other = Signer(bytes(32)), Signer(bytes([1] * 32))
    assert one.derived(b"kit tls") == Signer(bytes(32)).derived(b"kit tls")
    found = {one.derived(b"kit tls"), one.derived(b"kit exchange"), other.derived(b"kit tls")}
    assert len(found) == 3
    assert {len(secret) for secret in found} == {32}
