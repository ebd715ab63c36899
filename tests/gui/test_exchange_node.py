"""The exchanges on a real node: a dose written twice, seen on every screen, settled by a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kit.core.clock import MINUTE, local_instant
from kit.core.quantity import Quantity
from kit.gui.shared.exchange import ExchangeScreen
from kit.gui.ward.board import BoardScreen
from kit.gui.ward.patient import PatientScreen
from kit.gui.window import MainWindow
from kit.ward.administration import AdministrationRecorded
from kit.ward.schedule import slot_key

from .ward_fixtures import turn
from .ward_kit import WARD, WardKit, open_window, texts_of

DUE = local_instant(2026, 11, 22, 7)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[WardKit]:
    """The ward's kit, which has learned that the dose of 07:00 was given a second time."""
    made = WardKit(tmp_path / "kit")
    made.append(
        AdministrationRecorded(
            patient="p4", prescription="r8", slot=slot_key("r8", DUE), due=DUE,
            at=DUE + 12 * MINUTE, generic="lévothyroxine", dose=Quantity("75", "ug"),
            by="M. Leroy",
        )
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def window(kit: WardKit, qtbot: QtBot, qapp: QApplication) -> MainWindow:
    made = open_window(kit, qtbot)
    turn(qapp)
    return made


def _exchanges(window: MainWindow) -> ExchangeScreen:
    shown = window.screen_now()
    assert isinstance(shown, ExchangeScreen)
    return shown


def test_one_key_leads_from_the_board_to_both_versions(
    window: MainWindow, qapp: QApplication
) -> None:
    """The chip on the row, then A: who, when, what each says, and what is in force meanwhile."""
    board = window.screen_now()
    assert isinstance(board, BoardScreen)
    place = board.model.place_of("p4")
    row = " ".join(str(board.model.index(place, column).data()) for column in range(6))
    assert "? 1 conflit" in row
    board.table.selectRow(place)
    board.table.setFocus()
    QTest.keyClick(board.table, Qt.Key.Key_A)
    turn(qapp)
    shown = texts_of(_exchanges(window).conflicts.view)
    for words in ("Double administration possible", "A. Petit", "M. Leroy", "07:06", "07:12",
                  "En vigueur entre-temps"):  # fmt: skip
        assert words in shown


def test_the_chart_says_it_on_the_banner_and_above_its_parts(
    window: MainWindow, qapp: QApplication
) -> None:
    window.go("ward.patient", "p4")
    turn(qapp)
    chart = window.screen_now()
    assert isinstance(chart, PatientScreen)
    assert "1 conflit à arbitrer" in window.banner.accessibleName()
    assert "1 conflit à arbitrer" in texts_of(chart.disputes)


def test_what_a_person_settles_is_settled_on_every_screen(
    window: MainWindow, kit: WardKit, qapp: QApplication
) -> None:
    """With a reason; both doses stay on record."""
    window.go("shared.exchange", "p4")
    turn(qapp)
    view = _exchanges(window).conflicts.view
    assert not view.verb.isEnabled()
    view.group.buttons()[-1].setChecked(True)
    view.reason.setText("vu avec les deux, deux comprimés donnés")
    view.verb.click()
    turn(qapp)
    assert kit.ask("conflict.list", ward=WARD) == []
    assert "Rien à arbitrer" in texts_of(_exchanges(window).conflicts)
    window.go("ward.patient", "p4")
    turn(qapp)
    assert "conflit" not in window.banner.accessibleName()


def test_a_kit_alone_says_that_it_has_met_nobody(window: MainWindow, qapp: QApplication) -> None:
    """From the real services; nothing is an error."""
    window.go("shared.exchange")
    turn(qapp)
    screen = _exchanges(window)
    assert str(screen.state) == "empty"
    assert "encore rencontré aucun autre" in texts_of(screen.kits.panel)
    screen.bar.setCurrentIndex(2)
    turn(qapp)
    assert "profession" in texts_of(screen.quarantine.panel)  # a nurse adopts nothing
