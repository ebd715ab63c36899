"""One simulated kit: a real store on a copied file, its log, its membership, its claimed time.

What the node does around a store (renewing the incarnation, settling after authority changed,
telling sessions what changed) is done here in the same order. Not for: lines between kits (`lines`)
nor what is written (`writing`).
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from kit.core.command import Outcome
from kit.core.envelope import raw_id
from kit.core.errors import KitError
from kit.core.event import Event
from kit.node.membership import Membership
from kit.node.settings import keep, needed
from kit.store.database import Database, open_database
from kit.store.log import Circumstance, Device, Log
from kit.store.projector import ensure_tables
from kit.sync.session import Clocks, Me, Session
from tests.sync.simulator.faults import Fuse
from tests.sync.simulator.founding import BEGUN, FLEET, STORE, STORE_KEY, WORLD, Part

SETTLINGS = 8
INCARNATION_BYTES = 8


class SimKit:
    """A kit by its name in this run; two kits with one `part` are one device twice (a clone)."""

    def __init__(self, name: str, part: Part, path: Path, chance: random.Random) -> None:
        self.name, self.part, self.path, self.chance = name, part, path, chance
        self.signer = part.signer
        self.device = self.signer.public
        self.offset_ms, self.quality = 0, 1
        self.up = False
        self.fuse: Fuse | None = None
        self.now: Callable[[], int] = lambda: 0
        self.sessions: list[Session] = []
        self.promised: dict[bytes, int] = {}
        """Feed → how far it told a peer that it has it on disk."""
        self.own_ids: set[bytes] = set()
        """Ids of own entries that this disk wrote itself, or had when it was copied."""
        self.learned: set[bytes] = set()
        """Own feeds of which something came back that this disk did not write."""
        self.twice: list[tuple[bytes, int]] = []
        """Numbers it used although it had learned better (invariant 9)."""
        self.endless = 0

    # ------------------------------------------------------------------ life

    def start(self, *, fresh: bool = False, noticed: bool = False) -> None:
        """Open the store.

        fresh: nothing of this disk was seen before; noticed: it sees that it is an old copy, and
        takes a new name.
        """
        self.db: Database = open_database(self.path, bytearray(STORE_KEY), STORE)
        incarnation = needed(self.db, "incarnation")
        device = Device(FLEET.fleet, WORLD, self.device, incarnation, self.part.ward, "0")
        self.log = Log(self.db, device, self.signer.sign, self.chance.randbytes)
        ensure_tables(self.db, self.log.entries)
        self._log_append = self.log.append
        self.log.append = self._append  # type: ignore[method-assign]
        self.membership = Membership(self.log, self.part.settings(), self.signer)
        self.members, self.replica = self.membership.members, self.membership.replica
        self.membership.attend(written=lambda: None, renew=self.renew)
        self._known: object = None
        self.log.feeds.drain_changed()
        self.up = True
        for feed, _seq, own_id in self.look_at_own():
            if fresh:
                self.own_ids.add(own_id)
            elif own_id not in self.own_ids:
                self.learned.add(feed)
        if noticed:
            self.renew()
        self.settle()

    def renew(self) -> None:
        """Write under a new incarnation from now on, as the node does it."""
        fresh = self.chance.randbytes(INCARNATION_BYTES)
        with self.db.transaction():
            keep(self.db, "incarnation", fresh)
        self.log.start_incarnation(fresh)

    def stop(self) -> None:
        """The process is gone; an open transaction goes with it."""
        if self.fuse:
            self.fuse.mend()
            self.fuse = None
        self.sessions.clear()
        self.up = False
        with suppress(KitError):
            self.db.close()

    def copy_disk(self, to: Path) -> None:
        """The store's file as it is committed now."""
        self.db.checkpoint()
        shutil.copy(self.path, to)

    def put_back(self, copy: Path) -> None:
        """The disk is as it was when the copy was made; everything after it is gone."""
        self.stop()
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        shutil.copy(copy, self.path)
        self.promised.clear()
        self.own_ids.clear()
        self.learned.clear()

    # ------------------------------------------------------------------ writing

    def wall(self) -> tuple[int, int]:
        """What this kit believes the time to be."""
        return BEGUN + self.now() + self.offset_ms, self.quality

    def record(self, outcomes: Sequence[Outcome], ward: str | None = None) -> list[int]:
        """Append own entries, then tell the sessions."""
        at, quality = self.wall()
        where = Circumstance(f"nurse-{self.name}", "s", at, quality)
        with self.log.transaction():
            numbers = self.log.append(outcomes, where, ward)
        self.settle()
        return numbers

    def _append(
        self, outcomes: Sequence[Outcome], where: Circumstance, ward: str | None = None
    ) -> list[int]:
        """`Log.append`, and a note of what was written under which number."""
        numbers = self._log_append(outcomes, where, ward)
        for n in numbers:
            row, raw = self.log.feeds.by_number[n >> 32], self.log.entries.raw(n)
            self.own_ids.add(raw_id(raw or b""))
            if row.name in self.learned:
                self.twice.append((row.name, n & 0xFFFF_FFFF))
        return numbers

    def say(self, *events: Event, ward: str | None = None) -> list[int]:
        """Record events that replace nothing."""
        return self.record([Outcome(event) for event in events], ward)

    # ------------------------------------------------------------------ what the node does

    def settle(self) -> None:
        """After a commit: authority first, then tell each session what changed."""
        if not self.log.feeds.changed and self._known is not None:
            return
        for _turn in range(SETTLINGS):
            changed = self.log.feeds.drain_changed()
            known = self.members.directory, self.members.adopted()
            if news := known != self._known:
                self._known = known
                self.membership.settle(self.wall()[0])
                for session in self.sessions:
                    session.refresh()
            rows = self.log.feeds.by_number.values()
            own = frozenset(row.name for row in rows if row.own)
            for session in self.sessions:
                session.changed(changed, own)
            if not self.log.feeds.changed and not news:
                return
        self.endless += 1

    # ------------------------------------------------------------------ looking

    def session(self, peer: bytes, steady: Callable[[], int]) -> Session:
        """A conversation with a device."""
        me = Me(FLEET.fleet, self.device)
        return Session(self.replica, me, peer, Clocks(steady, self.wall))

    def holds(self) -> set[bytes]:
        """Every entry on the disk, as raw bytes."""
        return {raw for (raw,) in self.db.rows("select raw from event")}

    def by_scope(self) -> dict[str, set[bytes]]:
        """Scope → raw bytes of its entries."""
        found: dict[str, set[bytes]] = {}
        rows = self.db.rows("select f.scope, e.raw from event e join feed f on f.n=e.n>>32")
        for scope, raw in rows:
            found.setdefault(scope, set()).add(raw)
        return found

    def look_at_own(self) -> Iterator[tuple[bytes, int, bytes]]:
        """(feed, number, id) of every own entry on the disk but those that open a feed."""
        for row in self.log.feeds.by_number.values():
            if row.own and row.seq:
                rows = self.db.rows(
                    "select n, raw from event where n>? and n<?", row.n << 32 | 1, (row.n + 1) << 32
                )
                for n, raw in rows:
                    yield row.name, n & 0xFFFF_FFFF, raw_id(raw)
