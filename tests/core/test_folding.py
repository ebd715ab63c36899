"""Names folded and heard: equal for the ear of a French ward, apart where they must be."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.folding import fold, name_sounds, sound, sounds

SAME = (
    "Thibault Thibaut Thibaud Thibeau Tibo", "Lefebvre Lefèvre Lefévre", "Dupont Dupond",
    "Schmitt Schmidt Schmit Chmit", "Renaud Reynaud Raynaud Renault", "Gauthier Gautier Gotier",
    "Rousseau Rousso", "Mohamed Mohammed", "Philippe Filip", "Leclerc Leclercq Leclerq",
    "Mathieu Matthieu", "Fernandes Fernandez", "Lopes Lopez", "Christian Kristian",
    "Catherine Katerine", "Yves Ives", "Roy Roi", "Legrand Legran", "Legros Legro", "Brun Brin",
    "Michaud Michaux Micho", "Girard Girart", "Louis Loui", "Hubert Ubert", "Arnaud Arnault Arno",
    "Perrot Perrault Péro", "Lemaître Lemaistre", "Benoît Benoist", "Henry Henri", "Joffre Geoffre",
    "Vincent Vinsan", "Wagner Vagner", "Noémi Noémie", "Bonnet Bonnay", "Guérin Guerin Guerrin",
)  # fmt: skip
APART = (
    "Martin", "Martine", "Morin", "Moreau", "Morel", "Durand", "Dupont", "Dubois", "Dupuis",
    "Bernard", "Bertrand", "Roux", "Roy", "Petit", "Robert", "Nicolas", "Michel", "Garcia",
    "Lambert", "Fontaine", "Girard", "Bonnet", "Lefebvre", "Leroy", "Legrand", "Simon", "Blanc",
)  # fmt: skip


@pytest.mark.parametrize("names", SAME)
def test_names_that_sound_alike_have_one_key(names: str) -> None:
    assert len({sounds(name) for name in names.split()}) == 1, [sounds(n) for n in names.split()]


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(APART, 2)))
def test_common_names_stay_apart(one: str, other: str) -> None:
    """A key too coarse would mark half a ward as homonyms."""
    assert sounds(one) != sounds(other)


@pytest.mark.parametrize(
    ("text", "folded"),
    [("D'Ôrnano-Lévy", "d ornano levy"), ("ŒUVRARD", "oeuvrard"), ("  Æsop  ", "aesop"),
     ("Groß", "gross"), ("Łukasz Đorđe Ø", "lukasz dorde o"), ("ÑUÑEZ", "nunez"), ("", ""),
     ("İnci Işık", "inci isik"), ("François", "francois")],
)  # fmt: skip
def test_accents_ligatures_and_hyphens_are_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=40))
def test_folding_is_stable_and_plain(text: str) -> None:
    """Folding twice changes nothing, so what is indexed and what is typed meet."""
    folded = fold(text)
    assert fold(folded) == folded
    assert set(folded) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")


@given(st.text(max_size=40))
def test_every_word_has_a_key_and_the_index_can_hold_it(text: str) -> None:
    """Keys are lower-case letters and digits, since the index folds case."""
    keys = sounds(text).split()
    assert len(keys) == len(fold(text).split())
    assert all(key == fold(key) for key in keys)


@given(st.from_regex(r"[a-z]{1,15}", fullmatch=True))
def test_a_key_never_depends_on_what_was_asked_before(word: str) -> None:
    assert sound(word) == sound.__wrapped__(word)


def test_small_words_say_nothing_of_a_surname() -> None:
    assert name_sounds("de la Tour") == name_sounds("Tour")
    assert not name_sounds("De Souza") & name_sounds("De Castro")
