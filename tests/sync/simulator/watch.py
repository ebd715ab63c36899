"""What is watched while a run goes on, since afterwards it would not show: promises, refusals.

Wraps the real replica and sessions of a kit. Not for: what is checked at the end (`invariants`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kit.core.replication import Taken
from kit.sync.frames import Ack
from kit.sync.session import Session
from tests.sync.simulator.kit import SimKit
from tests.sync.simulator.situations import Situations

TELLING = {
    "SYN-001": "refused: not an entry", "SYN-002": "refused: other feed",
    "SYN-003": "refused: broken chain", "SYN-004": "refused: signature",
    "SYN-005": "refused: counter not rising", "SYN-006": "refused: no right to write",
    "SYN-007": "refused: author unknown", "SYN-008": "refused: other fleet",
    "SYN-009": "refused: feed not opened", "SYN-010": "refused: not for this kit",
}  # fmt: skip


def _changes(kit: SimKit) -> int:
    found = kit.db.row("select total_changes()")
    return int(found[0]) if found else 0


class Watch:
    """Wraps kits; keeps what went wrong in `wrongs` as (invariant, what)."""

    def __init__(self, situations: Situations) -> None:
        self.situations = situations
        self.wrongs: list[tuple[int, str]] = []
        self.endless = False

    def replica(self, kit: SimKit) -> None:
        """Watch what a kit takes."""
        replica = kit.replica
        take, loose = replica.take, replica.take_loose

        def watched_take(peer: bytes, feed: bytes, raws: Sequence[bytes]) -> Taken:
            return self._watched(kit, feed, lambda: take(peer, feed, raws))

        def watched_loose(peer: bytes, feed: bytes, fork: int, raws: Sequence[bytes]) -> Taken:
            return self._watched(kit, feed, lambda: loose(peer, feed, fork, raws))

        replica.take = watched_take  # type: ignore[method-assign]
        replica.take_loose = watched_loose  # type: ignore[method-assign]

    def _watched(self, kit: SimKit, feed: bytes, work: Callable[[], Taken]) -> Taken:
        row = kit.log.feeds.get(feed)
        current = row is not None and row.own and row.incarnation == kit.log.device.incarnation
        was_forked = bool(row and row.fork)
        before = _changes(kit)
        # What came just before in the same bytes may be committed by this one.
        pending = kit.db.in_transaction
        taken = work()
        nothing = taken.refused and not taken.stored and taken.forked == was_forked
        if nothing and not pending and _changes(kit) != before:
            self.wrongs.append((12, f"{kit.name}: refused {taken.refused} changed the store"))
        if taken.stored and current:
            kit.learned.add(feed)
        self._note(taken, was_forked=was_forked)
        return taken

    def _note(self, taken: Taken, *, was_forked: bool) -> None:
        seen = self.situations.seen
        if taken.refused:
            seen(TELLING.get(taken.refused, "refused: " + taken.refused))
        if taken.retry:
            seen("refused for now")
        if taken.want:
            seen("looked further back for a fork")
        if taken.forked and not was_forked:
            seen("fork found")
        if taken.forked and was_forked and taken.stored:
            seen("loose entry taken")
        if taken.own and taken.stored:
            seen("own entries came back")
        if not taken.refused and not taken.stored and not taken.want:
            seen("told again what was held")

    def session(self, session: Session, peer: SimKit) -> None:
        """Watch what a peer promises to a kit."""
        acknowledged = session.delivery.acknowledged

        def watched(ack: Ack) -> None:
            acknowledged(ack)
            self._promise(peer, ack)

        session.delivery.acknowledged = watched  # type: ignore[method-assign]

    def _promise(self, peer: SimKit, ack: Ack) -> None:
        peer.promised[ack.feed] = max(ack.held, peer.promised.get(ack.feed, 0))

    def kept(self, kit: SimKit) -> None:
        """Every promise of a kit is on its disk (invariant 2)."""
        for feed, held in kit.promised.items():
            row = kit.log.feeds.get(feed)
            if held and (row is None or row.seq < held):
                self.wrongs.append((2, f"{kit.name}: said {held} of a feed, has less"))
