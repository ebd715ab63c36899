"""What went wrong in the demo's night: each case that a screen, a sheet and a rule must stand.

Two claims on one dose, an entry on the wrong chart, a death, a move, a stranger without a name,
potassium out of bounds. Not for: the ordinary course of the wards.
"""

from __future__ import annotations

import random

import msgspec

from kit.core.clock import HOUR, MINUTE
from kit.core.ids import derived_id
from kit.exercise.admission import Inpatient
from kit.exercise.doses import IDENTIFIED, Claimed
from kit.exercise.medication import Ordered
from kit.exercise.observation import lay_result
from kit.exercise.staff import on_duty
from kit.exercise.tape import Tape
from kit.exercise.timeline import Timeline
from kit.ward.administration import AdministrationRecorded
from kit.ward.alert import AlertKind, AlertRaised
from kit.ward.allergy import AllergyRecorded, Certainty, NoKnownAllergy
from kit.ward.correction import EntryStruck, StrikeReason
from kit.ward.note import NoteWritten
from kit.ward.patient import IdentityStatus, PatientRegistered
from kit.ward.prescription_event import PrescriptionStopped
from kit.ward.schedule import due_between, slot_key
from kit.ward.stay import StayClosed, StayMoved, StayOpened
from kit.ward.vitals import VitalsRecorded

Stories = dict[str, tuple[list[Ordered], list[Claimed]]]
"""By patient: their orders and the planned doses that somebody claimed."""


def lay_incidents(
    tape: Tape, when: Timeline, inpatients: list[Inpatient], stories: Stories
) -> None:
    """Every incident of the night."""
    by_case: dict[str, list[Inpatient]] = {}
    for inpatient in inpatients:
        by_case.setdefault(inpatient.case, []).append(inpatient)
    _double_dose(tape, when, by_case["double dose"][0], stories)
    _wrong_patient(tape, when, by_case["homonym"])
    _typing_error(tape, when, by_case["worsening"][0])
    _death(tape, when, by_case["deceased"][0], stories)
    _move(tape, when, by_case["moved"][0], inpatients)
    _potassium(tape, when, by_case)
    _allergies_asked(tape, when, inpatients)
    lay_stranger(tape, when, _free_bed(inpatients, "CHIR", 1))
    _discharged(tape, when, by_case[""])


def _double_dose(tape: Tape, when: Timeline, inpatient: Inpatient, stories: Stories) -> None:
    """Two nurses, two kits, one dose: both claims stand."""
    ordered, claimed = stories[inpatient.patient]
    one = next(one for one in ordered if one.order.generic == "paracétamol" and one.order.timing)
    order = one.order
    assert order.timing is not None  # noqa: S101  (chosen by it, one line up)
    due = due_between(order.timing, order.start, 0, when.now - 8 * HOUR, when.now - 50 * MINUTE)[-1]
    given = any(
        claim.given and (claim.prescription, claim.due) == (order.prescription, due)
        for claim in claimed
    )
    nurses = on_duty(inpatient.code, "IDE")
    for place in range(2):
        if place == 0 and given:
            continue
        at = due + (5 + 33 * place) * MINUTE
        dose = AdministrationRecorded(
            patient=inpatient.patient, prescription=order.prescription, due=due, at=at,
            slot=slot_key(order.prescription, due), generic=order.generic, dose=order.dose,
            route=order.route, identified_by=IDENTIFIED,
        )  # fmt: skip
        wall = max(at + MINUTE, when.first_act + place * MINUTE)
        tape.lay(dose, inpatient.code, nurses[place].person, wall)


