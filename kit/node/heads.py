"""Where this kit's own feeds stand, told in the directory every five minutes of activity.

So another kit can say “12 entries of this ward have not arrived”, and a relay that keeps some back
is seen. Not for: the vectors of a session (`kit.sync.session`), which tell it at once.
"""

from __future__ import annotations

from kit.core.replication import ID8
from kit.node.desk import Desk
from kit.sync.fleet import DIRECTORY_SCOPE, DeviceHeads, Head

EVERY_MS = 300_000


class HeadTeller:
    """Tells own heads when they have moved since the last time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._next_ms = -1

    def tick(self, now_ms: int) -> None:
        """Once a second; now_ms: a clock that never runs back."""
        if now_ms < self._next_ms:
            return
        begun, self._next_ms = self._next_ms >= 0, now_ms + EVERY_MS
        if not begun:
            return  # a kit that was just opened has a session to tell its peers all of it
        kit = self._desk.kit
        heads = self.due() if kit.membership.is_enrolled else ()
        if heads:
            self._desk.record([(DeviceHeads(heads=heads), "")])

    def due(self) -> tuple[Head, ...]:
        """Heads that are further than what was told of them; the directory's feed tells itself."""
        kit = self._desk.kit
        rows = kit.db.rows("select feed, max(seq) from head group by feed")
        told: dict[bytes, int] = {bytes(feed): seq for feed, seq in rows}
        return tuple(
            Head(row.name, row.seq, row.tip[:ID8], row.scope)
            for row in kit.log.feeds.by_number.values()
            if row.own and not row.is_branch and row.scope != DIRECTORY_SCOPE
            and row.seq > told.get(row.name, 0)
        )  # fmt: skip
