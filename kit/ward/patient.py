"""Patients: who they are, how sure that is, and how they are found.

French identity rules (RNIV): five strict traits, five statuses; the INS matricule is used only for
a qualified identity, and a kit can never qualify one. Not for: where they lie (`stay`).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from kit.core.event import Event, Stamp, event
from kit.core.folding import fold, sounds
from kit.core.projection import Reader, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query


class IdentityStatus(StrEnum):
    """How sure an identity is: RNIV statuses, and what an extract that says nothing leaves."""

    QUALIFIED = "qualified"
    VALIDATED = "validated"
    RETRIEVED = "retrieved"
    PROVISIONAL = "provisional"
    UNKNOWN = "unknown"


class Identifier(msgspec.Struct, frozen=True):
    """A number somebody gave: kind (`ipp`, `ins`, `archive`, `other`), who gave it, the number."""

    kind: str
    system: str
    value: str


@event("patient.registered")
class PatientRegistered(Event):
    """A person as a source knows them; a later one with the same id replaces it.

    birth_date: ISO, possibly only a year or a year and month, empty if unknown. sex: `F`, `M`, `I`
    (indeterminate), `` (unknown). ins_oid tells NIR, NIA, TEST or DEMO. deceased_at: UTC ms, 1 if
    dead at a time nobody gave.
    """

    patient: str
    birth_family: str = ""
    birth_given: str = ""
    given_names: str = ""
    used_family: str = ""
    used_given: str = ""
    birth_date: str = ""
    birth_place: str = ""
    sex: str = ""
    ipp: str = ""
    ins: str = ""
    ins_oid: str = ""
    identity: str = IdentityStatus.UNKNOWN
    identity_flags: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    deceased_at: int = 0
    phone: str = ""
    address: str = ""
    spoken: str = ""
    treating_doctor: str = ""
    restricted: bool = False
    src: str = ""


table(
    "patient",
    """create table patient(
        n integer primary key, id text not null unique, lam integer not null,
        family text not null, given text not null, used text not null, birth_date text not null,
        sex text not null, ipp text not null, identity text not null, deceased integer not null,
        folded text not null, sounds text not null, src text not null, record blob not null)""",
)
table(
    "patient_index",
    """create virtual table patient_index using fts5(
        names, sounds, numbers, content='', contentless_delete=1, prefix='1 2 3',
        tokenize='ascii', detail='column')""",
)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PatientRegistered).decode


@folds(PatientRegistered)
def _registered(db: Writer, stamp: Stamp, data: PatientRegistered) -> None:
    old = db.row("select n, lam from patient where id=?", data.patient)
    if old and old[1] > stamp.lam:
        return
    n = old[0] if old else stamp.n
    names = " ".join((data.birth_family, data.birth_given, data.used_family, data.used_given))
    folded = fold(names)
    sound = sounds(f"{data.birth_family} {data.used_family}")
    if old:
        db.execute("delete from patient_index where rowid=?", n)
    db.execute(
        "insert or replace into patient values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        n, data.patient, stamp.lam, data.birth_family, data.birth_given, data.used_family,
        data.birth_date, data.sex, data.ipp, data.identity, data.deceased_at, folded, sound,
        data.src, _encode(data),
    )  # fmt: skip
    db.execute(
        "insert into patient_index(rowid, names, sounds, numbers) values(?,?,?,?)",
        n, f"{folded} {fold(data.given_names)}", sound, _numbers(data),
    )  # fmt: skip


def _numbers(data: PatientRegistered) -> str:
    year, _, rest = data.birth_date.partition("-")
    month, _, day = rest.partition("-")
    dates = (f"{day}{month}{year}", f"{year}{month}{day}", year)
    others = (identifier.value for identifier in data.identifiers)
    return " ".join(dict.fromkeys(fold(part).replace(" ", "") for part in (*dates, data.ipp, *others) if part))


def read_patient(db: Reader, patient: str) -> PatientRegistered | None:
    """The identity in force, or None."""
    found = db.row("select record from patient where id=?", patient)
    return _decode(found[0]) if found else None


class FoundRow(Row):
    """A patient found: names, birth, sex, IPP, ward and bed where they lie (empty: not in a bed)."""

    patient: str
    family: str
    given: str
    used: str
    birth_date: str
    sex: str
    ipp: str
    identity: str
    deceased: bool
    ward: str
    bed: str
    by_sound: bool = False


@query("patient.search", action="find_patient")
class Search(Query):
    """Find by parts of birth or used name, date of birth, IPP, bed; then by sound.

    ward: its patients come first. limit: at most this many rows (1–100).
    """

    text: str = ""
    ward: str = ""
    limit: int = 30


_COLUMNS = """p.id, p.family, p.given, p.used, p.birth_date, p.sex, p.ipp, p.identity, p.deceased,
    coalesce(s.ward,''), coalesce(s.bed,'')"""
_HERE = f"""select {_COLUMNS} from stay s join patient p on p.id=s.patient
    where s.closed=0 and %s order by s.ward<>?, s.ward, s.bed limit ?"""  # noqa: S608  (constants)
_EVERYWHERE = f"""select {_COLUMNS} from patient_index i join patient p on p.n=i.rowid
    left join stay s on s.patient=p.id and s.closed=0
    where patient_index match ? limit ?"""  # noqa: S608  (constants)


@answers(Search)
def search(db: Reader, question: Search, _asking: Asking) -> list[FoundRow]:
    """Answer `patient.search`: those in a bed first, own ward before others, sound last."""
    words = _words(question.text)
    limit = max(1, min(question.limit, 100))
    if not words:
        return []
    found = {row.patient: row for row in _in_beds(db, words, question.ward, limit)}
    if len(found) < limit:
        match = " AND ".join(f'{{names numbers}} : "{word}"*' for word in words)
        _add(found, db.rows(_EVERYWHERE, match, limit), by_sound=False)
    if len(found) < limit and (heard := [key for word in words if (key := sounds(word))]):
        match = " AND ".join(f'sounds : "{key}"' for word in heard for key in word.split())
        _add(found, db.rows(_EVERYWHERE, match, limit), by_sound=True)
    return list(found.values())[:limit]


def _words(text: str) -> list[str]:
    joined = text.replace("/", "").replace(".", "") if any(c.isdigit() for c in text) else text
    return fold(joined).split()[:6]


def _in_beds(db: Reader, words: list[str], ward: str, limit: int) -> list[FoundRow]:
    clauses, args = [], []
    for word in words:
        clauses.append("(' '||p.folded like ? or lower(s.bed) like ? or p.ipp like ?)")
        args += [f"% {word}%", f"%{word}", f"{word}%"]
    rows = db.rows(_HERE % " and ".join(clauses), *args, ward, limit)
    return [_found(row, by_sound=False) for row in rows]


def _add(found: dict[str, FoundRow], rows: list[tuple[object, ...]], *, by_sound: bool) -> None:
    for row in rows:
        found.setdefault(str(row[0]), _found(row, by_sound=by_sound))


def _found(row: tuple[object, ...], *, by_sound: bool) -> FoundRow:
    patient, family, given, used, birth, sex, ipp, identity, deceased, ward, bed = row
    return FoundRow(
        patient=str(patient), family=str(family), given=str(given), used=str(used),
        birth_date=str(birth), sex=str(sex), ipp=str(ipp), identity=str(identity),
        deceased=bool(deceased), ward=str(ward), bed=str(bed), by_sound=by_sound,
    )  # fmt: skip
