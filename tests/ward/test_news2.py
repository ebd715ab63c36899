"""NEWS2 against the chart of the Royal College of Physicians (2017), both SpO₂ scales."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.clock import local_instant
from kit.ward.news2 import PARAMETERS, news2, news2_excluded

# RCP 2017, chart 1, value by value at each edge: parameter → (value, points).
CHART = {
    "rr": [("8", 3), ("9", 1), ("11", 1), ("12", 0), ("20", 0), ("21", 2), ("24", 2), ("25", 3)],
    "spo2": [("91", 3), ("92", 2), ("93", 2), ("94", 1), ("95", 1), ("96", 0), ("100", 0)],
    "sbp": [("90", 3), ("91", 2), ("100", 2), ("101", 1), ("110", 1), ("111", 0), ("219", 0),
            ("220", 3)],
    "hr": [("40", 3), ("41", 1), ("50", 1), ("51", 0), ("90", 0), ("91", 1), ("110", 1),
           ("111", 2), ("130", 2), ("131", 3)],
    "temp": [("35.0", 3), ("35.1", 1), ("36.0", 1), ("36.1", 0), ("38.0", 0), ("38.1", 1),
             ("39.0", 1), ("39.1", 2)],
    "acvpu": [("A", 0), ("C", 3), ("V", 3), ("P", 3), ("U", 3)],
    "oxygen": [("0", 0), ("1", 2)],
}  # fmt: skip
SCALE_2 = {
    "0": [("83", 3), ("84", 2), ("85", 2), ("86", 1), ("87", 1), ("88", 0), ("92", 0), ("93", 0),
          ("94", 0), ("97", 0), ("100", 0)],
    "1": [("83", 3), ("84", 2), ("85", 2), ("86", 1), ("87", 1), ("88", 0), ("92", 0), ("93", 1),
          ("94", 1), ("95", 2), ("96", 2), ("97", 3), ("100", 3)],
}  # fmt: skip
CALM = {"rr": "16", "spo2": "98", "oxygen": "0", "sbp": "120", "hr": "70", "acvpu": "A",
        "temp": "37.0"}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "value", "points"),
    [(code, value, points) for code, row in CHART.items() for value, points in row],
)
def test_each_edge_of_the_chart(code: str, value: str, points: int) -> None:
    """Every band of scale 1 begins and ends where the chart says."""
    assert news2(CALM | {code: value}, 1).points[code] == points


@pytest.mark.parametrize(
    ("oxygen", "value", "points"),
    [(oxygen, value, points) for oxygen, row in SCALE_2.items() for value, points in row],
)
def test_each_edge_of_scale_2(oxygen: str, value: str, points: int) -> None:
    """Scale 2 differs on air and on oxygen: too much oxygen scores too."""
    assert news2(CALM | {"oxygen": oxygen, "spo2": value}, 2).points["spo2"] == points


@pytest.mark.parametrize(
    ("code", "value", "points"),
    [("rr", "11.5", 1), ("rr", "20.5", 2), ("spo2", "91.5", 3), ("sbp", "90.4", 3),
     ("hr", "90.5", 1), ("temp", "36.05", 1), ("temp", "38.05", 1), ("temp", "39.04", 2)],
)  # fmt: skip
def test_a_value_between_two_bands_takes_the_more_severe(
    code: str, value: str, points: int
) -> None:
    assert news2(CALM | {code: value}, 1).points[code] == points


@pytest.mark.parametrize(
    ("values", "total", "response"),
    [
        ({}, 0, "low"),
        ({"rr": "21", "hr": "95"}, 3, "low"),
        ({"rr": "25"}, 3, "medium_single"),
        ({"rr": "21", "hr": "95", "oxygen": "1"}, 5, "medium"),
        ({"rr": "25", "oxygen": "1"}, 5, "medium"),
        ({"rr": "25", "oxygen": "1", "hr": "115"}, 7, "high"),
    ],
)
def test_the_response_follows_the_total_and_single_extremes(
    values: dict[str, str], total: int, response: str
) -> None:
    score = news2(CALM | values, 1)
    assert (score.total, score.response) == (total, response)


def test_an_incomplete_set_has_a_floor_and_no_total() -> None:
    """A score that misses a measure is never shown as a total."""
    score = news2({"rr": "25", "spo2": "90"}, 1)
    assert (score.total, score.floor, score.response) == (None, 6, "medium")
    assert set(score.missing) == set(PARAMETERS) - {"rr", "spo2"}


def test_a_calm_incomplete_set_calls_for_nothing_and_reassures_nobody() -> None:
    assert news2({"rr": "16"}, 1).response == ""


def test_scale_2_scores_no_saturation_while_oxygen_is_unknown() -> None:
    values = {code: value for code, value in CALM.items() if code != "oxygen"}
    assert "spo2" in news2(values, 2).missing


@given(
    st.dictionaries(st.sampled_from(PARAMETERS), st.text(max_size=8)),
    st.integers(-1, 4),
)
def test_whatever_an_extract_writes_the_score_never_fails(
    values: dict[str, str], scale: int
) -> None:
    """A value that cannot be read counts as missing; the chart opens all the same."""
    score = news2(values, scale)
    assert (score.total is None) == bool(score.missing)
    assert score.floor == sum(score.points.values())


@given(st.decimals(0, 300, places=2, allow_nan=False), st.sampled_from(("rr", "hr", "sbp")))
def test_a_fraction_never_scores_less_than_its_neighbours_allow(value: object, code: str) -> None:
    """More severe of the two whole numbers around it, exactly."""
    number = float(str(value))
    around = [
        news2(CALM | {code: str(int(number) + step)}, 1).points[code]
        for step in ((0, 1) if number % 1 else (0,))
    ]
    assert news2(CALM | {code: str(value)}, 1).points[code] == max(around)


@pytest.mark.parametrize(
    ("birth_date", "alerts", "why"),
    [
        ("2010-11-23", (), "age"),
        ("2010-11-22", (), ""),
        ("2026-11-21", (), "age"),
        ("2012", (), "age"),
        ("2010", (), ""),
        ("", (), ""),
        ("1990-05-04", ("fall", "pregnancy"), "pregnancy"),
        ("1942-03-03", ("fall",), ""),
    ],
)
def test_the_score_is_not_for_children_nor_in_pregnancy(
    birth_date: str, alerts: tuple[str, ...], why: str
) -> None:
    """An adult's bands on a newborn would call the emergency team for a healthy child."""
    now = local_instant(2026, 11, 22, 10, 0)
    assert news2_excluded(birth_date, now, alerts) == why


def test_where_it_is_excluded_nothing_is_scored_and_the_reason_is_said() -> None:
    """No points, no total, no response: a reason in their place."""
    score = news2(CALM | {"rr": "45"}, 1, "age")
    assert (score.total, score.points, score.response, score.excluded) == (None, {}, "", "age")
