"""Whose release this is: Ed25519, two offline keys of which one is enough, and how keys change.

One of the doors to the cipher library. The verified root holds a *ring*: a number and the public
keys that may sign. A signature file carries signatures of the manifest and, where keys have
changed, each later ring signed by a key of the ring before it, so that a kit that missed ten
releases still gets to the eleventh. A kit never goes back to a lower ring. Not for: what a manifest
says (`manifest`). Source: the study of the image, §6; the rotation follows TUF's root metadata.
"""

from __future__ import annotations

import binascii
import hashlib
from typing import TypeVar

import msgspec
from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import CryptoError

from kit.core.errors import BadInput, Misconfigured

SEED_BYTES = PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64
NAME_BYTES = 8
FORMAT = 1
LARGEST = 64 * 1024
"""Bytes of a signature file or a ring."""
MOST_KEYS, MOST_RINGS, MOST_SIGNATURES = 8, 32, 8
MANIFEST_PURPOSE = b"cyber-kit release manifest 1\n"
RING_PURPOSE = b"cyber-kit release keys 1\n"
UNREADABLE, UNTRUSTED, NO_KEYS = "UPD-001", "UPD-002", "UPD-003"
FAULTS = (CryptoError, ValueError, TypeError)


class Ring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys that may sign a release. number: rises by one with each change."""

    number: int
    keys: tuple[bytes, ...]


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One signature. key: the first 8 bytes of the SHA-256 of the public key, in hex."""

    key: str
    signature: bytes


class NextRing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ring as bytes, signed by the ring before it."""

    ring: bytes
    marks: tuple[Mark, ...]


class Signatures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signature file: who signed the manifest, and how to get to the keys they used."""

    format: int
    marks: tuple[Mark, ...]
    rings: tuple[NextRing, ...] = ()


def public_key(seed: bytes) -> bytes:
    """The public key of a 32-byte seed."""
    return bytes(crypto_sign_seed_keypair(seed)[0])


def key_name(public: bytes) -> str:
    """What a key is called on paper and in a signature file."""
    return hashlib.sha256(public).digest()[:NAME_BYTES].hex()


def read_seed(text: bytes) -> bytes:
    """The seed of a key file: 64 hex digits. Raises Misconfigured `UPD-004`."""
    try:
        seed = binascii.unhexlify(text.strip())
    except (ValueError, TypeError):
        seed = b""
    if len(seed) != SEED_BYTES:
        raise Misconfigured("UPD-004")
    return seed


def ring_bytes(ring: Ring) -> bytes:
    """A ring as it is signed and as the verified root holds it."""
    return msgspec.json.format(msgspec.json.encode(ring), indent=1)


def read_ring(data: bytes) -> Ring:
    """The ring of a file; BadInput `UPD-001` for anything that is none."""
    ring = _read(data, Ring)
    proper = all(len(key) == PUBLIC_BYTES for key in ring.keys)
    if not proper or len(ring.keys) > MOST_KEYS or ring.number < 1:
        raise BadInput(UNREADABLE)
    return ring


def sign(seed: bytes, manifest: bytes, earlier: bytes = b"") -> bytes:
    """A signature file of this manifest; `earlier`: one whose rings and other signatures stay."""
    before = read_signatures(earlier) if earlier else Signatures(FORMAT, ())
    mark = _mark(seed, MANIFEST_PURPOSE + manifest)
    marks = tuple(one for one in before.marks if one.key != mark.key)
    return _written(msgspec.structs.replace(before, marks=(*marks, mark)))


def rotate(seed: bytes, old: Ring, keys: tuple[bytes, ...], earlier: bytes = b"") -> bytes:
    """A signature file that leads from `old` to a ring of these keys; sign a manifest with it then.

    seed: a key of `old`.
    """
    before = read_signatures(earlier) if earlier else Signatures(FORMAT, ())
    ring = ring_bytes(Ring(old.number + 1, keys))
    step = NextRing(ring, (_mark(seed, RING_PURPOSE + ring),))
    return _written(msgspec.structs.replace(before, rings=(*before.rings, step), marks=()))


def read_signatures(data: bytes) -> Signatures:
    """A signature file; BadInput `UPD-001` for anything that is none. Nothing is trusted yet."""
    found = _read(data, Signatures)
    many = len(found.marks) > MOST_SIGNATURES or len(found.rings) > MOST_RINGS
    if found.format != FORMAT or many:
        raise BadInput(UNREADABLE)
    return found


def check(trusted: Ring, signatures: bytes, manifest: bytes) -> Ring:
    """The ring whose key signed this manifest, the trusted one or one that it led to.

    Raises Misconfigured `UPD-003` where this kit has no release key, BadInput `UPD-001` for what is
    no signature file, `UPD-002` where no trusted key signed.
    """
    if not trusted.keys:
        raise Misconfigured(NO_KEYS)
    found = read_signatures(signatures)
    ring = trusted
    for step in found.rings:
        following = read_ring(step.ring)
        if following.number <= ring.number:
            continue
        led = following.number == ring.number + 1
        if not (led and _signed(ring, step.marks, RING_PURPOSE + step.ring)):
            raise BadInput(UNTRUSTED)
        ring = following
    if not _signed(ring, found.marks, MANIFEST_PURPOSE + manifest):
        raise BadInput(UNTRUSTED)
    return ring


def _mark(seed: bytes, statement: bytes) -> Mark:
    public, secret = crypto_sign_seed_keypair(seed)
    signature = bytes(crypto_sign(statement, secret)[:SIGNATURE_BYTES])
    return Mark(key_name(bytes(public)), signature)


def _signed(ring: Ring, marks: tuple[Mark, ...], statement: bytes) -> bool:
    names = {key_name(key): key for key in ring.keys}
    return any(
        _is_by(names[mark.key], mark.signature, statement) for mark in marks if mark.key in names
    )


def _is_by(public: bytes, signature: bytes, statement: bytes) -> bool:
    if len(signature) != SIGNATURE_BYTES:
        return False
    try:
        crypto_sign_open(signature + statement, public)
    except FAULTS:
        return False
    return True


def _written(signatures: Signatures) -> bytes:
    return msgspec.json.format(msgspec.json.encode(signatures), indent=1)


Shape = TypeVar("Shape", Ring, Signatures)


def _read(data: bytes, shape: type[Shape]) -> Shape:
    if len(data) > LARGEST:
        raise BadInput(UNREADABLE)
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise BadInput(UNREADABLE) from None
