"""Allergies and intolerances, and the four answers to "is this patient allergic?".

Known, none known (somebody said so), not collected, not in the extract: four different things, and
never an empty cell (NHS CUI PAB-0064, paper.md §3). Edits add; a person settles (observed-remove).
Not for: alerts of another kind (`alert`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from functools import cache

import msgspec

from kit.core.command import N_, Act, Command, Decision, accepted, command, rule, sentence
from kit.core.envelope import BASE_LIMIT
from kit.core.errors import Refused
from kit.core.event import Event, Stamp, event
from kit.core.folding import fold
from kit.core.projection import Reader, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query
from kit.ward.author import author_column
from kit.ward.clinical_table import clinical_table
from kit.ward.standing import disputable, event_of, heads_of, stand, standing_of


class AllergyState(StrEnum):
    """The four answers."""

    KNOWN = "known"
    NONE_KNOWN = "none_known"
    NOT_COLLECTED = "not_collected"
    UNAVAILABLE = "unavailable"


class Certainty(StrEnum):
    """How sure an allergy is; a refuted one is shown as such and never as active."""

    CONFIRMED = "confirmed"
    SUSPECTED = "suspected"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


@event("allergy.recorded")
class AllergyRecorded(Event):
    """An allergy or intolerance. noted_at: UTC ms, 0 unknown.

    not_understood: modifiers that the import could not read: the line is then shown as to be
    checked, never as settled.
    """

    allergy: str
    patient: str
    substance: str
    kind: str = "allergy"
    code: str = ""
    code_system: str = ""
    reaction: str = ""
    severity: str = ""
    certainty: str = Certainty.UNKNOWN
    noted_at: int = 0
    by: str = ""
    not_understood: tuple[str, ...] = ()
    src: str = ""


@event("allergy.none_known")
class NoKnownAllergy(Event):
    """Somebody asserted that no allergy is known, at `at` (UTC ms)."""

    patient: str
    at: int
    by: str = ""
    src: str = ""


@event("allergy.refuted")
class AllergyRefuted(Event):
    """An allergy proved wrong, with the reason."""

    allergy: str
    patient: str
    reason: str


KIND = "allergy"
NONE_KIND = "none_known"
ACTIVE = "active"

table(
    "allergy",
    """create table allergy(
        allergy text primary key, patient text not null, substance text not null,
        kind text not null, reaction text not null, severity text not null,
        certainty text not null, noted integer not null, by text not null, src text not null,
        code text not null, doubts text not null, wall integer not null, actor text not null,
        lam integer not null, n integer not null);
    create index allergy_patient on allergy(patient)""",
)
table(
    "no_known_allergy",
    """create table no_known_allergy(
        patient text primary key, at integer not null, by text not null, src text not null,
        actor text not null, n integer not null)""",
)


ALLERGY = disputable(KIND, "allergy", "allergy")
NONE_KNOWN = disputable(NONE_KIND, "patient", "no_known_allergy")


@folds(AllergyRecorded, subject=ALLERGY)
def _recorded(db: Writer, stamp: Stamp, data: AllergyRecorded) -> None:
    db.execute(
        "insert or replace into allergy values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        data.allergy, data.patient, data.substance, data.kind, data.reaction, data.severity,
        data.certainty, data.noted_at, data.by, data.src, data.code,
        "\n".join(data.not_understood), stamp.wall, stamp.actor, stamp.lam, stamp.n,
    )  # fmt: skip
    says = Certainty.REFUTED if data.certainty == Certainty.REFUTED else ACTIVE
    stand(db, (KIND, data.allergy, data.patient), stamp, data, says)
    _lay_certainty(db, data.allergy, data.certainty)


@folds(AllergyRefuted, subject=ALLERGY)
def _refuted(db: Writer, stamp: Stamp, data: AllergyRefuted) -> None:
    stand(db, (KIND, data.allergy, data.patient), stamp, data, Certainty.REFUTED)
    _lay_certainty(db, data.allergy, "")


def _lay_certainty(db: Writer, allergy: str, recorded: str) -> None:
    """Refuted only where nothing else stands: written apart, the allergy stays in the list."""
    active = [one for one in standing_of(db, KIND, allergy) if one.says == ACTIVE]
    if not active:
        certainty: str = Certainty.REFUTED
    elif recorded and recorded != Certainty.REFUTED:
        return
    else:
        certainty = event_of(active[-1]).certainty
    db.execute("update allergy set certainty=? where allergy=?", certainty, allergy)


@folds(NoKnownAllergy, subject=NONE_KNOWN)
def _none_known(db: Writer, stamp: Stamp, data: NoKnownAllergy) -> None:
    db.execute(
        "insert or replace into no_known_allergy values(?,?,?,?,?,?)",
        data.patient, data.at, data.by, data.src, stamp.actor, stamp.n,
    )  # fmt: skip
    stand(db, (NONE_KIND, data.patient, data.patient), stamp, data, "none")


@folds(AllergyRecorded, subject=NONE_KNOWN)
def _some_known(db: Writer, stamp: Stamp, data: AllergyRecorded) -> None:
    if data.certainty != Certainty.REFUTED and not is_negation(data.substance):
        stand(db, (NONE_KIND, data.patient, data.patient), stamp, data, "some")


UNKNOWN_PATIENT = sentence(
    "allergy.patient_unknown",
    N_("This kit does not know this patient. The allergy was not recorded. Write it on paper."),
)
NO_SUBSTANCE = sentence(
    "allergy.no_substance", N_("An allergy needs a substance. Nothing was recorded.")
)
UNKNOWN_CERTAINTY = sentence(
    "allergy.unknown_certainty",
    N_("An allergy is confirmed, suspected, or of unknown certainty. Nothing was recorded."),
)
SAYS_NONE = sentence(
    "allergy.says_none",
    N_("This says that no allergy is known. Nothing was recorded. Choose “none known” instead."),
)
UNKNOWN_ALLERGY = sentence(
    "allergy.unknown",
    N_("This allergy is not in this kit. Nothing was changed. Open the chart again."),
)
ALREADY_REFUTED = sentence(
    "allergy.already_refuted", N_("This allergy was already refuted. Nothing was changed.")
)
REASON_NEEDED = sentence(
    "allergy.reason_needed",
    N_("An allergy is refuted with a reason. Nothing was changed. Say how it was proved wrong."),
)
KNOWN_ONES = sentence(
    "allergy.some_known",
    N_(
        "Allergies on record: {count}. “None known” was not recorded."
        " A doctor refutes each one first."
    ),
)


@command("allergy.record", action="write_observation")
class RecordAllergy(Command):
    """Record an allergy or intolerance that was told or seen here."""

    patient: str
    substance: str
    kind: str = "allergy"
    reaction: str = ""
    severity: str = ""
    certainty: str = Certainty.SUSPECTED


@command("allergy.assert_none", action="write_observation")
class AssertNoKnownAllergy(Command):
    """Record that the patient (or a relative) was asked and no allergy is known."""

    patient: str


@command("allergy.refute", action="prescribe")
class RefuteAllergy(Command):
    """Record that an allergy proved wrong, with the reason; it stays in the list, refuted."""

    patient: str
    allergy: str
    reason: str


class _State(msgspec.Struct, frozen=True):
    known: bool
    active: int
    stands: tuple[int, ...]


def _load(db: Reader, ask: RecordAllergy | AssertNoKnownAllergy, _act: Act) -> _State:
    active = db.rows(
        "select substance from allergy where patient=? and certainty<>'refuted'", ask.patient
    )
    return _State(
        known=db.row("select 1 from patient where id=?", ask.patient) is not None,
        active=sum(not is_negation(substance) for (substance,) in active),
        stands=heads_of(db, NONE_KIND, ask.patient),
    )


@rule(RecordAllergy, load=_load)
def record(state: _State, ask: RecordAllergy, act: Act) -> Decision | Refused:
    """An allergy is added, never replaced."""
    if not state.known:
        return UNKNOWN_PATIENT()
    if not ask.substance.strip():
        return NO_SUBSTANCE()
    if is_negation(ask.substance):
        return SAYS_NONE()
    if ask.certainty not in (Certainty.CONFIRMED, Certainty.SUSPECTED, Certainty.UNKNOWN):
        return UNKNOWN_CERTAINTY()
    allergy = act.new_id()
    recorded = AllergyRecorded(
        allergy=allergy, patient=ask.patient, substance=ask.substance.strip(), kind=ask.kind,
        reaction=ask.reaction.strip(), severity=ask.severity, certainty=ask.certainty,
        noted_at=act.at_ms,
    )  # fmt: skip
    return accepted(recorded, base=state.stands[:BASE_LIMIT], allergy=allergy)


@rule(AssertNoKnownAllergy, load=_load)
def assert_none(state: _State, ask: AssertNoKnownAllergy, act: Act) -> Decision | Refused:
    """Nobody may assert "none known" over an allergy that stands."""
    if not state.known:
        return UNKNOWN_PATIENT()
    if state.active:
        return KNOWN_ONES(count=state.active)
    none = NoKnownAllergy(patient=ask.patient, at=act.at_ms)
    return accepted(none, base=state.stands[:BASE_LIMIT])


def _certainty(db: Reader, ask: RefuteAllergy, _act: Act) -> tuple[str, tuple[int, ...]]:
    found = db.row(
        "select certainty from allergy where allergy=? and patient=?", ask.allergy, ask.patient
    )
    return str(found[0]) if found else "", heads_of(db, KIND, ask.allergy)


@rule(RefuteAllergy, load=_certainty)
def refute(state: tuple[str, tuple[int, ...]], ask: RefuteAllergy, act: Act) -> Decision | Refused:
    """An allergy is refuted once, with a reason, and stays readable."""
    certainty, stands = state
    if not certainty:
        return UNKNOWN_ALLERGY()
    if certainty == Certainty.REFUTED:
        return ALREADY_REFUTED()
    if not ask.reason.strip():
        return REASON_NEEDED()
    refuted = AllergyRefuted(allergy=ask.allergy, patient=ask.patient, reason=ask.reason.strip())
    return accepted(refuted, base=stands[:BASE_LIMIT])


class AllergyItem(msgspec.Struct, frozen=True):
    """One line of the list; doubts: what the import could not read of it."""

    allergy: str
    substance: str
    kind: str
    reaction: str
    severity: str
    certainty: str
    noted_at: int
    by: str
    src: str
    doubts: tuple[str, ...]


class AllergyRow(Row):
    """The answer for one patient: its state, the lines, who asserted "none known" and when."""

    patient: str
    state: str
    items: tuple[AllergyItem, ...] = ()
    asserted_at: int = 0
    asserted_by: str = ""
    src: str = ""


@query("allergy.state", action="open_record")
class Allergies(Query):
    """What is known of a patient's allergies."""

    patient: str


