"""Conditions, operations and devices as problems; care that is planned; appointments."""

from __future__ import annotations

from kit.core.ids import derived_id
from kit.exchange.fhir.elements import (
    Json,
    amount,
    code_of,
    concept,
    concepts,
    extension_value,
    instant,
    joined,
    notes,
    part,
    parts,
    reference,
    words,
)
from kit.exchange.fhir.mapping import Desk, maps
from kit.exchange.fhir.timing import when
from kit.ward.appointment import AppointmentBooked
from kit.ward.care_plan import CarePlanned
from kit.ward.problem import ProblemRecorded

_CLINICAL = {
    "active": "active",
    "recurrence": "active",
    "relapse": "active",
    "inactive": "resolved",
    "remission": "resolved",
    "resolved": "resolved",
}
_SURE = ("confirmed", "")
_VOID = ("refuted", "entered-in-error")
_CARE_VOID = ("entered-in-error", "revoked", "cancelled", "rejected")
_CARE_DONE = ("completed",)
_CARE_STATUS = {
    "active": "active",
    "accepted": "active",
    "in-progress": "active",
    "on-hold": "suspended",
    "proposed": "draft",
    "planned": "draft",
    "draft": "draft",
}


@maps("Condition")
def condition(resource: Json, desk: Desk) -> None:
    """A problem with its status; one that is not confirmed says so."""
    patient = desk.patient(resource)
    verified = code_of(resource.get("verificationStatus"))
    clinical = code_of(resource.get("clinicalStatus"))
    status = "refuted" if verified in _VOID else _CLINICAL.get(clinical, "unknown")
    doubts = desk.doubts(
        resource,
        "" if verified in (*_SURE, *_VOID) else f"verificationStatus {verified}",
        f"clinicalStatus {clinical}" if clinical and clinical not in _CLINICAL else "",
    )
    text = joined(
        concept(resource.get("code")),
        concepts(resource.get("bodySite")),
        concept(resource.get("severity")),
        concepts(part(resource.get("stage")).get("summary")),
        words(resource.get("onsetString")),
        amount(resource.get("onsetAge")),
        _abated(resource),
        notes(resource.get("note")),
    )
    desk.emit(
        ProblemRecorded(
            problem=desk.key("problem", resource, patient),
            patient=patient,
            text=text,
            code=code_of(resource.get("code")),
            category=code_of(resource.get("category")),
            status=status,
            since=instant(resource.get("onsetDateTime"))
            or instant(part(resource.get("onsetPeriod")).get("start"))
            or instant(resource.get("recordedDate")),
            not_understood=doubts,
            src=desk.src,
        ),
        patient,
    )


def _abated(resource: Json) -> str:
    end = words(resource.get("abatementDateTime")) or words(resource.get("abatementString"))
    return f"→ {end}" if end else ""


@maps("Procedure")
def procedure(resource: Json, desk: Desk) -> None:
    """An operation or act, as history; one that was not done is refuted."""
    patient = desk.patient(resource)
    status = words(resource.get("status"))
    period = part(resource.get("performedPeriod"))
    known = {
        "completed": "resolved",
        "in-progress": "active",
        "not-done": "refuted",
        "entered-in-error": "refuted",
    }
    text = joined(
        concept(resource.get("code")),
        concepts(resource.get("bodySite")),
        concepts(resource.get("reasonCode")),
        concept(resource.get("statusReason")),
        concept(resource.get("outcome")),
        concepts(resource.get("complication")),
        notes(resource.get("note")),
    )
    desk.emit(
        ProblemRecorded(
            problem=desk.key("problem", resource, patient),
            patient=patient,
            text=text,
            code=code_of(resource.get("code")),
            category="procedure",
            status=known.get(status, "unknown"),
            since=instant(resource.get("performedDateTime")) or instant(period.get("start")),
            not_understood=desk.doubts(resource, "" if status in known else f"status {status}"),
            src=desk.src,
        ),
        patient,
    )


