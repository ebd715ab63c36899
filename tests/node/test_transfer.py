"""A patient changes ward: the record comes along, the ward's key does not, signatures hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.core.errors import Refused
from kit.node.checking import verify_kit
from kit.node.desk import Ack, Who
from kit.node.opening import OpenKit
from kit.node.transfer import Sending, send_record, sending_steps
from kit.node.work import Sliced
from kit.store.disclosure import Disclosure
from kit.sync.fleet import DeviceRevoked
from kit.sync.transfer_list import RecordRow
from kit.ward.patient import PatientRegistered
from kit.ward.place import Bed, WardDescribed
from kit.ward.stay import StayOpened
from kit.ward.vitals import VitalsRecorded
from tests.node.prepared import MEANS, Prepared, desk, meet, record

DOCTOR = Who("P-MED", "Dr Un", "MED", "session")
Three = tuple[OpenKit, OpenKit, OpenKit]


@pytest.fixture
def kits(tmp_path: Path) -> Iterator[Three]:
    """A steering kit, a kit of CARD with two patients, a kit of URG."""
    fleet = Prepared(tmp_path, 4, wards=("CARD", "URG"))
    with (
        fleet.kit("Pilotage 1") as chief, fleet.kit("CARD 1") as ward, fleet.kit("URG 1") as other,
    ):  # fmt: skip
        for patient in ("P1", "P2"):
            record(
                ward,
                PatientRegistered(patient=patient, birth_family="LEFÈVRE", birth_given="Noémie"),
                VitalsRecorded(patient=patient, at=MEANS.clock(), values={"hr": "71"}),
            )
        meet(chief, ward, other)
        yield chief, ward, other


def patients(kit: OpenKit) -> list[str]:
    """The patients that a kit's tables show."""
    return [name for (name,) in kit.db.rows("select distinct patient from vitals order by 1")]


def test_the_record_of_one_patient_reaches_the_other_ward(kits: Three) -> None:
    """That patient's entries, readable and signed by who wrote them; nobody else's, and no key."""
    chief, ward, other = kits
    sent = send_record(desk(ward), "P1", "URG", DOCTOR)
    assert not isinstance(sent, Refused)
    assert sent["entries"] == 3, "with the word that it was sent"
    meet(chief, ward, other)
    other.membership.settle(other.clock())
    assert patients(other) == ["P1"]
    assert patients(chief) == []
    assert "w:CARD" not in other.log.keyring.scopes()
    row = other.db.row("select device from feed f join disclosed d on f.n = d.n>>32")
    assert row == (ward.membership.device,)
    assert verify_kit(other)["ok"], "a rebuild shows the same"


def test_a_record_that_came_may_be_sent_on(kits: Three) -> None:
    """The third ward gets what the first wrote and what the second added."""
    chief, ward, other = kits
    send_record(desk(ward), "P1", "URG", DOCTOR)
    meet(chief, ward, other)
    other.membership.settle(other.clock())
    record(other, VitalsRecorded(patient="P1", at=MEANS.clock() + 1, values={"hr": "80"}))
    back = send_record(desk(other), "P1", "CARD", DOCTOR)
    assert not isinstance(back, Refused)
    assert back["entries"] == 5
    meet(chief, ward, other)
    ward.membership.settle(ward.clock())
    assert ward.db.row("select count(*) from vitals where patient='P1'") == (2,)
    assert verify_kit(ward)["ok"]


def test_a_ward_that_is_opened_later_meets_what_it_has_already(kits: Three) -> None:
    """The whole feed comes after single entries of it: nothing twice, nothing lost."""
    chief, ward, other = kits
    send_record(desk(ward), "P1", "URG", DOCTOR)
    meet(chief, ward, other)
    other.membership.settle(other.clock())
    director = Who("P-DIR", "Directrice", "DIR", "session")
    args = {"ward": "CARD", "device": "URG 1", "reason": "évacué"}
    desk(chief).do("access.open", args, director)
    meet(chief, ward, other)
    assert patients(other) == ["P1", "P2"]
    assert other.db.row("select count(*) from vitals") == (2,)
    assert verify_kit(other)["ok"]


