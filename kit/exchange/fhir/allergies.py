"""Allergies, and alerts of every other kind: flags, consents, limits of care."""

from __future__ import annotations

from kit.core.folding import fold
from kit.exchange.fhir.elements import (
    Json,
    code_of,
    codings,
    concept,
    concepts,
    instant,
    joined,
    notes,
    part,
    parts,
    strings,
    words,
)
from kit.exchange.fhir.mapping import Desk, maps
from kit.exchange.tables import exchange_table
from kit.ward.alert import AlertKind, AlertRaised
from kit.ward.allergy import AllergyRecorded, Certainty, NoKnownAllergy, is_negation

_CERTAINTY = {
    "confirmed": Certainty.CONFIRMED,
    "unconfirmed": Certainty.SUSPECTED,
    "presumed": Certainty.SUSPECTED,
    "refuted": Certainty.REFUTED,
    "entered-in-error": Certainty.REFUTED,
}
_SEVERITY = ("severe", "moderate", "mild")
NONE_KNOWN = ("716186003",)
NONE_OF_A_KIND = ("409137002", "428607008", "429625007")


@maps("AllergyIntolerance")
def allergy(resource: Json, desk: Desk) -> None:
    """An allergy with what is known of it; "none known" is an assertion of its own."""
    patient = desk.patient(resource, "patient")
    substance = concept(resource.get("code")) or _reacted_to(resource)
    verified = code_of(resource.get("verificationStatus"))
    active = code_of(resource.get("clinicalStatus")) in ("active", "")
    at = desk.at(resource.get("recordedDate"), resource.get("onsetDateTime"))
    by = desk.said(resource.get("recorder")) or desk.said(resource.get("asserter"))
    codes = [code for _system, code in codings(resource.get("code"))]
    doubts = desk.doubts(resource, *_doubts(resource, substance, verified))
    negation = is_negation(substance) or any(code in NONE_KNOWN for code in codes)
    if negation and active and not doubts and verified not in ("refuted", "entered-in-error"):
        desk.emit(NoKnownAllergy(patient=patient, at=at, by=by, src=desk.src), patient)
        return
    system, code = next(codings(resource.get("code")), ("", ""))
    partial = any(code in NONE_OF_A_KIND for code in codes)
    desk.emit(
        AllergyRecorded(
            allergy=desk.key("allergy", resource, patient),
            patient=patient,
            substance=substance if not negation else f"{substance} (?)",
            kind="statement" if partial or negation else words(resource.get("type")) or "allergy",
            code=code,
            code_system=system,
            reaction=_reaction(resource),
            severity=_severity(resource),
            certainty=_CERTAINTY.get(verified, Certainty.UNKNOWN),
            noted_at=at,
            by=by,
            not_understood=doubts,
            src=desk.src,
        ),
        patient,
    )


def _doubts(resource: Json, substance: str, verified: str) -> list[str]:
    doubts = []
    status = code_of(resource.get("clinicalStatus"))
    if status not in ("active", ""):
        doubts.append(f"clinicalStatus {status}")
    if verified and (verified not in _CERTAINTY or verified == "entered-in-error"):
        doubts.append(f"verificationStatus {verified}")
    if not substance:
        doubts.append("code")
    return doubts


def _reacted_to(resource: Json) -> str:
    return next(
        (
            text
            for one in parts(resource.get("reaction"))
            if (text := concept(one.get("substance")))
        ),
        "",
    )


def _reaction(resource: Json) -> str:
    criticality = words(resource.get("criticality"))
    categories = resource.get("category")
    return joined(
        *(_one_reaction(one) for one in parts(resource.get("reaction"))),
        f"criticality {criticality}" if criticality else "",
        notes(resource.get("note")),
        " ".join(strings(categories)),
        *(words(resource.get(key)) for key in ("lastOccurrence", "onsetDateTime", "onsetString")),
    )


def _one_reaction(one: Json) -> str:
    return joined(
        concept(one.get("substance")),
        concepts(one.get("manifestation")),
        words(one.get("description")),
        concept(one.get("exposureRoute")),
        notes(one.get("note")),
        words(one.get("onset")),
    )


def _severity(resource: Json) -> str:
    found = {words(one.get("severity")) for one in parts(resource.get("reaction"))}
    return next((grade for grade in _SEVERITY if grade in found), "")


def alert_kind(text: str) -> str:
    """The kind of an alert by the words it uses (`alert_words.toml`)."""
    said = f" {fold(text)} "
    for kind, marks in exchange_table("alert_words")["kind"].items():
        if any(f" {fold(mark)}" in said for mark in marks):
            return str(kind)
    return AlertKind.OTHER


@maps("Flag")
def flag(resource: Json, desk: Desk) -> None:
    """An alert, over where the source says so."""
    patient = desk.patient(resource)
    text = joined(concept(resource.get("code")), concepts(resource.get("category")))
    status = words(resource.get("status"))
    period = part(resource.get("period"))
    ended = instant(period.get("end"))
    if status != "active":
        ended = ended or desk.taken or 1
    elif ended > (desk.taken or desk.now):
        ended = 0
    doubts = desk.doubts(
        resource, "" if status in ("active", "inactive", "entered-in-error") else f"status {status}"
    )
    desk.emit(
        AlertRaised(
            alert=desk.key("alert", resource, patient),
            patient=patient,
            kind=alert_kind(text),
            text=text,
            since=instant(period.get("start")),
            ended=0 if doubts else ended,
            by=desk.said(resource.get("author")),
            not_understood=doubts,
            src=desk.src,
        ),
        patient,
    )


@maps("Consent")
def consent(resource: Json, desk: Desk) -> None:
    """A consent or directive: its words, never read further; its provisions are to be checked."""
    patient = desk.patient(resource, "patient")
    status = words(resource.get("status"))
    scope = code_of(resource.get("scope"))
    provision = part(resource.get("provision"))
    doubts = desk.doubts(
        resource, "provision" if provision else "", "" if status == "active" else f"status {status}"
    )
    over = status in ("rejected", "inactive", "entered-in-error")
    desk.emit(
        AlertRaised(
            alert=desk.key("alert", resource, patient),
            patient=patient,
            kind=AlertKind.DIRECTIVES if scope in ("adr", "acd") else AlertKind.OTHER,
            text=joined(
                concept(resource.get("scope")),
                concepts(resource.get("category")),
                concept(resource.get("policyRule")),
                words(provision.get("type")),
                words(part(resource.get("sourceAttachment")).get("title")),
            ),
            since=desk.at(resource.get("dateTime")),
            ended=(desk.taken or 1) if over else 0,
            by=desk.said(resource.get("performer")) or desk.said(resource.get("organization")),
            not_understood=doubts,
            src=desk.src,
        ),
        patient,
    )
