"""The number of a page is read back as it was printed, or not at all."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kit.core.errors import BadInput
from kit.paper.page_id import CROCKFORD, SHEET_LIMIT, PageId, parse_human, parse_symbol

ALPHABET = string.ascii_uppercase + string.digits


@st.composite
def page_ids(draw: st.DrawFn) -> PageId:
    """Any page that may exist."""
    pages = draw(st.integers(1, 31))
    return PageId(
        draw(st.text(string.ascii_uppercase, min_size=4, max_size=4)),
        draw(st.integers(1, 99)),
        draw(st.integers(0, SHEET_LIMIT - 1)),
        draw(st.integers(1, pages)),
        pages,
        draw(st.booleans()),
    )


@given(page_ids())
def test_a_symbol_reads_back(page_id: PageId) -> None:
    """What the scanner reads is the page that was printed, in 20 characters of the QR alphabet."""
    assert len(page_id.symbol) == 20
    assert set(page_id.symbol) <= set(ALPHABET)
    assert parse_symbol(page_id.symbol) == page_id


@given(page_ids())
def test_a_typed_number_reads_back(page_id: PageId) -> None:
    """What a person types from paper is the page, exercise or real, small letters or not."""
    assert parse_human(page_id.human) == page_id
    assert parse_human(page_id.human.lower().replace("·", " ")) == page_id


@given(page_ids(), st.integers(0, 19), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_refused(page_id: PageId, place: int, char: str) -> None:
    """A misread character never leads to another sheet."""
    symbol = page_id.symbol
    wrong = symbol[:place] + char + symbol[place + 1 :]
    assume(wrong != symbol)
    with pytest.raises(BadInput):
        parse_symbol(wrong)


@given(page_ids(), st.integers(0, 16))
def test_two_exchanged_characters_are_refused(page_id: PageId, place: int) -> None:
    """Neighbours typed in the wrong order never lead to another sheet."""
    symbol = page_id.symbol
    wrong = symbol[:place] + symbol[place + 1] + symbol[place] + symbol[place + 2 :]
    assume(wrong != symbol)
    with pytest.raises(BadInput):
        parse_symbol(wrong)


def test_letters_that_look_like_digits_are_forgiven() -> None:
    """O, I and L typed for 0 and 1 find the sheet."""
    page_id = PageId("MEDA", 3, 0b1_00000_00001, 1, 2)
    typed = page_id.human.replace("00", "OO").replace("0-", "O-")
    assert parse_human(typed) == page_id


@pytest.mark.parametrize("text", ["", "MEDA", "CK1" + "0" * 17, "http://example.org", "É" * 20])
def test_something_else_is_refused(text: str) -> None:
    """A symbol of another maker, or half a number, is not a sheet."""
    with pytest.raises(BadInput):
        parse_symbol(text)
    with pytest.raises(BadInput):
        parse_human(text)


def test_an_exercise_page_is_not_a_real_page() -> None:
    """The same sheet number in an exercise has another prefix and another check."""
    real, exercise = (PageId("MEDA", 1, 77, 1, 1, world) for world in (False, True))
    assert real.symbol[:3] == "CK1"
    assert exercise.symbol[:3] == "CKX"
    assert real.human != exercise.human


def test_a_document_past_31_pages_cannot_have_one_number() -> None:
    """The page field holds one character."""
    assert PageId("TRAN", 1, 1, 31, 31).symbol[16] == CROCKFORD[31]
    with pytest.raises(BadInput):
        PageId("TRAN", 1, 1, 32, 32)
