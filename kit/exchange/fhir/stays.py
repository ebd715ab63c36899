"""Encounters and Locations: who lies where, since when, and which wards and beds there are."""

from __future__ import annotations

from kit.core.ids import derived_id
from kit.exchange.fhir.elements import (
    Json,
    code_of,
    concept,
    concepts,
    extension_value,
    extensions,
    instant,
    joined,
    part,
    parts,
    words,
)
from kit.exchange.fhir.mapping import Desk, maps
from kit.exchange.fhir.places import kind_of_ward
from kit.exchange.fhir.references import STAY_NUMBER, pick_identifier
from kit.ward.appointment import AppointmentBooked
from kit.ward.care_plan import CarePlanned
from kit.ward.place import Bed, WardDescribed
from kit.ward.stay import StayOpened

_WITHDRAWN = ("cancelled", "entered-in-error")


@maps("Encounter")
def encounter(resource: Json, desk: Desk) -> None:
    """A stay, open or over; a planned one is an appointment, a withdrawn one is closed."""
    patient = desk.patient(resource)
    status = words(resource.get("status"))
    stay = desk.directory.stay(desk.own, desk.scope)
    if status == "planned":
        _planned(resource, desk, patient)
        return
    spot = stay.spot if stay else desk.directory.places.of_stay(resource, desk.scope)
    period = part(resource.get("period"))
    unsure = desk.doubts(resource)
    desk.emit(
        StayOpened(
            stay=stay.id if stay else desk.key("stay", resource, patient),
            patient=patient,
            iep=pick_identifier(resource, STAY_NUMBER)[1],
            ward=spot.ward,
            room=spot.room,
            bed=spot.bed,
            admitted_at=instant(period.get("start")),
            planned_end=_planned_end(resource),
            closed_at=_closed(resource, desk),
            reason=joined(concepts(resource.get("reasonCode")), *unsure),
            doctor=_doctor(resource, desk),
            src=desk.src,
        ),
        patient,
    )
    if not _closed(resource, desk):
        _diet(resource, desk, patient)


def _planned(resource: Json, desk: Desk, patient: str) -> None:
    at = instant(part(resource.get("period")).get("start"))
    desk.emit(
        AppointmentBooked(
            appointment=desk.key("appointment", resource, patient),
            patient=patient,
            at=at,
            place=desk.directory.places.of_stay(resource, desk.scope).ward,
            reason=concepts(resource.get("reasonCode")) or concepts(resource.get("type")),
            src=desk.src,
        ),
        patient,
    )


def _closed(resource: Json, desk: Desk) -> int:
    status = words(resource.get("status"))
    if status == "finished" or status in _WITHDRAWN:
        period = part(resource.get("period"))
        return desk.at(period.get("end"), period.get("start")) or desk.now
    end = instant(part(resource.get("period")).get("end"))
    return end if end and end <= (desk.taken or desk.now) and status == "unknown" else 0


def _planned_end(resource: Json) -> int:
    found = extensions(resource, "estimated-discharge-date")
    if found:
        return instant(extension_value(found[0]))
    end = instant(part(resource.get("period")).get("end"))
    return end if words(resource.get("status")) != "finished" else 0


def _doctor(resource: Json, desk: Desk) -> str:
    people = parts(resource.get("participant"))
    for wanted in ("ATND", "PPRF", ""):
        for one in people:
            if not wanted or code_of(one.get("type")) == wanted:
                return desk.said(one.get("individual"))
    return ""


def _diet(resource: Json, desk: Desk, patient: str) -> None:
    wishes = parts(part(resource.get("hospitalization")).get("dietPreference"))
    for place, item in enumerate(wishes):
        key = derived_id("care", patient, words(resource.get("id")), "diet", str(place))
        if text := concept(item):
            desk.emit(CarePlanned(care=key, patient=patient, text=text, src=desk.src), patient)


def describe_wards(desk: Desk) -> list[WardDescribed]:
    """Every ward of the extract with its beds, and every place that a stay names as its ward."""
    places = desk.directory.places
    found = {
        one.code: WardDescribed(
            ward=one.code,
            name=one.name or one.code,
            kind=kind_of_ward(one),
            beds=tuple(Bed(bed, room) for bed, room in places.beds(one)),
            src=desk.src,
        )
        for one in places.wards()
    }
    for stay in desk.directory.stays.values():
        spot = stay.spot
        if spot.ward and spot.ward not in found:
            name = spot.ward_name or spot.ward
            found[spot.ward] = WardDescribed(ward=spot.ward, name=name, src=desk.src)
    return [found[code] for code in sorted(found)]
