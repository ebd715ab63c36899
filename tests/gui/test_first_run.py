"""First run with a real node: seven steps to a kit that prints; nothing made is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from kit.core.text import language
from kit.gui.app import Reception, open_window
from kit.gui.first_run import ORDER, FirstRun
from kit.gui.first_run_import import ImportStep
from kit.gui.first_run_key import KeyStep
from kit.gui.first_run_last import PrintStep
from kit.gui.first_run_steps import AccountsStep
from kit.gui.lock import LockScreen
from kit.gui.port import LoopNode
from kit.gui.shared.drive_access import DriveDialog
from kit.gui.states import State
from kit.gui.ward.board import BoardScreen
from kit.node.service import Node
from kit.store import vault
from tests.gui.sample_ward import PIN, Clock
from tests.gui.ward_fixtures import turn


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A node on an empty home."""
    made = Node(tmp_path / "home", clock=Clock(), cost=vault.TEST_ONLY)
    yield made
    made.close()


@pytest.fixture
def reception(qapp: QApplication, node: Node) -> Iterator[Reception]:
    """The application on an empty home."""
    port = LoopNode(node, Clock())
    node.tell = port.push
    made = open_window(qapp, port)
    turn(qapp)
    yield made
    made.idle.rest()
    made.window.close()
    made.window.deleteLater()
    # A window left over would be dressed again with each test.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _run(reception: Reception) -> FirstRun:
    found = reception.window.findChildren(FirstRun)
    assert found
    found[0].gathered.world = "TEST:first"
    return found[0]


def _to_key(run: FirstRun) -> KeyStep:
    run.go_on()
    run.go_on()
    assert run.step is not None
    for edit, text in zip(
        run.step.findChildren(QLineEdit), ("CH", "CARD", "Cardio 1"), strict=True
    ):
        edit.setText(text)
    run.go_on()
    return _key_step(run)


def _key_step(run: FirstRun) -> KeyStep:
    assert isinstance(run.step, KeyStep)
    return run.step


def _prove(run: FirstRun, step: KeyStep) -> list[str]:
    words = list(run.gathered.words)
    run.go_on()
    for field, place in zip(step.fields, sorted(step._asked), strict=True):
        field.setText(words[place])
    run.go_on()
    return words


def _enrol(step: AccountsStep, name: str, profession: str, *pins: str) -> None:
    step.name.setText(name)
    step.profession.setCurrentIndex(step.profession.findData(profession))
    for (_label, edit), pin in zip(step.pins, pins or (PIN, PIN), strict=True):
        edit.setText(pin)
    step.enrol()


def test_the_whole_way_ends_on_the_board(
    reception: Reception, qapp: QApplication, tmp_path: Path
) -> None:
    run = _run(reception)
    words = _prove(run, _to_key(run))
    assert len(words) == 8
    assert isinstance(run.step, AccountsStep)
    _enrol(run.step, "Claire Dubois", "IDE")
    run.go_on()
    assert isinstance(run.step, ImportStep)
    run.go_on()
    assert isinstance(run.step, PrintStep)
    run.go_on()
    turn(qapp)
    assert isinstance(reception.window.screen_now(), BoardScreen)
    assert reception.window.person is not None
    assert reception.window.person.name == "Claire Dubois"


def test_the_whole_way_can_be_gone_without_a_mouse(
    reception: Reception, qapp: QApplication
) -> None:
    """On a stick the keyboard may be all there is; Enter goes on, Tab finds the buttons."""
    window, run = reception.window, _run(reception)
    window.activateWindow()

    def press(*keys: Qt.Key | str) -> None:
        for key in keys:
            at = QApplication.focusWidget()
            assert at is not None, "the keys are nowhere"
            assert window.isAncestorOf(at)
            if isinstance(key, str):
                QTest.keyClicks(at, key)
            else:
                QTest.keyClick(at, key)
            turn(qapp)

    enter, tab = Qt.Key.Key_Return, Qt.Key.Key_Tab
    press(enter)
    assert run.key == "capsule"
    press(tab, enter)
    assert run.key == "hospital"
    press("CH", enter, "CARD", enter, "Cardio 1", enter)
    words = list(run.gathered.words)
    press(enter)
    asked = [words[place] for place in sorted(_key_step(run)._asked)]
    press(asked[0], tab, asked[1], enter)
    press("Claire Dubois", tab, tab, PIN, tab, PIN, enter)
    assert run.gathered.accounts == [("Claire Dubois", "IDE")]
    QTest.keyClick(window, enter, Qt.KeyboardModifier.ControlModifier)
    turn(qapp)
    assert run.key == "import"


