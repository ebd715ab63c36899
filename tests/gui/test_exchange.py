"""Exchanges: who is reached, what has not left, and the truth within five seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import DAY, HOUR, MINUTE
from kit.core.text import choose_language
from kit.gui import theme
from kit.gui.port import LoopNode
from kit.gui.screen import Person, of_capsule
from kit.gui.shared import exchange_rows as rows
from kit.gui.shared.exchange import ExchangeScreen
from kit.gui.shared.exchange_quarantine_rows import entry_text
from kit.gui.shared.exchange_rows import PeerRow, reach_of, worst_first
from kit.gui.tone import Tone
from kit.gui.ward.formats import rows_of
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.window import MainWindow

from .conftest import NOW, FakeNode
from .fleet_rows import LOST, conflict, fleet, peer, quarantined, said, status
from .ward_fixtures import cut_rows, turn
from .ward_kit import texts_of

Find = Callable[[QWidget], list[str]]
DENIED = {"refused": {"code": "permission.denied", "args": {}}}


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def port(fake_node: FakeNode, clock: Clock, qapp: QApplication) -> LoopNode:
    return LoopNode(fake_node, clock)


@pytest.fixture
def window(port: LoopNode, fake_node: FakeNode, qtbot: QtBot) -> MainWindow:
    fake_node.answers |= {
        "peers": {"ok": fleet()},
        "status": {"ok": status()},
        "conflict.list": {"ok": [conflict()]},
        "quarantine.list": {"ok": [quarantined(1), quarantined(2)]},
        "quarantine.read": {"ok": [said(1), said(2, type="", data={})]},
        "person.list": {"ok": [{"person": "n7", "name": "L. Petit", "profession": "IDE"}]},
        "pairing.state": {"ok": {"phase": "idle"}},
        "bundle.places": {"ok": []},
    }
    return open_exchanges(port, qtbot)


def open_exchanges(port: LoopNode, bot: QtBot) -> MainWindow:
    """The window with the exchanges alone, a nurse signed in."""
    made = MainWindow(port)
    bot.addWidget(made)
    made.resize(1366, 768)
    specs = [spec for spec in of_capsule("ward") if spec.key == "shared.exchange"]
    made.enter(Person("n1", "C. Dubois", "IDE"), "CARD", specs)
    with bot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def screen_of(window: MainWindow) -> ExchangeScreen:
    """The exchanges."""
    shown = window.screen_now()
    assert isinstance(shown, ExchangeScreen)
    return shown


def asked(node: FakeNode, name: str) -> list[dict[str, Any]]:
    """The arguments of every request of that name."""
    names = ("do", "ask", "call")
    return [m["args"] for m in node.heard if name in [m.get(kind) for kind in names]]


# -- words ----------------------------------------------------------------------------------------


def _peer(**facts: Any) -> PeerRow:
    (made,) = rows_of([peer("ab" * 8, "Réa 1", facts.pop("state", "connected"), **facts)], PeerRow)
    return made


@pytest.mark.parametrize(
    ("offset", "clk", "words", "tone"),
    [
        (None, 0, "non comparée", Tone.MUTED),
        (300, 2, "même heure", Tone.MUTED),
        (300, 1, "≈ même heure", Tone.MUTED),
        (12_000, 3, "avance de 12 s", Tone.NORMAL),
        (-90_000, 2, "retard de 1 min", Tone.NORMAL),
        (3 * MINUTE, 1, "≈ avance de 3 min", Tone.WARNING),
        (-26 * 365 * DAY, 0, "date impossible", Tone.WARNING),
    ],
)
def test_a_clock_that_differs_is_said_in_words(
    offset: int | None, clk: int, words: str, tone: Tone
) -> None:
    """≈ where neither is sure; a warning from two minutes on (sync.md §4.3)."""
    said, told = rows.clock_text(_peer(offset_ms=offset, clk=clk))
    assert (said.replace("\u00a0", " "), told) == (words, tone)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"ahead": 0, "behind": 0}, ["✓ à jour"]),
        ({"ahead": 12, "behind": 1}, ["12 saisies à recevoir", "1 saisie à remettre"]),
        ({"ahead": None, "behind": 31}, ["31 saisies à remettre"]),
        ({"ahead": None, "behind": None}, ["écart inconnu"]),
        ({"state": "revoked", "ahead": 4, "behind": 4}, ["plus rien n’est échangé"]),
    ],
)
def test_the_gap_between_two_kits_is_said_in_words(facts: dict[str, Any], words: list[str]) -> None:
    """Not known is not the same as nothing missing."""
    assert [line for line, _tone in rows.gap_lines(_peer(**facts))] == words


@pytest.mark.parametrize(
    ("trouble", "text", "words"),
    [
        ("SYN-041", "Version inconnue.", "Version inconnue."),
        ("XYZ-1", "", "Motif : XYZ-1"),
        ("silent", "", ""),
        ("bye:seal", "", ""),
        ("", "", ""),
    ],
)
def test_only_what_is_more_than_being_away_is_a_trouble(
    trouble: str, text: str, words: str
) -> None:
    """A pulled cable and a kit that was closed are no faults; the state says them already."""
    said = rows.trouble_text(_peer(state="known", trouble=trouble, text=text))
    assert said.replace("\u00a0", " ") == words


STATES = ("connected", "reachable", "known", "never", "revoked", "self")


def test_each_state_has_its_own_shape_and_its_own_word() -> None:
    """Read in grey, or by a colour-blind person."""
    assert len({rows.state_sign(state) for state in STATES}) == len(STATES)
    assert len({rows.state_word(state) for state in STATES}) == len(STATES)


@given(st.lists(st.tuples(st.sampled_from(STATES), st.booleans(), st.integers(0, NOW))))
def test_what_needs_attention_is_never_below_what_does_not(
    facts: list[tuple[str, bool, int]],
) -> None:
    """Trouble, then lost, then in reach; a kit that was never switched on does not push it down."""
    made = [
        PeerRow(f"{place:016x}", state=state, trouble="SYN-1" if bad else "", exchanged_ms=at)
        for place, (state, bad, at) in enumerate(facts)
    ]
    order = [
        0 if row.trouble and row.state not in ("revoked", "self")
        else 1 + ("known", "reachable", "connected", "never", "revoked", "self").index(row.state)
        for row in worst_first(made)
    ]  # fmt: skip
    assert order == sorted(order)
    assert len(order) == len(made)


def test_what_was_set_aside_is_counted_and_explained() -> None:
    """Nothing that was not simply taken disappears without a word."""
    told = rows.set_aside(
        reach_of(
            {
                "quarantined": 4, "unknown_events": 3,
                "refused": [{"code": "SYN-014", "count": 2, "text": "Autre hôpital."},
                            {"code": "SYN-9", "count": 1, "text": ""}],
            }
        )
    )  # fmt: skip
    assert [count for count, _means in told] == [
        "4 saisies à valider", "3 saisies d’une version plus récente",
        "2 saisies refusées", "1 saisie refusée",
    ]  # fmt: skip
    assert told[2][1] == "Autre hôpital."
    assert "SYN-9" in told[3][1]


# -- the screen -----------------------------------------------------------------------------------


def test_the_kits_are_listed_worst_first_with_their_gap(window: MainWindow) -> None:
    model = screen_of(window).kits.model
    assert [row.label for row in model.rows()] == ["Réanimation 1", "Cellule A", "Urgences 1"]
    shown = " ".join(str(model.index(0, column).data()) for column in range(5))
    for words in ("hors de portée", "il y a 38", "31 saisies à remettre", "avance de 3"):
        assert words in shown.replace("\u00a0", " ")
    assert "Kits en liaison : 1 sur 2" in texts_of(screen_of(window)).replace("\u00a0", " ")


def test_a_pulled_cable_is_on_screen_with_the_next_answer(
    window: MainWindow, fake_node: FakeNode, port: LoopNode
) -> None:
    """The node says so by its topic; nobody has to press anything."""
    cut = [{**row, "state": "known"} if row["state"] == "connected" else row for row in fleet()]
    fake_node.answers["peers"] = {"ok": cut}
    fake_node.answers["status"] = {"ok": status(peers=0, unsent=3)}
    port.push({"changed": ["peers"]})
    shown = texts_of(screen_of(window)).replace("\u00a0", " ")
    assert "Kits en liaison : 0 sur 2" in shown
    assert "seul" in texts_of(screen_of(window).note)


def test_a_node_that_does_not_answer_is_said_after_five_seconds(
    window: MainWindow, clock: Clock
) -> None:
    """What is on screen may no longer be true: better said than believed."""
    screen = screen_of(window)
    assert screen.note.isHidden()
    clock.now += 5_000
    screen.say_news(clock.now)
    assert screen.note.isHidden()
    clock.now += 1_000
    screen.say_news(clock.now)
    assert "depuis 6" in texts_of(screen.note).replace("\u00a0", " ")
    screen.beat()
    screen.beat()  # asks again, and is answered
    assert screen.note.isHidden()


def test_what_has_not_left_says_for_how_long_and_what_to_do_alone(
    window: MainWindow, fake_node: FakeNode, port: LoopNode, qapp: QApplication
) -> None:
    alone = status(peers=0, unsent=3, unsent_since_ms=NOW - 4 * MINUTE)
    fake_node.answers["status"] = {"ok": alone}
    port.push({"changed": ["status"]})
    turn(qapp)
    shown = texts_of(screen_of(window).kits.side.outbox).replace("\u00a0", " ")
    assert "3 saisies pas encore remises à un autre kit, depuis 4 min" in shown
    for way in ("câble", "point d’accès", "clé USB"):
        assert way in shown


@pytest.mark.parametrize(
    ("facts", "words"),
    [({"network": "off", "peers": 0}, "aucun réseau"), ({"discovery": "broken"}, "d’eux-mêmes")],
)
def test_a_network_that_fails_is_said_with_a_way_out(
    window: MainWindow, fake_node: FakeNode, port: LoopNode, facts: dict[str, Any], words: str
) -> None:
    fake_node.answers["status"] = {"ok": status(**facts)}
    port.push({"changed": ["status"]})
    assert words in texts_of(screen_of(window).note)


def test_a_kit_that_has_met_nobody_says_so_and_offers_to_pair(
    window: MainWindow, fake_node: FakeNode, port: LoopNode
) -> None:
    """Empty is not an error; and being alone is no news where nobody was ever met."""
    fake_node.answers["peers"] = {"ok": fleet()[:1]}
    fake_node.answers["status"] = {"ok": status(peers=0)}
    port.push({"changed": ["peers"]})
    screen = screen_of(window)
    assert str(screen.state) == "empty"
    assert "encore rencontré aucun autre" in texts_of(screen.kits.panel)
    assert screen.note.isHidden()


def test_who_may_not_see_it_is_told_so(port: LoopNode, fake_node: FakeNode, qtbot: QtBot) -> None:
    fake_node.answers["peers"] = DENIED
    screen = screen_of(open_exchanges(port, qtbot))
    assert str(screen.state) == "refused"
    assert "profession" in texts_of(screen.kits.panel)


def test_every_way_to_reach_another_kit_is_one_sentence(window: MainWindow) -> None:
    shown = texts_of(screen_of(window).kits.side.ways)
    for _rung, name, sentence in rows.ladder():
        assert name in shown
        assert sentence.replace("\u00a0", " ") in shown
    assert "1 kit" in shown


# -- acts -----------------------------------------------------------------------------------------


def _dialog(window: MainWindow) -> ConfirmDialog:
    dialog = window.work.dialogs.dialog
    assert dialog is not None
    return dialog


def test_revoking_asks_first_and_wants_a_reason(window: MainWindow, fake_node: FakeNode) -> None:
    """Enter does not revoke; the safe way out has no reason to be typed."""
    screen = screen_of(window)
    screen.kits.table.selectRow(0)
    screen.revoke.click()
    dialog: Any = _dialog(window)
    assert "Réanimation 1" in dialog.accessibleName()
    assert not dialog.verb.isEnabled()
    dialog.edit.setText("volé au vestiaire")
    dialog.verb.click()
    assert asked(fake_node, "device.revoke") == [{"device": LOST, "reason": "volé au vestiaire"}]


def test_a_revoked_kit_cannot_be_revoked_again(window: MainWindow) -> None:
    screen = screen_of(window)
    screen.kits.table.selectRow(2)
    assert not screen.revoke.isEnabled()


def test_an_act_that_is_refused_is_explained_where_it_was_asked(
    window: MainWindow, fake_node: FakeNode, qapp: QApplication
) -> None:
    fake_node.answers["device.revoke"] = DENIED
    screen = screen_of(window)
    screen.kits.table.selectRow(0)
    screen.ask_revoke()
    dialog: Any = _dialog(window)
    dialog.edit.setText("perdu")
    dialog.decide(yes=True)
    turn(qapp)
    assert "profession" in _dialog(window).accessibleName()


def test_an_address_is_typed_and_called(window: MainWindow, fake_node: FakeNode) -> None:
    """Ctrl+D, the address, Enter."""
    QTest.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    dialog: Any = _dialog(window)
    assert not dialog.verb.isEnabled()
    QTest.keyClicks(dialog.edit, "10.0.0.9:7411")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    assert asked(fake_node, "peers.dial") == [{"address": "10.0.0.9:7411"}]


def test_the_selected_kit_stays_selected_through_news(
    window: MainWindow, fake_node: FakeNode, port: LoopNode
) -> None:
    screen = screen_of(window)
    screen.kits.table.selectRow(0)
    healed = [{**row, "state": "connected"} if row["device"] == LOST else row for row in fleet()]
    fake_node.answers["peers"] = {"ok": healed}
    port.push({"changed": ["peers"]})
    row = screen.kits.current()
    assert row is not None
    assert row.device == LOST


# -- conflicts ------------------------------------------------------------------------------------


def _conflicts(window: MainWindow) -> Any:
    screen = screen_of(window)
    screen.open_conflicts()
    return screen.conflicts


def test_both_versions_stand_side_by_side_with_who_when_and_which_kit(window: MainWindow) -> None:
    """And when it was written, where that is not when it happened."""
    shown = texts_of(_conflicts(window).view).replace("\u00a0", " ")
    for words in ("Double administration possible", "203-1 LEFEBVRE Noémie", "donné à 04:04",
                  "donné à 03:58", "C. Dubois — kit Cardiologie 1", "03:58, écrit 04:18",
                  "M. Leroy — kit Réanimation 1", "peut nuire",
                  "En vigueur entre-temps : la dose est tenue pour donnée"):  # fmt: skip
        assert words in shown


def test_nothing_is_settled_without_a_choice_and_a_reason(
    window: MainWindow, fake_node: FakeNode
) -> None:
    page = _conflicts(window)
    view = page.view
    assert view.choice() == ""
    assert not view.verb.isEnabled()
    view.reason.setText("vu avec les deux")
    assert not view.verb.isEnabled()
    view.group.buttons()[1].setChecked(True)
    view.verb.click()
    assert asked(fake_node, "conflict.settle") == [
        {"conflict": "dose:s1", "choice": "both", "reason": "vu avec les deux"}
    ]


def test_what_is_typed_stays_when_news_of_the_same_conflict_comes(
    window: MainWindow, fake_node: FakeNode, port: LoopNode
) -> None:
    page = _conflicts(window)
    page.view.reason.setText("vu avec")
    page.view.group.buttons()[0].setChecked(True)
    fake_node.answers["conflict.list"] = {"ok": [conflict(why="Autre explication.")]}
    port.push({"changed": ["conflict"]})
    assert "Autre explication." in texts_of(page.view)
    assert (page.view.reason.text(), page.view.choice()) == ("vu avec", "aa:7")


def test_another_conflict_begins_with_nothing_chosen(
    window: MainWindow, fake_node: FakeNode, port: LoopNode
) -> None:
    """A reason typed for one patient must not settle another's."""
    fake_node.answers["conflict.list"] = {"ok": [conflict(), conflict(conflict="dose:s2")]}
    port.push({"changed": ["conflict"]})
    page = _conflicts(window)
    page.list.selectRow(0)
    page.view.reason.setText("vu avec")
    page.view.group.buttons()[0].setChecked(True)
    page.list.selectRow(1)
    assert (page.view.reason.text(), page.view.choice()) == ("", "")


