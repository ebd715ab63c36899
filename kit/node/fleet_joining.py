"""How a kit enters a fleet: at its making, or later, when it holds nothing but its own set-up.

A kit that was made alone has a fleet of one, whose entries nobody else can read; so it leaves that
log behind and begins a new one. It may do so only while it holds no patient; accounts are carried
over. Not for: how the two kits agreed (`pairing`), the directory's rules (`kit.sync.authority`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from kit.core.command import Outcome
from kit.core.envelope import fleet_id
from kit.core.errors import BadInput, Corrupt, Refused
from kit.core.event import Event
from kit.core.projection import Reader
from kit.core.replication import RUN_BYTES, RUN_EVENTS
from kit.node.membership import Membership
from kit.node.settings import Capsule, Settings, keep, write_settings
from kit.people.person import PersonEnrolled
from kit.store import projector
from kit.store.log import Circumstance
from kit.store.vault import system_random
from kit.sync.authority import ALL_WARDS, Directory, Role
from kit.sync.fleet import Identity
from kit.sync.founding import DeviceKeys, DirectoryFeed, Founding, directory_of_feeds
from kit.sync.pairing import Joined, Welcome
from kit.ward.place import WardDescribed

if TYPE_CHECKING:  # opening begins kits with this module
    from kit.node.opening import OpenKit

INCARNATION_BYTES = 8
LEFT_BEHIND = (
    "event", "feed", "scope_key", "quarantine", "disclosed", "unknown_event", "answered",
)  # fmt: skip


def device_keys(membership: Membership) -> DeviceKeys:
    """What others are told of this kit."""
    return DeviceKeys(membership.device, membership.exchange, membership.certificate)


def directory_feeds(kit: OpenKit) -> tuple[DirectoryFeed, ...]:
    """Every `dir` feed that this kit holds, whole, for a kit that has none."""
    replica = kit.membership.replica
    found = []
    for row in kit.log.feeds.by_number.values():
        if row.scope != "dir" or row.is_branch or not row.seq:
            continue
        raws: list[bytes] = []
        while part := replica.run(row.name, len(raws)):
            raws += part
        found.append(DirectoryFeed(row.name, tuple(raws)))
    return tuple(found)


def begin_in_fleet(kit: OpenKit, founding: Founding) -> None:
    """Take the directory of others, record what this kit says itself, open the keys it is given.

    Raises Corrupt `NOD-003` where the directory is not one of this kit's fleet.
    """
    _take(kit, founding.taken)
    _record(kit, founding.events)
    kit.membership.settle(kit.clock(), kit.quality)


def _take(kit: OpenKit, feeds: tuple[DirectoryFeed, ...]) -> None:
    """Feeds may wait for each other (one enrols the author of the next), so: until none waits."""
    waiting = list(feeds)
    while waiting:
        again = [part for part in waiting if not _taken(kit, part)]
        if len(again) == len(waiting):
            raise Corrupt("NOD-003")
        waiting = again


def _taken(kit: OpenKit, part: DirectoryFeed) -> bool:
    for run in _runs(part.raws):
        if kit.membership.replica.take(b"", part.feed, run).refused:
            return False
    return True


def _runs(raws: tuple[bytes, ...]) -> list[tuple[bytes, ...]]:
    runs: list[list[bytes]] = [[]]
    size = 0
    for raw in raws:
        if runs[-1] and (len(runs[-1]) == RUN_EVENTS or size + len(raw) > RUN_BYTES):
            runs.append([])
            size = 0
        runs[-1].append(raw)
        size += len(raw)
    return [tuple(run) for run in runs]


def _record(kit: OpenKit, events: tuple[Event, ...]) -> None:
    if events:
        where = Circumstance("", "", kit.clock(), kit.quality)
        with kit.log.transaction():
            kit.log.append([Outcome(event) for event in events], where)


def holds_patients(db: Reader) -> bool:
    """Whether anything of a patient, or of a ward's care, was ever recorded here."""
    return bool(
        db.row("select 1 from patient limit 1")
        or db.row("select 1 from feed where scope like 'w:%' and seq>1 limit 1")
    )


