"""An allergy told or seen here, or the answer that none is known.

Not for: refuting one (a person settles that, with the doctor).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.screen import Context
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import Command, EntrySheet, action_button
from kit.gui.ward.sheet_pick import Option, Pick
from kit.gui.widgets.labels import Text
from kit.ward.allergy import Certainty
from kit.ward.words import certainty_word

_ = translator("gui_entry")


class AllergySheet(EntrySheet):
    """Substance first; one button for "asked, none known"."""

    def __init__(self, context: Context, patient: str) -> None:
        super().__init__(context, patient, "allergy", _("Allergy"))
        self.lines = {
            "substance": self._line(_("Substance"), _("Drug, food, latex…")),
            "reaction": self._line(_("Reaction"), _("Shock, rash, swelling…")),
            "severity": self._line(_("How severe"), _("In your own words")),
        }
        sure = (Certainty.CONFIRMED, Certainty.SUSPECTED)
        options = [Option(code, certainty_word(code), certainty_word(code)) for code in sure]
        self.certainty = Pick(_("How sure"), options, clears=False)
        self.certainty.choose(Certainty.SUSPECTED)
        for line in self.lines.values():
            label = Text(line.accessibleName(), bold=True)
            label.setBuddy(line)
            self.body.addWidget(label)
            self.body.addWidget(line)
        self.body.addWidget(self.certainty)
        self.body.addSpacing(16)
        self.body.addWidget(Text(_("Asked, and nothing is known?"), tone=Tone.MUTED))
        self.body.addWidget(action_button(_("Record: no known allergy"), self._none))
        self._nothing = False
        self.certainty.changed.connect(self.touched)

    def _line(self, name: str, hint: str) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.setPlaceholderText(hint)
        line.textChanged.connect(lambda _text: self.touched())
        line.returnPressed.connect(lambda: self.focusNextPrevChild(True))
        return line

    def draft(self) -> dict[str, Any]:
        """What is typed."""
        typed = {name: line.text() for name, line in self.lines.items()}
        return {**typed, "certainty": self.certainty.value()} if any(typed.values()) else {}

    def restore(self, draft: dict[str, Any]) -> None:
        """Put it back."""
        for name, line in self.lines.items():
            line.setText(str(draft.get(name) or ""))
        self.certainty.choose(str(draft.get("certainty") or Certainty.SUSPECTED))

    def command(self) -> Command | None:
        """`allergy.record`."""
        self._nothing = False
        texts = {name: line.text() for name, line in self.lines.items()}
        return "allergy.record", {
            "patient": self.patient, **texts, "certainty": self.certainty.value(),
        }  # fmt: skip

    def _none(self) -> None:
        self._nothing = True
        self._send(("allergy.assert_none", {"patient": self.patient}))

    def refused_at(self, refused: Refused) -> QWidget | None:
        """Without a substance there is no allergy."""
        return self.lines["substance"]

    def may_undo(self) -> bool:
        """An allergy is settled by a person, not taken back by a key."""
        return False

    def done_text(self) -> str:
        """What now stands in the banner."""
        if self._nothing:
            return _("Recorded: no known allergy.")
        return _("Allergy recorded: {substance}").format(
            substance=self.lines["substance"].text().strip()
        )
