"""The list of what is inside, as SPDX 2.3: one entry for every .deb and every wheel, with licences.

Licences of Debian packages are the names in their `copyright` files, those of wheels what their own
metadata says; a name that SPDX does not know stands as LicenseRef with the place of its text. Not
for: what wheels carry inside (`sbom_native`), judging a licence (LICENSES.md).
"""

from __future__ import annotations

import datetime as dt
import email.parser
import io
import json
import re
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from scripts.image import tools
from scripts.image.fetch import Package

NOTHING = "NOASSERTION"
NAMESPACE = "urn:cyber-kit:sbom:"
KNOWN = {
    "apache-2.0": "Apache-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "expat": "MIT",
    "gpl-2": "GPL-2.0-only",
    "gpl-2+": "GPL-2.0-or-later",
    "gpl-3": "GPL-3.0-only",
    "gpl-3+": "GPL-3.0-or-later",
    "isc": "ISC",
    "lgpl-2": "LGPL-2.0-only",
    "lgpl-2+": "LGPL-2.0-or-later",
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-2.1+": "LGPL-2.1-or-later",
    "lgpl-3": "LGPL-3.0-only",
    "lgpl-3+": "LGPL-3.0-or-later",
    "mit": "MIT",
    "mpl-2.0": "MPL-2.0",
    "zlib": "Zlib",
}
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\]*))?")
DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


class Wheel(NamedTuple):
    """One locked wheel. hashes: of every file that the lock allows for it."""

    name: str
    version: str
    hashes: tuple[str, ...]


def read_wheels(lock: str) -> tuple[Wheel, ...]:
    """The wheels of a lock file of pip."""
    found: list[Wheel] = []
    for line in lock.splitlines():
        if pin := PIN.match(line):
            found.append(Wheel(pin[1], pin[2], ()))
        if found:
            found[-1] = found[-1]._replace(hashes=(*found[-1].hashes, *DIGEST.findall(line)))
    return tuple(found)


def deb_licences(copyright_text: str) -> tuple[str, ...]:
    """Names of licences in a machine-readable copyright file, in alphabetical order."""
    names = re.findall(r"^License:\s*(\S[^\n]*)$", copyright_text, re.MULTILINE)
    words = {w for name in names for w in re.split(r"\s+(?:and|or|with)\s+|,\s*", name.strip())}
    return tuple(sorted(word for word in words if word))


def identifier(name: str) -> str:
    """A licence's name as an SPDX identifier."""
    known = KNOWN.get(name.lower())
    return known or "LicenseRef-" + re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-")


def wheel_licence(metadata: str) -> str:
    """What a wheel says of its licence, as SPDX where it does."""
    told = email.parser.HeaderParser().parsestr(metadata)
    expression = told.get("License-Expression")
    if expression:
        return str(expression)
    text = str(told.get("License") or "").strip()
    return identifier(text) if 0 < len(text) < 40 and "\n" not in text else NOTHING


def document(
    name: str, packages: Iterable[Package], wheels: Iterable[Wheel], place: Path, epoch: int
) -> dict[str, Any]:
    """The document. place: the tree of the system, for copyright files and metadata."""
    entries: list[dict[str, Any]] = []
    references: dict[str, str] = {}
    for one in packages:
        path = place / f"usr/share/doc/{one.name}/copyright"
        text = path.read_text("utf-8", "replace") if path.exists() else ""
        found = [identifier(licence) for licence in deb_licences(text)]
        references |= {
            licence: f"usr/share/doc/{one.name}/copyright"
            for licence in found
            if licence.startswith("LicenseRef-") and licence not in references
        }
        purl = f"pkg:deb/debian/{one.name}@{one.version}?arch={one.architecture}"
        declared = " AND ".join(found) or NOTHING
        entries.append(_entry("deb", one.name, one.version, (one.sha256,), declared, purl))
    told = _metadata(place)
    entries += [wheel_entry(one, told.get(_plain(one.name), NOTHING)) for one in wheels]
    made = dt.datetime.fromtimestamp(epoch, dt.UTC)
    identities = [entry["SPDXID"] for entry in entries]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"{NAMESPACE}{name}:{epoch}",
        "creationInfo": {
            "created": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: build_usb_image.py"],
        },
        "documentDescribes": identities,
        "packages": entries,
        "hasExtractedLicensingInfos": [
            {"licenseId": licence, "extractedText": f"The text stands in {where}."}
            for licence, where in sorted(references.items())
        ],
    }


def wheel_entry(wheel: Wheel, licence: str) -> dict[str, Any]:
    """The entry of one wheel."""
    purl = f"pkg:pypi/{_plain(wheel.name)}@{wheel.version}"
    return _entry("wheel", wheel.name, wheel.version, wheel.hashes, licence, purl)


def licences(place: Path, out: Path, epoch: int) -> None:
    """Every licence text of the tree in one archive; same tree, same bytes."""
    found = [*place.glob("usr/share/doc/*/copyright"), *place.glob("usr/share/common-licenses/*")]
    found += place.glob("opt/cyber-kit/**/*.dist-info/**/*LICEN*")
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(found):
            if not path.is_file() or path.is_symlink():
                continue
            data = path.read_bytes()
            item = tarfile.TarInfo(path.relative_to(place).as_posix()[-99:])
            item.size, item.mtime, item.mode = len(data), epoch, 0o644
            tar.addfile(item, io.BytesIO(data))
    half = out.with_name(out.name + ".half")
    half.write_bytes(tools.run(["zstd", "-q", "-9", "-c"], stdin=memory.getvalue()))
    half.replace(out)


def write(document_: dict[str, Any], out: Path) -> None:
    """Write the document, complete or not at all."""
    half = out.with_name(out.name + ".half")
    half.write_text(json.dumps(document_, indent=1, sort_keys=True) + "\n")
    half.replace(out)


def _entry(
    kind: str, name: str, version: str, hashes: tuple[str, ...], licence: str, purl: str
) -> dict[str, Any]:
    safe = re.sub(r"[^A-Za-z0-9.-]", "-", f"{kind}-{name}-{version}")
    entry: dict[str, Any] = {
        "SPDXID": f"SPDXRef-{safe}",
        "name": name,
        "versionInfo": version,
        "downloadLocation": NOTHING,
        "filesAnalyzed": False,
        "licenseConcluded": NOTHING,
        "licenseDeclared": licence,
        "copyrightText": NOTHING,
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": purl,
            }
        ],
    }
    if len(hashes) == 1:
        entry["checksums"] = [{"algorithm": "SHA256", "checksumValue": hashes[0]}]
    elif hashes:
        entry["comment"] = "one of these files, by SHA-256: " + " ".join(hashes)
    return entry


def _metadata(place: Path) -> dict[str, str]:
    found = {}
    for path in sorted(place.glob("opt/cyber-kit/**/*.dist-info/METADATA")):
        text = path.read_text("utf-8", "replace")
        name = str(email.parser.HeaderParser().parsestr(text).get("Name") or "")
        found[_plain(name)] = wheel_licence(text)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
