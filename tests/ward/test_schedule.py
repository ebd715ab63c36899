"""When a dose is due: wall times over DST, intervals, weekdays; nothing malformed crashes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.clock import hhmm, local, local_instant
from kit.ward.schedule import Timing, clock_time, due_between, proposed, slot_key, unclear
from tests.ward.harness import DAY, HOUR, MINUTE, at


def dues(timing: Timing, since: int, until: int, start: int = 1, stop: int = 0) -> list[str]:
    """Planned times as `dd HH:MM`."""
    found = due_between(timing, start, stop, since, until)
    return [f"{local(due):%d} {hhmm(due)}" for due in found]


def test_wall_times_come_each_day() -> None:
    timing = Timing(times=("08:00", "20:00"))
    assert dues(timing, at(0), at(9, day=23)) == ["22 08:00", "22 20:00", "23 08:00"]


def test_a_slot_belongs_to_the_period_that_begins_with_it() -> None:
    timing = Timing(times=("08:00",))
    assert dues(timing, at(8), at(9)) == ["22 08:00"]
    assert dues(timing, at(7), at(8)) == []


def test_an_order_plans_from_its_start_to_its_stop_and_not_at_it() -> None:
    timing = Timing(times=("08:00", "12:00", "20:00"))
    assert dues(timing, at(0), at(23), start=at(9), stop=at(20)) == ["22 12:00"]


@pytest.mark.parametrize(
    ("day", "month", "expected"),
    [(29, 3, ["00:00", "03:30", "08:00"]), (25, 10, ["00:00", "02:30", "08:00"])],
)
def test_the_nights_when_clocks_change_keep_each_dose_once(
    day: int, month: int, expected: list[str]
) -> None:
    """02:30 that does not exist is given at 03:30; 02:30 that comes twice is given once."""
    midnight = local_instant(2026, month, day)
    timing = Timing(times=("00:00", "02:30", "08:00"))
    found = due_between(timing, 1, 0, midnight, local_instant(2026, month, day, 12))
    assert [hhmm(due) for due in found] == expected


def test_midnight_is_the_beginning_of_a_day_and_24_00_its_end() -> None:
    assert dues(Timing(times=("00:00",)), at(0), at(1)) == ["22 00:00"]
    assert dues(Timing(times=("24:00",)), at(0), at(1)) == ["22 00:00"]
    assert dues(Timing(times=("24:00",), days=(6,)), at(0), at(1)) == ["22 00:00"]


def test_a_weekly_drug_falls_on_its_day_only() -> None:
    """22 November 2026 is a Sunday."""
    assert dues(Timing(times=("08:00",), days=(7,)), at(0), at(0, day=29)) == ["22 08:00"]


def test_every_third_day_counts_from_its_first_day_whatever_window_is_asked() -> None:
    timing = Timing(times=("08:00",), every_days=3)
    start = at(7, day=20)
    for since in (at(0, day=20), at(0, day=21), at(12, day=22)):
        found = dues(timing, since, at(0, day=27), start=start)
        assert found == [day for day in ["20 08:00", "23 08:00", "26 08:00"]
                         if int(day[:2]) >= local(since).day]  # fmt: skip


def test_an_interval_runs_from_its_anchor_through_the_change_of_clocks() -> None:
    """Every 6 h is six hours of the patient's time, not of the wall's."""
    start = local_instant(2026, 10, 24, 18)
    found = due_between(Timing(every_min=360), start, 0, start, start + DAY)
    assert [hhmm(due) for due in found] == ["18:00", "00:00", "05:00", "11:00"]


def test_explicit_instants_are_kept_as_they_are() -> None:
    assert dues(Timing(at=(at(9), at(15))), at(10), at(20)) == ["22 15:00"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("08:00", (8, 0)), ("8h", (8, 0)), ("8h30", (8, 30)), ("08:00:00", (8, 0)),
     ("24:00", (24, 0)), ("25:99", None), ("24:01", None), ("08:60", None), ("matin", None),
     ("", None), ("8", None), ("٠٨:٠٠", None)],
)  # fmt: skip
def test_a_time_is_read_or_is_none(text: str, expected: tuple[int, int] | None) -> None:
    assert clock_time(text) == expected


@pytest.mark.parametrize(
    ("timing", "start", "count"),
    [
        (Timing(times=("25:99", "08:00")), 1, 1), (Timing(days=(0, 8), times=("08:00",)), 1, 2),
        (Timing(every_min=360), 0, 1), (Timing(every_min=360), 1, 0),
        (Timing(every_days=2, times=("08:00",)), 0, 1), (Timing(every_min=-5), 1, 1),
        (Timing(times=("08:00",)), 0, 0),
    ],
)  # fmt: skip
def test_what_no_certain_instant_follows_from_is_named(
    timing: Timing, start: int, count: int
) -> None:
    """Such an order is shown as to be checked, never as having nothing due."""
    assert len(unclear(timing, start)) == count


@pytest.mark.parametrize(
    ("frequency", "period", "times"),
    [(3, 1440, ("08:00", "14:00", "20:00")), (1, 480, ("00:00", "08:00", "16:00")),
     (5, 1440, ()), (1, 0, ()), (0, 0, ()), (1, 7 * 1440, ())],
)  # fmt: skip
def test_proposed_times_come_from_the_hospitals_table_and_say_so(
    frequency: int, period: int, times: tuple[str, ...]
) -> None:
    found = proposed(frequency, period)
    if frequency == 1 and period == 480:
        assert len(found.times) == 3
    else:
        assert found.times == times
    assert found.assumed is bool(found.times)


timings = st.builds(
    Timing,
    times=st.lists(st.one_of(st.times().map(lambda t: f"{t:%H:%M}"), st.text(max_size=5)),
                   max_size=4).map(tuple),
    days=st.lists(st.integers(-1, 9), max_size=3).map(tuple),
    every_min=st.integers(-10, 3000),
    every_days=st.integers(-2, 9),
    anchor=st.sampled_from((0, at(3), at(3) - 400 * DAY)),
    at=st.lists(st.integers(at(0), at(0) + 3 * DAY), max_size=3).map(tuple),
)  # fmt: skip


@given(timings, st.sampled_from((0, at(0) - DAY)), st.sampled_from((0, at(18))), st.integers(0, 48))
def test_whatever_a_source_wrote_slots_lie_inside_and_in_order(
    timing: Timing, start: int, stop: int, hours: int
) -> None:
    since, until = at(0), at(0) + hours * HOUR
    found = due_between(timing, start, stop, since, until)
    assert found == sorted(set(found))
    assert all(max(since, start) <= due < min(until, stop or until) for due in found)


@given(timings.filter(lambda timing: timing.anchor), st.integers(0, 47))
def test_two_windows_plan_the_same_as_one(timing: Timing, cut: int) -> None:
    """A dose is due or not, whatever part of the day a screen asks for."""
    since, until, middle = at(0), at(0) + 2 * DAY, at(0) + cut * HOUR
    whole = due_between(timing, 1, 0, since, until)
    parts = due_between(timing, 1, 0, since, middle) + due_between(timing, 1, 0, middle, until)
    assert len(whole) == 400 or parts == whole


@given(st.integers(-(10**18), 10**18), st.integers(-(10**18), 10**18))
def test_senseless_windows_give_an_answer(since: int, until: int) -> None:
    due_between(Timing(times=("08:00",)), 1, 0, since, until)


def test_two_kits_name_the_same_planned_dose_alike() -> None:
    assert slot_key("rx", at(8)) == slot_key("rx", at(8) + 59_999)
    assert slot_key("rx", at(8)) != slot_key("rx", at(8) + MINUTE)
