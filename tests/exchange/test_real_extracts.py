"""I1, I2 and I5 on extracts that nobody in the project wrote."""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kit.ward.administration import AdministrationRecorded
from kit.ward.allergy import AllergyRecorded
from kit.ward.patient import PatientRegistered
from kit.ward.place import WardDescribed
from kit.ward.prescription_event import OrderStatus, PrescriptionRecorded
from kit.ward.snapshot import SnapshotImported
from kit.ward.stay import StayOpened
from kit.ward.vitals import VitalsRecorded
from tests.exchange.imports import Imported, run
from tests.real_data import real_data

EXTRACTS = {
    "fhir-hospital-clinosim/bulk": 9452,
    "fhir-hospital-clinosim/csv": 7378,
    "fhir-synthea-r4": 3533,
    "fhir-fr-core-2.2.0": 21,
    "fhir-fr-eprescription": 171,
    "fhir-r4-official-examples": 661,
}
_done: dict[str, Imported] = {}


def extract(name: str) -> Imported:
    """The import of one extract, made once."""
    folder, _slash, below = name.partition("/")
    path = real_data(folder) / below
    if name not in _done:
        _done[name] = run(path)
    return _done[name]


@pytest.mark.req("I1")
@pytest.mark.parametrize(("name", "units"), EXTRACTS.items())
def test_every_leaf_of_every_file_is_accounted_for(name: str, units: int) -> None:
    """mapped + kept + ignored + unmapped = leaves in, unit by unit, and nothing is passed over."""
    out = extract(name)
    assert len(out.units) == units
    for unit in out.units:
        _leaves, *fates = msgspec.structs.astuple(unit.account)
        assert unit.account.leaves == sum(fates), (unit.file, unit.position)
    tallied = sum(leaf.count for batch in out.batches for leaf in batch.leaves)
    assert tallied == out.account.leaves
    assert set(out.reasons()) <= {"intake.unknown_file"}


def test_the_bulk_hospital_is_read_whole() -> None:
    """What a ward needs first is there, in figures."""
    out = extract("fhir-hospital-clinosim/bulk")
    assert out.counts == {
        "patients": 37,
        "allergies": 26,
        "prescriptions": 275,
        "administrations": 1202,
        "observations": out.counts["observations"],
    }
    snapshot = out.one(SnapshotImported)
    assert {"allergies", "prescriptions", "administrations", "vitals"} <= set(snapshot.blocks)
    assert snapshot.extracted_at == 1_795_219_183_163
    assert sum(len(ward.beds) for ward in out.of(WardDescribed)) == 50
    described = {ward.ward for ward in out.of(WardDescribed)}
    assert {stay.ward for stay in out.of(StayOpened)} <= described
    assert not [one for one in out.of(PatientRegistered) if "record_missing" in one.identity_flags]
    linked = [one for one in out.of(AdministrationRecorded) if one.prescription]
    orders = {one.prescription for one in out.of(PrescriptionRecorded)}
    assert len(linked) == 1151
    assert {one.prescription for one in linked} <= orders


def newest(events: list[Any], key: Callable[[Any], str]) -> dict[str, Any]:
    return {key(one): one for one in sorted(events, key=lambda one: one.at)}


@pytest.mark.req("I2")
def test_bulk_and_flat_files_of_one_hospital_agree() -> None:
    """Same patients, stays, beds and active orders under the same ids.

    Declared differences: the flat files run two days past the snapshot (stays end, doses are
    given), know no allergy and no empty bed, keep the bed of a stay that is marked completed, and
    list some orders that the FHIR files word as procedures.
    """
    bulk, flat = extract("fhir-hospital-clinosim/bulk"), extract("fhir-hospital-clinosim/csv")
    people = [
        {
            (p.patient, p.ipp, p.birth_family, p.birth_given, p.sex)
            for p in out.of(PatientRegistered)
        }
        for out in (bulk, flat)
    ]
    assert people[0] == people[1]
    assert "allergies" not in flat.one(SnapshotImported).blocks
    assert not flat.of(AllergyRecorded)
    taken = bulk.one(SnapshotImported).extracted_at
    stays = {one.stay: one for one in flat.of(StayOpened)}
    for one in bulk.of(StayOpened):
        twin = stays.pop(one.stay)
        assert (twin.patient, twin.iep, twin.admitted_at) == (one.patient, one.iep, one.admitted_at)
        assert twin.ward == one.ward
        assert (0 < twin.closed_at <= taken) == bool(one.closed_at)
        if one.bed and not twin.closed_at:
            assert twin.bed == one.bed
    assert not stays
    active = [
        {
            one.prescription: one.generic
            for one in out.of(PrescriptionRecorded)
            if one.status == OrderStatus.ACTIVE
        }
        for out in (bulk, flat)
    ]
    stopped = {
        one.prescription
        for one in bulk.of(PrescriptionRecorded)
        if one.status == OrderStatus.STOPPED
    }
    both = active[0].keys() & active[1].keys()
    assert len(both) == 203
    assert not [
        key
        for key in active[1].keys() - both
        if key not in stopped and key in {one.prescription for one in bulk.of(PrescriptionRecorded)}
    ]
    assert all(active[0][key] in active[1][key] or active[1][key] in active[0][key] for key in both)


