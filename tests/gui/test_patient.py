"""The chart with a real node: whose it is, what is in doubt, what was struck, what is on record."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget

from kit.core.text import choose_language
from kit.gui.app import Reception
from kit.gui.screen import PrintOrder
from kit.gui.states import State
from kit.gui.ward.chart_tab import ListTab
from kit.gui.ward.patient import TABS, PatientScreen
from kit.gui.widgets.banner import AllergyState
from tests.gui.sample_ward import NOW, PIN, World
from tests.gui.ward_fixtures import Enter, cut_rows, turn

KEYS = [key for key, _place in TABS]


def _open(reception: Reception, patient: str = "lefebvre", tab: str = "synthesis") -> PatientScreen:
    reception.window.go("ward.patient", patient)
    screen = reception.window.screen_now()
    assert isinstance(screen, PatientScreen)
    screen.bar.setCurrentIndex(KEYS.index(tab))
    return screen


def _rows(screen: PatientScreen) -> list[str]:
    tab = screen.tab_now()
    assert isinstance(tab, ListTab)
    model = tab.model
    return [
        " | ".join(
            cell.plain()
            for column in range(model.columnCount())
            if (cell := model.cell_at(model.index(row, column))) is not None
        )
        for row in range(model.rowCount())
    ]


def _texts(root: QWidget) -> str:
    shown = [label.text() for label in root.findChildren(QLabel) if label.isVisibleTo(root)]
    return "\n".join(shown)


def test_the_banner_names_patient_and_allergies(enter: Enter) -> None:
    reception = enter()
    _open(reception)
    facts = reception.window.banner.facts
    assert facts is not None
    assert (facts.birth_name, facts.used_name) == ("Lefebvre", "Lefebvre-Martin")
    assert facts.allergy_state is AllergyState.KNOWN
    assert any("Pénicilline" in text for text in facts.allergies)


@pytest.mark.parametrize(
    ("patient", "state"),
    [
        ("lefebvre", AllergyState.KNOWN),
        ("nguyen", AllergyState.NONE_KNOWN),
        ("obrien", AllergyState.NOT_RECORDED),
    ],
)
def test_each_allergy_state_reaches_the_banner(
    enter: Enter, patient: str, state: AllergyState
) -> None:
    reception = enter()
    _open(reception, patient)
    facts = reception.window.banner.facts
    assert facts is not None
    assert facts.allergy_state is state


def test_opening_a_chart_is_on_record_once(enter: Enter, world: World) -> None:
    """Who opened a chart is told of later corrections; turning tabs is not opening it again."""
    reception = enter()
    screen = _open(reception)
    for key in KEYS:
        screen.bar.setCurrentIndex(KEYS.index(key))
    journal = world.ask("chart.journal", patient="lefebvre")
    assert [row["kind"] for row in journal].count("opening") == 1


def test_the_synthesis_says_the_whole_patient(enter: Enter, qapp: QApplication) -> None:
    screen = _open(enter())
    turn(qapp)
    texts = _texts(screen)
    for words in ("Insuffisance cardiaque", "Radiographie du thorax", "Martin Lefebvre", "DPI"):
        assert words in texts


def test_an_unrecorded_part_is_not_none(enter: Enter, qapp: QApplication) -> None:
    """“Not in the frozen record” and “none” are different things."""
    screen = _open(enter(), "obrien")
    turn(qapp)
    assert "Non renseigné dans le DPI figé" in _texts(screen)


def test_a_stopped_prescription_stays_struck_with_its_reason(enter: Enter) -> None:
    screen = _open(enter(), tab="orders")
    stopped = [row for row in _rows(screen) if "amoxicilline" in row]
    assert len(stopped) == 1
    assert "arrêtée" in stopped[0]
    assert "allergie à la pénicilline" in stopped[0]
    tab = screen.tab_now()
    assert isinstance(tab, ListTab)
    place = tab.model.place_of("o4")
    cell = tab.model.cell_at(tab.model.index(place, 0))
    assert cell is not None
    assert all(run.struck for run in cell.lines[0])


def test_a_prescription_in_doubt_is_never_shown_as_normal(enter: Enter) -> None:
    screen = _open(enter(), "durant", "orders")
    row = next(row for row in _rows(screen) if "warfarine" in row)
    for words in ("À VÉRIFIER", "partie non comprise", "HAUT RISQUE"):
        assert words in row


def test_proposed_times_are_marked(enter: Enter) -> None:
    screen = _open(enter(), "exupery", "orders")
    assert "horaires proposés par le kit" in "".join(_rows(screen))


def test_a_struck_set_stays_readable_with_who_and_why(enter: Enter, world: World) -> None:
    screen = _open(enter(), tab="vitals")
    entry = world.ask("vitals.history", patient="lefebvre")[1]["entry"]
    world.do("entry.strike", entry=entry, reason="wrong_patient")
    row = _rows(screen)[1]
    assert "74" in row
    assert "Barré par Claire Dubois" in row
    assert "mauvais patient" in row


def test_what_is_missing_from_a_score_is_named(enter: Enter) -> None:
    row = _rows(_open(enter(), "obrien", "vitals"))[1]
    assert "≥" in row
    assert "manquent\u00a0: " in row


def test_no_adult_score_is_given_to_a_newborn(enter: Enter) -> None:
    assert "non calculé" in _rows(_open(enter(), "petit", "vitals"))[0]


def test_a_new_entry_appears_without_asking(enter: Enter, world: World) -> None:
    screen = _open(enter(), tab="notes")
    world.do("note.write", patient="lefebvre", target="Douleur", data="EVA 6")
    assert "Douleur" in _rows(screen)[0]


def test_next_and_previous_go_through_the_ward_and_stop_at_its_ends(
    enter: Enter, qapp: QApplication
) -> None:
    reception = enter()
    screen = _open(reception)
    reception.window.patient_step.emit(1)
    turn(qapp)
    assert screen.patient == "exupery"
    assert reception.window.banner.facts is not None
    assert reception.window.banner.facts.patient == "exupery"
    reception.window.patient_step.emit(-1)
    reception.window.patient_step.emit(-1)
    turn(qapp)
    assert screen.patient == "lefebvre"


def test_nothing_of_one_patient_stays_while_another_opens(enter: Enter) -> None:
    """The content and the banner go at once, before the new answer comes."""
    reception = enter()
    screen = _open(reception, tab="notes")
    held: list[dict[str, object]] = []

    def hold(message: dict[str, object]) -> bool:
        held.append(message)
        return True

    reception.port._send = hold  # type: ignore[method-assign]
    reception.window.go("ward.patient", "nguyen")
    assert held
    assert screen.tab_now() is None
    assert not reception.window.banner.isVisible()
    assert "Dyspnée" not in _texts(screen)


def test_without_a_patient_the_chart_says_where_to_go(enter: Enter) -> None:
    reception = enter()
    reception.window.go("ward.patient")
    screen = reception.window.screen_now()
    assert screen is not None
    assert screen.state is State.EMPTY
    assert screen.print_document() is None


def test_ctrl_p_prints_this_patient(enter: Enter) -> None:
    order = _open(enter()).print_document()
    assert order == PrintOrder("patient", {"patient": "lefebvre", "ward": "CARD"})


def test_letters_open_entries_from_any_part(
    enter: Enter, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "kit.gui.ward.patient.open_entry", lambda _context, kind, _patient: asked.append(kind)
    )
    screen = _open(enter(), tab="vitals")
    turn(qapp)
    tab = screen.tab_now()
    assert isinstance(tab, ListTab)
    tab.table.setFocus()
    QTest.keyClick(tab.table, Qt.Key.Key_C)
    assert asked == ["vitals"]


def test_a_correction_by_another_stays_until_it_is_read(enter: Enter, world: World) -> None:
    """ward.md §6 rule 16: whoever had read the chart learns of it, and says so by name."""
    reception = enter()
    _open(reception)
    entry = world.ask("vitals.history", patient="lefebvre")[0]["entry"]
    reception.lock()
    world.call("sign_in", person=world.people["Anne Rousseau"], pin=PIN)
    world.clock.now += 60_000
    world.do("entry.strike", entry=entry, reason="typing")
    world.call("lock")
    assert reception.door is not None
    reception.door.pin_given.emit(world.people["Claire Dubois"], PIN)
    screen = reception.window.screen_now()
    assert isinstance(screen, PatientScreen)
    assert not screen.notices.corrections.isHidden()
    assert "Anne Rousseau" in screen.notices.corrections.panel.accessibleName()
    screen.notices.corrections.acknowledge()
    assert screen.notices.corrections.isHidden()
    assert world.ask("correction.notices") == []


@pytest.mark.parametrize(
    ("size", "lang"),
    [((1280, 720), "fr"), ((1280, 720), "en"), ((1366, 768), "fr"), ((1920, 1080), "fr")],
)
def test_no_part_of_the_chart_is_cut(
    enter: Enter,
    qapp: QApplication,
    clipped: Callable[[QWidget], list[str]],
    size: tuple[int, int],
    lang: str,
) -> None:
    choose_language(lang)
    reception = enter(size=size)
    for patient in ("lefebvre", "exupery"):
        screen = _open(reception, patient)
        for key in KEYS:
            screen.bar.setCurrentIndex(KEYS.index(key))
            screen.on_tick(NOW)
            turn(qapp)
            tab = screen.tab_now()
            if isinstance(tab, ListTab):
                assert cut_rows(tab.table) == [], (patient, key)
            assert clipped(screen) == [], (patient, key)
        assert screen.bar.sizeHint().width() <= screen.bar.width()


def test_no_scroll_bar_stands_beside_a_page_that_fits(enter: Enter, qapp: QApplication) -> None:
    screen = _open(enter(size=(1920, 1080)))
    for tab in ("synthesis", "identity"):
        screen.bar.setCurrentIndex(KEYS.index(tab))
        turn(qapp)
        areas = screen.findChildren(QScrollArea)
        assert areas
        assert not any(area.verticalScrollBar().isVisible() for area in areas), tab


def test_every_control_of_the_chart_has_a_name(
    enter: Enter, qapp: QApplication, unlabelled: Callable[[QWidget], list[str]]
) -> None:
    screen = _open(enter())
    for key in KEYS:
        screen.bar.setCurrentIndex(KEYS.index(key))
        turn(qapp)
        assert unlabelled(screen) == [], key
