"""Finding a patient as the letters are typed: names, sound, birth date, IPP, bed; in every ward.

Not for: how a match is made (the node). An answer to letters that are no longer there is dropped.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QVBoxLayout, QWidget

from kit.core.text import plural_translator, translator
from kit.gui import icons, keys
from kit.gui.models import Column, DiffModel
from kit.gui.screen import Context
from kit.gui.states import Explained, State
from kit.gui.tone import Tone
from kit.gui.ward import formats
from kit.gui.widgets.cell import Cell, ChipText, Run, text_cell
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import StatePanel
from kit.gui.widgets.rows import RowsTable
from kit.ward import words
from kit.ward.patient import FoundRow

_ = translator("gui_ward")
ngettext = plural_translator("gui_ward")

LIMIT = 40


class SearchField(QLineEdit):
    """The field at the left of the toolbar. Down goes to the list, Esc empties it."""

    downward = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        chord = keys.chord_text(keys.find("find"))
        self.setPlaceholderText(_("Name, birth date, IPP or bed  ({key})").format(key=chord))
        self.setAccessibleName(_("Find a patient: name, birth date, IPP or bed"))
        self.setClearButtonEnabled(True)
        self._sign = self.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        for button in self.findChildren(QToolButton):  # Qt's own, and nameless
            button.setAccessibleName(_("Clear"))
        self._tint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.downward.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "_sign"):
            self._tint()

    def _tint(self) -> None:
        self._sign.setIcon(icons.icon("search", "muted"))


class Results(QWidget):
    """What was found: those in a bed first, other wards named, near sounds last and marked."""

    chosen = Signal(str)  # patient
    upward = Signal()  # back to the field

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context: Context | None = None
        self._text = ""
        self._wards: dict[str, str] = {}
        self._now = 0
        self.said = Text(tone=Tone.MUTED)
        self.panel = StatePanel()
        self.table = RowsTable(_("Patients found"))
        self.model: DiffModel[FoundRow] = DiffModel(self._columns(), lambda row: row.patient, self)
        self.table.setModel(self.model)
        self.table.opened.connect(self._open)
        self.table.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.said)
        column.addWidget(self.table, 1)
        column.addWidget(self.panel, 1)
        self.panel.hide()

    def _columns(self) -> list[Column[FoundRow]]:
        return [
            Column(lambda: _("Patient"), self._who, 300, 3),
            Column(lambda: _("Born on"), self._born, 200, 1),
            Column(lambda: _("IPP"), lambda row: text_cell(row.ipp or _("none")), 140, 1),
            Column(lambda: _("Where"), self._where, 220, 2),
        ]

    def look_for(self, context: Context, text: str, wards: dict[str, str]) -> None:
        """Ask; nothing is asked for an empty text."""
        self._context, self._text, self._wards = context, text, wards
        self._now = context.now_ms()
        args = {"text": text, "ward": context.ward, "limit": LIMIT}
        context.port.ask("patient.search", args, lambda answer: self._show(text, answer))

    def open_first(self) -> None:
        """Enter in the field: open the only or the first one that was found."""
        row = self.model.row_at(max(0, self.table.currentIndex().row()))
        self._open(row)

    def enter(self) -> None:
        """The focus comes down into the list."""
        if self.model.rowCount():
            self.table.setFocus()
            if not self.table.currentIndex().isValid():
                self.table.selectRow(0)

    def _show(self, text: str, answer: Any) -> None:
        if text != self._text:
            return
        rows = formats.rows_of(answer, FoundRow)
        self.model.show(rows)
        self.said.setText(self._counted(len(rows)))
        self.table.setVisible(bool(rows))
        self.said.setVisible(bool(rows))
        self.panel.setVisible(not rows)
        if rows:
            self.table.selectRow(0)
            return
        self.table.clearSelection()
        self.panel.show_state(
            State.EMPTY,
            Explained(
                _("Nobody found for “{text}”.").format(text=text),
                _("This kit may not have this patient's record."),
                _(
                    "Try fewer letters, the other name or the date of birth (for example "
                    "03/03/1942); else work on paper."
                ),
            ),
        )

    def _counted(self, count: int) -> str:
        if count >= LIMIT:
            return _("The first {count} patients; type more letters.").format(count=count)
        said = ngettext("{count} patient found", "{count} patients found", count)
        return said.format(count=count)

    def _who(self, row: FoundRow) -> Cell:
        lines: list[tuple[Run, ...]] = [(Run(formats.full_name(row.family, row.given), bold=True),)]
        facts = [words.sex_word(row.sex)]
        if row.used and row.used.casefold() != row.family.casefold():
            facts.insert(0, _("used name {name}").format(name=row.used.upper()))
        lines.append((Run(formats.DOT.join(facts), tone=Tone.MUTED),))
        chips = []
        if row.by_sound:
            chips.append(ChipText(_("sounds alike"), Tone.INFO, "≈"))
        if row.deceased:
            chips.append(ChipText(_("DECEASED"), Tone.NORMAL, "■"))
        return Cell(tuple(lines), tuple(chips), stale=row.deceased)

    def _born(self, row: FoundRow) -> Cell:
        return text_cell(
            words.birth_text(row.birth_date), words.age_text(row.birth_date, self._now)
        )

    def _where(self, row: FoundRow) -> Cell:
        if not row.ward and not row.bed:
            return text_cell(_("Not in a bed"), tone=Tone.MUTED)
        ward = self._wards.get(row.ward, row.ward) or _("Ward unknown")
        bed = _("bed {bed}").format(bed=row.bed) if row.bed else _("no bed")
        here = self._context is not None and row.ward == self._context.ward
        return text_cell(f"{ward}{formats.DOT}{bed}", "" if here else _("another ward"))

    def _open(self, row: object) -> None:
        if isinstance(row, FoundRow):
            self.chosen.emit(row.patient)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            top = self.table.currentIndex().row() <= 0
            if event.key() == Qt.Key.Key_Up and top:
                self.upward.emit()
                return True
        return False
