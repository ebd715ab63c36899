"""`kit node` itself, three of them on a real switch: enrolled kits with stores, real sessions.

The kits are prepared as a hospital would prepare them; what they say of each other is asked through
their local socket, as `kit peers` does. Limits are generous; figures are printed.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from kit.core.errors import Unavailable
from kit.node.fleet_preparation import Order, prepare_fleet
from kit.node.local_socket import Caller
from tests.netns.rig import ROOT, Net, network, now_ms, why_not
from tests.netns.test_found import GENEROUS_S, say

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "namespaces work"),
]
LATE_MS = 600
TRUTH_MS = 5_000
"""The strip tells the truth within this time of a cable pulled."""


class Node:
    """One `kit node` in a namespace of its own."""

    def __init__(self, net: Net, name: str, home: Path, phrase: Path, *options: str) -> None:
        self.name, self.home = name, home
        net.node(name)
        self.process = subprocess.Popen(
            [
                *f"ip netns exec {net.space(name)} {sys.executable} -m kit.cli node".split(),
                "--home", str(home), "--phrase-file", str(phrase), *options,
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def others(self) -> list[dict[str, Any]]:
        """What it says of every other kit; empty while the node is not there yet."""
        with contextlib.suppress(Unavailable):
            caller = Caller(self.home)
            try:
                rows: list[dict[str, Any]] = caller.ask({"call": "peers"})["ok"]
            finally:
                caller.close()
            return [row for row in rows if row["state"] != "self"]
        return []

    def states(self) -> dict[str, str]:
        """Label → state of every other kit."""
        return {row["label"]: row["state"] for row in self.others()}

    def kill(self) -> None:
        """No goodbye."""
        self.process.kill()
        self.process.wait()


def until(what: Callable[[], bool], nodes: Sequence[Node]) -> int:
    """How long it took, in ms, until something holds."""
    began = now_ms()
    while not what():
        assert now_ms() - began < GENEROUS_S * 1000, [(one.name, one.states()) for one in nodes]
    return now_ms() - began


@pytest.fixture
def sealed(tmp_path: Path) -> list[tuple[Path, Path]]:
    """A steering kit and two ward kits, prepared together: (home, file with its phrase)."""
    phrases: dict[Path, Path] = {}

    def keep(cards: Sequence[Any], _root: Any) -> None:
        for card in cards:
            place = tmp_path / f"{Path(card.folder).name}.txt"
            place.write_text(" ".join(card.words))
            place.chmod(0o600)
            phrases[Path(card.folder)] = place

    order = Order(
        folder=tmp_path / "fleet", count=3, hospital="CH de Valmont", wards=("CHIR",), steering=1,
        world="EXERCICE:switch",
    )  # fmt: skip
    prepare_fleet(order, see=keep)
    return sorted(phrases.items())


@contextlib.contextmanager
def running(nodes: list[Node]) -> Iterator[list[Node]]:
    """Nodes that are ended with the test."""
    try:
        yield nodes
    finally:
        for node in nodes:
            node.kill()


@pytest.fixture
def trio(sealed: list[tuple[Path, Path]]) -> Iterator[tuple[Net, list[Node]]]:
    """All three, started on one switch."""
    with network() as net, running([Node(net, one.name, one, key) for one, key in sealed]) as nodes:
        yield net, nodes


def all_are(nodes: Sequence[Node], state: str) -> bool:
    """Whether each of these sees every other kit in this state."""
    told = [node.states() for node in nodes]
    return all(len(one) == 2 and set(one.values()) == {state} for one in told)


def test_prepared_kits_find_each_other_and_tell_the_truth_of_a_cable(
    trio: tuple[Net, list[Node]],
) -> None:
    net, nodes = trio
    say("kit node: started, all connected", [until(lambda: all_are(nodes, "connected"), nodes)])
    alone, others = nodes[0], nodes[1:]
    label = next(iter(set(others[0].states()) & set(others[1].states())))
    net.pull(alone.name)
    here = until(lambda: "connected" not in alone.states().values(), nodes)
    there = until(lambda: all(one.states()[label] != "connected" for one in others), nodes)
    say("kit node: cable pulled, told on the kit itself", [here])
    say("kit node: cable pulled, told on the others too", [here + there])
    assert here + there < 3 * TRUTH_MS
    net.plug(alone.name)
    say("kit node: cable back, all connected", [until(lambda: all_are(nodes, "connected"), nodes)])


def test_a_long_way_is_slow_and_nothing_more(sealed: list[tuple[Path, Path]]) -> None:
    """Two sites over a satellite: 600 ms each way, no mDNS. The line stands, clocks are compared.

    Both machines share one clock, so the offset that is told should be none; a kit that took the
    way for a difference of clocks would mark each entry as doubtful.
    """
    with network() as net:
        (home, phrase), (far_home, far_phrase) = sealed[:2]
        net.node("way")
        port = 47_443
        way = net.start(
            "way", "--to", f"10.9.0.2:{port}", "--late", str(LATE_MS), module="tests.netns.far"
        )
        entrance = way.until(lambda event: event["what"] == "ready")["port"]
        alone = ("--no-discovery",)
        here = Node(net, "here", home, phrase, *alone, "--listen", f"0.0.0.0:{port}")
        there = Node(net, "there", far_home, far_phrase, *alone, "--peer", f"10.9.0.1:{entrance}")
        net.part(["here"], ["there"])
        with running([here, there]) as nodes:
            say(
                "600 ms each way: connected", [until(lambda: bool(met(here) and met(there)), nodes)]
            )
            say("offset told between equal clocks", [met(here)["offset_ms"]])
            assert abs(met(here)["offset_ms"]) < LATE_MS / 2
            assert abs(met(there)["offset_ms"]) < LATE_MS / 2


def met(node: Node) -> dict[str, Any]:
    """The kit that this one has met, once both have told all and clocks are compared."""
    for row in node.others():
        known = row["state"] == "connected" and row["offset_ms"] is not None
        if known and row["ahead"] == row["behind"] == 0:
            return row
    return {}
