"""The door: the phrase, the PIN, what a locked screen may show, and waits said in words."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from kit.core.errors import Refused
from kit.gui.app import Reception
from kit.gui.faults import explain_refusal
from kit.gui.lock import LockScreen
from kit.gui.lock_pages import Account, PersonButton, as_digits, initials
from kit.gui.widgets.modebar import Mode
from tests.gui.sample_ward import PIN, World
from tests.gui.ward_fixtures import Enter, turn


def _door(reception: Reception) -> LockScreen:
    assert reception.door is not None
    return reception.door


def _sealed(enter_as: Enter, world: World) -> Reception:
    world.node.close()
    world.node.ended, world.node.home = False, None
    return enter_as("")


def _shown(root: QWidget) -> str:
    texts = [label.text() for label in root.findChildren(QLabel) if label.isVisibleTo(root)]
    return "\n".join(texts)


def test_a_sealed_kit_asks_for_its_eight_words(enter: Enter, world: World) -> None:
    door = _door(_sealed(enter, world))
    assert door.asks_phrase
    assert door.phrase.edit.hasFocus()


def test_the_right_words_open_it_and_ask_who_is_there(enter: Enter, world: World) -> None:
    reception = _sealed(enter, world)
    door = _door(reception)
    QTest.keyClicks(door.phrase.edit, " ".join(world.words))
    QTest.keyClick(door.phrase.edit, Qt.Key.Key_Return)
    assert not _door(reception).asks_phrase
    assert _door(reception).pin.chosen() is not None


@pytest.mark.parametrize(
    ("typed", "said"),
    [("un deux", "2 mots"), ("qqqq " * 8, "numéro 1")],
)
def test_a_slip_in_the_words_is_said_at_the_words(
    enter: Enter, world: World, typed: str, said: str
) -> None:
    """Each refusal names what to look at; the field keeps what was typed."""
    door = _door(_sealed(enter, world))
    door.phrase.edit.setText(typed)
    door.phrase.submit()
    assert said in door.note.accessibleName()
    assert door.phrase.edit.text() == typed
    assert not door.note.isHidden()


def test_a_wrong_pin_says_how_many_tries_are_left(enter: Enter) -> None:
    door = _door(enter(""))
    door.pin.pin.setText("0000")
    door.pin.submit()
    assert "4" in door.note.accessibleName()
    assert door.pin.pin.text() == ""


def test_a_wait_is_said_in_words_and_counts_down(qapp: QApplication) -> None:
    door = LockScreen()
    door.ask_phrase()
    refused = Refused("STO-023", {"seconds": 90})
    door.refuse(explain_refusal(refused), 90)
    assert "2\u00a0min" in door.note.accessibleName()
    assert not door.phrase.verb.isEnabled()
    for _second in range(90):
        door._tick()
    assert door.phrase.verb.isEnabled()
    assert door.note.isHidden()


@pytest.mark.req("interface.md §6.1: no patient name on a locked screen")
def test_no_patient_is_named_on_a_locked_screen(enter: Enter) -> None:
    reception = enter()
    reception.window.go("ward.patient", "lefebvre")
    reception.window.lock()
    texts = f"{_shown(reception.window)}{reception.window.banner.isVisible()}".casefold()
    assert "lefebvre" not in texts
    assert "noémie" not in texts
    assert "true" not in texts


def test_the_kit_is_named_and_the_age_of_its_data_said(enter: Enter) -> None:
    reception = enter("")
    texts = _shown(_door(reception))
    for words in ("CH de Valmont", "Cardio 1", "DPI"):
        assert words in texts


def test_an_exercise_is_said_by_word_on_the_door(enter: Enter) -> None:
    reception = enter("")
    assert reception.window.mode_bar.facts.mode is Mode.EXERCISE
    assert _door(reception).facts.exercise


def test_six_names_are_shown_and_the_others_on_demand(qapp: QApplication) -> None:
    door = LockScreen()
    door.ask_pin([Account(str(n), f"Nom {n}", "infirmier") for n in range(9)])
    assert len(door.findChildren(PersonButton)) == 6
    door.pin._others.click()
    turn(qapp)
    chosen = door.pin.chosen()
    assert chosen is not None
    assert chosen.person == "0"
    assert len([b for b in door.pin._group.buttons() if isinstance(b, PersonButton)]) == 9


def test_a_name_is_chosen_by_keyboard(enter: Enter, qapp: QApplication) -> None:
    """Arrows move among the names; typing the PIN and Enter is all that is left."""
    reception = enter("")
    door = _door(reception)
    first = door.pin._group.checkedButton()
    assert first is not None
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Down)
    turn(qapp)
    chosen = door.pin.chosen()
    assert chosen is not None
    door.pin.pin.setFocus()
    QTest.keyClicks(door.pin.pin, PIN)
    QTest.keyClick(door.pin.pin, Qt.Key.Key_Return)
    assert reception.window.person is not None
    assert reception.window.person.key == chosen.person


@pytest.mark.parametrize(
    ("typed", "pin"),
    [("&é\"'", "1234"), ("(-è_çà", "567890"), ("(§è!çà", "567890"), ("2468", "2468"), ("ab", "ab")],
)
def test_digit_keys_without_shift_are_digits(typed: str, pin: str) -> None:
    """On AZERTY digits need Shift; hidden signs must not cost tries."""
    assert as_digits(typed) == pin


def test_a_pin_typed_without_shift_opens(enter: Enter) -> None:
    reception = enter("")
    door = _door(reception)
    door.pin.pin.setText("".join("à&é\"'(-è_ç"[int(digit)] for digit in PIN))
    door.pin.submit()
    assert reception.window.person is not None


@pytest.mark.parametrize(
    ("name", "letters"), [("Claire Dubois", "CD"), ("Cher", "C"), ("Jean-Noël Ory", "JO")]
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_the_door_is_whole_and_named(
    enter: Enter,
    qapp: QApplication,
    clipped: Callable[[QWidget], list[str]],
    unlabelled: Callable[[QWidget], list[str]],
) -> None:
    reception = enter("", size=(1280, 720))
    turn(qapp)
    assert clipped(reception.window) == []
    assert unlabelled(reception.window) == []


def test_the_door_loads_no_screen() -> None:
    """The locked screen is there at once because nothing of the ward is imported for it."""
    look = "import kit.gui.lock, kit.gui.app, sys; print(*[m for m in sys.modules if 'ward' in m])"
    run = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_with_little_room_nothing_lies_over_the_pin(qtbot: QtBot, qapp: QApplication) -> None:
    """A notice above the names, on a small screen with a banner: the list scrolls instead."""
    door = LockScreen()
    qtbot.addWidget(door)
    door.ask_pin([Account(f"P{n}", f"NOM{n} Claire", "infirmière") for n in range(32)])
    door.setFixedSize(1280, 610)
    door.refuse(explain_refusal(Refused("STO-010", {})))
    door.show()
    turn(qapp)
    page = door.pin
    shown = [page.pin, page.verb, page._area, page._others]
    rows = [QRect(one.mapTo(page, QPoint(0, 0)), one.size()) for one in shown]
    pin, verb, names, others = rows
    assert not names.intersects(others)
    assert not names.intersects(pin)
    assert not others.intersects(verb)
    assert page.rect().contains(pin)
    assert door.rect().contains(QRect(page.pin.mapTo(door, QPoint(0, 0)), page.pin.size()))
