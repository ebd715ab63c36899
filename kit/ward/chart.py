"""A patient's chart: the banner that stays put, the opening that is on record, the journal.

Each block of the synthesis has its own query in its own room; a screen asks them side by side.
"""

from __future__ import annotations

from kit.core.command import N_, Act, Command, Decision, accepted, command, rule, sentence
from kit.core.errors import Refused
from kit.core.event import Event, Scope, Stamp, event
from kit.core.folding import sounds
from kit.core.projection import Reader, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query
from kit.ward.alert import AlertRow, alerts_of
from kit.ward.allergy import AllergyRow, allergies_of
from kit.ward.patient import IdentityStatus, PatientRegistered, read_patient
from kit.ward.snapshot import age_band


@event("chart.opened", scope=Scope.AUDIT)
class ChartOpened(Event):
    """A person opened a chart for writing or reading."""

    patient: str
    person: str


table(
    "chart_opening",
    """create table chart_opening(
        patient text, person text, at integer not null, primary key(patient, person)) without rowid""",
)


@folds(ChartOpened)
def _opened(db: Writer, stamp: Stamp, data: ChartOpened) -> None:
    db.execute(
        """insert into chart_opening values(?,?,?) on conflict(patient, person) do update
           set at=max(at, excluded.at)""",
        data.patient, data.person, stamp.wall,
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
def open_chart(known: bool, ask: OpenChart, act: Act) -> Decision | Refused:  # noqa: FBT001
    """Only a patient that exists can be opened."""
    if not known:
        return UNKNOWN_PATIENT()
    return accepted(ChartOpened(patient=ask.patient, person=act.actor))


class Homonym(Row):
    """Somebody in the ward who could be taken for this patient."""

    patient: str
    name: str
    birth_date: str
    bed: str


class BannerRow(Row):
    """What stays on top of every screen and sheet of one patient.

    ins is set only for a qualified identity. deceased_at, admitted_at, extracted_at, imported_at:
    UTC ms or 0; band: age band of the extract (`snapshot.age_band`), `kit` if entered here.
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
    source_label: str
    extracted_at: int
    imported_at: int
    band: str


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
    stay = db.row(
        """select ward, room, bed, iep, admitted, reason, doctor from stay
           where patient=? order by closed<>0, lam desc""",
        key,
    ) or ("", "", "", "", 0, "", "")
    snapshot = db.row("select label, extracted, imported from snapshot where id=?", data.src)
    label, extracted, imported = snapshot or ("", 0, 0)
    weight = _weight(db, key)
    return BannerRow(
        patient=key, birth_family=data.birth_family, birth_given=data.birth_given,
        used_family=data.used_family, used_given=data.used_given, given_names=data.given_names,
        birth_date=data.birth_date, birth_place=data.birth_place, sex=data.sex, ipp=data.ipp,
        ins=data.ins if data.identity == IdentityStatus.QUALIFIED else "",
        identity=data.identity, identity_flags=data.identity_flags,
        deceased_at=data.deceased_at, restricted=data.restricted, phone=data.phone,
        treating_doctor=data.treating_doctor, ward=stay[0], room=stay[1], bed=stay[2],
        iep=stay[3], admitted_at=stay[4], reason=stay[5], doctor=stay[6],
        allergies=allergies_of(db, [key])[key], alerts=tuple(alerts_of(db, [key])[key]),
        homonyms=tuple(homonyms_of(db, data, stay[0])), weight=weight[0], weight_at=weight[1],
        source_label=label, extracted_at=extracted, imported_at=imported,
        band=age_band(extracted, asking.at_ms) if snapshot else "kit",
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
    """Others in the same ward with the same surname, or a near sound and a near birth date.

    ward.md §6 rule 3. Near birth date: the same year, or the same day and month.
    """
    rows = db.rows(
        """select p.id, p.family||' '||p.given, p.birth_date, s.bed, p.sounds from stay s
           join patient p on p.id=s.patient where s.ward=? and s.closed=0 and p.id<>?
           order by s.bed, p.id""",
        ward, data.patient,
    )  # fmt: skip
    mine = set(sounds(f"{data.birth_family} {data.used_family}").split())
    return [
        Homonym(patient=row[0], name=row[1], birth_date=row[2], bed=row[3])
        for row in rows
        if _alike(data, row[1], row[2], mine, set(row[4].split()))
    ]


def _alike(
    data: PatientRegistered, name: str, birth: str, mine: set[str], theirs: set[str]
) -> bool:
    family = sounds(data.birth_family)
    if family and sounds(name).startswith(family + " "):
        return True
    near = bool(birth) and (birth[:4] == data.birth_date[:4] or birth[5:] == data.birth_date[5:])
    return near and bool(mine & theirs)


class JournalRow(Row):
    """One entry of a chart: its kind, when it happened and was recorded (UTC ms), by whom, strike."""

    entry: int
    kind: str
    at: int
    recorded_at: int
    actor_name: str
    text: str
    src: str
    struck_by: str
    struck_reason: str
    struck_text: str


@query("chart.journal", action="open_record")
class Journal(Query):
    """All entries of a chart, newest first, struck ones included."""

    patient: str
    limit: int = 200


_JOURNAL = """select e.*, coalesce(nullif(k.name,''), x.actor, ''), coalesce(x.reason,''),
    coalesce(x.text,'') from (
      select n.n, 'note', n.at, n.wall, coalesce(nullif(n.by,''), w.name, n.actor),
        n.target||' — '||n.data||' '||n.action||' '||n.result, n.src
        from note n left join person w on w.id=n.actor where n.patient=?1
      union all select v.n, 'vitals', v.at, v.wall, coalesce(nullif(v.by,''), w.name, v.actor), v.data, v.src
        from vitals v left join person w on w.id=v.actor where v.patient=?1
      union all select a.n, 'administration', a.at, a.wall, coalesce(nullif(a.by,''), w.name, a.actor),
        a.generic||' — '||a.status, a.src
        from administration a left join person w on w.id=a.actor where a.patient=?1
    ) e left join struck x on x.n=e.n left join person k on k.id=x.actor
    order by e.at desc, e.n desc limit ?2"""


@answers(Journal)
def journal(db: Reader, question: Journal, _asking: Asking) -> list[JournalRow]:
    """Answer `chart.journal`."""
    fields = JournalRow.__struct_fields__
    rows = db.rows(_JOURNAL, question.patient, question.limit)
    return [JournalRow(**dict(zip(fields, row, strict=True))) for row in rows]
