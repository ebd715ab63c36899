"""The fleet before the first day: prepared once a process, then copied as files for each run.

Two steering kits by the root, a relay, a viewer, four ward kits, scope keys handed out; a newcomer
or two that nobody has taken in yet. Not for: what happens afterwards (`world`).
"""

from __future__ import annotations

import random
import shutil
import tempfile
from functools import cache, lru_cache
from pathlib import Path

import msgspec

from kit.core.command import Outcome
from kit.node import membership as membership_module
from kit.node import rooms as _rooms  # noqa: F401  (registers every room)
from kit.node.membership import EXCHANGE, Membership
from kit.node.settings import Settings, keep, write_settings
from kit.store.database import Identity, create_database
from kit.store.log import Circumstance, Device, Log
from kit.store.projector import ensure_tables
from kit.store.signer import Signer
from kit.sync.certificate import make_certificate
from kit.sync.fleet import DeviceEnrolled
from kit.sync.fleet import Identity as FleetIdentity
from kit.sync.sealing import exchange_public, root_public, root_signature

WORLD = "TEST:day"
ROOT_SEED = bytes(range(7, 39))
FLEET = FleetIdentity(root_public(ROOT_SEED), WORLD)
STORE = Identity(b"s" * 16, 1, WORLD)
STORE_KEY = b"k" * 32
BEGUN = 1_795_329_000_000
CERTIFICATE = b"certificate of the simulator"
ANY = ("*",)

membership_module.make_certificate = lru_cache(maxsize=64)(make_certificate)  # type: ignore[attr-defined]


class Part(msgspec.Struct, frozen=True):
    """A kit as it was prepared. wards: what it writes; ward: what it calls its own."""

    name: str
    role: str
    wards: tuple[str, ...] = ()
    root: bool = False

    @property
    def signer(self) -> Signer:
        """The key of its device: from its name, so that it is the same in each run."""
        return Signer(self.name.encode().ljust(32, b"."))

    @property
    def ward(self) -> str:
        """Its own ward; one that does not exist for a kit without."""
        return next((ward for ward in self.wards if ward != "*"), "NONE")

    def enrolment(self) -> DeviceEnrolled:
        """What takes it in."""
        signer = self.signer
        data = DeviceEnrolled(
            device=signer.public, label=self.name, role=self.role, wards=self.wards,
            exchange=exchange_public(signer.derived(EXCHANGE)), certificate=CERTIFICATE,
        )  # fmt: skip
        if not self.root:
            return data
        signature = root_signature(ROOT_SEED, data.statement(FLEET.fleet))
        return msgspec.structs.replace(data, root_signature=signature)

    def settings(self) -> Settings:
        """What its store says of itself."""
        return Settings(self.role, "HOPITAL", self.ward, WORLD, self.name, FLEET.root)


FOUNDERS = (
    Part("s1", "steering", (), root=True),
    Part("s2", "steering", (), root=True),
    Part("r1", "relay"),
    Part("v1", "viewer"),
    Part("w1", "ward", ("CARD",)),
    Part("w2", "ward", ("CARD",)),
    Part("w3", "ward", ("NEPH",)),
    Part("w4", "ward", ("CARD", "NEPH")),
    Part("x1", "ward", ("CARD",)),
)
NEWCOMERS = (Part("n1", "ward", ("NEPH",)), Part("n2", "relay"), Part("n3", "steering"))
PARTS = {part.name: part for part in (*FOUNDERS, *NEWCOMERS)}
WHERE = Circumstance("founder", "", BEGUN, 3)


def shelf() -> Path:
    """A folder in memory where there is one: a run is thousands of commits."""
    memory = Path("/dev/shm")  # noqa: S108  (a folder of this process below it)
    return Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))


@cache
def prepared() -> Path:
    """The folder of all prepared stores: `<name>.db`."""
    folder = shelf()
    chance = random.Random(7)
    made = [_made(folder, part, chance) for part in PARTS.values()]
    logs = {part.name: log for part, log, _membership in made}
    memberships = {part.name: membership for part, _log, membership in made}
    first = logs["s1"]
    with first.transaction():
        first.append([Outcome(part.enrolment()) for part in FOUNDERS], WHERE)
    for _round in range(3):
        for part in FOUNDERS:
            memberships[part.name].settle(BEGUN)
        for giver in FOUNDERS:
            for taker in FOUNDERS:
                _give(memberships[giver.name], memberships[taker.name])
    for log in logs.values():
        log.db.checkpoint()
        log.db.close()
    return folder


def _made(folder: Path, part: Part, chance: random.Random) -> tuple[Part, Log, Membership]:
    db = create_database(folder / f"{part.name}.db", bytearray(STORE_KEY), STORE)
    signer = part.signer
    incarnation = chance.randbytes(8)
    device = Device(FLEET.fleet, WORLD, signer.public, incarnation, part.ward, "0")
    log = Log(db, device, signer.sign, chance.randbytes)
    ensure_tables(db, log.entries)
    with db.transaction():
        write_settings(db, part.settings())
        keep(db, "incarnation", incarnation)
    return part, log, Membership(log, part.settings(), signer)


def _give(giver: Membership, taker: Membership) -> None:
    """What one holds of `dir`, the other takes."""
    if giver is taker:
        return
    for feed, tip in giver.replica.vector(taker.device).tips.items():
        held = taker.replica.feeds.get(feed)
        after = held.seq if held else 0
        if after < tip.seq:
            taker.replica.take(giver.device, feed, giver.replica.run(feed, after))


def remove_prepared() -> None:
    """Take the prepared stores away (at the end of a process)."""
    if prepared.cache_info().currsize:
        shutil.rmtree(prepared(), ignore_errors=True)
        prepared.cache_clear()
