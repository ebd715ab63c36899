"""Scope keys: sealed to who may read, turned when a kit goes, handed on by who holds them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.core.envelope import key_number
from kit.sync.fleet import Box, DeviceEnrolled, DeviceRevoked, ScopeKeyIssued
from kit.sync.fleet_acts import RevokeDevice
from kit.sync.fleet_keys import (
    BOXES_IN_ENTRY,
    due_boxes,
    due_rotations,
    issue,
    missing_scopes,
    opened_keys,
)
from kit.sync.fleet_questions import Devices
from kit.sync.sealing import exchange_public
from tests.sync.fleet_kits import Kit
from tests.sync.fleets import name, with_root

OPS, CARD = bytes([7] * 32), bytes([8] * 32)
WARD_SEED, OTHER_SEED = bytes([50] * 32), bytes([51] * 32)


def enrolled(text: str, seed: bytes, role: str = "ward", *wards: str) -> DeviceEnrolled:
    """A member with an exchange key."""
    data = DeviceEnrolled(
        device=name(text), label=text, role=role, wards=wards, exchange=exchange_public(seed)
    )
    return with_root(data)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A steering kit; ward kits w1, w2 of CARD; keys of `ops` and of the ward are out."""
    kit = Kit(tmp_path, 1, "")
    kit.record(kit.enrolment("Cellule", "steering"))
    kit.record(enrolled("w1", WARD_SEED, "ward", "CARD"))
    kit.record(enrolled("w2", OTHER_SEED, "ward", "CARD"))
    directory = kit.members.directory
    kit.record(*issue("ops", OPS, directory.readers("ops")))
    kit.record(*issue("w:CARD", CARD, directory.readers("w:CARD")))
    yield kit
    kit.db.close()


def keys_of(kit: Kit, text: str, seed: bytes) -> dict[str, list[bytes]]:
    """What a device finds in its boxes, by scope."""
    found: dict[str, list[bytes]] = {}
    for one in opened_keys(kit.members.directory, name(text), seed):
        found.setdefault(one.scope, []).append(one.key)
    return found


def test_each_kit_opens_its_own_boxes_and_no_other(kit: Kit) -> None:
    """Steering made the ward's key and cannot open a box of it; a ward kit can."""
    mine = opened_keys(kit.members.directory, kit.public, kit.exchange_seed)
    assert [(key.scope, key.key) for key in mine] == [("ops", OPS)]
    assert keys_of(kit, "w1", WARD_SEED) == {"ops": [OPS], "w:CARD": [CARD]}
    assert keys_of(kit, "w1", OTHER_SEED) == {}


def test_a_box_that_does_not_hold_its_key_is_none(kit: Kit) -> None:
    """A false issue cannot put another key in the place of one."""
    from kit.sync.sealing import seal

    number = key_number(bytes([9] * 32))
    box = Box(name("w1"), seal(exchange_public(WARD_SEED), bytes([10] * 32)))
    kit.record(ScopeKeyIssued(scope="msg:a", kid=number, boxes=(box,)))
    kit.record(ScopeKeyIssued(scope="msg:a", kid=number, boxes=(Box(name("w1"), b"noise"),)))
    assert "msg:a" not in keys_of(kit, "w1", WARD_SEED)


def test_known_keys_are_not_opened_again(kit: Kit) -> None:
    """Each box costs; a kit asks for what it lacks."""
    known = {("ops", key_number(OPS))}
    found = opened_keys(kit.members.directory, name("w1"), WARD_SEED, known)
    assert [key.scope for key in found] == ["w:CARD"]


def test_a_revoked_kit_is_not_sealed_the_next_key(kit: Kit) -> None:
    """Every scope that it could read is turned, by the kit that put it out; history stays."""
    assert due_rotations(kit.members.directory, kit.public) == []
    kit.do(RevokeDevice(device="w1", reason="volé"))
    assert due_rotations(kit.members.directory, kit.public) == ["ops", "w:CARD"]
    for scope, key in (("ops", bytes([17] * 32)), ("w:CARD", bytes([18] * 32))):
        kit.record(*issue(scope, key, kit.members.directory.readers(scope)))
    assert due_rotations(kit.members.directory, kit.public) == []
    assert keys_of(kit, "w1", WARD_SEED) == {"ops": [OPS], "w:CARD": [CARD]}
    new = keys_of(kit, "w2", OTHER_SEED)
    assert new == {"ops": [OPS, bytes([17] * 32)], "w:CARD": [CARD, bytes([18] * 32)]}


