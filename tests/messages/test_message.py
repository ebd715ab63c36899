"""Sending: who may write where, to whom, how urgent; what is refused; what is corrected."""

from __future__ import annotations

import pytest

from kit.core.receipt import ReceiptRow
from kit.messages.channel import Channels
from kit.messages.message import Addressees, SendMessage
from kit.messages.patient_number import patient_number_in
from kit.messages.receipt import AcknowledgeMessage, EscalateMessage
from kit.messages.record import _SELECT
from kit.messages.thread import Claims, MessageRow, Receipts, Thread
from tests.messages.house import CARD, CELL, HOUR, NEPH, House


def send(house: House, who: str = "chief", unit: str = CELL, **facts: object) -> str:
    """Send to care and say its id."""
    said: dict[str, object] = {"channel": "soins", "text": "Point à 11 h"}
    answer = house.do(SendMessage(**(said | facts)), who, unit)  # type: ignore[arg-type]
    return str(answer["message"])


def test_a_message_is_read_by_name_with_its_words_for_state(house: House) -> None:
    send(house, text=" Point à 11 h ", to=("CAD@CARD",))
    (row,) = house.ask(Thread(channel="soins"))
    assert (row.text, row.author_name, row.unit_name, row.state) == (
        "Point à 11 h", "Odile Garnier", "Cellule de crise", "written",
    )  # fmt: skip
    assert row.to_names == ("Cardiologie — cadre ou faisant fonction",)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"channel": "nothing"}, "message.no_channel"),
        ({"channel": "unit:XXXX"}, "message.no_channel"),
        ({"channel": "decision"}, "message.no_channel"),
        ({"channel": "unit:NEPH"}, "message.no_channel"),
        ({"channel": "exercice"}, "message.not_writer"),
        ({"text": " \n"}, "message.empty"),
        ({"text": "x" * 2001}, "message.too_long"),
        ({"ask": "x" * 121}, "message.too_long"),
        ({"expects": "12"}, "message.expects_without_ask"),
        ({"to": ("CARD",)}, "message.bad_address"),
        ({"to": ("MED@XXXX",)}, "message.bad_address"),
        ({"to": ("KING@CARD",)}, "message.bad_address"),
        ({"to": tuple(f"MED@{n}" for n in range(50))}, "message.too_long"),
        ({"priority": "now"}, "message.bad_priority"),
        ({"priority": "flash"}, "message.not_flash"),
        ({"corrects": "nothing"}, "message.not_author"),
        ({"text": "INS 2 42 03 75 116 001 45 à transférer"}, "message.patient_number"),
        ({"text": "voir IPP 80012345"}, "message.patient_number"),
    ],
)
def test_what_is_no_message_is_refused(house: House, facts: dict[str, object], code: str) -> None:
    said: dict[str, object] = {"channel": "soins", "text": "bonjour"}
    assert house.refused(SendMessage(**(said | facts))) == code  # type: ignore[arg-type]


def test_a_patients_number_may_be_written_in_the_wards_own_channel_or_confirmed(
    house: House,
) -> None:
    text = "IPP 80012345 : lit prêt"
    house.do(SendMessage(channel=f"unit:{CARD}", text=text))
    house.do(SendMessage(channel="soins", text=text, confirmed=("message.patient_number",)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1850578006084 91", "INS"),
        ("185057800608491", "INS"),
        ("2 42 03 2A 116 001 45", "INS"),
        ("ipp: 4711", "IPP"),
        ("dossier 80012345", "IPP"),
        ("appeler le 01 99 00 31 00", ""),
        ("0199003100", ""),
        ("12 lits, 28 patients, fin à 14 h 30", ""),
        ("K 5,25 mmol/L", ""),
        ("le 22/11/2026 à 10:00", ""),
    ],
)
def test_numbers_of_patients_are_told_from_other_numbers(text: str, found: str) -> None:
    assert patient_number_in(text) == found


def test_a_fourth_flash_waits_until_one_is_settled(house: House) -> None:
    first = send(house, priority="flash", to=("*@CARD",))
    for _ in range(2):
        send(house, priority="flash", to=("*@NEPH",))
    again = SendMessage(channel="soins", text="encore", priority="flash", to=("*@DIAL",))
    assert house.refused(again, "chief", CELL) == "message.too_many_flash"
    house.do(EscalateMessage(message=first, unit=CARD, step="phone"), "chief", CELL)
    house.do(again, "chief", CELL)


def test_a_correction_keeps_both_and_takes_the_old_one_off_the_list(house: House) -> None:
    old = send(house, priority="urgent", to=("*@CARD",))
    house.now += HOUR
    new = send(house, text="Point à 12 h", priority="urgent", to=("*@CARD",), corrects=old)
    rows: list[MessageRow] = house.ask(Thread(channel="soins"))
    assert [(row.message, row.corrected_by) for row in rows] == [(old, new), (new, "")]
    assert [row.message for row in house.ask(Claims())] == [new]


def test_only_its_author_corrects(house: House) -> None:
    old = send(house)
    wrong = SendMessage(channel="soins", text="non", corrects=old)
    assert house.refused(wrong, "deputy", CELL) == "message.not_author"


def test_a_ward_sees_its_own_room_and_not_that_of_another(house: House) -> None:
    house.do(SendMessage(channel=f"unit:{CARD}", text="lit 3 prêt"))
    shown = {row.channel for row in house.ask(Channels())}
    assert f"unit:{CARD}" in shown
    assert f"unit:{NEPH}" not in shown
    assert "decision" not in shown
    assert house.ask(Thread(channel=f"unit:{CARD}"), "nurse2", NEPH) == []
    assert {f"unit:{CARD}", f"unit:{NEPH}"} <= {
        row.channel for row in house.ask(Channels(), "chief", CELL)
    }


def test_what_is_unread_is_counted_with_its_worst(house: House) -> None:
    send(house, priority="routine")
    send(house, priority="urgent", to=("*@CARD",))
    (row,) = [row for row in house.ask(Channels()) if row.channel == "soins"]
    assert (row.unread, row.unread_worst, row.open, row.last_text) == (
        2,
        "urgent",
        2,
        "Point à 11 h",
    )
    (row,) = [row for row in house.ask(Channels(), "chief", CELL) if row.channel == "soins"]
    assert row.unread == 0


def test_reading_costs_the_same_however_many_messages_there_are(house: House) -> None:
    """Every table is reached by an index, but the newest of a room, which are limited."""
    plan = house.tables.rows(
        f"explain query plan {_SELECT} m.room=? order by m.lam desc, m.id desc limit 9", "soins"
    )
    steps = [row[3] for row in plan]
    assert any("message_room" in step for step in steps)
    assert not [step for step in steps if step.startswith("SCAN")]


def test_every_offered_address_is_accepted(house: House) -> None:
    offered = [row.address for row in house.ask(Addressees())]
    assert len(offered) == len(set(offered)) > 20
    for address in offered:
        house.do(SendMessage(channel="soins", text="essai", to=(address,)))


def test_what_becomes_of_a_message_stands_per_unit(house: House) -> None:
    message = send(house, priority="urgent")
    house.do(AcknowledgeMessage(message=message))
    rows: list[ReceiptRow] = house.ask(Receipts(message=message), "chief", CELL)
    assert [(row.unit, row.state, row.by_name) for row in rows] == [
        ("DIAL", "written", ""), ("NEPH", "written", ""), ("CARD", "acknowledged", "Claire Dubois"),
    ]  # fmt: skip
    assert house.ask(Receipts(message="nothing"), "chief", CELL) == []