def test_who_may_only_read_a_conflict_is_told_who_may_settle_it(
    window: MainWindow, fake_node: FakeNode, port: LoopNode
) -> None:
    fake_node.answers["conflict.list"] = {"ok": [conflict(kind="order", settlers=["MED"])]}
    port.push({"changed": ["conflict"]})
    page = _conflicts(window)
    assert "non le trancher" in texts_of(page.view.note)
    assert "médecin" in texts_of(page.view.note)
    assert not page.view.reason.isEnabled()


def test_a_refused_decision_keeps_what_was_typed(window: MainWindow, fake_node: FakeNode) -> None:
    fake_node.answers["conflict.settle"] = DENIED
    page = _conflicts(window)
    page.view.group.buttons()[0].setChecked(True)
    page.view.reason.setText("vu avec les deux")
    page.view.submit()
    assert "profession" in texts_of(page.view.note)
    assert page.view.reason.text() == "vu avec les deux"


def test_from_a_chart_only_that_patients_conflicts_are_asked(
    window: MainWindow, fake_node: FakeNode
) -> None:
    window.go("shared.exchange", "p3")
    assert asked(fake_node, "conflict.list")[-1] == {"patient": "p3"}
    assert screen_of(window).bar.currentIndex() == 1
    screen_of(window).conflicts.everyone.click()
    assert asked(fake_node, "conflict.list")[-1] == {}


