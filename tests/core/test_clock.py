"""Instants: what is read from text, shown to people, and survives the nights clocks change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.clock import (
    CLOCK_AHEAD_LIMIT,
    DAY,
    EARLIEST,
    HOUR,
    LATEST,
    MINUTE,
    ClockQuality,
    Precision,
    date_text,
    day_start,
    hhmm,
    local,
    local_instant,
    moment_text,
    parse_instant,
    plausible_quality,
    span_text,
)
from kit.core.text import choose_language

NOON_22 = local_instant(2026, 11, 22, 12)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-22T11:00:00Z", NOON_22),
        ("2026-11-22T12:00:00+01:00", NOON_22),
        ("2026-11-22T12:00:00+0100", NOON_22),
        ("2026-11-22T12:00:00+01", NOON_22),
        ("2026-11-22T06:00:00-05:00", NOON_22),
        ("2026-11-22T16:45:00+05:45", NOON_22),
        ("2026-11-22T12:00", NOON_22),
        ("2026-11-22 12:00:00", NOON_22),
        ("2026-11-22T11:00:00.250Z", NOON_22 + 250),
        ("2026-11-22T11:00:00.2509999Z", NOON_22 + 250),
        ("2026-11-22T11:00:00.2Z", NOON_22 + 200),
        ("2026-11-22T10:59:60Z", NOON_22),
        ("22/11/2026 12:00", NOON_22),
        ("22/11/2026 12h00", NOON_22),
        ("22/11/2026 à 12:00", NOON_22),
        ("22/11/2026 12:00:30", NOON_22 + 30_000),
        ("22.11.2026 12:00", NOON_22),
        ("  2026-11-22T11:00:00Z\n", NOON_22),
        ("2024-02-29T11:00:00Z", local_instant(2024, 2, 29, 12)),
    ],
)
def test_a_moment_is_read_exactly(text: str, at: int) -> None:
    assert parse_instant(text) == (at, Precision.EXACT)


@pytest.mark.parametrize("text", ["2026-11-22", "22/11/2026", "22-11-2026"])
def test_a_date_alone_is_its_noon_and_says_so(text: str) -> None:
    assert parse_instant(text) == (NOON_22, Precision.DAY)


def test_single_digits_of_a_french_date_are_read() -> None:
    assert parse_instant("3/3/1942") == parse_instant("03/03/1942")


@pytest.mark.parametrize(
    "text",
    [
        "", "hier", "2026", "2026-11", "22/11/26", "2026-13-01", "2026-02-30", "2025-02-29",
        "31/04/2026", "2026-11-22T25:00:00Z", "2026-11-22T12:60", "2026-11-22T12:00:61",
        "2026-11-22T12:00:00+99:00", "2026-11-22T12:00:00+01:75", "0000-00-00",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "٢٠٢٦-١١-٢٢",
        "2026-11-22T12:00:00Zx", "22/11/2026 12:00 environ", "0000-01-01",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_none(text: str) -> None:
    """Never a guess: the importer then says that it could not read it."""
    assert parse_instant(text) is None


@given(st.text(max_size=30))
def test_any_text_gives_a_moment_or_none(text: str) -> None:
    parsed = parse_instant(text)
    assert parsed is None or EARLIEST < parsed[0] < LATEST


@given(st.datetimes())
def test_any_moment_a_calendar_has_can_be_shown_once_read(moment: object) -> None:
    """Years 1 and 9999 are dates that real extracts hold."""
    parsed = parse_instant(str(moment)[:19].replace(" ", "T") + "Z")
    if parsed:
        assert moment_text(parsed[0], NOON_22)


@pytest.mark.parametrize("at", [-(10**20), 10**20, EARLIEST, LATEST])
def test_a_senseless_number_is_shown_at_the_edge_and_breaks_no_screen(at: int) -> None:
    assert 1 <= local(at).year <= 9999


def test_the_hour_that_comes_twice_is_the_first_and_the_missing_one_is_an_hour_on() -> None:
    assert local_instant(2026, 10, 25, 2, 30) == local_instant(2026, 10, 25, 1, 30) + HOUR
    assert hhmm(local_instant(2026, 3, 29, 2, 30)) == "03:30"


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 29, 23), (10, 25, 25), (6, 1, 24)])
def test_a_day_begins_at_its_own_midnight(month: int, day: int, hours: int) -> None:
    start = day_start(local_instant(2026, month, day, 15))
    assert local_instant(2026, month, day + 1) - start == hours * HOUR


@given(st.integers(0, 4 * 10**12))
def test_the_start_of_a_day_is_midnight_before_and_within_a_day(at: int) -> None:
    start = day_start(at)
    assert (hhmm(start), date_text(start)) == ("00:00", date_text(at))
    assert 0 <= at - start < 25 * HOUR


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (local_instant(2026, 11, 22, 4, 8), "04:08"),
        (local_instant(2026, 11, 21, 22, 40), "21/11 22:40"),
        (local_instant(2025, 12, 31, 23, 59), "31/12/2025 23:59"),
    ],
)
def test_a_moment_says_no_more_than_is_needed(at: int, shown: str) -> None:
    assert moment_text(at, NOON_22) == shown


@pytest.mark.parametrize(
    ("ms", "french", "english"),
    [
        (0, "0 min", "0 min"), (8 * MINUTE, "8 min", "8 min"), (59 * MINUTE, "59 min", "59 min"),
        (HOUR, "1 h", "1 h"), (5 * HOUR + 41 * MINUTE, "5 h 41", "5 h 41"),
        (HOUR + 5 * MINUTE, "1 h 05", "1 h 05"), (-2 * HOUR, "2 h", "2 h"),
        (48 * HOUR - 1, "47 h 59", "47 h 59"), (48 * HOUR, "2 j", "2 d"),
        (900 * DAY, "900 j", "900 d"),
    ],
)  # fmt: skip
def test_a_span_is_said_in_whole_units(ms: int, french: str, english: str) -> None:
    assert span_text(ms).replace("\u00a0", " ") == french
    choose_language("en")
    assert span_text(ms).replace("\u00a0", " ") == english


@pytest.mark.parametrize(
    ("now", "quality"),
    [(1999, ClockQuality.UNKNOWN), (2000, ClockQuality.SET_BY_PERSON),
     (2000 + CLOCK_AHEAD_LIMIT, ClockQuality.SET_BY_PERSON),
     (2001 + CLOCK_AHEAD_LIMIT, ClockQuality.UNKNOWN)],
)  # fmt: skip
def test_a_clock_before_the_build_or_far_ahead_is_not_believed(
    now: int, quality: ClockQuality
) -> None:
    """sync.md §4.3 rule 2: 2001 and 2099."""
    assert plausible_quality(now, 2000, 1000) == quality
    assert plausible_quality(now, 1000, 2000) == quality
