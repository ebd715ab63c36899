"""An entry of a revoked kit in words: what it says, of whom, by whom, when; no Qt.

Not for: deciding whose word counts, nor reading bytes (the node says what this kit may read).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from kit.core.quantity import NBSP, number_text
from kit.core.text import translator
from kit.ward.words import vital_short

_ = translator("gui_exchange")


class QuarantinedRow(msgspec.Struct, frozen=True):
    """One entry that is held back: `seq` is its number on the kit `label` that wrote it.

    What it says (patient, text, author, time) is filled in as far as this kit reads it.
    """

    entry: int
    device: str = ""
    label: str = ""
    scope: str = ""
    ward: str = ""
    seq: int = 0
    patient: str = ""
    name: str = ""
    kind: str = ""
    text: str = ""
    actor_name: str = ""
    at_ms: int = 0


class SaidRow(msgspec.Struct, frozen=True):
    """`quarantine.read`: an entry's type, claimed time (UTC ms), author's id, and its fields."""

    entry: int
    type: str = ""
    at_ms: int = 0
    actor: str = ""
    data: dict[str, Any] = {}


class Names(msgspec.Struct):
    """What ids mean on this kit: people by id, patients by id."""

    people: dict[str, str] = {}
    patients: dict[str, str] = {}


def told(row: QuarantinedRow, said: SaidRow | None, names: Names) -> QuarantinedRow:
    """The row with what its entry says."""
    if said is None or not said.type:
        return row
    patient = str(said.data.get("patient") or "")
    return msgspec.structs.replace(
        row,
        patient=patient,
        name=names.patients.get(patient, ""),
        kind=type_word(said.type),
        text=entry_text(said.type, said.data),
        actor_name=names.people.get(said.actor, ""),
        at_ms=int(said.data.get("at") or 0) or said.at_ms,
    )


def type_word(kind: str) -> str:
    """What sort of entry it is; the type itself where the kit has no word for it."""
    return {
        "vitals.recorded": _("Vital signs"),
        "administration.recorded": _("Dose"),
        "note.written": _("Note"),
        "allergy.recorded": _("Allergy"),
        "prescription.recorded": _("Prescription"),
        "prescription.suspended": _("Prescription suspended"),
        "prescription.stopped": _("Prescription stopped"),
        "entry.struck": _("Entry struck through"),
        "alert.raised": _("Alert"),
        "stay.opened": _("Arrival"),
        "stay.moved": _("Change of bed"),
        "stay.closed": _("Departure"),
    }.get(kind, kind)


def entry_text(kind: str, data: Mapping[str, Any]) -> str:
    """What it says, in one line: the measures, the dose, the note; else its plain texts."""
    if kind == "vitals.recorded":
        values = data.get("values") or {}
        shown = [
            f"{vital_short(code)}{NBSP}{number_text(str(value))}" for code, value in values.items()
        ]
        return "  ".join(shown)
    if kind == "administration.recorded":
        dose = data.get("dose") or {}
        amount = _amount(dose) if isinstance(dose, Mapping) else ""
        parts = (data.get("generic"), amount or data.get("dose_text"), data.get("reason_text"))
        return " ".join(str(part) for part in parts if part)
    wanted = (
        "target",
        "data",
        "action",
        "result",
        "substance",
        "reaction",
        "generic",
        "text",
        "bed",
    )
    return " · ".join(
        str(data[name]) for name in wanted if isinstance(data.get(name), str) and data[name]
    )


def _amount(dose: Mapping[str, Any]) -> str:
    value, unit = dose.get("value"), dose.get("unit")
    return f"{number_text(str(value))}{NBSP}{unit or ''}".strip() if value else ""


def what_lines(row: QuarantinedRow) -> tuple[str, str]:
    """What was written and its sort; where it cannot be read, its number and where it belongs."""
    if row.text or row.kind:
        return row.text or row.kind, row.kind if row.text else ""
    return _("Entry number {number}").format(number=row.seq), scope_text(row)


def scope_text(row: QuarantinedRow) -> str:
    """What it is about, as far as its scope tells."""
    if row.ward:
        return _("care, ward {ward}").format(ward=row.ward)
    return _("message") if row.scope.startswith("msg:") else _("crisis, no patient")


def patient_lines(row: QuarantinedRow) -> tuple[str, str]:
    """Whose it is; a patient whom this kit does not know is said as such."""
    if not row.patient:
        return _("no patient"), ""
    return row.name or _("patient not known here"), row.ward


def merged(
    rows: Sequence[QuarantinedRow], said: Sequence[SaidRow], names: Names
) -> list[QuarantinedRow]:
    """The list with what each entry says."""
    known = {one.entry: one for one in said}
    return [told(row, known.get(row.entry), names) for row in rows]
