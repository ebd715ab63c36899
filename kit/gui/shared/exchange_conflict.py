"""“To settle”: the list of conflicts, both versions side by side, the reading in use, the decision.

Not for: the words (`exchange_conflict_rows`) nor the safest reading (the node). Nothing is settled
by default: a choice and a reason are asked, and both versions stay readable afterwards.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import keys, theme
from kit.gui.faults import explain_refusal
from kit.gui.models import Column, DiffModel
from kit.gui.screen import Context
from kit.gui.shared.exchange_conflict_rows import (
    ConflictRow,
    Kits,
    VersionRow,
    choices_of,
    kind_word,
    letter,
    list_cell,
    may_settle,
    settlers_text,
    when_text,
    who_text,
    whose,
)
from kit.gui.states import Explained, State
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import rows_of
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.labels import Runs, Text
from kit.gui.widgets.panel import StatePanel
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_exchange")

LIST_PX = 320
SIDE_BY_SIDE = 3
NEWS = frozenset(
    {"conflict", "administration", "prescription", "allergy", "stay", "entry", "patient"}
)


class ConflictsPage(QWidget):
    """List left, the chosen conflict right."""

    counted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context: Context | None = None
        self.patient = ""  # only this one's, where the screen was opened from a chart
        self.rows: list[ConflictRow] = []
        self.list = RowsTable(_("Conflicts to settle"))
        self.model: DiffModel[ConflictRow] = DiffModel(
            [Column(lambda: _("To settle"), self._cell, 240, 1)], lambda row: row.conflict, self
        )
        self.list.setModel(self.model)
        self.view, self.panel = ConflictView(), StatePanel()
        self.everyone = action_button(_("Show every patient"), self._show_everyone, "quiet")
        self._stack = QStackedWidget()
        self._lay_out()
        self.list.selectionModel().currentRowChanged.connect(lambda *_any: self._chosen())
        self.list.opened.connect(lambda _row: self.view.focus_first())
        self.view.settled.connect(self.settle)
        self.view.opened.connect(self._open_chart)

    def _lay_out(self) -> None:
        self.list.setFixedWidth(LIST_PX)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.view)
        left = QVBoxLayout()
        left.setSpacing(Space.S)
        left.addWidget(self.everyone)
        left.addWidget(self.list, 1)
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.L)
        row.addLayout(left)
        row.addWidget(area, 1)
        self._stack.addWidget(both)
        self._stack.addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.everyone.hide()

    def load(self, context: Context, patient: str = "") -> None:
        """Ask for them; with `patient`, that chart's only."""
        self.context, self.patient = context, patient
        self.everyone.setVisible(bool(patient))
        self.ask()

    def ask(self) -> None:
        """Ask again; the chosen one stays chosen, and what is typed stays."""
        if self.context is not None:
            args = {"patient": self.patient} if self.patient else {}
            self.context.port.ask("conflict.list", args, self.show_rows, self._refused)

    def show_rows(self, answer: Any) -> None:
        """These are open now."""
        self.rows = rows_of(answer, ConflictRow)
        self.model.show(self.rows)
        self.counted.emit(len(self.rows))
        if not self.rows:
            self.panel.show_state(State.EMPTY, _nothing(self.patient))
            self._stack.setCurrentWidget(self.panel)
            return
        self._stack.setCurrentIndex(0)
        if not self.list.currentIndex().isValid():
            self.list.selectRow(0)
        self._chosen()

    def focus_first(self) -> None:
        """The list, where there is one."""
        (self.list if self.rows else self).setFocus()

    def settle(self, row: ConflictRow, choice: str, reason: str) -> None:
        """Put the decision on record; both versions stay readable."""
        if self.context is not None:
            args = {"conflict": row.conflict, "choice": choice, "reason": reason}
            self.context.port.do("conflict.settle", args, self._settled, self.view.refuse)

    def _settled(self, _answer: Any) -> None:
        self.view.forget()
        if self.context is not None:
            self.context.shell.toast(_("Settled; both versions stay readable."))
        self.ask()
        self.list.setFocus()

    def _refused(self, refused: Refused) -> None:
        self.panel.show_state(State.REFUSED, explain_refusal(refused))
        self._stack.setCurrentWidget(self.panel)

    def _show_everyone(self) -> None:
        if self.context is not None:
            self.load(self.context)

    def _open_chart(self, patient: str) -> None:
        if self.context is not None:
            self.context.shell.go("ward.patient", patient)

    def _chosen(self) -> None:
        row = self.list.current_row()
        if isinstance(row, ConflictRow) and self.context is not None:
            may = may_settle(row, self.context.person.role)
            self.view.show_row(row, self.context.now_ms(), may=may)

    def know_kits(self, kits: Kits) -> None:
        """What the kits are called."""
        if dict(kits) != dict(self.view.kits):
            self.view.kits = kits
            self.view.row = None  # said again with the names
            self._chosen()

    def _cell(self, row: ConflictRow) -> Any:
        return list_cell(row, self.context.now_ms() if self.context else 0)


