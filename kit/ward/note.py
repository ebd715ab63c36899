"""Targeted notes (transmissions ciblées): target, data, action, result; and texts that came in.

Not for: the handover sheet made from them.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from kit.core.clock import Precision
from kit.core.command import N_, Act, Command, Decision, Outcome, command, rule, sentence
from kit.core.errors import Refused
from kit.core.event import Event, Stamp, event
from kit.core.projection import Reader, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query
from kit.ward import correction
from kit.ward.author import author_column
from kit.ward.moment import check_moment
from kit.ward.retold import is_told_again, told_key, told_subject

TEXT_LIMIT = 8000


class NoteKind(StrEnum):
    """A targeted note, a free text, or a document that came with the extract."""

    DAR = "dar"
    TEXT = "text"
    DOCUMENT = "document"


@event("note.written")
class NoteWritten(Event):
    """A note: target (cible), data, action, result; or one `data` text with a title."""

    patient: str
    at: int
    kind: str = NoteKind.DAR
    target: str = ""
    data: str = ""
    action: str = ""
    result: str = ""
    precision: str = Precision.EXACT
    by: str = ""
    src: str = ""
    paper: str = ""


table(
    "note",
    """create table note(
        n integer primary key, patient text not null, at integer not null, precision text not null,
        wall integer not null, actor text not null, by text not null, kind text not null,
        target text not null, data text not null, action text not null, result text not null,
        src text not null, told integer not null);
    create index note_patient on note(patient, at);
    create index note_told on note(told) where told<>0""",
)


TOLD = told_subject("note")


@folds(NoteWritten, subject=TOLD, facts="note")
def _written(db: Writer, stamp: Stamp, data: NoteWritten) -> None:
    told = TOLD.id(told_key(data)) if data.src else 0
    if told and is_told_again(db, "note", stamp.n, told):
        return
    db.execute(
        "insert or ignore into note values(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        stamp.n, data.patient, data.at, data.precision, stamp.wall, stamp.actor, data.by,
        data.kind, data.target, data.data, data.action, data.result, data.src, told,
    )  # fmt: skip


UNKNOWN_PATIENT = sentence(
    "note.patient_unknown",
    N_(
        "This kit does not know this patient. The note was not recorded."
        " Search again, or use paper."
    ),
)
EMPTY = sentence(
    "note.empty",
    N_("A note needs a target and one of data, action or result. Nothing was recorded."),
)
TOO_LONG = sentence(
    "note.too_long",
    N_("This note is too long ({length} characters, at most {limit}). Split it in two."),
)


@command("note.write", action="write_observation")
class WriteNote(Command):
    """Write (or with `corrects`, replace) a targeted note. at: UTC ms, 0 = now."""

    patient: str
    target: str
    data: str = ""
    action: str = ""
    result: str = ""
    at: int = 0
    precision: str = Precision.EXACT
    paper: str = ""
    corrects: int = 0
    reason: str = ""
    reason_text: str = ""


class _State(msgspec.Struct, frozen=True):
    known: bool
    target: correction.Target | None


def _load(db: Reader, ask: WriteNote, _act: Act) -> _State:
    return _State(
        known=db.row("select 1 from patient where id=?", ask.patient) is not None,
        target=correction.find_target(db, ask.corrects) if ask.corrects else None,
    )


@rule(WriteNote, load=_load)
def write(state: _State, ask: WriteNote, act: Act) -> Decision | Refused:
    """A note has a target and a text; a correction keeps the old one struck and readable."""
    if not state.known:
        return UNKNOWN_PATIENT()
    at = ask.at or act.at_ms
    refused = _check_text(ask) or check_moment(at, act.at_ms)
    if refused:
        return refused
    written = NoteWritten(
        patient=ask.patient, at=at, target=ask.target.strip(), data=ask.data.strip(),
        action=ask.action.strip(), result=ask.result.strip(), precision=ask.precision,
        paper=ask.paper,
    )  # fmt: skip
    if not ask.corrects:
        return Decision((Outcome(written),))
    why = correction.Why(ask.reason, ask.reason_text)
    outcomes = correction.replaced(state.target, why, act, written, "note")
    return outcomes if isinstance(outcomes, Refused) else Decision(outcomes)


def _check_text(ask: WriteNote) -> Refused | None:
    texts = [ask.target, ask.data, ask.action, ask.result]
    if not ask.target.strip() or not any(text.strip() for text in texts[1:]):
        return EMPTY()
    length = sum(map(len, texts))
    return TOO_LONG(length=length, limit=TEXT_LIMIT) if length > TEXT_LIMIT else None


class NoteRow(Row):
    """One note, with who and when (UTC ms), its source, and its strike if any."""

    entry: int
    patient: str
    at: int
    precision: str
    recorded_at: int
    actor: str
    actor_name: str
    kind: str
    target: str
    data: str
    action: str
    result: str
    src: str
    struck_by: str = ""
    struck_reason: str = ""
    struck_text: str = ""


@query("note.list", action="open_record")
class Notes(Query):
    """The notes of a patient, or of all patients in a ward, newest first. since: UTC ms."""

    patient: str = ""
    ward: str = ""
    since: int = 0
    limit: int = 100
    documents: bool = True


_SELECT = f"""select n.n, n.patient, n.at, n.precision, n.wall, n.actor,
    {author_column("n", "w")}, n.kind, n.target, n.data, n.action, n.result, n.src,
    coalesce(nullif(k.name,''), x.actor, ''), coalesce(x.reason,''), coalesce(x.text,'')
    from note n left join struck x on x.n=n.n left join person w on w.id=n.actor
    left join person k on k.id=x.actor """  # noqa: S608  (constants)
_OF_PATIENT = _SELECT + "where n.patient=? and n.at>=? and (? or n.kind<>'document') "
_OF_WARD = (
    _SELECT + "join stay s on s.patient=n.patient and s.closed=0"
    " where s.ward=? and n.at>=? and (? or n.kind<>'document') "
)


@answers(Notes)
def notes(db: Reader, question: Notes, _asking: Asking) -> list[NoteRow]:
    """Answer `note.list`."""
    sql = _OF_PATIENT if question.patient else _OF_WARD
    rows = db.rows(
        sql + "order by n.at desc, n.n desc limit ?",
        question.patient or question.ward, question.since, question.documents, question.limit,
    )  # fmt: skip
    fields = NoteRow.__struct_fields__
    return [NoteRow(**dict(zip(fields, row, strict=True))) for row in rows]
