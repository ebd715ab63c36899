"""Clinical codes in words: statuses, reasons, measures, alerts; ages and sources of data.

One place, so that screen, paper and refusals say the same of the same thing. Every word is looked
up when it is shown, in the language in force. A code that the kit has no word for is shown as it
came, never hidden. Not for: sentences of refusal (each room declares its own, `sentences` renders
them), doses (`medication_line`).
"""

from __future__ import annotations

from datetime import date
from functools import cache

from kit.core.clock import local, moment_text, span_text
from kit.core.folding import fold
from kit.core.quantity import NBSP, unit_text
from kit.core.text import language, plural_translator, translator
from kit.ward.clinical_table import clinical_table
from kit.ward.news2 import News2

_ = translator("clinical")
ngettext = plural_translator("clinical")


def route_word(route: str) -> str:
    """A route in full; the source's own word where the kit has none for it."""
    return _routes(language()).get(fold(route), route)


@cache
def _routes(_language: str) -> dict[str, str]:
    words = {
        "po|oral|per os|voie orale|orale|by mouth": _("by mouth"),
        "iv|intravenous|intraveineuse|intravenous route|voie iv": _("intravenous"),
        "ivse": _("intravenous by syringe pump"),
        "ivl": _("slow intravenous"),
        "sc|subcutaneous|sous cutanee": _("subcutaneous"),
        "im|intramuscular|intramusculaire": _("intramuscular"),
        "inh|inhaled|inhalee": _("inhaled"),
        "neb|nebulizer|nebulised": _("nebulised"),
        "sl|sublingual|sublinguale": _("under the tongue"),
        "td|transdermal|transdermique": _("on the skin (patch)"),
        "top|topical|cutanee": _("on the skin"),
        "pr|rectal|rectale": _("rectal"),
        "ng": _("by gastric tube"),
        "ophthalmic|ophtalmique": _("in the eye"),
        "nasal|nasale": _("in the nose"),
    }
    return {route: word for routes, word in words.items() for route in routes.split("|")}


def omission_word(reason: str) -> str:
    """Why a dose was not given (`OmissionReason`)."""
    return {
        "refused": _("refused by the patient"),
        "absent": _("patient absent (theatre, dialysis, examination)"),
        "fasting": _("fasting"),
        "not_available": _("drug not available"),
        "clinical_hold": _("held for a clinical value"),
        "vomited": _("vomited"),
        "unreadable": _("order unreadable"),
        "other": _("other reason"),
    }.get(reason, reason)


def strike_word(reason: str) -> str:
    """Why an entry was struck (`StrikeReason`)."""
    return {
        "typing": _("typing error"),
        "wrong_patient": _("wrong patient"),
        "wrong_time": _("wrong time"),
        "not_done": _("was not done"),
        "duplicate": _("entered twice"),
        "other": _("other reason"),
    }.get(reason, reason)


def vital_word(code: str) -> str:
    """The name of a measure by its code (`data/vitals.toml`), lower case."""
    return {
        "temp": _("temperature"),
        "hr": _("heart rate"),
        "sbp": _("systolic blood pressure"),
        "dbp": _("diastolic blood pressure"),
        "rr": _("respiratory rate"),
        "spo2": "SpO₂",
        "oxygen": _("oxygen"),
        "oxygen_flow": _("oxygen flow"),
        "acvpu": _("consciousness (ACVPU)"),
        "pain": _("pain"),
        "glucose": _("blood glucose"),
        "diuresis": _("urine output"),
        "weight": _("weight"),
        "height": _("height"),
    }.get(code, code)


def vital_short(code: str) -> str:
    """The short name of a measure, as the vitals chart heads its columns."""
    return {
        "temp": _("Temp"),
        "hr": _("HR"),
        "sbp": _("SBP"),
        "dbp": _("DBP"),
        "rr": _("RR"),
        "spo2": "SpO₂",
        "oxygen": "O₂",
        "oxygen_flow": _("O₂ flow"),
        "acvpu": "ACVPU",
        "pain": _("Pain"),
        "glucose": _("Glucose"),
        "diuresis": _("Urine"),
        "weight": _("Weight"),
        "height": _("Height"),
    }.get(code, code)


def vital_unit(code: str) -> str:
    """The unit of a measure as it is read: `°C`, `mmHg`, `/min`; empty where it has none."""
    for field in clinical_table("vitals")["field"]:
        if field["code"] == code:
            return unit_text(str(field["unit"]))
    return ""


