"""A hospital of kits in memory: a person acts at a unit, each kit writes a feed of its own.

All kits share one set of tables (they are connected); `refold` lays the same entries into fresh
tables in any other order, which is what sync does.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import kit.messages
import kit.steering
from kit.core.clock import local_instant
from kit.core.command import COMMANDS, Act, Command, Decision
from kit.core.errors import Refused
from kit.core.event import Event, Stamp
from kit.core.ids import derived_id
from kit.core.projection import TABLES
from kit.core.query import QUERIES, Asking, Query
from kit.people.permission import may
from kit.people.person import PersonEnrolled
from kit.store.projector import Projection
from kit.ward.directory import DirectoryListed
from kit.ward.place import Bed, WardDescribed

kit.messages.open_rooms()
kit.steering.open_rooms()

NOW = local_instant(2026, 11, 22, 10, 0)
MINUTE = 60_000
HOUR = 60 * MINUTE
CELL, CARD, NEPH, DIAL = "CELL", "CARD", "NEPH", "DIAL"
PEOPLE = {
    "chief": ("Odile Garnier", "DIR"),
    "deputy": ("Marc Aubert", "DIR"),
    "it": ("Inès Caron", "SI"),
    "nurse": ("Claire Dubois", "IDE"),
    "nurse2": ("Élodie Roux", "IDE"),
    "doctor": ("Paul Vernet", "MED"),
    "aide": ("Luc Petit", "AS"),
    "store": ("Rémi Costa", "LOG"),
    "leader": ("Ana Simon", "ANI"),
}
WANTED = (
    "person", "ward", "bed", "directory", "message", "message_receipt", "directive",
    "directive_end", "directive_receipt", "situation", "needs",
)  # fmt: skip
Entry = tuple[Stamp, Event]


class Tables:
    """Projected tables in memory: what a fold writes to and a query reads."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.execute("create table kit(name text primary key, value blob)")
        for name in ("subject_entry", "replaced", *WANTED):
            for statement in TABLES[name].split(";"):
                self.db.execute(statement)
        self.known: dict[int, Entry] = {}
        self.projection = Projection(self, self.known.get)  # type: ignore[arg-type]  # a store's double

    def rows(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        """All rows of a select."""
        return self.db.execute(sql, args).fetchall()

    def row(self, sql: str, *args: Any) -> tuple[Any, ...] | None:
        """The first row of a select."""
        found: tuple[Any, ...] | None = self.db.execute(sql, args).fetchone()
        return found

    def execute(self, sql: str, *args: Any) -> None:
        """Run one statement."""
        self.db.execute(sql, args)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        self.db.executemany(sql, rows)

    def fold(self, entries: Iterable[Entry]) -> None:
        """Lay entries into the tables in the order given, each a batch of its own."""
        for entry in entries:
            self.known[entry[0].n] = entry
            self.projection.fold(*entry)
            self.projection.settle()

    def dump(self) -> dict[str, list[str]]:
        """Every row of every table of messages and steering, but for this kit's own numbers."""
        found = {}
        for name in WANTED[4:]:
            columns = [row[1] for row in self.rows(f"pragma table_info({name})") if row[1] != "n"]
            found[name] = sorted(map(repr, self.rows(f"select {','.join(columns)} from {name}")))
        return found


class House:
    """Kits at units; `now` is the time of the next act, UTC ms."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.entries: list[Entry] = []
        self.now = NOW
        self.lam = 0
        self._seq: dict[str, int] = {}
        self._ids = itertools.count(1)
        for person, (name, profession) in PEOPLE.items():
            self.write(PersonEnrolled(person=person, name=name, profession=profession))
        for code, name in ((CARD, "Cardiologie"), (NEPH, "Néphrologie"), (DIAL, "Dialyse")):
            beds = tuple(Bed(f"{code[0]}{n:02d}") for n in range(1, 5))
            self.write(WardDescribed(ward=code, name=name, beds=beds))
            self.write(DirectoryListed(entry=code, name=name, phone=f"01 99 00 00 {code[0]}"))

    def kit_at(self, unit: str, number: int = 1) -> str:
        """The hex16 of a kit at a unit."""
        return f"{unit.encode().hex():0<14}{number:02d}"[:16]

    def write(
        self, data: Event, actor: str = "", unit: str = CELL, base: tuple[int, ...] = ()
    ) -> Stamp:
        """Append an event of a kit's own feed and fold it."""
        self.lam += 1
        seq = self._seq[unit] = self._seq.get(unit, 0) + 1
        feed = list(self._seq).index(unit) + 1
        stamp = Stamp(
            feed << 32 | seq, self.lam, self.now, 1, actor, "session", base,
            unit.encode().ljust(16, b"\0"), self.lam.to_bytes(8, "big"),
        )  # fmt: skip
        self.entries.append((stamp, data))
        self.tables.fold([(stamp, data)])
        return stamp

    def act(self, who: str, unit: str) -> Act:
        """The circumstances of a command now."""
        return Act(
            at_ms=self.now, actor=who, role=PEOPLE[who][1], session="session",
            new_id=lambda: derived_id("test", str(next(self._ids))), unit=unit,
            kit=self.kit_at(unit),
        )  # fmt: skip

    def decide(self, command: Command, who: str, unit: str) -> Decision | Refused:
        """What the rule says, without recording it; the table of rights first, as the node does."""
        kind = next(kind for kind in COMMANDS.values() if kind.cls is type(command))
        if not may(kind.action, PEOPLE[who][1]):
            return Refused("permission.denied", {"action": kind.action})
        assert kind.load
        assert kind.decide
        act = self.act(who, unit)
        return kind.decide(kind.load(self.tables, command, act), command, act)

    def do(self, command: Command, who: str = "nurse", unit: str = CARD) -> dict[str, Any]:
        """Decide and record; the answer. Fails the test where the rule refuses."""
        decision = self.decide(command, who, unit)
        assert isinstance(decision, Decision), decision
        for outcome in decision.outcomes:
            self.write(outcome.event, who, unit, outcome.base)
        return decision.answer

    def refused(self, command: Command, who: str = "nurse", unit: str = CARD) -> str:
        """The code of the refusal. Fails the test where the rule accepts."""
        decision = self.decide(command, who, unit)
        assert isinstance(decision, Refused), decision
        return decision.code

    def ask(
        self, question: Query, who: str = "nurse", unit: str = CARD, *, tables: Tables | None = None
    ) -> Any:
        """The answer of a query now."""
        kind = next(kind for kind in QUERIES.values() if kind.cls is type(question))
        assert kind.answer
        assert may(kind.action, PEOPLE[who][1])
        asking = Asking(self.now, who, PEOPLE[who][1], unit, self.kit_at(unit))
        return kind.answer(tables or self.tables, question, asking)

    def refold(self, order: Sequence[int]) -> Tables:
        """The same entries in another order, in fresh tables."""
        tables = Tables()
        tables.fold(self.entries[index] for index in order)
        return tables
