"""What was imported is kept on the kit, and its report says what the ward will not have."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import nacl.signing
import pytest

from kit.core.command import Outcome
from kit.core.query import QUERIES, Asking
from kit.exchange import ledger, report
from kit.exchange.intake import open_intake
from kit.store import projector
from kit.store.database import Identity, create_database
from kit.store.log import Circumstance, Device, Log
from kit.ward import open_rooms
from tests.exchange.imports import NOW, allergy, bundle, order, patient


class Memory:
    """A writer in memory, with the store's two protocols and nothing else."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")

    def rows(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, args).fetchall()

    def row(self, sql: str, *args: Any) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self.connection.execute(sql, args).fetchone()
        return found

    def execute(self, sql: str, *args: Any) -> None:
        self.connection.execute(sql, args)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self.connection.executemany(sql, rows)


@pytest.fixture
def memory() -> Iterator[Memory]:
    found = Memory()
    ledger.create_tables(found)
    yield found
    found.connection.close()


def take_in(memory: Memory, path: Path, import_id: str = "I1") -> int:
    """Import a path into the ledger; how many events it made."""
    made = 0
    known = ledger.Known(memory)
    for batch in open_intake(path).batches(known, import_id=import_id, now_ms=NOW):
        ledger.record_batch(memory, import_id, batch)
        known.add(batch)
        made += len(batch.outcomes)
    ledger.finish(memory, import_id, NOW + 1)
    return made


def ask(memory: Memory, name: str, **args: Any) -> Any:
    kind = QUERIES[name]
    assert kind.answer is not None
    return kind.answer(memory, kind.cls(**args), Asking(NOW))


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    unknown = [{"url": "http://example.org/x", "valueBoolean": True}]
    resources = (
        patient(),
        allergy(),
        order(modifierExtension=unknown),
        {"resourceType": "Immunization", "id": "i"},
    )
    return bundle(tmp_path, *resources)


def test_the_report_names_the_gaps(memory: Memory, extract: Path) -> None:
    """Totals that add up, red paths first with one place each, and the blocks that are missing."""
    (extract.parent / "scan.pdf").write_bytes(b"x")
    take_in(memory, extract.parent)
    (found,) = ask(memory, "intake.report")
    totals = found.intake
    assert totals.leaves == totals.mapped + totals.kept + totals.ignored + totals.unmapped
    assert totals.finished == NOW + 1
    first = found.unmapped[0]
    assert first.danger
    assert "modifierExtension" in first.path
    assert (first.file, first.place) == ("extract.json", "entrée 3")
    assert {"vitals", "administrations", "directory"} <= set(found.missing)
    assert "allergies" not in found.missing
    (refused,) = found.refused
    assert (refused.code, refused.place) == ("intake.unknown_file", "fichier entier")
    assert refused.text.count(" — ") >= 2
    assert all(one.reason for one in found.ignored)


def test_a_second_import_adds_nothing_and_reports_the_same(memory: Memory, extract: Path) -> None:
    """Under its own id, from the same units."""
    assert take_in(memory, extract, "I1") > 0
    assert take_in(memory, extract, "I2") == 0
    assert report.report_json(memory, "I1") == report.report_json(memory, "I2")
    assert len(ask(memory, "intake.list")) == 2


def test_the_same_import_run_again_counts_once(memory: Memory, extract: Path) -> None:
    """A cut import that is started again does not add up its units twice."""
    take_in(memory, extract)
    before = report.report_json(memory, "I1")
    take_in(memory, extract)
    assert report.report_json(memory, "I1") == before


def test_a_cut_import_has_no_finish(memory: Memory, extract: Path) -> None:
    """The list tells it from a complete one."""
    batches = open_intake(extract).batches(ledger.Known(memory), import_id="I1", now_ms=NOW)
    ledger.record_batch(memory, "I1", next(batch for batch in batches if batch.opening))
    assert [one.finished for one in ask(memory, "intake.list")] == [0]


def test_the_command_line_shape(memory: Memory, extract: Path) -> None:
    """Exactly the fields that later checks read."""
    take_in(memory, extract)
    found = report.report_json(memory, "I1")
    assert list(found) == ["units", "leaves", "refused", "counts"]
    assert list(found["leaves"]) == ["in", "mapped", "kept", "ignored", "unmapped"]
    assert found["counts"] == {
        "patients": 1,
        "allergies": 1,
        "prescriptions": 1,
        "administrations": 0,
        "observations": 0,
    }
    assert report.report_json(memory, "unknown") == {}


def test_the_raw_unit_comes_back_to_the_byte(memory: Memory, extract: Path) -> None:
    """By its hash; an event's digest is no unit."""
    take_in(memory, extract)
    rows = memory.rows("select hash, kind from intake_unit")
    raw = [ledger.read_raw(memory, digest) for digest, kind in rows if kind == "AllergyIntolerance"]
    assert raw[0] is not None
    assert raw[0] in extract.read_bytes()
    digest = next(digest for digest, kind in rows if kind == ledger.EVENT)
    assert ask(memory, "intake.unit", hash=digest.hex()) == []
    assert ask(memory, "intake.unit", hash="zz") == []


def test_an_import_into_a_real_store_is_idempotent(extract: Path, tmp_path: Path) -> None:
    """Units, events, tables in one encrypted file; a second import leaves every table as it was."""
    open_rooms()
    key = nacl.signing.SigningKey.generate()
    identity = Identity(kit_id=os.urandom(16), generation=1, world="REEL")
    db = create_database(tmp_path / "store.db", bytearray(os.urandom(32)), identity)
    device = Device(b"f" * 16, "REEL", bytes(key.verify_key), b"i" * 8, "CARD", "0.1")
    log = Log(db, device, lambda content: key.sign(content).signature)
    projector.ensure_tables(db, log.entries)
    ledger.create_tables(db)
    tables = []
    for import_id in ("I1", "I2"):
        known = ledger.Known(db)
        for batch in open_intake(extract).batches(known, import_id=import_id, now_ms=NOW):
            with log.transaction():
                for event, ward in batch.outcomes:
                    log.append([Outcome(event)], Circumstance("", "", NOW, 1), ward or None)
                ledger.record_batch(db, import_id, batch)
            known.add(batch)
        tables.append(projector.fingerprint(db))
    assert tables[0] == tables[1]
    with db.transaction():
        projector.rebuild(db, log.entries)
    assert projector.fingerprint(db) == tables[0]
    assert db.rows("select substance from allergy") == [("Pénicilline",)]
    db.close()
