"""Work that must not hold up a keystroke: cut into slices, or sent to a thread.

A service that takes long returns one of these instead of a value; whoever runs the node decides
how to carry it out (in the event loop, or at once in a test). Not for: what the work does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from kit.core.errors import Refused

Progress = dict[str, Any]
WAIT = "wait"
"""In a progress: seconds until it makes sense to go on, for steps that wait for other kits."""
Steps = Generator[Progress, None, Any]
SLICE_S = 0.006
"""How long a slice may hold up a keystroke."""
ALONE_S = 0.5
"""A slice where nobody is typing: fewer commits write each page fewer times."""


@dataclass(slots=True)
class Sliced:
    """Steps run in the node's own thread, a few milliseconds at a time; may be cancelled."""

    job: str
    steps: Steps
    cancelled: bool = field(default=False)

    def drain(self) -> Any:
        """Run to the end at once; the answer."""
        while True:
            try:
                next(self.steps)
            except StopIteration as end:
                return end.value


@dataclass(slots=True)
class Slow:
    """A call that touches no store (key derivation, a printer) and what to do with its result."""

    run: Callable[[], Any]
    finish: Callable[[Any], Any]

    def drain(self) -> Any:
        """Run to the end at once; the answer."""
        return self.finish(self.run())


@dataclass(slots=True)
class Awaited:
    """A call that waits for other kits; it can only be carried out by an event loop."""

    run: Callable[[], Awaitable[Any]]


Work = Sliced | Slow | Awaited


async def carried_out(work: Work, tell: Callable[[Progress], None] = lambda _step: None) -> Any:
    """Do the work beside everything else that the loop does; its answer, or Refused if cancelled.

    tell: progress, at most ten times a second.
    """
    if isinstance(work, Awaited):
        return await work.run()
    if isinstance(work, Slow):
        return work.finish(await asyncio.to_thread(work.run))
    told = 0.0
    loop = asyncio.get_running_loop()
    while not work.cancelled:
        try:
            progress = next(work.steps)
        except StopIteration as end:
            return end.value
        if loop.time() - told > 0.1:
            told = loop.time()
            tell({**progress, "job": work.job})
        # Twice: the first turn of the loop reads the pipe, so that a key pressed during this
        # slice is answered before the next one, not after it.
        await asyncio.sleep(0)
        await asyncio.sleep(progress.get(WAIT, 0))
    work.steps.close()
    return Refused("work.cancelled", {"job": work.job})
