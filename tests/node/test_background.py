"""What an open kit does by itself: its figures go out when they are news, its receipts once."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kit.core.event import EVENTS, Event, Scope
from kit.core.quantity import Quantity
from kit.core.receipt import ReceiptState
from kit.messages.record import MessageSent
from kit.node.background import Background
from kit.node.delivery import Delivery
from kit.node.service import Node
from kit.node.settings import Capsule
from kit.node.situation import AGEING_MS, LEAST_MS, MOST_MS, SituationWriter
from kit.steering.directive import DirectiveIssued
from kit.ward.figures import figures
from kit.ward.patient import PatientRegistered
from kit.ward.prescription_event import PrescriptionRecorded
from kit.ward.schedule import Timing
from kit.ward.stay import StayOpened
from tests.node.companies import Fleet, founder, run, until, ward_kit
from tests.node.kits import HOUR, PIN, Clock, ask, call, do, new_node, signed_in

MINUTE = 60_000


def record(node: Node, *events: Event) -> None:
    """Append events as they are and tell who listens."""
    node.desk.record([(event, "") for event in events])


def points(node: Node) -> list[tuple[int, int]]:
    """(late, at) of every point written, in order."""
    return node.desk.kit.db.rows("select late, at from situation order by ord")


def writer(node: Node) -> SituationWriter:
    """The writer of an open node, listening."""
    made = SituationWriter(node.desk)
    node.desk.listeners.append(made.heard)
    return made


def test_a_point_goes_out_when_figures_change_and_else_every_five_minutes(tmp_path: Path) -> None:
    node, _phrase = new_node(tmp_path / "kit", Clock())
    told = writer(node)
    assert told.tick(0)
    assert not told.tick(LEAST_MS)
    record(node, StayOpened(stay="S2", patient="P2", ward="CARD", bed="C02"))
    assert not told.tick(LEAST_MS - 1)
    assert told.tick(LEAST_MS)
    steady = LEAST_MS
    while steady < LEAST_MS + MOST_MS - AGEING_MS:
        steady += AGEING_MS
        assert not told.tick(steady)
    assert told.tick(LEAST_MS + MOST_MS)
    assert len(points(node)) == 3


def test_a_burst_of_entries_makes_one_point_in_five_seconds(tmp_path: Path) -> None:
    node, _phrase = new_node(tmp_path / "kit", Clock())
    told = writer(node)
    told.tick(0)
    for n in range(20):
        record(node, StayOpened(stay=f"S{n + 2}", patient=f"P{n + 2}", ward="CARD"))
        told.tick(n * LEAST_MS // 20)
    assert len(points(node)) == 1
    assert told.tick(LEAST_MS)


def test_doses_become_late_by_the_clock_alone(tmp_path: Path) -> None:
    """A dose of 09:00 is planned at 07:30 and late from 09:30 on, though nobody wrote anything."""
    clock = Clock()
    node, _phrase = new_node(tmp_path / "kit", clock)
    record(
        node,
        PrescriptionRecorded(
            prescription="R9", patient="P1", generic="x", dose=Quantity("1", "mg"),
            timing=Timing(times=("09:00",)), start=clock.now,
        ),
    )  # fmt: skip
    told = writer(node)
    told.tick(0)
    clock.now += 2 * HOUR
    assert not told.tick(AGEING_MS)
    clock.now += MINUTE
    assert told.tick(2 * AGEING_MS)
    assert [late for late, _at in points(node)] == [1, 2]


def test_its_own_news_does_not_make_it_work_again(tmp_path: Path) -> None:
    node, _phrase = new_node(tmp_path / "kit", Clock())
    told = writer(node)
    told.tick(0)
    assert not told.is_due(LEAST_MS)
    call(node, "enrol", name="Claire DUBOIS", profession="IDE", pin=PIN)
    assert told.is_due(LEAST_MS)


def test_a_steering_kit_tells_no_ward(tmp_path: Path) -> None:
    node, _phrase = new_node(tmp_path / "kit", Clock())
    kit = node.desk.kit
    kit.settings = msgspec.structs.replace(kit.settings, capsule=Capsule.STEERING)
    assert not writer(node).tick(0)
    assert node.desk.unit == "CELL"


def test_the_work_is_cut_so_that_a_key_is_answered(tmp_path: Path) -> None:
    """With a full ward there are many slices; what is written between two of them is not lost."""
    node, _phrase = new_node(tmp_path / "kit", Clock())
    for n in range(30):
        record(
            node,
            StayOpened(stay=f"T{n}", patient=f"T{n}", ward="CARD", bed=f"B{n}"),
            PrescriptionRecorded(
                prescription=f"R{n}", patient=f"T{n}", generic="x", dose=Quantity("1", "mg"),
                timing=Timing(times=("08:00",)), start=node.desk.now() - 48 * HOUR,
            ),
        )  # fmt: skip
    told = writer(node)
    steps = told.steps(0)
    slices = sum(1 for _ in zip(steps, range(5), strict=False))
    assert slices == 5
    record(node, StayOpened(stay="late", patient="late", ward="CARD"))
    list(steps)
    assert told.is_due(LEAST_MS)
    assert told.tick(LEAST_MS)
    assert figures(node.desk.kit.db, "CARD", node.desk.now()).patients == 32


NAMES = ("ZZMARQUEUR", "Ysaline", "999888777", "Impasse-Témoin")


def test_no_patient_is_in_what_leaves_the_ward(tmp_path: Path) -> None:
    """Planted names stand in the ward's own entries and in no entry of the shared scopes."""
    node, _phrase = new_node(tmp_path / "kit", Clock())
    record(
        node,
        PatientRegistered(patient="PX", birth_family=NAMES[0], birth_given=NAMES[1], ipp=NAMES[2]),
        StayOpened(stay="SX", patient="PX", ward="CARD", bed="C02", reason=NAMES[3]),
    )
    background = Background(node.desk, lambda: 0)
    list(background.steps())
    shared = {kind.name for kind in EVENTS.values() if kind.scope is Scope.OPERATIONS}
    db = node.desk.kit.db
    tables = ["situation", "needs", "directive", "message", "message_receipt"]
    text = repr([db.rows(f"select * from {table}") for table in tables])
    assert "CARD" in text
    assert not [name for name in (*NAMES, "C02", "PX", "SX") if name in text]
    assert {"situation.told", "needs.told"} <= shared


