"""The board and the banner: every bed, who lies there, and what must be seen before anything."""

from __future__ import annotations

import pytest

from kit.core.clock import local_instant
from kit.ward.administration_event import AdministrationRecorded
from kit.ward.alert import AlertRaised, alerts_of
from kit.ward.board import Board, BoardRow
from kit.ward.chart import Banner, BannerRow
from kit.ward.patient import PatientRegistered, alike, look_of
from kit.ward.schedule import Timing
from kit.ward.snapshot import Snapshots, age_band
from kit.ward.stay import StayClosed, StayMoved
from kit.ward.vitals import RecordVitals
from tests.ward.harness import DAY, HOUR, MINUTE, Ward, at


def board(ward: Ward) -> list[BoardRow]:
    """The board of CARD."""
    rows: list[BoardRow] = ward.ask(Board(ward="CARD"))
    return rows


def banner(ward: Ward, patient: str = "p1") -> BannerRow:
    """The banner of a patient."""
    row = ward.ask(Banner(patient=patient))
    assert isinstance(row, BannerRow)
    return row


def test_every_bed_has_a_row_in_the_wards_order_and_nobody_is_left_out(ward: Ward) -> None:
    ward.admit("p3", "Zola", bed="C03")
    ward.admit("p4", "Aubry", bed="BRANCARD 2")
    assert [(row.bed, row.patient) for row in board(ward)] == [
        ("C01", "p1"), ("C02", ""), ("C03", "p3"), ("BRANCARD 2", "p4"),
    ]  # fmt: skip


def test_two_patients_in_one_bed_are_both_shown(ward: Ward) -> None:
    """A bed clash is a visible conflict."""
    ward.admit("p2", "Durand", bed="C01")
    assert [row.patient for row in board(ward) if row.bed == "C01"] == ["p1", "p2"]


def test_whoever_moved_or_left_is_where_they_are_now(ward: Ward) -> None:
    ward.record(StayMoved(stay="stay-p1", patient="p1", ward="CARD", bed="C02"))
    assert {row.bed: row.patient for row in board(ward)} == {"C01": "", "C02": "p1", "C03": ""}
    ward.record(StayClosed(stay="stay-p1", patient="p1", at=0))
    assert not [row for row in board(ward) if row.patient]
    row = banner(ward)
    assert (row.bed, row.discharged_at) == ("", ward.now)


def test_a_board_without_patients_is_its_beds(ward: Ward) -> None:
    ward.beds("N01", ward="NEPH")
    (row,) = ward.ask(Board(ward="NEPH"))
    assert (row.bed, row.patient, row.vitals) == ("N01", "", {})


def test_the_next_dose_is_the_oldest_that_nobody_recorded(ward: Ward) -> None:
    ward.order("rx", timing=Timing(times=("08:00", "12:00")))
    ward.order("twice", timing=Timing(times=("07:00",)))
    for minute in (0, 5):
        ward.record(
            AdministrationRecorded(patient="p1", prescription="twice", due=at(7), at=at(7, minute))
        )
    row = board(ward)[0]
    assert row.next_dose
    assert (row.next_dose.due, row.next_dose.status) == (at(8), "late")
    assert (row.late, row.conflicts) == (1, 1)


def test_the_last_values_stay_however_old_and_struck_ones_go(ward: Ward) -> None:
    ward.do(RecordVitals(patient="p1", values={"hr": "80"}, at=ward.now - 3 * DAY))
    (wrong,) = ward.do(RecordVitals(patient="p1", values={"hr": "180"}))
    assert board(ward)[0].vitals["hr"] == ("180", ward.now)
    ward.do(RecordVitals(patient="p1", values={"rr": "16"}, corrects=wrong, reason="typing"))
    assert board(ward)[0].vitals["hr"] == ("80", ward.now - 3 * DAY)


WHOLE = {
    "rr": "16", "spo2": "97", "oxygen": "0", "sbp": "121", "hr": "80", "temp": "37", "acvpu": "A",
}  # fmt: skip


def test_a_score_keeps_its_own_age_when_a_few_values_come_after_it(ward: Ward) -> None:
    """Five hours old and told as fresh, a score of 0 stands beside a patient who is getting ill."""
    then = ward.now - 5 * HOUR
    ward.do(RecordVitals(patient="p1", values=WHOLE, at=then))
    ward.do(RecordVitals(patient="p1", values={"hr": "80"}))
    row = board(ward)[0]
    assert (row.news2, row.news2_at, row.vitals_at) == (0, then, ward.now)


def test_a_few_values_that_are_already_worse_count_as_a_floor(ward: Ward) -> None:
    ward.do(RecordVitals(patient="p1", values=WHOLE, at=ward.now - 5 * HOUR))
    ward.do(RecordVitals(patient="p1", values={"temp": "38.6", "hr": "117"}))
    row = board(ward)[0]
    assert (row.news2, row.news2_floor, row.news2_at) == (None, 3, ward.now)


def test_a_few_good_values_do_not_hide_a_bad_score(ward: Ward) -> None:
    then = ward.now - HOUR
    ward.do(RecordVitals(patient="p1", values=WHOLE | {"rr": "26", "sbp": "88"}, at=then))
    ward.do(RecordVitals(patient="p1", values={"temp": "37"}))
    row = board(ward)[0]
    assert (row.news2, row.news2_response, row.news2_at) == (6, "medium", then)


