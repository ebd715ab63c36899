"""What kits write during a run: care, operations, access, and events of a version to come.

Few patients and few things, so that kits that do not see each other change the same ones. Every
text carries a marker with its scope, to be searched for where it must not be in clear. Times in the
data come from the run's own count, never from a kit's clock. Not for: authority (`acts`).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from unittest.mock import patch

from kit.core.command import Outcome
from kit.core.event import EVENTS, Event, EventType, Scope, event
from kit.core.projection import heads
from kit.people.person import PersonEnrolled
from kit.ward.administration_event import AdministrationRecorded
from kit.ward.alert import AlertRaised
from kit.ward.allergy import AllergyRecorded, AllergyRefuted, NoKnownAllergy
from kit.ward.care_plan import CarePlanned
from kit.ward.chart import ChartOpened
from kit.ward.correction import CorrectionSeen, EntryStruck
from kit.ward.note import NoteWritten
from kit.ward.patient import PatientRegistered
from kit.ward.place import Bed, WardDescribed
from kit.ward.prescription import PRESCRIPTION
from kit.ward.prescription_event import (
    PrescriptionRecorded,
    PrescriptionResumed,
    PrescriptionStopped,
    PrescriptionSuspended,
)
from kit.ward.problem import ProblemRecorded
from kit.ward.snapshot import SnapshotImported
from kit.ward.stay import STAY, StayClosed, StayMoved, StayOpened
from kit.ward.vitals import VitalsRecorded
from tests.sync.simulator.founding import BEGUN
from tests.sync.simulator.kit import SimKit
from tests.sync.simulator.situations import Situations

MARK = "MARKER-"
THINGS = 3
LONG = 3_000

Make = Callable[["Pen"], Event]


@event("sim.future")
class FutureThing(Event):
    """A type that this version does not know (it is taken off the list below)."""

    text: str


class NoteWithMore(Event):
    """A note as a later version writes it: one field more."""

    patient: str
    at: int
    kind: str = "dar"
    target: str = ""
    data: str = ""
    action: str = ""
    result: str = ""
    precision: str = "exact"
    by: str = ""
    src: str = ""
    paper: str = ""
    mood: str = ""


FUTURE = EVENTS.pop("sim.future")


def _later_version() -> None:
    """Let the log write `NoteWithMore` under the name that this version reads its own way."""
    from kit.core import event as registry

    kind = EventType("note.written", 2, NoteWithMore, Scope.WARD)
    registry._BY_CLASS[NoteWithMore] = kind


_later_version()


class Pen:
    """Makes one event's fields: few patients and things, a marker in each text."""

    def __init__(self, chance: random.Random, place: str, count: int) -> None:
        self.chance, self.place, self.count = chance, place, count
        self.at = BEGUN + count * 1_000

    @property
    def text(self) -> str:
        """Words nobody else uses."""
        size = LONG if self.chance.randrange(40) == 0 else 0
        return f"{MARK}{self.place}-{self.count}" + "x" * size

    @property
    def patient(self) -> str:
        """One of few."""
        return f"p{self.chance.randrange(THINGS)}-{self.place}"

    def thing(self, kind: str) -> str:
        """One of few."""
        return f"{kind}{self.chance.randrange(THINGS)}-{self.place}"


CARE: tuple[Make, ...] = (
    lambda p: VitalsRecorded(patient=p.patient, at=p.at, values={"hr": "80"}, note=p.text),
    lambda p: NoteWritten(patient=p.patient, at=p.at, data=p.text),
    lambda p: AdministrationRecorded(
        patient=f"p0-{p.place}", at=p.at, slot=p.thing("slot"), prescription=p.thing("rx"),
        generic=p.text,
    ),
    lambda p: AdministrationRecorded(
        patient=p.patient, at=p.at, key=p.thing("told"), generic=p.text
    ),
    lambda p: PatientRegistered(patient=p.patient, used_family=p.text),
    lambda p: AlertRaised(alert=p.thing("al"), patient=p.patient, kind="falls", text=p.text),
    lambda p: ProblemRecorded(problem=p.thing("pb"), patient=p.patient, text=p.text),
    lambda p: CarePlanned(care=p.thing("care"), patient=p.patient, text=p.text),
    lambda p: AllergyRecorded(allergy=p.thing("ag"), patient=p.patient, substance=p.text),
    lambda p: AllergyRefuted(allergy=p.thing("ag"), patient=p.patient, reason=p.text),
    lambda p: NoKnownAllergy(patient=p.patient, at=p.at, by=p.text),
)  # fmt: skip
ORDERS: tuple[Callable[[Pen, str], Event], ...] = (
    lambda p, rx: PrescriptionRecorded(prescription=rx, patient=p.patient, text=p.text),
    lambda p, rx: PrescriptionStopped(prescription=rx, patient=p.patient, at=p.at, reason=p.text),
    lambda p, rx: PrescriptionSuspended(prescription=rx, patient=p.patient, at=p.at, reason=p.text),
    lambda p, rx: PrescriptionResumed(prescription=rx, patient=p.patient, at=p.at),
)
STAYS: tuple[Callable[[Pen, str], Event], ...] = (
    lambda p, stay: StayOpened(stay=stay, patient=p.patient, ward=p.place, reason=p.text),
    lambda p, stay: StayMoved(stay=stay, patient=p.patient, ward=p.place, bed=p.text, at=p.at),
    lambda p, stay: StayClosed(stay=stay, patient=p.patient, at=p.at, destination=p.text),
)
OPERATIONS: tuple[Make, ...] = (
    lambda p: WardDescribed(ward=p.thing("U"), name=p.text, beds=(Bed(p.thing("bed")),)),
    lambda p: SnapshotImported(snapshot=p.thing("snap"), label=p.text),
    lambda p: PersonEnrolled(person=p.thing("pe"), name=p.text, profession="IDE"),
)


