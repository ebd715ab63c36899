"""What a screen's frame shows at all times: age of the data, clock, disk, what is unfinished."""

from __future__ import annotations

from typing import Any

from kit.core.clock import ClockQuality
from kit.core.query import Asking
from kit.node.desk import Desk
from kit.store.messages import sentence
from kit.ward.conflict_open import count_open
from kit.ward.snapshot import Snapshots, snapshots

LOW_DISK_BYTES = 200 * 1024 * 1024


def status(desk: Desk) -> dict[str, Any]:
    """Times in UTC ms; `unfinished`: an import that was cut off and should be started again."""
    kit, now = desk.kit, desk.now()
    rows = snapshots(kit.db, Snapshots(), Asking(now))
    newest = rows[0] if rows else None
    unfinished = kit.db.row(
        "select label, path_name from intake where finished=0 order by started desc"
    )
    unknown = kit.db.row("select count(*) from unknown_event")
    quarantined = kit.db.row("select count(*) from quarantine")
    patients = kit.db.row("select count(*) from stay where closed=0")
    rollback = kit.rollback
    return {
        "troubles": _troubles(desk),
        "now_ms": now,
        "clock_quality": int(desk.quality),
        "data": {
            "label": newest.label, "extracted_at": newest.extracted_at,
            "imported_at": newest.imported_at, "band": newest.band,
        } if newest else None,
        "free_bytes": kit.home.free_bytes(),
        "disk_low": kit.home.free_bytes() < LOW_DISK_BYTES,
        "unfinished_import": _named(("label", "path"), unfinished),
        "unknown_events": unknown[0] if unknown else 0,
        "patients": patients[0] if patients else 0,
        "rollback": _named(
            ("missing", "since_ms"), (rollback.missing, rollback.since_ms) if rollback else None
        ),
        "mark": kit.mark_state,
        "rebuilt": kit.rebuilt,
        "quarantined": quarantined[0] if quarantined else 0,
        "conflicts": count_open(kit.db),
        **desk.exchange(),
    }  # fmt: skip


def _troubles(desk: Desk) -> list[dict[str, str]]:
    """What whoever signs in must be told of the kit itself: code and text, the worst first.

    A code without text has its sentence on the screen's side.
    """
    kit, codes = desk.kit, []
    if kit.rollback:
        codes.append(kit.rollback.code)
    if kit.mark_state:
        codes.append(kit.mark_state)
    found = [{"code": code, "text": sentence(code, {})} for code in codes]
    if desk.quality is ClockQuality.UNKNOWN:
        found.append({"code": "clock.unknown", "text": ""})
    if kit.home.free_bytes() < LOW_DISK_BYTES:
        found.append({"code": "disk.low", "text": ""})
    return found


def _named(names: tuple[str, ...], values: tuple[Any, ...] | None) -> dict[str, Any] | None:
    return dict(zip(names, values, strict=True)) if values else None
