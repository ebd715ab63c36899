"""MedicationAdministration: doses given, given in part, or not given, with the reason."""

from __future__ import annotations

from kit.core.folding import fold
from kit.exchange.fhir.elements import (
    Json,
    amount,
    concept,
    concepts,
    instant,
    joined,
    notes,
    number,
    part,
    parts,
    quantity,
    reference,
    units_clash,
    words,
)
from kit.exchange.fhir.mapping import Desk, maps
from kit.exchange.fhir.prescriptions import read_drug
from kit.exchange.tables import exchange_table
from kit.ward.administration import AdministrationRecorded, DoseStatus, OmissionReason

_STATUS = {
    "completed": DoseStatus.GIVEN,
    "in-progress": DoseStatus.GIVEN,
    "stopped": DoseStatus.PARTIAL,
    "not-done": DoseStatus.OMITTED,
}


@maps("MedicationAdministration")
def administration(resource: Json, desk: Desk) -> None:
    """One claim about a dose, tied to its order where the extract holds it."""
    patient = desk.patient(resource)
    status = words(resource.get("status"))
    if status == "entered-in-error":
        desk.withdraw()
        return
    drug = read_drug(resource, desk)
    order = desk.directory.order(reference(resource.get("request")), desk.scope)
    given = part(resource.get("dosage"))
    period = part(resource.get("effectivePeriod"))
    if order is None:
        desk.demote("reasonCode")
    found = _STATUS.get(status, DoseStatus.UNKNOWN)
    reason = _reason(resource)
    desk.emit(
        AdministrationRecorded(
            patient=patient,
            prescription=order.ids()[0] if order and order.instructions <= 1 else "",
            at=desk.at(resource.get("effectiveDateTime"), period.get("start")),
            status=found,
            generic=drug.name or (order.drug if order else ""),
            dose=quantity(given.get("dose")),
            dose_text=joined(
                _dose_text(given), drug.strength, drug.form, desk.said(resource.get("device"))
            ),
            route=concept(given.get("route")),
            site=concept(given.get("site")),
            reason=omission_code(reason) if found == DoseStatus.OMITTED else "",
            reason_text=_text(resource, reason, status),
            by=desk.said(part(resource.get("performer")).get("actor")),
            not_understood=_doubts(resource, desk, status, given),
            src=desk.src,
            key=desk.key("administration", resource, patient),
        ),
        patient,
    )


def _doubts(resource: Json, desk: Desk, status: str, given: Json) -> tuple[str, ...]:
    doubts = []
    if status not in _STATUS:
        doubts.append(f"status {status or '?'}")
    if units_clash(part(given.get("dose"))):
        doubts.append(f"dose {words(part(given.get('dose')).get('unit'))}")
    if not instant(resource.get("effectiveDateTime")) and "effectivePeriod" not in resource:
        doubts.append("effective")
    return desk.doubts(resource, *doubts)


def _dose_text(given: Json) -> str:
    rates = [amount(given.get(key)) for key in ("rateQuantity", "rateRatio")]
    for one in parts(given.get("doseAndRate")):
        rates += [amount(one.get(key)) for key in ("rateQuantity", "rateRatio", "doseQuantity")]
    repeat = part(part(given.get("timing")).get("repeat"))
    rates.append(
        " ".join(filter(None, (number(repeat.get("duration")), words(repeat.get("durationUnit")))))
    )
    dose = "" if quantity(given.get("dose")) else amount(given.get("dose"))
    return joined(words(given.get("text")), dose, *rates, concept(given.get("method")))


def _reason(resource: Json) -> str:
    return concepts(resource.get("statusReason"))


def _text(resource: Json, reason: str, status: str) -> str:
    period = part(resource.get("effectivePeriod"))
    end = words(period.get("end"))
    return joined(
        reason,
        status if status in ("in-progress", "stopped") else "",
        notes(resource.get("note")),
        f"→ {end}" if end else "",
    )


def omission_code(text: str) -> str:
    """The kit's reason for a dose not given, by the words of the source (`omission_words.toml`)."""
    said = f" {fold(text)} "
    for code, marks in exchange_table("omission_words")["reason"].items():
        if any(f" {fold(mark)}" in said for mark in marks):
            return str(code)
    return OmissionReason.OTHER
