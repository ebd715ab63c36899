"""I10: prescriptions keep their whole sentence, and no time is invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.core.clock import local_instant
from kit.core.quantity import Quantity
from kit.ward.prescription_event import OrderStatus, PrescriptionRecorded
from kit.ward.schedule import Timing, due_between
from tests.exchange.imports import Json, bundle, order, patient, run
from tests.real_data import real_data


def timed(tmp_path: Path, repeat: Json, **timing: object) -> PrescriptionRecorded:
    instruction = {"text": "selon prescription", "timing": {"repeat": repeat, **timing}}
    return run(bundle(tmp_path, patient(), order(dosageInstruction=[instruction]))).one(
        PrescriptionRecorded
    )


@pytest.mark.parametrize(
    ("repeat", "wanted"),
    [
        ({"timeOfDay": ["20:00:00", "08:00:00"]}, Timing(times=("08:00", "20:00"))),
        (
            {"timeOfDay": ["09:00:00"], "dayOfWeek": ["tue", "fri"]},
            Timing(times=("09:00",), days=(2, 5)),
        ),
        (
            {"timeOfDay": ["09:00:00"], "period": 2, "periodUnit": "d"},
            Timing(times=("09:00",), every_days=2),
        ),
        (
            {"frequency": 1, "period": 6, "periodUnit": "h"},
            Timing(every_min=360, frequency=1, period_min=360),
        ),
        (
            {"frequency": 1, "period": 72, "periodUnit": "h"},
            Timing(every_min=4320, frequency=1, period_min=4320),
        ),
        (
            {"frequency": 2, "period": 1, "periodUnit": "d"},
            Timing(times=("08:00", "20:00"), frequency=2, period_min=1440, assumed=True),
        ),
        ({"when": ["EVE"]}, Timing(times=("20:00",), assumed=True)),
    ],
)
def test_a_timing_is_planned_as_it_was_said(tmp_path: Path, repeat: Json, wanted: Timing) -> None:
    """Exact times are exact; the kit's own proposals are marked as such."""
    assert timed(tmp_path, repeat).timing == wanted


@pytest.mark.parametrize(
    "repeat",
    [
        {"frequency": 1, "frequencyMax": 4, "period": 1, "periodUnit": "d"},
        {"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"},
        {"when": ["AC"]},
        {"when": ["MORN", "ODD"]},
        {"frequency": 5, "period": 1, "periodUnit": "mo"},
        {"frequency": -1, "period": 1, "periodUnit": "d"},
        {"frequency": 1, "period": 0, "periodUnit": "h"},
    ],
)
def test_what_cannot_be_planned_stays_in_words(tmp_path: Path, repeat: Json) -> None:
    """No slot is made from it, and the words stand on the line."""
    found = timed(tmp_path, repeat)
    assert found.timing is None or not found.timing.plans
    assert found.frequency_text or found.text


def test_bounds_become_start_and_stop(tmp_path: Path) -> None:
    """By dates, or by a duration from the order's own time."""
    dated = timed(
        tmp_path,
        {
            "boundsPeriod": {
                "start": "2026-11-20T08:00:00+01:00",
                "end": "2026-11-22T08:00:00+01:00",
            }
        },
    )
    assert dated.start == local_instant(2026, 11, 20, 8)
    assert dated.stop == local_instant(2026, 11, 22, 8)
    lasting = timed(tmp_path, {"boundsDuration": {"value": 2, "code": "d", "unit": "jours"}})
    assert lasting.stop == local_instant(2026, 11, 22, 10)
    assert lasting.duration_text == "2 jours"


def test_if_needed_keeps_condition_limits_and_interval(tmp_path: Path) -> None:
    """All three stand in fields that the rules of administration read."""
    instruction = {
        "asNeededCodeableConcept": {"text": "douleur"},
        "additionalInstruction": [{"text": "Délais minimum entre 2 prises : 4h"}],
        "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "g", "code": "g"}}],
        "maxDosePerPeriod": {
            "numerator": {"value": 4, "unit": "g"},
            "denominator": {"value": 24, "code": "h"},
        },
    }
    found = run(bundle(tmp_path, patient(), order(dosageInstruction=[instruction]))).one(
        PrescriptionRecorded
    )
    assert (found.as_needed, found.condition) == (True, "douleur")
    assert found.max_24h == Quantity("4", "g")
    assert found.min_interval_min == 240


