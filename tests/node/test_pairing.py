"""Two nodes on this machine pair: by digits, by symbol, by stick; and an attacker does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kit.core.errors import BadInput, Refused
from kit.node.opening import make_kit
from kit.node.pairing import pairing_of
from kit.node.service import Node
from kit.people.person import PersonEnrolled
from kit.store import vault
from kit.sync.pairing import Host, Joiner
from kit.ward.patient import PatientRegistered
from tests.node.kits import OPENED, Clock, sealed_node, ward_settings
from tests.node.prepared import CHIEF, record

PLACE = {"role": "ward", "label": "NEPH 2", "wards": ["NEPH"], "listen": "127.0.0.1:0"}


def lone(folder: Path, capsule: str, clock: Clock) -> Node:
    """A node whose kit was made alone."""
    settings = msgspec.structs.replace(
        ward_settings("" if capsule == "steering" else "NEPH"), capsule=capsule, fleet_root=b""
    )
    kit, _words = make_kit(folder, settings, cost=vault.TEST_ONLY, clock=clock, ballast=4096)
    record(kit, PersonEnrolled(person=f"P-{capsule}", name=f"SI {capsule}", profession="SI"))
    node = sealed_node(folder, clock)
    node.use(kit)
    node.sitting.who = msgspec.structs.replace(CHIEF, person=f"P-{capsule}")
    return node


@pytest.fixture
def clock() -> Clock:
    """The clock of both nodes."""
    return Clock()


@pytest.fixture
def nodes(tmp_path: Path, clock: Clock) -> Iterator[tuple[Node, Node]]:
    """A steering kit and a newcomer."""
    yield lone(tmp_path / "a", "steering", clock), lone(tmp_path / "b", "ward", clock)
    assert OPENED


async def until(true: Callable[[], bool]) -> None:
    """Let both sides work; a pairing that hangs fails the test."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  (the state is the node's own, as a screen asks for it)
            await asyncio.sleep(0.005)


def call(node: Node, name: str, **args: Any) -> Any:
    """A service, as a screen asks for it."""
    return node.begin({"call": name, "args": args, "second": {"alone": "de nuit"}})


def run(story: Callable[[], Awaitable[None]]) -> None:
    """One event loop for both nodes, as each has its own in life."""

    async def told() -> None:
        await story()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for _turn in range(3):  # what was closed is let go of in the loop's next turns
            await asyncio.sleep(0)

    asyncio.run(told())


def phase(node: Node) -> str:
    """Where its pairing stands."""
    return str(call(node, "pairing.state")["phase"])


def members(node: Node) -> dict[str, str]:
    """label → role of every member, as this kit knows it."""
    directory = node.desk.kit.membership.members.directory
    return {m.label: m.grant.role for m in directory.members.values() if m.is_member}


def test_two_kits_pair_by_six_digits(nodes: tuple[Node, Node]) -> None:
    """Both show the same; both people agree; the newcomer is a member with its keys."""
    host, guest = nodes

    async def story() -> None:
        opened = call(host, "pairing.host", **PLACE)
        assert opened["phase"] == "waiting"
        call(guest, "pairing.join", address=opened["address"])
        await until(lambda: phase(host) == phase(guest) == "comparing")
        digits = [call(node, "pairing.state")["digits"] for node in nodes]
        assert digits[0] == digits[1]
        assert len(digits[0]) == 6
        call(host, "pairing.confirm", same=True)
        call(guest, "pairing.confirm", same=True)
        await until(lambda: phase(host) == phase(guest) == "done")

    run(story)
    assert members(guest) == members(host)
    assert members(host)["NEPH 2"] == "ward"
    kit = guest.desk.kit
    assert kit.settings.label == "NEPH 2"
    assert kit.log.device.fleet == host.desk.kit.log.device.fleet
    assert "ops" in kit.log.keyring.scopes()
    held = kit.log.keyring.current("ops").kid
    assert held == host.desk.kit.log.keyring.current("ops").kid
    assert kit.db.row("select name from person where id='P-ward'")


def test_two_kits_pair_by_symbol(nodes: tuple[Node, Node]) -> None:
    """Nobody compares anything; the symbol is as a screen draws it."""
    host, guest = nodes

    async def story() -> None:
        opened = call(host, "pairing.host", **PLACE)
        assert len(opened["qr_rows"]) == len(opened["qr_rows"][0])
        call(guest, "pairing.join", code=opened["qr"])
        await until(lambda: phase(host) == phase(guest) == "done")

    run(story)
    assert members(guest) == members(host)


def test_other_digits_end_it_on_both_sides_and_the_door_stays_open(
    nodes: tuple[Node, Node],
) -> None:
    """A second try may follow; nothing was recorded."""
    host, guest = nodes
    before = members(host)

    async def story() -> None:
        opened = call(host, "pairing.host", **PLACE)
        call(guest, "pairing.join", address=opened["address"])
        await until(lambda: phase(host) == phase(guest) == "comparing")
        call(guest, "pairing.confirm", same=False)
        await until(lambda: phase(guest) == "failed" and phase(host) == "waiting")
        assert call(guest, "pairing.state")["reason"] == "pairing.not_same"
        assert "chiffres" in call(host, "pairing.state")["text"]
        call(guest, "pairing.join", address=opened["address"])
        await until(lambda: phase(host) == phase(guest) == "comparing")
        call(host, "pairing.cancel")
        await until(lambda: phase(guest) == "failed")

    run(story)
    assert members(host) == before


