"""A patient's chart: the banner that stays put, and the opening that is on record.

Each block of the synthesis has its own query in its own room; a screen asks them side by side.
"""

from __future__ import annotations

from kit.core.command import N_, Act, Command, Decision, accepted, command, rule, sentence
from kit.core.errors import Refused
from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query
from kit.ward.alert import AlertRow, alerts_of
from kit.ward.allergy import AllergyRow, allergies_of
from kit.ward.conflict_open import open_conflicts
from kit.ward.journal import Journal, JournalRow, journal
from kit.ward.news2 import news2_excluded
from kit.ward.patient import (
    IdentityStatus,
    PatientRegistered,
    alike,
    decode_patient,
    look_of,
    read_patient,
)
from kit.ward.snapshot import age_band

__all__ = [
    "Banner",
    "BannerRow",
    "ChartOpened",
    "Homonym",
    "Journal",
    "JournalRow",
    "OpenChart",
    "banner",
    "homonyms_of",
    "journal",
]


@event("chart.opened", scope=Scope.AUDIT)
class ChartOpened(Event):
    """A person opened a chart for writing or reading."""

    patient: str
    person: str


table(
    "chart_opening",
    """create table chart_opening(
        n integer primary key, patient text not null, person text not null, at integer not null);
    create index chart_opening_patient on chart_opening(patient, person, at)""",
)


@folds(ChartOpened, facts="chart_opening")
def _opened(db: Writer, stamp: Stamp, data: ChartOpened) -> None:
    # Every opening is kept: a later one does not undo what was read before a correction.
    db.execute(
        "insert or ignore into chart_opening values(?,?,?,?)",
        stamp.n, data.patient, data.person, stamp.wall,
    )  # fmt: skip


UNKNOWN_PATIENT = sentence(
    "chart.patient_unknown", N_("This kit does not know this patient. Search again, or use paper.")
)


@command("chart.open", action="open_record")
class OpenChart(Command):
    """Put on record that the person opens this chart; corrections of it will be told to them."""

    patient: str


def _load(db: Reader, ask: OpenChart, _act: Act) -> bool:
    return db.row("select 1 from patient where id=?", ask.patient) is not None


@rule(OpenChart, load=_load)
def open_chart(known: bool, ask: OpenChart, act: Act) -> Decision | Refused:
    """Only a patient that exists can be opened."""
    if not known:
        return UNKNOWN_PATIENT()
    return accepted(ChartOpened(patient=ask.patient, person=act.actor))


def _excluded(db: Reader, data: PatientRegistered, now_ms: int) -> str:
    """Why this patient has no early warning score, if so."""
    kinds = [alert.kind for alert in alerts_of(db, [data.patient]).get(data.patient, ())]
    return news2_excluded(data.birth_date, now_ms, kinds)


class Homonym(Row):
    """Somebody in the ward who could be taken for this patient."""

    patient: str
    name: str
    birth_date: str
    bed: str


class BannerRow(Row):
    """What stays on top of every screen and sheet of one patient.

    ins is set only for a qualified identity. deceased_at, admitted_at, extracted_at, imported_at,
    discharged_at: UTC ms or 0; room and bed are empty once discharged. band: age band of the
    extract (`snapshot.age_band`), `kit` if entered here. disputes: open ones (`conflict.list`).
    """

    patient: str
    birth_family: str
    birth_given: str
    used_family: str
    used_given: str
    given_names: str
    birth_date: str
    birth_place: str
    sex: str
    ipp: str
    ins: str
    identity: str
    identity_flags: tuple[str, ...]
    deceased_at: int
    restricted: bool
    phone: str
    treating_doctor: str
    ward: str
    room: str
    bed: str
    iep: str
    admitted_at: int
    reason: str
    doctor: str
    allergies: AllergyRow
    alerts: tuple[AlertRow, ...]
    homonyms: tuple[Homonym, ...]
    weight: str
    weight_at: int
    news2_excluded: str
    source_label: str
    extracted_at: int
    imported_at: int
    band: str
    discharged_at: int = 0
    disputes: int = 0


@query("patient.banner", action="open_record")
class Banner(Query):
    """Who this patient is, where, allergies, alerts, homonyms, and how old the data is."""

    patient: str


@answers(Banner)
def banner(db: Reader, question: Banner, asking: Asking) -> BannerRow | None:
    """Answer `patient.banner`; null where the kit does not know the patient."""
    data = read_patient(db, question.patient)
    if data is None:
        return None
    key = question.patient
    ward, room, bed, iep, admitted, reason, doctor, closed = db.row(
        """select ward, room, bed, iep, admitted, reason, doctor, closed from stay
           where patient=? order by closed<>0, lam desc, stay""",
        key,
    ) or ("", "", "", "", 0, "", "", 0)
    snapshot = db.row("select label, extracted, imported from snapshot where id=?", data.src)
    label, extracted, imported = snapshot or ("", 0, 0)
    weight, weighed = _weight(db, key)
    return BannerRow(
        patient=key, birth_family=data.birth_family, birth_given=data.birth_given,
        used_family=data.used_family, used_given=data.used_given, given_names=data.given_names,
        birth_date=data.birth_date, birth_place=data.birth_place, sex=data.sex, ipp=data.ipp,
        ins=data.ins if data.identity == IdentityStatus.QUALIFIED else "",
        identity=data.identity, identity_flags=data.identity_flags,
        deceased_at=data.deceased_at, restricted=data.restricted, phone=data.phone,
        treating_doctor=data.treating_doctor, ward=ward, room="" if closed else room,
        bed="" if closed else bed, iep=iep, admitted_at=admitted, reason=reason, doctor=doctor,
        allergies=allergies_of(db, [key])[key], alerts=tuple(alerts_of(db, [key]).get(key, ())),
        homonyms=tuple(homonyms_of(db, data, ward)), weight=weight, weight_at=weighed,
        news2_excluded=_excluded(db, data, asking.at_ms),
        source_label=label, extracted_at=extracted, imported_at=imported,
        band=age_band(extracted, asking.at_ms) if data.src else "kit", discharged_at=closed,
        disputes=len(open_conflicts(db, patient=key)),
    )  # fmt: skip


def _weight(db: Reader, patient: str) -> tuple[str, int]:
    found = db.row(
        """select json_extract(v.data,'$.weight'), v.at from vitals v left join struck x on x.n=v.n
           where v.patient=? and x.n is null and json_extract(v.data,'$.weight') is not null
           order by v.at desc limit 1""",
        patient,
    )
    return (str(found[0]), int(found[1])) if found else ("", 0)


def homonyms_of(db: Reader, data: PatientRegistered, ward: str) -> list[Homonym]:
    """Others in the same ward who could be taken for this one (`patient.alike`, rule 3)."""
    if not ward:
        return []
    rows = db.rows(
        """select p.record, s.bed from stay s join patient p on p.id=s.patient
           where s.ward=? and s.closed=0 and p.id<>? order by s.bed, p.id""",
        ward, data.patient,
    )  # fmt: skip
    mine = look_of(data)
    others = [(decode_patient(record), bed) for record, bed in rows]
    return [
        Homonym(
            patient=other.patient, name=f"{other.birth_family} {other.birth_given}".strip(),
            birth_date=other.birth_date, bed=bed,
        )
        for other, bed in others
        if alike(mine, look_of(other))
    ]  # fmt: skip
