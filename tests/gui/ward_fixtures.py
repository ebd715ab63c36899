"""How ward tests enter the application: a real node in this process, somebody signed in.

The conftest of this folder takes them in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QModelIndex
from PySide6.QtWidgets import QApplication

from kit.gui.app import Reception, open_window
from kit.gui.models import CELL_ROLE
from kit.gui.widgets.rows import PAD_X, PAD_Y, RowDelegate, RowsTable
from tests.gui.sample_ward import PIN, World, fill, new_world, open_copy

Enter = Callable[..., Reception]


@pytest.fixture(scope="session")
def empty_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A kit without patients, closed; made once, since PINs are slow on purpose."""
    made = new_world(tmp_path_factory.mktemp("empty"))
    made.node.close()
    return made


@pytest.fixture(scope="session")
def ward_template(empty_template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The invented ward, closed."""
    made = open_copy(empty_template, tmp_path_factory.mktemp("ward"))
    fill(made)
    made.node.close()
    return made


@pytest.fixture
def world(ward_template: World, tmp_path: Path) -> Iterator[World]:
    """The invented ward, nobody signed in."""
    made = open_copy(ward_template, tmp_path)
    yield made
    made.node.close()


@pytest.fixture
def empty_world(empty_template: World, tmp_path: Path) -> Iterator[World]:
    """A kit with accounts and no patient."""
    made = open_copy(empty_template, tmp_path)
    yield made
    made.node.close()


@pytest.fixture
def enter(qapp: QApplication, world: World) -> Iterator[Enter]:
    """Open the window and sign in; `who` is a name of the sample ward, "" for nobody."""
    opened: list[Reception] = []

    def run(
        who: str = "Claire Dubois", size: tuple[int, int] = (1366, 768), of: World | None = None
    ) -> Reception:
        place = of or world
        reception = open_window(qapp, place.port)
        opened.append(reception)
        reception.window.resize(*size)
        if who and reception.door is not None:
            reception.door.pin_given.emit(place.people[who], PIN)
        turn(qapp)
        return reception

    yield run
    for reception in opened:
        reception.idle.rest()
        reception.window.close()
        reception.window.deleteLater()
    # Deferred deletion waits for an event loop, which tests have not; every window left over would
    # be dressed again with each test.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def turn(app: QApplication, times: int = 6) -> None:
    """Let layouts and zero timers come to rest."""
    for _turn in range(times):
        app.processEvents()


def cut_rows(table: RowsTable) -> list[str]:
    """Cells whose row is lower than they need, or whose chip is wider than its column."""
    delegate = table.itemDelegate()
    assert isinstance(delegate, RowDelegate)
    model, found = table.model(), []
    for row in range(model.rowCount(QModelIndex())):
        for column in range(model.columnCount(QModelIndex())):
            cell = model.index(row, column).data(CELL_ROLE)
            if cell is None or table.isColumnHidden(column):
                continue
            width = table.columnWidth(column)
            laid = delegate.laid(cell, width)
            tall = laid.height + 2 * PAD_Y > table.rowHeight(row) + 1
            wide = any(place.right() > width - PAD_X for place, _chip in laid.chips)
            if tall or wide or _lost_text(cell.plain(), laid):
                found.append(cell.plain())
    return found


def _lost_text(plain: str, laid: object) -> bool:
    """Whether a painted line holds less than its text: the lines must cover every letter."""
    for layout in laid.lines:  # type: ignore[attr-defined]
        count = layout.lineCount()
        if not count:
            return bool(layout.text())
        last = layout.lineAt(count - 1)
        if last.textStart() + last.textLength() < len(layout.text().encode("utf-16-le")) // 2:
            return True
    return False
