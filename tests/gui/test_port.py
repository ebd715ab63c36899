"""The door to the node: nothing asked is forgotten, nothing recorded twice, whatever crashes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kit.core.errors import Refused
from kit.gui.port import LoopNode, NodePort, ProcessNode, fresh_key

from .conftest import NOW, FakeNode

# A node that keeps a log of the keys it recorded, and dies or seals as the test asks.
NODE = """
import pathlib, sys
from kit.core.frame import FrameReader, encode
log = pathlib.Path(sys.argv[1])
reader, out = FrameReader(), sys.stdout.buffer
lives = log.with_suffix(".lives")
life = int(lives.read_text()) + 1 if lives.exists() else 1
lives.write_text(str(life))
sealed = "sealed" in sys.argv and life > 1
while chunk := sys.stdin.buffer.read1():
    for message in reader.feed(chunk):
        name = message.get("do") or message.get("ask") or message.get("call")
        if "key" in message:
            with log.open("a") as file:
                file.write(message["key"] + "\\n")
        if name == "die once" and life == 1:
            sys.exit(3)
        if name == "die always":
            sys.exit(3)
        if name == "lie" and life == 1:
            out.write(b"\\xff\\xff\\xff\\xff rubbish"); out.flush(); continue
        if name == "unlock":
            sealed = False
        value = {"open": not sealed} if name == "hello" else {"life": life, "args": message["args"]}
        out.write(encode({"id": message["id"], "ok": value})); out.flush()
"""


LONG_MS = 20_000


def _answered(qtbot: QtBot) -> Any:
    """A callback to hand to the port, waited for at the end of the block."""
    return qtbot.waitCallback(timeout=LONG_MS)


class Ears(QObject):
    """Collects what a port says."""

    def __init__(self, port: ProcessNode) -> None:
        super().__init__(port)
        self.said: list[str] = []
        port.down.connect(lambda seconds: self.said.append(f"down {seconds}"))
        port.up.connect(lambda: self.said.append("up"))
        port.sealed.connect(lambda: self.said.append("sealed"))


def _start(qtbot: QtBot, log: Path, *modes: str) -> ProcessNode:
    port = ProcessNode(log.parent, command=[sys.executable, "-c", NODE, str(log), *modes])
    port.start()
    return port


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_a_command_in_flight_when_the_node_dies_is_sent_again_under_the_same_key(
    qtbot: QtBot, log: Path
) -> None:
    """The dose is neither lost nor given twice: the node sees one key, two times."""
    port = _start(qtbot, log)
    ears = Ears(port)
    with _answered(qtbot) as answer:
        port.do("die once", {"dose": "1"}, answer)
    assert answer.args == [{"life": 2, "args": {"dose": "1"}}]
    keys = log.read_text().split()
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert ears.said == ["up", "down 0", "up"]
    assert port.unanswered == 0
    port.close()


def test_requests_wait_while_the_restarted_node_wants_its_phrase(qtbot: QtBot, log: Path) -> None:
    """The GUI holds no key; what was asked meanwhile goes out once somebody has unlocked."""
    port = _start(qtbot, log, "sealed")
    ears = Ears(port)
    answers: list[str] = []
    with qtbot.waitSignal(port.sealed, timeout=LONG_MS):
        port.do("die once", {}, lambda _value: answers.append("recorded"))
    with _answered(qtbot) as rows:
        port.ask("board", {}, rows)
        assert answers == []
        port.call("unlock", {"phrase": "..."}, lambda _value: answers.append("unlocked"))
    assert answers == ["unlocked", "recorded"]
    assert ears.said[-1] == "up"
    port.close()


def test_a_service_lost_with_the_node_is_refused_and_not_repeated(qtbot: QtBot, log: Path) -> None:
    """A page is not printed twice because the node fell over; the person is told."""
    port = _start(qtbot, log)
    with _answered(qtbot) as refused:
        port.call("die once", {}, None, refused)
    assert refused.args == [Refused("node.lost")]
    port.close()


def test_a_node_that_sends_rubbish_is_ended_and_started_again(qtbot: QtBot, log: Path) -> None:
    """After one bad frame nothing on that pipe is believed; the question is asked again."""
    port = _start(qtbot, log)
    with _answered(qtbot) as answer:
        port.ask("lie", {}, answer)
    assert answer.args == [{"life": 2, "args": {}}]
    port.close()


def test_a_node_that_cannot_start_is_told_each_second_and_keeps_what_is_asked(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """No programme at all is the same to a nurse as a crashed one: paper after 15 s."""
    port = ProcessNode(tmp_path, command=[str(tmp_path / "no-such-programme")])
    seconds: list[int] = []
    port.down.connect(seconds.append)
    with qtbot.waitSignal(port.down, timeout=LONG_MS, check_params_cb=lambda second: second == 1):
        port.start()
        port.do("record", {})
    assert seconds[:2] == [0, 1]
    assert port.unanswered == 1
    port.close()


def test_a_message_too_large_to_send_comes_back_as_a_fault(qtbot: QtBot, log: Path) -> None:
    """A scanned letter of 20 MB does not close the pipe."""
    port = _start(qtbot, log)
    with _answered(qtbot) as refused:
        port.do("record", {"scan": bytes(17 * 1024 * 1024)}, None, refused)
    assert refused.args[0].code == "RPC-003"
    assert port.unanswered == 0
    port.close()


class Wire(NodePort):
    """A port whose other end is the test."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    def now_ms(self) -> int:
        return NOW

    def _send(self, message: dict[str, Any]) -> bool:
        self.sent.append(dict(message))
        return True

    def names(self) -> list[str]:
        return [str(m.get("do") or m.get("ask") or m.get("call")) for m in self.sent]

    def answer(self, value: Any) -> None:
        """Answer the last message."""
        self._receive({"id": self.sent[-1]["id"], "ok": value})

    def sign_in(self, person: str) -> None:
        self.call("sign_in", {"person": person})
        self.answer({"person": person, "name": "..."})

    def restart(self) -> None:
        """The node dies, comes back sealed, and is opened with its phrase."""
        self._lost()
        self.call("hello", {})
        self.answer({"open": False})
        self.call("unlock", {})
        self.answer({"open": True})


