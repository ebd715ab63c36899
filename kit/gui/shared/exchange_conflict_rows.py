"""A conflict in words: what it is about, who wrote which version, when, on which kit; no Qt.

The rows mirror the query `conflict.list`. Not for: choosing the safest reading (the node says which
is used meanwhile, and why).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kit.core.clock import MINUTE, moment_text
from kit.core.text import translator
from kit.gui.tone import Tone
from kit.gui.widgets.cell import Cell, Run
from kit.ward.words import profession_word

_ = translator("gui_exchange")

LATE_MS = 10 * MINUTE
"""From here on the time something was written is told beside the time it happened."""

Kits = Mapping[str, str]
"""Names of kits by the first 16 signs of their key."""


class VersionRow(msgspec.Struct, frozen=True):
    """One version. declared: when it happened; recorded: when it was written (UTC ms or 0)."""

    version: str
    entry: int = 0
    who: str = ""
    declared: int = 0
    recorded: int = 0
    device: str = ""
    says: str = ""
    source: str = ""
    struck: bool = False


class ChoiceRow(msgspec.Struct, frozen=True):
    """One way to settle it."""

    choice: str
    text: str = ""


class ConflictRow(msgspec.Struct, frozen=True):
    """Versions of one thing; `used` is the reading meanwhile; settlers: professions, () anybody."""

    conflict: str
    kind: str = ""
    patient: str = ""
    name: str = ""
    ward: str = ""
    bed: str = ""
    title: str = ""
    versions: tuple[VersionRow, ...] = ()
    used: str = ""
    why: str = ""
    choices: tuple[ChoiceRow, ...] = ()
    settlers: tuple[str, ...] = ()


def kind_word(kind: str) -> str:
    """What the conflict is about."""
    return {
        "dose": _("Double administration possible"),
        "order": _("Prescription changed twice"),
        "allergy": _("Allergies differ"),
        "none_known": _("Allergies differ"),
        "bed": _("Two patients, one bed"),
        "stays": _("Two places, one patient"),
        "stay": _("Moved twice"),
        "identity": _("Identity differs"),
    }.get(kind, _("Two versions"))


def whose(row: ConflictRow) -> str:
    """`203-1 LEFEBVRE Noémie`, or the ward where it is about no patient."""
    return " ".join(part for part in (row.bed, row.name) if part) or row.ward


def list_cell(row: ConflictRow, now_ms: int) -> Cell:
    """The list's cell: what, whose, about what and since when."""
    last = max((version.recorded for version in row.versions), default=0)
    about = " · ".join(
        part for part in (row.title, moment_text(last, now_ms) if last else "") if part
    )
    lines: tuple[tuple[Run, ...], ...] = (
        (Run(f"? {kind_word(row.kind)}", bold=True, tone=Tone.WARNING),),
        (Run(whose(row), bold=True),),
        (Run(about, tone=Tone.MUTED),),
    )
    return Cell(lines)


def who_text(version: VersionRow, kits: Kits) -> str:
    """`C. Dubois — kit Cardio 1`; what a source told says which."""
    kit = kits.get(version.device, version.device[:6])
    named = _("kit {name}").format(name=kit) if kit else ""
    person = version.who or version.source or _("author unknown")
    return " — ".join(part for part in (person, named) if part)


def when_text(version: VersionRow, now_ms: int) -> str:
    """When it happened and, where that is not the same, when it was written."""
    declared, recorded = version.declared, version.recorded
    if not declared or not recorded or abs(recorded - declared) < LATE_MS:
        at = declared or recorded
        return moment_text(at, now_ms) if at else _("time unknown")
    return _("{declared}, written {recorded}").format(
        declared=moment_text(declared, now_ms), recorded=moment_text(recorded, now_ms)
    )


def letter(place: int) -> str:
    """`A`, `B`, …: what two people call the versions on the telephone."""
    return chr(ord("A") + place) if place < 26 else str(place + 1)


def choices_of(row: ConflictRow) -> list[ChoiceRow]:
    """The ways to settle it; one that is a version carries its letter."""
    letters = {version.version: letter(place) for place, version in enumerate(row.versions)}
    return [
        ChoiceRow(
            each.choice,
            _("{letter} — {text}").format(letter=letters[each.choice], text=each.text)
            if each.choice in letters
            else each.text,
        )
        for each in row.choices
    ]


def may_settle(row: ConflictRow, profession: str) -> bool:
    """Whether this profession may; the node asks again."""
    return not row.settlers or profession in row.settlers


def settlers_text(row: ConflictRow) -> str:
    """Who may: `doctor, nurse`."""
    return ", ".join(profession_word(each) for each in row.settlers)
