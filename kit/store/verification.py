"""Verification of the log: every feed re-read, every chain, signature and reference re-checked.

Reads page by page, so memory stays flat whatever the length; changes nothing and stops at nothing:
one broken entry is one fault, and the rest is still checked. Not for: the file's pages
(`Database.verify`), nor the tables made from the log (`projector`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from kit.core.envelope import (
    FEED_OPEN,
    NO_PREVIOUS,
    SIGNATURE_BYTES,
    UNREADABLE,
    Content,
    FeedOpen,
    Inner,
    decode_header,
    entry_number,
    entry_place,
    feed_id,
    raw_id,
)
from kit.core.errors import BadInput
from kit.store.database import Database
from kit.store.entries import Entries, Unread
from kit.store.feeds import FeedRow, stored_feeds

Verify = Callable[[bytes, bytes, bytes], bool]
"""(public key, signature, content) → whether the key signed it (`kit.store.signer.verify`)."""

PAGE_ROWS = 256


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong: the local feed, the place in it (0 = the feed itself), and what.

    what: `gap` (entries are missing before this one), `unreadable`, `feed` (an entry of another
    feed), `seq`, `prev` (the chain is cut), `signature`, `lam` (counter not as stored, or not
    rising), `open` (first entry does not open this feed, or does not give it its name), `body` (its
    key is held and does not open it), `tip` (the feed's end is not where it should be), `base` (a
    replaced entry is another), `orphan` (no such feed).
    """

    feed: int
    seq: int
    what: str


def verify_log(entries: Entries, verify: Verify) -> list[Fault]:
    """Every fault of the log, by feed and place; empty when it is sound."""
    faults = [
        fault for row in stored_feeds(entries.db) for fault in _check_feed(entries, row, verify)
    ]
    return faults + list(_orphans(entries.db))


def _orphans(db: Database) -> Iterator[Fault]:
    rows = db.rows(
        "select n>>32, min(n) from event where n>>32 not in (select n from feed) group by 1"
    )
    for feed, n in rows:
        yield Fault(feed, entry_place(n)[1], "orphan")


def _stored(db: Database, feed: int) -> Iterator[tuple[int, int, bytes]]:
    """(seq, lam, raw) of a feed in order, a page at a time."""
    after, end = entry_number(feed, 0), entry_number(feed + 1, 0)
    while True:
        page = db.rows(
            "select n, lam, raw from event where n>? and n<? order by n limit ?",
            after, end, PAGE_ROWS,
        )  # fmt: skip
        for n, lam, raw in page:
            yield entry_place(n)[1], lam, raw
        if len(page) < PAGE_ROWS:
            return
        after = page[-1][0]


class _Place(msgspec.Struct, frozen=True):
    """Where an entry stands: its feed, number, the id before it, the counters before and stored.

    chained: it has to follow the one before; entries of a fork do not.
    """

    row: FeedRow
    seq: int
    prev: bytes
    lam: int
    stored_lam: int
    chained: bool


def _check_feed(entries: Entries, row: FeedRow, verify: Verify) -> Iterator[Fault]:
    tip, last, lam = NO_PREVIOUS, 0, 0
    for seq, stored_lam, raw in _stored(entries.db, row.n):
        whole = not row.is_branch and not (row.fork and seq >= row.fork)
        if whole and seq != last + 1:
            yield Fault(row.n, seq, "gap")
        if not verify(row.device, raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]):
            yield Fault(row.n, seq, "signature")
        chained = whole and seq == last + 1
        place = _Place(row, seq, tip, lam, stored_lam, chained)
        for what in _entry_faults(entries, place, raw):
            yield Fault(row.n, seq, what)
        tip, last, lam = raw_id(raw), seq, stored_lam
    if (row.seq, row.tip) != (last, tip):
        yield Fault(row.n, 0, "tip")


def _entry_faults(entries: Entries, place: _Place, raw: bytes) -> Iterator[str]:
    try:
        content = decode_header(raw)
    except BadInput:
        yield "unreadable"
        return
    yield from _envelope_faults(place, content)
    inner = entries.inner(content, place.row.scope, entry_number(place.row.n, place.seq))
    if isinstance(inner, Unread):
        if inner is Unread.DAMAGED:
            yield "body"
        return
    if place.seq == 1 and (inner.type != FEED_OPEN or not _opens(place, inner)):
        yield "open"
    if not _bases_hold(entries, inner):
        yield "base"


def _envelope_faults(place: _Place, content: Content) -> Iterator[str]:
    if content.feed != place.row.name:
        yield "feed"
    if content.seq != place.seq:
        yield "seq"
    if place.chained and content.prev != place.prev:
        yield "prev"
    if content.lam != place.stored_lam or (place.chained and content.lam <= place.lam):
        yield "lam"


def _opens(place: _Place, inner: Inner) -> bool:
    """Whether a first entry says the same as the feed's row, and its name follows from both."""
    if place.seq != 1:
        return True
    try:
        said = msgspec.msgpack.decode(inner.data, type=FeedOpen)
    except UNREADABLE:
        return False
    row = place.row
    agreed = (said.device, said.incarnation, said.scope) == (
        row.device, row.incarnation, row.scope,
    )  # fmt: skip
    return agreed and row.name == feed_id(said.fleet, said.device, said.incarnation, said.scope)


def _bases_hold(entries: Entries, inner: Inner) -> bool:
    """Whether every replaced entry that is here is the one that its author saw."""
    for ref in inner.base:
        row = entries.feeds.get(ref.feed)
        if row is None:
            continue
        raw = entries.raw(entries.number_of(ref))
        held = row.seq >= ref.seq and not row.fork
        if (raw is None and held) or (raw is not None and raw_id(raw)[: len(ref.id8)] != ref.id8):
            return False
    return True
