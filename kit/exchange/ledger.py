"""What was imported, kept on this kit alone: raw units, their accounts, refusals, totals by path.

Local tables, no projection: they never travel and no event makes them (docs/adr/0008). Raw bytes
are compressed batch by batch. Everything a batch brings is written in the caller's transaction,
together with its events. Not for: reading it as a report (`report`).
"""

from __future__ import annotations

import zlib

import msgspec

from kit.core.projection import Reader, Writer
from kit.exchange.unit import Account, Batch, LeafTally, Opening, Unit

TABLES = (
    """create table if not exists intake(
        id text primary key, label text not null, path_name text not null, kind text not null,
        snapshot text not null, extracted integer not null, started integer not null,
        finished integer not null, bytes integer not null, blocks text not null,
        units integer not null, refused integer not null, leaves integer not null,
        mapped integer not null, kept integer not null, ignored integer not null,
        unmapped integer not null, counts text not null)""",
    """create table if not exists intake_raw(n integer primary key, data blob not null)""",
    """create table if not exists intake_unit(
        hash blob primary key, intake text not null, file text not null, position text not null,
        kind text not null, raw integer not null, start integer not null, length integer not null,
        leaves integer not null, mapped integer not null, kept integer not null,
        ignored integer not null, unmapped integer not null) without rowid""",
    """create table if not exists intake_leaf(
        intake text not null, path text not null, fate text not null, rule text not null,
        count integer not null, file text not null, position text not null, danger integer not null,
        primary key(intake, path, fate)) without rowid""",
    """create table if not exists intake_refused(
        intake text not null, file text not null, position text not null, code text not null,
        args text not null, primary key(intake, file, position, code)) without rowid""",
)
EVENT = "#event"
"""The kind of rows that hold an event's digest and no raw bytes."""

_to_json = msgspec.json.Encoder().encode
_from_json = msgspec.json.Decoder(dict[str, int]).decode


def create_tables(db: Writer) -> None:
    """Make the tables where they are missing."""
    for statement in TABLES:
        db.execute(statement)


HELD_MOST = 300_000
"""So many digests are held in memory (about 30 MB); a larger ledger is asked each time."""


class Known:
    """Whether a digest, of a unit or of an event, is in: what `Intake.batches` asks."""

    def __init__(self, db: Reader) -> None:
        self._db = db
        count = db.row("select count(*) from intake_unit") or (0,)
        self._held: set[bytes] | None = None
        if count[0] <= HELD_MOST:
            self._held = {digest for (digest,) in db.rows("select hash from intake_unit")}

    def __call__(self, digest: bytes) -> bool:
        """Whether it is in."""
        if self._held is not None:
            return digest in self._held
        return self._db.row("select 1 from intake_unit where hash=?", digest) is not None

    def add(self, batch: Batch) -> None:
        """What has just been recorded is known from now on."""
        if self._held is not None:
            self._held.update(unit.sha256 for unit in batch.units)
            self._held.update(batch.keys)


def record_batch(db: Writer, import_id: str, batch: Batch) -> None:
    """Write what a batch brings; inside the transaction that also appends its events."""
    if batch.opening is not None:
        _open(db, import_id, batch.opening)
    if batch.empty:
        return
    _record_units(db, import_id, [unit for unit in batch.units if unit.new])
    db.executemany(
        "insert or ignore into intake_unit values(?,?,'','',?,0,0,0,0,0,0,0,0)",
        [(key, import_id, EVENT) for key in batch.keys],
    )
    _record_leaves(db, import_id, batch.leaves)
    db.executemany(
        "insert or ignore into intake_refused values(?,?,?,?,?)",
        [
            (import_id, one.file, one.position, one.code, _to_json(one.args).decode())
            for one in batch.refused
        ],
    )
    _add_totals(db, import_id, batch)


def _open(db: Writer, import_id: str, opening: Opening) -> None:
    """Start the account anew: an import that was killed counts its units again from the first."""
    db.execute("delete from intake_leaf where intake=?", import_id)
    db.execute("delete from intake_refused where intake=?", import_id)
    db.execute(
        "insert or replace into intake values(?,?,?,?,?,?,?,0,?,?,0,0,0,0,0,0,0,'{}')",
        import_id,
        opening.label,
        opening.path_name,
        opening.kind,
        opening.snapshot,
        opening.extracted_at,
        opening.started,
        opening.total_bytes,
        " ".join(opening.blocks),
    )


def _record_units(db: Writer, import_id: str, units: list[Unit]) -> None:
    if not units:
        return
    found = db.row("select coalesce(max(n), 0) + 1 from intake_raw")
    block = found[0] if found else 1
    db.execute(
        "insert into intake_raw values(?,?)",
        block,
        zlib.compress(b"".join(unit.raw for unit in units), 1),
    )
    rows = []
    start = 0
    for unit in units:
        rows.append(
            (
                unit.sha256,
                import_id,
                unit.file,
                unit.position,
                unit.kind,
                block,
                start,
                len(unit.raw),
                *msgspec.structs.astuple(unit.account),
            )
        )
        start += len(unit.raw)
    db.executemany("insert or ignore into intake_unit values(?,?,?,?,?,?,?,?,?,?,?,?,?)", rows)


def _record_leaves(db: Writer, import_id: str, leaves: tuple[LeafTally, ...]) -> None:
    db.executemany(
        """insert into intake_leaf values(?,?,?,?,?,?,?,?)
           on conflict(intake, path, fate) do update set count=count+excluded.count,
             danger=max(danger, excluded.danger)""",
        [
            (import_id, one.path, one.fate, one.rule, one.count, one.file, one.position, one.danger)
            for one in leaves
        ],
    )


def _add_totals(db: Writer, import_id: str, batch: Batch) -> None:
    total = Account()
    for unit in batch.units:
        total = total.plus(unit.account)
    found = db.row("select counts from intake where id=?", import_id)
    counts = _from_json(found[0]) if found else {}
    for name, count in batch.counts.items():
        counts[name] = counts.get(name, 0) + count
    refused = (
        db.row("select count(*) from intake_refused where intake=?", import_id)
        if batch.refused
        else None
    )
    db.execute(
        """update intake set units=units+?, leaves=leaves+?, mapped=mapped+?, kept=kept+?,
             ignored=ignored+?, unmapped=unmapped+?, counts=?, refused=max(refused, ?)
           where id=?""",
        len(batch.units),
        *msgspec.structs.astuple(total),
        _to_json(counts).decode(),
        refused[0] if refused else 0,
        import_id,
    )


def finish(db: Writer, import_id: str, at_ms: int) -> None:
    """Mark an import as complete, at UTC ms. One that has no such mark was cut short."""
    db.execute("update intake set finished=? where id=?", at_ms, import_id)


def read_raw(db: Reader, digest: bytes) -> bytes | None:
    """The raw bytes of a unit, or None where this kit does not hold it."""
    found = db.row(
        """select r.data, u.start, u.length from intake_unit u join intake_raw r on r.n=u.raw
           where u.hash=?""",
        digest,
    )
    if found is None:
        return None
    data = zlib.decompress(found[0])
    return data[found[1] : found[1] + found[2]]