@pytest.mark.req("I2")
def test_the_last_vitals_agree() -> None:
    """Up to the snapshot, each last value of both sources is the same number at the same minute."""
    bulk, flat = extract("fhir-hospital-clinosim/bulk"), extract("fhir-hospital-clinosim/csv")
    taken = bulk.one(SnapshotImported).extracted_at
    compared = 0
    for patient in {one.patient for one in bulk.of(PatientRegistered)}:
        last = []
        for out in (bulk, flat):
            values: dict[str, tuple[int, str]] = {}
            for one in sorted(out.of(VitalsRecorded), key=lambda one: one.at):
                if one.patient == patient and one.at <= taken:
                    values |= {code: (one.at, value) for code, value in one.values.items()}
            last.append(values)
        for code in last[0].keys() & last[1].keys() - {"oxygen", "weight", "height", "acvpu"}:
            (at, value), (flat_at, flat_value) = last[0][code], last[1][code]
            if abs(at - flat_at) <= 180_000:
                compared += 1
                assert Decimal(value) == Decimal(flat_value), (patient, code)
    assert compared > 150


def test_rows_that_repeat_a_patient_make_one_patient() -> None:
    """58 rows, 37 people."""
    assert len(extract("fhir-hospital-clinosim/csv").of(PatientRegistered)) == 37


def plain(events: list[Any]) -> list[str]:
    return sorted(
        f"{type(one).__name__} {msgspec.json.encode(one, order='deterministic')!r}"
        for one in events
    )


@pytest.mark.req("I5")
def test_a_shuffled_extract_says_the_same(tmp_path: Path) -> None:
    """Lines in another order and files under other names: same snapshot, same events."""
    source = real_data("fhir-hospital-clinosim") / "bulk"
    chance = random.Random(7)
    for place, file in enumerate(sorted(source.glob("*.ndjson"))):
        lines = file.read_bytes().splitlines()
        chance.shuffle(lines)
        (tmp_path / f"{place:02d}.ndjson").write_bytes(b"\n".join(lines))
    before, after = extract("fhir-hospital-clinosim/bulk"), run(tmp_path)
    label = {"label": before.one(SnapshotImported).label}
    events = [
        msgspec.structs.replace(one, **label) if isinstance(one, SnapshotImported) else one
        for one in after.events
    ]
    assert plain(events) == plain(before.events)


@pytest.mark.req("I5")
@pytest.mark.parametrize("name", ["fhir-hospital-clinosim/csv", "fhir-r4-official-examples"])
def test_importing_again_adds_nothing_and_reports_the_same(name: str) -> None:
    """Every unit and every event is known the second time; the account does not change."""
    first = extract(name)
    store = {unit.sha256 for unit in first.units} | {
        key for batch in first.batches for key in batch.keys
    }
    folder, _slash, below = name.partition("/")
    again = run(real_data(folder) / below, known=store.__contains__)
    assert again.events == []
    assert not [unit for unit in again.units if unit.new]
    assert (again.account, again.counts, again.refused) == (
        first.account,
        first.counts,
        first.refused,
    )


@pytest.mark.req("I6")
@pytest.mark.parametrize("cut", [1, 3, 40, 120, 200])
def test_an_import_cut_short_is_finished_by_running_it_again(cut: int) -> None:
    """Killed after any batch: the second run makes exactly what was missing, and nothing twice."""
    whole = extract("fhir-hospital-clinosim/csv")
    kept = [batch for batch in whole.batches if not batch.empty][:cut]
    store = {unit.sha256 for batch in kept for unit in batch.units}
    store |= {key for batch in kept for key in batch.keys}
    rest = run(real_data("fhir-hospital-clinosim") / "csv", known=store.__contains__)
    made = [event for batch in kept for event, _ward in batch.outcomes] + rest.events
    assert plain(made) == plain(whole.events)
    assert (rest.account, rest.counts) == (whole.account, whole.counts)


def test_vitals_cut_before_their_sets_are_made_are_still_made(tmp_path: Path) -> None:
    """The measures were stored, their set was not: the next run makes it."""
    source = real_data("fhir-hospital-clinosim") / "bulk"
    for name in ("Patient", "Observation"):
        shutil.copy(source / f"{name}.ndjson", tmp_path)
    whole = run(tmp_path)
    store = {unit.sha256 for unit in whole.units}
    rest = run(tmp_path, known=store.__contains__)
    assert plain(rest.of(VitalsRecorded)) == plain(whole.of(VitalsRecorded))


def test_a_step_of_an_import_is_small() -> None:
    """It runs between a person's key presses: few units and few bytes each."""
    sizes: dict[str, int] = defaultdict(int)
    for batch in extract("fhir-hospital-clinosim/bulk").batches:
        sizes["units"] = max(sizes["units"], len(batch.units))
        sizes["bytes"] = max(sizes["bytes"], sum(len(unit.raw) for unit in batch.units))
        sizes["events"] = max(sizes["events"], len(batch.outcomes))
    assert sizes["units"] <= 32
    assert sizes["bytes"] <= 100_000
    assert sizes["events"] <= 80
