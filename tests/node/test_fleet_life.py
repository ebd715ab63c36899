"""A fleet over time: a kit is stolen, its entries are looked at, keys turn, a newcomer joins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from kit.core.errors import BadInput, Refused
from kit.node.checking import verify_kit
from kit.node.desk import Ack, Who
from kit.node.fleet import read_set_aside
from kit.node.fleet_joining import device_keys, directory_feeds, join_fleet
from kit.node.heads import HeadTeller
from kit.node.opening import OpenKit, make_kit
from kit.node.settings import Settings
from kit.people.person import PersonEnrolled
from kit.store import vault
from kit.sync.fleet import DeviceRevoked
from kit.sync.founding import Wanted, enrolment
from kit.sync.pairing import Joined, Welcome
from kit.ward.patient import PatientRegistered
from kit.ward.vitals import VitalsRecorded
from tests.node.prepared import CHIEF, MEANS, WORLD, Prepared, carry, desk, meet, record

DOCTOR = Who("P-MED", "Dr Un", "MED", "session")


@pytest.fixture
def kits(tmp_path: Path) -> Iterator[tuple[OpenKit, OpenKit, OpenKit, OpenKit]]:
    """Two steering kits and two kits of CARD."""
    fleet = Prepared(tmp_path, 4, wards=("CARD",))
    with (
        fleet.kit("Pilotage 1") as one, fleet.kit("Pilotage 2") as two,
        fleet.kit("CARD 1") as first, fleet.kit("CARD 2") as second,
    ):  # fmt: skip
        meet(one, two, first, second)
        yield one, two, first, second


def vitals(number: int) -> VitalsRecorded:
    """A set of vitals."""
    return VitalsRecorded(patient="P1", at=MEANS.clock(), values={"hr": "70"}, note=f"V{number}")


def shown(kit: OpenKit) -> list[str]:
    """The sets that a kit's tables show."""
    return [note for (note,) in kit.db.rows("select note from vitals order by 1")]


def revoke(kit: OpenKit, label: str) -> None:
    """Put a kit out, as a person does, with what follows from it."""
    done = desk(kit).do("device.revoke", {"device": label, "reason": "volé"}, CHIEF)
    assert isinstance(done, Ack), done
    kit.membership.settle(kit.clock())


def test_what_a_stolen_kit_writes_is_set_aside_and_taken_over(
    kits: tuple[OpenKit, OpenKit, OpenKit, OpenKit],
) -> None:
    """Known entries stay, later ones wait, a clinician's word brings them back on every kit."""
    one, two, first, stolen = kits
    record(stolen, vitals(1))
    meet(*kits)
    revoke(one, "CARD 2")
    record(stolen, vitals(2), vitals(3))
    carry(stolen, first)
    meet(one, two, first)
    assert shown(first) == ["V1"]
    waiting = read_set_aside(desk(first), "CARD")
    assert [row["data"]["note"] for row in waiting] == ["V2", "V3"]
    done = desk(first).do("device.adopt", {"entries": [waiting[0]["entry"]]}, DOCTOR)
    assert isinstance(done, Ack), done
    first.membership.settle(first.clock())
    assert shown(first) == ["V1", "V2"]
    assert [row["data"]["note"] for row in read_set_aside(desk(first))] == ["V3"]
    assert carry(first, stolen) == set(), "nothing is offered to a kit that was put out"
    assert stolen.membership.members.directory.get(stolen.membership.device) is not None


