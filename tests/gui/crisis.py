"""A steering window over a node that answers from tables and remembers what it was told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from kit.core.clock import local_instant
from kit.gui.app import open_window
from kit.gui.port import LoopNode
from kit.gui.shots_steering import DIRECTOR, CrisisNode
from tests.gui.ward_fixtures import turn

NOW = local_instant(2026, 11, 22, 8, 20)


class Crisis(CrisisNode):
    """Remembers; `refuse` names a command and why it is refused."""

    def __init__(self, *, quiet: bool = False) -> None:
        super().__init__(NOW, "crisis-quiet" if quiet else "crisis")
        self.heard: list[dict[str, Any]] = []
        self.refuse: dict[str, dict[str, Any]] = {}
        self.acks: dict[str, dict[str, Any]] = {}
        self.port: LoopNode

    def handle(self, message: dict[str, Any]) -> dict[str, Any]:
        self.heard.append(message)
        name = str(message.get("do") or message.get("ask") or message.get("call"))
        if name in self.refuse:
            return {"id": message["id"], "refused": self.refuse[name]}
        if "do" in message:
            return {"id": message["id"], "ok": self.acks.get(name, {"entries": [1]})}
        return super().handle(message)

    def told(self, name: str) -> list[dict[str, Any]]:
        """The arguments of each time that this was asked, done or called."""
        return [
            message["args"]
            for message in self.heard
            if name in (message.get("do"), message.get("ask"), message.get("call"))
        ]

    def news(self, *topics: str) -> None:
        """Something changed."""
        self.port.push({"changed": list(topics)})


class Office:
    """The window with somebody signed in."""

    def __init__(self, app: QApplication, node: Crisis, who: dict[str, Any] = DIRECTOR) -> None:
        self.app, self.node = app, node
        node.port = LoopNode(node, lambda: node.now)
        self.reception: Any = open_window(app, node.port)
        self.reception.facts = node.calls["hello"]
        self.reception.enter(who)
        self.window: Any = self.reception.window
        self.settle()

    def settle(self) -> None:
        """Layouts and zero timers at rest."""
        turn(self.app, 8)

    def go(self, key: str) -> Any:
        """The screen of a section."""
        self.window.go(key)
        self.settle()
        return self.window.screen_now()

    def close(self) -> None:
        """Take the window away."""
        self.reception.idle.rest()
        self.window.close()
        self.window.deleteLater()
        # A window left over would be dressed again with each test.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def crisis() -> Crisis:
    """Fourteen wards, nine channels."""
    return Crisis()


@pytest.fixture
def office(qapp: QApplication, crisis: Crisis) -> Iterator[Office]:
    """A director at the steering kit."""
    made = Office(qapp, crisis)
    yield made
    made.close()


def words_of(root: QWidget) -> str:
    """What visible labels and buttons say, with plain spaces."""
    shown = [one.text() for one in root.findChildren(QLabel) if one.isVisible()]
    return " | ".join(text for text in shown if text).replace("\u00a0", " ")


def table_text(table: Any, place: int) -> str:
    """A row of a table as a screen reader has it."""
    model = table.model()
    cells = [
        model.index(place, column).data()
        for column in range(model.columnCount())
        if not table.isColumnHidden(column)
    ]
    return " | ".join(cells).replace("\u00a0", " ")
