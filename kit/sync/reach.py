"""Where a kit can be reached, as it says itself in `ops`: third rung of the ladder.

Not for: calling anybody (`ladder`), nor who is there (TLS proves that).
"""

from __future__ import annotations

from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Subject, Writer, folds, table

ADDRESSES = 8


@event("reach.told", scope=Scope.OPERATIONS)
class ReachTold(Event):
    """The addresses of a kit now, e.g. `192.0.2.7:7443`. device: its public key, 32 bytes."""

    device: bytes
    addresses: tuple[str, ...]


table(
    "reach",
    """create table reach(
        device blob primary key, lam integer not null, addresses text not null) without rowid""",
)


def _clear(db: Writer, key: str) -> None:
    db.execute("delete from reach where device=?", bytes.fromhex(key))


REACH = Subject("reach", lambda _stamp, data: (data.device.hex(),), _clear)


@folds(ReachTold, subject=REACH)
def _told(db: Writer, stamp: Stamp, data: ReachTold) -> None:
    db.execute(
        "insert or replace into reach values(?,?,?)",
        data.device, stamp.lam, "\n".join(data.addresses[:ADDRESSES]),
    )  # fmt: skip


def reach_of(db: Reader) -> dict[bytes, list[str]]:
    """Device → its addresses as last told."""
    rows = db.rows("select device, addresses from reach")
    return {bytes(device): text.splitlines() for device, text in rows}
