"""The round as rows for the grid and for the list of what is to be done now; as data, without Qt.

Not for: drawing (`round_grid`) nor statuses (they come from the node).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kit.core.clock import HOUR, MINUTE, hhmm, moment_text, span_text
from kit.core.text import plural_translator, translator
from kit.gui.tone import Tone
from kit.gui.ward.dose_words import as_needed_words, status_tone, status_words
from kit.gui.ward.formats import born_and_age, full_name
from kit.gui.ward.shifts import Shift, shift_table
from kit.gui.widgets.cell import Cell, ChipText, Run
from kit.ward.board import BoardRow
from kit.ward.round import AsNeededRow, RoundRow, SlotRow
from kit.ward.words import slot_symbol, slot_word

_ = translator("gui_entry")
ngettext = plural_translator("gui_entry")

Slot = SlotRow | AsNeededRow
LOUD = frozenset({"late", "conflict", "to_check"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One dose inside a cell of the grid; `key` finds it again after news."""

    key: str
    slot: Slot
    cell: Cell


@dataclass(frozen=True, slots=True)
class GridRow:
    """A patient (or one drug of theirs): what stands at the left, and the doses by column."""

    key: str
    patient: str
    head: Cell
    entries: tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True, slots=True)
class Todo:
    """A line of the list: a dose that is late or due soon, and whose."""

    slot: SlotRow
    who: BoardRow


def slot_key(slot: Slot) -> str:
    """The same dose has the same key before and after it is signed."""
    if isinstance(slot, AsNeededRow):
        return f"{slot.prescription}?"
    return f"{slot.prescription}@{slot.due}" if slot.due else f"{slot.prescription}#{slot.entry}"


def ward_rows(
    rounds: Sequence[RoundRow], board: Sequence[BoardRow], shift: Shift, now: int
) -> list[GridRow]:
    """One row per patient in the order of beds; each dose names its drug."""
    by_patient = {row.patient: row for row in rounds}
    made = []
    for who in board:
        found = by_patient.get(who.patient)
        if not who.patient or found is None:
            continue
        columns = _columns(found.slots, found.as_needed, shift, lambda slot: dose_cell(slot, now))
        made.append(GridRow(who.patient, who.patient, patient_cell(who, now), columns))
    return made


def drug_rows(found: RoundRow, shift: Shift, now: int) -> list[GridRow]:
    """One row per order of one patient; the line stands at the left, whole."""
    lines: dict[str, list[SlotRow]] = {}
    for slot in found.slots:
        lines.setdefault(slot.prescription, []).append(slot)
    made = []
    for key, slots in sorted(lines.items(), key=lambda item: item[1][0].generic):
        columns = _columns(slots, (), shift, lambda slot: fate_cell(slot, now))
        made.append(GridRow(key, found.patient, line_cell(slots[0]), columns))
    for needed in found.as_needed:
        columns = _columns((), (needed,), shift, lambda slot: fate_cell(slot, now))
        made.append(GridRow(f"{needed.prescription}?", found.patient, line_cell(needed), columns))
    return made


def _columns(
    slots: Sequence[SlotRow], needed: Sequence[AsNeededRow], shift: Shift, cell_of: object
) -> tuple[tuple[Entry, ...], ...]:
    hours = shift.hours()
    columns: list[list[Entry]] = [[] for _hour in hours]
    for slot in slots:
        at = slot.due or slot.at
        place = (at - shift.since) // HOUR
        if 0 <= place < len(hours):
            columns[place].append(Entry(slot_key(slot), slot, cell_of(slot)))  # type: ignore[operator]  # one of the cells below
    last = [Entry(slot_key(row), row, cell_of(row)) for row in needed]  # type: ignore[operator]  # idem
    return (*(tuple(column) for column in columns), tuple(last))


def patient_cell(who: BoardRow, now: int) -> Cell:
    """Bed, name in full, birth and age; a homonym says so."""
    chips = []
    if who.homonym:
        chips.append(ChipText(_("HOMONYM"), Tone.WARNING, "◆"))
    if who.allergies is not None and who.allergies.state == "known":
        chips.append(ChipText(_("Allergies"), Tone.CRITICAL, "▲"))
    if who.disputes:
        said = ngettext("{count} conflict", "{count} conflicts", who.disputes)
        chips.append(ChipText(said.format(count=who.disputes), Tone.WARNING, "?"))
    lines = (
        (Run(f"{who.bed}  ", bold=True), Run(full_name(who.family, who.given), bold=True)),
        (Run(born_and_age(who.birth_date, now), tone=Tone.MUTED),),
    )
    return Cell(lines, tuple(chips))


