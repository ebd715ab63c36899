"""Claims: what is on record about doses, and which planned dose each of them answers.

A claim made here names its slot; one that came with an extract often has only a time, and answers
the nearest planned dose close enough. Two claims on one slot are both kept. Not for: the rules of
giving (`administration`), what is due (`round`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from kit.core.clock import DAY, MINUTE
from kit.core.event import Stamp
from kit.core.folding import fold
from kit.core.projection import Reader, Subject, Writer, folds, table
from kit.core.quantity import Quantity
from kit.ward.administration_event import GIVEN, AdministrationRecorded
from kit.ward.author import author_column
from kit.ward.clinical_table import clinical_table
from kit.ward.prescription import Order
from kit.ward.retold import same
from kit.ward.schedule import slot_key
from kit.ward.slot import lay_struck, settle_slot

TWICE = "administration.already_given"
"""The warning that is confirmed by whoever gives a dose a second time on purpose."""

table(
    "administration",
    """create table administration(
        n integer primary key, patient text not null, prescription text not null,
        slot text not null, due integer not null, at integer not null, status text not null,
        generic text not null, dose text not null, unit text not null, dose_text text not null,
        route text not null, reason text not null, reason_text text not null, second text not null,
        by text not null, wall integer not null, actor text not null, src text not null,
        doubts text not null, key text not null, lam integer not null);
    create index administration_patient on administration(patient, at);
    create index administration_key on administration(key) where key<>''""",
)


def _told(db: Writer, key: str) -> None:
    found = db.row("select n from administration where key=?", key)
    if found is not None:
        _displaced(db, found[0])


def _displaced(db: Writer, n: int) -> None:
    db.execute("delete from administration where n=?", n)
    db.execute("delete from retold where first=?", n)
    lay_struck(db, n)


TOLD = Subject("told", lambda _stamp, data: (data.key,) if data.key else (), _told)
"""A record of a source: a later extract that tells it otherwise must not read as a second dose."""

_CONTENT = """n, patient, prescription, slot, due, at, status, generic, dose, unit, dose_text,
    route, reason, reason_text, second, by, doubts"""


@folds(AdministrationRecorded, subject=TOLD, facts="administration")
def _recorded(db: Writer, stamp: Stamp, data: AdministrationRecorded) -> None:
    dose = data.dose or Quantity("", "")
    content = (
        data.patient, data.prescription, data.slot, data.due, data.at or data.due, data.status,
        data.generic, dose.value, dose.unit, data.dose_text, data.route, data.reason,
        data.reason_text, data.second, data.by, "\n".join(data.not_understood),
    )  # fmt: skip
    if data.key:
        _replace_told(db, stamp.n, data.key, content)
    db.execute(
        f"""insert or ignore into administration({_CONTENT}, wall, actor, src, key, lam)
            values({",".join("?" * 22)})""",
        stamp.n, *content, stamp.wall, stamp.actor, data.src, data.key, stamp.lam,
    )  # fmt: skip


def _replace_told(db: Writer, n: int, key: str, content: tuple[object, ...]) -> None:
    """The last word on a source's record is the row; told the same, a strike of it goes on."""
    before = db.row(f"select {_CONTENT} from administration where key=?", key)  # noqa: S608
    if before is None:
        return
    if before[1:] == content:
        db.execute("delete from administration where n=?", before[0])
        same(db, before[0], n)
    else:
        _displaced(db, before[0])


def _off_slot(db: Writer, stamp: Stamp, data: AdministrationRecorded) -> None:
    db.execute("delete from slot_claim where slot=? and n=?", data.slot, stamp.n)
    settle_slot(db, data.slot)


@folds(AdministrationRecorded, undo=_off_slot)
def _on_slot(db: Writer, stamp: Stamp, data: AdministrationRecorded) -> None:
    """A dose given here on a planned slot; one that a source tells is no second one."""
    if not data.slot or data.key or data.src or data.status not in GIVEN:
        return
    db.execute(
        "insert or ignore into slot_claim values(?,?,?,?,?,?)",
        data.slot, stamp.n, stamp.lam, stamp.feed, data.patient, TWICE in data.confirmed,
    )  # fmt: skip
    settle_slot(db, data.slot)


