"""Profiles as NetworkManager's own reader takes them, whatever a network is called."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.stick import commands, profiles
from kit.stick.profiles import Profile

TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"),
    min_size=1,
)
SSID = st.binary(min_size=1, max_size=profiles.MOST_SSID_BYTES)

needs_nmcli = pytest.mark.skipif(
    shutil.which("nmcli", path=commands.ENVIRONMENT["PATH"]) is None, reason="network-manager"
)


def read_by_networkmanager(profile: Profile) -> bytes:
    """The profile as nmcli writes it again after reading it; it refuses what is not valid."""
    words = ["nmcli", "--offline", "connection", "modify", "connection.autoconnect-retries", "3"]
    done = subprocess.run(
        words, input=profile.text.encode(), capture_output=True, check=True,
        env=commands.ENVIRONMENT, timeout=60,
    )  # fmt: skip
    return done.stdout


def ssid_in(said: bytes) -> bytes:
    """NetworkManager writes text where it can, with its own escapes, and numbers elsewhere."""
    value = profiles.value_of(said, "ssid")
    numbers = value.split(";")
    if numbers[-1] == "" and all(one.isdecimal() for one in numbers[:-1]):
        return bytes(int(one) for one in numbers[:-1])
    return value.replace("\\;", ";").encode()


@given(SSID, TEXT)
@pytest.mark.req("HZ-283")
def test_nothing_in_a_name_or_a_secret_begins_another_line(ssid: bytes, secret: str) -> None:
    """Each value is one line; what was written is read again."""
    data = profiles.wifi(ssid, secret).text.encode()
    assert profiles.ssid_of(data) == ssid
    assert profiles.value_of(data, "psk") == secret
    plain = profiles.wifi(b"A", "aaaaaaaa").text.encode()
    assert data.count(b"\n") == plain.count(b"\n")


@given(TEXT)
def test_escapes_are_undone(text: str) -> None:
    """Whatever signs a password has."""
    assert profiles.unescaped(profiles.escaped(text)) == text


@needs_nmcli
@settings(max_examples=15, deadline=None)
@given(SSID, st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=63))
def test_networkmanager_reads_the_same_name_and_secret(ssid: bytes, secret: str) -> None:
    """Its own reader, not ours: line ends, semicolons, blanks at the ends, any bytes."""
    said = read_by_networkmanager(profiles.wifi(ssid, secret))
    assert ssid_in(said) == ssid
    assert profiles.value_of(said, "psk") == secret


@needs_nmcli
@pytest.mark.parametrize("ssid", [b"5", b"1;2;", b"\n[ipv4]\nmethod=shared", b"\xff\x00;", b"a b"])
def test_networkmanager_reads_hostile_names(ssid: bytes) -> None:
    """A name of digits alone, one that looks like a list, one that would begin a section."""
    said = read_by_networkmanager(profiles.wifi(ssid, "", hidden=True))
    assert ssid_in(said) == ssid
    assert b"method=shared\n" not in said.replace(b"ssid=", b"")


@needs_nmcli
def test_networkmanager_takes_a_cell_and_an_account() -> None:
    """With the words that it acts by: access point, shared, WPA2 with CCMP; PEAP and MSCHAPv2."""
    said = read_by_networkmanager(profiles.cell(b"KIT-BCDF", "tifo-redu-kosi")).decode()
    for line in ("mode=ap", "proto=rsn;", "pairwise=ccmp;", "key-mgmt=wpa-psk", "method=shared"):
        assert f"\n{line}\n" in said
    account = profiles.login("dom\\kit 7", "é;x ")
    said = read_by_networkmanager(account).decode()
    for line in ("eap=peap;", "phase2-auth=mschapv2", "link-local=3", f"uuid={account.uuid}"):
        assert f"\n{line}\n" in said
    assert profiles.value_of(said.encode(), "identity") == "dom\\kit 7"
    assert profiles.value_of(said.encode(), "password") == "é;x "
