"""Vitals: what is typed is read or named, an unusual value is asked about once, nothing is lost."""

from __future__ import annotations

import pytest

from kit.core.command import Decision
from kit.core.errors import Refused
from kit.ward.patient import PatientRegistered
from kit.ward.vitals import (
    RecordVitals,
    VitalsHistory,
    VitalsRecorded,
    VitalsRow,
    latest_by_code,
)
from tests.ward.harness import HOUR, NURSE, OTHER_NURSE, Ward, at


def vitals(values: dict[str, str], **facts: object) -> RecordVitals:
    """A set of p1."""
    return RecordVitals(**({"patient": "p1", "values": values} | facts))  # type: ignore[arg-type]


def history(ward: Ward) -> list[VitalsRow]:
    """The sets of p1, newest first."""
    rows: list[VitalsRow] = ward.ask(VitalsHistory(patient="p1"))
    return rows


def test_comma_and_point_are_the_same_and_letters_are_read(ward: Ward) -> None:
    ward.do(vitals({"temp": " 37,2 ", "hr": "88", "oxygen": "1", "acvpu": "a", "pain": ""}))
    (row,) = history(ward)
    assert row.values == {"temp": "37.2", "hr": "88", "oxygen": "1", "acvpu": "A"}
    assert (row.actor_name, row.at) == ("Claire Dubois", ward.now)


def test_an_unknown_patient_is_refused(ward: Ward) -> None:
    assert ward.refused(vitals({"hr": "80"}, patient="nobody")) == "patient.unknown"


@pytest.mark.parametrize("values", [{}, {"hr": ""}, {"hr": "  "}])
def test_an_empty_set_is_refused(ward: Ward, values: dict[str, str]) -> None:
    assert ward.refused(vitals(values)) == "vitals.empty"


@pytest.mark.parametrize(
    ("code", "typed"),
    [("hr", "8O"), ("temp", "37 2"), ("weight", "1.000"), ("oxygen", "oui"), ("acvpu", "X"),
     ("hr", "80/min"), ("bp", "120"), ("hr", "nan")],
)  # fmt: skip
def test_what_cannot_be_read_is_named_and_nothing_is_recorded(
    ward: Ward, code: str, typed: str
) -> None:
    refused = ward.decide(vitals({code: typed, "rr": "16"}))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.args["codes"]) == ("vitals.unreadable", [code])


@pytest.mark.parametrize(("code", "typed"), [("temp", "44"), ("hr", "19"), ("spo2", "101")])
def test_an_unusual_value_is_asked_about_once_then_recorded(
    ward: Ward, code: str, typed: str
) -> None:
    """ward.md §4: implausible values ask once, then are accepted."""
    assert ward.refused(vitals({code: typed})) == "vitals.implausible"
    ward.do(vitals({code: typed}, confirmed=(code,)))
    assert history(ward)[0].values == {code: typed}


def test_a_diastolic_above_the_systolic_is_asked_about(ward: Ward) -> None:
    refused = ward.decide(vitals({"sbp": "80", "dbp": "120"}))
    assert isinstance(refused, Refused)
    assert refused.args["codes"] == ["dbp"]


@pytest.mark.req("WARD-17")
def test_one_bad_value_never_blocks_the_others(ward: Ward) -> None:
    """ward.md §6 rule 17: the rest is recorded, and how many, and which not, is said."""
    command = vitals({"hr": "88", "rr": "?", "temp": "47"}, keep_valid=True)
    decision = ward.decide(command)
    assert isinstance(decision, Decision)
    (notice,) = decision.notices
    assert notice.code == "vitals.partial"
    assert notice.args == {"recorded": 1, "entered": 3, "fields": "rr, temp"}
    ward.do(command)
    assert history(ward)[0].values == {"hr": "88"}
    assert ward.refused(vitals({"rr": "?"}, keep_valid=True)) == "vitals.empty"


