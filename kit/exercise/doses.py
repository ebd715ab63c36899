"""Doses of the demo: what became of each planned dose of the last thirty hours, and if-needed ones.

Before the extract the source tells it; between the extract and the kits' opening carers wrote it
down afterwards from memory or paper; since then they record it as they give. Some doses stay
without a word, and so are late. Not for: two claims on one dose (`incidents`).
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from kit.core.clock import DAY, HOUR, MINUTE, Precision
from kit.exercise.admission import BEHIND, Inpatient
from kit.exercise.medication import Ordered
from kit.exercise.staff import DemoPerson, on_duty, signature
from kit.exercise.tape import Tape
from kit.exercise.timeline import Timeline
from kit.ward.administration import AdministrationRecorded, DoseStatus, OmissionReason
from kit.ward.prescription import is_high_alert
from kit.ward.prescription_event import OrderStatus, PrescriptionRecorded
from kit.ward.schedule import due_between, slot_key

LOOK_BACK = 30 * HOUR
IDENTIFIED = ("name", "birth_date")
_OMISSIONS = (
    (OmissionReason.REFUSED, "Refuse le comprimé, « trop de médicaments »"),
    (OmissionReason.REFUSED, ""),
    (OmissionReason.FASTING, "À jeun pour le bloc"),
    (OmissionReason.ABSENT, "En radiologie"),
    (OmissionReason.NOT_AVAILABLE, "Armoire sécurisée bloquée, pharmacie appelée"),
    (OmissionReason.CLINICAL_HOLD, "Valeur hors des limites de la prescription"),
    (OmissionReason.VOMITED, "Vomi dix minutes après la prise"),
)


@dataclass(frozen=True)
class Claimed:
    """A planned dose on the tape: its order's id, its planned moment, whether it was given."""

    prescription: str
    due: int
    given: bool


def lay_doses(
    tape: Tape, when: Timeline, inpatient: Inpatient, ordered: list[Ordered]
) -> list[Claimed]:
    """All doses of a patient until now; those that were claimed as given or omitted."""
    claimed: list[Claimed] = []
    for one in ordered:
        order = one.order
        if order.as_needed:
            _lay_as_needed(tape, when, inpatient, order)
        elif order.timing and order.status != OrderStatus.SUSPENDED:
            stop = min(filter(None, (order.stop, one.until)), default=0)
            dues = due_between(order.timing, order.start, stop, when.now - LOOK_BACK, when.now)
            found = (_lay_planned(tape, when, inpatient, order, due) for due in dues)
            claimed += [claim for claim in found if claim]
    return claimed


def _lay_planned(
    tape: Tape, when: Timeline, inpatient: Inpatient, order: PrescriptionRecorded, due: int
) -> Claimed | None:
    chance, extracted = inpatient.chance, inpatient.source.at
    at = due + chance.randint(-10, 22) * MINUTE
    if inpatient.case == "deceased":
        at = min(at, when.death - 5 * MINUTE)
    if due < extracted:
        # A few the source does not tell: they show as not known, never as missed.
        if chance.random() < 0.02:
            return None
        dose = _dose(inpatient, order, due, min(at, extracted - MINUTE))
        signed = _from_source(dose, inpatient)
        tape.lay(signed, inpatient.code, "", when.imported + 6 * MINUTE)
        return _claimed(signed)
    if inpatient.silent or at > when.now - 2 * MINUTE:
        return None
    return _lay_in_kit(tape, when, inpatient, _dose(inpatient, order, due, at))


def _dose(
    inpatient: Inpatient, order: PrescriptionRecorded, due: int, at: int
) -> AdministrationRecorded:
    """Given as ordered, or for a few not given, with the reason."""
    chance = inpatient.chance
    planned = AdministrationRecorded(
        patient=inpatient.patient, prescription=order.prescription, due=due, at=at,
        slot=slot_key(order.prescription, due), generic=order.generic,
    )  # fmt: skip
    if chance.random() < 0.035:
        reason, text = chance.choice(_OMISSIONS)
        return msgspec.structs.replace(
            planned, status=DoseStatus.OMITTED, reason=reason, reason_text=text
        )
    return msgspec.structs.replace(
        planned, dose=order.dose, dose_text=order.dose_text, route=order.route
    )