def test_somebody_in_the_middle_cannot_make_the_digits_agree(nodes: tuple[Node, Node]) -> None:
    """An attacker who speaks the protocol with both: the two screens differ."""
    host, guest = nodes
    shown: list[str] = []

    async def story() -> None:
        opened = call(host, "pairing.host", **PLACE)
        address, port = opened["address"].rsplit(":", 1)
        false_host = Host(b"h" * 32, b"n" * 16)

        async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while data := await reader.read(4096):
                    false_host.receive(data)
                    writer.write(false_host.drain())
            finally:
                writer.close()

        server = await asyncio.start_server(between, "127.0.0.1", 0)
        call(guest, "pairing.join", address=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        reader, writer = await asyncio.open_connection(address, int(port))
        false_guest = Joiner(b"j" * 32, b"m" * 16)
        writer.write(false_guest.drain())
        while not false_guest.digits:
            false_guest.receive(await reader.read(4096))
            writer.write(false_guest.drain())
        await until(lambda: phase(host) == phase(guest) == "comparing")
        shown.extend(call(node, "pairing.state")["digits"] for node in nodes)
        call(guest, "pairing.cancel")
        call(host, "pairing.cancel")
        writer.close()
        server.close()

    run(story)
    assert shown[0] != shown[1]


def test_the_door_closes_after_two_minutes(nodes: tuple[Node, Node], clock: Clock) -> None:
    """In words; nobody is let in afterwards."""
    host, guest = nodes

    async def story() -> None:
        opened = call(host, "pairing.host", **PLACE)
        clock.now += 121_000
        await until(lambda: phase(host) == "failed")
        assert call(host, "pairing.state")["reason"] == "pairing.timeout"
        call(guest, "pairing.join", address=opened["address"])
        await until(lambda: phase(guest) == "failed")

    run(story)


def test_noise_on_the_port_does_not_close_it(nodes: tuple[Node, Node]) -> None:
    """A scanner, a browser, a broken caller: the next real one is let in."""
    host, guest = nodes

    async def story() -> None:
        opened = call(host, "pairing.host", **PLACE)
        address, port = opened["address"].rsplit(":", 1)
        for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 5000, b""):
            reader, writer = await asyncio.open_connection(address, int(port))
            writer.write(noise)
            if noise:
                await reader.read(10)
            writer.close()
            await until(lambda: pairing_of(host)._side is None)
        call(guest, "pairing.join", code=opened["qr"])
        await until(lambda: phase(host) == phase(guest) == "done")

    run(story)


def test_a_kit_with_patients_says_why_it_cannot_join(nodes: tuple[Node, Node]) -> None:
    """Before anything is sent."""
    _host, guest = nodes
    record(guest.desk.kit, PatientRegistered(patient="P1", birth_family="X", birth_given="Y"))
    refused = call(guest, "pairing.join", address="127.0.0.1:9")
    assert refused == Refused("pairing.has_patients")


def test_only_a_steering_kit_opens_the_door(nodes: tuple[Node, Node]) -> None:
    """A ward kit of the fleet does not take others in; nor does a person without the right."""
    host, guest = nodes

    async def story() -> None:
        opened = call(host, "pairing.host", **PLACE)
        call(guest, "pairing.join", code=opened["qr"])
        await until(lambda: phase(guest) == "done")

    run(story)
    assert call(guest, "pairing.host", **PLACE) == Refused("pairing.not_steering")
    host.sitting.who = msgspec.structs.replace(CHIEF, role="IDE")
    assert call(host, "pairing.host", **PLACE).code == "permission.denied"


def test_two_kits_pair_by_stick(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    """Request, signed answer, the fingerprint compared by a person, then in."""
    host, guest = nodes
    stick = tmp_path / "stick"
    stick.mkdir()
    call(guest, "pairing.request", path=str(stick))
    answered = call(host, "pairing.answer", path=str(stick), role="ward", wards="NEPH", label="N")
    shown = call(guest, "pairing.accept", path=str(stick))
    assert shown["fleet"] == answered["fleet"]
    assert not shown["joined"]
    wrong = call(guest, "pairing.accept", path=str(stick), fleet="0000-0000-0000-0000")
    assert wrong == Refused("pairing.not_same")
    assert call(guest, "pairing.accept", path=str(stick), fleet=answered["fleet"].lower())["joined"]
    assert members(guest) == members(host)


def test_an_answer_to_another_request_is_refused(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    """An old answer, a link, a file that is too large."""
    host, guest = nodes
    stick = tmp_path / "stick"
    stick.mkdir()
    call(guest, "pairing.request", path=str(stick))
    call(host, "pairing.answer", path=str(stick), role="ward", wards="NEPH", label="N")
    call(guest, "pairing.request", path=str(stick))
    with pytest.raises(BadInput, match="SYN-114"):
        call(guest, "pairing.accept", path=str(stick))
    (stick / "enrolment-request").unlink()
    (stick / "enrolment-request").symlink_to("/dev/zero")
    with pytest.raises(BadInput, match="SYN-113"):
        call(host, "pairing.answer", path=str(stick), role="ward", wards="NEPH", label="N")
