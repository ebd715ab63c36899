"""The columns of the situation table, at the desk and on the wall; words, signs and figures.

Old figures stay, hatched, with their age: never a stale calm. Not for: the order of wards (worst
first, as the node answers) nor patients (there are none here).
"""

from __future__ import annotations

from collections.abc import Callable

from kit.core.clock import hhmm, moment_text
from kit.core.quantity import NBSP
from kit.core.text import plural_translator, translator
from kit.gui.models import Column
from kit.gui.steering.situation_row import (
    NEVER,
    OLD_DATA_MS,
    SILENT,
    SituationRow,
    is_silent,
    mode_word,
    needs_text,
    state_sign,
    state_word,
)
from kit.gui.tone import Tone
from kit.gui.widgets.ages import ago
from kit.gui.widgets.cell import Cell, Run, text_cell

_ = translator("gui_steering")
ngettext = plural_translator("gui_steering")

Now = Callable[[], int]
STATE_TONES = {"critical": Tone.CRITICAL, SILENT: Tone.WARNING, "tension": Tone.WARNING}
UNUSUAL_MODES = frozenset({"paper", "closed"})


def columns(now: Now) -> list[Column[SituationRow]]:
    """Eight columns for the desk; `now` gives UTC ms."""
    return [
        Column(lambda: _("Ward"), ward_cell, 160, 3, "ward"),
        Column(lambda: _("State"), lambda row: state_cell(row, now()), 152, 1, "state"),
        Column(lambda: _("Last point"), lambda row: point_cell(row, now()), 136, 1, "point"),
        Column(lambda: _("Beds"), lambda row: beds_cell(row, now()), 96, 0, "beds"),
        Column(lambda: _("Late doses"), lambda row: late_cell(row, now()), 116, 0, "late"),
        Column(lambda: _("Conflicts"), lambda row: conflicts_cell(row, now()), 80, 0, "conflicts"),
        Column(lambda: _("Mode, data"), lambda row: mode_cell(row, now()), 132, 1, "mode"),
        Column(lambda: _("Needs"), lambda row: needs_cell(row, now()), 220, 6, "needs"),
    ]


def wall_columns(now: Now) -> list[Column[SituationRow]]:
    """Six columns to be read at four metres."""
    return [
        Column(lambda: _("Ward"), lambda row: _wall(row.name or row.ward, bold=True), 330, 4),
        Column(lambda: _("State"), lambda row: _wall_state(row, now()), 330, 1),
        Column(lambda: _("Last point"), lambda row: _wall_point(row, now()), 260, 1),
        Column(lambda: _("Free beds"), lambda row: _wall_beds(row, now()), 190, 0),
        Column(lambda: _("Late doses"), lambda row: _wall_late(row, now()), 210, 0),
        Column(lambda: _("Needs"), _wall_needs, 330, 6, "needs"),
    ]


def key_of(row: SituationRow) -> str:
    """What keeps a row itself when news arrives."""
    return row.ward


def ward_cell(row: SituationRow) -> Cell:
    """Name, then code and telephone."""
    second = row.ward if row.name and row.name != row.ward else ""
    if row.phone:
        phone = _("tel. {number}").format(number=row.phone).replace(" ", NBSP)
        second = f"{second} · {phone}" if second else phone
    return text_cell(row.name or row.ward, second, bold=True)


def state_runs(row: SituationRow, now_ms: int) -> Run:
    """`■ In difficulty`; a ward past its time is silent, whatever it said last."""
    state = shown_state(row, now_ms)
    tone = STATE_TONES.get(state, Tone.NORMAL)
    return Run(f"{state_sign(state)}{NBSP}{state_word(state)}", bold=state != "normal", tone=tone)


def shown_state(row: SituationRow, now_ms: int) -> str:
    """The state that may be said now: old news is no news."""
    if not row.at:
        return NEVER
    return SILENT if is_silent(row, now_ms) else row.state


def state_cell(row: SituationRow, now_ms: int) -> Cell:
    """The state alone; what makes it so stands in the columns beside it."""
    return Cell(((state_runs(row, now_ms),),))


def point_cell(row: SituationRow, now_ms: int) -> Cell:
    """How long ago the ward's kit was heard; where too long, in the words of the wall chart."""
    if not row.at:
        return text_cell(_("never heard"), _("no kit, or no link"), tone=Tone.WARNING)
    age = ago(row.at, now_ms)
    when = moment_text(row.at, now_ms)
    if is_silent(row, now_ms):
        last = _("last point {age}").format(age=age.replace(" ", NBSP))
        said = Run(f"◷ {last}", bold=True, tone=Tone.WARNING)
        return Cell(((said,), (Run(when, tone=Tone.MUTED),)), stale=True)
    return text_cell(age, when)


def _figure(value: int | None, row: SituationRow, now_ms: int, *, alarm: str = "") -> Cell:
    """A count; unknown in words, abnormal with its sign, old ones hatched."""
    if value is None:
        return text_cell(_("unknown"), tone=Tone.MUTED)
    stale = is_silent(row, now_ms)
    if not value or not alarm:
        return Cell(((Run(str(value)),),), stale=stale)
    tone = Tone.NORMAL if stale else Tone.CRITICAL if alarm == "!" else Tone.WARNING
    return Cell(((Run(f"{alarm}{NBSP}{value}", bold=True, tone=tone),),), stale=stale)


