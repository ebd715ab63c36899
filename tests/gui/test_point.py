"""The point of a ward: told in a minute, beginning with what was told last; and rows that match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kit.core.receipt import ReceiptRow
from kit.core.urgency import flash_roles
from kit.gui.shared import message_rows
from kit.gui.steering import situation_row
from kit.gui.steering.point_sheet import ToldRow
from kit.messages.channel import ChannelRow
from kit.messages.message import AddresseeRow
from kit.messages.thread import MessageRow
from kit.steering.directive_list import ChainRow, DirectiveRow, TemplateRow
from kit.steering.needs import Mode, NeedsRow, need_codes
from kit.steering.situation import SituationRow, WardState
from tests.gui.sample_ward import WARD, World
from tests.gui.ward_fixtures import Enter, turn


def _sheet(reception: Any, app: QApplication) -> Any:
    board = reception.window.screen_now()
    QTest.keyClick(board.table, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    turn(app)
    return reception.window.work.sheet


def test_a_nurse_tells_mode_and_needs_from_the_board(
    enter: Enter, world: World, qapp: QApplication
) -> None:
    """One chord, choices, Ctrl+Enter; a real node records it."""
    reception = enter()
    sheet = _sheet(reception, qapp)
    assert "Rien n’a encore été dit" in sheet.last.text()
    sheet.modes["mixed"].click()
    sheet.needs["staff"].click()
    sheet.needs["paper"].click()
    sheet.counts["beds_blocked"].edit.setText("2")
    sheet.comment.setPlainText("Une infirmière manque cette nuit.")
    QTest.keyClick(sheet.comment, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    turn(qapp)
    assert reception.window.work.sheet is None
    (row,) = world.ask("needs.current", ward=WARD)
    assert row["mode"] == "mixed"
    assert set(row["needs"]) == {"staff", "paper"}
    assert row["beds_blocked"] == 2
    assert row["by"] == "Claire Dubois"


def test_the_sheet_begins_with_what_was_told_last(
    enter: Enter, world: World, qapp: QApplication
) -> None:
    reception = enter()
    world.do("needs.tell", ward=WARD, mode="paper", needs=["oxygen"], comment="Bouteilles", staff=3)
    sheet = _sheet(reception, qapp)
    assert sheet.modes["paper"].isChecked()
    assert sheet.needs["oxygen"].isChecked()
    assert sheet.comment.toPlainText() == "Bouteilles"
    assert sheet.counts["staff"].edit.text() == "3"
    assert sheet.counts["beds_blocked"].edit.text() == ""
    assert "Claire Dubois" in sheet.last.text()


def test_a_count_that_is_no_number_is_not_sent(
    enter: Enter, world: World, qapp: QApplication
) -> None:
    reception = enter()
    sheet = _sheet(reception, qapp)
    sheet.counts["staff"].edit.setText("trois")
    sheet.submit()
    turn(qapp)
    assert reception.window.work.sheet is sheet
    assert world.ask("needs.current", ward=WARD)[0]["at"] == 0


def test_what_is_half_filled_is_found_again(enter: Enter, world: World, qapp: QApplication) -> None:
    reception = enter()
    sheet = _sheet(reception, qapp)
    sheet.needs["transport"].click()
    sheet.close_sheet()
    turn(qapp)
    again = _sheet(reception, qapp)
    assert again.needs["transport"].isChecked()


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_nothing_is_cut_or_nameless(
    enter: Enter,
    qapp: QApplication,
    clipped: Callable[[QWidget], list[str]],
    unlabelled: Callable[[QWidget], list[str]],
    size: tuple[int, int],
) -> None:
    reception = enter(size=size)
    sheet = _sheet(reception, qapp)
    assert clipped(sheet) == []
    assert unlabelled(sheet) == []


def test_the_sheet_offers_what_the_node_takes() -> None:
    """Every mode and need of the room has its word here, and none that it would refuse."""
    assert set(situation_row.NEEDS) == set(need_codes())
    assert set(situation_row.MODES) == set(Mode)
    words = [situation_row.need_word(code) for code in situation_row.NEEDS]
    assert set(words) & set(situation_row.NEEDS) <= {"transport"}
    states = [situation_row.state_word(state) for state in WardState]
    assert not set(states) & set(WardState)


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (situation_row.SituationRow, SituationRow),
        (message_rows.ChannelRow, ChannelRow),
        (message_rows.MessageRow, MessageRow),
        (message_rows.DirectiveRow, DirectiveRow),
        (message_rows.LinkRow, ChainRow),
        (message_rows.ReceiptRow, ReceiptRow),
        (message_rows.TemplateRow, TemplateRow),
        (message_rows.AddresseeRow, AddresseeRow),
        (ToldRow, NeedsRow),
    ],
)
def test_a_screen_reads_no_field_that_the_node_does_not_tell(shown: Any, told: Any) -> None:
    """A name that differs would read as its default, for ever: never as a fault."""
    assert set(shown.__struct_fields__) <= set(told.__struct_fields__)


def test_who_may_send_flash_is_told_to_the_screen(world: World) -> None:
    world.call("sign_in", person=world.people["Sami Roy"], pin="2580")
    assert "message.flash" in world.call("rights")
    assert "SI" in flash_roles()
    world.call("sign_in", person=world.people["Claire Dubois"], pin="2580")
    rights = world.call("rights")
    assert "message.flash" not in rights
    assert "tell_needs" in rights
    assert "broadcast_order" not in rights
    world.call("lock")
    assert world.call("rights") == []
