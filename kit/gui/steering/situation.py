"""F2 of the steering capsule: every ward in one table, worst first; live, and on the wall by F11.

No patient is named here. Not for: deciding which ward is worst (the node does), nor what is done
about it (messages, directives).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import theme
from kit.gui.faults import explain_refusal
from kit.gui.models import DiffModel
from kit.gui.screen import Context, PrimaryAction, Screen
from kit.gui.states import Explained, State
from kit.gui.steering import situation_cells as cells
from kit.gui.steering.directive_sheet import ORDER_ACTION, open_directive_sheet
from kit.gui.steering.situation_details import WardPanel
from kit.gui.steering.situation_facts import FactLine, facts_of
from kit.gui.steering.situation_row import SituationRow, is_silent
from kit.gui.steering.situation_tools import SituationTools
from kit.gui.theme import Space
from kit.gui.ward.formats import rows_of
from kit.gui.widgets.panel import LoadingBar, StatePanel
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_steering")

KEY = "steering.situation"
TOPICS = frozenset({"situation", "peers", "ward", "directive"})
# What is left to the details where the table is narrower than this.
WIDTHS = {"conflicts": 1_000, "mode": 1_000, "needs": 800}
WALL_NEEDS_PX = 1_600


class SituationScreen(Screen):
    """Facts, filters, table with the ward's details; or the wall's larger table alone."""

    key = KEY

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[SituationRow] = []
        self._peers: list[dict[str, Any]] | None = None
        self._status: dict[str, Any] = {}
        self._now = 0
        self._wanted = ""
        self._walled = False
        self.may_order = False
        self.table = RowsTable(_("Wards, the worst first"))
        self.model: DiffModel[SituationRow] = DiffModel(
            cells.columns(lambda: self._now), cells.key_of, self
        )
        self.table.setModel(self.model)
        self.wall = RowsTable(_("Wards, the worst first"))
        self.wall_model: DiffModel[SituationRow] = DiffModel(
            cells.wall_columns(lambda: self._now), cells.key_of, self
        )
        self.wall.setModel(self.wall_model)
        theme.dress(self.wall.horizontalHeader(), scale="wall")
        self.facts, self.tools, self.details = FactLine(), SituationTools(), WardPanel()
        self.stale, self.empty = StatePanel(flat=True), StatePanel()
        self.bar = LoadingBar()
        self._lay_out()
        self._bind()

    # -- what the window calls ---------------------------------------------------------------

    def load(self, context: Context) -> None:
        self.context = context
        self._now = context.now_ms()
        self.bar.start()
        context.port.call("rights", {}, self._show_rights, lambda _refused: None, again=True)
        self._ask()

    def on_changed(self, topics: set[str]) -> None:
        if topics & TOPICS:
            self._ask()

    def on_tick(self, now_ms: int) -> None:
        self._now = now_ms
        for model in (self.model, self.wall_model):
            if model.rowCount():
                last = model.index(model.rowCount() - 1, len(model.columns) - 1)
                model.dataChanged.emit(model.index(0, 0), last)
        self._show_facts()

    def show_wall(self, *, on: bool) -> bool:
        self._walled = on
        self.tools.setVisible(not on)
        if on:
            self.close_details()
        self._pages.setCurrentWidget(self.wall if on else self._desk)
        self._show_facts()
        (self.wall if on else self.table).setFocus()
        return True

    def help_text(self) -> str:
        return "\n".join(
            (
                _("One row per ward, the worst first; figures come from the wards by themselves."),
                _("A hatched figure is old: its age stands in “Last point”."),
                _("A ward never heard of is in the list too: telephone, or send somebody."),
                _("Enter opens a ward's details; from there, write to it or give a directive."),
                _("Ctrl+N gives a directive to the wards."),
                _("F11 shows the wall table: large type, no patient's name."),
            )
        )

    @property
    def primary_action(self) -> PrimaryAction | None:
        if not self.may_order:
            return None
        return PrimaryAction(_("Give a directive"), "siren", self.new_entry, "new")

    def new_entry(self) -> None:
        """Ctrl+N: a directive to the wards."""
        if self.context is not None and self.may_order:
            open_directive_sheet(self.context)

    def focus_first(self) -> None:
        self._select_wanted()
        (self.wall if self._walled else self.table).setFocus()

    def place(self) -> dict[str, Any]:
        row = self.current()
        return {
            "ward": row.ward if row else "",
            "filter": self.tools.chosen,
            "details": not self.details.isHidden(),
        }

    def restore(self, place: dict[str, Any]) -> None:
        self._wanted = str(place.get("ward") or "")
        self.tools.choose(str(place.get("filter") or ""))
        self._select_wanted()
        if place.get("details"):
            self.open_details()

    def current(self) -> SituationRow | None:
        """The ward under the cursor."""
        row = self.table.current_row()
        return row if isinstance(row, SituationRow) else None

    # -- asking ------------------------------------------------------------------------------

    def _ask(self) -> None:
        if self.context is None:
            return
        port = self.context.port
        port.ask("steering.situation", {}, self._arrived, self._refused)
        port.call("peers", {}, self._show_peers, lambda _refused: None, again=True)
        port.call("status", {}, self._show_status, lambda _refused: None, again=True)

    def _arrived(self, answer: Any) -> None:
        if self.context is None:
            return
        self.bar.stop()
        self._now = self.context.now_ms()
        self.rows = rows_of(answer, SituationRow)
        if not self.rows:
            self.empty.show_state(State.EMPTY, _nobody(), [(_("Open the exchanges"), self._pair)])
            self._body.setCurrentWidget(self.empty)
            self.enter(State.EMPTY)
            return
        self._body.setCurrentWidget(self._work)
        self._show_rows()
        silent = all(is_silent(row, self._now) for row in self.rows)
        self.stale.setVisible(silent)
        if silent:
            self.stale.show_state(State.STALE, _all_silent())
        self.enter(State.STALE if silent else State.READY)

    def _refused(self, refused: Refused) -> None:
        self.bar.stop()
        self.empty.show_state(State.REFUSED, explain_refusal(refused))
        self._body.setCurrentWidget(self.empty)
        self.enter(State.REFUSED)

    def _show_peers(self, peers: list[dict[str, Any]] | None) -> None:
        self._peers = peers
        self._show_facts()

    def _show_status(self, status: dict[str, Any] | None) -> None:
        self._status = status or {}
        self._show_facts()

    def _show_rights(self, rights: list[str] | None) -> None:
        self.may_order = ORDER_ACTION in (rights or ())
        self.tools.order.setVisible(self.may_order)
        self.details.may_order(allowed=self.may_order)

    # -- showing -----------------------------------------------------------------------------

    def _show_rows(self) -> None:
        self.model.show(self.tools.wanted(self.rows, self._now))
        self.wall_model.show(self.rows)
        self._select_wanted()
        self._show_facts()
        if not self.details.isHidden():
            self.details.show_row(self.current(), self._now)

    def _show_facts(self) -> None:
        if self.rows:
            facts = facts_of(self.rows, self._peers, self._status, self._now)
            self.facts.show_facts(facts, wall=self._walled)

    def _select_wanted(self) -> None:
        place = self.model.place_of(self._wanted) if self._wanted else -1
        if place >= 0:
            self.table.selectRow(place)
            self._wanted = ""
        elif not self.table.currentIndex().isValid() and self.model.rowCount():
            self.table.selectRow(0)

    def open_details(self, _row: object = None) -> None:
        """Enter or a click: what is known of the ward, at the right."""
        self.details.show()
        self.details.show_row(self.current(), self._now)
        self._fit_columns()

    def close_details(self) -> None:
        """Space again: the whole table."""
        self.details.hide()
        self._fit_columns()

    def _toggle_details(self, _row: object = None) -> None:
        if self.details.isHidden():
            self.open_details()
        else:
            self.close_details()

    def _fit_columns(self) -> None:
        room = self.width() - (0 if self.details.isHidden() else self.details.width())
        for place, column in enumerate(self.model.columns):
            self.table.setColumnHidden(place, room < WIDTHS.get(column.key, 0))
        for place, wide in enumerate(self.wall_model.columns):
            self.wall.setColumnHidden(place, wide.key == "needs" and self.width() < WALL_NEEDS_PX)
        for table in (self.table, self.wall):
            table.fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def _filter(self) -> None:
        if self.rows:
            self._show_rows()

    def _pair(self) -> None:
        if self.context is not None:
            self.context.shell.go("shared.exchange")

    def _write_to(self, ward: str) -> None:
        """The messages, on this ward's channel."""
        if self.context is None:
            return
        self.context.shell.go("shared.messages")
        screen: Any = self.window().findChild(Screen, "shared.messages")
        if screen is not None:
            screen.open_unit(ward)

    def _order_for(self, ward: str) -> None:
        if self.context is not None:
            open_directive_sheet(self.context, wards=(ward,))

    # -- building ----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.details.hide()
        self.stale.hide()
        self._desk = QWidget()
        row = QHBoxLayout(self._desk)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.table, 1)
        row.addWidget(self.details)
        self._pages = QStackedWidget()
        for page in (self._desk, self.wall):
            self._pages.addWidget(page)
        self._work = QWidget()
        work = QVBoxLayout(self._work)
        work.setContentsMargins(0, 0, 0, 0)
        work.setSpacing(Space.S)
        work.addWidget(self.facts)
        work.addWidget(self.stale)
        work.addWidget(self.tools)
        work.addWidget(self._pages, 1)
        self._body = QStackedWidget()
        for page in (self._work, self.empty):
            self._body.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.XS)
        column.addWidget(self.bar)
        column.addWidget(self._body, 1)

    def _bind(self) -> None:
        self.tools.filter_chosen.connect(self._filter)
        self.tools.order_asked.connect(self.new_entry)
        self.table.opened.connect(self.open_details)
        self.table.clicked.connect(self.open_details)
        self.table.previewed.connect(self._toggle_details)
        self.table.selectionModel().currentRowChanged.connect(self._on_current)
        self.details.write_asked.connect(self._write_to)
        self.details.order_asked.connect(self._order_for)

    def _on_current(self, *_places: object) -> None:
        if not self.details.isHidden():
            self.details.show_row(self.current(), self._now)


def _nobody() -> Explained:
    return Explained(
        _("No ward is known to this kit yet."),
        _("Nothing can be said of the hospital: this kit has met no ward's kit."),
        _("Let a ward's kit join the fleet, or take in a stick from one."),
    )


def _all_silent() -> Explained:
    return Explained(
        _("No ward has been heard of lately."),
        _("Every figure below is old: do not decide on it without a telephone call."),
        _("Check the network of this kit, then the exchanges; a stick carries the same news."),
    )