@answers(Allergies)
def allergies(db: Reader, question: Allergies, _asking: Asking) -> AllergyRow:
    """Answer `allergy.state`."""
    return allergies_of(db, [question.patient])[question.patient]


def allergies_of(db: Reader, patients: Iterable[str]) -> dict[str, AllergyRow]:
    """The answer for each of these patients (at most some hundreds)."""
    wanted = list(patients)
    if not wanted:
        return {}
    marks = ",".join("?" * len(wanted))
    lines = db.rows(
        "select a.patient, a.allergy, a.substance, a.kind, a.reaction, a.severity, a.certainty,"  # noqa: S608
        f" a.noted, {author_column('a', 'w')}, a.src, a.doubts"
        " from allergy a left join person w on w.id=a.actor"
        f" where a.patient in ({marks}) order by a.substance, a.allergy",
        *wanted,
    )
    items: dict[str, list[AllergyItem]] = defaultdict(list)
    for row in lines:
        facts = dict(zip(AllergyItem.__struct_fields__, row[1:], strict=True))
        facts["doubts"] = tuple(row[-1].split("\n")) if row[-1] else ()
        items[row[0]].append(AllergyItem(**facts))
    none = {
        row[0]: row[1:]
        for row in db.rows(
            f"select a.patient, a.at, {author_column('a', 'w')}, a.src"  # noqa: S608
            " from no_known_allergy a left join person w on w.id=a.actor"
            f" where a.patient in ({marks})",
            *wanted,
        )
    }
    covered = _covered(db, wanted)
    return {
        patient: _state(patient, items[patient], none.get(patient), patient in covered)
        for patient in wanted
    }


