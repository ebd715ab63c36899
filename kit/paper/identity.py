"""Who the patient is and what they are allergic to, in the words that every sheet uses.

Four states of allergy have four texts and are never an empty space. Not for: where these words
stand on the page (`frame`).
"""

from __future__ import annotations

from kit.paper.fields import Allergy, PatientSheet, Run
from kit.paper.words import Say, age, moment, written_date


def full_name(patient: PatientSheet) -> str:
    """`DUPONT-MOREAU, Jeanne`: birth name in capitals, first given name."""
    return ", ".join(filter(None, (patient.birth_name.strip().upper(), patient.given_name.strip())))


def used_name(patient: PatientSheet) -> str:
    """The used name in capitals where it differs from the birth name, else empty."""
    differs = patient.used_name.casefold() != patient.birth_name.casefold()
    return patient.used_name.upper() if patient.used_name and differs else ""


def birth(patient: PatientSheet, at_ms: int, say: Say) -> str:
    """`12/03/1944 (82 ans)`, or words when it is not known."""
    _ = say
    if not patient.birth_date:
        return _("unknown date")
    years = age(patient.birth_date, at_ms, say)
    text = written_date(patient.birth_date)
    return f"{text}\u00a0({years})".replace(" ", "\u00a0") if years else text


def sex(patient: PatientSheet, say: Say) -> str:
    """One word."""
    _ = say
    words = {"F": _("female"), "M": _("male"), "I": _("undetermined"), "": _("unknown")}
    return words[patient.sex]


def identity_status(patient: PatientSheet, say: Say) -> str:
    """The status of the identity as the national identity rules name it."""
    _ = say
    return {
        "qualified": _("Qualified identity"),
        "validated": _("Validated identity"),
        "retrieved": _("Retrieved identity, to be checked"),
        "provisional": _("PROVISIONAL IDENTITY"),
        "unknown": _("Identity status not given"),
    }[patient.identity_status]


def allergy_item(allergy: Allergy, say: Say) -> tuple[Run, ...]:
    """The substance in bold, then what it does."""
    _ = say
    detail = f" ({allergy.detail})" if allergy.detail else ""
    return ((allergy.substance.strip() or _("substance not given"), True), (detail, False))


def allergy_runs(patient: PatientSheet, say: Say) -> tuple[Run, ...]:
    """The whole text for the allergies box: one of four, each unlike the others."""
    _ = say
    if patient.allergy_state == "known" and patient.allergies:
        runs: list[Run] = []
        for allergy in patient.allergies:
            runs += [(" ; " if runs else "", False), *allergy_item(allergy, say)]
        return tuple(run for run in runs if run[0])
    if patient.allergy_state == "known":
        return ((_("Known allergy, substance not given"), True),)
    if patient.allergy_state == "none":
        return ((_("No known allergy"), True), (" " + _declared(patient, say), False))
    if patient.allergy_state == "not_asked":
        return (
            (_("Allergies not asked"), True),
            (" — " + _("ask before any drug"), False),
        )
    return (
        (_("Allergies not available in the extract"), True),
        (" — " + _("not knowing is not “none”: ask"), False),
    )


def _declared(patient: PatientSheet, say: Say) -> str:
    _ = say
    who = patient.allergy_declared_by or _("author not given")
    if patient.allergy_declared_ms is None:
        return _("(declared by {who}, undated)").format(who=who)
    return _("(declared by {who} on {date})").format(
        who=who, date=moment(patient.allergy_declared_ms)
    )
