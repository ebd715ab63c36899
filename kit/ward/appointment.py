"""Appointments: theatre, imaging, consultations, transport, dialysis, as the extract has them."""

from __future__ import annotations

from kit.core.event import Event, Stamp, event
from kit.core.projection import Reader, Writer, entity, folds, table
from kit.core.query import Asking, Query, Row, answers, query


@event("appointment.booked")
class AppointmentBooked(Event):
    """An appointment at `at` (UTC ms). status: `booked`, `cancelled`, `unknown`."""

    appointment: str
    patient: str
    at: int
    place: str = ""
    reason: str = ""
    status: str = "booked"
    not_understood: tuple[str, ...] = ()
    src: str = ""


table(
    "appointment",
    """create table appointment(
        appointment text primary key, patient text not null, at integer not null,
        place text not null, reason text not null, status text not null, src text not null,
        doubts text not null, lam integer not null, n integer not null);
    create index appointment_patient on appointment(patient, at)""",
)


APPOINTMENT = entity("appointment", "appointment")


@folds(AppointmentBooked, subject=APPOINTMENT)
def _booked(db: Writer, stamp: Stamp, data: AppointmentBooked) -> None:
    db.execute(
        "insert or replace into appointment values(?,?,?,?,?,?,?,?,?,?)",
        data.appointment, data.patient, data.at, data.place, data.reason, data.status, data.src,
        "\n".join(data.not_understood), stamp.lam, stamp.n,
    )  # fmt: skip


class AppointmentRow(Row):
    """One appointment."""

    appointment: str
    patient: str
    at: int
    place: str
    reason: str
    status: str
    src: str
    doubts: str


@query("appointment.list", action="open_record")
class Appointments(Query):
    """A patient's appointments from `since` (UTC ms), soonest first."""

    patient: str
    since: int = 0


@answers(Appointments)
def appointments(db: Reader, question: Appointments, _asking: Asking) -> list[AppointmentRow]:
    """Answer `appointment.list`."""
    rows = db.rows(
        """select appointment, patient, at, place, reason, status, src, doubts from appointment
           where patient=? and at>=? order by at, appointment""",
        question.patient, question.since,
    )  # fmt: skip
    fields = AppointmentRow.__struct_fields__
    return [AppointmentRow(**dict(zip(fields, row, strict=True))) for row in rows]
