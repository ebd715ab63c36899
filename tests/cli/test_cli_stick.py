"""The command line on a kit's stick, against a real keeper on a machine of files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kit import cli
from kit.core.errors import NotPermitted
from kit.node.opening import Making, found_kit
from kit.stick import persistence
from kit.store import phrase, vault
from kit.store.home import Home
from tests.node.kits import ward_settings
from tests.stick.doors import Served
from tests.stick.keeper_on_files import keeper_of
from tests.stick.machines import MIB, Bench, needs_tools

pytestmark = needs_tools
Stick = Callable[..., tuple[int, Any]]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A stick that runs, and an exchange drive."""
    bench = Bench(tmp_path / "m")
    bench.stick()
    bench.disk("sdb", 8 * MIB, usb=True, serial="USB42")
    bench.fat("sdb")
    return bench


@pytest.fixture
def stick(
    bench: Bench, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> Iterator[Stick]:
    """Run `kit stick …`; its exit code and its JSON."""
    keeper = keeper_of(bench)
    keeper.begin()
    door = Served(tmp_path, keeper.acts(), (os.getuid(),))

    def run(*words: str) -> tuple[int, Any]:
        code = cli.main(["stick", "--keeper", str(door.path), *words])
        return code, json.loads(capfdbinary.readouterr().out)

    yield run
    door.close()


def test_state_and_drives_as_json(stick: Stick) -> None:
    """What a script asks first."""
    code, said = stick("status")
    assert (code, said["ok"]["medium"]) == (0, "absent")
    code, said = stick("drives")
    assert [row["serial"] for row in said["ok"]["drives"]] == ["USB42"]
    assert stick("eject")[0] == 0


def test_a_copy_needs_the_number_of_the_drive(stick: Stick, bench: Bench) -> None:
    """Without it, or with another one, nothing is written."""
    code, said = stick("clone", "sdb")
    assert (code, said["fault"]) == (3, "KEY-038")
    code, said = stick("clone", "sda", "--serial", "STICK1")
    assert (code, said["refused"]) == (1, "KEY-030")
    assert not bench.written_devices() & {"sda", "sdb"}


def test_a_computer_without_a_stick_says_so(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """In words, exit code 1."""
    where = str(tmp_path / "none.sock")
    assert cli.main(["stick", "--keeper", where, "verify"]) == 1
    said = json.loads(capfdbinary.readouterr().out)
    assert said["refused"] == "KEY-020"
    assert "démarré" in said["text"]
    assert cli.main(["stick", "--keeper", where, "status"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["ok"] == {"medium": "none"}


def test_other_words_for_kit_and_stick(
    stick: Stick, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed back wrongly nothing changes; rightly, the new ones open both and the old ones none."""
    old, new = (" ".join(phrase.generate(one.__mul__)) for one in (b"1", b"2"))
    persistence.create(bench.means(), bytearray(old.encode()), lambda *_: None)
    persistence.keep(bench.means())
    home = Home(bench.machine.persist / "app")
    made = Making(cost=vault.TEST_ONLY, ballast=4096, words=tuple(old.split()))
    found_kit(home.folder, ward_settings(), made)[0].close()
    monkeypatch.setattr(phrase, "generate", lambda _random: new.split())
    typed = iter([old, old, old, new])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    code, said = stick("phrase", str(home.folder))
    assert (code, said["refused"]) == (cli.REFUSED, "KEY-061")
    assert stick("phrase", str(home.folder)) == (0, {"ok": {"changed": True}})
    vault.unlock(home, new).wipe()
    persistence.lock(bench.means())
    persistence.unlock(bench.means(), bytearray(new.encode()))
    with pytest.raises(NotPermitted, match="STO-022"):
        vault.unlock(home, old)
