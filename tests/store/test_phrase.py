"""The phrase can be read, spelled and typed by a tired hand; a slip is mostly caught."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.errors import BadInput
from kit.core.folding import fold
from kit.store.phrase import completions, generate, parse, words
from tests.store.kits import chance

PHRASE = generate(chance(4))


def refused(text: str) -> tuple[str, dict[str, int]]:
    """The code and arguments with which a text is refused."""
    with pytest.raises(BadInput) as caught:
        parse(text)
    return caught.value.code, caught.value.args_


# -------------------------------------------------------------------------------------- the list


def test_the_list_has_2048_plain_words_in_order() -> None:
    """Eleven bits a word; lower case, no accent, four to eight letters."""
    assert len(words()) == 2048
    assert list(words()) == sorted(set(words()))
    assert all(re.fullmatch("[a-z]{4,8}", word) for word in words())


def test_four_letters_tell_every_word() -> None:
    """So that thirty-two keystrokes open a kit."""
    assert len({word[:4] for word in words()}) == 2048


def test_no_word_can_be_taken_for_care_or_for_a_number() -> None:
    """A phrase read aloud in a ward must not sound like an order, an organ, a dose or an alarm."""
    confusing = """
        dose gramme litre milli micro kilo demi double triple quart zero deux trois quatre cinq
        sept huit neuf douze treize trente cent mille matin midi soir heure minute alerte alarme
        urgent coeur poumon rein foie sang peau bras jambe main pied tete morphine insuline
        potassium penicillin oxygene iode zinc seringue perfusion allergie malade mort mourir
        deuil tuer fievre toux douleur gauge rien aucun jamais toujours stop
    """
    assert not {word[:4] for word in confusing.split()} & set(words())
    assert not set(confusing.split()) & set(words())


# ------------------------------------------------------------------------------ phrase and secret


@given(seed=st.integers(0, 2**32))
def test_every_phrase_made_is_taken_back(seed: int) -> None:
    """Eight words of the list, whatever the chance."""
    made = generate(chance(seed))
    assert len(made) == 8
    assert set(made) <= set(words())
    assert len(parse(" ".join(made))) == 11


def test_different_chance_makes_different_phrases() -> None:
    """84 bits are really used: each word of the phrase varies, and so does the secret."""
    made = [generate(chance(seed)) for seed in range(200)]
    assert all(len({phrase[place] for phrase in made}) > 150 for place in range(8))
    assert len({parse(" ".join(phrase)) for phrase in made}) == 200


ways = st.tuples(
    st.sampled_from(["{}", " {} ", "1. {}", "«{}»", "{},"]),
    st.sampled_from([str.lower, str.upper, str.title]),
    st.integers(4, 8),
)


@given(
    typed=st.lists(ways, min_size=8, max_size=8), between=st.sampled_from([" ", "\n", " - ", "\t"])
)
def test_a_phrase_may_be_typed_in_many_ways(
    typed: list[tuple[str, Callable[[str], str], int]], between: str
) -> None:
    """Case, numbering, line breaks and words cut after four letters change nothing."""
    text = between.join(
        form.format(case(word[:length]))
        for word, (form, case, length) in zip(PHRASE, typed, strict=True)
    )
    assert parse(text) == parse(" ".join(PHRASE))


def test_accents_change_nothing() -> None:
    """A hand used to accents may add them, composed or not."""
    plain = " ".join(PHRASE)
    assert parse(plain.replace("e", "é").replace("i", "î")) == parse(plain)
    assert parse(plain.replace("a", "a\u0300")) == parse(plain)


def test_a_typed_phrase_stays_in_no_cache() -> None:
    """Folding remembers names; it must not remember the words that open the kit."""
    before = fold.cache_info().currsize
    parse(" ".join(generate(chance(77))))
    completions("abei")
    assert fold.cache_info().currsize == before


# ------------------------------------------------------------------------------------------ slips


@pytest.mark.parametrize("count", [0, 1, 7, 9, 16])
def test_a_wrong_number_of_words_is_counted(count: int) -> None:
    """The carer is told how many were read."""
    text = " ".join((PHRASE * 2)[:count])
    assert refused(text) == ("STO-031", {"count": count, "wanted": 8})


@pytest.mark.parametrize("slip", ["zzzz", "abc", "e", "kitkit", PHRASE[0] + "x", PHRASE[0][:3]])
@pytest.mark.parametrize("place", range(8))
def test_a_word_that_is_not_in_the_list_is_named_by_its_place(slip: str, place: int) -> None:
    """Its place, never the word: the message may be seen by others."""
    typed = [*PHRASE[:place], slip, *PHRASE[place + 1 :]]
    assert refused(" ".join(typed)) == ("STO-032", {"position": place + 1})


@given(word=st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=9))
def test_every_word_outside_the_list_is_refused(word: str) -> None:
    """All of them, not fifteen in sixteen."""
    known = len(word) >= 4 and any(each.startswith(word) for each in words())
    if not known:
        assert refused(" ".join([word, *PHRASE[1:]])) == ("STO-032", {"position": 1})


def test_fifteen_in_sixteen_wrong_words_of_the_list_are_caught() -> None:
    """Every one of the 8 × 2,047 single substitutions, counted."""
    passed = 0
    for place in range(8):
        for word in words():
            try:
                parse(" ".join([*PHRASE[:place], word, *PHRASE[place + 1 :]]))
            except BadInput as fault:
                assert fault.code == "STO-033"  # noqa: PT017 - thousands of cases in one count
            else:
                passed += 1
    wrong = passed - 8  # each place once holds the right word
    assert abs(wrong / (8 * 2047) - 1 / 16) < 0.01


@pytest.mark.parametrize(("first", "second"), [(0, 1), (2, 5), (6, 7)])
def test_two_words_changing_places_are_caught(first: int, second: int) -> None:
    """Three cases of this phrase; one in sixteen of all would pass and be a wrong phrase."""
    typed = list(PHRASE)
    typed[first], typed[second] = typed[second], typed[first]
    assert refused(" ".join(typed)) == ("STO-033", {})


@given(text=st.text(max_size=200))
def test_any_text_is_refused_with_a_code(text: str) -> None:
    """Whatever is pasted into the field."""
    with pytest.raises(BadInput):
        parse(text)


# ------------------------------------------------------------------------------------ completion


def test_four_letters_complete_to_one_word() -> None:
    """And the completion is what parse takes."""
    assert all(completions(word[:4]) == [word] for word in words())


@given(st.text(alphabet="abcdeéèlmnorst", max_size=3))
def test_completions_are_all_the_words_that_begin_so(prefix: str) -> None:
    """With or without accents."""
    plain = fold(prefix)
    assert completions(prefix) == [word for word in words() if word.startswith(plain)]


def test_no_word_completes_a_wrong_beginning() -> None:
    """The field can say at once that the beginning is wrong."""
    assert completions("zzz") == []
    assert completions("12") == []
    assert completions("") == list(words())


def test_chance_is_the_only_source() -> None:
    """The same bytes, the same phrase: nothing is drawn behind the caller's back."""
    assert generate(random.Random(9).randbytes) == generate(random.Random(9).randbytes)
