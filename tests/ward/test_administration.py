"""A dose is signed on the right chart, for an order in force, each warning answered."""

from __future__ import annotations

import pytest

from kit.core.command import SENTENCES, Decision
from kit.core.errors import Refused
from kit.core.quantity import Quantity
from kit.ward.administration import GiveDose, OmitDose
from kit.ward.administration_event import AdministrationRecorded, DoseStatus, OmissionReason
from kit.ward.prescription_event import (
    OrderStatus,
    PrescriptionStopped,
    PrescriptionSuspended,
)
from kit.ward.schedule import Timing, slot_key
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

MORNING = Timing(times=("08:00", "20:00"))
GRAM = Quantity("1", "g")


def give(order: str = "rx", /, **facts: object) -> GiveDose:
    """A dose of `order` to p1, two identifiers checked."""
    said = {"patient": "p1", "prescription": order, "identified_by": BY_NAME_AND_BIRTH} | facts
    return GiveDose(**said)  # type: ignore[arg-type]


def omit(order: str = "rx", /, **facts: object) -> OmitDose:
    """A dose of `order` not given to p1."""
    return OmitDose(**({"patient": "p1", "prescription": order} | facts))  # type: ignore[arg-type]


@pytest.fixture
def rx(ward: Ward) -> str:
    """Paracetamol 1 g at 08:00 and 20:00; it is 10:00."""
    return ward.order("rx", dose=GRAM, timing=MORNING)


@pytest.mark.req("WARD-01")
@pytest.mark.parametrize(
    "identified_by", [(), ("name",), ("bed", "room"), ("name", "name"), ("name", "bed")]
)
def test_a_dose_needs_two_identifiers(ward: Ward, rx: str, identified_by: tuple[str, ...]) -> None:
    """ward.md §6 rule 1: two different ones, and a bed or a room never counts."""
    command = give(due=at(8), identified_by=identified_by)
    assert ward.refused(command) == "administration.identify"


@pytest.mark.req("WARD-02")
def test_an_order_of_another_patient_is_refused_and_stops_the_person(ward: Ward, rx: str) -> None:
    """ward.md §6 rule 2: the chart in hand and the order must be the same patient's."""
    ward.admit("p2", "Durand", bed="C02")
    assert ward.refused(give(patient="p2", due=at(8))) == "administration.wrong_patient"
    assert SENTENCES["administration.wrong_patient"].interrupts


def test_an_order_that_the_kit_does_not_hold_is_refused(ward: Ward) -> None:
    assert ward.refused(give("nowhere")) == "administration.unknown_order"
    assert ward.refused(omit("nowhere", reason="fasting")) == "administration.unknown_order"


def test_a_given_dose_is_kept_with_who_when_and_how_it_was_checked(ward: Ward, rx: str) -> None:
    decision = ward.decide(give(due=at(8), at=at(9, 50)))
    assert isinstance(decision, Decision)
    (outcome,) = decision.outcomes
    event = outcome.event
    assert isinstance(event, AdministrationRecorded)
    assert (event.due, event.at, event.slot) == (at(8), at(9, 50), slot_key("rx", at(8)))
    assert (event.status, event.dose, event.generic) == ("given", GRAM, "paracétamol")
    assert event.identified_by == BY_NAME_AND_BIRTH


def test_a_dose_at_a_time_that_is_not_planned_is_refused(ward: Ward, rx: str) -> None:
    assert ward.refused(give(due=at(9))) == "administration.not_planned"
    assert ward.decide(give(due=0, at=at(9, 58))).__class__ is Decision


def test_a_dose_in_the_future_is_refused_beyond_the_clocks_allowance(ward: Ward, rx: str) -> None:
    assert ward.refused(give(due=at(20), at=at(20))) == "act.in_future"
    assert isinstance(ward.decide(give(due=at(8), at=ward.now + 4 * MINUTE)), Decision)


@pytest.mark.parametrize("status", [OrderStatus.STOPPED, OrderStatus.SUSPENDED, OrderStatus.DRAFT])
def test_nothing_is_given_of_an_order_that_is_not_in_force(ward: Ward, status: str) -> None:
    ward.order("rx", dose=GRAM, timing=MORNING, status=status)
    assert ward.refused(give(due=at(8))) == "administration.not_in_force"


