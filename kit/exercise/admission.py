"""Who lies where in the demo: ordinary patients drawn by profile, awkward ones placed by hand.

Each patient has a generator of their own, seeded by the demo's seed and their number, so that a
change for one of them changes nobody else. Not for: what happens to them later.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from kit.core.clock import DAY, HOUR, MINUTE
from kit.core.ids import derived_id
from kit.exercise import identity
from kit.exercise.tables import Awkward, Profile, Ward, awkward, material, profiles, wards
from kit.exercise.timeline import EMERGENCY, OLD, RECORD, Extract, Timeline
from kit.ward.patient import Identifier, IdentityStatus, PatientRegistered
from kit.ward.stay import StayOpened

SILENT = "MEDB"
"""The ward from which nothing was heard since the attack."""
BEHIND = "GERI"
"""The ward whose extract is from the day before."""
_WITH_INS = (IdentityStatus.QUALIFIED, IdentityStatus.RETRIEVED)


@dataclass
class Inpatient:
    """A patient in a bed: ids, place, profile, body, source of what is known, own chance."""

    patient: str
    stay: str
    ward: Ward
    bed: str
    room: str
    profile: Profile
    case: str
    record: PatientRegistered
    years: float
    weight: float
    admitted_at: int
    doctor: str
    source: Extract
    chance: random.Random

    @property
    def code(self) -> str:
        """The ward's code."""
        return self.ward.code

    @property
    def silent(self) -> bool:
        """Whether nobody has written about them since the attack."""
        return self.code == SILENT

    def key(self, *parts: str) -> str:
        """An id that belongs to this patient."""
        return derived_id(self.patient, *parts)

    def stay_event(self) -> StayOpened:
        """The admission as the source tells it."""
        return StayOpened(
            stay=self.stay, patient=self.patient, iep=f"26{int(self.record.ipp[-7:]):07d}",
            ward=self.code, room=self.room, bed=self.bed, admitted_at=self.admitted_at,
            planned_end=self._planned_end(), reason=self.chance.choice(self.profile.reason),
            doctor=self.doctor, src=self.source.snapshot,
        )  # fmt: skip

    def _planned_end(self) -> int:
        if self.code == "DIAL" or self.chance.random() < 0.5:
            return 0
        return self.source.at // DAY * DAY + self.chance.randint(2, 6) * DAY + 9 * HOUR


@dataclass(frozen=True)
class _Wish:
    """A patient to be put in a bed."""

    profile: Profile
    case: str = ""
    given: Awkward | None = None


def admit(when: Timeline) -> list[Inpatient]:
    """Everybody who was in a bed when the attack came, ward by ward."""
    chance = random.Random(f"valmont/{when.seed}")
    taken = [one.family for one in awkward()]
    names = identity.NameBox(chance, taken)
    return [inpatient for ward in wards() for inpatient in _fill(ward, names, when, chance)]


def _fill(
    ward: Ward, names: identity.NameBox, when: Timeline, chance: random.Random
) -> Iterator[Inpatient]:
    wishes = [
        _Wish(profiles()[one.profile], one.case, one)
        for one in awkward()
        if one.ward == ward.code and one.profile in profiles()
    ]
    entered_here = sum(one.ward == ward.code and one.profile not in profiles() for one in awkward())
    usual = [profile for profile in profiles().values() if profile.ward == ward.code]
    drawn = chance.choices(
        usual, [one.share for one in usual], k=ward.taken - len(wishes) - entered_here
    )
    wishes += [_Wish(profile) for profile in drawn]
    numbers = sorted(chance.sample(range(1, ward.beds + 1), len(wishes)))
    if ward.code != "PED":  # mothers keep their newborn beside them
        chance.shuffle(wishes)
    for number, wish in zip(numbers, wishes, strict=True):
        yield _inpatient(ward, number, wish, names, when)


