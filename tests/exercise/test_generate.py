"""The generator: same seed same bytes, every event whole, in causal order, at any hour."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.core.clock import DAY, HOUR, MINUTE, local_instant
from kit.core.command import Outcome
from kit.core.envelope import RAW_LIMIT, encode_data
from kit.core.event import Event, Scope, event_type
from kit.exercise.admission import SILENT
from kit.exercise.hospital import DEMO_PEOPLE, Entry, deliver, generate
from kit.exercise.identity import DEMO_OID, key_is_right
from kit.exercise.observation import filtration
from kit.people.permission import PROFESSIONS
from kit.people.person import PersonEnrolled
from kit.ward.administration import AdministrationRecorded
from kit.ward.note import NoteWritten
from kit.ward.patient import PatientRegistered
from kit.ward.prescription import is_high_alert
from kit.ward.prescription_event import PrescriptionRecorded
from kit.ward.schedule import due_between, slot_key
from kit.ward.stay import StayOpened
from tests.exercise.demo_store import NOW, SEED

ENTRIES = list(generate(SEED, NOW))


def digest(entries: list[Entry]) -> str:
    """Of every byte that a log would be given."""
    found = hashlib.sha256()
    for entry in entries:
        found.update(encode_data(entry.event))
        found.update(repr((entry.ward, entry.actor, entry.wall_ms, entry.replaces)).encode())
    return found.hexdigest()


E = TypeVar("E", bound=Event)


def events(kind: type[E]) -> list[E]:
    """Every event of one class."""
    return [entry.event for entry in ENTRIES if isinstance(entry.event, kind)]


def test_the_same_seed_and_moment_give_the_same_bytes() -> None:
    """Screenshots, benchmarks and bug reports can be made again."""
    assert digest(list(generate(SEED, NOW))) == digest(ENTRIES)


def test_another_seed_gives_another_hospital() -> None:
    """Other people, not only other numbers."""
    others = [entry.event for entry in generate(SEED + 1, NOW)]
    names = {event.birth_family for event in others if isinstance(event, PatientRegistered)}
    assert names != {event.birth_family for event in events(PatientRegistered)}


def test_every_event_comes_back_from_its_bytes() -> None:
    """And none comes near the limit of an envelope."""
    for entry in ENTRIES:
        data = encode_data(entry.event)
        assert event_type(entry.event).decode(data) == entry.event
        assert len(data) < RAW_LIMIT // 8


def test_entries_come_in_causal_order() -> None:
    """Moments never go back or ahead, and a correction names only what came before it."""
    walls = [entry.wall_ms for entry in ENTRIES]
    assert walls == sorted(walls)
    assert walls[-1] <= NOW
    for place, entry in enumerate(ENTRIES):
        assert all(replaced < place for replaced in entry.replaces)


def test_an_entry_unpacks_as_event_ward_author_and_moment() -> None:
    """Those with a patient name the ward whose scope they go to."""
    for event, ward, _actor, wall in ENTRIES:
        assert wall
        assert bool(ward) == (event_type(event).scope is Scope.WARD)


def test_a_patient_is_known_before_anything_is_said_of_them() -> None:
    """A log that is read while it is written never shows an order without its patient."""
    known: set[str] = set()
    for entry in ENTRIES:
        if isinstance(entry.event, PatientRegistered):
            known.add(entry.event.patient)
        elif event_type(entry.event).by_patient:
            assert getattr(entry.event, "patient", "") in known


def test_what_was_imported_has_a_source_and_what_was_written_here_an_author() -> None:
    """The age and the author of each datum can be shown."""
    for entry in ENTRIES:
        source = getattr(entry.event, "src", None)
        if entry.ward and not source:
            assert entry.actor
            assert entry.wall_ms > NOW - 4 * HOUR


def test_nothing_was_written_in_the_silent_ward_since_the_attack() -> None:
    """Its kit was never opened, or never heard."""
    assert {entry.actor for entry in ENTRIES if entry.ward == SILENT} == {""}


def test_every_order_with_times_plans_doses() -> None:
    """Within a week of its start, unless it was stopped before."""
    planned = [order for order in events(PrescriptionRecorded) if order.timing]
    assert planned
    for order in planned:
        assert order.timing is not None
        until = order.stop or order.start + 8 * DAY
        if until - order.start > DAY and not order.timing.days:
            assert due_between(order.timing, order.start, order.stop, order.start, until)


def test_every_recorded_dose_meets_a_planned_one() -> None:
    """Its slot is one that its order really plans; if-needed doses name none."""
    orders = {order.prescription: order for order in events(PrescriptionRecorded)}
    doses = events(AdministrationRecorded)
    assert len(doses) > 1000
    for dose in doses:
        order = orders[dose.prescription]
        assert order.patient == dose.patient
        if order.as_needed:
            assert not dose.slot
            continue
        assert order.timing is not None
        assert dose.due in due_between(
            order.timing, order.start, order.stop, dose.due, dose.due + 1
        )
        assert dose.slot == slot_key(order.prescription, dose.due)


def test_if_needed_doses_keep_their_interval() -> None:
    """Nobody in the demo is given more, or sooner, than the order allows."""
    orders = {order.prescription: order for order in events(PrescriptionRecorded)}
    last: dict[str, int] = {}
    for dose in sorted(events(AdministrationRecorded), key=lambda one: one.at):
        order = orders[dose.prescription]
        if order.as_needed:
            before = last.get(dose.prescription, 0)
            assert dose.at - before >= order.min_interval_min * MINUTE
            last[dose.prescription] = dose.at
    assert len(last) > 30


def test_high_alert_doses_signed_here_were_checked_or_the_nurse_was_alone() -> None:
    """As the rule asks of every nurse who uses the kit."""
    orders = {order.prescription: order for order in events(PrescriptionRecorded)}
    for entry in ENTRIES:
        dose = entry.event
        if isinstance(dose, AdministrationRecorded) and not dose.src and dose.status == "given":
            assert len(dose.identified_by) >= 2
            if is_high_alert(orders[dose.prescription]):
                assert dose.alone or dose.second not in ("", entry.actor)


def test_every_order_can_be_read_by_a_carer() -> None:
    """A sentence, a drug, a dose in figures or words, a route, a prescriber."""
    for order in events(PrescriptionRecorded):
        assert order.text
        assert order.generic
        assert order.dose or order.dose_text
        assert order.route
        assert order.prescriber
        assert "{" not in order.text


def test_an_adult_has_six_to_twelve_orders() -> None:
    """As a ward's charts do; children and newborn have fewer."""
    grown_up = [event.patient for event in events(PatientRegistered) if event.birth_date < "2008"]
    orders = Counter(order.patient for order in events(PrescriptionRecorded))
    counts = [orders[patient] for patient in grown_up if patient in orders]
    assert min(counts) >= 5
    assert max(counts) <= 15
    assert sum(6 <= count <= 12 for count in counts) >= 0.9 * len(counts)


