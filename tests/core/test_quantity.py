"""Numbers and units: what is typed, kept and shown is one and the same value."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.quantity import Quantity, number_text, parse_decimal, unit_text
from kit.core.text import LANGUAGES, choose_language

decimals = st.decimals(-(10**9), 10**9, places=4, allow_nan=False)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("37,2", "37.2"), ("37.2", "37.2"), (" 37,2 ", "37.2"), ("0,5", "0.5"), ("-5", "-5"),
        ("+5", "5"), ("1 000", "1000"), ("1\u202f000", "1000"), ("1\u00a0000,5", "1000.5"),
        ("12 345 678", "12345678"), ("0,125", "0.125"), ("0.500", "0.500"),
        ("1234,567", "1234.567"),
    ],
)  # fmt: skip
def test_a_number_is_read_with_comma_or_point(typed: str, value: str) -> None:
    assert parse_decimal(typed) == Decimal(value)


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "1.000", "1,000", "12.345", "999,999", "-1,000", "37 2", "1 00", "12 34 567",
        ",5", "5,", "1,2,3", "1.000,5", "1e3", "nan", "inf", "0x10", "douze", "٣٧", "1_000", "--5",
        "1" * 60,
    ],
)  # fmt: skip
def test_what_reads_two_ways_or_none_is_refused(typed: str) -> None:
    """interface.md §9.3: a thousand to some, one to others."""
    assert parse_decimal(typed) is None


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        ("5.0", "5", "5"), ("0.50", "0,5", "0.5"), (".5", "0,5", "0.5"), ("1000", "1 000", "1 000"),
        ("1234567.5", "1 234 567,5", "1 234 567.5"), ("-0.0", "0", "0"),
        ("-12.30", "-12,3", "-12.3"),
        ("007", "7", "7"), ("1E+3", "1 000", "1 000"), ("1E-3", "0,001", "0.001"),
        ("trois", "trois", "trois"), ("NaN", "NaN", "NaN"), ("1e999999999", "1e999999999",
         "1e999999999"),
    ],
)  # fmt: skip
def test_a_number_is_shown_without_trailing_zero_and_with_a_leading_one(
    value: str, french: str, english: str
) -> None:
    """ward.md §6 rule 11."""
    assert number_text(value).replace("\u202f", " ") == french
    choose_language("en")
    assert number_text(value).replace("\u202f", " ") == english


@given(decimals, st.sampled_from(LANGUAGES))
def test_what_is_shown_is_read_back_as_the_same_value(value: Decimal, language: str) -> None:
    """Or refused where it reads two ways (12,345): never read as another value."""
    choose_language(language)
    shown = number_text(str(value))
    read = parse_decimal(shown)
    ambiguous = len(shown.partition("," if language == "fr" else ".")[2]) == 3
    assert read == value or (read is None and ambiguous)


@given(decimals, st.sampled_from(LANGUAGES))
def test_nothing_shown_ends_with_a_needless_zero(value: Decimal, language: str) -> None:
    choose_language(language)
    shown = number_text(str(value))
    mark = "," if language == "fr" else "."
    assert not (mark in shown and shown.endswith(("0", mark)))
    assert shown.lstrip("-")[0] != mark


@given(st.text(max_size=20))
def test_any_text_is_shown_and_read_without_a_fault(text: str) -> None:
    parse_decimal(text)
    assert number_text(text) or not text
    Quantity(text, text).text()


@pytest.mark.parametrize(
    ("value", "unit", "french", "english"),
    [
        ("1", "[IU]", "1 unité", "1 unit"),
        ("6", "UI", "6 unités", "6 units"),
        ("0.5", "µg", "0,5 microgramme", "0.5 micrograms"),
        ("50", "mcg", "50 microgrammes", "50 micrograms"),
        ("1.5", "cp", "1,5 comprimé", "1.5 tablets"),
        ("2", "tab", "2 comprimés", "2 tablets"),
        ("10", "U/h", "10 unités/h", "10 units/h"),
        ("5", "µg/kg/min", "5 microgrammes/kg/min", "5 micrograms/kg/min"),
        ("80", "/min", "80 /min", "80 /min"),
        ("5", "", "5", "5"),
        ("37", "Cel", "37 °C", "37 °C"),
        ("5", "mmol/L", "5 mmol/L", "5 mmol/L"),
    ],
)
def test_units_that_were_misread_are_spelled_out_and_agree(
    value: str, unit: str, french: str, english: str
) -> None:
    quantity = Quantity(value, unit)
    assert quantity.text().replace("\u00a0", " ") == french
    choose_language("en")
    assert quantity.text().replace("\u00a0", " ") == english


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-inf", "x", ""])
def test_what_is_no_finite_number_is_none(value: str) -> None:
    """It would otherwise win or break a comparison with a maximum."""
    assert Quantity(value).number() is None


def test_a_unit_alone_is_plural() -> None:
    assert unit_text("UI") == "unités"
