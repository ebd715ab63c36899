"""The words of conflicts: titles, versions, and the reading that is used until a person settles.

Not for: which conflicts there are (`conflict_open`), their rows (`conflict`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.core.clock import date_text, hhmm
from kit.core.command import N_
from kit.core.projection import Reader
from kit.core.text import translator
from kit.ward.conflict_open import ConflictKind, Open
from kit.ward.medication_line import medication_line, plain_line
from kit.ward.patient import PatientRegistered
from kit.ward.prescription import read_order
from kit.ward.prescription_event import PrescriptionSuspended
from kit.ward.standing import Standing, event_of

_ = translator("clinical")

_TITLES: dict[str, str] = {
    ConflictKind.DOSE: N_("Double administration possible"),
    ConflictKind.ORDER: N_("Prescription changed on two kits"),
    ConflictKind.STAYS: N_("One patient in two beds"),
    ConflictKind.STAY: N_("Place of the patient changed on two kits"),
    ConflictKind.NONE_KNOWN: N_("Allergy, and “none known”"),
    ConflictKind.ALLERGY: N_("Allergy refuted by one kit, recorded by another"),
    ConflictKind.IDENTITY: N_("Identity told in two ways"),
}
READINGS: dict[str, tuple[str, str]] = {
    ConflictKind.DOSE: (
        N_("The dose counts as given; it is not offered again."),
        N_("A dose given twice may harm more than one that is asked about."),
    ),
    ConflictKind.ORDER: (
        N_("A stop counts as a stop, else a suspension as a suspension: nothing more is planned."),
        N_("A prescriber decides; a drug that somebody stopped is not given meanwhile."),
    ),
    ConflictKind.BED: (
        N_("Both patients stay in this bed on the board."),
        N_("Nobody may drop off the board."),
    ),
    ConflictKind.STAYS: (
        N_("The patient is shown in both places."),
        N_("Nobody may drop off the board."),
    ),
    ConflictKind.STAY: (
        N_("The patient is shown in every place that was told, and as still present."),
        N_("Nobody may drop off the board."),
    ),
    ConflictKind.NONE_KNOWN: (
        N_("The allergy stands."),
        N_("An allergy that is true and not shown may kill."),
    ),
    ConflictKind.ALLERGY: (
        N_("The allergy stands."),
        N_("An allergy that is true and not shown may kill."),
    ),
    ConflictKind.IDENTITY: (
        N_("The last registration is shown; check identity before each act."),
        N_("Nothing tells which one is right but the patient and the papers."),
    ),
}


def says_of(stands: Standing) -> str:
    """What a version says, in words."""
    data = event_of(stands)
    say = _SAYS.get(stands.act)
    return say(data) if say else in_place(data.ward, data.bed or data.room)


def _identity(data: PatientRegistered) -> str:
    names = f"{data.birth_family} {data.birth_given}".strip()
    return ", ".join(filter(None, (names, data.used_family, data.birth_date, data.sex, data.ipp)))


def _suspended(data: PrescriptionSuspended) -> str:
    text = _with(_("Suspended"), data.at, data.reason)
    return text + (
        ", " + _("until {moment}").format(moment=_moment(data.until)) if data.until else ""
    )


_SAYS: dict[str, Callable[[Any], str]] = {
    "prescription.stopped": lambda data: _with(_("Stopped"), data.at, data.reason),
    "prescription.suspended": _suspended,
    "prescription.resumed": lambda data: _with(_("In force again"), data.at, ""),
    "stay.closed": lambda data: _with(_("Left the ward"), data.at, data.destination),
    "allergy.refuted": lambda data: _with(_("Refuted"), 0, data.reason),
    "allergy.none_known": lambda data: _with(_("No known allergy"), data.at, ""),
    "allergy.recorded": lambda data: ", ".join(filter(None, (data.substance, data.reaction))),
    "patient.registered": _identity,
}


def _with(word: str, at: int, reason: str) -> str:
    when = " " + _("at {moment}").format(moment=_moment(at)) if at else ""
    return f"{word}{when}" + (f" — {reason}" if reason else "")


def in_place(ward: str, bed: str) -> str:
    """A place in words."""
    return _("ward {ward}, bed {bed}").format(ward=ward, bed=bed or "—")


def _moment(at: int) -> str:
    return f"{date_text(at)} {hhmm(at)}"


def title_of(db: Reader, one: Open) -> str:
    """What a conflict is about, in words."""
    if one.kind == ConflictKind.BED:
        ward, _sep, bed = one.key.partition("/")
        return _("Two patients in one bed: {place}").format(place=in_place(ward, bed))
    if one.kind in (ConflictKind.ORDER, ConflictKind.DOSE):
        order = read_order(db, one.key.partition("@")[0])
        line = plain_line(medication_line(order.data)) if order else ""
        return f"{_(_TITLES[one.kind])}: {line}" if line else _(_TITLES[one.kind])
    if one.kind == ConflictKind.ALLERGY:
        found = db.row("select substance from allergy where allergy=?", one.key)
        return f"{_(_TITLES[one.kind])}: {found[0] if found else ''}"
    return _(_TITLES[one.kind])
