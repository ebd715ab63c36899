"""Who is in the fleet: the same facts, the same answer, whatever order they came in."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.envelope import fleet_id
from kit.sync.authority import State, settle
from kit.sync.fleet import DeviceEnrolled, DeviceRevoked, Identity
from kit.sync.sealing import root_signature
from tests.sync.fleets import IDENTITY, Fleet, feed_of, name, prepared, with_root


def test_a_prepared_fleet_has_its_members_and_their_rights() -> None:
    """Steering coordinates and does not care; a ward reads its ward; both know the fleet."""
    directory = prepared().directory()
    s1, w1, w3 = name("s1"), name("w1"), name("w3")
    assert all(member.is_member for member in directory.members.values())
    assert directory.may_write(w1, "w:CARD")
    assert not directory.may_write(w1, "w:URG")
    assert not directory.may_write(s1, "w:CARD")
    assert directory.may_hold(s1, "w:CARD")
    assert not directory.may_read(s1, "w:CARD")
    assert directory.may_hold(w3, "msg:cellule")
    assert not directory.may_hold(w3, "w:CARD")
    assert [member.device for member in directory.readers("w:CARD")] == sorted(
        (name("w1"), name("w2"))
    )
    assert directory.may_write(w1, f"audit:{w1.hex()[:16]}")
    assert not directory.may_write(w1, f"audit:{w3.hex()[:16]}")


@pytest.mark.parametrize(
    ("role", "writes", "holds", "reads"),
    [
        ("steering", ("dir", "ops", "msg:a"), ("dir", "ops", "msg:a", "w:CARD"), ("ops", "msg:a")),
        ("ward", ("dir", "ops", "msg:a", "w:CARD"), ("dir", "ops", "msg:a", "w:CARD"),
         ("ops", "msg:a", "w:CARD")),
        ("relay", ("dir",), ("dir", "ops", "msg:a", "w:CARD"), ()),
        ("viewer", ("dir",), ("dir", "ops"), ("ops",)),
        ("recovery", ("dir",), ("dir", "ops", "msg:a", "w:CARD"), ("ops", "w:CARD")),
    ],
)  # fmt: skip
def test_each_role_has_its_rights_and_no_more(
    role: str, writes: tuple[str, ...], holds: tuple[str, ...], reads: tuple[str, ...]
) -> None:
    """The table of sync.md §6, cell by cell."""
    fleet = Fleet()
    fleet.enrol("s", "s", "steering", root=True)
    fleet.enrol("s", "d", role, *(("CARD",) if role == "ward" else ()), root=True)
    directory, device = fleet.directory(), name("d")
    scopes = ("dir", "ops", "msg:a", "w:CARD")
    assert tuple(s for s in scopes if directory.may_write(device, s)) == writes
    assert tuple(s for s in scopes if directory.may_hold(device, s)) == holds
    assert tuple(s for s in scopes if directory.may_read(device, s)) == reads


def test_a_wards_own_room_is_for_that_ward_and_the_cell() -> None:
    """Patients may be named there, so another ward's kit keeps its bytes and has no key to them."""
    fleet = prepared()
    directory = fleet.directory()
    cards, other = name("w1"), name("w3")
    assert directory.may_read(cards, "msg:unit:CARD")
    assert directory.may_read(name("s1"), "msg:unit:CARD")
    assert not directory.may_read(other, "msg:unit:CARD")
    assert not directory.may_write(other, "msg:unit:CARD")
    assert directory.may_hold(other, "msg:unit:CARD")


def test_a_stranger_enrols_nobody() -> None:
    """Neither a device outside, nor a ward kit, nor a signature by another root, takes a kit in."""
    fleet = prepared()
    fleet.enrol("stranger", "x1", "ward", "CARD")
    fleet.enrol("w1", "x2", "ward", "CARD")
    fleet.enrol("w1", "w1", "steering")
    forged = DeviceEnrolled(device=name("x3"), label="x3", role="steering")
    forged = DeviceEnrolled(
        device=forged.device, label="x3", role="steering",
        root_signature=root_signature(bytes(32), forged.statement(IDENTITY.fleet)),
    )  # fmt: skip
    fleet.said("x3", forged)
    assert [fleet.state(device) for device in ("x1", "x2", "x3")] == ["unknown"] * 3
    assert fleet.directory().members[name("w1")].grant.role == "ward"


