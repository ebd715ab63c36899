"""The store's figures: a batch of vitals, one command to disk and back, search at 200,000 names."""

from __future__ import annotations

import json
import random
import statistics
from functools import partial
from typing import Any

from kit.bench.measure import medians, p95, row, wall
from kit.bench.temporary import WARD, temporary_kit, temporary_node
from kit.core.command import Outcome
from kit.exercise.crowd import crowd
from kit.node.opening import OpenKit
from kit.store import vault
from kit.store.database import Database, open_database
from kit.store.home import Home
from kit.store.log import Circumstance
from kit.ward.patient import PatientRegistered
from kit.ward.stay import StayOpened
from kit.ward.vitals import VitalsRecorded

BATCH = 1000
PATIENTS = 148
IDENTITIES = 200_000
COMMANDS = 40
NOW = 1_795_000_000_000
VALUES = {
    "temp": "37.2", "hr": "88", "sbp": "124", "dbp": "72", "rr": "18", "spo2": "95",
    "oxygen": "0", "acvpu": "A", "pain": "3",
}  # fmt: skip
WHERE = Circumstance("", "", NOW, 1)


def _patients(kit: OpenKit) -> list[str]:
    people = [f"P{number:05d}" for number in range(PATIENTS)]
    with kit.log.transaction():
        for place, patient in enumerate(people):
            registered = PatientRegistered(
                patient=patient, birth_family=f"ESSAI{place}", birth_given="A"
            )
            stay = StayOpened(stay=f"S{patient}", patient=patient, ward=WARD, bed=f"{place:03d}")
            kit.log.append([Outcome(registered), Outcome(stay)], WHERE)
    return people


def vitals_batch() -> list[dict[str, Any]]:
    """1,000 sets of vitals appended and folded in one transaction, against the same inserts."""
    with temporary_kit() as (kit, _phrase):
        people = _patients(kit)
        draw = random.Random(1)
        sets = [(draw.choice(people), NOW - draw.randrange(86_400_000)) for _ in range(BATCH)]
        events = [Outcome(VitalsRecorded(patient=p, at=at, values=VALUES)) for p, at in sets]
        text = json.dumps(VALUES, separators=(",", ":"))
        _raw_tables(kit.db)
        sizes = [len(raw) for (raw,) in kit.db.rows("select raw from event limit 1")]
        state = {"n": 1 << 32}

        def ours() -> None:
            with kit.log.transaction():
                kit.log.append(events, WHERE)

        def reference() -> None:
            _raw_inserts(kit.db, sets, text, b"x" * max(sizes[0], 300), state)

        a, b = medians(lambda: wall(ours), lambda: wall(reference))
    return [row("vitals: append and fold, 1,000 sets", BATCH / a, BATCH / b, "sets/s", ">= 0.5")]


def _raw_inserts(
    db: Database, sets: list[tuple[str, int]], text: str, raw: bytes, state: dict[str, int]
) -> None:
    with db.transaction():
        for patient, at in sets:
            state["n"] += 1
            n = state["n"]
            db.execute("insert into raw_event values(?,?,?)", n, n, raw)
            db.execute(
                "insert into raw_vitals values(?,?,?,?,?,?,?,?,?,?,?)",
                n, patient, at, "exact", NOW, "", "", 1, text, "", "",
            )  # fmt: skip


def one_command() -> list[dict[str, Any]]:
    """One set of vitals through the pipe, to disk and back, against raw FULL commits beside it.

    The reference is a commit of the two rows that any programme would have to write.
    """
    ours: list[float] = []
    same: list[float] = []
    with temporary_kit() as (kit, _phrase), temporary_node(_patients) as (client, _home, _words):
        _raw_tables(kit.db)
        state = {"n": 1 << 32}
        text = json.dumps(VALUES, separators=(",", ":"))
        for number in range(COMMANDS + 5):
            patient = f"P{number % PATIENTS:05d}"
            message = {
                "do": "vitals.record", "key": f"bench-{number}",
                "args": {"patient": patient, "values": VALUES},
            }  # fmt: skip
            ours.append(wall(partial(client.request, message)))
            rows = [(patient, NOW + number)]
            same.append(wall(partial(_raw_inserts, kit.db, rows, text, b"x" * 400, state)))
    a, b = (statistics.median(side[5:]) * 1000 for side in (ours, same))
    return [
        row("one command, screen to disk and back", a, b, "ms", "<= 3"),
    ]


def _raw_tables(db: Database) -> None:
    db.execute(
        "create table raw_event(n integer primary key, lam integer not null, raw blob not null)"
    )
    db.execute(
        """create table raw_vitals(n integer primary key, patient text not null,
           at integer not null, precision text not null, wall integer not null,
           actor text not null, by text not null, scale integer not null, data text not null,
           note text not null, src text not null)"""
    )
    db.execute("create index raw_vitals_patient on raw_vitals(patient, at)")


TYPED = (
    "martin",
    "lefe",
    "du",
    "be",
    "nguyen",
    "garcia",
    "thibaut",
    "0303",
    "jean du",
    "o",
    "roux m",
)
RAW_SEARCH = """select p.* from patient_index i join patient p on p.n=i.rowid
    where patient_index match ? limit 30"""


def search_keystroke() -> list[dict[str, Any]]:
    """Each prefix of some names at 200,000 identities through the node, against the raw query.

    Both read the same file, turn about.
    """
    keys = [name[: end + 1] for name in TYPED for end in range(len(name)) if name[end] != " "]
    ours: list[float] = []
    raw: list[float] = []
    with temporary_node(_crowd) as (client, home, words):
        opened = vault.unlock(Home(home), words)
        db = open_database(Home(home).store, opened.database, opened.identity).reader()
        for typed in keys * 4:
            question = {"ask": "patient.search", "args": {"text": typed, "ward": WARD}}
            match = " AND ".join(f'{{names numbers}} : "{word}"*' for word in typed.split())
            ours.append(wall(partial(client.request, question)) * 1000)
            raw.append(wall(partial(db.rows, RAW_SEARCH, match)) * 1000)
        db.close()
    a, b = p95(ours[len(keys) :]), p95(raw[len(keys) :])
    return [
        row("search at 200,000 names, p95 a keystroke", a, b, "ms", "<= 2"),
        row("search at 200,000 names, p95 in ms", a, 0, "ms", "<= 50"),
    ]


def _crowd(kit: OpenKit) -> None:
    _patients(kit)
    events = [Outcome(event) for event in crowd(IDENTITIES, 1)]
    for start in range(0, len(events), 20_000):
        with kit.log.transaction():
            kit.log.append(events[start : start + 20_000], WHERE)
