"""The entry sheets on a real node: few keys, nothing lost, refusals where the eye is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import MINUTE
from kit.gui.screen import Context
from kit.gui.ward import sheets
from kit.gui.ward.formats import rows_of
from kit.gui.ward.sheet_note import misread
from kit.gui.widgets.toast import Toast
from kit.gui.window import MainWindow
from kit.ward.note import NoteRow
from kit.ward.round import AsNeededRow, RoundRow, SlotRow
from kit.ward.vitals import VitalsRow

from .ward_kit import NOW, WARD, Keys, WardKit, dialog_of, open_window, sheet_of, texts_of

Find = Callable[[QWidget], list[str]]
SET = {"temp": "38,9", "hr": "118", "sbp": "92", "dbp": "54", "rr": "26", "spo2": "89"}


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[WardKit]:
    made = WardKit(tmp_path / "kit")
    yield made
    made.close()


@pytest.fixture
def window(kit: WardKit, qtbot: QtBot) -> MainWindow:
    made = open_window(kit, qtbot)
    made.go("ward.round")
    return made


def _context(window: MainWindow) -> Context:
    screen = window.screen_now()
    assert screen is not None
    assert screen.context is not None
    return screen.context


def _slot(kit: WardKit, prescription: str) -> SlotRow:
    rows = rows_of(kit.ask("round.slots", ward=WARD), RoundRow)
    return next(s for row in rows for s in row.slots if s.prescription == prescription)


def _needed(kit: WardKit, prescription: str) -> AsNeededRow:
    rows = rows_of(kit.ask("round.slots", ward=WARD), RoundRow)
    return next(s for row in rows for s in row.as_needed if s.prescription == prescription)


def _vitals(kit: WardKit, patient: str) -> list[VitalsRow]:
    return rows_of(kit.ask("vitals.history", patient=patient), VitalsRow)


def _notes(kit: WardKit, patient: str) -> list[NoteRow]:
    return rows_of(kit.ask("note.list", patient=patient), NoteRow)


def _fill(sheet: Any, values: dict[str, str]) -> None:
    for code, value in values.items():
        sheet.figures[code].edit.setText(value)


# -- vital signs -----------------------------------------------------------------------------


def test_a_set_of_vitals_is_typed_field_after_field_and_signed_with_one_chord(
    window: MainWindow, kit: WardKit
) -> None:
    """Task 6: opening is one action, signing the other; between them only content."""
    sheets.open_vitals_sheet(_context(window), "p1")
    keys = Keys(window)
    for value in ("37,2", "84", "132", "78", "18", "96"):
        keys.type(value)
        keys.tab()
    keys.type("a")
    keys.tab()
    keys.type("a")
    keys.press(Qt.Key.Key_Return, ctrl=True)
    assert keys.count == 1
    newest = _vitals(kit, "p1")[0]
    assert newest.at == NOW
    assert newest.values == {
        "temp": "37.2", "hr": "84", "sbp": "132", "dbp": "78", "rr": "18", "spo2": "96",
        "oxygen": "0", "acvpu": "A",
    }  # fmt: skip
    assert newest.score.total == 0


def test_the_value_before_and_its_time_stand_beside_each_field(window: MainWindow) -> None:
    sheets.open_vitals_sheet(_context(window), "p3")
    shown = texts_of(sheet_of(window))
    for words in ("38,4 · 06:20", "112 · 06:20", "92 · 06:20"):
        assert words in shown


def test_news2_is_said_as_one_types_and_names_what_is_missing(window: MainWindow) -> None:
    sheets.open_vitals_sheet(_context(window), "p3")
    sheet = sheet_of(window)
    _fill(sheet, {"rr": "26"})
    assert "NEWS2 au moins 3" in texts_of(sheet.band)
    assert "température" in texts_of(sheet.band)
    _fill(sheet, SET)
    sheet.picks["oxygen"].choose("1")
    sheet.picks["acvpu"].choose("A")
    assert "NEWS2 13" in texts_of(sheet.band)
    sheet.scale.choose("2")
    assert "NEWS2 10" in texts_of(sheet.band)
    assert "à confirmer" in texts_of(sheet.band)


def test_oxygen_flow_is_asked_only_of_a_patient_on_oxygen(window: MainWindow) -> None:
    sheets.open_vitals_sheet(_context(window), "p1")
    sheet = sheet_of(window)
    assert not sheet.figures["oxygen_flow"].isVisible()
    sheet.picks["oxygen"].choose("1")
    assert sheet.figures["oxygen_flow"].isVisible()


def test_an_unusual_value_is_asked_about_once_and_then_recorded(
    window: MainWindow, kit: WardKit
) -> None:
    """Inline, never a dialog: the same value signed again is confirmed."""
    sheets.open_vitals_sheet(_context(window), "p1")
    sheet = sheet_of(window)
    _fill(sheet, {"hr": "300"})
    sheet.submit()
    assert dialog_of(window) is None
    assert "fréquence cardiaque 300" in texts_of(sheet.note)
    assert sheet.figures["hr"].edit.hasFocus()
    assert len(_vitals(kit, "p1")) == 1
    sheet.submit()
    assert _vitals(kit, "p1")[0].values == {"hr": "300"}


def test_changing_the_value_asks_again(window: MainWindow, kit: WardKit) -> None:
    """A confirmation is of that value, not of whatever is typed next."""
    sheets.open_vitals_sheet(_context(window), "p1")
    sheet = sheet_of(window)
    _fill(sheet, {"hr": "300"})
    sheet.submit()
    _fill(sheet, {"hr": "310"})
    sheet.submit()
    assert len(_vitals(kit, "p1")) == 1


def test_a_number_that_reads_two_ways_is_refused_beside_its_field(
    window: MainWindow, kit: WardKit
) -> None:
    sheets.open_vitals_sheet(_context(window), "p1")
    sheet = sheet_of(window)
    _fill(sheet, {"weight": "1.000"})
    sheet.submit()
    assert sheet_of(window) is sheet
    assert sheet.figures["weight"].edit.hasFocus()
    assert len(_vitals(kit, "p1")) == 1


def test_a_score_that_calls_for_somebody_stays_on_screen_until_read(
    window: MainWindow, kit: WardKit
) -> None:
    """The call is not a toast that goes by itself; from it one writes who was called."""
    sheets.open_vitals_sheet(_context(window), "p3")
    sheet = sheet_of(window)
    _fill(sheet, SET)
    sheet.picks["oxygen"].choose("1")
    sheet.picks["acvpu"].choose("A")
    sheet.submit()
    notice = sheet_of(window)
    assert "NEWS2 13" in texts_of(notice)
    notice._write()
    assert "NEWS2 13" in sheet_of(window).target.currentText()


# -- drafts ----------------------------------------------------------------------------------


def test_what_is_typed_survives_the_window(kit: WardKit, qtbot: QtBot) -> None:
    """Saved at every edit: a second window finds it although the first was never closed."""
    window = open_window(kit, qtbot)
    window.go("ward.round")
    sheets.open_vitals_sheet(_context(window), "p2")
    sheet_of(window).figures["temp"].edit.setText("39,1")
    again = open_window(kit, qtbot)
    again.go("ward.round")
    sheets.open_vitals_sheet(_context(again), "p2")
    assert sheet_of(again).figures["temp"].edit.text() == "39,1"
    sheets.open_vitals_sheet(_context(again), "p1")
    assert not sheet_of(again).figures["temp"].edit.text()


def test_a_signed_entry_leaves_no_draft(window: MainWindow, kit: WardKit) -> None:
    """Or the next sheet would offer the same values for a second signature."""
    sheets.open_vitals_sheet(_context(window), "p1")
    _fill(sheet_of(window), {"temp": "37,0"})
    sheet_of(window).submit()
    drafts = kit.node.handle({"id": 1, "call": "draft.load", "args": {"slot": ""}})["ok"]
    assert drafts == []


# -- doses -----------------------------------------------------------------------------------


def test_two_identifiers_are_asked_and_a_bed_is_not_one(window: MainWindow, kit: WardKit) -> None:
    """Rule 1: without two ticks the node refuses, and the sheet says so where the ticks are."""
    sheets.open_dose_sheet(_context(window), "p1", _slot(kit, "r2"))
    sheet = sheet_of(window)
    assert set(sheet.identity.boxes) == {"name", "birth_date", "wristband", "ipp"}
    shown = texts_of(sheet.identity)
    assert "AÏT-BENHADDOU, Fatima" in shown
    assert "12/01/1958" in shown
    sheet.identity.boxes["birth_date"].setChecked(False)
    sheet.submit()
    assert sheet_of(window) is sheet
    assert "deux identifiants" in texts_of(sheet.note)
    assert _slot(kit, "r2").status == "planned"


def test_a_high_alert_drug_starts_with_the_second_person(window: MainWindow, kit: WardKit) -> None:
    """Rule 10: refused inline without one; alone is a choice that is recorded."""
    sheets.open_dose_sheet(_context(window), "p3", _slot(kit, "r6"))
    sheet = sheet_of(window)
    assert "HAUT RISQUE" in sheet.line.accessibleName()
    assert sheet.who.hasFocus()
    sheet.submit()
    assert dialog_of(window) is None
    assert sheet_of(window) is sheet
    names = [sheet.who.itemText(place) for place in range(sheet.who.count())]
    assert "M. Leroy" in names
    assert "C. Dubois" not in names
    sheet.who.setCurrentIndex(names.index("M. Leroy"))
    sheet.submit()
    assert _slot(kit, "r6").status == "given"


def test_too_soon_stops_below_the_banner_and_asks_a_reason(
    window: MainWindow, kit: WardKit
) -> None:
    """Rules 9 and 18: what was found, the verb, a reason; the safe way out has the focus."""
    sheets.open_dose_sheet(_context(window), "p5", _needed(kit, "r12"))
    sheet_of(window).submit()
    dialog = dialog_of(window)
    assert "Trop tôt" in texts_of(dialog)
    assert "Donner quand même" in dialog.verb.text()
    assert dialog.cancel.hasFocus()
    assert not dialog.verb.isEnabled()
    banner = QRect(window.banner.mapToGlobal(QPoint()), window.banner.size())
    assert not banner.intersects(QRect(dialog.mapToGlobal(QPoint()), dialog.size()))
    dialog.edit.setText("avis du Dr Rousseau")
    dialog.decide(yes=True)
    assert _needed(kit, "r12").total_24h == "2\u00a0g"


def test_going_back_from_the_question_records_nothing(window: MainWindow, kit: WardKit) -> None:
    sheets.open_dose_sheet(_context(window), "p5", _needed(kit, "r12"))
    sheet = sheet_of(window)
    sheet.submit()
    Keys(window).press(Qt.Key.Key_Escape)
    assert dialog_of(window) is None
    assert sheet_of(window) is sheet
    assert _needed(kit, "r12").total_24h == "1\u00a0g"


def test_a_part_that_was_not_understood_is_confirmed_in_the_sheet(
    window: MainWindow, kit: WardKit
) -> None:
    sheets.open_dose_sheet(_context(window), "p5", _slot(kit, "r11"))
    sheet = sheet_of(window)
    assert "potassium chlorure 600 mg" in texts_of(sheet)
    sheet.who.setCurrentIndex(sheet.who.findData("alone"))
    sheet.submit()
    assert dialog_of(window) is None
    assert _slot(kit, "r11").status == "to_check"
    sheet.check.setChecked(True)
    sheet.reason.setText("texte relu")
    sheet.submit()
    assert _slot(kit, "r11").status == "given"


def test_another_time_is_typed_as_people_say_it(window: MainWindow, kit: WardKit) -> None:
    sheets.open_dose_sheet(_context(window), "p1", _slot(kit, "r2"))
    Keys(window).press(Qt.Key.Key_T, ctrl=True)
    sheet = sheet_of(window)
    sheet.time.edit.setText("il y a 10 min")
    sheet.submit()
    assert _slot(kit, "r2").at == NOW - 10 * MINUTE


def test_a_time_ahead_is_refused_at_its_field(window: MainWindow, kit: WardKit) -> None:
    sheets.open_dose_sheet(_context(window), "p1", _slot(kit, "r2"))
    sheet = sheet_of(window)
    sheet.show_time()
    sheet.time.edit.setText("23:00")
    sheet.submit()
    assert sheet_of(window) is sheet
    assert _slot(kit, "r2").status == "planned"


def test_a_dose_just_signed_can_be_taken_back_and_stays_readable(
    window: MainWindow, kit: WardKit
) -> None:
    """Append-only: taking back strikes; the journal still shows the entry."""
    sheets.open_dose_sheet(_context(window), "p1", _slot(kit, "r2"))
    sheet_of(window).submit()
    toast = next(t for t in window.findChildren(Toast) if t.can_undo)
    toast.take_back()
    assert _slot(kit, "r2").status == "planned"
    journal = kit.ask("chart.journal", patient="p1")
    assert journal[0]["struck_reason"] == "typing"


def test_an_omission_needs_a_reason_and_other_needs_words(window: MainWindow, kit: WardKit) -> None:
    sheets.open_omission_sheet(_context(window), "p1", _slot(kit, "r2"))
    sheet = sheet_of(window)
    sheet.submit()
    assert "Choisir pourquoi" in texts_of(sheet)
    sheet.why.list.choose("other")
    sheet.submit()
    assert sheet_of(window) is sheet
    assert sheet.why.edit.hasFocus()
    sheet.why.edit.setText("perdue au sol")
    sheet.submit()
    assert _slot(kit, "r2").status == "omitted"


def test_all_reasons_are_in_sight_without_scrolling(window: MainWindow, kit: WardKit) -> None:
    sheets.open_omission_sheet(_context(window), "p1", _slot(kit, "r2"))
    reasons = sheet_of(window).why.list
    assert reasons.count() == 8
    last = reasons.visualItemRect(reasons.item(7))
    assert reasons.viewport().rect().contains(last)


def test_not_giving_a_high_alert_drug_says_whom_to_call(window: MainWindow, kit: WardKit) -> None:
    sheets.open_omission_sheet(_context(window), "p3", _slot(kit, "r6"))
    sheet = sheet_of(window)
    sheet.why.list.choose("clinical_hold")
    sheet.submit()
    assert "appeler le prescripteur" in texts_of(sheet_of(window))


# -- notes, allergies, corrections -----------------------------------------------------------


def test_a_note_is_two_actions_and_its_text(window: MainWindow, kit: WardKit) -> None:
    """Task 7."""
    sheets.open_note_sheet(_context(window), "p1")
    keys = Keys(window)
    keys.type("Douleur")
    keys.tab()
    keys.type("EVA 6 au repos")
    keys.press(Qt.Key.Key_Return, ctrl=True)
    assert keys.count == 1
    newest = _notes(kit, "p1")[0]
    assert (newest.target, newest.data) == ("Douleur", "EVA 6 au repos")


def test_a_note_without_target_says_what_is_missing(window: MainWindow, kit: WardKit) -> None:
    sheets.open_note_sheet(_context(window), "p1")
    sheet = sheet_of(window)
    sheet.parts["data"].setPlainText("rien à signaler")
    sheet.submit()
    assert sheet.note.isVisible()
    assert sheet.parts["data"].toPlainText() == "rien à signaler"


@pytest.mark.parametrize(
    ("text", "found"),
    [("10 UI à 8 h", True), ("75 µg", True), ("10 unités", False), ("UILA est venue", False)],
)
def test_misread_abbreviations_are_named_while_typing(text: str, *, found: bool) -> None:
    assert bool(misread(text)) is found


def test_a_correction_asks_why_keeps_the_old_entry_and_replaces_it(
    window: MainWindow, kit: WardKit
) -> None:
    sheets.open_correction(_context(window), _vitals(kit, "p1")[0])
    sheet = sheet_of(window)
    assert sheet.figures["temp"].edit.text() == "37,2"
    sheet.figures["temp"].edit.setText("38,2")
    sheet.submit()
    assert "motif" in texts_of(sheet)
    sheet.correction.reason.list.choose("typing")
    sheet.submit()
    newest, old = _vitals(kit, "p1")
    if newest.struck_reason:
        newest, old = old, newest
    assert newest.values["temp"] == "38.2"
    assert old.values["temp"] == "37.2"
    assert (old.struck_reason, old.struck_by) == ("typing", "C. Dubois")


def test_a_correction_keeps_the_time_of_the_measure(window: MainWindow, kit: WardKit) -> None:
    """Correcting a typing slip at 08:20 does not make the 04:20 temperature one of 08:20."""
    before = _vitals(kit, "p1")[0]
    sheets.open_correction(_context(window), before)
    sheet = sheet_of(window)
    sheet.correction.reason.list.choose("typing")
    sheet.figures["temp"].edit.setText("38,2")
    sheet.submit()
    newest = next(row for row in _vitals(kit, "p1") if not row.struck_reason)
    assert newest.at == before.at


def test_an_entry_may_be_struck_without_another_in_its_place(
    window: MainWindow, kit: WardKit
) -> None:
    sheets.open_correction(_context(window), _notes(kit, "p1")[0])
    sheet = sheet_of(window)
    sheet.correction.reason.list.choose("wrong_patient")
    sheet.strike_only.click()
    assert _notes(kit, "p1")[0].struck_reason == "wrong_patient"


def test_an_allergy_told_at_the_bedside_stands_in_the_banner(
    window: MainWindow, kit: WardKit
) -> None:
    sheets.open_allergy_sheet(_context(window), "p2")
    sheet = sheet_of(window)
    sheet.submit()
    assert sheet.note.isVisible()
    sheet.lines["substance"].setText("Latex")
    sheet.submit()
    assert kit.ask("allergy.state", patient="p2")["items"][0]["substance"] == "Latex"


# -- all of them -----------------------------------------------------------------------------


def _open_each(window: MainWindow, kit: WardKit) -> Iterator[str]:
    context = _context(window)
    doors: dict[str, Callable[[], None]] = {
        "vitals": lambda: sheets.open_vitals_sheet(context, "p3"),
        "note": lambda: sheets.open_note_sheet(context, "p3"),
        "dose": lambda: sheets.open_dose_sheet(context, "p3", _slot(kit, "r6")),
        "to check": lambda: sheets.open_dose_sheet(context, "p5", _slot(kit, "r11")),
        "if needed": lambda: sheets.open_dose_sheet(context, "p5", _needed(kit, "r12")),
        "done": lambda: sheets.open_dose_sheet(context, "p4", _slot(kit, "r8")),
        "omission": lambda: sheets.open_omission_sheet(context, "p1", _slot(kit, "r2")),
        "allergy": lambda: sheets.open_allergy_sheet(context, "p2"),
        "correction": lambda: sheets.open_correction(context, _vitals(kit, "p1")[0]),
        "dose correction": lambda: sheets.open_correction(context, _slot(kit, "r8")),
    }
    for name, door in doors.items():
        door()
        yield name


def test_every_sheet_names_its_controls_cuts_nothing_and_leaves_the_banner_free(
    window: MainWindow,
    kit: WardKit,
    unlabelled: Find,
    clipped: Find,
    settle: Callable[..., None],
) -> None:
    for name in _open_each(window, kit):
        settle(window)
        sheet = sheet_of(window)
        assert sheet is not None, name
        assert not unlabelled(sheet), name
        assert not clipped(sheet), name
        assert window.banner.isVisible(), name
        banner = QRect(window.banner.mapToGlobal(QPoint()), window.banner.size())
        assert not banner.intersects(QRect(sheet.mapToGlobal(QPoint()), sheet.size())), name


def test_no_sheet_scrolls_sideways(
    window: MainWindow, kit: WardKit, settle: Callable[..., None]
) -> None:
    """What is wider than the sheet would be cut at its edge."""
    for name in _open_each(window, kit):
        settle(window)
        sheet = sheet_of(window)
        area = sheet._content.parentWidget()
        assert sheet._content.width() <= area.width(), name


def test_leaving_the_screen_closes_the_sheet_with_its_draft(
    window: MainWindow, kit: WardKit
) -> None:
    """A sheet never stands beside another patient's banner."""
    sheets.open_note_sheet(_context(window), "p1")
    sheet_of(window).parts["data"].setPlainText("à suivre")
    window.go("ward.notes")
    assert sheet_of(window) is None
    assert not window.banner.isVisible()
    drafts = kit.node.handle({"id": 1, "call": "draft.load", "args": {"slot": "note:p1"}})["ok"]
    assert drafts[0]["body"]["data"] == "à suivre"
