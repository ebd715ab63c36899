"""What every test of the screens stands on: off screen, French, light, a node in this process."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from kit.core.clock import local_instant
from kit.core.text import choose_language
from kit.gui import fonts, theme
from kit.gui.port import LoopNode
from tests.gui.crisis import crisis, office  # noqa: F401 - fixtures of this folder
from tests.gui.sitting import section, sit  # noqa: F401 - fixtures of this folder
from tests.gui.ward_fixtures import (  # noqa: F401 - fixtures of this folder
    empty_template,
    empty_world,
    enter,
    ward_template,
    world,
)

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "kit" / "locale"
NOW = local_instant(2026, 11, 22, 4, 21)

NAMED_ROLES = {
    QAccessible.Role.Button,
    QAccessible.Role.CheckBox,
    QAccessible.Role.RadioButton,
    QAccessible.Role.ComboBox,
    QAccessible.Role.EditableText,
    QAccessible.Role.SpinBox,
    QAccessible.Role.Table,
    QAccessible.Role.List,
    QAccessible.Role.Tree,
    QAccessible.Role.PageTab,
}


@pytest.fixture(scope="session", autouse=True)
def _catalogues() -> None:
    """French is there even where `make setup` has not compiled it, or is older than its source."""
    for source in LOCALE.glob("*/LC_MESSAGES/gui*.po"):
        made = source.with_suffix(".mo")
        if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
            command = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile"]
            files = ["-i", str(source), "-o", str(made), "-l", "fr"]
            subprocess.run([*command, *files], check=True)


@pytest.fixture(autouse=True)
def _dressed(qapp: QApplication) -> Iterator[None]:
    """Each test starts in French, light, default density."""
    choose_language("fr")
    theme.apply(qapp)
    fonts.register(fonts.SYMBOLS)
    yield
    choose_language("fr")


class FakeNode:
    """Answers from a table, remembers what it was asked."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {}

    def handle(self, message: dict[str, Any]) -> dict[str, Any]:
        self.heard.append(message)
        name = message.get("do") or message.get("ask") or message.get("call")
        answer = self.answers.get(str(name), {"ok": None})
        return {"id": message["id"], **answer}

    def names(self) -> list[str]:
        """What was asked, in order."""
        return [str(m.get("do") or m.get("ask") or m.get("call")) for m in self.heard]


@pytest.fixture
def fake_node() -> FakeNode:
    return FakeNode()


@pytest.fixture
def port(fake_node: FakeNode, qapp: QApplication) -> LoopNode:
    return LoopNode(fake_node, lambda: NOW)


@pytest.fixture
def settle(qapp: QApplication) -> Callable[[QWidget, int, int], None]:
    """Show a widget at a size and let its layouts come to rest."""

    def run(widget: QWidget, width: int = 1366, height: int = 768) -> None:
        widget.resize(width, height)
        widget.show()
        for _turn in range(4):
            qapp.processEvents()

    return run


@pytest.fixture
def clipped() -> Callable[[QWidget], list[str]]:
    """Texts of a shown widget tree that have less room than they need."""

    def find(root: QWidget) -> list[str]:
        shown = (label for label in root.findChildren(QLabel) if label.isVisible())
        found = [label.text() for label in shown if label.text() and not _fits(label)]
        buttons = (button for button in root.findChildren(QAbstractButton) if button.isVisible())
        narrow = [button for button in buttons if button.width() < button.sizeHint().width()]
        return found + [button.text() for button in narrow if button.text()]

    return find


def _fits(label: QLabel) -> bool:
    if label.wordWrap():
        return label.height() >= label.heightForWidth(label.width())
    wanted = label.sizeHint()
    return label.width() >= wanted.width() and label.height() >= wanted.height()


@pytest.fixture
def unlabelled() -> Callable[[QWidget], list[str]]:
    """Interactive nodes of the accessibility tree that have no name, by their class."""

    def find(root: QWidget) -> list[str]:
        nameless = []
        for widget in [root, *root.findChildren(QWidget)]:
            node = QAccessible.queryAccessibleInterface(widget)
            if not widget.isVisible() or node.role() not in NAMED_ROLES:
                continue
            if not node.text(QAccessible.Text.Name).strip():
                nameless.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
        return nameless

    return find
