"""Rows in words: the four allergy states, doubt, sources; nothing unknown reads as nothing."""

from __future__ import annotations

import pytest

from kit.core.text import choose_language
from kit.gui.ward import board_cells, formats
from kit.ward.allergy import AllergyItem, AllergyRow
from kit.ward.board import BoardRow, NextDose
from kit.ward.medication_line import Run
from tests.gui.sample_ward import NOW


def _item(substance: str, certainty: str = "confirmed", *doubts: str) -> AllergyItem:
    return AllergyItem(
        allergy=substance, substance=substance, kind="allergy", reaction="", severity="",
        certainty=certainty, noted_at=0, by="", src="", doubts=doubts,
    )  # fmt: skip


def _allergies(state: str, *items: AllergyItem) -> AllergyRow:
    return AllergyRow(patient="p", state=state, items=items)


def _row(**facts: object) -> BoardRow:
    return BoardRow(**{"ward": "CARD", "bed": "201", "room": "", "patient": "p", **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("none_known", "Aucune allergie connue"),
        ("not_collected", "Allergies non recueillies"),
        ("unavailable", "Allergies indisponibles"),
    ],
)
def test_allergies_are_always_in_words(state: str, word: str) -> None:
    """PAB-0064: three states without a substance, three different sentences, no empty cell."""
    assert word in board_cells.alerts_cell(_row(allergies=_allergies(state))).plain()


def test_an_absent_answer_about_allergies_is_not_none() -> None:
    assert "indisponibles" in board_cells.alerts_cell(_row(allergies=None)).plain()


def test_every_substance_is_named_and_a_refuted_one_is_not() -> None:
    state = _allergies(
        "known", _item("Pénicilline"), _item("Iode", "refuted"), _item("Latex", "confirmed", "x")
    )
    said = board_cells.alerts_cell(_row(allergies=state)).plain()
    assert "Pénicilline" in said
    assert "Latex (à vérifier)" in said
    assert "Iode" not in said


def test_a_dose_in_doubt_is_not_shown_as_due() -> None:
    """A line that could not be read whole carries its doubt beside the time."""
    dose = NextDose(
        due=NOW, status="to_check", line=(Run("warfarine", True),), generic="warfarine",
        amount="3 mg", high_alert=True,
    )  # fmt: skip
    said = board_cells.dose_cell(_row(next_dose=dose), NOW).plain()
    assert "à vérifier" in said
    assert "HAUT RISQUE" in said
    assert "warfarine 3 mg" in said


def test_lateness_is_said_in_words() -> None:
    dose = NextDose(
        due=NOW - 32 * 60_000, status="late", line=(), generic="furosémide", amount="40 mg",
        high_alert=False,
    )  # fmt: skip
    assert "EN RETARD 32\u00a0min" in board_cells.dose_cell(_row(next_dose=dose), NOW).plain()


def test_an_incomplete_score_is_a_floor_never_a_total() -> None:
    row = _row(vitals={"hr": ("138", NOW)}, vitals_at=NOW, news2=None, news2_floor=3,
               news2_response="medium_single")  # fmt: skip
    assert "≥\u00a03" in board_cells.vitals_cell(row, NOW).plain()


def test_old_vital_signs_are_hatched_and_say_their_age() -> None:
    row = _row(vitals={"hr": ("70", NOW - 30 * 3_600_000)}, vitals_at=NOW - 30 * 3_600_000)
    cell = board_cells.vitals_cell(row, NOW)
    assert cell.stale
    assert "◷" in cell.plain()
    assert "30\u00a0h" in cell.plain()


def test_a_dead_patient_has_a_pattern_and_a_word() -> None:
    cell = board_cells.patient_cell(_row(family="Okonkwo", given="Jean", deceased_at=1), NOW)
    assert cell.stale
    assert "DÉCÉDÉ(E)" in cell.plain()


def test_an_unknown_name_is_said() -> None:
    assert formats.full_name("", "") == "Identité inconnue"
    assert formats.full_name("Durand", "") == "DURAND, prénom inconnu"


def test_what_the_import_did_not_understand_is_named() -> None:
    assert "x" in formats.doubt_text(("x",))
    assert formats.doubt_text("") == ""


def test_data_entered_here_says_so() -> None:
    choose_language("en")
    assert formats.Sources().text("", NOW) == "entered in the kit"