def test_keys_turn_when_a_kit_is_put_out(kits: tuple[OpenKit, OpenKit, OpenKit, OpenKit]) -> None:
    """What is written afterwards is under a key that the stolen kit never had; who stays reads."""
    one, two, first, stolen = kits
    before = first.log.keyring.current("w:CARD").kid
    revoke(one, "CARD 2")
    meet(one, two, first)
    after = first.log.keyring.current("w:CARD")
    assert after.kid != before
    assert stolen.log.keyring.find("w:CARD", after.kid) is None
    assert one.log.keyring.find("w:CARD", after.kid) is None, "steering made it and kept it not"
    assert two.log.keyring.current("ops").kid == one.log.keyring.current("ops").kid
    record(first, vitals(9))
    raw = first.log.entries.raw(record(first, vitals(10))[0])
    assert raw is not None
    # Even were the bytes brought to it, the stolen kit has no key for them.
    row = next(r for r in first.log.feeds.by_number.values() if r.own and r.scope == "w:CARD")
    for feed in ("dir", "w:CARD"):
        for source in first.log.feeds.by_number.values():
            if source.scope == feed and source.own:
                raws = first.membership.replica.run(source.name, 0)
                stolen.membership.replica.take(b"", source.name, raws)
    assert row.seq > 2
    assert "V9" not in shown(stolen)


@contextmanager
def a_lone_kit(folder: Path, world: str = WORLD) -> Iterator[OpenKit]:
    """A kit that was made alone, with one account."""
    settings = Settings(
        capsule="ward", hospital="Ailleurs", ward="NEPH", world=world, label="Neph", fleet_root=b""
    )
    kit, _words = make_kit(folder, settings, cost=vault.TEST_ONLY, clock=MEANS.clock, ballast=4096)
    record(kit, PersonEnrolled(person="P7", name="IDE Sept", profession="IDE", pin="x"))
    try:
        yield kit
    finally:
        kit.close()


def welcomed(host: OpenKit, guest: OpenKit, *, enrol: bool = True, **change: object) -> Joined:
    """What a host gives to a kit, as pairing brings it."""
    if enrol:
        record(host, enrolment(Wanted("NEPH 1", "ward", ("NEPH",)), device_keys(guest.membership)))
        host.membership.settle(host.clock())
    welcome = Welcome(
        host.settings.fleet_root, host.settings.world, host.settings.hospital, "NEPH 1", "ward",
        ("NEPH",), host.membership.device, b"", 1,
    )  # fmt: skip
    return Joined(msgspec.structs.replace(welcome, **change), directory_feeds(host))


def test_a_kit_that_stood_alone_enters_a_fleet(
    kits: tuple[OpenKit, OpenKit, OpenKit, OpenKit], tmp_path: Path
) -> None:
    """Its accounts come along, its fleet of one is left; it exchanges, verifies and opens again."""
    one = kits[0]
    with a_lone_kit(tmp_path / "alone") as kit:
        assert join_fleet(kit, welcomed(one, kit)) is None
        assert kit.membership.is_enrolled
        assert kit.settings.hospital == "CH d'essai"
        assert kit.settings.ward == "NEPH"
        assert kit.log.device.fleet == one.log.device.fleet
        record(kit, vitals(5))
        meet(*kits, kit)
        assert one.db.row("select name from person where id='P7'") == ("IDE Sept",)
        assert shown(kit) == ["V5"]
        assert verify_kit(kit)["ok"]
        assert kit.rollback is None
        assert not kit.db.row("select 1 from kit where name='root_seed'")


def test_a_kit_with_patients_stays_where_it_is(
    kits: tuple[OpenKit, OpenKit, OpenKit, OpenKit], tmp_path: Path
) -> None:
    """Another fleet could not read them: refused, and nothing of it changes."""
    with a_lone_kit(tmp_path / "alone") as kit:
        record(kit, PatientRegistered(patient="P1", birth_family="LEFÈVRE", birth_given="Noémie"))
        before = kit.db.rows("select n, raw from event")
        refused = join_fleet(kit, welcomed(kits[0], kit))
        assert refused == Refused("pairing.has_patients")
        assert kit.db.rows("select n, raw from event") == before


