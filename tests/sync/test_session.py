"""Two kits that meet come to hold the same entries, whatever each had before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kit.core.replication import RUN_EVENTS, Fork
from kit.store.projector import rebuild
from kit.store.signer import verify
from kit.store.verification import verify_log
from kit.sync.frames import Ask, encode
from kit.sync.session import OUT_BYTES, Me
from kit.ward.vitals import VitalsRecorded
from tests.sync.kits import NOW, Everybody, Kit, Wire, meet

Make = Callable[[int], Kit]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Kits by number, closed at the end."""
    kits: list[Kit] = []
    members = Everybody()

    def one(seed: int) -> Kit:
        kits.append(Kit(tmp_path / str(len(kits)), seed, members))
        return kits[-1]

    yield one
    for kit in kits:
        kit.db.close()


def sound(*kits: Kit) -> None:
    """Every signature, chain and number of each log is right."""
    for kit in kits:
        assert verify_log(kit.log.entries, verify) == []


def test_two_kits_that_meet_hold_the_same(make: Make) -> None:
    a, b = make(1), make(2)
    a.vitals(700)
    b.vitals(3, ward="NEPH")
    meet(a, b)
    assert a.holds() == b.holds()
    assert a.told() == b.told()
    assert len(a.told()) == 703
    sound(a, b)


def test_an_entry_written_while_they_talk_arrives_at_once(make: Make) -> None:
    a, b = make(1), make(2)
    wire = meet(a, b)
    a.vitals()
    feeds = a.log.feeds.drain_changed()
    wire.left.changed(feeds, frozenset(feeds))
    wire.settle()
    assert b.told() == a.told() != []


def test_a_dose_does_not_wait_behind_a_kit_that_writes_without_end(make: Make) -> None:
    """One feed has thousands waiting; another gets one entry: it goes with the next bytes."""
    a, b = make(1), make(2)
    a.vitals(12 * RUN_EVENTS)
    wire = Wire(a, b)
    while not b.told():  # the flood is on its way, and far from its end
        b_said, a_said = wire.right.outgoing(), wire.left.outgoing()
        wire.left.received(b_said)
        wire.right.received(a_said)
    a.vitals(1, ward="NEPH")
    fresh = set(a.log.feeds.drain_changed()) - {row.name for row in b.log.feeds.by_number.values()}
    wire.left.changed(fresh, frozenset(fresh))
    wire.left.received(wire.right.outgoing())
    wire.right.received(wire.left.outgoing())
    assert fresh <= {row.name for row in b.log.feeds.by_number.values() if row.seq}
    assert len(b.told()) < len(a.told())
    wire.settle()
    assert b.holds() == a.holds()


def test_two_long_feeds_are_sent_turn_about(make: Make) -> None:
    a, b = make(1), make(2)
    for ward in ("CARD", "NEPH"):
        a.vitals(8 * RUN_EVENTS, ward=ward)
    wire = Wire(a, b)
    for _bytes_at_hand in range(6):
        said = wire.right.outgoing()
        wire.right.received(wire.left.outgoing())
        wire.left.received(said)
    one, other = [row.seq for row in b.log.feeds.by_number.values() if row.scope.startswith("w:")]
    assert abs(one - other) <= RUN_EVENTS
    assert 0 < one < 8 * RUN_EVENTS


def test_a_third_kit_gets_what_it_never_saw_written(make: Make) -> None:
    a, b, c = make(1), make(2), make(3)
    a.vitals(5)
    meet(a, b)
    meet(b, c)
    assert c.holds() == a.holds()


def test_meeting_again_changes_nothing(make: Make) -> None:
    a, b = make(1), make(2)
    a.vitals(40)
    meet(a, b)
    commits = b.commits
    meet(a, b)
    meet(b, a)
    assert b.commits == commits


def clone(kit: Kit, make: Make) -> Kit:
    """A second kit with the very same disk."""
    other = make(kit.seed)
    for table in ("feed", "event"):
        rows = kit.db.rows(f"select * from {table}")
        if not rows:
            continue
        marks = ",".join("?" * len(rows[0]))
        with other.db.transaction():
            other.db.execute(f"delete from {table}")
            other.db.executemany(f"insert into {table} values({marks})", rows)
    other._open(kit.log.device.incarnation)
    with other.db.transaction():
        rebuild(other.db, other.log.entries)
    return other


