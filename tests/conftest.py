"""What holds for every test: off screen, no waiting, no network beyond this machine, French first.

Not for fixtures of one room: those stand in that room's own conftest.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from kit.core.text import choose_language
from kit.store import home

ROOT = Path(__file__).resolve().parent.parent
OURS = (f"{ROOT}/kit/", f"{ROOT}/tests/")
LOOPBACK = ("127.", "::1", "localhost")

# No test may depend on how fast the machine is, so Hypothesis has no deadline either.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


class ForbiddenError(AssertionError):
    """A test did what no test may: wait by the clock, or leave this machine."""


def _asked_by_us(depth: int) -> bool:
    """Does the call come from our code? subprocess.wait and queues may sleep, we may not."""
    return sys._getframe(depth).f_code.co_filename.startswith(OURS)


def _wakeful(sleep: Callable[[float], None]) -> Callable[[float], None]:
    def refuse_to_sleep(seconds: float) -> None:
        if _asked_by_us(2):
            raise ForbiddenError("time.sleep in a test: wait for the event itself, with a limit")
        sleep(seconds)

    return refuse_to_sleep


def _local_only(call: Callable[..., Any]) -> Callable[..., Any]:
    def refuse_to_leave(self: socket.socket, *args: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(args[-1][0])
            if not host.startswith(LOOPBACK):
                raise ForbiddenError(f"a test reached for {host}: only this machine is allowed")
        return call(self, *args)

    return refuse_to_leave


@pytest.fixture(autouse=True)
def _no_sleep(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sleeping test is slow when it passes and flaky when it fails."""
    if request.node.get_closest_marker("sleeps") is None:
        monkeypatch.setattr(time, "sleep", _wakeful(time.sleep))


@pytest.fixture(autouse=True, scope="session")
def _small_reserve() -> Iterator[None]:
    """Hundreds of kits are opened here: 64 MiB of reserve for each would fill a disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home, "BALLAST_BYTES", 1024 * 1024)
        yield


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kit works without a network, so its tests do."""
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, _local_only(getattr(socket.socket, name)))


@pytest.fixture(autouse=True)
def _no_qt_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """`qtbot.wait` is a sleep by another name; `waitSignal` and `waitUntil` are not."""
    from pytestqt.qtbot import QtBot

    def refuse_to_wait(_self: QtBot, _ms: int) -> None:
        raise ForbiddenError("qtbot.wait in a test: use waitSignal or waitUntil")

    monkeypatch.setattr(QtBot, "wait", refuse_to_wait)


@pytest.fixture(autouse=True)
def _french() -> Iterator[None]:
    """Each test begins in French, whatever the one before chose."""
    choose_language("fr")
    yield
    choose_language("fr")
