"""Faults that the simulator found, each as small as it could be made."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from kit.core.command import Outcome
from kit.core.envelope import LAMPORT_STEP, Inner, Ref, entry_number
from kit.core.errors import KitError
from kit.core.replication import Fork
from kit.people.person import PersonEnrolled
from kit.store.keyring import ScopeKey
from kit.store.locked import learn
from kit.store.log import Circumstance
from kit.store.signer import verify
from kit.store.verification import verify_log
from kit.sync.delivery import Delivery
from kit.sync.frames import State
from tests.sync.kits import FLEET, NOW, WORLD, Everybody, Kit, meet, shared_key
from tests.sync.simulator.faults import Fuse, PowerCutError
from tests.sync.simulator.hostile import Forged

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


def forged(author: Kit, *bodies: bytes) -> Forged:
    """A feed of `w:CARD` that its author signed and sealed as it should be."""
    feed = Forged(author.signer, "w:CARD", random.Random(1), 5, FLEET, WORLD)
    key = shared_key("w:CARD")
    for body in bodies:
        feed.add(body, key=key.key, kid=key.kid)
    return feed


def body(kind: str, data: object, base: Sequence[Ref] = (), wall: int = NOW) -> bytes:
    """A clear body."""
    raw = msgspec.Raw(msgspec.msgpack.encode(data))
    return msgspec.msgpack.encode(Inner(kind, 1, "m", "s", wall, 1, tuple(base), b"", raw))


VITALS = {"patient": "p1", "at": NOW, "values": {"hr": "80"}}


@pytest.mark.parametrize(
    "poison",
    [
        body("vitals.recorded", VITALS | {"at": 2**63}),
        body("vitals.recorded", VITALS, wall=2**64 - 1),
        body("entry.struck", {"patient": "p", "kind": "k", "reason": "r"}, [Ref(b"x", 1, b"")]),
        body("entry.struck", {"patient": "p", "kind": "k", "reason": "r"},
             [Ref(bytes(16), 2**40, b"")]),
        b"\x91" * 20_000,
    ],
)  # fmt: skip
def test_a_signed_entry_that_no_table_can_hold_is_kept_and_stops_nothing(
    make: Make, poison: bytes
) -> None:
    a, b, c = make(1), make(2), make(3)
    feed = forged(a, body("vitals.recorded", VITALS), poison, body("vitals.recorded", VITALS))
    taken = b.replica.take(a.signer.public, feed.feed, feed.raws)
    assert (taken.stored, taken.refused) == (4, "")
    assert len(b.told()) == 2
    meet(b, c)
    assert c.holds() == b.holds()
    assert c.log.entries.db.rows("select type from unknown_event") == [("senseless",)]
    assert verify_log(b.log.entries, verify) == []


def test_greek_letters_are_no_huge_numbers(make: Make) -> None:
    a, b = make(1), make(2)
    feed = forged(a, body("vitals.recorded", VITALS | {"note": "ϐϑ μg Ω Ͽ"}))
    b.replica.take(a.signer.public, feed.feed, feed.raws)
    assert len(b.told()) == 1


def test_nobody_can_make_a_kit_change_its_name(make: Make) -> None:
    """Only an own entry that is new here proves a copy; a stranger's word does not."""
    a, b = make(1), make(2)
    a.vitals(2)
    own = next(row.name for row in a.log.feeds.by_number.values() if row.own)
    other = forged(b)
    a.replica.take_loose(b.signer.public, own, 1, other.raws)
    a.replica.take_loose(b.signer.public, own, 1, a.replica.run(own, 0))
    a.replica.take(b.signer.public, own, a.replica.run(own, 0))
    assert a.renewed == 0


def test_a_power_cut_after_own_entries_came_back_leaves_no_old_name(make: Make) -> None:
    """The new name is on the disk before the entry that asks for it."""
    a, old = make(1), make(1)
    a.vitals(3)
    feed = next(row.name for row in a.log.feeds.by_number.values())
    old._open(a.log.device.incarnation)
    fuse = Fuse(old.db, "after", 0)
    with pytest.raises(PowerCutError):
        old.replica.take(a.signer.public, feed, a.replica.run(feed, 0))
    fuse.mend()
    assert old.renewed == 1


