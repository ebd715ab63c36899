"""Keeps the lines up: feeds the ladder with what is heard, makes the calls that are due.

The one place where discovery, ladder and switchboard meet. Not for: sessions and members (the
node's), nor for any choice (the ladder's).
"""

from __future__ import annotations

import asyncio
import contextlib

from kit.core.clock import Clock
from kit.sync.address import Address
from kit.sync.discovery import Discovery
from kit.sync.ladder import Dial, Ladder, Rung
from kit.sync.line import Line
from kit.sync.transport import Outcome, Switchboard

DOUBT_MS = 1_500
"""After a change of the network a living line has said something within this time."""
PORTION_S = 0.02
ENOUGH, LOST = "SYN-136", "SYN-131"


class Rounds:
    """`run` until cancelled; the node tells it of lines that begin and end."""

    def __init__(
        self, board: Switchboard, ladder: Ladder, clock: Clock, discovery: Discovery | None = None
    ) -> None:
        self.ladder, self.discovery = ladder, discovery
        self._board, self._clock = board, clock
        self._again = asyncio.Event()
        self._calls: set[asyncio.Task[None]] = set()
        self._doubt_from_ms, self._doubt_at_ms = 0, 0

    def look(self) -> None:
        """Something has changed (members, addresses): see now whether a call is due."""
        self._again.set()

    async def call(self, address: Address) -> Outcome:
        """Call an address that a person typed, now; it stays on the ladder if nobody answers."""
        self.ladder.given([address], Rung.TYPED, self._clock())
        self.ladder.begin(address)
        outcome = Outcome("SYN-134")
        try:
            outcome = await self._board.dial(address)
        finally:
            self.ladder.finished(address, outcome.code, outcome.device, self._clock())
        return outcome

    def line_opened(self, line: Line) -> None:
        """The node opens a session on a proven line."""
        self.ladder.connected(line.device, line.call_back, line.caller, self._clock())

    def line_ended(self, line: Line) -> None:
        """A line is over; one that was never proven changes nothing."""
        if line.proven_ms and line.device:
            self.ladder.lost(line.device, self._clock())
            self._again.set()

    async def run(self) -> None:
        """Call whoever is due, for ever."""
        loop = asyncio.get_running_loop()
        if self.discovery is not None:
            self.discovery.start(lambda: _set_from_elsewhere(loop, self._again))
        try:
            while True:
                self._again.clear()
                self._step(self._clock())
                wait_ms = self._next_ms(self._clock()) - self._clock()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(wait_ms, 10) / 1000):
                        await self._again.wait()
                # A flood of news is looked at in portions.
                await asyncio.sleep(PORTION_S)
        finally:
            for call in self._calls:
                call.cancel()
            if self.discovery is not None:
                await asyncio.to_thread(self.discovery.stop)

    def _next_ms(self, now_ms: int) -> int:
        due = self.ladder.next_due_ms(now_ms)
        return min(due, self._doubt_at_ms) if self._doubt_at_ms else due

    def _step(self, now_ms: int) -> None:
        if self.discovery is not None:
            for seen in self.discovery.take():
                first = self.discovery.instance < seen.instance
                self.ladder.heard(seen.instance, seen.addresses, now_ms, first=first)
            if self.discovery.network_changed():
                self.ladder.network_changed(now_ms)
                self._doubt_from_ms, self._doubt_at_ms = now_ms, now_ms + DOUBT_MS
                self._drop_dead_lines(carrier=False)
        if self._doubt_at_ms and now_ms >= self._doubt_at_ms:
            self._doubt_at_ms = 0
            self._drop_dead_lines(carrier=True)
            for device, line in self._board.lines.items():
                if line.heard_ms < self._doubt_from_ms:
                    self.ladder.doubt(device)
        for dial in self.ladder.due(now_ms):
            call = asyncio.create_task(self._call(dial))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        spare = self.ladder.surplus(now_ms)
        if spare:
            self._board.hang_up(spare, ENOUGH)

    def _drop_dead_lines(self, *, carrier: bool) -> None:
        """A line whose address is gone, or whose cable is out, is dead; TCP would hope for long.

        carrier: also where the card has no signal: asked a moment later, for cables do wobble.
        """
        cards = self.discovery.cards if self.discovery is not None else ()
        held = {
            host.partition("%")[0]
            for card in cards
            if card.carrier or not carrier
            for host in card.hosts
        }
        for line in list(self._board.lines.values()):
            if held and line.local_host not in held:
                line.drop(LOST)

    async def _call(self, dial: Dial) -> None:
        outcome = await self._board.dial(dial.address)
        self.ladder.finished(dial.address, outcome.code, outcome.device, self._clock())
        self._again.set()


def _set_from_elsewhere(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(event.set)
