"""Observations: measures of one moment gathered into a set of vitals, everything else a result.

A measure whose unit, status or modifiers are not plainly those of the ward stays a result with its
own unit and status; nothing is converted. Not for: the score (`kit.ward.news2`).
"""

from __future__ import annotations

from collections.abc import Iterator

from kit.core.ids import derived_id
from kit.exchange.fhir.allergies import alert_kind
from kit.exchange.fhir.elements import (
    Json,
    amount,
    code_of,
    codings,
    concept,
    concepts,
    joined,
    notes,
    number,
    part,
    parts,
    unit_of,
    units_clash,
    words,
)
from kit.exchange.fhir.mapping import Desk, maps
from kit.exchange.leaf_rules import Verdict
from kit.exchange.tables import exchange_table
from kit.exchange.unit import Fate
from kit.exchange.vital_values import acvpu_of, same_unit, vital_codes
from kit.ward.alert import AlertKind, AlertRaised
from kit.ward.result import ResultReceived
from kit.ward.vitals import VitalsRecorded

_STATUS = {
    "final": "final",
    "amended": "corrected",
    "corrected": "corrected",
    "preliminary": "preliminary",
    "registered": "preliminary",
    "entered-in-error": "withdrawn",
    "cancelled": "withdrawn",
}
_SETTLED = ("final", "amended", "corrected")
_OWN_THRESHOLDS = Verdict(Fate.IGNORED, "own_thresholds")
_LIMITS_OF_CARE = ("304251008", "450475007")


@maps("Observation")
def observation(resource: Json, desk: Desk) -> None:
    """Vitals where it is one, an alert where it limits care, else results."""
    patient = desk.patient(resource)
    code = code_of(resource.get("code"))
    at = desk.at(
        resource.get("effectiveDateTime"),
        part(resource.get("effectivePeriod")).get("start"),
        resource.get("effectiveInstant"),
        resource.get("issued"),
    )
    doubts = desk.doubts(resource)
    if code in _LIMITS_OF_CARE:
        _limit(resource, desk, patient, at)
        return
    if (
        not doubts
        and words(resource.get("status")) in _SETTLED
        and _gather(resource, desk, patient, at)
    ):
        return
    _results(resource, desk, patient, at)


def _limit(resource: Json, desk: Desk, patient: str, at: int) -> None:
    text = concept(resource.get("valueCodeableConcept")) or words(resource.get("valueString"))
    status = words(resource.get("status"))
    doubts = desk.doubts(resource, "" if status in _SETTLED else f"status {status}")
    kind = alert_kind(text)
    desk.emit(
        AlertRaised(
            alert=desk.key("alert", resource, patient),
            patient=patient,
            kind=AlertKind.RESUSCITATION if kind == AlertKind.OTHER else kind,
            text=text,
            since=at,
            ended=at or 1 if status in ("entered-in-error", "cancelled") else 0,
            by=desk.said(resource.get("performer")),
            not_understood=doubts,
            src=desk.src,
        ),
        patient,
    )


def _gather(resource: Json, desk: Desk, patient: str, at: int) -> bool:
    """Lay a measure into the set of its moment; False where it is not plainly one of the ward's."""
    found, note = _measures(resource)
    if not found and not note:
        return False
    place = (patient, words(part(resource.get("encounter")).get("reference")), at)
    gathered = desk.gathered.setdefault(place, {})
    if any(gathered.get(field, value) != value for field, value in found.items()):
        return False
    gathered |= found
    if note:
        desk.gathered_notes.setdefault(place, set()).add(note)
        desk.demote("component" if found else "valueInteger", Verdict(Fate.KEPT))
    for prefix in (
        "referenceRange",
        "interpretation",
        "component.referenceRange",
        "component.interpretation",
    ):
        desk.demote(prefix, _OWN_THRESHOLDS)
    by = desk.said(resource.get("performer"))
    if by:
        desk.gathered_by[place] = min(desk.gathered_by.get(place, by), by)
    return True


def _measures(resource: Json) -> tuple[dict[str, str], str]:
    """(measures, words beside them) of an observation; empty where it is none of the ward's."""
    table = exchange_table("vital_codes")
    codes = {code for _system, code in codings(resource.get("code"))}
    components = parts(resource.get("component"))
    if codes & set(table["panels"]) and components and "valueQuantity" not in resource:
        return _panel(components), ""
    if codes & set(table["beside"]):
        value = words(resource.get("valueInteger")) or amount(resource.get("valueQuantity"))
        return {}, f"{concept(resource.get('code'))} {value}" if value else ""
    if codes & set(table["consciousness"]):
        state = resource.get("valueCodeableConcept")
        letter = acvpu_of(code_of(state), concept(state))
        return ({"acvpu": letter} if letter else {}), ""
    found = _measure(resource, codes)
    if not found or "note" in resource:
        return {}, ""
    if codes & set(table["oxygen_flow"]):
        on = "0" if not found["oxygen_flow"].strip("0.") else "1"
        return found | {"oxygen": on}, _method(components)
    return ({}, "") if components else (found, concept(resource.get("bodySite")))


def _measure(item: Json, codes: set[str]) -> dict[str, str]:
    field = next((vital_codes()[code] for code in codes if code in vital_codes()), None)
    value = part(item.get("valueQuantity"))
    text = number(value.get("value"))
    if field is None or not text or "dataAbsentReason" in item:
        return {}
    if value.get("comparator") or units_clash(value) or not _is_unit(value, field[1]):
        return {}
    return {field[0]: text}


