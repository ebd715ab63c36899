"""Imports as the tests run them: a whole import into memory, and what came out of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from kit.core.event import Event
from kit.exchange.intake import open_intake
from kit.exchange.pipeline import totals
from kit.exchange.unit import Account, Batch, RefusedUnit, Unit

NOW = 1_795_342_800_000
"""22/11/2026 11:20, hospital time."""
E = TypeVar("E", bound=Event)
Json = dict[str, Any]


class Imported:
    """All that an import gave."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self.batches = list(batches)
        self.events = [event for batch in self.batches for event, _ward in batch.outcomes]
        self.wards = [(event, ward) for batch in self.batches for event, ward in batch.outcomes]
        self.units: list[Unit] = [unit for batch in self.batches for unit in batch.units]
        self.refused: list[RefusedUnit] = [r for batch in self.batches for r in batch.refused]
        self.counts: Counter[str] = Counter()
        for batch in self.batches:
            self.counts.update(batch.counts)

    def of(self, cls: type[E]) -> list[E]:
        """The events of one class."""
        return [event for event in self.events if isinstance(event, cls)]

    def one(self, cls: type[E]) -> E:
        """The only event of a class."""
        (found,) = self.of(cls)
        return found

    @property
    def account(self) -> Account:
        """The leaves of all units."""
        return totals(self.batches)

    def reasons(self) -> list[str]:
        """The codes of what was refused."""
        return [one.code for one in self.refused]

    def fates(self) -> dict[str, set[str]]:
        """The fates that each path met."""
        found: dict[str, set[str]] = {}
        for batch in self.batches:
            for leaf in batch.leaves:
                found.setdefault(leaf.path, set()).add(str(leaf.fate))
        return found


def never(_digest: bytes) -> bool:
    """Nothing is in the store yet."""
    return False


def run(path: Path, known: Callable[[bytes], bool] = never, now: int = NOW) -> Imported:
    """Import a path to its end."""
    return Imported(open_intake(path).batches(known, import_id="test", now_ms=now))


def bundle(folder: Path, *resources: Json, name: str = "extract.json") -> Path:
    """A file holding one bundle of these resources."""
    path = folder / name
    entries = [{"resource": resource} for resource in resources]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    return path


def patient(**fields: Any) -> Json:
    """A synthetic patient."""
    return {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [
            {
                "system": "urn:oid:1.2.3",
                "value": "000123",
                "type": {"coding": [{"code": "PI"}]},
            }
        ],
        "name": [{"use": "official", "family": "LEFÈBVRE", "given": ["Noémie"]}],
        "birthDate": "1942-03-03",
        "gender": "female",
    } | fields


def order(**fields: Any) -> Json:
    """A synthetic order for that patient: bisoprolol 2.5 mg at eight."""
    return {
        "resourceType": "MedicationRequest",
        "id": "r1",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "medicationCodeableConcept": {"text": "bisoprolol"},
        "authoredOn": "2026-11-20T10:00:00+01:00",
        "dosageInstruction": [
            {
                "text": "2,5 mg le matin",
                "timing": {"repeat": {"timeOfDay": ["08:00:00"]}},
                "doseAndRate": [{"doseQuantity": {"value": 2.5, "unit": "mg", "code": "mg"}}],
            }
        ],
    } | fields


def allergy(**fields: Any) -> Json:
    """A synthetic allergy of that patient."""
    return {
        "resourceType": "AllergyIntolerance",
        "id": "a1",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "code": {"text": "Pénicilline"},
        "patient": {"reference": "Patient/p1"},
        "recordedDate": "2019-05-12",
    } | fields


def measure(code: str, value: Json, **fields: Any) -> Json:
    """A synthetic vital sign of that patient."""
    return {
        "resourceType": "Observation",
        "id": f"o-{code}",
        "status": "final",
        "category": [{"coding": [{"code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-21T06:00:00+01:00",
        "valueQuantity": value,
    } | fields
