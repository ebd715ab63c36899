"""The bare window shows itself and nothing of the kit."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from kit.gui.bare import main


def test_it_is_shown_until_it_is_closed(qtbot: QtBot) -> None:
    seen: list[bool] = []

    def look() -> None:
        windows = [one for one in QApplication.topLevelWidgets() if isinstance(one, QLabel)]
        seen.extend(one.isVisible() for one in windows)
        QApplication.quit()

    QTimer.singleShot(0, look)
    assert main() == 0
    assert seen == [True]


@pytest.mark.slow
def test_it_knows_nothing_of_the_kit() -> None:
    """Else it would be no measure for the lock screen: no theme, no port, no node."""
    told = "import sys, kit.gui.bare; print([n for n in sys.modules if n.startswith('kit')])"
    ran = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, check=True, text=True, timeout=60
    )
    assert set(eval(ran.stdout)) <= {"kit", "kit.gui", "kit.gui.bare"}  # noqa: S307 - a list of names
