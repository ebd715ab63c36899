"""The round: each planned dose with its fate, none hidden, and the drugs that have no time."""

from __future__ import annotations

import pytest

from kit.core.quantity import Quantity
from kit.ward.administration_event import AdministrationRecorded
from kit.ward.correction import EntryStruck
from kit.ward.prescription_event import (
    OrderStatus,
    PrescriptionRecorded,
    PrescriptionResumed,
    PrescriptionStopped,
    PrescriptionSuspended,
)
from kit.ward.round import Round, RoundRow, rounds_of
from kit.ward.schedule import Timing, slot_key
from tests.ward.harness import HOUR, MINUTE, OTHER_NURSE, Ward, at

TIMES = Timing(times=("08:00", "12:00"))
GRAM = Quantity("1", "g")


def read(ward: Ward, since: int = at(6), until: int = at(18)) -> RoundRow:
    """The round of p1."""
    (row,) = ward.ask(Round(patient="p1", since=since, until=until))
    assert isinstance(row, RoundRow)
    return row


def fates(ward: Ward, **window: int) -> dict[str, str]:
    """Status by planned time; doses without one under the time they were given, with a +."""
    from kit.core.clock import hhmm

    slots = read(ward, **window).slots
    return {hhmm(slot.due) if slot.due else f"+{hhmm(slot.at)}": slot.status for slot in slots}


def given(ward: Ward, order: str = "rx", **facts: object) -> int:
    """A claim on record; its entry number."""
    said = {"patient": "p1", "prescription": order, "dose": GRAM} | facts
    if said.get("due"):
        said["slot"] = slot_key(order, int(str(said["due"])))
    (entry,) = ward.record(AdministrationRecorded(**said))  # type: ignore[arg-type]
    return entry


def test_what_nobody_recorded_is_planned_then_late(ward: Ward) -> None:
    """08:00 is late from 08:30; it is 10:00, so 12:00 is planned."""
    ward.order("rx", timing=TIMES)
    assert fates(ward) == {"08:00": "late", "12:00": "planned"}
    ward.now = at(8, 30)
    assert fates(ward) == {"08:00": "planned", "12:00": "planned"}


@pytest.mark.parametrize(
    ("status", "fate"),
    [("given", "given"), ("partial", "partial"), ("omitted", "omitted"), ("unknown", "to_check")],
)
def test_a_claim_is_the_doses_fate(ward: Ward, status: str, fate: str) -> None:
    ward.order("rx", timing=TIMES)
    entry = given(ward, due=at(8), at=at(8, 4), status=status)
    first = read(ward).slots[0]
    assert (first.status, first.entry, first.at, first.by) == (
        fate, entry, at(8, 4), "Claire Dubois",
    )  # fmt: skip


@pytest.mark.req("WARD-08")
def test_two_claims_on_one_slot_are_shown_as_a_conflict(ward: Ward) -> None:
    """ward.md §4: "2 administrations déclarées", resolved by a human."""
    ward.order("rx", timing=TIMES)
    given(ward, due=at(8), at=at(8))
    second = given(ward, due=at(8), at=at(8, 5))
    slot = read(ward).slots[0]
    assert (slot.status, slot.claims) == ("conflict", 2)
    ward.record(
        EntryStruck(patient="p1", kind="administration", reason="duplicate"), base=(second,)
    )
    assert read(ward).slots[0].status == "given"


def test_a_dose_given_after_it_was_omitted_is_given(ward: Ward) -> None:
    ward.order("rx", timing=TIMES)
    given(ward, due=at(8), at=at(8), status="omitted", reason="absent")
    given(ward, due=at(8), at=at(9, 30))
    assert fates(ward)["08:00"] == "given"


