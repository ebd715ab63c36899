"""What two kits write apart is known to be so, read safely, shown on both, settled by a person.

Each kind is tried with both orders of meeting; settled on one kit and met on the other; settled
apart and otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.store.projector import fingerprint, rebuild
from kit.ward.administration import AdministrationRecorded, GiveDose, claims_between
from kit.ward.allergy import (
    Allergies,
    AllergyRecorded,
    AllergyState,
    AssertNoKnownAllergy,
    RecordAllergy,
    RefuteAllergy,
)
from kit.ward.board import Board, BoardRow
from kit.ward.conflict import ConflictCount
from kit.ward.conflict_settle import SettleConflict
from kit.ward.correction import StrikeEntry
from kit.ward.journal import Journal
from kit.ward.move import CloseStay, MovePatient
from kit.ward.note import Notes, NoteWritten
from kit.ward.patient import PatientRegistered, read_patient
from kit.ward.prescription import Prescriptions
from kit.ward.prescription_act import ResumePrescription, StopPrescription, SuspendPrescription
from kit.ward.prescription_event import PrescriptionRecorded
from kit.ward.round import Round, SlotStatus
from kit.ward.schedule import Timing
from kit.ward.stay import StayOpened
from kit.ward.vitals import VitalsHistory, VitalsRecorded
from tests.ward.harness import (
    BY_NAME_AND_BIRTH,
    DAY,
    DOCTOR,
    HOUR,
    MANAGER,
    MINUTE,
    NURSE,
    OTHER_NURSE,
    Ward,
    at,
)
from tests.ward.kits_apart import Apart, settle, version_by

DUE = at(10)


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Apart]:
    """Two kits with two patients and one order that is due at ten."""
    apart = Apart(tmp_path)
    apart.one.order("slot", timing=Timing(times=("10:00",)), start=apart.one.now - DAY)
    apart.meet()
    yield apart
    for kit in apart.kits:
        grown = fingerprint(kit.db)
        with kit.db.transaction():
            rebuild(kit.db, kit.log.entries)
        assert fingerprint(kit.db) == grown
    apart.close()


@pytest.fixture(params=[0, 1], ids=["one-gives-first", "two-gives-first"])
def first(request: pytest.FixtureRequest) -> int:
    """Which kit gives first when they meet."""
    return int(request.param)


def give(**facts: object) -> GiveDose:
    """The dose of ten o'clock."""
    return GiveDose(
        patient="p1", prescription="slot", due=DUE, identified_by=BY_NAME_AND_BIRTH,
        **facts,  # type: ignore[arg-type]
    )  # fmt: skip


def slot_status(kit: Ward) -> str:
    """What the round says of the dose of ten o'clock."""
    (found,) = [
        slot.status
        for row in kit.ask(Round(patient="p1", since=DUE - 1, until=DUE + 1))
        for slot in row.slots
        if slot.due == DUE
    ]
    return str(found)


def on_board(kit: Ward, patient: str) -> list[str]:
    """The beds in which the board shows a patient."""
    rows: list[BoardRow] = kit.ask(Board(ward="CARD"))
    return sorted(row.bed for row in rows if row.patient == patient)


# --- the same planned dose, twice


def test_a_dose_given_on_both_kits_is_kept_twice_and_never_offered_again(
    apart: Apart, first: int
) -> None:
    """Both claims stay, the slot says so, and giving it again stops the person."""
    apart.one.do(give())
    apart.two.now += 20 * MINUTE
    apart.two.do(give(), OTHER_NURSE)
    apart.meet(first=first)
    row = apart.only()
    assert row.kind == "dose"
    assert {version.who for version in row.versions} == {"Claire Dubois", "Élodie Roux"}
    assert {version.device for version in row.versions} == {
        kit.log.device.public.hex()[:16] for kit in apart.kits
    }
    for kit in apart.kits:
        assert slot_status(kit) == SlotStatus.CONFLICT
        assert kit.refused(give()) == "administration.already_given"
        assert kit.ask(ConflictCount(ward="CARD")).open == 1


@pytest.mark.parametrize("choice", ["both", "one dose"])
def test_a_double_dose_settled_on_one_kit_is_settled_on_the_other(
    apart: Apart, first: int, choice: str
) -> None:
    """Two doses, or one recorded twice; the journal keeps what was decided."""
    apart.one.do(give())
    apart.two.do(give(), OTHER_NURSE)
    apart.meet(first=first)
    row = apart.only()
    chosen = "both" if choice == "both" else row.versions[0].version
    apart.two.do(settle(row, chosen), MANAGER)
    apart.meet(first=first)
    assert apart.conflicts() == []
    for kit in apart.kits:
        assert slot_status(kit) == SlotStatus.GIVEN
        assert kit.refused(give()) == "administration.already_given"
        told = [line for line in kit.ask(Journal(patient="p1")) if line.kind == "settlement"]
        assert [line.actor_name for line in told] == ["Anne Morel"]
        struck = kit.db.row("select count(*) from struck")
        assert struck == (0 if choice == "both" else 1,)


