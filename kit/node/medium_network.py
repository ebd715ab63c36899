"""The stick's networks as the node serves them: what is there, Wi-Fi, a cell of its own, accounts.

Whoever is signed in may set them: at night nobody else is there to bring a kit back to the others,
and what crosses a network is sealed from kit to kit. Before signing in one may look, but the cell's
secret and the account stay hidden. Not for: NetworkManager; root's server alone asks that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kit.core.errors import KitError, Refused
from kit.node.medium import NO_STICK, Args, Service
from kit.node.work import Sliced, Steps
from kit.paper.symbols import symbol_rows

if TYPE_CHECKING:
    from kit.node.service import Node

JOB = "network"
"""A job of its own: a check of the whole stick may run, and be told, meanwhile."""
ACTION = "set_network"
_SPECIAL = re.compile(r'([\\;,":])')


def wifi_symbol(ssid: str, secret: str) -> tuple[str, ...]:
    """A code that telephones and tablets join by, as rows of 0 and 1."""
    name, word = (_SPECIAL.sub(r"\\\1", text) for text in (ssid, secret))
    return symbol_rows(f"WIFI:T:WPA;S:{name};P:{word};;")


def _networks(node: Node, _args: Args) -> Sliced | Refused:
    if not node.keeper.is_there:
        return NO_STICK
    return Sliced(JOB, _looked(node, may_see=_refusal(node) is None))


def _looked(node: Node, *, may_see: bool) -> Steps:
    said = yield from node.keeper.talk("networks")
    if isinstance(said, Refused):
        return said
    if not may_see:
        return {**said, "cell": _without_secret(said.get("cell")), "login": ""}
    return {**said, "cell": _with_symbol(said.get("cell"))}


def _opened(node: Node) -> Steps:
    said = yield from node.keeper.talk("cell_open")
    return said if isinstance(said, Refused) else _with_symbol(said)


def _with_symbol(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    return {**cell, "qr_rows": wifi_symbol(str(cell["ssid"]), str(cell["secret"]))}


def _without_secret(cell: Any) -> Any:
    return {**cell, "secret": ""} if isinstance(cell, dict) else cell


def _refusal(node: Node) -> Refused | None:
    """Why whoever is here may set no network."""
    if node.kit is None or not node.who.role:
        return Refused("permission.nobody")
    try:
        return node.desk.permitted(ACTION, node.who)
    except KitError as fault:
        return Refused(fault.code, fault.args_)


def _cell_open(node: Node, _args: Args) -> Sliced | Refused:
    if not node.keeper.is_there:
        return NO_STICK
    return _refusal(node) or Sliced(JOB, _opened(node))


def _setting(name: str, *fields: str) -> Service:
    """A service that changes a network by the keeper's request of this name."""

    def talk(node: Node, args: Args) -> Any:
        if not node.keeper.is_there:
            return NO_STICK
        given = {one: args[one] for one in fields if one in args}
        return _refusal(node) or Sliced(JOB, node.keeper.talk(name, **given))

    return talk


SERVICES: dict[str, Service] = {
    "medium.networks": _networks,
    "medium.wifi_join": _setting("wifi_join", "ssid", "secret"),
    "medium.wifi_forget": _setting("wifi_forget", "ssid"),
    "medium.cell_open": _cell_open,
    "medium.cell_close": _setting("cell_close"),
    "medium.wired_login": _setting("wired_login", "identity", "secret"),
    "medium.wired_login_forget": _setting("wired_login_forget"),
}
