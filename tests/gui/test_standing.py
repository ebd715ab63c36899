"""How the kit stands is asked every few seconds and at news, never twice at once."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from kit.core.clock import MINUTE
from kit.gui.port import NodePort
from kit.gui.standing import ASK_MS, Standing
from kit.gui.tone import Tone
from tests.gui.sample_ward import World
from tests.gui.ward_fixtures import Enter, turn

from .conftest import NOW


class SlowPort(NodePort):
    """A node that answers when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[int] = []

    def now_ms(self) -> int:
        return NOW

    def _send(self, message: dict[str, Any]) -> bool:
        self.sent.append(message["id"])
        return True

    def answer(self, status: dict[str, Any]) -> None:
        """Answer the last question."""
        self._receive({"id": self.sent[-1], "ok": status})


@pytest.fixture
def slow(qapp: QApplication) -> SlowPort:
    return SlowPort()


def test_a_pulled_cable_is_asked_about_within_five_seconds() -> None:
    """The news may get lost; the question does not."""
    assert ASK_MS < 5_000


def test_news_that_comes_during_an_answer_asks_once_more(slow: SlowPort) -> None:
    """Else the strip would show what was true before the news."""
    standing = Standing(slow)
    told: list[dict[str, Any]] = []
    standing.told.connect(told.append)
    standing.begin()
    slow.changed.emit({"peers"})
    slow.changed.emit({"status"})
    assert len(slow.sent) == 1
    slow.answer({"peers": 3})
    assert len(slow.sent) == 2
    slow.answer({"peers": 2})
    assert [each["peers"] for each in told] == [3, 2]
    assert len(slow.sent) == 2


def test_a_sealed_kit_is_asked_nothing(slow: SlowPort) -> None:
    standing = Standing(slow)
    slow.changed.emit({"peers"})
    assert not slow.sent
    standing.begin()
    standing.rest()
    slow.answer({})
    slow.changed.emit({"peers"})
    assert len(slow.sent) == 1


def test_the_strip_follows_the_nodes_news(enter: Enter, world: World, qapp: QApplication) -> None:
    """From the topic to the words, through the real service."""
    reception = enter()
    strip = reception.window.strip.button("exchange")
    assert strip is not None
    assert strip.item.icon == "wifi-off"
    world.port.push({"changed": ["peers"]})
    turn(qapp)
    assert reception.window.kit_state.heard_at_ms == world.clock.now


def test_the_ages_of_the_strip_go_on_between_two_answers(
    enter: Enter, world: World, qapp: QApplication
) -> None:
    """An entry that has not left turns amber after its five minutes, not at the next news."""
    reception = enter()
    window, now = reception.window, world.clock.now
    window.show_state({"outbox": 3, "outbox_since_ms": now - 4 * MINUTE - 59_000})
    button = window.strip.button("outbox")
    assert button is not None
    tones = [button.item.tone]
    world.clock.now = now + 2_000
    window.work.second()
    tones.append(button.item.tone)
    assert tones == [Tone.NORMAL, Tone.WARNING]