def _wrong_patient(tape: Tape, when: Timeline, homonyms: list[Inpatient]) -> None:
    """Vitals of one Jeanne Martin written on the other's chart, struck and written anew."""
    wrong, right = (one for one in homonyms if one.record.birth_given == "Jeanne")
    nurse, aide = on_duty("CARD", "IDE")[0].person, on_duty("CARD", "AS")[0].person
    at = when.now - 95 * MINUTE
    values = {
        "hr": "74", "rr": "16", "spo2": "96", "sbp": "131", "dbp": "70", "temp": "36.9",
        "oxygen": "0", "acvpu": "A",
    }  # fmt: skip
    first = VitalsRecorded(patient=wrong.patient, at=at, values=values)
    mistaken = tape.lay(first, wrong.code, aide, at + 3 * MINUTE)
    struck = EntryStruck(
        patient=wrong.patient, kind="vitals", reason=StrikeReason.WRONG_PATIENT,
        text="Constantes de l'autre Mme MARTIN, vues au bracelet",
    )  # fmt: skip
    moved = VitalsRecorded(patient=right.patient, at=at, values=values)
    tape.lay(struck, wrong.code, nurse, at + 21 * MINUTE, (mistaken,))
    tape.lay(moved, right.code, nurse, at + 21 * MINUTE + 1, (mistaken,))


def _typing_error(tape: Tape, when: Timeline, inpatient: Inpatient) -> None:
    nurse = on_duty(inpatient.code, "IDE")[0].person
    at = when.now - 24 * MINUTE
    wrong = NoteWritten(
        patient=inpatient.patient, at=at, target="Détresse respiratoire",
        data="SpO₂ 98 % sous 6 L/min, polypnée", action="Interne appelé",
    )  # fmt: skip
    right = msgspec.structs.replace(
        wrong, data="SpO₂ 88 % sous 6 L/min, polypnée à 27, marbrures des genoux",
        action="Position assise, masque à haute concentration, interne et équipe d'urgence appelés",
    )  # fmt: skip
    mistaken = tape.lay(wrong, inpatient.code, nurse, at + MINUTE)
    struck = EntryStruck(
        patient=inpatient.patient, kind="note", reason=StrikeReason.TYPING,
        text="88 et non 98",
    )  # fmt: skip
    tape.lay(struck, inpatient.code, nurse, at + 4 * MINUTE, (mistaken,))
    tape.lay(right, inpatient.code, nurse, at + 4 * MINUTE + 1, (mistaken,))


def _death(tape: Tape, when: Timeline, inpatient: Inpatient, stories: Stories) -> None:
    """Expected, two hours ago; orders stop, the bed is still taken."""
    doctor = on_duty(inpatient.code, "MED")[0].person
    at = when.death
    note = NoteWritten(
        patient=inpatient.patient, at=at, target="Décès",
        data="Décès constaté par le médecin de garde, sans signe de lutte",
        action="Famille prévenue et présente, pas de stimulateur, certificat papier rempli",
    )  # fmt: skip
    tape.lay(note, inpatient.code, doctor, at + 10 * MINUTE)
    record = msgspec.structs.replace(inpatient.record, deceased_at=at)
    tape.lay(record, inpatient.code, doctor, at + 12 * MINUTE)
    for one in stories[inpatient.patient][0]:
        stopped = PrescriptionStopped(
            prescription=one.order.prescription, patient=inpatient.patient, at=at,
            reason="Décès du patient",
        )  # fmt: skip
        tape.lay(stopped, inpatient.code, doctor, at + 12 * MINUTE)


def _move(tape: Tape, when: Timeline, inpatient: Inpatient, inpatients: list[Inpatient]) -> None:
    """From one ward to another while their kits do not hear each other."""
    bed = _free_bed(inpatients, "CHIR", 0)
    at = when.now - 100 * MINUTE
    moved = StayMoved(
        stay=inpatient.stay, patient=inpatient.patient, ward="CHIR", room=_room(bed), bed=bed, at=at
    )
    tape.lay(moved, "CHIR", on_duty("CHIR", "IDE")[0].person, at + 4 * MINUTE)


def _free_bed(inpatients: list[Inpatient], ward: str, place: int) -> str:
    taken = {inpatient.bed for inpatient in inpatients if inpatient.code == ward}
    return [bed for n in range(1, 27) if (bed := f"H{n:02d}") not in taken][place]


