"""Directives: one is in force, two that clash are shown, and each unit's answer is known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.core.address import parse_address
from kit.core.receipt import ReceiptRow
from kit.core.urgency import Priority
from kit.steering.directive import (
    TEXT_LIMIT,
    EndDirective,
    IssueDirective,
    ReplaceDirective,
    templates,
)
from kit.steering.directive_list import (
    DirectiveReceipts,
    DirectiveRow,
    Directives,
    DirectiveTemplates,
)
from kit.steering.directive_receipt import (
    AcknowledgeDirective,
    DirectiveHanded,
    EscalateDirective,
    ReturnDirectiveCode,
)
from tests.messages.house import CARD, CELL, HOUR, MINUTE, NEPH, House


def issue(house: House, who: str = "chief", **facts: object) -> str:
    """A directive to all wards; its id."""
    said: dict[str, object] = {"title": "Papier", "text": "Passer au papier", "to": ("*@*",)}
    answer = house.do(IssueDirective(**(said | facts)), who, CELL)  # type: ignore[arg-type]
    return str(answer["directive"])


def in_force(house: House, unit: str = CARD) -> list[DirectiveRow]:
    """What a nurse of a unit sees."""
    rows: list[DirectiveRow] = house.ask(Directives(), "nurse", unit)
    return rows


def matrix(house: House, directive: str) -> dict[str, ReceiptRow]:
    """Unit → its row."""
    rows: list[ReceiptRow] = house.ask(DirectiveReceipts(directive=directive), "chief", CELL)
    return {row.unit: row for row in rows}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"text": " "}, "directive.empty"),
        ({"title": ""}, "directive.empty"),
        ({"text": "x" * (TEXT_LIMIT + 1)}, "directive.too_long"),
        ({"title": "x" * 121}, "directive.too_long"),
        ({"to": ()}, "directive.nobody"),
        ({"to": ("*@XXXX",)}, "directive.bad_address"),
        ({"to": ("nobody",)}, "directive.bad_address"),
        ({"priority": "now"}, "directive.bad_priority"),
        ({"until": 1}, "directive.past"),
        ({"ack_by": 1}, "directive.past"),
        ({"replaces": ("nothing",)}, "directive.unknown"),
        ({"replaces": tuple(map(str, range(17)))}, "directive.too_long"),
    ],
)
def test_what_is_no_directive_is_refused(house: House, facts: dict[str, object], code: str) -> None:
    said: dict[str, object] = {"title": "Papier", "text": "Passer au papier", "to": ("*@*",)}
    command = IssueDirective(**(said | facts))  # type: ignore[arg-type]
    assert house.refused(command, "chief", CELL) == code


@pytest.mark.parametrize("who", ["nurse", "doctor", "it", "store"])
def test_only_management_gives_orders(house: House, who: str) -> None:
    command = IssueDirective(title="Papier", text="Passer au papier", to=("*@*",))
    assert house.refused(command, who, CELL) == "permission.denied"


def test_a_ward_sees_what_concerns_it(house: House) -> None:
    issue(house, to=(), units=(NEPH,))
    own = issue(house, to=("MED@CARD",))
    assert [row.directive for row in in_force(house)] == [own]
    assert len(house.ask(Directives(), "chief", CELL)) == 2
    (row,) = in_force(house)
    assert (row.for_me, row.claim) == (False, False)
    (row,) = house.ask(Directives(), "doctor", CARD)
    assert (row.for_me, row.claim) == (True, True)


def test_only_the_last_of_a_chain_is_in_force(house: House) -> None:
    first = issue(house)
    second = house.do(ReplaceDirective(directive=first, text="Papier sauf labo"), "chief", CELL)[
        "directive"
    ]
    third = house.do(ReplaceDirective(directive=second, text="Papier partout"), "deputy", CELL)[
        "directive"
    ]
    (row,) = in_force(house)
    assert (row.directive, row.text, row.title) == (third, "Papier partout", "Papier")
    assert [one.directive for one in row.chain] == [first, second]
    every = house.ask(Directives(ended=True), "nurse", CARD)
    assert [one.in_force for one in every] == [True, False, False]
    again = ReplaceDirective(directive=first, text="non")
    assert house.refused(again, "chief", CELL) == "directive.out_of_force"
    assert house.refused(AcknowledgeDirective(directive=first)) == "directive.replaced"


def test_a_replacement_may_go_to_other_units(house: House) -> None:
    first = issue(house)
    again = ReplaceDirective(directive=first, text="Papier", units=(NEPH,), template="paper")
    house.do(again, "chief", CELL)
    assert in_force(house) == []
    assert [row.units for row in in_force(house, NEPH)] == [(NEPH,)]


def test_two_cells_that_replace_the_same_one_leave_two_in_force_and_a_conflict(
    house: House,
) -> None:
    first = issue(house)
    one, other = (
        house.decide(ReplaceDirective(directive=first, text=text), who, CELL)
        for who, text in (("chief", "Papier"), ("deputy", "Kit"))
    )
    for who, decision in (("chief", one), ("deputy", other)):
        for outcome in decision.outcomes:  # type: ignore[union-attr]
            house.write(outcome.event, who, CELL, outcome.base)
    rows = in_force(house)
    assert {row.text for row in rows} == {"Papier", "Kit"}
    ids = {row.directive for row in rows}
    assert all(set(row.conflicts_with) == ids - {row.directive} for row in rows)
    settled = issue(house, text="Papier, décidé à deux", replaces=tuple(ids))
    (row,) = in_force(house)
    assert (row.directive, row.conflicts_with) == (settled, ())


def test_a_clash_is_still_one_when_a_side_of_it_was_replaced(house: House) -> None:
    first = issue(house)
    one, other = (
        house.decide(ReplaceDirective(directive=first, text=text), "chief", CELL)
        for text in ("Papier", "Kit")
    )
    for decision in (one, other):
        for outcome in decision.outcomes:  # type: ignore[union-attr]
            house.write(outcome.event, "chief", CELL)
    paper = next(row for row in in_force(house) if row.text == "Papier")
    house.do(ReplaceDirective(directive=paper.directive, text="Papier bis"), "chief", CELL)
    rows = in_force(house)
    assert {row.text for row in rows} == {"Papier bis", "Kit"}
    assert all(row.conflicts_with for row in rows)


def test_a_directive_ends_by_its_date_or_with_a_reason(house: House) -> None:
    issue(house, until=house.now + HOUR)
    lifted = issue(house)
    assert (
        house.refused(EndDirective(directive=lifted, reason=" "), "chief", CELL)
        == "directive.no_reason"
    )
    assert (
        house.refused(EndDirective(directive="x", reason="x"), "chief", CELL) == "directive.unknown"
    )
    house.do(EndDirective(directive=lifted, reason="DPI revenu"), "chief", CELL)
    assert [row.directive for row in in_force(house)] != [lifted]
    house.now += HOUR
    assert in_force(house) == []
    ended = house.ask(Directives(ended=True), "nurse", CARD)
    assert {row.ended_why for row in ended} == {"", "DPI revenu"}
    again = EndDirective(directive=lifted, reason="x")
    assert house.refused(again, "chief", CELL) == "directive.out_of_force"


def test_a_circle_hides_nothing(house: House) -> None:
    """A faulty kit says that an older directive replaces a newer one: it is not believed."""
    from kit.steering.directive import DirectiveIssued

    ring = {"a": "b", "b": "a"}
    for one, old in ring.items():
        made = DirectiveIssued(directive=one, title=one, text=one, to=("*@*",), replaces=(old,))
        house.write(made, "chief", CELL)
    assert [row.directive for row in in_force(house)] == ["b"]


def test_each_unit_is_followed_to_the_end(house: House) -> None:
    directive = issue(house, ask="Heure", expects="10h15", priority="urgent")
    told = DirectiveHanded(state="shown", unit=NEPH, kit=house.kit_at(NEPH), items=(directive,))
    house.write(told, unit=NEPH)
    wrong = AcknowledgeDirective(directive=directive, readback="10h50")
    assert house.do(wrong) == {"acknowledged": False}
    house.do(AcknowledgeDirective(directive=directive, readback="10h15"))
    house.do(AcknowledgeDirective(directive=directive, state="done"), "doctor")
    rows = matrix(house, directive)
    assert (rows[CARD].state, rows[CARD].by_name, rows[CARD].misread) == ("done", "Paul Vernet", 1)
    assert (rows[NEPH].state, rows["DIAL"].state) == ("shown", "written")
    (row,) = house.ask(Directives(), "chief", CELL)
    assert (row.acked, row.done, row.expected, row.state) == (1, 1, 3, "written")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"state": "impossible"}, "directive.why_impossible"),
        ({"state": "perhaps"}, "directive.bad_state"),
        ({"directive": "nothing"}, "directive.unknown"),
    ],
)
def test_an_answer_that_is_none_is_refused(house: House, facts: dict[str, str], code: str) -> None:
    said = {"directive": issue(house)} | facts
    assert house.refused(AcknowledgeDirective(**said)) == code


def test_impossible_needs_and_keeps_its_reason(house: House) -> None:
    directive = issue(house)
    why = AcknowledgeDirective(
        directive=directive, state="impossible", reason="plus de formulaires"
    )
    house.do(why)
    assert (matrix(house, directive)[CARD].state, matrix(house, directive)[CARD].reason) == (
        "impossible", "plus de formulaires",
    )  # fmt: skip


def test_a_courier_acknowledges_for_a_unit_without_a_kit(house: House) -> None:
    directive = issue(house)
    left = EscalateDirective(directive=directive, unit="DIAL", step="courier")
    code = house.do(left, "chief", CELL)["code"]
    house.do(ReturnDirectiveCode(code=code, name="S. Roy, IDE"), "it", CELL)
    row = matrix(house, directive)["DIAL"]
    assert (row.state, row.by_name, row.code, row.route) == (
        "paper",
        "S. Roy, IDE",
        code,
        "courier",
    )
    twice = ReturnDirectiveCode(code=code, name="S. Roy")
    assert house.refused(twice, "it", CELL) == "receipt.already"
    other = EscalateDirective(directive=directive, unit=CELL, step="phone")
    assert house.refused(other, "chief", CELL) == "receipt.not_expected"


def test_a_deadline_of_its_own_moves_the_escalation(house: House) -> None:
    directive = issue(house, ack_by=house.now + HOUR)
    house.now += 59 * MINUTE
    assert matrix(house, directive)[CARD].step == ""
    house.now += MINUTE
    assert matrix(house, directive)[CARD].step == "next_kit"


def test_every_template_can_be_sent_as_it_is(house: House) -> None:
    rows = house.ask(DirectiveTemplates(), "chief", CELL)
    assert len(rows) == len(templates()) >= 5
    for row in rows:
        issue(house, template=row.template, title="", text=row.text, priority=row.priority)
    titles = {row.title for row in house.ask(Directives(), "chief", CELL)}
    assert titles == {row.title for row in rows}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_order_of_arrival_changes_what_is_in_force(data: st.DataObject) -> None:
    """Directives replaced, ended and answered on several kits read the same in any order."""
    house = House()
    start = len(house.entries)
    made: list[str] = []
    for _ in range(data.draw(st.integers(1, 8))):
        who = data.draw(st.sampled_from(["chief", "deputy"]))
        # Written from what this cell had seen: it may replace what another has replaced already.
        old = data.draw(st.lists(st.sampled_from(made), max_size=2, unique=True)) if made else []
        from kit.steering.directive import DirectiveEnded, DirectiveIssued

        match data.draw(st.sampled_from(["issue", "issue", "end", "answer"])):
            case "end" if made:
                ended = DirectiveEnded(directive=data.draw(st.sampled_from(made)), reason="x")
                house.write(ended, who, CELL)
            case "answer" if made:
                asked = AcknowledgeDirective(directive=data.draw(st.sampled_from(made)))
                for outcome in getattr(house.decide(asked, "nurse", CARD), "outcomes", ()):
                    house.write(outcome.event, "nurse", CARD)
            case _:
                key = f"D{len(made)}"
                house.write(
                    DirectiveIssued(
                        directive=key, title=key, text=key, to=("*@*",), replaces=tuple(old),
                        priority=data.draw(st.sampled_from([*Priority])),
                    ), who, CELL,
                )  # fmt: skip
                made.append(key)
    order = data.draw(st.permutations(range(start, len(house.entries))))
    other = house.refold([*range(start), *order, *order[:2]])
    assert other.dump() == house.tables.dump()
    question = Directives(ended=True)
    assert house.ask(question, tables=other) == house.ask(question)
    rows = house.ask(question)
    named = {old for _stamp, e in house.entries for old in getattr(e, "replaces", ())}
    assert all(row.in_force == (row.directive not in named and not row.ended_at) for row in rows)


@given(st.text(max_size=40))
def test_any_text_may_be_typed_as_an_address(text: str) -> None:
    found = parse_address(text)
    assert found is None or f"{found.role}@{found.unit}" == text
