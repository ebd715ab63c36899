"""What exchange costs: catching up, one entry, growth with the store, sixty kits after a morning.

Each against raw SQLCipher doing the same inserts in the same run, in transactions of the same size.
Not for: sockets and discovery (`kit.bench.lines`), nor the network namespaces' figures.
"""

from __future__ import annotations

import random
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from kit.bench.fleet import WHERE, Wire, bench_fleet, measured_sets, ward_runs, written
from kit.bench.measure import row
from kit.bench.temporary import WARD
from kit.core.projection import TABLES
from kit.node.opening import OpenKit
from kit.store.database import Database, Identity, create_database
from kit.sync.delivery import WINDOW

CATCH_UP = 100_000
SIZES = (10_000, 100_000, 1_000_000)
NEW_EVENTS = 10
TRIES = 15
KITS, EACH, GROUPS = 60, 500, 4
EVENT_TABLE = "create table event(n integer primary key, lam integer not null, raw blob not null)"


def catch_up() -> list[dict[str, Any]]:
    """100,000 entries of one peer: with their tables, and as ciphertext that is only stored.

    As many runs in a transaction as a session has on the way, about 1,000 entries; the reference
    commits the same entries at the same places.
    """
    with bench_fleet(2, relays=1) as (_founder, author, reader, relay):
        written(author, CATCH_UP, seed=1)
        feed, runs = ward_runs(author)
        groups = [runs[place : place + WINDOW] for place in range(0, len(runs), WINDOW)]
        seconds: dict[str, float] = {"tables": 0.0, "log": 0.0, "raw_tables": 0.0, "raw_log": 0.0}
        rows, vitals = _plain_rows(author)
        with _raw_store() as (with_table, log_only):
            start = 0
            for group in groups:
                part = slice(start, start + sum(map(len, group)))
                # Turn about, group by group, so that a busy moment hits all four alike.
                seconds["tables"] += _timed(partial(_take, reader, author, feed, group))
                seconds["raw_tables"] += _timed(
                    partial(_insert, with_table, rows[part], vitals[part])
                )
                seconds["log"] += _timed(partial(_take, relay, author, feed, group))
                seconds["raw_log"] += _timed(partial(_insert, log_only, rows[part], ()))
                start = part.stop
    rate = {name: CATCH_UP / spent for name, spent in seconds.items()}
    return [
        row("sync: catch-up, tables", rate["tables"], rate["raw_tables"], "events/s", ">= 0.8"),
        row("sync: catch-up, log only", rate["log"], rate["raw_log"], "events/s", ">= 0.6"),
    ]


def _take(kit: OpenKit, peer: OpenKit, feed: bytes, group: Sequence[Sequence[bytes]]) -> None:
    replica = kit.membership.replica
    with replica.together():
        for run in group:
            taken = replica.take(peer.membership.device, feed, run)
            if taken.refused or not taken.stored:
                raise RuntimeError(taken.refused)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _plain_rows(kit: OpenKit) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The rows of the author's own store, as a raw insert needs them; `feed.open` has no set."""
    n = next(r.n for r in kit.log.feeds.by_number.values() if r.own and r.scope == f"w:{WARD}")
    rows = kit.db.rows("select n, lam, raw from event where n>>32=? order by n", n)
    sets = kit.db.rows("select * from vitals order by n")
    # One more set than there is, so that both lists can be cut at the same places.
    return rows, [(1, *sets[0][1:]), *sets]


class _raw_store:  # noqa: N801  (a context manager that reads as a function)
    """Two bare SQLCipher files with the same tables, indexes and settings as a kit's store."""

    def __enter__(self) -> tuple[Database, Database]:
        self._folder = tempfile.TemporaryDirectory(prefix="kit-bench-", dir=Path.cwd())
        self._stores = []
        for name in ("tables", "log"):
            store = create_database(
                Path(self._folder.name) / name, bytearray(b"k" * 32), Identity(b"k" * 16, 1, "TEST")
            )
            store.execute(EVENT_TABLE)
            for statement in TABLES["vitals"].split(";"):
                if statement.strip():
                    store.execute(statement)
            self._stores.append(store)
        return self._stores[0], self._stores[1]

    def __exit__(self, *_gone: object) -> None:
        for store in self._stores:
            store.close()
        self._folder.cleanup()