def test_nothing_is_sent_where_nobody_could_read_it(kits: Three) -> None:
    """A ward without a kit, the own ward, an unknown patient: refused in words."""
    _chief, ward, _other = kits
    for patient, to, code in (
        ("P1", "NEPH", "transfer.no_kit"), ("P1", "CARD", "transfer.own_ward"),
        ("P9", "URG", "transfer.nothing"),
    ):  # fmt: skip
        refused = send_record(desk(ward), patient, to, DOCTOR)
        assert isinstance(refused, Refused)
        assert refused.code == code


def test_what_was_not_signed_by_its_author_is_left_out(kits: Three) -> None:
    """A forged entry, a wrong key, a foreign feed, an entry past a cut."""
    chief, ward, other = kits
    giver = Disclosure(ward.log, ward.membership.members)
    taker = Disclosure(other.log, other.membership.members)
    n = next(
        (row.n << 32) + 2 for row in ward.log.feeds.by_number.values()
        if row.own and row.scope == "w:CARD"
    )  # fmt: skip
    opening, found = giver.opening(n), giver.disclose(n)
    assert opening is not None
    assert found is not None
    raw, key = found
    forged = bytes([raw[0] ^ 1]) + raw[1:]
    with other.log.transaction():
        assert taker.take(opening, [(forged, key), (raw, bytes(32)), (b"", key)]) == 0
        assert taker.take(bytes([opening[0] ^ 1]) + opening[1:], [(raw, key)]) == 0
    record(chief, DeviceRevoked(device=ward.membership.device, cut={}, reason="volé"))
    meet(chief, other)
    with other.log.transaction():
        assert taker.take(opening, [(raw, key)]) == 0


def stays(kit: OpenKit) -> list[tuple[str, str, str]]:
    """Who lies where, as a kit's tables show it."""
    return kit.db.rows("select patient, ward, bed from stay where closed=0 order by 1")


@pytest.fixture
def lying(kits: Three) -> Three:
    """The same, with a bed for the first patient, and wards that all know."""
    chief, ward, other = kits
    record(
        ward,
        WardDescribed(ward="CARD", name="Cardiologie", beds=(Bed("C01"), Bed("C02"))),
        StayOpened(stay="S1", patient="P1", ward="CARD", bed="C01"),
    )
    record(other, WardDescribed(ward="URG", name="Urgences", beds=(Bed("U1"), Bed("U2"))))
    meet(chief, ward, other)
    return kits


def listed(kit: OpenKit, **how: object) -> list[RecordRow]:
    """What a kit says of records on their way."""
    rows: list[RecordRow] = desk(kit).ask("record.list", how, DOCTOR)
    return rows


def send(kit: OpenKit, ask: Sending) -> object:
    """Send as the screen does."""
    return Sliced("transfer", sending_steps(desk(kit), ask, DOCTOR)).drain()


def arrive(kits: Three) -> None:
    """What was sent reaches the other ward, and its receipt comes back."""
    meet(*kits)
    kits[2].membership.settle(kits[2].clock())
    meet(*kits)


def test_the_patient_moves_with_the_record_in_one_commit(lying: Three) -> None:
    """The bed is free here, the other ward has the patient without a bed until it gives one."""
    _chief, ward, other = lying
    sent = send(ward, Sending("P1", "URG", move=True, told="Mme Roy"))
    assert not isinstance(sent, Refused)
    assert stays(ward) == [("P1", "URG", "")]
    assert [(row.received, row.arrived) for row in listed(ward)] == [((), 0)]
    arrive(lying)
    assert stays(other) == [("P1", "URG", "")]
    moved = desk(other).do("stay.move", {"patient": "P1", "ward": "URG", "bed": "U2"}, DOCTOR)
    assert isinstance(moved, Ack)
    assert stays(other) == [("P1", "URG", "U2")]
    assert verify_kit(other)["ok"]


