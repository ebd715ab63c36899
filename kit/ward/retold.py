"""What two kits were told by one source: once on the chart, however many of them read the stick.

Same patient, same moment, same content, both told by a source: one row, that of the first entry in
canonical order; the others are remembered here, so that a strike of any of them is a strike of the
row. Not for: what a person recorded here (each entry stays), doses with a record of their source
(`claim`).
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from kit.core.projection import Subject, Writer, table
from kit.ward.slot import lay_struck

table(
    "retold",
    """create table retold(n integer primary key, first integer not null);
    create index retold_first on retold(first)""",
)

_encode = msgspec.msgpack.Encoder(order="sorted").encode


def told_key(data: Any) -> str:
    """What an event tells, whichever source told it, as one name; empty for an entry made here."""
    if not data.src:
        return ""
    plain = _encode(msgspec.structs.replace(data, src=""))
    return hashlib.blake2b(plain, digest_size=12).hexdigest()


def told_subject(name: str) -> Subject:
    """The record of a source that fills a row of the table `name`; its column `told` is `id`."""

    def keys(_stamp: Any, data: Any) -> tuple[str, ...]:
        return (told_key(data),) if data.src else ()

    def clear(db: Writer, key: str) -> None:
        ident = subject.id(key)
        found = db.row(f"select n from {name} where told=?", ident)  # noqa: S608  (constants)
        if found is not None:
            db.execute(f"delete from {name} where told=?", ident)  # noqa: S608
            db.execute("delete from retold where first=?", found[0])
            lay_struck(db, found[0])

    subject = Subject(f"told {name}", keys, clear)
    return subject


def is_told_again(db: Writer, name: str, n: int, told: int) -> bool:
    """Whether the table has the record already; then `n` is remembered as the same."""
    found = db.row(f"select n from {name} where told=?", told)  # noqa: S608  (constants)
    if found is None or found[0] == n:
        return False
    same(db, n, found[0])
    return True


def same(db: Writer, n: int, first: int) -> None:
    """Remember that `n` tells what the row `first` tells; a strike of either counts."""
    db.execute("update retold set first=? where first=?", first, n)
    db.execute("insert or replace into retold values(?,?)", n, first)
    lay_struck(db, n)
    lay_struck(db, first)
