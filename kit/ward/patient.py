"""Patients: who they are, how sure that is, and how they are found.

French identity rules (RNIV): five strict traits, five statuses; the INS matricule is used only for
a qualified identity, and a kit can never qualify one. Not for: where they lie (`stay`).
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from kit.core.event import Event, Stamp, event
from kit.core.folding import fold, name_sounds, sound, sounds
from kit.core.projection import Reader, Subject, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query
from kit.ward.standing import clear, stand, stand_first, standing_of


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
decode_patient = msgspec.msgpack.Decoder(PatientRegistered).decode


KIND = "identity"


def _clear(db: Writer, patient: str) -> None:
    clear(db, KIND, patient)
    db.execute("delete from patient_index where rowid=(select n from patient where id=?)", patient)
    db.execute("delete from patient where id=?", patient)


PATIENT = Subject("patient", lambda _stamp, data: (data.patient,), _clear)


@folds(PatientRegistered, subject=PATIENT)
def _registered(db: Writer, stamp: Stamp, data: PatientRegistered) -> None:
    old = db.row("select n, record from patient where id=?", data.patient)
    if old and not _stands(db, stamp, data, bytes(old[1])):
        return
    if not old:
        stand_first(db, (KIND, data.patient), stamp, data, traits_text(data))
    n = old[0] if old else stamp.n
    families = f"{data.birth_family} {data.used_family}"
    folded = _folded(data)
    if old:
        db.execute("delete from patient_index where rowid=?", n)
    db.execute(
        "insert or replace into patient values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        n, data.patient, stamp.lam, data.birth_family, data.birth_given, data.used_family,
        data.birth_date, data.sex, data.ipp, data.identity, data.deceased_at, folded,
        sounds(families), data.src, _encode(data),
    )  # fmt: skip
    db.execute(
        "insert into patient_index(rowid, names, sounds, numbers) values(?,?,?,?)",
        n, f"{folded} {fold(data.given_names)}",
        sounds(f"{families} {data.birth_given} {data.used_given}"), _numbers(data),
    )  # fmt: skip


def _stands(db: Writer, stamp: Stamp, data: PatientRegistered, old: bytes) -> bool:
    """Lay another registration beside what stands; whether its traits are among what stands.

    Kits that were told otherwise apart: both stand, the last one is in force until it is settled.
    """
    key, says = data.patient, traits_text(data)
    db.execute("update standing set body=? where kind=? and key=? and body=x''", old, KIND, key)
    stand(db, (KIND, key, key), stamp, data, says)
    return any(one.says == says for one in standing_of(db, KIND, key))


def traits_text(data: PatientRegistered) -> str:
    """The traits by which two registrations are of one identity or not, as one text."""
    names = (data.birth_family, data.birth_given, data.used_family, data.used_given)
    return "\n".join([*map(fold, names), data.birth_date, data.sex, data.ipp, data.ins])


def _folded(data: PatientRegistered) -> str:
    """Names in words, and those of several words also in one: O'Brien is typed `obrien` too."""
    names = [
        fold(name)
        for name in (data.birth_family, data.birth_given, data.used_family, data.used_given)
    ]
    joined = [name.replace(" ", "") for name in names if " " in name]
    return " ".join(dict.fromkeys(part for part in (*names, *joined) if part))


def _numbers(data: PatientRegistered) -> str:
    year, _, rest = data.birth_date.partition("-")
    month, _, day = rest.partition("-")
    dates = (f"{day}{month}{year}", f"{year}{month}{day}", year, f"{day}{month}{year[2:]}")
    others = (identifier.value for identifier in data.identifiers)
    numbers = [fold(part) for part in (*dates, data.ipp, *others)]
    # `00-778` is typed in one piece or by its longest part.
    parts = [part for number in numbers for part in number.split() if len(part) >= LEAST_PART]
    joined = [number.replace(" ", "") for number in numbers]
    return " ".join(dict.fromkeys(part for part in (*joined, *parts) if part))


LEAST_PART = 3


def read_patient(db: Reader, patient: str) -> PatientRegistered | None:
    """The identity in force, or None."""
    found = db.row("select record from patient where id=?", patient)
    return decode_patient(found[0]) if found else None