def consciousness_word(letter: str) -> str:
    """A level of the ACVPU scale (RCP 2017)."""
    return {
        "A": _("alert"),
        "C": _("new confusion"),
        "V": _("responds to voice"),
        "P": _("responds to pain"),
        "U": _("unresponsive"),
    }.get(letter, letter)


# interface.md §6.4 gives the first seven; shape and word, never colour alone.
_SLOT_SYMBOLS = {
    "planned": "○",
    "given": "●",
    "partial": "◐",
    "omitted": "✕",
    "suspended": "‖",
    "late": "!",
    "conflict": "?",
    "not_known": "–",
    "to_check": "△",
}


def slot_symbol(status: str) -> str:
    """The sign of what became of a planned dose (`SlotStatus`); always beside its word."""
    return _SLOT_SYMBOLS.get(status, "△")


def slot_word(status: str) -> str:
    """What became of a planned dose (`SlotStatus`)."""
    return {
        "planned": _("planned"),
        "late": _("late"),
        "given": _("given"),
        "partial": _("partly given"),
        "omitted": _("not given"),
        "suspended": _("suspended"),
        "conflict": _("conflict: declared twice"),
        "not_known": _("not known: before the extract"),
        "to_check": _("to be checked"),
    }.get(status, status)


def order_status_word(status: str) -> str:
    """Where an order stands (`OrderStatus`)."""
    return {
        "active": _("in force"),
        "suspended": _("suspended"),
        "stopped": _("stopped"),
        "draft": _("not signed"),
        "to_check": _("to be checked"),
        "not_started": _("not started yet"),
    }.get(status, status)


def identity_word(status: str) -> str:
    """How sure an identity is (`IdentityStatus`, RNIV)."""
    return {
        "qualified": _("qualified identity"),
        "validated": _("validated identity"),
        "retrieved": _("retrieved identity"),
        "provisional": _("provisional identity"),
        "unknown": _("identity status not given"),
    }.get(status, status)


def identity_flag_word(flag: str) -> str:
    """An attribute that the RNIV lays on an identity; the source's own word where it is another."""
    return {
        "homonyme": _("homonym"),
        "homonym": _("homonym"),
        "douteuse": _("doubtful identity"),
        "doubtful": _("doubtful identity"),
        "fictive": _("fictitious identity"),
        "fictitious": _("fictitious identity"),
    }.get(fold(flag), flag)


def sex_word(sex: str) -> str:
    """The sex on record, in words; an unknown one says so."""
    return {"F": _("female"), "M": _("male"), "I": _("indeterminate sex")}.get(
        sex, sex or _("sex not given")
    )


def allergy_state_word(state: str) -> str:
    """The four answers to "is this patient allergic?" (`AllergyState`)."""
    return {
        "known": _("Known allergies"),
        "none_known": _("No known allergy"),
        "not_collected": _("Allergies not collected"),
        "unavailable": _("Allergies unavailable"),
    }.get(state, state)


def certainty_word(certainty: str) -> str:
    """How sure an allergy is (`Certainty`)."""
    return {
        "confirmed": _("confirmed"),
        "suspected": _("suspected"),
        "refuted": _("refuted"),
        "unknown": _("certainty not given"),
    }.get(certainty, certainty)


def alert_word(kind: str) -> str:
    """What an alert is about (`AlertKind`)."""
    return {
        "isolation": _("Isolation"),
        "resistant_germ": _("Resistant germ"),
        "fall": _("Fall risk"),
        "suicide": _("Suicide risk"),
        "violence": _("Risk of violence"),
        "swallowing": _("Swallowing disorder"),
        "airway": _("Difficult airway"),
        "arm": _("Arm not to be used"),
        "implant": _("Implant"),
        "transfusion": _("Transfusion"),
        "pregnancy": _("Pregnancy"),
        "resuscitation": _("Limits of care"),
        "directives": _("Advance directives"),
        "other": _("Alert"),
    }.get(kind, kind)


def profession_word(profession: str) -> str:
    """A column of the permission table."""
    return {
        "AS": _("nursing assistant"),
        "IDE": _("nurse"),
        "MED": _("doctor"),
        "PHA": _("pharmacist"),
        "CAD": _("ward manager"),
        "DIR": _("management"),
        "SI": _("information systems"),
        "DPO": _("data protection officer"),
        "COM": _("communication"),
        "LOG": _("logistics"),
        "ADM": _("kit administrator"),
        "AUD": _("auditor"),
        "ANI": _("exercise leader"),
    }.get(profession, profession)


