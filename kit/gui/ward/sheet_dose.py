"""At the bedside: one dose, one confirmation; given now, at another time, in part, or not given.

Not for: deciding whether it may be given (`kit.ward.administration` refuses and says why). Signing
declares the ticked identifiers; a bed is never one of them.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kit.core.clock import DAY, MINUTE, hhmm, moment_text
from kit.core.errors import Refused
from kit.core.folding import fold
from kit.core.quantity import Quantity, number_text, unit_text
from kit.core.text import translator
from kit.gui import keys, theme
from kit.gui.screen import Context
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.dose_words import due_words, given_words, line_chips
from kit.gui.ward.formats import born_and_age, line_text, rows_of
from kit.gui.ward.sheet_entry import SHEET_SCOPE, Command, EntrySheet, action_button
from kit.gui.ward.sheet_vitals import declared_at
from kit.gui.widgets.banner import BannerFacts, full_name
from kit.gui.widgets.fields import QuantityField
from kit.gui.widgets.flow import FlowLayout
from kit.gui.widgets.labels import Text
from kit.gui.widgets.medication import MedicationLine
from kit.gui.widgets.times import TimeField
from kit.ward.prescription import PrescriptionRow
from kit.ward.round import AsNeededRow, RoundRow, SlotRow

_ = translator("gui_entry")

Slot = SlotRow | AsNeededRow
LOOK_BACK_MS = 2 * DAY
SHOWN_DOSES = 3
ALONE = "alone"
OVERRIDES = (
    "administration.already_given",
    "administration.recent_dose",
    "administration.interval",
    "administration.max_24h",
    "administration.early",
    "administration.dose_differs",
)


class IdentityCheck(QWidget):
    """Name and date of birth in large, each with its tick; at least two before signing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.dress(self, surface="card")
        self._who = Text(bold=True, size=Size.MEDICATION)
        self._born = Text(size=Size.MEDICATION)
        self.boxes = {
            "name": QCheckBox(_("Name")),
            "birth_date": QCheckBox(_("Date of birth")),
            "wristband": QCheckBox(_("Wristband")),
            "ipp": QCheckBox(_("IPP")),
        }
        for name in ("name", "birth_date"):
            self.boxes[name].setChecked(True)
        row = QWidget()
        ticks = FlowLayout(row)
        for box in self.boxes.values():
            box.setAccessibleName(box.text())
            ticks.addWidget(box)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        column.setSpacing(2)
        column.addWidget(self._who)
        column.addWidget(self._born)
        column.addWidget(row)
        said = _("Signing declares what is ticked, checked aloud or on the wristband.")
        column.addWidget(Text(said, size=Size.SMALL, tone=Tone.MUTED))

    def show_patient(self, facts: BannerFacts, now_ms: int) -> None:
        """Show whom to ask for."""
        self._who.setText(full_name(facts))
        self._born.setText(_("born {date}").format(date=born_and_age(facts.birth_date, now_ms)))

    def ticked(self) -> list[str]:
        """The identifiers that were checked."""
        return [name for name, box in self.boxes.items() if box.isChecked()]


