"""What a bundle carries: who may hold what (lots), what they are known to hold already, the runs.

Pure over `Replica`: reads the log, decides, gives runs one after the other. Not for: files
(`courier_writer`), cryptography (`courier`). Source: sync.md §7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from kit.core.envelope import raw_id
from kit.core.replication import ID8, RUN_BYTES, RUN_EVENTS, Fork, Replica, Tip, Vector
from kit.sync.courier import Run

EARLY = 0
_RANKS = {"dir": EARLY, "ops": 1, "msg": 2, "w": 3}
_LAST = 4
IdAt = Callable[[bytes, int], bytes]
"""(feed, number) → the first 8 bytes of the id of the entry held there, empty where none is."""


class Recipient(msgspec.Struct, frozen=True):
    """A kit that may open a bundle: its device key and its exchange key, 32 bytes each."""

    device: bytes
    exchange: bytes


class FeedPlan(msgspec.Struct, frozen=True):
    """One feed of a bundle: what it may be opened by, and what its readers have already.

    fork: what this kit holds of it as a set; known: ids of that set that all readers hold.
    """

    feed: bytes
    lot: int
    rank: int
    after: int
    last: int
    fork: Fork | None
    known: frozenset[bytes]


class Plan(msgspec.Struct, frozen=True):
    """lots: which recipients (by their place) open each; lot 0 is everybody's."""

    lots: tuple[frozenset[int], ...]
    feeds: tuple[FeedPlan, ...]


def make_plan(
    own: Vector,
    views: Sequence[Vector],
    wants: Sequence[Vector | None],
    scope_of: Callable[[bytes], str],
    id_at: IdAt,
) -> Plan:
    """What to carry.

    views: what each recipient may hold of ours (the first is this kit itself); wants: what each is
    known to hold, None where it is not known. Whoever is not known is left out of the reckoning as
    long as somebody is: the stick goes to those who have told what they hold. Nobody known =
    everything.
    """
    everybody = frozenset(range(len(views)))
    lots = [everybody]
    feeds: list[FeedPlan] = []
    for feed in own.tips.keys() | own.forks.keys():
        readers = frozenset(i for i, view in enumerate(views) if _has(view, feed)) | {0}
        if len(readers) < 2:
            continue
        if readers not in lots:
            lots.append(readers)
        known = [want for i in sorted(readers) if i and (want := wants[i]) is not None]
        rank = _RANKS.get(scope_of(feed).partition(":")[0], _LAST)
        planned = _planned(own, feed, known, id_at)
        feeds.append(msgspec.structs.replace(planned, lot=lots.index(readers), rank=rank))
    feeds.sort(key=lambda one: (one.rank, one.lot, one.feed))
    return Plan(tuple(lots), tuple(feeds))


def _has(vector: Vector, feed: bytes) -> bool:
    return feed in vector.tips or feed in vector.forks


def _planned(own: Vector, feed: bytes, known: Sequence[Vector], id_at: IdAt) -> FeedPlan:
    tip, fork = own.tips.get(feed), own.forks.get(feed)
    last = tip.seq if tip else 0
    after = min((_agreed(feed, want.tips.get(feed), last, id_at) for want in known), default=0)
    sets = [frozenset(want.forks[feed].ids) if feed in want.forks else None for want in known]
    held = [one for one in sets if one is not None]
    all_have = frozenset.intersection(*held) if held and len(held) == len(sets) else frozenset()
    return FeedPlan(feed, 0, 0, min(after, last), last, fork, all_have)


def _agreed(feed: bytes, theirs: Tip | None, last: int, id_at: IdAt) -> int:
    """How far a reader holds the same feed as we do; 0 where its entry is another than ours."""
    if theirs is None or theirs.seq == 0:
        return 0
    if theirs.seq > last:
        return last
    return theirs.seq if id_at(feed, theirs.seq) == theirs.id8 else 0


def runs(replica: Replica, plan: Plan) -> Iterator[tuple[FeedPlan, Run | None]]:
    """Every run of a plan, in order; None after each feed that had nothing, so nobody waits."""
    for planned in plan.feeds:
        at, gave = planned.after, False
        while at < planned.last and (raws := replica.run(planned.feed, at)):
            raws = raws[: planned.last - at]
            yield planned, Run(planned.feed, 0, tuple(raws))
            at, gave = at + len(raws), True
        for run in _loose_runs(replica, planned):
            yield planned, run
            gave = True
        if not gave:
            yield planned, None


def _loose_runs(replica: Replica, planned: FeedPlan) -> Iterator[Run]:
    if planned.fork is None:
        return
    missing = [one for one in planned.fork.ids if one not in planned.known]
    for at in range(0, len(missing), RUN_EVENTS):
        part: list[bytes] = []
        size = 0
        for raw in replica.loose(planned.feed, missing[at : at + RUN_EVENTS]):
            if part and size + len(raw) > RUN_BYTES:
                yield Run(planned.feed, planned.fork.seq, tuple(part))
                part, size = [], 0
            part.append(raw)
            size += len(raw)
        if part:
            yield Run(planned.feed, planned.fork.seq, tuple(part))


def id8(raw: bytes) -> bytes:
    """The first 8 bytes of an entry's id."""
    return raw_id(raw)[:ID8]
