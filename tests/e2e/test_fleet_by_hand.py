"""The whole way on the command line: prepare, import, join, give a dose, see it, revoke."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

TEMPLATE = Path(str(resources.files("kit.exchange") / "template"))
NURSE, CHIEF = "Claire DUBOIS", "Sam INFO"
ASKED = 150
"""So often a question is asked before what it waits for counts as missing; each takes a while."""


class Hand:
    """Somebody at a terminal: `kit` with a home and its phrase."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str) -> tuple[int, Any]:
        """Exit code and JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "kit.cli", *words],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done.returncode, json.loads(done.stdout)

    def at(self, kit: str, *words: str) -> Any:
        """The same on one kit of the fleet; what it answered, which must be a success."""
        phrase = self.folder / "phrases" / f"{kit}.txt"
        code, said = self.run(*words, "--home", str(self.home(kit)), "--phrase-file", str(phrase))
        assert code == 0, said
        return said

    def home(self, kit: str) -> Path:
        """A kit's folder."""
        return self.folder / "fleet" / kit

    def node(self, kit: str, *peers: str) -> subprocess.Popen[bytes]:
        """`kit node` on loopback, calling these."""
        called = [word for peer in peers for word in ("--peer", peer)]
        phrase = self.folder / "phrases" / f"{kit}.txt"
        return subprocess.Popen(
            [sys.executable, "-m", "kit.cli", "node", "--home", str(self.home(kit)),
             "--phrase-file", str(phrase), "--listen", "127.0.0.1:0", "--no-discovery", *called],
            stdout=subprocess.PIPE,
        )  # fmt: skip


@pytest.fixture
def hand(tmp_path: Path) -> Hand:
    """A prepared fleet: one steering kit, two of cardiology; a nurse and a chief have accounts."""
    hand = Hand(tmp_path)
    code, made = hand.run(
        "fleet", "prepare", "3", "--out", str(tmp_path / "fleet"), "--wards", "CARD",
        "--steering", "1", "--world", "TEST:hand", "--phrases", str(tmp_path / "phrases"),
    )  # fmt: skip
    assert code == 0
    assert [kit["role"] for kit in made["kits"]] == ["steering", "ward", "ward"]
    nurse = json.dumps({"name": NURSE, "profession": "IDE"})
    chief = json.dumps({"name": CHIEF, "profession": "SI"})
    hand.at("card-1", "do", "person.enrol", nurse)
    hand.at("pilotage-1", "do", "person.enrol", chief)
    hand.at("card-1", "import", str(TEMPLATE))
    return hand


def eventually(ask: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """Ask until the answer is as wanted."""
    answer: Any = None
    for _ in range(ASKED):
        answer = ask()
        if wanted(answer):
            return answer
    raise AssertionError(f"never came: {answer}")


@pytest.mark.slow
def test_a_dose_given_on_one_kit_is_given_on_the_other_and_a_revoked_kit_is_out(
    hand: Hand,
) -> None:
    with ExitStack() as stack:
        addresses: list[str] = []
        for kit in ("pilotage-1", "card-1", "card-2"):
            node = stack.enter_context(hand.node(kit, *addresses))
            stack.callback(node.terminate)
            assert node.stdout is not None
            addresses += json.loads(node.stdout.readline())["listen"]
        board = eventually(
            lambda: hand.at("card-2", "query", "ward.board", "ward=CARD"),
            lambda rows: any(row["patient"] for row in rows),
        )
        patient = next(row["patient"] for row in board if row["patient"])
        orders = hand.at("card-1", "query", "prescription.list", f"patient={patient}")
        needed = next(row for row in orders if row["as_needed"])
        dose = {
            "patient": patient, "prescription": needed["prescription"],
            "identified_by": ["name", "birth_date"],
        }  # fmt: skip
        hand.at("card-1", "do", "administration.give", json.dumps(dose), "--as", NURSE)
        journal = ("query", "chart.journal", f"patient={patient}")
        told = eventually(
            lambda: hand.at("card-2", *journal),
            lambda rows: any(row["kind"] == "administration" and not row["src"] for row in rows),
        )
        mine = next(row for row in told if row["kind"] == "administration" and not row["src"])
        assert NURSE in json.dumps(mine, ensure_ascii=False)
        points = eventually(
            lambda: hand.at("pilotage-1", "query", "steering.situation"),
            lambda rows: any(row["ward"] == "CARD" and row["at"] for row in rows),
        )
        assert patient not in json.dumps(points)
        out = ("revoke", "CARD 1", "--reason", "volé", "--as", CHIEF)
        hand.at("pilotage-1", *out)
        eventually(
            lambda: hand.at("card-2", "peers"),
            lambda rows: any(r["label"] == "CARD 1" and r["state"] == "revoked" for r in rows),
        )