def _targets(kit: SimKit, place: str) -> list[tuple[int, str, str]]:
    found = []
    for kind in ("vitals", "note", "administration"):
        rows = kit.db.rows(
            f"""select t.n, t.patient from {kind} t join event e on e.n=t.n join feed f
                on f.n=t.n>>32 where t.patient like ? order by e.lam, substr(f.feed,1,16)""",
            f"%-{place}",
        )
        found += [(n, patient, kind) for n, patient in rows]
    return found


class Author:
    """Writes with a kit, counts what all kits have written."""

    def __init__(self, situations: Situations) -> None:
        self.situations, self.count = situations, 0

    def pen(self, chance: random.Random, place: str) -> Pen:
        """For the next event."""
        self.count += 1
        return Pen(chance, place, self.count)

    def care(self, kit: SimKit, chance: random.Random, ward: str) -> None:
        """One to five clinical entries of a ward."""
        makes = chance.choices(CARE, k=chance.choice((1, 1, 2, 5)))
        kit.say(*(make(self.pen(chance, ward)) for make in makes), ward=ward)

    def change(self, kit: SimKit, chance: random.Random, ward: str) -> None:
        """Change an order or a stay, naming the versions that this kit knows."""
        pen = self.pen(chance, ward)
        order = chance.random() < 0.7
        subject, keys = (PRESCRIPTION, "rx") if order else (STAY, "st")
        things = [f"{keys}{at}-{ward}" for at in range(THINGS)]
        apart = [key for key in things if len(heads(kit.db, subject, key)) > 1]
        key = chance.choice(apart or things)
        known = heads(kit.db, PRESCRIPTION if order else STAY, key)
        if len(known) > 1:
            self.situations.seen("two versions settled by one")
        make = chance.choice(ORDERS if order else STAYS)
        outcome = Outcome(make(pen, key), tuple(n for n in known if kit.log.entries.raw(n))[:32])
        kit.record([outcome], ward)

    def strike(self, kit: SimKit, chance: random.Random, ward: str) -> None:
        """Strike an entry, or take note of a strike."""
        targets = _targets(kit, ward)
        if not targets:
            return
        n, patient, kind = chance.choice(targets)
        text = self.pen(chance, ward).text
        struck = Outcome(EntryStruck(patient=patient, kind=kind, reason="typing", text=text), (n,))
        seen = Outcome(CorrectionSeen(person=f"nurse-{kit.name}"), (n,))
        kit.record([struck] if chance.random() < 0.8 else [seen], ward)
        self.situations.seen("entry struck")

    def operations(self, kit: SimKit, chance: random.Random) -> None:
        """Something for all kits, or a note of an access."""
        if chance.random() < 0.2:
            kit.say(ChartOpened(patient="p0", person=f"nurse-{kit.name}"))
        else:
            kit.say(chance.choice(OPERATIONS)(self.pen(chance, "ops")))

    def future(self, kit: SimKit, chance: random.Random, ward: str) -> None:
        """An event, a field, or an envelope of a version to come."""
        pen = self.pen(chance, ward)
        match chance.randrange(3):
            case 0:
                kit.say(FutureThing(text=pen.text), ward=ward)
                self.situations.seen("newer event type")
            case 1:
                note = NoteWithMore(patient=pen.patient, at=pen.at, data=pen.text, mood=pen.text)
                kit.say(note, ward=ward)
                self.situations.seen("newer field")
            case _:
                with patch("kit.store.log.VERSION", 2):
                    kit.say(FutureThing(text=pen.text), ward=ward)
                self.situations.seen("newer envelope")
