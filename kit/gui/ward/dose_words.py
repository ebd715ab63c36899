"""A planned dose in words: its cell in the round, when it is due, what became of it, last doses.

Not for: deciding its status (`kit.ward.round`) nor drawing it (`round_grid`).
"""

from __future__ import annotations

from kit.core.clock import hhmm, moment_text, span_text
from kit.core.text import translator
from kit.gui.tone import Tone
from kit.gui.widgets.ages import ago
from kit.gui.widgets.cell import ChipText
from kit.ward.round import AsNeededRow, SlotRow
from kit.ward.words import omission_word, slot_symbol, slot_word

_ = translator("gui_entry")

TONES = {
    "late": Tone.CRITICAL,
    "conflict": Tone.CRITICAL,
    "to_check": Tone.WARNING,
    "not_known": Tone.MUTED,
    "suspended": Tone.MUTED,
    "omitted": Tone.NORMAL,
}
DONE = frozenset({"given", "partial", "omitted", "conflict"})


def status_words(slot: SlotRow, now_ms: int) -> str:
    """Symbol and word of what became of it: `● 08:04 C. Dubois`, `! LATE 32 min`, `○ planned`."""
    sign = slot_symbol(slot.status)
    if slot.status == "late":
        return _("{sign} LATE {span}").format(sign=sign, span=span_text(now_ms - slot.due))
    word = slot_word(slot.status)
    if slot.status in ("given", "partial") and slot.at:
        who = f"{hhmm(slot.at)} {slot.by}".strip()
        return f"{sign} {word} {who}"
    if slot.status == "omitted" and slot.reason:
        reason = slot.reason_text if slot.reason == "other" else omission_word(slot.reason)
        return f"{sign} {word} ({reason or omission_word(slot.reason)})"
    return f"{sign} {word}"


def status_tone(status: str) -> Tone:
    """Colour only where it is abnormal."""
    return TONES.get(status, Tone.NORMAL)


def due_words(slot: SlotRow | AsNeededRow, now_ms: int) -> str:
    """When it is due; for an if-needed drug what was given of it and when it may be again."""
    if isinstance(slot, AsNeededRow):
        return as_needed_words(slot, now_ms)
    if not slot.due:
        return _("Not planned")
    time, age = moment_text(slot.due, now_ms), ago(slot.due, now_ms)
    words = _("Due at {time}, {age}").format(time=time, age=age)
    if slot.status == "late":
        words = _("Due at {time}").format(time=time)
    if slot.status != "planned":
        words += " — " + status_words(slot, now_ms)
    if slot.times_proposed:
        words += " — " + _("time proposed by the kit")
    return words


def as_needed_words(row: AsNeededRow, now_ms: int) -> str:
    """Last dose, total of 24 h, most allowed, next allowed time: rule 9 asks for them all."""
    lines = []
    if row.last_at:
        lines.append(
            _("Last dose: {moment} ({age}), {amount}, {name}").format(
                moment=moment_text(row.last_at, now_ms), age=ago(row.last_at, now_ms),
                amount=row.last_amount, name=row.last_by,
            )
        )  # fmt: skip
    else:
        lines.append(_("No dose of it on record"))
    most = row.max_24h or _("no maximum given")
    lines.append(_("In 24 h: {total}, at most: {most}").format(total=row.total_24h, most=most))
    if row.next_allowed > now_ms:
        lines.append(_("Not before {moment}").format(moment=moment_text(row.next_allowed, now_ms)))
    elif row.last_at:
        lines.append(_("May be given now"))
    return "\n".join(lines)


def given_words(slot: SlotRow, now_ms: int) -> str:
    """A dose on record: `07:06 (1 h 14 ago), 1 g, A. Petit`."""
    parts = [f"{moment_text(slot.at, now_ms)} ({ago(slot.at, now_ms)})", slot.amount, slot.by]
    return ", ".join(part for part in parts if part)


def line_chips(slot: SlotRow | AsNeededRow) -> list[ChipText]:
    """What must be seen before the line: high risk, a part that was not understood, suspended."""
    chips = []
    if slot.high_alert:
        chips.append(ChipText(_("HIGH RISK"), Tone.CRITICAL, "◆"))
    if slot.doubts or slot.status == "to_check":
        chips.append(ChipText(_("TO BE CHECKED"), Tone.WARNING, "△"))
    if slot.status == "suspended":
        chips.append(ChipText(_("SUSPENDED"), Tone.WARNING, "‖"))
    return chips
