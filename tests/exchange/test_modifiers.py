"""I11 and I12: what changes the meaning is never shown as normal; "none known" is no silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kit.ward.administration import AdministrationRecorded, DoseStatus
from kit.ward.alert import AlertRaised
from kit.ward.allergy import AllergyRecorded, Certainty, NoKnownAllergy
from kit.ward.care_plan import CarePlanned
from kit.ward.note import NoteWritten
from kit.ward.prescription_event import OrderStatus, PrescriptionRecorded
from kit.ward.problem import ProblemRecorded
from kit.ward.result import ResultReceived
from kit.ward.snapshot import SnapshotImported
from kit.ward.stay import StayOpened
from kit.ward.vitals import VitalsRecorded
from tests.exchange.imports import Json, allergy, bundle, measure, order, patient, run

UNKNOWN = [{"url": "http://example.org/unknown", "valueBoolean": True}]


@pytest.mark.parametrize(
    "fields",
    [
        {"modifierExtension": UNKNOWN},
        {"doNotPerform": True},
        {"status": "unknown"},
        {"status": "bizarre"},
        {"intent": "option"},
        {"intent": ""},
        {"implicitRules": "http://example.org/rules"},
        {"medicationCodeableConcept": {}},
        {"dosageInstruction": [{"text": "x", "modifierExtension": UNKNOWN}]},
        {
            "dosageInstruction": [
                {"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "mg", "code": "ug"}}]}
            ]
        },
        {
            "dosageInstruction": [
                {"doseAndRate": [{"doseQuantity": {"value": 1, "comparator": "<"}}]}
            ]
        },
        {"dosageInstruction": [{"timing": {"repeat": {"timeOfDay": ["25:00:00"]}}}]},
        {"dosageInstruction": [{"timing": {"repeat": {"dayOfWeek": ["monday"]}}}]},
    ],
)
def test_an_order_that_is_not_understood_is_to_check(tmp_path: Path, fields: Json) -> None:
    """The line says what was not understood, and is not in force as it stands."""
    found = run(bundle(tmp_path, patient(), order(**fields))).one(PrescriptionRecorded)
    assert found.status == OrderStatus.TO_CHECK
    assert found.not_understood


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, OrderStatus.ACTIVE),
        ({"intent": "instance-order"}, OrderStatus.ACTIVE),
        ({"intent": "plan"}, OrderStatus.DRAFT),
        ({"intent": "proposal"}, OrderStatus.DRAFT),
        ({"status": "draft"}, OrderStatus.DRAFT),
        ({"status": "on-hold"}, OrderStatus.SUSPENDED),
        ({"status": "stopped"}, OrderStatus.STOPPED),
        ({"status": "cancelled"}, OrderStatus.STOPPED),
        ({"status": "completed"}, OrderStatus.STOPPED),
        ({"status": "entered-in-error"}, OrderStatus.STOPPED),
    ],
)
def test_each_status_of_an_order_is_kept_apart(
    tmp_path: Path, fields: Json, status: OrderStatus
) -> None:
    """Only an active order is in force."""
    found = run(bundle(tmp_path, patient(), order(**fields))).one(PrescriptionRecorded)
    assert found.status == status
    assert found.not_understood == ()


def given(**fields: Any) -> Json:
    return {
        "resourceType": "MedicationAdministration",
        "id": "m1",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "request": {"reference": "MedicationRequest/r1"},
        "medicationCodeableConcept": {"text": "bisoprolol"},
        "effectiveDateTime": "2026-11-21T08:10:00+01:00",
    } | fields


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, DoseStatus.GIVEN),
        ({"status": "stopped"}, DoseStatus.PARTIAL),
        (
            {"status": "not-done", "statusReason": [{"text": "Refus du patient"}]},
            DoseStatus.OMITTED,
        ),
        ({"status": "on-hold"}, DoseStatus.UNKNOWN),
        ({"status": "unknown"}, DoseStatus.UNKNOWN),
        ({"status": ""}, DoseStatus.UNKNOWN),
    ],
)
def test_a_dose_not_given_is_never_given(tmp_path: Path, fields: Json, status: DoseStatus) -> None:
    """Each status of a dose keeps its own meaning, and the order it belongs to."""
    out = run(bundle(tmp_path, patient(), order(), given(**fields)))
    found = out.one(AdministrationRecorded)
    assert found.status == status
    assert found.prescription == out.one(PrescriptionRecorded).prescription
    assert bool(found.not_understood) == (status == DoseStatus.UNKNOWN)


def test_a_refusal_keeps_its_reason(tmp_path: Path) -> None:
    """The reason is coded where it can be and stays in words."""
    dose = given(status="not-done", statusReason=[{"text": "Refus du patient"}])
    found = run(bundle(tmp_path, patient(), dose)).one(AdministrationRecorded)
    assert (found.reason, found.reason_text) == ("refused", "Refus du patient")


def test_a_dose_entered_in_error_is_not_a_dose(tmp_path: Path) -> None:
    """It is accounted for as withdrawn."""
    out = run(bundle(tmp_path, patient(), given(status="entered-in-error")))
    assert out.of(AdministrationRecorded) == []
    assert out.fates()["MedicationAdministration.status"] == {"ignored"}


@pytest.mark.parametrize(
    ("fields", "certainty", "doubt"),
    [
        ({}, Certainty.CONFIRMED, False),
        ({"verificationStatus": {"coding": [{"code": "unconfirmed"}]}}, Certainty.SUSPECTED, False),
        ({"verificationStatus": {"coding": [{"code": "refuted"}]}}, Certainty.REFUTED, False),
        (
            {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}},
            Certainty.REFUTED,
            True,
        ),
        ({"verificationStatus": {"coding": [{"code": "odd"}]}}, Certainty.UNKNOWN, True),
        ({"clinicalStatus": {"coding": [{"code": "resolved"}]}}, Certainty.CONFIRMED, True),
        ({"modifierExtension": UNKNOWN}, Certainty.CONFIRMED, True),
        ({"code": {}}, Certainty.CONFIRMED, True),
    ],
)
def test_an_allergy_says_how_sure_it_is(
    tmp_path: Path, fields: Json, certainty: Certainty, doubt: bool
) -> None:
    """A refuted allergy is refuted; what was not understood stands beside the line."""
    found = run(bundle(tmp_path, patient(), allergy(**fields))).one(AllergyRecorded)
    assert found.certainty == certainty
    assert bool(found.not_understood) is doubt


@pytest.mark.parametrize(
    "code",
    [
        {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}], "text": "NKA"},
        {"text": "Aucune allergie connue"},
    ],
)
def test_none_known_is_an_assertion(tmp_path: Path, code: Json) -> None:
    """Somebody said so, at a time."""
    out = run(bundle(tmp_path, patient(), allergy(code=code)))
    assert out.one(NoKnownAllergy).at > 0
    assert out.of(AllergyRecorded) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"modifierExtension": UNKNOWN},
        {"verificationStatus": {"coding": [{"code": "refuted"}]}},
        {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}},
        {"clinicalStatus": {"coding": [{"code": "inactive"}]}},
        {"code": {"text": "No known drug allergy", "coding": [{"code": "409137002"}]}},
    ],
)
def test_a_doubtful_or_partial_none_known_asserts_nothing(tmp_path: Path, fields: Json) -> None:
    """No drug allergy is not no allergy, and a withdrawn assertion is none."""
    nka = {"code": {"text": "NKA", "coding": [{"code": "716186003"}]}}
    out = run(bundle(tmp_path, patient(), allergy(**(nka | fields))))
    assert out.of(NoKnownAllergy) == []


def test_silence_about_allergies_is_no_answer(tmp_path: Path) -> None:
    """An extract without allergies does not claim to hold them."""
    silent = run(bundle(tmp_path, patient()))
    assert "allergies" not in silent.one(SnapshotImported).blocks
    assert silent.of(NoKnownAllergy) == []
    asked = run(bundle(tmp_path, patient(), allergy(), name="b.json"))
    assert "allergies" in asked.one(SnapshotImported).blocks


def test_an_empty_allergy_file_says_that_the_block_was_extracted(tmp_path: Path) -> None:
    """Nobody has one on record: "not collected", not "not in the extract"."""
    (tmp_path / "Patient.ndjson").write_text('{"resourceType":"Patient","id":"p1"}\n')
    (tmp_path / "AllergyIntolerance.ndjson").write_text("")
    assert "allergies" in run(tmp_path).one(SnapshotImported).blocks


@pytest.mark.parametrize(
    "fields",
    [
        {"valueQuantity": {"value": 101, "code": "[degF]", "unit": "degF"}},
        {"valueQuantity": {"value": 37, "code": "Cel", "comparator": ">"}},
        {"valueQuantity": {"value": "odd", "code": "Cel"}},
        {"status": "preliminary"},
        {"status": "registered"},
        {"modifierExtension": UNKNOWN},
        {"dataAbsentReason": {"text": "not performed"}, "valueQuantity": {}},
    ],
)
def test_a_measure_that_is_not_plain_is_no_vital_sign(tmp_path: Path, fields: Json) -> None:
    """It stays a result, in its own unit and with its own status; nothing is converted."""
    out = run(
        bundle(tmp_path, patient(), measure("8310-5", {"value": 37.2, "code": "Cel"}, **fields))
    )
    assert out.of(VitalsRecorded) == []
    assert len(out.of(ResultReceived)) == 1


def test_a_withdrawn_result_is_withdrawn(tmp_path: Path) -> None:
    """It replaces what an earlier extract said, and is not shown."""
    out = run(
        bundle(tmp_path, patient(), measure("8310-5", {"value": 37}, status="entered-in-error"))
    )
    assert out.one(ResultReceived).status == "withdrawn"


@pytest.mark.parametrize(
    ("resource", "event", "check"),
    [
        (
            {"resourceType": "Condition", "verificationStatus": {"coding": [{"code": "refuted"}]}},
            ProblemRecorded,
            lambda one: one.status == "refuted",
        ),
        (
            {
                "resourceType": "Condition",
                "verificationStatus": {"coding": [{"code": "provisional"}]},
            },
            ProblemRecorded,
            lambda one: one.not_understood,
        ),
        (
            {"resourceType": "Procedure", "status": "not-done", "code": {"text": "Biopsie"}},
            ProblemRecorded,
            lambda one: one.status == "refuted",
        ),
        (
            {"resourceType": "Flag", "status": "inactive", "code": {"text": "Isolement contact"}},
            AlertRaised,
            lambda one: one.ended,
        ),
        (
            {
                "resourceType": "Flag",
                "status": "active",
                "code": {"text": "Isolement"},
                "modifierExtension": UNKNOWN,
            },
            AlertRaised,
            lambda one: not one.ended and one.not_understood,
        ),
        (
            {
                "resourceType": "ServiceRequest",
                "status": "active",
                "intent": "order",
                "doNotPerform": True,
                "code": {"text": "Lever"},
            },
            CarePlanned,
            lambda one: "doNotPerform" in one.not_understood,
        ),
        (
            {"resourceType": "Encounter", "id": "e1", "status": "entered-in-error"},
            StayOpened,
            lambda one: one.closed_at,
        ),
    ],
)
def test_other_modifiers_keep_their_meaning(
    tmp_path: Path, resource: Json, event: type[Any], check: Any
) -> None:
    """Refuted, not done, over, forbidden: each is shown as that."""
    out = run(bundle(tmp_path, patient(), resource | {"subject": {"reference": "Patient/p1"}}))
    assert check(out.one(event))


def test_a_superseded_document_says_so(tmp_path: Path) -> None:
    """Its title begins with its status."""
    document = {
        "resourceType": "DocumentReference",
        "status": "superseded",
        "subject": {"reference": "Patient/p1"},
        "date": "2026-11-20T10:00:00Z",
        "content": [{"attachment": {"contentType": "text/plain", "data": "Qm9uam91cg=="}}],
    }
    note = run(bundle(tmp_path, patient(), document)).one(NoteWritten)
    assert note.target.startswith("superseded")
    assert note.data == "Bonjour"


def test_unknown_modifiers_are_red_in_the_report(tmp_path: Path) -> None:
    """They are unmapped and dangerous."""
    out = run(bundle(tmp_path, patient(), order(modifierExtension=UNKNOWN)))
    red = [leaf.path for batch in out.batches for leaf in batch.leaves if leaf.danger]
    assert any("modifierExtension" in path for path in red)
