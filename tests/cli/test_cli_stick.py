"""The command line on a kit's stick, against a real keeper on a machine of files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kit import cli
from kit.core.errors import KitError, NotPermitted, Refused, Unavailable
from kit.node.opening import Making, found_kit
from kit.stick import persistence
from kit.stick.keeper_socket import Act, Answer
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


class Kit:
    """The node that runs in the stick's home, as its local socket answers."""

    def __init__(self, said: Any) -> None:
        self.said, self.asked, self.hung_up = said, list[str](), False

    def ask(self, message: dict[str, Any]) -> Any:
        """Its answer to the one question."""
        self.asked.append(message["call"])
        if isinstance(self.said, KitError):
            raise self.said
        return self.said

    def close(self) -> None:
        """Hang up."""
        self.hung_up = True


@pytest.fixture
def updated(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Take in a version from a drive, with this kit running; what the command says."""
    answers: dict[str, Answer] = {
        "sdb": {"version": "1.1.0"}, "old": Refused("UPD-042"),
    }  # fmt: skip
    acts = {
        "update_apply": Act(lambda args, _tell: answers[args["source"]]),
        "update_check": Act(lambda _args, _tell: {"version": "1.1.0"}),
    }
    door = Served(tmp_path, acts, (os.getuid(),))

    def run(kit: Kit | None, *words: str) -> Any:
        monkeypatch.setattr("kit.node.local_socket.is_running", lambda _folder: kit is not None)
        monkeypatch.setattr("kit.cli_pair.Running", lambda _options: kit)
        cli.main(["stick", "--keeper", str(door.path), "update", *words])
        return json.loads(capfdbinary.readouterr().out)

    yield run
    door.close()


@pytest.mark.req("HZ-271")
def test_an_update_is_offered_to_the_other_kits_as_on_screen(updated: Callable[..., Any]) -> None:
    """The kit that runs lays it down; the update is done whether it can or not."""
    kit = Kit({"version": "1.1.0"})
    assert updated(kit, "sdb")["ok"] == {"version": "1.1.0", "offered": True}
    assert (kit.asked, kit.hung_up) == (["medium.offer_release"], True)
    for said in (Refused("UPD-085"), Unavailable("UPD-013")):
        full = updated(Kit(said), "sdb")["ok"]
        assert full == {"version": "1.1.0", "offered": False, "why": said.code}
    assert updated(None, "sdb")["ok"]["why"] == "NOD-006"


def test_what_was_not_installed_is_not_offered(updated: Callable[..., Any]) -> None:
    kit = Kit({"version": "1.1.0"})
    assert updated(kit, "old")["refused"] == "UPD-042"
    assert "offered" not in updated(kit, "sdb", "--only-check")["ok"]
    assert kit.asked == []
