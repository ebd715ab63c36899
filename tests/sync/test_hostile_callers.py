"""Whatever knocks at the port (scanners, browsers, floods, cut handshakes) members go on."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.sync.certificate import Contexts, make_certificate
from kit.sync.line import Limits
from kit.sync.tunnel import Broken, Tunnel
from tests.sync.wires import (
    Ward,
    certificate_of,
    contexts_of,
    device_of,
    run,
    seed_of,
    until,
    wards,
)

ALL = ("a", "b", "c", "x")
QUICK = Limits(handshake_s=0.3, linger_s=0.2)
HTTP = b"GET /login.php HTTP/1.1\r\nHost: kit\r\n\r\n"

# An opening of 124 KiB, of which 64 come: TLS itself would wait for the rest.
HUGE_OPENING = (b"\x16\x03\x01\x40\x00\x01\x01\xf0\x00" + bytes(16_380)) + 3 * (
    b"\x16\x03\x01\x40\x00" + bytes(16_384)
)


def opening() -> bytes:
    """A good first flight of a member."""
    tunnel = Tunnel(contexts_of("a", ALL).client, caller=True)
    tunnel.begin()
    return tunnel.outgoing()


@contextlib.asynccontextmanager
async def besieged(limits: Limits = QUICK) -> AsyncIterator[Ward]:
    """A kit with a good line to another; the line must work to the end."""
    kit, friend = Ward("b", ALL, limits), Ward("c", ALL)
    async with wards(kit, friend):
        await friend.call(kit)
        yield kit
        session = friend.sessions[device_of("b")]
        session.to_say += b"toujours la"
        friend.board.wake()
        await until(lambda: session.heard == b"toujours la")
        assert list(kit.board.lines) == [device_of("c")]
        assert list(kit.sessions) == [device_of("c")]
        await until(lambda: not kit.board._pending)


async def knock(kit: Ward, data: bytes) -> bytes:
    """Send bytes and hold the line; what comes back until the kit hangs up."""
    reader, writer = await asyncio.open_connection(kit.address.host, kit.address.port)
    answer = b""
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(ConnectionError):
            answer = await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    return answer


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "SYN-124"),
        (b"\x16", "SYN-124"),
        (HTTP, "SYN-120"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SYN-120"),
        (b"\x00" * 100, "SYN-120"),
        (b"\xff" * 200_000, "SYN-120"),
        (b"\x16\x03\x01\xff\xff" + b"\x01" * 70_000, "SYN-120"),
        (b"\x16\x03\x01\x40\x00" + b"\x01", "SYN-124"),
        (HUGE_OPENING, "SYN-120"),
    ],
    ids=[
        "silent",
        "one byte",
        "http",
        "ssh",
        "zeros",
        "much",
        "long record",
        "half record",
        "huge",
    ],
)
def test_what_is_not_tls_is_cut_and_counted(data: bytes, code: str) -> None:
    async def scene() -> None:
        async with besieged() as kit:
            assert len(await knock(kit, data)) < 100
            await until(lambda: kit.board.counts[code] == 1)

    run(scene())


def test_a_handshake_that_stops_half_way_is_given_up() -> None:
    async def scene() -> None:
        async with besieged() as kit:
            assert await knock(kit, opening())
            assert kit.board.counts["SYN-124"] == 1

    run(scene())


def test_a_handshake_of_one_byte_at_a_time_has_the_same_time_as_any() -> None:
    """Slowloris: each byte must not buy more time."""

    async def scene() -> None:
        async with besieged() as kit:
            reader, writer = await asyncio.open_connection(kit.address.host, kit.address.port)
            began = asyncio.get_running_loop().time()
            with contextlib.suppress(ConnectionError):
                for byte in opening():
                    writer.write(bytes([byte]))
                    await asyncio.sleep(0.02)
                    if reader.at_eof() or kit.board.counts["SYN-124"]:
                        break
            assert asyncio.get_running_loop().time() - began < 3
            assert kit.board.counts["SYN-124"] == 1
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    run(scene())


def test_a_flood_of_silent_callers_holds_a_bounded_number_of_places() -> None:
    async def scene() -> None:
        async with besieged(Limits(handshake_s=0.5, pending=8, pending_place=6)) as kit:
            peak = 0
            calls = [asyncio.ensure_future(knock(kit, b"")) for _ in range(50)]
            while not all(call.done() for call in calls):
                peak = max(peak, len(kit.board._pending))
                await asyncio.sleep(0.005)
            assert 0 < peak <= 6
            assert kit.board.counts["SYN-125"] >= 40

    run(scene())


def test_a_member_still_gets_in_while_others_dawdle() -> None:
    """All places taken by callers from elsewhere who do nothing: the eldest makes room."""

    async def scene() -> None:
        async with besieged(Limits(handshake_s=5, pending=4, pending_place=4)) as kit:
            calls = [asyncio.ensure_future(knock(kit, b"")) for _ in range(4)]
            await until(lambda: len(kit.board._pending) == 4)
            for line in kit.board._pending:
                kit.board._pending[line] = "elsewhere"
            member = Ward("a", ALL)
            assert (await member.call(kit)).code == ""
            await member.board.close()
            await until(lambda: device_of("a") not in kit.board.lines)
            kit.sessions.pop(device_of("a"))
            assert kit.board.counts["SYN-125"] == 1
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    run(scene())


def stranger(change: Callable[[ssl.SSLContext], None], name: str = "a") -> ssl.SSLContext:
    """A member's client context, tampered with."""
    context = contexts_of(name, ALL).client
    change(context)
    return context


