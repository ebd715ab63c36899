"""Synthetic identities: names, births, numbers with right keys, how sure each identity is.

The matricule of an identity is well formed (its key is right) but names a commune number that is
never given out, and its OID is the demonstration one: it can be no living person's. Chance comes
as a seeded generator. Not for: where the patient lies (`admission`).
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from kit.core.clock import DAY, HOUR, local
from kit.core.folding import sounds
from kit.exercise.tables import material
from kit.ward.patient import IdentityStatus

DEMO_OID = "1.2.250.1.213.1.4.11"
KEY_MODULUS = 97
_STATUSES = {
    IdentityStatus.QUALIFIED: 60,
    IdentityStatus.VALIDATED: 20,
    IdentityStatus.RETRIEVED: 13,
    IdentityStatus.PROVISIONAL: 7,
}


class NameBox:
    """Surnames without any that sounds like another: homonyms are placed by hand only."""

    def __init__(self, chance: random.Random, taken: list[str]) -> None:
        heard = {sounds(name) for name in taken}
        self._names: list[str] = []
        for name in material("names")["families"].split():
            if sounds(name) not in heard:
                heard.add(sounds(name))
                self._names.append(name)
        chance.shuffle(self._names)

    def draw(self) -> str:
        """A surname that nobody has yet, neither by birth nor by use."""
        return self._names.pop()


def given_name(sex: str, years: float, chance: random.Random) -> str:
    """A given name of that generation."""
    era = "old" if years > 80 else "middle" if years > 50 else "young"
    names: list[str] = material("names")["given"][sex][era].split()
    return chance.choice(names)


def any_name(chance: random.Random) -> str:
    """A surname that others may have too: of a doctor elsewhere."""
    names: list[str] = material("names")["families"].split()
    return chance.choice(names).title()


def born(now: int, years: float, chance: random.Random) -> str:
    """An ISO date of birth for somebody who is that old."""
    if years < 1 / 50:
        return local(now - int(years * 365.25 * DAY)).date().isoformat()
    days = int(years * 365.25) + chance.randrange(1, 300 if years >= 2 else 10)
    return (local(now).date() - timedelta(days=days)).isoformat()


def born_hours_ago(now: int, hours: int) -> str:
    """The ISO date of a birth some hours ago."""
    return local(now - hours * HOUR).date().isoformat()


def born_days_ago(now: int, days: int) -> str:
    """The ISO date of a birth that many days ago."""
    return (local(now).date() - timedelta(days=days)).isoformat()


def matricule(sex: str, birth_date: str, town: str, chance: random.Random) -> str:
    """Fifteen digits with a right key, for a commune that does not exist (`99x` in its region)."""
    day = date.fromisoformat(birth_date)
    region = town.partition("(")[2][:2]
    body = (
        f"{1 if sex == 'M' else 2}{day.year % 100:02d}{day.month:02d}{region}"
        f"99{chance.randrange(10)}{chance.randrange(1, 1000):03d}"
    )
    return f"{body}{KEY_MODULUS - int(body) % KEY_MODULUS:02d}"


def key_is_right(number: str) -> bool:
    """Whether a matricule of fifteen digits has the key that its body asks for."""
    if len(number) != 15 or not number.isdigit():
        return False
    return KEY_MODULUS - int(number[:13]) % KEY_MODULUS == int(number[13:])


def draw_status(chance: random.Random) -> str:
    """How sure an ordinary identity is."""
    return str(chance.choices(list(_STATUSES), list(_STATUSES.values()))[0])


def mobile(chance: random.Random) -> str:
    """A mobile number from the range kept for fiction."""
    return f"06 39 98 {chance.randrange(100):02d} {chance.randrange(100):02d}"


def landline(chance: random.Random) -> str:
    """A fixed number from the range kept for fiction."""
    return f"01 99 00 {chance.randrange(70, 100):02d} {chance.randrange(100):02d}"