def test_a_commit_that_fails_does_not_forget_what_was_to_be_told(make: Make) -> None:
    a, b = make(1), make(2)
    b.vitals()
    feed = next(row.name for row in b.log.feeds.by_number.values())
    a.replica.take(b.signer.public, feed, b.replica.run(feed, 0))
    fuse = Fuse(a.db, "full", 0)
    with pytest.raises(KitError):
        a.vitals()
    fuse.mend()
    assert feed in a.log.feeds.drain_changed()


def test_a_loose_entry_that_its_author_did_not_sign_is_refused(make: Make) -> None:
    a, b, c = make(1), make(2), make(3)
    feed = forged(a, body("vitals.recorded", VITALS))
    other = Forged(c.signer, "w:CARD", random.Random(1), 5, FLEET, WORLD)
    other.feed, other.seq, other.tip = feed.feed, feed.seq, feed.tip
    strange = other.add(b"x")
    b.replica.take(a.signer.public, feed.feed, feed.raws)
    taken = b.replica.take_loose(a.signer.public, feed.feed, 1, [strange])
    assert (taken.stored, taken.refused) == (0, "SYN-004")
    assert strange not in b.holds()


def test_one_meeting_is_enough_for_a_forked_feed(make: Make) -> None:
    """Loose entries that come before what they follow are asked for again."""
    a, b, c = make(1), make(2), make(3)
    key = shared_key("w:CARD")
    feed = forged(a, *[body("vitals.recorded", VITALS)] * 3)
    other = feed.branch()
    feed.add(body("vitals.recorded", VITALS), key=key.key, kid=key.kid)
    other.add(body("vitals.recorded", VITALS), key=key.key, kid=key.kid)
    for one in (feed, other):
        b.replica.take(a.signer.public, feed.feed, one.raws)
    meet(b, c)
    assert len(b.holds()) == 6
    assert c.holds() == b.holds()


def test_what_comes_as_a_run_into_a_forked_feed_is_told_to_others(make: Make) -> None:
    a, b = make(1), make(2)
    feed = forged(a, body("vitals.recorded", VITALS))
    other = feed.branch()
    for one in (feed, other):
        one.add(bytes([one is feed]))
        b.replica.take(a.signer.public, feed.feed, one.raws)
    state = b.replica.state(a.signer.public, feed.feed)
    assert isinstance(state, Fork)
    assert len(state.ids) == 2
    held = b.log.feeds.get(feed.feed)
    assert held is not None
    longer = next(one for one in (feed, other) if one.tip == held.tip)
    longer.add(b"more")
    b.replica.take(a.signer.public, feed.feed, longer.raws)
    state = b.replica.state(a.signer.public, feed.feed)
    assert isinstance(state, Fork)
    assert len(state.ids) == 3


def test_a_loose_entry_cannot_use_the_counter_up(make: Make) -> None:
    a, b = make(1), make(2)
    feed = forged(a, body("vitals.recorded", VITALS))
    other = feed.branch()
    for one in (feed, other):
        one.add(bytes([one is feed]))
        b.replica.take(a.signer.public, feed.feed, one.raws)
    other.add(b"far", jump=2**61)
    taken = b.replica.take_loose(a.signer.public, feed.feed, 2, other.raws[-1:])
    assert taken.stored == 1
    assert b.log.lam < 10 * LAMPORT_STEP


def test_an_entry_that_was_adopted_before_it_came_counts_at_once(make: Make) -> None:
    a, b = make(1), make(2)
    feed = forged(a, *[body("vitals.recorded", VITALS)] * 2)
    b.members.cut_feeds[feed.feed] = 1
    b.members.taken_over.add((feed.feed, 3))
    b.replica.take(a.signer.public, feed.feed, feed.raws)
    assert len(b.told()) == 1
    assert len(b.db.rows("select n from quarantine")) == 1


def test_what_was_refused_comes_again_when_the_directory_has_changed(make: Make) -> None:
    a, b = make(1), make(2)
    a.vitals(3)
    a.members.strangers.add(a.signer.public)
    wire = meet(a, b)
    assert not b.holds()
    a.members.strangers.clear()
    wire.right.refresh()
    wire.settle()
    assert b.holds() == a.holds()


