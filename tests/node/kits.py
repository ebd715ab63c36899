"""Nodes for tests: a real kit in its own folder, in a test world whose phrase costs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kit.core.command import Outcome
from kit.core.quantity import Quantity
from kit.node.opening import OpenKit, make_kit
from kit.node.service import Node
from kit.node.settings import Settings
from kit.store import vault
from kit.store.log import Circumstance
from kit.ward.patient import PatientRegistered
from kit.ward.place import Bed, WardDescribed
from kit.ward.prescription_event import PrescriptionRecorded
from kit.ward.schedule import Timing
from kit.ward.stay import StayOpened

NOW = 1_795_329_000_000  # 22/11/2026 07:30 in Paris
PIN = "2468"
HOUR = 3_600_000


OPENED: list[Node] = []
"""Every node that a test made; closed when the test ends."""


def sealed_node(folder: Path, clock: Clock | None = None) -> Node:
    """A node over a folder, not yet opened."""
    node = Node(folder, clock=clock or Clock(), cost=vault.TEST_ONLY)
    OPENED.append(node)
    return node


class Clock:
    """A clock that stands where the test put it."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def ward_settings(ward: str = "CARD") -> Settings:
    """A ward kit in a test world."""
    return Settings(
        capsule="ward", hospital="CH d'essai", ward=ward, world="TEST:kit", label="Kit d'essai",
        fleet_root=bytes(32),
    )  # fmt: skip


def new_node(folder: Path, clock: Clock | None = None) -> tuple[Node, str]:
    """A node with an open kit that holds one ward with one patient; and the kit's phrase."""
    clock = clock or Clock()
    kit, words = make_kit(folder, ward_settings(), cost=vault.TEST_ONLY, clock=clock, ballast=4096)
    fill_ward(kit, clock())
    node = sealed_node(folder, clock)
    node.use(kit)
    return node, " ".join(words)


def fill_ward(kit: OpenKit, now: int) -> None:
    """Madame Lefèvre in bed C01: bisoprolol at 08:00 and 20:00, morphine if needed."""
    events = (
        WardDescribed(ward="CARD", name="Cardiologie", beds=(Bed("C01", "1"), Bed("C02", "1"))),
        PatientRegistered(
            patient="P1", birth_family="LEFÈVRE", birth_given="Noémie", birth_date="1942-03-03",
            sex="F", ipp="123456",
        ),
        StayOpened(stay="S1", patient="P1", ward="CARD", bed="C01", admitted_at=now - 30 * HOUR),
        PrescriptionRecorded(
            prescription="R1", patient="P1", generic="bisoprolol", dose=Quantity("2.5", "mg"),
            route="PO", timing=Timing(times=("08:00", "20:00")), start=now - 48 * HOUR,
        ),
        PrescriptionRecorded(
            prescription="R2", patient="P1", generic="paracétamol", dose=Quantity("1", "g"),
            route="PO", as_needed=True, min_interval_min=360, max_24h=Quantity("3", "g"),
            start=now - 48 * HOUR,
        ),
    )  # fmt: skip
    with kit.log.transaction():
        kit.log.append([Outcome(event) for event in events], Circumstance("", "", now, 1))


def signed_in(
    folder: Path, clock: Clock | None = None, profession: str = "IDE"
) -> tuple[Node, str]:
    """The same, with one account signed in."""
    node, phrase = new_node(folder, clock)
    made = call(node, "enrol", name="Claire DUBOIS", profession=profession, pin=PIN)
    call(node, "sign_in", person=made["answer"]["person"], pin=PIN)
    return node, phrase


def call(node: Node, service: str, **args: Any) -> Any:
    """A service's value; its whole answer where it was refused or failed."""
    answered = node.handle({"id": 1, "call": service, "args": args})
    return answered.get("ok", answered)


def do(node: Node, name: str, key: str = "", **args: Any) -> Any:
    """A command's acknowledgement, or the whole answer."""
    answered = node.handle({"id": 1, "do": name, "args": args, "key": key})
    return answered.get("ok", answered)


def ask(node: Node, name: str, **args: Any) -> Any:
    """A query's rows, or the whole answer."""
    answered = node.handle({"id": 1, "ask": name, "args": args})
    return answered.get("ok", answered)