def test_settlements_made_apart_and_otherwise_are_a_conflict_again(apart: Apart) -> None:
    """Each kit called the other's dose the double: neither is taken off, and it is asked again."""
    apart.one.do(give())
    apart.two.do(give(), OTHER_NURSE)
    apart.meet()
    row = apart.only()
    for kit, version in zip(apart.kits, row.versions, strict=True):
        kit.do(settle(row, version.version), MANAGER)
    apart.meet()
    again = apart.only()
    assert not any(version.struck for version in again.versions)
    for kit in apart.kits:
        assert slot_status(kit) == SlotStatus.CONFLICT
        assert kit.refused(give()) == "administration.already_given"
    apart.one.do(settle(again, again.versions[0].version), MANAGER)
    apart.meet()
    assert apart.conflicts() == []
    assert slot_status(apart.two) == SlotStatus.GIVEN


def test_a_dose_struck_on_one_kit_is_no_double_on_the_other(apart: Apart, first: int) -> None:
    apart.one.do(give())
    (other,) = apart.two.do(give(), OTHER_NURSE)
    apart.two.do(StrikeEntry(entry=other, reason="not_done"), OTHER_NURSE)
    apart.meet(first=first)
    assert apart.conflicts() == []
    assert slot_status(apart.one) == SlotStatus.GIVEN


def test_a_second_dose_on_purpose_is_no_conflict(apart: Apart) -> None:
    apart.one.do(give())
    apart.one.now += 2 * HOUR
    again = ("administration.already_given", "administration.recent_dose")
    apart.one.do(give(confirm=again, reason_text="vomie"))
    apart.meet()
    assert apart.conflicts() == []


# --- an order changed on two kits


def stop(**facts: object) -> StopPrescription:
    """A stop of the order with a dose at ten."""
    facts.setdefault("reason", "insuffisance rénale")
    return StopPrescription(patient="p1", prescription="slot", **facts)  # type: ignore[arg-type]


def status(kit: Ward) -> str:
    """The status of that order."""
    rows = kit.ask(Prescriptions(patient="p1", all_past=True))
    return next(str(row.status) for row in rows if row.prescription == "slot")


def test_a_stop_on_one_kit_counts_although_the_other_only_suspended(
    apart: Apart, first: int
) -> None:
    """Whichever comes first: stopped for planning, both shown, a prescriber is asked."""
    apart.one.do(stop(), DOCTOR)
    apart.two.now += HOUR
    suspended = SuspendPrescription(patient="p1", prescription="slot", reason="à jeun")
    apart.two.do(suspended, DOCTOR)
    apart.meet(first=first)
    row = apart.only()
    assert (row.kind, row.settlers) == ("order", ("MED",))
    for kit in apart.kits:
        assert status(kit) == "stopped"
        kit.now += DAY
        assert kit.refused(give()) == "administration.not_in_force"
        days = kit.ask(Round(patient="p1", since=kit.now - HOUR, until=kit.now + DAY))
        assert not [s for r in days for s in r.slots if s.prescription == "slot"]
    rows = apart.one.ask(Prescriptions(patient="p1", all_past=True))
    assert [r.disputed for r in rows if r.prescription == "slot"] == [True]


def test_a_stop_and_a_suspension_are_settled_by_a_prescriber_alone(
    apart: Apart, first: int
) -> None:
    apart.one.do(stop(), DOCTOR)
    apart.two.do(SuspendPrescription(patient="p1", prescription="slot", reason="à jeun"), DOCTOR)
    apart.meet(first=first)
    row = apart.only()
    choice = version_by(row, "à jeun")
    assert apart.one.refused(settle(row, choice), NURSE) == "conflict.not_yours"
    apart.one.do(settle(row, choice), DOCTOR)
    apart.meet(first=first)
    assert apart.conflicts() == []
    assert status(apart.one) == status(apart.two) == "suspended"
    apart.two.do(ResumePrescription(patient="p1", prescription="slot"), DOCTOR)
    apart.meet()
    assert status(apart.one) == "active"
    assert apart.conflicts() == []


