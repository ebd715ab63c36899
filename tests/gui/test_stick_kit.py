"""The screens on a real node and a real keeper, on a machine of files: made, cut, opened again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from kit.gui.app import Reception
from kit.gui.first_run import FirstRun
from kit.gui.first_run_steps import AccountsStep
from kit.gui.port import LoopNode
from kit.node.service import SERVICES, WITHOUT_KIT, Node
from tests.node.test_medium import OTHERS, Stick
from tests.stick.machines import needs_tools

from .sitting import Sit, press_power
from .test_first_run import _enrol, _prove, _run, _to_key
from .test_stick_door import Late
from .ward_fixtures import turn

pytestmark = needs_tools
SCREENS = Path(__file__).resolve().parents[2] / "kit" / "gui"


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Stick]:
    """A fresh stick, switched on."""
    made = Stick(tmp_path)
    yield made
    made.stop()


def is_open(node: Node) -> bool:
    """Whether the kit can be worked with."""
    return node.kit is not None


def test_on_a_stick_too_the_keys_stay_in_the_first_run(
    stick: Stick, sit: Sit, qapp: QApplication
) -> None:
    """A step without a field handed them on to the bar above: Enter asked for the time of day."""
    reception = sit(LoopNode(stick.node, stick.node.clock))
    reception.window.activateWindow()
    run = _run(reception)
    _to_key(run)
    turn(qapp)
    assert QApplication.focusWidget() is run.next


def _is_signed_in(reception: Reception) -> bool:
    return reception.window.person is not None


def _type(door: Any, words: str, app: QApplication) -> None:
    door.phrase.edit.setText(words)
    door.phrase.submit()
    turn(app, 60)


def test_the_words_of_the_first_run_open_stick_and_kit_after_a_power_cut(
    stick: Stick, sit: Sit, qapp: QApplication
) -> None:
    """Wrong words first: refused in words, nothing changed."""
    reception = sit(LoopNode(stick.node, stick.node.clock))
    assert reception.stick is not None
    run = _run(reception)
    words = _prove(run, _to_key(run))
    assert isinstance(run.step, AccountsStep)

    node = stick.restart()
    reception = sit(Late(node, node.clock))
    door: Any = reception.door
    assert door.asks_phrase
    _type(door, OTHERS, qapp)
    assert "KEY-027" in door.note.accessibleName()
    assert not is_open(node)
    _type(door, " ".join(words), qapp)
    assert is_open(node)
    assert reception.window.findChildren(FirstRun)[0].key == "accounts"


def test_the_computers_button_locks_before_it_asks(
    stick: Stick, sit: Sit, qapp: QApplication
) -> None:
    """Whoever pressed it need not be the one who is signed in."""
    reception = sit(LoopNode(stick.node, stick.node.clock))
    reception.window.activateWindow()
    run = _run(reception)
    _prove(run, _to_key(run))
    assert isinstance(run.step, AccountsStep)
    _enrol(run.step, "Claire Dubois", "IDE")
    for _step in ("accounts", "import", "print"):
        run.go_on()
        turn(qapp)
    assert _is_signed_in(reception)
    press_power(reception.window)
    turn(qapp, 30)
    assert not _is_signed_in(reception)
    assert reception.stick is not None
    frame = reception.stick.frame
    assert frame is not None
    assert frame.asking
    now = QApplication.focusWidget()
    assert isinstance(now, QPushButton), "what is typed next answers the question"
    assert now.text() == "Rester allumé"


def test_a_prepared_stick_opens_with_its_card(stick: Stick, sit: Sit, qapp: QApplication) -> None:
    words = stick.seed()
    node = stick.restart()
    reception = sit(Late(node, node.clock))
    door: Any = reception.door
    assert door.asks_phrase
    _type(door, words, qapp)
    assert is_open(node)
    assert "kit-data" in stick.labels()


def test_every_service_that_the_screens_ask_of_a_stick_is_the_nodes() -> None:
    text = "".join(path.read_text("utf-8") for path in SCREENS.rglob("*.py"))
    asked = set(re.findall(r'"(medium\.[a-z_]+)"', text))
    asked |= {f"medium.{name}" for name in re.findall(r'\.start\(\s*"([a-z_]+)"', text)}
    asked |= {"medium.unlock", "medium.create"}
    assert asked <= set(SERVICES)
    assert "hello" in WITHOUT_KIT


def test_a_question_over_the_first_run_keeps_its_own_keys(
    stick: Stick, sit: Sit, qapp: QApplication
) -> None:
    """“Sign” typed at the question about the clock must not finish the step beneath it."""
    reception = sit(LoopNode(stick.node, stick.node.clock))
    reception.window.activateWindow()
    run = _run(reception)
    assert reception.stick is not None
    reception.stick.ask_time()
    now = QApplication.focusWidget()
    assert now is not None
    QTest.keyClick(now, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    turn(qapp)
    assert run.key == "language"
