"""Orders of the demo: from a usual posology to a prescription, with its changes.

What the source knew is imported with its id; what a doctor changed since the attack is the kit's
own. Not for: doses given (`doses`).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import msgspec

from kit.core.clock import DAY, HOUR, MINUTE
from kit.core.event import Event
from kit.core.quantity import Quantity
from kit.exercise.admission import Inpatient
from kit.exercise.staff import on_duty
from kit.exercise.tables import Change, Drug, changes, drugs
from kit.exercise.tape import Tape
from kit.exercise.timeline import Timeline
from kit.ward.prescription_event import (
    OrderStatus,
    PrescriptionRecorded,
    PrescriptionStopped,
    PrescriptionSuspended,
)
from kit.ward.schedule import Timing

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
SERIES = ((1, 3, 5), (2, 4, 6))
"""Dialysis days: ISO weekdays."""

_STOPPED = (
    ("ketoprofene", "Créatinine en hausse"),
    ("zopiclone", "Confusion nocturne"),
    ("nacl", "Boit et mange normalement"),
    ("ondansetron", "Plus de nausées"),
    ("ceftriaxone", "Relais par voie orale"),
    ("tramadol", "Mal supporté : nausées, vertiges"),
)


@dataclass
class Ordered:
    """An order and until when its doses are planned (UTC ms, 0 = open)."""

    order: PrescriptionRecorded
    until: int = 0


def order_patient(tape: Tape, when: Timeline, inpatient: Inpatient) -> list[Ordered]:
    """Lay all orders of a patient; what may still be due of them."""
    chance, profile = inpatient.chance, inpatient.profile
    keys = list(profile.always)
    keys += chance.sample(profile.some, min(len(profile.some), chance.randint(*profile.pick)))
    keys += profile.prn
    ordered = [Ordered(_order(inpatient, when, key, drugs()[key])) for key in dict.fromkeys(keys)]
    ordered += _history(inpatient, when, keys)
    _hold_some(ordered, inpatient)
    for one in ordered:
        tape.lay(one.order, inpatient.code, "", when.imported + 5 * MINUTE)
    if inpatient.case == "deceased":
        for one in ordered:
            one.until = one.until or when.death
    elif not inpatient.silent:
        ordered += _changes(tape, when, inpatient, ordered)
    return ordered


def _order(
    inpatient: Inpatient, when: Timeline, key: str, drug: Drug, start: int = 0
) -> PrescriptionRecorded:
    chance = inpatient.chance
    start = start or _start(inpatient, when, drug)
    timing = _timing(inpatient, drug, start)
    say = drug.say.format(day=WEEKDAYS[_day(inpatient) - 1])
    brand = f" ({drug.b})" if drug.b else ""
    name = f"{drug.g[0].upper()}{drug.g[1:]}{brand} {drug.s} {drug.f}".replace("  ", " ").strip()
    dose, most = _dose(drug, inpatient.weight)
    return PrescriptionRecorded(
        prescription=inpatient.key("order", key, str(start)), patient=inpatient.patient,
        text=f"{name} : {say}", generic=drug.g, brand=drug.b, strength=drug.s, form=drug.f,
        dose=dose, dose_text="" if dose else drug.dt, route=drug.r, timing=timing,
        as_needed=bool(drug.prn), condition=drug.prn, max_24h=most, min_interval_min=drug.every,
        start=start, stop=start + drug.days * DAY if drug.days else 0, diluent=drug.dil,
        rate=drug.rate, indication=drug.i if chance.random() < 0.7 else "",
        prescriber=inpatient.doctor, prescribed_at=start - chance.randint(10, 40) * MINUTE,
        high_alert=drug.ha, own_treatment=drug.own, src=inpatient.source.snapshot,
    )  # fmt: skip


def _start(inpatient: Inpatient, when: Timeline, drug: Drug) -> int:
    """Soon after admission; a course of some days is still running at the extract."""
    first = inpatient.admitted_at + inpatient.chance.randint(30, 90) * MINUTE
    first = max(first, when.now - 21 * DAY)
    if drug.days:
        running = when.now - int(inpatient.chance.uniform(0.4, drug.days - 0.8) * DAY)
        first = max(first, running)
    return min(first, inpatient.source.at - HOUR) // MINUTE * MINUTE


def _day(inpatient: Inpatient) -> int:
    """The ISO weekday of what is weekly: in dialysis, a day of dialysis."""
    if inpatient.code == "DIAL":
        return series_of(inpatient)[1]
    return int(inpatient.record.ipp[-1]) % 7 + 1


def series_of(inpatient: Inpatient) -> tuple[int, ...]:
    """The dialysis days of a patient, ISO weekdays."""
    return SERIES[int(inpatient.record.ipp[-2]) % 2]


def _timing(inpatient: Inpatient, drug: Drug, start: int) -> Timing | None:
    if drug.prn:
        return None
    named = _day(inpatient)
    if drug.weekly:
        return Timing(times=drug.t, days=(named,))
    if drug.weekly_after:
        return Timing(times=drug.t, days=((named + drug.weekly_after - 1) % 7 + 1,))
    if drug.session:
        return Timing(times=drug.t, days=series_of(inpatient))
    return Timing(
        times=drug.t, days=drug.days_of_week, every_days=drug.every_days,
        anchor=start if drug.every_days else 0,
    )  # fmt: skip


def _dose(drug: Drug, weight: float) -> tuple[Quantity | None, Quantity | None]:
    """The dose and the most in 24 h; by weight in steps of 5, never above the reckoned most."""
    if drug.per_kg:
        dose = max(5, int(Decimal(drug.per_kg) * Decimal(str(weight)) / 5) * 5)
        most = int(Decimal(drug.max_kg) * Decimal(str(weight)) / 5) * 5 if drug.max_kg else 0
        return Quantity(str(dose), drug.u), Quantity(str(most), drug.u) if most else None
    dose_given = Quantity(drug.d, drug.u) if drug.d else None
    return dose_given, Quantity(drug.max, drug.u) if drug.max else None


def _history(inpatient: Inpatient, when: Timeline, keys: list[str]) -> list[Ordered]:
    """One order stopped in the last days for some, and a posology that was changed for others."""
    chance, made = inpatient.chance, []
    stay = (inpatient.source.at - inpatient.admitted_at) // HOUR
    if inpatient.profile.child or stay < 30:
        return []
    if chance.random() < 0.3:
        key, reason = chance.choice(_STOPPED)
        if key not in keys:
            made.append(_stopped(inpatient, when, key, reason))
    if chance.random() < 0.25 and "furosemide_po" not in keys and inpatient.code != "DIAL":
        made.append(_stopped(inpatient, when, "furosemide_po", "Remplacé : posologie modifiée"))
        changed = _order(inpatient, when, "furosemide_po", drugs()["furosemide_po"], made[-1].until)
        halved = msgspec.structs.replace(
            changed, dose=Quantity("20", "mg"), timing=Timing(times=("08:00",)),
            text=changed.text.replace("40 mg matin et midi", "20 mg le matin"),
        )  # fmt: skip
        if "furosemide_iv" not in keys:
            made.append(Ordered(halved))
    return made


def _stopped(inpatient: Inpatient, when: Timeline, key: str, reason: str) -> Ordered:
    end = inpatient.source.at - inpatient.chance.randint(2, 28) * HOUR
    start = max(inpatient.admitted_at + HOUR, end - 2 * DAY)
    order = _order(inpatient, when, key, drugs()[key], min(start, end - HOUR))
    order = msgspec.structs.replace(
        order, status=OrderStatus.STOPPED, stop=end, status_reason=reason
    )
    return Ordered(order, until=end)


def _hold_some(ordered: list[Ordered], inpatient: Inpatient) -> None:
    """What the source itself had suspended."""
    for one in ordered:
        if one.order.generic == "metformine" and inpatient.chance.random() < 0.4:
            one.order = msgspec.structs.replace(
                one.order, status=OrderStatus.SUSPENDED,
                status_reason="Suspendu 48 h : scanner injecté",
            )  # fmt: skip


def _changes(
    tape: Tape, when: Timeline, inpatient: Inpatient, ordered: list[Ordered]
) -> list[Ordered]:
    """For a third, one stop, suspension or new posology signed in the kits since the attack."""
    chance = inpatient.chance
    active = {
        one.order.generic: one
        for one in ordered
        if one.order.status == OrderStatus.ACTIVE and not one.order.as_needed
    }
    able = [change for change in changes() if change.generic in active]
    if not able or chance.random() > 0.34:
        return []
    change = chance.choice(able)
    one, doctor = active[change.generic], on_duty(inpatient.code, "MED")[0]
    one.until = chance.randint(when.first_act, when.now - 20 * MINUTE)
    signed = _signed(change, one)
    tape.lay(signed, inpatient.code, doctor.person, one.until)
    if change.kind != "new":
        return []
    renewed = _renewed(inpatient, change, one, doctor.name)
    tape.lay(renewed, inpatient.code, doctor.person, one.until + 1)
    return [Ordered(renewed)]


def _signed(change: Change, one: Ordered) -> Event:
    kind = PrescriptionSuspended if change.kind == "hold" else PrescriptionStopped
    return kind(
        prescription=one.order.prescription, patient=one.order.patient, at=one.until,
        reason=change.reason,
    )  # fmt: skip


def _renewed(
    inpatient: Inpatient, change: Change, one: Ordered, doctor: str
) -> PrescriptionRecorded:
    """The same drug as a doctor now wants it."""
    order = one.order
    unit = order.dose.unit if order.dose else ""
    return msgspec.structs.replace(
        order, prescription=inpatient.key("kit order", order.generic), start=one.until, stop=0,
        prescribed_at=one.until, prescriber=f"Dr {doctor}", dose=Quantity(change.dose, unit),
        timing=Timing(times=change.times, days=order.timing.days if order.timing else ()),
        text=f"{order.text.partition(' : ')[0]} : {change.say}", src="",
    )  # fmt: skip
