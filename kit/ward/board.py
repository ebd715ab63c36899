"""The ward board: one row per bed, with what a carer must see before anything else.

A handful of reads whatever the number of beds. Not for: one patient's chart (`chart`).
"""

from __future__ import annotations

from typing import Any

import msgspec

from kit.core.clock import HOUR
from kit.core.projection import Reader
from kit.core.query import Asking, Query, Row, answers, query
from kit.ward.alert import AlertRow, alerts_of
from kit.ward.allergy import AllergyRow, allergies_of
from kit.ward.conflict_open import count_by_patient
from kit.ward.medication_line import Run
from kit.ward.patient import alike, decode_patient, look_of
from kit.ward.round import RoundRow, SlotStatus, rounds_of
from kit.ward.snapshot import age_band
from kit.ward.vitals import SELECT, VitalsRow, latest_by_code, vitals_row

LOOK_BACK_MS = 12 * HOUR
LOOK_AHEAD_MS = 24 * HOUR
OPEN = (SlotStatus.PLANNED, SlotStatus.LATE, SlotStatus.TO_CHECK)


class NextDose(msgspec.Struct, frozen=True):
    """The next planned dose that nobody recorded (due: UTC ms)."""

    due: int
    status: str
    line: tuple[Run, ...]
    generic: str
    amount: str
    high_alert: bool


class BoardRow(Row):
    """A bed, and who lies there (patient empty: nobody).

    late: doses past their time; conflicts: doses declared twice; disputes: what kits wrote apart of
    this patient and nobody has settled (`conflict.list`); unscheduled: orders in force without a
    time; vitals: last value and moment (UTC ms) by code; news2, news2_response, news2_at: of the
    last set that is complete or calls for help, or of a newer one that is already worse; band: age
    band.
    """

    ward: str
    bed: str
    room: str
    patient: str = ""
    family: str = ""
    given: str = ""
    used: str = ""
    birth_date: str = ""
    sex: str = ""
    ipp: str = ""
    identity: str = ""
    restricted: bool = False
    deceased_at: int = 0
    admitted_at: int = 0
    reason: str = ""
    doctor: str = ""
    homonym: bool = False
    allergies: AllergyRow | None = None
    alerts: tuple[AlertRow, ...] = ()
    next_dose: NextDose | None = None
    late: int = 0
    conflicts: int = 0
    disputes: int = 0
    to_check: int = 0
    unscheduled: int = 0
    vitals: dict[str, tuple[str, int]] = msgspec.field(default_factory=dict)
    vitals_at: int = 0
    news2: int | None = None
    news2_floor: int = 0
    news2_response: str = ""
    news2_at: int = 0
    news2_excluded: str = ""
    last_note_at: int = 0
    source_label: str = ""
    extracted_at: int = 0
    band: str = ""


@query("ward.board", action="find_patient")
class Board(Query):
    """Every bed of a ward, taken or not, in the ward's own order; patients without a bed last."""

    ward: str


@answers(Board)
def board(db: Reader, question: Board, asking: Asking) -> list[BoardRow]:
    """Answer `ward.board`."""
    stays = db.rows(
        """select s.bed, s.room, p.id, p.family, p.given, p.used, p.birth_date, p.sex, p.ipp,
                  p.identity, p.deceased, p.record, s.admitted, s.reason, s.doctor, p.src
           from (select patient, ward, bed, room, admitted, reason, doctor from stay where closed=0
                 union all select e.patient, e.ward, e.bed, e.room, o.admitted, o.reason, o.doctor
                 from stay_elsewhere e join stay o on o.stay=e.stay where o.closed=0) s
             join patient p on p.id=s.patient where s.ward=?
           order by s.bed, p.id""",
        question.ward,
    )
    rows = _patients(db, question.ward, stays, asking.at_ms)
    by_bed: dict[str, list[BoardRow]] = {}
    for row in rows:
        by_bed.setdefault(row.bed, []).append(row)
    shown: list[BoardRow] = []
    for bed, room in db.rows(
        "select bed, room from bed where ward=? order by place", question.ward
    ):
        shown += by_bed.pop(bed, [BoardRow(ward=question.ward, bed=bed, room=room)])
    return shown + [row for bed in sorted(by_bed) for row in by_bed[bed]]


