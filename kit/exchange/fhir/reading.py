"""FHIR extracts: a folder of NDJSON (Bulk Data), bundles, single resources, one by one.

Broken parts are found, named and passed over: a bad line costs that line, a bad bundle is searched
for the resources that are still whole. Not for: meaning (the mappers).
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from kit.core.event import Event
from kit.exchange.decode import (
    MAX_FILE,
    Unreadable,
    is_utf8_beyond_ascii,
    plain_utf8,
    read_json,
    unpacked,
)
from kit.exchange.fhir.elements import instant, part, words
from kit.exchange.fhir.mapping import MAPPERS, Desk
from kit.exchange.fhir.observations import vital_sets
from kit.exchange.fhir.references import References
from kit.exchange.fhir.stays import describe_wards
from kit.exchange.source import Found, files_of, name_in
from kit.exchange.unit import RefusedUnit

DIRECTORY = frozenset(
    (
        "Organization",
        "Location",
        "Practitioner",
        "PractitionerRole",
        "Medication",
        "Patient",
        "RequestGroup",
        "Encounter",
        "RelatedPerson",
        "MedicationRequest",
        "Condition",
        "Device",
        "HealthcareService",
    )
)
BLOCKS = {
    "Patient": "identity",
    "Encounter": "stays",
    "Location": "places",
    "AllergyIntolerance": "allergies",
    "Flag": "alerts",
    "Consent": "directives",
    "Condition": "problems",
    "MedicationRequest": "prescriptions",
    "MedicationAdministration": "administrations",
    "ServiceRequest": "requests",
    "CarePlan": "care",
    "DocumentReference": "documents",
    "Composition": "documents",
    "ClinicalImpression": "notes",
    "Appointment": "appointments",
    "RelatedPerson": "contacts",
    "DiagnosticReport": "reports",
    "NutritionOrder": "diet",
}
FIRST = (
    "Organization",
    "Location",
    "Practitioner",
    "Patient",
    "Encounter",
    "AllergyIntolerance",
    "Flag",
    "Consent",
    "MedicationRequest",
    "MedicationAdministration",
    "Observation",
)
MAX_LINE = 32 * 1024 * 1024
_TYPE = re.compile(rb'"resourceType"\s*:\s*"(\w{1,60})"')
_UPDATED = re.compile(rb'"(?:lastUpdated|transactionTime|timestamp)"\s*:\s*"([^"]{10,40})"')
_RESOURCE = re.compile(r'"resource"\s*:\s*(?=\{)')
_NESTED = 4
_UNREAD = {".xml": "intake.xml"} | dict.fromkeys(
    (".csv", ".tsv", ".xlsx", ".xls", ".ods"), "intake.other_format"
)
_envelope = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list = msgspec.json.Decoder(list[msgspec.Raw])
_scan = json.JSONDecoder()


class FhirSource:
    """A FHIR extract: a file, or a folder of files."""

    def __init__(self, root: Path, kind: str) -> None:
        self.root, self.kind = root, kind
        self.directory = References()
        self.extracted_at = 0
        self.digest = 0
        self._kinds: set[str] = set()
        self._files = sorted(files_of(root), key=lambda file: (_rank(file), file))

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks that the extract holds at all."""
        found = {BLOCKS[kind] for kind in self._kinds if kind in BLOCKS}
        if "Observation" in self._kinds:
            found |= {"vitals", "results"}
        return tuple(sorted(found))

    def survey(self) -> Iterator[int]:
        """Read everything once: kinds, age, digest, and the directory of who is who."""
        for file in self._files:
            if _is_stream(file) and file.stat().st_size == 0:
                self._kinds.add(file.name.partition(".")[0])
            for found in self._read(file):
                if found.raw:
                    self.digest = (
                        self.digest + int.from_bytes(sha256(found.raw).digest(), "big")
                    ) % 2**256
                    self._note(found)
                yield found.size
        for _step in self.directory.settle():
            yield 0

    def _note(self, found: Found) -> None:
        for moment in _UPDATED.findall(found.raw):
            self.extracted_at = max(self.extracted_at, instant(moment.decode("ascii", "replace")))
        self._kinds.add(found.kind)
        if found.kind in DIRECTORY:
            value = self._value(found)
            if value is not None:
                try:
                    self.directory.note(value, found.file, found.own)
                except (TypeError, ValueError, LookupError, AttributeError):
                    # Its shape is not FHIR's: it is refused by name when its turn comes.
                    return

    @staticmethod
    def _value(found: Found) -> dict[str, Any] | None:
        if found.value is None and found.refusal is None:
            try:
                value, _warning = read_json(found.raw)
            except Unreadable:
                return None
            return value if isinstance(value, dict) else None
        return found.value

    def start(self, desk_of: str, now_ms: int) -> Desk:
        """The desk of this import."""
        return Desk(self.directory, desk_of, now_ms, self.extracted_at)

    def opening_events(self, desk: Desk) -> list[Event]:
        """The wards and their beds."""
        return list(describe_wards(desk))

    def units(self) -> Iterator[Found]:
        """Every resource, in the order of the files."""
        for file in self._files:
            for found in self._read(file):
                self._open(found)
                yield found

    def _open(self, found: Found) -> None:
        if found.value is not None or (found.refusal is not None and not found.raw):
            return
        if found.kind == "?" and found.refusal is not None:
            return
        try:
            value, warning = read_json(found.raw, utf8=found.size >= 0)
        except Unreadable as fault:
            found.refusal = RefusedUnit(found.file, found.position, fault.code, fault.args_)
            return
        if not isinstance(value, dict) or not words(value.get("resourceType")):
            found.refusal = RefusedUnit(found.file, found.position, "intake.no_resource")
            return
        found.value, found.kind = value, words(value.get("resourceType"))[:60]
        if warning:
            found.refusal = RefusedUnit(found.file, found.position, warning)

    def map(self, found: Found, desk: Desk) -> None:
        """Hand a resource to the mapper of its type; a type without one is left to the account."""
        mapper = MAPPERS.get(found.kind)
        if mapper is None or found.value is None:
            return
        key = words(found.value.get("id"))
        desk.own = f"{found.kind}/{key}" if key else found.own
        if words(part(found.value.get("text")).get("status")) == "additional":
            # The narrative says more than the elements, and nobody reads it here.
            desk.demote("text.div")
        mapper(found.value, desk)

    def closing_events(self, desk: Desk) -> Iterator[Event]:
        """The sets of vitals."""
        yield from vital_sets(desk)

    def _read(self, file: Path) -> Iterator[Found]:
        name = name_in(self.root, file)
        if file.suffix.lower() in (".md", ".txt", ".html") or file.name.startswith("manifest"):
            return
        try:
            if _is_stream(file):
                yield from _lines(file, name)
            elif ".json" in [suffix.lower() for suffix in file.suffixes]:
                yield from _whole(file, name)
            else:
                code = _UNREAD.get(file.suffix.lower(), "intake.unknown_file")
                yield _refused(name, "file", code, file.stat().st_size)
        except OSError:
            yield _refused(name, "file", "intake.cannot_open", 0)


