"""The fleet from the command line: prepared, paired by two processes, a kit put out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kit import cli

WORLD = "TEST:cli"


def kit(capfdbinary: pytest.CaptureFixture[bytes], *words: str) -> tuple[int, Any]:
    """Run a command in this process; its exit code and its JSON."""
    code = cli.main(words)
    said = capfdbinary.readouterr().out
    return code, json.loads(said) if said.strip() else None


def started(*words: str) -> subprocess.Popen[str]:
    """The same in a process of its own, which waits for a person."""
    return subprocess.Popen(
        [sys.executable, "-m", "kit.cli", *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def opened(home: Path, phrase: Path, *who: str) -> tuple[str, ...]:
    """The words that open a kit."""
    return "--home", str(home), "--phrase-file", str(phrase), *who


@pytest.mark.slow
def test_a_fleet_is_prepared_and_a_kit_put_out(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Steering revokes a ward kit by its label, a ward kit may not; the root is checked."""
    fleet, phrases = tmp_path / "fleet", tmp_path / "phrases"
    code, made = kit(
        capfdbinary, "fleet", "prepare", "3", "--out", str(fleet), "--wards", "CARD",
        "--hospital", "CHU", "--world", WORLD, "--phrases", str(phrases),
    )  # fmt: skip
    assert code == 0
    assert [one["label"] for one in made["kits"]] == ["Pilotage 1", "Pilotage 2", "CARD 1"]
    homes = [Path(one["home"]) for one in made["kits"]]
    chief, _second, ward = (opened(home, phrases / f"{home.name}.txt") for home in homes)
    for one in (chief, ward):
        args = '{"name": "SI", "profession": "SI"}'
        assert kit(capfdbinary, "do", *one, "person.enrol", args)[0] == 0
    refused = kit(capfdbinary, "revoke", *ward, "--as", "SI", "Pilotage 1", "--reason", "vol")
    assert refused[0] == 1
    assert refused[1]["refused"] == "device.not_steering"
    done = kit(capfdbinary, "revoke", *chief, "--as", "SI", "CARD 1", "--reason", "vol")
    assert done[0] == 0
    assert done[1]["ok"]["label"] == "CARD 1"
    _code, rows = kit(capfdbinary, "query", *chief, "fleet.devices")
    assert {row["label"]: row["state"] for row in rows}["CARD 1"] == "revoked"
    symbol, words = tmp_path / "symbol.txt", tmp_path / "words.txt"
    symbol.write_text("KITR1:NONSENSE")
    words.write_text("un deux trois")
    code, said = kit(
        capfdbinary, "fleet", "steer", *chief,
        "--root-symbol", str(symbol), "--root-words", str(words),
    )  # fmt: skip
    assert code == 3
    assert said["fault"] == "SYN-115"


@pytest.mark.slow
def test_two_processes_pair(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Digits on both, two people say yes, the newcomer knows the fleet and verifies."""
    words = {}
    for name, capsule in (("a", "steering"), ("b", "ward")):
        home = tmp_path / name
        made = kit(
            capfdbinary, "new", "--home", str(home), "--capsule", capsule, "--hospital", "CHU",
            "--ward", "" if capsule == "steering" else "NEPH", "--world", WORLD, "--json",
        )  # fmt: skip
        (tmp_path / f"{name}.txt").write_text(made[1]["phrase"])
        words[name] = opened(home, tmp_path / f"{name}.txt")
    args = '{"name": "SI", "profession": "SI"}'
    assert kit(capfdbinary, "do", *words["a"], "person.enrol", args)[0] == 0
    place = ("--listen", "127.0.0.1:0", "--label", "Neph 1", "--wards", "NEPH")
    with started("pair", *words["a"], "--as", "SI", "host", *place) as host:
        assert host.stderr is not None
        address = host.stderr.readline().strip()
        assert host.stderr.readline().startswith("KITP1:")
        with started("pair", *words["b"], "join", address) as guest:
            assert guest.stderr is not None
            assert host.stderr.readline() == guest.stderr.readline()
            joined = guest.communicate("o\n", timeout=60)[0] if _yes(host) else ""
        hosted = host.communicate(timeout=60)[0]
    assert json.loads(joined)["ok"]["paired"] == "CHU"
    assert json.loads(hosted)["ok"]["paired"] == "Neph 1"
    _code, rows = kit(capfdbinary, "query", *words["b"], "fleet.devices")
    assert sorted((row["label"], row["role"], row["own"]) for row in rows) == [
        ("Neph 1", "ward", True), ("steering", "steering", False),
    ]  # fmt: skip
    assert kit(capfdbinary, "verify", *words["b"])[1]["ok"]


def _yes(process: subprocess.Popen[str]) -> bool:
    assert process.stdin is not None
    process.stdin.write("o\n")
    process.stdin.flush()
    return True
