"""Drafts: what a person was typing when the screen, the node or the power went.

Kept in the store (encrypted), outside the log: a draft is nobody's act yet. Not for: what was
signed.
"""

from __future__ import annotations

from typing import Any

import msgspec

from kit.store.database import Database

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def save_draft(db: Database, person: str, slot: str, body: Any, at_ms: int) -> None:
    """Keep the latest state of one draft (a form on one patient), on disk when this returns."""
    with db.transaction():
        db.execute(
            "insert or replace into draft values(?,?,?,?)", person, slot, at_ms, _encode(body)
        )


def load_drafts(db: Database, person: str, slot: str = "") -> list[dict[str, Any]]:
    """This person's drafts, newest first; of one slot if named. at: UTC ms."""
    rows = db.rows(
        "select slot, at, body from draft where person=? and (?='' or slot=?) order by at desc",
        person, slot, slot,
    )  # fmt: skip
    return [{"slot": name, "at": at, "body": _decode(body)} for name, at, body in rows]


def drop_draft(db: Database, person: str, slot: str) -> None:
    """The draft was signed or given up."""
    with db.transaction():
        db.execute("delete from draft where person=? and slot=?", person, slot)
