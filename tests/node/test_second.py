"""Acts of two persons: the second one's own PIN, or a reason that stands in the fleet's journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kit.node.opening import OpenKit
from kit.node.service import Node
from kit.people.person import PersonEnrolled
from kit.store import vault
from kit.store.pin import pin_verifier
from kit.sync.fleet import DeviceEnrolled
from tests.node.kits import OPENED
from tests.node.prepared import MEANS, Prepared, meet, record

PIN, OTHER = "2468", "1357"


class Place:
    """A node over a kit of the fleet, with people who have accounts there."""

    def __init__(self, kit: OpenKit, *people: tuple[str, str]) -> None:
        record(
            kit,
            *(
                PersonEnrolled(
                    person=name,
                    name=name,
                    profession=job,
                    pin=pin_verifier(pin, vault.system_random),
                )
                for (name, job), pin in zip(people, (PIN, OTHER, OTHER), strict=False)
            ),
        )
        self.kit = kit
        self.node = Node(kit.home.folder, clock=MEANS.clock, cost=vault.TEST_ONLY)
        self.node.use(kit)
        OPENED.append(self.node)
        self.tell("sign_in", person=people[0][0], pin=PIN)

    def tell(self, service: str, **args: Any) -> Any:
        """A service's value, or its whole answer."""
        answered = self.node.handle({"id": 1, "call": service, "args": args})
        return answered.get("ok", answered)

    def do(self, name: str, second: dict[str, str] | None = None, **args: Any) -> Any:
        """A command with whoever stands beside; the acknowledgement, or the code of the refusal."""
        message: dict[str, Any] = {"id": 1, "do": name, "args": args}
        answered = self.node.handle(message | ({"second": second} if second else {}))
        if "ok" in answered:
            self.kit.membership.settle(self.kit.clock())
            return answered["ok"]
        return answered["refused"]["code"]

    def journal(self, **how: Any) -> list[dict[str, Any]]:
        """The fleet's journal."""
        rows: list[dict[str, Any]] = self.ask("fleet.journal", **how)
        return rows

    def ask(self, query: str, **args: Any) -> Any:
        """A query's rows, as they travel."""
        answered = self.node.handle({"id": 1, "ask": query, "args": args})
        return msgspec.json.decode(msgspec.json.encode(answered["ok"]))


class Fleet:
    """A steering kit, a kit of CARD and one of URG, each with its people."""

    def __init__(self, chief: OpenKit, ward: OpenKit, other: OpenKit) -> None:
        self.kits = (chief, ward, other)
        meet(*self.kits)
        self.chief = Place(chief, ("Ana", "SI"), ("Bob", "DIR"), ("Cléo", "LOG"))
        self.ward = Place(ward, ("Dr Un", "MED"), ("Dr Deux", "MED"), ("Aide", "AS"))
        meet(*self.kits)


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    prepared = Prepared(tmp_path, 4, wards=("CARD", "URG"))
    with (
        prepared.kit("Pilotage 1") as chief, prepared.kit("CARD 1") as ward,
        prepared.kit("URG 1") as other,
    ):  # fmt: skip
        made = Fleet(chief, ward, other)
        yield made
        OPENED.remove(made.chief.node)
        OPENED.remove(made.ward.node)


REVOKE: dict[str, Any] = {"device": "URG 1", "reason": "volé au vestiaire"}
OPEN: dict[str, Any] = {"ward": "CARD", "device": "URG 1", "reason": "service évacué"}


def test_one_person_alone_is_refused_and_a_second_pin_is_on_record(fleet: Fleet) -> None:
    """The name of the second one stands in the journal of every kit."""
    chief = fleet.chief
    assert chief.do("device.revoke", **REVOKE) == "second.needed"
    assert chief.journal() == []
    done = chief.do("device.revoke", {"person": "Bob", "pin": OTHER}, **REVOKE)
    assert done["answer"]["label"] == "URG 1"
    meet(*fleet.kits)
    for place in (chief, fleet.ward):
        (row,) = place.journal()
        assert (row["kind"], row["label"], row["by"], row["second"]) == (
            "device.revoked", "URG 1", "Ana", "Bob",
        )  # fmt: skip
        assert (row["alone"], row["reason"], row["kit"]) == ("", "volé au vestiaire", "Pilotage 1")


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({"person": "Bob", "pin": "0000"}, "session.wrong_pin"),
        ({"person": "Ana", "pin": PIN}, "second.same"),
        ({"person": "Cléo", "pin": OTHER}, "second.may_not"),
        ({"person": "Nobody", "pin": OTHER}, "session.unknown"),
        ({"person": "Bob"}, "session.wrong_pin"),
        ({"alone": "   "}, "second.needed"),
        ({}, "second.needed"),
    ],
)
def test_who_may_not_stand_beside(fleet: Fleet, second: dict[str, str], code: str) -> None:
    """Nobody is vouched for by another; nothing is recorded."""
    assert fleet.chief.do("device.revoke", second, **REVOKE) == code
    assert fleet.chief.journal() == []


def test_a_second_pin_cannot_be_guessed_either(fleet: Fleet) -> None:
    """Its tries are those of the account: five, then a pause."""
    wrong = {"person": "Bob", "pin": "0000"}
    codes = [fleet.chief.do("device.revoke", wrong, **REVOKE) for _ in range(6)]
    assert codes == ["session.wrong_pin"] * 5 + ["session.paused"]
    right = {"person": "Bob", "pin": OTHER}
    assert fleet.chief.do("device.revoke", right, **REVOKE) == "session.paused"


