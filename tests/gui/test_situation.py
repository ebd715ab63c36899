"""The situation of the steering capsule: worst first, live, honest about age, without a patient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kit.core.clock import HOUR, MINUTE
from kit.core.text import choose_language
from kit.gui.models import CELL_ROLE
from kit.gui.shots_steering import NURSE, wards
from kit.gui.states import State
from kit.gui.steering.situation_facts import facts_of
from kit.gui.steering.situation_row import SituationRow, is_silent
from kit.gui.ward.formats import rows_of
from tests.gui.crisis import NOW, Crisis, Office, table_text, words_of
from tests.gui.ward_fixtures import cut_rows

KEY = "steering.situation"


def _place(screen: Any, ward: str) -> int:
    return int(screen.model.place_of(ward))


def test_a_steering_kit_opens_on_the_situation_with_its_sections(office: Office) -> None:
    assert office.window.screen_now().key == KEY
    keys = list(office.window._sections.specs)
    assert keys[0] == KEY
    assert "shared.messages" in keys
    assert not any(key.startswith("ward.") for key in keys)


def test_the_strip_of_a_steering_kit_speaks_of_no_ward(office: Office) -> None:
    strip = office.window.strip
    assert strip.button("ward").item.value == "Cellule de crise"
    assert strip.button("data") is None


def test_the_order_is_the_nodes_and_a_ward_says_how_it_stands(office: Office) -> None:
    screen = office.go(KEY)
    assert [row.ward for row in screen.model.rows()][:4] == ["BLOC", "NEPH", "PED", "URG"]
    said = table_text(screen.table, _place(screen, "URG"))
    for words in ("Urgences", "■ En difficulté", "31 / 24", "aucun libre", "! 7", "Papier"):
        assert words in said


@pytest.mark.req("HZ-185")
def test_old_figures_are_hatched_and_say_their_age(office: Office) -> None:
    """A ward that fell silent keeps its last figures, never as the present."""
    screen = office.go(KEY)
    place = _place(screen, "BLOC")
    said = table_text(screen.table, place)
    assert "◷ Muet" in said
    assert "dernier point il y a 3 h 07" in said
    beds = screen.model.index(place, 3).data(CELL_ROLE)
    assert beds.stale
    fresh = screen.model.index(_place(screen, "PNEU"), 3).data(CELL_ROLE)
    assert not fresh.stale


@pytest.mark.req("HZ-185")
def test_a_ward_turns_silent_while_it_is_looked_at(office: Office, crisis: Crisis) -> None:
    """No news is news: the clock alone turns a row, without an answer from the node."""
    screen = office.go(KEY)
    assert "○ Tient" in table_text(screen.table, _place(screen, "NEUR"))
    crisis.now = NOW + HOUR
    office.window.tick()
    said = table_text(screen.table, _place(screen, "NEUR"))
    assert "◷ Muet" in said
    assert "Tient" not in said


def test_a_ward_never_heard_of_is_in_the_table_in_words(office: Office) -> None:
    screen = office.go(KEY)
    said = table_text(screen.table, _place(screen, "PED"))
    assert "Jamais entendu" in said
    assert "inconnu" in said
    assert " 0 " not in said


def test_sums_leave_out_what_is_old() -> None:
    rows = rows_of(wards(NOW), SituationRow)
    facts = {fact.label: fact for fact in facts_of(rows, None, {}, NOW)}
    fresh = [row for row in rows if not is_silent(row, NOW)]
    assert facts["Doses en retard"].value == str(sum(row.late or 0 for row in fresh))
    assert facts["Doses en retard"].more == "11 sur 14 services"
    assert facts["Services muets"].value == "3"


def test_selection_and_scroll_stay_when_the_order_changes(office: Office, crisis: Crisis) -> None:
    screen = office.go(KEY)
    screen.table.selectRow(_place(screen, "GERI"))
    bar = screen.table.verticalScrollBar()
    bar.setValue(120)
    rows = crisis.answers["steering.situation"]
    crisis.answers["steering.situation"] = [rows[-1], *rows[:-1]]
    crisis.news("situation")
    office.settle()
    assert table_text(screen.table, 0).startswith("Psychiatrie")
    assert screen.current().ward == "GERI"
    assert bar.value() == 120


def test_a_filter_counts_and_leaves_its_wards(office: Office) -> None:
    screen = office.go(KEY)
    assert screen.tools.chips["silent"].text().endswith("3")
    screen.tools.chips["silent"].click()
    assert [row.ward for row in screen.model.rows()] == ["BLOC", "NEPH", "PED"]


def test_enter_opens_the_details_with_the_telephone(office: Office) -> None:
    screen = office.go(KEY)
    screen.table.selectRow(_place(screen, "NEPH"))
    QTest.keyClick(screen.table, Qt.Key.Key_Return)
    office.settle()
    said = words_of(screen.details)
    for words in ("Néphrologie", "Téléphone 4361", "Transport", "4 séances", "Claire Dubois"):
        assert words in said
    screen.table.selectRow(_place(screen, "PED"))
    assert "jamais entendu ce service" in words_of(screen.details)


def test_writing_to_a_ward_opens_its_channel(office: Office) -> None:
    screen = office.go(KEY)
    screen.table.selectRow(_place(screen, "REA"))
    screen.open_details()
    screen.details.write.click()
    office.settle()
    shown = office.window.screen_now()
    assert shown.key == "shared.messages"
    assert shown.title.text() == "Réanimation"
    assert shown.composer.text.hasFocus()


def test_a_directive_is_hidden_from_those_who_may_not_give_it(
    qapp: QApplication, crisis: Crisis
) -> None:
    crisis.calls["rights"] = ["message", "read_dashboard"]
    made = Office(qapp, crisis, NURSE)
    try:
        screen = made.window.screen_now()
        assert screen.tools.order.isHidden()
        screen.open_details()
        assert screen.details.order.isHidden()
        screen.new_entry()
        assert made.window.work.sheet is None
    finally:
        made.close()


def test_a_directive_goes_to_the_chosen_wards(office: Office, crisis: Crisis) -> None:
    screen = office.go(KEY)
    screen.table.selectRow(_place(screen, "REA"))
    screen.open_details()
    screen.details.order.click()
    office.settle()
    sheet: Any = office.window.work.sheet
    assert sheet.verb.text() == "Donner à 1 service"
    sheet.template.setCurrentIndex(1)
    sheet.template.activated.emit(1)
    QTest.keyClick(sheet.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    office.settle()
    (told,) = crisis.told("directive.issue")
    assert told["to"] == ["*@REA"]
    assert told["template"] == "paper"
    assert told["ack_by"] == NOW + 15 * MINUTE
    assert told["priority"] == "urgent"
    assert office.window.work.sheet is None


def test_a_refused_directive_keeps_its_words(office: Office, crisis: Crisis) -> None:
    crisis.refuse["directive.issue"] = {"code": "x.y", "args": {"text": "Trop longue. — Rien."}}
    office.go(KEY).new_entry()
    office.settle()
    sheet: Any = office.window.work.sheet
    sheet.text.setPlainText("Ne rallumez rien")
    sheet.submit()
    office.settle()
    assert sheet.text.toPlainText() == "Ne rallumez rien"
    assert "Trop longue" in sheet.note.accessibleName()
    assert sheet.verb.isEnabled()


def test_the_wall_has_large_type_and_nothing_else(office: Office) -> None:
    screen = office.go(KEY)
    office.window.resize(1920, 1080)
    office.window.work.show_wall(on=screen.show_wall(on=True))
    office.settle()
    assert screen.wall.isVisible()
    assert not office.window.rail.isVisible()
    assert not screen.tools.isVisible()
    assert screen.wall.model().index(0, 0).data(CELL_ROLE).scale == "wall"
    assert cut_rows(screen.wall) == []
    office.window.work.show_wall(on=False)
    screen.show_wall(on=False)
    assert office.window.rail.isVisible()
    assert screen.table.isVisible()


def test_no_ward_at_all_says_what_to_do(qapp: QApplication) -> None:
    made = Office(qapp, Crisis(quiet=True))
    try:
        screen = made.window.screen_now()
        assert screen.state is State.EMPTY
        assert "aucun service" in screen.empty.accessibleName()
    finally:
        made.close()


def test_all_wards_silent_is_said_above_the_table(office: Office, crisis: Crisis) -> None:
    crisis.now = NOW + 5 * HOUR
    screen = office.go(KEY)
    screen.on_changed({"situation"})
    assert screen.state is State.STALE
    assert "sans un appel" in screen.stale.accessibleName()


def test_a_role_that_may_not_see_it_is_told_so(qapp: QApplication, crisis: Crisis) -> None:
    crisis.refuse["steering.situation"] = {"code": "permission.denied", "args": {}}
    made = Office(qapp, crisis, NURSE)
    try:
        screen = made.window.screen_now()
        assert screen.state is State.REFUSED
        assert "profession" in screen.empty.accessibleName()
    finally:
        made.close()


@pytest.mark.parametrize("size", [(1280, 720), (1366, 768), (1920, 1080)])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_nothing_is_cut(
    office: Office, clipped: Callable[[QWidget], list[str]], size: tuple[int, int], lang: str
) -> None:
    """The table alone, with details, and beside a sheet."""
    choose_language(lang)
    office.window.resize(*size)
    screen = office.go(KEY)
    office.settle()
    assert cut_rows(screen.table) == []
    assert clipped(screen) == []
    screen.open_details()
    office.settle()
    assert cut_rows(screen.table) == []
    assert clipped(screen) == []
    screen.close_details()
    screen.new_entry()
    office.settle()
    assert cut_rows(screen.table) == []
    assert clipped(office.window.work.sheet) == []


def test_everything_has_a_name(office: Office, unlabelled: Callable[[QWidget], list[str]]) -> None:
    screen = office.go(KEY)
    screen.open_details()
    screen.new_entry()
    office.settle()
    assert unlabelled(office.window) == []


@pytest.mark.req("HZ-186")
def test_no_name_of_a_patient_is_asked_or_shown(office: Office, crisis: Crisis) -> None:
    """The screen asks one query, whose rows hold no patient."""
    office.go(KEY)
    asked = {str(message.get("ask")) for message in crisis.heard if "ask" in message}
    assert not {name for name in asked if name.startswith(("patient.", "ward.board", "chart."))}
    fields = SituationRow.__struct_fields__
    assert not {"patient", "family", "given", "ipp", "ins"} & set(fields)
