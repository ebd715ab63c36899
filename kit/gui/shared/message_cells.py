"""Cells of the three lists of the message screen: channels, a thread, receipts.

Not for: layout or acting (`messages`, `message_details`). Text is never cut.
"""

from __future__ import annotations

from kit.core.clock import moment_text
from kit.core.text import plural_translator, translator
from kit.gui.shared import message_words as words
from kit.gui.shared.message_rows import (
    DIRECTIVES,
    FLASH,
    ChannelRow,
    DirectiveRow,
    MessageRow,
    ReceiptRow,
)
from kit.gui.tone import Tone
from kit.gui.widgets.cell import Cell, ChipText, Run

_ = translator("gui_steering")
ngettext = plural_translator("gui_steering")


def channel_cell(row: ChannelRow, now_ms: int) -> Cell:
    """Name; beneath, what it is for and when somebody last wrote; what waits there as chips."""
    about = words.channel_kind_word(row.kind)
    if about.casefold() == row.name.casefold():
        about = ""
    if row.channel == DIRECTIVES:
        about = _("what is in force now")
    elif row.last_at:
        about = f"{about} · {moment_text(row.last_at, now_ms)}" if about else _moment(row, now_ms)
    chips = []
    if row.open:
        tone = words.PRIORITY_TONES.get(row.unread_worst, Tone.WARNING)
        said = ngettext("{count} to acknowledge", "{count} to acknowledge", row.open)
        chips.append(ChipText(said.format(count=row.open), tone, "▲"))
    if row.unread:
        said = ngettext("{count} unread", "{count} unread", row.unread)
        chips.append(ChipText(said.format(count=row.unread), Tone.INFO, "●"))
    waits = bool(row.unread or row.open)
    lines = [(Run(row.name or row.channel, bold=waits),)]
    if about:
        lines.append((Run(about, tone=Tone.MUTED),))
    return Cell(tuple(lines), tuple(chips))


def _moment(row: ChannelRow, now_ms: int) -> str:
    return _("last message {moment}").format(moment=moment_text(row.last_at, now_ms))


def message_cell(row: MessageRow, now_ms: int) -> Cell:
    """Who and when; what; to whom and how far it came."""
    head = [Run(words.by_text(row.author_name, row.role, row.at, now_ms), bold=not row.shown)]
    if row.unit_name:
        head.append(Run(f"  {row.unit_name}", tone=Tone.MUTED))
    old = bool(row.corrected_by)
    lines: list[tuple[Run, ...]] = [tuple(head), (Run(row.text, struck=old),)]
    if row.ask:
        lines.append((Run(_("Read back: {question}").format(question=row.ask), tone=Tone.MUTED),))
    lines.append((Run(_state_line(row), tone=Tone.MUTED),))
    return Cell(tuple(lines), tuple(_message_chips(row, now_ms)), scale="message")


def _state_line(row: MessageRow) -> str:
    to = ", ".join(row.to_names or row.to)
    state = words.delivery_text(row)
    return f"{_('To {names}').format(names=to)} — {state}" if to else state


def _message_chips(row: MessageRow, now_ms: int) -> list[ChipText]:
    if row.corrected_by:
        return [ChipText(_("corrected below"), Tone.NORMAL, "✎")]
    chips = [ChipText(_("correction"), Tone.INFO, "✎")] if row.corrects else []
    if row.priority in words.PRIORITY_SIGNS:
        tone, sign = words.PRIORITY_TONES[row.priority], words.PRIORITY_SIGNS[row.priority]
        chips.append(ChipText(words.priority_word(row.priority), tone, sign))
    if to_acknowledge(row):
        due = words.deadline_text(row.ack_by, now_ms) or _("to be acknowledged")
        late = bool(row.ack_by) and row.ack_by < now_ms
        chips.append(ChipText(due, Tone.CRITICAL if late else Tone.WARNING, "▲"))
    elif row.needs_ack and row.mine and row.expected:
        done, late = row.acked >= row.expected, bool(row.ack_by) and row.ack_by < now_ms
        said = _("{done}/{all} acknowledged").format(done=row.acked, all=row.expected)
        tone = Tone.WARNING if late and not done else Tone.NORMAL
        chips.append(ChipText(said, tone, "✓" if done else "◷"))
    if step := words.step_text(row.step, row.phone, row.code):
        chips.append(ChipText(step, Tone.WARNING, "▲"))
    return chips


