"""Alerts and limits of care: isolation, falls, an arm not to be used, a decision on resuscitation.

Not for: allergies (`allergy`), which have a place of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum

from kit.core.event import Event, Stamp, event
from kit.core.projection import Reader, Writer, entity, folds, table
from kit.core.query import Asking, Query, Row, answers, query


class AlertKind(StrEnum):
    """What an alert is about (ward.md §3, blocks 10 and 11)."""

    ISOLATION = "isolation"
    RESISTANT_GERM = "resistant_germ"
    FALL = "fall"
    SUICIDE = "suicide"
    VIOLENCE = "violence"
    SWALLOWING = "swallowing"
    AIRWAY = "airway"
    ARM = "arm"
    IMPLANT = "implant"
    TRANSFUSION = "transfusion"
    PREGNANCY = "pregnancy"
    RESUSCITATION = "resuscitation"
    DIRECTIVES = "directives"
    OTHER = "other"


@event("alert.raised")
class AlertRaised(Event):
    """An alert, its own words, since when, by whom; ended ≠ 0 (UTC ms): it is over."""

    alert: str
    patient: str
    kind: str
    text: str
    since: int = 0
    ended: int = 0
    by: str = ""
    not_understood: tuple[str, ...] = ()
    src: str = ""


table(
    "alert",
    """create table alert(
        alert text primary key, patient text not null, kind text not null, text text not null,
        since integer not null, ended integer not null, by text not null, src text not null,
        doubts text not null, lam integer not null, n integer not null);
    create index alert_patient on alert(patient)""",
)


ALERT = entity("alert", "alert")


@folds(AlertRaised, subject=ALERT)
def _raised(db: Writer, stamp: Stamp, data: AlertRaised) -> None:
    db.execute(
        "insert or replace into alert values(?,?,?,?,?,?,?,?,?,?,?)",
        data.alert, data.patient, data.kind, data.text, data.since, data.ended, data.by, data.src,
        "\n".join(data.not_understood), stamp.lam, stamp.n,
    )  # fmt: skip


class AlertRow(Row):
    """One alert in force. `doubts`: what the import could not read of it."""

    patient: str
    alert: str
    kind: str
    text: str
    since: int
    by: str
    src: str
    doubts: str


@query("alert.list", action="open_record")
class Alerts(Query):
    """The alerts in force for a patient."""

    patient: str


@answers(Alerts)
def alerts(db: Reader, question: Alerts, _asking: Asking) -> list[AlertRow]:
    """Answer `alert.list`."""
    return alerts_of(db, [question.patient])[question.patient]


def alerts_of(db: Reader, patients: Iterable[str]) -> dict[str, list[AlertRow]]:
    """The alerts in force for each of these patients."""
    wanted = list(patients)
    if not wanted:
        return {}
    marks = ",".join("?" * len(wanted))
    found: dict[str, list[AlertRow]] = defaultdict(list)
    rows = db.rows(
        "select patient, alert, kind, text, since, by, src, doubts from alert"  # noqa: S608
        f" where ended=0 and patient in ({marks}) order by kind, text, alert",
        *wanted,
    )
    for row in rows:
        fields = dict(zip(AlertRow.__struct_fields__, row, strict=True))
        found[row[0]].append(AlertRow(**fields))
    return found
