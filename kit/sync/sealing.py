"""The fleet's cryptography: one of the two doors to the cipher library outside the store.

Boxes that one kit alone opens, the root's signature, the root's seed under a passphrase for the
paper envelope, the key agreement of a pairing and the digits that two people compare. Standard
constructions of libsodium, no own ones. Not for: bodies of entries (`kit.store.cipher`), bundles
(`stream`), who is given what (`authority`, `fleet_keys`).
"""

from __future__ import annotations

import hashlib
import hmac

import msgspec
from nacl import pwhash
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_box_seal,
    crypto_box_seal_open,
    crypto_box_seed_keypair,
    crypto_scalarmult,
    crypto_scalarmult_base,
    crypto_sign,
    crypto_sign_open,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import BadSignatureError, CryptoError

from kit.core.errors import BadInput, Unavailable

KEY_BYTES = 32
SIGNATURE_BYTES = 64
NONCE_BYTES = 24
SALT_BYTES = 16
DIGITS = 6
FAULTS = (CryptoError, ValueError, TypeError, RuntimeError)
"""What the library raises for bytes that are not what they should be."""


def exchange_public(seed: bytes) -> bytes:
    """The X25519 public key of a device's 32-byte exchange seed."""
    return bytes(crypto_box_seed_keypair(seed)[0])


def seal(public: bytes, content: bytes) -> bytes:
    """A box that only the holder of this exchange key opens. Raises BadInput `SYN-110`."""
    if len(public) != KEY_BYTES:
        raise BadInput("SYN-110", bytes=len(public))
    return bytes(crypto_box_seal(content, public))


def unseal(seed: bytes, box: bytes) -> bytes | None:
    """The content of a box that was sealed for this exchange seed, or None."""
    public, secret = crypto_box_seed_keypair(seed)
    try:
        return bytes(crypto_box_seal_open(box, public, secret))
    except FAULTS:
        return None


def root_public(seed: bytes) -> bytes:
    """The public key of a root seed: what a fleet is known by."""
    return bytes(crypto_sign_seed_keypair(seed)[0])


def root_signature(seed: bytes, statement: bytes) -> bytes:
    """The root's signature of a statement whose first bytes name what kind of statement it is."""
    _public, secret = crypto_sign_seed_keypair(seed)
    return bytes(crypto_sign(statement, secret)[:SIGNATURE_BYTES])


def signed_by(public: bytes, signature: bytes, statement: bytes) -> bool:
    """Whether this key signed this; False, never an error, for anything ill-formed."""
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        crypto_sign_open(signature + statement, public)
    except BadSignatureError:
        return False
    return True


class RootEnvelope(msgspec.Struct, frozen=True, array_like=True):
    """The root's seed under a passphrase, as printed: cost of one guess, salt, nonce, wrapped."""

    memory_kib: int
    passes: int
    salt: bytes
    nonce: bytes
    wrapped: bytes
    public: bytes
    world: str
    hospital: str

    @property
    def bound(self) -> bytes:
        """What the wrapped seed is bound to: everything else on the sheet."""
        return b"cyber-kit root envelope 1" + msgspec.msgpack.encode(
            (self.memory_kib, self.passes, self.salt, self.public, self.world, self.hospital)
        )


LEAST_KIB, MOST_KIB, MOST_PASSES = 64, 2 * 1024 * 1024, 12


def wrap_root(seed: bytes, secret: bytes, bare: RootEnvelope) -> RootEnvelope:
    """The envelope of a root seed; `bare` says all but `wrapped`. secret: the passphrase's bytes.

    Raises Unavailable `STO-029` where the machine lacks the memory for one derivation.
    """
    key = _passphrase_key(secret, bare)
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(seed, bare.bound, bare.nonce, key)
    return msgspec.structs.replace(bare, wrapped=bytes(sealed))


def unwrap_root(envelope: RootEnvelope, secret: bytes) -> bytes | None:
    """The root seed, or None where the passphrase is not the envelope's or the sheet was altered.

    Raises Unavailable `STO-029`.
    """
    cheap = envelope.memory_kib < LEAST_KIB or envelope.passes < 1
    if cheap or envelope.memory_kib > MOST_KIB or envelope.passes > MOST_PASSES:
        return None
    try:
        key = _passphrase_key(secret, envelope)
        seed = crypto_aead_xchacha20poly1305_ietf_decrypt(
            envelope.wrapped, envelope.bound, envelope.nonce, key
        )
    except FAULTS:
        return None
    seed = bytes(seed)
    fits = len(seed) == KEY_BYTES and hmac.compare_digest(root_public(seed), envelope.public)
    return seed if fits else None


def _passphrase_key(secret: bytes, envelope: RootEnvelope) -> bytes:
    try:
        return bytes(
            pwhash.argon2id.kdf(
                KEY_BYTES, secret, envelope.salt, opslimit=envelope.passes,
                memlimit=envelope.memory_kib * 1024,
            )
        )  # fmt: skip
    except (MemoryError, RuntimeError):
        raise Unavailable("STO-029", memory_mib=envelope.memory_kib // 1024) from None


def agreement_public(secret: bytes) -> bytes:
    """The X25519 public key of a pairing's one-time secret, 32 bytes."""
    return bytes(crypto_scalarmult_base(secret))


def agreed(secret: bytes, public: bytes) -> bytes | None:
    """The secret that two one-time keys share; None for a key that shares nothing (all zeros)."""
    if len(public) != KEY_BYTES:
        return None
    try:
        shared = bytes(crypto_scalarmult(secret, public))
    except FAULTS:
        return None
    return shared if any(shared) else None


def derived(shared: bytes, purpose: bytes, transcript: bytes) -> bytes:
    """A 32-byte key for one purpose, bound to everything that was said before it."""
    return hashlib.blake2b(
        transcript, key=shared, person=purpose.ljust(16, b"\0"), digest_size=KEY_BYTES
    ).digest()


def short_code(shared: bytes, transcript: bytes) -> str:
    """Six digits that are the same on both screens where nobody stands between."""
    number = int.from_bytes(derived(shared, b"kit pair digits", transcript)[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def encrypted(key: bytes, count: int, content: bytes) -> bytes:
    """One message of a paired connection; `count` is never used twice under one key."""
    nonce = count.to_bytes(NONCE_BYTES, "big")
    return bytes(crypto_aead_xchacha20poly1305_ietf_encrypt(content, b"", nonce, key))


def decrypted(key: bytes, count: int, sealed: bytes) -> bytes | None:
    """The message that is due as number `count`, or None for anything else."""
    nonce = count.to_bytes(NONCE_BYTES, "big")
    try:
        return bytes(crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, b"", nonce, key))
    except FAULTS:
        return None
