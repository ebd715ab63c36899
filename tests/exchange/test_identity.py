"""I13 and the people of an extract: the right status, one chart per person, never a merged one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.exchange.identity import nir_key_is_right
from kit.ward.allergy import AllergyRecorded
from kit.ward.directory import ContactRecorded
from kit.ward.patient import IdentityStatus, PatientRegistered
from kit.ward.place import WardDescribed
from kit.ward.stay import StayOpened
from tests.exchange.imports import Json, allergy, bundle, patient, run
from tests.real_data import real_data

ROOT = "urn:oid:1.2.250.1.213.1.4."
GOOD = "242033818500143"
"""A made-up matricule with a right key."""


def identified(status: str, *ins: tuple[str, str]) -> Json:
    extension = [
        {
            "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability",
            "extension": [{"url": "identityStatus", "valueCoding": {"code": status}}],
        }
    ]
    numbers = [{"system": ROOT + oid, "value": value} for oid, value in ins]
    found = patient()
    return found | {"extension": extension, "identifier": found["identifier"] + numbers}


@pytest.mark.parametrize(
    ("status", "ins", "wanted", "flags"),
    [
        ("VALI", [("8", GOOD)], IdentityStatus.QUALIFIED, ()),
        ("VALI", [("9", GOOD)], IdentityStatus.QUALIFIED, ()),
        ("VALI", [], IdentityStatus.VALIDATED, ()),
        ("PROV", [("8", GOOD)], IdentityStatus.RETRIEVED, ()),
        ("PROV", [], IdentityStatus.PROVISIONAL, ()),
        ("VALI", [("8", "242033818500100")], IdentityStatus.VALIDATED, ("ins_key_wrong",)),
        ("VALI", [("10", GOOD)], IdentityStatus.VALIDATED, ("ins_test",)),
        ("VALI", [("11", GOOD)], IdentityStatus.VALIDATED, ("ins_test",)),
        ("VALI", [("8", GOOD), ("9", GOOD)], IdentityStatus.VALIDATED, ("ins_several",)),
        ("DOUT", [("8", GOOD)], IdentityStatus.UNKNOWN, ("doubtful",)),
    ],
)
def test_the_status_of_an_identity(
    tmp_path: Path, status: str, ins: list[tuple[str, str]], wanted: str, flags: tuple[str, ...]
) -> None:
    """Only a validated identity with one sound real INS is qualified."""
    found = run(bundle(tmp_path, identified(status, *ins))).one(PatientRegistered)
    assert (found.identity, found.identity_flags) == (wanted, flags)
    assert found.ins == (ins[0][1] if ins else "")


def test_the_official_french_example_is_not_qualified() -> None:
    """Its own INS has a wrong key: flagged, kept, and never shown as qualified."""
    people = run(real_data("fhir-fr-core-2.2.0") / "examples").of(PatientRegistered)
    durand = next(one for one in people if one.birth_family == "Durand")
    assert durand.identity == IdentityStatus.VALIDATED
    assert "ins_key_wrong" in durand.identity_flags
    assert (durand.given_names, durand.birth_place) == ("Pierre Yves", "01006")


@given(st.from_regex(r"[12]\d{4}(?:\d\d|2A|2B)\d{6}", fullmatch=True))
def test_one_key_is_right_for_a_matricule(body: str) -> None:
    """Of all keys of two digits exactly one fits."""
    assert sum(nir_key_is_right(f"{body}{key:02d}") for key in range(1, 98)) == 1


@given(st.text(max_size=20))
def test_any_text_may_stand_where_a_matricule_is_expected(text: str) -> None:
    """It is wrong, not a fault."""
    assert nir_key_is_right(text) in (True, False)


def test_birth_and_used_names_are_told_apart(tmp_path: Path) -> None:
    """FR Core: official is the birth name, usual the used one; a maiden name is a birth name."""
    usual = patient(
        name=[{"use": "usual", "family": "MARTIN"}, {"use": "official", "family": "LEFÈBVRE"}]
    )
    found = run(bundle(tmp_path, usual)).one(PatientRegistered)
    assert (found.birth_family, found.used_family) == ("LEFÈBVRE", "MARTIN")
    maiden = patient(
        name=[{"use": "official", "family": "MARTIN"}, {"use": "maiden", "family": "LEFÈBVRE"}]
    )
    found = run(bundle(tmp_path, maiden, name="b.json")).one(PatientRegistered)
    assert (found.birth_family, found.used_family) == ("LEFÈBVRE", "MARTIN")


def test_two_people_under_one_number_are_two_charts(tmp_path: Path) -> None:
    """And both say that their number is shared."""
    other = patient(id="p2", name=[{"family": "DURAND"}], birthDate="1990-01-01")
    found = run(bundle(tmp_path, patient(), other)).of(PatientRegistered)
    assert len({one.patient for one in found}) == 2
    assert all("same_number" in one.identity_flags for one in found)


def test_the_same_person_twice_is_one_chart(tmp_path: Path) -> None:
    """Same number, same traits, in two records."""
    found = run(bundle(tmp_path, patient(), patient(id="p2"))).of(PatientRegistered)
    assert len({one.patient for one in found}) == 1


def test_a_missing_record_does_not_hide_an_allergy(tmp_path: Path) -> None:
    """A stand-in with an unknown identity carries what is known."""
    allergies = allergy(patient={"reference": "Patient/p9", "display": "Jeanne FICTIF"})
    out = run(bundle(tmp_path, patient(), allergies))
    stand_in = next(
        one for one in out.of(PatientRegistered) if "record_missing" in one.identity_flags
    )
    assert stand_in.birth_family == "Jeanne FICTIF"
    assert stand_in.identity == IdentityStatus.UNKNOWN


def test_a_death_dated_after_the_extract_is_flagged(tmp_path: Path) -> None:
    """It cannot be a fact yet, so the person is not shown as dead."""
    found = run(bundle(tmp_path, patient(deceasedDateTime="2031-01-01"))).one(PatientRegistered)
    assert (found.deceased_at, found.identity_flags) == (0, ("death_in_future",))


def located(status: str, **fields: Any) -> list[Json]:
    def place(key: str, kind: str, name: str, parent: str) -> Json:
        return {
            "resourceType": "Location",
            "id": key,
            "name": name,
            "partOf": {"reference": f"Location/{parent}"},
            "physicalType": {"coding": [{"code": kind}]},
        }

    stay = {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "in-progress",
        "subject": {"reference": "Patient/p1"},
        "period": {"start": "2026-11-20T10:00:00Z"},
        "location": [{"location": {"reference": "Location/b"}, "status": status}],
    }
    beds = [
        place("b", "bd", "Lit 101-P", "r"),
        place("r", "ro", "Chambre 101", "w"),
        place("w", "wa", "Service Cardiologie", "h"),
        place("h", "bu", "Bâtiment A", ""),
    ]
    return [*beds, patient(), stay | fields]


def test_a_bed_is_found_through_the_whole_hierarchy(tmp_path: Path) -> None:
    """Bed, room and ward, and the ward lists its beds."""
    out = run(bundle(tmp_path, *located("active")))
    stay = out.one(StayOpened)
    assert (stay.ward, stay.room, stay.bed, stay.closed_at) == ("Cardiologie", "101", "101-P", 0)
    ward = out.one(WardDescribed)
    assert [(bed.bed, bed.room) for bed in ward.beds] == [("101-P", "101")]
    assert (
        next(w for event, w in out.wards if isinstance(event, PatientRegistered)) == "Cardiologie"
    )


def test_who_left_a_bed_is_not_shown_in_it(tmp_path: Path) -> None:
    """The ward stays known, so that the patient does not vanish from every board."""
    stay = run(bundle(tmp_path, *located("completed"))).one(StayOpened)
    assert (stay.ward, stay.bed) == ("Cardiologie", "")


def test_a_contact_of_trust_is_marked(tmp_path: Path) -> None:
    """The link is read in French."""
    people = [
        {
            "relationship": [{"text": "Personne de confiance"}],
            "name": {"text": "Paul M."},
            "telecom": [{"system": "phone", "value": "06 00 00 00 02"}],
        }
    ]
    found = run(bundle(tmp_path, patient(contact=people))).one(ContactRecorded)
    assert (found.trusted, found.phone) == (True, "06 00 00 00 02")


def test_a_stand_in_outlives_the_record_that_made_it(tmp_path: Path) -> None:
    """The first record of the missing patient is refused; the next one still has its patient."""
    broken = allergy(patient={"reference": "Patient/p9"}, code={"text": "x" * 70_000})
    second = allergy(id="a2", patient={"reference": "Patient/p9"})
    out = run(bundle(tmp_path, broken, second))
    assert out.reasons() == ["intake.odd_shape"]
    assert out.one(AllergyRecorded).patient == out.one(PatientRegistered).patient
