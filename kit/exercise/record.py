"""What the source says of each demo patient beside drugs and measures: allergies, alerts, care.

All of it is imported. Not for: what carers add since the attack (`narrative`, `incidents`).
"""

from __future__ import annotations

from kit.core.clock import DAY, HOUR, MINUTE, date_text, day_start
from kit.core.event import Event
from kit.exercise import identity
from kit.exercise.admission import Inpatient
from kit.exercise.staff import on_duty, short
from kit.exercise.tape import Tape
from kit.exercise.timeline import EMERGENCY, Timeline
from kit.ward.alert import AlertKind, AlertRaised
from kit.ward.allergy import AllergyRecorded, Certainty, NoKnownAllergy
from kit.ward.care_plan import CarePlanned
from kit.ward.directory import ContactRecorded
from kit.ward.problem import ProblemRecorded

_ALLERGIES = (
    ("Pénicillines", "choc anaphylactique en 2011", "severe", Certainty.CONFIRMED),
    ("Amoxicilline", "éruption généralisée", "moderate", Certainty.CONFIRMED),
    ("Produits de contraste iodés", "urticaire", "moderate", Certainty.SUSPECTED),
    ("Latex", "urticaire de contact", "mild", Certainty.CONFIRMED),
    ("Acide acétylsalicylique", "bronchospasme", "severe", Certainty.CONFIRMED),
    ("Arachide", "œdème de Quincke", "severe", Certainty.CONFIRMED),
    ("Sulfamides", "toxidermie", "severe", Certainty.SUSPECTED),
    ("Codéine", "vomissements", "mild", Certainty.SUSPECTED),
    ("Pansements adhésifs", "dermite", "mild", Certainty.CONFIRMED),
    ("Kétoprofène", "photosensibilité", "moderate", Certainty.CONFIRMED),
)
_CLASHES = {
    "Pénicillines": "cillin", "Amoxicilline": "cillin", "Acide acétylsalicylique": "salicylique",
    "Codéine": "codéine", "Kétoprofène": "kétoprofène",
}  # fmt: skip
_ISOLATIONS = (
    (AlertKind.RESISTANT_GERM, "BMR : entérobactérie BLSE dans les urines, précautions contact"),
    (AlertKind.RESISTANT_GERM, "BMR : SARM nasal, précautions contact"),
    (AlertKind.ISOLATION, "Précautions gouttelettes : grippe A"),
    (AlertKind.ISOLATION, "Précautions contact : Clostridioides difficile, savon et Javel"),
)
_LINKS = ("Fille", "Fils", "Sœur", "Frère", "Nièce", "Voisine")


def lay_record(tape: Tape, when: Timeline, inpatient: Inpatient, drugs: list[str]) -> None:
    """Identity, stay, and every block that is neither drug nor measure. drugs: generic names."""
    _lay(tape, when, inpatient, inpatient.record)
    _lay(tape, when, inpatient, inpatient.stay_event())
    _lay_allergies(tape, when, inpatient, drugs)
    for event in (*_alerts(inpatient), *_problems(inpatient), *_care(inpatient)):
        _lay(tape, when, inpatient, event)
    for contact in _contacts(inpatient):
        _lay(tape, when, inpatient, contact)


def _lay(tape: Tape, when: Timeline, inpatient: Inpatient, event: Event) -> None:
    tape.lay(event, inpatient.code, "", when.imported + 5 * MINUTE)


def _lay_allergies(tape: Tape, when: Timeline, inpatient: Inpatient, drugs: list[str]) -> None:
    if inpatient.source.key == EMERGENCY:
        return
    chance = inpatient.chance
    fate = chance.random()
    if fate < 0.14 or inpatient.profile.hours[1]:
        return
    nurse = short(chance.choice(on_duty(inpatient.code, "IDE")).name)
    asked = min(inpatient.admitted_at + HOUR, inpatient.source.at - MINUTE)
    if fate < 0.66:
        asserted = NoKnownAllergy(
            patient=inpatient.patient, at=asked, by=f"{nurse}, IDE", src=inpatient.source.snapshot
        )
        _lay(tape, when, inpatient, asserted)
        return
    names = " ".join(drugs)
    safe = [one for one in _ALLERGIES if _CLASHES.get(one[0], "\n") not in names]
    for substance, reaction, severity, certainty in chance.sample(safe, chance.choice((1, 1, 2))):
        recorded = AllergyRecorded(
            allergy=inpatient.key("allergy", substance), patient=inpatient.patient,
            substance=substance, reaction=reaction, severity=severity, certainty=certainty,
            noted_at=asked, by=f"{nurse}, IDE", src=inpatient.source.snapshot,
        )  # fmt: skip
        _lay(tape, when, inpatient, recorded)


def _alert(inpatient: Inpatient, kind: str, text: str, since: int) -> AlertRaised:
    return AlertRaised(
        alert=inpatient.key("alert", kind, text), patient=inpatient.patient, kind=kind, text=text,
        since=since, by=inpatient.doctor, src=inpatient.source.snapshot,
    )  # fmt: skip


