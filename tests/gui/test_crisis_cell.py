"""A real steering kit behind its real screens: what is written is read back, in the node's rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kit.gui.port import LoopNode
from kit.node.carried import carried
from kit.node.service import Node
from kit.store import vault
from kit.ward.directory import DirectoryListed
from kit.ward.place import Bed, WardDescribed
from tests.gui.crisis import table_text, words_of
from tests.gui.sample_ward import PIN, Clock, World
from tests.gui.ward_fixtures import Enter, turn


@pytest.fixture
def cell(tmp_path: Path) -> Iterator[World]:
    """A steering kit that knows two wards, a director and an IT officer."""
    clock = Clock()
    node = Node(tmp_path / "home", clock=clock, cost=vault.TEST_ONLY)
    port = LoopNode(node, clock)
    node.tell = port.push
    names = {"hospital": "CH de Valmont", "capsule": "steering", "label": "Cellule A"}
    made = _ok(node, "create", **names, world="TEST:cell", language="fr")
    _ok(node, "phrase.proven")
    people = {}
    for name, profession in (("Hélène Martin", "DIR"), ("Sami Roy", "SI")):
        ack = _ok(node, "enrol", name=name, profession=profession, pin=PIN)
        people[name] = ack["answer"]["person"]
    world = World(node, port, clock, list(made["words"]), people)
    world.record(
        (WardDescribed(ward="CARD", name="Cardiologie", beds=(Bed("201"), Bed("202"))), ""),
        (WardDescribed(ward="URG", name="Urgences", beds=(Bed("1"),)), ""),
        (DirectoryListed(entry="d1", name="Urgences", phone="4110", ward="URG"), ""),
    )
    yield world
    node.close()


def _ok(node: Node, service: str, **args: Any) -> Any:
    answer = node.handle({"id": 0, "call": service, "args": args})
    assert "ok" in answer, answer
    return answer["ok"]


def test_wards_that_nobody_has_heard_of_are_in_the_situation(enter: Enter, cell: World) -> None:
    screen: Any = enter("Hélène Martin", of=cell).window.screen_now()
    assert screen.key == "steering.situation"
    said = [table_text(screen.table, place) for place in range(screen.model.rowCount())]
    assert any("Urgences" in one and "Jamais entendu" in one and "4110" in one for one in said)
    assert screen.tools.order.isVisible()


def test_a_message_is_sent_and_stands_in_its_channel(
    enter: Enter, cell: World, qapp: QApplication
) -> None:
    reception = enter("Hélène Martin", of=cell)
    reception.window.go("shared.messages")
    screen: Any = reception.window.screen_now()
    screen.open_unit("URG")
    turn(qapp)
    assert screen.title.text() == "Service Urgences"
    screen.composer.text.setPlainText("Combien de brancards occupés ?")
    screen.composer.choose("urgent")
    screen.composer.ask.setChecked(True)
    screen.composer.question.setText("Nombre de brancards")
    QTest.keyClick(screen.composer.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    turn(qapp)
    said = table_text(screen.reading.list, 0)
    for words in ("Hélène Martin", "brancards occupés", "▲ Urgent", "écrit ici"):
        assert words in said
    assert "Urgences" in table_text(screen.details.table, 0)


def test_a_directive_is_given_replaced_and_only_the_last_is_in_force(
    enter: Enter, cell: World, qapp: QApplication
) -> None:
    reception = enter("Hélène Martin", of=cell)
    situation: Any = reception.window.screen_now()
    situation.new_entry()
    turn(qapp)
    sheet: Any = reception.window.work.sheet
    place = sheet.template.findData("no_power_on")
    sheet.template.setCurrentIndex(place)
    sheet.template.activated.emit(place)
    assert sheet.priority.currentData() == "flash"
    assert sheet.verb.text() == "Donner à 2 services"
    sheet.submit()
    turn(qapp)
    assert reception.window.work.sheet is None
    reception.window.go("shared.messages")
    screen: Any = reception.window.screen_now()
    screen.open_channel("directives")
    turn(qapp)
    assert "Ne rallumez rien" in table_text(screen.reading.orders, 0)
    assert "0/2 services" in table_text(screen.reading.orders, 0)
    screen.details.replace.click()
    turn(qapp)
    again: Any = reception.window.work.sheet
    again.text.setPlainText("Rallumez seulement le poste de soins.")
    again.submit()
    turn(qapp)
    rows = screen.reading.orders_model.rows()
    assert [row.text for row in rows] == ["Rallumez seulement le poste de soins."]
    assert "Ne rallumer aucun" in words_of(screen.details)


def test_a_directive_to_the_cell_stands_above_the_screens_of_whom_it_names(
    enter: Enter, cell: World, qapp: QApplication
) -> None:
    """The IT officer has it above every screen; taking note is on record and takes it away."""
    cell.call("sign_in", person=cell.people["Hélène Martin"], pin=PIN)
    cell.do("directive.issue", title="Liens", text="Couper le lien externe", to=["SI@CELL"])
    cell.call("lock")
    reception: Any = enter("Sami Roy", of=cell)
    card = reception._messages.card
    assert [claim.text for claim in card.claims] == ["Couper le lien externe"]
    card.ack.submit()
    turn(qapp)
    assert card.isHidden()
    (row,) = cell.ask("directive.list")
    assert row["acknowledged_by"] == "Sami Roy"


def test_a_directive_is_printed_to_be_carried_with_a_code_for_each_unit(
    enter: Enter, cell: World, qapp: QApplication
) -> None:
    """Ctrl+P on it: the sheet is ready, and its code comes back as an acknowledgement."""
    cell.call("sign_in", person=cell.people["Hélène Martin"], pin=PIN)
    ack = cell.do("directive.issue", title="Papier", text="Passage au papier", to=["*@*"])
    key = ack["answer"]["directive"]
    reception = enter("Hélène Martin", of=cell)
    reception.window.go("shared.messages")
    screen: Any = reception.window.screen_now()
    screen.open_channel("directives")
    turn(qapp)
    screen.details.carry.click()
    turn(qapp)
    printing: Any = reception.window.screen_now()
    assert printing.key == "shared.printing"
    assert printing._job["document"] == "MESS"
    assert printing._job["pages"] == 1
    lines, units = carried(cell.node.desk, {"directive": key}, cell.node.sitting.who)
    assert "Passage au papier" in [line.text for line in lines]
    assert {unit.unit for unit in units} == {"Cardiologie", "Urgences"}
    code = next(unit.code for unit in units if unit.unit == "Urgences")
    cell.do("directive.return_code", code=code, name="J. Petit")
    _lines, left = carried(cell.node.desk, {"directive": key}, cell.node.sitting.who)
    assert [unit.unit for unit in left] == ["Cardiologie"]