@pytest.mark.req("WARD-16")
def test_a_struck_claim_leaves_the_dose_due_again(ward: Ward) -> None:
    ward.order("rx", timing=TIMES)
    entry = given(ward, due=at(8), at=at(8))
    ward.record(
        EntryStruck(patient="p1", kind="administration", reason="wrong_patient"), base=(entry,)
    )
    assert fates(ward)["08:00"] == "late"


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(-60, {"08:00": "given"}), (0, {"08:00": "given"}), (59, {"08:00": "given"}),
     (61, {"08:00": "not_known", "+09:01": "given"})],
)  # fmt: skip
def test_a_dose_of_the_extract_answers_the_nearest_time_within_the_hour(
    ward: Ward, minutes: int, expected: dict[str, str]
) -> None:
    source = ward.extract(age_ms=0)
    ward.order("rx", timing=Timing(times=("08:00",)), src=source)
    given(ward, at=at(8) + minutes * MINUTE, src=source)
    assert fates(ward) == expected


def test_two_doses_of_the_extract_answer_two_times(ward: Ward) -> None:
    source = ward.extract(age_ms=0)
    ward.order("rx", timing=Timing(times=("08:00", "09:00")), src=source)
    given(ward, at=at(8, 35), src=source)
    given(ward, at=at(8, 40), src=source)
    assert fates(ward) == {"08:00": "given", "09:00": "given"}


def test_a_claim_at_the_windows_edge_answers_the_dose_beyond_it(ward: Ward) -> None:
    """The 08:00 dose given at 08:20 is no extra dose for a screen that begins at 08:10."""
    source = ward.extract(age_ms=0)
    ward.order("rx", timing=Timing(times=("08:00",)), src=source)
    given(ward, at=at(8, 20), src=source)
    assert fates(ward, since=at(8, 10)) == {}


def test_before_the_extract_nobody_knows_after_it_somebody_is_late(ward: Ward) -> None:
    """An extract of 09:00 says nothing of the 08:00 dose: unknown, not late and not given."""
    source = ward.extract(age_ms=HOUR)
    ward.order("rx", timing=Timing(times=("08:00", "09:15")), src=source)
    assert fates(ward) == {"08:00": "not_known", "09:15": "late"}


def test_a_suspension_hides_no_dose_that_was_due_before_it(ward: Ward) -> None:
    ward.order("rx", timing=TIMES)
    ward.record(PrescriptionSuspended(prescription="rx", patient="p1", at=at(9), until=at(11)))
    ward.order("rx2", timing=TIMES)
    ward.record(PrescriptionSuspended(prescription="rx2", patient="p1", at=at(9)))
    slots = {(slot.prescription, slot.due): slot.status for slot in read(ward).slots}
    assert slots == {
        ("rx", at(8)): "late", ("rx", at(12)): "planned",
        ("rx2", at(8)): "late", ("rx2", at(12)): "suspended",
    }  # fmt: skip


def test_a_resumed_order_is_due_again(ward: Ward) -> None:
    ward.order("rx", timing=TIMES)
    ward.record(
        PrescriptionSuspended(prescription="rx", patient="p1", at=at(7)),
        PrescriptionResumed(prescription="rx", patient="p1", at=at(9)),
    )
    assert fates(ward)["12:00"] == "planned"


def test_after_a_stop_nothing_is_due_and_what_was_due_stays(ward: Ward) -> None:
    ward.order("rx", timing=TIMES)
    ward.record(PrescriptionStopped(prescription="rx", patient="p1", at=at(9)))
    assert fates(ward) == {"08:00": "late"}


@pytest.mark.parametrize("status", [OrderStatus.DRAFT, OrderStatus.STOPPED])
def test_a_draft_or_an_order_stopped_no_one_knows_when_plans_nothing(
    ward: Ward, status: str
) -> None:
    ward.order("rx", timing=TIMES, status=status)
    assert fates(ward) == {}


def test_an_order_not_read_whole_is_to_be_checked_and_never_looks_planned(ward: Ward) -> None:
    ward.order("rx", timing=TIMES, status=OrderStatus.TO_CHECK)
    assert set(fates(ward).values()) == {"to_check"}
    ward.order("rx", timing=Timing(times=("08:00", "25:99")))
    row = read(ward).slots[0]
    assert (row.status, row.doubts) == ("to_check", ("25:99",))


