"""Rows of the template about drugs: prescriptions and doses given.

What is not plainly read makes the line TO_CHECK with its own words beside; a line keeps its
original text always. Not for: headers (`template`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kit.core.clock import MINUTE
from kit.core.folding import fold
from kit.core.quantity import Quantity
from kit.exchange.fhir.administrations import omission_code
from kit.exchange.fhir.elements import joined
from kit.exchange.flat.cells import clock_times, decimal, truth
from kit.ward.administration import AdministrationRecorded, DoseStatus
from kit.ward.prescription_event import Code, OrderStatus, PrescriptionRecorded
from kit.ward.schedule import Timing, slot_key

if TYPE_CHECKING:
    from kit.exchange.flat.template_row import Row

_STATUS = {
    "": OrderStatus.ACTIVE,
    "actif": OrderStatus.ACTIVE,
    "active": OrderStatus.ACTIVE,
    "en cours": OrderStatus.ACTIVE,
    "valide": OrderStatus.ACTIVE,
    "suspendu": OrderStatus.SUSPENDED,
    "suspendue": OrderStatus.SUSPENDED,
    "arrete": OrderStatus.STOPPED,
    "arretee": OrderStatus.STOPPED,
    "termine": OrderStatus.STOPPED,
    "annule": OrderStatus.STOPPED,
    "annulee": OrderStatus.STOPPED,
    "projet": OrderStatus.DRAFT,
}
_DONE = {
    "fait": DoseStatus.GIVEN,
    "donne": DoseStatus.GIVEN,
    "administre": DoseStatus.GIVEN,
    "oui": DoseStatus.GIVEN,
    "partiel": DoseStatus.PARTIAL,
    "non fait": DoseStatus.OMITTED,
    "non donne": DoseStatus.OMITTED,
    "refus": DoseStatus.OMITTED,
    "refuse": DoseStatus.OMITTED,
    "omis": DoseStatus.OMITTED,
}
_DAYS = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")
_ORDER_FIELDS = ("drug", "generic", "dose", "unit", "route", "times", "start")


def prescriptions(row: Row) -> str:
    """One order line."""
    generic = row.text("generic") or row.text("drug")
    if not generic and not row.text("text"):
        row.desk.own = row.columns.get("drug", "medicament")
        return "intake.row_cell"
    dose, dose_text = _amount(row, "dose")
    most, most_text = _amount(row, "max_24h")
    timing = _timing(row)
    as_needed = _as_needed(row)
    status = _STATUS.get(fold(row.text("status")))
    if status is None:
        row.doubt("status")
    start, stop, prescribed = row.moment("start"), row.moment("stop"), row.moment("prescribed")
    shown = status or OrderStatus.TO_CHECK
    if row.unread and shown == OrderStatus.ACTIVE:
        shown = OrderStatus.TO_CHECK
    row.emit(
        PrescriptionRecorded(
            prescription=order_key(row),
            patient=row.patient,
            text=_sentence(row),
            generic=generic,
            brand=row.text("brand") or (row.text("drug") if row.text("generic") else ""),
            strength=row.text("strength"),
            form=row.text("form"),
            dose=dose,
            dose_text=dose_text,
            route=row.text("route"),
            timing=timing,
            frequency_text=joined(
                row.text("frequency"),
                row.text("days"),
                most_text and f"max {most_text} / 24 h",
                mark=", ",
            ),
            as_needed=as_needed,
            condition=row.text("condition"),
            max_24h=most,
            min_interval_min=_interval(row),
            start=start or prescribed,
            stop=stop,
            diluent=row.text("diluent"),
            rate=row.text("rate"),
            indication=row.text("indication"),
            prescriber=row.text("prescriber"),
            prescribed_at=prescribed,
            status=shown,
            own_treatment=bool(truth(row.text("own"))),
            codes=(Code("", row.text("code")),) if row.text("code") else (),
            not_understood=tuple(row.unread),
            src=row.desk.src,
        )
    )
    return ""


def order_key(row: Row) -> str:
    """The id of the order that a row is, or points to; empty where it points to none."""
    if row.text("order"):
        return row.key("order", "order")
    return row.key("order", *_ORDER_FIELDS) if row.table == "prescriptions" else ""


def _amount(row: Row, field: str) -> tuple[Quantity | None, str]:
    text = row.text(field)
    if not text:
        return None, ""
    number = decimal(text)
    if number is not None:
        return Quantity(number, row.text("unit")), ""
    if any(character.isdigit() for character in text) and not any(
        character.isalpha() for character in text
    ):
        row.doubt(field)
    return None, joined(text, row.text("unit"), mark=" ")


def _timing(row: Row) -> Timing | None:
    days = _days(row)
    hours = row.text("every_hours")
    if hours:
        number = decimal(hours)
        if number is None or not number.isdigit() or not 0 < int(number) <= 168:
            row.doubt("every_hours")
            return None
        return Timing(every_min=int(number) * 60)
    if not row.text("times"):
        return None
    times = clock_times(row.text("times"))
    if times is None:
        row.doubt("times")
        return None
    return Timing(times=times, days=days)


def _days(row: Row) -> tuple[int, ...]:
    found = []
    for word in fold(row.text("days")).split():
        if word in ("tous", "les", "jours", "et"):
            continue
        if word[:3] not in _DAYS:
            row.doubt("days")
            return ()
        found.append(_DAYS.index(word[:3]) + 1)
    return tuple(sorted(set(found)))


def _as_needed(row: Row) -> bool:
    text = row.text("as_needed")
    said = truth(text) if text else False
    if said is None:
        row.doubt("as_needed")
    return bool(said) or said is None or bool(row.text("condition"))


def _interval(row: Row) -> int:
    text = row.text("min_interval")
    if not text:
        return 0
    number = decimal(text)
    if number is None:
        row.doubt("min_interval")
        return 0
    return int(float(number) * 60)


def _sentence(row: Row) -> str:
    said = row.text("text")
    if said:
        return joined(said, row.text("comment"))
    fields = (
        "generic",
        "drug",
        "strength",
        "form",
        "dose",
        "unit",
        "route",
        "times",
        "every_hours",
        "frequency",
        "days",
        "condition",
        "diluent",
        "rate",
        "comment",
    )
    return " ".join(dict.fromkeys(text for field in fields if (text := row.text(field))))


def administrations(row: Row) -> str:
    """One claim about a dose; refused without a readable time: it would count at a wrong hour."""
    due, done = row.moment("due"), row.moment("done")
    status = (
        _DONE.get(fold(row.text("status")))
        if row.text("status")
        else DoseStatus.GIVEN
        if done
        else None
    )
    at = done or due
    if not at or ("done" in row.cells and not done):
        row.desk.own = row.columns.get("done", row.columns.get("due", "prise_faite"))
        return "intake.row_cell"
    if status is None:
        row.doubt("status")
    dose, dose_text = _amount(row, "dose")
    key = order_key(row)
    planned = due // MINUTE * MINUTE
    omitted = status == DoseStatus.OMITTED
    row.emit(
        AdministrationRecorded(
            patient=row.patient,
            prescription=key,
            slot=slot_key(key, planned) if key and due else "",
            due=planned,
            at=at,
            status=status or DoseStatus.UNKNOWN,
            generic=row.text("drug"),
            dose=dose,
            dose_text=dose_text,
            route=row.text("route"),
            reason=omission_code(joined(row.text("reason"), row.text("status"))) if omitted else "",
            reason_text=joined(row.text("reason"), row.text("comment")),
            by=row.text("by"),
            not_understood=tuple(row.unread),
            src=row.desk.src,
        )
    )
    return ""


MAPPERS: dict[str, Callable[[Any], str]] = {
    "prescriptions": prescriptions,
    "administrations": administrations,
}
