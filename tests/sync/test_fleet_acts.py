"""What persons decide about the fleet: accepted or refused early, and in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kit.core.command import SENTENCES
from kit.people.person import PersonEnrolled
from kit.sync.fleet import DeviceEndorsed, DeviceEnrolled, DeviceRevoked
from kit.sync.fleet_acts import (
    EndorseDevice,
    EnrolDevice,
    NameInterim,
    OpenAccess,
    RevokeDevice,
)
from kit.sync.fleet_questions import Devices
from kit.sync.sentences import text_of
from tests.sync.fleet_kits import Kit
from tests.sync.fleets import name, with_root

OTHER = EnrolDevice(
    device=name("w9").hex(), label="Cardio 9", role="ward", wards=("CARD",),
    exchange=name("xw9").hex(), certificate="3082",
)  # fmt: skip


@pytest.fixture
def steering(tmp_path: Path) -> Iterator[Kit]:
    """A steering kit of a fleet with two more steering kits and two ward kits."""
    kit = Kit(tmp_path, 1, "")
    kit.record(kit.enrolment("Cellule", "steering"))
    for one, role, ward in (
        ("s2", "steering", ()), ("s3", "steering", ()), ("w1", "ward", ("CARD",)),
        ("w2", "ward", ("URG",)),
    ):  # fmt: skip
        data = DeviceEnrolled(device=name(one), label=one, role=role, wards=ward)
        kit.record(data)
        if role == "steering":
            kit.record(with_root(data))
    yield kit
    kit.db.close()


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Kit]:
    """A ward kit of CARD in a fleet with one steering kit."""
    kit = Kit(tmp_path, 5)
    kit.record(with_root(DeviceEnrolled(device=name("s2"), label="s2", role="steering")))
    kit.record(kit.enrolment("Cardio", "ward", "CARD"))
    kit.record(
        with_root(DeviceEnrolled(device=name("w2"), label="w2", role="ward", wards=("URG",)))
    )
    yield kit
    kit.db.close()


def test_a_steering_kit_takes_a_ward_kit_in(steering: Kit) -> None:
    """It is a member at once; the same again is refused; another ward is a new edition."""
    steering.do(OTHER)
    member = steering.members.directory.members[name("w9")]
    assert member.is_member
    assert member.edition == 0
    assert steering.refusal(OTHER) == "device.already"
    moved = msgspec.structs.replace(OTHER, wards=("URG",))
    steering.do(moved)
    assert steering.members.directory.members[name("w9")].grant.wards == ("URG",)
    assert steering.members.directory.members[name("w9")].edition == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"role": "chef"}, "device.bad_role"),
        ({"wards": ()}, "device.bad_role"),
        ({"role": "relay"}, "device.bad_role"),
        ({"device": "00"}, "device.bad_keys"),
        ({"exchange": ""}, "device.bad_keys"),
        ({"certificate": "zz"}, "device.bad_keys"),
    ],
)
def test_an_enrolment_that_makes_no_sense_is_refused(
    steering: Kit, change: dict[str, object], code: str
) -> None:
    """Before anything is signed."""
    assert steering.refusal(msgspec.structs.replace(OTHER, **change)) == code


def test_a_ward_kit_decides_nothing_of_the_fleet(ward: Kit) -> None:
    """Neither in, nor out, nor agree."""
    assert ward.refusal(OTHER) == "device.not_steering"
    assert ward.refusal(RevokeDevice(device="w2", reason="volé")) == "device.not_steering"
    assert ward.refusal(EndorseDevice(device="w2")) == "device.not_steering"


def test_a_steering_kit_waits_for_a_second_key(steering: Kit) -> None:
    """The person is told; a second kit finds the proposal of the first and agrees to it."""
    decision = steering.do(msgspec.structs.replace(OTHER, role="steering", wards=()))
    assert [notice.code for notice in decision.notices] == ["device.second_key"]
    assert steering.members.directory.members[name("w9")].state == "pending"
    assert steering.refusal(EndorseDevice(device="cardio 9")) == "device.nothing_to_agree"
    proposal = DeviceEnrolled(device=name("s5"), label="s5", role="steering")
    steering.record(proposal)
    # What another kit proposed is what can be agreed to: here its own word is told from a foreign.
    steering.record(DeviceEndorsed(device=proposal.device, digest=proposal.digest))
    assert steering.members.directory.members[name("s5")].state == "pending"


def test_a_revocation_keeps_what_has_arrived_here(steering: Kit) -> None:
    """The cut is how far each of its feeds has come on the kit that revokes."""
    feed = steering.foreign_feed(name("w1"), "w:CARD", 71, 12)
    decision = steering.do(RevokeDevice(device=name("w1").hex()[:16], reason=" volé "))
    revoked = decision.outcomes[0].event
    assert isinstance(revoked, DeviceRevoked)
    assert revoked.cut == {feed.hex(): 12}
    assert revoked.reason == "volé"
    assert steering.members.cut(feed) == 12
    again = msgspec.structs.replace(OTHER, device=name("w1").hex())
    assert steering.refusal(again) == "device.was_revoked"


def test_putting_a_kit_out_takes_a_reason_and_one_kit(steering: Kit) -> None:
    """No reason, an unknown kit, two of one name, the own kit: refused."""
    assert steering.refusal(RevokeDevice(device="w1", reason=" ")) == "device.no_reason"
    assert steering.refusal(RevokeDevice(device="nobody", reason="x")) == "device.unknown"
    assert steering.refusal(RevokeDevice(device="Cellule", reason="x")) == "device.own"
    steering.record(DeviceEnrolled(device=name("w8"), label="W1", role="ward", wards=("URG",)))
    assert steering.refusal(RevokeDevice(device="w1", reason="x")) == "device.several"


def test_one_steering_key_does_not_put_another_out(steering: Kit) -> None:
    """It is recorded, it waits, and the person is told."""
    decision = steering.do(RevokeDevice(device="s2", reason="volé"))
    assert [notice.code for notice in decision.notices] == ["device.second_key"]
    assert steering.members.is_member(name("s2"))


def test_break_glass_takes_two_seniors_on_a_ward_kit(ward: Kit) -> None:
    """Yourself and one more, with accounts; a kit of another ward cannot open this one."""
    ward.record(
        PersonEnrolled(person="p1", name="Dr Un", profession="MED"),
        PersonEnrolled(person="p2", name="Dr Deux", profession="MED"),
        PersonEnrolled(person="p3", name="Aide Trois", profession="AS"),
    )
    ask = OpenAccess(ward="CARD", device="w2", reason="patient transféré")
    assert ward.refusal(ask, "p1") == "access.two_persons"
    assert ward.refusal(ask, "p1", second="p3") == "access.two_persons"
    assert ward.refusal(ask, "p1", second="p1") == "access.two_persons"
    assert not ward.members.directory.may_read(name("w2"), "w:CARD")
    ward.do(ask, "p1", second="p2")
    assert ward.members.directory.may_read(name("w2"), "w:CARD")
    other = OpenAccess(ward="URG", device="w2", reason="x")
    assert ward.refusal(other, "p1", second="p2") == "access.not_ours"


def test_break_glass_on_a_steering_kit_is_an_order(steering: Kit) -> None:
    """One person of the cell, named."""
    steering.do(OpenAccess(ward="CARD", device="w2", reason="plan blanc"), "directeur")
    assert steering.members.directory.members[name("w2")].opened == ("CARD",)
    assert steering.refusal(OpenAccess(ward="CARD", device="w2", reason="")) == "device.no_reason"


def test_ward_kits_vote_and_steering_kits_do_not(ward: Kit, steering: Kit) -> None:
    """A vote while a steering kit is a member says so."""
    decision = ward.do(NameInterim(device="w2", reason="cellule détruite"))
    assert [notice.code for notice in decision.notices] == ["fleet.steering_is_here"]
    assert ward.refusal(NameInterim(device="s2")) == "fleet.not_a_ward_kit"
    assert steering.refusal(NameInterim(device="w1")) == "fleet.not_a_ward_kit"


def test_the_list_of_kits_says_where_each_stands(steering: Kit) -> None:
    """Steering first; who put whom out; what waits."""
    steering.do(OTHER)
    steering.do(RevokeDevice(device="w1", reason="volé"))
    rows = steering.ask(Devices())
    assert [(row.label, row.role, row.state) for row in rows] == [
        ("Cellule", "steering", "member"), ("s2", "steering", "member"),
        ("s3", "steering", "member"), ("Cardio 9", "ward", "member"), ("w1", "ward", "revoked"),
        ("w2", "ward", "member"),
    ]  # fmt: skip
    assert [row.own for row in rows] == [True, False, False, False, False, False]
    assert rows[4].revoked_by == ("Cellule",)
    assert rows[4].reason == "volé"


def test_every_sentence_of_the_fleet_can_be_said() -> None:
    """No code of these rooms ends in the sentence for unknown faults."""
    unknown = text_of("nothing", {})
    codes = [code for code in SENTENCES if code.split(".")[0] in ("device", "fleet", "access")]
    assert len(codes) > 10
    assert not [c for c in codes if text_of(c, {}) == unknown.replace("nothing", c)]
