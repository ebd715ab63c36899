"""Entries that came before the key of their scope: laid into the tables when it comes.

Not for: who is given which key (`kit.sync.fleet_keys`), keeping keys (`keyring`).
"""

from __future__ import annotations

from collections.abc import Sequence

from kit.core.envelope import decode_header, entry_number
from kit.store.feeds import FeedRow
from kit.store.keyring import ScopeKey
from kit.store.log import Log
from kit.store.quarantine import lay_again


def learn(log: Log, keys: Sequence[ScopeKey]) -> int:
    """Keep scope keys, and lay what they open into the tables; how many keys were new.

    One transaction: a key that is kept while its entries are not laid would never be noticed.
    """
    with log.transaction():
        fresh = [key for key in keys if log.keyring.add(key)]
        for key in fresh:
            rows = [row for row in log.feeds.by_number.values() if row.scope == key.scope]
            for row in rows:
                for n in _under(log, row, key.kid):
                    lay_again(log, n)
    return len(fresh)


def _under(log: Log, row: FeedRow, kid: int) -> list[int]:
    """Entries of a feed that are sealed by this key and count."""
    rows = log.db.rows(
        """select n, raw from event where n>? and n<?
           and n not in (select n from quarantine) order by n""",
        entry_number(row.n, 0), entry_number(row.n + 1, 0),
    )  # fmt: skip
    return [n for n, raw in rows if decode_header(raw).kid == kid]
