"""The directory over a real store: what was folded is what the store and the wire are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kit.core.command import Outcome
from kit.sync.fleet import (
    DeviceEnrolled,
    DeviceHeads,
    DeviceRevoked,
    EntriesAdopted,
    EntryName,
    Head,
    identity_of,
    introduces,
)
from tests.sync.fleet_kits import WHERE, Kit
from tests.sync.fleets import IDENTITY, name, with_root


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
    assert founder.members.may_hold(name("new"), "dir"), "or it would never learn that it is in"
    assert not founder.members.may_hold(name("new"), "ops")


def test_what_was_rolled_back_is_forgotten(founder: Kit) -> None:
    """A kit enrolled in a transaction that failed is no member."""
    lost = Outcome(DeviceEnrolled(device=name("w1"), label="", role="ward"))

    def fail() -> None:
        with founder.log.transaction():
            founder.log.append([lost], WHERE)
            founder.log.projection.settle()
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
        founder.foreign_feed(name("w1"), scope, n, 9)
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
    assert identity_of(founder.db) == IDENTITY
    founder.db.execute("delete from kit where name='settings'")
    assert identity_of(founder.db).root == b""
