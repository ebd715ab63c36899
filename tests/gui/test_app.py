"""The application as a whole: locking and coming back, taking over, drafts, a node that dies."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import ClockQuality
from kit.core.text import translator
from kit.gui import faults, states
from kit.gui.app import Reception, is_drill, open_window, present
from kit.gui.first_run import FirstRun
from kit.gui.lock import LockScreen
from kit.gui.port import ProcessNode
from kit.gui.screen import SCREENS, PrintOrder
from kit.gui.ward.board import BoardScreen
from kit.gui.ward.patient import PatientScreen
from kit.gui.widgets.panel import StatePanel
from kit.store.highwater import Rollback
from tests.gui.sample_ward import PIN, World
from tests.gui.ward_fixtures import Enter, turn


def _sign_in(reception: Reception, world: World, who: str) -> None:
    assert reception.door is not None
    reception.door.pin_given.emit(world.people[who], PIN)


def test_after_a_lock_the_same_person_finds_screen_and_line(enter: Enter, world: World) -> None:
    reception = enter()
    board = reception.window.screen_now()
    assert isinstance(board, BoardScreen)
    board.table.selectRow(4)
    reception.window.lock()
    assert reception.window.person is None
    _sign_in(reception, world, "Claire Dubois")
    again = reception.window.screen_now()
    assert isinstance(again, BoardScreen)
    row = again.current()
    assert row is not None
    assert row.patient == "nguyen"


def test_after_a_lock_the_chart_and_its_part_are_found_again(enter: Enter, world: World) -> None:
    reception = enter()
    reception.window.go("ward.patient", "durand")
    chart = reception.window.screen_now()
    assert isinstance(chart, PatientScreen)
    chart.bar.setCurrentIndex(2)
    reception.window.lock()
    _sign_in(reception, world, "Claire Dubois")
    again = reception.window.screen_now()
    assert isinstance(again, PatientScreen)
    assert (again.patient, again.bar.currentIndex()) == ("durand", 2)


def test_another_person_who_takes_over_starts_at_the_board(enter: Enter, world: World) -> None:
    """The chart that somebody else had open is not shown to whoever comes next."""
    reception = enter()
    reception.window.go("ward.patient", "durand")
    reception.window.lock()
    _sign_in(reception, world, "Anne Rousseau")
    assert isinstance(reception.window.screen_now(), BoardScreen)
    assert reception.window.banner.isHidden()


def test_drafts_belong_to_their_author_and_patient(enter: Enter, world: World) -> None:
    """A draft waits for its author, is marked on its patient's row, and is nobody else's."""
    reception = enter()
    world.call("draft.save", slot="vitals:durand", body={"hr": "88"})
    reception.window.lock()
    _sign_in(reception, world, "Anne Rousseau")
    assert world.call("draft.load") == []
    reception.window.lock()
    _sign_in(reception, world, "Claire Dubois")
    board = reception.window.screen_now()
    assert isinstance(board, BoardScreen)
    place = board.model.place_of("durand")
    cell = board.model.cell_at(board.model.index(place, 5))
    assert cell is not None
    assert "1 brouillon" in cell.plain()


def test_locking_signs_out_in_the_node(enter: Enter, world: World) -> None:
    """After Ctrl+L the node itself refuses to record, whatever a screen might ask."""
    reception = enter()
    reception.window.lock()
    assert world.node.sitting.who.person == ""
    answer = world.node.handle({"id": 1, "do": "chart.open", "args": {"patient": "durand"}})
    assert answer["refused"]["code"] == "permission.nobody"


def test_an_idle_screen_locks_itself(enter: Enter, qtbot: QtBot) -> None:
    reception = enter()
    with qtbot.waitSignal(reception.window.locked):
        reception.idle.timer.start(1)
    assert reception.window.person is None
    assert isinstance(reception.door, LockScreen)


def test_a_key_postpones_the_lock(enter: Enter) -> None:
    class Counted:
        starts = 0

        def isActive(self) -> bool:  # noqa: N802 - Qt's name
            return True

        def start(self) -> None:
            self.starts += 1

    reception = enter()
    timer, counted = reception.idle.timer, Counted()
    reception.idle.timer = counted  # type: ignore[assignment]
    QTest.keyClick(reception.window.windowHandle(), Qt.Key.Key_Down)
    reception.idle.timer = timer
    assert counted.starts


def test_ctrl_l_locks(enter: Enter) -> None:
    reception = enter()
    QTest.keyClick(reception.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert reception.window.person is None


def test_ctrl_f_finds_from_the_chart(enter: Enter, qapp: QApplication) -> None:
    reception = enter()
    reception.window.go("ward.patient", "durand")
    reception.window.find_asked.emit()
    turn(qapp)
    board = reception.window.screen_now()
    assert isinstance(board, BoardScreen)
    assert board.search.hasFocus()


def test_f1_shows_the_keys_of_the_screen(enter: Enter) -> None:
    reception = enter()
    reception.window.help_asked.emit("ward.board")
    names = [child.accessibleName() for child in reception.window.findChildren(QWidget)]
    assert "Aide de cet écran" in names


def test_the_order_to_print_reaches_the_print_screen(enter: Enter) -> None:
    """Ctrl+P from the board opens the printing section with this ward's pack."""
    reception = enter()
    reception.window.print_asked.emit(PrintOrder("ward-pack", {"ward": "CARD"}))
    screen = reception.window.screen_now()
    assert screen is not None
    assert screen.key == "shared.printing"


