"""One entry, from a nurse's command on one kit to another kit's disk, over a real network.

Not for: many entries at once (`sync`, `pouchdb`), windows (`windows`).
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any

from kit.bench.fleet import VALUES, WHERE
from kit.bench.measure import p95, row
from kit.bench.nodes import NodeProcess, Site, can_switch, loopback, pair, switch
from kit.bench.temporary import WARD
from kit.core.command import Outcome
from kit.node.opening import OpenKit
from kit.people.person import PersonEnrolled
from kit.ward.patient import PatientRegistered
from kit.ward.stay import StayOpened

ENTRIES, WARMING = 200, 10
NURSE, PATIENT = "PERSONNEBANC0001", "PATIENTBANC00001"


def one_entry() -> list[dict[str, Any]]:
    """p95 from before the command on one kit until a question to the other finds it there.

    What is found is committed: a node answers between its transactions. The reference is the time
    of the command alone, until its acknowledgement.
    """
    where = "LAN namespaces" if can_switch() else "loopback, no namespaces here"
    with _sites() as sites, pair(_furnished, sites) as two:
        writer, reader = two.start(0), two.start(1)
        reader.joined()
        waits, acks = _measured(writer, reader)
    middle = statistics.median(waits)
    return [
        row(f"live: one entry on the peer's disk, p95 ({where})", p95(waits), 0, "ms", "<= 20"),
        row(f"live: the same, median ({where})", middle, statistics.median(acks), "ms", "<= 20",
            ratio=middle),
    ]  # fmt: skip


@contextlib.contextmanager
def _sites() -> Iterator[Sequence[Site]]:
    if can_switch():
        with switch() as sites:
            yield sites
    else:
        yield loopback()


def _furnished(writer: OpenKit, _reader: OpenKit) -> None:
    events = (
        PersonEnrolled(person=NURSE, name="BANC Claire", profession="IDE"),
        PatientRegistered(patient=PATIENT, birth_family="ESSAI", birth_given="A"),
        StayOpened(stay="SEJOURBANC000001", patient=PATIENT, ward=WARD, bed="001"),
    )
    with writer.log.transaction():
        writer.log.append([Outcome(event) for event in events], WHERE, WARD)


def _measured(writer: NodeProcess, reader: NodeProcess) -> tuple[list[float], list[float]]:
    waits: list[float] = []
    acks: list[float] = []
    _until_other_than(reader, -1)
    for number in range(ENTRIES + WARMING):
        before = _newest(reader)
        start = time.perf_counter()
        writer.ask(
            do="vitals.record", key=f"bench-live-{number}",
            args={"patient": PATIENT, "values": VALUES}, **{"as": NURSE},
        )  # fmt: skip
        acked = time.perf_counter()
        _until_other_than(reader, before)
        waits.append((time.perf_counter() - start) * 1000)
        acks.append((acked - start) * 1000)
    return waits[WARMING:], acks[WARMING:]


def _newest(node: NodeProcess) -> int:
    rows = node.ask(ask="vitals.history", args={"patient": PATIENT, "limit": 1})
    return int(rows[0]["entry"]) if rows else 0


def _until_other_than(node: NodeProcess, before: int) -> None:
    limit = time.monotonic() + 60
    while _newest(node) == before:
        if time.monotonic() > limit:
            raise RuntimeError("the entry did not arrive")
