"""The account tells the truth: a leaf called mapped or kept changes what people see."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.exchange.accounting import Accountant
from kit.exchange.fhir.mapping import Desk
from kit.exchange.intake import open_source
from kit.exchange.leaf_rules import rule_table, rules_with_reasons, verdict
from kit.exchange.source import Found, Source
from kit.exchange.unit import Fate
from tests.real_data import real_data

# Read while the extract is surveyed, so that a change shows in other units' events.
SURVEYED = {
    "Location",
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "Medication",
    "RequestGroup",
    "Device",
}
# Read only where something else is missing or odd (a reference behind a label, `use: old`, two
# steps of one order), which none of the files shows.
SELDOM = {
    "Composition.author.reference",
    "DiagnosticReport.resultsInterpreter.reference",
    "Encounter.identifier",
    "Encounter.location",
    "MedicationAdministration.performer.actor.reference",
    "MedicationRequest.doNotPerform",
    "MedicationRequest.dosageInstruction.sequence",
    "MedicationRequest.medicationReference.display",
    "MedicationRequest.requester.reference",
    "Patient.extension(patient-birthPlace).valueAddress.city",
    "Observation.contained",
    "Observation.performer.reference",
    "Appointment.participant.actor.display",
    "Patient.contact.organization.reference",
    "Patient.contact.telecom.use",
    "Patient.generalPractitioner.reference",
    "Patient.id",
    "Patient.telecom.use",
    "RelatedPerson.telecom.use",
    "ServiceRequest.intent",
}
TRIES = 25

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=30,
)


def count(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(count, value.values()))
    if isinstance(value, list):
        return sum(map(count, value))
    return 1


@given(
    st.dictionaries(st.text(max_size=12), values, max_size=8),
    st.sampled_from(["Patient", "Odd", "Flag"]),
)
def test_the_equation_holds_for_anything(unit: dict[str, Any], kind: str) -> None:
    """Whatever a unit looks like, its leaves are all counted, once."""
    account = Accountant().shape(kind, unit).account
    assert account.leaves == count(unit)
    assert account.leaves == account.mapped + account.kept + account.ignored + account.unmapped


def test_a_leaf_that_no_line_names_is_unmapped() -> None:
    """Nothing is ignored by default."""
    assert verdict("Patient", "somethingNew").fate is Fate.UNMAPPED
    assert verdict("Unheard", "of.it").fate is Fate.UNMAPPED
    assert verdict("AllergyIntolerance", "code.modifierExtension(x).url").fate is Fate.UNMAPPED


def test_every_rule_that_ignores_has_a_reason() -> None:
    """And every reason is used."""
    used = {rule for lines in rule_table()["kind"].values() for rule in lines.get("ignored", {})}
    used |= rule_table()["beside"].keys() | rule_table()["anywhere"].keys()
    assert used <= rules_with_reasons().keys()
    assert all(len(reason) > 20 for reason in rules_with_reasons().values())


def trails(value: Any, path: str, trail: list[Any], found: dict[str, list[Any]]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            trails(item, f"{path}.{key}" if path else key, [*trail, key], found)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            trails(item, path + variant(path, item), [*trail, place], found)
    else:
        found.setdefault(path, trail)


def variant(path: str, item: Any) -> str:
    last = path.rpartition(".")[2]
    if isinstance(item, dict) and last in ("extension", "modifierExtension", "contained"):
        key = "resourceType" if last == "contained" else "url"
        return f"({str(item.get(key, '')).rpartition('/')[2].replace('.', '·')})"
    return ""


def changed(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if type(value) is not str:
        return [type(value)("7.25")]
    if value[:4].isdigit() and value[4:5] == "-":
        return ["1999" + value[4:]]
    return ["03:11:00"] if value[2:3] == ":" else [f"{value}X", "zzz"]


def seen(source: Source, desk: Desk, found: Found, value: dict[str, Any]) -> Any:
    desk.turn(found.file, b"0" * 32, found.own, modified=True)
    desk.gathered.clear()
    desk.gathered_by.clear()
    desk.gathered_notes.clear()
    source.map(Found(found.file, found.position, found.kind, b"", value, own=found.own), desk)
    gathered = (desk.gathered, desk.gathered_by, desk.gathered_notes)
    return msgspec.to_builtins([event for event, _ward in desk.events]), copy.deepcopy(gathered)


def lives(source: Source, desk: Desk, found: Found, trail: list[Any]) -> bool:
    assert found.value is not None
    seen(source, desk, found, found.value)
    before = seen(source, desk, found, found.value)
    for place in changed(_at(found.value, trail)):
        other = copy.deepcopy(found.value)
        _at(other, trail[:-1])[trail[-1]] = place
        seen(source, desk, found, other)
        if seen(source, desk, found, other) != before:
            return True
    return False


def _at(value: Any, trail: list[Any]) -> Any:
    for key in trail:
        value = value[key]
    return value


def dead_leaves(folder: Path, kind: str, alive: set[str], tried: dict[str, int]) -> None:
    """Change leaves of this extract until each path has shown itself, or was tried often enough."""
    source = open_source(folder, kind)
    for _step in source.survey():
        pass
    desk = source.start("SNAPSHOT", 1_795_342_800_000)
    units = list(source.units())
    random.Random(4).shuffle(units)
    for found in units:
        if found.value is None or found.kind in SURVEYED:
            continue
        paths: dict[str, list[Any]] = {}
        trails(found.value, "", [], paths)
        for path, trail in paths.items():
            name = f"{found.kind}.{path}"
            fate = verdict(found.kind, path).fate
            if fate not in (Fate.MAPPED, Fate.KEPT) or name in alive or tried[name] >= TRIES:
                continue
            desk.demoted = []
            seen(source, desk, found, found.value)
            if any(not prefix for prefix, _what in desk.demoted):
                continue
            tried[name] += 1
            if lives(source, desk, found, trail):
                alive.add(name)


@pytest.mark.slow
def test_what_is_called_mapped_changes_what_is_seen() -> None:
    """Each mapped or kept leaf of the real extracts, changed, changes an event somewhere."""
    alive: set[str] = set()
    tried: dict[str, int] = defaultdict(int)
    for folder, kind in (
        ("fhir-r4-official-examples", "fhir"),
        ("fhir-fr-core-2.2.0/examples", "fhir"),
        ("fhir-fr-eprescription", "fhir"),
        ("fhir-hospital-clinosim/bulk", "fhir-bulk"),
        ("fhir-hospital-clinosim/csv", "clinosim-csv"),
    ):
        name, _slash, below = folder.partition("/")
        dead_leaves(real_data(name) / below, kind, alive, tried)
    dead = {name for name in tried if name not in alive}
    dead = {name for name in dead if not any(name.startswith(seldom) for seldom in SELDOM)}
    assert len(alive) > 300
    assert dead == set()
