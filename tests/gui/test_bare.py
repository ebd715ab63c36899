"""The bare window shows itself and nothing of the kit.

In a process of its own: an application that was quit once runs no event loop for the tests after.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SHOWN = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
from kit.gui import bare

def look():
    print([one.isVisible() for one in app.topLevelWidgets() if isinstance(one, QLabel)])
    app.quit()

app = QApplication([])
QTimer.singleShot(0, look)
raise SystemExit(bare.main())
"""


def said(code: str) -> str:
    """What a process of its own prints."""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=60,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    return ran.stdout.strip()


@pytest.mark.slow
def test_it_is_shown_until_it_is_closed() -> None:
    assert said(SHOWN) == "[True]"


@pytest.mark.slow
def test_it_knows_nothing_of_the_kit() -> None:
    """Else it would be no measure for the lock screen: no theme, no port, no node."""
    told = "import sys, kit.gui.bare; print(*(n for n in sys.modules if n.startswith('kit')))"
    assert set(said(told).split()) <= {"kit", "kit.gui", "kit.gui.bare"}
