"""Every awkward case of the demo, as a carer meets it: through the queries, never the events."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from kit.core.clock import DAY, HOUR, local
from kit.store import projector
from kit.ward.medication_line import plain_line
from tests.exercise.demo_store import DemoStore

WARDS = {"CARD": 28, "CHIR": 26, "DIAL": 24, "GERI": 26, "MEDB": 26, "PED": 18}


def named(valmont: DemoStore, family: str, given: str = "") -> Any:
    """The one board row of this name."""
    found = [
        row for row in valmont.everybody() if row.family == family and row.given.startswith(given)
    ]
    assert len(found) == 1
    return found[0]


def lines(valmont: DemoStore) -> list[str]:
    """Every prescription line of the house, as shown."""
    return [
        plain_line(order.line).replace("\u00a0", " ").replace("\u202f", " ")
        for row in valmont.everybody()
        for order in valmont.ask("prescription.list", patient=row.patient)
    ]


def slots(valmont: DemoStore, ward: str, hours: int = 24) -> list[Any]:
    """The planned doses of the last hours in a ward."""
    rounds = valmont.ask(
        "round.slots", ward=ward, since=valmont.now - hours * HOUR, until=valmont.now
    )
    return [slot for one in rounds for slot in one.slots]


def test_there_are_six_wards_and_148_beds(valmont: DemoStore) -> None:
    """Nearly all taken, and each bed stands on its board."""
    wards = valmont.ask("ward.list")
    assert {ward.ward: ward.beds for ward in wards} == WARDS
    assert sum(ward.beds for ward in wards) == 148
    assert sum(ward.taken for ward in wards) >= 135
    for ward in wards:
        assert len({row.bed for row in valmont.board(ward.ward)}) == ward.beds
    assert next(ward for ward in wards if ward.ward == "DIAL").kind == "dialysis"


def test_the_tables_rebuild_from_the_log_to_the_same_rows(valmont: DemoStore) -> None:
    """Every event folds, in any order that the log keeps."""
    before = projector.fingerprint(valmont.db)
    with valmont.db.transaction():
        projector.rebuild(valmont.db, valmont.log.entries)
    assert projector.fingerprint(valmont.db) == before


def test_homonyms_of_one_ward_are_flagged_and_nobody_else(valmont: DemoStore) -> None:
    """Same name, same sound, mother and newborn; no accidental ones."""
    flagged = {row.family for row in valmont.everybody() if row.homonym}
    expected = {"MARTIN", "DUPONT", "DUPOND", "LEFEBVRE", "LEFÈVRE", "AUBERTIN", "OKONKWO"}
    assert flagged == expected
    jeannes = [row for row in valmont.board("CARD") if row.family == "MARTIN"]
    assert Counter(row.given for row in jeannes) == {"Jeanne": 2, "Jean": 1}
    banner = valmont.ask("patient.banner", patient=jeannes[0].patient)
    assert len(banner.homonyms) == 2


@pytest.mark.parametrize(
    ("typed", "family"),
    [
        ("saint martin del", "SAINT-MARTIN-DELORME"),
        ("hauterive", "D’HAUTERIVE"),
        ("o'brien", "N’DIAYE-KANOUTÉ"),
        ("lespinasse", "VAN DEN BROECKE DE SAINT-GERMAIN-LESPINASSE"),
        ("wibowo", "WIBOWO"),
        ("lucja", "KOWALSKA"),
        ("faure", "KOWALSKA"),
        ("heron", "INCONNU"),
        ("rousselle", "MARTIN"),
    ],
)
def test_awkward_names_are_found(valmont: DemoStore, typed: str, family: str) -> None:
    """Hyphens, apostrophes, long and single names, other letters, used names, a callsign."""
    assert family in [row.family for row in valmont.ask("patient.search", text=typed)]


def test_a_single_word_is_a_whole_name(valmont: DemoStore) -> None:
    """No given name is invented for whoever has none."""
    assert named(valmont, "WIBOWO").given == ""


def test_twins_are_less_than_a_day_old_and_lie_in_two_beds(valmont: DemoStore) -> None:
    """Same name, same hour, their mother in the same ward."""
    twins = [
        row
        for row in valmont.board("PED")
        if row.family == "AUBERTIN" and row.identity == "provisional"
    ]
    assert len({row.bed for row in twins}) == 2
    assert {row.sex for row in twins} == {"F", "M"}
    assert all(0 < valmont.now - row.admitted_at < DAY for row in twins)
    assert twins[0].birth_date == local(twins[0].admitted_at).date().isoformat()


def test_somebody_is_103_years_old(valmont: DemoStore) -> None:
    """Born in a year whose two digits come again."""
    born = named(valmont, "VASSALLO").birth_date
    assert local(valmont.now).year - int(born[:4]) in (103, 104)


def test_a_stranger_lies_under_a_callsign(valmont: DemoStore) -> None:
    """No date of birth, a number of the kit's own, and it is said to be uncertain."""
    banner = valmont.ask("patient.banner", patient=named(valmont, "INCONNU").patient)
    assert (banner.birth_date, banner.identity, banner.band) == ("", "provisional", "kit")
    assert banner.ipp.startswith("K")
    assert {"fictive", "douteuse"} <= set(banner.identity_flags)