class ConflictView(QWidget):
    """One conflict: whose, the versions beside each other, what is used meanwhile, the decision."""

    settled = Signal(object, str, str)  # row, choice, reason
    opened = Signal(str)  # patient

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row: ConflictRow | None = None
        self.kits: Kits = {}
        self.may = True
        self._head, self._whose = Text(size=Size.HEADING), Text(bold=True)
        self.chart = action_button(_("Open the chart"), self._open, "quiet")
        self._versions, self.reading = QVBoxLayout(), StatePanel(flat=True)
        self.note = StatePanel(flat=True)
        self.group = QButtonGroup(self)
        self._choices = QVBoxLayout()
        self.reason = QLineEdit()
        self.reason.setAccessibleName(_("Reason, in a few words"))
        self.reason.setPlaceholderText(_("e.g. seen with both nurses, one dose was given"))
        self.verb = action_button(_("Settle"), self.submit, "primary")
        self._lay_out()
        self.reason.textChanged.connect(lambda _text: self._check())
        self.reason.returnPressed.connect(self.submit)
        self.group.buttonToggled.connect(lambda *_any: self._check())
        keys.bind(self, "sign", self.submit).setShortcutContext(
            Qt.ShortcutContext.WidgetWithChildrenShortcut
        )

    def _lay_out(self) -> None:
        self.note.hide()
        head = QHBoxLayout()
        head.addWidget(self._whose, 1)
        head.addWidget(self.chart)
        label = Text(_("Reason, in a few words"), bold=True)
        label.setBuddy(self.reason)
        foot = QHBoxLayout()
        foot.setSpacing(Space.M)
        hint = keys.chord_text(keys.find("sign"))
        foot.addStretch(1)
        foot.addWidget(Text(hint, size=Size.SMALL, tone=Tone.MUTED, wrap=False))
        foot.addWidget(self.verb)
        self._versions.setSpacing(Space.M)
        self._choices.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.S, 0)
        column.setSpacing(Space.S)
        column.addWidget(self._head)
        column.addLayout(head)
        column.addLayout(self._versions)
        column.addWidget(self.reading)
        column.addSpacing(Space.S)
        column.addWidget(Text(_("Which is right?"), bold=True))
        column.addLayout(self._choices)
        column.addWidget(label)
        column.addWidget(self.reason)
        column.addWidget(self.note)
        column.addLayout(foot)
        column.addStretch(1)

    def show_row(self, row: ConflictRow, now_ms: int, *, may: bool = True) -> None:
        """Show this one; news of the same one keep the choice and the reason that are there."""
        self.may = may
        same = self.row is not None and self.row.conflict == row.conflict
        chosen = self.choice() if same else ""
        if same and self.row == row:
            return
        self.row = row
        if not same:
            self.reason.clear()
            self.note.hide()
        self._head.setText(f"{kind_word(row.kind)}{_title(row)}")
        self._whose.setText(whose(row))
        self.chart.setVisible(bool(row.patient))
        _empty(self._versions)
        self._versions.addWidget(_beside(row, self.kits, now_ms))
        said = Explained(_("Used meanwhile: {reading}").format(reading=row.used), row.why)
        self.reading.show_state(State.READY, said)
        self.reading.setVisible(bool(row.used))
        self._show_choices(row, chosen)
        self._check()

    def _show_choices(self, row: ConflictRow, chosen: str) -> None:
        for button in self.group.buttons():
            self.group.removeButton(button)
        _empty(self._choices)
        for each in choices_of(row):
            words = each.text or each.choice
            button = QRadioButton(words)
            button.setAccessibleName(words)
            button.setProperty("choice", each.choice)
            button.setChecked(each.choice == chosen)
            self.group.addButton(button)
            self._choices.addWidget(button)

    def choice(self) -> str:
        """The chosen way, "" while none is."""
        button = self.group.checkedButton()
        return str(button.property("choice")) if button is not None else ""

    def forget(self) -> None:
        """It is settled; nothing of it is left for the next."""
        self.row = None
        self.reason.clear()

    def focus_first(self) -> None:
        """The first way to settle it."""
        buttons = self.group.buttons()
        (buttons[0] if buttons else self.reason).setFocus()

    def submit(self) -> None:
        """Ask for the decision to be put on record."""
        if self.row is not None and self.verb.isEnabled():
            self.note.hide()
            self.settled.emit(self.row, self.choice(), self.reason.text().strip())

    def refuse(self, refused: Refused) -> None:
        """Say why it was not settled; what was chosen and typed stays."""
        self.note.show_state(State.REFUSED, explain_refusal(refused))
        self.note.show()

    def _check(self) -> None:
        row = self.row
        may = row is not None and self.may
        self.reason.setEnabled(may)
        for button in self.group.buttons():
            button.setEnabled(may)
        self.verb.setEnabled(may and bool(self.choice()) and bool(self.reason.text().strip()))
        if row is not None and not may:
            self.note.show_state(State.REFUSED, _not_yours(row))
            self.note.show()

    def _open(self) -> None:
        if self.row is not None:
            self.opened.emit(self.row.patient)


