"""The interpreter and the Qt binding are a pair that keeps its hands off `None`.

PySide6 6.12.0 on Python 3.11 and older drops a reference to None at nearly every call that returns
nothing; the process aborts within seconds of scrolling. docs/adr/0004-python-and-pyside.md.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

import PySide6
import pytest
from PySide6.QtCore import (
    QIdentityProxyModel,
    QModelIndex,
    QPersistentModelIndex,
    QStringListModel,
    Qt,
)
from PySide6.QtGui import QFont, QPainter, QPen, QPixmap

from tests.arch.source import ROOT

CALLS = 10_000
TOLERANCE = 200
"""References that caches of the interpreter may keep; the defect loses one per call."""


def is_forbidden_pair(python: tuple[int, int], qt: tuple[int, ...]) -> bool:
    """None is mortal before Python 3.12, and PySide6 6.12 kills it there."""
    return python < (3, 12) and qt[:2] == (6, 12)


def test_the_running_pair_is_allowed() -> None:
    """What runs here is not the pair that aborts."""
    assert not is_forbidden_pair(sys.version_info[:2], PySide6.__version_info__[:3])


def test_the_locked_pair_is_allowed_on_every_supported_python() -> None:
    """The lock file gives no supported interpreter the binding that aborts on it."""
    lock = (ROOT / "requirements" / "run.lock").read_text()
    found = re.search(r"^pyside6-essentials==([\d.]+)", lock, re.MULTILINE)
    assert found
    locked = tuple(int(part) for part in found[1].split("."))
    assert not is_forbidden_pair((3, 11), locked)


def test_the_forbidden_pair_is_recognised() -> None:
    """The refusal can fail, on the pairs that were measured."""
    assert is_forbidden_pair((3, 11), (6, 12, 0))
    assert not is_forbidden_pair((3, 12), (6, 12, 0))
    assert not is_forbidden_pair((3, 11), (6, 11, 3))


def lost_references(turn: Callable[[], Any]) -> int:
    """How many references to None vanish while `turn` makes CALLS Qt calls."""
    before = sys.getrefcount(None)
    turn()
    return before - sys.getrefcount(None)


@pytest.mark.usefixtures("qapp")
def test_painting_keeps_none_alive() -> None:
    """Ten thousand calls that return nothing cost no reference to None."""
    pixmap = QPixmap(20, 20)
    pen, font = QPen(), QFont()

    def paint() -> None:
        painter = QPainter(pixmap)
        for _ in range(CALLS // 4):
            painter.setPen(pen)
            painter.setFont(font)
            painter.drawRect(1, 1, 8, 8)
            painter.scale(1.0, 1.0)
        painter.end()

    assert abs(lost_references(paint)) < TOLERANCE


class Silent(QStringListModel):
    """A model whose answer is None, as most roles of most cells are."""

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> Any:
        """Nothing to show."""
        return None


@pytest.mark.usefixtures("qapp")
def test_reading_a_model_keeps_none_alive() -> None:
    """Ten thousand cells answered with None by Python cost no reference to None."""
    model = Silent(["x"])
    proxy = QIdentityProxyModel()
    proxy.setSourceModel(model)
    cell = proxy.index(0, 0)

    def read() -> None:
        for _ in range(CALLS):
            proxy.data(cell, Qt.ItemDataRole.ToolTipRole)

    assert abs(lost_references(read)) < TOLERANCE


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal here")
def test_a_lost_reference_would_be_counted() -> None:
    """The measure itself sees references to None come."""
    kept: list[None] = []
    assert lost_references(lambda: kept.extend([None] * CALLS)) <= -CALLS