def test_a_root_signature_counts_in_its_own_world_only() -> None:
    """An exercise's enrolment cannot be replayed into reality."""
    fleet = Fleet()
    fleet.enrol("s1", "s1", "steering", root=True)
    real = Identity(IDENTITY.root, "REEL")
    assert fleet_id(real.root, real.world) != fleet_id(IDENTITY.root, IDENTITY.world)
    assert not settle(fleet.facts, real.proves).members


def test_a_steering_kit_takes_two_keys() -> None:
    """One steering key proposes, a second distinct one carries; its own voice is none."""
    fleet = prepared()
    proposal = fleet.enrol("s1", "s4", "steering")
    assert fleet.state("s4") == State.PENDING
    assert not fleet.directory().may_hold(name("s4"), "dir")
    fleet.endorse("s4", proposal)
    fleet.endorse("s1", proposal)
    fleet.endorse("w1", proposal)
    assert fleet.state("s4") == State.PENDING
    fleet.endorse("s2", proposal)
    assert fleet.state("s4") == State.MEMBER


def test_agreement_is_to_that_very_proposal() -> None:
    """A key that agreed to one certificate has not agreed to another."""
    fleet = prepared()
    proposal = fleet.enrol("s1", "s4", "steering")
    other = DeviceEnrolled(device=name("s4"), label="s4", role="steering", exchange=name("evil"))
    fleet.endorse("s2", other)
    assert fleet.state("s4") == State.PENDING
    fleet.endorse("s2", proposal)
    assert fleet.directory().members[name("s4")].exchange == name("xs4")


def test_two_kits_cannot_lift_each_other_up() -> None:
    """Nobody vouches for himself, not even in a circle."""
    fleet = prepared()
    a, b = fleet.enrol("b", "a", "steering"), fleet.enrol("a", "b", "steering")
    fleet.endorse("c", a)
    fleet.endorse("c", b)
    fleet.enrol("a", "c", "steering")
    assert {fleet.state(device) for device in "abc"} == {"unknown"}


def test_one_key_revokes_a_ward_kit() -> None:
    """It is out; what it may have written then is kept by right; each feed has its cut."""
    fleet = prepared()
    fleet.revoke("s2", "w1", 7)
    member = fleet.directory().members[name("w1")]
    assert member.state == State.REVOKED
    assert member.cut == {feed_of("w1").hex(): 7}
    assert fleet.directory().may_write(name("w1"), "w:CARD")
    assert not fleet.directory().may_hold(name("w1"), "dir")
    assert not fleet.directory().readers("w:CARD")[1:]


def test_the_lowest_cut_of_two_revocations_counts() -> None:
    """Two steering kits that did not see each other: the minimum, and nothing of a feed unsaid."""
    fleet = prepared()
    fleet.revoke("s1", "w1", 9)
    fleet.revoke("s2", "w1", 4)
    assert fleet.directory().members[name("w1")].cut == {feed_of("w1").hex(): 4}
    fleet.said("s3", DeviceRevoked(device=name("w1"), cut={"other": 3}))
    assert fleet.directory().members[name("w1")].cut == {}


def test_revocation_is_for_good() -> None:
    """A kit that comes back is made anew, with new keys."""
    fleet = prepared()
    fleet.revoke("s1", "w1")
    fleet.enrol("s2", "w1", "ward", "CARD", edition=5)
    assert fleet.state("w1") == State.REVOKED


def test_a_steering_kit_is_put_out_by_two_keys_or_by_the_root() -> None:
    """One key alone, its own included, does not."""
    fleet = prepared()
    fleet.revoke("s1", "s3")
    fleet.revoke("s3", "s3")
    fleet.revoke("w1", "s3")
    assert fleet.state("s3") == State.MEMBER
    fleet.revoke("s2", "s3")
    assert fleet.state("s3") == State.REVOKED
    fleet.revoke("anybody", "s2", root=True)
    assert fleet.state("s2") == State.REVOKED


def test_a_late_revocation_voids_what_came_after_the_cut() -> None:
    """A stolen steering kit enrolled a kit and put another out: both acts fall, data stay."""
    fleet = prepared()
    known = fleet._seq["s1"]
    fleet.enrol("s1", "rogue", "ward", "CARD")
    fleet.revoke("s1", "w3", 0)
    assert (fleet.state("rogue"), fleet.state("w3")) == ("member", "revoked")
    fleet.revoke("s2", "s1", known)
    fleet.revoke("s3", "s1", known)
    assert (fleet.state("rogue"), fleet.state("w3")) == ("unconfirmed", "member")
    directory = fleet.directory()
    assert not directory.may_hold(name("rogue"), "ops")
    assert directory.may_write(name("rogue"), "w:CARD"), "what it wrote stays, to be looked at"
    assert fleet.state("w1") == "member", "what the kit had enrolled before the cut stands"
    fleet.enrol("s2", "rogue", "ward", "CARD")
    assert fleet.state("rogue") == "member"