def line_cell(slot: Slot) -> Cell:
    """The whole medication line, and what must be seen beside it."""
    line = tuple(Run(run.text, run.bold) for run in slot.line)
    chips = [ChipText(_("HIGH RISK"), Tone.CRITICAL, "◆")] if slot.high_alert else []
    if slot.doubts:
        chips.append(ChipText(_("TO BE CHECKED"), Tone.WARNING, "△"))
    return Cell((line,), tuple(chips), scale="medication")


def dose_cell(slot: Slot, now: int) -> Cell:
    """In the ward's grid: symbol, drug, dose; beneath, time and word."""
    if isinstance(slot, AsNeededRow):
        return _needed_cell(slot, now)
    sign = slot_symbol(slot.status)
    tone = status_tone(slot.status)
    first = [Run(f"{sign} ", bold=slot.status in LOUD, tone=tone), Run(slot.generic, bold=True)]
    if slot.amount:
        first.append(Run(f" {slot.amount}"))
    return Cell((tuple(first), tuple(_fate_runs(slot, now))))


def fate_cell(slot: Slot, now: int) -> Cell:
    """In one patient's grid, where the drug stands at the left: time, symbol and word, amount."""
    if isinstance(slot, AsNeededRow):
        return _needed_cell(slot, now, named=False)
    words = status_words(slot, now)
    loud = slot.status in LOUD
    first = (Run(words, bold=loud, tone=status_tone(slot.status)),)
    second = (Run(f"{hhmm(slot.due or slot.at)} {slot.amount}".strip()),)
    return Cell((first, second))


def _fate_runs(slot: SlotRow, now: int) -> list[Run]:
    tone, loud = status_tone(slot.status), slot.status in LOUD
    if slot.status == "late":
        words = _("{due} LATE {span}").format(due=hhmm(slot.due), span=span_text(now - slot.due))
    elif slot.status in ("given", "partial"):
        words = f"{slot_word(slot.status)} {hhmm(slot.at)} {slot.by}".strip()
    elif slot.status == "omitted":
        words = status_words(slot, now)[2:]
    else:
        words = f"{hhmm(slot.due or slot.at)} {slot_word(slot.status)}"
    runs = [Run(words, bold=loud, tone=tone if tone is not Tone.NORMAL else Tone.MUTED)]
    if slot.high_alert:
        runs.append(Run(" ◆ " + _("high risk"), tone=Tone.CRITICAL))
    return runs


def _needed_cell(row: AsNeededRow, now: int, *, named: bool = True) -> Cell:
    first = (Run("○ "), Run(row.generic, bold=True)) if named else (Run(_("○ if needed")),)
    if row.next_allowed > now:
        when = _("not before {moment}").format(moment=moment_text(row.next_allowed, now))
        state = Run(when, bold=True, tone=Tone.WARNING)
    elif row.last_at:
        state = Run(
            _("last {moment}").format(moment=moment_text(row.last_at, now)), tone=Tone.MUTED
        )
    else:
        state = Run(_("none given in 24 h"), tone=Tone.MUTED)
    total = f"{row.total_24h} / {row.max_24h}" if row.max_24h else row.total_24h
    lines = [first, (state,), (Run(_("24 h: {total}").format(total=total), tone=Tone.MUTED),)]
    if row.high_alert:
        lines.append((Run("◆ " + _("high risk"), tone=Tone.CRITICAL),))
    spoken = f"{row.generic}, " + as_needed_words(row, now).replace("\n", ", ")
    return Cell(tuple(lines), spoken=spoken)


def todo_rows(rounds: Sequence[RoundRow], board: Sequence[BoardRow], now: int) -> list[Todo]:
    """Late doses, the oldest first; then what is due within the hour or to be checked."""
    ahead = now + shift_table()["todo_ahead_min"] * MINUTE
    people = {row.patient: row for row in board}
    made = [
        Todo(slot, people[row.patient])
        for row in rounds
        if row.patient in people
        for slot in row.slots
        if slot.status in ("late", "planned", "to_check") and slot.due < ahead
    ]
    order = {"late": 0, "planned": 1, "to_check": 1}
    made.sort(key=lambda todo: (order[todo.slot.status], todo.slot.due, todo.who.bed))
    return made
