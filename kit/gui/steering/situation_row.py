"""A ward as the crisis cell sees it: the row of `steering.situation`, and its words; without Qt.

No patient's identity is in it. Not for: deciding how grave a ward's state is (the row says it).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kit.core.clock import HOUR
from kit.core.text import translator

_ = translator("gui_steering")

OLD_DATA_MS = 12 * HOUR
SILENT, NEVER = "silent", "never"
TENSE = frozenset({"critical", "tension"})
UNKNOWN = -1
NEED = "need:"
MODES = ("normal", "kit", "mixed", "paper", "closed")
NEEDS = (
    "staff", "beds", "drugs", "blood", "equipment", "paper", "power", "oxygen", "transport", "lab",
    "imaging", "it", "security", "other",
)  # fmt: skip


class SituationRow(msgspec.Struct, frozen=True):
    """One ward. Times are UTC ms, 0 = never; counts are None where nothing was ever heard.

    `at`: when its kit last computed the point, `expected_at`: when the next one is late; `told_at`:
    when a person last told mode and needs; `data_at`: age of its patient data; `state`: never,
    silent, critical, tension, busy, normal; `why`: codes of what makes it so; `stale`: too old, or
    dated ahead, to be taken for the present. Beds and people are UNKNOWN where nobody told.
    """

    ward: str
    name: str = ""
    phone: str = ""
    label: str = ""
    stale: bool = False
    at: int = 0
    expected_at: int = 0
    by: str = ""
    told_at: int = 0
    occupied: int | None = None
    capacity: int | None = None
    free: int | None = None
    late: int | None = None
    conflicts: int | None = None
    blocked: int = UNKNOWN
    staff: int = UNKNOWN
    staff_needed: int = UNKNOWN
    data_at: int = 0
    mode: str = ""
    needs: tuple[str, ...] = ()
    comment: str = ""
    state: str = "normal"
    why: tuple[str, ...] = ()


def is_silent(row: SituationRow, now_ms: int) -> bool:
    """Whether the figures are too old to be taken for the present."""
    late = bool(row.expected_at) and now_ms > row.expected_at
    return row.stale or late or not row.at


def state_word(state: str) -> str:
    """The state of a ward in one or two words."""
    return {
        NEVER: _("Never heard of"),
        SILENT: _("Silent"),
        "critical": _("In difficulty"),
        "tension": _("Under strain"),
        "busy": _("To be watched"),
        "normal": _("Holds"),
    }.get(state, state)


def state_sign(state: str) -> str:
    """The same by shape, for whoever sees no colour."""
    signs = {NEVER: "◌", SILENT: "◷", "critical": "■", "tension": "▲", "busy": "◆", "normal": "○"}
    return signs.get(state, "○")


def why_word(code: str) -> str:
    """What makes the state so."""
    if code.startswith(NEED):
        return _("needs: {need}").format(need=need_word(code.removeprefix(NEED)))
    return {
        "never": _("no point yet"),
        "old": _("no news"),
        "clock": _("its clock is ahead"),
        "late": _("late doses"),
        "conflicts": _("conflicts to settle"),
        "full": _("no free bed"),
        "old_data": _("old patient data"),
        "paper": _("works on paper"),
        "closed": _("closed"),
    }.get(code, code)


def mode_word(mode: str) -> str:
    """How a ward works now."""
    return {
        "kit": _("Kit"),
        "normal": _("Usual software"),
        "mixed": _("Kit and paper"),
        "paper": _("Paper"),
        "closed": _("Closed"),
        "": _("not told"),
    }.get(mode, mode)


def need_word(code: str) -> str:
    """What a ward lacks."""
    return {
        "staff": _("staff"),
        "beds": _("beds"),
        "drugs": _("drugs"),
        "blood": _("blood"),
        "equipment": _("equipment"),
        "paper": _("paper, forms"),
        "power": _("power"),
        "oxygen": _("oxygen, gases"),
        "transport": _("transport"),
        "lab": _("laboratory"),
        "imaging": _("imaging"),
        "it": _("IT help"),
        "security": _("security"),
        "other": _("other"),
    }.get(code, code)


def needs_text(needs: Sequence[str]) -> str:
    """`Staff, beds`; "" where none was told."""
    said = ", ".join(need_word(code) for code in needs)
    return said[:1].upper() + said[1:]
