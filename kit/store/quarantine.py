"""Entries that a revoked kit wrote past its cut: kept, never shown as care, until adopted.

Nothing is deleted: a clinician of the ward adopts what was real (sync.md §4.7). Not for: who
revokes and who adopts (`kit.sync.fleet`).
"""

from __future__ import annotations

from collections.abc import Mapping

from kit.core.envelope import entry_number, entry_place
from kit.store.entries import Unread
from kit.store.feeds import FeedRow
from kit.store.log import Log


def lay_again(log: Log, n: int) -> None:
    """Lay an entry that counts again, or that a key opens only now; inside a transaction."""
    raw, row = log.entries.raw(n), log.feeds.by_number[entry_place(n)[0]]
    found = log.entries.open(raw or b"", n, row)
    if isinstance(found, Unread):
        log.entries.note_unread(n, found)
    else:
        log.projection.fold(*found)


class Quarantine:
    """The entries of one store that do not count."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def put(self, n: int, row: FeedRow) -> None:
        """Set one entry apart; inside a transaction."""
        self.log.db.execute("insert or ignore into quarantine values(?,?)", n, row.n)

    def apply(self, cuts: Mapping[bytes, int], adopted: frozenset[tuple[bytes, int]]) -> bool:
        """Bring what is set apart in line with all revocations and adoptions; True = it changed.

        cuts: feed → last number that counts; costs what the revoked feeds hold past their cuts.
        """
        due = self._due(cuts, adopted)
        held: dict[int, int] = dict(self.log.db.rows("select n, feed from quarantine"))
        apart, back = due.keys() - held.keys(), held.keys() - due.keys()
        if not apart and not back:
            return False
        with self.log.transaction():
            for n in sorted(apart):
                self.log.db.execute("insert into quarantine values(?,?)", n, due[n])
                self.log.projection.forget(n)
            for n in sorted(back):
                self.log.db.execute("delete from quarantine where n=?", n)
                lay_again(self.log, n)
        return True

    def _due(
        self, cuts: Mapping[bytes, int], adopted: frozenset[tuple[bytes, int]]
    ) -> dict[int, int]:
        due: dict[int, int] = {}
        feeds = self.log.feeds
        for name, cut in cuts.items():
            row = feeds.get(name)
            if row is None:
                continue
            for held in (row, *feeds.branches(row)):
                rows = self.log.db.rows(
                    "select n from event where n>? and n<?",
                    entry_number(held.n, cut), entry_number(held.n + 1, 0),
                )  # fmt: skip
                due.update((n, held.n) for (n,) in rows if (name, entry_place(n)[1]) not in adopted)
        return due
