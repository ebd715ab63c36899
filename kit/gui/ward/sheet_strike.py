"""Striking a line of the journal that has no sheet of its own; the reason is required.

Not for: replacing it (correct it from its own tab).
"""

from __future__ import annotations

from kit.core.clock import moment_text
from kit.core.text import translator
from kit.gui.screen import Context
from kit.gui.ward.sheet_entry import Command, EntrySheet
from kit.ward.chart import JournalRow

_ = translator("gui_entry")


class StrikeSheet(EntrySheet):
    """The entry, struck and readable, and why."""

    def __init__(self, context: Context, patient: str, row: JournalRow) -> None:
        super().__init__(context, patient, "strike", _("Strike an entry"), "", _("Strike it"))
        when = moment_text(row.at, context.now_ms())
        self.correct(row.entry, row.text, f"{when}, {row.actor_name}")
        self.strike_only.hide()

    def focus_first(self) -> None:
        """The reason is all that is asked."""
        if self.correction is not None:
            self.correction.reason.list.setFocus()

    def command(self) -> Command | None:
        """`entry.strike`."""
        args = self.correction_args()
        if not args:
            return None
        command = {"entry": self.corrects, "reason": args["reason"], "text": args["reason_text"]}
        return "entry.strike", command

    def done_text(self) -> str:
        """Struck is not deleted."""
        return _("Struck through, still readable.")
