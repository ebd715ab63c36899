"""What is played before each picture: which screen, which sheet, which trouble.

Not for: taking the pictures (`shots`). A scene leaves the window as it found it (`Stage.clear`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.gui.first_run import ORDER, FirstRun
from kit.gui.screen import Context
from kit.gui.shots_access import ACCESS_SCENES
from kit.gui.shots_crisis import STEERING_SCENES
from kit.gui.shots_exchange import EXCHANGE_SCENES
from kit.gui.shots_printers import PRINTER_SCENES
from kit.gui.shots_stage import FULL, SIGNED, Scene, Stage, settle
from kit.gui.shots_stick import STICK_SCENES
from kit.gui.ward import sheets
from kit.gui.ward.formats import rows_of
from kit.ward.note import NoteRow
from kit.ward.round import SlotRow
from kit.ward.vitals import VitalsRow


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
    *PRINTER_SCENES,
    Scene("printing-first", ("empty",), _go("shared.printing")),
    Scene("intake", SIGNED, _go("shared.intake")),
    *EXCHANGE_SCENES,
    *ACCESS_SCENES,
    *STEERING_SCENES,
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
    *STICK_SCENES,  # last: they leave a stick behind
)