def precision_word(precision: str) -> str:
    """How exactly a time is known (`kit.core.clock.Precision`); empty for an exact one."""
    return {
        "exact": "",
        "15min": _("to 15 min"),
        "1h": _("to one hour"),
        "shift": _("in the shift"),
        "day": _("in the day"),
        "unknown": _("time unknown"),
    }.get(precision, precision)


def news2_word(score: News2) -> str:
    """A score and the response its table names: `NEWS2 5: urgent medical opinion`.

    An incomplete set gives a floor and names what is missing; with nothing scored, only that.
    """
    if score.excluded:
        return excluded_word(score.excluded)
    if score.total is not None:
        shown = _("NEWS2 {score}").format(score=score.total)
    elif score.points:
        missing = ", ".join(vital_word(code) for code in score.missing)
        shown = _("NEWS2 at least {score} (missing: {fields})").format(
            score=score.floor, fields=missing
        )
    else:
        return _("NEWS2 not computed")
    call = response_word(score.response)
    return _("{score}: {response}").format(score=shown, response=call) if call else shown


def response_word(response: str) -> str:
    """What a score calls for (`News2.response`, RCP 2017); empty where it calls for nothing."""
    return {
        "low": _("assessed by the nurse"),
        "medium_single": _("urgent assessment, one measure is extreme"),
        "medium": _("urgent medical opinion"),
        "high": _("emergency call"),
    }.get(response, response)


def birth_text(birth_date: str) -> str:
    """A date of birth, `JJ/MM/AAAA`; a partial one keeps what it has; an empty one says so."""
    if not birth_date:
        return _("date of birth unknown")
    return "/".join(reversed(birth_date.split("-"))) if birth_date[:4].isdigit() else birth_date


def age_text(birth_date: str, now_ms: int) -> str:
    """An age at `now_ms` (UTC ms): days under a month, months under three years, then years.

    Of a date with only a year: about so many years. Empty where it cannot be known.
    """
    today = local(now_ms).date()
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return _rough_age(birth_date, today)
    days = (today - born).days
    if days < 0:
        return ""
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months < 1:
        return ngettext("{n} day", "{n} days", days).format(n=days)
    if months < 36:
        return ngettext("{n} month", "{n} months", months).format(n=months)
    years = months // 12
    return ngettext("{n} year", "{n} years", years).format(n=years)


def _rough_age(birth_date: str, today: date) -> str:
    year = birth_date[:4]
    if not (len(year) == 4 and year.isascii() and year.isdigit()):
        return ""
    years = today.year - int(year)
    if years < 0:
        return ""
    return ngettext("about {n} year", "about {n} years", years).format(n=years)


def band_word(band: str) -> str:
    """How old the data is, in words (`snapshot.age_band`; `kit`: entered here)."""
    return {
        "fresh": _("recent data"),
        "ageing": _("data a few hours old"),
        "old": _("old data"),
        "stale": _("data more than a day old"),
        "unknown": _("data of unknown age"),
        "kit": _("entered in the kit"),
    }.get(band, band)


def source_text(label: str, extracted_at: int, now_ms: int) -> str:
    """Where data comes from and how old it is: `DPI 21/11 22:40 (5 h 41 ago)`; times in UTC ms."""
    if not label and not extracted_at:
        return _("entered in the kit")
    source = label or _("Extract")
    if not extracted_at:
        return _("{source}, time unknown").format(source=source)
    return _("{source} {moment} ({span} ago)").format(
        source=source,
        moment=moment_text(extracted_at, now_ms).replace(" ", NBSP),
        span=span_text(now_ms - extracted_at),
    )


def severity_word(severity: str) -> str:
    """How severe a reaction was (FHIR reaction severity); a source's own word stays."""
    return {
        "mild": _("mild"),
        "moderate": _("moderate"),
        "severe": _("severe"),
    }.get(severity, severity)


def excluded_word(excluded: str) -> str:
    """Why there is no early warning score (`news2.news2_excluded`)."""
    return {
        "age": _("no NEWS2 under 16"),
        "pregnancy": _("no NEWS2 in pregnancy"),
    }.get(excluded, excluded)
