"""What is played before each picture: which screen, which sheet, which trouble.

Not for: taking the pictures (`shots`). A scene leaves the window as it found it (`Stage.clear`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from kit.gui.app import Reception
from kit.gui.first_run import ORDER, FirstRun
from kit.gui.port import NodePort
from kit.gui.screen import Context
from kit.gui.ward import sheets
from kit.gui.ward.formats import rows_of
from kit.gui.window import MainWindow
from kit.ward.board import BoardRow
from kit.ward.note import NoteRow
from kit.ward.round import AsNeededRow, RoundRow, SlotRow
from kit.ward.vitals import VitalsRow

SIGNED = ("empty", "normal", "stale")
FULL = ("normal",)
TURNS = 400


def settle(port: NodePort) -> None:
    """Let every answer come and every layout come to rest; what was closed is gone."""
    for turn in range(TURNS):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
        if not port.unanswered and turn > 4:
            return


class Stage:
    """The window of one picture, and what the ward holds."""

    def __init__(self, port: NodePort, window: MainWindow, reception: Reception) -> None:
        self.port, self.window, self.reception = port, window, reception
        self._known: dict[str, Any] = {}

    def ask(self, name: str, **args: Any) -> Any:
        """The rows of a query, once."""
        key = f"{name}{sorted(args.items())}"
        if key not in self._known:
            self.port.ask(name, args, lambda rows: self._known.setdefault(key, rows))
            settle(self.port)
        return self._known.get(key)

    @property
    def context(self) -> Context:
        """The context of the screen that is shown."""
        screen = self.window.screen_now()
        assert screen is not None  # noqa: S101 - a scene opens its screen first
        assert screen.context is not None  # noqa: S101
        return screen.context

    def patient(self) -> str:
        """Somebody with an allergy and a dose due; "" in an empty ward."""
        rows = rows_of(self.ask("ward.board", ward=self.window.ward), BoardRow)
        here = [row for row in rows if row.patient]
        wanted = [row for row in here if row.allergies and row.allergies.state == "known"]
        late = [row for row in wanted if row.late]
        return next((row.patient for row in (*late, *wanted, *here)), "")

    def slot(self, wanted: Callable[[SlotRow], bool]) -> SlotRow | None:
        """The first planned dose of the ward that is like this."""
        rounds = rows_of(self.ask("round.slots", ward=self.window.ward), RoundRow)
        return next((s for row in rounds for s in row.slots if wanted(s)), None)

    def needed(self) -> AsNeededRow | None:
        """An if-needed drug, one that was given a short while ago first."""
        rounds = rows_of(self.ask("round.slots", ward=self.window.ward), RoundRow)
        rows = [s for row in rounds for s in row.as_needed]
        return next(iter(sorted(rows, key=lambda row: -row.next_allowed)), None)

    def clear(self) -> None:
        """Close what the scene opened."""
        self.window.work.clear() if self.window.person else None


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture's name, the conditions it exists in, and what is done before it."""

    name: str
    conditions: tuple[str, ...]
    play: Callable[[Stage], None]


def _nothing(_stage: Stage) -> None:
    """The door shows itself."""