def _room(bed: str) -> str:
    return str(200 + (int(bed[1:]) + 1) // 2)


def _potassium(tape: Tape, when: Timeline, by_case: dict[str, list[Inpatient]]) -> None:
    for case, value in (("low potassium", 2.6), ("high potassium", 6.9)):
        inpatient = by_case[case][0]
        lay_result(tape, when, inpatient, ("k", value), inpatient.source.at - 25 * MINUTE)


def _allergies_asked(tape: Tape, when: Timeline, inpatients: list[Inpatient]) -> None:
    """Of those whose extract knew no allergies, two were asked in the night."""
    unasked = [
        one
        for one in inpatients
        if "allergies" not in one.source.blocks and not one.silent and not one.case
    ]
    for place, inpatient in enumerate(unasked[:2]):
        nurse = on_duty(inpatient.code, "IDE")[0].person
        at = when.first_act + (40 + 15 * place) * MINUTE
        if place:
            tape.lay(NoKnownAllergy(patient=inpatient.patient, at=at), inpatient.code, nurse, at)
            continue
        told = AllergyRecorded(
            allergy=inpatient.key("allergy", "kit"), patient=inpatient.patient,
            substance="Produits de contraste iodés", reaction="malaise, dit le patient",
            certainty=Certainty.SUSPECTED, noted_at=at,
        )  # fmt: skip
        tape.lay(told, inpatient.code, nurse, at)


def lay_stranger(tape: Tape, when: Timeline, bed: str) -> None:
    """Nobody knows who he is: a callsign, no date of birth, everything from the kit itself."""
    patient = derived_id("valmont", str(when.seed), "stranger")
    nurse = on_duty("CHIR", "IDE")[1].person
    at = when.now - 150 * MINUTE
    events = (
        PatientRegistered(
            patient=patient, birth_family="INCONNU", birth_given="HÉRON 7", sex="M",
            ipp=f"K{when.seed % 1000:03d}0007", identity=IdentityStatus.PROVISIONAL,
            identity_flags=("fictive", "douteuse"),
        ),
        StayOpened(
            stay=derived_id(patient, "stay"), patient=patient, ward="CHIR", room=_room(bed),
            bed=bed, admitted_at=at, reason="Traumatisme crânien, trouvé rue de la Gare",
            doctor="Dr Samuel Okoye",
        ),
        AlertRaised(
            alert=derived_id(patient, "alert"), patient=patient, kind=AlertKind.OTHER,
            text="Identité inconnue : homme de 40 à 55 ans, cicatrice du menton, veste bleue",
            since=at,
        ),
        VitalsRecorded(
            patient=patient, at=at + 5 * MINUTE,
            values={"hr": "104", "rr": "22", "spo2": "94", "sbp": "108", "dbp": "64",
                    "temp": "35.4", "oxygen": "1", "oxygen_flow": "3", "acvpu": "V"},
        ),
        NoteWritten(
            patient=patient, at=at + 8 * MINUTE, target="Identité",
            data="Amené par les pompiers, sans papiers, ne dit pas son nom",
            action="Bracelet provisoire HÉRON 7 au poignet droit, effets sous clé, police avisée",
        ),
    )  # fmt: skip
    for place, event in enumerate(events):
        tape.lay(event, "CHIR", nurse, at + (place + 1) * 3 * MINUTE)


def _discharged(tape: Tape, when: Timeline, ordinary: list[Inpatient]) -> None:
    """Two who went home since the attack are no longer on the board."""
    chance = random.Random(f"valmont/{when.seed}/discharged")
    able = [one for one in ordinary if one.code in ("CARD", "CHIR") and one.years < 75]
    for inpatient in chance.sample(able, 1):
        nurse = on_duty(inpatient.code, "IDE")[0].person
        at = when.now - 70 * MINUTE
        closed = StayClosed(
            stay=inpatient.stay, patient=inpatient.patient, at=at,
            destination="Domicile, avec sa famille, contre avis médical",
        )  # fmt: skip
        tape.lay(closed, inpatient.code, nurse, at + 5 * MINUTE)
