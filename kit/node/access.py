"""What screens need before an act of two persons, or before a ward is opened; nothing is decided.

Not for: checking a second PIN (`sitting`), the rules (`kit.sync.fleet_acts`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kit.node.settings import kept
from kit.people.permission import may, takes_two
from kit.sync.authority import ALL_WARDS, Role

if TYPE_CHECKING:
    from kit.node.service import Node

OPEN_WARD = "open_ward"


def is_steering(node: Node) -> bool:
    """Whether this is a full steering kit."""
    membership = node.desk.kit.membership
    mine = membership.members.directory.get(membership.device)
    return mine is not None and mine.steers and mine.grant.role == Role.STEERING


def _seconds(node: Node, args: dict[str, Any]) -> dict[str, Any]:
    """`second.list {action}`: needed?, alone: a reason will do, persons who may be the second.

    Opening a ward takes two seniors at the ward's own kit, one person on a steering kit.
    """
    action, who = str(args.get("action", "")), node.who
    rows = node.desk.kit.db.rows("select id, name, profession, pin<>'' from person order by folded")
    persons = [
        {"person": key, "name": name, "profession": job}
        for key, name, job, has_pin in rows
        if has_pin and key != who.person and may(action, job)
    ]
    alone = takes_two(action, who.role)
    needed = alone or (action == OPEN_WARD and not is_steering(node))
    return {"needed": needed, "alone": alone, "persons": persons}


def _facts(node: Node, _args: dict[str, Any]) -> dict[str, Any]:
    """`access.facts`: this kit's place in the fleet, and the wards that it may open.

    steering: connected now, as far as the network knows; has_root: the root is not on paper yet.
    """
    kit = node.desk.kit
    directory, device = kit.membership.members.directory, kit.membership.device
    names: dict[str, str] = dict(kit.db.rows("select code, name from ward"))
    for member in directory.members.values():
        names |= {w: names.get(w) or w for w in member.grant.wards if w != ALL_WARDS}
    steers = is_steering(node)
    wards = [
        {"ward": ward, "name": names[ward]}
        for ward in sorted(names)
        if steers or directory.may_read(device, f"w:{ward}")
    ]
    rows = node.network.peers.rows() if node.network is not None else []
    heard = any(row["state"] == "connected" and row["role"] == Role.STEERING for row in rows)
    mine = directory.get(device)
    return {
        "steers": steers, "ward": kit.settings.ward, "wards": wards,
        "role": str(mine.grant.role) if mine else "", "label": mine.label if mine else "",
        "steering_heard": steers or heard,
        "steering": [one.label for one in directory.steering()],
        "has_root": kept(kit.db, "root_seed") is not None,
    }  # fmt: skip


SERVICES: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "second.list": _seconds,
    "access.facts": _facts,
}