def _beside(row: ConflictRow, kits: Kits, now_ms: int) -> QWidget:
    """The versions in one line, or beneath each other where there are many."""
    box = QWidget()
    narrow = len(row.versions) > SIDE_BY_SIDE
    line: QHBoxLayout | QVBoxLayout = QVBoxLayout(box) if narrow else QHBoxLayout(box)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(Space.M)
    for place, version in enumerate(row.versions):
        line.addWidget(_version(place, version, kits, now_ms), 1)
    return box


def _version(place: int, version: VersionRow, kits: Kits, now_ms: int) -> QWidget:
    card = QWidget()
    card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    theme.dress(card, surface="card")
    name = _("Version {letter}").format(letter=letter(place))
    head = _("{name} — struck through").format(name=name) if version.struck else name
    who, when = who_text(version, kits), when_text(version, now_ms)
    said = Runs(size=Size.MEDICATION)
    said.show_runs([(version.says, True)], struck=version.struck)
    column = QVBoxLayout(card)
    column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
    column.setSpacing(Space.XS)
    column.addWidget(Text(head, size=Size.SMALL, tone=Tone.MUTED))
    column.addWidget(said)
    column.addWidget(Text(when))
    column.addWidget(Text(who, tone=Tone.MUTED))
    column.addStretch(1)
    card.setAccessibleName(f"{head}, {version.says}, {when}, {who}")
    return card


def _title(row: ConflictRow) -> str:
    return f" — {row.title}" if row.title else ""


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.hide()
            old.deleteLater()


def _nothing(patient: str) -> Explained:
    if patient:
        return Explained(_("Nothing to settle for this patient."))
    return Explained(
        _("Nothing to settle."),
        _("No two kits have written different things about the same patient or bed."),
    )


def _not_yours(row: ConflictRow) -> Explained:
    return Explained(
        _("Your profession may read this conflict, not settle it."),
        _("The safest reading stays in use meanwhile."),
        _("It is settled by: {list}.").format(list=settlers_text(row)),
    )