class FoundRow(Row):
    """A patient found: names, birth, sex, IPP, ward and bed (empty: not in a bed)."""

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
    where s.closed=0 and %s order by s.ward<>?, s.ward, s.bed, p.id limit ?"""  # noqa: S608  (constants)
_EVERYWHERE = f"""select {_COLUMNS} from patient_index i join patient p on p.n=i.rowid
    left join stay s on s.patient=p.id and s.closed=0
    where patient_index match ? limit ?"""  # noqa: S608  (constants)


@answers(Search)
def search(db: Reader, question: Search, _asking: Asking) -> list[FoundRow]:
    """Answer `patient.search`: those in a bed first, own ward before others, sound last.

    Names that only sound alike are added while few are found by letter, marked `by_sound`.
    """
    words = typed_words(question.text)
    limit = max(1, min(question.limit, 100))
    if not words:
        return []
    found = {row.patient: row for row in _in_beds(db, words, question.ward, limit)}
    names = [word for word in words if not word.place]
    if len(found) < limit and len(names) == len(words):
        match = " AND ".join(f'{{names numbers}} : "{word.text}"*' for word in names)
        _add(found, db.rows(_EVERYWHERE, match, limit), by_sound=False)
    if len(found) < min(limit, FEW) and any(word.text.isalpha() for word in names):
        _add(found, db.rows(_EVERYWHERE, _heard(names), limit), by_sound=True)
    return list(found.values())[:limit]


FEW = 5


class Typed(msgspec.Struct, frozen=True):
    """One word of what was typed, folded; place: it can only be a room or a bed."""

    text: str
    place: bool = False


_DATE = re.compile(r"(?<!\d)(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})(?!\d)")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?!\d)")
_PLACES = frozenset(("ch", "chambre", "lit", "room", "bed"))
_NUMBERS = frozenset(("ipp", "iep", "nip"))


def typed_words(text: str) -> list[Typed]:
    """The words to look for, at most six: dates and numbers in one piece, names word by word.

    `03/03/1942` → `03031942`; `IPP 00-12` → `0012`; `ch 12` → the place `12`.
    """
    text = _ISO_DATE.sub(lambda d: f"{d[1]}{d[2]:0>2}{d[3]:0>2}", text[:200])
    text = _DATE.sub(lambda d: f"{d[1]:0>2}{d[2]:0>2}{d[3]}", text)
    words: list[str] = []
    for part in text.split():
        folded = fold(part)
        numbered = any(c.isdigit() for c in folded)
        words += [folded.replace(" ", "")] if numbered else folded.split()
    typed: list[Typed] = []
    before = ""
    for n, word in enumerate(words[:6]):
        announces = word in _PLACES | _NUMBERS and any(c.isdigit() for c in "".join(words[n + 1 :]))
        if not announces:
            typed.append(Typed(word, place=before in _PLACES))
        before = word if announces else ""
    return typed


def _heard(names: list[Typed]) -> str:
    """The index's question for words by their sound; numbers stay numbers."""
    return " AND ".join(
        f'sounds : "{sound(word.text)}"' if word.text.isalpha() else f'numbers : "{word.text}"*'
        for word in names
    )


_NAMED = "(' '||p.folded like ? or p.ipp like ? or s.place like ? or s.place like ?)"
_BORN = (
    "(replace(p.birth_date,'-','') like ? or"
    " substr(p.birth_date,9,2)||substr(p.birth_date,6,2)||substr(p.birth_date,1,4) like ? or"
    " substr(p.birth_date,9,2)||substr(p.birth_date,6,2)||substr(p.birth_date,3,2) like ?)"
)


def _in_beds(db: Reader, words: list[Typed], ward: str, limit: int) -> list[FoundRow]:
    clauses: list[str] = []
    args: list[str] = []
    for word in words:
        prefix = f"{word.text}%"
        if word.place:
            clauses.append("(s.place like ? or s.place like ?)")
            args += [f"% {prefix}", f"%{word.text}"]
        elif word.text.isdigit():
            clauses.append(f"({_NAMED} or {_BORN})")
            args += [f"% {prefix}", prefix, f"% {prefix}", f"%{word.text}", prefix, prefix, prefix]
        else:
            clauses.append(_NAMED)
            args += [f"% {prefix}", prefix, f"% {prefix}", f"%{word.text}"]
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


class Look(msgspec.Struct, frozen=True):
    """What decides whether two people could be taken for one another."""

    families: frozenset[str]
    heard: frozenset[str]
    birth_date: str


def look_of(data: PatientRegistered) -> Look:
    """The look of an identity: its surnames folded, their sounds, its date of birth."""
    families = frozenset(fold(name) for name in (data.birth_family, data.used_family))
    heard = name_sounds(f"{data.birth_family} {data.used_family}")
    return Look(families - {""}, heard, data.birth_date)


def alike(one: Look, other: Look) -> bool:
    """The same surname, or a surname that sounds near with a near date of birth.

    ward.md §6 rule 3. Near: the same year, or the same day and month.
    """
    if one.families & other.families:
        return True
    mine, theirs = one.birth_date, other.birth_date
    near = bool(mine and theirs) and (
        mine[:4] == theirs[:4] or (len(mine) == len(theirs) == 10 and mine[5:] == theirs[5:])
    )
    return near and bool(one.heard & other.heard)
