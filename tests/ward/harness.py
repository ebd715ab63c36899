"""A ward to test with: one real store, its log, synthetic patients, and a clock in the hand."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from kit.core.clock import local_instant
from kit.core.command import COMMANDS, Act, Command, Decision, Outcome
from kit.core.errors import Refused
from kit.core.event import Event
from kit.core.ids import derived_id
from kit.core.query import QUERIES, Asking, Query
from kit.people.person import PersonEnrolled
from kit.store.database import create_database
from kit.store.log import Circumstance, Device, Log
from kit.store.projector import ensure_tables
from kit.store.signer import Signer
from kit.ward import open_rooms
from kit.ward.patient import PatientRegistered
from kit.ward.place import Bed, WardDescribed
from kit.ward.prescription_event import PrescriptionRecorded
from kit.ward.snapshot import SnapshotImported
from kit.ward.stay import StayOpened
from tests.store.kits import IDENTITY, KEY

open_rooms()

NOW = local_instant(2026, 11, 22, 10, 0)
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
SEED = bytes(range(32))
NURSE, OTHER_NURSE, DOCTOR, MANAGER = "nurse", "nurse2", "doctor", "manager"
ROLES = {NURSE: "IDE", OTHER_NURSE: "IDE", DOCTOR: "MED", MANAGER: "CAD"}
BY_NAME_AND_BIRTH = ("name", "birth_date")


def device(incarnation: int = 1, seed: bytes = SEED) -> Device:
    """A synthetic kit of the ward CARD, in a test world."""
    return Device(
        fleet=bytes(16),
        world="TEST:ward",
        public=Signer(seed).public,
        incarnation=bytes([incarnation] * 8),
        ward="CARD",
        app="test",
    )


class Ward:
    """A store with the rooms open. `now` is the time of the next act, UTC ms."""

    def __init__(self, folder: Path, seed: bytes = SEED) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.db = create_database(folder / "store.db", KEY, IDENTITY)
        self.log = Log(self.db, device(seed=seed), Signer(seed).sign)
        ensure_tables(self.db, self.log.entries)
        self.now = NOW
        self._ids = itertools.count(1)
        self._named = "test" if seed == SEED else seed.hex()

    def record(
        self, *events: Event, base: tuple[int, ...] = (), actor: str = NURSE, at: int = 0
    ) -> list[int]:
        """Append events as they are; `base` goes to the first. Their entry numbers."""
        outcomes = [Outcome(event, base if i == 0 else ()) for i, event in enumerate(events)]
        where = Circumstance(actor, "session", at or self.now, 1)
        with self.log.transaction():
            return self.log.append(outcomes, where)

    def act(self, actor: str = NURSE) -> Act:
        """The circumstances of a command now."""
        return Act(
            at_ms=self.now, actor=actor, role=ROLES.get(actor, ""), session="session",
            new_id=lambda: derived_id(self._named, str(next(self._ids))),
        )  # fmt: skip

    def decide(self, command: Command, actor: str = NURSE) -> Decision | Refused:
        """What the rule says, without recording it."""
        kind = next(kind for kind in COMMANDS.values() if kind.cls is type(command))
        assert kind.load
        assert kind.decide
        act = self.act(actor)
        return kind.decide(kind.load(self.db, command, act), command, act)

    def do(self, command: Command, actor: str = NURSE) -> list[int]:
        """Decide and record; the entry numbers. Fails the test where the rule refuses."""
        decision = self.decide(command, actor)
        assert isinstance(decision, Decision), decision
        where = Circumstance(actor, "session", self.now, 1)
        with self.log.transaction():
            return self.log.append(decision.outcomes, where)

    def refused(self, command: Command, actor: str = NURSE) -> str:
        """The code of the refusal. Fails the test where the rule accepts."""
        decision = self.decide(command, actor)
        assert isinstance(decision, Refused), decision
        return decision.code

    def notices(self, command: Command, actor: str = NURSE) -> list[str]:
        """The codes of what is told beside an accepted act."""
        decision = self.decide(command, actor)
        assert isinstance(decision, Decision), decision
        return [notice.code for notice in decision.notices]

    def ask(self, question: Query, person: str = NURSE) -> Any:
        """The answer of a query now."""
        kind = next(kind for kind in QUERIES.values() if kind.cls is type(question))
        assert kind.answer
        return kind.answer(self.db, question, Asking(self.now, person, ROLES.get(person, "")))

    def staff(self) -> None:
        """Two nurses, a doctor and a ward manager."""
        names = {NURSE: "Claire Dubois", OTHER_NURSE: "Élodie Roux"}
        names |= {DOCTOR: "Paul Vernet", MANAGER: "Anne Morel"}
        self.record(
            *[
                PersonEnrolled(person=key, name=name, profession=ROLES[key])
                for key, name in names.items()
            ]
        )

    def extract(
        self, key: str = "dpi", *, age_ms: int = 2 * HOUR, blocks: str = "allergies"
    ) -> str:
        """An extract taken `age_ms` ago that held these blocks."""
        self.record(
            SnapshotImported(
                snapshot=key, label="DPI", extracted_at=self.now - age_ms,
                blocks=tuple(blocks.split()),
            )
        )  # fmt: skip
        return key

    def beds(self, *beds: str, ward: str = "CARD") -> None:
        """A ward with these beds."""
        self.record(
            WardDescribed(ward=ward, name="Cardiologie", beds=tuple(Bed(bed) for bed in beds))
        )

    def admit(self, key: str, family: str = "Martin", given: str = "Jeanne", **facts: Any) -> str:
        """A patient, in a bed if `bed` is given. Other facts are the identity's own fields."""
        place = {name: facts.pop(name, "") for name in ("bed", "room")}
        ward = facts.pop("ward", "CARD")
        self.record(PatientRegistered(patient=key, birth_family=family, birth_given=given, **facts))
        if any(place.values()):
            self.record(StayOpened(stay=f"stay-{key}", patient=key, ward=ward, **place))
        return key

    def order(self, key: str, patient: str = "p1", **facts: Any) -> str:
        """A prescription in force; facts are the event's own fields."""
        facts.setdefault("generic", "paracétamol")
        facts.setdefault("start", self.now - DAY)
        self.record(PrescriptionRecorded(prescription=key, patient=patient, **facts))
        return key


def at(hour: int, minute: int = 0, day: int = 22) -> int:
    """An instant of November 2026, hospital time."""
    return local_instant(2026, 11, day, hour, minute)
