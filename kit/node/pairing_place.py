"""What a newcomer becomes in the fleet, written by the host's own command.

The same for a meeting over the network and for a request on a stick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from kit.core.errors import Refused
from kit.node.desk import KEY_HOLDER, Desk, Who
from kit.people.permission import may
from kit.people.person import is_first_account
from kit.sync.authority import Role
from kit.sync.pairing import Request, Welcome

if TYPE_CHECKING:
    from kit.node.opening import OpenKit


class Place(msgspec.Struct, frozen=True):
    """The role, the label and the wards that the person at the host has chosen."""

    role: str
    label: str
    wards: tuple[str, ...]

    @classmethod
    def read(cls, args: dict[str, Any]) -> Place:
        """As a service is asked: `{role, label, wards}`; a ward kit unless said otherwise."""
        said = args.get("wards") or ()
        wards = said.split(",") if isinstance(said, str) else list(said)
        clean = tuple(str(ward).strip() for ward in wards if str(ward).strip())
        role = str(args.get("role") or Role.WARD)
        return cls(role, str(args.get("label") or ""), clean if role == Role.WARD else ())


def refusal_to_ask(desk: Desk, who: Who) -> Refused | None:
    """Why this person may not bring this kit into another fleet.

    At first run nobody has an account yet; whoever has the phrase at the command line has the kit.
    """
    if who is KEY_HOLDER or is_first_account(desk.kit.db):
        return None
    # The kits that it would join ask two persons at the host; here it has nothing to give away.
    if may("pair_kit", who.role):
        return None
    return Refused("permission.denied", {"action": "pair_kit", "role": who.role})


def enrol(desk: Desk, place: Place, request: Request, who: Who) -> Refused | None:
    """Take the newcomer in and hand out its keys; None = done, also where it was in already."""
    keys = request.keys
    done = desk.do(
        "device.enrol",
        {
            "device": keys.public.hex(), "label": place.label or request.label,
            "role": place.role, "wards": list(place.wards), "exchange": keys.exchange.hex(),
            "certificate": keys.certificate.hex(),
        },
        who,
    )  # fmt: skip
    if isinstance(done, Refused) and done.code != "device.already":
        return done
    desk.kit.membership.settle(desk.now(), desk.quality)
    return None


def welcome_of(kit: OpenKit, place: Place, request: Request, proof: bytes) -> Welcome:
    """What the newcomer is told of the fleet and of itself."""
    settings = kit.settings
    return Welcome(
        settings.fleet_root, settings.world, settings.hospital, place.label or request.label,
        place.role, place.wards, kit.membership.device, proof, 0,
    )  # fmt: skip
