"""The entry sheets' doors: each opens its sheet at the right, with the patient's banner above it.

Not for: the sheets themselves (`sheet_*`). Screens call these and nothing else.
"""

from __future__ import annotations

from typing import Any

from kit.gui.screen import Context
from kit.gui.ward.formats import rows_of
from kit.gui.ward.sheet_entry import present
from kit.ward.administration import DoseStatus
from kit.ward.chart import JournalRow
from kit.ward.note import NoteRow
from kit.ward.round import AsNeededRow, SlotRow
from kit.ward.vitals import VitalsRow


def open_vitals_sheet(context: Context, patient: str, entry: VitalsRow | int | None = None) -> None:
    """Record vitals, or with an entry (its row or number) correct it."""
    from kit.gui.ward.sheet_vitals import VitalsSheet

    if isinstance(entry, int):
        _with_row(context, patient, entry, "vitals")
        return
    present(context, patient, VitalsSheet(context, patient, entry))


def open_note_sheet(
    context: Context, patient: str, entry: NoteRow | int | None = None, *, target: str = ""
) -> None:
    """Write a note, on a target where one is given, or with an entry correct it."""
    from kit.gui.ward.sheet_note import NoteSheet

    if isinstance(entry, int):
        _with_row(context, patient, entry, "note")
        return
    present(context, patient, NoteSheet(context, patient, entry, target))


def open_dose_sheet(context: Context, patient: str, slot: SlotRow | AsNeededRow) -> None:
    """Give a planned or an if-needed dose; one that is already on record is shown first."""
    from kit.gui.ward.dose_words import DONE
    from kit.gui.ward.sheet_done import DoneSheet

    if isinstance(slot, SlotRow) and slot.status in DONE:
        present(context, patient, DoneSheet(context, patient, slot))
    else:
        open_give_sheet(context, patient, slot)


def open_give_sheet(context: Context, patient: str, slot: SlotRow | AsNeededRow) -> None:
    """Give a dose, whatever is on record for it; the node still asks about what it finds."""
    from kit.gui.ward.sheet_dose import DoseSheet

    present(context, patient, DoseSheet(context, patient, slot))


def open_omission_sheet(context: Context, patient: str, slot: SlotRow) -> None:
    """Record that a planned dose was not given, with its reason."""
    from kit.gui.ward.sheet_omission import OmissionSheet

    present(context, patient, OmissionSheet(context, patient, slot))


def open_allergy_sheet(context: Context, patient: str) -> None:
    """Record an allergy, or that none is known."""
    from kit.gui.ward.sheet_allergy import AllergySheet

    present(context, patient, AllergySheet(context, patient))


def open_transfer_sheet(context: Context, patient: str) -> None:
    """Send the patient and the record to another ward."""
    from kit.gui.ward.sheet_transfer import TransferSheet

    context.shell.open_sheet(TransferSheet(context, patient))


Correctable = VitalsRow | NoteRow | SlotRow | JournalRow


def open_correction(context: Context, row: Correctable, patient: str = "") -> None:
    """Correct an entry: the same sheet, prefilled, with a reason; the original stays struck.

    A line of the journal is found again by its number; it needs `patient` where the screen below is
    about none.
    """
    if isinstance(row, VitalsRow):
        open_vitals_sheet(context, row.patient, row)
    elif isinstance(row, NoteRow):
        open_note_sheet(context, row.patient, row)
    elif isinstance(row, SlotRow):
        _correct_dose(context, row)
    else:
        _with_row(context, patient or context.patient or "", row.entry, row.kind, row)


def _correct_dose(context: Context, row: SlotRow) -> None:
    from kit.gui.ward.sheet_dose import DoseSheet
    from kit.gui.ward.sheet_omission import OmissionSheet

    made = OmissionSheet if row.status == DoseStatus.OMITTED else DoseSheet
    present(context, row.patient, made(context, row.patient, row, correcting=True))


def _with_row(
    context: Context, patient: str, entry: int, kind: str, line: JournalRow | None = None
) -> None:
    """Find the entry by its number, then correct it."""
    queries: dict[str, tuple[str, Any, dict[str, Any]]] = {
        "vitals": ("vitals.history", VitalsRow, {"limit": 400}),
        "note": ("note.list", NoteRow, {"limit": 400}),
    }
    name, shape, args = queries.get(kind, ("", None, {}))
    if not name:
        if line is not None:
            _strike_sheet(context, patient, line)
        return

    def found(answer: Any) -> None:
        row = next((row for row in rows_of(answer, shape) if row.entry == entry), None)
        if row is not None:
            open_correction(context, row)

    context.port.ask(name, {"patient": patient, **args}, found)


def _strike_sheet(context: Context, patient: str, line: JournalRow) -> None:
    from kit.gui.ward.sheet_strike import StrikeSheet

    present(context, patient, StrikeSheet(context, patient, line))