@pytest.mark.parametrize(("first", "second"), [(1, 1), (4, 1), (1, 9), (300, 280)])
def test_a_cloned_disk_loses_no_entry_of_either_copy(make: Make, first: int, second: int) -> None:
    """sync.md §4.6: both branches are kept, each copy takes another name, and all kits agree."""
    a, c = make(1), make(3)
    a.vitals(10)
    b = clone(a, make)
    a.vitals(first)
    b.vitals(second, ward="CARD")
    meet(a, c)
    meet(b, c)
    meet(a, c)
    meet(a, b)
    meet(b, c)
    assert a.holds() == b.holds() == c.holds()
    assert len(a.told()) == 10 + first + second
    assert a.told() == b.told() == c.told()
    assert a.renewed
    assert b.renewed
    feed = next(row.name for row in c.log.feeds.by_number.values() if row.fork)
    states = [kit.replica.state(c.signer.public, feed) for kit in (a, b, c)]
    assert all(isinstance(state, Fork) and state.seq == 12 for state in states)
    assert states[0] == states[1] == states[2]
    sound(a, b, c)


def test_a_feed_that_forks_at_its_first_entry_reaches_a_third_kit(make: Make) -> None:
    """A disk cloned before it wrote: both copies open the same feed, each in its own way."""
    a, c, d = make(1), make(3), make(4)
    b = clone(a, make)
    a.vitals(2)
    b.record(VitalsRecorded(patient="p2", at=NOW, values={"hr": "1"}), at=NOW + 5)
    for one, two in ((a, c), (b, c), (c, d), (a, c), (b, c)):
        meet(one, two)
    assert a.holds() == b.holds() == c.holds() == d.holds()
    assert a.told() == d.told()
    assert len(d.told()) == 3
    sound(a, b, c, d)


def test_a_restored_kit_gets_its_own_lost_entries_back(make: Make) -> None:
    a, b = make(1), make(2)
    a.vitals(5)
    old = clone(a, make)
    a.vitals(5)
    meet(a, b)
    meet(old, b)
    assert old.holds() == a.holds()
    assert old.renewed == 1
    old.vitals()
    meet(old, b)
    assert not any(row.fork for row in b.log.feeds.by_number.values())


def test_a_silent_peer_is_noticed(make: Make) -> None:
    a, b = make(1), make(2)
    wire = meet(a, b)
    heard = [wire.left.connected]
    wire.now += 4_000
    heard.append(wire.left.connected)
    assert heard == [True, False]
    wire.now += 9_000
    wire.left.tick(wire.now)
    assert wire.left.closed == "silent"


def test_another_fleet_is_refused(make: Make) -> None:
    a, b = make(1), make(2)
    wire = Wire(a, b)
    wire.right.me = Me(b"x" * 16, b.signer.public)
    wire.settle()
    assert (wire.left.closed, wire.right.closed) == ("bye:SYN-023", "SYN-023")
    assert not b.holds()


def test_a_question_about_all_of_a_fork_is_answered_as_fast_as_it_is_read(make: Make) -> None:
    """Nothing is read from the store before there is room to send it."""
    a, b = make(1), make(2)
    a.vitals(3)
    twin = clone(a, make)
    a.vitals(200)
    twin.vitals(200)
    meet(a, b)
    meet(twin, b)
    feed = next(row.name for row in b.log.feeds.by_number.values() if row.fork)
    state = b.replica.state(b.signer.public, feed)
    assert isinstance(state, Fork)
    asks = encode(Ask(feed, state.seq, list(state.ids)))
    wire = Wire(a, b)
    wire.settle()
    wire.right.received(asks * 50)
    assert len(wire.right.outgoing()) < 2 * OUT_BYTES
    wire.right.received(asks * 400)
    assert wire.right.closed == "SYN-026"
