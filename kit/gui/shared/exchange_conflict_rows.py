"""A conflict in words: what it is about, who wrote which version, when, on which kit; no Qt.

Not for: choosing the safest reading (the node says which is in use, and why).
"""

from __future__ import annotations

import msgspec

from kit.core.clock import MINUTE, moment_text
from kit.core.text import translator
from kit.gui.tone import Tone
from kit.gui.ward.formats import full_name
from kit.gui.widgets.cell import Cell, Run

_ = translator("gui_exchange")

LATE_MS = 10 * MINUTE
"""From here on the time something was written is told beside the time it happened."""


class VersionRow(msgspec.Struct, frozen=True):
    """One of the versions. declared_ms: when it happened; recorded_ms: when it was written."""

    choice: str = ""
    entry: int = 0
    text: str = ""
    actor_name: str = ""
    role: str = ""
    device: str = ""
    kit: str = ""
    declared_ms: int | None = 0
    recorded_ms: int | None = 0
    in_use: bool = False


class ChoiceRow(msgspec.Struct, frozen=True):
    """One way to settle it."""

    choice: str
    text: str = ""


class ConflictRow(msgspec.Struct, frozen=True):
    """Two or more versions of one thing. `reading` is what is used meanwhile, `why` why."""

    conflict: str
    kind: str = "other"
    patient: str = ""
    family: str = ""
    given: str = ""
    bed: str = ""
    ward: str = ""
    since_ms: int = 0
    title: str = ""
    versions: tuple[VersionRow, ...] = ()
    reading: str = ""
    why: str = ""
    suggested: str = ""
    choices: tuple[ChoiceRow, ...] = ()
    may: bool = True
    settled_ms: int = 0
    settled_by: str = ""
    settled_reason: str = ""


def kind_word(kind: str) -> str:
    """What the conflict is about."""
    return {
        "dose": _("Double administration possible"),
        "prescription": _("Prescription changed twice"),
        "allergy": _("Allergies differ"),
        "bed": _("Two patients, one bed"),
        "ward": _("Two wards, one patient"),
        "weight": _("Weights differ"),
        "identity": _("Identity differs"),
        "directive": _("Directive changed twice"),
    }.get(kind, _("Two versions"))


def whose(row: ConflictRow) -> str:
    """`203-1 LEFEBVRE, Noémie`, or the ward where it is about no patient."""
    if not row.patient:
        return row.bed or row.ward
    name = full_name(row.family, row.given)
    return " ".join(part for part in (row.bed, name) if part)


def list_cell(row: ConflictRow, now_ms: int) -> Cell:
    """The list's cell: what, whose, since when."""
    about = " · ".join(part for part in (row.title, moment_text(row.since_ms, now_ms)) if part)
    lines: tuple[tuple[Run, ...], ...] = (
        (Run(f"? {kind_word(row.kind)}", bold=True, tone=Tone.WARNING),),
        (Run(whose(row), bold=True),),
        (Run(about, tone=Tone.MUTED),),
    )
    return Cell(lines)


def who_text(version: VersionRow) -> str:
    """`C. Dubois, nurse — kit Cardio 1`."""
    person = ", ".join(part for part in (version.actor_name, version.role) if part)
    kit = _("kit {name}").format(name=version.kit) if version.kit else ""
    return " — ".join(part for part in (person or _("author unknown"), kit) if part)


def when_text(version: VersionRow, now_ms: int) -> str:
    """When it happened and, where that is not the same, when it was written."""
    declared, recorded = version.declared_ms or 0, version.recorded_ms or 0
    if not declared or abs(recorded - declared) < LATE_MS:
        at = declared or recorded
        return moment_text(at, now_ms) if at else _("time unknown")
    return _("{declared}, written {recorded}").format(
        declared=moment_text(declared, now_ms), recorded=moment_text(recorded, now_ms)
    )


def letter(place: int) -> str:
    """`A`, `B`, …: what two people call the versions on the telephone."""
    return chr(ord("A") + place) if place < 26 else str(place + 1)


def choices_of(row: ConflictRow) -> tuple[ChoiceRow, ...]:
    """The ways to settle it; where the node gives none, one for each version."""
    if row.choices:
        return row.choices
    return tuple(
        ChoiceRow(
            version.choice or str(version.entry),
            _("Version {letter} is right").format(letter=letter(place)),
        )
        for place, version in enumerate(row.versions)
    )