def test_what_arrives_is_said_to_be_here_once(tmp_path: Path) -> None:
    node, _phrase = new_node(tmp_path / "kit", Clock())
    delivery = Delivery(node.desk)
    node.desk.listeners.append(delivery.heard)
    sent = [
        MessageSent(room="soins", message=f"M{n}", text="x", to=("*@CARD",), unit="CELL", kit="k")
        for n in range(450)
    ]
    mine = MessageSent(room="soins", message="own", text="x", unit="CARD", kit=node.desk.kit_id)
    hidden = MessageSent(room="decision", message="cell", text="x", unit="CELL", kit="k")
    issued = DirectiveIssued(directive="D", title="x", text="x", to=("*@CARD",), kit="k")
    other = DirectiveIssued(directive="E", title="x", text="x", to=("*@NEPH",), kit="k")
    record(node, *sent, mine, hidden, issued, other)
    assert delivery.tick(0) == 451
    record(node, MessageSent(room="soins", message="new", text="x", unit="CELL", kit="k"))
    assert delivery.tick(1_999) == 0
    assert delivery.tick(2_000) == 1
    rows = node.desk.kit.db.rows(
        "select count(*), count(distinct n) from message_receipt where state='handed'"
    )
    assert rows == [(451, 4)]


def test_shown_needs_somebody_signed_in_and_counts_once(tmp_path: Path) -> None:
    node, _phrase = signed_in(tmp_path / "kit")
    record(node, MessageSent(room="soins", message="M", text="x", to=("*@CARD",), kit="k"))
    assert call(node, "message.shown", items=["M", "M", "nothing"]) == {"shown": 1}
    assert call(node, "message.shown", items=["M"]) == {"shown": 0}
    call(node, "lock")
    record(node, MessageSent(room="soins", message="N", text="x", to=("*@CARD",), kit="k"))
    assert call(node, "message.shown", items=["N"]) == {"shown": 0}
    assert call(node, "message.shown", items=[{"x": 1}] * 500) == {"shown": 0}


def test_refusals_are_said_in_words(tmp_path: Path) -> None:
    node, _phrase = signed_in(tmp_path / "kit")
    refused = do(node, "message.send", channel="soins", text="x", priority="flash")
    assert refused["refused"]["code"] == "message.not_flash"
    assert "FLASH" in refused["refused"]["args"]["text"]
    refused = do(node, "needs.tell", mode="fine")
    assert "normal" in refused["refused"]["args"]["text"]
    assert do(node, "directive.issue", text="x", title="x", units=["CARD"])["refused"]


@pytest.mark.slow
def test_a_flash_of_the_cell_is_read_and_signed_for_in_the_ward(tmp_path: Path) -> None:
    """Two kits on a line: message, receipts by machine and by name, the ward's point."""
    clock = Clock()

    async def scenario(fleet: Fleet) -> None:
        cell_kit = founder(tmp_path / "cell", clock)
        ward = ward_kit(cell_kit, tmp_path / "ward", clock)
        cell = await fleet.join(cell_kit)
        card = await fleet.join(ward, cell)
        for node, name, role in ((cell, "Odile GARNIER", "DIR"), (card, "Claire DUBOIS", "IDE")):
            made = call(node, "enrol", name=name, profession=role, pin=PIN)
            call(node, "sign_in", person=made["answer"]["person"], pin=PIN)
        await until(lambda: point(cell).get("patients") == 1, cell, card)
        sent = do(
            cell, "message.send", channel="soins", text="Retour à 18h30", priority="flash",
            to=["*@CARD"], ask="Heure", expects="18h30",
        )["answer"]["message"]  # fmt: skip
        await until(lambda: ask(card, "message.claims"), cell, card)
        await until(lambda: state(cell, sent) == ReceiptState.HANDED, cell, card)
        call(card, "message.shown", items=[sent])
        await until(lambda: state(cell, sent) == ReceiptState.SHOWN, cell, card)
        wrong = do(card, "message.acknowledge", message=sent, readback="18h03")
        assert wrong["answer"] == {"acknowledged": False}
        assert "PAS" in wrong["notices"][0]["args"].get("text", "PAS")
        do(card, "message.acknowledge", message=sent, readback="18h30")
        await until(lambda: state(cell, sent) == ReceiptState.ACKNOWLEDGED, cell, card)
        (row,) = ask(cell, "message.receipts", message=sent)
        assert (row["by_name"], row["misread"]) == ("Claire DUBOIS", 1)

    run(scenario, clock)


def point(node: Node) -> dict[str, object]:
    """The ward's row of the cell's table."""
    rows = ask(node, "steering.situation")
    found: dict[str, object] = next((row for row in rows if row["ward"] == "CARD"), {})
    return found


def state(node: Node, message: str) -> str:
    """How far a message has come, as its sender sees it."""
    return str(ask(node, "message.receipts", message=message)[0]["state"])
