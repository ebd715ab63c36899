"""The chart (F3): the banner that stays, seven tabs, and the entries that start from here.

Opening a chart is put on record once. Not for: any tab's content (`chart_*`), nor entering.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import keys, theme
from kit.gui.faults import explain_refusal
from kit.gui.keys import Key
from kit.gui.screen import Context, PrimaryAction, PrintOrder, Screen
from kit.gui.states import Explained, State
from kit.gui.theme import Space
from kit.gui.ward import formats
from kit.gui.ward.chart_tab import Chart, ChartTab
from kit.gui.ward.conflict_card import ConflictCard
from kit.gui.ward.entries import open_entry
from kit.gui.ward.notices import TOPICS, Notices
from kit.gui.ward.opening import record_opening
from kit.gui.widgets.flow import FlowLayout
from kit.gui.widgets.panel import LoadingBar, StatePanel
from kit.ward.board import BoardRow
from kit.ward.chart import BannerRow
from kit.ward.snapshot import SnapshotRow

_ = translator("gui_ward")

KEY = "ward.patient"
# Where each tab's class lives; imported when the tab is first shown.
TABS = (
    ("synthesis", "chart_synthesis:SynthesisTab"),
    ("orders", "chart_orders:OrdersTab"),
    ("vitals", "chart_vitals:VitalsTab"),
    ("notes", "chart_lists:NotesTab"),
    ("results", "chart_lists:ResultsTab"),
    ("identity", "chart_identity:IdentityTab"),
    ("journal", "chart_lists:JournalTab"),
)
ONLY_READ = frozenset({"chart", "session"})


def _N(message: str) -> str:
    return message


keys.register(
    Key("chart-dose", "M", _N("Record a dose for this patient"), KEY, True, "gui_ward"),
    Key("chart-vitals", "C", _N("Vital signs of this patient"), KEY, True, "gui_ward"),
    Key("chart-note", "T", _N("Note about this patient"), KEY, True, "gui_ward"),
    Key("chart-conflict", "A", _N("Settle this patient's conflicts"), KEY, True, "gui_ward"),
    Key("chart-transfer", "D", _N("Transfer this patient and the record"), KEY, True, "gui_ward"),
    Key("chart-tab", "Ctrl+Tab", _N("Next part of the chart"), KEY, False, "gui_ward"),
    Key("chart-tab-back", "Ctrl+Shift+Tab", _N("Previous part of the chart"), KEY, False,
        "gui_ward"),
)  # fmt: skip


def tab_names() -> dict[str, str]:
    """The tabs' names by key, in order."""
    return {
        "synthesis": _("Synthesis"),
        "orders": _("Prescriptions"),
        "vitals": _("Vital signs"),
        "notes": _("Notes"),
        "results": _("Examinations"),
        "identity": _("Identity"),
        "journal": _("Journal"),
    }