def _refused(file: str, position: str, code: str, size: int, **args: Any) -> Found:
    return Found(
        file, position, "?", b"", refusal=RefusedUnit(file, position, code, args), size=size
    )


def _is_stream(file: Path) -> bool:
    return any(suffix.lower() in (".ndjson", ".jsonl") for suffix in file.suffixes)


def _rank(file: Path) -> int:
    kind = file.name.partition(".")[0]
    return FIRST.index(kind) if kind in FIRST else len(FIRST)


def kind_of(raw: bytes) -> str:
    """The resource type that these bytes name first, or `?`."""
    found = _TYPE.search(raw)
    return found.group(1).decode() if found else "?"


def _lines(file: Path, name: str) -> Iterator[Found]:
    utf8 = _is_utf8(file)
    with file.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        stream = gzip.GzipFile(fileobj=plain) if packed else plain
        number = 0
        while True:
            number += 1
            try:
                line = stream.readline(MAX_LINE)
            except (OSError, EOFError, zlib.error):
                yield _refused(name, f"line:{number}", "intake.bad_archive", 0)
                return
            if not line:
                return
            raw = plain_utf8(line).strip() if number == 1 else line.strip()
            if raw:
                yield _line(raw, name, number, utf8)


def _line(raw: bytes, name: str, number: int, utf8: bool) -> Found:
    found = Found(name, f"line:{number}", kind_of(raw), raw, size=len(raw) + 1)
    if b'"contained"' in raw[:400]:
        # The first type named may be a contained one: only the value tells.
        found.kind = _kind_by_value(raw)
    if not utf8 and not raw.isascii():
        found.size = -found.size
    return found