def test_stolen_keys_that_put_others_out_lose_against_the_root() -> None:
    """Two stolen steering kits remove the third; the root cuts them before that."""
    fleet = prepared()
    known = {device: fleet._seq.get(device, 1) for device in ("s1", "s2")}
    fleet.revoke("s1", "s3", 0)
    fleet.revoke("s2", "s3", 0)
    assert fleet.state("s3") == State.REVOKED
    fleet.revoke("w1", "s1", known["s1"], root=True)
    fleet.revoke("w1", "s2", known["s2"], root=True)
    assert fleet.state("s3") == State.MEMBER


def test_nobody_is_made_less_than_steering_by_one_key() -> None:
    """An enrolment as a ward's kit does not take a steering kit down."""
    fleet = prepared()
    fleet.enrol("s2", "s1", "ward", "CARD", edition=9)
    assert fleet.directory().members[name("s1")].grant.role == "steering"


def test_the_highest_edition_is_in_force_and_old_ones_cannot_be_replayed() -> None:
    """A kit moved to another ward keeps the right to what it wrote; a replay changes nothing."""
    fleet = prepared()
    first = DeviceEnrolled(device=name("w9"), label="w9", role="ward", wards=("CARD",))
    fleet.said("s1", with_root(first))
    fleet.enrol("s1", "w9", "ward", "URG", edition=1, root=True)
    fleet.said("w1", with_root(first))
    member = fleet.directory().members[name("w9")]
    assert member.grant.wards == ("URG",)
    assert fleet.directory().may_write(name("w9"), "w:CARD"), "once"
    assert not fleet.directory().may_read(name("w9"), "w:CARD"), "not now"


def test_an_interim_is_named_by_more_than_half_of_the_ward_kits() -> None:
    """Two of three; it takes kits in and puts them out, and is given no ward."""
    fleet = prepared()
    fleet.vote("w1", "w2")
    fleet.vote("s1", "w2")
    fleet.vote("stranger", "w2")
    assert not fleet.directory().members[name("w2")].interim
    fleet.vote("w3", "w2")
    fleet.enrol("w2", "w4", "ward", "URG")
    fleet.revoke("w2", "w1")
    fleet.enrol("w2", "s9", "steering")
    member = fleet.directory().members[name("w2")]
    assert member.interim
    assert member.steers
    assert fleet.state("w4") == State.MEMBER
    assert fleet.state("w1") == State.REVOKED
    assert fleet.state("s9") != State.MEMBER
    fleet.issue("w2", "w:URG", 5, "w2")
    fleet.issue("w2", "ops", 6, "w2")
    assert [fact.data.kid for fact in fleet.directory().keys] == [6]
    fleet.vote("w3", "w1")
    assert not fleet.directory().members[name("w2")].interim
    assert fleet.state("w4") == State.UNCONFIRMED


def test_the_kits_that_an_interim_takes_in_do_not_vote_it_on() -> None:
    """The electorate is what the root and steering made."""
    fleet = prepared()
    fleet.vote("w1", "w2")
    fleet.vote("w3", "w2")
    for n in range(5):
        fleet.enrol("w2", f"new{n}", "ward", "CARD")
        fleet.vote(f"new{n}", "w2")
    fleet.vote("w1", "w1")
    assert not fleet.directory().members[name("w2")].interim


def test_a_ward_is_opened_by_steering_or_by_two_named_persons_of_it() -> None:
    """One person at a ward kit is not enough; two there, or one order of steering, are."""
    fleet = prepared()
    fleet.open_ward("w1", "CARD", "w3", "Dr Un")
    fleet.open_ward("w3", "CARD", "w3", "Dr Un", "Dr Deux")
    assert not fleet.directory().may_read(name("w3"), "w:CARD")
    fleet.open_ward("w1", "CARD", "w3", "Dr Un", "Dr Deux")
    assert fleet.directory().may_read(name("w3"), "w:CARD")
    assert fleet.directory().may_write(name("w3"), "w:CARD")
    fleet.open_ward("s2", "URG", "w1", "Directeur de garde")
    assert fleet.directory().members[name("w1")].opened == ("URG",)


