"""Acknowledging: by whom, with which value, by which way; and that no order of arrival matters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.core.receipt import RANK, ReceiptRow
from kit.core.urgency import Priority
from kit.messages.message import SendMessage
from kit.messages.receipt import AcknowledgeMessage, EscalateMessage, ReturnMessageCode
from kit.messages.record import MessageHanded
from kit.messages.thread import Claims, MessageRow, Receipts, Thread
from tests.messages.house import CARD, CELL, DIAL, MINUTE, NEPH, House


def urgent(house: House, **facts: object) -> str:
    """An urgent message of the cell to a ward; its id."""
    said: dict[str, object] = {
        "channel": "soins", "text": "Retour du DPI à 18h30", "priority": "urgent",
        "to": ("*@CARD",),
    }  # fmt: skip
    return str(house.do(SendMessage(**(said | facts)), "chief", CELL)["message"])  # type: ignore[arg-type]


def receipt(house: House, message: str, unit: str = CARD) -> ReceiptRow:
    """The row of one unit."""
    rows: list[ReceiptRow] = house.ask(Receipts(message=message), "chief", CELL)
    return next(row for row in rows if row.unit == unit)


def hand(house: House, message: str, unit: str = CARD, state: str = "handed", kit: int = 1) -> None:
    """A kit at a unit says that it holds, or has shown, a message."""
    told = MessageHanded(
        room="soins", state=state, unit=unit, kit=house.kit_at(unit, kit), items=(message,)
    )
    house.write(told, unit=unit)


def test_a_message_goes_from_written_to_acknowledged(house: House) -> None:
    message = urgent(house)
    states = [receipt(house, message).state]
    for state in ("handed", "shown"):
        hand(house, message, state=state)
        states.append(receipt(house, message).state)
    house.do(AcknowledgeMessage(message=message))
    states.append(receipt(house, message).state)
    assert states == ["written", "handed", "shown", "acknowledged"]


def test_the_senders_thread_says_how_many_kits_have_it(house: House) -> None:
    message = urgent(house)
    hand(house, message)
    hand(house, message, kit=2)
    hand(house, message, kit=2, state="shown")
    (row,) = house.ask(Thread(channel="soins"), "chief", CELL)
    assert (row.kits, row.shown_kits, row.acked, row.expected) == (2, 1, 0, 1)


def test_it_is_addressed_to_a_role_and_answered_by_who_holds_it(house: House) -> None:
    message = urgent(house, to=("MED@CARD",))
    assert house.refused(AcknowledgeMessage(message=message), "nurse") == "receipt.not_addressed"
    assert (
        house.refused(AcknowledgeMessage(message=message), "doctor", NEPH)
        == "receipt.not_addressed"
    )
    house.do(AcknowledgeMessage(message=message), "doctor")


def test_a_nurse_answers_for_the_manager_who_is_not_there(house: House) -> None:
    message = urgent(house, to=("CAD@CARD",))
    assert house.refused(AcknowledgeMessage(message=message), "aide") == "receipt.not_addressed"
    house.do(AcknowledgeMessage(message=message), "nurse")
    assert (receipt(house, message).by_name, receipt(house, message).role) == (
        "Claire Dubois",
        "IDE",
    )


def test_one_name_per_unit_is_enough(house: House) -> None:
    message = urgent(house)
    house.do(AcknowledgeMessage(message=message))
    assert house.refused(AcknowledgeMessage(message=message), "nurse2") == "receipt.already"


@pytest.mark.parametrize("typed", ["18h30", " 18H30 "])
def test_a_value_read_back_right_acknowledges(house: House, typed: str) -> None:
    message = urgent(house, ask="Heure du retour", expects="18h30")
    assert house.do(AcknowledgeMessage(message=message, readback=typed)) == {"acknowledged": True}
    assert receipt(house, message).readback == typed.strip()


@pytest.mark.parametrize(
    ("expected", "typed"),
    [
        ("18h30", "18h03"),
        ("O neg", "O pos"),
        ("A+", "A-"),
        ("2,5 mg", "25 mg"),
        ("5", "-5"),
        ("<3", "3"),
    ],
)
def test_a_value_read_back_wrong_is_logged_and_not_acknowledged(
    house: House, expected: str, typed: str
) -> None:
    message = urgent(house, ask="Valeur", expects=expected)
    answer = house.do(AcknowledgeMessage(message=message, readback=typed))
    assert answer == {"acknowledged": False}
    row = receipt(house, message)
    assert (row.state, row.misread) == ("written", 1)
    house.do(AcknowledgeMessage(message=message, readback=expected))
    assert (receipt(house, message).state, receipt(house, message).misread) == ("acknowledged", 1)


def test_what_is_to_be_read_back_is_asked_for(house: House) -> None:
    message = urgent(house, ask="Heure du retour", expects="18h30")
    assert house.refused(AcknowledgeMessage(message=message)) == "receipt.readback_needed"


def test_unknown_things_are_refused(house: House) -> None:
    message = urgent(house)
    assert house.refused(AcknowledgeMessage(message="nothing")) == "message.unknown"
    assert (
        house.refused(EscalateMessage(message=message, unit=NEPH, step="phone"))
        == "receipt.not_expected"
    )
    assert (
        house.refused(EscalateMessage(message=message, unit=CARD, step="shout"))
        == "receipt.no_step"
    )


def test_without_an_answer_phone_and_courier_follow(house: House) -> None:
    message = urgent(house)
    seen = []
    for minutes in (0, 14, 15, 25, 40):
        house.now = house.entries[-1][0].wall + minutes * MINUTE
        row = receipt(house, message)
        seen.append((row.step, bool(row.phone), bool(row.code)))
    assert seen == [
        ("", False, False), ("", False, False), ("next_kit", False, False),
        ("phone", True, False), ("courier", True, True),
    ]  # fmt: skip
    house.do(AcknowledgeMessage(message=message))
    assert receipt(house, message).step == ""


def test_the_couriers_code_logs_the_paper_and_its_name(house: House) -> None:
    message = urgent(house, to=("*@CARD", "*@NEPH"))
    code = house.do(EscalateMessage(message=message, unit=NEPH, step="courier"), "chief", CELL)[
        "code"
    ]
    assert receipt(house, message, NEPH).code == code
    answer = house.do(ReturnMessageCode(code=code.lower(), name="J. Martin, cadre"), "chief", CELL)
    assert answer == {"message": message, "unit": NEPH}
    row = receipt(house, message, NEPH)
    assert (row.state, row.by_name, row.route) == ("paper", "J. Martin, cadre", "courier")
    assert receipt(house, message, CARD).state == "written"
    twice = ReturnMessageCode(code=code, name="J. Martin")
    assert house.refused(twice, "chief", CELL) == "receipt.already"


def test_codes_that_are_none_are_refused_in_words(house: House) -> None:
    message = urgent(house)
    code = house.do(EscalateMessage(message=message, unit=CARD, step="courier"), "chief", CELL)[
        "code"
    ]
    swapped = code[1] + code[0] + code[2:]
    bad = {"", "AAAAAA", "12345O", code[:5], swapped} - {code}
    for typed in bad:
        asked = ReturnMessageCode(code=typed, name="X")
        assert house.refused(asked, "chief", CELL) in {"courier.bad_code", "courier.unknown_code"}
    assert house.refused(ReturnMessageCode(code=code, name=" "), "chief", CELL) == "courier.no_name"


def test_claims_are_worst_first_and_only_ones_own(house: House) -> None:
    routine = urgent(house, priority="routine")
    flash = urgent(house, priority="flash")
    urgent(house, to=("*@NEPH",))
    urgent(house, priority="info")
    rows: list[MessageRow] = house.ask(Claims())
    assert [row.message for row in rows] == [flash, routine]
    house.now += 11 * MINUTE
    assert [row.rings for row in house.ask(Claims())] == [3, 0]


UNITS = (CARD, NEPH, DIAL)
WHO = {CARD: "nurse", NEPH: "nurse2", DIAL: "doctor"}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_order_of_arrival_changes_what_is_read(data: st.DataObject) -> None:
    """Messages, corrections and receipts of several kits, folded in any order, read the same."""
    house = House()
    sent: list[str] = []
    for _ in range(data.draw(st.integers(1, 5))):
        priority = data.draw(st.sampled_from([*Priority]))
        corrects = data.draw(st.sampled_from(["", *sent])) if sent else ""
        try:
            sent.append(urgent(house, priority=priority, to=("*@*",), corrects=corrects))
        except AssertionError:
            continue  # a fourth FLASH
    for _ in range(data.draw(st.integers(0, 12))):
        message, unit = data.draw(st.sampled_from(sent)), data.draw(st.sampled_from(UNITS))
        house.now += data.draw(st.integers(-10, 10)) * MINUTE
        match data.draw(st.sampled_from(["handed", "shown", "sign", "courier"])):
            case "sign":
                decided = house.decide(AcknowledgeMessage(message=message), WHO[unit], unit)
                for outcome in getattr(decided, "outcomes", ()):
                    house.write(outcome.event, WHO[unit], unit)
            case "courier":
                house.do(EscalateMessage(message=message, unit=unit, step="courier"), "chief", CELL)
            case state:
                hand(house, message, unit, state, data.draw(st.integers(1, 2)))
    people = [i for i, (stamp, _e) in enumerate(house.entries) if not stamp.actor and i < 15]
    rest = [i for i in range(len(house.entries)) if i not in people]
    order = data.draw(st.permutations(rest))
    twice = [*order, *data.draw(st.lists(st.sampled_from(rest), max_size=4))]
    other = house.refold([*people, *twice])
    assert other.dump() == house.tables.dump()
    for message in sent:
        question = Receipts(message=message)
        assert house.ask(question, "chief", CELL, tables=other) == house.ask(
            question, "chief", CELL
        )
    assert house.ask(Thread(channel="soins"), tables=other) == house.ask(Thread(channel="soins"))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["handed", "shown", "sign"]), st.integers(0, 60)), max_size=12
    )
)
def test_a_state_never_goes_back(acts: list[tuple[str, int]]) -> None:
    """Whatever arrives, and whatever the clocks say, a unit's state only moves forward."""
    house = House()
    message = urgent(house)
    ranks = [0]
    for state, minutes in acts:
        house.now += (minutes - 30) * MINUTE
        if state == "sign":
            decided = house.decide(AcknowledgeMessage(message=message), "nurse", CARD)
            for outcome in getattr(decided, "outcomes", ()):
                house.write(outcome.event, "nurse", CARD)
        else:
            hand(house, message, state=state)
        ranks.append(RANK[receipt(house, message).state])
    assert ranks == sorted(ranks)
