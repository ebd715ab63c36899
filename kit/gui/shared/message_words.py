"""Messages in words: priorities, how far they came, what follows where nobody acknowledges.

Not for: drawing, nor for deciding any of it (the rows say it).
"""

from __future__ import annotations

from kit.core.clock import hhmm, moment_text, span_text
from kit.core.text import plural_translator, translator
from kit.gui.shared.message_rows import (
    FLASH,
    INFO,
    ROUTINE,
    URGENT,
    DirectiveRow,
    MessageRow,
    ReceiptRow,
)
from kit.gui.tone import Tone

_ = translator("gui_steering")
ngettext = plural_translator("gui_steering")

PRIORITY_TONES = {FLASH: Tone.CRITICAL, URGENT: Tone.WARNING}
PRIORITY_SIGNS = {FLASH: "■", URGENT: "▲"}
STATE_SIGNS = {
    "written": "○",
    "handed": "◔",
    "shown": "◑",
    "acknowledged": "✓",
    "paper": "✓",
    "done": "●",
    "impossible": "✕",
}
ANSWERED = frozenset({"acknowledged", "paper", "done", "impossible"})


def priority_word(priority: str) -> str:
    """How pressing a message is."""
    return {
        FLASH: _("FLASH"),
        URGENT: _("Urgent"),
        ROUTINE: _("Routine"),
        INFO: _("For information"),
    }.get(priority, priority)


def priority_about(priority: str) -> str:
    """What a priority asks of whoever receives it."""
    return {
        FLASH: _("Shown above every screen; to be acknowledged within 5 min, then repeated."),
        URGENT: _("To be acknowledged within 15 min."),
        ROUTINE: _("To be acknowledged when there is time."),
        INFO: _("Nothing to acknowledge."),
    }.get(priority, "")


def delivery_text(row: MessageRow) -> str:
    """`✓ acknowledged by C. Dubois 04:12`: the furthest that is known, in words."""
    sign = STATE_SIGNS.get(row.state, "○")
    return f"{sign} {_delivery(row)}"


def _delivery(row: MessageRow) -> str:
    if row.expected > 1 and row.acked:
        return _("acknowledged by {done} of {all}").format(done=row.acked, all=row.expected)
    if row.state == "acknowledged" and row.acknowledged_by:
        said = _("acknowledged by {name} {time}")
        return said.format(name=row.acknowledged_by, time=hhmm(row.acknowledged_at))
    if row.state == "paper":
        return _("acknowledged on paper")
    if row.state == "shown":
        kits = ngettext("shown on {count} kit", "shown on {count} kits", row.shown_kits or 1)
        return kits.format(count=row.shown_kits or 1)
    if row.state == "handed":
        kits = ngettext("handed to {count} kit", "handed to {count} kits", row.kits or 1)
        return kits.format(count=row.kits or 1)
    return _("written here, not yet handed on")


def receipt_text(row: ReceiptRow) -> str:
    """How far it came at one unit."""
    sign = STATE_SIGNS.get(row.state, "○")
    time = hhmm(row.at) if row.at else ""
    said = {
        "written": _("not yet handed on"),
        "handed": _("handed on {time}").format(time=time),
        "shown": _("shown {time}, not acknowledged").format(time=time),
        "acknowledged": _("acknowledged by {name} {time}").format(name=row.by_name, time=time),
        "paper": _("acknowledged on paper by {name} {time}").format(name=row.by_name, time=time),
        "done": _("carried out, says {name} {time}").format(name=row.by_name, time=time),
        "impossible": _("impossible, says {name} {time}").format(name=row.by_name, time=time),
    }.get(row.state, row.state)
    return f"{sign} {said}"


def step_text(step: str, phone: str, code: str) -> str:
    """What is done where nobody acknowledges; "" while there is time."""
    return {
        "next_kit": _("No acknowledgement: passed to the unit's next kit."),
        "phone": _("No acknowledgement: telephone {number}.").format(number=phone or "—"),
        "courier": _(
            "No acknowledgement: send a courier; the code to bring back is {code}."
        ).format(code=code or "—"),
    }.get(step, "")


def deadline_text(ack_by: int, now_ms: int) -> str:
    """`to be acknowledged by 04:15 (in 3 min)`, or since when it is late; "" without deadline."""
    if not ack_by:
        return ""
    if ack_by < now_ms:
        late = _("acknowledgement late by {span} (was due {time})")
        return late.format(span=span_text(now_ms - ack_by), time=moment_text(ack_by, now_ms))
    due = _("to be acknowledged by {time} (in {span})")
    return due.format(time=moment_text(ack_by, now_ms), span=span_text(ack_by - now_ms))


def until_text(until: int, now_ms: int) -> str:
    """How long a directive holds."""
    if not until:
        return _("until it is lifted")
    return _("until {moment}").format(moment=moment_text(until, now_ms))


def count_text(row: DirectiveRow) -> str:
    """`12/14 wards`."""
    return _("{done}/{all} wards").format(done=row.acked, all=row.expected)


def by_text(name: str, role: str, at: int, now_ms: int) -> str:
    """`C. Dubois, nurse, 04:12`."""
    from kit.ward.words import profession_word

    who = f"{name}, {profession_word(role)}" if role else name
    return f"{who} · {moment_text(at, now_ms)}" if at else who


def channel_kind_word(kind: str) -> str:
    """What a channel is for."""
    return {
        "decision": _("crisis cell, decisions"),
        "it": _("crisis cell, IT"),
        "care": _("all wards"),
        "unit": _("ward"),
        "technical": _("technical departments"),
        "logistics": _("logistics"),
        "communication": _("communication"),
        "field": _("IT in the field"),
        "exercise": _("exercise animators"),
        "direct": _("one person"),
    }.get(kind, kind)