def test_the_ward_that_sends_sees_that_it_arrived_and_who_says_so(lying: Three) -> None:
    """First the kit that opened it, by itself; then a person of the ward that receives."""
    _chief, ward, other = lying
    send(ward, Sending("P1", "URG", move=True, told="Mme Roy"))
    arrive(lying)
    (here,) = listed(ward, patient="P1")
    assert [one.label for one in here.received] == ["URG 1"]
    assert (here.incoming, here.arrived, here.told) == (False, 0, "Mme Roy")
    (there,) = listed(other, open=True)
    assert (there.incoming, there.family, there.source_name) == (True, "LEFÈVRE", "Cardiologie")
    ask = {"parcel": there.parcel}
    refused = desk(ward).do("record.welcome", ask, DOCTOR)
    assert isinstance(refused, Refused)
    assert refused.code == "transfer.other_ward"
    assert isinstance(desk(other).do("record.welcome", ask, DOCTOR), Ack)
    assert listed(other, open=True) == []
    meet(*lying)
    assert listed(ward)[0].arrived


def test_steering_learns_of_a_transfer_and_of_no_patient(lying: Three) -> None:
    """Receipts name a parcel and a ward; whose record it was stays in the two wards."""
    chief, ward, _other = lying
    send(ward, Sending("P1", "URG", move=True))
    arrive(lying)
    assert listed(chief) == []
    assert chief.db.row("select count(*) from record_receipt") == (1,)
    read = [found[1] for _n, found in chief.log.entries.readings() if isinstance(found, tuple)]
    assert any(type(event).__name__ == "RecordReceived" for event in read)
    assert not [event for event in read if getattr(event, "patient", "")]
    assert "LEFÈVRE" not in repr(read)


def test_what_is_written_after_the_patient_left_is_kept_and_sent_after(lying: Three) -> None:
    """A late note of the ward that sent is its own entry, and goes along in a second parcel."""
    _chief, ward, other = lying
    send(ward, Sending("P1", "URG", move=True))
    arrive(lying)
    late = {"patient": "P1", "values": {"hr": "99"}}
    assert isinstance(desk(ward).do("vitals.record", late, DOCTOR), Ack)
    meet(*lying)
    assert other.db.row("select count(*) from vitals where patient='P1'") == (1,)
    assert "w:URG" not in {row.scope for row in ward.log.feeds.by_number.values() if row.own}
    again = send(ward, Sending("P1", "URG", move=True))
    assert not isinstance(again, Refused)
    arrive(lying)
    assert other.db.row("select count(*) from vitals where patient='P1'") == (2,)
    assert stays(other) == [("P1", "URG", "")]


def test_what_is_written_while_the_record_is_read_goes_along(lying: Three) -> None:
    """The last look is taken in the slice that sends."""
    _chief, ward, other = lying
    found = sending_steps(desk(ward), Sending("P1", "URG"), DOCTOR)
    record(ward, *(VitalsRecorded(patient="P2", at=i, values={"hr": "60"}) for i in range(900)))
    next(found)
    record(ward, VitalsRecorded(patient="P1", at=MEANS.clock(), values={"hr": "55"}))
    Sliced("transfer", found).drain()
    arrive(lying)
    assert other.db.row("select count(*) from vitals where patient='P1'") == (2,)


def test_a_power_cut_leaves_the_patient_in_the_bed(
    lying: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moved and sent, or neither."""
    _chief, ward, _other = lying

    def cut(*_any: object) -> None:
        raise OSError

    monkeypatch.setattr("kit.node.transfer.packed", cut)
    with pytest.raises(OSError):  # noqa: PT011  (our own)
        send(ward, Sending("P1", "URG", move=True))
    assert stays(ward) == [("P1", "CARD", "C01")]
    assert listed(ward) == []


def test_a_move_that_is_refused_sends_nothing(lying: Three) -> None:
    """Nobody without a stay is moved; a nurse's aide may not."""
    _chief, ward, _other = lying
    refused = send(ward, Sending("P2", "URG", move=True))
    assert isinstance(refused, Refused)
    assert refused.code == "stay.not_here"
    assert ward.db.row("select count(*) from sent_record") == (0,)
