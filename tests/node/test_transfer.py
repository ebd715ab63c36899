"""A patient changes ward: the record comes along, the ward's key does not, signatures hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.core.errors import Refused
from kit.node.checking import verify_kit
from kit.node.desk import Who
from kit.node.opening import OpenKit
from kit.node.transfer import send_record
from kit.store.disclosure import Disclosure
from kit.sync.fleet import DeviceRevoked
from kit.ward.patient import PatientRegistered
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
    assert sent["entries"] == 2
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
    assert back["entries"] == 3
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