def test_scope_keys_come_from_steering_or_from_who_reads_the_scope() -> None:
    """A ward kit may hand its own ward's key on, not another's; a relay none."""
    fleet = prepared()
    fleet.enrol("s1", "r", "relay")
    for author, scope, kid in (
        ("s1", "w:CARD", 1), ("w1", "w:CARD", 2), ("w3", "w:CARD", 3), ("r", "ops", 4),
        ("w1", "ops", 5), ("stranger", "ops", 6),
    ):  # fmt: skip
        fleet.issue(author, scope, kid, "w1")
    assert [fact.data.kid for fact in fleet.directory().keys] == [1, 2, 5]


DEVICES = ("s1", "s2", "s3", "s4", "w1", "w2", "w3", "x")
devices = st.sampled_from(DEVICES)
acts = st.one_of(
    st.tuples(st.just("enrol"), devices, devices, st.sampled_from(("ward", "steering"))),
    st.tuples(st.just("endorse"), devices, devices, st.just("")),
    st.tuples(st.just("revoke"), devices, devices, st.integers(0, 6)),
    st.tuples(st.just("root_revoke"), devices, devices, st.integers(0, 6)),
    st.tuples(st.just("vote"), devices, devices, st.just("")),
    st.tuples(st.just("open"), devices, devices, st.just("")),
)


def played(script: list[tuple[str, str, str, object]]) -> Fleet:
    """A fleet to which all this happened."""
    fleet = prepared()
    for what, author, device, extra in script:
        if what == "enrol":
            fleet.enrol(author, device, str(extra), "CARD", edition=1)
        elif what == "endorse":
            fleet.endorse(author, DeviceEnrolled(
                device=name(device), label=device, role="steering", wards=("CARD",),
                exchange=name("x" + device), certificate=b"der", edition=1,
            ))  # fmt: skip
        elif what in ("revoke", "root_revoke"):
            fleet.revoke(author, device, int(str(extra)), root=what == "root_revoke")
        elif what == "vote":
            fleet.vote(author, device)
        else:
            fleet.open_ward(author, "CARD", device, "a", "b")
    return fleet


@given(st.lists(acts, max_size=14), st.randoms(use_true_random=False))
def test_the_directory_depends_on_the_facts_and_not_on_their_order(
    script: list[tuple[str, str, str, object]], chance: random.Random
) -> None:
    """Any order of arrival, and hearing some twice, gives the same directory."""
    fleet = played(script)
    heard = fleet.facts + chance.sample(fleet.facts, k=len(fleet.facts) // 3)
    chance.shuffle(heard)
    assert fleet.directory(heard) == fleet.directory()


@given(st.lists(acts, max_size=14))
def test_steering_never_comes_from_fewer_than_two_keys_or_the_root(
    script: list[tuple[str, str, str, object]],
) -> None:
    """Whatever is signed, each steering kit has the root or two distinct steering kits behind."""
    fleet = played(script)
    directory = fleet.directory()
    for member in directory.steering():
        if member.device in {name("s1"), name("s2"), name("s3")}:
            continue
        backing = {
            fact.author
            for fact in fleet.facts
            if fact.kind in ("device.enrolled", "device.endorsed")
            and fact.data.device == member.device
            and fact.author != member.device
        }
        ever = {
            d for d, m in directory.members.items() if any(g.role == "steering" for g in m.grants)
        }
        assert len(backing & ever) >= 2


def test_two_copies_of_a_steering_kit_each_put_one_out_under_one_number() -> None:
    """A cloned steering kit says two things in one place: both count, in whatever order."""
    fleet = prepared()
    one = fleet.revoke("s1", "w1")
    other = msgspec.structs.replace(fleet.revoke("s1", "w2"), seq=one.seq, lam=one.lam, id8=b"2")
    facts = [*fleet.facts[:-1], other]
    for said in (facts, facts[::-1]):
        members = fleet.directory(said).members
        assert [members[name(w)].state for w in ("w1", "w2")] == [State.REVOKED, State.REVOKED]


def test_an_entry_beside_a_rooted_one_is_not_rooted_by_its_place() -> None:
    fleet = prepared()
    rooted = next(f for f in fleet.facts if f.data.device == name("s1"))
    forged = msgspec.structs.replace(
        rooted,
        data=msgspec.structs.replace(rooted.data, device=name("evil"), root_signature=b""),
        id8=b"2",
    )
    member = fleet.directory([*fleet.facts, forged]).get(name("evil"))
    assert member is None or member.state is State.PENDING
