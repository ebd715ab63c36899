"""A ward kit tells its own figures: when something changed, and when only time has passed.

At most once in five seconds, at least once in five minutes; doses become late by the clock alone,
so figures are worked out anew each minute though nothing was written. The work is cut into slices
of a few milliseconds between which keys are answered. Time is an argument. Not for: the figures
(`kit.ward.figures`), who drives this (`background`).
"""

from __future__ import annotations

from collections.abc import Generator

import msgspec

from kit.core.clock import MINUTE
from kit.node.desk import Desk
from kit.node.settings import Capsule
from kit.steering.situation import SituationTold
from kit.ward.figures import Figures, figures_steps

LEAST_MS = 5_000
AGEING_MS = MINUTE
MOST_MS = 5 * MINUTE
ENTRY_MS = MINUTE
"""That somebody wrote something is no news by itself more often than this."""
NOT_OURS = frozenset({"situation", "message", "directive", "needs", "peers", "status", "exchange"})
"""News that changes no figure; the first is this module's own."""


class SituationWriter:
    """The figures of this kit's ward, written into the fleet's series by this kit alone."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        settings = desk.kit.settings
        self.ward = settings.ward if settings.capsule == Capsule.WARD else ""
        self._changed = True
        self._computed_ms: int | None = None
        self._written_ms: int | None = None
        self._written: Figures | None = None

    def heard(self, topics: set[str]) -> None:
        """Something was recorded or came from another kit."""
        if topics - NOT_OURS:
            self._changed = True

    def is_due(self, steady_ms: int) -> bool:
        """Whether the figures should be worked out now. steady_ms: a clock that never runs back."""
        if not self.ward:
            return False
        if self._computed_ms is None:
            return True
        waited = steady_ms - self._computed_ms
        return waited >= (LEAST_MS if self._changed else AGEING_MS)

    def steps(self, steady_ms: int) -> Generator[None, None, bool]:
        """Work them out in slices and write them if they are news; True where they were."""
        if not self.is_due(steady_ms):
            return False
        self._changed, self._computed_ms = False, steady_ms
        at = self.desk.now()
        found = yield from figures_steps(self.desk.kit.db, self.ward, at)
        if not self._is_news(found, steady_ms):
            return False
        settings = self.desk.kit.settings
        told = SituationTold(
            ward=self.ward, kit=self.desk.kit_id, label=settings.label, at=at,
            **msgspec.structs.asdict(found),
        )  # fmt: skip
        self.desk.record([(told, "")])
        self._written, self._written_ms = found, steady_ms
        return True

    def tick(self, steady_ms: int) -> bool:
        """The same at once; whether something was written."""
        steps = self.steps(steady_ms)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return bool(end.value)

    def _is_news(self, found: Figures, steady_ms: int) -> bool:
        if self._written is None or self._written_ms is None:
            return True
        passed = steady_ms - self._written_ms
        if passed >= MOST_MS:
            return True
        same = msgspec.structs.replace(found, entry_at=self._written.entry_at) == self._written
        return not same or (found != self._written and passed >= ENTRY_MS)
