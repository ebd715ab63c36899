"""What the chart's tabs share: whose chart it is, asking for it, and blocks with source and age.

An answer about a patient who is no longer the one shown is dropped. Not for: any tab's content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import theme
from kit.gui.faults import explain_refusal
from kit.gui.models import DiffModel
from kit.gui.screen import Context
from kit.gui.states import Explained, State
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import Sources, rows_of
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import StatePanel
from kit.gui.widgets.rows import RowsTable
from kit.ward.chart import BannerRow

_ = translator("gui_ward")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chart:
    """Whose chart is open, for whom, and where its data came from."""

    context: Context
    patient: str
    sources: Sources
    banner: BannerRow

    @property
    def now(self) -> int:
        """UTC ms."""
        return self.context.now_ms()


class ChartTab(QWidget):
    """A tab of the chart. Subclasses ask their rows in `show_chart`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart: Chart | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, Space.M, 0, 0)
        self.column.setSpacing(Space.M)
        self.panel = StatePanel()

    def load(self, chart: Chart) -> None:
        """Show this chart."""
        self.chart = chart
        self.show_chart(chart)

    def show_chart(self, chart: Chart) -> None:
        """Ask what the tab needs."""
        raise NotImplementedError

    def on_tick(self, now_ms: int) -> None:
        """Say ages again."""

    def focus_first(self) -> None:
        """Put the focus where work starts."""
        self.setFocus()

    def ask(
        self, query: str, args: dict[str, Any], kind: type[T], then: Callable[[list[T]], None]
    ) -> None:
        """Ask a list of rows about this patient."""
        chart = self.chart
        if chart is None:
            return

        def arrived(answer: Any) -> None:
            if self.chart is not None and self.chart.patient == chart.patient:
                then(rows_of(answer, kind))

        asked = {"patient": chart.patient, **args}
        chart.context.port.ask(query, asked, arrived, self.refused)

    def refused(self, why: Refused) -> None:
        """The node would not say."""
        self.panel.show_state(State.REFUSED, explain_refusal(why))
        self.panel.show()


class ListTab(ChartTab):
    """A tab that is one table, or words where it is empty."""

    def __init__(self, table: RowsTable, model: DiffModel[Any]) -> None:
        super().__init__()
        self.table, self.model = table, model
        self.table.setModel(model)
        self.acts = QHBoxLayout()
        self.acts.setSpacing(Space.S)
        self.column.addLayout(self.acts)
        self.column.addWidget(table, 1)
        self.column.addWidget(self.panel, 1)
        self.panel.hide()

    def show_rows(self, rows: Sequence[Any], empty: Explained) -> None:
        """Show these rows, or say why there is none."""
        self.model.show(list(rows))
        self.table.setVisible(bool(rows))
        self.panel.setVisible(not rows)
        if not rows:
            self.panel.show_state(State.EMPTY, empty, self.empty_choices())
        elif not self.table.currentIndex().isValid():
            self.table.selectRow(0)

    def empty_choices(self) -> list[tuple[str, Callable[[], None]]]:
        """What can be done where there is nothing."""
        return []

    def on_tick(self, now_ms: int) -> None:
        if self.model.rowCount():
            last = self.model.index(self.model.rowCount() - 1, len(self.model.columns) - 1)
            self.model.dataChanged.emit(self.model.index(0, 0), last)

    def focus_first(self) -> None:
        (self.table if self.model.rowCount() else self).setFocus()


def nothing_frozen(todo: str = "") -> Explained:
    """The sentence of every empty part of a chart: unknown is not "none"."""
    return Explained(
        _("Not recorded in the frozen patient record"),
        _("It may exist on paper or in the record that is out of reach."),
        todo,
    )


class Column(QWidget):
    """What a scroll area holds: as tall as its texts need at its width, and no taller.

    A wrapping label asks for more than that when it is asked without a width; the sum of such
    wishes would show a scroll bar beside an empty page.
    """

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


class Block(QFrame):
    """A part of the synthesis: title, source and age, content; a way to add where there is none."""

    def __init__(self, title: str, add: str = "", on_add: Callable[[], None] | None = None) -> None:
        super().__init__()
        theme.dress(self, surface="card")
        self.setAccessibleName(title)
        self._source = Text(size=Size.SMALL, tone=Tone.MUTED)
        self._add = QPushButton(add or _("Add"))
        self._add.setAccessibleName(f"{self._add.text()}: {title}")
        theme.dress(self._add, kind="quiet")
        if on_add is not None:
            self._add.clicked.connect(lambda _on=False: on_add())
        head = QHBoxLayout()
        head.setSpacing(Space.M)
        head.addWidget(Text(title, bold=True, wrap=False))
        head.addWidget(self._source, 1)
        head.addWidget(self._add)
        self._body = QVBoxLayout()
        self._body.setSpacing(Space.XS)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.S, Space.M, Space.M)
        column.setSpacing(Space.S)
        column.addLayout(head)
        column.addLayout(self._body)
        # Only now: a button without a parent would be shown as a window of its own.
        self._add.setVisible(on_add is not None)

    def show_parts(self, parts: Sequence[QWidget], source: str = "") -> None:
        """Show these; none says that it is not recorded."""
        while self._body.count():
            item = self._body.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._source.setText(source)
        for part in parts:
            self._body.addWidget(part)
        if not parts:
            words = _("Not recorded in the frozen patient record")
            self._body.addWidget(Text(words, tone=Tone.MUTED))

    def show_lines(self, lines: Sequence[str], source: str = "") -> None:
        """The same, of plain lines."""
        self.show_parts([Text(line) for line in lines], source)


def source_of(chart: Chart, srcs: Sequence[str]) -> str:
    """Where a block's data came from and how old it is; several sources are said as such."""
    distinct = list(dict.fromkeys(srcs))
    if not distinct:
        return ""
    said = chart.sources.text(distinct[0], chart.now)
    return said if len(distinct) == 1 else _("{source} and others").format(source=said)
