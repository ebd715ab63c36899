"""Beside the thread: one message or directive in full, its acknowledgement, and who has it.

The list of units says one by one what a percentage would hide. Not for: the thread (`messages`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from kit.core.clock import moment_text
from kit.core.text import translator
from kit.gui import theme
from kit.gui.models import Column, DiffModel
from kit.gui.screen import Context
from kit.gui.shared import message_cells as cells
from kit.gui.shared import message_words as words
from kit.gui.shared.message_ack import DIRECTIVE, MESSAGE, AckBox
from kit.gui.shared.message_rows import DirectiveRow, LinkRow, MessageRow, ReceiptRow
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import rows_of
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.labels import Text, rule
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_steering")

WIDTH_PX = 340
SIGNED = frozenset({"acknowledged", "paper"})
"""Read and signed for; what became of it may be said next."""
Shown = MessageRow | DirectiveRow


class MessageDetails(QFrame):
    """What is selected in the thread; `print_asked` to carry it on paper."""

    print_asked = Signal(str, str)  # kind, id
    replace_asked = Signal(object)  # DirectiveRow
    end_asked = Signal(object)  # DirectiveRow
    code_asked = Signal(str, str)  # kind, the courier's code
    correct_asked = Signal(object)  # MessageRow
    cannot_asked = Signal(object)  # DirectiveRow

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.dress(self, surface="sheet")
        self.setFixedWidth(WIDTH_PX)
        self.setAccessibleName(_("Details of the message"))
        self._context: Context | None = None
        self.row: Shown | None = None
        self.may_order = False
        self.ack = AckBox()
        self.table = RowsTable(_("How far it came, unit by unit"))
        self.model: DiffModel[ReceiptRow] = DiffModel(
            [
                Column(lambda: _("Unit"), cells.unit_cell, 112, 1),
                Column(lambda: _("How far"), cells.receipt_cell, 180, 2),
            ],
            lambda row: row.unit,
            self,
        )
        self.table.setModel(self.model)
        self._lay_out()

    def _lay_out(self) -> None:
        self._words = QVBoxLayout()
        self._words.setSpacing(Space.XS)
        content = QWidget()
        theme.dress(content, surface="panel")
        column = QVBoxLayout(content)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.M)
        column.addLayout(self._words)
        column.addWidget(self.ack)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        self._outer = outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(area)
        outer.addWidget(rule())
        outer.addWidget(self.table)
        outer.addWidget(rule())
        outer.addLayout(self._foot())

    def _foot(self) -> QGridLayout:
        self.carry = action_button(_("Print and carry"), self._print)
        self.replace = action_button(_("Replace it…"), self._replace)
        self.end = action_button(_("Lift it…"), self._end)
        self.code = action_button(_("Courier is back…"), self._code)
        self.did = action_button(_("Carried out"), self._did)
        self.cannot = action_button(_("Impossible…"), self._cannot)
        self.correct = action_button(_("Correct…"), self._correct)
        self.called = action_button("", self._called)
        foot = QGridLayout()
        foot.setContentsMargins(Space.L, Space.S, Space.L, Space.S)
        foot.setSpacing(Space.XS)
        foot.addWidget(self.replace, 0, 0)
        foot.addWidget(self.end, 0, 1)
        foot.addWidget(self.did, 1, 0)
        foot.addWidget(self.cannot, 1, 1)
        for place, button in enumerate((self.called, self.code, self.correct, self.carry)):
            foot.addWidget(button, place + 2, 0, 1, 2)
        self.table.selectionModel().currentRowChanged.connect(lambda *_any: self._show_called())
        return foot

    def show_row(self, context: Context, row: Shown | None) -> None:
        """Show this one, and ask how far it came."""
        other = _key(row) != _key(self.row)
        self._context, self.row = context, row
        self._clear()
        if row is None:
            self._words.addWidget(Text(_("Choose a message in the list."), tone=Tone.MUTED))
        elif isinstance(row, DirectiveRow):
            self._fill_directive(row, context.now_ms())
        else:
            self._fill_message(row, context.now_ms())
        self._show_ack(context, row)
        self._show_buttons(row)
        if other:
            self.model.show([])
        self.table.setVisible(row is not None)
        if row is not None:
            kind, key = kind_of(row), _key(row)
            then = partial(self._receipts, key)
            context.port.ask(f"{kind}.receipts", {kind: key}, then, lambda _refused: None)

    def _receipts(self, key: str, answer: Any) -> None:
        if key == _key(self.row):
            self.model.show(rows_of(answer, ReceiptRow)[:500])
            self._show_called()

    def _clear(self) -> None:
        while (item := self._words.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()

    def _fill_message(self, row: MessageRow, now: int) -> None:
        self._head(words.priority_word(row.priority), words.PRIORITY_TONES.get(row.priority))
        self._say(words.by_text(row.author_name, row.role, row.at, now), tone=Tone.MUTED)
        if to := ", ".join(row.to_names or row.to):
            self._say(_("To {names}").format(names=to), tone=Tone.MUTED)
        if waits_for_me(row):  # beside the button that signs it; else the thread has it
            self._say(row.text)
        self._claimed(row, now)
        if row.state == "written" and row.mine:
            said = _("No other kit has it yet. It leaves by itself when one is in reach.")
            self._say(said, tone=Tone.WARNING)

    def _fill_directive(self, row: DirectiveRow, now: int) -> None:
        self._head(row.title or _("Directive"), None)
        self._say(words.by_text(row.author_name, row.role, row.at, now), tone=Tone.MUTED)
        if waits_for_me(row):
            self._say(row.text)
        until = words.until_text(row.until, now)
        self._say(_("In force {until}").format(until=until), tone=Tone.MUTED)
        self._claimed(row, now)
        if row.conflicts_with:
            said = _("? Two directives replaced the same one: the cell has to settle it.")
            self._say(said, tone=Tone.WARNING, bold=True)
        if row.chain:
            self._say(_("It replaces"), bold=True)
            for link in reversed(row.chain):
                self._say(_link_text(link, now), tone=Tone.MUTED, size=Size.SMALL)

    def _claimed(self, row: Shown, now: int) -> None:
        if row.ask and not waits_for_me(row):
            self._say(_("Read back: {question}").format(question=row.ask), bold=True)
        if row.acknowledged_at:
            moment = moment_text(row.acknowledged_at, now)
            said = _("✓ acknowledged here by {name}, {moment}")
            self._say(said.format(name=row.acknowledged_by, moment=moment))
        elif row.ack_by and row.for_me:
            late = row.ack_by < now
            tone = Tone.CRITICAL if late else Tone.WARNING
            due = words.deadline_text(row.ack_by, now)
            self._say(due[:1].upper() + due[1:], tone=tone, bold=True)
        if step := words.step_text(row.step, row.phone, row.code):
            self._say(f"▲ {step}", tone=Tone.WARNING, bold=True)

    def _head(self, text: str, tone: Tone | None) -> None:
        self._words.addWidget(Text(text, size=Size.HEADING, tone=tone or Tone.NORMAL))

    def _say(
        self,
        text: str,
        *,
        tone: Tone = Tone.NORMAL,
        bold: bool = False,
        size: Size = Size.BASE,
    ) -> None:
        self._words.addWidget(Text(text, tone=tone, bold=bold, size=size))

    def _show_ack(self, context: Context, row: Shown | None) -> None:
        wanted = row is not None and waits_for_me(row)
        self.ack.setVisible(wanted)
        for part, share in ((0, 3 if wanted else 2), (2, 2 if wanted else 3)):
            self._outer.setStretch(part, share)
        if row is not None and wanted:
            self.ack.show_claim(context, kind_of(row), _key(row), row.ask)

    def _show_buttons(self, row: Shown | None) -> None:
        order = isinstance(row, DirectiveRow) and row.in_force and self.may_order
        self.replace.setVisible(order)
        self.end.setVisible(order)
        own = isinstance(row, MessageRow) and row.mine and not row.corrected_by
        self.correct.setVisible(own)
        signed = isinstance(row, DirectiveRow) and row.in_force and row.my_state in SIGNED
        for button in (self.did, self.cannot):
            button.setVisible(signed and isinstance(row, DirectiveRow) and row.for_me)
        self._show_called()
        self.carry.setVisible(row is not None)
        self.code.setVisible(bool(row is not None and row.code and self.may_order))

    def _show_called(self) -> None:
        """Where the unit that is chosen has to be called: the button that says it was."""
        unit = self.table.current_row()
        wanted = isinstance(unit, ReceiptRow) and bool(unit.phone) and unit.route != "phone"
        self.called.setVisible(wanted)
        if isinstance(unit, ReceiptRow) and wanted:
            said = _("{unit} was called").format(unit=unit.name or unit.unit)
            self.called.setText(said)
            self.called.setAccessibleName(said)

    def _print(self) -> None:
        unit = self.table.current_row()
        if isinstance(unit, ReceiptRow) and unit.step == "courier" and unit.route != "courier":
            self._reached("courier")  # whoever prints it for this unit sends somebody there
        if self.row is not None:
            self.print_asked.emit(kind_of(self.row), _key(self.row))

    def _replace(self) -> None:
        self.replace_asked.emit(self.row)

    def _end(self) -> None:
        self.end_asked.emit(self.row)

    def _code(self) -> None:
        if self.row is not None:
            self.code_asked.emit(kind_of(self.row), self.row.code)

    def _correct(self) -> None:
        self.correct_asked.emit(self.row)

    def _did(self) -> None:
        if self._context is not None and self.row is not None:
            args = {"directive": _key(self.row), "state": "done"}
            self._context.port.do("directive.acknowledge", args)

    def _cannot(self) -> None:
        if isinstance(self.row, DirectiveRow):
            self.cannot_asked.emit(self.row)

    def _called(self) -> None:
        self._reached("phone")

    def _reached(self, step: str) -> None:
        """Put on record that the chosen unit was called, or that a courier left for it."""
        unit, row = self.table.current_row(), self.row
        if self._context is None or row is None or not isinstance(unit, ReceiptRow):
            return
        kind = kind_of(row)
        args = {kind: _key(row), "unit": unit.unit, "step": step}
        self._context.port.do(f"{kind}.escalate", args)


def waits_for_me(row: Shown) -> bool:
    """Whether this person has to acknowledge it."""
    if isinstance(row, DirectiveRow):
        return row.claim
    return cells.to_acknowledge(row)


def kind_of(row: Shown) -> str:
    """What commands and queries call it."""
    return DIRECTIVE if isinstance(row, DirectiveRow) else MESSAGE


def _key(row: Shown | None) -> str:
    if row is None:
        return ""
    return row.directive if isinstance(row, DirectiveRow) else row.message


def _link_text(link: LinkRow, now: int) -> str:
    said = words.by_text(link.author_name, "", link.at, now)
    gone = _("Replaced {moment}").format(moment=moment_text(link.ended_at, now))
    until = gone if link.ended_at else ""
    return "\n".join(part for part in (said, link.title, link.text, until) if part)


def keys_of(rows: Sequence[Shown]) -> list[str]:
    """Their ids, in order."""
    return [_key(row) for row in rows]
