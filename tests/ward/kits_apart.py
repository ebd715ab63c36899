"""Two kits of one ward that hear each other only when the test says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kit.store.keyring import ScopeKey
from kit.store.replica import LogReplica
from kit.ward.conflict import ConflictRow, Conflicts
from kit.ward.conflict_settle import SettleConflict
from tests.sync.kits import Everybody, shared_key
from tests.ward.harness import DOCTOR, SEED, Ward

OTHER_SEED = bytes(range(1, 33))
SCOPES = ("ops", "w:CARD", "w:NEPH")


class Apart:
    """Kits `one` and `two`, of one ward. `meet` lets each have what the other has."""

    def __init__(self, folder: Path) -> None:
        self.kits = [Ward(folder / "one", SEED), Ward(folder / "two", OTHER_SEED)]
        self.one, self.two = self.kits
        for kit in self.kits:
            keys: list[ScopeKey] = [shared_key(scope) for scope in SCOPES]
            with kit.db.transaction():
                for key in keys:
                    kit.log.keyring.add(key)
        self.one.staff()
        self.one.beds("C01", "C02", "C03")
        self.one.admit("p1", bed="C01", birth_date="1942-03-03", sex="F", ipp="80012345")
        self.one.admit("p2", "Durand", "Paul", bed="C02", birth_date="1950-01-01", sex="M")
        self.one.order("o1", start=self.one.now - 48 * 3_600_000)
        self.meet()

    def meet(self, *, first: int = 0) -> None:
        """Exchange everything, the kit `first` (0 or 1) giving before it takes."""
        order = (first, 1 - first)
        for giver in (*order, *order):
            self._give(self.kits[giver], self.kits[1 - giver])

    def _give(self, giver: Ward, taker: Ward) -> None:
        gives, takes = replica(giver), replica(taker)
        for feed in list(gives.feeds.by_name):
            row = takes.feeds.get(feed)
            if gives.scope_of(feed).startswith("audit"):
                continue
            for raws in iter(lambda f=feed: gives.run(f, held(takes, f)), []):  # type: ignore[misc]
                taken = takes.take(giver.log.device.public, feed, raws)
                assert not taken.refused, (taken, row)

    def conflicts(self) -> list[ConflictRow]:
        """The open conflicts, which both kits see alike but for their own numbers."""
        rows = [kit.ask(Conflicts(ward="CARD"), DOCTOR) for kit in self.kits]
        assert [seen(row) for row in rows[0]] == [seen(row) for row in rows[1]]
        found: list[ConflictRow] = rows[0]
        return found

    def only(self) -> ConflictRow:
        """The one conflict that is open."""
        (row,) = self.conflicts()
        return row

    def close(self) -> None:
        """Close both stores."""
        for kit in self.kits:
            kit.db.close()


def replica(kit: Ward) -> LogReplica:
    """A kit's log as a peer sees it."""
    return LogReplica(kit.log, Everybody())


def held(takes: LogReplica, feed: bytes) -> int:
    """How far a feed is held."""
    row = takes.feeds.get(feed)
    return row.seq if row else 0


def seen(row: ConflictRow) -> Any:
    """A conflict without the numbers that are a kit's own."""
    versions = [
        (v.version, v.who, v.declared, v.recorded, v.device, v.says, v.struck) for v in row.versions
    ]
    return row.conflict, row.kind, row.patient, row.title, versions, row.choices, row.used


def settle(row: ConflictRow, choice: str) -> SettleConflict:
    """The command that settles a conflict."""
    return SettleConflict(conflict=row.conflict, choice=choice, reason="Vu avec le patient")


def version_by(row: ConflictRow, says: str) -> str:
    """The version whose words contain these."""
    (found,) = [one.version for one in row.versions if says in one.says]
    return found