def _alerts(inpatient: Inpatient) -> list[AlertRaised]:
    chance, profile = inpatient.chance, inpatient.profile
    since = inpatient.admitted_at + HOUR
    found: list[tuple[str, str]] = [*profile.alert]
    if inpatient.code == "DIAL":
        found += _dialysis_alerts(inpatient)
    elif not profile.child and chance.random() < 0.1:
        found.append(chance.choice(_ISOLATIONS))
    if inpatient.years > 79 and chance.random() < (0.8 if "chute" in profile.notes else 0.35):
        found.append((AlertKind.FALL, "Risque de chute : lever accompagné"))
    if profile.key == "fa" and chance.random() < 0.4:
        found.append((AlertKind.IMPLANT, "Stimulateur cardiaque, IRM à discuter"))
    if profile.key == "endocardite":
        found.append((AlertKind.IMPLANT, "Bioprothèse valvulaire aortique (2019)"))
    alerts = [_alert(inpatient, kind, text, since) for kind, text in found]
    if profile.lata or (inpatient.years > 88 and chance.random() < 0.3):
        alerts.append(_limits(inpatient))
    if inpatient.years > 75 and chance.random() < 0.12:
        alerts.append(
            _alert(
                inpatient, AlertKind.DIRECTIVES, "Directives anticipées au dossier papier", since
            )
        )
    return alerts


def _limits(inpatient: Inpatient) -> AlertRaised:
    """A decision without its date and author would not be valid: both are in the words too."""
    chance = inpatient.chance
    at = inpatient.admitted_at + chance.randint(4, 16) * HOUR
    at = min(at, inpatient.source.at - HOUR)
    what = chance.choice(
        (
            "LATA : pas de réanimation ni de ventilation invasive, soins maintenus",
            "LATA : soins de confort exclusifs",
            "LATA : pas de transfert en réanimation, VNI possible",
        )
    )
    text = f"{what} (décision collégiale du {date_text(at)}, {inpatient.doctor})"
    return _alert(inpatient, AlertKind.RESUSCITATION, text, at)


def _dialysis_alerts(inpatient: Inpatient) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if inpatient.chance.random() < 0.8:
        side = inpatient.chance.choice(("gauche", "droit"))
        found.append(
            (AlertKind.ARM, f"Bras {side} : fistule — ni tension, ni prélèvement, ni perfusion")
        )
    else:
        found.append((AlertKind.OTHER, "Cathéter tunnélisé jugulaire droit : verrous d'héparine"))
    if inpatient.case == "hepatitis B" or inpatient.chance.random() < 0.05:
        found.append((AlertKind.ISOLATION, "Ag HBs positif : générateur et poste dédiés"))
    return found


def _problems(inpatient: Inpatient) -> list[ProblemRecorded]:
    chance, listed = inpatient.chance, list(inpatient.profile.problems)
    kept = listed[:1] + [one for one in listed[1:] if chance.random() < 0.75]
    return [
        ProblemRecorded(
            problem=inpatient.key("problem", code), patient=inpatient.patient, text=text,
            code=code, category="diagnosis" if place == 0 else "history", status="active",
            since=inpatient.admitted_at - place * chance.randint(200, 3000) * DAY,
            src=inpatient.source.snapshot,
        )
        for place, (text, code) in enumerate(kept)
    ]  # fmt: skip


def _care(inpatient: Inpatient) -> list[CarePlanned]:
    tomorrow = day_start(inpatient.source.at) + DAY
    planned = []
    for line in inpatient.profile.care:
        text, _, frequency = line.partition("|")
        morning = "matin" in frequency or "jours" in frequency
        planned.append(
            CarePlanned(
                care=inpatient.key("care", text), patient=inpatient.patient, text=text,
                frequency_text=frequency, next_due=tomorrow + 7 * HOUR if morning else 0,
                src=inpatient.source.snapshot,
            )
        )  # fmt: skip
    return planned


def _contacts(inpatient: Inpatient) -> list[ContactRecorded]:
    chance, record = inpatient.chance, inpatient.record
    family = (record.used_family or record.birth_family).title()
    if inpatient.profile.child:
        links = ["Mère", "Père"]
    else:
        links = chance.sample(_LINKS, chance.choice((0, 1, 1, 2)))
    made = [
        ContactRecorded(
            contact=inpatient.key("contact", link), patient=inpatient.patient, link=link,
            name=f"{identity.given_name(_SEX.get(link, 'F'), 45, chance)} {family}",
            phone=identity.mobile(chance), trusted=place == 0, src=inpatient.source.snapshot,
        )
        for place, link in enumerate(links)
    ]  # fmt: skip
    made.append(
        ContactRecorded(
            contact=inpatient.key("contact", "gp"), patient=inpatient.patient,
            name=record.treating_doctor, link="Médecin traitant", phone=identity.landline(chance),
            src=inpatient.source.snapshot,
        )
    )  # fmt: skip
    return made


_SEX = {"Fils": "M", "Frère": "M", "Père": "M"}