class Claim(msgspec.Struct, frozen=True):
    """An administration on record that was not struck. due, at, wall: UTC ms."""

    n: int
    prescription: str
    slot: str
    due: int
    at: int
    status: str
    generic: str
    dose: Quantity | None
    dose_text: str
    reason: str
    reason_text: str
    second: str
    by: str
    wall: int
    src: str
    doubts: str
    patient: str


_CLAIM = f"""select a.n, a.prescription, a.slot, a.due, a.at, a.status, a.generic, a.dose, a.unit,
    a.dose_text, a.reason, a.reason_text, a.second, {author_column("a", "w")},
    a.wall, a.src, a.doubts, a.patient
    from administration a left join person w on w.id=a.actor """  # noqa: S608  (constants)
_CLAIMS = f"""{_CLAIM} left join struck x on x.n=a.n
    where x.n is null and a.patient in (%s) and (a.at>=? and a.at<? or a.slot<>'' and a.slot=?)
    order by a.at, a.n"""


def claims_between(
    db: Reader, patients: list[str], since: int, until: int, slot: str = ""
) -> list[Claim]:
    """The claims of these patients in [since, until), oldest first; struck ones left out.

    slot: a planned dose whose claims count whatever their time.
    """
    if not patients:
        return []
    marks = ",".join("?" * len(patients))
    return [_claim(row) for row in db.rows(_CLAIMS % marks, *patients, since, until, slot)]


def claims_on(db: Reader, slot: str) -> list[Claim]:
    """The doses given here on a slot, struck ones too, in canonical order."""
    rows = db.rows(
        _CLAIM + "join slot_claim c on c.n=a.n where c.slot=? order by c.lam, c.feed, c.n", slot
    )
    return [_claim(row) for row in rows]


def _claim(row: tuple[object, ...]) -> Claim:
    facts = [*row[:7], Quantity(str(row[7]), str(row[8])) if row[7] else None, *row[9:]]
    return Claim(**dict(zip(Claim.__struct_fields__, facts, strict=True)))  # type: ignore[arg-type]  # columns are the fields


def match_claims(
    prescription: str, dues: list[int], own: Iterable[Claim]
) -> tuple[dict[int, list[Claim]], list[Claim]]:
    """(claims by planned instant, claims that answer none of them) of one prescription.

    First by slot or planned time, then the nearest free instant within `dose_match_min`.
    """
    keys = {slot_key(prescription, due): due for due in dues}
    planned = set(dues)
    by_due: dict[int, list[Claim]] = defaultdict(list)
    timed: list[Claim] = []
    loose: list[Claim] = []
    for claim in own:
        due = keys.get(claim.slot, claim.due if claim.due in planned else 0)
        if due:
            by_due[due].append(claim)
        else:
            (loose if claim.slot else timed).append(claim)
    near = clinical_table("lateness")["dose_match_min"] * MINUTE
    for claim in timed:
        free = [due for due in dues if due not in by_due and abs(due - claim.at) <= near]
        if free:
            by_due[min(free, key=lambda due: abs(due - claim.at))].append(claim)
        else:
            loose.append(claim)
    return dict(by_due), loose


def same_drug(state_claims: Iterable[Claim], order: Order) -> list[Claim]:
    """The doses really given of the same drug, whatever the order."""
    name = fold(order.data.generic or order.data.text)
    return [
        claim
        for claim in state_claims
        if claim.status in GIVEN
        and (
            claim.prescription == order.data.prescription or (name and fold(claim.generic) == name)
        )
    ]


def total_24h(claims: Iterable[Claim], unit: str, until: int) -> Decimal:
    """The sum of doses in this unit in the 24 h up to `until` (UTC ms)."""
    total = Decimal(0)
    for claim in claims:
        if until - DAY < claim.at <= until and claim.dose and claim.dose.unit == unit:
            total += claim.dose.number() or 0
    return total
