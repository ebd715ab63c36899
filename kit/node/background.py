"""What an open kit does by itself while nobody types: receipts, the ward's figures.

Driven once a second by whoever runs the node's loop; each slice is short enough for a key pressed
meanwhile. A full disk or another fault here is no fault of the person's: it is tried again later.
Not for: exchange with other kits (`network`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator

from kit.core.errors import KitError
from kit.node.delivery import Delivery
from kit.node.desk import Desk
from kit.node.heads import HeadTeller
from kit.node.situation import SituationWriter

BEAT_S = 1.0


class Background:
    """The quiet work of one open kit.

    steady: a clock in ms that never runs back; is_open: false once the kit has been sealed.
    """

    def __init__(
        self, desk: Desk, steady: Callable[[], int], is_open: Callable[[], bool] = lambda: True
    ) -> None:
        self._is_open = is_open
        self._steady = steady
        self.delivery = Delivery(desk)
        self.situation = SituationWriter(desk)
        self.heads = HeadTeller(desk)
        self._desk = desk
        desk.listeners.append(self._heard)

    def stop(self) -> None:
        """Listen no more."""
        if self._heard in self._desk.listeners:
            self._desk.listeners.remove(self._heard)

    def _heard(self, topics: set[str]) -> None:
        self.delivery.heard(topics)
        self.situation.heard(topics)

    def steps(self) -> Generator[None, None, None]:
        """One round: what is due now, in slices."""
        self.delivery.tick(self._steady())
        yield
        self.heads.tick(self._steady())
        yield
        yield from self.situation.steps(self._steady())

    async def run(self) -> None:
        """A round a second, until cancelled or the kit is sealed."""
        while self._is_open():
            try:
                for _ in self.steps():
                    await asyncio.sleep(0)
                    if not self._is_open():
                        return
            except KitError:
                pass  # e.g. the disk is full: said elsewhere, and done again in a later round
            await asyncio.sleep(BEAT_S)
