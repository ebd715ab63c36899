"""A planned dose that was not given: why, from the ward's list, and in words where it says little.

Not for: what an omission of a high-alert drug calls for (the node's notice says it after signing).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from kit.core.clock import hhmm
from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.screen import Context
from kit.gui.ward.dose_words import due_words, given_words, line_chips
from kit.gui.ward.formats import line_text
from kit.gui.ward.sheet_entry import Command, EntrySheet
from kit.gui.ward.sheet_reasons import ReasonField
from kit.gui.widgets.labels import Text
from kit.gui.widgets.medication import MedicationLine
from kit.ward.administration import OmissionReason
from kit.ward.round import SlotRow
from kit.ward.words import omission_word

_ = translator("gui_entry")


class OmissionSheet(EntrySheet):
    """Arrows or a letter choose the reason, Ctrl+Enter signs."""

    def __init__(
        self, context: Context, patient: str, slot: SlotRow, *, correcting: bool = False
    ) -> None:
        self.slot = slot
        title = _("Correct a dose not given") if correcting else _("Dose not given")
        super().__init__(context, patient, "omission", title, "", _("Sign: not given"))
        self.line = MedicationLine()
        self.line.show_line([(run.text, run.bold) for run in slot.line], chips=line_chips(slot))
        self.why = ReasonField(_("Why was it not given?"), list(OmissionReason), omission_word)
        self.body.addWidget(self.line)
        self.body.addWidget(Text(due_words(slot, context.now_ms())))
        self.body.addWidget(self.why)
        self.why.changed.connect(self.touched)
        if correcting:
            self.correct(
                slot.entry,
                f"{line_text(slot.line)} — {omission_word(slot.reason)}",
                given_words(slot, context.now_ms()),
            )

    def focus_first(self) -> None:
        """The reason is all that is asked."""
        (self.correction.reason.list if self.correction else self.why.list).setFocus()

    def draft(self) -> dict[str, Any]:
        """What is chosen and typed, and for which dose."""
        return {"dose_of": [self.slot.prescription, self.slot.due], **self.why.draft()}

    def restore(self, draft: dict[str, Any]) -> None:
        """Put it back, for the same dose only."""
        if list(draft.get("dose_of") or []) == [self.slot.prescription, self.slot.due]:
            self.why.restore(draft)

    def command(self) -> Command | None:
        """`administration.omit`."""
        correcting = self.correction_args("correction_reason")
        if correcting is None:
            return None
        if not self.why.value():
            self.why.complain(_("Choose why it was not given."))
            return None
        args = {
            "patient": self.patient, "prescription": self.slot.prescription, "due": self.slot.due,
            "reason": self.why.value(),
        }  # fmt: skip
        args |= correcting
        return "administration.omit", args | {"reason_text": self.why.text()}

    def refused_at(self, refused: Refused) -> QWidget | None:
        """`other` asks for words."""
        needs_words = refused.code == "administration.reason_needed"
        return self.why.edit if needs_words and self.why.value() else self.why.list

    def stop_title(self, code: str) -> str:
        """A dose on record as given is corrected, not omitted."""
        if code == "administration.already_given":
            return _("This dose is already recorded as given")
        return super().stop_title(code)

    def done_text(self) -> str:
        """What was not given, and which time."""
        return _("Not given: {drug}, {time}").format(
            drug=self.slot.generic, time=hhmm(self.slot.due)
        )