def test_no_widget_flashes_as_a_window_of_its_own(enter: Enter, qapp: QApplication) -> None:
    """A label shown before it has a parent would blink and take the focus away."""

    class Watch(QObject):
        found: list[str] = []  # noqa: RUF012 - one list, read after

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
            if event.type() is QEvent.Type.Show and isinstance(watched, QWidget):
                name = type(watched).__name__
                self.found += [name] if watched.isWindow() and name != "MainWindow" else []
            return False

    watch = Watch()
    qapp.installEventFilter(watch)
    reception = enter()
    reception.window.go("ward.patient", "lefebvre")
    chart = reception.window.screen_now()
    assert isinstance(chart, PatientScreen)
    for place in range(chart.bar.count()):
        chart.bar.setCurrentIndex(place)
        turn(qapp)
    reception.window.lock()
    qapp.removeEventFilter(watch)
    assert watch.found == []


def test_a_node_that_lost_its_key_asks_for_the_phrase(enter: Enter, world: World) -> None:
    """The node came back sealed: the eight words are wanted, the patient is off the screen."""
    reception = enter()
    reception.window.go("ward.patient", "durand")
    reception.port.sealed.emit()
    assert reception.door is not None
    assert reception.door.asks_phrase
    assert reception.window.banner.isHidden()


def test_sentences_of_the_door_are_all_translated() -> None:
    """Codes met before anybody can ask for help are said in French, wholly."""
    french = translator("gui_ward")
    for code, said in faults._sentences().items():
        for part in (said.happened, said.means, said.todo):
            assert not part or french(part) != part, (code, part)


def test_a_fault_says_the_nodes_own_text_first() -> None:
    said = faults.explained("STO-010", {"text": "Le disque est plein — rien n'est perdu — libérez"})
    assert said.happened == "Le disque est plein."
    assert said.todo == "Libérez."
    assert said.code == "STO-010"


def test_an_unknown_code_still_says_what_to_do() -> None:
    assert "X-999" in faults.sentence("X-999")
    assert states.explain_code("X-999").todo


@pytest.mark.parametrize(
    ("facts", "drill"),
    [({"world": "REEL"}, False), ({"world": "EXERCICE:a"}, True), ({"demo": True}, True)],
)
def test_an_exercise_is_never_taken_for_reality(facts: dict[str, object], drill: bool) -> None:
    assert is_drill(facts) is drill


def test_sections_of_this_version_exist() -> None:
    assert [spec.key for spec in present(SCREENS)][:2] == ["ward.board", "ward.patient"]


@pytest.mark.slow
@pytest.mark.sleeps
def test_a_real_node_process_leads_to_the_first_run(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    """The node of production in its own process: an empty home asks for the first run."""
    command = [
        sys.executable, "-m", "kit.cli", "node", "--stdio", "--home", str(tmp_path / "home"),
    ]  # fmt: skip
    port = ProcessNode(tmp_path / "home", command=command)
    port.start()
    reception = open_window(qapp, port)
    assert isinstance(reception.door, LockScreen)
    with qtbot.waitSignal(reception.asked, timeout=60_000) as asked:
        pass
    assert asked.args == ["first-run"]
    assert reception.window.findChildren(FirstRun)
    reception.window.close()
    port.close()


def _band(reception: Reception) -> str:
    """What the band beneath the mode bar says, "" where it is not there."""
    window = reception.window
    if not window.troubled:
        return ""
    panel = window.findChild(StatePanel)
    assert panel is not None
    return " ".join(label.text() for label in panel.findChildren(QLabel))


def _choose(reception: Reception, text: str) -> None:
    panel = reception.window.findChild(StatePanel)
    assert panel is not None
    (button,) = [each for each in panel.findChildren(QPushButton) if each.text() == text]
    button.click()


def test_an_old_copy_put_back_is_said_to_each_person_who_signs_in(
    enter: Enter, world: World
) -> None:
    """Doses given since the copy are not there: nobody may rely on this kit unwarned (STO-040)."""
    behind = {b"feed": (7, 10)}
    world.node.desk.kit.rollback = Rollback(behind, [], False, world.clock.now)
    reception = enter()
    assert "STO-040" in _band(reception)
    assert "allergies" in _band(reception)
    _choose(reception, "Fermer")
    assert _band(reception) == ""
    reception.window.lock()
    _sign_in(reception, world, "Anne Rousseau")
    assert "STO-040" in _band(reception)


def test_a_clock_that_cannot_be_right_is_said_until_a_person_confirms_it(
    enter: Enter, world: World
) -> None:
    """Ages of doses come from this clock; confirming it counts even where nothing changes."""
    world.node.desk.kit.quality = ClockQuality.UNKNOWN
    reception = enter()
    assert "heure" in _band(reception)
    _choose(reception, "L’heure est juste")
    assert _band(reception) == ""
    assert world.node.desk.quality is ClockQuality.SET_BY_PERSON


def test_a_sound_kit_shows_no_band(enter: Enter) -> None:
    """A band that is always there is read by nobody."""
    assert _band(enter()) == ""
