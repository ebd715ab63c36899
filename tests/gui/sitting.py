"""Fixtures of this folder: one section of the window, or the whole application, before somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kit.gui.app import Reception, open_window
from kit.gui.port import LoopNode
from kit.gui.screen import Person, of_capsule
from kit.gui.window import MainWindow
from tests.gui.ward_fixtures import turn

Section = Callable[[str], MainWindow]
Sit = Callable[[LoopNode], Reception]


@pytest.fixture
def section(port: LoopNode, qtbot: QtBot) -> Section:
    """Open the window on this one section of a ward, signed in and in front."""

    def run(key: str) -> MainWindow:
        made = MainWindow(port)
        qtbot.addWidget(made)
        made.resize(1366, 768)
        specs = [spec for spec in of_capsule("ward") if spec.key == key]
        made.enter(Person("n1", "C. Dubois", "IDE"), "CARD", specs)
        with qtbot.waitActive(made):
            made.show()
            made.activateWindow()
        return made

    return run


@pytest.fixture
def sit(qapp: QApplication) -> Iterator[Sit]:
    """Start the application before a node."""
    made: list[Reception] = []

    def run(port: LoopNode) -> Reception:
        made.append(open_window(qapp, port))
        turn(qapp, 20)
        return made[-1]

    yield run
    for reception in made:
        reception.idle.rest()
        reception.window.close()
        reception.window.deleteLater()
    # A window left over would be dressed again with each test.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    while QApplication.overrideCursor() is not None:  # the mouse was never moved
        QApplication.restoreOverrideCursor()


def press_power(window: MainWindow) -> None:
    """The computer's own button, as the system hands it to the window."""
    press = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_PowerOff, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window.windowHandle(), press)
