"""What the node says of an import, and its gap report in words and as plain text; without Qt.

The rows mirror `kit.exchange.report`, which a screen may not import. Not for: reading any file.
"""

from __future__ import annotations

import msgspec

from kit.core.clock import moment_text, span_text
from kit.core.quantity import number_text
from kit.core.text import translator

_ = translator("gui_entry")


class IntakeRow(msgspec.Struct, frozen=True):
    """One import; times UTC ms; finished 0: cut short."""

    intake: str
    label: str
    path_name: str = ""
    kind: str = ""
    extracted_at: int = 0
    started: int = 0
    finished: int = 0
    bytes: int = 0
    units: int = 0
    refused: int = 0
    leaves: int = 0
    mapped: int = 0
    kept: int = 0
    ignored: int = 0
    unmapped: int = 0
    dangerous: int = 0
    counts: dict[str, int] = {}


class PathRow(msgspec.Struct, frozen=True):
    """A field that was not taken over: how often, one place where it stands."""

    path: str
    count: int
    file: str = ""
    place: str = ""
    danger: bool = False


class RefusedRow(msgspec.Struct, frozen=True):
    """A unit that was not read: where and why."""

    file: str
    place: str = ""
    code: str = ""
    text: str = ""


class ReportRow(msgspec.Struct, frozen=True):
    """The whole report."""

    intake: IntakeRow
    unmapped: tuple[PathRow, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    missing: tuple[str, ...] = ()


def figure(count: int) -> str:
    """A count as people read it: `12 345`."""
    return number_text(str(count))


def block_word(block: str) -> str:
    """A block of the extract (ward.md §3)."""
    return {
        "identity": _("identities"),
        "stays": _("stays"),
        "places": _("wards and beds"),
        "allergies": _("allergies"),
        "alerts": _("alerts and isolation"),
        "directives": _("limits of care, directives"),
        "prescriptions": _("prescriptions"),
        "administrations": _("doses given"),
        "vitals": _("vital signs"),
        "results": _("results"),
        "care": _("care plans"),
        "problems": _("problems and history"),
        "documents": _("notes and documents"),
        "appointments": _("appointments"),
        "contacts": _("people to call"),
        "directory": _("telephone directory"),
    }.get(block, block)


def count_word(name: str) -> str:
    """What was counted."""
    return {
        "patients": _("patients"),
        "observations": _("measures and results"),
        "stays": _("stays"),
        "notes": _("notes"),
    }.get(name, block_word(name))


def state_text(row: IntakeRow, now_ms: int) -> str:
    """When it was read and whether it is whole."""
    if not row.finished:
        return _("Cut short {moment}: run it again").format(moment=moment_text(row.started, now_ms))
    return _("Read {moment}").format(moment=moment_text(row.finished, now_ms))


def age_text(row: IntakeRow, now_ms: int) -> str:
    """How old what is in it is."""
    if not row.extracted_at:
        return _("The extract does not say when it was taken.")
    return _("Extract of {moment} ({span} old)").format(
        moment=moment_text(row.extracted_at, now_ms), span=span_text(now_ms - row.extracted_at)
    )


def equation(row: IntakeRow) -> str:
    """`12 345 fields in = 11 000 taken over + 900 kept as text + …`: it always adds up."""
    return _(
        "{all} fields in = {mapped} taken over + {kept} kept as text + {ignored} ignored by rule"
        " + {unmapped} not understood"
    ).format(
        all=figure(row.leaves),
        mapped=figure(row.mapped),
        kept=figure(row.kept),
        ignored=figure(row.ignored),
        unmapped=figure(row.unmapped),
    )


def _mark(one: PathRow) -> str:
    return "!!" if one.danger else "- "


def report_text(report: ReportRow, now_ms: int) -> str:
    """The whole report to print or keep; every line says where."""
    row = report.intake
    lines = [
        _("What the ward will not have: {label}").format(label=row.label),
        state_text(row, now_ms),
        age_text(row, now_ms),
        "",
        equation(row),
        *(f"  {figure(count)}  {count_word(name)}" for name, count in sorted(row.counts.items())),
        "",
        _("Not in the extract at all:"),
        *(f"  - {block_word(block)}" for block in report.missing),
        "",
        _("Not understood:"),
        *(
            f"  {_mark(one)} {one.path}  ({figure(one.count)})  {one.file} {one.place}"
            for one in report.unmapped
        ),
        "",
        _("Not read:"),
        *(f"  - {one.file} {one.place}: {one.text} [{one.code}]" for one in report.refused),
    ]
    return "\n".join(lines) + "\n"