def test_a_false_welcome_changes_nothing(
    kits: tuple[OpenKit, OpenKit, OpenKit, OpenKit], tmp_path: Path
) -> None:
    """Another world, a giver that does not steer, a directory that does not name this kit."""
    one, _two, ward, _other = kits
    with a_lone_kit(tmp_path / "alone") as kit:
        before = kit.db.rows("select n, raw from event")
        assert join_fleet(kit, welcomed(one, kit, enrol=False, world="REEL")) == Refused(
            "pairing.other_world"
        )
        for joined in (
            welcomed(one, kit, enrol=False),
            welcomed(ward, kit, enrol=True),
            welcomed(one, kit, enrol=False, root=bytes(32)),
        ):
            with pytest.raises(BadInput, match=r"SYN-11[78]"):
                join_fleet(kit, joined)
        good = welcomed(one, kit)
        feed = good.feeds[0]
        broken = (
            *feed.raws[:-1],
            feed.raws[-1][:70] + bytes([feed.raws[-1][70] ^ 1]) + feed.raws[-1][71:],
        )
        spoilt = msgspec.structs.replace(
            good, feeds=(msgspec.structs.replace(feed, raws=broken), *good.feeds[1:])
        )
        with pytest.raises(BadInput, match="SYN-117"):
            join_fleet(kit, spoilt)
        assert kit.db.rows("select n, raw from event") == before


def test_a_ward_is_opened_to_another_wards_kit_and_the_log_says_so(tmp_path: Path) -> None:
    """An order of steering; whoever holds the ward hands the key on; history is read."""
    fleet = Prepared(tmp_path, 4, wards=("CARD", "URG"))
    with (
        fleet.kit("Pilotage 1") as chief, fleet.kit("CARD 1") as ward, fleet.kit("URG 1") as other,
    ):  # fmt: skip
        record(ward, vitals(1))
        meet(chief, ward, other)
        assert shown(other) == []
        args = {"ward": "CARD", "device": "URG 1", "reason": "service évacué"}
        done = desk(chief).do("access.open", args, CHIEF_OF_CELL)
        assert isinstance(done, Ack), done
        meet(chief, ward, other)
        assert shown(other) == ["V1"]
        assert "w:CARD" not in chief.log.keyring.scopes(), "who orders it does not read it"
        rows = desk(ward).ask("fleet.devices", {}, CHIEF)
        assert next(row for row in rows if row.label == "URG 1").opened == ("CARD",)


CHIEF_OF_CELL = Who("P-DIR", "Directrice", "DIR", "session")


def test_ward_kits_name_one_that_coordinates(tmp_path: Path) -> None:
    """No steering kit is left: two of three name one; it takes a kit in, and is given no ward."""
    fleet = Prepared(tmp_path, 5, wards=("CARD", "URG", "NEPH"))
    with (
        fleet.kit("CARD 1") as one, fleet.kit("URG 1") as two, fleet.kit("NEPH 1") as three,
        a_lone_kit(tmp_path / "alone") as new,
    ):  # fmt: skip
        meet(one, two, three)
        for kit in (two, three):
            done = desk(kit).do("fleet.vote", {"device": "CARD 1"}, DOCTOR)
            assert isinstance(done, Ack), done
        meet(one, two, three)
        mine = one.membership.members.directory.members[one.membership.device]
        assert mine.interim
        keys = device_keys(new.membership)
        enrolled = desk(one).do(
            "device.enrol",
            {
                "device": keys.public.hex(), "label": "Renfort", "role": "ward",
                "wards": ["REA"], "exchange": keys.exchange.hex(),
                "certificate": keys.certificate.hex(),
            },
            CHIEF,
        )  # fmt: skip
        assert isinstance(enrolled, Ack), enrolled
        one.membership.settle(one.clock())
        meet(one, two, three)
        assert two.membership.members.is_member(keys.public)
        assert not {"w:URG", "w:NEPH", "w:REA"} & set(one.log.keyring.scopes())


