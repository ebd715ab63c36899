"""Where packages come from is read from the machine, never from the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.image import archive, fetch, tools

MACHINE = """\
http://mirror.example/debian/ bookworm main
http://mirror.example/debian/ bookworm contrib
http://mirror.example/debian/ bookworm-updates main
http://mirror.example/debian-security/ bookworm-security main
https://other.example/node nodistro main
https://cloud.example/apt cloud-sdk-bookworm main
"""
DIGEST = "a" * 64


def test_the_suite_is_replaced_and_strangers_are_left_out() -> None:
    found = archive.read_targets(MACHINE)
    assert [(one.uri, one.suite) for one in found] == [
        ("http://mirror.example/debian/", "trixie"),
        ("http://mirror.example/debian/", "trixie-updates"),
        ("http://mirror.example/debian-security/", "trixie-security"),
    ]
    assert all(one.components == "main non-free-firmware" for one in found)


@pytest.mark.parametrize("text", ["", "https://other.example/node nodistro main\n", "garbage\n\n"])
def test_a_machine_without_debian_is_told_what_to_do(text: str) -> None:
    with pytest.raises(tools.Fault, match="--archive"):
        archive.read_targets(text)


def test_an_archive_of_a_day_is_named_by_hand() -> None:
    given = ["http://past.example/{snapshot}/ trixie main non-free-firmware"]
    (found,) = archive.read_options(given, "2026-11-28")
    assert found.uri == "http://past.example/2026-11-28/"
    with pytest.raises(tools.Fault, match="URI SUITE"):
        archive.read_options(["trixie main"], None)


def test_the_list_is_signed_where_the_keyring_is(tmp_path: Path) -> None:
    source = archive.Source("http://mirror.example/debian/", "trixie", "main")
    keyring = tmp_path / "keyring.gpg"
    assert "signed-by" not in archive.sources_list((source,), keyring)
    keyring.write_bytes(b"x")
    assert f"[signed-by={keyring}]" in archive.sources_list((source,), keyring)


def test_a_lock_says_itself_again() -> None:
    packages = (
        fetch.Package("libc6", "2.41-12", "amd64", DIGEST, "root"),
        fetch.Package("adduser", "3.152", "all", DIGEST, "root"),
        fetch.Package("shim-signed", "1.51~1+16.1", "amd64", DIGEST, "boot"),
    )
    text = fetch.write_lock(packages)
    again = fetch.read_lock(text)
    assert sorted(again) == sorted(packages)
    assert fetch.write_lock(reversed(again)) == text
    assert "://" not in text


@pytest.mark.parametrize(
    "line",
    ["libc6 2.41", f"libc6 2.41 amd64 {DIGEST} elsewhere", "libc6 2.41 amd64 beef root", ""],
)
def test_a_damaged_lock_is_refused(line: str) -> None:
    with pytest.raises(tools.Fault):
        fetch.read_lock(line)


def test_what_apt_prints_becomes_packages() -> None:
    said = f"'http://m/pool/libc6_1%3a2.41_amd64.deb' libc6_1%3a2.41_amd64.deb 12 SHA256:{DIGEST}\n"
    (found,) = fetch.read_uris(said, "root")
    assert found == fetch.Package("libc6", "1:2.41", "amd64", DIGEST, "root")
    assert found.file_name() == "libc6_1%3a2.41_amd64.deb"
    with pytest.raises(tools.Fault, match="IMG-073"):
        fetch.read_uris(said.replace("SHA256", "MD5Sum"), "root")


@pytest.mark.req("HZ-211")
def test_a_package_of_other_bytes_never_enters_the_cache(tmp_path: Path) -> None:
    debs = tmp_path / "debs"
    debs.mkdir()
    package = fetch.Package("libc6", "2.41", "amd64", DIGEST, "root")
    file = tmp_path / package.file_name()
    file.write_bytes(b"something else")
    with pytest.raises(tools.Fault, match="IMG-075"):
        fetch.place(file, package, debs)
    assert not file.exists()
    assert fetch.absent([package], debs) == [package]


def test_no_address_stands_in_what_is_committed() -> None:
    root = Path(__file__).resolve().parents[2]
    for place in ("scripts/image", "packaging/usb"):
        for path in (root / place).rglob("*"):
            if path.is_file() and path.suffix in (".py", ".txt", ".toml", ".cfg", ".lock"):
                text = path.read_text()
                assert "http://" not in text, path
                assert "https://" not in text, path
