"""Networks on the stick's screen: what is connected, Wi-Fi, a cell, an account; scripted node."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from kit.gui.shared import stick_network_rows as rows
from kit.gui.shared.qr import QrCode
from kit.gui.shared.stick import KEY, StickScreen
from kit.gui.shared.stick_network import StickNetwork
from kit.gui.shared.stick_network_rows import networks_of, summary
from kit.gui.tone import Tone
from kit.gui.window import MainWindow

from .conftest import FakeNode
from .sitting import Section
from .stick_rows import asked, medium
from .ward_kit import texts_of

CABLE = {"device": "eth0", "kind": "wired", "state": "off"}
WIFI = {"device": "wlan0", "kind": "wifi", "state": "idle", "makes_cells": True}
CELLS: list[dict[str, Any]] = [
    {"ssid": "4348", "name": "CH", "signal": 80, "asks": "personal"},
    {"ssid": "4348", "name": "CH", "signal": 70, "asks": "open"},
    {"ssid": "4d", "name": "M", "signal": 40, "asks": "personal", "known": True},
    {"ssid": "5a", "name": "Z", "signal": 9, "asks": "account"},
]
SAID: dict[str, Any] = {"cards": [CABLE, WIFI], "cells": CELLS, "known": [CELLS[2]]}
CELL = {"ssid": "KIT-RTXB", "secret": "tifu-redi-kuse", "running": True, "qr_rows": ["10", "01"]}
SECRET = "Garde de nuit"
WRONG = {"code": "KEY-069", "args": {"text": "« CH » n’a pas accepté ce mot de passe. Rien."}}


@pytest.fixture
def window(section: Section, fake_node: FakeNode) -> MainWindow:
    fake_node.answers |= {"medium.status": {"ok": medium()}, "medium.networks": {"ok": SAID}}
    return section(KEY)


@pytest.fixture
def part(window: MainWindow) -> StickNetwork:
    """The part about networks, loaded."""
    shown = window.screen_now()
    assert isinstance(shown, StickScreen)
    shown.bar.setCurrentIndex(shown.parts.index(shown.network))
    return shown.network


def dialog_of(window: MainWindow) -> Any:
    """The question that is asked."""
    return window.work.dialogs.dialog


def said_now(part: StickNetwork, **facts: Any) -> str:
    """What stands there when the node says this."""
    part.show_networks(SAID | facts)
    return texts_of(part).replace("\u00a0", " ")


# -- what is connected ----------------------------------------------------------------------------


@pytest.mark.req("HZ-281")
@pytest.mark.parametrize(
    ("card", "words", "tone"),
    [
        ({"kind": "wired", "state": "joined", "address": "given"}, "a donné une adresse",
         Tone.NORMAL),
        ({"kind": "wired", "state": "joined", "address": "own"},
         "seuls les kits du même câble", Tone.WARNING),
        ({"kind": "wifi", "state": "joined", "address": "own", "network": "CH"},
         "Relié au Wi-Fi « CH », mais il ne donne pas d’adresse", Tone.WARNING),
        ({"kind": "wifi", "state": "joining", "network": "CH"}, "Connexion en cours : CH",
         Tone.MUTED),
        ({"kind": "wired", "state": "idle"}, "Le kit travaille seul", Tone.WARNING),
        ({"kind": "wifi", "state": "joined", "own_cell": True}, "Le kit travaille seul",
         Tone.WARNING),
    ],
)  # fmt: skip
def test_one_sentence_says_what_this_kit_is_connected_to(
    card: dict[str, Any], words: str, tone: Tone
) -> None:
    """Joined is not yet reached, and is not said as if it were."""
    (line,) = summary(networks_of({"cards": [{"device": "x", **card}]}))
    assert words in line[0].replace("\u00a0", " ")
    assert line[1] is tone


def test_what_is_not_kept_is_said(part: StickNetwork) -> None:
    """In memory, or where the folder could not be laid over."""
    assert "perdu à l’arrêt" in said_now(part, kept=False)
    assert "perdu à l’arrêt" not in said_now(part)


@pytest.mark.parametrize(
    ("cards", "words"),
    [
        ([CABLE], "n’a pas de carte Wi-Fi"),
        ([{**WIFI, "state": "off"}], "La carte Wi-Fi est éteinte"),
        ([WIFI], "Aucun réseau Wi-Fi à portée"),
    ],
)
def test_an_empty_list_says_why(part: StickNetwork, cards: list[Any], words: str) -> None:
    """No card, one that is off, nothing on the air: three different things to do."""
    assert words in said_now(part, cards=cards, cells=[], known=[])
    assert not part.join.isEnabled()


def test_while_it_searches_it_says_so(part: StickNetwork) -> None:
    """The list before stays."""
    part.context = None
    part.ask()
    assert "Recherche des réseaux" in texts_of(part)
    assert part.model.rowCount() == len(CELLS)


@pytest.mark.req("HZ-280")
def test_a_namesake_without_a_lock_stands_apart(part: StickNetwork) -> None:
    """In words, and in the tone of a warning."""
    found = [rows.lock_words(row) for row in part.networks.listed if row.name == "CH"]
    assert [words for words, _tone in found] == ["mot de passe", "ouvert, sans mot de passe"]
    assert found[1][1] is Tone.WARNING


def test_what_is_known_and_far_is_listed_to_be_forgotten(
    part: StickNetwork, fake_node: FakeNode
) -> None:
    """Its password can be taken from the stick anywhere."""
    part.show_networks(SAID | {"cells": []})
    assert part.model.rowCount() == 1
    assert not part.join.isEnabled()
    fake_node.answers["medium.wifi_forget"] = {"ok": {"forgotten": True}}
    QTest.keyClick(part.forget, Qt.Key.Key_Return)
    assert asked(fake_node, "medium.wifi_forget") == [{"ssid": "4d"}]
    assert "« M » est oublié" in texts_of(part).replace("\u00a0", " ")


# -- joining --------------------------------------------------------------------------------------


@pytest.mark.req("HZ-287")
def test_a_password_is_typed_hidden_shown_on_demand_and_sent_once(
    window: MainWindow, part: StickNetwork, fake_node: FakeNode
) -> None:
    """With the keyboard alone; the field is empty afterwards."""
    fake_node.answers["medium.wifi_join"] = {"ok": {"joined": "4348", "kept": True}}
    part.table.selectRow(0)
    QTest.keyClick(part.table, Qt.Key.Key_Return)
    dialog = dialog_of(window)
    assert dialog.edit.echoMode() is QLineEdit.EchoMode.Password
    assert not dialog.verb.isEnabled()
    dialog.secret.eye.click()
    assert dialog.edit.echoMode() is QLineEdit.EchoMode.Normal
    QTest.keyClicks(dialog.edit, SECRET)
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    assert asked(fake_node, "medium.wifi_join") == [{"ssid": "4348", "secret": SECRET}]
    assert dialog.edit.text() == ""
    assert part.table.hasFocus()
    assert "« CH » est rejoint" in texts_of(part).replace("\u00a0", " ")


def test_a_wrong_password_is_said_and_asked_again(
    window: MainWindow, part: StickNetwork, fake_node: FakeNode
) -> None:
    """Of a known network too: its password may have been changed."""
    fake_node.answers["medium.wifi_join"] = {"refused": WRONG}
    part.table.selectRow(2)
    part.ask_join()
    assert asked(fake_node, "medium.wifi_join") == [{"ssid": "4d"}]
    assert "n’a pas accepté" in texts_of(part.job.note)
    part.show_networks(SAID)
    assert part.job.note.isVisible()
    part.ask_join()
    assert dialog_of(window).edit is not None


@pytest.mark.req("HZ-280")
def test_a_network_without_a_password_is_joined_after_a_warning(
    window: MainWindow, part: StickNetwork, fake_node: FakeNode
) -> None:
    """Anybody can set one up under this name."""
    part.table.selectRow(1)
    part.ask_join()
    assert "n’importe qui" in texts_of(dialog_of(window))
    assert asked(fake_node, "medium.wifi_join") == []
    dialog_of(window).decide(yes=True)
    assert asked(fake_node, "medium.wifi_join") == [{"ssid": "4348"}]


def test_what_this_kit_cannot_join_has_no_verb(part: StickNetwork) -> None:
    """A personal account is not asked for."""
    part.table.selectRow(3)
    assert not part.join.isEnabled()
    part.ask_join()
    assert part.job.running is False


def test_a_hidden_name_is_typed(
    window: MainWindow, part: StickNetwork, fake_node: FakeNode
) -> None:
    """As bytes to the node."""
    part.ask_hidden()
    dialog = dialog_of(window)
    dialog.name.setText("Caché")
    assert not dialog.verb.isEnabled()
    dialog.edit.setText(SECRET)
    dialog.decide(yes=True)
    assert asked(fake_node, "medium.wifi_join") == [
        {"ssid": "Caché".encode().hex(), "secret": SECRET}
    ]


@given(st.text(max_size=80))
def test_what_is_typed_as_a_name_or_a_password_fits_or_waits(text: str) -> None:
    """No more than the node takes."""
    name = rows.hex_of(text)
    assert len(name) <= 64
    assert bytes.fromhex(name).decode() == (text.strip() if name else "")
    assert rows.is_secret(text) is (8 <= len(text.encode()) <= 63)


def test_a_fault_of_the_service_is_said_and_goes_when_it_is_over(
    part: StickNetwork, fake_node: FakeNode
) -> None:
    """The list before stays meanwhile."""
    down = {"code": "KEY-065", "args": {"text": "Le service réseau ne répond pas. Rien."}}
    fake_node.answers["medium.networks"] = {"refused": down}
    QTest.keyClick(part.again, Qt.Key.Key_Return)
    assert "ne répond pas" in texts_of(part.job.note)
    assert part.model.rowCount() == len(CELLS)
    fake_node.answers["medium.networks"] = {"ok": SAID}
    QTest.keyClick(part.again, Qt.Key.Key_Return)
    assert not part.job.note.isVisible()


# -- the cell -------------------------------------------------------------------------------------


def test_a_cell_is_opened_and_shows_what_others_need(
    part: StickNetwork, fake_node: FakeNode
) -> None:
    """Name, password, code, above the list; and that it comes back."""
    fake_node.answers["medium.cell_open"] = {"ok": CELL}
    fake_node.answers["medium.networks"] = {"ok": SAID | {"cell": CELL}}
    QTest.keyClick(part.open_cell, Qt.Key.Key_Return)
    shown = texts_of(part)
    assert "KIT-RTXB" in shown
    assert "tifu-redi-kuse" in shown
    assert part.cell.findChildren(QrCode)[-1].isVisible()
    assert part.cell.mapToGlobal(part.cell.rect().topLeft()).y() < (
        part.again.mapToGlobal(part.again.rect().topLeft()).y()
    )
    assert not part.open_cell.isVisible()


@pytest.mark.req("HZ-285")
def test_opening_a_cell_says_which_network_is_left(
    window: MainWindow, part: StickNetwork, fake_node: FakeNode
) -> None:
    """A card does one thing at a time."""
    part.show_networks(SAID | {"cards": [{**WIFI, "state": "joined", "network": "CH"}]})
    part.ask_cell()
    assert "« CH » sera quitté" in texts_of(dialog_of(window)).replace("\u00a0", " ")
    assert asked(fake_node, "medium.cell_open") == []
    dialog_of(window).decide(yes=True)
    assert asked(fake_node, "medium.cell_open") == [{}]


@pytest.mark.req("HZ-285")
def test_closing_a_cell_says_who_is_cut_off(
    window: MainWindow, part: StickNetwork, fake_node: FakeNode
) -> None:
    """Nothing happens before the yes."""
    part.show_networks(SAID | {"cell": CELL})
    QTest.keyClick(part.close_cell, Qt.Key.Key_Return)
    assert "sont coupés de celui-ci" in texts_of(dialog_of(window))
    dialog_of(window).decide(yes=False)
    assert asked(fake_node, "medium.cell_close") == []
    part.ask_close()
    dialog_of(window).decide(yes=True)
    assert asked(fake_node, "medium.cell_close") == [{}]


def test_a_cell_that_is_not_on_the_air_says_so(part: StickNetwork) -> None:
    """Another computer without such a card, or a start that failed."""
    shown = said_now(part, cell=CELL | {"running": False})
    assert "Elle n’émet pas" in shown
    assert part.open_cell.isVisible()


def test_a_card_that_cannot_open_a_cell_offers_none(part: StickNetwork) -> None:
    """The verb is there and waits."""
    part.show_networks(SAID | {"cards": [{**WIFI, "makes_cells": False}]})
    assert not part.open_cell.isEnabled()


# -- the account ----------------------------------------------------------------------------------


@pytest.mark.req("HZ-286")
def test_an_account_for_the_cable_is_asked_for_with_a_warning(
    window: MainWindow, part: StickNetwork, fake_node: FakeNode
) -> None:
    """Never one's own; without a cable it waits for the next one."""
    fake_node.answers["medium.wired_login"] = {"ok": {"joined": False, "kept": True}}
    QTest.keyClick(part.account, Qt.Key.Key_Return)
    dialog = dialog_of(window)
    assert "jamais le vôtre" in texts_of(dialog)
    dialog.name.setText("kit-07")
    dialog.edit.setText("mot secret")
    dialog.decide(yes=True)
    assert asked(fake_node, "medium.wired_login") == [
        {"identity": "kit-07", "secret": "mot secret"}
    ]
    assert "sera essayé avec le prochain" in texts_of(part.job.result)
    assert not part.forget_account.isVisible()
    assert "« kit-07 » sert" in said_now(part, login="kit-07")
    QTest.keyClick(part.forget_account, Qt.Key.Key_Return)
    assert asked(fake_node, "medium.wired_login_forget") == [{}]