# -- quarantine -----------------------------------------------------------------------------------


def test_entries_of_a_revoked_kit_are_adopted_one_by_one_with_a_reason(
    window: MainWindow, fake_node: FakeNode
) -> None:
    screen = screen_of(window)
    screen.bar.setCurrentIndex(2)
    page = screen.quarantine
    assert not page.verb.isEnabled()
    page.table.selectRow(1)
    QTest.keyClick(page.table, Qt.Key.Key_Space)
    page.reason.setText("vérifié avec L. Petit")
    page.verb.click()
    assert asked(fake_node, "device.adopt") == [{"entries": [2], "reason": "vérifié avec L. Petit"}]


def test_what_an_entry_says_is_shown_before_it_is_adopted(window: MainWindow) -> None:
    """Measures, author and time; one that cannot be read here says its number and its ward."""
    page = screen_of(window).quarantine
    first, second = (
        " ".join(str(page.model.index(place, column).data()) for column in range(5))
        for place in (0, 1)
    )
    for words in ("38,4", "FC 104", "L. Petit", "04:20", "Urgences 1", "inconnu de ce kit"):
        assert words in first.replace("\u00a0", " ")
    assert "Saisie n° 42" in second.replace("\u00a0", " ")
    assert "URG" in second


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("administration.recorded",
         {"generic": "paracétamol", "dose": {"value": "1", "unit": "g"}}, "paracétamol 1 g"),
        ("administration.recorded", {"generic": "insuline", "dose_text": "selon protocole"},
         "insuline selon protocole"),
        ("note.written", {"target": "Douleur", "data": "6 sur 10", "kind": "dar"},
         "Douleur · 6 sur 10"),
        ("unheard.of", {"n": 3}, ""),
    ],
)  # fmt: skip
def test_an_entry_is_told_in_one_line(kind: str, data: dict[str, Any], words: str) -> None:
    assert entry_text(kind, data).replace("\u00a0", " ") == words