def _insert(
    store: Database, rows: Sequence[tuple[Any, ...]], vitals: Sequence[tuple[Any, ...]]
) -> None:
    with store.transaction():
        store.executemany("insert into event values(?,?,?)", rows)
        if vitals:
            marks = ",".join("?" * len(vitals[0]))
            store.executemany(f"insert into vitals values({marks})", vitals)


def growth() -> list[dict[str, Any]]:
    """Ten new entries into stores of 10⁴, 10⁵ and 10⁶; and what a million costs in memory."""
    seconds: dict[int, float] = dict.fromkeys(SIZES, 1e9)
    with ExitStack() as fleets:
        pairs: dict[int, tuple[OpenKit, OpenKit]] = {}
        extra = 0.0
        for size in SIZES:
            _founder, author, reader = fleets.enter_context(bench_fleet(2))
            pairs[size] = author, reader
            written(author, size, seed=size)
            before = _now_mib()
            Wire(author, reader).settle()
            # The peak may be older than this; so the figure is never too low.
            extra = _peak_mib() - before
        for _ in range(TRIES):
            for size in SIZES:
                seconds[size] = min(seconds[size], _ten_new(*pairs[size]))
    worst = max(seconds.values()) / min(seconds.values())
    figures = row(
        "sync: 10 new events, 10^6 held", seconds[SIZES[-1]] * 1000, seconds[SIZES[0]] * 1000,
        "ms", "<= 2", ratio=worst,
    )  # fmt: skip
    memory = row(f"sync: {SIZES[-1]:,} events taken, extra memory", extra, 0, "MB", "<= 150")
    return [figures, memory]


def _ten_new(author: OpenKit, reader: OpenKit) -> float:
    """Seconds from meeting to both having them: handshake of two sessions included."""
    with author.log.transaction():
        author.log.append(measured_sets(NEW_EVENTS, random.Random(2)), WHERE, WARD)
    return _timed(Wire(author, reader).settle)


def _now_mib() -> float:
    """Resident memory now, MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def sixty_kits() -> list[dict[str, Any]]:
    """60 kits wrote 500 entries each in four groups that could not meet; then all may meet."""
    with bench_fleet(KITS) as (_founder, *kits):
        for place, kit in enumerate(kits):
            written(kit, EACH, seed=place)
        groups = [kits[place::GROUPS] for place in range(GROUPS)]
        for group in groups:
            _exchange(group)
        start, worked = time.perf_counter(), time.process_time()
        _exchange(kits)
        took, worked = time.perf_counter() - start, time.process_time() - worked
        counts = {kit.db.rows("select count(*) from vitals")[0][0] for kit in kits}
        if counts != {KITS * EACH}:
            raise RuntimeError(f"they do not agree: {sorted(counts)}")
    return [
        row("sync: 60 kits x 500 events, healed, all in one process", took, 0, "s", "<= 60"),
        row("sync: the same, processor time (two cores have 120 s)", worked, 0, "s", "<= 120"),
    ]


def _exchange(kits: Sequence[OpenKit]) -> None:
    """Each talks to the next two of the ring and to one far away, until nobody has any more."""
    count = len(kits)
    pairs = {
        tuple(sorted((place, (place + step) % count)))
        for place in range(count)
        for step in (1, 2, max(1, count // 2))
        if (place + step) % count != place
    }
    wires = [Wire(kits[a], kits[b]) for a, b in sorted(pairs)]
    busy = True
    while busy:
        busy = False
        for wire in wires:
            busy |= wire.turn()
        busy |= _told(wires, kits)


def _told(wires: Sequence[Wire], kits: Sequence[OpenKit]) -> bool:
    """What each kit took from one is offered to its others, as the node does."""
    changed = {
        kit.membership.device: feeds for kit in kits if (feeds := kit.log.feeds.drain_changed())
    }
    for wire in wires:
        wire.now += 250
        for session in wire.ends:
            session.changed(changed.get(session.me.device, ()))
            session.tick(wire.now)
    return bool(changed)


def all_figures() -> list[dict[str, Any]]:
    """Every figure of exchange that one process can measure."""
    # Growth first: what the others hold in memory would count as its peak.
    return [*growth(), *catch_up(), *sixty_kits()]
