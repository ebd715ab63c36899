"""Work that must not hold up a keystroke: cut into slices, or sent to a thread.

A service that takes long returns one of these instead of a value; whoever runs the node decides
how to carry it out (in the event loop, or at once in a test). Not for: what the work does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

Progress = dict[str, Any]
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
