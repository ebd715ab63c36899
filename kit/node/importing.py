"""An import as the node runs it: slice by slice, each slice committed before the next keystroke.

Each commit holds whole units with their events, so that a kill between two of them loses nothing
and starting again finishes the rest. Not for: reading files (`kit.exchange.intake`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from kit.core.command import Outcome
from kit.core.event import Event
from kit.core.ids import derived_id
from kit.exchange import ledger
from kit.exchange.intake import open_intake
from kit.exchange.unit import Batch
from kit.node.desk import Desk, Who, topics_of
from kit.node.work import SLICE_S, Steps
from kit.store.log import Circumstance

NEWS_S = 0.7


def import_steps(desk: Desk, path: Path, who: Who, slice_s: float = SLICE_S) -> Steps:
    """Import a snapshot; yields progress (bytes done and in all), returns the import's id.

    slice_s: seconds of work between two commits.

    The same path has the same id, so that starting again after a cut goes on where it was.
    """
    intake = open_intake(path)
    now = desk.now()
    import_id = derived_id("intake", str(path.resolve()), intake.kind)
    db = desk.kit.db
    known = ledger.Known(db)
    source = (intake.batches(known, import_id=import_id, now_ms=now), known, _News())
    done, more = 0, True
    while more:
        stop = time.perf_counter() + slice_s
        more, done = _slice(desk, source, import_id, who, (done, stop))
        yield {"job": import_id, "done": done, "total": intake.total_bytes}
    with db.transaction():
        ledger.finish(db, import_id, desk.now())
    return import_id


def _slice(
    desk: Desk,
    source: tuple[Iterator[Batch], ledger.Known, _News],
    import_id: str,
    who: Who,
    course: tuple[int, float],
) -> tuple[bool, int]:
    """Batches for one slice of time, in one commit: whether there is more, and bytes done."""
    (batches, known, news), (done, stop) = source, course
    by_ward: dict[str, list[Outcome]] = {}
    where = Circumstance(who.person, who.session, desk.now(), desk.quality)
    more = True
    with desk.kit.log.transaction():
        while more and time.perf_counter() < stop:
            batch: Batch | None = next(batches, None)
            if batch is None:
                more = False
                break
            ledger.record_batch(desk.kit.db, import_id, batch)
            known.add(batch)
            for event, ward in batch.outcomes:
                by_ward.setdefault(ward, []).append(Outcome(event))
            done = max(done, batch.done_bytes)
        for ward, outcomes in by_ward.items():
            desk.kit.log.append(outcomes, where, ward or None)
    desk.kit.note_mark()
    news.events += [outcome.event for outcomes in by_ward.values() for outcome in outcomes]
    news.tell(desk, at_once=not more)
    return more, done


class _News:
    """What an import changed, told a few times a second: each telling makes screens ask again."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._told = 0.0

    def tell(self, desk: Desk, *, at_once: bool) -> None:
        now = time.monotonic()
        if self.events and (at_once or now - self._told > NEWS_S):
            desk.tell(topics_of(self.events))
            self.events.clear()
            self._told = now
