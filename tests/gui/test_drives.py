"""A kit on a stick opens other drives for its work alone, and says when they may be pulled out."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kit.gui.first_run_import import ImportStep
from kit.gui.first_run_steps import Gathered
from kit.gui.port import LoopNode
from kit.gui.shared.courier import CourierPage
from kit.gui.shared.drive_access import DriveDialog
from kit.gui.shared.intake import IntakeScreen

from .conftest import FakeNode
from .sitting import Section
from .stick_rows import asked
from .test_exchange import screen_of
from .ward_fixtures import turn
from .ward_kit import texts_of

DRIVES = [
    {"device": "sdb", "model": "Kingston", "serial": "E0D55EA573F0", "bytes": 62_008_590_336,
     "label": "CLE", "kit": None},
    {"device": "sdc", "model": "SanDisk", "serial": "4C53", "bytes": 1,
     "kit": {"version": "", "slots": ["a"]}},
]  # fmt: skip


@pytest.fixture
def port(port: LoopNode, fake_node: FakeNode) -> LoopNode:
    port.on_stick = True
    fake_node.answers |= {
        "medium.drives": {"ok": {"drives": DRIVES}},
        "medium.import_mount": {"ok": {"path": "/run/kit/media/sdb1"}},
    }
    return port


def _courier(section: Section, way: str) -> CourierPage:
    screen = screen_of(section("shared.exchange"))
    screen.carry(way)
    return screen.courier


def test_entries_are_carried_on_a_drive_that_is_opened_for_it(
    section: Section, fake_node: FakeNode
) -> None:
    """Another kit's own stick is not offered, and there is no folder to type."""
    page = _courier(section, "out")
    assert [row.device for row in page.model.rows()] == ["sdb"]
    assert not page.path.isVisible()
    fake_node.answers["bundle.out"] = {"ok": {"entries": 3, "ejected": True}}
    page.begin()
    assert asked(fake_node, "bundle.out") == [{"device": "sdb"}]
    assert "peut être retirée" in texts_of(page.result)


@pytest.mark.parametrize("way", ["out", "in"])
def test_a_drive_that_is_still_in_use_must_not_be_pulled(
    section: Section, fake_node: FakeNode, way: str
) -> None:
    fake_node.answers[f"bundle.{way}"] = {"ok": {"ejected": False}}
    page = _courier(section, way)
    page.begin()
    shown = texts_of(page.result)
    assert "encore utilisée" in shown
    assert "peut être retirée" not in shown


def test_an_import_opens_a_drive_and_takes_it_off_afterwards(
    section: Section, fake_node: FakeNode, qapp: QApplication
) -> None:
    window = section("shared.intake")
    screen: Any = window.screen_now()
    assert isinstance(screen, IntakeScreen)
    screen.stick.click()
    dialog: Any = window.work.dialogs.dialog
    assert isinstance(dialog, DriveDialog)
    dialog.verb.click()
    assert asked(fake_node, "medium.import_mount") == [{"device": "sdb"}]
    assert screen.path.text() == "/run/kit/media/sdb1"
    screen.start.click()
    turn(qapp)
    assert asked(fake_node, "medium.eject") == [{"device": "sdb"}]
    assert "peut être retirée" in " ".join(texts_of(toast) for toast in window.work.toasts)


def test_a_drive_that_cannot_be_opened_says_why(section: Section, fake_node: FakeNode) -> None:
    text = "Le format de sdb n'est pas lisible ici. Rien n'a été changé."
    refused = {"refused": {"code": "KEY-035", "args": {"text": text}}}
    fake_node.answers["medium.import_mount"] = refused
    window = section("shared.intake")
    screen: Any = window.screen_now()
    screen.stick.click()
    dialog: Any = window.work.dialogs.dialog
    dialog.verb.click()
    assert "n'est pas lisible" in texts_of(screen.note)
    assert "medium.eject" not in fake_node.names()


def test_a_developer_machine_has_no_such_button(port: LoopNode, section: Section) -> None:
    port.on_stick = False
    screen: Any = section("shared.intake").screen_now()
    assert not screen.stick.isVisible()


def test_the_first_run_opens_a_drive_before_a_folder_is_chosen(
    port: LoopNode, fake_node: FakeNode, qtbot: QtBot, tmp_path: Any
) -> None:
    step = ImportStep(Gathered(port=port, facts={}, world="REEL"))
    qtbot.addWidget(step)
    assert not step.folder.isEnabled()
    step.open.click()
    assert asked(fake_node, "medium.import_mount") == [{"device": "sdb"}]
    assert step.folder.isEnabled()
    fake_node.answers["status"] = {"ok": {"patients": 3}}
    step.start(tmp_path)
    assert asked(fake_node, "medium.eject") == [{"device": "sdb"}]
    assert not step.folder.isEnabled()
