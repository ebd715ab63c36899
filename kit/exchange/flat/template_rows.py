"""Rows of the template that are not about drugs: people, stays, allergies, alerts, measures, care.

Each function makes the events of one row and gives back a reason code where the row must not be
entered. Not for: headers (`template`), drugs (`template_drugs`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kit.core.folding import fold
from kit.core.ids import derived_id
from kit.exchange.fhir.allergies import alert_kind
from kit.exchange.fhir.elements import joined
from kit.exchange.flat.cells import decimal, iso_date, phone, sex, truth
from kit.exchange.identity import identity_status
from kit.exchange.vital_values import acvpu_of
from kit.ward.alert import AlertKind, AlertRaised
from kit.ward.allergy import AllergyRecorded, Certainty, NoKnownAllergy, is_negation
from kit.ward.appointment import AppointmentBooked
from kit.ward.care_plan import CarePlanned
from kit.ward.directory import ContactRecorded, DirectoryListed
from kit.ward.patient import Identifier, PatientRegistered
from kit.ward.problem import ProblemRecorded
from kit.ward.result import ResultReceived
from kit.ward.stay import StayOpened
from kit.ward.vitals import VitalsRecorded

if TYPE_CHECKING:
    from kit.exchange.flat.template_row import Row

_MEASURES = (
    "hr",
    "rr",
    "spo2",
    "oxygen_flow",
    "sbp",
    "dbp",
    "temp",
    "weight",
    "height",
    "pain",
    "glucose",
    "diuresis",
)
_IDENTITY = {
    "vali": "VALI",
    "validee": "VALI",
    "valide": "VALI",
    "qualifiee": "VALI",
    "prov": "PROV",
    "provisoire": "PROV",
    "recuperee": "PROV",
    "dout": "DOUT",
    "douteuse": "DOUT",
    "fict": "FICT",
    "fictive": "FICT",
    "homonyme": "HOMA",
}
_CERTAINTY = {
    "confirmee": Certainty.CONFIRMED,
    "confirme": Certainty.CONFIRMED,
    "certaine": Certainty.CONFIRMED,
    "suspectee": Certainty.SUSPECTED,
    "suspecte": Certainty.SUSPECTED,
    "probable": Certainty.SUSPECTED,
    "refutee": Certainty.REFUTED,
    "refute": Certainty.REFUTED,
    "infirmee": Certainty.REFUTED,
    "": Certainty.UNKNOWN,
}
_SEVERITY = {
    "grave": "severe",
    "severe": "severe",
    "moderee": "moderate",
    "modere": "moderate",
    "legere": "mild",
    "leger": "mild",
}
_KIND = {"allergie": "allergy", "intolerance": "intolerance"}
_RESULT = {
    "final": "final",
    "valide": "final",
    "f": "final",
    "": "unknown",
    "provisoire": "preliminary",
    "p": "preliminary",
    "corrige": "corrected",
    "c": "corrected",
    "annule": "withdrawn",
}


def patients(row: Row) -> str:
    """One identity."""
    oid = row.text("ins_oid").removeprefix("urn:oid:")
    numbers = [(oid, row.text("ins").replace(" ", ""))] if row.text("ins") else []
    codes = (
        [_IDENTITY.get(fold(row.text("identity")), row.text("identity").upper())]
        if row.text("identity")
        else []
    )
    status, flags = identity_status(codes, numbers)
    birth = iso_date(row.text("birth_date")) if row.text("birth_date") else ""
    if birth is None:
        row.doubt("birth_date")
        flags += (f"to_check: {row.text('birth_date')[:40]}",)
    kind = sex(row.text("sex"))
    if kind is None:
        row.doubt("sex")
    place = row.text("birth_place")
    if place.isdigit() and len(place) == 4:
        place = f"0{place}"
    others = [Identifier("other", "ipp", row.text("previous"))] if row.text("previous") else []
    others += [Identifier("archive", "", row.text("archive"))] if row.text("archive") else []
    row.emit(
        PatientRegistered(
            patient=row.patient,
            birth_family=row.text("birth_family") or row.text("used_family") or row.text("ipp"),
            birth_given=row.text("birth_given"),
            given_names=row.text("given_names") or row.text("birth_given"),
            used_family=row.text("used_family"),
            used_given=row.text("used_given"),
            birth_date=birth or "",
            birth_place=place,
            sex=kind or "",
            ipp=row.text("ipp"),
            ins=numbers[0][1] if numbers else "",
            ins_oid=oid,
            identity=status,
            identity_flags=flags,
            identifiers=(Identifier("ipp", row.text("ipp_system"), row.text("ipp")), *others),
            deceased_at=row.moment("deceased"),
            phone=phone(row.text("phone")),
            address=row.text("address"),
            spoken=row.text("spoken"),
            treating_doctor=row.text("treating_doctor"),
            src=row.desk.src,
        )
    )
    return ""


def sejours(row: Row) -> str:
    """One stay; over where it has a date of leaving."""
    row.emit(
        StayOpened(
            stay=row.key("stay", "iep") if row.text("iep") else row.key("stay", "ward", "admitted"),
            patient=row.patient,
            iep=row.text("iep"),
            ward=row.text("ward"),
            room=row.text("room"),
            bed=row.text("bed"),
            admitted_at=row.moment("admitted"),
            planned_end=row.moment("planned_end"),
            closed_at=row.moment("closed"),
            reason=joined(row.text("reason"), *row.unread),
            doctor=row.text("doctor"),
            legal=row.text("legal"),
            src=row.desk.src,
        )
    )
    return ""


def allergies(row: Row) -> str:
    """One allergy; `AUCUNE` is the explicit answer that none is known, an empty cell is not."""
    substance = row.text("substance")
    if not substance:
        return "intake.row_cell"
    at = row.moment("noted") or row.desk.taken
    if is_negation(substance) and not row.text("certainty"):
        row.emit(NoKnownAllergy(patient=row.patient, at=at, by=row.text("by"), src=row.desk.src))
        return ""
    certainty = _CERTAINTY.get(fold(row.text("certainty")))
    if certainty is None:
        row.doubt("certainty")
    row.emit(
        AllergyRecorded(
            allergy=row.key("allergy", "substance", "kind"),
            patient=row.patient,
            substance=substance,
            kind=_KIND.get(fold(row.text("kind")), row.text("kind")) or "allergy",
            reaction=row.text("reaction"),
            severity=_SEVERITY.get(fold(row.text("severity")), row.text("severity")),
            certainty=certainty or Certainty.UNKNOWN,
            noted_at=at,
            by=row.text("by"),
            not_understood=tuple(row.unread),
            src=row.desk.src,
        )
    )
    return ""


def alertes(row: Row) -> str:
    """One alert."""
    said = joined(row.text("kind"), row.text("text"))
    ended = row.moment("ended")
    over = bool(ended) and ended <= (row.desk.taken or row.desk.now)
    row.emit(
        AlertRaised(
            alert=row.key("alert", "text", "kind"),
            patient=row.patient,
            kind=alert_kind(said),
            text=said,
            since=row.moment("since"),
            ended=ended if over else 0,
            by=row.text("by"),
            not_understood=tuple(row.unread),
            src=row.desk.src,
        )
    )
    return ""


def limitations(row: Row) -> str:
    """One decision that limits care, or directives."""
    kind = alert_kind(row.text("text"))
    review = row.text("review")
    row.emit(
        AlertRaised(
            alert=row.key("alert", "text"),
            patient=row.patient,
            kind=kind if kind == AlertKind.DIRECTIVES else AlertKind.RESUSCITATION,
            text=joined(row.text("text"), f"→ {review}" if review else ""),
            since=row.moment("since"),
            by=row.text("by"),
            not_understood=tuple(row.unread),
            src=row.desk.src,
        )
    )
    return ""


def constantes(row: Row) -> str:
    """One set of vitals; a value that cannot be read goes to the note, never into the set."""
    at = row.moment("at")
    if not at:
        row.desk.own = row.columns.get("at", "at")
        return "intake.row_cell"
    values: dict[str, str] = {}
    aside = []
    for field in _MEASURES:
        text = row.text(field)
        number = decimal(text) if text else None
        if number is not None:
            values[field] = number
        elif text:
            row.doubt(field)
            aside.append(f"{row.columns[field]} {text}")
    _coded(row, values, aside)
    row.emit(
        VitalsRecorded(
            patient=row.patient,
            at=at,
            values=values,
            note=joined(row.text("note"), *aside, mark=" · "),
            by=row.text("by"),
            src=row.desk.src,
        )
    )
    return ""


def _coded(row: Row, values: dict[str, str], aside: list[str]) -> None:
    oxygen = row.text("oxygen")
    said = truth(oxygen) if oxygen else None
    if said is not None:
        values["oxygen"] = "1" if said else "0"
    elif oxygen:
        aside.append(f"O2 {oxygen}")
    mind = row.text("acvpu")
    letter = acvpu_of("", mind) if mind else ""
    if letter:
        values["acvpu"] = letter
    elif mind:
        row.doubt("acvpu")
        aside.append(mind)


def resultats(row: Row) -> str:
    """One result, its value as it stands."""
    status = _RESULT.get(fold(row.text("status")))
    if status is None:
        row.doubt("status")
    number = decimal(row.text("value")) if row.text("value") else None
    row.emit(
        ResultReceived(
            result=row.key("result", "name", "code", "at"),
            patient=row.patient,
            at=row.moment("at") or row.desk.taken,
            name=row.text("name") or row.text("code") or "?",
            value=number if number is not None else row.text("value"),
            unit=row.text("unit"),
            code=row.text("code"),
            range_text=row.text("range"),
            flag=row.text("flag"),
            status=status or "unknown",
            not_understood=tuple(row.unread),
            src=row.desk.src,
        )
    )
    return ""


def soins(row: Row) -> str:
    """One care task."""
    status = {"": "active", "actif": "active", "en cours": "active", "suspendu": "suspended"}.get(
        fold(row.text("status"))
    )
    if fold(row.text("status")) in ("arrete", "termine", "fait", "annule"):
        row.desk.withdraw("done")
        return ""
    if status is None:
        row.doubt("status")
    row.emit(
        CarePlanned(
            care=row.key("care", "text", "frequency"),
            patient=row.patient,
            text=row.text("text"),
            frequency_text=row.text("frequency"),
            next_due=row.moment("next_due"),
            status=status or "unknown",
            not_understood=tuple(row.unread),
            src=row.desk.src,
        )
    )
    return ""


def problemes(row: Row) -> str:
    """One diagnosis or antecedent."""
    known = {
        "": "unknown",
        "actif": "active",
        "resolu": "resolved",
        "antecedent": "resolved",
        "refute": "refuted",
    }
    status = known.get(fold(row.text("status")))
    if status is None:
        row.doubt("status")
    row.emit(
        ProblemRecorded(
            problem=row.key("problem", "text", "code"),
            patient=row.patient,
            text=row.text("text") or row.text("code"),
            code=row.text("code"),
            status=status or "unknown",
            since=row.moment("since"),
            not_understood=tuple(row.unread),
            src=row.desk.src,
        )
    )
    return ""


def rendez_vous(row: Row) -> str:
    """One appointment; one without a readable time is refused: it would stand on a wrong day."""
    at = row.moment("at")
    if not at:
        row.desk.own = row.columns.get("at", "at")
        return "intake.row_cell"
    status = {"": "booked", "prevu": "booked", "confirme": "booked", "annule": "cancelled"}.get(
        fold(row.text("status"))
    )
    if status is None:
        row.doubt("status")
    row.emit(
        AppointmentBooked(
            appointment=row.key("appointment", "at", "place", "reason"),
            patient=row.patient,
            at=at,
            place=row.text("place"),
            reason=row.text("reason"),
            status=status or "unknown",
            not_understood=tuple(row.unread),
            src=row.desk.src,
        )
    )
    return ""


def contacts(row: Row) -> str:
    """Somebody to call."""
    row.emit(
        ContactRecorded(
            contact=row.key("contact", "name", "link"),
            patient=row.patient,
            name=row.text("name"),
            link=row.text("link"),
            phone=phone(row.text("phone")),
            trusted=bool(truth(row.text("trusted"))),
            src=row.desk.src,
        )
    )
    return ""


def annuaire(row: Row) -> str:
    """A line of the crisis directory."""
    place = row.text("place")
    row.desk.emit(
        DirectoryListed(
            entry=derived_id("directory", row.text("name"), row.text("ward"), row.text("role")),
            name=row.text("name"),
            phone=phone(row.text("phone")),
            role=row.text("role"),
            ward=row.text("ward"),
            place=int(place) if place.isdigit() else 0,
            note=row.text("note"),
            src=row.desk.src,
        )
    )
    return ""


def _nothing(_row: Any) -> str:
    return ""


MAPPERS: dict[str, Callable[[Any], str]] = {
    "extrait": _nothing,
    "patients": patients,
    "sejours": sejours,
    "lits": _nothing,
    "allergies": allergies,
    "alertes": alertes,
    "limitations": limitations,
    "constantes": constantes,
    "resultats": resultats,
    "soins": soins,
    "problemes": problemes,
    "rendez_vous": rendez_vous,
    "contacts": contacts,
    "annuaire": annuaire,
}
