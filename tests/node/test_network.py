"""Kits that are joined by real TLS on this machine: what is given in one appears in the others."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import msgspec
import pytest

from kit.core.command import Outcome
from kit.core.errors import Refused
from kit.node.desk import Who
from kit.node.local_socket import Caller, is_running
from kit.node.network import LINK_MS
from kit.node.opening import OpenKit
from kit.node.service import Node
from kit.node.transfer import Sending, sending_steps
from kit.node.work import Sliced
from kit.people.person import SessionOpened
from kit.store.feeds import FeedRow
from kit.store.log import Circumstance
from kit.sync.authority import Role
from kit.sync.fleet import DeviceRevoked
from kit.sync.interfaces import Card
from kit.ward.place import WardDescribed
from kit.ward.vitals import VitalsRecorded
from tests.node.companies import Fleet, founder, run, taken_in, until, ward_kit
from tests.node.kits import Clock

DOCTOR = Who("P-MED", "Dr Un", "MED", "session")


def record(kit: OpenKit, heart_rate: int, at: int) -> None:
    """A set of vitals of the one patient."""
    event = VitalsRecorded(patient="P1", at=at, values={"hr": str(heart_rate)})
    with kit.log.transaction():
        kit.log.append([Outcome(event)], Circumstance("nurse", "s", at, 1), "CARD")


def _own(node: Node) -> list[FeedRow]:
    return [row for row in node.desk.kit.log.feeds.by_number.values() if row.own and row.seq]


def rates(node: Node) -> list[str]:
    """The heart rates that this node's tables have."""
    return [row[0] for row in node.desk.kit.db.rows("select data from vitals order by at")]


def test_an_entry_of_one_ward_kit_reaches_the_other_and_is_stored_blind_by_steering(
    tmp_path: Path,
) -> None:
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    first = ward_kit(chief, tmp_path / "a", clock)
    second = taken_in(chief, tmp_path / "b", clock)

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        opened = SessionOpened(session="s", person="chief", how="pin")
        steering.desk.record([(opened, "")])
        a = await fleet.join(first, steering)
        b = await fleet.join(second, steering)
        await until(lambda: b.desk.kit.db.row("select 1 from patient"), a, b, steering)
        record(first, 72, clock())
        a.desk.tell({"vitals"})
        await until(lambda: rates(b), a, b, steering)
        assert rates(b) == rates(a)
        assert a.network
        await until(lambda: a.network and not a.network.peers.unsent(), a, b, steering)
        # Its access log is for no other kit of this fleet: that is not "waiting to be sent".
        assert any(row.scope.startswith("audit:") for row in _own(steering))
        await until(
            lambda: steering.network and not steering.network.peers.unsent(), a, b, steering
        )

    run(scenario, clock)