class PatientScreen(Screen):
    """One patient at a time; nothing of the one before stays when another is opened."""

    key = KEY
    single_patient = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.patient = ""
        self.chart: Chart | None = None
        self._sources = formats.Sources()
        self._tabs: dict[str, ChartTab] = {}
        self._stale: set[str] = set()
        self.bar = QTabBar()
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(False)
        self.bar.setAccessibleName(_("Parts of the chart"))
        for name in tab_names().values():
            self.bar.addTab(name)
        self.loading, self.panel = LoadingBar(), StatePanel()
        self.notices, self.disputes = Notices(), ConflictCard()
        self._pages = QStackedWidget()
        self._empty = QWidget()
        self._body = QStackedWidget()
        self._lay_out()
        self._bind()

    # -- what the window calls ---------------------------------------------------------------

    def load(self, context: Context) -> None:
        self.context = context
        if not context.patient:
            self._forget()
            self._show_nobody()
            return
        if context.patient != self.patient:
            self._forget()
            self.patient = context.patient
            context.shell.show_banner(None)
        self.loading.start()
        context.port.ask("snapshot.list", {}, self._show_sources, lambda _refused: None)
        self._ask_banner()

    def on_changed(self, topics: set[str]) -> None:
        if self.context is None or not self.patient:
            return
        about = f"patient:{self.patient}" in topics or "snapshot" in topics
        if about and topics - ONLY_READ - {f"patient:{self.patient}"}:
            self._stale = set(self._tabs)
            self._ask_banner()
        if topics & TOPICS:
            self.notices.load(self.context, self.patient)

    def on_tick(self, now_ms: int) -> None:
        tab = self.tab_now()
        if tab is not None:
            tab.on_tick(now_ms)

    def print_document(self) -> PrintOrder | None:
        if self.chart is None:
            return None
        return PrintOrder("patient", {"patient": self.patient, "ward": self.chart.banner.ward})

    def help_text(self) -> str:
        return "\n".join(
            (
                _("The chart of one patient; the banner above never leaves."),
                _("M records a dose, C vital signs, T a note, from any part of the chart."),
                _("D transfers the patient to another ward; the record goes along."),
                _("Ctrl+PgDn and Ctrl+PgUp go to the next and the previous patient of the ward."),
                _("“Not recorded” does not mean “none”: it is not in the frozen record."),
                _("Enter on an entry corrects it; the original stays, struck through."),
            )
        )

    @property
    def primary_action(self) -> PrimaryAction | None:
        return PrimaryAction(_("Print the sheet"), "printer", self._print, "print")

    def new_entry(self) -> None:
        """Ctrl+N: what this part of the chart is for."""
        kinds = {"vitals": "vitals", "notes": "note", "orders": "dose"}
        self.enter_for(kinds.get(self.tab_key(), "note"))

    def focus_first(self) -> None:
        tab = self.tab_now()
        (tab.focus_first if tab is not None else self.bar.setFocus)()

    def place(self) -> dict[str, Any]:
        """The part of the chart that is open."""
        return {"tab": self.bar.currentIndex()}

    def restore(self, place: dict[str, Any]) -> None:
        """Back to that part."""
        self.bar.setCurrentIndex(int(place.get("tab") or 0))

    def step(self, by: int) -> None:
        """The next or previous patient of the ward, by bed; it stops at both ends."""
        if self.context is not None and self.patient:
            ward = self.chart.banner.ward if self.chart is not None else self.context.ward
            then = partial(self._step_in, by)
            self.context.port.ask("ward.board", {"ward": ward or self.context.ward}, then)

    def tab_key(self) -> str:
        """Which part is shown."""
        return TABS[self.bar.currentIndex()][0]

    def tab_now(self) -> ChartTab | None:
        """The part that is shown, once its chart is there."""
        return self._tabs.get(self.tab_key()) if self.chart is not None else None

    # -- the chart ---------------------------------------------------------------------------

    def _forget(self) -> None:
        self.patient, self.chart = "", None
        for tab in self._tabs.values():
            self._pages.removeWidget(tab)
            tab.hide()
            tab.deleteLater()
        self._tabs.clear()
        self._stale.clear()
        self.notices.forget()
        self.disputes.hide()
        self._pages.setCurrentWidget(self._empty)

    def _ask_banner(self) -> None:
        if self.context is not None:
            patient = self.patient
            then = partial(self._show_banner, patient)
            self.context.port.ask("patient.banner", {"patient": patient}, then, self._refused)

    def _show_sources(self, answer: Any) -> None:
        self._sources = formats.Sources(formats.rows_of(answer, SnapshotRow))

    def _show_banner(self, patient: str, answer: Any) -> None:
        context = self.context
        if context is None or patient != self.patient:
            return
        self.loading.stop()
        if answer is None:
            self._show_unknown()
            return
        row = formats.rows_of([answer], BannerRow)[0]
        context.shell.show_banner(formats.banner_facts(row, context.now_ms()))
        self.chart = Chart(context, patient, self._sources, row)
        self._body.setCurrentIndex(0)
        self.enter(State.STALE if row.band in ("old", "stale", "unknown") else State.READY)
        record_opening(context, patient)
        self.notices.load(context, patient)
        self.disputes.load(context, patient)
        self._stale = set(self._tabs)
        self._show_tab()
        self._enable(on=True)

    def _show_tab(self) -> None:
        if self.chart is None:
            return
        key, place = TABS[self.bar.currentIndex()]
        tab = self._tabs.get(key)
        fresh = tab is None
        if tab is None:
            tab = self._make(place)
            self._tabs[key] = tab
            self._pages.addWidget(tab)
        self._pages.setCurrentWidget(tab)
        if fresh or key in self._stale:
            self._stale.discard(key)
            tab.load(self.chart)

    def _make(self, place: str) -> ChartTab:
        module, _colon, name = place.partition(":")
        made = getattr(import_module(f"kit.gui.ward.{module}"), name)()
        assert isinstance(made, ChartTab)  # noqa: S101 - a slip in TABS, found by its test
        return made

    def _show_nobody(self) -> None:
        self.enter(State.EMPTY)
        said = Explained(
            _("No patient is open"),
            _("The chart shows one patient at a time."),
            _("Choose one on the ward board, or find one by name."),
        )
        self._show_panel(State.EMPTY, said)

    def _show_unknown(self) -> None:
        self.enter(State.EMPTY)
        said = Explained(
            _("This kit does not know this patient"),
            _("Their record may be in another kit or on paper."),
            _("Search again by another name, or use paper."),
        )
        self._show_panel(State.EMPTY, said)

    def _refused(self, why: Refused) -> None:
        self.loading.stop()
        self.enter(State.REFUSED)
        self._show_panel(State.REFUSED, explain_refusal(why))

    def _show_panel(self, state: State, said: Explained) -> None:
        choices: list[tuple[str, Callable[[], None]]] = [(_("Open the ward board"), self._go_board)]
        self.panel.show_state(state, said, choices)
        self._body.setCurrentWidget(self.panel)
        self._enable(on=False)

    # -- acts --------------------------------------------------------------------------------

    def enter_for(self, kind: str) -> None:
        """Open an entry sheet for this patient."""
        if self.chart is not None:
            open_entry(self.chart.context, kind, self.patient)

    def _go_board(self) -> None:
        if self.context is not None:
            self.context.shell.go("ward.board")

    def _print(self) -> None:
        window = self.window()
        if hasattr(window, "print_current"):
            window.print_current()

    def _step_in(self, by: int, answer: Any) -> None:
        rows = [row.patient for row in formats.rows_of(answer, BoardRow) if row.patient]
        if self.context is None or self.patient not in rows:
            return
        place = rows.index(self.patient) + by
        if 0 <= place < len(rows):
            self.context.shell.go(KEY, rows[place])
        else:
            end = _("This is the last patient of the ward.")
            self.context.shell.toast(end if by > 0 else _("This is the first patient of the ward."))

    def _turn(self, by: int) -> None:
        self.bar.setCurrentIndex((self.bar.currentIndex() + by) % self.bar.count())

    def _enable(self, *, on: bool) -> None:
        for button in self._buttons:
            button.setEnabled(on)

    # -- building ----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._pages.addWidget(self._empty)
        whole = QWidget()
        inner = QVBoxLayout(whole)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.disputes)
        inner.addWidget(self.notices)
        inner.addWidget(self._pages, 1)
        self._body.addWidget(whole)
        self._body.addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.XS, Space.L, Space.S)
        column.setSpacing(0)
        column.addWidget(self._toolbar())
        column.addWidget(self.loading)
        column.addWidget(self._body, 1)

    def _toolbar(self) -> QWidget:
        """Parts, then acts; beneath each other where the window is narrow."""
        table = (
            (_("Record a dose (M)"), _("Dose"), "dose"),
            (_("Record vital signs (C)"), _("Vitals"), "vitals"),
            (_("Write a note (T)"), _("Note"), "note"),
            (_("Transfer the record to another ward (D)"), _("Transfer…"), "transfer"),
        )
        acts = QWidget()
        row = QHBoxLayout(acts)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        self._buttons: list[QPushButton] = []
        for spoken, text, kind in table:
            self._buttons.append(_button(text, spoken, partial(self.enter_for, kind)))
        printing = _button(_("Print"), _("Print the sheet"), self._print)
        theme.dress(printing, kind="primary")
        self._buttons.append(printing)
        for button in self._buttons:
            row.addWidget(button)
        holder = QWidget()
        flow = FlowLayout(holder, Space.M)
        flow.addWidget(self.bar)
        flow.addWidget(acts)
        return holder

    def _bind(self) -> None:
        self.bar.currentChanged.connect(lambda _place: self._show_tab())
        for kind in ("dose", "vitals", "note", "conflict", "transfer"):
            keys.bind(self, f"chart-{kind}", partial(self.enter_for, kind), KEY)
        keys.bind(self, "chart-tab", partial(self._turn, 1), KEY)
        keys.bind(self, "chart-tab-back", partial(self._turn, -1), KEY)


def _button(text: str, spoken: str, run: Callable[[], object]) -> QPushButton:
    made = QPushButton(text)
    made.setAccessibleName(spoken)
    made.setToolTip(spoken)
    made.clicked.connect(lambda _on=False: run())
    return made
