"""The dictionary that paper is filled from: what a ward pack says, and nothing about how it looks.

Flat and obvious on purpose: whoever asks the store fills these structs. Instants are int ms UTC,
quantities and doses are text already formatted for people (decimal comma, unit, no-break spaces).
An empty string means "not known to this kit"; paper then prints a ruled line or says so in words.
Not for: layout (`form`), names that a form may use (`dictionary`).
"""

from __future__ import annotations

from typing import Literal

import msgspec

Run = tuple[str, bool]
"""A piece of a medication line and whether it is bold, from the one formatter of the ward."""

AllergyState = Literal["known", "none", "not_asked", "unavailable"]
IdentityStatus = Literal["qualified", "validated", "retrieved", "provisional", "unknown"]
Sex = Literal["F", "M", "I", ""]
Timing = Literal["scheduled", "as_needed", "continuous"]
LineStatus = Literal["active", "suspended", "stopped"]
DoseOutcome = Literal["given", "not_given", "postponed"]


class Allergy(msgspec.Struct, frozen=True):
    """One known allergy or intolerance; `detail` is reaction and severity in words."""

    substance: str
    detail: str = ""
    source: str = ""


class Line(msgspec.Struct, frozen=True):
    """One prescription line. `runs` is printed verbatim; `slots` are due instants, ms UTC."""

    runs: tuple[Run, ...]
    timing: Timing = "scheduled"
    slots: tuple[int, ...] = ()
    status: LineStatus = "active"
    status_text: str = ""
    high_alert: bool = False
    allergy_warning: str = ""
    to_review: bool = False
    prescriber: str = ""
    source: str = ""
    last_given: str = ""


class Dose(msgspec.Struct, frozen=True):
    """One administration or omission of the last 24 h."""

    at_ms: int
    runs: tuple[Run, ...]
    outcome: DoseOutcome = "given"
    reason: str = ""
    by: str = ""
    source: str = ""


class Vitals(msgspec.Struct, frozen=True):
    """One set of vitals, each value as text; an empty value was not measured."""

    at_ms: int
    by: str = ""
    respiratory_rate: str = ""
    spo2: str = ""
    oxygen: str = ""
    blood_pressure: str = ""
    heart_rate: str = ""
    consciousness: str = ""
    temperature: str = ""
    pain: str = ""
    glucose: str = ""
    diuresis: str = ""
    weight: str = ""
    news2: str = ""
    source: str = ""


class Note(msgspec.Struct, frozen=True):
    """One targeted note (target, data, action, result), or free text in `data`."""

    at_ms: int
    author: str = ""
    target: str = ""
    data: str = ""
    action: str = ""
    result: str = ""
    struck: str = ""
    """When not empty: who struck it, when and why; the note is printed struck through."""
    source: str = ""


class Contact(msgspec.Struct, frozen=True):
    """Somebody to call: a relative of a patient, or a line of the ward's telephone list."""

    role: str
    name: str = ""
    phone: str = ""
    radio: str = ""
    place: str = ""


class CarriedLine(msgspec.Struct, frozen=True):
    """A line of a message that is carried on paper: what it is, and its words."""

    label: str
    text: str


class CarriedTo(msgspec.Struct, frozen=True):
    """A unit that a message is carried to: the courier brings its code back, signed."""

    unit: str
    phone: str = ""
    code: str = ""
    answer: str = ""
    signed: str = ""


class KitLine(msgspec.Struct, frozen=True):
    """A kit: name and role, state, what each lacks, address and number; note: room to write."""

    name: str
    state: str = ""
    gap: str = ""
    address: str = ""
    note: str = ""


class Problem(msgspec.Struct, frozen=True):
    """A condition of the patient; `since` and `source` in words."""

    text: str
    since: str = ""
    source: str = ""


class PatientSheet(msgspec.Struct, frozen=True, kw_only=True):
    """All that paper says of one patient; `patient_id` is the kit's own id and is never printed."""

    patient_id: str
    birth_name: str
    given_name: str
    used_name: str = ""
    birth_date: str = ""
    """`YYYY-MM-DD`, `YYYY-MM`, `YYYY` or empty."""
    sex: Sex = ""
    ipp: str = ""
    iep: str = ""
    bed: str = ""
    identity_status: IdentityStatus = "unknown"
    homonym: bool = False

    allergy_state: AllergyState = "unavailable"
    allergies: tuple[Allergy, ...] = ()
    allergy_declared_by: str = ""
    allergy_declared_ms: int | None = None

    alerts: tuple[str, ...] = ()
    isolation: str = ""
    resuscitation: str = ""
    reason: str = ""
    problems: tuple[Problem, ...] = ()
    history: tuple[Problem, ...] = ()
    devices: tuple[Problem, ...] = ()
    weight: str = ""
    height: str = ""
    renal_function: str = ""
    diet: str = ""
    physician: str = ""
    admitted_ms: int | None = None
    due: tuple[str, ...] = ()
    """What is to be done soon, one short sentence each, for the census."""

    prescriptions: tuple[Line, ...] = ()
    administrations: tuple[Dose, ...] = ()
    vitals: tuple[Vitals, ...] = ()
    notes: tuple[Note, ...] = ()
    relatives: tuple[Contact, ...] = ()
    replaces: dict[str, str] = {}
    """Form code to the sheet number (`A7F-3K9Q`) that this print replaces."""


class WardPack(msgspec.Struct, frozen=True, kw_only=True):
    """One ward at one moment. `world` is `REEL` or `EXERCICE:<id>`."""

    hospital: str
    ward_code: str
    ward_name: str
    world: str
    kit_label: str
    printed_at_ms: int
    data_as_of_ms: int | None
    source_label: str
    patients: tuple[PatientSheet, ...] = ()
    contacts: tuple[Contact, ...] = ()
    carried: tuple[CarriedLine, ...] = ()
    carried_to: tuple[CarriedTo, ...] = ()
    kits: tuple[KitLine, ...] = ()
    blanks: tuple[tuple[str, int], ...] = (("MEDA", 4), ("SURV", 4), ("TRAN", 4))

    @property
    def exercise(self) -> bool:
        """True when no sheet of this pack may be taken for a real one."""
        return self.world != "REEL"
