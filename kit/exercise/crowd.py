"""A crowd of synthetic identities, for the search over all patients that a hospital ever knew.

Not for: anything about their care. Names come from the demo's lists, alone or in pairs; numbers
are in order, so no two share one. Chance is a seeded `random.Random`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from kit.exercise.tables import material
from kit.ward.patient import IdentityStatus, PatientRegistered

FIRST_BIRTH = date(1920, 1, 1)
BIRTHS = 38_000
"""Days from the first to the last possible birth."""


def crowd(count: int, seed: int, source: str = "") -> Iterator[PatientRegistered]:
    """`count` identities; the same seed gives the same people. source: snapshot id."""
    chance = random.Random(f"crowd/{seed}")
    families = _families(chance)
    given = {sex: _given(sex) for sex in ("F", "M")}
    births = [(FIRST_BIRTH + timedelta(days=day)).isoformat() for day in range(BIRTHS)]
    draw, validated = chance.random, IdentityStatus.VALIDATED
    for number in range(count):
        fate = draw()
        sex = "F" if fate < 0.52 else "M"
        names = given[sex]
        yield PatientRegistered(
            patient=f"F{number:09d}",
            birth_family=families[int(draw() * len(families))],
            birth_given=names[int(draw() * len(names))],
            used_family=families[int(draw() * len(families))] if fate < 0.22 else "",
            birth_date=births[int(draw() * BIRTHS)],
            sex=sex,
            ipp=f"7{number:08d}",
            identity=validated,
            src=source,
        )


def _families(chance: random.Random) -> list[str]:
    """Single names more often than double ones, common ones more often than rare ones."""
    single: list[str] = material("names")["families"].split()
    chance.shuffle(single)
    double = [f"{one}-{chance.choice(single)}" for one in single for _ in range(8)]
    return single * 12 + single[:40] * 30 + double


def _given(sex: str) -> list[str]:
    return [name for era in material("names")["given"][sex].values() for name in era.split()]