def test_a_dose_for_a_time_that_is_planned_no_more_is_still_shown(ward: Ward) -> None:
    """Hidden, it would be given again."""
    ward.order("rx", timing=TIMES)
    given(ward, due=at(8), at=at(8, 2))
    ward.record(
        PrescriptionRecorded(
            prescription="rx", patient="p1", generic="paracétamol", start=at(0),
            timing=Timing(times=("09:00",)),
        )
    )  # fmt: skip
    assert fates(ward) == {"+08:02": "given", "09:00": "late"}


def test_a_dose_whose_order_is_not_here_is_still_shown(ward: Ward) -> None:
    given(ward, order="elsewhere", at=at(9), generic="furosémide")
    (slot,) = read(ward).slots
    assert (slot.status, slot.generic, slot.line[0].text) == ("given", "furosémide", "furosémide")


def test_an_order_in_force_without_a_time_is_listed_apart(ward: Ward) -> None:
    """It is due all the same, and a round that left it out would lose it."""
    ward.order("rx", timing=None, frequency_text="matin et soir")
    ward.order("timed", timing=TIMES)
    row = read(ward)
    assert [order.prescription for order in row.unscheduled] == ["rx"]
    ward.record(PrescriptionStopped(prescription="rx", patient="p1", at=at(9)))
    assert read(ward).unscheduled == ()


@pytest.mark.req("WARD-09")
def test_if_needed_shows_last_dose_total_and_when_the_next_is_allowed(ward: Ward) -> None:
    """ward.md §6 rule 9: last time and cumulative 24 h in view at the moment of giving."""
    ward.order("rx", dose=GRAM, as_needed=True, max_24h=Quantity("4", "g"), min_interval_min=240)
    given(ward, at=at(9, day=21), generic="paracétamol")
    given(ward, at=at(4), generic="paracétamol")
    given(ward, order="other", at=at(7), generic="Paracetamol")
    (row,) = read(ward).as_needed
    assert (row.last_at, row.total_24h, row.max_24h) == (at(7), "2\u00a0g", "4\u00a0g")
    assert row.next_allowed == at(11)


def test_if_needed_finds_the_last_dose_days_ago_and_counts_what_has_no_amount(
    ward: Ward,
) -> None:
    ward.order("rx", as_needed=True)
    given(ward, at=at(9, day=18), dose=None, dose_text="un sachet")
    (row,) = read(ward).as_needed
    assert (row.last_at, row.last_amount, row.total_24h) == (at(9, day=18), "un sachet", "0 dose")


def test_a_dose_of_an_extract_without_its_giver_names_nobody(ward: Ward) -> None:
    source = ward.extract(age_ms=0)
    ward.order("rx", timing=TIMES, src=source)
    given(ward, at=at(8), src=source)
    assert read(ward).slots[0].by == ""
    ward.now = at(13)
    ward.record(
        AdministrationRecorded(patient="p1", prescription="rx", due=at(12), at=at(12)),
        actor=OTHER_NURSE,
    )
    assert read(ward).slots[1].by == "Élodie Roux"


def test_the_round_of_a_ward_is_in_order_of_bed_and_of_nobody_is_empty(ward: Ward) -> None:
    ward.admit("p0", "Zola", bed="C03")
    ward.admit("p9", "Aubry", bed="C02")
    rows = ward.ask(Round(ward="CARD"))
    assert [row.patient for row in rows] == ["p1", "p9", "p0"]
    assert ward.ask(Round(ward="NOWHERE")) == []
    assert rounds_of(ward.db, [], at(0), at(1), at(2)) == {}


def test_a_dose_that_a_later_extract_tells_otherwise_is_one_dose_still(ward: Ward) -> None:
    """The hospital's record of one dose was amended: no second claim, no false "given twice"."""
    for dose in ("1 g", "500 mg"):
        told = AdministrationRecorded(
            patient="p1", prescription="r1", at=ward.now - HOUR, key="mar-1", dose_text=dose
        )
        ward.record(told)
    rows = ward.db.rows("select dose_text from administration where key='mar-1'")
    assert rows == [("500 mg",)]