def test_identities_are_of_every_degree(valmont: DemoStore) -> None:
    """And only a qualified one shows a matricule."""
    rows = valmont.everybody()
    assert {"qualified", "validated", "retrieved", "provisional"} <= {row.identity for row in rows}
    for row in rows:
        banner = valmont.ask("patient.banner", patient=row.patient)
        assert bool(banner.ins) == (banner.identity == "qualified")


def test_all_four_answers_about_allergies_are_there(valmont: DemoStore) -> None:
    """Known, none known and by whom, not collected, and unavailable since its source has none."""
    rows = valmont.everybody()
    states = Counter(row.allergies.state for row in rows)
    assert min(states[one] for one in ("known", "none_known", "not_collected", "unavailable")) >= 5
    assert all(
        row.allergies.asserted_by and row.allergies.asserted_at
        for row in rows
        if row.allergies.state == "none_known"
    )
    lacking = {row.source_label for row in rows if row.allergies.state == "unavailable"}
    assert lacking == {"Logiciel des urgences"}


def test_no_order_is_given_to_whom_it_would_harm(valmont: DemoStore) -> None:
    """The demo does not teach that an allergy may be overlooked."""
    for row in valmont.everybody():
        substances = {item.substance for item in row.allergies.items}
        if substances & {"Pénicillines", "Amoxicilline"}:
            orders = valmont.ask("prescription.list", patient=row.patient)
            assert not any("cillin" in order.generic for order in orders)


@pytest.mark.parametrize(
    "said",
    [
        "DOSE 0,5 mg",
        "DOSE 1 000 unités",
        "DOSE 75 microgrammes",
        "insuline glargine",
        "héparine sodique",
        "chlorure de potassium — 4 g",
        "fièvre > 38,5 °C, espacer d’au moins 6 h, au plus 4 g en 24 h",
        "malgré le palier 1, espacer d’au moins 4 h, au plus 30 mg en 24 h",
    ],
)
def test_lines_that_were_ever_misread_are_there(valmont: DemoStore, said: str) -> None:
    """Small doses, thousands, micrograms, high-alert drugs, if-needed with interval and maximum."""
    shown = [line.replace("\u2019", "’") for line in lines(valmont)]
    assert any(said in line for line in shown), said


def test_methotrexate_names_its_one_day(valmont: DemoStore) -> None:
    """Weekly, high alert, and at most one dose in any seven days."""
    orders = [
        order
        for row in valmont.board("MEDB")
        if row.patient
        for order in valmont.ask("prescription.list", patient=row.patient)
        if order.generic == "méthotrexate"
    ]
    assert orders
    for order in orders:
        assert order.high_alert
        assert "UNE SEULE FOIS PAR SEMAINE, le " in order.text
        ahead = valmont.ask(
            "round.slots", patient=order.patient, since=valmont.now, until=valmont.now + 7 * DAY
        )
        own = [slot for slot in ahead[0].slots if slot.prescription == order.prescription]
        assert len(own) == 1


def test_orders_are_active_stopped_suspended_and_modified(valmont: DemoStore) -> None:
    """Each with its reason; a new posology stands beside the one that was stopped for it."""
    by_status: dict[str, list[Any]] = {}
    modified = 0
    for row in valmont.everybody():
        orders = valmont.ask("prescription.list", patient=row.patient)
        for order in orders:
            by_status.setdefault(order.status, []).append(order)
        stopped = {one.generic for one in orders if one.status == "stopped" and one.changed}
        modified += any(
            one.status == "active" and not one.src and one.generic in stopped for one in orders
        )
    assert len(by_status["active"]) > 900
    assert all(order.reason for order in by_status["suspended"])
    assert sum(bool(order.reason) for order in by_status["stopped"]) > 10
    assert any(order.src == "" for order in by_status["active"])
    assert modified


