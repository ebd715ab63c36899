"""Vitals: a set of measures at one moment, its NEWS2, and how it is recorded and read.

Values are decimal texts by code (`data/vitals.toml`), plus `oxygen` (`0`/`1`) and `acvpu` (one of
A C V P U). Not for: the score itself (`news2`), laboratory values (`result`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from kit.core.clock import Precision
from kit.core.command import (
    N_,
    Act,
    Command,
    Decision,
    Notice,
    Outcome,
    command,
    rule,
    sentence,
)  # fmt: skip
from kit.core.errors import Refused
from kit.core.event import Event, Stamp, event
from kit.core.projection import Reader, Writer, folds, table
from kit.core.quantity import parse_decimal
from kit.core.query import Asking, Query, Row, answers, query
from kit.ward import correction
from kit.ward.author import author_column
from kit.ward.clinical_table import clinical_table
from kit.ward.moment import check_moment, is_late
from kit.ward.news2 import News2, news2, news2_excluded
from kit.ward.retold import is_told_again, told_key, told_subject

CONSCIOUSNESS = ("A", "C", "V", "P", "U")


@event("vitals.recorded")
class VitalsRecorded(Event):
    """A set measured at `at` (UTC ms): values by code as decimal texts, SpO₂ scale 1 or 2."""

    patient: str
    at: int
    values: dict[str, str]
    precision: str = Precision.EXACT
    scale: int = 1
    note: str = ""
    by: str = ""
    src: str = ""
    paper: str = ""


table(
    "vitals",
    """create table vitals(
        n integer primary key, patient text not null, at integer not null, precision text not null,
        wall integer not null, actor text not null, by text not null, scale integer not null,
        data text not null, note text not null, src text not null, told integer not null);
    create index vitals_patient on vitals(patient, at);
    create index vitals_told on vitals(told) where told<>0""",
)

_to_json = msgspec.json.Encoder().encode
_from_json = msgspec.json.Decoder(dict[str, str]).decode


TOLD = told_subject("vitals")


@folds(VitalsRecorded, subject=TOLD, facts="vitals")
def _recorded(db: Writer, stamp: Stamp, data: VitalsRecorded) -> None:
    told = TOLD.id(told_key(data)) if data.src else 0
    if told and is_told_again(db, "vitals", stamp.n, told):
        return
    db.execute(
        "insert or ignore into vitals values(?,?,?,?,?,?,?,?,?,?,?,?)",
        stamp.n, data.patient, data.at, data.precision, stamp.wall, stamp.actor, data.by,
        data.scale, _to_json(data.values).decode(), data.note, data.src, told,
    )  # fmt: skip


UNKNOWN_PATIENT = sentence(
    "patient.unknown",
    N_("This kit does not know this patient. Nothing was recorded. Search again, or use paper."),
)
NOTHING_TO_RECORD = sentence(
    "vitals.empty", N_("No value was entered. Nothing was recorded. Enter at least one value.")
)
UNREADABLE = sentence(
    "vitals.unreadable",
    N_(
        "{fields}: this cannot be read as one number. Nothing was recorded."
        " Type it again, e.g. 37,2."
    ),
)
IMPLAUSIBLE = sentence(
    "vitals.implausible",
    N_("{fields}: unusual value. Measure again; if it is right, confirm and it is recorded."),
)
PARTIAL = sentence(
    "vitals.partial",
    N_("{recorded} of {entered} values recorded. Not recorded: {fields}. Enter them again."),
)
CALL = sentence(
    "vitals.call",
    N_("NEWS2 {score}: call as your ward's procedure says, and write who was called."),
)
LATE = sentence(
    "vitals.late",
    N_("Recorded late. Newer sets on record: {count}. The latest values are not these."),
)


@command("vitals.record", action="write_observation")
class RecordVitals(Command):
    """Record (or with `corrects`, replace) a set of vitals.

    values: what was typed, by code, comma or point; at: UTC ms, 0 = now; confirmed: codes whose
    unusual value was checked; keep_valid: record what can be read and say what could not.
    """

    patient: str
    values: dict[str, str]
    at: int = 0
    precision: str = Precision.EXACT
    scale: int = 1
    note: str = ""
    confirmed: tuple[str, ...] = ()
    keep_valid: bool = False
    paper: str = ""
    corrects: int = 0
    reason: str = ""
    reason_text: str = ""


class _State(msgspec.Struct, frozen=True):
    known: bool
    newer: int
    birth_date: str
    alerts: tuple[str, ...]
    target: correction.Target | None


def _load(db: Reader, ask: RecordVitals, act: Act) -> _State:
    newer = db.row(
        """select count(*) from vitals v left join struck x on x.n=v.n
           where v.patient=? and v.at>? and x.n is null and v.n<>?""",
        ask.patient, ask.at or act.at_ms, ask.corrects,
    )  # fmt: skip
    patient = db.row("select birth_date from patient where id=?", ask.patient)
    alerts = db.rows("select distinct kind from alert where patient=? and ended=0", ask.patient)
    return _State(
        known=patient is not None,
        birth_date=patient[0] if patient else "",
        alerts=tuple(kind for (kind,) in alerts),
        newer=newer[0] if newer else 0,
        target=correction.find_target(db, ask.corrects) if ask.corrects else None,
    )


@rule(RecordVitals, load=_load)
def record(state: _State, ask: RecordVitals, act: Act) -> Decision | Refused:
    """Each value is read or named; an unusual one is asked about once, never refused for good."""
    if not state.known:
        return UNKNOWN_PATIENT()
    at = ask.at or act.at_ms
    if (refused := check_moment(at, act.at_ms)) is not None:
        return refused
    values, unreadable = _read(ask.values)
    unusual = [code for code in _unusual(values) if code not in ask.confirmed]
    if ask.keep_valid:
        values = {code: value for code, value in values.items() if code not in unusual}
    elif unreadable or unusual:
        kind = UNREADABLE if unreadable else IMPLAUSIBLE
        return kind(fields=", ".join(unreadable or unusual), codes=unreadable or unusual)
    if not values:
        return NOTHING_TO_RECORD()
    outcomes = _outcomes(state, ask, values, act)
    if isinstance(outcomes, Refused):
        return outcomes
    dropped = unreadable + unusual if ask.keep_valid else []
    return Decision(outcomes, _notices(state, ask, values, dropped, act))


def _read(typed: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    values: dict[str, str] = {}
    unreadable: list[str] = []
    for code, text in typed.items():
        if not text.strip():
            continue
        value = _value(code, text.strip())
        if value:
            values[code] = value
        else:
            unreadable.append(code)
    return values, unreadable


def _value(code: str, text: str) -> str:
    """One value as it is stored; empty where it cannot be read."""
    if code == "oxygen":
        return text if text in ("0", "1") else ""
    if code == "acvpu":
        return text.upper() if text.upper() in CONSCIOUSNESS else ""
    known = any(field["code"] == code for field in clinical_table("vitals")["field"])
    number = parse_decimal(text) if known else None
    return "" if number is None else format(number, "f")


def _unusual(values: dict[str, str]) -> list[str]:
    unusual = [
        field["code"]
        for field in clinical_table("vitals")["field"]
        if field["code"] in values
        and not Decimal(field["least"]) <= Decimal(values[field["code"]]) <= Decimal(field["most"])
    ]
    if "sbp" in values and "dbp" in values and Decimal(values["dbp"]) >= Decimal(values["sbp"]):
        unusual.append("dbp")
    return list(dict.fromkeys(unusual))


def _outcomes(
    state: _State, ask: RecordVitals, values: dict[str, str], act: Act
) -> tuple[Outcome, ...] | Refused:
    recorded = VitalsRecorded(
        patient=ask.patient, at=ask.at or act.at_ms, precision=ask.precision, values=values,
        scale=2 if ask.scale == 2 else 1, note=ask.note, paper=ask.paper,
    )  # fmt: skip
    if not ask.corrects:
        return (Outcome(recorded),)
    why = correction.Why(ask.reason, ask.reason_text)
    return correction.replaced(state.target, why, act, recorded, "vitals")


def _notices(
    state: _State, ask: RecordVitals, values: dict[str, str], dropped: list[str], act: Act
) -> tuple[Notice, ...]:
    notices = []
    if dropped:
        notices.append(
            PARTIAL.notice(
                recorded=len(values), entered=len(values) + len(dropped), fields=", ".join(dropped)
            )
        )
    excluded = news2_excluded(state.birth_date, ask.at or act.at_ms, state.alerts)
    score = news2(values, ask.scale, excluded)
    if score.response in ("medium_single", "medium", "high"):
        shown = str(score.total) if score.total is not None else f"≥ {score.floor}"
        notices.append(CALL.notice(score=shown, response=score.response))
    if state.newer and is_late(ask.at or act.at_ms, act.at_ms):
        notices.append(LATE.notice(count=state.newer))
    return tuple(notices)


class VitalsRow(Row):
    """One set: values, score, when measured and recorded (UTC ms), who, source, strike if any."""

    entry: int
    patient: str
    at: int
    precision: str
    recorded_at: int
    actor: str
    actor_name: str
    values: dict[str, str]
    scale: int
    note: str
    src: str
    score: News2
    struck_by: str = ""
    struck_reason: str = ""
    struck_text: str = ""


SELECT = f"""select v.n, v.patient, v.at, v.precision, v.wall, v.actor,
    {author_column("v", "w")}, v.scale, v.data, v.note, v.src,
    coalesce(nullif(k.name,''), x.actor, ''), coalesce(x.reason,''), coalesce(x.text,''),
    coalesce(pt.birth_date,''),
    (select group_concat(kind) from alert al where al.patient=v.patient and al.ended=0)
    from vitals v left join struck x on x.n=v.n left join person w on w.id=v.actor
    left join person k on k.id=x.actor left join patient pt on pt.id=v.patient """  # noqa: S608  (constants)


@query("vitals.history", action="open_record")
class VitalsHistory(Query):
    """The sets of a patient, newest first. since: UTC ms, 0 = all that `limit` allows."""

    patient: str
    since: int = 0
    limit: int = 60
    with_struck: bool = True


@answers(VitalsHistory)
def history(db: Reader, question: VitalsHistory, _asking: Asking) -> list[VitalsRow]:
    """Answer `vitals.history`."""
    rows = db.rows(
        SELECT + "where v.patient=? and v.at>=? and (? or x.n is null)"
        " order by v.at desc, v.n desc limit ?",
        question.patient, question.since, question.with_struck, question.limit,
    )  # fmt: skip
    return [vitals_row(row) for row in rows]


def vitals_row(row: tuple[Any, ...]) -> VitalsRow:
    """The row of SELECT, with its score."""
    values = _from_json(row[8])
    excluded = news2_excluded(row[14], row[2], (row[15] or "").split(","))
    return VitalsRow(
        entry=row[0], patient=row[1], at=row[2], precision=row[3], recorded_at=row[4],
        actor=row[5], actor_name=row[6], scale=row[7], values=values, note=row[9], src=row[10],
        score=news2(values, row[7], excluded), struck_by=row[11], struck_reason=row[12],
        struck_text=row[13],
    )  # fmt: skip


def latest_by_code(rows: list[VitalsRow]) -> dict[str, tuple[str, int]]:
    """The last value of each code and its moment, over sets newest first; struck sets left out."""
    latest: dict[str, tuple[str, int]] = {}
    for row in rows:
        if row.struck_by or row.struck_reason:
            continue
        for code, value in row.values.items():
            latest.setdefault(code, (value, row.at))
    return latest
