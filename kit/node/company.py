"""What stands beside an open kit while a node runs: network, command line's door, quiet work.

Begun when the kit is opened, ended before it is sealed. A port that is not to be had never keeps
the kit from opening: it works alone and says so. Not for: what either does.
"""

from __future__ import annotations

import asyncio
import contextlib

from kit.core.errors import KitError
from kit.node.background import Background
from kit.node.local_socket import Door
from kit.node.network import Network, read_plan, steady_ms
from kit.node.segments import keep_carrying
from kit.node.service import Node


class Company:
    """Network, door and quiet work of one node, in its event loop."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._door = Door(node)
        self._begun: asyncio.Task[None] | None = None
        self._quiet: asyncio.Task[None] | None = None
        self._shared: asyncio.Task[None] | None = None
        self.fault: KitError | None = None

    def attend(self) -> None:
        """Begin now if the kit is open, and whenever it is opened."""
        self._node.on_open.append(self._begin)
        self._node.on_fleet.append(self._move)
        if self._node.kit is not None:
            self._begin()

    async def ready(self) -> None:
        """Wait until what was begun stands."""
        if self._begun is not None:
            await self._begun

    async def leave(self) -> None:
        """End them, in order."""
        if self._begin in self._node.on_open:
            self._node.on_open.remove(self._begin)
            self._node.on_fleet.remove(self._move)
        begun = [task for task in (self._begun, self._quiet, self._shared) if task is not None]
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        network, self._node.network = self._node.network, None
        if network is not None and self._node.kit is not None:
            await network.stop()
        await self._door.close()

    def _begin(self) -> None:
        if self._begun is None:
            loop, node = asyncio.get_running_loop(), self._node
            quiet = Background(node.desk, steady_ms, lambda: node.kit is not None)
            self._quiet = loop.create_task(quiet.run())
            self._shared = loop.create_task(keep_carrying(node))
            self._begun = loop.create_task(self._start())

    def _move(self) -> None:
        """Lines to the fleet that was left end; lines to the new one begin."""
        before, self._begun = self._begun, None
        self._begun = asyncio.get_running_loop().create_task(self._restart(before))

    async def _restart(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        network, self._node.network = self._node.network, None
        if network is not None:
            await network.stop()
        await self._start()

    async def _start(self) -> None:
        with contextlib.suppress(OSError):  # a folder that knows no sockets: no command line then
            await self._door.open()
        plan = self._node.plan or read_plan(self._node.desk.kit)
        network = Network(self._node.desk, plan)
        try:
            await network.start()
        except KitError as fault:
            self.fault = fault
            await network.stop()
            return
        self._node.network = network
        self._node.desk.exchange = network.peers.facts
        self._node.desk.kits = network.peers.rows
        self._node.desk.tell({"peers", "status"})