def test_an_ins_is_shown_for_a_qualified_identity_only(ward: Ward) -> None:
    for identity, shown in (("validated", ""), ("provisional", ""), ("qualified", "142")):
        ward.admit("p2", "Durand", ins="142", identity=identity)
        assert banner(ward, "p2").ins == shown


def test_a_patient_the_kit_does_not_know_has_no_banner(ward: Ward) -> None:
    assert ward.ask(Banner(patient="nobody")) is None


def test_a_restricted_identity_is_marked_on_the_board(ward: Ward) -> None:
    ward.admit("p2", "Durand", bed="C02", restricted=True)
    assert {row.patient: row.restricted for row in board(ward)}["p2"] is True


def test_the_weight_is_the_last_one_with_its_date(ward: Ward) -> None:
    ward.do(RecordVitals(patient="p1", values={"weight": "72,5"}, at=at(8)))
    ward.do(RecordVitals(patient="p1", values={"hr": "80"}, at=at(9)))
    row = banner(ward)
    assert (row.weight, row.weight_at) == ("72.5", at(8))


def test_alerts_in_force_are_on_board_and_banner_and_ended_ones_are_not(ward: Ward) -> None:
    ward.record(
        AlertRaised(alert="a", patient="p1", kind="arm", text="bras gauche"),
        AlertRaised(alert="b", patient="p1", kind="fall", text="chute", ended=at(8)),
    )
    assert [alert.kind for alert in banner(ward).alerts] == ["arm"]
    assert [alert.kind for alert in board(ward)[0].alerts] == ["arm"]
    assert alerts_of(ward.db, []) == {}


def person(family: str, birth: str = "", used: str = "") -> PatientRegistered:
    """An identity."""
    return PatientRegistered(patient="x", birth_family=family, used_family=used, birth_date=birth)


@pytest.mark.req("WARD-03")
@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (person("Martin", "1942-03-03"), person("MARTIN", "1990-01-01"), True),
        (person("Martin"), person("Durand", used="Martin"), True),
        (person("Lefebvre", "1942-03-03"), person("Lefèvre", "1942-11-01"), True),
        (person("Lefebvre", "1942-03-03"), person("Lefèvre", "1980-03-03"), True),
        (person("Lefebvre", "1942-03-03"), person("Lefèvre", "1980-05-04"), False),
        (person("Lefebvre"), person("Lefèvre"), False),
        (person("Lefebvre", "1942"), person("Lefèvre", "1950"), False),
        (person("De Souza", "1942-03-03"), person("De Castro", "1942-03-03"), False),
        (person("Martin", "1942-03-03"), person("Martine", "1942-03-03"), False),
        (person(""), person(""), False),
    ],
)
def test_who_could_be_taken_for_whom(
    one: PatientRegistered, other: PatientRegistered, expected: bool
) -> None:
    """ward.md §6 rule 3: same surname, or near sound and near date of birth."""
    assert alike(look_of(one), look_of(other)) is expected
    assert alike(look_of(other), look_of(one)) is expected


@pytest.mark.req("WARD-03")
def test_homonyms_are_marked_on_the_board_and_named_on_the_banner(ward: Ward) -> None:
    """ward.md §6 rule 3: opening shows the other's name and bed; other wards do not count."""
    ward.admit("p2", "Martin", "Paul", bed="C02", birth_date="1980-01-01")
    ward.admit("p3", "Durand", bed="C03")
    ward.admit("p4", "Martin", bed="N01", ward="NEPH")
    assert {row.patient: row.homonym for row in board(ward)} == {
        "p1": True, "p2": True, "p3": False,
    }  # fmt: skip
    (other,) = banner(ward).homonyms
    assert (other.patient, other.name, other.bed) == ("p2", "Martin Paul", "C02")


@pytest.mark.req("WARD-06")
@pytest.mark.parametrize(
    ("age", "band"),
    [(0, "fresh"), (59 * MINUTE, "fresh"), (HOUR, "ageing"), (6 * HOUR - 1, "ageing"),
     (6 * HOUR, "old"), (24 * HOUR - 1, "old"), (24 * HOUR, "stale"), (900 * DAY, "stale"),
     (-30 * MINUTE, "fresh"), (-2 * HOUR, "unknown")],
)  # fmt: skip
def test_the_age_of_data_has_four_bands_and_a_false_clock_makes_none(age: int, band: str) -> None:
    """ward.md §6 rule 6: 1 h, 6 h, 24 h; an extract from the future is not fresh."""
    now = local_instant(2026, 11, 22, 10)
    assert age_band(now - age, now) == band
    assert age_band(0, now) == "unknown"


@pytest.mark.req("WARD-06")
def test_every_patient_says_where_the_data_comes_from_and_how_old_it_is(ward: Ward) -> None:
    """ward.md §6 rule 6: imported and entered here look different."""
    source = ward.extract(age_ms=7 * HOUR)
    ward.admit("p2", "Durand", bed="C02", src=source)
    rows = {row.patient: row for row in board(ward)}
    assert (rows["p2"].band, rows["p2"].source_label) == ("old", "DPI")
    assert (rows["p1"].band, banner(ward).band) == ("kit", "kit")
    assert (banner(ward, "p2").band, banner(ward, "p2").extracted_at) == (
        "old", ward.now - 7 * HOUR,
    )  # fmt: skip
    assert ward.ask(Snapshots())[0].band == "old"
