"""Entries past a cut are listed and taken over by name, never lost, never shown by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.core.envelope import entry_number
from kit.sync.adoption import AdoptEntries, Quarantine
from kit.sync.fleet import DeviceEnrolled, DeviceRevoked, EntriesAdopted, ReportsAdopted
from tests.sync.fleet_kits import Kit
from tests.sync.fleets import name, with_root


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A kit of CARD that holds entries of a stolen one, in three scopes, past the cut."""
    kit = Kit(tmp_path, 5)
    kit.record(kit.enrolment("Cardio", "ward", "CARD"))
    stolen = with_root(
        DeviceEnrolled(device=name("w1"), label="Cardio 2", role="ward", wards=("*",))
    )
    kit.record(stolen, DeviceRevoked(device=name("w1"), cut={}, reason="volé"))
    kit.db.execute(
        "create table if not exists quarantine(n integer primary key, feed integer not null)"
    )
    for number, scope in ((71, "w:CARD"), (72, "ops"), (73, "w:URG")):
        kit.foreign_feed(name("w1"), scope, number, 3)
        for seq in (2, 3):
            n = entry_number(number, seq)
            kit.db.execute("insert into event(n, lam, raw) values(?,?,?)", n, 100 + seq, b"raw")
            kit.db.execute("insert into quarantine values(?,?)", n, number)
    yield kit
    kit.db.close()


def test_the_list_names_the_kit_and_the_place(kit: Kit) -> None:
    """In canonical order, all or one ward's."""
    rows = kit.ask(Quarantine())
    assert [(row.label, row.scope, row.seq) for row in rows] == [
        ("Cardio 2", scope, seq) for seq in (2, 3) for scope in ("w:CARD", "ops", "w:URG")
    ]
    assert [row.entry for row in kit.ask(Quarantine(ward="CARD"))] == [
        entry_number(71, 2), entry_number(71, 3),
    ]  # fmt: skip


def test_a_clinician_takes_over_entries_of_the_own_ward(kit: Kit) -> None:
    """By the name that every kit knows; entries of no ward go where all can read them."""
    chosen = (entry_number(71, 3), entry_number(72, 2))
    decision = kit.do(AdoptEntries(entries=chosen, reason="relu au lit"))
    assert [type(outcome.event) for outcome in decision.outcomes] == [
        ReportsAdopted, EntriesAdopted,
    ]  # fmt: skip
    assert kit.members.adopted() == {(bytes([71] * 16), 3), (bytes([72] * 16), 2)}


def test_another_wards_entries_are_not_taken_over_here(kit: Kit) -> None:
    """Who knows the patient looks."""
    assert kit.refusal(AdoptEntries(entries=(entry_number(73, 2),))) == "adoption.other_ward"


def test_what_is_not_set_aside_cannot_be_taken_over(kit: Kit) -> None:
    """An entry that counts already, a number that is none, nothing, too many at once."""
    assert kit.refusal(AdoptEntries(entries=(entry_number(71, 1),))) == "adoption.none"
    assert kit.refusal(AdoptEntries(entries=())) == "adoption.none"
    assert kit.refusal(AdoptEntries(entries=tuple(range(500)))) == "adoption.many"


def test_a_store_that_sets_nothing_aside_has_an_empty_list(tmp_path: Path) -> None:
    """A kit that never heard of a revocation."""
    kit = Kit(tmp_path, 6)
    kit.db.execute("drop table if exists quarantine")
    assert kit.ask(Quarantine()) == []
    kit.db.close()
