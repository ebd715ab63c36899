"""Making a kit and opening one: slots, store, device, feeds, tables, in this order.

The only place that joins vault, store and rooms. What is wrong comes out as KitError with the
store's own codes. Not for: what happens once it is open (`desk`).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from kit import __version__
from kit.core.clock import Clock, ClockQuality, plausible_quality
from kit.core.command import Outcome
from kit.core.envelope import entry_number, fleet_id, raw_id
from kit.core.errors import KitError, Unavailable
from kit.exchange import ledger as intake_ledger
from kit.node.fleet_joining import begin_in_fleet
from kit.node.membership import Membership
from kit.node.rooms import LOCAL_ROOMS as _ROOMS  # noqa: F401  (registers every room)
from kit.node.settings import Capsule, Settings, keep, needed, read_settings, write_settings
from kit.store import highwater, projector, vault
from kit.store.database import Database, create_database, open_database
from kit.store.home import BALLAST_BYTES, Home
from kit.store.log import Circumstance, Device, Log
from kit.sync.authority import ALL_WARDS, Role
from kit.sync.fleet import DeviceEnrolled
from kit.sync.founding import Founding
from kit.sync.sealing import root_public, root_signature
from kit.ward.place import WardDescribed

# The day this version was made: a machine whose clock stands before it is not believed.
BUILD_MS = 1_795_305_600_000
INCARNATION_BYTES = 8

T = TypeVar("T")


def system_clock() -> int:
    """This machine's clock, UTC ms."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class OpenKit:
    """An open kit: its home (locked), store, log, settings, mark; what opening had to say."""

    home: Home
    db: Database
    log: Log
    settings: Settings
    mark: highwater.HighWater
    clock: Clock
    quality: ClockQuality
    rollback: highwater.Rollback | None
    mark_state: str
    rebuilt: bool
    membership: Membership

    def written(self, work: Callable[[], T]) -> T:
        """Do what writes to the store; a disk that is full gets the reserve back, once.

        `work` is a whole transaction, or several of which each may be done twice.
        """
        try:
            return work()
        except KitError as fault:
            if fault.code != "STO-010" or not self.home.release_ballast():
                raise
        return work()

    def note_mark(self) -> None:
        """After a commit: take what was written into the high-water mark."""
        for feed, seq, tip in self.log.own_tips():
            self.mark.note(feed, seq, tip)
        with contextlib.suppress(OSError):  # the events are on disk; the mark follows later ones
            self.mark.committed(self.clock())

    def renew_incarnation(self) -> None:
        """Its own numbers came back from elsewhere: from now on this kit writes under a new name.

        sync.md §4.6: a kit that was cloned or restored must never use a number twice.
        """
        fresh = vault.system_random(INCARNATION_BYTES)
        with self.db.transaction():
            keep(self.db, "incarnation", fresh)
        self.log.start_incarnation(fresh)
        self.mark.renew(fresh)
        with contextlib.suppress(OSError):
            self.mark.write(self.clock())

    def close(self) -> None:
        """Write the mark, close the store, let the home go."""
        with contextlib.suppress(OSError):  # a full disk must not keep the kit from closing
            self.mark.write(self.clock())
        self.db.close()
        self.home.unlock()


def make_kit(
    folder: Path,
    settings: Settings,
    *,
    cost: vault.Cost = vault.PRODUCTION,
    clock: Clock = system_clock,
    ballast: int = BALLAST_BYTES,
    unproven: bool = False,
) -> tuple[OpenKit, list[str]]:
    """A new kit in this folder, open, and its words, shown once and then gone.

    unproven: a person still has to write the words down; a kit that was left before that is made
    anew here instead of standing there for ever, closed and empty.
    """
    making = Making(cost=cost, clock=clock, ballast=ballast, unproven=unproven)
    return found_kit(folder, settings, making)