def _patients(db: Reader, ward: str, stays: list[tuple[Any, ...]], now: int) -> list[BoardRow]:
    patients = [str(stay[2]) for stay in stays]
    if not patients:
        return []
    allergies, alerts = allergies_of(db, patients), alerts_of(db, patients)
    rounds = rounds_of(db, patients, now - LOOK_BACK_MS, now + LOOK_AHEAD_MS, now)
    vitals, notes = _vitals(db, patients), _last_notes(db, patients)
    disputes = count_by_patient(db, ward)
    labels = {
        row[0]: (row[1], row[2]) for row in db.rows("select id, label, extracted from snapshot")
    }
    records = {str(stay[2]): decode_patient(stay[11]) for stay in stays}
    looks = {key: look_of(record) for key, record in records.items()}
    rows = []
    for stay in stays:
        key = str(stay[2])
        label, extracted = labels.get(stay[15], ("", 0))
        facts = {
            "ward": ward, "bed": stay[0], "room": stay[1], "patient": key, "family": stay[3],
            "given": stay[4], "used": stay[5], "birth_date": stay[6], "sex": stay[7],
            "ipp": stay[8], "identity": stay[9], "restricted": records[key].restricted,
            "deceased_at": stay[10], "admitted_at": stay[12], "reason": stay[13],
            "doctor": stay[14], "allergies": allergies[key], "alerts": tuple(alerts.get(key, ())),
            "homonym": any(alike(looks[key], looks[other]) for other in looks if other != key),
            "last_note_at": notes.get(key, 0), "disputes": disputes.get(key, 0),
            "source_label": label, "extracted_at": extracted,
            "band": age_band(extracted, now) if stay[15] else "kit",
        }  # fmt: skip
        rows.append(BoardRow(**facts, **_doses(rounds[key]), **_scores(vitals.get(key, []))))
    return rows


def _doses(patient_round: RoundRow) -> dict[str, Any]:
    open_slots = [slot for slot in patient_round.slots if slot.status in OPEN]
    first = open_slots[0] if open_slots else None
    return {
        "next_dose": NextDose(
            first.due, first.status, first.line, first.generic, first.amount, first.high_alert
        )
        if first
        else None,
        "late": sum(slot.status == SlotStatus.LATE for slot in open_slots),
        "conflicts": sum(slot.status == SlotStatus.CONFLICT for slot in patient_round.slots),
        "to_check": sum(slot.status == SlotStatus.TO_CHECK for slot in open_slots),
        "unscheduled": len(patient_round.unscheduled),
    }


def _vitals(db: Reader, patients: list[str]) -> dict[str, list[VitalsRow]]:
    """The last sets of each, however old: a stale value is shown with its age, never hidden."""
    sql = SELECT + "where v.patient=? and x.n is null order by v.at desc, v.n desc limit 12"
    return {patient: [vitals_row(row) for row in db.rows(sql, patient)] for patient in patients}


def _scores(sets: list[VitalsRow]) -> dict[str, Any]:
    scored = _scored(sets)
    return {
        "vitals": latest_by_code(sets),
        "vitals_at": sets[0].at if sets else 0,
        "news2": scored.score.total if scored else None,
        "news2_floor": scored.score.floor if scored else 0,
        "news2_response": scored.score.response if scored else "",
        "news2_at": scored.at if scored else 0,
        "news2_excluded": sets[0].score.excluded if sets else "",
    }


def _scored(sets: list[VitalsRow]) -> VitalsRow | None:
    """The set whose score counts now, newest first.

    A few values that were taken since may already score more than the last whole set did: then
    their floor counts. Where they score less they say nothing about what was not measured.
    """
    whole = next((row for row in sets if row.score.response), None)
    newest = sets[0] if sets else None
    if newest is None or newest is whole:
        return whole
    return newest if newest.score.floor > (whole.score.floor if whole else 0) else whole


def _last_notes(db: Reader, patients: list[str]) -> dict[str, int]:
    marks = ",".join("?" * len(patients))
    rows = db.rows(
        "select n.patient, max(n.at) from note n left join struck x on x.n=n.n"  # noqa: S608
        f" where x.n is null and n.patient in ({marks}) group by n.patient",
        *patients,
    )
    return {row[0]: row[1] for row in rows}
