"""The demo as a fleet: a steering kit and two kits of one ward on this machine, paired and joined.

With a display, three windows; without, the same nodes in this process: a dose given in one kit is
looked for in the others, and each kit's screen is photographed. Everything goes over real TLS on
the loopback address. Not for: the ward scenario on one kit (`rehearsal`).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kit.core.errors import KitError
from kit.core.programme import this_programme
from kit.exercise.hospital import DEMO_PEOPLE, generate
from kit.exercise.scenario import Step, give_one
from kit.node.company import Company
from kit.node.demo import HOSPITAL, PIN, WARD, WORLD, fill
from kit.node.desk import KEY_HOLDER
from kit.node.fleet_preparation import Order, prepare_fleet
from kit.node.network import Plan, write_plan
from kit.node.opening import OpenKit, open_kit, system_clock
from kit.node.service import Node
from kit.store.durable import close_to_others, replace_file
from kit.sync.address import Address

KITS = 3
STEERING = 1
FIRST_PORT = 47_450
PATIENCE_S = 60.0
NURSE, DIRECTOR = "IDE", "DIR"


class Place(msgspec.Struct, frozen=True):
    """One kit of the rehearsal: its folder, the file with its phrase, who sits there."""

    home: Path
    phrase: Path
    capsule: str


def prepared(out: Path, seed: int) -> list[Place]:
    """The fleet in `out/flotte`, made once; the first ward kit holds the demo ward."""
    folder, phrases = out / "flotte", out / "phrases"
    if not (folder / "pret").exists():
        if folder.exists():
            raise FileExistsError(folder)
        phrases.mkdir(parents=True, exist_ok=True)
        close_to_others(phrases)
        order = Order(
            folder=folder, count=KITS, hospital=HOSPITAL, wards=(WARD,), steering=STEERING,
            world=WORLD,
        )  # fmt: skip

        def keep(cards: Sequence[Any], _root: Any) -> None:
            for card in cards:
                name = f"{Path(card.folder).name}.txt"
                replace_file(phrases / name, " ".join(card.words).encode())

        prepare_fleet(order, see=keep)
        _furnish(_places(folder, phrases), seed)
        (folder / "pret").touch()
    return _places(folder, phrases)


def _places(folder: Path, phrases: Path) -> list[Place]:
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    steering = [name for name in names if name.startswith("pilotage")]
    wards = [name for name in names if name not in steering]
    return [
        Place(folder / name, phrases / f"{name}.txt", "steering" if name in steering else "ward")
        for name in (*steering, *wards)
    ]


def _furnish(places: Sequence[Place], seed: int) -> None:
    """Patients and people for the first ward kit; where each kit is reached on this machine.

    The others are given what they may hold, so that each has its accounts at the first opening.
    """
    addresses = [Address("127.0.0.1", FIRST_PORT + n) for n in range(len(places))]
    kits: list[OpenKit] = []
    try:
        for place, address in zip(places, addresses, strict=True):
            kits.append(open_kit(place.home, place.phrase.read_text("utf-8")))
            others = tuple(one for one in addresses if one != address)
            write_plan(kits[-1], Plan((address,), others, discover=False))
        furnished = kits[STEERING]
        fill(furnished, generate(seed, system_clock()), (WARD,))
        for kit in kits:
            if kit is not furnished:
                _give(furnished, kit)
    finally:
        for kit in kits:
            kit.close()


def _give(giver: OpenKit, taker: OpenKit) -> None:
    """All that one kit has and the other may hold, run by run, as a line would bring it."""
    source, target = giver.membership.replica, taker.membership.replica
    for feed in source.vector(taker.membership.device).tips:
        held = target.feeds.get(feed)
        after = held.seq if held is not None else 0
        while raws := source.run(feed, after):
            taken = target.take(giver.membership.device, feed, raws)
            if taken.refused:
                raise KitError(taken.refused)
            after = taken.held


def open_windows(places: Sequence[Place]) -> int:
    """One window a kit, each with its own node; returns when all are closed."""
    windows = [
        subprocess.Popen(
            this_programme().command(
                "gui", "--home", str(place.home), "--phrase-file", str(place.phrase)
            )
        )
        for place in places
    ]  # fmt: skip
    return max(window.wait() for window in windows)


def play_fleet(places: Sequence[Place], pictures: Path) -> list[Step]:
    """The same without a screen: what was done and seen, in order, and a picture of each kit."""
    nodes = [Node(place.home) for place in places]
    try:
        for node, place in zip(nodes, places, strict=True):
            node.use(open_kit(place.home, place.phrase.read_text("utf-8")))
        steps = asyncio.run(_exchange(nodes))
        steps.append(_photographed(nodes, places, pictures))
    finally:
        for node in nodes:
            node.close()
    return steps


async def _exchange(nodes: Sequence[Node]) -> list[Step]:
    steering, first, second = nodes
    companies = [Company(node) for node in nodes]
    for company in companies:
        company.attend()
    try:
        for company in companies:
            await company.ready()
            if company.fault is not None:
                raise company.fault
        steps = [await _joined(nodes)]
        _sign_in(first, NURSE)
        given = give_one(_doing(first), _asking(first), WARD)
        steps.append(given)
        if given.ok:
            steps.append(await _seen(second, given))
            steps.append(await _counted(steering))
            steps.append(await _safe(first))
    finally:
        for company in companies:
            await company.leave()
    return steps


async def _joined(nodes: Sequence[Node]) -> Step:
    """All hold the same: each knows of the others, the second ward kit has the ward's patients."""
    second = nodes[-1]
    ok = await _until(
        lambda: (
            bool(second.desk.ask("ward.board", {"ward": WARD}, KEY_HOLDER))
            and all(_connected(node) >= len(nodes) - 1 for node in nodes)
        )
    )
    counts = ", ".join(f"{node.desk.kit.settings.label} : {_connected(node)}" for node in nodes)
    return Step("joined", f"Les trois kits se parlent (kits joints : {counts}).", ok)