class Making(NamedTuple):
    """How a kit is made: its phrase's cost, clock, reserve (bytes), its beginning in a fleet.

    words: its phrase, where it was drawn before; none = it is drawn now.
    """

    founding: Founding | None = None
    cost: vault.Cost = vault.PRODUCTION
    clock: Clock = system_clock
    ballast: int = BALLAST_BYTES
    unproven: bool = False
    words: tuple[str, ...] = ()


def found_kit(folder: Path, settings: Settings, how: Making) -> tuple[OpenKit, list[str]]:
    """A new kit that knows its fleet's directory before it writes anything of its own."""
    home = Home(folder)
    home.prepare()
    home.lock()
    random = vault.system_random
    try:
        if how.unproven:
            if home.phrase_is_unproven():
                home.begin_again()
            home.unwritten.touch()
        keys, words = vault.create(
            home, kit_id=random(16), world=settings.world, random=random, cost=how.cost,
            words=how.words,
        )  # fmt: skip
        settings, root_seed = _with_root(settings)
        kit = _first_store(home, keys, settings, how)
        if root_seed:
            _found_fleet(kit, root_seed)
        if how.founding is not None:
            begin_in_fleet(kit, how.founding)
        home.fill_ballast(how.ballast)
        _describe_ward(kit)
        kit.mark.write(how.clock())
    except BaseException:
        if not home.store.exists():
            # Slots without a store would look like a lost store at the next opening.
            home.slots_a.unlink(missing_ok=True)
            home.slots_b.unlink(missing_ok=True)
        home.unlock()
        raise
    return kit, words


def _first_store(home: Home, keys: vault.Keys, settings: Settings, how: Making) -> OpenKit:
    random = vault.system_random
    db = create_database(home.store, keys.database, keys.identity)
    given = how.founding.seed if how.founding is not None else b""
    seed = bytearray(given) or vault.new_device_key(random)
    signer = vault.Signer(seed)
    log = _log(db, settings, signer, random(INCARNATION_BYTES))
    with db.transaction():
        write_settings(db, settings)
        keep(db, "device", vault.seal_device_key(keys, seed, random))
        keep(db, "incarnation", log.device.incarnation)
    vault.wipe(seed)
    return _opened(home, keys, (log, signer), settings, how.clock)


def _with_root(settings: Settings) -> tuple[Settings, bytes]:
    """A kit made alone has a fleet of its own: its root key, and the seed that the kit keeps."""
    if any(settings.fleet_root):
        return settings, b""
    seed = vault.system_random(32)
    return msgspec.structs.replace(settings, fleet_root=root_public(seed)), seed


def _found_fleet(kit: OpenKit, root_seed: bytes) -> None:
    """The first entry of a new fleet: this kit, taken in by the root's own signature."""
    settings, membership = kit.settings, kit.membership
    # A ward kit that stands alone is the kit of whatever ward it is given; a crisis cell is none's.
    wards = () if settings.capsule == Capsule.STEERING else (ALL_WARDS,)
    enrolled = DeviceEnrolled(
        device=membership.device, label=settings.label, role=Role.STEERING, wards=wards,
        exchange=membership.exchange, certificate=membership.certificate,
    )  # fmt: skip
    statement = enrolled.statement(kit.log.device.fleet)
    signed = msgspec.structs.replace(enrolled, root_signature=root_signature(root_seed, statement))
    where = Circumstance("", "", kit.clock(), kit.quality)
    with kit.log.transaction():
        keep(kit.db, "root_seed", root_seed)
        kit.log.append([Outcome(signed)], where)
    membership.settle(kit.clock(), kit.quality)


def open_kit(folder: Path, phrase: str, *, clock: Clock = system_clock) -> OpenKit:
    """Open the kit in this folder with its phrase; takes the home's lock first."""
    home = Home(folder)
    home.lock()
    try:
        return open_with_keys(home, vault.unlock(home, phrase), clock)
    except BaseException:
        home.unlock()
        raise


