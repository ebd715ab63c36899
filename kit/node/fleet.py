"""What the node does about the fleet beside commands: the root's envelope, entries set aside.

The envelope turns any kit of the fleet into a steering kit and puts any kit out, by the root's own
signature; the seed is in memory for that moment only. Not for: preparing a fleet
(`fleet_preparation`), joining one (`fleet_joining`, `pairing`).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from kit.core.envelope import UNREADABLE, fleet_id
from kit.core.errors import BadInput, Refused
from kit.core.event import event_type
from kit.node.desk import Desk, Who
from kit.node.fleet_preparation import ROOT_MAGIC
from kit.node.work import Slow
from kit.store import phrase
from kit.sync.adoption import set_aside
from kit.sync.authority import Role
from kit.sync.fleet import DeviceEnrolled, DeviceRevoked
from kit.sync.fleet_acts import UNKNOWN, cut_of, find_members
from kit.sync.founding import by_root
from kit.sync.sealing import RootEnvelope, root_public, root_signature, unwrap_root

if TYPE_CHECKING:
    from kit.node.service import Node

MOST_SYMBOL = 4096


def read_envelope(text: str) -> RootEnvelope:
    """The envelope of a symbol's text, also typed in groups. Raises BadInput `SYN-115`."""
    text = "".join(text.split()).upper()
    if not text.startswith(ROOT_MAGIC) or len(text) > MOST_SYMBOL:
        raise BadInput("SYN-115")
    body = text[len(ROOT_MAGIC) :]
    try:
        data = base64.b32decode(body + "=" * (-len(body) % 8))
        return msgspec.msgpack.decode(data, type=RootEnvelope)
    except (ValueError, msgspec.MsgspecError, *UNREADABLE):
        raise BadInput("SYN-115") from None


def open_root(symbol: str, words: str) -> bytes:
    """The root's seed. Takes as long as one guess of the words costs.

    Raises BadInput `SYN-115`, and `STO-031` to `STO-033` for words that are none.
    """
    envelope = read_envelope(symbol)
    seed = unwrap_root(envelope, phrase.parse(words))
    if seed is None:
        raise BadInput("SYN-115")
    return seed


def steer_by_root(desk: Desk, seed: bytes, who: Who) -> dict[str, Any]:
    """Make this kit a steering kit, signed by the root; it keeps the wards that it had.

    Raises BadInput `SYN-116` for the root of another fleet.
    """
    kit = desk.kit
    _same_root(desk, seed)
    membership, settings = kit.membership, kit.settings
    known = membership.members.directory.get(membership.device)
    enrolled = by_root(
        DeviceEnrolled(
            device=membership.device, label=known.label if known else settings.label,
            role=Role.STEERING, wards=known.grant.wards if known else (),
            exchange=membership.exchange, certificate=membership.certificate,
            edition=known.edition + 1 if known else 0,
        ),
        seed,
        settings.world,
    )  # fmt: skip
    desk.record([(enrolled, "")], who)
    membership.settle(desk.now(), desk.quality)
    return {"device": membership.device.hex()[:16], "label": enrolled.label, "role": enrolled.role}


def revoke_by_root(
    desk: Desk, seed: bytes, device: str, reason: str, who: Who
) -> dict[str, Any] | Refused:
    """Put a kit out by the root's signature, a steering kit too. Raises BadInput `SYN-116`."""
    _same_root(desk, seed)
    kit = desk.kit
    found = find_members(kit.membership.members.directory, device)
    if len(found) != 1:
        return UNKNOWN(kit=device)
    revoked = DeviceRevoked(
        device=found[0].device, cut=cut_of(kit.db, found[0].device), reason=reason.strip()
    )
    fleet = fleet_id(kit.settings.fleet_root, kit.settings.world)
    signature = root_signature(seed, revoked.statement(fleet))
    desk.record([(msgspec.structs.replace(revoked, root_signature=signature), "")], who)
    kit.membership.settle(desk.now(), desk.quality)
    return {"device": found[0].device.hex()[:16], "label": found[0].label}


def _same_root(desk: Desk, seed: bytes) -> None:
    settings = desk.kit.settings
    if not hmac.compare_digest(root_public(seed), settings.fleet_root):
        raise BadInput("SYN-116", world=settings.world)


def read_set_aside(desk: Desk, ward: str = "") -> list[dict[str, Any]]:
    """Entries that wait for a clinician's word, with what they say, as far as this kit reads it."""
    kit = desk.kit
    rows = []
    for one in set_aside(kit.db):
        if ward and one.scope != f"w:{ward}":
            continue
        found = kit.log.entries.read(one.n)
        said = (
            {
                "type": event_type(found[1]).name, "at_ms": found[0].wall, "actor": found[0].actor,
                "data": msgspec.to_builtins(found[1], builtin_types=(bytes,)),
            }
            if found
            else {"type": "", "at_ms": 0, "actor": "", "data": {}}
        )  # fmt: skip
        rows.append(
            {"entry": one.n, "device": one.device.hex()[:16], "scope": one.scope, "seq": one.seq}
            | said
        )
    return rows


def _by_root(node: Node, args: dict[str, Any]) -> Slow | Refused:
    """`fleet.by_root {symbol, words, revoke?, reason?}`: the envelope at this kit."""
    desk, who = node.desk, node.who
    if (refused := desk.permitted("use_envelope", who)) is not None:
        return refused
    symbol, words = str(args.get("symbol", "")), str(args.get("words", ""))
    device, reason = str(args.get("revoke", "")), str(args.get("reason", ""))

    def done(seed: bytes) -> Any:
        if device:
            return revoke_by_root(desk, seed, device, reason, who)
        return steer_by_root(desk, seed, who)

    return Slow(lambda: open_root(symbol, words), done)


def _quarantine(node: Node, args: dict[str, Any]) -> list[dict[str, Any]] | Refused:
    """`quarantine.read {ward?}`: what the entries that wait say."""
    if (refused := node.desk.permitted("adopt_entry", node.who)) is not None:
        return refused
    return read_set_aside(node.desk, str(args.get("ward", "")))


SERVICES: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "fleet.by_root": _by_root,
    "quarantine.read": _quarantine,
}