async def _seen(node: Node, given: Step) -> Step:
    """The dose stands as given on another kit of the ward."""
    label = node.desk.kit.settings.label
    ok = await _until(lambda: _status(node, given.facts) in ("given", "partial"))
    return Step("seen", f"La dose donnée apparaît comme donnée sur {label}.", ok)


async def _counted(steering: Node) -> Step:
    """The crisis cell sees the ward's figures, and reads no patient."""

    def told() -> bool:
        rows = steering.desk.ask("steering.situation", {}, KEY_HOLDER)
        return any(row.ward == WARD and row.at for row in rows)

    ok = await _until(told)
    blind = steering.desk.kit.db.row("select count(*) from patient") == (0,)
    sentence = f"Le pilotage voit le point du service {WARD} et ne lit aucun dossier."
    return Step("counted", sentence, ok and blind)


async def _safe(node: Node) -> Step:
    """Nothing of it is on this kit alone."""
    await _until(lambda: node.network is not None and not node.network.peers.unsent())
    unsent = node.network.peers.unsent() if node.network is not None else -1
    sentence = f"Saisies de {node.desk.kit.settings.label} pas encore remises : {unsent}."
    return Step("safe", sentence, unsent == 0)


def _connected(node: Node) -> int:
    return int(node.network.peers.facts()["peers"]) if node.network is not None else 0


def _status(node: Node, facts: dict[str, Any]) -> str:
    due = facts["due"]
    asked = {"patient": facts["patient"], "since": due, "until": due + 1}
    rounds = node.desk.ask("round.slots", asked, KEY_HOLDER)
    return next(
        (slot.status for row in rounds for slot in row.slots
         if slot.prescription == facts["prescription"] and slot.due == due), "",
    )  # fmt: skip


async def _until(happened: Callable[[], bool]) -> bool:
    """Whether it happens within PATIENCE_S."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE_S
    while not happened():
        if loop.time() > end:
            return False
        await asyncio.sleep(0.05)
    return True


def _sign_in(node: Node, profession: str) -> None:
    wanted = [one for one in DEMO_PEOPLE if one.profession == profession]
    here = [one for one in wanted if one.ward == WARD] or wanted
    signed = node.sitting.sign_in(here[0].person, PIN)
    if not hasattr(signed, "person"):
        raise KitError("NOD-002")


def _doing(node: Node) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    return lambda name, args: node.handle({"id": 0, "do": name, "args": args})


def _asking(node: Node) -> Callable[[str, dict[str, Any]], Any]:
    return lambda name, args: node.handle({"id": 0, "ask": name, "args": args}).get("ok")


def _photographed(nodes: Sequence[Node], places: Sequence[Place], folder: Path) -> Step:
    """The first screen of each kit, as its own person sees it."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from kit.gui.port import LoopNode
        from kit.gui.shots import picture
    except ImportError as fault:
        return Step("pictures", f"Pas de captures : {fault}", ok=False)
    made = []
    for node, place in zip(nodes, places, strict=True):
        _sign_in(node, DIRECTOR if place.capsule == "steering" else NURSE)
        path = folder / f"flotte-{place.home.name}.png"
        picture(LoopNode(node, node.desk.now), path)
        made.append(path.name)
    return Step("pictures", f"Un écran de chaque kit : {', '.join(made)}.", ok=True)