def test_what_a_person_recorded_waits_for_that_person_to_sign_in_again(
    qapp: QApplication,
) -> None:
    """After a crash the phrase alone is not enough: the dose carries the giver's name."""
    wire = Wire()
    wire.sign_in("dubois")
    wire.do("give", {"dose": "1"})
    wire.restart()
    assert wire.names().count("give") == 1
    wire.ask("people", {}, lambda _rows: None)
    assert wire.names()[-1] == "people"
    wire.sign_in("dubois")
    gave = [m for m in wire.sent if m.get("do") == "give"]
    assert len(gave) == 2
    assert gave[0]["key"] == gave[1]["key"]


def test_nobody_s_act_is_stamped_with_another_s_name(qapp: QApplication) -> None:
    """Another nurse signs in after the crash: the act is refused in words, never re-signed."""
    wire = Wire()
    refused: list[Refused] = []
    wire.sign_in("dubois")
    wire.do("give", {"dose": "1"}, None, refused.append)
    wire.restart()
    wire.sign_in("abdou")
    assert wire.names().count("give") == 1
    assert refused == [Refused("node.other-person")]
    wire.do("give", {"dose": "2"})
    assert wire.names().count("give") == 2


def test_refusals_and_faults_reach_who_asked(port: LoopNode, fake_node: FakeNode) -> None:
    fake_node.answers["dose"] = {"refused": {"code": "dose.too-early", "args": {"minutes": 40}}}
    fake_node.answers["vitals"] = {"fault": {"code": "STO-004", "args": {}}}
    refused: list[Refused] = []
    port.do("dose", {}, None, refused.append)
    port.do("vitals", {}, None, refused.append)
    assert refused == [Refused("dose.too-early", {"minutes": 40}), Refused("STO-004", {})]


def test_a_refusal_nobody_listens_to_is_not_swallowed(port: LoopNode, fake_node: FakeNode) -> None:
    """The window shows it; a silent refusal would look like success."""
    fake_node.answers["dose"] = {"refused": {"code": "dose.too-early"}}
    faults: list[str] = []
    port.faulted.connect(lambda code, _args: faults.append(code))
    fake_node.answers["board"] = {"fault": {"code": "STO-004"}}
    port.do("dose", {})
    port.ask("board", {}, lambda _rows: None)
    assert faults == ["dose.too-early", "STO-004"]


def test_news_arrives_as_topics_progress_and_state(port: LoopNode) -> None:
    heard: list[Any] = []
    port.changed.connect(heard.append)
    port.progress.connect(heard.append)
    port.state.connect(heard.append)
    port.push({"changed": ["ward:CARD", "patient:a"]})
    port.push({"progress": {"job": "import", "done": 1, "total": 2, "text": ""}})
    port.push({"state": {"outbox": 3}})
    assert heard[0] == {"ward:CARD", "patient:a"}
    assert heard[1]["done"] == 1
    assert heard[2] == {"outbox": 3}


def test_an_answer_for_a_closed_screen_is_dropped(qapp: QApplication) -> None:
    """Rows that come after their widget is gone must not crash the window."""

    class Gone(QObject):
        def take(self, rows: Any) -> None:
            raise AssertionError("called after its end")

    class Late:
        def __init__(self) -> None:
            self.killed: QObject | None = None

        def handle(self, message: dict[str, Any]) -> dict[str, Any]:
            assert self.killed is not None
            shiboken6.delete(self.killed)
            return {"id": message["id"], "ok": []}

    node = Late()
    port = LoopNode(node, lambda: NOW)
    node.killed = screen = Gone()
    port.ask("board", {}, screen.take)
    assert port.unanswered == 0


def test_an_answer_to_nothing_is_ignored(port: LoopNode) -> None:
    port.push({"id": 99, "ok": "late"})
    assert port.unanswered == 0


def test_every_intention_has_its_own_key() -> None:
    made = {fresh_key() for _n in range(200)}
    assert len(made) == 200
    assert all(len(key) == 32 and int(key, 16) >= 0 for key in made)