def test_two_prescribers_who_settle_apart_are_asked_again(apart: Apart) -> None:
    apart.one.do(stop(), DOCTOR)
    apart.two.do(SuspendPrescription(patient="p1", prescription="slot", reason="à jeun"), DOCTOR)
    apart.meet()
    row = apart.only()
    for kit, version in zip(apart.kits, row.versions, strict=True):
        kit.do(settle(row, version.version), DOCTOR)
    apart.meet()
    assert apart.only().kind == "order"
    assert status(apart.one) == status(apart.two) == "stopped"


def test_two_stops_of_one_order_say_the_same_and_ask_nobody(apart: Apart, first: int) -> None:
    apart.one.do(stop(), DOCTOR)
    apart.two.do(stop(reason="allergie"), DOCTOR)
    apart.meet(first=first)
    assert apart.conflicts() == []
    assert status(apart.one) == status(apart.two) == "stopped"


def test_an_order_told_again_by_an_extract_does_not_undo_a_stop(apart: Apart, first: int) -> None:
    """The other kit reads a stick with the order as it was: the stop stands."""
    apart.one.do(stop(), DOCTOR)
    apart.two.now += HOUR
    told = PrescriptionRecorded(
        prescription="slot", patient="p1", generic="paracétamol", src="dpi",
        timing=Timing(times=("10:00",)), start=apart.two.now - DAY,
    )  # fmt: skip
    apart.two.record(told)
    apart.meet(first=first)
    assert status(apart.one) == status(apart.two) == "stopped"


def test_a_change_of_an_order_that_the_screen_did_not_show_is_refused(apart: Apart) -> None:
    (row,) = [r for r in apart.two.ask(Prescriptions(patient="p1")) if r.prescription == "slot"]
    apart.one.do(SuspendPrescription(patient="p1", prescription="slot", reason="à jeun"), DOCTOR)
    apart.meet()
    assert apart.two.refused(stop(seen=row.heads), DOCTOR) == "prescription.changed_meanwhile"


def test_what_prescribers_may_not_do(apart: Apart) -> None:
    """Each refusal of stopping, suspending and resuming."""
    kit = apart.one
    assert kit.refused(stop(reason=" "), DOCTOR) == "prescription.reason_needed"
    assert kit.refused(stop(at=kit.now + DAY), DOCTOR) == "act.in_future"
    unknown = StopPrescription(patient="p1", prescription="none", reason="x")
    assert kit.refused(unknown, DOCTOR) == "prescription.unknown_order"
    other = StopPrescription(patient="p2", prescription="slot", reason="x")
    assert kit.refused(other, DOCTOR) == "prescription.wrong_patient"
    resume = ResumePrescription(patient="p1", prescription="slot")
    assert kit.refused(resume, DOCTOR) == "prescription.not_suspended"
    ends = SuspendPrescription(patient="p1", prescription="slot", reason="x", until=kit.now - 1)
    assert kit.refused(ends, DOCTOR) == "prescription.ends_before_it_begins"
    kit.do(stop(), DOCTOR)
    assert kit.refused(stop(), DOCTOR) == "prescription.already"


# --- places


def move(bed: str, patient: str = "p1") -> MovePatient:
    """A move within the ward."""
    return MovePatient(patient=patient, ward="CARD", bed=bed)


def test_two_patients_moved_to_one_bed_are_both_shown_there(apart: Apart, first: int) -> None:
    apart.one.do(move("C03", "p1"))
    apart.two.do(move("C03", "p2"))
    apart.meet(first=first)
    row = apart.only()
    assert row.kind == "bed"
    for kit in apart.kits:
        assert on_board(kit, "p1") == on_board(kit, "p2") == ["C03"]
    apart.two.do(settle(row, version_by(row, "Durand")))
    apart.meet(first=first)
    assert apart.conflicts() == []
    for kit in apart.kits:
        assert (on_board(kit, "p1"), on_board(kit, "p2")) == ([""], ["C03"])


def test_a_bed_settled_apart_for_each_patient_keeps_both_on_the_board(apart: Apart) -> None:
    apart.one.do(move("C03", "p1"))
    apart.two.do(move("C03", "p2"))
    apart.meet()
    row = apart.only()
    apart.one.do(settle(row, version_by(row, "Durand")))
    apart.two.do(settle(row, version_by(row, "Martin")))
    apart.meet()
    assert {one.kind for one in apart.conflicts()} >= {"stay"}
    for kit in apart.kits:
        assert "C03" in on_board(kit, "p1")
        assert "C03" in on_board(kit, "p2")