@maps("DeviceUseStatement")
def device_use(resource: Json, desk: Desk) -> None:
    """A line or device in use, or that was."""
    patient = desk.patient(resource)
    status = words(resource.get("status"))
    period = part(resource.get("timingPeriod"))
    over = status in ("completed", "stopped") or bool(period.get("end"))
    void = status == "entered-in-error"
    desk.emit(
        ProblemRecorded(
            problem=desk.key("problem", resource, patient),
            patient=patient,
            text=joined(
                desk.said(resource.get("device")),
                concept(resource.get("bodySite")),
                notes(resource.get("note")),
            ),
            category="device",
            status="refuted" if void else "resolved" if over else "active",
            since=instant(period.get("start")) or instant(resource.get("timingDateTime")),
            not_understood=desk.doubts(resource),
            src=desk.src,
        ),
        patient,
    )


@maps("ServiceRequest", "NutritionOrder", "DeviceRequest")
def request(resource: Json, desk: Desk) -> None:
    """Care, examinations and diets still to be done; what is done is accounted for as such."""
    patient = desk.patient(resource, "patient" if "patient" in resource else "subject")
    status, intent = words(resource.get("status")), words(resource.get("intent"))
    if status in _CARE_DONE or status in _CARE_VOID:
        desk.withdraw("done" if status in _CARE_DONE else "withdrawn")
        return
    forbidden = words(resource.get("doNotPerform")) not in ("false", "")
    doubts = desk.doubts(
        resource,
        "doNotPerform" if forbidden else "",
        "" if status in _CARE_STATUS else f"status {status or '?'}",
        f"intent {intent}" if intent in ("proposal", "plan", "option") else "",
    )
    timing = when({"timing": resource.get("occurrenceTiming")}, 0)
    asked = resource.get("code") or resource.get("codeCodeableConcept")
    desk.emit(
        CarePlanned(
            care=desk.key("care", resource, patient),
            patient=patient,
            text=joined(
                concept(asked),
                concepts(resource.get("orderDetail")),
                concepts(resource.get("bodySite")),
                concepts(resource.get("reasonCode")),
                *_diet(resource),
                notes(resource.get("note")),
                words(resource.get("patientInstruction")),
            ),
            frequency_text=joined(
                timing.words,
                concepts(resource.get("category")),
                words(resource.get("priority")),
                concept(resource.get("asNeededCodeableConcept")),
            ),
            next_due=_due(resource),
            status=_CARE_STATUS.get(status, "unknown"),
            not_understood=doubts,
            src=desk.src,
        ),
        patient,
    )


def _due(resource: Json) -> int:
    period = part(resource.get("occurrencePeriod"))
    return instant(resource.get("occurrenceDateTime")) or instant(period.get("start"))


def _diet(resource: Json) -> list[str]:
    oral, enteral = part(resource.get("oralDiet")), part(resource.get("enteralFormula"))
    said = [
        concepts(oral.get("type")),
        words(oral.get("instruction")),
        concepts(oral.get("fluidConsistencyType")),
    ]
    said += [
        f"{concept(one.get('modifier'))} {amount(one.get('amount'))}".strip()
        for one in parts(oral.get("nutrient"))
    ]
    said += [
        joined(concept(one.get("modifier")), concept(one.get("foodType")), mark=" ")
        for one in parts(oral.get("texture"))
    ]
    said += [
        joined(
            concept(one.get("type")),
            words(one.get("productName")),
            amount(one.get("quantity")),
            words(one.get("instruction")),
            mark=" ",
        )
        for one in parts(resource.get("supplement"))
    ]
    said += [
        concept(enteral.get("baseFormulaType")),
        words(enteral.get("baseFormulaProductName")),
        words(enteral.get("administrationInstruction")),
        amount(enteral.get("maxVolumeToDeliver")),
    ]
    said += [
        concepts(resource.get("foodPreferenceModifier")),
        concepts(resource.get("excludeFoodModifier")),
    ]
    return said