def test_what_is_typed_of_an_account_is_not_lost_on_the_way_on(reception: Reception) -> None:
    run = _run(reception)
    _prove(run, _to_key(run))
    step = run.step
    assert isinstance(step, AccountsStep)
    _enrol(step, "Claire Dubois", "IDE")
    step.name.setText("Marc Petit")
    for _label, edit in step.pins:
        edit.setText(PIN)
    run.go_on()
    assert [name for name, _code in run.gathered.accounts] == ["Claire Dubois", "Marc Petit"]
    assert run.step is step
    run.go_on()
    assert run.step is not step


def test_the_words_must_be_proven_and_a_slip_shows_them_again(reception: Reception) -> None:
    """A kit whose words were not written down could never be opened again."""
    run = _run(reception)
    step = _to_key(run)
    words = list(run.gathered.words)
    run.go_on()
    for field in step.fields:
        field.setText("faux")
    run.go_on()
    assert run.key == "key"
    assert "Sans les huit mots" in run.note.accessibleName()
    shown = " ".join(child.accessibleName() for child in step.findChildren(QWidget))
    assert all(word in shown for word in words)


def test_the_words_are_forgotten_once_proven(reception: Reception) -> None:
    run = _run(reception)
    _prove(run, _to_key(run))
    assert run.gathered.words == []


def test_going_back_keeps_answers_until_the_kit_is_made(reception: Reception) -> None:
    run = _run(reception)
    run.go_on()
    run.go_on()
    assert run.step is not None
    run.step.findChildren(QLineEdit)[0].setText("CH de Valmont")
    run.go_back()
    run.go_on()
    assert run.step.findChildren(QLineEdit)[0].text() == "CH de Valmont"


def test_a_made_kit_cannot_be_made_twice(reception: Reception) -> None:
    run = _run(reception)
    _to_key(run)
    run.go_back()
    assert run.key == "key"
    assert run.back.isHidden()


def test_two_different_pins_are_refused_in_words(reception: Reception) -> None:
    run = _run(reception)
    _prove(run, _to_key(run))
    assert isinstance(run.step, AccountsStep)
    _enrol(run.step, "Claire Dubois", "IDE", "1234", "4321")
    assert "diffèrent" in run.note.accessibleName()
    assert not run.next.isEnabled()


def test_a_short_pin_is_refused_by_the_node(reception: Reception) -> None:
    run = _run(reception)
    _prove(run, _to_key(run))
    assert isinstance(run.step, AccountsStep)
    _enrol(run.step, "Claire Dubois", "IDE", "12", "12")
    assert "4 chiffres" in run.note.accessibleName().replace("\u00a0", " ")


def test_somebody_who_may_import_signs_in(reception: Reception) -> None:
    """A nursing assistant may not import; the first who may becomes the author of the import."""
    run = _run(reception)
    _prove(run, _to_key(run))
    assert isinstance(run.step, AccountsStep)
    _enrol(run.step, "Mehdi", "AS")
    _enrol(run.step, "Claire", "IDE")
    run.go_on()
    assert run.gathered.who["name"] == "Claire"


def test_a_kill_before_the_accounts_goes_on_from_there(
    reception: Reception, node: Node, qapp: QApplication
) -> None:
    """The kit that was made stays made; its words open it and the accounts are asked next."""
    run = _run(reception)
    words = _prove(run, _to_key(run))
    node.close()
    node.ended, node.home = False, None
    port = LoopNode(node, Clock())
    again = open_window(qapp, port)
    assert isinstance(again.door, LockScreen)
    again.door.phrase_given.emit(" ".join(words))
    resumed = again.window.findChildren(FirstRun)[0]
    assert resumed.key == "accounts"
    again.window.close()


def test_english_is_chosen_at_the_first_step(reception: Reception) -> None:
    run = _run(reception)
    assert run.step is not None
    run.step._choose("en", True)  # type: ignore[attr-defined]
    run.go_on()
    assert language() == "en"
    assert run._title.text() == "Capsule"
    assert run.next.text() == "Next"


