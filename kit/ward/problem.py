"""Problems: diagnoses, history, operations, as worded. Not for: reasons of a stay."""

from __future__ import annotations

from kit.core.event import Event, Stamp, event
from kit.core.projection import Reader, Writer, entity, folds, table
from kit.core.query import Asking, Query, Row, answers, query


@event("problem.recorded")
class ProblemRecorded(Event):
    """A condition. status: `active`, `resolved`, `refuted`, `unknown`; since: UTC ms, 0 unknown."""

    problem: str
    patient: str
    text: str
    code: str = ""
    category: str = ""
    status: str = "unknown"
    since: int = 0
    not_understood: tuple[str, ...] = ()
    src: str = ""


table(
    "problem",
    """create table problem(
        problem text primary key, patient text not null, text text not null, code text not null,
        category text not null, status text not null, since integer not null, src text not null,
        doubts text not null, lam integer not null, n integer not null);
    create index problem_patient on problem(patient)""",
)


PROBLEM = entity("problem", "problem")


@folds(ProblemRecorded, subject=PROBLEM)
def _recorded(db: Writer, stamp: Stamp, data: ProblemRecorded) -> None:
    db.execute(
        "insert or replace into problem values(?,?,?,?,?,?,?,?,?,?,?)",
        data.problem, data.patient, data.text, data.code, data.category, data.status, data.since,
        data.src, "\n".join(data.not_understood), stamp.lam, stamp.n,
    )  # fmt: skip


class ProblemRow(Row):
    """One problem. `doubts`: what the import could not read of it."""

    problem: str
    text: str
    code: str
    category: str
    status: str
    since: int
    src: str
    doubts: str


@query("problem.list", action="open_record")
class Problems(Query):
    """The problems of a patient, active ones first."""

    patient: str


@answers(Problems)
def problems(db: Reader, question: Problems, _asking: Asking) -> list[ProblemRow]:
    """Answer `problem.list`."""
    rows = db.rows(
        """select problem, text, code, category, status, since, src, doubts from problem
           where patient=? order by status<>'active', since desc, problem""",
        question.patient,
    )
    fields = ProblemRow.__struct_fields__
    return [ProblemRow(**dict(zip(fields, row, strict=True))) for row in rows]
