"""Care plan (diagramme de soins): care that is due, as the extract worded it.

Not for: drugs (`prescription`).
"""

from __future__ import annotations

from kit.core.event import Event, Stamp, event
from kit.core.projection import Reader, Writer, entity, folds, table
from kit.core.query import Asking, Query, Row, answers, query


@event("care.planned")
class CarePlanned(Event):
    """A care task: its words, frequency in words, next time due (UTC ms, 0 unknown), status."""

    care: str
    patient: str
    text: str
    frequency_text: str = ""
    next_due: int = 0
    status: str = "active"
    not_understood: tuple[str, ...] = ()
    src: str = ""


table(
    "care",
    """create table care(
        care text primary key, patient text not null, text text not null, frequency text not null,
        next_due integer not null, status text not null, src text not null, doubts text not null,
        lam integer not null, n integer not null);
    create index care_patient on care(patient)""",
)


CARE = entity("care", "care")


@folds(CarePlanned, subject=CARE)
def _planned(db: Writer, stamp: Stamp, data: CarePlanned) -> None:
    db.execute(
        "insert or replace into care values(?,?,?,?,?,?,?,?,?,?)",
        data.care, data.patient, data.text, data.frequency_text, data.next_due, data.status,
        data.src, "\n".join(data.not_understood), stamp.lam, stamp.n,
    )  # fmt: skip


class CareRow(Row):
    """One care task."""

    care: str
    text: str
    frequency: str
    next_due: int
    status: str
    src: str
    doubts: str


@query("care.list", action="open_record")
class CareTasks(Query):
    """The care planned for a patient, soonest first."""

    patient: str


@answers(CareTasks)
def care_tasks(db: Reader, question: CareTasks, _asking: Asking) -> list[CareRow]:
    """Answer `care.list`."""
    rows = db.rows(
        """select care, text, frequency, next_due, status, src, doubts from care
           where patient=? order by next_due=0, next_due, care""",
        question.patient,
    )
    fields = CareRow.__struct_fields__
    return [CareRow(**dict(zip(fields, row, strict=True))) for row in rows]