def test_at_night_a_reason_stands_in_for_the_second_person(fleet: Fleet) -> None:
    """It is kept, and shown with the act on each kit."""
    done = fleet.chief.do("device.revoke", {"alone": "astreinte de nuit"}, **REVOKE)
    assert done["answer"]["label"] == "URG 1"
    meet(*fleet.kits)
    (row,) = fleet.ward.journal()
    assert (row["second"], row["alone"]) == ("", "astreinte de nuit")


def test_a_second_person_does_not_linger(fleet: Fleet) -> None:
    """The next act asks again."""
    chief = fleet.chief
    chief.do("device.revoke", {"person": "Bob", "pin": OTHER}, **REVOKE)
    assert chief.do("device.revoke", device="CARD 1", reason="x") == "second.needed"


def test_a_kit_is_taken_in_by_two(fleet: Fleet) -> None:
    """The same for pairing: refused before the door opens."""
    refused = fleet.chief.tell("pairing.host", role="ward", wards=["NEPH"], label="Néphro")
    assert refused["refused"]["code"] == "second.needed"
    key = bytes(range(32)).hex()
    enrol: dict[str, Any] = {"device": key, "label": "Néphro", "role": "ward", "wards": ["NEPH"],
             "exchange": key, "certificate": "00"}  # fmt: skip
    assert fleet.chief.do("device.enrol", **enrol) == "second.needed"
    assert "answer" in fleet.chief.do("device.enrol", {"person": "Bob", "pin": OTHER}, **enrol)
    (row,) = fleet.chief.journal()
    assert (row["kind"], row["second"], row["wards"]) == ("device.enrolled", "Bob", ["NEPH"])


def test_screens_are_told_who_may_stand_beside(fleet: Fleet) -> None:
    """On a steering kit one person opens a ward; on the ward's own kit two seniors do."""
    asked = fleet.chief.tell("second.list", action="revoke_kit")
    assert (asked["needed"], asked["alone"]) == (True, True)
    assert [one["name"] for one in asked["persons"]] == ["Bob"]
    assert not fleet.chief.tell("second.list", action="open_ward")["needed"]
    asked = fleet.ward.tell("second.list", action="open_ward")
    assert (asked["needed"], asked["alone"]) == (True, False)
    assert [one["name"] for one in asked["persons"]] == ["Bob", "Dr Deux"]
    assert not fleet.ward.tell("second.list", action="message")["needed"]


def test_two_seniors_open_their_ward_each_with_a_pin(fleet: Fleet) -> None:
    """A name alone opens nothing; no reason stands in; the assistant is no senior."""
    ward = fleet.ward
    assert ward.do("access.open", **OPEN) == "access.two_persons"
    assert ward.do("access.open", {"alone": "de nuit"}, **OPEN) == "access.two_persons"
    aide = {"person": "Aide", "pin": OTHER}
    assert ward.do("access.open", aide, **OPEN) == "access.two_persons"
    no_reason = {**OPEN, "reason": " "}
    second = {"person": "Dr Deux", "pin": OTHER}
    assert ward.do("access.open", second, **no_reason) == "device.no_reason"
    assert "answer" in ward.do("access.open", second, **OPEN)
    (row,) = ward.journal(ward="CARD")
    assert sorted(row["persons"]) == ["Dr Deux", "Dr Un"]
    assert (row["second"], row["label"], row["reason"]) == ("Dr Deux", "URG 1", "service évacué")


def test_the_ward_sees_that_it_was_opened_and_says_so(fleet: Fleet) -> None:
    """Ordered by steering; unread in the ward until a person there has read it; known to all."""
    chief, ward = fleet.chief, fleet.ward
    assert chief.do("access.open", {}, **OPEN) == "permission.denied", "an engineer orders no care"
    chief.tell("sign_in", person="Bob", pin=OTHER)
    assert "answer" in chief.do("access.open", **OPEN)
    assert chief.do("access.acknowledge", entry=12345) == "access.unknown"
    meet(*fleet.kits)
    (row,) = ward.journal(ward="CARD", unread=True)
    assert (row["by"], row["kit"], row["read_by"]) == ("Bob", "Pilotage 1", [])
    assert "answer" in ward.do("access.acknowledge", entry=row["entry"])
    assert ward.journal(ward="CARD", unread=True) == []
    meet(*fleet.kits)
    assert chief.journal()[0]["read_by"] == ["Dr Un"]
    assert chief.journal(ward="URG") == []


def test_what_the_preparation_signed_is_not_a_persons_act(fleet: Fleet) -> None:
    """The journal begins with the first person."""
    assert fleet.chief.journal() == []
    facts = fleet.chief.tell("access.facts")
    assert (facts["steers"], facts["has_root"]) == (True, False)
    assert sorted(facts["steering"]) == ["Pilotage 1", "Pilotage 2"]
    assert [one["ward"] for one in facts["wards"]] == ["CARD", "URG"]
    facts = fleet.ward.tell("access.facts")
    assert (facts["steers"], facts["role"], facts["ward"]) == (False, "ward", "CARD")
    assert [one["ward"] for one in facts["wards"]] == ["CARD"]


def test_a_steering_kit_that_waits_is_not_called_revoked(fleet: Fleet) -> None:
    """One key of two: the screens say whose word is lacking."""
    key = bytes(range(32))
    record(
        fleet.kits[0],
        DeviceEnrolled(device=key, label="Pilotage 3", role="steering", exchange=key),
    )
    rows = fleet.chief.ask("fleet.devices")
    row = next(row for row in rows if row["label"] == "Pilotage 3")
    assert (row["state"], row["by"]) == ("pending", ["Pilotage 1"])