def test_a_patient_moved_to_two_beds_is_shown_in_both(apart: Apart, first: int) -> None:
    """Nobody drops off the board, and the round of the ward has the patient once."""
    apart.one.do(move("C03"))
    apart.two.do(move(""))
    apart.meet(first=first)
    row = apart.only()
    assert row.kind == "stay"
    for kit in apart.kits:
        assert on_board(kit, "p1") == ["", "C03"]
        assert [r.patient for r in kit.ask(Round(ward="CARD"))].count("p1") == 1
    apart.one.do(settle(row, version_by(row, "C03")))
    apart.meet(first=first)
    assert apart.conflicts() == []
    assert on_board(apart.two, "p1") == ["C03"]


def test_a_patient_discharged_on_one_kit_and_moved_on_the_other_stays_on_the_board(
    apart: Apart, first: int
) -> None:
    apart.one.do(CloseStay(patient="p1", destination="domicile"))
    apart.two.do(move("C03"))
    apart.meet(first=first)
    row = apart.only()
    assert on_board(apart.one, "p1") == on_board(apart.two, "p1") == ["C03"]
    apart.one.do(settle(row, version_by(row, "domicile")))
    apart.meet(first=first)
    assert on_board(apart.two, "p1") == []
    assert apart.conflicts() == []


def test_a_patient_admitted_on_both_kits_is_in_two_beds_until_settled(
    apart: Apart, first: int
) -> None:
    for kit, bed in zip(apart.kits, ("C03", ""), strict=True):
        kit.record(PatientRegistered(patient="p9", birth_family="Petit"))
        kit.record(StayOpened(stay=f"s{bed}", patient="p9", ward="CARD", bed=bed))
    apart.meet(first=first)
    row = apart.only()
    assert row.kind == "stays"
    assert on_board(apart.one, "p9") == on_board(apart.two, "p9") == ["", "C03"]
    apart.two.do(settle(row, version_by(row, "C03")))
    apart.meet(first=first)
    assert apart.conflicts() == []
    assert on_board(apart.one, "p9") == ["C03"]


def test_beds_that_the_extract_itself_shares_are_no_conflict(apart: Apart) -> None:
    src = apart.one.extract()
    for key in ("p5", "p6"):
        apart.one.record(PatientRegistered(patient=key, birth_family=key, src=src))
        apart.one.record(StayOpened(stay=key, patient=key, ward="CARD", bed="X", src=src))
    apart.meet()
    assert apart.conflicts() == []


def test_where_a_patient_may_not_be_moved(apart: Apart) -> None:
    """Each refusal of moving and closing."""
    kit = apart.one
    assert kit.refused(move("C02")) == "stay.bed_taken"
    assert kit.refused(move("C01")) == "stay.same_place"
    assert kit.refused(move("C99")) == "stay.unknown_bed"
    elsewhere = MovePatient(patient="p1", ward="XXX")
    assert kit.refused(elsewhere) == "stay.unknown_ward"
    assert kit.refused(CloseStay(patient="nobody")) == "stay.not_here"
    assert kit.refused(CloseStay(patient="p1", at=kit.now + DAY)) == "act.in_future"
    assert kit.refused(CloseStay(patient="p1", seen=(7,))) == "stay.changed_meanwhile"


# --- allergies


def test_an_allergy_stands_against_none_known_said_on_the_other_kit(
    apart: Apart, first: int
) -> None:
    apart.one.do(RecordAllergy(patient="p1", substance="Pénicilline"))
    apart.two.do(AssertNoKnownAllergy(patient="p1"))
    apart.meet(first=first)
    row = apart.only()
    assert row.kind == "none_known"
    for kit in apart.kits:
        assert kit.ask(Allergies(patient="p1")).state == AllergyState.KNOWN
    apart.two.do(settle(row, version_by(row, "Pénicilline")), DOCTOR)
    apart.meet(first=first)
    assert apart.conflicts() == []
    assert apart.one.ask(Allergies(patient="p1")).state == AllergyState.KNOWN


def test_none_known_is_settled_by_refuting_each_allergy(apart: Apart, first: int) -> None:
    apart.one.do(RecordAllergy(patient="p1", substance="Pénicilline"))
    apart.two.do(AssertNoKnownAllergy(patient="p1"))
    apart.meet(first=first)
    row = apart.only()
    none = next(one.version for one in row.versions if "Pénicilline" not in one.says)
    apart.one.do(settle(row, none), DOCTOR)
    apart.meet(first=first)
    assert apart.conflicts() == []
    for kit in apart.kits:
        state = kit.ask(Allergies(patient="p1"))
        assert state.state == AllergyState.NONE_KNOWN
        assert [item.certainty for item in state.items] == ["refuted"]


