"""The four answers to "is this patient allergic?", and who may change them."""

from __future__ import annotations

import pytest

from kit.core.command import Decision
from kit.ward.allergy import (
    Allergies,
    AllergyRecorded,
    AllergyRow,
    AssertNoKnownAllergy,
    NoKnownAllergy,
    RecordAllergy,
    RefuteAllergy,
    allergies_of,
)
from kit.ward.board import Board
from kit.ward.chart import Banner
from tests.ward.harness import DOCTOR, NURSE, Ward, at


def state(ward: Ward, patient: str = "p1") -> AllergyRow:
    """The answer for a patient."""
    row: AllergyRow = ward.ask(Allergies(patient=patient))
    return row


def allergy(substance: str = "Pénicilline", **facts: object) -> RecordAllergy:
    """An allergy of p1, told here."""
    said: dict[str, object] = {"patient": "p1", "substance": substance}
    return RecordAllergy(**(said | facts))  # type: ignore[arg-type]


def test_a_patient_entered_here_who_was_not_asked_is_not_collected(ward: Ward) -> None:
    assert state(ward).state == "not_collected"


def test_a_known_allergy_stands_with_its_author(ward: Ward) -> None:
    ward.do(allergy("  Pénicilline ", reaction="choc", certainty="confirmed"))
    row = state(ward)
    (item,) = row.items
    assert (row.state, item.substance, item.by) == ("known", "Pénicilline", "Claire Dubois")


def test_none_known_names_who_asked_and_when(ward: Ward) -> None:
    ward.do(AssertNoKnownAllergy(patient="p1"))
    row = state(ward)
    assert (row.state, row.asserted_by, row.asserted_at) == (
        "none_known", "Claire Dubois", ward.now,
    )  # fmt: skip


def test_an_allergy_told_after_none_known_wins(ward: Ward) -> None:
    """The safest reading is the one in effect."""
    ward.do(AssertNoKnownAllergy(patient="p1"))
    ward.do(allergy())
    assert state(ward).state == "known"


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [("allergies", "not_collected"), ("prescriptions", "unavailable"), ("", "unavailable"),
     ("no_allergies_here", "unavailable")],
)  # fmt: skip
def test_an_extract_without_the_block_answers_unavailable(
    ward: Ward, blocks: str, expected: str
) -> None:
    """Not in the extract is not "none"; banner and board say the same."""
    source = ward.extract(blocks=blocks)
    ward.admit("p2", "Durand", bed="C02", src=source)
    assert state(ward, "p2").state == expected
    assert ward.ask(Banner(patient="p2")).allergies.state == expected
    board = {row.patient: row for row in ward.ask(Board(ward="CARD"))}
    assert board["p2"].allergies.state == expected


def test_a_patient_whose_extract_is_not_yet_registered_is_unavailable(ward: Ward) -> None:
    """An import that was cut off has not said which blocks it held."""
    ward.admit("p2", "Durand", src="half-read")
    assert state(ward, "p2").state == "unavailable"


@pytest.mark.parametrize(
    "text", ["Aucune allergie connue", "aucune", "Pas d'allergie connue", "No Known Allergies"]
)
def test_a_source_that_writes_none_where_a_substance_stands_means_none_known(
    ward: Ward, text: str
) -> None:
    ward.record(
        AllergyRecorded(allergy="a", patient="p1", substance=text, by="Dr Aubry", noted_at=at(8))
    )
    row = state(ward)
    assert (row.state, row.asserted_by) == ("none_known", "Dr Aubry")
    assert isinstance(ward.decide(AssertNoKnownAllergy(patient="p1")), Decision)


def test_none_with_a_modifier_nobody_could_read_settles_nothing(ward: Ward) -> None:
    ward.record(
        AllergyRecorded(allergy="a", patient="p1", substance="aucune", not_understood=("sauf …",))
    )
    assert state(ward).state == "not_collected"


def test_no_known_drug_allergy_is_shown_in_its_own_words(ward: Ward) -> None:
    """It speaks of drugs alone, so it is not "none"."""
    ward.record(AllergyRecorded(allergy="a", patient="p1", substance="No known drug allergies"))
    assert state(ward).state == "known"


def test_none_known_is_refused_over_an_allergy_that_stands(ward: Ward) -> None:
    ward.do(allergy())
    assert ward.refused(AssertNoKnownAllergy(patient="p1")) == "allergy.some_known"


def test_a_refuted_allergy_stays_in_the_list_and_no_longer_counts(ward: Ward) -> None:
    ward.do(allergy())
    key = state(ward).items[0].allergy
    ward.do(RefuteAllergy(patient="p1", allergy=key, reason="test négatif"), DOCTOR)
    row = state(ward)
    assert (row.state, row.items[0].certainty) == ("not_collected", "refuted")
    ward.do(AssertNoKnownAllergy(patient="p1"))
    again = RefuteAllergy(patient="p1", allergy=key, reason="encore")
    assert ward.refused(again, DOCTOR) == "allergy.already_refuted"


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"reason": " "}, "allergy.reason_needed"), ({"allergy": "x"}, "allergy.unknown"),
     ({"patient": "p2"}, "allergy.unknown")],
)  # fmt: skip
def test_an_allergy_is_refuted_with_a_reason_on_its_own_chart(
    ward: Ward, facts: dict[str, str], code: str
) -> None:
    ward.do(allergy())
    key = state(ward).items[0].allergy
    command = RefuteAllergy(**({"patient": "p1", "allergy": key, "reason": "test"} | facts))
    assert ward.refused(command, DOCTOR) == code


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"patient": "nobody"}, "allergy.patient_unknown"),
        ({"substance": "  "}, "allergy.no_substance"),
        ({"substance": "Aucune allergie connue"}, "allergy.says_none"),
        ({"certainty": "refuted"}, "allergy.unknown_certainty"),
        ({"certainty": "sûr"}, "allergy.unknown_certainty"),
    ],
)
def test_what_is_no_allergy_is_refused(ward: Ward, facts: dict[str, str], code: str) -> None:
    assert ward.refused(allergy(**facts)) == code


def test_none_known_is_refused_for_a_patient_who_is_not_here(ward: Ward) -> None:
    assert ward.refused(AssertNoKnownAllergy(patient="nobody")) == "allergy.patient_unknown"


def test_an_assertion_of_an_extract_does_not_name_whoever_imported_it(ward: Ward) -> None:
    ward.record(NoKnownAllergy(patient="p1", at=at(8), src=ward.extract()), actor=NURSE)
    assert state(ward).asserted_by == ""


def test_nobody_asked_for_is_nobody_answered(ward: Ward) -> None:
    assert allergies_of(ward.db, []) == {}
