"""Who opens what, and with whom: the second person, break-glass, co-signing, votes, envelope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import MINUTE
from kit.gui.app import present
from kit.gui.port import LoopNode
from kit.gui.screen import Person, of_capsule
from kit.gui.shared.access_rows import ActRow, who_lines
from kit.gui.shared.access_sheet import AccessSheet
from kit.gui.shared.authority_sheets import EndorseSheet, VoteSheet
from kit.gui.shared.drive_access import DriveDialog
from kit.gui.shared.envelope_sheet import PrintEnvelopeSheet, UseEnvelopeSheet
from kit.gui.shared.exchange import ACCESS, ExchangeScreen
from kit.gui.shared.second import SecondPerson
from kit.gui.ward.access_card import AccessCard
from kit.gui.window import MainWindow

from .conftest import NOW, FakeNode
from .ward_fixtures import turn
from .ward_kit import dialog_of, sheet_of, texts_of

KEY = "0b" * 32
TWO = {"needed": True, "alone": True,
       "persons": [{"person": "b", "name": "Bob ROUX", "profession": "DIR"},
                   {"person": "c", "name": "Cléo PETIT", "profession": "ADM"}]}  # fmt: skip
WRONG = {"refused": {"code": "session.wrong_pin", "args": {"left": 4}}}
WORDS = "un deux trois quatre cinq six sept huit"


def act(**facts: Any) -> dict[str, Any]:
    """A row of `fleet.journal`."""
    row = {
        "entry": 1, "at": NOW - 3 * MINUTE, "kind": "access.opened", "label": "Urgences 1",
        "key": KEY, "role": "", "wards": [], "ward": "CARD", "ward_name": "Cardiologie",
        "reason": "service évacué", "persons": ["Dr Un", "Dr Deux"], "by": "Dr Un",
        "kit": "Cardiologie 1", "second": "Dr Deux", "alone": "", "by_root": False, "read_by": [],
    }  # fmt: skip
    return row | facts


def device(label: str, role: str = "ward", **facts: Any) -> dict[str, Any]:
    """A row of `fleet.devices`."""
    key = (label.encode() * 64)[:32].hex()
    row = {
        "device": key[:16], "key": key, "label": label, "role": role, "wards": ["URG"],
        "state": "member", "own": False, "opened": [], "by": ["Pilotage 1"],
    }  # fmt: skip
    return row | facts


def facts(**more: Any) -> dict[str, Any]:
    """What `access.facts` says of a steering kit."""
    said = {
        "steers": True, "ward": "", "role": "steering", "label": "Pilotage 2",
        "wards": [{"ward": "CARD", "name": "Cardiologie"}, {"ward": "URG", "name": "Urgences"}],
        "steering_heard": True, "steering": ["Pilotage 1", "Pilotage 2"], "has_root": False,
    }  # fmt: skip
    return said | more


@pytest.fixture
def told(fake_node: FakeNode) -> FakeNode:
    """A steering kit whose person may do all of it."""
    rights = ["open_ward", "endorse_kit", "name_interim", "use_envelope", "pair_kit", "revoke_kit"]
    devices = [
        device("Pilotage 2", "steering", wards=[], own=True), device("Urgences 1"),
        device("Pilotage 3", "steering", wards=[], state="pending"),
        device("Cardiologie 1", wards=["CARD"]),
    ]  # fmt: skip
    fake_node.answers |= {
        "rights": {"ok": rights}, "fleet.journal": {"ok": [act()]},
        "access.facts": {"ok": facts()}, "fleet.devices": {"ok": devices},
        "second.list": {"ok": {"needed": False, "alone": False, "persons": []}},
        "peers": {"ok": []}, "status": {"ok": {"now_ms": NOW}},
    }  # fmt: skip
    return fake_node


@pytest.fixture
def window(told: FakeNode, port: LoopNode, qtbot: QtBot, qapp: QApplication) -> MainWindow:
    made = MainWindow(port)
    qtbot.addWidget(made)
    made.resize(1366, 768)
    made.enter(Person("p1", "Ana", "DIR"), "CARD", present(of_capsule("steering")))
    made.show()
    made.go("shared.exchange")
    turn(qapp)
    screen = made.screen_now()
    assert isinstance(screen, ExchangeScreen)
    screen.rest()
    screen.bar.setCurrentIndex(ACCESS)
    turn(qapp)
    return made


def screen_of(window: MainWindow) -> ExchangeScreen:
    screen = window.screen_now()
    assert isinstance(screen, ExchangeScreen)
    return screen


def press(root: QWidget, text: str) -> None:
    next(b for b in root.findChildren(QPushButton) if b.isVisible() and b.text() == text).click()


def asked(node: FakeNode, name: str) -> list[dict[str, Any]]:
    """Messages of this name."""
    return [m for m in node.heard if name in (m.get("do"), m.get("call"), m.get("ask"))]


# -- the second person ----------------------------------------------------------------------------


@pytest.fixture
def second(port: LoopNode, qtbot: QtBot) -> SecondPerson:
    made = SecondPerson("revoke_kit")
    qtbot.addWidget(made)
    return made


def test_an_act_of_one_person_asks_nothing(second: SecondPerson) -> None:
    """And until the node has said so, nothing goes."""
    assert second.value() is None
    second.show_asked({"needed": False})
    assert (second.value(), second.isHidden()) == ({}, True)


def test_a_person_and_their_pin_go_along(second: SecondPerson) -> None:
    """Nobody is chosen by default where there are several; the PIN is never in sight."""
    second.show_asked(TWO)
    assert second.value() is None
    second.pin.setText("1357")
    assert second.value() is None
    second.who.setCurrentIndex(second.who.findData("b"))
    assert second.value() == {"person": "b", "pin": "1357"}
    assert second.pin.echoMode() is QLineEdit.EchoMode.Password
    second.clear_pin()
    assert second.value() is None


def test_a_reason_stands_in_where_nobody_else_is_there(second: SecondPerson) -> None:
    """A reason in words, said to be shown."""
    second.show_asked(TWO)
    second.show()
    second.alone.setChecked(True)
    assert second.value() is None
    assert "journal de la flotte" in texts_of(second)
    second.reason.setText("astreinte de nuit")
    assert second.value() == {"alone": "astreinte de nuit"}


def test_where_no_reason_will_do_none_is_offered(second: SecondPerson) -> None:
    """Two seniors, or nothing."""
    second.show_asked({**TWO, "alone": False})
    second.show()
    assert not second.alone.isVisible()


# -- break-glass ----------------------------------------------------------------------------------


def test_an_access_is_opened_with_ward_kit_and_reason(
    window: MainWindow, told: FakeNode, qapp: QApplication
) -> None:
    """Only kits that do not have the ward are offered; the reason is required."""
    press(screen_of(window).access, "Ouvrir un accès…")
    turn(qapp)
    sheet = sheet_of(window)
    assert isinstance(sheet, AccessSheet)
    offered = [sheet.kit.itemText(i) for i in range(sheet.kit.count())]
    assert any("Urgences 1" in text for text in offered)
    assert not any("Cardiologie 1" in text or "Pilotage" in text for text in offered)
    sheet.kit.setCurrentIndex(1)
    assert not sheet.verb.isEnabled()
    sheet.reason.setText("service évacué")
    assert sheet.verb.isEnabled()
    sheet.submit()
    turn(qapp)
    (message,) = asked(told, "access.open")
    assert message["args"]["ward"] == "CARD"
    assert message["args"]["reason"] == "service évacué"
    assert "second" not in message
    assert sheet_of(window) is None


def test_a_wrong_pin_is_said_in_the_sheet_and_nothing_typed_is_lost(
    window: MainWindow, told: FakeNode, qapp: QApplication
) -> None:
    told.answers |= {
        "second.list": {"ok": {**TWO, "alone": False}}, "access.open": WRONG,
        "access.facts": {"ok": facts(steers=False, role="ward", ward="CARD")},
    }  # fmt: skip
    press(screen_of(window).access, "Ouvrir un accès…")
    turn(qapp)
    sheet = sheet_of(window)
    sheet.kit.setCurrentIndex(1)
    sheet.reason.setText("service évacué")
    assert not sheet.verb.isEnabled(), "a second senior is needed here"
    sheet.second.who.setCurrentIndex(1)
    sheet.second.pin.setText("0000")
    sheet.submit()
    turn(qapp)
    (message,) = asked(told, "access.open")
    assert message["second"] == {"person": "b", "pin": "0000"}
    assert "code" in texts_of(sheet.note).lower()
    assert (sheet.reason.text(), sheet.second.pin.text()) == ("service évacué", "")


def test_the_journal_says_who_with_whom_where_and_why(window: MainWindow) -> None:
    page = screen_of(window).access
    row = page.model.rows()[0]
    cells = " | ".join(
        str(page.model.index(0, column).data()) for column in range(len(page.model.columns))
    )
    for words in ("Service Cardiologie ouvert à Urgences 1", "Dr Un, Dr Deux", "sur Cardiologie 1",
                  "service évacué", "pas encore lu par le service"):  # fmt: skip
        assert words in cells
    assert row.kind == "access.opened"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"alone": "astreinte de nuit", "second": ""}, "seul(e) : astreinte de nuit"),
        ({"alone": "command_line", "second": ""}, "seul(e), en ligne de commande"),
        ({"by_root": True}, "avec l’enveloppe racine"),
    ],
)
def test_whoever_acted_alone_is_seen_to_have(more: dict[str, Any], words: str) -> None:
    """No act of one person looks like an act of two."""
    row = ActRow(**act(kind="device.revoked", persons=(), **more))
    said = [line.replace("\u00a0", " ") for line, _tone in who_lines(row)]
    assert words in said


def test_the_ward_is_told_and_says_that_it_knows(
    window: MainWindow, told: FakeNode, qtbot: QtBot, qapp: QApplication
) -> None:
    """On its board, until somebody has read it."""
    card = AccessCard()
    qtbot.addWidget(card)
    screen = screen_of(window)
    assert screen.context is not None
    card.load(screen.context)
    turn(qapp)
    assert "ouverts au kit « Urgences 1 »" in texts_of(card).replace("\u00a0", " ")
    assert "service évacué" in texts_of(card)
    told.answers["fleet.journal"] = {"ok": []}
    press(card, "J’ai pris connaissance")
    turn(qapp)
    assert asked(told, "access.acknowledge")[0]["args"] == {"entry": 1}
    assert card.isHidden()


# -- second keys, votes ---------------------------------------------------------------------------


def test_a_steering_kit_is_co_signed_after_its_number_was_compared(
    window: MainWindow, told: FakeNode, qapp: QApplication
) -> None:
    press(screen_of(window).access, "Co-signer…")
    turn(qapp)
    sheet = sheet_of(window)
    assert isinstance(sheet, EndorseSheet)
    assert "5069 6C6F 7461 6765" in texts_of(sheet)
    assert not sheet.verb.isEnabled()
    sheet.same.setChecked(True)
    sheet.submit()
    turn(qapp)
    assert asked(told, "device.endorse")[0]["args"]["device"].startswith("50696c6f74616765")
    assert sheet_of(window) is None


def test_the_kit_that_proposed_does_not_co_sign_itself(
    window: MainWindow, told: FakeNode, qapp: QApplication
) -> None:
    devices = told.answers["fleet.devices"]["ok"]
    devices[2] = {**devices[2], "by": ["Pilotage 2"]}
    screen_of(window).access.ask()
    turn(qapp)
    assert screen_of(window).access.pending() == []
    assert not screen_of(window).access.sign_card.isVisible()


def test_a_vote_is_offered_where_no_steering_kit_is_heard(
    window: MainWindow, told: FakeNode, qapp: QApplication
) -> None:
    """On a ward kit; with the steering kits that there were, and a reason."""
    page = screen_of(window).access
    assert not page.vote_card.isVisible()
    told.answers["access.facts"] = {"ok": facts(steers=False, role="ward", steering_heard=False)}
    page.ask()
    turn(qapp)
    press(page, "Voter…")
    turn(qapp)
    sheet = sheet_of(window)
    assert isinstance(sheet, VoteSheet)
    assert "Pilotage 1, Pilotage 2" in texts_of(sheet)
    sheet.kit.setCurrentIndex(1)
    assert not sheet.verb.isEnabled()
    sheet.reason.setText("salle de crise détruite")
    sheet.submit()
    turn(qapp)
    (message,) = asked(told, "fleet.vote")
    assert message["args"]["reason"] == "salle de crise détruite"


# -- the envelope ---------------------------------------------------------------------------------


def test_the_envelope_is_printed_then_proven(
    window: MainWindow, told: FakeNode, qapp: QApplication
) -> None:
    """Eight words typed back from the sheet; wrong ones leave all as it was."""
    told.answers |= {
        "access.facts": {"ok": facts(has_root=True)},
        "print.printers": {"ok": [{"name": "bureau"}]},
        "envelope.print": {"ok": {"fleet": "AAAA"}},
        "envelope.prove": {"fault": {"code": "SYN-115", "args": {"text": "Ces mots non"}}},
    }  # fmt: skip
    page = screen_of(window).access
    page.ask()
    turn(qapp)
    press(page, "Imprimer l’enveloppe…")
    turn(qapp)
    sheet = sheet_of(window)
    assert isinstance(sheet, PrintEnvelopeSheet)
    assert not sheet.words.isVisible()
    sheet.submit()
    turn(qapp)
    assert asked(told, "envelope.print")[0]["args"] == {"printer": "bureau"}
    assert sheet.words.isVisible()
    sheet.words.setText("un deux")
    assert not sheet.verb.isEnabled()
    sheet.words.setText(WORDS)
    sheet.submit()
    turn(qapp)
    assert "Ces mots" in texts_of(sheet.note)
    told.answers["envelope.prove"] = {"ok": {"forgotten": True}}
    sheet.submit()
    turn(qapp)
    assert sheet_of(window) is None
    kept = [m for m in told.heard if m.get("call") == "draft.save"]
    assert not any("deux" in str(message) for message in kept), "words are no draft"


@pytest.mark.req("HZ-272")
@pytest.mark.parametrize(
    ("ejected", "words"), [(True, "peut être retirée"), (False, "encore utilisée")]
)
def test_on_a_stick_the_envelope_is_saved_on_a_drive(
    window: MainWindow,
    told: FakeNode,
    port: LoopNode,
    qapp: QApplication,
    ejected: bool,
    words: str,
) -> None:
    """No folder is asked for; it is said whether the drive may be pulled; then the words."""
    port.on_stick = True
    drive = {"device": "sdb", "model": "Clé", "serial": "USB42", "bytes": 8_000_000_000}
    saved = {"path": "enveloppe-racine.pdf", "ejected": ejected}
    told.answers |= {
        "access.facts": {"ok": facts(has_root=True)},
        "medium.drives": {"ok": {"drives": [drive]}},
        "envelope.print": {"ok": saved},
    }  # fmt: skip
    page = screen_of(window).access
    page.ask()
    turn(qapp)
    press(page, "Imprimer l’enveloppe…")
    turn(qapp)
    sheet: Any = sheet_of(window)
    sheet.save.click()
    dialog: Any = window.work.dialogs.dialog
    assert isinstance(dialog, DriveDialog)
    dialog.verb.click()
    turn(qapp)
    args = {"device": "sdb", "name": "enveloppe-racine.pdf"}
    assert asked(told, "envelope.print")[0]["args"] == args
    assert words in " ".join(texts_of(toast) for toast in window.work.toasts)
    assert sheet.words.isVisible()


def test_the_envelope_takes_over(window: MainWindow, told: FakeNode, qapp: QApplication) -> None:
    """Symbol read from a picture, words typed, the verb says what it does."""
    told.answers |= {
        "envelope.read": {"ok": {"symbol": "KITR1:ABC"}},
        "fleet.by_root": {"ok": {"label": "Cardiologie 1", "role": "steering"}},
    }  # fmt: skip
    press(screen_of(window).access, "Utiliser l’enveloppe…")
    turn(qapp)
    sheet = sheet_of(window)
    assert isinstance(sheet, UseEnvelopeSheet)
    assert sheet.verb.text() == "Prendre le pilotage"
    assert not sheet.reason.isVisible()
    sheet.read("/tmp/photo.jpg")  # noqa: S108  (nothing is written)
    turn(qapp)
    assert sheet.symbol.text() == "KITR1:ABC"
    sheet.words.setText(WORDS)
    sheet.submit()
    turn(qapp)
    assert asked(told, "fleet.by_root")[0]["args"] == {"symbol": "KITR1:ABC", "words": WORDS}
    assert sheet_of(window) is None


def test_the_envelope_puts_a_kit_out_with_a_reason(
    window: MainWindow, told: FakeNode, qapp: QApplication
) -> None:
    press(screen_of(window).access, "Utiliser l’enveloppe…")
    turn(qapp)
    sheet = sheet_of(window)
    sheet.revoke.setChecked(True)
    sheet.symbol.setText("KITR1:ABC")
    sheet.words.setText(WORDS)
    assert sheet.reason.isVisible()
    assert not sheet.verb.isEnabled()
    sheet.kit.setCurrentIndex(1)
    sheet.reason.setText("volé")
    assert sheet.verb.isEnabled()
    sheet.submit()
    turn(qapp)
    args = asked(told, "fleet.by_root")[0]["args"]
    assert args["reason"] == "volé"
    assert args["revoke"]


# -- taking in and putting out --------------------------------------------------------------------


def test_revoking_asks_for_a_second_person_and_asks_again_where_the_pin_was_wrong(
    window: MainWindow, told: FakeNode, qapp: QApplication
) -> None:
    """The reason that was typed is still there."""
    told.answers |= {
        "second.list": {"ok": TWO}, "device.revoke": WRONG,
        "peers": {"ok": [{"device": "ab" * 8, "label": "Urgences 1", "role": "ward",
                          "wards": ["URG"], "state": "known"}]},
    }  # fmt: skip
    screen = screen_of(window)
    screen.bar.setCurrentIndex(0)
    screen.beat()
    screen.beat()
    turn(qapp)
    screen.ask_revoke()
    turn(qapp)
    dialog = dialog_of(window)
    dialog.edit.setText("volé")
    assert not dialog.verb.isEnabled()
    dialog.second.who.setCurrentIndex(1)
    dialog.second.pin.setText("0000")
    dialog.verb.click()
    turn(qapp)
    again = dialog_of(window)
    assert again.edit.text() == "volé"
    assert again.second.pin.text() == ""
    told.answers["device.revoke"] = {"ok": {"entries": [1]}}
    again.second.alone.setChecked(True)
    again.second.reason.setText("astreinte")
    again.verb.click()
    turn(qapp)
    assert asked(told, "device.revoke")[-1]["second"] == {"alone": "astreinte"}


def test_pairing_asks_for_a_second_person(
    window: MainWindow, told: FakeNode, qapp: QApplication
) -> None:
    """Before the door is opened."""
    told.answers |= {"second.list": {"ok": TWO}, "pairing.state": {"ok": {"phase": "idle"}}}
    screen = screen_of(window)
    screen.new_entry()
    turn(qapp)
    choose = screen.pairing.choose
    choose.label.setText("Néphro 1")
    choose.wards.setText("NEPH")
    assert not choose.host.isEnabled()
    choose.second.who.setCurrentIndex(2)
    choose.second.pin.setText("1357")
    assert choose.host.isEnabled()
    choose.host.click()
    turn(qapp)
    (message,) = asked(told, "pairing.host")
    assert message["second"] == {"person": "c", "pin": "1357"}
    assert choose.second.pin.text() == ""


@pytest.mark.parametrize("capsule", ["steering", "ward"])
def test_nothing_is_offered_that_would_be_refused(
    window: MainWindow, told: FakeNode, qapp: QApplication, capsule: str
) -> None:
    """A person without the rights reads the journal, and no more."""
    told.answers["rights"] = {"ok": ["read_figures"]}
    screen = screen_of(window)
    assert screen.context is not None
    screen.access.load(screen.context)
    turn(qapp)
    cards = (screen.access.open_card, screen.access.sign_card, screen.access.vote_card,
             screen.access.root_card)  # fmt: skip
    assert not any(card.isVisible() for card in cards)
    assert screen.access.model.rowCount() == 1


def test_every_control_has_a_name(
    window: MainWindow, qapp: QApplication, unlabelled: Callable[[QWidget], list[str]]
) -> None:
    page = screen_of(window).access
    for run in (page.open_access, page.use_envelope, page.print_envelope, page.vote,
                lambda: page.endorse(page.devices[2])):  # fmt: skip
        run()
        turn(qapp)
        assert unlabelled(window) == []
        window.close_sheet()