@pytest.mark.parametrize(
    ("values", "told"),
    [({"rr": "16"}, False), ({"rr": "26"}, True), ({"rr": "22", "hr": "112"}, False)],
)
def test_a_score_that_calls_for_help_says_so(
    ward: Ward, values: dict[str, str], told: bool
) -> None:
    assert ("vitals.call" in ward.notices(vitals(values))) is told


@pytest.mark.req("WARD-15")
def test_a_set_entered_late_says_that_newer_ones_exist(ward: Ward) -> None:
    """ward.md §6 rule 15: the last values stay the last; a late set alone changes nothing."""
    assert ward.notices(vitals({"hr": "70"}, at=at(7))) == []
    ward.do(vitals({"hr": "90"}, at=at(9)))
    assert ward.notices(vitals({"hr": "70"}, at=at(7))) == ["vitals.late"]
    ward.do(vitals({"hr": "70"}, at=at(7)))
    assert latest_by_code(history(ward)) == {"hr": ("90", at(9))}


def test_a_measure_in_the_future_is_refused(ward: Ward) -> None:
    assert ward.refused(vitals({"hr": "80"}, at=ward.now + HOUR)) == "act.in_future"


@pytest.mark.req("WARD-16")
def test_a_correction_keeps_the_old_set_struck_and_readable(ward: Ward) -> None:
    """ward.md §6 rule 16: error = strike + reason."""
    (wrong,) = ward.do(vitals({"hr": "188"}))
    ward.do(vitals({"hr": "88"}, corrects=wrong, reason="typing"), OTHER_NURSE)
    new, old = history(ward)
    assert (new.values, new.struck_reason) == ({"hr": "88"}, "")
    assert (old.values, old.struck_reason, old.struck_by) == (
        {"hr": "188"}, "typing", "Élodie Roux",
    )  # fmt: skip
    assert latest_by_code([new, old])["hr"][0] == "88"


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"reason": ""}, "entry.reason_needed"), ({"reason": "other"}, "entry.reason_needed"),
     ({"reason": "typing", "patient": "p2"}, "entry.other_patient"),
     ({"reason": "typing", "corrects": 999}, "entry.unknown")],
)  # fmt: skip
def test_a_correction_needs_its_entry_its_patient_and_a_reason(
    ward: Ward, facts: dict[str, object], code: str
) -> None:
    ward.admit("p2", "Durand", bed="C02")
    (wrong,) = ward.do(vitals({"hr": "188"}))
    assert ward.refused(vitals({"hr": "88"}, **({"corrects": wrong} | facts))) == code


def test_a_set_of_an_extract_without_an_author_names_nobody(ward: Ward) -> None:
    """Whoever ran the import did not measure it."""
    source = ward.extract()
    ward.record(
        VitalsRecorded(patient="p1", at=at(6), values={"hr": "80"}, src=source), actor=NURSE
    )
    assert history(ward)[0].actor_name == ""


def test_a_value_of_an_extract_that_is_no_number_opens_all_the_same(ward: Ward) -> None:
    ward.record(VitalsRecorded(patient="p1", at=at(6), values={"spo2": ">95 %", "hr": "80"}))
    (row,) = history(ward)
    assert row.values["spo2"] == ">95 %"
    assert "spo2" in row.score.missing


def test_a_child_gets_no_score_and_no_call_for_an_adults_band(ward: Ward) -> None:
    """The set is recorded and shown; no team is called for a healthy newborn's pulse."""
    ward.record(
        PatientRegistered(patient="baby", birth_family="MARTIN", birth_date="2026-11-21"),
    )
    values = {"hr": "140", "rr": "40", "spo2": "97", "oxygen": "0", "temp": "37", "acvpu": "A",
              "sbp": "70"}  # fmt: skip
    decided = ward.decide(vitals(values, patient="baby"))
    assert isinstance(decided, Decision)
    assert [notice.code for notice in decided.notices] == []
    ward.do(vitals(values, patient="baby"))
    (row,) = ward.ask(VitalsHistory(patient="baby"))
    assert (row.score.total, row.score.excluded) == (None, "age")
    assert row.values["hr"] == "140"
