"""Nothing is printed over something else, and nothing enters the room that symbols need."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pytest

from kit.paper.fields import PatientSheet
from kit.paper.library import house_forms
from kit.paper.press import MM, Box, Plate
from tests.paper.reading import drawn
from tests.paper.sample import empty_patient, extreme_patient, patient, ward_pack

SLACK = 0.35
PEOPLE = {
    "ordinary": patient(1),
    "known allergies": patient(4),
    "struck": patient(0),
    "extreme": extreme_patient(),
    "empty": empty_patient(),
    "blank": None,
}
WARD_FORMS = sorted(code for code, form in house_forms().items() if form.scope == "ward")
PATIENT_FORMS = sorted(code for code, form in house_forms().items() if form.scope == "patient")


def overlaps(one: Box, other: Box) -> bool:
    """True when two boxes share more than a hair of ground."""
    return (
        one.x + SLACK < other.x + other.w
        and other.x + SLACK < one.x + one.w
        and one.y + SLACK < other.y + other.h
        and other.y + SLACK < one.y + one.h
    )


def crosses(rule: Box, box: Box) -> bool:
    """True when a stroke runs through a box."""
    return (
        rule.x < box.x + box.w - SLACK
        and rule.x + rule.w > box.x + SLACK
        and rule.y < box.y + box.h - 2 * SLACK
        and rule.y + rule.h > box.y + 2 * SLACK
    )


def faults(plate: Plate) -> Iterator[str]:
    """Every pair of things on a page that touch and must not."""
    solid = sorted(
        (box for box in plate.boxes if box.kind in {"text", "symbol", "check", "bubble"}),
        key=lambda box: box.y,
    )
    for place, one in enumerate(solid):
        for other in solid[place + 1 :]:
            if other.y >= one.y + one.h:
                break
            if overlaps(one, other):
                yield f"{one.kind} {one.label!r} × {other.kind} {other.label!r}"
    rules = [box for box in plate.boxes if box.kind == "rule"]
    for box in solid:
        yield from (f"rule × {box.kind} {box.label!r}" for rule in rules if crosses(rule, box))
    for zone in (box for box in plate.boxes if box.kind == "keep-out"):
        inside = [box for box in solid if box.kind != "symbol" and overlaps(box, zone)]
        yield from (f"{box.kind} {box.label!r} in a keep-out" for box in inside)
        yield from ("rule in a keep-out" for rule in rules if crosses(rule, zone))


def outside(plate: Plate) -> list[str]:
    """Text and symbols nearer than 12 mm to the edge of the paper."""
    edge = 12 * MM - SLACK
    return [
        box.label
        for box in plate.boxes
        if box.kind in {"text", "symbol", "check", "bubble"}
        and not (
            edge <= box.x
            and edge <= box.y
            and box.x + box.w <= plate.width - edge
            and box.y + box.h <= plate.height - edge
        )
    ]


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("code", PATIENT_FORMS)
def test_nothing_touches_on_a_patient_form(code: str, who: str) -> None:
    """Short, long, extreme and blank sheets keep every word, bubble and symbol apart."""
    person: PatientSheet | None = PEOPLE[who]
    for plate in drawn(code, ward_pack(1), person).plates:
        assert not list(faults(plate))
        assert not outside(plate)


@pytest.mark.parametrize("count", [0, 1, 40])
@pytest.mark.parametrize("code", WARD_FORMS)
def test_nothing_touches_on_a_ward_form(code: str, count: int) -> None:
    """An empty ward and a full one, with somebody extreme in it."""
    pack = ward_pack(count)
    pack = msgspec.structs.replace(pack, patients=(*pack.patients, extreme_patient()))
    for plate in drawn(code, pack, None).plates:
        assert not list(faults(plate))
        assert not outside(plate)


def test_the_proof_sees_an_overlap() -> None:
    """The proof itself can fail."""
    plate = drawn("MEDA", ward_pack(1), patient(1)).plates[0]
    word = next(box for box in plate.boxes if box.kind == "text" and box.w > 30)
    plate.boxes.append(word.moved(3, 1))
    assert list(faults(plate))


def test_the_staple_corner_and_the_punch_edge_hold_no_symbol() -> None:
    """A staple or a punch must not take a symbol away."""
    for code in house_forms():
        person = patient(1) if code in PATIENT_FORMS else None
        for plate in drawn(code, ward_pack(1), person).plates:
            marks = [box for box in plate.boxes if box.kind == "symbol"]
            middle = plate.height / 2
            for box in marks:
                assert not (box.x < 15 * MM and box.y < 15 * MM)
                punched = box.x < 15 * MM and abs(box.y + box.h / 2 - middle) < 40 * MM
                assert not punched


@pytest.mark.parametrize("code", sorted(house_forms()))
def test_no_type_is_smaller_than_7_points(code: str) -> None:
    """Nothing shrinks to fit."""
    person = extreme_patient() if code in PATIENT_FORMS else None
    document = drawn(code, ward_pack(3), person)
    press = document.frame.setting.press
    code_lines = [line for plate in document.plates for line in plate.code]
    code_lines += [line for stamp in press._stamps.values() for line in stamp.plate.code]
    sizes = {float(size) for line in code_lines for size in re.findall(r" ([\d.]+) Tf", line)}
    assert min(sizes) >= 7.0


def test_drug_and_dose_are_at_least_10_points() -> None:
    """The line that is read at the bedside is the largest of its row."""
    document = drawn("MEDA", ward_pack(1), patient(1))
    said = [line for plate in document.plates for line in plate.code if "parac" in line]
    assert said
    assert all(float(re.findall(r" ([\d.]+) Tf", line)[0]) >= 10 for line in said)


def test_bubbles_are_mapped_where_they_are_drawn() -> None:
    """The map of marks names drug, band, dose and choice, at 5 mm from bubble to bubble."""
    sheet = drawn("MEDA", ward_pack(1), patient(1)).number(5, 0)[0]
    first = [mark for mark in sheet.marks if mark.label.startswith("scheduled:1:0:0:")]
    assert [mark.label[-1] for mark in first] == ["D", "N", "R"]
    assert round(first[1].x_mm - first[0].x_mm, 1) == 5.0
    assert len({(mark.page, mark.x_mm, mark.y_mm) for mark in sheet.marks}) == len(sheet.marks)
