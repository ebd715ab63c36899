"""Corrections: nothing is deleted; an entry is struck through with a reason and stays readable.

A correction is a new entry plus a strike of the old one, both naming what they replace (`base`).
Whoever had read the chart in the twelve hours before learns of it (ward.md §6 rule 16).
Not for: the entries themselves (each has its room).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from kit.core.clock import HOUR
from kit.core.command import N_, Act, Command, Decision, Outcome, accepted, command, rule, sentence
from kit.core.envelope import BASE_LIMIT
from kit.core.errors import Refused
from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query
from kit.ward.slot import settle_struck

READ_BEFORE_MS = 12 * HOUR
CORRECTABLE = ("vitals", "note", "administration")
# interface.md §12: only its author or a senior takes a dose off the record.
SENIORS = ("MED", "CAD")


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
# Every strike; `struck` has the first of each entry, in canonical order.
table(
    "strike",
    """create table strike(
        n integer, by integer, lam integer not null, feed blob not null, patient text not null,
        at integer not null, actor text not null, reason text not null, text text not null,
        id8 blob not null, primary key(n, by)) without rowid""",
)
table(
    "correction_seen",
    """create table correction_seen(
        n integer, person text, by integer, primary key(n, person, by)) without rowid""",
)


def _unstruck(db: Writer, stamp: Stamp, _data: EntryStruck) -> None:
    for n in stamp.base:
        db.execute("delete from strike where n=? and by=?", n, stamp.n)
        settle_struck(db, n)


@folds(EntryStruck, undo=_unstruck)
def _struck(db: Writer, stamp: Stamp, data: EntryStruck) -> None:
    for n in stamp.base:
        db.execute(
            "insert or ignore into strike values(?,?,?,?,?,?,?,?,?,?)",
            n, stamp.n, stamp.lam, stamp.feed, data.patient, stamp.wall, stamp.actor, data.reason,
            data.text, stamp.id8,
        )  # fmt: skip
        settle_struck(db, n)


def _unseen(db: Writer, stamp: Stamp, data: CorrectionSeen) -> None:
    for n in stamp.base:
        db.execute(
            "delete from correction_seen where n=? and person=? and by=?", n, data.person, stamp.n
        )


@folds(CorrectionSeen, undo=_unseen)
def _seen(db: Writer, stamp: Stamp, data: CorrectionSeen) -> None:
    db.executemany(
        "insert or ignore into correction_seen values(?,?,?)",
        [(n, data.person, stamp.n) for n in stamp.base],
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


OWN_ONLY = sentence(
    "entry.not_author",
    N_("Only its author, a doctor or the ward manager strikes a dose. Nothing was changed."),
)
OTHER_KIND = sentence(
    "entry.other_kind",
    N_("This entry is of another kind. Nothing was changed. Open the chart again."),
)


class Target(Row):
    """The entry that a correction names, as the tables have it.

    struck_by: the name of whoever struck it, empty if nobody; actor: its author, empty where it
    came with an extract.
    """

    n: int
    kind: str
    patient: str
    struck_by: str
    actor: str = ""


def find_target(db: Reader, entry: int) -> Target | None:
    """The correctable entry with this number, or None."""
    for kind in CORRECTABLE:
        found = db.row(
            "select e.patient, case when x.n is null then '' else"  # noqa: S608
            " coalesce(nullif(w.name,''), nullif(x.actor,''), '?') end,"
            f" case when e.src='' then e.actor else '' end from {kind} e"
            " left join struck x on x.n=e.n left join person w on w.id=x.actor where e.n=?",
            entry,
        )
        if found:
            return Target(n=entry, kind=kind, patient=found[0], struck_by=found[1], actor=found[2])
    return None


class Why(msgspec.Struct, frozen=True):
    """Why an entry is corrected: a StrikeReason and own words (needed with `other`)."""

    reason: str
    text: str = ""


def check_target(
    target: Target | None, why: Why, act: Act, *, patient: str = "", kind: str = ""
) -> Refused | None:
    """The refusals that every correction shares; None when it may go on.

    patient, kind: what the corrected entry must be; empty = whatever it is.
    """
    if target is None:
        return UNKNOWN_ENTRY()
    if target.struck_by:
        return ALREADY_STRUCK(by=target.struck_by)
    if patient and target.patient != patient:
        return OTHER_PATIENT()
    if kind and target.kind != kind:
        return OTHER_KIND()
    own = bool(act.actor) and target.actor == act.actor
    if target.kind == "administration" and not own and act.role not in SENIORS:
        return OWN_ONLY()
    return _check_why(why)


def _check_why(why: Why) -> Refused | None:
    named = why.reason in list(StrikeReason)
    said = why.reason != StrikeReason.OTHER or why.text.strip()
    return None if named and said else REASON_NEEDED()


def with_strike(target: Target, why: Why, corrected: Event) -> tuple[Outcome, Outcome]:
    """The strike of the old entry and the new one in its place; both name the old."""
    strike = EntryStruck(patient=target.patient, kind=target.kind, reason=why.reason, text=why.text)
    return Outcome(strike, (target.n,)), Outcome(corrected, (target.n,))


def replaced(
    target: Target | None, why: Why, act: Act, corrected: Event, kind: str
) -> tuple[Outcome, Outcome] | Refused:
    """The outcomes of a correction, or the refusal; `corrected` tells whose entry it must be."""
    patient = str(getattr(corrected, "patient", ""))
    refused = check_target(target, why, act, patient=patient, kind=kind)
    if refused or target is None:
        return refused or UNKNOWN_ENTRY()
    return with_strike(target, why, corrected)


@command("entry.strike", action="correct_entry")
class StrikeEntry(Command):
    """Strike an entry through, with a reason (StrikeReason) and, if wanted, own words."""

    entry: int
    reason: str
    text: str = ""


def _load(db: Reader, ask: StrikeEntry, _act: Act) -> Target | None:
    return find_target(db, ask.entry)


@rule(StrikeEntry, load=_load)
def strike(target: Target | None, ask: StrikeEntry, act: Act) -> Decision | Refused:
    """An entry is struck once, with a reason, and never disappears."""
    refused = check_target(target, Why(ask.reason, ask.text), act)
    if refused or target is None:
        return refused or UNKNOWN_ENTRY()
    struck = EntryStruck(patient=target.patient, kind=target.kind, reason=ask.reason, text=ask.text)
    return accepted(struck, base=(target.n,))


@command("correction.acknowledge", action="read_figures")
class AcknowledgeCorrections(Command):
    """The person has read these corrections (numbers of the struck entries)."""

    entries: tuple[int, ...]


def _struck_ones(db: Reader, ask: AcknowledgeCorrections, _act: Act) -> list[int]:
    wanted = dict.fromkeys(ask.entries)
    return [n for n in wanted if db.row("select 1 from struck where n=?", n)]


@rule(AcknowledgeCorrections, load=_struck_ones)
def acknowledge(
    struck_ones: list[int], ask: AcknowledgeCorrections, act: Act
) -> Decision | Refused:
    """Reading a correction is itself on record."""
    if not struck_ones or not act.actor:
        return UNKNOWN_ENTRY()
    seen = CorrectionSeen(person=act.actor)
    parts = range(0, len(struck_ones), BASE_LIMIT)
    return Decision(tuple(Outcome(seen, tuple(struck_ones[i : i + BASE_LIMIT])) for i in parts))


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
    # Whoever is signed in sees their own notices only: they name patients.
    person = asking.person or question.person
    rows = db.rows(
        """select x.n, x.patient, coalesce(p.family||' '||p.given,''), x.at, x.actor,
                  coalesce(w.name, x.actor), x.reason, x.text
           from struck x left join patient p on p.id=x.patient left join person w on w.id=x.actor
           where x.actor<>?
             and exists(select 1 from chart_opening o where o.patient=x.patient and o.person=?
                        and o.at<=x.at and o.at>=x.at-?)
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