def test_numbers_of_identities_are_well_formed_and_only_for_the_demonstration() -> None:
    """A right key, the demonstration's OID, and no number for an identity that is not sure."""
    registered = events(PatientRegistered)
    with_ins = [event for event in registered if event.ins]
    assert with_ins
    assert all(event.ins_oid == DEMO_OID and key_is_right(event.ins) for event in with_ins)
    assert {event.identity for event in with_ins} == {"qualified", "retrieved"}
    assert len({event.ipp for event in registered}) == len({event.patient for event in registered})


def test_notes_are_varied() -> None:
    """At least forty different ones, each with a target and something said."""
    notes = events(NoteWritten)
    assert len({(note.target, note.data) for note in notes}) >= 40
    assert all(note.target and (note.data or note.action) for note in notes)
    assert not any("{" in note.data + note.action + note.result for note in notes)


def test_people_of_every_profession_have_an_account_without_a_pin() -> None:
    """The node makes the verifiers; no event holds a PIN."""
    enrolled = events(PersonEnrolled)
    assert {one.profession for one in enrolled} == set(PROFESSIONS)
    assert not any(one.pin for one in enrolled)
    assert {one.person for one in enrolled} == {one.person for one in DEMO_PEOPLE}
    assert all(one.pin.isdigit() for one in DEMO_PEOPLE)


def test_delivery_turns_positions_into_entry_numbers() -> None:
    """Whatever numbers the log gives, a correction names the entry that was wrong."""
    given_numbers: list[int] = []
    seen: dict[int, Outcome] = {}

    def append(outcomes: list[Outcome], _entry: Entry) -> list[int]:
        made = []
        for outcome in outcomes:
            number = 10_000 + 7 * len(given_numbers)
            given_numbers.append(number)
            seen[number] = outcome
            made.append(number)
        return made

    assert deliver(ENTRIES, append) == len(ENTRIES)
    for place, entry in enumerate(ENTRIES):
        outcome = seen[given_numbers[place]]
        assert outcome.event is entry.event
        assert outcome.base == tuple(given_numbers[one] for one in entry.replaces)


@settings(max_examples=12)
@given(
    seed=st.integers(0, 10**6),
    hour=st.integers(0, 23),
    day=st.sampled_from([(2026, 3, 29), (2026, 10, 25), (2026, 12, 31), (2024, 2, 29)]),
)
def test_it_can_be_made_for_any_seed_at_any_hour(
    seed: int, hour: int, day: tuple[int, int, int]
) -> None:
    """The nights when the clock changes and the ends of years too; the beds are the same."""
    now = local_instant(*day, hour)
    entries = list(generate(seed, now))
    stays = [entry.event for entry in entries if isinstance(entry.event, StayOpened)]
    assert len(stays) == len({stay.stay for stay in stays}) == 140
    assert all(entry.wall_ms <= now for entry in entries)
    assert all(stay.admitted_at < now for stay in stays)


@pytest.mark.parametrize("number", ["", "1800176719990", "18001767199019a", "180017671990199"])
def test_a_wrong_key_is_seen(number: str) -> None:
    """So that the test of the numbers above means something."""
    assert not key_is_right(number)


def test_filtration_follows_from_creatinine() -> None:
    """A chart that gives both must not contradict itself (CKD-EPI 2021, worked by hand)."""
    assert round(filtration(88.4, 50, "M")) == 92
    assert round(filtration(88.4, 50, "F")) == 69
    assert filtration(700, 60, "M") < 8
