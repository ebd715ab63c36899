"""The columns of the kits' table (F9): shape and word, name, last exchange, gap, clock.

Not for: the words themselves (`exchange_rows`).
"""

from __future__ import annotations

from collections.abc import Callable

from kit.core.clock import moment_text
from kit.core.quantity import NBSP
from kit.core.text import translator
from kit.gui.models import Column
from kit.gui.shared.exchange_rows import (
    CONNECTED,
    KNOWN,
    LATE_MS,
    NEVER,
    PENDING,
    REACHABLE,
    REVOKED,
    UNCONFIRMED,
    PeerRow,
    clock_text,
    exchange_text,
    gap_lines,
    name_of,
    place_text,
    rung_word,
    seen_text,
    state_sign,
    state_word,
    trouble_text,
)
from kit.gui.tone import Tone
from kit.gui.widgets.cell import Cell, Run

_ = translator("gui_exchange")

Now = Callable[[], int]


def columns(now: Now) -> list[Column[PeerRow]]:
    """Five columns; `now` gives UTC ms."""
    return [
        Column(lambda: _("State"), lambda row: state_cell(row, now()), 156),
        Column(lambda: _("Kit"), name_cell, 182, 3),
        Column(lambda: _("Last exchange"), lambda row: exchange_cell(row, now()), 118, 1),
        Column(lambda: _("Gap"), gap_cell, 172, 2),
        Column(lambda: _("Its clock"), clock_cell, 168, 1),
    ]


def state_tone(row: PeerRow) -> Tone:
    """Colour only for what is abnormal: a kit that was there and is not, or one in trouble."""
    if row.state in (REVOKED, NEVER):
        return Tone.MUTED
    if trouble_text(row) or row.state in (KNOWN, PENDING, UNCONFIRMED) or row.revoked_by:
        return Tone.WARNING
    return Tone.NORMAL


def state_cell(row: PeerRow, now_ms: int) -> Cell:
    """`● connected`, beneath how it is reached, or since when it is not."""
    words = f"{state_sign(row.state)}{NBSP}{state_word(row.state)}"
    under = rung_word(row) if row.state in (CONNECTED, REACHABLE) else seen_text(row, now_ms)
    lines: list[tuple[Run, ...]] = [(Run(words, bold=True, tone=state_tone(row)),)]
    if under:
        lines.append((Run(under, tone=Tone.MUTED),))
    return Cell(tuple(lines))


def name_cell(row: PeerRow) -> Cell:
    """Name, role and wards; its trouble in words."""
    lines: list[tuple[Run, ...]] = [
        (Run(name_of(row), bold=True),),
        (Run(place_text(row), tone=Tone.MUTED),),
    ]
    if said := trouble_text(row):
        lines.append((Run(f"!{NBSP}{said}", tone=Tone.WARNING),))
    return Cell(tuple(lines))


def exchange_cell(row: PeerRow, now_ms: int) -> Cell:
    """How long ago, and at what time; late ones in warning."""
    late = bool(row.exchanged_ms) and now_ms - (row.exchanged_ms or 0) > LATE_MS
    loud = late and row.state not in (REVOKED, NEVER)
    muted = not row.exchanged_ms
    tone = Tone.WARNING if loud else Tone.MUTED if muted else Tone.NORMAL
    lines: list[tuple[Run, ...]] = [(Run(exchange_text(row, now_ms), tone=tone),)]
    if row.exchanged_ms:
        lines.append((Run(moment_text(row.exchanged_ms, now_ms), tone=Tone.MUTED),))
    return Cell(tuple(lines))


def gap_cell(row: PeerRow) -> Cell:
    """What each lacks of the other."""
    return Cell(tuple((Run(words, tone=tone),) for words, tone in gap_lines(row)), scale="even")


def clock_cell(row: PeerRow) -> Cell:
    """Its clock against ours."""
    words, tone = clock_text(row)
    if tone is Tone.WARNING:
        return Cell(((Run(f"◷{NBSP}{words}", tone=tone),),))
    return Cell(((Run(words, tone=tone),),))
