"""The list of contents, its native part: what lies inside the frozen application, piece by piece.

Made from the inventory that the freezing left in the folder (`scripts.frozen.natives`). Not for:
packages and wheels themselves (`sbom`), nor for making the inventory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import kit
from scripts.image import tools
from scripts.image.sbom import NOTHING, Wheel, identifier, wheel_entry
from scripts.image.sentences import _

APPLICATION = "opt/cyber-kit"
INVENTORY = f"{APPLICATION}/_internal/natives.json"
ELF = b"\x7fELF"
NAME = "cyber-kit"
IDENTITY = f"SPDXRef-application-{NAME}"
LICENCES = {"pyinstaller": "GPL-2.0-or-later WITH Bootloader-exception"}
"""What wheels that are built with, but not installed, say in prose."""
OLD_TREE = "frozen without an inventory of its native parts: they are not listed here"


def inventory(place: Path) -> dict[str, Any] | None:
    """The inventory of the frozen application in a tree; None for one that was frozen before."""
    path = place / INVENTORY
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def unaccounted(place: Path, found: Mapping[str, Any]) -> list[str]:
    """Every library and programme of the application that the inventory does not speak for."""
    folder = place / APPLICATION
    known = {one["path"] for one in found["files"]}
    native = [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and _is_elf(path)
    ]
    return [
        *found["unknown"],
        *(_("{name}: not listed").format(name=name) for name in native if name not in known),
    ]


def checked(place: Path) -> dict[str, Any] | None:
    """The inventory, None as there. Raises Fault where it does not speak for everything native."""
    found = inventory(place)
    if found is not None and (wrong := unaccounted(place, found)):
        raise tools.Fault("IMG-070", files="\n  ".join(wrong))
    return found


def add(document: dict[str, Any], place: Path, wheels: Iterable[Wheel]) -> dict[str, Any]:
    """The document with the application's native parts and what contains what.

    Raises Fault where something native is in the tree that nobody speaks for.
    """
    found = checked(place)
    if found is None:
        return document | {"comment": OLD_TREE}
    entries: list[dict[str, Any]] = [_application()]
    relations: list[dict[str, str]] = []
    known = {_plain(one.name): wheel_entry(one, "")["SPDXID"] for one in wheels}
    for name, version in sorted(found["wheels"].items()):
        if name not in known:
            entry = wheel_entry(Wheel(name, version, ()), LICENCES.get(name, NOTHING))
            known[name] = entry["SPDXID"]
            entries.append(entry)
        relations.append(_relation(IDENTITY, "CONTAINS", known[name]))
    for part in found["parts"]:
        entry = _part(part)
        entries.append(entry)
        relations.append(_relation(known[part["wheel"]], part["how"], entry["SPDXID"]))
    if found.get("interpreter"):
        entries.append(_interpreter(found["interpreter"]))
        relations.append(_relation(IDENTITY, "CONTAINS", entries[-1]["SPDXID"]))
    for deb in found["debs"]:
        entry = _deb(deb)
        entries.append(entry)
        relations.append(_relation(IDENTITY, "CONTAINS", entry["SPDXID"]))
    references = {
        word
        for entry in entries
        for word in re.findall(r"LicenseRef-[A-Za-z0-9.-]+", entry["licenseDeclared"])
    } - {one["licenseId"] for one in document["hasExtractedLicensingInfos"]}
    more = [
        {"licenseId": one, "extractedText": "The text stands in the package of this name."}
        for one in sorted(references)
    ]
    return document | {
        "packages": [*document["packages"], *entries],
        "documentDescribes": [*document["documentDescribes"], IDENTITY],
        "relationships": relations,
        "hasExtractedLicensingInfos": [*document["hasExtractedLicensingInfos"], *more],
    }


def _application() -> dict[str, Any]:
    return {
        "SPDXID": IDENTITY, "name": NAME, "versionInfo": kit.__version__,
        "downloadLocation": NOTHING, "filesAnalyzed": False, "licenseConcluded": NOTHING,
        "licenseDeclared": NOTHING, "copyrightText": NOTHING,
    }  # fmt: skip


def _interpreter(version: str) -> dict[str, Any]:
    """Python itself, where it was frozen from an interpreter that is no package of Debian."""
    return {
        "SPDXID": _identity("native", f"CPython-{version}"), "name": "CPython",
        "versionInfo": version, "downloadLocation": NOTHING, "filesAnalyzed": False,
        "licenseConcluded": NOTHING, "licenseDeclared": "Python-2.0.1", "copyrightText": NOTHING,
        "supplier": "Organization: Python Software Foundation",
    }  # fmt: skip


def _part(part: Mapping[str, str]) -> dict[str, Any]:
    name = f"{part['wheel']}-{part['name']}-{part['version'] or 'any'}"
    entry: dict[str, Any] = {
        "SPDXID": _identity("native", name),
        "name": part["name"],
        "downloadLocation": NOTHING,
        "filesAnalyzed": False,
        "licenseConcluded": NOTHING,
        "licenseDeclared": part["licence"] or NOTHING,
        "copyrightText": NOTHING,
        "supplier": part["supplier"] or NOTHING,
        "comment": f"in the wheel {part['wheel']}; version by {part['told']}"
        if part["version"]
        else f"in the wheel {part['wheel']}, whose version fixes it; says none itself",
    }
    if part["version"]:
        entry["versionInfo"] = part["version"]
    if purl := part.get("purl"):
        entry["externalRefs"] = [_purl(purl)]
    return entry


def _deb(deb: Mapping[str, Any]) -> dict[str, Any]:
    purl = f"pkg:deb/debian/{deb['name']}@{deb['version']}?arch={deb['architecture']}"
    return {
        "SPDXID": _identity("frozen-deb", f"{deb['name']}-{deb['version']}"),
        "name": deb["name"],
        "versionInfo": deb["version"],
        "downloadLocation": NOTHING,
        "filesAnalyzed": False,
        "licenseConcluded": NOTHING,
        "licenseDeclared": " AND ".join(identifier(one) for one in deb["licences"]) or NOTHING,
        "copyrightText": NOTHING,
        "supplier": "Organization: Debian",
        "comment": "files of this package were taken into the frozen application",
        "externalRefs": [_purl(purl)],
    }


def _purl(locator: str) -> dict[str, str]:
    return {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": locator,
    }


def _relation(one: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def _identity(kind: str, name: str) -> str:
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", f"{kind}-{name}")


def _is_elf(path: Path) -> bool:
    with path.open("rb") as readable:
        return readable.read(len(ELF)) == ELF


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
