"""A ward in numbers: what the crisis cell is told, at one moment, without a name."""

from __future__ import annotations

import msgspec

from kit.ward.board import Board
from kit.ward.figures import figures, figures_steps
from kit.ward.note import WriteNote
from kit.ward.prescription_event import OrderStatus
from kit.ward.schedule import Timing
from kit.ward.stay import StayClosed
from tests.ward.harness import DAY, HOUR, MINUTE, Ward


def test_beds_and_patients_are_counted_each_on_its_own(ward: Ward) -> None:
    ward.admit("p2", "Durand", bed="C02")
    ward.admit("p3", "Petit", room="12")
    ward.admit("p4", "Morel", bed="N01", ward="NEPH")
    found = figures(ward.db, "CARD", ward.now)
    assert (found.patients, found.beds, found.taken) == (3, 3, 2)
    ward.record(StayClosed(stay="stay-p2", patient="p2", at=ward.now))
    assert figures(ward.db, "CARD", ward.now).patients == 2


def test_a_ward_without_anything_is_all_noughts(ward: Ward) -> None:
    found = figures(ward.db, "NEPH", ward.now)
    assert set(msgspec.structs.astuple(found)) == {0}


def test_doses_are_late_as_the_board_says_and_to_check_once_due(ward: Ward) -> None:
    for n, times in enumerate((("08:00",), ("09:00", "23:00"), ("09:45",))):
        ward.order(f"o{n}", timing=Timing(times=times), start=ward.now - DAY)
    ward.order("odd", timing=Timing(times=("07:00",)), status=OrderStatus.TO_CHECK)
    found = figures(ward.db, "CARD", ward.now)
    (row,) = [row for row in ward.ask(Board(ward="CARD")) if row.patient]
    assert (found.late, found.to_check) == (row.late, 1) == (3, 1)
    assert figures(ward.db, "CARD", ward.now + 16 * MINUTE).late == 4


def test_two_patients_in_one_bed_are_an_open_conflict(ward: Ward) -> None:
    assert figures(ward.db, "CARD", ward.now).conflicts == 0
    ward.admit("p2", "Durand", bed="C01")
    assert figures(ward.db, "CARD", ward.now).conflicts == 1


def test_the_last_entry_is_one_of_the_ward_itself(ward: Ward) -> None:
    ward.extract(age_ms=2 * HOUR)
    found = figures(ward.db, "CARD", ward.now)
    assert (found.data_at, found.entry_at) == (ward.now - 2 * HOUR, 0)
    ward.do(WriteNote(patient="p1", target="Douleur", data="EN 2"))
    assert figures(ward.db, "CARD", ward.now + HOUR).entry_at == ward.now


def test_a_full_ward_is_worked_out_in_many_slices(ward: Ward) -> None:
    for n in range(2, 32):
        ward.admit(f"p{n}", "Durand", bed=f"B{n}")
    slices = sum(1 for _ in figures_steps(ward.db, "CARD", ward.now))
    assert slices >= 8
