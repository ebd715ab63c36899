"""Which conflicts are open: what kits wrote apart of one thing, and beds that two patients share.

Cheap enough for the status strip: it reads what is in dispute, and who lies in the ward. Not for:
the versions and their words (`conflict`), settling (`conflict_settle`).
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

import msgspec

from kit.core.projection import Reader
from kit.ward.allergy import is_negation
from kit.ward.stay import patients_in


class ConflictKind(StrEnum):
    """What a conflict is about.

    BED: two patients in one bed; STAYS: two open stays of one patient; STAY: one stay moved, or
    closed, apart; NONE_KNOWN: "none known" said by one kit, an allergy recorded by another.
    """

    DOSE = "dose"
    ORDER = "order"
    BED = "bed"
    STAYS = "stays"
    STAY = "stay"
    NONE_KNOWN = "none_known"
    ALLERGY = "allergy"
    IDENTITY = "identity"


class Open(msgspec.Struct, frozen=True):
    """An open conflict: its kind, the thing, a patient concerned (of a bed: the first)."""

    kind: str
    key: str
    patient: str

    @property
    def name(self) -> str:
        """What `conflict.settle` calls it."""
        return f"{self.kind}:{self.key}"


def open_conflicts(db: Reader, *, ward: str = "", patient: str = "") -> list[Open]:
    """The open conflicts of a patient, of a ward, or of all."""
    where, args = "", []
    if patient:
        where, args = "where patient=?", [patient]
    elif ward:
        patients = patients_in(db, ward)
        where, args = f"where patient in ({','.join('?' * len(patients))})", patients
    rows = db.rows(
        f"select kind, key, patient from dispute {where} order by kind, key",  # noqa: S608
        *args,
    )
    found = [Open(*row) for row in rows]
    open_ones = [one for one in found if one.kind != ConflictKind.NONE_KNOWN or _some(db, one)]
    return open_ones + _beds(db, ward, patient) + _stays(db, ward, patient)


def _some(db: Reader, one: Open) -> bool:
    """Whether an allergy still stands against "none known"."""
    rows = db.rows(
        "select substance from allergy where patient=? and certainty<>'refuted'", one.patient
    )
    return any(not is_negation(substance) for (substance,) in rows)


def _beds(db: Reader, ward: str, patient: str) -> list[Open]:
    """Beds that two patients share, but for those that one source told so of both."""
    # The strip asks often: the index on (ward, closed) leaves some forty rows to group.
    rows = db.rows(
        """select ward, bed, min(patient) from stay s where closed=0 and bed<>''
             and (?1='' or ward=?1)
           group by ward, bed having count(distinct patient)>1
             and (count(distinct src)>1 or max(src)='' or max(exists(
               select 1 from standing t where t.kind='stay' and t.key=s.stay and t.head
               and not t.told)))
           order by ward, bed""",
        ward,
    )
    found = [Open(ConflictKind.BED, f"{place}/{bed}", who) for place, bed, who in rows]
    if not patient:
        return found
    mine = db.rows("select ward||'/'||bed from stay where patient=? and closed=0", patient)
    return [one for one in found if (one.key,) in mine]


def _stays(db: Reader, ward: str, patient: str) -> list[Open]:
    """Patients with two stays open at once, in different places."""
    rows = db.rows(
        """select patient from stay where closed=0 and (?1='' or patient=?1)
             and (?2='' or patient in (select patient from stay where ward=?2 and closed=0))
           group by patient having count(distinct ward||'/'||bed)>1 order by patient""",
        patient, ward,
    )  # fmt: skip
    return [Open(ConflictKind.STAYS, who, who) for (who,) in rows]


def count_open(db: Reader, ward: str = "") -> int:
    """How many conflicts are open in a ward, or in all."""
    return len(open_conflicts(db, ward=ward))


def count_by_patient(db: Reader, ward: str) -> dict[str, int]:
    """Open conflicts of a ward by patient; a bed counts for each who lies in it."""
    counts: Counter[str] = Counter()
    for one in open_conflicts(db, ward=ward):
        if one.kind == ConflictKind.BED:
            place, _, bed = one.key.partition("/")
            lying = db.rows(
                "select patient from stay where ward=? and bed=? and closed=0", place, bed
            )
            counts.update(who for (who,) in lying)
        else:
            counts[one.patient] += 1
    return dict(counts)
