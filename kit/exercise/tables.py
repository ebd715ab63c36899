"""The demo hospital's own material: wards, names, profiles, drugs, notes, as TOML beside this.

Not for: thresholds or lists that a real ward would use (`kit.ward.clinical_table`).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import msgspec


@cache
def material(name: str) -> dict[str, Any]:
    """The table `data/<name>.toml`."""
    text = (resources.files("kit.exercise") / "data" / f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


class Ward(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ward: how many beds, how many taken, first letter of its beds, its doctors, its phone."""

    code: str
    name: str
    kind: str
    prefix: str
    beds: int
    taken: int
    floor: int
    doctors: tuple[str, ...]
    phone: str


class Drug(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A usual order. d, u: dose and unit, or dt: in words, or per_kg; t: times; prn: its condition.

    max, max_kg: most in 24 h; every: minutes between two if-needed doses; days: length;
    weekly, weekly_after: one named day, or n days after it; session: on dialysis days; ha: high
    alert; own: brought by the patient; dil: diluent; say: posology as written; i: indication.
    """

    g: str
    r: str
    say: str
    b: str = ""
    s: str = ""
    f: str = ""
    d: str = ""
    u: str = ""
    dt: str = ""
    per_kg: str = ""
    t: tuple[str, ...] = ()
    prn: str = ""
    max: str = ""
    max_kg: str = ""
    every: int = 0
    days: int = 0
    days_of_week: tuple[int, ...] = ()
    every_days: int = 0
    weekly: bool = False
    weekly_after: int = 0
    session: bool = False
    ha: bool = False
    own: bool = False
    dil: str = ""
    rate: str = ""
    i: str = ""


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a doctor changes in the night: kind `stop`, `hold` or `new` (then dose, times, say)."""

    generic: str
    kind: str
    reason: str
    dose: str = ""
    times: tuple[str, ...] = ()
    say: str = ""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why people lie in a ward: ages (years, months or hours), reasons, orders, values."""

    key: str
    ward: str
    share: int
    reason: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]
    always: tuple[str, ...]
    some: tuple[str, ...]
    pick: tuple[int, int]
    prn: tuple[str, ...]
    vitals: dict[str, float]
    labs: dict[str, tuple[float, float]]
    notes: tuple[str, ...]
    care: tuple[str, ...]
    ages: tuple[int, int] = (0, 0)
    months: tuple[int, int] = (0, 0)
    hours: tuple[int, int] = (0, 0)
    scale: int = 1
    alert: tuple[tuple[str, str], ...] = ()
    lata: bool = False

    @property
    def child(self) -> bool:
        """Whether adult norms do not hold."""
        return bool(self.months[1] or self.hours[1] or self.ages[1] <= 15)


class Awkward(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A patient chosen because software has stumbled over one like them.

    age in years, plus `days` where the date of birth matters; hours for newborn.
    """

    case: str
    ward: str
    family: str
    given: str
    sex: str
    profile: str
    identity: str
    used: str = ""
    age: int = 0
    hours: int = 0
    days: int = 0
    flags: tuple[str, ...] = ()
    restricted: bool = False


class NoteText(msgspec.Struct, frozen=True):
    """A targeted note to be fitted to a patient."""

    tag: str
    target: str
    data: str
    action: str
    result: str


@cache
def wards() -> tuple[Ward, ...]:
    """The wards, by code."""
    return msgspec.convert(tuple(material("hospital")["ward"]), tuple[Ward, ...])


@cache
def drugs() -> dict[str, Drug]:
    """The usual orders by key."""
    return msgspec.convert(material("drugs")["drug"], dict[str, Drug])


@cache
def changes() -> tuple[Change, ...]:
    """What may be changed, by drug."""
    return msgspec.convert(tuple(material("drugs")["change"]), tuple[Change, ...])


@cache
def profiles() -> dict[str, Profile]:
    """The profiles by key."""
    rows = msgspec.convert(material("profiles")["profile"], list[Profile])
    return {profile.key: profile for profile in rows}


@cache
def awkward() -> tuple[Awkward, ...]:
    """The awkward patients, in the order in which beds are given."""
    return msgspec.convert(tuple(material("awkward")["patient"]), tuple[Awkward, ...])


@cache
def note_texts() -> tuple[NoteText, ...]:
    """All notes."""
    lines = material("notes")["lines"].strip().splitlines()
    return tuple(NoteText(*line.split("|")) for line in lines)
