"""“Start the kit”: what it says, what it must never say, and keys that come from data alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.clock import local_instant
from kit.paper.start_card import Brand, StartCard, _confirmed, boot_keys, keys_text, start_cards_pdf
from kit.paper.words import speaker
from tests.paper.reading import flat, page_texts

DOCS = Path(__file__).resolve().parents[2] / "docs" / "user"
MADE = local_instant(2026, 11, 28, 18, 4)


def _card(label: str = "Cardiologie 1", world: str = "REEL") -> StartCard:
    return StartCard(label=label, hospital="CH de Valmont", world=world, made_at=MADE)


def _text(card: StartCard, language: str = "fr") -> str:
    (text,) = page_texts(start_cards_pdf((card,), language))
    return flat(text)


def test_each_kit_has_one_page_with_its_name_and_three_steps() -> None:
    pages = page_texts(start_cards_pdf((_card(), _card("Urgences 2"))))
    assert len(pages) == 2
    assert "Urgences 2" in flat(pages[1])
    for step in ("1. Éteignez", "2. Attendez", "3. Tapez"):
        assert step in flat(pages[0])
    assert "enveloppe scellée" in flat(pages[0])


def test_every_brand_stands_on_it_with_its_keys_and_whether_they_were_tried() -> None:
    text, say = _text(_card()), speaker("fr")
    for brand in boot_keys().brand:
        assert flat(f"{brand.name} {keys_text(brand.menu, say)}") in text
    unproven = [brand for brand in boot_keys().brand if not brand.verified_on]
    assert text.count("à confirmer") == len(unproven)


def test_a_key_that_was_tried_says_when() -> None:
    tried = Brand(name="Dell", menu=("F12",), setup=("F2",), verified_on="2026-12-01")
    assert _confirmed(tried, speaker("fr")) == "essayé le 01/12/2026"


def test_it_is_whole_on_its_page_in_both_languages() -> None:
    """The last line is there however long the name of the kit is."""
    long = "Médecine interne, gériatrie et soins de suite, secteur nord, kit de réserve 2"
    assert "affichage de secours" in _text(_card(long))
    assert "emergency display" in _text(_card(long), "en")


def test_an_exercise_says_so() -> None:
    assert "EXERCICE" in _text(_card(world="EXERCICE:valmont"))


@given(st.lists(st.sampled_from(["F12", "Esc", "Del"]), min_size=1, max_size=3))
def test_keys_are_said_in_their_order(keys: list[str]) -> None:
    said = keys_text(tuple(keys), speaker("en"))
    assert said.split(" then ") == keys


@pytest.mark.parametrize(("page", "language"), [("fr/cle-usb.md", "fr"), ("en/usb-stick.md", "en")])
def test_the_page_for_users_has_the_same_keys(page: str, language: str) -> None:
    text, say = (DOCS / page).read_text("utf-8"), speaker(language)
    for brand in boot_keys().brand:
        row = f"| {brand.name} | {keys_text(brand.menu, say)} | {keys_text(brand.setup, say)} |"
        assert row in text, row
