"""Kits of one fleet for tests: a founder that steers, and ward kits that it has taken in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from kit.core.command import Outcome
from kit.node.company import Company
from kit.node.network import Plan
from kit.node.opening import OpenKit, make_kit
from kit.node.service import Node
from kit.store import vault
from kit.store.log import Circumstance
from kit.sync.address import Address
from kit.sync.authority import Role
from kit.sync.fleet import DeviceEnrolled
from tests.node.kits import OPENED, Clock, fill_ward, ward_settings

PATIENCE_S = 20.0
LOOPBACK = Address("127.0.0.1", 0)


def founder(folder: Path, clock: Clock) -> OpenKit:
    """A steering kit with a fleet of its own."""
    settings = msgspec.structs.replace(
        ward_settings(""), fleet_root=b"", capsule="steering", label="Cellule"
    )
    kit, _words = make_kit(folder, settings, cost=vault.TEST_ONLY, clock=clock, ballast=4096)
    return kit


def taken_in(
    by: OpenKit, folder: Path, clock: Clock, ward: str = "CARD", role: Role = Role.WARD
) -> OpenKit:
    """A new kit of the same fleet: enrolled by `by`, with the directory as it stands."""
    capsule = "ward" if role is Role.WARD else "steering"
    settings = msgspec.structs.replace(
        ward_settings(ward), fleet_root=by.settings.fleet_root, capsule=capsule,
        label=f"{ward or role} {folder.name}",
    )  # fmt: skip
    kit, _words = make_kit(folder, settings, cost=vault.TEST_ONLY, clock=clock, ballast=4096)
    enrolled = DeviceEnrolled(
        device=kit.membership.device, label=settings.label, role=role,
        wards=(ward,) if role is Role.WARD else (), exchange=kit.membership.exchange,
        certificate=kit.membership.certificate,
    )  # fmt: skip
    with by.log.transaction():
        by.log.append([Outcome(enrolled)], Circumstance("", "", clock(), 1))
    by.membership.settle(clock())
    for name in [row.name for row in by.log.feeds.by_number.values() if row.scope == "dir"]:
        after = 0
        while raws := by.membership.replica.run(name, after):
            taken = kit.membership.replica.take(by.membership.device, name, raws)
            assert not taken.refused
            after += len(raws)
    kit.membership.settle(clock())
    return kit


def ward_kit(by: OpenKit, folder: Path, clock: Clock) -> OpenKit:
    """A kit of cardiology with its one patient."""
    kit = taken_in(by, folder, clock)
    fill_ward(kit, clock())
    return kit


class Fleet:
    """Nodes with their networks in one event loop, on this machine only."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.companies: list[Company] = []

    async def join(self, kit: OpenKit, *others: Node) -> Node:
        """Start a node on this kit; it calls the others."""
        node = Node(kit.home.folder, clock=self.clock, cost=vault.TEST_ONLY)
        OPENED.append(node)
        static = tuple(other.network.listening[0] for other in others if other.network)
        node.plan = Plan(listen=(LOOPBACK,), static=static, discover=False)
        company = Company(node)
        self.companies.append(company)
        company.attend()
        node.use(kit)
        await company.ready()
        assert company.fault is None
        return node

    async def leave(self) -> None:
        """End every network."""
        for company in self.companies:
            await company.leave()


async def until(happened: Callable[[], object], *nodes: Node) -> None:
    """Wait for something that news of these nodes announce; an error after PATIENCE_S."""
    heard = asyncio.Event()
    listeners = [lambda _topics: heard.set() for _ in nodes]
    for node, listener in zip(nodes, listeners, strict=True):
        node.desk.listeners.append(listener)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not happened():
                heard.clear()
                await heard.wait()
    finally:
        for node, listener in zip(nodes, listeners, strict=True):
            node.desk.listeners.remove(listener)


def run(work: Callable[[Fleet], Awaitable[None]], clock: Clock) -> None:
    """One scenario in an event loop of its own."""

    async def whole() -> None:
        fleet = Fleet(clock)
        try:
            await work(fleet)
        finally:
            await fleet.leave()

    asyncio.run(whole())