def directive_cell(row: DirectiveRow, now_ms: int) -> Cell:
    """A card: title and count, the order itself, who and until when, what it replaces."""
    by = words.by_text(row.author_name, row.role, row.at, now_ms)
    lines: list[tuple[Run, ...]] = [(Run(by, tone=Tone.MUTED),)]
    if row.title:
        lines.append((Run(row.title, bold=True, struck=not row.in_force),))
    lines.append((Run(row.text, struck=not row.in_force),))
    if row.ask:
        lines.append((Run(_("Read back: {question}").format(question=row.ask), tone=Tone.MUTED),))
    lines.append((Run(_holds(row, now_ms), tone=Tone.MUTED),))
    return Cell(tuple(lines), tuple(_directive_chips(row, now_ms)), scale="message")


def _holds(row: DirectiveRow, now_ms: int) -> str:
    if row.ended_at:
        lifted = _("Lifted {moment} by {name}: {why}")
        moment = moment_text(row.ended_at, now_ms)
        return lifted.format(moment=moment, name=row.ended_by, why=row.ended_why)
    if not row.in_force:
        return _("No longer in force")
    parts = [_("In force {until}").format(until=words.until_text(row.until, now_ms))]
    if row.unit_names:
        parts.append(_("for {units}").format(units=", ".join(row.unit_names)))
    if row.chain:
        said = ngettext(
            "replaces {count} earlier wording", "replaces {count} earlier wordings", len(row.chain)
        )
        parts.append(said.format(count=len(row.chain)))
    return " · ".join(parts)


def _directive_chips(row: DirectiveRow, now_ms: int) -> list[ChipText]:
    chips = []
    if row.priority == FLASH:
        tone, sign = words.PRIORITY_TONES[FLASH], words.PRIORITY_SIGNS[FLASH]
        chips.append(ChipText(words.priority_word(FLASH), tone, sign))
    if row.conflicts_with:
        chips.append(ChipText(_("two in force: to be settled"), Tone.WARNING, "?"))
    if row.claim:
        due = words.deadline_text(row.ack_by, now_ms) or _("to be acknowledged")
        late = bool(row.ack_by) and row.ack_by < now_ms
        chips.append(ChipText(due, Tone.CRITICAL if late else Tone.WARNING, "▲"))
    elif row.acknowledged_at:
        said = _("acknowledged by {name}").format(name=row.acknowledged_by)
        chips.append(ChipText(said, Tone.NORMAL, "✓"))
    if row.expected:
        full = row.acked >= row.expected
        late = bool(row.ack_by) and row.ack_by < now_ms and not full
        tone = Tone.WARNING if late else Tone.NORMAL
        chips.append(ChipText(words.count_text(row), tone, "✓" if full else "◷"))
    if row.impossible:
        said = ngettext("impossible in {count} ward", "impossible in {count} wards", row.impossible)
        chips.append(ChipText(said.format(count=row.impossible), Tone.WARNING, "✕"))
    if step := words.step_text(row.step, row.phone, row.code):
        chips.append(ChipText(step, Tone.WARNING, "▲"))
    return chips


def to_acknowledge(row: MessageRow) -> bool:
    """Whether the person who reads is asked to acknowledge it."""
    return row.claim


def unit_cell(row: ReceiptRow) -> Cell:
    """The unit."""
    return Cell(((Run(row.name or row.unit),),))


def receipt_cell(row: ReceiptRow) -> Cell:
    """How far it came there; what was read back; what is done where nobody answers."""
    done = row.state in words.ANSWERED
    lines: list[tuple[Run, ...]] = [(Run(words.receipt_text(row), bold=not done),)]
    if row.reason:
        lines.append((Run(row.reason),))
    if row.misread:
        said = ngettext(
            "read back wrong {count} time", "read back wrong {count} times", row.misread
        )
        lines.append((Run(said.format(count=row.misread), tone=Tone.WARNING),))
    if row.readback:
        said = _("read back: {answer}").format(answer=row.readback)
        lines.append((Run(said, tone=Tone.MUTED),))
    if step := words.step_text(row.step, row.phone, row.code):
        lines.append((Run(step, bold=True, tone=Tone.WARNING),))
    return Cell(tuple(lines))


def is_flash(row: MessageRow) -> bool:
    """A message that stands above everything until somebody acknowledges it."""
    return row.priority == FLASH
