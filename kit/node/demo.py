"""The demo hospital as a kit: made from generated events, in an exercise world, with known PINs.

Not for: the events themselves (`kit.exercise.hospital`).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from kit.core.clock import Clock
from kit.core.command import Outcome
from kit.exercise.hospital import DEMO_PEOPLE, Entry, generate
from kit.node.opening import OpenKit, make_kit, system_clock
from kit.node.settings import Settings
from kit.people.person import PersonEnrolled
from kit.store import vault
from kit.store.log import Circumstance
from kit.store.pin import pin_verifier

HOSPITAL = "CH de Valmont"
WORLD = "EXERCICE:valmont"
WARD = "CARD"
PIN = "2468"
BATCH = 500


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
        capsule="ward", hospital=HOSPITAL, ward=WARD, world=world, label="Kit Cardiologie",
        fleet_root=bytes(32), created_at=clock(), demo=True,
    )  # fmt: skip
    kit, words = make_kit(folder, settings, cost=cost, clock=clock)
    try:
        count = fill(kit, generate(seed, clock()))
    finally:
        kit.close()
    return {
        "home": str(folder), "phrase": " ".join(words), "pin": PIN, "ward": WARD, "seed": seed,
        "events": count, "people": [person.name for person in DEMO_PEOPLE],
    }  # fmt: skip


def fill(kit: OpenKit, entries: Iterable[Entry]) -> int:
    """Append generated entries, each with its own author and moment; accounts get the demo PIN."""
    verifier = pin_verifier(PIN, vault.system_random)
    count = 0
    source = iter(entries)
    while batch := list(islice(source, BATCH)):
        with kit.log.transaction():
            for event, ward, actor, wall in batch:
                shown = event
                if isinstance(event, PersonEnrolled):
                    shown = msgspec.structs.replace(event, pin=verifier)
                where = Circumstance(actor, "", wall, kit.quality)
                kit.log.append([Outcome(shown, base_of(event, kit))], where, ward or None)
        count += len(batch)
    return count


def base_of(_event: object, _kit: OpenKit) -> tuple[int, ...]:
    """What an entry replaces."""
    return ()
