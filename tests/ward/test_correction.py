"""Nothing can be deleted: an entry is struck once, with a reason, and its readers learn of it."""

from __future__ import annotations

import pytest

from kit.core.command import Decision
from kit.core.quantity import Quantity
from kit.ward.administration_event import AdministrationRecorded
from kit.ward.chart import OpenChart
from kit.ward.correction import (
    AcknowledgeCorrections,
    CorrectionNotices,
    CorrectionRow,
    CorrectionSeen,
    StrikeEntry,
    StrikeReason,
)
from kit.ward.journal import Journal, JournalRow
from kit.ward.vitals import RecordVitals
from tests.ward.harness import DOCTOR, HOUR, MANAGER, MINUTE, NURSE, OTHER_NURSE, Ward


def measured(ward: Ward, value: str = "188", actor: str = NURSE) -> int:
    """A set of vitals of p1; its entry number."""
    (entry,) = ward.do(RecordVitals(patient="p1", values={"hr": value}), actor)
    return entry


def told(ward: Ward, person: str) -> list[CorrectionRow]:
    """What this person has to learn now."""
    rows: list[CorrectionRow] = ward.ask(CorrectionNotices(), person)
    return rows


@pytest.mark.req("WARD-16")
@pytest.mark.parametrize("reason", list(StrikeReason))
def test_an_entry_is_struck_with_a_reason_and_stays_in_the_journal(ward: Ward, reason: str) -> None:
    """ward.md §6 rule 16."""
    entry = measured(ward)
    ward.do(StrikeEntry(entry=entry, reason=reason, text="autre patient"))
    (row,) = ward.ask(Journal(patient="p1"))
    assert (row.entry, row.text, row.struck_reason) == (entry, "FC 188\u00a0/min", reason)


@pytest.mark.parametrize(
    ("reason", "text"), [("", ""), ("parce que", ""), ("other", ""), ("other", "  ")]
)
def test_a_strike_without_a_reason_is_refused(ward: Ward, reason: str, text: str) -> None:
    command = StrikeEntry(entry=measured(ward), reason=reason, text=text)
    assert ward.refused(command) == "entry.reason_needed"


def test_an_entry_is_struck_once_and_says_by_whom(ward: Ward) -> None:
    entry = measured(ward)
    ward.do(StrikeEntry(entry=entry, reason="typing"))
    decision = ward.decide(StrikeEntry(entry=entry, reason="typing"), OTHER_NURSE)
    assert not isinstance(decision, Decision)
    assert (decision.code, decision.args) == ("entry.already_struck", {"by": "Claire Dubois"})


def test_an_entry_that_is_not_here_is_not_struck(ward: Ward) -> None:
    assert ward.refused(StrikeEntry(entry=1 << 40, reason="typing")) == "entry.unknown"


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [(NURSE, True), (OTHER_NURSE, False), (DOCTOR, True), (MANAGER, True)],
)
def test_a_dose_is_struck_by_its_author_or_a_senior_only(
    ward: Ward, actor: str, allowed: bool
) -> None:
    """interface.md §12: otherwise anybody could make a given dose look due again."""
    (entry,) = ward.record(
        AdministrationRecorded(patient="p1", at=ward.now, dose=Quantity("1", "g")), actor=NURSE
    )
    command = StrikeEntry(entry=entry, reason="not_done")
    if allowed:
        assert isinstance(ward.decide(command, actor), Decision)
    else:
        assert ward.refused(command, actor) == "entry.not_author"


def test_a_dose_of_an_extract_belongs_to_no_nurse(ward: Ward) -> None:
    """Not even to the one who ran the import."""
    (entry,) = ward.record(
        AdministrationRecorded(patient="p1", at=ward.now, src=ward.extract()), actor=NURSE
    )
    command = StrikeEntry(entry=entry, reason="duplicate")
    assert ward.refused(command, NURSE) == "entry.not_author"
    assert isinstance(ward.decide(command, DOCTOR), Decision)


@pytest.mark.req("WARD-16")
@pytest.mark.parametrize(("hours", "expected"), [(0, True), (11.9, True), (12.1, False)])
def test_whoever_read_the_chart_in_the_12_h_before_sees_the_correction(
    ward: Ward, hours: float, expected: bool
) -> None:
    """ward.md §6 rule 16."""
    entry = measured(ward)
    ward.do(OpenChart(patient="p1"), OTHER_NURSE)
    ward.now += int(hours * HOUR)
    ward.do(StrikeEntry(entry=entry, reason="wrong_patient"))
    assert bool(told(ward, OTHER_NURSE)) is expected


