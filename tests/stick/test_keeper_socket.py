"""The keeper behind its socket: who is heard, what is answered, what happens at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.core.errors import Corrupt
from kit.stick.keeper_socket import Act, Answer
from kit.stick.persistence import Tell
from kit.stick.wire import LONGEST_LINE
from tests.stick.doors import PATIENCE_S, Caller, Served
from tests.stick.keeper_on_files import keeper_of
from tests.stick.machines import Bench, needs_tools

STRANGER = """
import os, socket, sys
os.setuid(12345)
caller = socket.socket(socket.AF_UNIX)
caller.settimeout(60)
caller.connect(sys.argv[1])
try:
    caller.sendall(b'{"id": 1, "do": "status"}\\n')
    sys.exit(len(caller.recv(99)))
except ConnectionError:
    sys.exit(0)
"""
"""Exit code 0: nothing was answered."""


class Slowly:
    """An act that lasts until the test lets it end."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.stopped = threading.Event()

    def __call__(self, _args: dict[str, Any], tell: Tell) -> Answer:
        try:
            while not self.go.wait(0.01):
                tell(1, 2, "step")
        except BaseException:
            self.stopped.set()
            raise
        return {"done": True}


def broken(_args: dict[str, Any], _tell: Tell) -> Answer:
    """An act with a bug."""
    raise ZeroDivisionError


def faulty(_args: dict[str, Any], _tell: Tell) -> Answer:
    """An act that ends with a fault."""
    raise Corrupt("KEY-029")


@pytest.fixture
def slowly() -> Slowly:
    """The slow act."""
    return Slowly()


@pytest.fixture
def served(tmp_path: Path, slowly: Slowly) -> Iterator[Served]:
    """A door whose acts are played, open to this user."""
    acts = {
        "status": Act(lambda _args, _tell: {"medium": "none"}),
        "unlock": Act(faulty),
        "lock": Act(broken),
        "verify_medium": Act(slowly, alone=True, stoppable=True),
        "create": Act(slowly, alone=True),
    }
    door = Served(tmp_path, acts, (os.getuid(),))
    yield door
    slowly.go.set()
    door.close()


def test_another_user_is_not_heard(tmp_path: Path) -> None:
    """The kernel says who calls; nothing is answered, whatever the socket's own rights."""
    door = Served(tmp_path, {}, (os.getuid() + 1,))
    caller = door.caller()
    caller.ask("status")
    assert caller.hear() is None
    door.close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become somebody else")
def test_a_real_other_user_is_refused(served: Served, tmp_path: Path) -> None:
    """Even where the folders let everybody in, user 12345 gets no answer."""
    served.path.chmod(0o666)
    link = Path(f"/tmp/kit-keeper-{os.getpid()}.sock")  # noqa: S108  (a place anybody may enter)
    os.link(served.path, link)
    try:
        ended = subprocess.run([sys.executable, "-c", STRANGER, str(link)], check=False, timeout=60)
    finally:
        link.unlink()
    assert ended.returncode == 0


def test_the_socket_is_closed_to_others(served: Served) -> None:
    """Root and the kit's group, nobody else."""
    assert served.path.stat().st_mode & 0o777 == 0o660


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=80), max_size=5))
def test_garbage_is_answered_with_a_refusal_and_the_next_request_is_heard(
    served: Served, lines: list[bytes]
) -> None:
    """Any bytes; the caller after them is served as if nothing had been."""
    caller = Caller(served.path)
    for line in lines:
        caller.send(line.replace(b"\n", b"") + b"\n")
    caller.ask("status", 77)
    for _ in lines:
        said = caller.hear()
        assert said is not None
        assert said["refused"].startswith("KEY-00")
    assert caller.hear() == {"id": 77, "ok": {"medium": "none"}}
    caller.close()


def test_a_line_without_end_is_cut_off(served: Served) -> None:
    """No caller fills root's memory."""
    caller = served.caller()
    caller.send(b"x" * (LONGEST_LINE + 5000))
    said = caller.hear()
    assert said is None or said["refused"] == "KEY-001"
    assert said is None or caller.hear() is None


def test_faults_and_bugs_are_codes(served: Served) -> None:
    """A bug's own words, which may hold anything, stay inside."""
    caller = served.caller()
    assert caller.answer("unlock", phrase="a")["refused"] == "KEY-029"
    assert caller.answer("lock") == {
        "id": 1, "refused": "KEY-041", "args": {"kind": "ZeroDivisionError"},
    }  # fmt: skip
    assert caller.answer("clone", device="sdb", serial="1")["refused"] == "KEY-002"


def test_one_work_on_a_disk_at_a_time_and_status_meanwhile(served: Served, slowly: Slowly) -> None:
    """A second is refused at once, also for another caller; short questions are answered."""
    first, second = served.caller(), served.caller()
    first.ask("create", 5, phrase="a")
    assert first.hear() == {"id": 5, "progress": {"done": 1, "total": 2, "step": "step"}}
    assert second.answer("verify_medium")["refused"] == "KEY-005"
    assert second.answer("status")["ok"] == {"medium": "none"}
    slowly.go.set()
    while "progress" in (said := first.hear() or {}):
        pass
    assert said == {"id": 5, "ok": {"done": True}}


def test_what_may_be_stopped_stops(served: Served, slowly: Slowly) -> None:
    """By the caller's word."""
    caller = served.caller()
    caller.ask("verify_medium", 4)
    caller.ask("cancel", 9, of=4)
    heard = [caller.hear() or {}]
    while not {"refused"} & heard[-1].keys():
        heard.append(caller.hear() or {})
    assert heard[-1] == {"id": 4, "refused": "KEY-004", "args": {}}
    assert {"id": 9, "ok": {"stopped": True}} in heard


def test_a_caller_who_is_gone_stops_a_check_but_no_creation(served: Served, slowly: Slowly) -> None:
    """What would leave something half made goes on without a listener."""
    caller = Caller(served.path)
    caller.ask("create", 4, phrase="a")
    caller.hear()
    caller.close()
    other = served.caller()
    assert other.answer("verify_medium")["refused"] == "KEY-005"
    assert not slowly.stopped.is_set()
    slowly.go.set()


def test_a_check_ends_with_its_caller(served: Served, slowly: Slowly) -> None:
    """Nobody waits for the figures."""
    caller = Caller(served.path)
    caller.ask("verify_medium", 4)
    caller.hear()
    caller.close()
    assert slowly.stopped.wait(PATIENCE_S)


@needs_tools
def test_the_real_acts_answer_over_the_socket(tmp_path: Path) -> None:
    """First use, wrong words, right words, through root's door and real tools."""
    bench = Bench(tmp_path / "m")
    bench.stick()
    keeper = keeper_of(bench)
    keeper.begin()
    door = Served(tmp_path, keeper.acts(), (os.getuid(),))
    caller = door.caller()
    said = caller.answer("status")["ok"]
    assert (said["medium"], said["slot"], said["root_hash"]) == ("absent", "a", "abcd")
    assert said["disk"]["serial"] == "STICK1"
    assert caller.answer("create", phrase="abeille sapin")["ok"] == {"medium": "open"}
    assert caller.answer("keep")["ok"] == {"kept": True}
    assert caller.answer("lock")["ok"] == {"medium": "locked"}
    assert caller.answer("unlock", phrase="autre")["refused"] == "KEY-027"
    assert caller.answer("unlock", phrase="abeille sapin")["ok"] == {"medium": "open"}
    assert caller.answer("status")["ok"]["medium"] == "open"
    door.close()
