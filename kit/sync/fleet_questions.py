"""The list of kits: who is in the fleet, since which act, and what each has told that is not here.

Not for: whether a kit is reachable now (the node's `peers`).
"""

from __future__ import annotations

from kit.core.projection import Reader
from kit.core.query import Asking, Query, Row, answers, query
from kit.sync.authority import Directory, Member
from kit.sync.fleet import directory_of, identity_of
from kit.sync.fleet_acts import own_device
from kit.sync.fleet_keys import boxed


class DeviceRow(Row):
    """A kit. device: first 16 signs of its key; key: all 64; by, revoked_by: labels.

    state: member, pending, unconfirmed, revoked; unseen: entries it has told of that are not here;
    keyless: scopes whose key it still waits for.
    """

    device: str
    key: str
    label: str
    role: str
    wards: tuple[str, ...]
    state: str
    own: bool
    interim: bool
    opened: tuple[str, ...]
    reason: str
    by: tuple[str, ...]
    revoked_by: tuple[str, ...]
    unseen: int
    keyless: tuple[str, ...]


@query("fleet.devices", action="read_figures")
class Devices(Query):
    """Every kit that was ever enrolled or proposed: steering first, then by label."""


@answers(Devices)
def devices(db: Reader, _question: Devices, _asking: Asking) -> list[DeviceRow]:
    """Answer `fleet.devices`."""
    directory = directory_of(db, identity_of(db))
    given, me = boxed(directory), own_device(db)
    unseen = unseen_entries(db, directory, me)
    in_force = dict(given)  # a later issue of a scope stands after the one before
    current = {scope: has for (scope, _kid), has in in_force.items() if not scope.startswith("p:")}

    def label(device: bytes) -> str:
        member = directory.get(device)
        return member.label if member else device.hex()[:8]

    def row(member: Member) -> DeviceRow:
        keyless = [
            scope for scope, has in sorted(current.items())
            if member.device not in has and directory.may_read(member.device, scope)
        ]  # fmt: skip
        return DeviceRow(
            device=member.device.hex()[:16], key=member.device.hex(), label=member.label,
            role=member.grant.role, wards=member.grant.wards, state=str(member.state),
            own=member.device == me, interim=member.interim, opened=member.opened,
            reason=member.reason, by=tuple(map(label, member.by)),
            revoked_by=tuple(map(label, member.revoked_by)), unseen=unseen.get(member.device, 0),
            keyless=tuple(keyless),
        )  # fmt: skip

    rows = [row(member) for member in directory.members.values()]
    return sorted(rows, key=lambda r: (r.role != "steering", r.label, r.key))


def unseen_entries(db: Reader, directory: Directory, me: bytes) -> dict[bytes, int]:
    """Device → entries that it says it wrote, that are meant for this kit, and are not here."""
    rows = db.rows(
        """select s.device, h.scope, h.seq - coalesce(f.seq, 0)
           from head h join feed s on s.feed = h.source left join feed f on f.feed = h.feed
           where f.device is null or f.device = s.device or length(f.device) = 0"""
    )
    found: dict[bytes, int] = {}
    for device, scope, missing in rows:
        if missing > 0 and directory.may_hold(me, scope) and directory.may_write(device, scope):
            found[bytes(device)] = found.get(bytes(device), 0) + missing
    return found