def test_after_a_stop_nothing_is_given_but_what_was_given_before_may_be_entered(
    ward: Ward, rx: str
) -> None:
    """A late entry is normal; a dose after the stop is not."""
    ward.record(PrescriptionStopped(prescription="rx", patient="p1", at=at(9)))
    assert ward.refused(give(due=at(8))) == "administration.not_in_force"
    assert isinstance(ward.decide(give(due=at(8), at=at(8, 10))), Decision)
    assert isinstance(ward.decide(omit(due=at(8), reason="fasting")), Decision)


def test_a_suspension_ends_by_itself_when_it_says_so(ward: Ward, rx: str) -> None:
    ward.record(PrescriptionSuspended(prescription="rx", patient="p1", at=at(7), until=at(9)))
    assert isinstance(ward.decide(give(due=at(8))), Decision)
    assert ward.refused(give(due=at(8), at=at(8, 30))) == "administration.not_in_force"


def test_the_last_dose_of_a_course_may_be_given_minutes_after_its_end(ward: Ward) -> None:
    ward.order("rx", dose=GRAM, timing=MORNING, stop=at(9))
    assert isinstance(ward.decide(give(due=at(8))), Decision)
    assert ward.refused(give()) == "administration.not_in_force"


def test_an_order_that_starts_tomorrow_gives_nothing_to_day(ward: Ward) -> None:
    ward.order("rx", dose=GRAM, as_needed=True, start=at(12, day=23))
    assert ward.refused(give()) == "administration.not_in_force"
    ward.order("rx2", dose=GRAM, as_needed=True, start=at(12))
    assert isinstance(ward.decide(give("rx2")), Decision)


@pytest.mark.req("WARD-08")
def test_a_dose_given_on_the_slot_is_shown_before_another_is_signed(ward: Ward, rx: str) -> None:
    """ward.md §6 rule 8: same slot; it can be declared given twice, with words, and both stay."""
    ward.do(give(due=at(8), at=at(8, 5)))
    command = give(due=at(8))
    refused = ward.decide(command, OTHER_NURSE)
    assert isinstance(refused, Refused)
    assert refused.code == "administration.already_given"
    assert refused.args == {"time": "08:05", "by": "Claire Dubois"}
    assert SENTENCES[refused.code].interrupts
    confirmed = give(due=at(8), confirm=("administration.already_given",))
    assert ward.refused(confirmed, OTHER_NURSE) == "administration.reason_needed"
    ward.do(
        give(due=at(8), confirm=("administration.already_given",), reason_text="vue deux fois"),
        OTHER_NURSE,
    )
    assert ward.db.row("select count(*) from administration where due=?", at(8)) == (2,)


@pytest.mark.req("WARD-08")
def test_a_dose_that_the_extract_reports_near_the_slot_counts_as_given(ward: Ward) -> None:
    """ward.md §6 rule 8: the extract has a time and no slot; it still stops a second dose."""
    source = ward.extract(age_ms=HOUR)
    ward.order("rx", dose=GRAM, timing=MORNING, src=source)
    ward.record(AdministrationRecorded(patient="p1", prescription="rx", at=at(8, 20), src=source))
    ward.now = at(11)
    refused = ward.decide(give(due=at(8)))
    assert isinstance(refused, Refused)
    assert refused.args["by"] == "une personne non nommée"


@pytest.mark.req("WARD-08")
def test_the_same_drug_given_a_moment_ago_under_another_order_is_shown(ward: Ward, rx: str) -> None:
    """ward.md §6 rule 8: same patient and drug within the interval."""
    ward.order("other", generic="PARACETAMOL", dose=GRAM)
    ward.do(give("other", at=at(9, 40)))
    assert ward.refused(give(due=at(8))) == "administration.recent_dose"


@pytest.mark.req("WARD-09")
def test_if_needed_doses_keep_their_minimum_interval(ward: Ward) -> None:
    """ward.md §6 rule 9: enforced, with an override that gives a reason."""
    ward.order("rx", dose=GRAM, as_needed=True, min_interval_min=360)
    ward.do(give(at=at(6)))
    assert ward.refused(give()) == "administration.interval"
    confirmed = ("administration.interval",)
    assert ward.refused(give(confirm=confirmed)) == "administration.reason_needed"
    assert isinstance(ward.decide(give(confirm=confirmed, reason_text="avis Dr V")), Decision)
    ward.now = at(12)
    assert isinstance(ward.decide(give()), Decision)


