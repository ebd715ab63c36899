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
    decode_content,
    decode_inner,
    entry_number,
    entry_place,
    feed_id,
    raw_id,
)
from kit.core.errors import BadInput, Incompatible
from kit.store.database import Database

Verify = Callable[[bytes, bytes, bytes], bool]
"""(public key, signature, content) → whether the key signed it (`kit.store.signer.verify`)."""

PAGE_ROWS = 256


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong: the local feed, the place in it (0 = the feed itself), and what.

    what: `gap` (entries are missing before this one), `unreadable`, `feed` (an entry of another
    feed), `seq`, `prev` (the chain is cut), `signature`, `lam` (counter not as stored, or not
    rising), `open` (first entry does not open this feed, or does not give it its name), `tip` (the
    feed's end is not where it should be), `base` (a replaced entry is missing or another), `fork`,
    `orphan` (no such feed).
    """

    feed: int
    seq: int
    what: str


class _Feed(msgspec.Struct, frozen=True):
    n: int
    feed: bytes
    device: bytes
    incarnation: bytes
    scope: str
    seq: int
    tip: bytes


def verify_log(db: Database, verify: Verify) -> list[Fault]:
    """Every fault of the log, by feed and place; empty when it is sound."""
    feeds = [
        _Feed(*row)
        for row in db.rows(
            "select n, feed, device, incarnation, scope, seq, tip from feed order by n"
        )
    ]
    numbers = {feed.feed: feed.n for feed in feeds}
    faults = [fault for feed in feeds for fault in _check_feed(db, feed, numbers, verify)]
    faults += [Fault(*entry_place(n), "fork") for (n,) in db.rows("select distinct n from fork")]
    return faults + list(_orphans(db))


def _orphans(db: Database) -> Iterator[Fault]:
    rows = db.rows(
        "select n>>32, min(n) from event where n>>32 not in (select n from feed) group by 1"
    )
    for feed, n in rows:
        yield Fault(feed, entry_place(n)[1], "orphan")


def _entries(db: Database, feed: int) -> Iterator[tuple[int, int, bytes]]:
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


def _check_feed(
    db: Database, feed: _Feed, numbers: dict[bytes, int], verify: Verify
) -> Iterator[Fault]:
    tip, last, lam = NO_PREVIOUS, 0, 0
    for seq, stored_lam, raw in _entries(db, feed.n):
        if seq != last + 1:
            yield Fault(feed.n, seq, "gap")
        if not verify(feed.device, raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]):
            yield Fault(feed.n, seq, "signature")
        try:
            content = decode_content(raw)
            inner = decode_inner(content.body)
        except Incompatible:
            pass  # a version to come: kept, chained over, read after an upgrade
        except BadInput:
            yield Fault(feed.n, seq, "unreadable")
        else:
            prev = tip if seq == last + 1 else content.prev
            for what in _entry_faults(_Place(feed, seq, prev, lam, stored_lam), content, inner):
                yield Fault(feed.n, seq, what)
            if not _bases_hold(db, inner, numbers):
                yield Fault(feed.n, seq, "base")
        tip, last, lam = raw_id(raw), seq, stored_lam
    if (feed.seq, feed.tip) != (last, tip):
        yield Fault(feed.n, 0, "tip")


class _Place(msgspec.Struct, frozen=True):
    """Where an entry stands: its feed, number, the id before it, the counters before and stored."""

    feed: _Feed
    seq: int
    prev: bytes
    lam: int
    stored_lam: int


def _entry_faults(place: _Place, content: Content, inner: Inner) -> Iterator[str]:
    if content.feed != place.feed.feed:
        yield "feed"
    if content.seq != place.seq:
        yield "seq"
    if content.prev != place.prev:
        yield "prev"
    if content.lam != place.stored_lam or content.lam <= place.lam:
        yield "lam"
    if (place.seq == 1) != (inner.type == FEED_OPEN) or not _opens(place, inner):
        yield "open"


def _opens(place: _Place, inner: Inner) -> bool:
    """Whether a first entry says the same as the feed's row, and its name follows from both."""
    if place.seq != 1:
        return True
    try:
        said = msgspec.msgpack.decode(inner.data, type=FeedOpen)
    except UNREADABLE:
        return False
    feed = place.feed
    agreed = (said.device, said.incarnation, said.scope) == (
        feed.device, feed.incarnation, feed.scope,
    )  # fmt: skip
    return agreed and feed.feed == feed_id(said.fleet, said.device, said.incarnation, said.scope)


def _bases_hold(db: Database, inner: Inner, numbers: dict[bytes, int]) -> bool:
    """Whether every replaced entry of a feed that is here is the one that its author saw."""
    for ref in inner.base:
        local = numbers.get(ref.feed)
        if local is None:
            continue
        found = db.row("select raw from event where n=?", entry_number(local, ref.seq))
        if found is None or raw_id(found[0])[: len(ref.id8)] != ref.id8:
            return False
    return True
