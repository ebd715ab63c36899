"""Accounts: one per name, a known profession, and no verifier ever shown."""

from __future__ import annotations

import msgspec
import pytest

from kit.core.command import Decision
from kit.people.permission import PROFESSIONS
from kit.people.person import (
    EnrolPerson,
    PersonEnrolled,
    PersonRow,
    Persons,
    SessionClosed,
    SessionOpened,
    find_account,
    is_first_account,
)
from tests.ward.harness import HOUR, Ward


def accounts(kit: Ward) -> list[PersonRow]:
    """The accounts as a sign-in screen lists them."""
    rows: list[PersonRow] = kit.ask(Persons())
    return rows


@pytest.mark.parametrize("profession", PROFESSIONS)
def test_an_account_is_made_for_every_profession(kit: Ward, profession: str) -> None:
    kit.do(EnrolPerson(name="  Claire Dubois ", profession=profession, pin_verifier="v"))
    (row,) = accounts(kit)
    assert (row.name, row.profession, row.has_pin) == ("Claire Dubois", profession, True)


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"name": "  "}, "person.no_name"), ({"name": "'-"}, "person.no_name"),
     ({"profession": "CHIR"}, "person.no_profession"), ({"profession": ""}, "person.no_profession"),
     ({"name": "CLAIRE DUBÔIS"}, "person.name_taken")],
)  # fmt: skip
def test_what_is_no_account_is_refused(kit: Ward, facts: dict[str, str], code: str) -> None:
    kit.do(EnrolPerson(name="Claire Dubois", profession="IDE"))
    said = {"name": "Paul Vernet", "profession": "MED"} | facts
    assert kit.refused(EnrolPerson(**said)) == code


def test_the_answer_names_the_account_that_was_made(kit: Ward) -> None:
    decision = kit.decide(EnrolPerson(name="Paul Vernet", profession="MED"))
    assert isinstance(decision, Decision)
    event = decision.outcomes[0].event
    assert isinstance(event, PersonEnrolled)
    assert decision.answer == {"person": event.person}


def test_the_list_never_holds_a_verifier(kit: Ward) -> None:
    kit.do(EnrolPerson(name="Paul Vernet", profession="MED", pin_verifier="$argon2id$secret"))
    assert b"argon2id" not in msgspec.json.encode(accounts(kit))


def test_an_account_is_found_by_id_or_by_name_and_not_when_two_answer(kit: Ward) -> None:
    kit.record(
        PersonEnrolled(person="a", name="Claire Dubois", profession="IDE", pin="v"),
        PersonEnrolled(person="b", name="Paul Vernet", profession="MED"),
        PersonEnrolled(person="c", name="paul vernet", profession="CAD"),
    )
    found = find_account(kit.db, "claire dubois")
    assert found
    assert (found.person, found.pin) == ("a", "v")
    assert find_account(kit.db, "Paul Vernet") is None
    named = find_account(kit.db, "c")
    assert named
    assert named.profession == "CAD"
    assert find_account(kit.db, "") is None


def test_who_was_here_last_comes_first_and_first_run_ends_with_the_first_session(
    kit: Ward,
) -> None:
    kit.record(
        PersonEnrolled(person="a", name="Anne", profession="IDE"),
        PersonEnrolled(person="b", name="Bob", profession="IDE"),
    )
    assert is_first_account(kit.db)
    kit.record(SessionOpened(session="s", person="b", how="pin"), at=kit.now)
    kit.record(SessionClosed(session="s", person="b"), at=kit.now + HOUR)
    assert not is_first_account(kit.db)
    assert [row.person for row in accounts(kit)] == ["b", "a"]


def test_a_changed_account_keeps_when_it_was_last_here(kit: Ward) -> None:
    kit.record(PersonEnrolled(person="a", name="Anne", profession="IDE"))
    kit.record(SessionOpened(session="s", person="a", how="pin"))
    kit.record(PersonEnrolled(person="a", name="Anne", profession="CAD"))
    (row,) = accounts(kit)
    assert (row.profession, row.last_seen) == ("CAD", kit.now)
