"""What a kit shows at the door: one certificate per device, and the TLS contexts made from all.

A device's certificate says nothing but its key: no hospital, no ward, no date that means anything.
Everybody who has the fleet's list of certificates can tell a member from a stranger; who is still a
member is the directory's word (`kit.sync.transport` asks it after each handshake). Source: sync.md
§1.7, §5 "TLS notes". Not for: the device's signature key (kit.store), nor for enrolment.

The standard library takes a private key only from a file. It is written encrypted, under a password
that never leaves this process, into a folder only this user can open, and removed after the load.
"""

from __future__ import annotations

import hashlib
import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from kit.core.errors import BadInput

Chance = Callable[[int], bytes]
"""n → n random bytes, from the composition root."""

ALPN = "kit/1"
SEED = 32
SIGNATURE = 64
NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which the standard library does not name."""
# The widest span that X.509 can say. It is not checked by us; it keeps other tools quiet.
NOT_BEFORE = datetime(1950, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
SERIAL = 1
NAME_LABEL = b"kit name"
# Signs nothing that is kept: only the part of a certificate before its signature is compared.
_TEMPLATE_KEY = Ed25519PrivateKey.from_private_bytes(b"kit certificate template, public")


class Contexts(msgspec.Struct, frozen=True):
    """The two sides of a TLS connection for one state of the membership."""

    client: ssl.SSLContext
    server: ssl.SSLContext


def make_certificate(seed: bytes) -> bytes:
    """The self-signed certificate (DER) of a 32-byte TLS seed: same seed, same bytes."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    return _drawn_up(key.public_key(), key).public_bytes(Encoding.DER)


def public_key_of(der: bytes) -> bytes:
    """The 32-byte Ed25519 key of a certificate made by `make_certificate`.

    Raises BadInput (SYN-121) for anything else: another key type, another name, another extension,
    a broken signature, bytes behind the end. So nothing that a member could put into its enrolment
    can upset OpenSSL, or carry a name.
    """
    if len(der) != len(_SPECIMEN):
        raise BadInput("SYN-121")
    return _public_key(bytes(der))


def contexts(seed: bytes, members: Iterable[bytes], chance: Chance, folder: Path) -> Contexts:
    """TLS contexts for a device and the certificates (DER) that it may meet.

    folder: where the encrypted key lies for the blink of the load; in memory (tmpfs) if there is a
    choice. Certificates that are not ours are left out. Built anew when the membership changes.
    """
    trusted = anchors(members)
    made = Contexts(
        client=_context(ssl.PROTOCOL_TLS_CLIENT, trusted),
        server=_context(ssl.PROTOCOL_TLS_SERVER, trusted),
    )
    _load_key(seed, (made.client, made.server), chance, folder)
    return made


def anchors(members: Iterable[bytes]) -> list[bytes]:
    """The certificates of a list that are ours, each once, in an order of their own."""
    return sorted({der for der in members if _is_ours(der)})


def _is_ours(der: bytes) -> bool:
    try:
        public_key_of(der)
    except BadInput:
        return False
    return True


def _context(side: int, trusted: list[bytes]) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    # A kit whose battery is dead lives in 2001, or in 2099: dates decide nothing (verified [R]).
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME) | ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols([ALPN])
    # A session ticket would let a kit that has been revoked come back without its certificate.
    context.options |= ssl.OP_NO_TICKET
    if side == ssl.PROTOCOL_TLS_SERVER:
        context.num_tickets = 0
    if trusted:
        context.load_verify_locations(cadata=b"".join(trusted))
    return context


def _load_key(
    seed: bytes, targets: tuple[ssl.SSLContext, ...], chance: Chance, folder: Path
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    password = chance(SEED).hex().encode()
    pem = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)
    ) + _drawn_up(key.public_key(), key).public_bytes(Encoding.PEM)
    private = Path(tempfile.mkdtemp(prefix="tls-", dir=folder))  # mode 0700
    try:
        path = private / "key.pem"
        path.touch(mode=0o600)
        path.write_bytes(pem)
        for context in targets:
            context.load_cert_chain(path, password=password)
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _drawn_up(public: Ed25519PublicKey, signer: Ed25519PrivateKey) -> x509.Certificate:
    """A certificate for a public key; the name is a digest of that key."""
    digest = hashlib.blake2b(public.public_bytes_raw(), digest_size=16, key=NAME_LABEL).hexdigest()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, digest)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(SERIAL)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        # A member vouches for itself only: a certificate signed by it is worth nothing.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(signer, algorithm=None)
    )


# One throw-away certificate tells where the key of each of ours stands: all have the same length.
_SPECIMEN = _drawn_up(_TEMPLATE_KEY.public_key(), _TEMPLATE_KEY).public_bytes(Encoding.DER)
_KEY_AT = _SPECIMEN.index(_TEMPLATE_KEY.public_key().public_bytes_raw())


@lru_cache(maxsize=1024)
def _public_key(der: bytes) -> bytes:
    """The key, read by its place and not by a parser: a certificate is ours to the last byte.

    Pure, and asked for each member at each change and for each handshake: so remembered.
    """
    raw = der[_KEY_AT : _KEY_AT + SEED]
    public = Ed25519PublicKey.from_public_bytes(raw)
    expected = _drawn_up(public, _TEMPLATE_KEY)
    if der[:-SIGNATURE] != expected.public_bytes(Encoding.DER)[:-SIGNATURE]:
        raise BadInput("SYN-121")
    try:
        public.verify(der[-SIGNATURE:], expected.tbs_certificate_bytes)
    except InvalidSignature:
        raise BadInput("SYN-121") from None
    return raw
