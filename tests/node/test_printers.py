"""Printers of a kit: found, asked who they are, confirmed, kept in the store, and printed on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.node import printers
from kit.node.service import Node
from kit.paper import chosen, ipp
from kit.paper.chosen import Chosen
from kit.paper.delivery import Way
from kit.sync.printer_heard import Announced, announced
from tests.node.kits import ask, call, signed_in
from tests.paper.test_chosen import Machine, served


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A printer that takes PDF."""
    with served(Machine()) as made:
        yield made


@pytest.fixture(autouse=True)
def no_cups(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As a stick that has just started: no queue, no printing service."""
    monkeypatch.setenv("CUPS_SERVER", str(tmp_path / "no-such-socket"))


def chosen_here(node: Node, machine: Machine) -> dict[str, Any]:
    """The printer, met and confirmed; its row."""
    met = call(node, "print.choose", kind="typed", address=machine.address)
    row: dict[str, Any] = call(node, "print.keep", chosen=met["chosen"])
    return row


def job_of(node: Node) -> str:
    """A document that waits to be printed."""
    return str(call(node, "print.render", document="patient", args={"patient": "P1"})["job"])


def test_a_kit_without_printer_or_service_has_an_empty_list(tmp_path: Path) -> None:
    node, _phrase = signed_in(tmp_path / "home")
    assert call(node, "print.printers") == []


@pytest.mark.req("HZ-290")
def test_nothing_is_kept_before_a_person_has_said_yes(tmp_path: Path, machine: Machine) -> None:
    """The answer names printer and place; only `print.keep` puts it in the list."""
    node, _phrase = signed_in(tmp_path / "home")
    met = call(node, "print.choose", kind="typed", address=machine.address)
    assert (met["label"], met["place"], met["known"]) == ("Laser", "Couloir B", False)
    assert call(node, "print.printers") == []
    call(node, "print.keep", chosen=met["chosen"])
    (row,) = call(node, "print.printers")
    assert (row["label"], row["place"], row["known"]) == ("Laser", "Couloir B", True)


def test_a_chosen_printer_prints_and_is_there_after_a_restart(
    tmp_path: Path, machine: Machine
) -> None:
    """No queue and no service is needed for a printer that takes PDF."""
    node, phrase = signed_in(tmp_path / "home")
    row = chosen_here(node, machine)
    sent = call(node, "print.send", job=job_of(node), printer=row["name"])
    assert (sent["printer"], sent["reference"], sent["done"]) == ("Laser (Couloir B)", "41", True)
    assert machine.asked.count(ipp.PRINT_JOB) == 1
    node.close()
    again = Node(tmp_path / "home", clock=node.clock, cost=node.cost)
    call(again, "unlock", phrase=phrase)
    assert [one["name"] for one in call(again, "print.printers")] == [row["name"]]
    again.close()


def test_no_number_is_used_for_sheets_that_never_left(tmp_path: Path, machine: Machine) -> None:
    """A printer without paper is told first: the ledger holds no sheet that nobody has."""
    node, _phrase = signed_in(tmp_path / "home")
    row = chosen_here(node, machine)
    machine.be("stopped", "media-empty-error")
    refused = call(node, "print.send", job=job_of(node), printer=row["name"])
    assert refused["fault"]["code"] == "PRN-009"
    assert ask(node, "sheet.list", ward="CARD") == []


def test_a_printer_without_paper_may_be_chosen_all_the_same(
    tmp_path: Path, machine: Machine
) -> None:
    """It is the right one; what is missing is said beside it."""
    node, _phrase = signed_in(tmp_path / "home")
    machine.be("stopped", "media-empty-error")
    met = call(node, "print.choose", kind="typed", address=machine.address)
    assert met["trouble"]["code"] == "PRN-009"
    assert "papier" in met["trouble"]["args"]["text"]


def test_a_printer_that_needs_a_service_that_is_not_there_is_refused(
    tmp_path: Path, machine: Machine
) -> None:
    node, _phrase = signed_in(tmp_path / "home")
    machine.says["document-format-supported"] = "image/pwg-raster"
    refused = call(node, "print.choose", kind="typed", address=machine.address)
    assert refused["fault"]["code"] == "PRN-022"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"kind": "queue", "addresses": []}, "CMD-002"),
        ({"kind": "typed", "address": "file:///etc/passwd"}, "PRN-007"),
        ({"kind": "network", "addresses": ["socket://10.0.0.1:9100"]}, "PRN-007"),
        ({"kind": "usb"}, "PRN-007"),
    ],
)
def test_what_is_no_printer_is_not_asked(tmp_path: Path, args: dict[str, Any], code: str) -> None:
    node, _phrase = signed_in(tmp_path / "home")
    assert call(node, "print.choose", **args)["fault"]["code"] == code


@pytest.mark.parametrize(
    "kept",
    [
        None, {}, {"key": "printer:1", "kind": "usb", "name": "x", "address": "file:///x"},
        {"key": "printer:1", "kind": "lpd", "name": "x", "address": "ipp://10.0.0.1/"},
        {"key": "printer:1", "kind": "usb", "name": "x", "address": "ipp://h/", "queue": "-h evil"},
    ],
)  # fmt: skip
def test_what_is_no_chosen_printer_is_not_kept(tmp_path: Path, kept: Any) -> None:
    node, _phrase = signed_in(tmp_path / "home")
    assert "fault" in call(node, "print.keep", chosen=kept)
    assert call(node, "print.printers") == []


def test_a_forgotten_printer_is_told(tmp_path: Path) -> None:
    node, _phrase = signed_in(tmp_path / "home")
    refused = call(node, "print.send", job=job_of(node), printer="printer:abc")
    assert refused["fault"]["code"] == "PRN-019"


class Listening:
    """Announcements that come one after the other."""

    failed = False

    def __init__(self) -> None:
        self.heard: list[Announced] = []
        self.on: bool = False

    def start(self) -> None:
        self.on = True

    def rows(self) -> list[Announced]:
        return self.heard

    def stop(self) -> None:
        self.on = False


@pytest.mark.req("HZ-294")
def test_the_network_is_listened_to_only_while_somebody_looks() -> None:
    """Closing the search ends it; what is found shows up as it comes, USB before the rest."""
    search, usb = (
        Listening(),
        Chosen("printer:1", chosen.USB, "Laser", address="ipp://localhost:60000/"),
    )
    steps = printers.find_steps(search, way=Way(usb=lambda _halt: [usb]))
    before = search.on
    next(steps)
    assert (before, search.on) == (False, True)
    row = announced("Bureau._ipp._tcp.local.", ["10.9.0.3"], 631, {})
    assert row is not None
    search.heard = [row]
    kinds = next(
        found for step in steps if len(found := [one["kind"] for one in step["printers"]]) == 2
    )
    assert kinds == ["usb", "network"]
    steps.close()
    assert not search.on


def test_a_search_ends_by_itself_and_a_deaf_kit_says_so() -> None:
    """Where the kit may not listen, nothing is opened and the screen is told."""
    search = Listening()
    steps = printers.find_steps(search, listens=False, way=Way(usb=lambda _halt: []))
    told = list(steps)
    assert len(told) == printers.SEARCH_STEPS
    assert told[-1]["blind"] is True
    assert not search.on
