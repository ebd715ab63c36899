"""Strangers who knock without end cost little, and never the turn of a kit that is known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kit.sync.doorkeeper import PLACES, Doorkeeper, Rates

RATES = Rates(place_burst=4, place_rate=1, all_burst=10, all_rate=2)


def let_in(keeper: Doorkeeper, places: list[str], now_ms: int = 0) -> int:
    """How many of these callers may try."""
    return sum(keeper.lets(place, now_ms) for place in places)


def test_one_place_has_its_burst_then_its_rate() -> None:
    keeper = Doorkeeper(RATES, 0)
    assert let_in(keeper, ["a"] * 20) == 4
    assert let_in(keeper, ["a"] * 20, 2_000) == 2


def test_many_places_share_one_burst() -> None:
    keeper = Doorkeeper(RATES, 0)
    assert let_in(keeper, [f"p{n}" for n in range(100)]) == 10


def test_a_known_place_keeps_its_turn_in_a_flood() -> None:
    keeper = Doorkeeper(RATES, 0)
    keeper.befriend("ward")
    let_in(keeper, [f"p{n}" for n in range(100)])
    assert keeper.lets("ward", 0)
    assert not keeper.lets("stranger", 0)


def test_a_clock_that_runs_back_gives_nothing() -> None:
    keeper = Doorkeeper(RATES, 10_000)
    assert let_in(keeper, ["a"] * 4, 10_000) == 4
    assert let_in(keeper, ["a"] * 4, 0) == 0


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 500)), max_size=300))
def test_no_order_of_calls_passes_the_sum_of_the_rates(calls: list[tuple[int, int]]) -> None:
    """Whatever the places and the pauses: burst + rate × time, for one and for all."""
    keeper, now, passed = Doorkeeper(RATES, 0), 0, dict.fromkeys(range(31), 0)
    for place, pause in calls:
        now += pause
        passed[place] += keeper.lets(str(place), now)
    assert all(count <= 4 + now / 1000 for count in passed.values())
    assert sum(passed.values()) <= 10 + 2 * now / 1000


def test_the_memory_is_bounded() -> None:
    keeper = Doorkeeper(Rates(), 0)
    for n in range(3 * PLACES):
        keeper.lets(f"p{n}", n)
        keeper.befriend(f"p{n}")
    assert len(keeper._places) <= PLACES
    assert len(keeper._friends) <= PLACES
