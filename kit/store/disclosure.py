"""Single entries given to a kit that may not read their scope: each with its own key.

A patient who changes ward takes the record along: the original bytes, still signed by who wrote
them, and for each the one key that opens it and nothing else (sync.md §4.5). They lie beside the
log, since their feed is not held here. Not for: who may give what to whom (`kit.sync.transfer`).
"""

from __future__ import annotations

from collections.abc import Sequence

from kit.core.envelope import (
    SIGNATURE_BYTES,
    Content,
    decode_header,
    entry_key,
    entry_number,
    entry_place,
    feed_id,
    raw_id,
)
from kit.core.errors import BadInput
from kit.core.replication import ID8, Members
from kit.store.checked import read_open
from kit.store.cipher import open_disclosed
from kit.store.entries import Unread
from kit.store.feeds import FeedRow
from kit.store.log import Log
from kit.store.signer import verify


class Disclosure:
    """Gives single entries away, and takes those that are given."""

    def __init__(self, log: Log, members: Members) -> None:
        self.log, self.members = log, members

    def disclose(self, n: int) -> tuple[bytes, bytes] | None:
        """An entry's bytes and its own key; None where this kit cannot read it."""
        raw = self.log.entries.raw(n)
        row = self.log.feeds.by_number.get(entry_place(n)[0])
        if raw is None or row is None:
            return None
        content = decode_header(raw)
        key = self.log.keyring.find(row.scope, content.kid)
        if key is not None:
            return raw, entry_key(key, content.feed, content.seq, content.nonce)
        found = self.log.db.row("select key from disclosed where n=?", n)
        return (raw, bytes(found[0])) if found else None

    def opening(self, n: int) -> bytes | None:
        """The first entry of the feed that an entry stands in: it says who writes it."""
        feed = entry_place(n)[0]
        row = self.log.feeds.by_number.get(feed)
        if row is None:
            return None
        found = self.log.db.row("select raw from opening where feed=?", row.name)
        return self.log.entries.raw(entry_number(feed, 1)) or (bytes(found[0]) if found else None)

    def take(self, opening: bytes, given: Sequence[tuple[bytes, bytes]]) -> int:
        """Keep entries of one feed and lay them into the tables; how many are new.

        What is not signed by the feed's author, what that author had no right to write, what a
        revocation cut off, and what its key does not open is left out. Inside a transaction.
        """
        row = self._row(opening)
        if row is None:
            return 0
        cut = self.members.cut(row.name)
        return sum(self._take(row, raw, key, cut) for raw, key in given)

    def _row(self, opening: bytes) -> FeedRow | None:
        said = read_open(opening)
        if said is None or said.fleet != self.log.device.fleet:
            return None
        name = feed_id(said.fleet, said.device, said.incarnation, said.scope)
        signed = verify(said.device, opening[:SIGNATURE_BYTES], opening[SIGNATURE_BYTES:])
        if not signed or decode_header(opening).feed != name:
            return None
        if not self.members.may_write(said.device, said.scope):
            return None
        self.log.db.execute("insert or ignore into opening values(?,?)", name, opening)
        held = self.log.feeds.get(name)
        if held is not None and held.scope:
            return held
        return self.log.feeds.opened(name, said.device, said.incarnation, said.scope, own=False)

    def _take(self, row: FeedRow, raw: bytes, key: bytes, cut: int | None) -> int:
        content = _content(raw)
        if content is None or content.feed != row.name or self._is_cut(row, content.seq, cut):
            return 0
        n = entry_number(row.n, content.seq)
        if self.log.entries.raw(n) is not None or open_disclosed(content, key) is None:
            return 0
        if not verify(row.device, raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]):
            return 0
        self.log.entries.keep_disclosed(n, content.lam, raw, key)
        self.log.follow(content.lam)
        found = self.log.entries.open_content(content, n, row, raw_id(raw)[:ID8])
        if isinstance(found, Unread):
            self.log.entries.note_unread(n, found)
        else:
            self.log.projection.fold(*found)
        return 1

    def _is_cut(self, row: FeedRow, seq: int, cut: int | None) -> bool:
        """Whether a revocation cut this entry off, and nobody of its ward took it over since."""
        return cut is not None and seq > cut and (row.name, seq) not in self.members.adopted()


def _content(raw: bytes) -> Content | None:
    try:
        return decode_header(raw)
    except BadInput:
        return None