def test_a_question_stands_although_the_peer_begins_anew(make: Make) -> None:
    """A kit that looks for a fork while its directory changes must get its answer."""
    a, b = make(1), make(2)
    a.vitals(9)
    meet(a, b)
    feed = next(row.name for row in a.log.feeds.by_number.values())
    delivery = Delivery(a.replica, b.signer.public)
    tips = a.replica.vector(b.signer.public).tips
    delivery.heard(State(True, tips))
    delivery.again(feed, 3)
    delivery.heard(State(True, tips))
    run = delivery.next_run()
    assert run is not None
    assert len(run.raws) == 8


def test_an_entry_that_settles_two_branches_replaces_both_whenever_they_come(make: Make) -> None:
    a, b, c = make(1), make(2), make(3)
    feed = forged(a, body("vitals.recorded", VITALS))
    other = feed.branch()
    key = shared_key("w:CARD")
    for one in (feed, other):
        said = body("vitals.recorded", VITALS | {"scale": 1 + (one is feed)})
        one.add(said, key=key.key, kid=key.kid)
    refs = [Ref(feed.feed, 3, one.tip[:8]) for one in (feed, other)]
    strike = {"patient": "p1", "kind": "vitals", "reason": "typing"}
    settled = forged(b, body("entry.struck", strike, refs))
    for one in (settled, feed, other):
        c.replica.take(b.signer.public, one.feed, one.raws)
    assert len(c.db.rows("select n from replaced")) == 2
    assert len(c.db.rows("select n from struck")) == 2


def test_a_counter_that_leaps_is_kept_by_all_and_lifts_none_far(make: Make) -> None:
    """Whether an entry is taken must not depend on what a kit had before: all hold the same."""
    a, b, c = make(1), make(2), make(3)
    near = Forged(a.signer, "ops", random.Random(1), 2**48 - 5, FLEET, WORLD)
    far = Forged(a.signer, "ops", random.Random(2), 2**61, FLEET, WORLD)
    for one in (near, far):
        assert b.replica.take(a.signer.public, one.feed, one.raws).stored == 1
    assert c.replica.take(a.signer.public, far.feed, far.raws).stored == 1
    b.vitals()
    meet(b, c)
    assert c.holds() == b.holds()
    for kit in (b, c):
        kit.vitals()
        assert kit.log.lam < 10 * LAMPORT_STEP


def test_what_is_written_after_others_were_read_stands_after_them(make: Make) -> None:
    """Also where it names nothing: an order of events that no clock decides."""
    a, b = make(1), make(2)
    a.vitals(40)
    meet(a, b)
    (n,) = b.vitals()
    assert b.log.entries.lam(n) > max(row.lam for row in a.log.feeds.by_number.values())


def test_an_entry_comes_after_what_it_replaces_even_after_a_leap(make: Make) -> None:
    a, b = make(1), make(2)
    leapt = Forged(a.signer, "ops", random.Random(1), 2**50, FLEET, WORLD)
    leapt.add(body("person.enrolled", {"person": "p", "name": "Anne", "profession": "IDE"}))
    b.replica.take(a.signer.public, leapt.feed, leapt.raws)
    row = b.log.feeds.get(leapt.feed)
    assert row is not None
    anna = PersonEnrolled(person="p", name="Anna", profession="MED")
    with b.log.transaction():
        where = Circumstance("x", "s", 0, 1)
        b.log.append([Outcome(anna, (entry_number(row.n, 2),))], where)
    meet(a, b)
    for kit in (a, b):
        assert kit.db.rows("select name from person") == [("Anna",)]
    b.vitals()
    assert b.log.lam < 10 * LAMPORT_STEP


def test_a_power_cut_between_a_key_and_its_entries_leaves_neither(make: Make) -> None:
    a, b = make(1), make(2)
    key = bytes(32)
    late = ScopeKey("w:CARD", 77, key, b"later")
    with a.db.transaction():
        a.log.keyring.add(late)
    a.vitals(2)
    meet(a, b)
    assert b.told() == []
    for count in range(40):
        fuse = Fuse(b.db, "statement", count)
        try:
            learn(b.log, [late])
        except PowerCutError:
            fuse.mend()
            b.db.roll_back()
            b._open(b.log.device.incarnation)
            known = b.log.keyring.find("w:CARD", 77) is not None
            assert known == bool(b.told())
        else:
            break
        finally:
            fuse.mend()
    assert b.told() == a.told() != []