def beds_cell(row: SituationRow, now_ms: int) -> Cell:
    """`22 / 24`, and how many are free; none is said by a word."""
    if row.occupied is None:
        return text_cell(_("unknown"), tone=Tone.MUTED)
    stale = is_silent(row, now_ms)
    said = f"{row.occupied}{NBSP}/{NBSP}{row.capacity}" if row.capacity else str(row.occupied)
    lines: list[tuple[Run, ...]] = [(Run(said),)]
    if row.free is not None:
        lines.append((free_run(row.free, stale=stale),))
    return Cell(tuple(lines), stale=stale)


def free_run(free: int, *, stale: bool) -> Run:
    """`2 free`, `none free`."""
    if not free:
        tone = Tone.NORMAL if stale else Tone.WARNING
        return Run(_("none free"), bold=True, tone=tone)
    said = ngettext("{count} free", "{count} free", free).format(count=free)
    return Run(said.replace(" ", NBSP), tone=Tone.MUTED)


def late_cell(row: SituationRow, now_ms: int) -> Cell:
    """Doses past their time."""
    return _figure(row.late, row, now_ms, alarm="!")


def conflicts_cell(row: SituationRow, now_ms: int) -> Cell:
    """What two kits wrote differently and nobody has settled."""
    return _figure(row.conflicts, row, now_ms, alarm="?")


def data_run(row: SituationRow, now_ms: int) -> Run:
    """Age of the ward's copy of the patient record."""
    if not row.at:
        return Run(_("data unknown"), tone=Tone.MUTED)
    if not row.data_at:
        return Run(_("no patient data"), tone=Tone.WARNING)
    said = _("data {age}").format(age=ago(row.data_at, now_ms))
    if has_old_data(row, now_ms):
        return Run(f"◷ {said}", tone=Tone.WARNING)
    return Run(said, tone=Tone.MUTED)


def has_old_data(row: SituationRow, now_ms: int) -> bool:
    """Whether its copy of the patient record is older than half a day."""
    return bool(row.data_at) and now_ms - row.data_at > OLD_DATA_MS


def mode_cell(row: SituationRow, now_ms: int) -> Cell:
    """How it works (kit, paper, both), and on how old data."""
    tone = Tone.NORMAL if row.mode else Tone.MUTED
    first = Run(mode_word(row.mode), bold=row.mode in UNUSUAL_MODES, tone=tone)
    stale = bool(row.at) and (has_old_data(row, now_ms) or is_silent(row, now_ms))
    return Cell(((first,), (data_run(row, now_ms),)), stale=stale)


def needs_cell(row: SituationRow, now_ms: int) -> Cell:
    """What it asks for and since when, then its own words."""
    if not row.needs and not row.comment:
        return text_cell(_("none told"), tone=Tone.MUTED)
    first = [Run(needs_text(row.needs) or _("In a few words"), bold=True)]
    if row.told_at:
        told = _("told {age}").format(age=ago(row.told_at, now_ms)).replace(" ", NBSP)
        first.append(Run(f"  {told}", tone=Tone.MUTED))
    lines: list[tuple[Run, ...]] = [tuple(first)]
    if row.comment:
        lines.append((Run(row.comment),))
    return Cell(tuple(lines))


# -- the wall -------------------------------------------------------------------------------


def _wall(text: str, *, bold: bool = False, tone: Tone = Tone.NORMAL, stale: bool = False) -> Cell:
    return Cell(((Run(text, bold, tone),),), stale=stale, scale="wall")


def _wall_state(row: SituationRow, now_ms: int) -> Cell:
    return Cell(((state_runs(row, now_ms),),), scale="wall")


def _wall_point(row: SituationRow, now_ms: int) -> Cell:
    if not row.at:
        return _wall(_("never heard"), tone=Tone.WARNING)
    if is_silent(row, now_ms):
        return _wall(f"◷ {ago(row.at, now_ms)}", bold=True, tone=Tone.WARNING, stale=True)
    return _wall(hhmm(row.at))


def _wall_needs(row: SituationRow) -> Cell:
    said = needs_text(row.needs)
    return _wall(said) if said else _wall(_("none told"), tone=Tone.MUTED)


def _wall_beds(row: SituationRow, now_ms: int) -> Cell:
    if row.free is None:
        return _wall(_("unknown"), tone=Tone.MUTED)
    stale = is_silent(row, now_ms)
    if row.capacity is None:
        return _wall(str(row.free), stale=stale)
    said = _("{free} of {all}").format(free=row.free, all=row.capacity).replace(" ", NBSP)
    return _wall(said, bold=row.free == 0 and not stale, stale=stale)


def _wall_late(row: SituationRow, now_ms: int) -> Cell:
    if row.late is None:
        return _wall(_("unknown"), tone=Tone.MUTED)
    stale = is_silent(row, now_ms)
    if not row.late:
        return _wall("0", stale=stale)
    tone = Tone.NORMAL if stale else Tone.CRITICAL
    return _wall(f"!{NBSP}{row.late}", bold=True, tone=tone, stale=stale)


# -- what the chips count -------------------------------------------------------------------


def is_in_trouble(row: SituationRow, now_ms: int) -> bool:
    """In difficulty or under strain, by fresh news."""
    return shown_state(row, now_ms) in ("critical", "tension")


def has_needs(row: SituationRow) -> bool:
    """Something was asked for."""
    return bool(row.needs)


def has_conflicts(row: SituationRow) -> bool:
    """Two kits wrote differently."""
    return bool(row.conflicts)