def test_entries_that_were_told_of_and_did_not_arrive_are_counted(
    kits: tuple[OpenKit, OpenKit, OpenKit, OpenKit],
) -> None:
    """A ward kit tells where it stands; steering sees what is missing, then that nothing is."""
    one, _two, first, _second = kits
    told = desk(first)
    teller = HeadTeller(told)
    record(first, vitals(1), vitals(2))
    teller.tick(0)
    teller.tick(300_000)
    carried = [row for row in first.log.feeds.by_number.values() if row.own and row.scope == "dir"]
    for row in carried:
        raws = first.membership.replica.run(row.name, 0)
        one.membership.replica.take(first.membership.device, row.name, raws)
    rows = desk(one).ask("fleet.devices", {}, CHIEF)
    assert next(row for row in rows if row.label == "CARD 1").unseen == 3
    carry(first, one)
    rows = desk(one).ask("fleet.devices", {}, CHIEF)
    assert next(row for row in rows if row.label == "CARD 1").unseen == 0
    count = len(first.membership.replica.run(carried[0].name, 0))
    teller.tick(301_000)
    teller.tick(700_000)
    assert len(first.membership.replica.run(carried[0].name, 0)) == count, (
        "nothing new, nothing told"
    )


def test_a_crisis_cell_that_founds_a_fleet_is_given_no_ward(tmp_path: Path) -> None:
    """A ward kit that stands alone is its own fleet's founder and its ward's kit; a cell is not."""
    with a_lone_kit(tmp_path / "ward") as ward:
        assert ward.membership.members.directory.may_read(ward.membership.device, "w:NEPH")
    settings = Settings(
        capsule="steering", hospital="CHU", ward="", world=WORLD, label="Cellule", fleet_root=b""
    )
    cell, _words = make_kit(
        tmp_path / "cell", settings, cost=vault.TEST_ONLY, clock=MEANS.clock, ballast=4096
    )
    assert not cell.membership.members.directory.may_read(cell.membership.device, "w:NEPH")
    assert cell.membership.members.directory.may_hold(cell.membership.device, "w:NEPH")
    cell.close()


def test_a_kit_that_dropped_to_unconfirmed_hears_that_it_is_confirmed_again(
    tmp_path: Path,
) -> None:
    """Whoever enrolled it is revoked from before that; another steering kit confirms it."""
    fleet = Prepared(tmp_path, 5, steering=3, wards=("CARD",))
    with (
        fleet.kit("Pilotage 1") as stolen, fleet.kit("Pilotage 2") as two,
        fleet.kit("Pilotage 3") as three, fleet.kit("CARD 1") as ward,
        a_lone_kit(tmp_path / "alone") as new,
    ):  # fmt: skip
        meet(stolen, two, three, ward)
        known = {row.name.hex(): row.seq for row in two.log.feeds.by_number.values() if row.seq}
        join_fleet(new, welcomed(stolen, new))
        record(new, vitals(1))
        meet(stolen, two, three, ward, new)
        cut = {
            feed: seq for feed, seq in known.items()
            if (row := two.log.feeds.get(bytes.fromhex(feed))) is not None
            and row.device == stolen.membership.device
        }  # fmt: skip
        for kit in (two, three):
            record(kit, DeviceRevoked(device=stolen.membership.device, cut=cut, reason="volé"))
        meet(two, three, ward, new)
        states = [kit.membership.members.directory.members for kit in (two, new)]
        assert [str(one[new.membership.device].state) for one in states] == ["unconfirmed"] * 2
        assert shown(new) == ["V1"], "its carers go on seeing what they wrote"
        keys = device_keys(new.membership)
        again = {
            "device": keys.public.hex(), "label": "NEPH 1", "role": "ward", "wards": ["NEPH"],
            "exchange": keys.exchange.hex(), "certificate": keys.certificate.hex(),
        }  # fmt: skip
        done = desk(two).do("device.enrol", again, CHIEF)
        assert isinstance(done, Ack), done
        two.membership.settle(two.clock())
        meet(two, three, ward, new)
        assert new.membership.is_enrolled
