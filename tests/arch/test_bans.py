"""What no test may do is refused while it runs: sleeping, idle waiting, leaving the machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest
from pytestqt.qtbot import QtBot

from tests.conftest import ForbiddenError


def test_sleeping_is_refused() -> None:
    """A test waits for the thing itself."""
    with pytest.raises(ForbiddenError):
        time.sleep(0)


@pytest.mark.sleeps
def test_a_marked_test_may_sleep() -> None:
    """Waiting for another process is sometimes right, and is marked."""
    time.sleep(0)


def test_waiting_for_a_process_is_allowed() -> None:
    """The standard library may poll inside a wait that has an end."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        assert process.wait(timeout=60) == 0


def test_leaving_the_machine_is_refused() -> None:
    """An address that is nobody's is refused before a packet is sent."""
    with socket.socket() as outside, pytest.raises(ForbiddenError):
        outside.connect(("192.0.2.1", 9))


def test_the_machine_itself_may_be_reached() -> None:
    """Two kits on one machine are a test of sync."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())


def test_waiting_by_the_clock_in_qt_is_refused(qtbot: QtBot) -> None:
    """`waitSignal` and `waitUntil` wait for something; `wait` for nothing."""
    with pytest.raises(ForbiddenError):
        qtbot.wait(1)