def refusal_to_join(kit: OpenKit) -> Refused | None:
    """Why this kit may not enter another fleet."""
    return Refused("pairing.has_patients") if holds_patients(kit.db) else None


def checked(kit: OpenKit, joined: Joined) -> Directory:
    """The directory that was given, if it is one, names this kit, and its giver steers.

    Raises BadInput `SYN-117`, `SYN-118`.
    """
    identity = Identity(joined.welcome.root, joined.welcome.world)
    directory = directory_of_feeds(joined.feeds, identity)
    host = directory.get(joined.welcome.host)
    mine, keys = directory.get(kit.membership.device), device_keys(kit.membership)
    known = mine is not None and mine.is_member
    if host is None or not host.steers or mine is None or not known:
        raise BadInput("SYN-118")
    if (mine.exchange, mine.certificate) != (keys.exchange, keys.certificate):
        raise BadInput("SYN-118")
    return directory


def join_fleet(kit: OpenKit, joined: Joined) -> Refused | None:
    """Leave the fleet of one and enter this one; None = done. Raises BadInput `SYN-117`, `SYN-118`.

    A kit that dies in the middle is a kit of the new fleet whose directory is empty: it is paired
    again.
    """
    if joined.welcome.world != kit.settings.world:
        return Refused("pairing.other_world")
    if (refused := refusal_to_join(kit)) is not None:
        return refused
    checked(kit, joined)
    accounts = _accounts(kit.db)
    settings = _settings(kit.settings, joined.welcome)
    _begin_anew(kit, settings)
    _take(kit, joined.feeds)
    kit.membership.settle(kit.clock(), kit.quality)
    ward = (WardDescribed(ward=settings.ward, name=settings.ward),) if settings.ward else ()
    _record(kit, (*ward, *accounts))
    kit.membership.settle(kit.clock(), kit.quality)
    kit.note_mark()
    kit.mark.write(kit.clock())
    return None


def _accounts(db: Reader) -> tuple[PersonEnrolled, ...]:
    rows = db.rows("select id, name, profession, pin, registration from person order by id")
    return tuple(
        PersonEnrolled(person=key, name=name, profession=job, pin=pin, registration=number)
        for key, name, job, pin, number in rows
    )


def _settings(settings: Settings, welcome: Welcome) -> Settings:
    ward = next((ward for ward in welcome.wards if ward != ALL_WARDS), "")
    steers = welcome.role == Role.STEERING
    return msgspec.structs.replace(
        settings, capsule=Capsule.STEERING if steers else Capsule.WARD, hospital=welcome.hospital,
        ward=ward or ("" if steers else settings.ward), label=welcome.label,
        fleet_root=welcome.root,
    )  # fmt: skip


def _begin_anew(kit: OpenKit, settings: Settings) -> None:
    """A new log under a new incarnation; the old one's mark goes with it."""
    log, fresh = kit.log, system_random(INCARNATION_BYTES)
    with kit.db.transaction():
        for table in LEFT_BEHIND:
            kit.db.execute(f"delete from {table}")  # noqa: S608  (our own list)
        kit.db.execute("delete from kit where name='root_seed'")
        write_settings(kit.db, settings)
        keep(kit.db, "incarnation", fresh)
        log.feeds.reload()
        log.keyring.reload()
        projector.rebuild(kit.db, log.entries)
    log.projection.drop()
    log.device = msgspec.structs.replace(
        log.device, fleet=fleet_id(settings.fleet_root, settings.world), ward=settings.ward
    )
    log.start_incarnation(fresh)
    log.lam = 0
    kit.settings = settings
    kit.membership = Membership(log, settings, kit.membership.signer)
    kit.membership.attend(written=kit.note_mark, renew=kit.renew_incarnation)
    kit.mark.abandoned({})
    kit.mark.renew(fresh)
    kit.mark.write(kit.clock())