def _kind_by_value(raw: bytes) -> str:
    try:
        value, _warning = read_json(raw)
    except Unreadable:
        return "?"
    return words(value.get("resourceType")) if isinstance(value, dict) else "?"


def _is_utf8(file: Path) -> bool:
    """Whether a file's first part beyond ASCII is UTF-8; then damage is damage, not an encoding."""
    with file.open("rb") as stream:
        while block := stream.readlines(1 << 20):
            if any(is_utf8_beyond_ascii(line) for line in block):
                return True
            if any(not line.isascii() for line in block):
                return False
    return True


def _whole(file: Path, name: str) -> Iterator[Found]:
    if file.stat().st_size > MAX_FILE:
        yield _refused(name, "file", "intake.too_large", 0, limit_mb=MAX_FILE // 1_000_000)
        return
    try:
        data = plain_utf8(unpacked(file.read_bytes())).strip()
    except Unreadable as fault:
        yield _refused(name, "file", fault.code, file.stat().st_size, **fault.args_)
        return
    if not data:
        yield _refused(name, "file", "intake.empty", 0)
        return
    yield from _bundle_or_resource(data, name, "", 0)


def _bundle_or_resource(data: bytes, name: str, prefix: str, depth: int) -> Iterator[Found]:
    try:
        outer = _envelope.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        if not prefix and _RESOURCE.search(data.decode("utf-8", "replace")):
            yield from _salvage(data, name)
        else:
            yield Found(name, prefix or "file", kind_of(data), data, size=len(data))
        return
    entries = outer.get("entry")
    if entries is None or bytes(outer.get("resourceType", b"")) != b'"Bundle"' or depth > _NESTED:
        kind = bytes(outer.get("resourceType", b'"?"')).decode("utf-8", "replace").strip('"') or "?"
        yield Found(name, prefix or "file", kind, data, size=len(data))
        return
    yield from _entries(outer, bytes(entries), name, prefix, depth)


def _entries(
    outer: dict[str, Any], entries: bytes, name: str, prefix: str, depth: int
) -> Iterator[Found]:
    try:
        items = _list.decode(entries)
    except (msgspec.DecodeError, msgspec.ValidationError):
        yield _refused(name, prefix or "file", "intake.no_resource", len(entries))
        return
    rest: list[Any] = []
    for number, item in enumerate(items, 1):
        position = f"{prefix}/entry:{number}" if prefix else f"entry:{number}"
        try:
            fields = _envelope.decode(item)
        except (msgspec.DecodeError, msgspec.ValidationError):
            yield _refused(name, position, "intake.no_resource", len(item))
            continue
        raw = bytes(fields.pop("resource", b""))
        rest.append(fields)
        if not raw:
            continue
        if kind_of(raw) == "Bundle":
            yield from _bundle_or_resource(raw, name, position, depth + 1)
            continue
        found = Found(name, position, _kind_of_entry(raw), raw, size=len(item))
        try:
            found.own = msgspec.json.decode(fields.get("fullUrl", msgspec.Raw(b'""')), type=str)
        except (msgspec.DecodeError, msgspec.ValidationError):
            found.own = ""
        yield found
    outer["entry"] = rest
    envelope = msgspec.json.encode(outer)
    yield Found(name, prefix or "file", "Bundle", envelope, size=0)


def _kind_of_entry(raw: bytes) -> str:
    return _kind_by_value(raw) if b'"contained"' in raw else kind_of(raw)


def _salvage(data: bytes, name: str) -> Iterator[Found]:
    """What is still whole in a bundle that is broken somewhere, and where it is broken."""
    text = data.decode("utf-8", "replace")
    number = cursor = 0
    for match in _RESOURCE.finditer(text):
        if match.start() < cursor:
            continue
        number += 1
        try:
            value, end = _scan.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            kind = kind_of(text[match.end() : match.end() + 300].encode("utf-8", "replace"))
            if kind != "?":
                args = {"kind": kind}
                yield Found(
                    name,
                    f"entry:{number}",
                    "?",
                    b"",
                    refusal=RefusedUnit(name, f"entry:{number}", "intake.broken_entry", args),
                )
            continue
        cursor = end
        if isinstance(value, dict) and "resourceType" in value:
            raw = text[match.end() : end].encode("utf-8", "replace")
            yield Found(name, f"entry:{number}", str(value["resourceType"]), raw, size=len(raw))
    yield _refused(name, "file", "intake.broken_bundle", 0)
