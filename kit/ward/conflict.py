"""Conflicts: what kits wrote apart of one thing, each version, and the reading used meanwhile.

No version is ever chosen by a clock or by a kit; a person settles (`conflict_settle`), and until
then the safest reading is in force: a dose given by either kit is not offered again, a line stopped
by either is not planned, an allergy told by either stands. Source: sync.md §4.4. Not for: how many
are open (`conflict_open`).
"""

from __future__ import annotations

from typing import Any

import msgspec

from kit.core.clock import hhmm
from kit.core.projection import Reader
from kit.core.query import Asking, Query, Row, answers, query
from kit.core.text import translator
from kit.ward.claim import Claim, claims_on
from kit.ward.conflict_open import ConflictKind, Open, count_open, open_conflicts
from kit.ward.conflict_words import READINGS, in_place, says_of, title_of
from kit.ward.medication_line import amount_text
from kit.ward.slot import BOTH
from kit.ward.standing import Standing, event_of, standing_of, version_of
from kit.ward.stay import KIND as STAY_KIND

_ = translator("clinical")


class Version(msgspec.Struct, frozen=True):
    """One version: its name, entry and event type; who wrote it, on which kit (device, hex).

    declared: when it is said to have happened, recorded: when it was written (UTC ms, 0 unknown);
    says: it in words; struck: it was struck through meanwhile.
    """

    version: str
    entry: int
    who: str
    declared: int
    recorded: int
    device: str
    says: str
    source: str = ""
    struck: bool = False


class Choice(msgspec.Struct, frozen=True):
    """One way to settle: its code for `conflict.settle`, and in words."""

    choice: str
    text: str


class ConflictRow(Row):
    """An open conflict: whose, where, every version, the reading used meanwhile and why.

    settlers: the professions that may settle it.
    """

    conflict: str
    kind: str
    patient: str
    name: str
    ward: str
    bed: str
    title: str
    versions: tuple[Version, ...]
    used: str
    why: str
    choices: tuple[Choice, ...]
    settlers: tuple[str, ...]


@query("conflict.list", action="open_record")
class Conflicts(Query):
    """The open conflicts of a patient, or of a ward, or all."""

    patient: str = ""
    ward: str = ""


@answers(Conflicts)
def conflicts(db: Reader, question: Conflicts, _asking: Asking) -> list[ConflictRow]:
    """Answer `conflict.list`."""
    found = open_conflicts(db, ward=question.ward, patient=question.patient)
    return [conflict_row(db, one) for one in found]


class CountRow(Row):
    """How many conflicts are open."""

    open: int


@query("conflict.count", action="read_figures")
class ConflictCount(Query):
    """How many conflicts are open in a ward, or in all."""

    ward: str = ""


@answers(ConflictCount)
def conflict_count(db: Reader, question: ConflictCount, _asking: Asking) -> CountRow:
    """Answer `conflict.count`."""
    return CountRow(open=count_open(db, question.ward))


def find_conflict(db: Reader, name: str) -> Open | None:
    """The open conflict of this name, or None."""
    return next((one for one in open_conflicts(db) if one.name == name), None)


PRESCRIBERS = ("MED",)
CARERS = ("IDE", "MED", "CAD")
SETTLERS: dict[str, tuple[str, ...]] = {
    ConflictKind.ORDER: PRESCRIBERS, ConflictKind.ALLERGY: PRESCRIBERS,
    ConflictKind.NONE_KNOWN: PRESCRIBERS,
}  # fmt: skip