def test_the_turned_key_sorts_after_the_one_before(kit: Kit) -> None:
    """Whoever writes next takes the latest issue."""
    kit.do(RevokeDevice(device="w1", reason="volé"))
    kit.record(*issue("ops", bytes([17] * 32), kit.members.directory.readers("ops")))
    found = list(opened_keys(kit.members.directory, name("w2"), OTHER_SEED))
    order = sorted((key for key in found if key.scope == "ops"), key=lambda key: key.issued)
    assert [key.key for key in order] == [OPS, bytes([17] * 32)]
    # A further box of the old key does not bring it back into force.
    kit.record(enrolled("w5", WARD_SEED, "ward", "URG"))
    kit.record(*issue("ops", OPS, [kit.members.directory.members[name("w5")]]))
    again = list(opened_keys(kit.members.directory, name("w2"), OTHER_SEED))
    assert again == found


def test_steering_that_made_a_ward_key_hands_out_only_what_is_its_own(kit: Kit) -> None:
    """A newcomer gets `ops` from steering and its ward's key from a kit of that ward."""
    kit.record(enrolled("w3", bytes([60] * 32), "ward", "CARD"))
    held = [("ops", key_number(OPS), OPS), ("w:CARD", key_number(CARD), CARD)]
    by_steering = due_boxes(kit.members.directory, kit.public, held)
    by_ward = due_boxes(kit.members.directory, name("w1"), held)
    assert [(one.scope, [box.device for box in one.boxes]) for one in by_steering] == [
        ("ops", [name("w3")])
    ]
    assert [(one.scope, [box.device for box in one.boxes]) for one in by_ward] == [
        ("w:CARD", [name("w3")])
    ]
    assert due_boxes(kit.members.directory, name("stranger"), held) == []
    kit.record(*by_steering, *by_ward)
    assert not due_boxes(kit.members.directory, kit.public, held)
    assert not due_boxes(kit.members.directory, name("w1"), held)


def test_a_key_of_the_own_making_goes_to_all_readers(kit: Kit) -> None:
    """A room, or an access log, that is written for the first time."""
    key = bytes([30] * 32)
    audit = f"audit:{name('w1').hex()[:16]}"
    held = [("msg:garde", key_number(key), key), (audit, key_number(key), key)]
    due = due_boxes(kit.members.directory, name("w1"), held)
    boxes = {one.scope: sorted(box.device for box in one.boxes) for one in due}
    assert boxes == {
        "msg:garde": sorted((kit.public, name("w1"), name("w2"))), audit: [name("w1")],
    }  # fmt: skip


def test_who_may_not_turn_a_key_is_not_asked_to(kit: Kit) -> None:
    """A ward kit turns nothing; a steering kit leaves it to the one that put the kit out."""
    kit.record(enrolled("s2", bytes([61] * 32), "steering"))
    kit.do(RevokeDevice(device="w1", reason="volé"))
    assert due_rotations(kit.members.directory, name("w2")) == []
    assert due_rotations(kit.members.directory, name("s2")) == []


def test_a_large_fleet_takes_several_entries() -> None:
    """A thousand kits: each entry stays far below 64 KiB."""
    from kit.core.envelope import RAW_LIMIT, encode_data
    from kit.sync.authority import Grant, Member, State

    readers = [
        Member(
            name(str(n)), str(n), Grant("ward", ("CARD",)), State.MEMBER,
            exchange=exchange_public(name(f"x{n}")),
        )
        for n in range(2 * BOXES_IN_ENTRY + 1)
    ]  # fmt: skip
    events = issue("ops", OPS, readers)
    assert len(events) == 3
    assert max(len(encode_data(event)) for event in events) < RAW_LIMIT - 1024
    assert sum(len(event.boxes) for event in events) == len(readers)


def test_scopes_without_a_key_are_named(kit: Kit) -> None:
    """What a new steering kit still has to make; a scope that nobody reads needs none."""
    assert missing_scopes(kit.members.directory, ("ops", "msg:a", "w:CARD", "w:VIDE")) == ["msg:a"]


def test_the_list_says_who_still_waits_for_a_key(kit: Kit) -> None:
    """A kit of the ward that joined today reads nothing until somebody hands the key on."""
    kit.record(enrolled("w3", bytes([60] * 32), "ward", "CARD"))
    rows = {row.label: row for row in kit.ask(Devices())}
    assert rows["w3"].keyless == ("ops", "w:CARD")
    assert rows["w1"].keyless == ()


def test_a_void_issue_gives_no_key(kit: Kit) -> None:
    """What a stolen ward kit issues past its cut is not opened."""
    kit.record(DeviceRevoked(device=name("w1"), cut={}))
    facts = kit.members.directory.keys
    assert {fact.author for fact in facts} == {kit.public}
