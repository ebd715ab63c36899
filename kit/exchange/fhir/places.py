"""Places: which ward, room and bed a Location is, however deep its hierarchy goes.

Codes are those a ward says aloud: the Location's own number, else its name without the word for
what it is (`Ward 4E` → `4E`). Not for: who lies there (`stays`).
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from kit.exchange.fhir.elements import Json, code_of, part, parts, reference, words

_KIND_WORD = re.compile(
    r"^(?:ward|unit|bed|room|service|unité|unite|lit|chambre|ch\.?|salle)\s+(?=\S)", re.IGNORECASE
)
_ABOVE_WARD = frozenset(("si", "bu", "wi", "lvl", "jdn", "ca", "rd"))
_DEPTH = 12
NOT_NOW = frozenset(("completed", "planned"))


class Spot(msgspec.Struct, frozen=True):
    """Where somebody lies: ward code and name, room, bed; what is not known is empty."""

    ward: str = ""
    ward_name: str = ""
    room: str = ""
    bed: str = ""


class Place(msgspec.Struct):
    """One Location: its kind (`wa`, `ro`, `bd`, …), name, code, and the address it is part of."""

    kind: str
    name: str
    code: str
    parent: str
    scope: str
    address: str
    type: str


class Places:
    """All Locations of an extract."""

    def __init__(self) -> None:
        self._by_name: dict[str, Place] = {}
        self.all: list[Place] = []

    def note(self, resource: Json, names: list[str]) -> None:
        """Take in one Location under all its addresses."""
        name = words(resource.get("name"))
        key = words(resource.get("id"))
        number = words(part(resource.get("identifier")).get("value"))
        place = Place(
            kind=code_of(resource.get("physicalType")),
            name=name,
            code=number or _KIND_WORD.sub("", name) or key,
            parent=reference(resource.get("partOf")),
            scope=names[0].partition("|")[0] if names else "",
            address=key,
            type=code_of(resource.get("type")),
        )
        self.all.append(place)
        for known in names:
            self._by_name.setdefault(known, place)

    def settle(self) -> None:
        """Give places that share a code their own: two different wards must not become one."""
        seen: dict[tuple[str, str], Place] = {}
        for place in sorted(self.all, key=lambda one: one.address):
            key = (place.kind, place.code)
            if place.kind in ("bd", "ro"):
                continue
            if key in seen and place.address and seen[key].address != place.address:
                for twin in (place, seen[key]):
                    twin.code = _KIND_WORD.sub("", twin.address.rpartition("-")[2]) or twin.address
            seen.setdefault(key, place)

    def find(self, address: str, scope: str) -> Place | None:
        """The place behind an address."""
        return self._by_name.get(f"{scope}|{address}") or self._by_name.get(address)

    def spot(self, address: str, scope: str) -> Spot:
        """Ward, room and bed of one Location, climbing to what it is part of."""
        ward = ward_name = room = bed = ""
        place = self.find(address, scope)
        for _step in range(_DEPTH):
            if place is None or (place.kind in _ABOVE_WARD and (ward or bed or room)):
                break
            if place.kind == "bd":
                bed = bed or place.code
            elif place.kind == "ro" and not ward:
                room = room or place.code
            else:
                ward, ward_name = place.code, place.name
                break
            place = self.find(place.parent, scope) if place.parent else None
        return Spot(ward, ward_name, room, bed)

    def of_stay(self, encounter: Json, scope: str = "") -> Spot:
        """Where an Encounter's patient lies now; once they left a bed, only the ward is kept."""
        here: list[Spot] = []
        left: list[Spot] = []
        for item in parts(encounter.get("location")):
            ended = words(item.get("status")) in NOT_NOW or part(item.get("period")).get("end")
            spot = self._located(item, scope)
            (left if ended else here).append(spot)
        if here:
            return max(here, key=_depth)
        last = max(left, key=_depth) if left else Spot()
        return Spot(last.ward, last.ward_name)

    def _located(self, item: Json, scope: str) -> Spot:
        where = part(item.get("location"))
        found = self.spot(reference(where), scope)
        if found == Spot():
            name = words(where.get("display"))
            return Spot(_KIND_WORD.sub("", name), name)
        return found

    def beds(self, ward: Place) -> list[tuple[str, str]]:
        """(bed, room) of every bed whose place lies in this ward."""
        return sorted(
            {
                (spot.bed, spot.room)
                for one in self.all
                if one.kind == "bd"
                and (spot := self.spot(one.address and f"Location/{one.address}", one.scope)).ward
                == ward.code
            }
        )

    def wards(self) -> list[Place]:
        """Every place that is a ward, or stands in the place of one."""
        parents = {self._ward_of(one) for one in self.all if one.kind in ("bd", "ro")}
        found: dict[str, Place] = {}
        for one in self.all:
            stands_for_one = one.kind == "wa" or one.code in parents - {""}
            if stands_for_one and one.kind not in ("bd", "ro"):
                found.setdefault(one.code, one)
        return [found[code] for code in sorted(found)]

    def _ward_of(self, place: Place) -> str:
        return self.spot(f"Location/{place.address}", place.scope).ward


def _depth(spot: Spot) -> tuple[bool, bool, bool]:
    return bool(spot.bed), bool(spot.room), bool(spot.ward)


def kind_of_ward(place: Place) -> str:
    """`emergency`, `dialysis` or `ward`, as `place.WardDescribed` has them."""
    text: Any = f"{place.name} {place.type}".lower()
    if place.type == "ER" or "urgence" in text:
        return "emergency"
    return "dialysis" if "dialys" in text else "ward"
