"""A certificate says a key and nothing else; whatever is not exactly ours has no effect."""

from __future__ import annotations

import random
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from kit.core.errors import BadInput
from kit.sync import certificate
from kit.sync.certificate import anchors, contexts, make_certificate, public_key_of
from kit.sync.tunnel import Tunnel
from tests.sync.wires import certificate_of, contexts_of, seed_of

OURS = certificate_of("a")
FOR_EVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def foreign(
    name: str, before: datetime, key: Ed25519PrivateKey, after: datetime = FOR_EVER
) -> bytes:
    """A certificate that another programme made with the same kind of key."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(before)
        .not_valid_after(after)
        .sign(key, None)
        .public_bytes(Encoding.DER)
    )


def refused(der: bytes) -> bool:
    """Whether a certificate is turned away with the code for it."""
    with pytest.raises(BadInput) as caught:
        public_key_of(der)
    return caught.value.code == "SYN-121"


def test_the_same_seed_makes_the_same_bytes_for_ever() -> None:
    """The directory holds these bytes: a library that changes them would lock the fleet out."""
    golden = Path("tests/golden/certificate.hex")
    assert make_certificate(bytes(range(32))).hex() == golden.read_text().strip()


@given(st.binary(min_size=32, max_size=32))
def test_the_key_comes_back(seed: bytes) -> None:
    expected = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert public_key_of(make_certificate(seed)) == expected


def test_a_certificate_names_nobody_and_no_day() -> None:
    """Read by a stranger it shows a digest, and dates that are no dates."""
    read = x509.load_der_x509_certificate(OURS)
    name = read.subject.rfc4514_string()
    assert read.subject == read.issuer
    assert name.startswith("CN=")
    assert len(bytes.fromhex(name[3:])) == 16
    assert read.not_valid_before_utc.year == 1950
    assert read.not_valid_after_utc.year == 9999


@given(st.integers(0, len(OURS) * 8 - 1))
def test_any_flipped_bit_is_seen(place: int) -> None:
    raw = bytearray(OURS)
    raw[place // 8] ^= 1 << place % 8
    assert refused(bytes(raw))


@given(st.binary(max_size=400))
def test_noise_is_no_certificate(noise: bytes) -> None:
    assert refused(noise)


@pytest.mark.parametrize("der", [b"", OURS[:-1], OURS + b"\x00", OURS * 2, b"\x30\x80" + OURS])
def test_cut_or_padded_bytes_are_refused(der: bytes) -> None:
    assert refused(der)


def test_a_foreign_certificate_with_a_good_key_is_refused() -> None:
    """A member could otherwise enrol one that carries a name, or that OpenSSL chokes on."""
    key = Ed25519PrivateKey.from_private_bytes(seed_of("a"))
    assert refused(foreign("Service de chirurgie", datetime(1950, 1, 1, tzinfo=UTC), key))
    assert refused(foreign("kit", datetime(2026, 1, 1, tzinfo=UTC), key))


def test_one_bad_certificate_in_the_list_spoils_nothing() -> None:
    good = [certificate_of(one) for one in "abc"]
    assert anchors([*good, b"junk", good[0], OURS[:-1] + b"\x00"]) == sorted(good)


def test_the_contexts_speak_tls_13_ask_for_a_certificate_and_no_date() -> None:
    made = contexts_of("a", ("a", "b"))
    for one in (made.client, made.server):
        assert one.minimum_version == one.maximum_version == ssl.TLSVersion.TLSv1_3
        assert one.verify_mode == ssl.CERT_REQUIRED
        assert one.verify_flags & certificate.NO_CHECK_TIME
        assert not one.check_hostname
        assert one.cert_store_stats()["x509"] == 2
    assert made.server.num_tickets == 0


def test_an_empty_fleet_trusts_nobody() -> None:
    assert contexts_of("a", ()).client.cert_store_stats()["x509"] == 0


def test_the_private_key_never_lies_open_and_does_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is a file it is encrypted, in a folder of this user's only; then it is gone."""
    seen: list[tuple[int, int, bytes]] = []
    load = ssl.SSLContext.load_cert_chain

    def watch(self: ssl.SSLContext, certfile: Path, password: bytes) -> None:
        modes = certfile.parent.stat().st_mode & 0o777, certfile.stat().st_mode & 0o777
        seen.append((*modes, certfile.read_bytes()))
        load(self, certfile, password=password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watch)
    contexts(seed_of("a"), [OURS], random.Random(1).randbytes, tmp_path)
    assert [(folder, file) for folder, file, _ in seen] == [(0o700, 0o600)] * 2
    assert all(b"BEGIN ENCRYPTED PRIVATE KEY" in pem for _, _, pem in seen)
    assert list(tmp_path.iterdir()) == []


def test_a_load_that_fails_leaves_no_key_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ssl.SSLError

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", fail)
    with pytest.raises(ssl.SSLError):
        contexts(seed_of("a"), [OURS], random.Random(1).randbytes, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("born", "dead"), [(2001, 2002), (2098, 2099)])
def test_dates_decide_nothing(born: int, dead: int, tmp_path: Path) -> None:
    """A kit in 2001 with an empty battery sees certificates of the future; one in 2099, old ones.

    The same contexts, with a certificate whose dates exclude to-day at both ends.
    """
    key = Ed25519PrivateKey.from_private_bytes(seed_of("a"))
    der = foreign("kit", datetime(born, 1, 1, tzinfo=UTC), key, datetime(dead, 1, 1, tzinfo=UTC))
    path = tmp_path / "key.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + ssl.DER_cert_to_PEM_cert(der).encode()
    )
    made = [
        certificate._context(side, [der])
        for side in (ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER)
    ]
    for context in made:
        context.load_cert_chain(path)
    caller, called = Tunnel(made[0], caller=True), Tunnel(made[1], caller=False)
    caller.begin()
    for _ in range(2):
        called.received(caller.outgoing())
        caller.received(called.outgoing())
    assert caller.established
    assert called.established
