"""The demo hospital in a real store, asked through the registered queries only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import nacl.signing

from kit.core.clock import local_instant
from kit.core.command import COMMANDS, Act, Outcome
from kit.core.errors import Refused
from kit.core.ids import derived_id
from kit.core.query import QUERIES, Asking
from kit.exercise.hospital import DEMO_PEOPLE, Entry, deliver, generate
from kit.store import projector
from kit.store.database import Identity, create_database
from kit.store.log import Circumstance, Device, Log
from kit.ward import open_rooms

SEED = 7
NOW = local_instant(2026, 11, 22, 3)
WORLD = "EXERCICE:valmont"

open_rooms()


class DemoStore:
    """A store with the demo hospital in it: ask and do as a nurse of Cardiology."""

    def __init__(self, folder: Path, seed: int = SEED, now: int = NOW) -> None:
        self.now, self.person = now, DEMO_PEOPLE[0]
        kit_id = bytes(range(16))
        self.db = create_database(
            folder / "store.db", bytearray(range(32)), Identity(kit_id, 1, WORLD)
        )
        key = nacl.signing.SigningKey(bytes(32))
        device = Device(kit_id, WORLD, bytes(key.verify_key), bytes(8), "CARD", "test")
        self.log = Log(self.db, device, lambda content: key.sign(content).signature)
        projector.ensure_tables(self.db, self.log.entries)
        self.made = 0
        self._everybody: list[Any] = []
        with self.log.transaction():
            self.count = deliver(generate(seed, now), self._append)

    def _append(self, outcomes: list[Outcome], entry: Entry) -> list[int]:
        where = Circumstance(entry.actor, "", entry.wall_ms, 1)
        return self.log.append(outcomes, where, entry.ward or None)

    def ask(self, name: str, args: dict[str, Any] | None = None, /, **more: Any) -> Any:
        """Rows of a registered query."""
        kind = QUERIES[name]
        assert kind.answer is not None
        question = kind.cls(**(args or {}), **more)
        return kind.answer(self.db, question, Asking(self.now, self.person.person, "IDE"))

    def do(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        """What the node answers: `ok` with what was made, or `refused` with its code."""
        kind = COMMANDS[name]
        assert kind.load is not None
        assert kind.decide is not None
        command = msgspec.convert(args, kind.cls)
        act = Act(self.now, self.person.person, "IDE", "", self._new_id)
        decision = kind.decide(kind.load(self.db, command, act), command, act)
        if isinstance(decision, Refused):
            return {"refused": {"code": decision.code, "args": decision.args}}
        self._everybody = []
        with self.log.transaction():
            where = Circumstance(self.person.person, "", self.now, 1)
            entries = self.log.append(list(decision.outcomes), where)
        return {"ok": {**decision.answer, "entries": entries}}

    def _new_id(self) -> str:
        self.made += 1
        return derived_id("test", str(self.made))

    def board(self, ward: str) -> Any:
        """The board of a ward."""
        return self.ask("ward.board", ward=ward)

    def everybody(self) -> list[Any]:
        """Every taken bed of the house; asked once, until somebody writes."""
        if not self._everybody:
            wards = self.ask("ward.list")
            self._everybody = [
                row for ward in wards for row in self.board(ward.ward) if row.patient
            ]
        return self._everybody
