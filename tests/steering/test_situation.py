"""The situation: worst first, never a stale green, wards that never told, and no patient in it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.steering.needs import CurrentNeeds, Needs, TellNeeds
from kit.steering.situation import Situation, SituationRow, SituationTold
from tests.messages.house import CARD, CELL, DIAL, HOUR, MINUTE, NEPH, House


def tell(house: House, ward: str = CARD, kit: int = 1, **facts: int) -> None:
    """A ward kit writes its figures."""
    said = {
        "patients": 3,
        "beds": 4,
        "taken": 3,
        "late": 0,
        "conflicts": 0,
        "at": house.now,
    } | facts
    told = SituationTold(ward=ward, kit=house.kit_at(ward, kit), **said)  # type: ignore[arg-type]
    house.write(told, unit=f"{ward}{kit}")


def rows(house: House, since: int = 0) -> list[SituationRow]:
    """The table of the cell."""
    found: list[SituationRow] = house.ask(Situation(since=since), "chief", CELL)
    return found


def row(house: House, ward: str = CARD, since: int = 0) -> SituationRow:
    """One ward of it."""
    return next(one for one in rows(house, since) if one.ward == ward)


def test_a_ward_that_never_told_is_a_row(house: House) -> None:
    tell(house)
    assert {one.ward: one.state for one in rows(house)} == {
        DIAL: "never", NEPH: "never", CARD: "normal",
    }  # fmt: skip
    assert (row(house, NEPH).occupied, row(house, NEPH).stale, row(house, NEPH).why) == (
        None, True, ("never",),
    )  # fmt: skip


def test_worst_first(house: House) -> None:
    tell(house, CARD, late=6)
    tell(house, NEPH, late=20)
    tell(house, DIAL)
    assert [one.ward for one in rows(house)] == [NEPH, CARD, DIAL]
    house.do(TellNeeds(mode="paper", needs=("oxygen", "drugs")), "nurse", DIAL)
    assert [one.ward for one in rows(house)] == [DIAL, NEPH, CARD]
    assert row(house, DIAL).why == ("needs", "paper")


@pytest.mark.parametrize(("hours", "limit_min"), [(0, 30), (5, 30), (7, 120), (400, 120)])
def test_figures_go_stale_sooner_while_the_crisis_is_young(
    house: House, hours: int, limit_min: int
) -> None:
    began = house.now
    house.now += hours * HOUR
    tell(house)
    house.now += limit_min * MINUTE
    assert row(house, since=began).state == "normal"
    house.now += 1
    assert (row(house, since=began).state, row(house, since=began).stale) == ("silent", True)


def test_a_clock_that_is_ahead_is_never_a_fresh_point(house: House) -> None:
    tell(house, at=house.now + 20 * MINUTE)
    one = row(house)
    assert (one.state, one.why, one.stale, one.age_ms) == ("silent", ("clock",), True, -1)


def test_the_newest_point_of_a_ward_counts_whichever_kit_told_it(house: House) -> None:
    tell(house, late=1)
    tell(house, kit=2, late=9)
    tell(house, kit=2, late=7)
    assert row(house).late == 7
    tell(house, late=2)
    assert (row(house).late, row(house).kit) == (2, house.kit_at(CARD))


def test_two_kits_that_count_otherwise_are_said_to_differ(house: House) -> None:
    tell(house, patients=12)
    tell(house, kit=2, patients=3)
    assert (row(house).state, row(house).why) == ("tension", ("kits_differ",))
    house.now += HOUR
    tell(house, patients=12)
    assert row(house).why == ()


def test_an_empty_kit_is_no_quiet_ward(house: House) -> None:
    tell(house, patients=0, beds=0, taken=0)
    assert (row(house).state, row(house).why) == ("silent", ("no_data",))


def test_blocked_beds_are_not_free(house: House) -> None:
    tell(house, beds=10, taken=6)
    assert row(house).free == 4
    house.do(TellNeeds(mode="kit", beds_blocked=3))
    assert (row(house).free, row(house).state) == (1, "normal")
    house.do(TellNeeds(mode="kit", beds_blocked=4))
    assert (row(house).free, row(house).why) == (0, ("full",))


def test_a_sheet_begins_with_what_was_said_last(house: House) -> None:
    (empty,) = house.ask(CurrentNeeds())
    assert (empty.mode, empty.at) == ("", 0)
    house.do(TellNeeds(mode="mixed", needs=("staff",), comment=" 2 IDE "))
    house.now += HOUR
    house.do(
        TellNeeds(mode="kit", needs=("staff", "paper", "staff"), staff=4, staff_needed=6), "doctor"
    )
    (now,) = house.ask(CurrentNeeds())
    assert (now.mode, now.needs, now.by, now.staff) == ("kit", ("staff", "paper"), "Paul Vernet", 4)
    assert {one.need for one in house.ask(Needs())} >= set(now.needs)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"mode": "fine"}, "needs.bad_mode"),
        ({"needs": ("luck",)}, "needs.bad_need"),
        ({"comment": "x" * 281}, "needs.too_long"),
        ({"ward": "XXXX"}, "needs.no_ward"),
        ({"ward": NEPH}, "needs.other_ward"),
        ({"beds_blocked": 1000}, "needs.bad_number"),
        ({"staff": -2}, "needs.bad_number"),
    ],
)
def test_what_is_no_point_is_refused(house: House, facts: dict[str, object], code: str) -> None:
    said: dict[str, object] = {"mode": "kit"}
    assert house.refused(TellNeeds(**(said | facts))) == code  # type: ignore[arg-type]


def test_who_may_tell_and_who_may_read(house: House) -> None:
    house.do(TellNeeds(mode="kit"), "aide")
    assert house.refused(TellNeeds(mode="kit"), "leader") == "permission.denied"
    with pytest.raises(AssertionError):
        house.ask(Situation(), "nurse", CARD)


def test_figures_have_no_room_for_a_name() -> None:
    """The event holds counts, moments and codes: no text that somebody typed about a patient."""
    fields = {f.name: f.type for f in msgspec.structs.fields(SituationTold)}
    texts = {name for name, kind in fields.items() if kind is str}
    assert texts == {"ward", "kit", "label"}
    assert {kind for name, kind in fields.items() if name not in texts} == {int}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_order_of_arrival_changes_the_table(data: st.DataObject) -> None:
    house = House()
    start = len(house.entries)
    for _ in range(data.draw(st.integers(1, 10))):
        house.now += data.draw(st.integers(-90, 90)) * MINUTE
        ward = data.draw(st.sampled_from([CARD, NEPH]))
        if data.draw(st.booleans()):
            kit = data.draw(st.integers(1, 2))
            tell(house, ward, kit, late=data.draw(st.integers(0, 20)))
        else:
            mode = data.draw(st.sampled_from(["kit", "paper"]))
            house.do(TellNeeds(mode=mode, needs=("staff",)), "nurse", ward)
    order = data.draw(st.permutations(range(start, len(house.entries))))
    other = house.refold([*range(start), *order, *order[:3]])
    assert other.dump() == house.tables.dump()
    assert house.ask(Situation(), "chief", CELL, tables=other) == rows(house)
