"""The demo hospital as a kit: made from generated events, in an exercise world, with known PINs.

Not for: the events themselves (`kit.exercise.hospital`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

import msgspec

from kit.core.clock import HOUR, Clock
from kit.core.command import Outcome
from kit.core.event import Event
from kit.core.ids import derived_id
from kit.exercise.hospital import DEMO_PEOPLE, Entry, deliver, generate
from kit.node.opening import OpenKit, make_kit, system_clock
from kit.node.settings import Settings
from kit.people.person import PersonEnrolled, SessionClosed, SessionOpened
from kit.store import vault
from kit.store.log import Circumstance
from kit.store.pin import pin_verifier

HOSPITAL = "CH de Valmont"
WORLD = "EXERCICE:valmont"
WARD = "CARD"
PIN = DEMO_PEOPLE[0].pin


def make_demo(
    folder: Path,
    seed: int,
    *,
    cost: vault.Cost = vault.PRODUCTION,
    clock: Clock = system_clock,
    world: str = WORLD,
) -> dict[str, Any]:
    """Make the demo kit in an empty folder; its phrase, PIN and people, and how many events."""
    settings = Settings(
        capsule="ward", hospital=HOSPITAL, ward=WARD, world=world, label="Cardiologie 1",
        fleet_root=bytes(32), created_at=clock(), demo=True,
    )  # fmt: skip
    kit, words = make_kit(folder, settings, cost=cost, clock=clock)
    try:
        count = fill(kit, generate(seed, clock()))
        _last_night(kit)
    finally:
        kit.close()
    return {
        "home": str(folder), "phrase": " ".join(words), "pin": PIN, "ward": WARD, "seed": seed,
        "events": count, "people": [person.name for person in DEMO_PEOPLE],
    }  # fmt: skip


def fill(kit: OpenKit, entries: Iterable[Entry], wards: Container[str] | None = None) -> int:
    """Append generated entries, each with its own author and moment; accounts get the demo PIN.

    wards: only what concerns these or the whole house; None = all. How many entries there were.
    """
    verifier = pin_verifier(PIN, vault.system_random)

    def append(outcomes: list[Outcome], entry: Entry) -> list[int]:
        if wards is not None and entry.ward and entry.ward not in wards:
            return [0] * len(outcomes)  # keeps the places by which later entries name earlier ones
        shown = [Outcome(_with_pin(o.event, verifier), o.base) for o in outcomes]
        where = Circumstance(entry.actor, "", entry.wall_ms, kit.quality)
        return kit.log.append(shown, where, entry.ward or None)

    with kit.log.transaction():
        count = deliver(entries, append)
    kit.note_mark()
    return count


def _last_night(kit: OpenKit) -> None:
    """The ward's nurse was the last to sign in, so that hers is the first name at the door."""
    nurse = next(one for one in DEMO_PEOPLE if one.ward == WARD and one.profession == "IDE")
    session = derived_id("demo", "session", nurse.person)
    opened = SessionOpened(session=session, person=nurse.person, how="pin")
    closed = SessionClosed(session=session, person=nurse.person)
    where = Circumstance(nurse.person, session, kit.clock() - HOUR, kit.quality)
    with kit.log.transaction():
        kit.log.append([Outcome(opened), Outcome(closed)], where)
    kit.note_mark()


def _with_pin(event: Event, verifier: str) -> Event:
    if isinstance(event, PersonEnrolled):
        return msgspec.structs.replace(event, pin=verifier)
    return event
