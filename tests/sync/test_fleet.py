"""The directory over a real store: what was folded is what the store and the wire are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kit.core.command import Outcome
from kit.core.event import Event
from kit.node import rooms as _rooms  # noqa: F401  (a store lays down every room's tables)
from kit.store.database import Database, create_database
from kit.store.log import Circumstance, Device, Log
from kit.store.projector import ensure_tables
from kit.store.signer import Signer
from kit.sync.fleet import (
    DeviceEnrolled,
    DeviceHeads,
    DeviceRevoked,
    EntriesAdopted,
    EntryName,
    FleetMembers,
    Head,
    identity_of,
    introduces,
)
from tests.store.kits import IDENTITY as STORE
from tests.store.kits import KEY
from tests.sync.fleets import IDENTITY, name, with_root

WHERE = Circumstance("person", "session", 1_795_000_000_000, 1)


class Kit:
    """A store of the fleet, and who may do what in it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.db: Database = create_database(folder / f"{seed}.db", KEY, STORE)
        self.signer = Signer(bytes([seed] * 32))
        self.public = self.signer.public
        device = Device(IDENTITY.fleet, IDENTITY.world, self.public, bytes(8), "CARD", "t")
        self.log = Log(self.db, device, self.signer.sign)
        ensure_tables(self.db)
        self.members = FleetMembers(self.db, IDENTITY.root, IDENTITY.world)

    def record(self, *events: Event) -> list[int]:
        """Append them."""
        with self.log.transaction():
            return self.log.append([Outcome(event) for event in events], WHERE)

    def raws(self, scope: str) -> list[bytes]:
        """The entries of an own feed."""
        sql = "select e.raw from event e join feed f on f.n=e.n>>32 where f.scope=? order by e.n"
        return [raw for (raw,) in self.db.rows(sql, scope)]

    def feed(self, scope: str) -> bytes:
        """An own feed's name."""
        found = self.db.row("select feed from feed where scope=?", scope)
        assert found is not None
        return bytes(found[0])


@pytest.fixture
def founder(tmp_path: Path) -> Iterator[Kit]:
    """A kit that the root has made steering."""
    kit = Kit(tmp_path, 1)
    kit.record(with_root(DeviceEnrolled(device=kit.public, label="Cellule", role="steering")))
    yield kit
    kit.db.close()


def test_a_new_fact_is_known_at_once(founder: Kit) -> None:
    """The directory is read anew after each fold, and not otherwise."""
    before = founder.members.directory
    assert founder.members.directory is before
    assert not founder.members.is_member(name("w1"))
    founder.record(DeviceEnrolled(device=name("w1"), label="w1", role="ward", wards=("CARD",)))
    assert founder.members.is_member(name("w1"))
    assert founder.members.may_write(name("w1"), "w:CARD")
    assert founder.members.may_hold(name("w1"), "msg:a")


def test_what_was_rolled_back_is_forgotten(founder: Kit) -> None:
    """A kit enrolled in a transaction that failed is no member."""
    lost = Outcome(DeviceEnrolled(device=name("w1"), label="", role="ward"))

    def fail() -> None:
        with founder.log.transaction():
            founder.log.append([lost], WHERE)
            assert founder.members.is_member(name("w1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    founder.members.forget()
    assert not founder.members.is_member(name("w1"))


def test_the_cut_of_a_revoked_kit_counts_feed_by_feed(founder: Kit) -> None:
    """A feed that the revocation names has its number, another one none; `dir` is never cut."""
    founder.record(DeviceEnrolled(device=name("w1"), label="w1", role="ward", wards=("CARD",)))
    for n, scope in ((71, "w:CARD"), (72, "ops"), (73, "dir")):
        founder.db.execute(
            "insert into feed(n, feed, device, incarnation, scope, own, seq, tip, lam) "
            "values(?,?,?,?,?,0,9,?,9)", n, bytes([n] * 16), name("w1"), bytes(8), scope, bytes(32),
        )  # fmt: skip
    assert founder.members.cut(bytes([71] * 16)) is None
    founder.record(DeviceRevoked(device=name("w1"), cut={bytes([71] * 16).hex(): 4}))
    assert founder.members.cut(bytes([71] * 16)) == 4
    assert founder.members.cut(bytes([72] * 16)) == 0
    assert founder.members.cut(bytes([73] * 16)) is None
    assert founder.members.cut(founder.feed("dir")) is None
    assert founder.members.cuts() == {bytes([71] * 16): 4, bytes([72] * 16): 0}
    assert not founder.members.is_member(name("w1"))


def test_adopted_entries_are_told_to_the_store(founder: Kit) -> None:
    """By name, since each kit has its own numbers."""
    founder.record(EntriesAdopted(device=name("w1"), entries=(EntryName(b"f" * 16, 5),)))
    assert founder.members.adopted() == {(b"f" * 16, 5)}


def test_heads_only_go_forward(founder: Kit) -> None:
    """An older word that arrives later changes nothing."""
    founder.record(DeviceHeads(heads=(Head(b"f" * 16, 9, b"x" * 8),)))
    founder.record(DeviceHeads(heads=(Head(b"f" * 16, 3, b"y" * 8),)))
    assert founder.db.rows("select seq, id8 from head") == [(9, b"x" * 8)]


def test_a_steering_kit_introduces_itself_by_the_root(founder: Kit) -> None:
    """Its own first entries prove it to a kit that knows nothing but the root."""
    raws = founder.raws("dir")
    assert introduces(IDENTITY, founder.public, raws)
    assert not introduces(IDENTITY, name("other"), raws)
    other_world = msgspec.structs.replace(IDENTITY, world="REEL")
    assert not introduces(other_world, founder.public, raws)
    assert not introduces(IDENTITY, founder.public, raws[:1])
    assert not introduces(IDENTITY, founder.public, [b"", b"\xc1" * 80, raws[0]])


def test_an_introduction_has_to_come_early(tmp_path: Path) -> None:
    """A kit that was enrolled after others wrote cannot flood first."""
    kit = Kit(tmp_path, 2)
    for n in range(8):
        kit.record(DeviceHeads(heads=(Head(bytes(16), n, b""),)))
    kit.record(with_root(DeviceEnrolled(device=kit.public, label="", role="steering")))
    assert not introduces(IDENTITY, kit.public, kit.raws("dir"))
    kit.db.close()


def test_the_fleet_is_read_from_the_set_up(founder: Kit) -> None:
    """Questions and rules know the root from the store itself."""
    assert identity_of(founder.db).root == b""
    said = msgspec.msgpack.encode({"fleet_root": IDENTITY.root, "world": IDENTITY.world})
    founder.db.execute("insert into kit values('settings', ?)", said)
    assert identity_of(founder.db) == IDENTITY