def test_an_allergy_recorded_after_none_known_was_read_is_no_conflict(apart: Apart) -> None:
    apart.one.do(AssertNoKnownAllergy(patient="p1"))
    apart.meet()
    apart.two.do(RecordAllergy(patient="p1", substance="Pénicilline"))
    apart.meet()
    assert apart.conflicts() == []


def test_an_allergy_refuted_apart_from_another_telling_stands(apart: Apart, first: int) -> None:
    """Add wins: who refuted had not read what the other kit recorded."""
    apart.one.do(RecordAllergy(patient="p1", substance="Latex"))
    apart.meet()
    ((key,),) = apart.one.db.rows("select allergy from allergy")
    apart.one.do(RefuteAllergy(patient="p1", allergy=key, reason="test négatif"), DOCTOR)
    told = AllergyRecorded(allergy=key, patient="p1", substance="Latex", certainty="confirmed")
    apart.two.record(told)
    apart.meet(first=first)
    row = apart.only()
    assert row.kind == "allergy"
    assert apart.one.ask(Allergies(patient="p1")).state == AllergyState.KNOWN
    apart.two.do(settle(row, version_by(row, "test négatif")), DOCTOR)
    apart.meet(first=first)
    assert apart.conflicts() == []
    assert apart.one.ask(Allergies(patient="p1")).state != AllergyState.KNOWN


def test_allergies_recorded_apart_are_all_there(apart: Apart, first: int) -> None:
    apart.one.do(RecordAllergy(patient="p1", substance="Latex"))
    apart.two.do(RecordAllergy(patient="p1", substance="Pénicilline"))
    apart.meet(first=first)
    assert apart.conflicts() == []
    for kit in apart.kits:
        items = kit.ask(Allergies(patient="p1")).items
        assert [item.substance for item in items] == ["Latex", "Pénicilline"]


# --- identity


def test_two_identities_of_one_patient_are_both_shown(apart: Apart, first: int) -> None:
    """Traits told otherwise by two extracts; the one that a person chose is in force."""
    for kit, born in zip(apart.kits, ("1942-03-03", "1924-03-03"), strict=True):
        src = kit.extract(f"dpi-{born}")
        kit.record(PatientRegistered(patient="p1", birth_family="Martin", birth_date=born, src=src))
    apart.meet(first=first)
    row = apart.only()
    assert row.kind == "identity"
    apart.one.do(settle(row, version_by(row, "1924")), MANAGER)
    apart.meet(first=first)
    assert apart.conflicts() == []
    for kit in apart.kits:
        data = read_patient(kit.db, "p1")
        assert data
        assert data.birth_date == "1924-03-03"


# --- the same extract, read by both kits


def test_an_extract_that_both_kits_read_is_once_on_the_chart(apart: Apart, first: int) -> None:
    """Vitals, notes and doses of a source: one row each; struck on one kit, struck for all."""
    moment = at(6)
    told = (
        VitalsRecorded(patient="p1", at=moment, values={"hr": "80"}, src="dpi"),
        NoteWritten(patient="p1", at=moment, target="Douleur", data="EVA 3", src="dpi"),
        AdministrationRecorded(patient="p1", at=moment, generic="x", key="k", src="dpi"),
    )
    entries = [kit.record(*told) for kit in apart.kits]
    apart.two.do(StrikeEntry(entry=entries[1][0], reason="wrong_patient"), NURSE)
    apart.one.do(StrikeEntry(entry=entries[0][2], reason="not_done"), MANAGER)
    apart.meet(first=first)
    for kit in apart.kits:
        (vitals,) = kit.ask(VitalsHistory(patient="p1"))
        assert vitals.struck_reason == "wrong_patient"
        (note,) = kit.ask(Notes(patient="p1"))
        assert not note.struck_reason
        assert claims_between(kit.db, ["p1"], moment - 1, moment + 1) == []


# --- settling


def test_what_settling_refuses(apart: Apart) -> None:
    apart.one.do(give())
    apart.two.do(give(), OTHER_NURSE)
    apart.meet()
    row = apart.only()
    assert apart.one.refused(settle(row, "no such version")) == "conflict.no_such_choice"
    unknown = SettleConflict(conflict="dose:none", choice="both", reason="x")
    assert apart.one.refused(unknown) == "conflict.not_open"
    silent = SettleConflict(conflict=row.conflict, choice="both", reason=" ")
    assert apart.one.refused(silent) == "conflict.reason_needed"
    apart.one.do(settle(row, "both"))
    assert apart.one.refused(settle(row, "both")) == "conflict.not_open"
