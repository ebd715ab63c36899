"""The demo hospital: "CH de Valmont", six wards and 148 beds, four hours into an attack, as events.

`generate` is deterministic: same seed and same now give the same bytes. Chance comes only from
instances of `random.Random` made with the seed. All people are invented. Not for: writing the
events (a log does; `tape.deliver` helps it), nor PINs (the node makes verifiers). Serves
style.md §3.11.
"""

from __future__ import annotations

from collections.abc import Iterator

from kit.exercise.admission import admit
from kit.exercise.doses import lay_doses
from kit.exercise.incidents import Stories, lay_incidents
from kit.exercise.medication import order_patient
from kit.exercise.narrative import lay_appointments, lay_notes
from kit.exercise.observation import lay_results, lay_vitals
from kit.exercise.record import lay_record
from kit.exercise.staff import DEMO_PEOPLE, HOSPITAL, DemoPerson, lay_house
from kit.exercise.tape import Correction, Entry, Tape, deliver
from kit.exercise.timeline import Timeline

__all__ = [
    "DEMO_PEOPLE", "HOSPITAL", "Correction", "DemoPerson", "Entry", "deliver", "generate",
]  # fmt: skip


def generate(seed: int, now_ms: int) -> Iterator[Entry]:
    """Every event of the hospital until now (UTC ms), in causal order."""
    when, tape = Timeline(seed, now_ms), Tape()
    lay_house(tape, when)
    inpatients = admit(when)
    stories: Stories = {}
    for inpatient in inpatients:
        # The record comes first on the tape, but allergies are drawn not to clash with orders.
        orders = Tape()
        ordered = order_patient(orders, when, inpatient)
        lay_record(tape, when, inpatient, [one.order.generic for one in ordered])
        tape.take(orders)
        claimed = lay_doses(tape, when, inpatient, ordered)
        lay_vitals(tape, when, inpatient)
        lay_results(tape, when, inpatient)
        lay_notes(tape, when, inpatient)
        lay_appointments(tape, when, inpatient)
        stories[inpatient.patient] = (ordered, claimed)
    lay_incidents(tape, when, inpatients, stories)
    return tape.entries()
