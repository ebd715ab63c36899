"""`kit verify`: every page, every feed, and every table against a rebuild from the log."""

from __future__ import annotations

import contextlib
from typing import Any

from kit.node.opening import OpenKit
from kit.store import projector
from kit.store.signer import verify
from kit.store.verification import verify_log


def verify_kit(kit: OpenKit) -> dict[str, Any]:
    """What was checked and what is wrong: `{"ok", "events", "feeds", "pages", "faults", "tables"}`.

    The rebuild runs in a transaction that is given up, so the store stays as it was.
    """
    pages = kit.db.verify()
    faults = verify_log(kit.log.entries, verify)
    differing = _compare_tables(kit)
    events = kit.db.row("select count(*) from event") or (0,)
    feeds = kit.db.row("select count(*) from feed") or (0,)
    unknown = kit.db.row("select count(*) from unknown_event") or (0,)
    return {
        "ok": not pages and not faults and not differing,
        "events": events[0],
        "feeds": feeds[0],
        "unknown_events": unknown[0],
        "pages": pages,
        "faults": faults,
        "tables": differing,
        "rollback": kit.rollback.missing if kit.rollback else 0,
    }


class _GiveUp(Exception):
    """Not an error: the way out of a transaction that is not to be kept."""


def _compare_tables(kit: OpenKit) -> list[str]:
    before = projector.fingerprint(kit.db)
    after = before
    with contextlib.suppress(_GiveUp), kit.db.transaction():
        projector.rebuild(kit.db, kit.log.entries)
        after = projector.fingerprint(kit.db)
        raise _GiveUp
    return [name for name, digest in before.items() if after.get(name) != digest]
