"""Corrections: nothing is deleted; an entry is struck through with a reason and stays readable.

A correction is a new entry plus a strike of the old one, both naming what they replace (`base`).
Whoever had read the chart in the twelve hours before learns of it (ward.md §6 rule 16).
Not for: the entries themselves (each has its room).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from kit.core.clock import HOUR
from kit.core.command import N_, Act, Command, Decision, Outcome, accepted, command, rule, sentence
from kit.core.errors import Refused
from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query

READ_BEFORE_MS = 12 * HOUR
CORRECTABLE = ("vitals", "note", "administration")


class StrikeReason(StrEnum):
    """Why an entry was struck."""

    TYPING = "typing"
    WRONG_PATIENT = "wrong_patient"
    WRONG_TIME = "wrong_time"
    NOT_DONE = "not_done"
    DUPLICATE = "duplicate"
    OTHER = "other"


@event("entry.struck")
class EntryStruck(Event):
    """The entry that `base` names is struck; `reason` is a StrikeReason, `text` in own words."""

    patient: str
    kind: str
    reason: str
    text: str = ""


@event("correction.seen", scope=Scope.AUDIT)
class CorrectionSeen(Event):
    """A person has taken note of the strikes that `base` names."""

    person: str


table(
    "struck",
    """create table struck(
        n integer primary key, by integer not null, patient text not null, at integer not null,
        actor text not null, reason text not null, text text not null);
    create index struck_patient on struck(patient, at)""",
)
table(
    "correction_seen",
    "create table correction_seen(n integer, person text, primary key(n, person)) without rowid",
)


@folds(EntryStruck)
def _struck(db: Writer, stamp: Stamp, data: EntryStruck) -> None:
    for n in stamp.base:
        db.execute(
            "insert or ignore into struck values(?,?,?,?,?,?,?)",
            n, stamp.n, data.patient, stamp.wall, stamp.actor, data.reason, data.text,
        )  # fmt: skip


@folds(CorrectionSeen)
def _seen(db: Writer, stamp: Stamp, data: CorrectionSeen) -> None:
    db.executemany(
        "insert or ignore into correction_seen values(?,?)", [(n, data.person) for n in stamp.base]
    )


UNKNOWN_ENTRY = sentence(
    "entry.unknown", N_("This entry is not in this kit. Nothing was changed. Open the chart again.")
)
ALREADY_STRUCK = sentence(
    "entry.already_struck",
    N_("This entry was already struck through by {by}. Nothing was changed; read the newer entry."),
)
REASON_NEEDED = sentence(
    "entry.reason_needed", N_("A correction needs a reason. Choose one, then sign again.")
)
OTHER_PATIENT = sentence(
    "entry.other_patient",
    N_("This entry belongs to another patient. Nothing was changed. Check whose chart is open."),
    interrupts=True,
)


class Target(Row):
    """The entry that a correction names, as the tables have it."""

    n: int
    kind: str
    patient: str
    struck_by: str


def find_target(db: Reader, entry: int) -> Target | None:
    """The correctable entry with this number, or None."""
    for kind in CORRECTABLE:
        found = db.row(
            f"select e.patient, coalesce(x.actor,'') from {kind} e left join struck x on x.n=e.n"  # noqa: S608
            " where e.n=?",
            entry,
        )
        if found:
            return Target(n=entry, kind=kind, patient=found[0], struck_by=found[1])
    return None


def check_target(target: Target | None, patient: str, reason: str) -> Refused | None:
    """The refusals that every correction shares; None when it may go on."""
    if target is None:
        return UNKNOWN_ENTRY()
    if target.struck_by:
        return ALREADY_STRUCK(by=target.struck_by)
    if patient and target.patient != patient:
        return OTHER_PATIENT()
    if reason not in list(StrikeReason):
        return REASON_NEEDED()
    return None


def with_strike(target: Target, reason: str, text: str, corrected: Event) -> tuple[Outcome, Outcome]:
    """The strike of the old entry and the new one in its place; both name the old."""
    strike = EntryStruck(patient=target.patient, kind=target.kind, reason=reason, text=text)
    return Outcome(strike, (target.n,)), Outcome(corrected, (target.n,))


@command("entry.strike", action="correct_entry")
class StrikeEntry(Command):
    """Strike an entry through, with a reason (StrikeReason) and, if wanted, own words."""

    entry: int
    reason: str
    text: str = ""


def _load(db: Reader, ask: StrikeEntry, _act: Act) -> Target | None:
    return find_target(db, ask.entry)


@rule(StrikeEntry, load=_load)
def strike(target: Target | None, ask: StrikeEntry, _act: Act) -> Decision | Refused:
    """An entry is struck once, with a reason, and never disappears."""
    refused = check_target(target, "", ask.reason)
    if refused or target is None:
        return refused or UNKNOWN_ENTRY()
    struck = EntryStruck(patient=target.patient, kind=target.kind, reason=ask.reason, text=ask.text)
    return accepted(struck, base=(target.n,))


@command("correction.acknowledge", action="read_figures")
class AcknowledgeCorrections(Command):
    """The person has read these corrections (entry numbers)."""

    entries: tuple[int, ...]


def _nothing(_db: Reader, _ask: AcknowledgeCorrections, _act: Act) -> None:
    return None


@rule(AcknowledgeCorrections, load=_nothing)
def acknowledge(_state: None, ask: AcknowledgeCorrections, act: Act) -> Decision | Refused:
    """Reading a correction is itself on record."""
    if not ask.entries or not act.actor:
        return UNKNOWN_ENTRY()
    return accepted(CorrectionSeen(person=act.actor), base=ask.entries[:32])


class CorrectionRow(Row):
    """A correction that the person has to know: the struck entry, where, by whom, when, why."""

    entry: int
    patient: str
    name: str
    kind: str
    at: int
    actor: str
    actor_name: str
    reason: str
    text: str


@query("correction.notices", action="read_figures")
class CorrectionNotices(Query):
    """Corrections of charts that this person had read in the 12 h before, not yet acknowledged."""

    person: str = ""


@answers(CorrectionNotices)
def notices(db: Reader, question: CorrectionNotices, asking: Asking) -> list[CorrectionRow]:
    """Answer `correction.notices`, newest first."""
    person = question.person or asking.person
    rows = db.rows(
        """select x.n, x.patient, coalesce(p.family||' '||p.given,''), x.at, x.actor,
                  coalesce(w.name, x.actor), x.reason, x.text
           from struck x join chart_opening o on o.patient=x.patient and o.person=?
           left join patient p on p.id=x.patient left join person w on w.id=x.actor
           where x.actor<>? and o.at<=x.at and o.at>=x.at-?
             and not exists(select 1 from correction_seen s where s.n=x.n and s.person=?)
           order by x.at desc, x.n""",
        person, person, READ_BEFORE_MS, person,
    )  # fmt: skip
    return [_notice(db, row) for row in rows]


def _notice(db: Reader, row: tuple[Any, ...]) -> CorrectionRow:
    entry, patient, name, at, actor, actor_name, reason, text = row
    target = find_target(db, entry)
    return CorrectionRow(
        entry=entry, patient=patient, name=name, kind=target.kind if target else "", at=at,
        actor=actor, actor_name=actor_name, reason=reason, text=text,
    )  # fmt: skip