def _first_run(step: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        stage.window.show_door(FirstRun(stage.port, stage.reception.facts, step))

    return play


def _go(key: str) -> Callable[[Stage], None]:
    return lambda stage: stage.window.go(key)


def _tab(key: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        stage.window.go("ward.patient", stage.patient() or None)
        screen: Any = stage.window.screen_now()
        screen.restore({"tab": TABS.index(key)})

    return play


def _round(**place: Any) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        stage.window.go("ward.round")
        screen: Any = stage.window.screen_now()
        patient = stage.patient() if place.get("patient") else ""
        screen.restore({**place, "patient": patient})

    return play


def _sheet(open_it: Callable[[Context, Stage], None]) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        _round()(stage)
        settle(stage.port)
        open_it(stage.context, stage)

    return play


def _dose(wanted: Callable[[SlotRow], bool], *, omit: bool = False) -> Callable[[Stage], None]:
    def open_it(context: Context, stage: Stage) -> None:
        slot = stage.slot(wanted)
        if slot is not None:
            door = sheets.open_omission_sheet if omit else sheets.open_dose_sheet
            door(context, slot.patient, slot)

    return _sheet(open_it)


def _vitals(context: Context, stage: Stage) -> None:
    sheets.open_vitals_sheet(context, stage.patient())
    settle(stage.port)
    sheet: Any = stage.window.work.sheet
    typed = {"temp": "38,6", "hr": "112", "sbp": "98", "dbp": "56", "rr": "24", "spo2": "93"}
    for code, value in typed.items():
        sheet.figures[code].edit.setText(value)
    sheet.picks["acvpu"].choose("A")


def _needed(context: Context, stage: Stage) -> None:
    row = stage.needed()
    if row is not None:
        sheets.open_dose_sheet(context, row.patient, row)


def _question(context: Context, stage: Stage) -> None:
    _needed(context, stage)
    settle(stage.port)
    sheet: Any = stage.window.work.sheet
    if sheet is not None:
        if sheet.slot.high_alert:
            sheet.who.setCurrentIndex(sheet.who.findData("alone"))
        sheet.submit()


def _correction(context: Context, stage: Stage) -> None:
    rows = rows_of(stage.ask("vitals.history", patient=stage.patient()), VitalsRow)
    if rows:
        sheets.open_correction(context, rows[0])


def _note_correction(context: Context, stage: Stage) -> None:
    rows = rows_of(stage.ask("note.list", ward=stage.window.ward), NoteRow)
    if rows:
        sheets.open_correction(context, rows[0])


def _printing(stage: Stage) -> None:
    stage.window.go("shared.printing")
    screen: Any = stage.window.screen_now()
    settle(stage.port)
    screen.prepare.click()


def _help(stage: Stage) -> None:
    stage.window.go("ward.board")
    stage.window.help_asked.emit("ward.board")


def _down(stage: Stage) -> None:
    stage.window.go("ward.board")
    stage.port.down.emit(20)


def _is(status: str, *, high: bool = False) -> Callable[[SlotRow], bool]:
    return lambda slot: slot.status == status and bool(slot.due) and slot.high_alert is high


TABS = ("synthesis", "orders", "vitals", "notes", "results", "identity", "journal")

BEFORE_KEY = ORDER[: ORDER.index("key")]
AFTER_KEY = ORDER[ORDER.index("key") + 1 :]

SCENES: tuple[Scene, ...] = (
    Scene("lock-open", ("open",), _nothing),
    # The step that makes the key would make a kit, so it has no picture here.
    *(Scene(f"first-run-{step}", ("new",), _first_run(step)) for step in BEFORE_KEY),
    *(Scene(f"first-run-{step}", ("open",), _first_run(step)) for step in AFTER_KEY),
    Scene("lock-sealed", ("sealed",), _nothing),
    Scene("board", SIGNED, _go("ward.board")),
    *(Scene(f"patient-{tab}", ("normal", "stale"), _tab(tab)) for tab in TABS),
    Scene("round-grid", SIGNED, _round()),
    Scene("round-list", ("normal", "stale"), _round(list=True)),
    Scene("round-patient", ("normal", "stale"), _round(patient=True)),
    Scene("notes", SIGNED, _go("ward.notes")),
    Scene("printing", ("normal", "stale"), _printing),
    Scene("printing-first", ("empty",), _go("shared.printing")),
    Scene("intake", SIGNED, _go("shared.intake")),
    Scene("sheet-vitals", FULL, _sheet(_vitals)),
    Scene("sheet-note", FULL, _sheet(lambda c, s: sheets.open_note_sheet(c, s.patient()))),
    Scene("sheet-dose", FULL, _dose(_is("late"))),
    Scene("sheet-dose-planned", FULL, _dose(_is("planned"))),
    Scene("sheet-dose-high-alert", FULL, _dose(_is("planned", high=True))),
    Scene("sheet-dose-to-check", FULL, _dose(lambda slot: slot.status == "to_check")),
    Scene("sheet-dose-given", FULL, _dose(_is("given"))),
    Scene("sheet-if-needed", FULL, _sheet(_needed)),
    Scene("sheet-question", FULL, _sheet(_question)),
    Scene("sheet-omission", FULL, _dose(_is("late"), omit=True)),
    Scene("sheet-allergy", FULL, _sheet(lambda c, s: sheets.open_allergy_sheet(c, s.patient()))),
    Scene("sheet-correction", FULL, _sheet(_correction)),
    Scene("sheet-note-correction", FULL, _sheet(_note_correction)),
    Scene("help", FULL, _help),
    Scene("state-node-down", FULL, _down),
)