def _covered(db: Reader, patients: list[str]) -> set[str]:
    """Patients who came from an extract that holds allergies, or who were entered here."""
    marks = ",".join("?" * len(patients))
    rows = db.rows(
        "select p.id from patient p left join snapshot s on s.id=p.src"  # noqa: S608
        f" where p.id in ({marks}) and (p.src='' or (' '||s.blocks||' ') like '% allergies %')",
        *patients,
    )
    return {row[0] for row in rows}


def _state(
    patient: str, items: list[AllergyItem], none: tuple[int, str, str] | None, covered: bool
) -> AllergyRow:
    active = [item for item in items if item.certainty != Certainty.REFUTED]
    # A negation with a modifier nobody could read ("none, except …") settles nothing.
    asserted = [item for item in active if is_negation(item.substance) and not item.doubts]
    real = [item for item in active if not is_negation(item.substance)]
    if real:
        return AllergyRow(patient=patient, state=AllergyState.KNOWN, items=tuple(items))
    if none or asserted:
        at, by, src = none or (asserted[0].noted_at, asserted[0].by, asserted[0].src)
        return AllergyRow(
            patient=patient, state=AllergyState.NONE_KNOWN, items=tuple(items), asserted_at=at,
            asserted_by=by, src=src,
        )  # fmt: skip
    state = AllergyState.NOT_COLLECTED if covered else AllergyState.UNAVAILABLE
    return AllergyRow(patient=patient, state=state, items=tuple(items))


@cache
def _negations() -> frozenset[str]:
    return frozenset(fold(text) for text in clinical_table("allergy_negation")["texts"])


def is_negation(substance: str) -> bool:
    """Whether a source wrote "none known" in the place of a substance."""
    return fold(substance) in _negations()