def _is_unit(value: Json, wanted: str) -> bool:
    return same_unit(words(value.get("code")) or unit_of(value), wanted)


def _panel(components: list[Json]) -> dict[str, str]:
    """All measures of a panel, or none where one cannot be read."""
    found: dict[str, str] = {}
    for item in components:
        read = _measure(item, {code for _system, code in codings(item.get("code"))})
        if not read:
            return {}
        found |= read
    return found


def _method(components: list[Json]) -> str:
    said = [
        joined(
            words(item.get("valueString")),
            concept(item.get("valueCodeableConcept")),
            amount(item.get("valueQuantity")),
            mark=" ",
        )
        for item in components
    ]
    return joined(*said, mark=", ")


def _results(resource: Json, desk: Desk, patient: str, at: int) -> None:
    key = desk.key("result", resource, patient)
    status = words(resource.get("status"))
    name = joined(
        concept(resource.get("code")),
        concept(resource.get("bodySite")),
        concept(resource.get("method")),
    )
    doubts = desk.doubts(resource, "" if status in _STATUS else f"status {status or '?'}")
    components = parts(resource.get("component"))
    value, unit = result_value(resource)
    if value or not components:
        _result(resource, desk, (key, patient, name, at), (value, unit, doubts))
    for place, item in enumerate(components):
        inner, inner_unit = result_value(item)
        place_key = derived_id("result", key, str(place))
        inner_name = joined(name, concept(item.get("code")))
        merged = item | {"status": status}
        _result(merged, desk, (place_key, patient, inner_name, at), (inner, inner_unit, doubts))


def _result(
    item: Json,
    desk: Desk,
    place: tuple[str, str, str, int],
    value: tuple[str, str, tuple[str, ...]],
) -> None:
    key, patient, name, at = place
    system, code = next(codings(item.get("code")), ("", ""))
    desk.emit(
        ResultReceived(
            result=key,
            patient=patient,
            at=at,
            name=name or code or "?",
            value=value[0],
            unit=value[1],
            code=code,
            code_system=system,
            range_text=_range_text(item),
            flag=_flag(item),
            status=_STATUS.get(words(item.get("status")), "unknown"),
            not_understood=value[2],
            src=desk.src,
        ),
        patient,
    )


def result_value(item: Json) -> tuple[str, str]:
    """(value, unit) of an observation or a component, with its comparator and its notes."""
    quantity = part(item.get("valueQuantity"))
    if quantity:
        said = number(quantity.get("value"))
        compared = f"{words(quantity.get('comparator'))} {said}".strip()
        value, unit = compared, unit_of(quantity)
        if units_clash(quantity):
            value, unit = f"{value} {unit} / {words(quantity.get('code'))} ?", ""
    else:
        value, unit = _plain_value(item), ""
    absent = concept(item.get("dataAbsentReason"))
    return joined(value, f"({absent})" if absent else "", notes(item.get("note"))), unit


def _plain_value(item: Json) -> str:
    for key in ("valueString", "valueInteger", "valueBoolean", "valueDateTime", "valueTime"):
        if text := words(item.get(key)):
            return text
    for key in ("valueRange", "valueRatio"):
        if said := amount(item.get(key)):
            return said
    period = part(item.get("valuePeriod"))
    if period:
        return " → ".join(filter(None, (words(period.get("start")), words(period.get("end")))))
    return concepts(item.get("valueCodeableConcept"))


def _range_text(item: Json) -> str:
    said = []
    for one in parts(item.get("referenceRange")):
        span = (
            amount({"low": one.get("low"), "high": one.get("high")})
            if "low" in one or "high" in one
            else ""
        )
        about = joined(
            words(one.get("text")),
            concepts(one.get("appliesTo")),
            concept(one.get("type")),
            mark=", ",
        )
        said.append(f"{span} ({about})" if span and about else span or about)
    return joined(*said, mark=" ; ")


def _flag(item: Json) -> str:
    found = [
        code or concept(one)
        for one in parts(item.get("interpretation"))
        for code in (code_of(one),)
    ]
    return " ".join(text for text in found if text)


def vital_sets(desk: Desk) -> Iterator[VitalsRecorded]:
    """The measures gathered, as sets: those of one round, one after the other, are one set."""
    span = exchange_table("vital_codes")["set_within_s"] * 1000
    open_set: VitalsRecorded | None = None
    owner = ("", "")
    for place in sorted(desk.gathered):
        patient, stay, at = place
        values = desk.gathered[place]
        note = joined(*sorted(desk.gathered_notes.get(place, ())), mark=" · ")
        by = desk.gathered_by.get(place, "")
        same = open_set is not None and owner == (patient, stay) and at - open_set.at <= span
        if open_set is not None and same and not open_set.values.keys() & values.keys():
            open_set = VitalsRecorded(
                patient=patient,
                at=open_set.at,
                values=open_set.values | values,
                note=joined(open_set.note, note, mark=" · "),
                by=open_set.by or by,
                src=desk.src,
            )
            continue
        if open_set is not None:
            yield open_set
        owner = (patient, stay)
        open_set = VitalsRecorded(
            patient=patient, at=at, values=values, note=note, by=by, src=desk.src
        )
    if open_set is not None:
        yield open_set
