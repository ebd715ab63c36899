"""The list of what is to be done now: its columns; and the sentences of the round's screen.

Not for: which doses are in it (`round_rows.todo_rows`).
"""

from __future__ import annotations

from collections.abc import Callable

from kit.core.clock import hhmm
from kit.core.text import translator
from kit.gui.models import Column
from kit.gui.states import Explained
from kit.gui.ward.dose_words import status_tone, status_words
from kit.gui.ward.formats import born_and_age, full_name
from kit.gui.ward.round_rows import Todo, line_cell
from kit.gui.widgets.cell import Cell, Run, text_cell
from kit.ward.snapshot import SnapshotRow
from kit.ward.words import source_text

_ = translator("gui_entry")


def todo_columns(now: Callable[[], int]) -> list[Column[Todo]]:
    """Due, bed, patient, the whole medication line; `now` gives UTC ms."""

    def due_cell(todo: Todo) -> Cell:
        slot = todo.slot
        words = Run(
            status_words(slot, now()), bold=slot.status != "planned", tone=status_tone(slot.status)
        )
        return Cell(((Run(hhmm(slot.due), bold=True),), (words,)), scale="even")

    def who_cell(todo: Todo) -> Cell:
        name = full_name(todo.who.family, todo.who.given)
        return text_cell(name, born_and_age(todo.who.birth_date, now()), bold=True)

    return [
        Column(lambda: _("Due"), due_cell, 170),
        Column(lambda: _("Bed"), lambda todo: text_cell(todo.who.bed, bold=True), 76),
        Column(lambda: _("Patient"), who_cell, 240, 1),
        Column(lambda: _("Drug and dose"), lambda todo: line_cell(todo.slot), 420, 2),
    ]


def help_sentences() -> str:
    """For F1, one a line."""
    return "\n".join(
        (
            _("Each cell holds the doses due in that hour; arrows go from dose to dose."),
            _("Enter opens the selected dose; Enter again signs it as given now."),
            _("O records that it was not given, with its reason."),
            _("Space shows one patient's drugs, and again the whole ward."),
            _("Each dose is signed on its own; several cannot be signed at once."),
            _("Ctrl+P prints the same grid with empty boxes."),
        )
    )


def nobody() -> Explained:
    """An empty ward."""
    return Explained(
        _("No patient in this ward."),
        _("Without an import the kit knows no prescription."),
        _("Import the hospital's extract, or write on paper for now."),
    )


def old_orders(newest: SnapshotRow, now_ms: int) -> Explained:
    """The newest extract is old: how old, and what that means for a prescription."""
    source = source_text(newest.label, newest.extracted_at or newest.imported_at, now_ms)
    return Explained(
        _("Prescriptions as of {source}.").format(source=source),
        _("They may have changed since: compare with paper and ask the prescriber when in doubt."),
    )
