"""The gap report on screen: the equation, what is missing, the red lines first, what was not read.

Not for: its words (`intake_rows`).
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.shared.intake_rows import (
    IntakeRow,
    PathRow,
    RefusedRow,
    ReportRow,
    age_text,
    block_word,
    count_word,
    equation,
    figure,
    state_text,
)
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.cell import ChipText
from kit.gui.widgets.chip import Chip
from kit.gui.widgets.flow import FlowLayout
from kit.gui.widgets.labels import Text

_ = translator("gui_entry")

SHOWN = 60


class ReportView(QWidget):
    """Cards from the gravest to the least; each line names its file and position."""

    saved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(Space.M)
        self.save = action_button(_("Save the report as text"), self.saved.emit)
        head = QHBoxLayout()
        self._title = Text(size=Size.HEADING)
        head.addWidget(self._title, 1)
        head.addWidget(self.save, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.S, 0)
        column.setSpacing(Space.M)
        column.addLayout(head)
        column.addLayout(self._cards)
        column.addStretch(1)

    def show_report(self, report: ReportRow, now_ms: int) -> None:
        """Show this report."""
        while (item := self._cards.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        row = report.intake
        self._title.setText(_("What the ward will not have: {label}").format(label=row.label))
        red = [one for one in report.unmapped if one.danger]
        other = [one for one in report.unmapped if not one.danger]
        self._add(self._figures(row, now_ms))
        self._add(
            self._paths(
                _("! Dangerous: not understood, and it may change the meaning"), red, "critical"
            )
        )
        self._add(self._missing(report.missing))
        self._add(self._refused(report.refused, row.refused))
        self._add(
            self._paths(_("Not understood, harmless as far as the kit can tell"), other, "card")
        )

    def _add(self, card: QWidget | None) -> None:
        if card is not None:
            self._cards.addWidget(card)

    def _figures(self, row: IntakeRow, now_ms: int) -> QWidget:
        card, column = _card("card" if row.finished else "warning")
        column.addWidget(Text(f"{state_text(row, now_ms)} — {age_text(row, now_ms)}"))
        column.addWidget(Text(equation(row), bold=True))
        box = QWidget()
        flow = FlowLayout(box)
        for name, count in sorted(row.counts.items(), key=lambda item: -item[1]):
            flow.addWidget(Chip(ChipText(f"{figure(count)} {count_word(name)}")))
        column.addWidget(box)
        return card

    def _missing(self, blocks: Iterable[str]) -> QWidget | None:
        names = [block_word(block) for block in blocks]
        if not names:
            return None
        card, column = _card("warning")
        column.addWidget(Text(_("Not in the extract at all"), bold=True, tone=Tone.WARNING))
        column.addWidget(Text(", ".join(names)))
        said = _(
            "Where these are not on paper either, ask the patient, the family, the doctor in town."
        )
        column.addWidget(Text(said, size=Size.SMALL))
        return card

    def _paths(self, title: str, rows: list[PathRow], surface: str) -> QWidget | None:
        if not rows:
            return None
        card, column = _card(surface)
        tone = Tone.CRITICAL if surface == "critical" else Tone.NORMAL
        column.addWidget(Text(title, bold=True, tone=tone))
        for one in rows[:SHOWN]:
            words = _("{path}: {count} times").format(path=one.path, count=figure(one.count))
            column.addWidget(_line(words, f"{one.file} {one.place}"))
        _more(column, len(rows))
        return card

    def _refused(self, rows: tuple[RefusedRow, ...], count: int) -> QWidget | None:
        if not rows:
            return None
        card, column = _card("warning")
        title = _("Not read: {count} units").format(count=figure(count))
        column.addWidget(Text(title, bold=True, tone=Tone.WARNING))
        for one in rows[:SHOWN]:
            column.addWidget(_line(one.text or one.code, f"{one.file} {one.place}"))
        _more(column, count)
        return card


def _card(surface: str) -> tuple[QWidget, QVBoxLayout]:
    card = QWidget()
    card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    theme.dress(card, surface=surface)
    column = QVBoxLayout(card)
    column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
    column.setSpacing(Space.XS)
    return card, column


def _line(words: str, where: str) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(Space.M)
    row.addWidget(Text(words), 3)
    row.addWidget(Text(where.strip(), size=Size.SMALL, tone=Tone.MUTED), 2)
    return box


def _more(column: QVBoxLayout, count: int) -> None:
    if count > SHOWN:
        words = _("and {n} more: all of them are in the saved report").format(
            n=figure(count - SHOWN)
        )
        column.addWidget(Text(words, size=Size.SMALL, tone=Tone.MUTED))
