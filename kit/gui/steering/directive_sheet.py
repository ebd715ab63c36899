"""Giving a directive to wards: template, words, who, until when, what must be read back.

Not for: who may (the node), nor showing directives; what follows one is in `directive_dialogs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kit.core.clock import DAY, HOUR, MINUTE
from kit.core.errors import Refused
from kit.core.text import plural_translator, translator
from kit.gui.faults import explain_refusal
from kit.gui.screen import Context
from kit.gui.shared import message_words as words
from kit.gui.shared.message_rows import FLASH, ROUTINE, URGENT, DirectiveRow, TemplateRow
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import rows_of
from kit.gui.ward.sheet_note import Lines
from kit.gui.widgets.labels import Text
from kit.gui.widgets.sheet import Sheet

_ = translator("gui_steering")
ngettext = plural_translator("gui_steering")

ORDER_ACTION = "broadcast_order"
ACK_MINUTES = (5, 15, 30, 60)
MOST_SIGNS = 500
LASTING = (0, 4, 12, 24, 72)  # hours; 0: until it is lifted


def open_directive_sheet(
    context: Context, *, wards: Sequence[str] = (), replaces: DirectiveRow | None = None
) -> None:
    """Open the sheet; with `wards` only these are chosen, with `replaces` its words are there."""
    context.shell.open_sheet(DirectiveSheet(context, wards, replaces))


class DirectiveSheet(Sheet):
    """Signed by whoever commands; the wards see only the one in force."""

    def __init__(
        self, context: Context, wards: Sequence[str] = (), replaces: DirectiveRow | None = None
    ) -> None:
        title = _("Replace a directive") if replaces else _("Give a directive")
        draft = f"directive:{replaces.directive if replaces else 'new'}"
        super().__init__(title, verb=_("Give the directive"), draft_key=draft)
        self.context, self.replaces = context, replaces
        self._sending = False
        self._only = tuple(wards) or (replaces.units if replaces else ())
        self._templates: list[TemplateRow] = []
        self.template = self._choice(_("Template"), [(_("In your own words"), "")])
        self.title = self._line(_("Title"), _("e.g. Work on paper"))
        self.text = Lines(_("Directive"), _("What to do, by whom, until when"), 4)
        self.count = Text(size=Size.SMALL, tone=Tone.MUTED)
        self.units: dict[str, QCheckBox] = {}
        self.all = QCheckBox(_("All wards"))
        self.priority = self._choice(_("How pressing"), _priorities())
        self.ack = self._choice(_("To be acknowledged within"), _minutes())
        self.until = self._choice(_("In force"), _hours())
        self.ask = self._line(_("To be read back (optional)"), _("e.g. the number to call"))
        self.expects = self._line(
            _("The value that must come back"), _("The right value (optional)")
        )
        self._arrange()
        if replaces is not None:
            self._prefill(replaces)
        self._listen()
        port = context.port
        port.ask("directive.templates", {}, self._show_templates, lambda _refused: None)
        port.ask("steering.situation", {}, self._show_wards, lambda _refused: None)

    def _choice(self, name: str, items: Sequence[tuple[str, Any]]) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        for text, data in items:
            made.addItem(text, data)
        return made

    def _line(self, name: str, hint: str) -> QLineEdit:
        made = QLineEdit()
        made.setAccessibleName(name)
        made.setPlaceholderText(hint)
        return made

    def _arrange(self) -> None:
        self.body.setSpacing(4)
        fields: list[QWidget] = [self.template, self.title, self.text]
        for field in fields:
            self._add(field)
        self.body.addWidget(self.count)
        self.body.addWidget(Text(_("For"), bold=True))
        self.all.setAccessibleName(self.all.text())
        self.all.setChecked(not self._only)
        self.body.addWidget(self.all)
        self._units_at = self.body.count()
        self._pair(self.priority, self.ack)
        self._add(self.until)
        self._pair(self.ask, self.expects)

    def _pair(self, one: QWidget, other: QWidget) -> None:
        """Two short fields side by side, so that the sheet is read without scrolling."""
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        for field in (one, other):
            column = QVBoxLayout()
            column.setSpacing(4)
            label = Text(field.accessibleName(), bold=True)
            label.setBuddy(field)
            column.addStretch(1)
            column.addWidget(label)
            column.addWidget(field)
            row.addLayout(column, 1)
        self.body.addLayout(row)

    def _add(self, field: QWidget) -> None:
        label = Text(field.accessibleName(), bold=True)
        label.setBuddy(field)
        self.body.addWidget(label)
        self.body.addWidget(field)

    def _listen(self) -> None:
        self.template.activated.connect(self._use_template)
        self.text.textChanged.connect(self._edited)
        for line in (self.title, self.ask, self.expects):
            line.textChanged.connect(lambda _text: self._edited())
        for choice in (self.priority, self.ack, self.until):
            choice.activated.connect(lambda _place: self._edited())
        self.all.toggled.connect(lambda _on: self._edited())
        self._show_count()

    def focus_first(self) -> None:
        """The template, or where one is replaced, the words."""
        (self.text if self.replaces else self.template).setFocus()

    def _prefill(self, row: DirectiveRow) -> None:
        self.title.setText(row.title)
        self.text.setPlainText(row.text)
        self.ask.setText(row.ask)
        self._choose(self.priority, row.priority)

    def _choose(self, choice: QComboBox, data: object) -> None:
        place = choice.findData(data)
        if place >= 0:
            choice.setCurrentIndex(place)

    def _show_templates(self, answer: Any) -> None:
        self._templates = rows_of(answer, TemplateRow)
        for row in self._templates:
            self.template.addItem(row.title, row.template)

    def _use_template(self, place: int) -> None:
        key = str(self.template.itemData(place) or "")
        row = next((one for one in self._templates if one.template == key), None)
        if row is not None:
            self.title.setText(row.title)
            self.text.setPlainText(row.text)
            self.ask.setText(row.ask)
            self._choose(self.priority, row.priority)
            self._choose(self.ack, row.ack_min)

    def _show_wards(self, answer: Any) -> None:
        for row in answer or []:
            ward, name = str(row["ward"]), str(row.get("name") or row["ward"])
            box = self.units[ward] = QCheckBox(name)
            box.setAccessibleName(name)
            box.setChecked(ward in self._only)
            box.toggled.connect(lambda _on: self._edited())
        for place, box in enumerate(self.units.values()):
            self.body.insertWidget(self._units_at + place, box)
        self._show_units()

    def _show_units(self) -> None:
        for box in self.units.values():
            box.setVisible(not self.all.isChecked())
        chosen = len(self.chosen_units()) or len(self.units)
        said = ngettext("Give it to {count} ward", "Give it to {count} wards", chosen)
        self.verb.setText(said.format(count=chosen) if chosen else _("Give the directive"))
        self.verb.setAccessibleName(self.verb.text())

    def chosen_units(self) -> list[str]:
        """The wards it is for; all of them by name where all are chosen."""
        if self.all.isChecked():
            return list(self.units)
        return [ward for ward, box in self.units.items() if box.isChecked()]

    def _edited(self) -> None:
        self._show_count()
        self._show_units()
        self.touched()

    def _show_count(self) -> None:
        left = MOST_SIGNS - len(self.text.toPlainText())
        if left < 0:
            said = _("{count} signs too long: wards must be able to read it at a glance.")
            self.count.setText(said.format(count=-left))
        else:
            self.count.setText(_("{count} signs left").format(count=left))
        self.count.set_tone(Tone.WARNING if left < 0 else Tone.MUTED)

    def draft(self) -> dict[str, Any]:
        return {
            "title": self.title.text(),
            "text": self.text.toPlainText(),
            "ask": self.ask.text(),
            "expects": self.expects.text(),
            "priority": str(self.priority.currentData()),
        }

    def restore(self, draft: dict[str, Any]) -> None:
        self.title.setText(str(draft.get("title") or ""))
        self.text.setPlainText(str(draft.get("text") or ""))
        self.ask.setText(str(draft.get("ask") or ""))
        self.expects.setText(str(draft.get("expects") or ""))
        self._choose(self.priority, draft.get("priority"))

    def submit(self) -> None:
        """Sign it."""
        if self._sending or not self.text.toPlainText().strip():
            self.text.setFocus()
            return
        self._sending = True
        self.verb.setEnabled(False)
        self.context.port.do(*self._command(), self._signed, self._no)

    def _command(self) -> tuple[str, dict[str, Any]]:
        now, hours = self.context.now_ms(), int(self.until.currentData())
        minutes, old = int(self.ack.currentData()), self.replaces
        args: dict[str, Any] = {
            "title": self.title.text().strip(),
            "text": self.text.toPlainText().strip(),
            "priority": str(self.priority.currentData()),
            "ask": self.ask.text().strip(),
            "expects": self.expects.text().strip(),
            "ack_by": now + minutes * MINUTE if minutes else 0,
            "until": now + hours * HOUR if hours else 0,
        }
        to = ["*@*"] if self.all.isChecked() else [f"*@{unit}" for unit in self.chosen_units()]
        if old is not None and not old.conflicts_with:
            return "directive.replace", {**args, "directive": old.directive, "to": to}
        args |= {"template": str(self.template.currentData() or ""), "to": to}
        if old is not None:  # of two that clash, one new directive replaces both
            args["replaces"] = [old.directive, *old.conflicts_with]
        return "directive.issue", args

    def _signed(self, _ack: Any) -> None:
        self.drop_draft()
        self.close_sheet()
        self.context.shell.toast(_("Directive given: its acknowledgements are in Messages (F6)."))

    def _no(self, refused: Refused) -> None:
        self._sending = False
        self.verb.setEnabled(True)
        self.refuse(explain_refusal(refused))
        self.text.setFocus()


def _priorities() -> list[tuple[str, str]]:
    return [(words.priority_word(one), one) for one in (URGENT, ROUTINE, FLASH)]


def _minutes() -> list[tuple[str, int]]:
    by_priority = (_("as the priority says"), 0)
    return [by_priority] + [
        (_("{minutes} min").format(minutes=minutes), minutes) for minutes in ACK_MINUTES
    ]


def _hours() -> list[tuple[str, int]]:
    made = []
    for hours in LASTING:
        days = hours * HOUR // DAY
        said = (
            _("until it is lifted")
            if not hours
            else ngettext("for {count} day", "for {count} days", days).format(count=days)
            if days
            else _("for {hours} h").format(hours=hours)
        )
        made.append((said, hours))
    return made
