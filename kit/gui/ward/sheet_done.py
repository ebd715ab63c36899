"""A dose that is already on record: what was written, by whom, and the way to correct it.

Not for: giving it again without saying so.
"""

from __future__ import annotations

from kit.core.clock import hhmm
from kit.core.text import translator
from kit.gui.screen import Context
from kit.gui.states import Explained, State
from kit.gui.ward.dose_words import due_words, given_words, line_chips, status_words
from kit.gui.ward.sheet_entry import Command, EntrySheet, action_button
from kit.gui.widgets.labels import Text
from kit.gui.widgets.medication import MedicationLine
from kit.gui.widgets.panel import StatePanel
from kit.ward.round import SlotRow

_ = translator("gui_entry")


class DoneSheet(EntrySheet):
    """Reading; correcting is a choice, and giving after an omission another."""

    def __init__(self, context: Context, patient: str, slot: SlotRow) -> None:
        self.slot = slot
        due = hhmm(slot.due) if slot.due else _("not planned")
        title = _("Dose on record: {time}").format(time=due)
        super().__init__(context, patient, "done", title, "", _("Close"))
        self.draft_key = ""
        now = context.now_ms()
        line = MedicationLine()
        line.show_line([(run.text, run.bold) for run in slot.line], chips=line_chips(slot))
        self.body.addWidget(line)
        self.body.addWidget(Text(status_words(slot, now), bold=True))
        self.body.addWidget(Text(given_words(slot, now)))
        if slot.reason_text and slot.reason != "other":
            self.body.addWidget(Text(slot.reason_text))
        if slot.due:
            self.body.addWidget(Text(due_words(slot, now)))
        if slot.status == "conflict":
            self.body.addWidget(_twice(slot))
            self.body.addWidget(action_button(_("Settle it…"), self._settle))
        if slot.entry:
            self.body.addWidget(action_button(_("Correct this entry…"), self._correct))
        if slot.status == "omitted":
            self.body.addWidget(action_button(_("Given after all…"), self._give))

    def focus_first(self) -> None:
        """Nothing changes by a key pressed too many."""
        self.verb.setFocus()

    def submit(self) -> None:
        """Read."""
        self.close_sheet()

    def command(self) -> Command | None:
        """There is nothing to sign here."""
        return None

    def _settle(self) -> None:
        self.context.shell.go("shared.exchange", self.patient)

    def _correct(self) -> None:
        from kit.gui.ward.sheets import open_correction

        open_correction(self.context, self.slot)

    def _give(self) -> None:
        from kit.gui.ward.sheets import open_give_sheet

        open_give_sheet(self.context, self.patient, self.slot)


def _twice(slot: SlotRow) -> StatePanel:
    panel = StatePanel(flat=True)
    panel.show_state(
        State.BROKEN,
        Explained(
            _("Declared given {count} times.").format(count=slot.claims),
            _("The patient may have had it more than once."),
            _(
                "Ask whoever signed; strike the entry that is wrong,"
                " and tell the doctor if both are right."
            ),
        ),
    )
    return panel
