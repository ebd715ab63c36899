"""The native part of the list of contents: nothing in the application is left without an entry."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from scripts.image import sbom, sbom_native, tools
from tests.image.conftest import EPOCH

WHEELS = (sbom.Wheel("PyNaCl", "1.6.2", ("a" * 64,)),)
FOUND: dict[str, Any] = {
    "files": [
        {"path": "kit", "by": "wheel:pyinstaller"},
        {"path": "_internal/nacl/_sodium.abi3.so", "by": "wheel:pynacl"},
        {"path": "_internal/libz.so.1", "by": "deb:zlib1g"},
    ],
    "parts": [
        {
            "name": "libsodium", "version": "", "licence": "ISC", "supplier": "Person: F",
            "how": "STATIC_LINK", "wheel": "pynacl", "told": "says no version",
        },
        {
            "name": "zlib", "version": "1.3.1", "licence": "Zlib", "supplier": "Person: Z",
            "how": "STATIC_LINK", "wheel": "pynacl", "told": "mark",
            "purl": "pkg:generic/zlib@1.3.1",
        },
    ],
    "debs": [
        {"name": "zlib1g", "version": "1:1.3", "architecture": "amd64", "licences": ["Odd"]}
    ],
    "wheels": {"pynacl": "1.6.2", "pyinstaller": "6.22.3"},
    "unknown": [],
}  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with the application of FOUND in it."""
    folder = tmp_path / sbom_native.APPLICATION
    for one in FOUND["files"]:
        path = folder / one["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sbom_native.ELF)
    (tmp_path / sbom_native.INVENTORY).write_text(json.dumps(FOUND))
    return tmp_path


def document(tree: Path) -> dict[str, Any]:
    made = sbom.document("x", [], WHEELS, tree, EPOCH)
    return sbom_native.add(made, tree, WHEELS)


def test_what_contains_what_is_told(tree: Path) -> None:
    made = document(tree)
    names = {one["SPDXID"]: one["name"] for one in made["packages"]}
    assert len(names) == len(made["packages"])
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one) for one in names)
    told = {
        (names[one["spdxElementId"]], one["relationshipType"], names[one["relatedSpdxElement"]])
        for one in made["relationships"]
    }
    assert told == {
        ("cyber-kit", "CONTAINS", "PyNaCl"),
        ("cyber-kit", "CONTAINS", "pyinstaller"),
        ("cyber-kit", "CONTAINS", "zlib1g"),
        ("PyNaCl", "STATIC_LINK", "libsodium"),
        ("PyNaCl", "STATIC_LINK", "zlib"),
    }
    assert {one["licenseId"] for one in made["hasExtractedLicensingInfos"]} == {"LicenseRef-Odd"}


def test_a_library_that_says_no_version_gets_none(tree: Path) -> None:
    found = {one["name"]: one for one in document(tree)["packages"]}
    assert "versionInfo" not in found["libsodium"]
    assert "whose version fixes it" in found["libsodium"]["comment"]
    assert (found["zlib"]["versionInfo"], found["zlib"]["supplier"]) == ("1.3.1", "Person: Z")


def test_an_interpreter_of_its_own_is_listed(tree: Path) -> None:
    (tree / sbom_native.INVENTORY).write_text(json.dumps(FOUND | {"interpreter": "3.11.9"}))
    found = {one["name"]: one for one in document(tree)["packages"]}
    assert found["CPython"]["versionInfo"] == "3.11.9"


@pytest.mark.req("HZ-303")
def test_a_library_without_an_entry_stops_the_build(tree: Path) -> None:
    stray = tree / sbom_native.APPLICATION / "_internal/libstray.so.1"
    stray.write_bytes(sbom_native.ELF)
    with pytest.raises(tools.Fault, match=r"libstray\.so\.1.*non déclaré"):
        document(tree)


@pytest.mark.req("HZ-303")
def test_what_the_freezing_could_not_name_stops_the_build(tree: Path) -> None:
    (tree / sbom_native.INVENTORY).write_text(json.dumps(FOUND | {"unknown": ["libx: nowhere"]}))
    with pytest.raises(tools.Fault, match="libx: nowhere"):
        document(tree)


def test_an_application_that_was_frozen_before_says_so(tree: Path) -> None:
    (tree / sbom_native.INVENTORY).unlink()
    assert "not listed" in document(tree)["comment"]
