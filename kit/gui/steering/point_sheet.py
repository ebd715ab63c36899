"""“Point de service”: how a ward works and what it lacks, told to the crisis cell in a minute.

Figures (beds, late doses, data age) leave by themselves; only what no kit can know is asked, with
what was told last already there. Not for: patients; none may be named here.
"""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QRadioButton

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui.faults import explain_refusal
from kit.gui.screen import Context
from kit.gui.steering.situation_row import MODES, NEEDS, UNKNOWN, mode_word, need_word
from kit.gui.theme import Size
from kit.gui.tone import Tone
from kit.gui.ward.sheet_note import Lines
from kit.gui.widgets.ages import ago
from kit.gui.widgets.fields import QuantityField
from kit.gui.widgets.flow import FlowLayout
from kit.gui.widgets.labels import Text
from kit.gui.widgets.sheet import Sheet

_ = translator("gui_steering")


class ToldRow(msgspec.Struct, frozen=True):
    """What the ward told last; `at` 0: nothing yet."""

    mode: str = ""
    needs: tuple[str, ...] = ()
    comment: str = ""
    beds_blocked: int = UNKNOWN
    staff: int = UNKNOWN
    staff_needed: int = UNKNOWN
    at: int = 0
    by: str = ""


def open_point_sheet(context: Context) -> None:
    """Open it for the ward that is shown."""
    context.shell.open_sheet(PointSheet(context))


class PointSheet(Sheet):
    """Mode, needs, a line of words; Ctrl+Enter sends."""

    def __init__(self, context: Context) -> None:
        super().__init__(
            _("Point of the ward"),
            _("For the crisis cell: {ward}").format(ward=context.ward),
            verb=_("Tell the crisis cell"),
            draft_key=f"needs:{context.ward}",
        )
        self.context = context
        self._sending = False
        self._restored = False
        self.last = Text(size=Size.SMALL, tone=Tone.MUTED)
        self.modes: dict[str, QRadioButton] = {}
        self.group = QButtonGroup(self)
        self.needs: dict[str, QCheckBox] = {}
        self.counts = {
            "beds_blocked": QuantityField(_("Beds that cannot be used"), "", width=64),
            "staff": QuantityField(_("Carers here"), "", width=64),
            "staff_needed": QuantityField(_("Carers needed"), "", width=64),
        }
        self.comment = Lines(_("In a few words"), _("No patient's name"), 3)
        self._arrange()
        self.comment.textChanged.connect(self.touched)
        args = {"ward": context.ward}
        context.port.ask("needs.current", args, self._prefill, lambda _refused: None)

    def _arrange(self) -> None:
        said = _("Beds, late doses and the age of the data are sent by the kit itself.")
        self.body.addWidget(Text(said, tone=Tone.MUTED))
        self.body.addWidget(self.last)
        self.body.addWidget(Text(_("How does the ward work now?"), bold=True))
        for mode in MODES:
            radio = self.modes[mode] = QRadioButton(mode_word(mode))
            radio.setAccessibleName(radio.text())
            radio.clicked.connect(self.touched)
            self.group.addButton(radio)
            self.body.addWidget(radio)
        self.modes["kit"].setChecked(True)
        self.body.addWidget(Text(_("What is missing?"), bold=True))
        flow = FlowLayout()
        for need in NEEDS:
            word = need_word(need)
            box = self.needs[need] = QCheckBox(word[:1].upper() + word[1:])
            box.setAccessibleName(box.text())
            box.clicked.connect(self.touched)
            flow.addWidget(box)
        self.body.addLayout(flow)
        for field in self.counts.values():
            field.changed.connect(self.touched)
            self.body.addWidget(field)
        label = Text(self.comment.accessibleName(), bold=True)
        label.setBuddy(self.comment)
        self.body.addWidget(label)
        self.body.addWidget(self.comment)

    def _prefill(self, answer: Any) -> None:
        row = answer[0] if isinstance(answer, list) and answer else answer
        told = msgspec.convert(row, ToldRow) if isinstance(row, dict) else ToldRow()
        if not told.at:
            self.last.setText(_("Nothing has been told yet."))
            return
        said = _("Told last by {name}, {age}: correct what has changed.")
        by = told.by or _("a person not named")
        self.last.setText(said.format(name=by, age=ago(told.at, self.context.now_ms())))
        if not self._restored:
            self._show(msgspec.structs.asdict(told))

    def draft(self) -> dict[str, Any]:
        return {
            "mode": next((mode for mode, one in self.modes.items() if one.isChecked()), ""),
            "needs": [need for need, box in self.needs.items() if box.isChecked()],
            "comment": self.comment.toPlainText(),
            **{name: _count(field) for name, field in self.counts.items()},
        }

    def restore(self, draft: dict[str, Any]) -> None:
        self._restored = True
        self._show(draft)

    def _show(self, told: dict[str, Any]) -> None:
        mode = str(told.get("mode") or "")
        if mode in self.modes:
            self.modes[mode].setChecked(True)
        for need, box in self.needs.items():
            box.setChecked(need in (told.get("needs") or ()))
        for name, field in self.counts.items():
            count = int(told.get(name, UNKNOWN))
            field.edit.setText("" if count == UNKNOWN else str(count))
        self.comment.setPlainText(str(told.get("comment") or ""))

    def submit(self) -> None:
        """Tell it."""
        wrong = next((field for field in self.counts.values() if field.wrong), None)
        if wrong is not None:
            wrong.setFocus()
        if self._sending or wrong is not None:
            return
        self._sending = True
        self.verb.setEnabled(False)
        args = {"ward": self.context.ward, **self.draft()}
        self.context.port.do("needs.tell", args, self._signed, self._no)

    def _signed(self, _ack: Any) -> None:
        self.drop_draft()
        self.close_sheet()
        self.context.shell.toast(_("Told: the crisis cell sees it as soon as a kit is in reach."))

    def _no(self, refused: Refused) -> None:
        self._sending = False
        self.verb.setEnabled(True)
        self.refuse(explain_refusal(refused))


def _count(field: QuantityField) -> int:
    """A whole number; UNKNOWN where nothing is typed."""
    typed = field.value()
    return int(float(typed)) if typed else UNKNOWN
