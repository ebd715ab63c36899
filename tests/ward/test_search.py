"""A patient is found by any part of what is known, typed as people type it; nothing breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.ward.patient import FoundRow, Identifier, PatientRegistered, Search
from tests.ward.harness import Ward

PEOPLE = (
    ("lefebvre", "Lefebvre", "Noémie", {"used_family": "Lefebvre-Martin", "bed": "C01",
     "room": "112", "birth_date": "1942-03-03", "ipp": "80012345"}),
    ("dupont", "Dupont", "Jean", {"birth_date": "1950-11-30", "ipp": "00-778"}),
    ("obrien", "O'Brien", "Séan", {"birth_date": "1988"}),
    ("thibaud", "Thibaud", "Rémi", {"birth_date": "1971-07-01", "bed": "N-12", "ward": "NEPH"}),
    ("saint", "de Saint-Exupéry", "Œdipe", {"given_names": "Œdipe Louis Marie",
     "identifiers": (Identifier("archive", "arc", "A 4410"),)}),
)  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    """Five people, two of them in a bed."""
    ward = Ward(Path(tmp_path_factory.mktemp("search")))
    for key, family, given_name, facts in PEOPLE:
        ward.admit(key, family, given_name, **dict(facts))
    yield ward
    ward.db.close()


def find(house: Ward, text: str, **facts: object) -> list[FoundRow]:
    """Who is found."""
    rows: list[FoundRow] = house.ask(Search(text=text, **facts))  # type: ignore[arg-type]
    return rows


def keys(house: Ward, text: str) -> list[str]:
    """The ids of who is found."""
    return [row.patient for row in find(house, text)]


@pytest.mark.parametrize(
    "text",
    [
        "lefebvre", "LEFEBVRE", "lef", "noemie", "Noémie", "noémie lefebvre", "lefebvre noemie",
        "martin", "lefebvre-martin", "lefebvremartin", "80012345", "800123", "C01", "c01", "c0",
        "01", "ch 112", "chambre 112", "lit c01", "ipp 80012345", "03/03/1942", "3/3/1942",
        "03.03.1942", "03 03 1942", "03031942", "1942-03-03", "19420303", "030342", "1942",
        "lefebvre 1942", "lef 03/03/1942", "lefebvre c01", "  lefebvre  ",
    ],
)  # fmt: skip
def test_a_patient_in_a_bed_is_found(house: Ward, text: str) -> None:
    """Birth or used name, accents, parts, order of words, IPP, bed, room, dates of every form."""
    found = find(house, text)
    assert found[0].patient == "lefebvre"
    assert not found[0].by_sound
    assert (found[0].bed, found[0].ward) == ("C01", "CARD")


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("obrien", "obrien"), ("o'brien", "obrien"), ("o brien", "obrien"), ("sean", "obrien"),
        ("saint exupery", "saint"), ("saint-exupéry", "saint"), ("oedipe", "saint"),
        ("louis", "saint"), ("a4410", "saint"), ("A 4410", "saint"),
        ("00778", "dupont"), ("00-778", "dupont"), ("30/11/1950", "dupont"), ("n12", "thibaud"),
        ("N-12", "thibaud"), ("obrien 1988", "obrien"),
    ],
)  # fmt: skip
def test_everybody_known_is_found_in_a_bed_or_not(house: Ward, text: str, who: str) -> None:
    assert who in keys(house, text)


@pytest.mark.parametrize(
    ("text", "who"),
    [("lefevre", "lefebvre"), ("dupond", "dupont"), ("thibault", "thibaud"),
     ("tibo remi", "thibaud"), ("lefevre noemi", "lefebvre"), ("dupond 1950", "dupont")],
)  # fmt: skip
def test_a_name_that_was_heard_is_found_by_its_sound_and_marked(
    house: Ward, text: str, who: str
) -> None:
    found = find(house, text)
    assert [row.patient for row in found] == [who]
    assert found[0].by_sound


@pytest.mark.parametrize("text", ["dupond 1951", "lefevre C02", "tibo 99"])
def test_a_sound_does_not_lift_the_rest_of_what_was_typed(house: Ward, text: str) -> None:
    assert keys(house, text) == []


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "*", '"', "'", "-- ; drop", "( )", "NEAR("])
def test_signs_alone_find_nobody_and_break_nothing(house: Ward, text: str) -> None:
    assert find(house, text) == [] or text in {"-- ; drop", "NEAR("}


@pytest.mark.parametrize("text", ["%lefebvre%", "lefebvre*", '"lefebvre"', "lef_", "lefebvre OR x"])
def test_wildcards_are_letters_like_others(house: Ward, text: str) -> None:
    found = keys(house, text)
    assert found == ([] if "OR" in text else ["lefebvre"])


def test_one_letter_answers(house: Ward) -> None:
    assert keys(house, "d")[0] in {"dupont", "saint"}


def test_those_in_a_bed_of_the_own_ward_come_first(house: Ward) -> None:
    assert [row.patient for row in find(house, "19", ward="NEPH")][:2] == ["thibaud", "lefebvre"]
    assert [row.patient for row in find(house, "19", ward="CARD")][:2] == ["lefebvre", "thibaud"]


def test_a_bed_is_not_found_by_another_beds_number(house: Ward) -> None:
    assert keys(house, "ch 11") == ["lefebvre"]
    assert keys(house, "ch 113") == []


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (0, 1), (-5, 1), (10_000, 100)])
def test_the_limit_is_kept_in_bounds(house: Ward, limit: int, most: int) -> None:
    assert len(find(house, "19", limit=limit)) <= most


@given(text=st.text(max_size=40))
def test_whatever_is_typed_an_answer_comes(house: Ward, text: str) -> None:
    """No keystroke, paste or barcode breaks the search."""
    assert isinstance(find(house, text), list)


def test_a_corrected_name_is_found_and_the_wrong_one_no_longer(tmp_path: Path) -> None:
    """The index follows the identity in force."""
    ward = Ward(tmp_path)
    ward.admit("p", "Bernrad", "Luc")
    ward.record(PatientRegistered(patient="p", birth_family="Bernard", birth_given="Luc"))
    assert keys(ward, "bernard") == ["p"]
    assert keys(ward, "bernrad") == []
    ward.db.close()
