"""MedicationRequest to orders: one per instruction, each with its whole sentence.

An order whose status, intent or any modifier is not understood is TO_CHECK and says what was not
understood; it is never shown as normal. Not for: doses given (`administrations`).
"""

from __future__ import annotations

import msgspec

from kit.exchange.fhir.dosage import Dosage, dosage
from kit.exchange.fhir.elements import (
    Json,
    amount,
    codings,
    concept,
    concepts,
    extension_value,
    extensions,
    instant,
    joined,
    label,
    notes,
    parts,
    words,
)
from kit.exchange.fhir.mapping import Desk, maps
from kit.exchange.fhir.references import Order
from kit.exchange.fhir.timing import has_own_dates, may_coincide, sequences
from kit.ward.prescription_event import Code, OrderStatus, PrescriptionRecorded

_STATUS = {
    "active": OrderStatus.ACTIVE,
    "on-hold": OrderStatus.SUSPENDED,
    "draft": OrderStatus.DRAFT,
    "cancelled": OrderStatus.STOPPED,
    "completed": OrderStatus.STOPPED,
    "stopped": OrderStatus.STOPPED,
    "entered-in-error": OrderStatus.STOPPED,
}
_ORDERS = ("order", "original-order", "reflex-order", "filler-order", "instance-order")
_IDEAS = ("proposal", "plan")
_AT_HOME = ("community", "discharge", "outpatient")
_TEXT_LIMIT = 6000


class Drug(msgspec.Struct, frozen=True):
    """What is ordered: name, form, strength, mixture, codes."""

    name: str
    form: str = ""
    strength: str = ""
    mixture: str = ""
    codes: tuple[Code, ...] = ()


def read_drug(resource: Json, desk: Desk) -> Drug:
    """The drug of a request or an administration, coded inside or in a Medication elsewhere."""
    inside = resource.get("medicationCodeableConcept")
    if inside is not None:
        return Drug(concept(inside), codes=_codes(inside))
    medication = desk.directory.drug(resource, desk.scope)
    label_ = label(resource.get("medicationReference"))
    ingredients = parts(medication.get("ingredient"))
    named = [_ingredient(one, medication, desk) for one in ingredients]
    mixture = " + ".join(" ".join(filter(None, pair)) for pair in named) if len(named) > 1 else ""
    name = concept(medication.get("code")) or " + ".join(pair[0] for pair in named if pair[0])
    return Drug(
        name or (label_ if not label_.startswith("#") else ""),
        concept(medication.get("form")),
        named[0][1] if len(named) == 1 else "",
        mixture,
        _codes(medication.get("code")),
    )


def _ingredient(one: Json, medication: Json, desk: Desk) -> tuple[str, str]:
    name = concept(one.get("itemCodeableConcept"))
    strength = amount(one.get("strength"))
    if not name and "itemReference" in one:
        inner = desk.directory.drug(
            {"medicationReference": one["itemReference"], "contained": medication.get("contained")},
            desk.scope,
        )
        name = concept(inner.get("code")) or label(one["itemReference"])
        strength = strength or amount(inner.get("amount"))
    return name, strength


def _codes(value: object) -> tuple[Code, ...]:
    return tuple(Code(system, code) for system, code in codings(value))


@maps("MedicationRequest")
def medication_request(resource: Json, desk: Desk) -> None:
    """One PrescriptionRecorded per dosage instruction, one where there is none."""
    patient = desk.patient(resource)
    order = desk.directory.order(desk.own, desk.scope)
    instructions = parts(resource.get("dosageInstruction"))
    if order is None:
        order = Order(desk.key("order", resource, patient), "", len(instructions))
    common = _common(resource, desk)
    ordered_at = instant(resource.get("authoredOn"))
    read = [dosage(one, ordered_at) for one in instructions]
    steps = _step_doubts(instructions, read)
    for place, key in enumerate(order.ids()):
        line = read[place] if read else None
        desk.emit(_recorded(common, key, patient, line, steps[place] if steps else ""), patient)


class _Request(msgspec.Struct, frozen=True):
    """What all lines of one request share."""

    event: PrescriptionRecorded
    sentence: str
    urgency: str
    doubts: tuple[str, ...]


