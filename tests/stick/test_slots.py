"""Which slot starts: GRUB's steps, over many starts and cuts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.stick import grubenv, slots
from kit.stick.layout import SLOTS, TRIES
from kit.stick.slots import Slots

COUNTS = st.integers(0, TRIES)
STATES = st.builds(Slots, st.sampled_from(SLOTS), st.fixed_dictionaries({"a": COUNTS, "b": COUNTS}))


def started(state: Slots, good: set[str], most: int = 16) -> tuple[list[str], Slots]:
    """The slots that were tried until a good one started; nothing marks it good."""
    tried = []
    for _ in range(most):
        slot, state = slots.choose(state)
        tried.append(slot)
        if slot in good:
            break
    return tried, state


@pytest.mark.req("HZ-232")
@given(STATES, st.sets(st.sampled_from(SLOTS), min_size=1))
def test_a_good_slot_starts_sooner_or_later(state: Slots, good: set[str]) -> None:
    """Whatever the counters say, also both at zero, some good slot starts."""
    tried, _ = started(state, good)
    assert tried[-1] in good
    assert len(tried) <= 2 * TRIES + TRIES


@given(STATES, st.integers(1, 40))
def test_power_cuts_alone_never_stop_a_kit(state: Slots, cuts: int) -> None:
    """Starts that nobody lived to mark as good use up the tries, and begin again."""
    for _ in range(cuts):
        _, state = slots.choose(state)
    assert started(state, {"a"})[0][-1] == "a"


def test_a_new_release_that_does_not_start_is_left_after_three_tries() -> None:
    """Then the old one starts, at once and every time after."""
    state = slots.after_update(Slots("a", {"a": 3, "b": 0}), "a")
    tried, state = started(state, {"a"})
    assert tried == ["b", "b", "b", "a"]
    assert slots.fell_back(state, "a")
    state = slots.mark_good(state, "a")
    assert started(state, {"a"})[0] == ["a"]


def test_a_slot_that_is_being_written_is_not_started() -> None:
    """Even where the running one was cut off three times."""
    state = slots.before_update(Slots("b", {"a": 3, "b": 1}), "b")
    assert started(state, set(), TRIES)[0] == ["b"] * TRIES


@given(STATES)
def test_what_is_written_is_read_by_the_next_start(state: Slots) -> None:
    """Through GRUB's own block; variables of others stay."""
    block = grubenv.render(slots.written(state, {"data_a": "x", "first": "a"}))
    found = grubenv.parse(block)
    assert slots.read(found) == state
    assert found is not None
    assert found["data_a"] == "x"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (None, Slots("a", {"a": 3, "b": 3})),
        ({"first": "c", "left_a": "7", "left_b": ""}, Slots("a", {"a": 0, "b": 0})),
        ({"first": "b", "left_a": "2"}, Slots("b", {"a": 2, "b": 3})),
    ],
)
def test_odd_variables_mean_what_grub_makes_of_them(
    variables: dict[str, str] | None, expected: Slots
) -> None:
    """Anything but 1, 2 and 3 is no try; a block that is missing means a new stick's."""
    assert slots.read(variables) == expected