def conflict_row(db: Reader, one: Open) -> ConflictRow:
    """An open conflict with its versions, in words."""
    name, ward, bed = db.row(
        """select trim(p.family||' '||p.given), coalesce(s.ward,''), coalesce(s.bed,'')
           from patient p left join stay s on s.patient=p.id and s.closed=0 where p.id=?""",
        one.patient,
    ) or ("", "", "")
    versions = tuple(versions_of(db, one))
    choices = [Choice(v.version, v.says) for v in versions if not v.struck]
    if one.kind == ConflictKind.DOSE:
        choices = [
            *(Choice(c.choice, _("One dose only: {what}").format(what=c.text)) for c in choices),
            Choice(BOTH, _("Both doses were really given")),
        ]
    used, why = READINGS[one.kind]
    return ConflictRow(
        conflict=one.name, kind=one.kind, patient=one.patient, name=name, ward=ward, bed=bed,
        title=title_of(db, one), versions=versions, used=_(used), why=_(why),
        choices=tuple(choices), settlers=SETTLERS.get(one.kind, CARERS),
    )  # fmt: skip


def versions_of(db: Reader, one: Open) -> list[Version]:
    """Every version of a conflict, in canonical order."""
    if one.kind == ConflictKind.DOSE:
        return [_dose(db, claim) for claim in claims_on(db, one.key)]
    return [_version(db, stands, said) for stands, said in standing_versions(db, one)]


def standing_versions(db: Reader, one: Open) -> list[tuple[Standing, str]]:
    """What stands, with its words, of a conflict that is not about a dose."""
    if one.kind in (ConflictKind.BED, ConflictKind.STAYS):
        return [(_place(db, stay), said) for stay, said in lying(db, one)]
    return [(stands, says_of(stands)) for stands in standing_of(db, one.kind, one.key)]


def lying(db: Reader, one: Open) -> list[tuple[str, str]]:
    """The stays that meet in a bed, or those of one patient: (stay, who lies there or where)."""
    if one.kind == ConflictKind.BED:
        ward, _sep, bed = one.key.partition("/")
        rows = db.rows(
            """select s.stay, trim(p.family||' '||p.given) from stay s
               join patient p on p.id=s.patient
               where s.ward=? and s.bed=? and s.closed=0 order by s.stay""",
            ward, bed,
        )  # fmt: skip
        return [(stay, name) for stay, name in rows]
    rows = db.rows(
        "select stay, ward, bed from stay where patient=? and closed=0 order by stay", one.key
    )
    return [(stay, in_place(ward, bed)) for stay, ward, bed in rows]


def _place(db: Reader, stay: str) -> Standing:
    """The last entry that says where the patient of a stay lies."""
    places = [stands for stands in standing_of(db, STAY_KIND, stay) if stands.says != "closed"]
    return places[-1]


def _version(db: Reader, stands: Standing, said: str) -> Version:
    data = event_of(stands)
    who = db.row("select name from person where id=?", stands.actor)
    label = db.row("select label from snapshot where id=?", getattr(data, "src", ""))
    return Version(
        version=stands.version, entry=stands.n,
        who=getattr(data, "by", "") or ("" if stands.told else who[0] if who else stands.actor),
        declared=_declared(data), recorded=stands.wall, device=device_of(db, stands.n), says=said,
        source=str(label[0]) if label else "",
    )  # fmt: skip


def _declared(data: Any) -> int:
    for field in ("at", "noted_at", "closed_at", "admitted_at"):
        if at := getattr(data, field, 0):
            return int(at)
    return 0


def device_of(db: Reader, n: int) -> str:
    """The kit that wrote an entry: the first 16 hexadecimal digits of its device's key."""
    found = db.row("select device from feed where n=?", n >> 32)
    return bytes(found[0]).hex()[:16] if found else ""


def _dose(db: Reader, claim: Claim) -> Version:
    found = db.row(
        "select c.feed, x.n from slot_claim c left join struck x on x.n=c.n where c.n=? limit 1",
        claim.n,
    )
    feed, struck = found or (b"", None)
    said = _("{drug} {amount}, given at {time}").format(
        drug=claim.generic, amount=amount_text(claim.dose, claim.dose_text), time=hhmm(claim.at)
    )
    return Version(
        version=version_of(feed, claim.n), entry=claim.n, who=claim.by, declared=claim.at,
        recorded=claim.wall, device=device_of(db, claim.n), says=said, struck=struck is not None,
    )  # fmt: skip
