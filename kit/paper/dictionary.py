"""The published names that a form may use, and how each is filled.

`PATIENT` and `WARD` are single values, `SOURCES` are rows with named fields. A name that is not
here is an error when the form is compiled, so a sheet is never printed with a silent hole. An
empty value is drawn as a ruled line. Not for: layout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kit.paper import identity, medication
from kit.paper.fields import Dose, Line, Note, PatientSheet, Run, Vitals, WardPack
from kit.paper.words import Say, duration, moment, short_moment

Value = str | tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """One line of the cover: who or what, how many pages."""

    bed: str
    name: str
    forms: str
    pages: int


@dataclass(frozen=True, slots=True)
class Context:
    """What a document is filled from; `patient` is None on ward sheets and blanks."""

    pack: WardPack
    patient: PatientSheet | None
    say: Say
    language: str
    contents: tuple[Contents, ...] = ()


Getter = Callable[[Context, Any], Value]


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of a table and the fields that its columns may name."""

    scope: str
    rows: Callable[[Context], Sequence[Any]]
    fields: dict[str, Getter]


def _plain(*names: str) -> dict[str, Getter]:
    def getter(name: str) -> Getter:
        return lambda _context, row: str(getattr(row, name))

    return {name: getter(name) for name in names}


def _at(context: Context, row: Dose | Vitals | Note) -> str:
    return short_moment(row.at_ms)


def _admitted(context: Context, patient: PatientSheet) -> str:
    return moment(patient.admitted_ms) if patient.admitted_ms is not None else ""


def _alerts(context: Context, patient: PatientSheet) -> str:
    return "\n".join((*patient.alerts, *([patient.isolation] if patient.isolation else [])))


def _census_name(context: Context, patient: PatientSheet) -> Value:
    _ = context.say
    used = identity.used_name(patient)
    runs: list[Run] = [(identity.full_name(patient), True)]
    if used:
        runs.append(("\n" + _("Used name: {name}").format(name=used), False))
    if patient.homonym:
        runs.append(("\n" + _("NAMESAKE IN THE WARD"), True))
    at_ms = context.pack.printed_at_ms
    sex = identity.sex(patient, context.say)
    runs.append((f"\n{identity.birth(patient, at_ms, context.say)}, {sex}", False))
    return tuple(runs)


def _census_allergies(context: Context, patient: PatientSheet) -> Value:
    return identity.allergy_runs(patient, context.say)


def _census_ids(context: Context, patient: PatientSheet) -> str:
    return "\n".join(filter(None, (patient.ipp, patient.iep)))


PATIENT: dict[str, Callable[[Context, PatientSheet], Value]] = {
    **_plain("weight", "height", "renal_function", "diet", "reason", "physician"),
    **_plain("resuscitation", "isolation"),
    "alerts": _alerts,
    "admitted": _admitted,
}


def _data_as_of(context: Context, _nothing: object) -> str:
    _ = context.say
    as_of = context.pack.data_as_of_ms
    if as_of is None:
        return _("No extract: nothing is pre-filled")
    old = duration(context.pack.printed_at_ms - as_of, context.say)
    return _("{moment} (age {age})").format(moment=moment(as_of), age=old)


WARD: dict[str, Callable[[Context, object], Value]] = {
    "hospital": lambda c, _: c.pack.hospital,
    "ward": lambda c, _: f"{c.pack.ward_name} ({c.pack.ward_code})",
    "printed_at": lambda c, _: moment(c.pack.printed_at_ms),
    "data_as_of": _data_as_of,
    "source": lambda c, _: c.pack.source_label,
    "kit": lambda c, _: c.pack.kit_label,
    "patient_count": lambda c, _: str(len(c.pack.patients)),
}


def _outcome(context: Context, dose: Dose) -> Value:
    _ = context.say
    word = {
        "given": _("Given"),
        "not_given": _("NOT GIVEN"),
        "postponed": _("Postponed"),
    }[dose.outcome]
    return ((word, dose.outcome != "given"), (f" : {dose.reason}" if dose.reason else "", False))


def _prescribed(context: Context, line: Line) -> Value:
    remarks = medication.joined(medication.warnings(line, context.say))
    runs = medication.held(line.runs)
    return (*runs, ("\n", False), *remarks) if remarks else runs


def _of_patient(name: str) -> Callable[[Context], Sequence[Any]]:
    return lambda c: getattr(c.patient, name) if c.patient is not None else ()


def _patients(context: Context) -> Sequence[PatientSheet]:
    return sorted(context.pack.patients, key=bed_order)


def bed_order(patient: PatientSheet) -> tuple[Any, ...]:
    """Beds as people count them: 2 before 10, patients without a bed last."""
    parts: list[tuple[int, int, str]] = []
    digits = ""
    for char in patient.bed + " ":
        if char.isdecimal():
            digits += char
            continue
        if digits:
            parts.append((0, int(digits), ""))
            digits = ""
        parts.append((1, 0, char.casefold()))
    return (not patient.bed, parts, patient.birth_name, patient.given_name, patient.patient_id)


_PROBLEM = _plain("text", "since", "source")
_CONTACT = _plain("role", "name", "phone", "radio", "place")

SOURCES: dict[str, Source] = {
    "patients": Source(
        "ward",
        _patients,
        {
            **_plain("bed", "reason", "resuscitation", "isolation"),
            "name": _census_name,
            "ids": _census_ids,
            "allergies": _census_allergies,
            "alerts": _alerts,
            "due": lambda c, patient: "\n".join(patient.due),
        },
    ),
    "contacts": Source("any", lambda c: c.pack.contacts, _CONTACT),
    "carried": Source("ward", lambda c: c.pack.carried, _plain("label", "text")),
    "carried_to": Source(
        "ward",
        lambda c: c.pack.carried_to,
        _plain("unit", "phone", "code", "answer", "signed"),
    ),
    "kits": Source(
        "ward", lambda c: c.pack.kits, _plain("name", "state", "gap", "address", "note")
    ),
    "contents": Source("ward", lambda c: c.contents, _plain("bed", "name", "forms", "pages")),
    "allergies": Source(
        "patient", _of_patient("allergies"), _plain("substance", "detail", "source")
    ),
    "problems": Source("patient", _of_patient("problems"), _PROBLEM),
    "history": Source("patient", _of_patient("history"), _PROBLEM),
    "devices": Source("patient", _of_patient("devices"), _PROBLEM),
    "relatives": Source("patient", _of_patient("relatives"), _CONTACT),
    "prescriptions": Source(
        "patient",
        _of_patient("prescriptions"),
        {**_plain("source", "prescriber", "last_given"), "line": _prescribed},
    ),
    "administrations": Source(
        "patient",
        _of_patient("administrations"),
        {
            **_plain("by", "source"),
            "at": _at,
            "line": lambda c, dose: medication.held(dose.runs),
            "outcome": _outcome,
        },
    ),
    "vitals": Source(
        "patient",
        _of_patient("vitals"),
        {**_plain(*(n for n in Vitals.__struct_fields__ if n != "at_ms")), "at": _at},
    ),
    "notes": Source(
        "patient",
        _of_patient("notes"),
        {**_plain("author", "target", "data", "action", "result", "source"), "at": _at},
    ),
}