def _common(resource: Json, desk: Desk) -> _Request:
    drug = read_drug(resource, desk)
    status, doubts = _status(resource)
    alternative = desk.directory.alternative(desk.own, desk.scope)
    if alternative:
        doubts.append(alternative)
    if not drug.name:
        doubts.append("medication")
    at_home = any(code in _AT_HOME for _system, code in codings(resource.get("category")))
    event = PrescriptionRecorded(
        prescription="",
        patient="",
        generic=drug.name,
        strength=drug.strength,
        form=drug.form,
        diluent=drug.mixture,
        codes=drug.codes,
        indication=_indication(resource, desk),
        prescriber=desk.said(resource.get("requester")),
        prescribed_at=instant(resource.get("authoredOn")),
        status=status,
        status_reason=_reason(resource),
        community=at_home,
        src=desk.src,
    )
    rendered = [
        text
        for item in extensions(resource, "renderedDosageInstruction")
        if (text := extension_value(item))
    ]
    urgency = words(resource.get("priority"))
    sentence = joined(
        *rendered, words(resource.get("renderedDosageInstruction")), notes(resource.get("note"))
    )
    return _Request(
        event, sentence, urgency if urgency != "routine" else "", desk.doubts(resource, *doubts)
    )


def _status(resource: Json) -> tuple[OrderStatus, list[str]]:
    status, intent = words(resource.get("status")), words(resource.get("intent"))
    doubts = []
    found = _STATUS.get(status)
    if found is None:
        doubts.append(f"status {status or '?'}")
    if intent in _IDEAS and found in (OrderStatus.ACTIVE, None):
        found = OrderStatus.DRAFT
    elif intent not in _ORDERS and intent not in _IDEAS:
        doubts.append(f"intent {intent or '?'}")
    if words(resource.get("doNotPerform")) not in ("false", ""):
        doubts.append(f"doNotPerform {words(resource.get('doNotPerform'))}")
    return found or OrderStatus.TO_CHECK, doubts


def _reason(resource: Json) -> str:
    status = words(resource.get("status"))
    said = concept(resource.get("statusReason"))
    intent = words(resource.get("intent"))
    shown = status if status not in ("active", "") else ""
    return joined(said, shown, intent if intent in _IDEAS else "")


def _indication(resource: Json, desk: Desk) -> str:
    behind = [desk.said(item) for item in parts(resource.get("reasonReference"))]
    return joined(
        concepts(resource.get("reasonCode")),
        *(text for text in behind if "/" not in text),
        mark=", ",
    )


def _step_doubts(instructions: list[Json], read: list[Dosage]) -> list[str]:
    """Instructions of one order that may hold at the same time are to be checked, each of them.

    Steps that follow one another, or doses that depend on a value, would else add up on a round.
    A dose if needed beside a planned one is no such case.
    """
    total = len(instructions)
    in_turn = len(sequences(instructions)) > 1
    undated = in_turn and not all(has_own_dates(one) for one in instructions)
    pairs = [(read[i], read[k]) for i in range(total) for k in range(i)]
    together = any(
        one.as_needed == other.as_needed and may_coincide(one.when, other.when)
        for one, other in pairs
    )
    at_once = any(may_coincide(one.when, other.when) for one, other in pairs)
    if together or (undated and at_once):
        return [f"dosageInstruction {i + 1}/{total}" for i in range(total)]
    return [""] * total


def _recorded(
    common: _Request, key: str, patient: str, read: Dosage | None, step: str
) -> PrescriptionRecorded:
    event = common.event
    doubts = tuple(
        dict.fromkeys((*common.doubts, *(read.doubts if read else ()), *((step,) if step else ())))
    )
    status = OrderStatus.TO_CHECK if doubts and event.status == OrderStatus.ACTIVE else event.status
    if read is None:
        return msgspec.structs.replace(
            event,
            prescription=key,
            patient=patient,
            text=joined(common.sentence or event.generic, common.urgency)[:_TEXT_LIMIT],
            not_understood=doubts,
            status=status,
        )
    timing = read.when
    return msgspec.structs.replace(
        event,
        prescription=key,
        patient=patient,
        text=_sentence(common, read)[:_TEXT_LIMIT],
        dose=read.dose,
        dose_text=read.dose_text,
        route=read.route,
        timing=timing.timing,
        frequency_text=joined(timing.words, read.limits, mark=", "),
        as_needed=read.as_needed,
        condition=read.condition,
        max_24h=read.max_24h,
        min_interval_min=read.min_interval_min,
        start=timing.start or event.prescribed_at,
        stop=timing.stop,
        duration_text=timing.duration,
        rate=read.rate,
        not_understood=doubts,
        status=status,
    )


def _sentence(common: _Request, read: Dosage) -> str:
    """The source's own words; where it has none, what was structured, in the order it is read."""
    said = joined(common.sentence, read.sentence)
    if said:
        return joined(said, read.extra, common.urgency)
    dose = f"{read.dose.value} {read.dose.unit}".strip() if read.dose else read.dose_text
    return joined(
        common.event.generic,
        dose,
        read.route,
        read.when.words,
        read.rate,
        read.condition,
        read.when.duration,
        read.limits,
        read.extra,
        common.urgency,
        mark=" · ",
    )


@maps("Medication")
def medication(resource: Json, desk: Desk) -> None:
    """Nothing of its own: a Medication is read where an order points to it."""