def open_with_keys(home: Home, keys: vault.Keys, clock: Clock = system_clock) -> OpenKit:
    """Open a locked home whose keys somebody already unwrapped (the slow part)."""
    db = _open_store(home, keys)
    try:
        settings = read_settings(db)
        signer = vault.open_device_key(keys, needed(db, "device"))
        log = _log(db, settings, signer, needed(db, "incarnation"))
        kit = _opened(home, keys, (log, signer), settings, clock)
    except BaseException:
        db.close()
        keys.wipe()
        raise
    home.fill_ballast()
    return kit


def _open_store(home: Home, keys: vault.Keys) -> Database:
    """The store; a disk so full that it cannot even be opened gets the reserve back first."""
    try:
        return open_database(home.store, keys.database, keys.identity)
    except Unavailable as fault:
        if fault.code != "STO-018" or not home.release_ballast():
            raise
    return open_database(home.store, keys.database, keys.identity)


def _log(db: Database, settings: Settings, signer: vault.Signer, incarnation: bytes) -> Log:
    device = Device(
        fleet=fleet_id(settings.fleet_root, settings.world), world=settings.world,
        public=signer.public, incarnation=incarnation, ward=settings.ward, app=__version__,
    )  # fmt: skip
    return Log(db, device, signer.sign)


def _opened(
    home: Home, keys: vault.Keys, writer: tuple[Log, vault.Signer], settings: Settings, clock: Clock
) -> OpenKit:
    log, signer = writer
    db = log.db
    mark, rollback, state = _check_mark(home, keys, log)
    if rollback or state:
        with contextlib.suppress(OSError):
            mark.write(clock())
    rebuilt = projector.ensure_tables(db, log.entries)
    if rebuilt:
        log.projection.drop()  # what it knew was of the tables before
    with db.transaction():
        intake_ledger.create_tables(db)
        db.execute("delete from answered where at<?", clock() - 86_400_000)
    quality = plausible_quality(clock(), BUILD_MS, log.last_wall())
    keys.wipe()
    membership = Membership(log, settings, signer)
    kit = OpenKit(
        home, db, log, settings, mark, clock, quality, rollback, state, rebuilt, membership
    )
    membership.attend(written=kit.note_mark, renew=kit.renew_incarnation)
    return kit


def _check_mark(
    home: Home, keys: vault.Keys, log: Log
) -> tuple[highwater.HighWater, highwater.Rollback | None, str]:
    """Compare with the mark; a store that is older than it goes on under a new incarnation."""
    tips = log.tips()
    key = keys.mark[:]
    kit_id = keys.identity.kit_id
    found = highwater.load(home.mark, key, kit_id)
    if isinstance(found, highwater.MarkState):
        mark = highwater.HighWater(
            home.mark, key, highwater.first_mark(kit_id, log.device.incarnation)
        )
        for feed, (seq, tip) in tips.items():
            mark.note(feed, seq, tip)
        return mark, None, "" if not tips else str(found)
    rollback = highwater.compare(found, log.device.incarnation, tips, _id_at(log))
    if rollback is None:
        return highwater.HighWater(home.mark, key, found), None, ""
    fresh = vault.system_random(INCARNATION_BYTES)
    with log.db.transaction():
        keep(log.db, "incarnation", fresh)
    log.start_incarnation(fresh)
    return (
        highwater.HighWater(home.mark, key, highwater.next_incarnation(found, fresh, tips)),
        rollback,
        "",
    )


def _id_at(log: Log) -> highwater.IdAt:
    def id_at(feed: bytes, seq: int) -> bytes | None:
        found = log.db.row("select n from feed where feed=?", feed)
        raw = (
            log.db.row("select raw from event where n=?", entry_number(found[0], seq))
            if found
            else None
        )
        return raw_id(raw[0]) if raw else None

    return id_at


def _describe_ward(kit: OpenKit) -> None:
    """The kit's own ward exists from the first minute, by its code."""
    settings = kit.settings
    if not settings.ward:
        return
    where = Circumstance("", "", kit.clock(), kit.quality)
    with kit.log.transaction():
        kit.log.append([Outcome(WardDescribed(ward=settings.ward, name=settings.ward))], where)
