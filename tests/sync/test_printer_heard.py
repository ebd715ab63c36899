"""Announcements of printers: anybody may send any, and none does harm."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.sync.printer_heard import announced, is_near, merged

NAME = "Laser couloir._ipp._tcp.local."
TEXTS = {
    b"ty": b"HP LaserJet M404", b"note": b"Couloir B", b"rp": b"ipp/print",
    b"pdl": b"image/urf,application/pdf", b"UUID": b"0A2B3C4D-0000-1000-8000-000000000001",
}  # fmt: skip


def test_an_honest_announcement_is_a_printer() -> None:
    row = announced(NAME, ["10.9.0.3"], 631, TEXTS)
    assert row is not None
    assert (row.name, row.model, row.place) == ("Laser couloir", "HP LaserJet M404", "Couloir B")
    assert row.addresses == ("ipp://10.9.0.3:631/ipp/print",)
    assert row.pdf
    assert row.uuid.startswith("0a2b")


def test_one_printer_with_two_services_is_one_row_ciphered_first() -> None:
    rows = [
        announced(NAME, ["10.9.0.3"], 631, TEXTS),
        announced(NAME.replace("_ipp.", "_ipps."), ["10.9.0.3"], 443, TEXTS),
    ]
    (row,) = merged([one for one in rows if one])
    assert [address[:5] for address in row.addresses] == ["ipps:", "ipp:/"]


@pytest.mark.req("HZ-293")
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "0.0.0.1", "224.0.0.251", "8.8.8.8",
             "255.255.255.255", "2001:4860::8", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
             "fe80::1", "evil.example", ""],
)  # fmt: skip
def test_no_announcement_leads_to_this_machine_or_out_of_the_hospital(host: str) -> None:
    assert announced(NAME, [host], 631, TEXTS) is None


@pytest.mark.req("HZ-293")
@pytest.mark.parametrize(
    "path", [b"../../admin", b"ipp/print?x=1", b"a\r\nHost: evil", b"http://x",
             b"x" * 4000, b"\xff\xfe", b"%2e%2e", b"@evil.example", b""],
)  # fmt: skip
def test_a_path_that_is_no_plain_path_is_not_taken(path: bytes) -> None:
    row = announced(NAME, ["10.9.0.3"], 631, {b"rp": path})
    assert row is not None
    assert row.addresses == ("ipp://10.9.0.3:631/ipp/print",)


@pytest.mark.req("HZ-293")
@given(
    st.text(max_size=300), st.lists(st.ip_addresses().map(str) | st.text(max_size=30), max_size=9),
    st.integers(-1, 70_000),
    st.dictionaries(
        st.sampled_from([b"ty", b"note", b"rp", b"pdl", b"UUID", b"RP"]),
        st.none() | st.binary(max_size=300), max_size=6,
    ),
)  # fmt: skip
def test_whatever_is_announced_what_is_shown_and_called_is_plain(
    name: str, hosts: list[str], port: int, texts: dict[bytes, bytes | None]
) -> None:
    row = announced(f"{name}._ipps._tcp.local.", hosts, port, texts)
    if row is None:
        return
    for text in (row.name, row.model, row.place):
        assert len(text) <= 60
        assert not any(unicodedata.category(char) in {"Cc", "Cf", "Zl"} for char in text)
    for address in row.addresses:
        parts = urlsplit(address)
        assert parts.scheme == "ipps"
        assert parts.hostname is not None
        assert is_near(parts.hostname)
        assert not parts.query
        assert ".." not in parts.path
