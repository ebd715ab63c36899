"""Sending a patient to another ward with the record: which ward, what travels, whether it arrived.

Nothing is sent before the question is answered; then the sheet stays and says what became of it.
Not for: the words (`transfer_rows`), nor the patient's arrival (`sheet_arrival`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import theme
from kit.gui.faults import explain_refusal
from kit.gui.screen import Context
from kit.gui.states import Explained, State
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward import transfer_rows
from kit.gui.ward.formats import full_name, rows_of
from kit.gui.ward.sheet_reasons import ReasonList
from kit.gui.ward.transfer_rows import Line, Preview, RecordRow, WardChoice
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import StatePanel
from kit.gui.widgets.sheet import Sheet
from kit.ward import words
from kit.ward.chart import BannerRow
from kit.ward.prescription import PrescriptionRow
from kit.ward.round import RoundRow

_ = translator("gui_ward")

LIST_PX = 190


class TransferSheet(Sheet):
    """Choose, look, confirm; then what became of it."""

    def __init__(self, context: Context, patient: str) -> None:
        super().__init__(
            _("Transfer the record"),
            _("The stay changes wards and the record goes along. Nothing is erased here."),
            verb=_("Transfer…"),
            draft_key=f"transfer:{patient}",
        )
        self.context, self.patient = context, patient
        self.choices: dict[str, WardChoice] = {}
        self.banner: BannerRow | None = None
        self._parts: dict[str, list[Line]] = {}
        self._wanted = ""  # the ward of a draft, until the wards are there
        self._sent = self._sending = False
        self.wards = ReasonList(_("Ward that receives"), (), self._choice_text)
        self.wards.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.wards.itemSelectionChanged.connect(self._chosen)
        self.told = QLineEdit()
        self.told.setAccessibleName(_("Handed over aloud to"))
        self.told.setPlaceholderText(_("name, role (optional)"))
        self.told.textChanged.connect(lambda _text: self.touched())
        self.travels, self.after = _Lines(_("What travels")), StatePanel(flat=True)
        self._form = QWidget()
        self._fill_form()
        self.after.hide()
        self.body.addWidget(self._form)
        self.body.addWidget(self.after)
        self.verb.setAutoDefault(True)
        self.verb.setEnabled(False)
        context.port.progress.connect(self._progress)
        context.port.changed.connect(self._changed)
        self._ask()

    # -- drafts ------------------------------------------------------------------------------

    def draft(self) -> dict[str, Any]:
        """The ward and the name that were given."""
        return {"ward": self.wards.value(), "told": self.told.text()} if not self._sent else {}

    def restore(self, draft: dict[str, Any]) -> None:
        """Put them back; the ward as soon as the list is there."""
        self._wanted = str(draft.get("ward") or "")
        self.told.setText(str(draft.get("told") or ""))
        self.wards.choose(self._wanted)

    def focus_first(self) -> None:
        """The list of wards."""
        self.wards.setFocus()

    # -- asking ------------------------------------------------------------------------------

    def _ask(self) -> None:
        port, about = self.context.port, {"patient": self.patient}
        port.call("transfer.wards", {}, self.show_wards, self._refused, again=True)
        port.ask("patient.banner", about, self._show_banner, lambda _no: None)
        port.ask("prescription.list", about, self._show_orders, lambda _no: None)
        port.ask("round.slots", about, self._show_due, lambda _no: None)

    def show_wards(self, answer: Any) -> None:
        """The wards that may receive, with their kits."""
        rows = rows_of(answer, WardChoice)
        self.choices = {row.ward: row for row in rows}
        self.wards.fill([row.ward for row in rows])
        self.wards.setFixedHeight(min(LIST_PX, self.wards.fit()))
        if not rows:
            self.refuse(
                Explained(
                    _("This kit knows no other ward."),
                    _("The record cannot be sent."),
                    _("Print the record (Ctrl+P) and send the paper with the patient."),
                )
            )
        self.wards.choose(self._wanted)

    def _show_banner(self, answer: Any) -> None:
        if answer:
            self.banner = msgspec.convert(answer, BannerRow)
            self._say("allergies", [transfer_rows.allergy_line(self.banner.allergies)])

    def _show_orders(self, answer: Any) -> None:
        rows = rows_of(answer, PrescriptionRow)
        self._say("orders", [(transfer_rows.orders_line(rows), Tone.NORMAL)])

    def _show_due(self, answer: Any) -> None:
        now = self.context.now_ms()
        self._say("due", transfer_rows.due_lines(rows_of(answer, RoundRow), now))

    def _choice_text(self, code: str) -> str:
        return transfer_rows.ward_lines(self.choices[code], self.context.now_ms())

    def _chosen(self) -> None:
        self.touched()
        self.verb.setEnabled(False)
        self._say("entries", [])
        ward = self.wards.value()
        if ward in self.choices:
            args = {"patient": self.patient, "ward": ward}

            def counted(answer: Any) -> None:
                if ward == self.wards.value():
                    self.show_count(answer)

            self.context.port.call("transfer.preview", args, counted, self._refused, again=True)

    def show_count(self, answer: Any) -> None:
        """How much would go: now it may be sent."""
        preview = msgspec.convert(answer, Preview)
        if self.wards.value() not in self.choices:
            return
        self.note.hide()
        self._say("entries", [(transfer_rows.entries_line(preview.entries), Tone.NORMAL)])
        reached = transfer_rows.in_reach(self.choices[self.wards.value()])
        far = _("No kit of that ward is connected: the record waits here until one is.")
        self._say("reach", [] if reached else [(far, Tone.WARNING)])
        self.verb.setEnabled(True)

    def _say(self, part: str, lines: list[Line]) -> None:
        self._parts[part] = lines
        order = ("entries", "allergies", "orders", "due", "reach")
        self.travels.say([line for name in order for line in self._parts.get(name, [])])

    # -- sending -----------------------------------------------------------------------------

    def submit(self) -> None:
        """Ask once more, by name; after it was sent, close."""
        if self._sent:
            self.close_sheet()
        elif self.verb.isEnabled() and not self._sending:
            dialog = self.question()
            dialog.decided.connect(lambda yes: self._send() if yes else None)
            self.context.shell.confirm(dialog)

    def question(self) -> ConfirmDialog:
        """Whose record goes where, and what that means on both boards."""
        choice = self.choices[self.wards.value()]
        who = self._who()
        title = _("Transfer {who} to {ward}?").format(who=who, ward=choice.name)
        text = _(
            "The bed here becomes free; the patient is announced in {ward} without a bed until"
            " somebody there says that they arrived. The record stays readable here."
        ).format(ward=choice.name)
        return ConfirmDialog(title, text, _("Transfer"))

    def _who(self) -> str:
        row = self.banner
        if row is None:
            return _("this patient")
        name = full_name(row.birth_family, row.birth_given)
        born = words.birth_text(row.birth_date)
        return _("{name}, born {date}").format(name=name, date=born) if born else name

    def _send(self) -> None:
        self._sending = True
        self.verb.setEnabled(False)
        args = {
            "patient": self.patient, "ward": self.wards.value(), "move": True,
            "told": self.told.text().strip(),
        }  # fmt: skip
        self.context.port.call("patient.transfer", args, self._done, self._failed)

    def _progress(self, step: dict[str, Any]) -> None:
        if step.get("job") == "transfer" and self._sending:
            said = _("Reading the record: {done} of {total}")
            self._kept.setText(said.format(done=step.get("done"), total=step.get("total")))

    def _done(self, _answer: Any) -> None:
        if not isValid(self):
            return
        self._sending, self._sent = False, True
        self._kept.setText("")
        self.drop_draft()
        self._form.hide()
        self.note.hide()
        self.verb.setText(_("Close"))
        self.verb.setAccessibleName(_("Close"))
        self.verb.setEnabled(True)
        self.verb.setFocus()
        self._ask_fate()

    def _failed(self, refused: Refused) -> None:
        if isValid(self):
            self._sending = False
            self._kept.setText("")
            self.verb.setEnabled(True)
            self.refuse(explain_refusal(refused))

    def _refused(self, refused: Refused) -> None:
        if isValid(self):
            self.refuse(explain_refusal(refused))

    # -- what became of it -------------------------------------------------------------------

    def _changed(self, topics: object) -> None:
        if self._sent and isinstance(topics, set) and "record" in topics:
            self._ask_fate()

    def _ask_fate(self) -> None:
        args = {"patient": self.patient}
        self.context.port.ask("record.list", args, self.show_fate, lambda _no: None)

    def show_fate(self, answer: Any) -> None:
        """Sent when, received by whom; said again whenever news come."""
        rows = rows_of(answer, RecordRow)
        if not rows or not isValid(self):
            return
        said = transfer_rows.outgoing(rows[0], self.context.now_ms())
        state = State.READY if rows[0].received else State.STALE
        self.after.show_state(state, said)
        self.after.show()

    def _fill_form(self) -> None:
        column = QVBoxLayout(self._form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        for words_, field in (
            (_("Ward that receives"), self.wards), ("", self.travels),
            (_("Handed over aloud to"), self.told),
        ):  # fmt: skip
            if words_:
                label = Text(words_, bold=True)
                label.setBuddy(field)
                column.addWidget(label)
            column.addWidget(field)


class _Lines(QWidget):
    """A framed list of lines under a heading."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.dress(self, surface="card")
        self._lines = QVBoxLayout()
        self._lines.setSpacing(Space.XS)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        column.addWidget(Text(title, bold=True))
        column.addLayout(self._lines)

    def say(self, lines: Sequence[Line]) -> None:
        """These instead of those before."""
        while (item := self._lines.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for text, tone in lines:
            made = Text(text, size=Size.BASE, tone=tone)
            self._lines.addWidget(made)
            made.show()