@maps("CarePlan")
def care_plan(resource: Json, desk: Desk) -> None:
    """A plan of care: the plan in words, then each activity that is not done."""
    patient = desk.patient(resource)
    status = words(resource.get("status"))
    if status in _CARE_VOID or status in _CARE_DONE:
        desk.withdraw("done" if status in _CARE_DONE else "withdrawn")
        return
    doubts = desk.doubts(resource, "" if status in _CARE_STATUS else f"status {status or '?'}")
    head = joined(
        words(resource.get("title")),
        concepts(resource.get("category")),
        words(resource.get("description")),
        notes(resource.get("note")),
    )
    key = desk.key("care", resource, patient)
    state = _CARE_STATUS.get(status, "unknown")
    if head:
        desk.emit(
            CarePlanned(
                care=key,
                patient=patient,
                text=head,
                status=state,
                not_understood=doubts,
                src=desk.src,
            ),
            patient,
        )
    for place, item in enumerate(parts(resource.get("activity"))):
        _activity(
            part(item.get("detail")),
            desk,
            (derived_id("care", key, str(place)), patient, state),
            doubts,
        )


def _activity(
    detail: Json, desk: Desk, place: tuple[str, str, str], doubts: tuple[str, ...]
) -> None:
    key, patient, state = place
    status = words(detail.get("status"))
    text = joined(
        concept(detail.get("code")),
        words(detail.get("description")),
        concepts(detail.get("reasonCode")),
        concept(detail.get("productCodeableConcept")),
        amount(detail.get("quantity")),
    )
    if not text or status in ("completed", "cancelled", "stopped", "entered-in-error"):
        return
    more = ("doNotPerform",) if words(detail.get("doNotPerform")) not in ("false", "") else ()
    timing = when({"timing": detail.get("scheduledTiming")}, 0)
    desk.emit(
        CarePlanned(
            care=key,
            patient=patient,
            text=text,
            frequency_text=joined(timing.words, words(detail.get("scheduledString"))),
            next_due=instant(part(detail.get("scheduledPeriod")).get("start")),
            status=state,
            not_understood=(*doubts, *more),
            src=desk.src,
        ),
        patient,
    )


@maps("Goal")
def goal(resource: Json, desk: Desk) -> None:
    """What care aims at."""
    patient = desk.patient(resource)
    status = words(resource.get("lifecycleStatus"))
    if status in (*_CARE_VOID, *_CARE_DONE):
        desk.withdraw("done" if status in _CARE_DONE else "withdrawn")
        return
    targets = [
        joined(
            concept(one.get("measure")),
            amount(one.get("detailQuantity")),
            amount(one.get("detailRange")),
            words(one.get("dueDate")),
            mark=" ",
        )
        for one in parts(resource.get("target"))
    ]
    desk.emit(
        CarePlanned(
            care=desk.key("care", resource, patient),
            patient=patient,
            text=joined(
                concept(resource.get("description")), *targets, notes(resource.get("note"))
            ),
            status=_CARE_STATUS.get(status, "unknown"),
            not_understood=desk.doubts(resource),
            src=desk.src,
        ),
        patient,
    )


@maps("Appointment")
def appointment(resource: Json, desk: Desk) -> None:
    """An appointment of the patient among its participants; one that is not settled says so."""
    actors = [part(one.get("actor")) for one in parts(resource.get("participant"))]
    who = next((one for one in actors if _is_patient(one)), {})
    if not who:
        return
    patient = desk.patient({"subject": who, "contained": resource.get("contained")})
    status = words(resource.get("status"))
    booked = ("booked", "arrived", "fulfilled", "checked-in")
    void = ("cancelled", "noshow", "entered-in-error")
    others = [desk.said(one) for one in actors if one is not who]
    extra = [extension_value(one) for one in parts(resource.get("extension"))]
    desk.emit(
        AppointmentBooked(
            appointment=desk.key("appointment", resource, patient),
            patient=patient,
            at=instant(resource.get("start")),
            place=joined(*others, mark=", "),
            reason=joined(
                words(resource.get("description")),
                concepts(resource.get("reasonCode")),
                concepts(resource.get("serviceType")),
                concept(resource.get("appointmentType")),
                words(resource.get("comment")),
                words(resource.get("patientInstruction")),
                *extra,
            ),
            status="booked" if status in booked else "cancelled" if status in void else "unknown",
            not_understood=desk.doubts(
                resource, "" if status in (*booked, *void) else f"status {status}"
            ),
            src=desk.src,
        ),
        patient,
    )


def _is_patient(actor: Json) -> bool:
    address = reference(actor)
    return "Patient/" in address or words(actor.get("type")) == "Patient"
