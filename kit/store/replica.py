"""The log as a peer sees it: what is held, runs to send, and the one way in for foreign bytes.

Whatever carried them (TLS, a stick, a segment file), entries come in by `take`: size, envelope,
feed, chain and order are checked one by one, and one signature at the end of the run covers all
that stand before it (each names the hash of the one before). Then the same append and the same fold
as an own entry, in one transaction. Not for: frames (`kit.sync.frames`), entries of a forked feed
(`forks`). Source: sync.md §1.4, §4.6, §5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import msgspec

from kit.core.envelope import (
    NO_PREVIOUS,
    Content,
    decode_header,
    entry_number,
    feed_id,
    raw_id,
)
from kit.core.errors import BadInput
from kit.core.event import Scope, event_type
from kit.core.replication import (
    ID8,
    RUN_BYTES,
    RUN_EVENTS,
    Fork,
    Members,
    Taken,
    Tip,
    Vector,
)
from kit.store.checked import Checked, read_open, signed_part
from kit.store.commits import Commits
from kit.store.entries import Unread
from kit.store.feeds import FeedRow
from kit.store.forks import Forks
from kit.store.log import Log
from kit.store.quarantine import Quarantine

NOT_AN_ENTRY = "SYN-001"
OTHER_FEED = "SYN-002"
CHAIN = "SYN-003"
SIGNATURE = "SYN-004"
LAMPORT = "SYN-005"
NO_RIGHT = "SYN-006"
UNKNOWN_AUTHOR = "SYN-007"
OTHER_FLEET = "SYN-008"
NOT_OPENED = "SYN-009"
NOT_FOR_US = "SYN-010"


class _Run:
    """A run on its way in: what was good so far, and why it ended."""

    __slots__ = ("fork", "good", "refused", "want")

    def __init__(self) -> None:
        self.good: list[Checked] = []
        self.refused, self.want, self.fork = "", 0, 0


class LogReplica:
    """`kit.core.replication.Replica` over one store's log."""

    def __init__(self, log: Log, members: Members) -> None:
        self.log, self.members = log, members
        self.feeds, self.entries = log.feeds, log.entries
        self.quarantine = Quarantine(log)
        self.forks = Forks(log)
        self.written: Callable[[], None] = lambda: None
        """Called after each commit."""
        self.renew: Callable[[], None] = lambda: None
        """Begins a new incarnation, before anything else is written."""
        self._back: dict[bytes, int] = {}
        self.commits = Commits(log, lambda: self.written())  # noqa: PLW0108  (set later)

    def together(self) -> AbstractContextManager[None]:
        """Runs taken inside are committed at its end; before, nothing may be said of them."""
        return self.commits.together()

    def vector(self, peer: bytes) -> Vector:
        """What is held here and this device may hold."""
        tips: dict[bytes, Tip] = {}
        forks: dict[bytes, Fork] = {}
        allowed: dict[str, bool] = {}
        for row in self.feeds.by_number.values():
            if row.is_branch or not row.scope:
                continue
            may = allowed.get(row.scope)
            if may is None:
                may = allowed[row.scope] = self.members.may_hold(peer, row.scope)
            if not may:
                continue
            if row.fork:
                forks[row.name] = self.forks.state(row)
                if row.fork > 1:
                    tips[row.name] = Tip(row.fork - 1, self.forks.id_before(row)[:ID8])
            elif row.seq:
                tips[row.name] = Tip(row.seq, row.tip[:ID8])
        return Vector(tips, forks)

    def state(self, peer: bytes, feed: bytes) -> Tip | Fork | None:
        """One feed as this device may know it: its tip, or its fork."""
        row = self.feeds.get(feed)
        if row is None or not row.scope or not self.members.may_hold(peer, row.scope):
            return None
        return self.forks.state(row) if row.fork else Tip(row.seq, row.tip[:ID8])

    def run(self, feed: bytes, after: int) -> list[bytes]:
        """Entries after a number, in order, at most RUN_EVENTS and RUN_BYTES; empty at the end."""
        row = self.feeds.get(feed)
        last = (row.fork - 1 if row.fork else row.seq) if row else 0
        if row is None or after >= last:
            return []
        found = self.log.db.rows(
            "select raw from event where n>? and n<=? order by n limit ?",
            entry_number(row.n, max(after, 0)), entry_number(row.n, last), RUN_EVENTS,
        )  # fmt: skip
        raws: list[bytes] = []
        size = 0
        for (raw,) in found:
            size += len(raw)
            if raws and size > RUN_BYTES:
                break
            raws.append(raw)
        return raws

    def scope_of(self, feed: bytes) -> str:
        """The scope of a feed, empty where it was never opened here."""
        row = self.feeds.get(feed)
        return row.scope if row else ""

    def loose(self, feed: bytes, ids: Sequence[bytes]) -> list[bytes]:
        """Entries of a forked feed by their ids; those not held are left out."""
        row = self.feeds.get(feed)
        return self.forks.raws(row, ids) if row else []

    def take(self, peer: bytes, feed: bytes, raws: Sequence[bytes]) -> Taken:
        """Contiguous entries of one feed: check, store, fold, commit. Bad bytes never raise."""
        row = self.feeds.get(feed)
        held = row.seq if row else 0
        code, retry = self._refusal(feed, row, raws)
        if code or not raws:
            return Taken(feed, held=held, refused=code, retry=retry)
        opened = row if row is not None and row.scope else None
        run = self._checked(feed, opened, raws)
        if opened is not None and (run.fork or (opened.fork and run.good)):
            checked, bad = self.forks.verified(feed, opened.device, raws)
            if not checked:  # nothing of it is its author's: no commit for a forger
                return Taken(feed, held=held, refused=bad, forked=bool(opened.fork))
            return self._take_set(opened, checked, bad)
        if not run.good:
            return Taken(feed, held=held, refused=run.refused, want=run.want)
        self._back.pop(feed, None)
        return self._store(feed, opened, run)

    def take_loose(self, peer: bytes, feed: bytes, fork: int, raws: Sequence[bytes]) -> Taken:
        """Entries of a forked feed, in any order, each checked by its own signature."""
        row = self.feeds.get(feed)
        known = row if row is not None and row.scope else None
        place: FeedRow | Checked | None = known or _opening(feed, raws)
        if place is None:
            return Taken(feed, refused=NOT_OPENED, retry=True)
        code, retry = self._refusal(feed, row, [place.raw] if isinstance(place, Checked) else ())
        held = row.seq if row else 0
        if code:
            return Taken(feed, held=held, refused=code, retry=retry)
        device = _author(place) if isinstance(place, Checked) else place.device
        checked, bad = self.forks.verified(feed, device, raws)
        return (
            self._take_set(place, checked, bad) if checked else Taken(feed, held=held, refused=bad)
        )

    # ------------------------------------------------------------------ checking

    def _refusal(self, feed: bytes, row: FeedRow | None, raws: Sequence[bytes]) -> tuple[str, bool]:
        """Why nothing of this feed is taken, and whether later may be different; ("", False)."""
        if row is None or not row.scope:
            found = self._may_open(feed, raws) if raws else None
            return found or ("", False)
        if not self.members.may_hold(self.log.device.public, row.scope):
            return NOT_FOR_US, True
        if not self.members.may_write(row.device, row.scope):
            return NO_RIGHT, True
        return "", False

    def _may_open(self, feed: bytes, raws: Sequence[bytes]) -> tuple[str, bool] | None:
        """Why a feed that is not here yet is not begun: (code, whether later may be different)."""
        opened = read_open(raws[0])
        if opened is None:
            return NOT_OPENED, False
        device = self.log.device
        name = feed_id(opened.fleet, opened.device, opened.incarnation, opened.scope)
        if opened.fleet != device.fleet or opened.world != device.world or name != feed:
            return (OTHER_FEED if opened.fleet == device.fleet else OTHER_FLEET), False
        if not self.members.may_hold(device.public, opened.scope):
            return NOT_FOR_US, True
        if self.members.may_write(opened.device, opened.scope):
            return None
        introduced = opened.scope == Scope.DIRECTORY and self.members.introduces(
            opened.device, raws
        )
        return None if introduced else (UNKNOWN_AUTHOR, True)

    def _checked(self, feed: bytes, row: FeedRow | None, raws: Sequence[bytes]) -> _Run:
        run = _Run()
        seq, tip, lam = (row.seq, row.tip, row.lam) if row else (0, NO_PREVIOUS, 0)
        for raw in raws:
            try:
                content = decode_header(raw)
            except BadInput:
                run.refused = NOT_AN_ENTRY
                break
            if content.feed != feed:
                run.refused = OTHER_FEED
                break
            if row is not None and content.seq <= row.seq:
                if not self._agrees(row, content, raw, run):
                    break
                continue
            if content.seq != seq + 1 or content.prev != tip:
                self._broken(feed, content, (seq, tip), run)
                break
            if content.lam <= lam:
                run.refused = LAMPORT
                break
            seq, tip, lam = content.seq, raw_id(raw), content.lam
            run.good.append(Checked(raw, tip, content))
        return run

    def _agrees(self, row: FeedRow, content: Content, raw: bytes, run: _Run) -> bool:
        """Whether an entry that is held already is the same one; another one proves a fork."""
        held = self.entries.raw(entry_number(row.n, content.seq))
        if held is not None and raw_id(held) != raw_id(raw):
            if content.seq > 1 and not self._follows(row, content):
                run.want = self._further_back(row.name, content.seq)
            else:
                run.fork = content.seq
            return False
        return True

    def _follows(self, row: FeedRow, content: Content) -> bool:
        before = self.entries.raw(entry_number(row.n, content.seq - 1))
        return before is not None and raw_id(before) == content.prev

    def _broken(self, feed: bytes, content: Content, place: tuple[int, bytes], run: _Run) -> None:
        """An entry that does not follow ours: a gap, a fork further back, or a broken run."""
        seq, _tip = place
        if run.good:
            run.refused = CHAIN  # it does not even follow its own run
        elif content.seq > seq + 1:
            run.want = seq + 1
        else:
            run.want = self._further_back(feed, seq)

    def _further_back(self, feed: bytes, seq: int) -> int:
        """Where to look for the first differing entry: twice as far back at each question."""
        step = self._back[feed] = min(self._back.get(feed, 1) * 2, 1 << 31)
        return max(1, seq + 1 - step)

    # ------------------------------------------------------------------ storing

    def _store(self, feed: bytes, row: FeedRow | None, run: _Run) -> Taken:
        """Verify the end of the run, store all of it, fold it, commit."""
        device = row.device if row else _author(run.good[0])
        good = signed_part(device, run.good)
        if not good:
            return Taken(feed, held=row.seq if row else 0, refused=SIGNATURE)
        refused = run.refused or (SIGNATURE if len(good) < len(run.good) else "")
        own = device == self.log.device.public
        self._before_own(row or good[0])
        authority = (row.scope if row else _scope(good[0])) == Scope.DIRECTORY
        # What decides who may write is on the disk before the next run is looked at.
        with self.commits.alone() if authority else self.commits.part():
            if row is None:
                row = self._opened(feed, good[0])
            numbers = self._insert(row, good)
            topics = self._fold(row, numbers)
        return Taken(
            feed, len(good), row.seq, refused, run.want, own=own,
            topics=frozenset(topics),
        )  # fmt: skip

    def _opened(self, feed: bytes, first: Checked) -> FeedRow:
        opened = read_open(first.raw)
        assert opened is not None  # noqa: S101  (checked before the run was read)
        own = opened.device == self.log.device.public
        return self.feeds.opened(feed, opened.device, opened.incarnation, opened.scope, own=own)

    def _insert(self, row: FeedRow, good: Sequence[Checked]) -> list[tuple[int, Checked]]:
        numbered = [(entry_number(row.n, one.content.seq), one) for one in good]
        self.log.db.executemany(
            "insert into event values(?,?,?)",
            [(n, one.content.lam, one.raw) for n, one in numbered],
        )
        last = good[-1]
        row.seq, row.tip, row.lam = last.content.seq, last.id, last.content.lam
        self.feeds.keep(row)
        self.log.follow(row.lam, len(good))
        return numbered

    def _fold(self, row: FeedRow, numbers: Sequence[tuple[int, Checked]]) -> set[str]:
        """Lay entries into the tables; topics of what changed. Inside the transaction."""
        topics: set[str] = set()
        cut = self.members.cut(row.name)
        if cut is None and not self._is_readable(row):
            return topics  # stored for others (steering, a relay): nothing to be laid into tables
        # A clinician elsewhere may have adopted an entry before it came here.
        adopted = frozenset() if cut is None else self.members.adopted()
        for n, one in numbers:
            content = one.content
            past = cut is not None and content.seq > cut
            if past and (row.name, content.seq) not in adopted:
                self.quarantine.put(n, row)
                topics.add("quarantine")
                continue
            found = self.entries.open_content(content, n, row, one.id[:ID8])
            if isinstance(found, Unread):
                self.entries.note_unread(n, found)
                continue
            stamp, event = found
            self.log.projection.fold(stamp, event)
            topics.update(event_type(event).topics(event))
        return topics

    def _before_own(self, place: FeedRow | Checked) -> None:
        """A kit that meets its own numbers again was restored or cloned: it takes a new name.

        Before they are stored: a power cut in between must not leave it with the old one.
        """
        said = read_open(place.raw) if isinstance(place, Checked) else place
        mine = self.log.device
        if said and (said.device, said.incarnation) == (mine.public, mine.incarnation):
            self.commits.end()
            self.renew()

    def _is_readable(self, row: FeedRow) -> bool:
        """Whether any entry of a feed can be opened here."""
        if row.scope == Scope.DIRECTORY or self.entries.any_disclosed:
            return True
        return self.log.keyring.reads(row.scope)

    def _take_set(self, place: FeedRow | Checked, checked: Sequence[Checked], bad: str) -> Taken:
        """Entries that are told apart by their ids: of a feed that is, or turns out, forked.

        place: the feed, or the entry that opens it here.
        """
        row = None if isinstance(place, Checked) else place
        if row is None or self.forks.lacks(row, checked):
            self._before_own(place)
        was = row.fork if row else 0
        with self.commits.alone():
            if isinstance(place, Checked):
                row = self._opened(place.content.feed, place)
            assert row is not None  # noqa: S101  (there before, or just opened)
            taken, numbers = self.forks.take(row, checked, bad)
            topics = self._fold(row, numbers)
        self._back.pop(row.name, None)
        if row.fork != was:
            topics.add("fork")
        return msgspec.structs.replace(taken, topics=frozenset(topics))


def _scope(first: Checked) -> str:
    opened = read_open(first.raw)
    return opened.scope if opened else ""


def _author(first: Checked) -> bytes:
    opened = read_open(first.raw)
    return opened.device if opened else b""


def _opening(feed: bytes, raws: Sequence[bytes]) -> Checked | None:
    """The entry that opens a feed which is not here yet, of those that came loose.

    A kit that was cloned before it had written a scope forks at the very first entry.
    """
    for raw in raws:
        opened = read_open(raw)
        if opened is not None:
            first = Checked(raw, raw_id(raw), decode_header(raw))
            if first.content.feed == feed and signed_part(opened.device, [first]):
                return first
    return None