def test_most_doses_of_the_day_were_given(valmont: DemoStore) -> None:
    """Some late, refused or withheld for a reason, some that the extract does not tell."""
    found = [slot for ward in WARDS for slot in slots(valmont, ward)]
    fates = Counter(slot.status for slot in found)
    assert fates["given"] > 0.85 * len(found)
    assert fates["late"] >= 10
    assert fates["omitted"] >= 10
    assert fates["not_known"] >= 3
    omitted = [slot for slot in found if slot.status == "omitted"]
    assert {"refused", "fasting"} <= {slot.reason for slot in omitted}
    assert all(slot.by for slot in found if slot.status == "given")


def test_if_needed_drugs_show_their_last_dose(valmont: DemoStore) -> None:
    """For a good part of the orders that are offered."""
    shown = [
        one
        for ward in WARDS
        for round_row in valmont.ask("round.slots", ward=ward)
        for one in round_row.as_needed
    ]
    assert sum(bool(one.last_at) for one in shown) > 30
    assert all(one.last_by and one.last_amount for one in shown if one.last_at)


def test_doses_come_next_on_the_board(valmont: DemoStore) -> None:
    """Nearly every patient has one in the next day."""
    rows = [row for row in valmont.everybody() if not row.deceased_at]
    assert sum(row.next_dose is not None for row in rows) > 0.95 * len(rows)


def test_one_dose_was_declared_twice(valmont: DemoStore) -> None:
    """By two nurses, in conflict on the board, both claims kept."""
    row = named(valmont, "GRANGEON")
    assert row.conflicts == 1
    found = [slot for slot in slots(valmont, row.ward) if slot.status == "conflict"]
    assert [(slot.patient, slot.claims) for slot in found] == [(row.patient, 2)]


def test_an_entry_on_the_wrong_chart_is_struck_and_stands_on_the_right_one(
    valmont: DemoStore,
) -> None:
    """Between the two Jeanne MARTIN: readable, with the reason; the values are with the other."""
    jeannes = [row for row in valmont.board("CARD") if row.given == "Jeanne" and row.homonym]
    histories = {row.patient: valmont.ask("vitals.history", patient=row.patient) for row in jeannes}
    struck = [one for rows in histories.values() for one in rows if one.struck_reason]
    assert [one.struck_reason for one in struck] == ["wrong_patient"]
    other = next(patient for patient in histories if patient != struck[0].patient)
    assert any(
        one.values == struck[0].values and one.at == struck[0].at and not one.struck_reason
        for one in histories[other]
    )


def test_a_note_was_corrected(valmont: DemoStore) -> None:
    """The wrong figure is struck, the right one is there."""
    notes = valmont.ask("note.list", patient=named(valmont, "ESTRADE").patient)
    assert any(note.struck_reason == "typing" and "98 %" in note.data for note in notes)
    assert any(not note.struck_reason and "88 %" in note.data for note in notes)


def test_somebody_died_in_the_night(valmont: DemoStore) -> None:
    """Still in the bed, dated, and nothing is due any more."""
    row = named(valmont, "BONNEMAISON")
    assert valmont.now - 3 * HOUR < row.deceased_at < valmont.now
    assert row.next_dose is None
    orders = valmont.ask("prescription.list", patient=row.patient)
    assert {order.status for order in orders} == {"stopped"}


def test_somebody_was_moved_to_another_ward(valmont: DemoStore) -> None:
    """From cardiology to surgery, found there only."""
    row = named(valmont, "QUINIOU")
    assert row.ward == "CHIR"
    journal = valmont.ask("chart.journal", patient=row.patient)
    assert journal


def test_the_extracts_are_old_and_one_is_stale(valmont: DemoStore) -> None:
    """Six hours for most, more than a day for one ward, and it shows on each row."""
    bands = {ward: {row.band for row in valmont.board(ward) if row.patient} for ward in WARDS}
    assert bands["GERI"] == {"stale"}
    assert "old" in bands["CARD"]
    ages = [(valmont.now - row.extracted_at) / HOUR for row in valmont.ask("snapshot.list")]
    assert sorted(ages) == [5, 6, 26]