def test_who_stores_a_ward_without_being_given_it_cannot_read_it(tmp_path: Path) -> None:
    """sync.md §4.5: all bytes, not all plaintext; neither in a table nor in the file's rows."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    relay = taken_in(chief, tmp_path / "r", clock, ward="", role=Role.RELAY)
    ward = ward_kit(chief, tmp_path / "a", clock)
    record(ward, 77, clock())

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        b = await fleet.join(relay, steering)
        a = await fleet.join(ward, steering)
        held = "select count(*) from event e join feed f on f.n=e.n>>32 where f.scope='w:CARD'"
        written = ward.db.row(held)
        await until(lambda: relay.db.row(held) == written, a, b, steering)
        rows = relay.db.rows("select raw from event")
        assert relay.db.rows("select * from vitals") == relay.db.rows("select * from patient") == []
        assert not any("LEFÈVRE".encode() in raw for (raw,) in rows)

    run(scenario, clock)


def test_a_revoked_kit_is_cut_off_and_what_it_wrote_since_is_set_apart(tmp_path: Path) -> None:
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    first = ward_kit(chief, tmp_path / "a", clock)
    second = taken_in(chief, tmp_path / "b", clock)

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        a = await fleet.join(first, steering)
        b = await fleet.join(second, steering)
        await until(lambda: b.desk.kit.db.row("select 1 from patient"), a, b, steering)
        cut = {
            row.name.hex(): row.seq for row in second.log.feeds.by_number.values()
            if row.device == first.membership.device
        }  # fmt: skip
        record(first, 150, clock())
        revoked = DeviceRevoked(device=first.membership.device, cut=cut, reason="volé")
        steering.desk.record([(revoked, "")])
        await until(
            lambda: b.network and first.membership.device not in b.network.sessions,
            a, b, steering,
        )  # fmt: skip
        assert steering.network
        assert first.membership.device not in steering.network.sessions
        assert rates(b) == []

    run(scenario, clock)


def test_the_command_line_reaches_a_running_node(tmp_path: Path) -> None:
    clock = Clock()
    chief = founder(tmp_path / "s", clock)

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        assert is_running(steering.folder)
        caller = Caller(steering.folder)
        answered = await asyncio.to_thread(caller.ask, {"call": "peers"})
        assert [row["state"] for row in answered["ok"]] == ["self"]
        act = {"do": "note.write", "args": {"patient": "P1", "target": "x", "data": "y"}}
        refused = await asyncio.to_thread(caller.ask, act)
        assert refused["refused"]["code"] == "permission.nobody"
        caller.close()

    run(scenario, clock)
    assert not is_running(tmp_path / "s")


@pytest.mark.parametrize("damage", [b"", b"\0" * 4, b"\xff" * 64, b"GET / HTTP/1.1\r\n\r\n"])
def test_rubbish_at_the_local_door_closes_that_door_only(tmp_path: Path, damage: bytes) -> None:
    clock = Clock()
    chief = founder(tmp_path / "s", clock)

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)

        def knock() -> bytes:
            with socket.socket(socket.AF_UNIX) as door:
                door.connect(str(steering.folder / "node.sock"))
                door.sendall(damage)
                door.shutdown(socket.SHUT_WR)
                return door.recv(4096)

        await asyncio.to_thread(knock)
        caller = Caller(steering.folder)
        told = await asyncio.to_thread(caller.ask, {"call": "status"})
        assert told["ok"]["network"] in ("alone", "off")
        caller.close()

    run(scenario, clock)


def test_the_strip_tells_a_pulled_cable_from_an_empty_corridor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at anew every two seconds; told to the screens as news."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    steady = [10_000]
    monkeypatch.setattr("kit.node.network.steady_ms", lambda: steady[0])

    async def scenario(fleet: Fleet) -> None:
        node = await fleet.join(chief)
        network = node.network
        assert network is not None
        eth = Card("eth0", ("192.0.2.1",), carrier=True)
        network.cards = lambda: (eth,)
        steady[0] += LINK_MS
        assert node.desk.exchange()["network"] == "alone"
        network.peers.beat(steady[0])
        network.cards = lambda: (msgspec.structs.replace(eth, carrier=False),)
        assert node.desk.exchange()["network"] == "alone", "not asked again at once"
        steady[0] += LINK_MS
        assert network.peers.beat(steady[0]), "the screens are told"
        assert node.desk.exchange()["network"] == "off"

    run(scenario, clock)


def test_a_transfer_arrives_and_its_receipt_comes_back_by_itself(tmp_path: Path) -> None:
    """Over real lines, through a steering kit that reads none of it; both screens are told."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    ward = ward_kit(chief, tmp_path / "a", clock)
    other = taken_in(chief, tmp_path / "b", clock, ward="URG")
    described = WardDescribed(ward="URG", name="Urgences")
    with other.log.transaction():
        other.log.append([Outcome(described)], Circumstance("", "", clock(), 1))

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        card, urg = await fleet.join(ward, steering), await fleet.join(other, steering)
        news: set[str] = set()
        urg.desk.listeners.append(news.update)
        await until(lambda: card.desk.kit.db.row("select 1 from ward where code='URG'"), card)
        ask = Sending("P1", "URG", move=True)
        sent = Sliced("transfer", sending_steps(card.desk, ask, DOCTOR)).drain()
        assert not isinstance(sent, Refused), sent
        await until(
            lambda: urg.desk.kit.db.row("select 1 from stay where patient='P1' and ward='URG'"),
            urg,
        )
        await until(lambda: card.desk.ask("record.list", {}, DOCTOR)[0].received, card)
        (row,) = card.desk.ask("record.list", {}, DOCTOR)
        assert [one.label for one in row.received] == ["URG b"]
        await until(lambda: {"stay", "patient"} <= news, urg)
        assert not steering.desk.kit.db.row("select 1 from stay where patient='P1'")

    run(scenario, clock)
