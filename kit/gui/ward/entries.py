"""Opening the entry sheets from the board and the chart, by kind.

The sheets are imported when the first one is opened. Not for: what is entered (`sheets`).
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from kit.core.text import translator
from kit.gui.screen import Context
from kit.gui.ward.formats import rows_of
from kit.ward.round import AsNeededRow, RoundRow, SlotRow

_ = translator("gui_ward")

SHEETS = "kit.gui.ward.sheets"
OPEN_SLOTS = ("late", "planned", "to_check")
PLAIN = {
    "vitals": "open_vitals_sheet", "note": "open_note_sheet", "allergy": "open_allergy_sheet",
    "transfer": "open_transfer_sheet",
}  # fmt: skip


def can_enter() -> bool:
    """Whether this version has the sheets."""
    return find_spec(SHEETS) is not None


def open_entry(context: Context, kind: str, patient: str) -> None:
    """Open the sheet for vital signs, a note, an allergy, or the next dose of this patient.

    `conflict`: what other kits wrote otherwise about this patient, to be settled.
    """
    if kind == "conflict":
        context.shell.go("shared.exchange", patient)
    elif not can_enter():
        context.shell.toast(_("This entry is not part of this version of the kit."))
    elif kind == "dose":
        args = {"patient": patient}
        context.port.ask("round.slots", args, partial(_open_next_dose, context, patient))
    else:
        _call(PLAIN[kind], context, patient)


def open_correction(context: Context, row: Any) -> None:
    """Open the sheet that corrects this row."""
    if can_enter():
        _call("open_correction", context, row)


def open_dose(context: Context, patient: str, slot: SlotRow | AsNeededRow) -> None:
    """Open the sheet of one dose."""
    if can_enter():
        _call("open_dose_sheet", context, patient, slot)


def next_slot(rows: list[RoundRow]) -> SlotRow | AsNeededRow | None:
    """The earliest dose that nobody recorded; else the first if-needed order; else None."""
    slots = [slot for row in rows for slot in row.slots if slot.status in OPEN_SLOTS]
    if slots:
        return min(slots, key=lambda slot: slot.due)
    needed = [one for row in rows for one in row.as_needed]
    return needed[0] if needed else None


def _open_next_dose(context: Context, patient: str, answer: Any) -> None:
    slot = next_slot(rows_of(answer, RoundRow))
    if slot is None:
        context.shell.toast(_("No dose is planned for this patient."))
    else:
        open_dose(context, patient, slot)


def _call(name: str, *args: Any) -> None:
    getattr(import_module(SHEETS), name)(*args)
