"""`python -m kit.shots OUT [ONLY]`: pictures of every screen of the demo hospital, to be looked at.

Joins the demo's node and the screens, as the command line does. Not for: the pictures themselves
(`kit.gui.shots`) or production: the kits it makes have a test world and weak keys.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from kit.core.clock import HOUR, local_instant
from kit.gui.port import LoopNode, NodePort
from kit.gui.shots import grab_all
from kit.gui.shots_steering import CRISES, CrisisNode
from kit.node.demo import PIN, WARD, make_demo
from kit.node.service import Node
from kit.store import vault

SEED = 7
NOW = local_instant(2026, 11, 22, 8, 20)
LATER_MS = 20 * HOUR
WORLD = "TEST:valmont"
OUT = Path("build/shots")


class Studio:
    """Ports over nodes in this process, one home for each condition."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._nodes: list[Node] = []
        self._demo: dict[str, Any] = {}

    def port(self, condition: str) -> NodePort:
        """The port of a condition of `kit.gui.shots.CONDITIONS`."""
        now = NOW + LATER_MS if condition == "stale" else NOW
        self.close()
        if condition in CRISES:
            return LoopNode(CrisisNode(now, condition), lambda: now)
        home = self.folder / ("empty" if condition == "empty" else condition)
        if condition not in ("new", "empty"):
            home = self._demo_home()
        node = Node(home, clock=lambda: now, cost=vault.TEST_ONLY)
        self._nodes.append(node)
        if condition == "empty":
            self._make_empty(node)
        elif condition not in ("new", "sealed"):
            self._open(node, sign_in=condition != "open")
        port = LoopNode(node, lambda: now)
        node.tell = port.push
        return port

    def close(self) -> None:
        """Seal what is open; one home has one node at a time."""
        for node in self._nodes:
            node.close()
        self._nodes.clear()

    def _demo_home(self) -> Path:
        home = self.folder / "demo"
        if not self._demo:
            self._demo = make_demo(home, SEED, cost=vault.TEST_ONLY, clock=lambda: NOW, world=WORLD)
        return home

    def _open(self, node: Node, *, sign_in: bool) -> None:
        _call(node, "unlock", phrase=self._demo["phrase"])
        if sign_in:
            _call(node, "sign_in", person=self._demo["people"][0], pin=PIN)

    def _make_empty(self, node: Node) -> None:
        _call(
            node,
            "create",
            hospital="CH de Valmont",
            ward=WARD,
            world=WORLD,
            label="Cardiologie 1",
        )
        _call(node, "phrase.proven")
        _call(node, "enrol", name="C. Dubois", profession="IDE", pin=PIN)
        _call(node, "sign_in", person="C. Dubois", pin=PIN)


def _call(node: Node, service: str, **args: Any) -> Any:
    answer = node.handle({"id": 1, "call": service, "args": args})
    if "ok" not in answer:
        raise SystemExit(f"{service}: {answer}")
    return answer["ok"]


def main(argv: list[str]) -> int:
    """Take the pictures, and say where they are."""
    parser = argparse.ArgumentParser(prog="python -m kit.shots", description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=OUT)
    parser.add_argument("only", nargs="?", help="only those whose name holds this")
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder))
        shots = grab_all(studio.port, asked.out, asked.only)
        studio.close()
    sys.stdout.write(f"{len(shots)} pictures: {asked.out / 'index.html'}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
