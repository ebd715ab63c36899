"""Fleets for tests: real kits in their folders, in a test world whose phrases cost nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kit.core.command import Outcome
from kit.core.event import Event
from kit.node.desk import Desk, Who
from kit.node.fleet_preparation import Means, Order, prepare_fleet
from kit.node.opening import OpenKit, open_kit
from kit.paper import card as cards
from kit.store import vault
from kit.store.log import Circumstance
from tests.node.kits import Clock

WORLD = "TEST:fleet"
MEANS = Means(cost=vault.TEST_ONLY, clock=Clock(), ballast=4096)
CHIEF = Who("P-SI", "Informatique", "SI", "session", alone="de nuit")


class Prepared:
    """A fleet in a folder, and what stood on paper: label → phrase, and the root's two halves."""

    def __init__(self, folder: Path, count: int, **how: Any) -> None:
        self.printed: list[cards.Card] = []
        self.root: list[cards.RootSheets] = []
        order = Order(folder / "fleet", count, hospital="CH d'essai", world=WORLD, **how)

        def see(made: Sequence[cards.Card], root: cards.RootSheets) -> None:
            self.printed.extend(made)
            self.root.append(root)

        self.made = prepare_fleet(order, MEANS, see=see)

    @contextmanager
    def kit(self, label: str) -> Iterator[OpenKit]:
        """One of its kits, open."""
        card = next(one for one in self.printed if one.label == label)
        kit = open_kit(Path(card.folder), " ".join(card.words), clock=MEANS.clock)
        try:
            yield kit
        finally:
            kit.close()


def record(kit: OpenKit, *events: Event) -> list[int]:
    """Append events to a kit's own log."""
    with kit.log.transaction():
        return kit.log.append(
            [Outcome(event) for event in events], Circumstance("P", "S", kit.clock(), 1)
        )


def carry(source: OpenKit, target: OpenKit) -> set[str]:
    """Everything that the target may hold, as a peer would bring it; refusals by code."""
    refused: set[str] = set()
    device = target.membership.device
    rows = sorted(source.log.feeds.by_number.values(), key=lambda row: row.scope != "dir")
    for row in rows:
        if (
            row.is_branch
            or not row.seq
            or not source.membership.members.may_hold(device, row.scope)
        ):
            continue
        held = target.log.feeds.get(row.name)
        after = held.seq if held else 0
        while raws := source.membership.replica.run(row.name, after):
            taken = target.membership.replica.take(source.membership.device, row.name, raws)
            refused |= {taken.refused} - {""}
            if taken.refused or taken.held <= after:
                break
            after = taken.held
        if row.scope == "dir":
            target.membership.settle(target.clock())
    return refused


def meet(*kits: OpenKit) -> None:
    """Everybody brings everybody everything, until nothing is new."""
    for _round in range(4):
        for source in kits:
            for target in kits:
                if source is not target:
                    carry(source, target)


def desk(kit: OpenKit) -> Desk:
    """The desk of an open kit."""
    return Desk(kit)
