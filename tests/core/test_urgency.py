"""Addresses, delays, escalation and the courier's code: pure functions, tried as such."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.address import CELL, Address, answers_for, parse_address, units_of
from kit.core.courier_code import ALPHABET, LENGTH, courier_code, read_code
from kit.core.receipt import same_value
from kit.core.urgency import Priority, Step, delays, due, rings, stand_ins, step
from kit.people.permission import PROFESSIONS

MINUTE = 60_000
SENT = 1_795_000_000_000
STEPS = tuple(Step)
TIMES = st.integers(-10_000_000, 100_000_000)


@given(st.sampled_from([*Priority, "unknown"]), TIMES, TIMES)
def test_escalation_only_goes_forward_with_time(priority: str, one: int, other: int) -> None:
    early, late = sorted((SENT + one, SENT + other))
    assert STEPS.index(step(priority, SENT, early)) <= STEPS.index(step(priority, SENT, late))
    assert rings(priority, SENT, early) <= rings(priority, SENT, late)


@given(st.sampled_from([*Priority]), TIMES)
def test_nothing_escalates_before_an_answer_is_due(priority: str, passed: int) -> None:
    if not (limit := due(priority, SENT)) or SENT + passed < limit:
        assert step(priority, SENT, SENT + passed) == Step.WAIT


@given(st.sampled_from([*Priority]), st.integers(1, 100_000_000), st.integers(0, 10**9))
def test_a_deadline_of_its_own_is_kept(priority: str, until: int, passed: int) -> None:
    ack_by = SENT + until
    assert (step(priority, SENT, ack_by, ack_by) != Step.WAIT) is True
    assert step(priority, SENT, min(ack_by - 1, SENT + passed), ack_by) == Step.WAIT


def test_flash_follows_the_study() -> None:
    assert delays("flash").ack_min == 5
    assert [rings("flash", SENT, SENT + minute * MINUTE) for minute in (0, 4, 5, 10)] == [
        1,
        1,
        2,
        3,
    ]
    assert not delays("info").needs_ack
    assert rings("routine", SENT, SENT) == 0


@given(st.text(max_size=30), st.text(max_size=8), st.text(max_size=80))
def test_a_code_reads_back_however_it_is_typed(item: str, unit: str, text: str) -> None:
    code = courier_code(item, unit, text)
    assert len(code) == LENGTH
    assert read_code(code) == read_code(f" {code[:3].lower()}-{code[3:]} ") == code


@given(st.text(max_size=10), st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_always_found(item: str, place: int, sign: str) -> None:
    code = courier_code(item, "CARD", "x")
    changed = code[:place] + sign + code[place + 1 :]
    assert (read_code(changed) is None) is (changed != code)


@given(st.text(max_size=10), st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_two_signs_that_changed_places_are_always_found(item: str, one: int, other: int) -> None:
    code = list(courier_code(item, "CARD", "x"))
    changed = [*code]
    changed[one], changed[other] = code[other], code[one]
    assert (read_code("".join(changed)) is None) is (changed != code)


@given(st.text(max_size=12))
def test_no_text_breaks_the_reading_of_codes(text: str) -> None:
    found = read_code(text)
    assert found is None or (len(found) == LENGTH and set(found) <= set(ALPHABET))


def test_a_code_belongs_to_one_text_at_one_unit() -> None:
    codes = {
        courier_code(*parts)
        for parts in (
            ("a", "b", "c"),
            ("a", "b", "d"),
            ("a", "c", "c"),
            ("ab", "", "c"),
            ("a", "bc", ""),
        )
    }
    assert len(codes) == 5


@pytest.mark.parametrize(
    "text",
    ["", "MED", "@CARD", "MED@", "med@CARD", "MED@CARD@NEPH", "MED @CARD", "MED@A B", "**@X"],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert parse_address(text) is None


def test_all_wards_are_not_the_cell() -> None:
    every = Address("*", "*")
    assert units_of([every], ["CARD", "NEPH"]) == ("CARD", "NEPH")
    assert not every.names(CELL)
    assert not every.names("")
    assert units_of([every, Address("DIR", CELL)], ["CARD"]) == ("CARD", CELL)


def test_the_roles_of_addresses_are_professions() -> None:
    known = {*stand_ins(), *(one for many in stand_ins().values() for one in many)}
    assert known <= set(PROFESSIONS)
    assert answers_for([Address("CAD", "CARD")], "IDE", "CARD", stand_ins())
    assert not answers_for([Address("MED", "CARD")], "IDE", "CARD", stand_ins())


@pytest.mark.parametrize(
    ("typed", "expected", "same"),
    [
        ("18 H 30", "18 h 30", True),
        ("18h30", "18 h 30", False),
        ("0 rh neg", "0 RH NÉG", True),
        ("A+", "A-", False),
        ("2,5", "2.5", True),
        ("25", "2,5", False),
        ("1 000", "1 000", True),
        ("", "", True),
    ],
)
def test_values_are_the_same_by_what_they_say(typed: str, expected: str, same: bool) -> None:
    assert same_value(typed, expected) is same