def test_every_step_is_whole_and_named(
    reception: Reception,
    qapp: QApplication,
    clipped: Callable[[QWidget], list[str]],
    unlabelled: Callable[[QWidget], list[str]],
) -> None:
    run = _run(reception)
    reception.window.resize(1280, 720)

    def look() -> None:
        turn(qapp)
        assert clipped(run) == [], run.key
        assert unlabelled(run) == [], run.key

    look()
    step = _to_key(run)
    look()
    _prove(run, step)
    look()
    assert isinstance(run.step, AccountsStep)
    _enrol(run.step, "Claire Dubois", "IDE")
    for _key in ORDER[5:]:
        run.go_on()
        look()


def _choose_steering(run: FirstRun) -> None:
    """The capsule and the names; no ward is asked."""
    run.go_on()
    capsule: Any = run.step
    capsule.choices["steering"].setChecked(True)
    run.go_on()
    names: Any = run.step
    for edit, text in zip(names.findChildren(QLineEdit), ("CH", "Cellule A"), strict=True):
        edit.setText(text)
    run.go_on()


def _steer(run: FirstRun) -> None:
    """Choose the crisis cell, name the hospital, prove the words, make one account."""
    _choose_steering(run)
    key: Any = run.step
    _prove(run, key)
    accounts: Any = run.step
    _enrol(accounts, "Hélène Martin", "DIR")
    run.go_on()


def test_a_steering_kit_is_made_without_a_ward_and_ends_on_the_situation(
    reception: Reception, qapp: QApplication
) -> None:
    run = _run(reception)
    _steer(run)
    assert isinstance(run.step, PrintStep)
    assert len(run.order) == 6
    assert run.next.text() == "Terminer et ouvrir la situation"
    run.go_on()
    turn(qapp)
    screen = reception.window.screen_now()
    assert screen is not None
    assert screen.key == "steering.situation"
    assert screen.state is State.EMPTY
    assert reception.facts["capsule"] == "steering"
    reception.window.go("shared.messages")
    turn(qapp)
    messages = reception.window.screen_now()
    assert messages is not None
    assert messages.state is State.READY


def test_joining_a_fleet_ends_where_kits_are_paired(
    reception: Reception, qapp: QApplication
) -> None:
    run = _run(reception)
    _steer(run)
    assert isinstance(run.step, PrintStep)
    run.step.join.setChecked(True)
    assert run.next.text() == "Terminer et rejoindre une flotte"
    run.go_on()
    turn(qapp)
    screen = reception.window.screen_now()
    assert screen is not None
    assert screen.key == "shared.exchange"


def test_a_steering_kit_killed_before_its_accounts_goes_on_as_one(
    reception: Reception, qapp: QApplication, node: Node
) -> None:
    run = _run(reception)
    _choose_steering(run)
    key: Any = run.step
    _prove(run, key)
    again = FirstRun(run.gathered.port, reception.facts, "accounts")
    assert again.order == run.order
    assert again.key == "accounts"
    again.deleteLater()


class Drives:
    """The node of a stick with one drive plugged in; it takes the sheet."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.saved: list[dict[str, Any]] = []

    def handle(self, message: dict[str, Any]) -> dict[str, Any]:
        if message.get("call") == "medium.drives":
            plain = {"device": "sdb", "model": "Clé", "serial": "USB42", "bytes": 8_000_000_000}
            return {"id": message["id"], "ok": {"drives": [plain]}}
        if message.get("call") == "print.save":
            self.saved.append(message["args"])
            return {"id": message["id"], "ok": {"path": "test.pdf", "pages": 1, "ejected": True}}
        return self.node.handle(message)


@pytest.mark.req("HZ-272")
def test_on_a_stick_the_test_sheet_is_saved_on_a_drive(
    reception: Reception, node: Node, qapp: QApplication
) -> None:
    """The question stands over the first run; it is said when the drive may be pulled out."""
    run = _run(reception)
    _prove(run, _to_key(run))
    accounts: Any = run.step
    _enrol(accounts, "Claire Dubois", "IDE")
    run.go_on()
    run.go_on()
    step: Any = run.step
    assert isinstance(step, PrintStep)
    drives, port = Drives(node), run.gathered.port
    assert isinstance(port, LoopNode)
    port._handler, port.on_stick = drives, True
    step.save.click()
    turn(qapp)
    dialog: Any = run.dialogs.dialog
    assert isinstance(dialog, DriveDialog)
    assert [row.device for row in dialog.drives.model.rows()] == ["sdb"]
    dialog.verb.click()
    turn(qapp)
    (said,) = drives.saved
    assert (said["device"], said["name"]) == ("sdb", "test.pdf")
    assert "path" not in said
    assert "peut être retirée" in step._said.text()
    assert run.next.isEnabled()
