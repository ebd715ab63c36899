"""Targeted notes: a target and a text, corrected by strike, never lost."""

from __future__ import annotations

import pytest

from kit.core.command import Decision
from kit.ward.note import TEXT_LIMIT, NoteRow, Notes, NoteWritten, WriteNote
from kit.ward.vitals import RecordVitals
from tests.ward.harness import HOUR, OTHER_NURSE, Ward, at


def note(**facts: object) -> WriteNote:
    """A note on p1."""
    said: dict[str, object] = {"patient": "p1", "target": "Douleur", "data": "EN 6"}
    return WriteNote(**(said | facts))  # type: ignore[arg-type]


def notes(ward: Ward, /, **facts: object) -> list[NoteRow]:
    """The notes asked for."""
    rows: list[NoteRow] = ward.ask(Notes(**facts))  # type: ignore[arg-type]
    return rows


def test_a_note_keeps_its_four_parts_trimmed(ward: Ward) -> None:
    ward.do(note(target=" Douleur ", action="antalgique", result="EN 2"))
    (row,) = notes(ward, patient="p1")
    assert (row.target, row.data, row.action, row.result) == (
        "Douleur", "EN 6", "antalgique", "EN 2",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"patient": "nobody"}, "note.patient_unknown"),
        ({"target": " "}, "note.empty"),
        ({"data": " "}, "note.empty"),
        ({"data": "x" * (TEXT_LIMIT + 1)}, "note.too_long"),
        ({"at": at(23)}, "act.in_future"),
        ({"corrects": 12345, "reason": "typing"}, "entry.unknown"),
    ],
)
def test_what_is_no_note_is_refused(ward: Ward, facts: dict[str, object], code: str) -> None:
    assert ward.refused(note(**facts)) == code


@pytest.mark.parametrize("part", ["data", "action", "result"])
def test_any_one_text_is_enough(ward: Ward, part: str) -> None:
    facts = {"data": "", part: "dit"}
    assert isinstance(ward.decide(note(**facts)), Decision)


def test_a_correction_strikes_the_old_note_which_stays(ward: Ward) -> None:
    (wrong,) = ward.do(note(data="EN 8"))
    ward.do(note(data="EN 3", corrects=wrong, reason="typing"), OTHER_NURSE)
    new, old = notes(ward, patient="p1")
    assert (new.data, old.data, old.struck_reason) == ("EN 3", "EN 8", "typing")


def test_a_note_does_not_replace_an_entry_of_another_kind(ward: Ward) -> None:
    (measured,) = ward.do(RecordVitals(patient="p1", values={"hr": "80"}))
    assert ward.refused(note(corrects=measured, reason="typing")) == "entry.other_kind"


def test_the_notes_of_a_ward_are_those_of_its_patients_in_a_bed(ward: Ward) -> None:
    ward.admit("p2", "Durand", bed="C02")
    ward.admit("p3", "Petit", bed="N01", ward="NEPH")
    for patient in ("p1", "p2", "p3"):
        ward.do(note(patient=patient))
    assert {row.patient for row in notes(ward, ward="CARD")} == {"p1", "p2"}


def test_documents_and_old_notes_can_be_left_out(ward: Ward) -> None:
    ward.record(NoteWritten(patient="p1", at=at(9), kind="document", data="CR"))
    ward.do(note(at=at(5)))
    assert [row.kind for row in notes(ward, patient="p1", documents=False)] == ["dar"]
    assert len(notes(ward, patient="p1", since=ward.now - 2 * HOUR)) == 1
