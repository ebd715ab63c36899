"""One ward beside the situation table: every figure with its age, its needs, its telephone.

Not for: patients (there are none here), nor writing; its buttons open the messages.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from kit.core.clock import moment_text
from kit.core.text import translator
from kit.gui import theme
from kit.gui.steering import situation_cells as cells
from kit.gui.steering.situation_row import (
    UNKNOWN,
    SituationRow,
    is_silent,
    mode_word,
    needs_text,
    why_word,
)
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.ages import ago
from kit.gui.widgets.cell import Cell
from kit.gui.widgets.hatch import HatchOverlay
from kit.gui.widgets.labels import Text, rule

_ = translator("gui_steering")

WIDTH_PX = 348


class WardPanel(QFrame):
    """What the cell knows of a ward; `write_asked` and `order_asked` give the ward's code."""

    write_asked = Signal(str)
    order_asked = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.dress(self, surface="sheet")
        self.setFixedWidth(WIDTH_PX)
        self.setAccessibleName(_("Details of the ward"))
        self.row: SituationRow | None = None
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.write = action_button(_("Write to this ward"), self._write, "primary")
        self.order = action_button(_("Give it a directive"), self._order)
        foot = QVBoxLayout()
        foot.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        foot.setSpacing(Space.S)
        foot.addWidget(self.write)
        foot.addWidget(self.order)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._area, 1)
        column.addWidget(rule())
        column.addLayout(foot)

    def may_order(self, *, allowed: bool) -> None:
        """Whether this person may give directives."""
        self.order.setVisible(allowed)

    def show_row(self, row: SituationRow | None, now_ms: int) -> None:
        """Show this ward."""
        self.row = row
        content = QWidget()
        theme.dress(content, surface="panel")
        column = QVBoxLayout(content)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.S)
        if row is None:
            column.addWidget(Text(_("Choose a ward in the table."), tone=Tone.MUTED))
        else:
            self._fill(column, row, now_ms)
        column.addStretch(1)
        for button in (self.write, self.order):
            button.setEnabled(row is not None)
        self._area.setWidget(content)

    def _fill(self, column: QVBoxLayout, row: SituationRow, now: int) -> None:
        column.addWidget(Text(row.name or row.ward, size=Size.HEADING))
        state = cells.state_runs(row, now)
        column.addWidget(Text(state.text, bold=True, tone=state.tone))
        if row.why:
            column.addWidget(Text(", ".join(why_word(code) for code in row.why), tone=Tone.MUTED))
        column.addWidget(_phone(row))
        column.addWidget(rule())
        column.addWidget(_heard(row, now))
        if row.at:
            column.addWidget(_figures(row, now))
        column.addWidget(rule())
        column.addWidget(Text(_("What the ward told"), bold=True))
        for text, tone in _told(row, now):
            column.addWidget(Text(text, tone=tone))

    def _write(self) -> None:
        if self.row is not None:
            self.write_asked.emit(self.row.ward)

    def _order(self) -> None:
        if self.row is not None:
            self.order_asked.emit(self.row.ward)


def _phone(row: SituationRow) -> Text:
    if row.phone:
        return Text(_("Telephone {number}").format(number=row.phone), bold=True)
    return Text(_("No telephone number in the directory"), tone=Tone.MUTED)


def _heard(row: SituationRow, now: int) -> Text:
    if not row.at:
        said = _(
            "This kit has never heard of this ward. Telephone, send somebody, or bring its data on"
            " a stick."
        )
        return Text(said, tone=Tone.WARNING)
    said = _("Last point {moment}, {age}").format(
        moment=moment_text(row.at, now), age=ago(row.at, now)
    )
    if is_silent(row, now):
        said = _("◷ {last}: the figures below are those of that time.").format(last=said)
        return Text(said, tone=Tone.WARNING)
    return Text(said, tone=Tone.MUTED)


def _figures(row: SituationRow, now: int) -> QWidget:
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(Space.M)
    grid.setVerticalSpacing(Space.XS)
    grid.setColumnStretch(1, 1)
    pairs: list[tuple[str, Cell]] = [
        (_("Beds"), cells.beds_cell(row, now)),
        (_("Late doses"), cells.late_cell(row, now)),
        (_("Conflicts"), cells.conflicts_cell(row, now)),
        (_("Mode, data"), cells.mode_cell(row, now)),
    ]
    for place, (label, cell) in enumerate(pairs):
        name = Text(label, tone=Tone.MUTED, wrap=False)
        grid.addWidget(name, place, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        for (run,) in cell.lines:
            words.addWidget(Text(run.text, bold=run.bold, tone=run.tone))
        grid.addLayout(words, place, 1)
    if is_silent(row, now):
        HatchOverlay(holder, "line", 0.25)
    return holder


def _told(row: SituationRow, now: int) -> list[tuple[str, Tone]]:
    if not row.told_at:
        return [(_("Nothing yet: mode and needs are told from the ward's own kit."), Tone.MUTED)]
    lines = [(_("Mode: {mode}").format(mode=mode_word(row.mode)), Tone.NORMAL)]
    needs = needs_text(row.needs) or _("none")
    lines.append((_("Needs: {needs}").format(needs=needs), Tone.NORMAL))
    if row.comment:
        lines.append((_("“{comment}”").format(comment=row.comment), Tone.NORMAL))
    if row.blocked > 0:
        lines.append(
            (_("Beds that cannot be used: {count}").format(count=row.blocked), Tone.NORMAL)
        )
    if row.staff != UNKNOWN:
        needed = row.staff_needed if row.staff_needed != UNKNOWN else _("unknown")
        said = _("Staff: {here} here, {needed} needed").format(here=row.staff, needed=needed)
        lines.append((said, Tone.NORMAL))
    by = row.by or _("a person not named")
    moment = moment_text(row.told_at, now)
    said = _("Told by {name}, {moment}, {age}")
    lines.append((said.format(name=by, moment=moment, age=ago(row.told_at, now)), Tone.MUTED))
    return lines