def test_one_ward_is_silent(valmont: DemoStore) -> None:
    """Its doses since the extract are all late; nothing on its charts is from the kits."""
    since_extract = slots(valmont, "MEDB", 5)
    assert any(slot.status == "late" for slot in since_extract)
    assert not any(slot.by for slot in since_extract)
    for row in valmont.board("MEDB"):
        if row.patient:
            assert all(entry.src for entry in valmont.ask("chart.journal", patient=row.patient))


def test_some_call_for_help(valmont: DemoStore) -> None:
    """High NEWS2 in three adult wards, and the second SpO₂ scale for chronic lungs."""
    for family in ("ESTRADE", "FALGUIÈRES", "LAPEYRONIE"):
        row = named(valmont, family)
        assert row.news2_response == "high"
        assert row.news2 >= 7
    adults = [row for ward in ("CARD", "CHIR", "GERI", "MEDB") for row in valmont.board(ward)]
    assert Counter(row.news2_response for row in adults)["low"] > 60
    scales = {
        one.scale
        for row in valmont.board("MEDB")
        if row.patient
        for one in valmont.ask("vitals.history", patient=row.patient, limit=3)
    }
    assert scales == {1, 2}


def test_vitals_go_back_three_days(valmont: DemoStore) -> None:
    """With at least two sets a day for those who were there."""
    row = named(valmont, "VASSALLO")
    history = valmont.ask("vitals.history", patient=row.patient)
    full = [one for one in history if one.score.total is not None]
    assert len(full) >= 6
    assert history[-1].at < valmont.now - 2 * DAY


def test_dialysis_patients_have_what_a_fallback_centre_asks(valmont: DemoStore) -> None:
    """An access to protect, sessions to come, weights before and after, the dry weight in words."""
    rows = [row for row in valmont.board("DIAL") if row.patient]
    arms = [row for row in rows if any(alert.kind == "arm" for alert in row.alerts)]
    assert len(arms) > len(rows) // 2
    for row in rows:
        sessions = valmont.ask("appointment.list", patient=row.patient, since=valmont.now)
        assert len(sessions) >= 3
        assert all("poids sec" in session.reason for session in sessions)
        assert "weight" in row.vitals
    isolated = named(valmont, "XIONG")
    assert any("HBs" in alert.text for alert in isolated.alerts)


def test_potassium_is_critical_for_two(valmont: DemoStore) -> None:
    """One high in dialysis, one low in cardiology, flagged as the laboratory flags them."""
    flags = {}
    for family in ("MOKRANI", "TAVERNIER"):
        patient = named(valmont, family).patient
        latest = valmont.ask("result.list", patient=patient, latest=True)
        flags[family] = next(one.flag for one in latest if one.name == "Potassium")
    assert flags == {"MOKRANI": "HH", "TAVERNIER": "LL"}


def test_limits_of_care_have_a_date_and_an_author(valmont: DemoStore) -> None:
    """Without them a decision would not be valid."""
    limits = [
        alert
        for row in valmont.everybody()
        for alert in row.alerts
        if alert.kind == "resuscitation"
    ]
    assert len(limits) >= 3
    assert all(
        alert.since and alert.by and "décision collégiale du" in alert.text for alert in limits
    )


def test_isolation_germs_and_falls_are_on_the_boards(valmont: DemoStore) -> None:
    """The alerts that change what one does at the door."""
    kinds = Counter(alert.kind for row in valmont.everybody() for alert in row.alerts)
    assert kinds["resistant_germ"] + kinds["isolation"] >= 4
    assert kinds["fall"] >= 8
    assert kinds["swallowing"] >= 1


def test_every_chart_has_its_blocks(valmont: DemoStore) -> None:
    """Problems, care, contacts for all who were imported."""
    for row in valmont.everybody():
        if row.band != "kit":
            assert valmont.ask("problem.list", patient=row.patient)
            assert valmont.ask("care.list", patient=row.patient)
            assert valmont.ask("contact.list", patient=row.patient)


def test_the_crisis_directory_has_only_numbers_kept_for_fiction(valmont: DemoStore) -> None:
    """Nobody real is rung up by an exercise."""
    listed = valmont.ask("directory.list", ward="DIAL")
    assert len(listed) > 15
    assert all(line.phone.startswith("01 99 00 ") for line in listed)
    phones = [
        contact.phone
        for row in valmont.everybody()
        for contact in valmont.ask("contact.list", patient=row.patient)
    ]
    assert all(phone.startswith(("06 39 98 ", "01 99 00 ")) for phone in phones)


def test_one_chart_is_restricted(valmont: DemoStore) -> None:
    """The board says so."""
    assert named(valmont, "CHAMPVERT").restricted