def bare(certificate: Path | None = None) -> ssl.SSLContext:
    """A client that trusts anybody and shows what it likes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["kit/1"])
    if certificate is not None:
        context.load_cert_chain(certificate)
    return context


def vouched_by_a_member(folder: Path) -> Path:
    """A chain: a stranger's key, signed by the key of a member."""
    member = Ed25519PrivateKey.from_private_bytes(seed_of("a"))
    own = Ed25519PrivateKey.from_private_bytes(seed_of("stranger"))
    issuer = x509.load_der_x509_certificate(certificate_of("a"))
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]))
        .issuer_name(issuer.subject)
        .public_key(own.public_key())
        .serial_number(2)
        .not_valid_before(datetime(1950, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .sign(member, None)
    )
    path = folder / "chain.pem"
    path.write_bytes(
        own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + leaf.public_bytes(Encoding.PEM)
        + issuer.public_bytes(Encoding.PEM)
    )
    return path


def own_certificate(folder: Path) -> Path:
    """A certificate of our own form, of a key that nobody enrolled."""
    seed = seed_of("stranger")
    path = folder / "own.pem"
    path.write_bytes(
        Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        + ssl.DER_cert_to_PEM_cert(make_certificate(seed)).encode()
    )
    return path


@pytest.mark.parametrize("show", [None, own_certificate, vouched_by_a_member])
def test_no_certificate_a_strangers_or_one_that_a_member_signed_is_refused(
    show: Callable[[Path], Path] | None, tmp_path: Path
) -> None:
    context = bare(show(tmp_path) if show else None)

    async def scene() -> None:
        async with besieged() as kit:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection(
                    kit.address.host, kit.address.port, ssl=context
                )
                writer.write(b"\x01\x00\x00")
                assert await reader.read() == b""
            await until(lambda: kit.board.counts["SYN-123"] == 1)

    run(scene())


def older(context: ssl.SSLContext) -> None:
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2


def other_protocol(context: ssl.SSLContext) -> None:
    context.set_alpn_protocols(["h2"])


@pytest.mark.parametrize("change", [older, other_protocol])
def test_an_older_tls_or_another_protocol_is_refused(
    change: Callable[[ssl.SSLContext], None],
) -> None:
    async def scene() -> None:
        async with besieged() as kit:
            member = Ward("a", ALL)
            context = stranger(change)
            member.board.members_changed(Contexts(client=context, server=context))
            assert (await member.call(kit)).code in {"SYN-120", "SYN-122"}
            await until(lambda: kit.board.counts["SYN-120"] == 1)

    run(scene())


def test_half_open_at_the_last_step() -> None:
    """The handshake is whole, the greeting never comes: the line counts for nothing and goes."""

    async def scene() -> None:
        async with besieged() as kit:
            reader, writer = await asyncio.open_connection(
                kit.address.host,
                kit.address.port,
                ssl=contexts_of("a", ALL).client,
                server_hostname="",
            )
            assert await reader.read() == b""
            assert kit.board.counts["SYN-124"] == 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    run(scene())


def test_a_wrong_greeting_is_no_greeting() -> None:
    async def scene() -> None:
        async with besieged() as kit:
            reader, writer = await asyncio.open_connection(
                kit.address.host,
                kit.address.port,
                ssl=contexts_of("a", ALL).client,
                server_hostname="",
            )
            writer.write(b"\xc1" * 10)
            await reader.read()
            assert kit.board.counts["SYN-120"] == 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    run(scene())


SERVER = contexts_of("b", ALL).server
CLIENT = contexts_of("a", ALL).client


@given(st.binary(min_size=1, max_size=3000))
def test_noise_never_establishes_a_tunnel_nor_escapes_as_another_error(noise: bytes) -> None:
    tunnel = Tunnel(SERVER, caller=False)
    with contextlib.suppress(Broken):
        assert tunnel.received(noise) == b""
    assert not tunnel.established


@settings(max_examples=60)
@given(flight=st.integers(0, 2), place=st.integers(0, 100_000), bit=st.integers(0, 7))
def test_a_flipped_bit_in_the_handshake_gives_no_plain_text(
    flight: int, place: int, bit: int
) -> None:
    """A bit that matters breaks the tunnel; one that does not changes nothing."""
    ends = [Tunnel(CLIENT, caller=True), Tunnel(SERVER, caller=False)]
    ends[0].begin()
    plain = b""
    with contextlib.suppress(Broken):
        for number in range(4):
            sender, taker = ends[number % 2], ends[(number + 1) % 2]
            if sender.established and number == 2:
                sender.send(b"morphine 5 mg")
            wire = bytearray(sender.outgoing())
            if number == flight and wire:
                wire[place % len(wire)] ^= 1 << bit
            plain += taker.received(bytes(wire))
    assert plain in (b"", b"morphine 5 mg")


def test_records_that_are_dropped_or_repeated_break_the_tunnel() -> None:
    caller, called = Tunnel(CLIENT, caller=True), Tunnel(SERVER, caller=False)
    caller.begin()
    called.received(caller.outgoing())
    caller.received(called.outgoing())
    called.received(caller.outgoing())
    assert caller.established
    assert called.established
    caller.send(b"one")
    record = caller.outgoing()
    assert called.received(record) == b"one"
    with pytest.raises(Broken) as caught:
        called.received(record)
    assert caught.value.code == "SYN-120"
