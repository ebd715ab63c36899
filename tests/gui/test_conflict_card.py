"""Above a chart: that kits wrote different things is said, with the reading in force meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from kit.gui.port import LoopNode
from kit.gui.screen import Context, Person
from kit.gui.ward.conflict_card import ConflictCard
from kit.gui.widgets.banner import BannerFacts, PatientBanner
from kit.gui.widgets.chip import Chip

from .conftest import NOW, FakeNode
from .fleet_rows import conflict
from .ward_fixtures import turn
from .ward_kit import texts_of


@dataclass
class Shell:
    """Notes where a button leads."""

    gone: list[tuple[str, str | None]] = field(default_factory=list)

    def go(self, key: str, patient: str | None = None) -> None:
        self.gone.append((key, patient))


def _card(port: LoopNode, bot: QtBot) -> tuple[ConflictCard, Shell]:
    card, shell = ConflictCard(), Shell()
    bot.addWidget(card)
    card.load(Context(port, shell, Person("n1", "C. Dubois", "IDE"), "CARD"), "p3")  # type: ignore[arg-type]  # only `go` is used
    return card, shell


def test_the_card_says_what_is_in_force_and_leads_to_both_versions(
    port: LoopNode, fake_node: FakeNode, qtbot: QtBot, qapp: QApplication
) -> None:
    fake_node.answers["conflict.list"] = {"ok": [conflict(), conflict(conflict="dose:s2")]}
    card, shell = _card(port, qtbot)
    card.show()
    turn(qapp)
    shown = texts_of(card)
    assert "2 conflits à arbitrer" in shown
    assert "Entre-temps : la dose est tenue pour donnée" in shown
    button = card.findChild(QPushButton)
    assert button is not None
    button.click()
    assert shell.gone == [("shared.exchange", "p3")]
    assert fake_node.heard[0]["args"] == {"patient": "p3"}


def test_nothing_open_takes_no_room(port: LoopNode, fake_node: FakeNode, qtbot: QtBot) -> None:
    fake_node.answers["conflict.list"] = {"ok": []}
    assert _card(port, qtbot)[0].isHidden()
    fake_node.answers["conflict.list"] = {"refused": {"code": "permission.denied", "args": {}}}
    assert _card(port, qtbot)[0].isHidden()


def test_the_banner_carries_the_count_by_sign_and_word(qtbot: QtBot) -> None:
    banner = PatientBanner()
    qtbot.addWidget(banner)
    facts = BannerFacts(patient="p3", birth_name="Lefebvre", given_names="Noémie", conflicts=2)
    banner.show_patient(facts, NOW)
    words = [chip.chip.plain() for chip in banner.findChildren(Chip)]
    assert "? 2 conflits" in words
    assert "2 conflits à arbitrer" in banner.accessibleName()