def _inpatient(
    ward: Ward, number: int, wish: _Wish, names: identity.NameBox, when: Timeline
) -> Inpatient:
    bed = f"{ward.prefix}{number:02d}"
    chance = random.Random(f"valmont/{when.seed}/{bed}")
    patient = derived_id("valmont", str(when.seed), "patient", bed)
    years = _years(wish, chance)
    source = _source(ward, wish, when, chance)
    record = _record(patient, wish, (years, when.now), names, chance)
    return Inpatient(
        patient=patient, stay=derived_id(patient, "stay"), ward=ward, bed=bed,
        room=str(ward.floor + (number + 1) // 2), profile=wish.profile, case=wish.case,
        record=msgspec.structs.replace(record, src=source.snapshot), years=years,
        weight=_weight(record.sex, years, chance),
        admitted_at=_admission(wish, source, when, chance), doctor=chance.choice(ward.doctors),
        source=source, chance=chance,
    )  # fmt: skip


def _years(wish: _Wish, chance: random.Random) -> float:
    profile, given = wish.profile, wish.given
    if given:
        return given.age or given.hours / (24 * 365.25)
    if profile.months[1]:
        return chance.randint(*profile.months) / 12
    return chance.randint(*profile.ages)


def _source(ward: Ward, wish: _Wish, when: Timeline, chance: random.Random) -> Extract:
    if ward.code == BEHIND:
        return when.extract(OLD)
    from_emergency = wish.case == "provisional" or (
        not wish.case and ward.code in ("CARD", "CHIR", SILENT) and chance.random() < 0.2
    )
    return when.extract(EMERGENCY if from_emergency else RECORD)


def _admission(wish: _Wish, source: Extract, when: Timeline, chance: random.Random) -> int:
    if wish.given and wish.given.hours:
        return when.now - wish.given.hours * HOUR
    if wish.profile.key == "accouchee":
        return when.now - chance.randint(24, 30) * HOUR
    if wish.profile.key == "hd":
        return when.now - chance.randint(90, 1800) * DAY
    hours = {EMERGENCY: (2, 9), RECORD: (8, 170), OLD: (20, 480)}[source.key]
    return source.at - chance.randint(hours[0] * 60, hours[1] * 60) * MINUTE


def _weight(sex: str, years: float, chance: random.Random) -> float:
    if years < 1 / 50:
        return round(chance.uniform(2.3, 3.9), 2)
    if years < 16:
        usual = 3.4 + 7.5 * years if years < 1 else 8.5 + 2.3 * years
        return round(usual * chance.uniform(0.9, 1.12), 1)
    usual = 78 if sex == "M" else 65
    return round(max(38.0, chance.gauss(usual - max(0, years - 70) * 0.35, 12)), 1)


def _record(
    patient: str,
    wish: _Wish,
    age: tuple[float, int],
    names: identity.NameBox,
    chance: random.Random,
) -> PatientRegistered:
    years, now = age
    given = wish.given
    sex = given.sex if given else _sex(wish.profile, chance)
    first = given.given if given else identity.given_name(sex, years, chance)
    others = [identity.given_name(sex, years, chance) for _ in range(chance.randint(0, 2))]
    town = chance.choice(material("names")["places"]["names"])
    birth = identity.born(now, years, chance)
    if given and given.hours:
        birth = identity.born_hours_ago(now, given.hours)
    elif given and given.days:
        birth = identity.born_days_ago(now, int(years * 365.25) + given.days)
    status = given.identity if given else identity.draw_status(chance)
    family = given.family if given else names.draw()
    qualified = status in _WITH_INS
    ipp = f"8{chance.randrange(10**8):08d}"
    return PatientRegistered(
        patient=patient, birth_family=family, birth_given=first,
        given_names=" ".join(dict.fromkeys(name for name in (first, *others) if name)),
        used_family=given.used if given else _used(sex, years, names, chance),
        birth_date=birth, birth_place=town, sex=sex, ipp=ipp, identity=status,
        ins=identity.matricule(sex, birth, town, chance) if qualified else "",
        ins_oid=identity.DEMO_OID if qualified else "",
        identity_flags=_flags(wish),
        identifiers=(Identifier("archive", "Valmont", f"A{ipp[1:7]}"),),
        phone=identity.mobile(chance) if years > 15 else "",
        address=f"{chance.randint(1, 120)} rue des Tilleuls, Valmont",
        spoken="wolof" if family.startswith("SOW") else "",
        treating_doctor=f"Dr {identity.any_name(chance)}",
        restricted=bool(given and given.restricted),
    )  # fmt: skip


def _sex(profile: Profile, chance: random.Random) -> str:
    return "F" if profile.key == "accouchee" or chance.random() < 0.52 else "M"


def _used(sex: str, years: float, names: identity.NameBox, chance: random.Random) -> str:
    married = sex == "F" and years > 24 and chance.random() < min(0.75, years / 110)
    return names.draw() if married else ""


def _flags(wish: _Wish) -> tuple[str, ...]:
    flags = wish.given.flags if wish.given else ()
    return (*flags, "homonyme") if wish.case.startswith("homonym") else flags