@pytest.mark.req("WARD-09")
def test_a_weekly_drug_is_held_back_by_a_dose_of_five_days_ago(ward: Ward) -> None:
    """ward.md §6 rule 9: the interval counts however long it is."""
    ward.order("rx", generic="méthotrexate", as_needed=True, min_interval_min=7 * 24 * 60)
    ward.record(
        AdministrationRecorded(
            patient="p1", prescription="rx", generic="méthotrexate", at=ward.now - 5 * DAY
        )
    )
    assert ward.refused(give(alone=True)) == "administration.interval"


@pytest.mark.req("WARD-09")
def test_a_dose_entered_late_keeps_its_distance_from_the_later_one(ward: Ward) -> None:
    """ward.md §6 rule 9: the interval holds in both directions."""
    ward.order("rx", dose=GRAM, as_needed=True, min_interval_min=360)
    ward.do(give(at=at(9)))
    assert ward.refused(give(at=at(5))) == "administration.interval"


@pytest.mark.req("WARD-09")
def test_the_24_h_maximum_counts_this_dose(ward: Ward) -> None:
    """ward.md §6 rule 9: 3 g were given, 1 g more makes 4 g: allowed; 0,5 g more is not."""
    ward.order("rx", dose=GRAM, as_needed=True, max_24h=Quantity("4", "g"))
    for hour in (0, 3, 6):
        ward.do(give(at=at(hour)))
    assert isinstance(ward.decide(give(at=at(9))), Decision)
    ward.do(give(at=at(9)))
    ward.now = at(11)
    refused = ward.decide(give())
    assert isinstance(refused, Refused)
    assert refused.code == "administration.max_24h"
    assert refused.args == {"total": "5\u00a0g", "most": "4\u00a0g"}
    ward.now = at(0, 30, day=23)
    assert isinstance(ward.decide(give()), Decision)


@pytest.mark.req("WARD-09")
def test_an_early_dose_entered_late_counts_in_every_24_h_it_falls_in(ward: Ward) -> None:
    """ward.md §6 rules 9 and 15: the doses after it must still fit."""
    ward.order("rx", dose=GRAM, as_needed=True, max_24h=Quantity("2", "g"))
    for hour in (6, 8):
        ward.do(give(at=at(hour)))
    assert ward.refused(give(at=at(3))) == "administration.max_24h"


@pytest.mark.req("WARD-10")
def test_a_high_alert_drug_asks_another_person_or_says_that_nobody_is_there(ward: Ward) -> None:
    """ward.md §6 rule 10: the same person is refused; being alone is recorded."""
    ward.order("rx", generic="Insuline lispro", dose=Quantity("6", "[IU]"), timing=MORNING)
    for second in ("", NURSE, "nobody"):
        assert ward.refused(give(due=at(8), second=second)) == "administration.needs_second"
    assert isinstance(ward.decide(give(due=at(8), second=OTHER_NURSE)), Decision)
    ward.do(give(due=at(8), alone=True))


@pytest.mark.req("WARD-15")
def test_a_dose_entered_late_says_what_it_changed(ward: Ward) -> None:
    """ward.md §6 rule 15: how many later doses there are and what the total has become."""
    ward.order("rx", dose=GRAM, as_needed=True)
    ward.do(give(at=at(7)))
    decision = ward.decide(give(at=at(5)))
    assert isinstance(decision, Decision)
    (notice,) = decision.notices
    assert notice.code == "administration.later_doses"
    assert notice.args == {"count": 1, "total": "2\u00a0g"}
    assert ward.notices(give(at=at(9, 50))) == []


def test_less_than_ordered_is_a_partial_dose(ward: Ward, rx: str) -> None:
    decision = ward.decide(give(due=at(8), dose=Quantity("0,5", "g")))
    assert isinstance(decision, Decision)
    event = decision.outcomes[0].event
    assert isinstance(event, AdministrationRecorded)
    assert event.status == DoseStatus.PARTIAL
    assert event.dose == Quantity("0.5", "g")


@pytest.mark.parametrize("dose", [Quantity("2", "g"), Quantity("500", "mg")])
def test_more_than_ordered_or_another_unit_is_confirmed_first(
    ward: Ward, rx: str, dose: Quantity
) -> None:
    assert ward.refused(give(due=at(8), dose=dose)) == "administration.dose_differs"
    confirmed = ("administration.dose_differs",)
    ward.do(give(due=at(8), dose=dose, confirm=confirmed, reason_text="avis Dr V"))


