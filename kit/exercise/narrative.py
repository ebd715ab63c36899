"""Targeted notes of the demo, fitted to each patient, and the appointments of the days to come.

Not for: corrections of notes (`incidents`).
"""

from __future__ import annotations

from kit.core.clock import DAY, HOUR, MINUTE
from kit.exercise.admission import Inpatient
from kit.exercise.medication import series_of
from kit.exercise.staff import on_duty, signature
from kit.exercise.tables import NoteText, note_texts
from kit.exercise.tape import Tape
from kit.exercise.timeline import Timeline
from kit.ward.appointment import AppointmentBooked
from kit.ward.note import NoteWritten
from kit.ward.schedule import Timing, due_between
from kit.ward.vitals import VitalsRecorded

_EXAMINATIONS = (
    ("Imagerie, bâtiment A", "Scanner thoraco-abdominal"),
    ("Imagerie, bâtiment A", "Échographie doppler veineuse"),
    ("Plateau de consultation", "Consultation d'anesthésie"),
    ("Cardiologie, explorations", "Échocardiographie"),
    ("Endoscopie", "Fibroscopie gastrique, à jeun"),
    ("Transport assis", "Sortie prévue, ambulance commandée"),
)


def lay_notes(tape: Tape, when: Timeline, inpatient: Inpatient) -> None:
    """One to four notes from the source, and for most patients one or two since the attack."""
    texts = [text for text in note_texts() if text.tag in inpatient.profile.notes]
    own = [text for text in texts if text.tag == inpatient.profile.notes[0]]
    chance, extracted = inpatient.chance, inpatient.source.at
    picked = [chance.choice(own), *chance.sample(texts, min(len(texts), 5))]
    picked = list(dict.fromkeys(picked))
    first = max(inpatient.admitted_at + HOUR, when.now - 3 * DAY)
    for text in picked[: chance.randint(1, 3)]:
        if first < extracted - 30 * MINUTE:
            at = chance.randint(first, extracted - 20 * MINUTE)
            _lay_from_source(tape, when, inpatient, text, at)
    if inpatient.silent or inpatient.case == "deceased":
        return
    for text in picked[3 : 3 + chance.choice((0, 1, 1, 2))]:
        at = chance.randint(when.first_act, when.now - 6 * MINUTE)
        carer = chance.choice(on_duty(inpatient.code, "IDE", "AS"))
        written = fitted(inpatient, text, at)
        tape.lay(written, inpatient.code, carer.person, at + chance.randint(1, 5) * MINUTE)


def fitted(inpatient: Inpatient, text: NoteText, at: int, **origin: str) -> NoteWritten:
    """The note with figures and grammar that fit this patient."""
    chance = inpatient.chance
    figures = {
        "eva": chance.randint(5, 8), "eva2": chance.randint(1, 3),
        "temp": f"38,{chance.randint(2, 9)}", "spo2": chance.randint(89, 93),
        "tas": f"{chance.randint(112, 136)}/{chance.randint(58, 76)}",
        "dx": f"{chance.randint(9, 17)},{chance.randint(0, 9)}",
    }  # fmt: skip
    ending = "e" if inpatient.record.sex == "F" else ""
    said = [
        part.format(**figures).replace("(e)", ending)
        for part in (text.target, text.data, text.action, text.result)
    ]
    return NoteWritten(
        patient=inpatient.patient, at=at, target=said[0], data=said[1], action=said[2],
        result=said[3], **origin,
    )  # fmt: skip


def _lay_from_source(
    tape: Tape, when: Timeline, inpatient: Inpatient, text: NoteText, at: int
) -> None:
    written = fitted(
        inpatient, text, at, by=signature(inpatient.code, at, inpatient.chance),
        src=inpatient.source.snapshot,
    )  # fmt: skip
    tape.lay(written, inpatient.code, "", when.imported + 9 * MINUTE)


def lay_appointments(tape: Tape, when: Timeline, inpatient: Inpatient) -> None:
    """Examinations for some; in dialysis every session of a week, and weights of the last ones."""
    if inpatient.code == "DIAL":
        _lay_sessions(tape, when, inpatient)
    elif not inpatient.profile.child and inpatient.chance.random() < 0.3:
        place, reason = inpatient.chance.choice(_EXAMINATIONS)
        at = when.now + inpatient.chance.randint(5, 60) * HOUR
        _book(tape, when, inpatient, (at // (15 * MINUTE) * 15 * MINUTE, place, reason))


def _book(tape: Tape, when: Timeline, inpatient: Inpatient, booking: tuple[int, str, str]) -> None:
    at, place, reason = booking
    booked = AppointmentBooked(
        appointment=inpatient.key("appointment", str(at)), patient=inpatient.patient, at=at,
        place=place, reason=reason, src=inpatient.source.snapshot,
    )  # fmt: skip
    tape.lay(booked, inpatient.code, "", when.imported + 9 * MINUTE)


def _lay_sessions(tape: Tape, when: Timeline, inpatient: Inpatient) -> None:
    chance = inpatient.chance
    hour = chance.choice(("07:30", "13:00"))
    sessions = Timing(times=(hour,), days=series_of(inpatient))
    dry = round(inpatient.weight * 2) / 2
    shown = f"{dry:.1f}".replace(".", ",")
    for at in due_between(sessions, 0, 0, when.now - 5 * DAY, when.now + 7 * DAY):
        reason = f"Hémodialyse 4 h, poids sec {shown} kg"
        _book(tape, when, inpatient, (at, f"Poste {inpatient.bed}", reason))
        if at + 5 * HOUR < inpatient.source.at:
            gain = chance.uniform(1.2, 3.2)
            _weigh(tape, when, inpatient, (at, dry + gain, "Poids avant séance"))
            after = f"Poids après séance, poids sec prescrit {shown} kg"
            _weigh(tape, when, inpatient, (at + 4 * HOUR, dry + chance.uniform(-0.2, 0.4), after))


def _weigh(
    tape: Tape, when: Timeline, inpatient: Inpatient, measure: tuple[int, float, str]
) -> None:
    at, weight, note = measure
    chance = inpatient.chance
    weighed = VitalsRecorded(
        patient=inpatient.patient, at=at, note=note, by="Équipe de dialyse",
        src=inpatient.source.snapshot,
        values={
            "weight": f"{weight:.1f}", "sbp": str(round(chance.gauss(146, 12))),
            "dbp": str(round(chance.gauss(78, 7))), "hr": str(round(chance.gauss(76, 7))),
        },
    )  # fmt: skip
    tape.lay(weighed, inpatient.code, "", when.imported + 7 * MINUTE)
