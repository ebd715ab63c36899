"""A kit of the test fleet with a real store: it records, folds and answers."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import msgspec

from kit.core.command import COMMANDS, Act, Command, Decision, Outcome
from kit.core.errors import Refused
from kit.core.event import Event
from kit.core.ids import derived_id
from kit.core.query import QUERIES, Asking, Query
from kit.node import rooms as _rooms  # noqa: F401  (a store lays down every room's tables)
from kit.store.database import Database, create_database
from kit.store.log import Circumstance, Device, Log
from kit.store.projector import ensure_tables
from kit.store.signer import Signer
from kit.sync.fleet import DeviceEnrolled, FleetMembers
from kit.sync.sealing import exchange_public
from tests.store.kits import IDENTITY as STORE
from tests.store.kits import KEY
from tests.sync.fleets import IDENTITY, with_root

NOW = 1_795_000_000_000
WHERE = Circumstance("person", "session", NOW, 1)


class Kit:
    """A store of the fleet, its own keys, and who may do what in it."""

    def __init__(self, folder: Path, seed: int, ward: str = "CARD") -> None:
        self.db: Database = create_database(folder / f"{seed}.db", KEY, STORE)
        self.signer = Signer(bytes([seed] * 32))
        self.public = self.signer.public
        self.exchange_seed = bytes([seed + 100] * 32)
        device = Device(IDENTITY.fleet, IDENTITY.world, self.public, bytes(8), ward, "t")
        self.log = Log(self.db, device, self.signer.sign)
        ensure_tables(self.db, self.log.entries)
        said = {"fleet_root": IDENTITY.root, "world": IDENTITY.world, "ward": ward}
        self.db.execute("insert into kit values('settings', ?)", msgspec.msgpack.encode(said))
        self.members = FleetMembers(self.db, IDENTITY.root, IDENTITY.world)
        self._ids = itertools.count(1)

    def enrolment(self, label: str, role: str, *wards: str, root: bool = True) -> DeviceEnrolled:
        """Its own enrolment, signed by the root."""
        data = DeviceEnrolled(
            device=self.public, label=label, role=role, wards=wards,
            exchange=exchange_public(self.exchange_seed), certificate=b"der",
        )  # fmt: skip
        return with_root(data) if root else data

    def record(self, *events: Event) -> list[int]:
        """Append them."""
        with self.log.transaction():
            return self.log.append([Outcome(event) for event in events], WHERE)

    def act(self, actor: str = "person", second: str = "") -> Act:
        """The circumstances of a command now."""
        return Act(
            at_ms=NOW, actor=actor, role="SI", session="session", second=second,
            new_id=lambda: derived_id("test", str(next(self._ids))),
        )  # fmt: skip

    def decide(
        self, command: Command, actor: str = "person", second: str = ""
    ) -> Decision | Refused:
        """What the rule says."""
        kind = next(kind for kind in COMMANDS.values() if kind.cls is type(command))
        assert kind.load is not None
        assert kind.decide is not None
        act = self.act(actor, second)
        return kind.decide(kind.load(self.db, command, act), command, act)

    def do(self, command: Command, actor: str = "person", second: str = "") -> Decision:
        """Decide and record."""
        decision = self.decide(command, actor, second)
        assert isinstance(decision, Decision), decision
        self.record(*(outcome.event for outcome in decision.outcomes))
        return decision

    def refusal(self, command: Command, actor: str = "person", second: str = "") -> str:
        """The code with which a command is refused."""
        decision = self.decide(command, actor, second)
        assert isinstance(decision, Refused), decision
        return decision.code

    def ask(self, question: Query) -> Any:
        """The answer of a question."""
        kind = next(kind for kind in QUERIES.values() if kind.cls is type(question))
        assert kind.answer is not None
        return kind.answer(self.db, question, Asking(NOW))

    def raws(self, scope: str) -> list[bytes]:
        """The entries of an own feed."""
        sql = "select e.raw from event e join feed f on f.n=e.n>>32 where f.scope=? order by e.n"
        return [raw for (raw,) in self.db.rows(sql, scope)]

    def feed(self, scope: str) -> bytes:
        """An own feed's name."""
        found = self.db.row("select feed from feed where scope=?", scope)
        assert found is not None
        return bytes(found[0])

    def foreign_feed(self, device: bytes, scope: str, number: int, seq: int) -> bytes:
        """As if a feed of another kit had come this far."""
        feed = bytes([number] * 16)
        self.db.execute(
            "insert into feed(n, feed, device, incarnation, scope, own, seq, tip, lam) "
            "values(?,?,?,?,?,0,?,?,9)", number, feed, device, bytes(8), scope, seq, bytes(32),
        )  # fmt: skip
        return feed
