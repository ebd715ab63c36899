"""The fleet's journal in words: who did what to which kit, with whom, and why; no Qt.

Not for: asking (`exchange_access`).
"""

from __future__ import annotations

import msgspec

from kit.core.clock import moment_text
from kit.core.text import translator
from kit.gui.shared.exchange_rows import role_word
from kit.gui.tone import Tone
from kit.gui.widgets.cell import Cell, Run, text_cell

_ = translator("gui_exchange")

ENROLLED, ENDORSED, REVOKED, OPENED, INTERIM = (
    "device.enrolled", "device.endorsed", "device.revoked", "access.opened", "fleet.interim",
)  # fmt: skip


COMMAND_LINE = "command_line"
"""The reason that stands there for whoever opened the kit with its phrase."""


class ActRow(msgspec.Struct, frozen=True):
    """A row of `fleet.journal`."""

    entry: int
    at: int
    kind: str
    label: str
    key: str = ""
    role: str = ""
    wards: tuple[str, ...] = ()
    ward: str = ""
    ward_name: str = ""
    reason: str = ""
    persons: tuple[str, ...] = ()
    by: str = ""
    kit: str = ""
    second: str = ""
    alone: str = ""
    by_root: bool = False
    read_by: tuple[str, ...] = ()


class WardName(msgspec.Struct, frozen=True):
    """A ward that may be opened from here."""

    ward: str
    name: str


class Facts(msgspec.Struct, frozen=True):
    """What `access.facts` answers of this kit and of the steering kits."""

    steers: bool = False
    ward: str = ""
    wards: tuple[WardName, ...] = ()
    role: str = ""
    label: str = ""
    steering_heard: bool = True
    steering: tuple[str, ...] = ()
    has_root: bool = False


class DeviceRow(msgspec.Struct, frozen=True):
    """What is needed of a row of `fleet.devices`."""

    device: str
    key: str
    label: str
    role: str
    wards: tuple[str, ...] = ()
    state: str = ""
    own: bool = False
    opened: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


def act_text(row: ActRow) -> str:
    """What was done."""
    said = {
        ENROLLED: _("Kit taken in: {label}"),
        ENDORSED: _("Steering kit agreed to: {label}"),
        REVOKED: _("Kit revoked: {label}"),
        OPENED: _("Ward {ward} opened to {label}"),
        INTERIM: _("Vote for interim steering: {label}"),
    }
    return said.get(row.kind, row.kind).format(label=row.label, ward=row.ward_name or row.ward)


def about_text(row: ActRow) -> str:
    """What the kit became, or its number."""
    if row.kind == ENROLLED:
        return " · ".join(part for part in (role_word(row.role), ", ".join(row.wards)) if part)
    return _("Number {number}").format(number=row.key[:16]) if row.key else ""


def who_lines(row: ActRow) -> list[tuple[str, Tone]]:
    """Who signed, with whom; alone is said."""
    names = [row.by, *(name for name in row.persons if name != row.by)]
    if row.second and row.second not in names:
        names.append(row.second)
    lines = [(", ".join(name for name in names if name), Tone.NORMAL)]
    if row.alone == COMMAND_LINE:
        lines.append((_("alone, at the command line"), Tone.WARNING))
    elif row.alone:
        lines.append((_("alone: {reason}").format(reason=row.alone), Tone.WARNING))
    if row.by_root:
        lines.append((_("with the root envelope"), Tone.NORMAL))
    if row.kit:
        lines.append((_("on {kit}").format(kit=row.kit), Tone.MUTED))
    return lines


def read_text(row: ActRow) -> str:
    """For an opened ward: whether somebody there has read it."""
    if row.kind != OPENED:
        return ""
    if not row.read_by:
        return _("not read by the ward yet")
    return _("read by {names}").format(names=", ".join(row.read_by))


def when_cell(row: ActRow, now_ms: int) -> Cell:
    """At what time."""
    return text_cell(moment_text(row.at, now_ms))


def what_cell(row: ActRow) -> Cell:
    """What was done; an opened ward stands out."""
    return text_cell(act_text(row), about_text(row), bold=row.kind in (OPENED, REVOKED))


def who_cell(row: ActRow) -> Cell:
    """By whom."""
    return Cell(tuple((Run(words, tone=tone),) for words, tone in who_lines(row)))


def why_cell(row: ActRow) -> Cell:
    """Why, and whether the ward knows."""
    lines: list[tuple[Run, ...]] = [(Run(row.reason or _("no reason given")),)]
    if said := read_text(row):
        lines.append((Run(said, tone=Tone.MUTED if row.read_by else Tone.WARNING),))
    return Cell(tuple(lines))


def opened_said(row: ActRow, now_ms: int) -> tuple[str, str]:
    """For the ward's board: that it was opened; by whom, where and why."""
    head = _("This ward's records were opened to the kit “{label}”.").format(label=row.label)
    who = ", ".join(words for words, _tone in who_lines(row) if words)
    said = _("{when}, {who}. Reason: {reason}").format(
        when=moment_text(row.at, now_ms), who=who, reason=row.reason
    )
    return head, said
