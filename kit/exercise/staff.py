"""Who works at the CH de Valmont to-night, and whom they can call.

The people are invented; their numbers lie in ranges that the regulator keeps for works of fiction.
PINs are texts for the node to make verifiers from; no event holds one.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from kit.core.clock import MINUTE, local
from kit.core.ids import derived_id
from kit.exercise.tables import material, wards
from kit.exercise.tape import Tape
from kit.exercise.timeline import EMERGENCY, OLD, RECORD, Timeline
from kit.people.person import PersonEnrolled
from kit.ward.directory import DirectoryListed
from kit.ward.place import Bed, WardDescribed
from kit.ward.snapshot import SnapshotImported

HOSPITAL: str = material("hospital")["name"]
DAY_FROM, DAY_UNTIL = 7, 21


class DemoPerson(NamedTuple):
    """An account of the demo: id, name, profession, own ward (empty: the whole house), PIN text."""

    person: str
    name: str
    profession: str
    ward: str
    pin: str


DEMO_PEOPLE: tuple[DemoPerson, ...] = tuple(
    DemoPerson(
        derived_id("valmont", "person", row["key"]), row["name"], row["profession"], row["ward"],
        material("hospital")["pin"],
    )
    for row in material("hospital")["person"]
)  # fmt: skip


def on_duty(ward: str, *professions: str) -> tuple[DemoPerson, ...]:
    """Who of these professions works in a ward to-night; the night's cadres if nobody does."""
    own = [one for one in DEMO_PEOPLE if one.ward == ward and one.profession in professions]
    return tuple(own or [one for one in DEMO_PEOPLE if one.profession == "CAD"])


def short(name: str) -> str:
    """`C. Dubois`: how a source signs."""
    given, _, family = name.partition(" ")
    return f"{given[0]}. {family}"


def signature(ward: str, at: int, chance: random.Random) -> str:
    """Who would have signed an act at this hour: the day's team, or the night's of the ward."""
    if DAY_FROM <= local(at).hour < DAY_UNTIL:
        return str(chance.choice(material("hospital")["day_team"]))
    nurse = chance.choice(on_duty(ward, "IDE"))
    return f"{short(nurse.name)}, {nurse.profession}"


def lay_house(tape: Tape, when: Timeline) -> None:
    """Accounts, wards, extracts and the crisis directory."""
    cadre = on_duty("", "CAD")[0].person
    for one in DEMO_PEOPLE:
        enrolled = PersonEnrolled(person=one.person, name=one.name, profession=one.profession)
        tape.lay(enrolled, "", "", when.opened)
    for key, minutes in ((RECORD, 0), (OLD, 2), (EMERGENCY, 4)):
        extract = when.extract(key)
        imported = SnapshotImported(
            snapshot=extract.snapshot, label=extract.label, extracted_at=extract.at,
            blocks=extract.blocks,
        )  # fmt: skip
        tape.lay(imported, "", cadre, when.imported + minutes * MINUTE)
    source = when.extract(RECORD).snapshot
    for ward in wards():
        beds = tuple(
            Bed(f"{ward.prefix}{n:02d}", str(ward.floor + (n + 1) // 2))
            for n in range(1, ward.beds + 1)
        )
        described = WardDescribed(
            ward=ward.code, name=ward.name, kind=ward.kind, beds=beds, src=source
        )
        tape.lay(described, "", cadre, when.imported)
    _lay_directory(tape, when, source, cadre)


def _lay_directory(tape: Tape, when: Timeline, source: str, cadre: str) -> None:
    lines = list(material("hospital")["line"])
    lines += [
        {"name": ward.name, "role": "Poste infirmier", "phone": ward.phone, "note": ""}
        for ward in wards()
    ]
    for place, line in enumerate(lines):
        ward = line.get("ward", "")
        listed = DirectoryListed(
            entry=derived_id("valmont", "line", line["name"]), name=line["name"],
            phone=line["phone"], role=line["role"], ward=ward, place=place, note=line["note"],
            src=source,
        )  # fmt: skip
        tape.lay(listed, "", cadre, when.imported)