def test_the_rail_counts_what_waits_for_a_person(window: MainWindow) -> None:
    """One conflict and two entries to validate."""
    button = window.rail.findChild(QWidget, "")
    assert button is not None
    assert "3" in " ".join(w.accessibleName() for w in window.rail.findChildren(QWidget))


# -- look -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0, 1, 2])
def test_every_control_has_a_name_and_nothing_is_cut(
    window: MainWindow,
    unlabelled: Find,
    clipped: Find,
    settle: Callable[..., None],
    part: int,
) -> None:
    screen_of(window).bar.setCurrentIndex(part)
    settle(window, 1280, 720)
    assert not unlabelled(window)
    assert not clipped(window)
    for table in (screen_of(window).kits.table, screen_of(window).quarantine.table):
        assert not cut_rows(table)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_nothing_is_cut_in_english_either(
    window: MainWindow, port: LoopNode, qtbot: QtBot, clipped: Find, part: int
) -> None:
    """The answers of the other window serve this one."""
    window.close()
    choose_language("en")
    made = open_exchanges(port, qtbot)
    screen_of(made).bar.setCurrentIndex(part)
    assert not clipped(made)


def test_the_longest_words_fit_the_table_at_every_density(
    window: MainWindow, fake_node: FakeNode, port: LoopNode, qapp: QApplication
) -> None:
    """Names of wards are long, and two wards make them longer."""
    long = peer("ee" * 8, "Médecine polyvalente et infectiologie, secteur nord", "reachable",
                wards=["MEDN", "MEDS", "INFE"], rung="gossip", ahead=123456, behind=98765,
                offset_ms=-(47 * HOUR), clk=0, trouble="SYN-041",
                text="Ce kit parle une version que celui-ci ne connaît pas.",
                seen_ms=NOW, exchanged_ms=NOW - 5 * DAY)  # fmt: skip
    fake_node.answers["peers"] = {"ok": [*fleet(), long]}
    port.push({"changed": ["peers"]})
    for density in theme.Density:
        theme.apply(qapp, density=density)
        qapp.processEvents()
        table = screen_of(window).kits.table
        table.fit_rows()
        assert not cut_rows(table)


def test_ctrl_p_prints_the_kits(window: MainWindow) -> None:
    """What is on the screen, for whoever goes round with a cable or a stick."""
    screen = screen_of(window)
    screen.kits.rows = []
    assert screen.print_document() is None, "there is nothing yet"
    screen.show_peers([peer("ab" * 8, "Réa 1", "connected")])
    order = screen.print_document()
    assert order is not None
    assert order.document == "KITS"