def test_a_decimal_is_kept_digit_for_digit(tmp_path: Path) -> None:
    """No binary float ever stands between the source and the line."""
    path = bundle(tmp_path, patient(), order())
    path.write_text(path.read_text().replace("2.5,", "0.3300000000000000000001,"))
    found = run(path).one(PrescriptionRecorded)
    assert found.dose == Quantity("0.3300000000000000000001", "mg")


def test_no_instruction_is_lost(tmp_path: Path) -> None:
    """Several instructions are several lines, each with its own dose and times."""
    steps = [
        {
            "doseAndRate": [{"doseQuantity": {"value": dose, "unit": "mg"}}],
            "timing": {"repeat": {"timeOfDay": [hour]}},
        }
        for dose, hour in ((40, "08:00:00"), (20, "20:00:00"))
    ]
    found = run(bundle(tmp_path, patient(), order(dosageInstruction=steps))).of(
        PrescriptionRecorded
    )
    assert [one.dose for one in found] == [Quantity("40", "mg"), Quantity("20", "mg")]
    assert len({one.prescription for one in found}) == 2
    assert {one.status for one in found} == {OrderStatus.ACTIVE}


def test_steps_without_dates_are_to_check(tmp_path: Path) -> None:
    """Forty for two days, then twenty: shown at once they would be sixty."""
    steps = [
        {"sequence": place, "doseAndRate": [{"doseQuantity": {"value": dose, "unit": "mg"}}]}
        for place, dose in ((1, 40), (2, 20))
    ]
    found = run(bundle(tmp_path, patient(), order(dosageInstruction=steps))).of(
        PrescriptionRecorded
    )
    assert {one.status for one in found} == {OrderStatus.TO_CHECK}


def test_two_orders_with_one_number_stay_two(tmp_path: Path) -> None:
    """A number that the source used twice never makes one order of two."""
    number = [{"system": "urn:x", "value": "77"}]
    both = (order(identifier=number), order(identifier=number, id="r2", status="stopped"))
    found = run(bundle(tmp_path, patient(), *both)).of(PrescriptionRecorded)
    assert len({one.prescription for one in found}) == 2


def test_every_french_prescription_shows_its_sentence_and_declares_what_it_cannot_plan() -> None:
    """The rendered sentence and the pharmacist's text are on the line, whatever is structured."""
    out = run(real_data("fhir-fr-eprescription"))
    lines = out.of(PrescriptionRecorded)
    assert out.counts["prescriptions"] == 60
    assert all(one.text for one in lines)
    assert all(one.generic or "medication" in one.not_understood for one in lines)
    assert any("Prescription textuelle" in one.text for one in lines)
    unplanned = [one for one in lines if one.timing is None or not one.timing.plans]
    assert all(
        one.frequency_text or one.as_needed or one.rate or one.not_understood or one.text
        for one in unplanned
    )
    alternatives = [one for one in lines if "intolérance" in " ".join(one.not_understood)]
    assert {one.status for one in alternatives} == {OrderStatus.TO_CHECK}
    assert alternatives


def test_french_exact_times_make_exact_slots() -> None:
    """`40 mg le soir` at eight in the evening is due once a day, at that hour."""
    lines = run(real_data("fhir-fr-eprescription")).of(PrescriptionRecorded)
    exact = [one for one in lines if one.timing and one.timing.times and not one.timing.assumed]
    assert exact
    for one in exact:
        assert one.timing is not None
        due = due_between(
            one.timing, 0, 0, local_instant(2026, 11, 16), local_instant(2026, 11, 23)
        )
        days = 7 if not one.timing.days and one.timing.every_days < 2 else len(one.timing.days) or 1
        assert len(due) >= days
