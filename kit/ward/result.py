"""Laboratory results that came in: value, unit, reference range, flag, as the laboratory gave them.

Not for: vitals measured on the ward (`vitals`), requests.
"""

from __future__ import annotations

from kit.core.event import Event, Stamp, event
from kit.core.projection import Reader, Writer, entity, folds, table
from kit.core.query import Asking, Query, Row, answers, query


@event("result.received")
class ResultReceived(Event):
    """A result at `at` (UTC ms). value: decimal text or words; flag as sent (H, L, HH, LL, A …).

    status: `final`, `preliminary`, `corrected`, `withdrawn`, `unknown`.
    """

    result: str
    patient: str
    at: int
    name: str
    value: str = ""
    unit: str = ""
    code: str = ""
    code_system: str = ""
    range_text: str = ""
    flag: str = ""
    status: str = "unknown"
    not_understood: tuple[str, ...] = ()
    src: str = ""


table(
    "result",
    """create table result(
        result text primary key, patient text not null, at integer not null, name text not null,
        value text not null, unit text not null, code text not null, range_text text not null,
        flag text not null, status text not null, src text not null, doubts text not null,
        lam integer not null, n integer not null) without rowid;
    create index result_patient on result(patient, at)""",
)


RESULT = entity("result", "result")


@folds(ResultReceived, subject=RESULT)
def _received(db: Writer, stamp: Stamp, data: ResultReceived) -> None:
    db.execute(
        "insert or replace into result values(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        data.result, data.patient, data.at, data.name, data.value, data.unit, data.code,
        data.range_text, data.flag, data.status, data.src, "\n".join(data.not_understood),
        stamp.lam, stamp.n,
    )  # fmt: skip


class ResultRow(Row):
    """One result. `doubts`: what the import could not read of it."""

    result: str
    at: int
    name: str
    value: str
    unit: str
    code: str
    range_text: str
    flag: str
    status: str
    src: str
    doubts: str


@query("result.list", action="open_record")
class Results(Query):
    """A patient's results, newest first. since: UTC ms; latest: only the last of each test."""

    patient: str
    since: int = 0
    latest: bool = False
    limit: int = 200


@answers(Results)
def results(db: Reader, question: Results, _asking: Asking) -> list[ResultRow]:
    """Answer `result.list`; withdrawn ones are left out."""
    group = "group by name having at=max(at)" if question.latest else ""
    rows = db.rows(
        "select result, at, name, value, unit, code, range_text, flag, status, src, doubts"  # noqa: S608
        f" from result where patient=? and at>=? and status<>'withdrawn' {group}"
        " order by at desc, name limit ?",
        question.patient, question.since, question.limit,
    )  # fmt: skip
    fields = ResultRow.__struct_fields__
    return [ResultRow(**dict(zip(fields, row, strict=True))) for row in rows]