def _from_source(dose: AdministrationRecorded, inpatient: Inpatient) -> AdministrationRecorded:
    by = signature(inpatient.code, dose.at, inpatient.chance)
    return msgspec.structs.replace(dose, by=by, src=inpatient.source.snapshot)


def _lay_in_kit(
    tape: Tape, when: Timeline, inpatient: Inpatient, dose: AdministrationRecorded
) -> Claimed | None:
    chance = inpatient.chance
    behind = dose.due < when.first_act
    forgotten = chance.random() < (0.05 if inpatient.code == BEHIND else 0.12)
    if forgotten and inpatient.case != "deceased":
        return None
    nurses = on_duty(inpatient.code, "IDE")
    nurse = chance.choice(nurses)
    wall = dose.at + chance.randint(1, 6) * MINUTE
    extra: dict[str, object] = {"identified_by": IDENTIFIED}
    if behind:
        wall = max(wall, chance.randint(when.first_act, when.first_act + 80 * MINUTE))
        extra["precision"] = Precision.HOUR if when.now - dose.at > 8 * HOUR else Precision.QUARTER
        if inpatient.code == BEHIND:
            extra["by"] = signature(inpatient.code, dose.at, chance)
            extra["paper"] = f"feuille {inpatient.bed}, ligne {chance.randint(1, 14)}"
    extra |= _second(nurse, nurses, dose)
    signed = msgspec.structs.replace(dose, **extra)
    wall = min(max(wall, when.first_act), when.now)
    tape.lay(signed, inpatient.code, nurse.person, wall)
    return _claimed(signed)


def _claimed(dose: AdministrationRecorded) -> Claimed:
    return Claimed(dose.prescription, dose.due, dose.status == DoseStatus.GIVEN)


def _order_stub(dose: AdministrationRecorded) -> PrescriptionRecorded:
    return PrescriptionRecorded(
        prescription=dose.prescription, patient=dose.patient, generic=dose.generic, dose=dose.dose,
        route=dose.route,
    )  # fmt: skip


def _second(
    nurse: DemoPerson, nurses: tuple[DemoPerson, ...], dose: AdministrationRecorded
) -> dict[str, object]:
    """High-alert drugs: who checked, or that nobody else was there."""
    if dose.status == DoseStatus.OMITTED or not is_high_alert(_order_stub(dose)):
        return {}
    others = [one.person for one in nurses if one.person != nurse.person]
    return {"second": others[0]} if others else {"alone": True}


def _lay_as_needed(
    tape: Tape, when: Timeline, inpatient: Inpatient, order: PrescriptionRecorded
) -> None:
    """Up to two doses in the last 24 h, the interval kept, the maximum never reached."""
    chance = inpatient.chance
    step = max(order.min_interval_min, 60) * MINUTE
    last = when.death if inpatient.case == "deceased" else when.now
    at = when.now - DAY + chance.randint(0, 12 * 60) * MINUTE
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        in_source = at < inpatient.source.at
        if at < order.start or at > last - 5 * MINUTE or (inpatient.silent and not in_source):
            return
        dose = AdministrationRecorded(
            patient=inpatient.patient, prescription=order.prescription, at=at,
            generic=order.generic, dose=order.dose, dose_text=order.dose_text, route=order.route,
        )  # fmt: skip
        if in_source:
            signed = _from_source(dose, inpatient)
            tape.lay(signed, inpatient.code, "", when.imported + 6 * MINUTE)
        else:
            _lay_unplanned(tape, when, inpatient, dose)
        at += step + chance.randint(20, 200) * MINUTE


def _lay_unplanned(
    tape: Tape, when: Timeline, inpatient: Inpatient, dose: AdministrationRecorded
) -> None:
    nurses = on_duty(inpatient.code, "IDE")
    nurse = inpatient.chance.choice(nurses)
    signed = msgspec.structs.replace(dose, identified_by=IDENTIFIED, **_second(nurse, nurses, dose))
    wall = min(max(dose.at + 2 * MINUTE, when.first_act), when.now)
    tape.lay(signed, inpatient.code, nurse.person, wall)
