"""Forked feeds: two entries under one number, because a disk was cloned or a copy put back.

Both branches are kept. From the first number used twice the feed is a set: its entries are told
apart by their ids, come in any order, and each is believed by its own signature. The fork point is
the lowest number that was ever proven to be used twice, so any two kits that have met agree
(sync.md §4.6). Not for: feeds that are whole (`replica`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kit.core.envelope import SIGNATURE_BYTES, decode_header, entry_number, raw_id
from kit.core.errors import BadInput
from kit.core.replication import ID16, Fork, Taken
from kit.store.checked import Checked
from kit.store.feeds import FeedRow
from kit.store.log import Log
from kit.store.signer import verify

BAD = "SYN-004"
TOO_EARLY = "SYN-003"


class Forks:
    """The forked feeds of one log."""

    def __init__(self, log: Log) -> None:
        self.log, self.feeds, self.entries = log, log.feeds, log.entries
        self._ids: dict[bytes, dict[bytes, int]] = {}
        log.on_give_up.append(self._ids.clear)

    def state(self, row: FeedRow) -> Fork:
        """The fork point and which entries are held from there on."""
        return Fork(row.fork, tuple(sorted(self._held(row))))

    def id_before(self, row: FeedRow) -> bytes:
        """The id of the last entry that no fork touches."""
        return raw_id(self.entries.raw(entry_number(row.n, row.fork - 1)) or b"")

    def raws(self, row: FeedRow, ids: Iterable[bytes]) -> list[bytes]:
        """The entries with these ids, as far as they are held."""
        held = self._held(row) if row.fork else {}
        numbers = [held[key[:ID16]] for key in ids if key[:ID16] in held]
        return [raw for n in numbers if (raw := self.entries.raw(n)) is not None]

    def lacks(self, row: FeedRow, checked: Iterable[Checked]) -> bool:
        """Whether one of these entries is not held."""
        for one in checked:
            slots = (entry_number(held.n, one.content.seq) for held in self._rows(row))
            found = (self.entries.raw(n) for n in slots)
            if not any(raw is not None and raw_id(raw) == one.id for raw in found):
                return True
        return False

    def _rows(self, row: FeedRow) -> tuple[FeedRow, ...]:
        return (row, *self.feeds.branches(row))

    def take(
        self, row: FeedRow, checked: Sequence[Checked], refused: str
    ) -> tuple[Taken, list[tuple[int, Checked]]]:
        """Store verified entries one by one; inside a transaction. What is new, with numbers.

        refused: why others that came with them were not even looked at.
        """
        numbers: list[tuple[int, Checked]] = []
        was = row.fork
        for one in checked:
            n = self._place(row, one)
            if n is None:
                refused = refused or TOO_EARLY
            elif n:
                numbers.append((n, one))
        if numbers or row.fork != was:
            self.feeds.keep(row)
        if row.fork != was:
            self._ids.pop(row.name, None)
        if row.fork and numbers:
            self._name_again(row)
        taken = Taken(
            row.name, len(numbers), row.seq, refused, forked=bool(row.fork), own=row.own,
            retry=refused == TOO_EARLY,
        )  # fmt: skip
        return taken, numbers

    def verified(
        self, feed: bytes, device: bytes, raws: Sequence[bytes]
    ) -> tuple[list[Checked], str]:
        """The entries that this device signed for this feed, in order; why not all of them."""
        good: list[Checked] = []
        refused = ""
        for raw in raws:
            try:
                content = decode_header(raw)
            except BadInput:
                refused = refused or "SYN-001"
                continue
            if content.feed != feed:
                refused = refused or "SYN-002"
            elif not verify(device, raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]):
                refused = refused or BAD
            else:
                good.append(Checked(raw, raw_id(raw), content))
        return sorted(good, key=lambda one: (one.content.seq, one.id)), refused

    def _place(self, row: FeedRow, one: Checked) -> int | None:
        """Store one entry: its number, 0 where it was held, None where it cannot stand yet."""
        seq = one.content.seq
        slots = [entry_number(held.n, seq) for held in self._rows(row)]
        ordinal = 0
        for n in slots:
            raw = self.entries.raw(n)
            if raw is None:
                break
            if raw_id(raw) == one.id:
                return 0
            ordinal += 1
        if ordinal:
            row.fork = min(row.fork or seq, seq)
            branch = self.feeds.branch(row, ordinal)
            if seq > branch.seq:
                branch.seq, branch.tip = seq, one.id
            branch.lam = max(branch.lam, one.content.lam)
            self.feeds.keep(branch)
            return self._insert(row, entry_number(branch.n, seq), one)
        follows = seq == row.seq + 1 and one.content.prev == row.tip
        if not follows and not (row.fork and seq >= row.fork):
            return None
        if seq > row.seq:
            row.seq, row.tip = seq, one.id
        return self._insert(row, slots[0], one)

    def _insert(self, row: FeedRow, n: int, one: Checked) -> int:
        lam = one.content.lam
        self.log.db.execute("insert into event values(?,?,?)", n, lam, one.raw)
        row.lam = max(row.lam, lam)
        self.log.follow(lam)
        if row.name in self._ids:
            self._ids[row.name][one.id[:ID16]] = n
        return n

    def _held(self, row: FeedRow) -> dict[bytes, int]:
        """First bytes of the id → number, of every entry from the fork on; read once, then kept."""
        known = self._ids.get(row.name)
        if known is None:
            known = self._ids[row.name] = {}
            for held in self._rows(row):
                rows = self.log.db.rows(
                    "select n, raw from event where n>=? and n<?",
                    entry_number(held.n, row.fork), entry_number(held.n + 1, 0),
                )  # fmt: skip
                known.update((raw_id(raw)[:ID16], n) for n, raw in rows)
        return known

    def _name_again(self, row: FeedRow) -> None:
        """Entries that name one from the fork on as replaced may have meant another branch.

        Also one that has only come now, where the fork itself was known before.
        """
        first, beyond = entry_number(row.n, row.fork), entry_number(row.n + 1, 0)
        self.log.projection.refold_naming(first, beyond)
