"""What nmcli says, read whatever a neighbour calls a Wi-Fi network."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.stick import nmcli
from kit.stick.nmcli import cards_of, cells_of, name_of, split

FIELD = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))


def terse(fields: list[str]) -> str:
    """A line as nmcli writes it: a backslash before colons and backslashes."""
    return ":".join(one.replace("\\", "\\\\").replace(":", "\\:") for one in fields)


@given(st.lists(FIELD, min_size=1))
def test_the_fields_of_a_line_are_what_nmcli_was_given(fields: list[str]) -> None:
    """Colons and backslashes in a field begin no other one."""
    assert split(terse(fields)) == fields


@given(st.binary(max_size=600))
def test_no_bytes_break_the_lists(said: bytes) -> None:
    """Whatever comes, what is not understood is left out."""
    for cell in cells_of(said):
        assert 0 < len(cell.ssid) <= 32
        assert 0 <= cell.signal <= 100
    assert all(card.device and card.kind for card in cards_of(said))


@given(st.binary(min_size=1, max_size=32))
@pytest.mark.req("HZ-283")
def test_any_ssid_comes_through_and_is_one_harmless_line(ssid: bytes) -> None:
    """Line ends, marks that turn the reading direction, half signs: shown, never obeyed."""
    line = terse([ssid.hex().upper(), "70", "WPA2", " ", "Infra", "wlan0"])
    found = [cell.ssid for cell in cells_of(line.encode())]
    assert found == ([ssid] if ssid.strip(b"\0") else [])
    assert name_of(ssid).isprintable()


def test_a_network_stands_once_and_its_namesake_with_another_lock_apart() -> None:
    """Three aerials of one hospital are one row; an open one of that name is somebody else's."""
    rows = [
        ["4348", "40", "WPA2", " ", "Infra", "wlan0"],
        ["4348", "90", "", " ", "Infra", "wlan0"],
        ["4348", "71", "WPA1 WPA2", "*", "Infra", "wlan0"],
        ["4553", "20", "WPA2 802.1X", " ", "Infra", "wlan0"],
        ["4F4C", "10", "WEP", " ", "Infra", "wlan0"],
        ["33", "9", "WPA3", " ", "Infra", "wlan0"],
        ["5A", "80", "WPA2", " ", "Ad-Hoc", "wlan0"],
    ]
    found = cells_of("\n".join(map(terse, rows)).encode())
    assert [(one.ssid, one.signal, one.asks, one.joined) for one in found] == [
        (b"CH", 90, nmcli.OPEN, False),
        (b"CH", 71, nmcli.PERSONAL, True),
        (b"ES", 20, nmcli.ACCOUNT, False),
        (b"OL", 10, nmcli.OTHER, False),
        (b"3", 9, nmcli.PERSONAL, False),
    ]
    assert [one.only_wpa3 for one in found] == [False, False, False, False, True]


def test_cards_are_read_from_what_networkmanager_really_said() -> None:
    """Recorded from NetworkManager 1.42: blocks, several addresses, cards that are nobody's."""
    said = b"""GENERAL.DEVICE:eth8
GENERAL.TYPE:ethernet
GENERAL.STATE:100 (connected)
GENERAL.CON-UUID:6f1a2b66-1f0f-5c0e-9d53-0d6c0d1f5a01
WIRED-PROPERTIES.CARRIER:on
IP4.ADDRESS[1]:169.254.7.9/16
IP4.ADDRESS[2]:10.1.2.3/24
IP6.ADDRESS[1]:fe80::1/64

GENERAL.DEVICE:lo
GENERAL.TYPE:loopback
GENERAL.STATE:10 (unmanaged)
GENERAL.CON-UUID:
IP4.ADDRESS[1]:127.0.0.1/8
IP6.ADDRESS[1]:::1/128

GENERAL.DEVICE:wlan0
GENERAL.TYPE:wifi
GENERAL.STATE:70 (connecting (getting IP configuration))
GENERAL.CON-UUID:
WIFI-PROPERTIES.AP:yes
"""
    wired, wifi = cards_of(said)
    assert (wired.device, wired.kind, wired.state, wired.carrier) == (
        "eth8", "wired", "joined", True,
    )  # fmt: skip
    assert wired.addresses == ("169.254.7.9", "10.1.2.3", "fe80::1")
    assert (wifi.kind, wifi.state, wifi.makes_cells, wifi.addresses) == (
        "wifi", "joining", True, (),
    )  # fmt: skip
