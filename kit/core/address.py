"""To whom: `role@unit`, e.g. `MED@CARD`, `*@CARD`, `IDE@*`, `DIR@CELL`; and who may answer for it.

An address names a role and a place, never a person: each kit asks who holds the role there now, so
history follows the role when shifts change. A role is a profession of the table of rights. Shared
by messages and directives, which do not know each other. Source: steering.md §7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

CELL = "CELL"
"""The unit of every steering kit: the crisis cell."""
EVERY = "*"
_SHAPE = re.compile(r"(\*|[A-Z]{2,8})@(\*|[^\s@*]{1,32})")


class Address(msgspec.Struct, frozen=True):
    """A role (`*` = everybody) at a unit (`*` = all wards, not the cell)."""

    role: str
    unit: str

    def names(self, unit: str) -> bool:
        """Whether it concerns this unit; a kit without a unit is nobody's."""
        return bool(unit) and (self.unit == unit or (self.unit == EVERY and unit != CELL))


def parse_address(text: str) -> Address | None:
    """`MED@CARD` → Address; None for anything else."""
    found = _SHAPE.fullmatch(text)
    return Address(*found.groups()) if found else None


def parse_addresses(texts: Iterable[str]) -> tuple[Address, ...]:
    """Those that can be read; what cannot names nobody."""
    return tuple(found for text in texts if (found := parse_address(text)))


def units_of(addresses: Iterable[Address], wards: Sequence[str]) -> tuple[str, ...]:
    """Every unit that is named, `*` spread over the wards; each once, in the order of the wards."""
    named = {address.unit for address in addresses}
    known = [ward for ward in wards if ward in named or (EVERY in named and ward != CELL)]
    strangers = sorted(named - set(known) - {EVERY})
    return tuple(dict.fromkeys([*known, *strangers]))


def answers_for(
    addresses: Iterable[Address], role: str, unit: str, stand_ins: Mapping[str, Sequence[str]]
) -> bool:
    """Whether somebody of this role at this unit may acknowledge.

    stand_ins: role → roles that take it over where nobody holds it; at night a ward has no manager,
    and an order that nobody may acknowledge is an order that nobody follows.
    """
    return any(
        address.names(unit)
        and (address.role in (EVERY, role) or role in stand_ins.get(address.role, ()))
        for address in addresses
    )
