"""The list of contents: every .deb and wheel, in the shape that SPDX 2.3 asks for."""

from __future__ import annotations

import io
import json
import re
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.image import recipe, sbom, tools
from scripts.image.fetch import Package
from tests.image.conftest import EPOCH, need

COPYRIGHT = """Format: dep5
Files: *
License: GPL-2+
License: Expat
License: Odd-Licence and BSD-3-clause
"""
DIGEST = "a" * 64


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {
        "usr/share/doc/bash/copyright": COPYRIGHT,
        "opt/cyber-kit/_internal/msgspec-1.dist-info/METADATA": "Name: msgspec\nLicense: MIT\n\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_every_package_has_one_entry(tree: Path) -> None:
    lock = (recipe.REPOSITORY / "requirements/run.lock").read_text()
    wheels = sbom.read_wheels(lock)
    assert {"msgspec", "pynacl", "pyside6-essentials"} <= {one.name.lower() for one in wheels}
    assert all(one.hashes for one in wheels)
    debs = [Package("bash", "5.2", "amd64", DIGEST, "root")]
    found = sbom.document("x", debs, wheels, tree, EPOCH)
    assert len(found["packages"]) == 1 + len(wheels)
    identities = [entry["SPDXID"] for entry in found["packages"]]
    assert len(set(identities)) == len(identities)
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one) for one in identities)


def test_required_fields_are_there(tree: Path) -> None:
    debs = [Package("bash", "5.2", "amd64", DIGEST, "root")]
    wheels = (sbom.Wheel("msgspec", "1", (DIGEST,)), sbom.Wheel("zeroconf", "2", (DIGEST, DIGEST)))
    found = json.loads(json.dumps(sbom.document("x", debs, wheels, tree, EPOCH)))
    assert found["spdxVersion"] == "SPDX-2.3"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["creationInfo"]["created"])
    bash, msgspec, zeroconf = found["packages"]
    for entry in found["packages"]:
        wanted = {"SPDXID", "name", "versionInfo", "downloadLocation", "licenseDeclared"}
        assert wanted <= entry.keys()
    assert bash["licenseDeclared"] == (
        "BSD-3-Clause AND MIT AND GPL-2.0-or-later AND LicenseRef-Odd-Licence"
    )
    assert bash["checksums"][0]["checksumValue"] == DIGEST
    assert msgspec["licenseDeclared"] == "MIT"
    assert "checksums" not in zeroconf
    referred = {one["licenseId"] for one in found["hasExtractedLicensingInfos"]}
    assert referred == {"LicenseRef-Odd-Licence"}


@given(st.text())
def test_any_licence_name_makes_an_identifier(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9.-]*", sbom.identifier(name))


@given(st.text())
def test_any_copyright_file_can_be_read(text: str) -> None:
    assert all(sbom.deb_licences(text))


def test_licence_texts_are_packed_the_same_each_time(tree: Path, tmp_path: Path) -> None:
    need("zstd")
    for name in ("one", "two"):
        sbom.licences(tree, tmp_path / name, EPOCH)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    plain = tools.run(["zstd", "-d", "-c", tmp_path / "one"])
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        assert tar.getnames() == ["usr/share/doc/bash/copyright"]
