"""On a stick the mouse's arrow does not stand in the middle of the lock screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from kit.gui.pointer import STIR_PX, HiddenPointer
from kit.gui.port import LoopNode

from .conftest import FakeNode
from .sitting import Sit

MOVE, PRESS = QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
MIDDLE = QPointF(200, 100)


@pytest.fixture
def edit(qtbot: QtBot) -> Iterator[QLineEdit]:
    """A window that is one field, with an arrow of its own over it."""
    made = QLineEdit()
    qtbot.addWidget(made)
    made.resize(400, 200)
    made.show()
    yield made
    while QApplication.overrideCursor() is not None:
        QApplication.restoreOverrideCursor()


def mouse(edit: QLineEdit, kind: QEvent.Type, at: QPointF, *, finger: bool = False) -> None:
    """What the system tells the window of a mouse, or Qt of a finger."""
    source = Qt.MouseEventSource.MouseEventSynthesizedByQt if finger else (
        Qt.MouseEventSource.MouseEventNotSynthesized
    )  # fmt: skip
    button = LEFT if kind is PRESS else NONE
    device = QPointingDevice.primaryPointingDevice()
    no_key = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, at, at, at, button, button, no_key, source, device)
    QApplication.sendEvent(edit.windowHandle(), event)


def is_hidden() -> bool:
    """Whether the application shows no arrow anywhere."""
    cursor = QApplication.overrideCursor()
    return cursor is not None and cursor.shape() is Qt.CursorShape.BlankCursor


def test_it_is_hidden_until_the_mouse_is_moved(edit: QLineEdit) -> None:
    """Where the window appeared under it is no movement; a knock is none either."""
    pointer = HiddenPointer(edit)
    assert is_hidden()
    mouse(edit, MOVE, MIDDLE)
    mouse(edit, MOVE, MIDDLE)
    mouse(edit, MOVE, MIDDLE + QPointF(STIR_PX - 1, 0))
    assert is_hidden()
    mouse(edit, MOVE, MIDDLE + QPointF(0, STIR_PX))
    assert not pointer.hidden
    assert QApplication.overrideCursor() is None
    assert edit.cursor().shape() is Qt.CursorShape.IBeamCursor


def test_a_press_and_the_wheel_bring_it_back(edit: QLineEdit) -> None:
    HiddenPointer(edit)
    mouse(edit, PRESS, MIDDLE)
    assert not is_hidden()
    HiddenPointer(edit)
    none = Qt.KeyboardModifier.NoModifier
    phase = Qt.ScrollPhase.NoScrollPhase
    turned = QWheelEvent(MIDDLE, MIDDLE, QPoint(), QPoint(0, 120), NONE, none, phase, False)
    QApplication.sendEvent(edit.windowHandle(), turned)
    assert not is_hidden()


def test_a_finger_works_and_brings_no_arrow(edit: QLineEdit) -> None:
    HiddenPointer(edit)
    edit.setText("abeille sapin")
    edit.setCursorPosition(0)
    mouse(edit, PRESS, MIDDLE, finger=True)
    mouse(edit, MOVE, MIDDLE + QPointF(90, 0), finger=True)
    assert edit.cursorPosition() > 0
    assert is_hidden()


def test_a_hidden_arrow_presses_all_the_same(edit: QLineEdit) -> None:
    """The event that brings it back reaches what lies beneath."""
    HiddenPointer(edit)
    edit.setText("abeille sapin")
    edit.setCursorPosition(0)
    QTest.mouseClick(edit.windowHandle(), LEFT, Qt.KeyboardModifier.NoModifier, MIDDLE.toPoint())
    assert edit.cursorPosition() > 0
    assert not is_hidden()


@pytest.mark.parametrize("medium", ["locked", "none"])
def test_it_is_hidden_on_a_stick_and_nowhere_else(
    port: LoopNode, fake_node: FakeNode, sit: Sit, medium: str
) -> None:
    """Once, however often the door is shown."""
    hello: dict[str, Any] = {"has_kit": True, "open": False, "medium": {"medium": medium}}
    fake_node.answers["hello"] = {"ok": hello}
    reception = sit(port)
    reception.arrive()
    assert is_hidden() == (medium == "locked")
    assert len(reception.window.findChildren(HiddenPointer)) == (medium == "locked")
