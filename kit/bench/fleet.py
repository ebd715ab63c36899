"""Kits of one fleet for the benches: real stores and replicas, bytes carried in memory.

Not for: figures (`kit.bench.sync`); nothing here opens a socket.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from kit.bench.temporary import WARD, settings
from kit.core.command import Outcome
from kit.node.opening import OpenKit, make_kit
from kit.store import vault
from kit.store.log import Circumstance
from kit.sync.authority import Role
from kit.sync.fleet import DeviceEnrolled
from kit.sync.session import Clocks, Me, Session
from kit.ward.vitals import VitalsRecorded

NOW = 1_795_000_000_000
WHERE = Circumstance("nurse", "session", NOW, 1)
PEOPLE = 2_000
VALUES = {
    "temp": "37.2", "hr": "88", "sbp": "124", "dbp": "72", "rr": "18", "spo2": "95",
    "oxygen": "0", "acvpu": "A", "pain": "3",
}  # fmt: skip
REMARK = "surveillance rapprochée, revoir avec le médecin de garde avant 06:00"
TURNS = 1_000_000


@contextmanager
def bench_fleet(wards: int, *, relays: int = 0) -> Iterator[list[OpenKit]]:
    """A founder, ward kits of one ward that know each other, and relays, in this order."""
    with tempfile.TemporaryDirectory(prefix="kit-bench-", dir=Path.cwd()) as folder:
        kits = [kit for kit, _phrase in made_fleet(Path(folder), wards, relays=relays)]
        try:
            yield kits
        finally:
            for kit in kits:
                kit.close()


def made_fleet(folder: Path, wards: int, *, relays: int = 0) -> list[tuple[OpenKit, str]]:
    """The same kits in a folder that stays, open, each with its phrase."""
    made = [_made(folder / "s", "", b"", "steering")]
    root = made[0][0].settings.fleet_root
    made += [
        _made(folder / str(n), WARD if n < wards else "", root, "ward")
        for n in range(wards + relays)
    ]
    _enrol([kit for kit, _phrase in made], wards)
    return made


def _made(folder: Path, ward: str, root: bytes, capsule: str) -> tuple[OpenKit, str]:
    chosen = msgspec.structs.replace(settings(), ward=ward, fleet_root=root, capsule=capsule)
    kit, words = make_kit(folder, chosen, cost=vault.TEST_ONLY, ballast=4096, clock=lambda: NOW)
    return kit, " ".join(words)


def _enrol(kits: list[OpenKit], wards: int) -> None:
    founder = kits[0]
    for place, kit in enumerate(kits[1:]):
        mine = kit.membership
        enrolled = DeviceEnrolled(
            device=mine.device, label=f"kit {place}",
            role=Role.WARD if place < wards else Role.RELAY,
            wards=(WARD,) if place < wards else (), exchange=mine.exchange,
            certificate=mine.certificate,
        )  # fmt: skip
        with founder.log.transaction():
            founder.log.append([Outcome(enrolled)], WHERE)
    founder.membership.settle(NOW)
    feed = next(row.name for row in founder.log.feeds.by_number.values() if row.scope == "dir")
    for kit in kits[1:]:
        after = 0
        while raws := founder.membership.replica.run(feed, after):
            kit.membership.replica.take(founder.membership.device, feed, raws)
            after += len(raws)
        kit.membership.settle(NOW)


def measured_sets(count: int, draw: random.Random) -> list[Outcome]:
    """Full sets of vitals of many patients, about 400 bytes an entry."""
    return [
        Outcome(
            VitalsRecorded(
                patient=f"{draw.randrange(PEOPLE):016X}",
                at=NOW - draw.randrange(86_400_000),
                values=VALUES,
                note=REMARK,
            )
        )
        for _ in range(count)
    ]


def written(kit: OpenKit, count: int, seed: int, batch: int = 5_000) -> None:
    """So many sets of vitals in a kit's own feed."""
    draw = random.Random(seed)
    for start in range(0, count, batch):
        with kit.log.transaction():
            kit.log.append(measured_sets(min(batch, count - start), draw), WHERE, WARD)


def ward_runs(kit: OpenKit) -> tuple[bytes, list[list[bytes]]]:
    """The name of a kit's own ward feed, and all its runs as they go over the wire."""
    rows = kit.log.feeds.by_number.values()
    feed = next(row.name for row in rows if row.own and row.scope == f"w:{WARD}")
    runs: list[list[bytes]] = []
    after = 0
    while raws := kit.membership.replica.run(feed, after):
        runs.append(raws)
        after += len(raws)
    return feed, runs


class Wire:
    """Two sessions, and the bytes between them carried by hand."""

    def __init__(self, left: OpenKit, right: OpenKit) -> None:
        self.now = 0
        self.ends = (self._session(left, right), self._session(right, left))

    def _session(self, kit: OpenKit, peer: OpenKit) -> Session:
        device = kit.log.device
        clocks = Clocks(lambda: self.now, lambda: (NOW, 1))
        me = Me(device.fleet, device.public)
        return Session(kit.membership.replica, me, peer.membership.device, clocks)

    def turn(self) -> bool:
        """Carry what each has to say; False when neither has anything."""
        left, right = self.ends
        said, answered = left.outgoing(), right.outgoing()
        if said:
            right.received(said)
        if answered:
            left.received(answered)
        return bool(said or answered)

    def settle(self) -> None:
        """Until both are silent."""
        for _ in range(TURNS):
            if not self.turn():
                return