class DoseSheet(EntrySheet):
    """Enter signs "given now"; everything else is one key away."""

    def __init__(
        self, context: Context, patient: str, slot: Slot, *, correcting: bool = False
    ) -> None:
        self.slot = slot
        self.due = slot.due if isinstance(slot, SlotRow) else 0
        super().__init__(context, patient, "dose", _title(self.due, correcting), "", _("Given now"))
        self.identity = IdentityCheck()
        self.line = MedicationLine()
        self.line.set_wide(wide=True)
        self.line.show_line([(run.text, run.bold) for run in slot.line], chips=line_chips(slot))
        self._due = Text()
        self._original = Text(size=Size.SMALL)
        self._before = Text(tone=Tone.MUTED)
        self.time = TimeField(_("Given at"), context.now_ms())
        self.dose = self._dose_field()
        self.second = self._second_field()
        self.check = QCheckBox(_("I have read the original text and confirm it"))
        self.check.setAccessibleName(self.check.text())
        self.reason = QLineEdit()
        self._arrange()
        self._say_due()
        self._listen()
        if correcting and isinstance(slot, SlotRow):
            self._prefill(slot)
        else:
            self.verb.setEnabled(False)  # until it is known whose dose this is
        self._ask()

    # -- layout ------------------------------------------------------------------------------

    def _arrange(self) -> None:
        card = QWidget()
        card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.dress(card, surface="card")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        inner.setSpacing(Space.XS)
        for part in (self.line, self._original, self._due, self._before):
            inner.addWidget(part)
        self._original.hide()
        self.reason.setAccessibleName(_("Reason, in a few words"))
        self.reason.setPlaceholderText(_("Reason, in a few words"))
        parts: tuple[QWidget, ...] = (
            card,
            self.second,
            self.identity,
            self.time,
            self.dose,
            self.check,
            self.reason,
        )
        for field in parts:
            self.body.addWidget(field)
        self.second.setVisible(self.slot.high_alert)
        unclear = bool(self.slot.doubts) or self.slot.status == "to_check"
        for field in (self.time, self.dose):
            field.hide()
        self.check.setVisible(unclear)
        self.reason.setVisible(unclear)
        self.body.addLayout(self._others())
        self.other_dose.setVisible(_ordered(self.slot) is not None)
        self.not_given.setVisible(bool(self.due))

    def _others(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(Space.S)
        self.other_time = action_button(_("At another time…"), self.show_time)
        self.other_dose = action_button(_("Another amount…"), self.show_dose)
        self.not_given = action_button(_("Not given…"), self.omit)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.other_time, 1)
        row.addWidget(self.other_dose, 1)
        column.addLayout(row)
        column.addWidget(self.not_given)
        keys.bind(self, "other-time", self.show_time, SHEET_SCOPE)
        keys.bind(self, "omit", self.omit, SHEET_SCOPE)
        return column

    def _dose_field(self) -> QuantityField:
        ordered = _ordered(self.slot)
        unit = unit_text(ordered.unit) if ordered else ""
        field = QuantityField(_("Amount given"), unit, width=96)
        if ordered:
            field.show_previous(_("ordered: {amount}").format(amount=number_text(ordered.value)))
        return field

    def _second_field(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        label = Text(_("◆ High-alert drug: who checked it with you?"), bold=True)
        self.who = QComboBox()
        self.who.setAccessibleName(label.text())
        self.who.addItem(_("Choose…"), "")
        self.who.addItem(_("Nobody: I am alone"), ALONE)
        column.addWidget(label)
        column.addWidget(self.who)
        return box

    def _listen(self) -> None:
        self.time.changed.connect(self.touched)
        self.dose.changed.connect(self.touched)
        self.who.currentIndexChanged.connect(lambda _place: self.touched())
        self.reason.textChanged.connect(lambda _text: self.touched())

    def focus_first(self) -> None:
        """One key signs an ordinary dose; a high-alert one starts with the second person."""
        if self.correction is not None:
            self.correction.reason.list.setFocus()
        elif self.slot.high_alert and not self.who.currentData():
            self.who.setFocus()
        else:
            self.verb.setFocus()

    def show_time(self) -> None:
        """Ask when it was given."""
        self.time.show()
        self.other_time.hide()
        self.verb.setText(_("Sign: given"))
        self.time.setFocus()
        self.time.edit.selectAll()

    def show_dose(self) -> None:
        """Ask how much was given."""
        self.dose.show()
        self.other_dose.hide()
        self.verb.setText(_("Sign: given"))
        self.dose.setFocus()

    def omit(self) -> None:
        """It was not given: the sheet that asks why."""
        from kit.gui.ward.sheets import open_omission_sheet

        if isinstance(self.slot, SlotRow) and self.due:
            open_omission_sheet(self.context, self.patient, self.slot)

    # -- what is around the dose -------------------------------------------------------------

    def _ask(self) -> None:
        port, now = self.context.port, self.context.now_ms()
        period = {"patient": self.patient, "since": now - LOOK_BACK_MS, "until": now + MINUTE}
        port.ask("round.slots", period, self._show_before, lambda _refused: None)
        orders = {"patient": self.patient, "all_past": True}
        port.ask("prescription.list", orders, self._show_order, lambda _refused: None)
        if self.slot.high_alert:
            port.ask("person.list", {}, self._show_people, lambda _refused: None)

    def show_patient(self, facts: BannerFacts) -> None:
        """Now it is known whose dose this is: it may be signed."""
        self.identity.show_patient(facts, self.context.now_ms())
        self.verb.setEnabled(True)
        self.focus_first()

    def _say_due(self) -> None:
        now = self.context.now_ms()
        self._due.setText(due_words(self.slot, now))
        late = self.slot.status == "late"
        self._due.set_tone(Tone.CRITICAL if late else Tone.NORMAL)

    def _show_before(self, answer: Any) -> None:
        now = self.context.now_ms()
        drug = fold(self.slot.generic)
        slots = [slot for row in rows_of(answer, RoundRow) for slot in row.slots]
        given = [slot for slot in slots if slot.claims and slot.at and fold(slot.generic) == drug]
        given.sort(key=lambda slot: -slot.at)
        lines = [given_words(slot, now) for slot in given[:SHOWN_DOSES]]
        before = (
            _("Last doses:") + "\n" + "\n".join(lines)
            if lines
            else _("No dose of it on record for 48 h")
        )
        self._before.setText(before)

    def _show_order(self, answer: Any) -> None:
        rows = rows_of(answer, PrescriptionRow)
        order = next((row for row in rows if row.prescription == self.slot.prescription), None)
        if order is None:
            return
        unclear = bool(order.doubts) or order.status == "to_check"
        if unclear and order.text:
            self._original.setText(_("Original text: {text}").format(text=order.text))
            self._original.show()
        self.check.setVisible(unclear)
        self.reason.setVisible(unclear)

    def _show_people(self, answer: Any) -> None:
        for row in answer or []:
            if row["person"] != self.context.person.key:
                self.who.insertItem(self.who.count() - 1, row["name"], row["person"])

    # -- drafts and signing ------------------------------------------------------------------

    def _prefill(self, slot: SlotRow) -> None:
        now = self.context.now_ms()
        self.correct(slot.entry, line_text(slot.line), given_words(slot, now))
        self.show_time()
        self.time.edit.setText(moment_text(slot.at, now))
        self.not_given.hide()
        self.verb.setText(_("Sign the correction"))

    def draft(self) -> dict[str, Any]:
        """What is typed, and for which dose."""
        made: dict[str, Any] = {
            "dose_of": [self.slot.prescription, self.due], "time": self.time.edit.text(),
            "amount": self.dose.edit.text(), "second": self.who.currentData(),
            "why": self.reason.text(),
        }  # fmt: skip
        return made | (self.correction.reason.draft() if self.correction else {})

    def restore(self, draft: dict[str, Any]) -> None:
        """Put it back, for the same dose only."""
        if list(draft.get("dose_of") or []) != [self.slot.prescription, self.due]:
            return
        if draft.get("time") and draft["time"] != self.time.edit.text():
            self.show_time()
            self.time.edit.setText(str(draft["time"]))
        if draft.get("amount"):
            self.show_dose()
            self.dose.edit.setText(str(draft["amount"]))
        self.reason.setText(str(draft.get("why") or ""))
        self.who.setCurrentIndex(max(0, self.who.findData(draft.get("second") or "")))
        if self.correction is not None and "reason" in draft:
            self.correction.reason.restore(draft)
        self.focus_first()

    def command(self) -> Command | None:
        """`administration.give`."""
        correcting = self.correction_args("correction_reason")
        at = declared_at(self.time, self.context.now_ms())
        if at is None or correcting is None or (not self.dose.isHidden() and self.dose.wrong):
            (self.time if at is None else self.dose).setFocus()
            return None
        confirmed = [
            *self.confirmed,
            *(["administration.to_check"] if self.check.isChecked() else []),
        ]
        second = str(self.who.currentData() or "")
        args: dict[str, Any] = {
            "patient": self.patient, "prescription": self.slot.prescription, "due": self.due,
            "at": at, "identified_by": self.identity.ticked(), "confirm": confirmed,
            "second": "" if second == ALONE else second, "alone": second == ALONE,
            "reason_text": self.reason_text or self.reason.text().strip(),
        }  # fmt: skip
        amount, ordered = self.dose.value(), _ordered(self.slot)
        if amount is not None and ordered is not None and not self.dose.isHidden():
            args["dose"] = {"value": amount, "unit": ordered.unit}
        own_words = args["reason_text"]
        args |= correcting
        args["reason_text"] = args["reason_text"] or own_words
        return "administration.give", args

    def refused_at(self, refused: Refused) -> QWidget | None:
        """The field that a refusal names."""
        fields: dict[str, QWidget] = {
            "administration.identify": self.identity.boxes["name"],
            "administration.needs_second": self.who,
            "administration.to_check": self.check,
            "administration.reason_needed": self.reason,
            "act.in_future": self.time,
        }
        field = fields.get(refused.code)
        if field in (self.check, self.reason):
            self.reason.show()
        if field is self.who:
            self.second.show()
        return field

    def stop_title(self, code: str) -> str:
        """What was found, in a few words."""
        return {
            "administration.already_given": _("This dose is already recorded as given"),
            "administration.recent_dose": _("The same drug was given a short while ago"),
            "administration.interval": _("Too soon after the last dose"),
            "administration.max_24h": _("More than the order allows in 24 h"),
            "administration.early": _("Planned for much later"),
            "administration.dose_differs": _("More than the order says"),
            "administration.wrong_patient": _("Not this patient's prescription"),
        }.get(code, super().stop_title(code))

    def stop_verb(self, code: str) -> str:
        """Only what the ward's rule lets a person override."""
        return _("Give it all the same") if code in OVERRIDES else ""

    def done_text(self) -> str:
        """What was given and to whom."""
        return _("Given: {drug}, {time}").format(
            drug=self.slot.generic, time=hhmm(self.context.now_ms())
        )


def _title(due: int, correcting: bool) -> str:
    if correcting:
        return _("Correct this dose")
    return _("Dose of {time}").format(time=hhmm(due)) if due else _("If-needed dose")


def _ordered(slot: Slot) -> Quantity | None:
    """The coded dose of the order, where the row brings it."""
    found = getattr(slot, "dose", None)
    return found if isinstance(found, Quantity) else None
