"""An address has one spelling, comes back as it was written, and names no machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.errors import BadInput
from kit.sync.address import Address, make_address, read_address, read_listening_place

PLAIN = st.ip_addresses().filter(
    lambda ip: (
        not (
            ip.is_multicast
            or ip.is_unspecified
            or ip.is_link_local
            or getattr(ip, "ipv4_mapped", None)
        )
    )
)


@given(PLAIN, st.integers(1, 65_535))
def test_an_address_reads_back(ip: object, port: int) -> None:
    made = make_address(str(ip), port)
    assert read_address(str(made)) == made


@given(st.text(max_size=90))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        made = read_address(text)
    except BadInput:
        return
    assert read_address(str(made)) == made


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("192.0.2.7:7443", "192.0.2.7", 7443),
        (" [2001:DB8:0::1]:1 ", "2001:db8::1", 1),
        ("[fe80::1%eth0]:7443", "fe80::1%eth0", 7443),
        ("[fe80::1%12]:7443", "fe80::1%12", 7443),
        ("169.254.3.4:7443", "169.254.3.4", 7443),
        ("[::ffff:192.0.2.7]:7443", "192.0.2.7", 7443),
    ],
)
def test_what_a_person_may_type(written: str, host: str, port: int) -> None:
    assert read_address(written) == Address(host, port)


@pytest.mark.parametrize(
    "written",
    [
        "kit-chirurgie:7443",
        "192.0.2.7",
        "192.0.2.7:0",
        "192.0.2.7:65536",
        "192.0.2.07:7443",
        "::1:7443",
        "[fe80::1]:7443",
        "[2001:db8::1%eth0]:7443",
        "[fe80::1%eth0;reboot]:7443",
        "[fe80::1%]:7443",
        "224.0.0.251:5353",
        "0.0.0.0:7443",
        "192.0.2.7:٧",
        "1" * 100,
    ],
)
def test_what_is_refused(written: str) -> None:
    with pytest.raises(BadInput):
        read_address(written)


def test_a_neighbourhood_is_what_one_machine_can_take_many_of() -> None:
    assert make_address("192.0.2.7", 1).neighbourhood == "192.0.2.7"
    one, two = make_address("2001:db8::1", 1), make_address("2001:db8::ffff:2", 9)
    assert one.neighbourhood == two.neighbourhood == "2001:db8::/64"
    assert make_address("fe80::1%a", 1).neighbourhood != make_address("fe80::2%a", 1).neighbourhood


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("0.0.0.0:7443", "0.0.0.0", 7443),  # noqa: S104 - read, never opened
        ("[::]:0", "::", 0),
        ("192.0.2.7:0", "192.0.2.7", 0),
        ("[fe80::1%eth0]:7443", "fe80::1%eth0", 7443),
    ],
)
def test_a_kit_may_answer_on_all_cards_and_on_any_free_port(
    written: str, host: str, port: int
) -> None:
    assert read_listening_place(written) == Address(host, port)


@pytest.mark.parametrize("written", ["", "0.0.0.0/0:1", "224.0.0.251:1", "0.0.0.0:70000", "kit:1"])
def test_where_nobody_can_answer_is_refused(written: str) -> None:
    with pytest.raises(BadInput):
        read_listening_place(written)