@pytest.mark.req("WARD-16")
def test_opening_the_chart_again_does_not_hide_the_correction(ward: Ward) -> None:
    """ward.md §6 rule 16: what was read before the strike was read."""
    entry = measured(ward)
    ward.do(OpenChart(patient="p1"), OTHER_NURSE)
    ward.now += 5 * MINUTE
    ward.do(StrikeEntry(entry=entry, reason="typing"))
    ward.now += 5 * MINUTE
    ward.do(OpenChart(patient="p1"), OTHER_NURSE)
    (row,) = told(ward, OTHER_NURSE)
    assert (row.entry, row.kind, row.name, row.actor_name) == (
        entry, "vitals", "Martin Jeanne", "Claire Dubois",
    )  # fmt: skip


def test_neither_the_author_of_the_strike_nor_a_stranger_to_the_chart_is_told(
    ward: Ward,
) -> None:
    entry = measured(ward)
    ward.do(OpenChart(patient="p1"))
    ward.do(StrikeEntry(entry=entry, reason="typing"))
    assert told(ward, NURSE) == []
    assert told(ward, DOCTOR) == []


def test_a_person_sees_their_own_notices_only(ward: Ward) -> None:
    """They name patients, so nobody may ask for somebody else's."""
    entry = measured(ward)
    ward.do(OpenChart(patient="p1"), OTHER_NURSE)
    ward.do(StrikeEntry(entry=entry, reason="typing"))
    assert ward.ask(CorrectionNotices(person=OTHER_NURSE), DOCTOR) == []


def test_an_acknowledged_correction_is_told_no_more_and_only_to_that_person(ward: Ward) -> None:
    entry = measured(ward)
    for person in (OTHER_NURSE, DOCTOR):
        ward.do(OpenChart(patient="p1"), person)
    ward.do(StrikeEntry(entry=entry, reason="typing"))
    ward.do(AcknowledgeCorrections(entries=(entry, entry)), OTHER_NURSE)
    assert told(ward, OTHER_NURSE) == []
    assert len(told(ward, DOCTOR)) == 1


def test_more_corrections_than_one_entry_can_name_are_all_acknowledged(ward: Ward) -> None:
    entries = [measured(ward, str(100 + n)) for n in range(40)]
    ward.do(OpenChart(patient="p1"), OTHER_NURSE)
    for entry in entries:
        ward.do(StrikeEntry(entry=entry, reason="typing"))
    ward.do(AcknowledgeCorrections(entries=tuple(entries)), OTHER_NURSE)
    assert told(ward, OTHER_NURSE) == []


@pytest.mark.parametrize("entries", [(), (1 << 40,)])
def test_what_was_never_struck_cannot_be_acknowledged(ward: Ward, entries: tuple[int, ...]) -> None:
    assert ward.refused(AcknowledgeCorrections(entries=entries)) == "entry.unknown"
    assert ward.refused(AcknowledgeCorrections(entries=(measured(ward),))) == "entry.unknown"


def test_an_acknowledgement_names_the_person_who_is_signed_in(ward: Ward) -> None:
    entry = measured(ward)
    ward.do(StrikeEntry(entry=entry, reason="typing"))
    decision = ward.decide(AcknowledgeCorrections(entries=(entry,)), DOCTOR)
    assert isinstance(decision, Decision)
    assert decision.outcomes[0].event == CorrectionSeen(person=DOCTOR)


def test_the_journal_shows_who_wrote_and_who_opened(ward: Ward) -> None:
    measured(ward, "88")
    ward.do(OpenChart(patient="p1"), DOCTOR)
    rows: list[JournalRow] = ward.ask(Journal(patient="p1"))
    assert {(row.kind, row.actor_name) for row in rows} == {
        ("vitals", "Claire Dubois"), ("opening", "Paul Vernet"),
    }  # fmt: skip


def test_a_chart_that_does_not_exist_is_not_opened(ward: Ward) -> None:
    assert ward.refused(OpenChart(patient="nobody")) == "chart.patient_unknown"
