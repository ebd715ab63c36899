"""A prescription line: order, words and numbers of interface.md §9; ward.md §6 rule 11."""

from __future__ import annotations

import pytest

from kit.core.quantity import Quantity
from kit.core.text import choose_language
from kit.ward.medication_line import medication_line, plain_line, times_text
from kit.ward.prescription_event import PrescriptionRecorded
from kit.ward.schedule import Timing
from tests.ward.harness import at


def line(**facts: object) -> str:
    """The whole line, no-break spaces as plain ones."""
    said = {"prescription": "rx", "patient": "p1"} | facts
    runs = medication_line(PrescriptionRecorded(**said))  # type: ignore[arg-type]
    return plain_line(runs).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.req("WARD-11")
def test_a_whole_line_in_french() -> None:
    """Generic, brand, strength, form, dose, route, times, condition, until."""
    assert line(
        generic="PARACÉTAMOL", brand="Doliprane", strength="500 mg", form="comprimé",
        dose=Quantity("1000.0", "mg"), route="PO",
        timing=Timing(times=("08:00", "14:00", "20:00")), stop=at(12, day=25),
    ) == (
        "paracétamol — DOLIPRANE — 500 mg — comprimé — DOSE 1 000 mg — voie orale"
        " — 08:00 14:00 20:00 — jusqu’au 25/11/2026"
    )  # fmt: skip


def test_the_same_line_in_english() -> None:
    choose_language("en")
    assert line(
        generic="paracetamol", dose=Quantity("0.5", "g"), route="oral", as_needed=True,
        condition="pain", min_interval_min=240, max_24h=Quantity("4", "g"),
    ) == (
        "paracetamol — DOSE 0.5 g — by mouth — if needed: pain, at least 4 h apart,"
        " at most 4 g in 24 h"
    )  # fmt: skip


@pytest.mark.req("WARD-11")
@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("5.0", "mg", "5 mg"),
        (".5", "mg", "0,5 mg"),
        ("0.50", "mg", "0,5 mg"),
        ("50", "ug", "50 microgrammes"),
        ("50", "µg", "50 microgrammes"),
        ("1", "mcg", "1 microgramme"),
        ("10000", "[IU]", "10 000 unités"),
        ("6", "U", "6 unités"),
        ("1", "UI", "1 unité"),
        ("2", "cp", "2 comprimés"),
        ("10", "UI/h", "10 unités/h"),
        ("5", "cc", "5 mL"),
    ],
)
def test_doses_are_spelled_so_that_none_is_misread(value: str, unit: str, shown: str) -> None:
    """ward.md §6 rule 11: units spelled, no trailing zero, a leading zero."""
    assert f"DOSE {shown}" in line(generic="x", dose=Quantity(value, unit))


def test_as_needed_in_french_has_its_condition_interval_and_maximum() -> None:
    shown = line(
        generic="morphine", as_needed=True, condition="EN > 4", min_interval_min=90,
        max_24h=Quantity("60", "mg"),
    )  # fmt: skip
    assert shown == (
        "morphine — si besoin : EN > 4, espacer d’au moins 90 min, au plus 60 mg en 24 h"
    )


def test_without_a_drugs_name_the_sources_sentence_is_the_line() -> None:
    """A dose and a route without a name would be a drug nobody can tell."""
    facts = {"dose": Quantity("1", "g"), "route": "IV"}
    assert line(text="Perfusion selon protocole", **facts) == "Perfusion selon protocole"
    assert line(**facts) == "Prescription sans texte lisible"


def test_a_brand_alone_stands_in_the_names_place_and_bold() -> None:
    runs = medication_line(
        PrescriptionRecorded(prescription="rx", patient="p1", brand="Kardegic", dose_text="75 mg")
    )
    assert (runs[0].text, runs[0].bold) == ("KARDEGIC", True)


def test_a_brand_equal_to_the_generic_is_not_said_twice() -> None:
    assert line(generic="Paracétamol", brand="PARACETAMOL") == "Paracétamol"


def test_only_name_and_dose_are_bold_and_a_number_never_leaves_its_unit() -> None:
    data = PrescriptionRecorded(
        prescription="rx", patient="p1", generic="amoxicilline", dose=Quantity("1000", "mg"),
        route="IV",
    )  # fmt: skip
    runs = medication_line(data)
    assert [run.text for run in runs if run.bold] == ["amoxicilline", "1\u202f000\u00a0mg"]
    assert "DOSE\u00a0" in [run.text for run in runs]


@pytest.mark.parametrize(
    ("timing", "shown"),
    [
        (Timing(every_min=360), "toutes les 6 h"),
        (Timing(every_min=90), "toutes les 90 min"),
        (Timing(every_min=72 * 60), "tous les 3 jours"),
        (Timing(every_min=360, times=("06:00", "12:00")), "toutes les 6 h : 06:00 12:00"),
        (Timing(times=("08:00",)), "à 08:00"),
        (Timing(times=("08:00",), days=(1, 4)), "lundi, jeudi à 08:00"),
        (Timing(times=("08:00",), every_days=2), "tous les 2 jours à 08:00"),
        (Timing(times=("08:00", "20:00"), assumed=True), "08:00 20:00 (horaires proposés)"),
        (Timing(frequency=3, period_min=1440), "trois fois par jour"),
        (None, "trois fois par jour"),
    ],
)
def test_times_in_words(timing: Timing | None, shown: str) -> None:
    """Weekly days are named; the kit's own proposals say that they are."""
    data = PrescriptionRecorded(
        prescription="rx", patient="p1", generic="x", timing=timing,
        frequency_text="trois fois par jour",
    )  # fmt: skip
    assert times_text(data).replace("\u00a0", " ") == shown