@pytest.mark.parametrize("value", ["", "un", "1.000", "0", "-1", "nan", "1e3"])
def test_a_dose_that_is_no_clear_number_is_refused(ward: Ward, rx: str, value: str) -> None:
    command = give(due=at(8), dose=Quantity(value, "g"))
    assert ward.refused(command) == "administration.dose_unreadable"


def test_an_order_that_was_not_read_whole_is_confirmed_before_it_is_given(ward: Ward) -> None:
    ward.order("rx", dose=GRAM, timing=MORNING, not_understood=("modifierExtension",))
    assert ward.refused(give(due=at(8))) == "administration.to_check"
    ward.order("rx2", dose=GRAM, timing=Timing(times=("08:00", "25:99")))
    assert ward.refused(give("rx2", due=at(8))) == "administration.to_check"


@pytest.mark.parametrize("reason", ["", "parce que", OmissionReason.OTHER])
def test_a_dose_not_given_has_a_reason(ward: Ward, rx: str, reason: str) -> None:
    assert ward.refused(omit(due=at(8), reason=reason)) == "administration.reason_needed"


@pytest.mark.parametrize("reason", list(OmissionReason))
def test_each_coded_reason_is_accepted_and_kept(ward: Ward, rx: str, reason: str) -> None:
    ward.do(omit(due=at(8), reason=reason, reason_text="parti au bloc"))
    assert ward.db.row("select status, reason from administration") == ("omitted", reason)


def test_a_dose_that_was_given_is_not_omitted(ward: Ward, rx: str) -> None:
    ward.do(give(due=at(8), at=at(8)))
    assert ward.refused(omit(due=at(8), reason="refused")) == "administration.already_given"


def test_a_high_alert_drug_not_given_asks_to_call(ward: Ward, rx: str) -> None:
    ward.order("risk", generic="énoxaparine", timing=MORNING)
    asked = omit("risk", due=at(8), reason="fasting")
    assert ward.notices(asked) == ["administration.critical_omitted"]
    assert ward.notices(omit(due=at(8), reason="fasting")) == []


def test_a_dose_is_corrected_by_a_new_entry_and_a_strike(ward: Ward, rx: str) -> None:
    (wrong,) = ward.do(give(due=at(8), at=at(9, 30)))
    fix = {"corrects": wrong, "correction_reason": "wrong_time"}
    ward.do(give(due=at(8), at=at(8, 30), **fix))
    assert ward.db.rows("select at from administration order by n") == [(at(9, 30),), (at(8, 30),)]
    assert ward.db.row("select n, reason from struck") == (wrong, "wrong_time")


def test_the_dose_being_corrected_does_not_count_against_itself(ward: Ward) -> None:
    ward.order("rx", dose=GRAM, as_needed=True, max_24h=GRAM, min_interval_min=600)
    (wrong,) = ward.do(give(at=at(9)))
    ward.do(give(at=at(8), corrects=wrong, correction_reason="wrong_time"))


def test_another_nurse_does_not_correct_a_dose_but_a_doctor_may(ward: Ward, rx: str) -> None:
    (wrong,) = ward.do(give(due=at(8), at=at(8)))
    fix = {"corrects": wrong, "correction_reason": "not_done"}
    command = omit(due=at(8), reason="refused", **fix)
    assert ward.refused(command, OTHER_NURSE) == "entry.not_author"
    for allowed in (NURSE, DOCTOR, MANAGER):
        assert isinstance(ward.decide(command, allowed), Decision)


def test_a_dose_far_ahead_of_its_time_is_asked_about(ward: Ward, rx: str) -> None:
    """Signing tonight's line at noon is most often a wrong line; on purpose it takes a reason."""
    ward.now = at(6)
    assert ward.refused(give(due=at(8))) == "administration.early"
    early = ("administration.early",)
    assert ward.refused(give(due=at(8), confirm=early)) == "administration.reason_needed"
    assert isinstance(
        ward.decide(give(due=at(8), confirm=early, reason_text="départ au bloc")), Decision
    )
    ward.now = at(7)
    assert isinstance(ward.decide(give(due=at(8))), Decision)
