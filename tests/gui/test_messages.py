"""Messages and directives: what was sent is said with how far it came; taking note is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kit.core.clock import MINUTE
from kit.core.text import choose_language
from kit.gui.screen import PrintOrder
from kit.gui.shared import message_words as words
from kit.gui.shared.message_rows import MessageRow, ReceiptRow
from kit.gui.shots_steering import NURSE, claims, order_for_a_ward
from kit.gui.states import State
from tests.gui.crisis import NOW, Crisis, Office, table_text, words_of
from tests.gui.ward_fixtures import cut_rows

KEY = "shared.messages"


def _care(office: Office) -> Any:
    screen = office.go(KEY)
    screen.open_channel("care")
    office.settle()
    return screen


def _orders(office: Office) -> Any:
    screen = office.go(KEY)
    screen.open_channel("directives")
    office.settle()
    return screen


def _row(screen: Any, message: str) -> str:
    return table_text(screen.reading.list, screen.reading.model.place_of(message))


# -- reading --------------------------------------------------------------------------------


def test_it_opens_where_something_waits_for_this_person(office: Office) -> None:
    screen = office.go(KEY)
    assert screen.title.text() == "Soins"
    assert screen.reading.current().message == "m3"
    assert screen.details.ack.isVisible()


def test_a_message_says_in_words_how_far_it_came(office: Office) -> None:
    screen = _care(office)
    assert "✓ accusé par 12 sur 14" in _row(screen, "m1")
    assert "12/14 accusés" in _row(screen, "m1")
    assert "affiché sur 2 kits" in _row(screen, "m2")
    assert "remis à 2 kits" in _row(screen, "m4")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (MessageRow("m"), "○ écrit ici, pas encore remis"),
        (MessageRow("m", state="handed", kits=1), "◔ remis à 1 kit"),
        (MessageRow("m", state="shown", shown_kits=3), "◑ affiché sur 3 kits"),
        (
            MessageRow("m", state="acknowledged", acknowledged_by="C. Dubois", acknowledged_at=NOW),
            "✓ accusé par C. Dubois 08:20",
        ),
        (MessageRow("m", state="paper"), "✓ accusé sur papier"),
    ],
)
def test_each_state_has_its_words(row: MessageRow, said: str) -> None:
    assert words.delivery_text(row) == said


@pytest.mark.req("HZ-188")
def test_shown_is_never_said_as_acknowledged() -> None:
    """A screen that showed a message is a machine's word; only a person takes note."""
    shown = words.receipt_text(ReceiptRow("URG", state="shown", at=NOW))
    assert "pas encore accusé" in shown
    assert not shown.startswith("✓")


def test_units_are_listed_one_by_one_with_what_to_do(office: Office) -> None:
    screen = _care(office)
    table = screen.details.table
    said = [table_text(table, place) for place in range(table.model().rowCount())]
    assert any("Pédiatrie" in one and "coursier" in one and "K7F2QX" in one for one in said)
    assert any("Bloc" in one and "téléphoner au 4150" in one for one in said)
    assert any("Urgences" in one and "relu : 4177" in one for one in said)


def test_the_unit_that_was_called_is_put_on_record(office: Office, crisis: Crisis) -> None:
    screen = _care(office)
    place = screen.details.model.place_of("BLOC")
    screen.details.table.selectRow(place)
    assert screen.details.called.text() == "Bloc opératoire a été appelé"
    screen.details.called.click()
    assert crisis.told("message.escalate") == [{"message": "m3", "unit": "BLOC", "step": "phone"}]


def test_printing_for_a_unit_that_needs_a_courier_puts_the_courier_on_record(
    office: Office, crisis: Crisis
) -> None:
    screen = _care(office)
    screen.details.table.selectRow(screen.details.model.place_of("PED"))
    screen.details.carry.click()
    assert crisis.told("message.escalate") == [{"message": "m3", "unit": "PED", "step": "courier"}]
    screen.details.table.selectRow(screen.details.model.place_of("MAT"))
    screen.details.carry.click()
    assert len(crisis.told("message.escalate")) == 1


def test_the_reader_stays_where_they_are_when_news_arrives(office: Office, crisis: Crisis) -> None:
    crisis.answers["message.thread"] *= 1
    first = dict(crisis.answers["message.thread"][0])
    crisis.answers["message.thread"] = [
        {**first, "message": f"old{place}"} for place in range(12)
    ] + crisis.answers["message.thread"]
    screen = _care(office)
    bar = screen.reading.list.verticalScrollBar()
    bar.setValue(0)
    crisis.answers["message.thread"].append({**first, "message": "new"})
    crisis.news("message")
    office.settle()
    assert bar.value() == 0
    assert screen.reading.new.text() == "▼ 1 nouveau message plus bas"
    screen.reading.to_end()
    assert screen.reading.new.isHidden()


def test_a_corrected_message_stays_struck_through(office: Office, crisis: Crisis) -> None:
    crisis.answers["message.thread"][1]["corrected_by"] = "m9"
    screen = _care(office)
    index = screen.reading.model.index(1, 0)
    cell = screen.reading.model.cell_at(index)
    assert cell.lines[1][0].struck
    assert "corrigé plus bas" in cell.plain()


# -- acknowledging --------------------------------------------------------------------------


@pytest.mark.req("interface.md §14 task 10")
def test_taking_note_needs_two_actions(office: Office, crisis: Crisis) -> None:
    """F6, then A: the message that waits is chosen already."""
    crisis.answers["message.thread"][2]["ask"] = ""
    QTest.keyClick(office.window, Qt.Key.Key_F6)
    office.settle()
    screen: Any = office.window.screen_now()
    QTest.keyClick(screen.channels.table, Qt.Key.Key_A)
    office.settle()
    assert crisis.told("message.acknowledge") == [{"message": "m3", "readback": ""}]


def test_taking_note_carries_the_name(office: Office) -> None:
    screen = _care(office)
    assert screen.details.ack.button.text() == "J’ai pris connaissance — Hélène Martin"


@pytest.mark.req("HZ-189")
def test_a_value_that_is_asked_for_must_be_repeated(office: Office, crisis: Crisis) -> None:
    screen = _care(office)
    ack = screen.details.ack
    assert not ack.button.isEnabled()
    QTest.keyClick(screen.channels.table, Qt.Key.Key_A)
    assert ack.answer.hasFocus()
    QTest.keyClicks(ack.answer, "17")
    QTest.keyClick(ack.answer, Qt.Key.Key_Return)
    assert crisis.told("message.acknowledge") == [{"message": "m3", "readback": "17"}]


@pytest.mark.req("HZ-189")
def test_a_value_repeated_wrong_is_not_an_acknowledgement(office: Office, crisis: Crisis) -> None:
    crisis.acks["message.acknowledge"] = {
        "entries": [4],
        "answer": {"acknowledged": False},
        "notices": [{"code": "receipt.misread", "args": {"text": "Mal relu. — Relire."}}],
    }
    screen = _care(office)
    ack = screen.details.ack
    done: list[str] = []
    ack.done.connect(done.append)
    ack.answer.setText("71")
    ack.submit()
    office.settle()
    assert not done
    assert "Mal relu" in ack.note.accessibleName()
    assert ack.answer.hasFocus()


# -- writing --------------------------------------------------------------------------------


def test_a_message_is_sent_with_ctrl_enter(office: Office, crisis: Crisis) -> None:
    screen = _care(office)
    QTest.keyClick(screen.channels.table, Qt.Key.Key_T)
    assert screen.composer.text.hasFocus()
    QTest.keyClicks(screen.composer.text, "Lit 204 libre a 09:00")
    screen.composer.choose("urgent")
    QTest.keyClick(screen.composer.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    (sent,) = crisis.told("message.send")
    assert sent["channel"] == "care"
    assert sent["priority"] == "urgent"
    assert sent["text"] == "Lit 204 libre a 09:00"
    assert sent["to"] == []
    assert screen.composer.text.toPlainText() == ""


def test_what_is_typed_is_kept_at_once_and_by_channel(office: Office, crisis: Crisis) -> None:
    screen = _care(office)
    screen.composer.text.setPlainText("à moitié écrit")
    saved = crisis.told("draft.save")
    assert saved[-1]["slot"] == "message:care"
    assert saved[-1]["body"]["text"] == "à moitié écrit"
    screen.open_channel("unit:REA")
    office.settle()
    assert screen.composer.text.toPlainText() == ""
    assert crisis.told("draft.load")[-1] == {"slot": "message:unit:REA"}


@pytest.mark.req("HZ-191")
def test_a_patient_number_is_asked_about_before_it_leaves(office: Office, crisis: Crisis) -> None:
    crisis.refuse["message.send"] = {
        "code": "message.patient_number",
        "args": {"text": "Le texte semble contenir un numéro de patient."},
    }
    screen = _care(office)
    screen.composer.text.setPlainText("IPP 800123450")
    screen.composer.submit()
    office.settle()
    question = office.window.work.dialogs.dialog
    assert question is not None
    del crisis.refuse["message.send"]
    question.edit.setText("un numéro de série")
    question.decide(yes=True)
    office.settle()
    assert crisis.told("message.send")[-1]["confirmed"] == ["message.patient_number"]


@pytest.mark.req("HZ-191")
def test_each_channel_says_whether_a_patient_may_be_named(office: Office, crisis: Crisis) -> None:
    crisis.answers["message.channels"][3]["clinical"] = True
    screen = _care(office)
    assert "ni nom ni numéro de patient" in screen.about.text()
    screen.open_channel("unit:URG")
    assert "peut y être nommé" in screen.about.text()


def test_flash_is_hidden_from_those_who_may_not_send_it(qapp: QApplication, crisis: Crisis) -> None:
    crisis.calls["rights"] = ["message"]
    made = Office(qapp, crisis, NURSE)
    try:
        screen = _care(made)
        assert screen.composer.chips["flash"].isHidden()
        assert not screen.composer.chips["urgent"].isHidden()
    finally:
        made.close()


def test_an_own_message_is_corrected_not_changed(office: Office, crisis: Crisis) -> None:
    screen = _care(office)
    screen.reading.list.selectRow(screen.reading.model.place_of("m4"))
    assert screen.details.correct.isVisible()
    screen.details.correct.click()
    assert screen.composer.send.text() == "Envoyer la correction"
    screen.composer.text.setPlainText("À 09:00")
    screen.composer.submit()
    assert crisis.told("message.send")[-1]["corrects"] == "m4"


def test_a_refused_message_stays_typed(office: Office, crisis: Crisis) -> None:
    crisis.refuse["message.send"] = {"code": "message.too_many_flash", "args": {"text": "Trop."}}
    screen = _care(office)
    screen.composer.text.setPlainText("Attention")
    screen.composer.submit()
    assert screen.composer.text.toPlainText() == "Attention"
    assert "Trop." in screen.composer.note.accessibleName()
    assert screen.composer.send.isEnabled()


# -- directives -----------------------------------------------------------------------------


@pytest.mark.req("HZ-190")
def test_only_what_is_in_force_is_listed_with_what_it_replaced_beside(office: Office) -> None:
    screen = _orders(office)
    assert [row.directive for row in screen.reading.orders_model.rows()] == ["d1", "d2", "d3"]
    said = words_of(screen.details)
    assert "Elle remplace" in said
    assert "Prescriptions sur papier uniquement." in said


def test_a_directive_counts_its_wards_and_says_until_when(office: Office) -> None:
    screen = _orders(office)
    said = table_text(screen.reading.orders, 0)
    assert "12/14 services" in said
    assert "jusqu’à sa levée" in said
    assert "jusqu’au 18:20" in table_text(screen.reading.orders, 1)


def test_replacing_names_the_old_one(office: Office, crisis: Crisis) -> None:
    screen = _orders(office)
    screen.details.replace.click()
    office.settle()
    sheet: Any = office.window.work.sheet
    assert sheet.text.toPlainText().startswith("Toute nouvelle prescription")
    sheet.text.setPlainText("Autre texte")
    sheet.submit()
    (told,) = crisis.told("directive.replace")
    assert told["directive"] == "d1"
    assert told["text"] == "Autre texte"


@pytest.mark.req("HZ-190")
def test_two_that_clash_are_said_and_replaced_together(office: Office, crisis: Crisis) -> None:
    crisis.answers["directive.list"][0]["conflicts_with"] = ["d3"]
    screen = _orders(office)
    assert "deux en vigueur" in table_text(screen.reading.orders, 0)
    assert "trancher" in words_of(screen.details)
    screen.details.replace.click()
    office.settle()
    office.window.work.sheet.submit()
    (told,) = crisis.told("directive.issue")
    assert told["replaces"] == ["d1", "d3"]


def test_lifting_needs_a_reason(office: Office, crisis: Crisis) -> None:
    screen = _orders(office)
    screen.details.end.click()
    question = office.window.work.dialogs.dialog
    assert not question.verb.isEnabled()
    question.reason.setText("DPI revenu")
    question.decide(yes=True)
    assert crisis.told("directive.end") == [{"directive": "d1", "reason": "DPI revenu"}]


def test_the_couriers_code_is_recorded_with_a_name(office: Office, crisis: Crisis) -> None:
    screen = _orders(office)
    screen.details.code.click()
    question = office.window.work.dialogs.dialog
    question.code.setText("k7f2qx")
    question.name.setText("J. Petit")
    question.decide(yes=True)
    assert crisis.told("directive.return_code") == [{"code": "K7F2QX", "name": "J. Petit"}]


def test_a_ward_says_what_became_of_a_directive(qapp: QApplication, crisis: Crisis) -> None:
    signed = {**order_for_a_ward(NOW), "claim": False, "my_state": "acknowledged"}
    crisis.answers["directive.list"] = [signed]
    crisis.calls["rights"] = ["message"]
    made = Office(qapp, crisis, NURSE)
    try:
        screen = _orders(made)
        assert not screen.details.replace.isVisible()
        screen.details.did.click()
        assert crisis.told("directive.acknowledge")[-1] == {"directive": "d4", "state": "done"}
        screen.details.cannot.click()
        question = made.window.work.dialogs.dialog
        question.reason.setText("Plus de papier")
        question.decide(yes=True)
        last = crisis.told("directive.acknowledge")[-1]
        assert last == {"directive": "d4", "state": "impossible", "reason": "Plus de papier"}
    finally:
        made.close()


# -- the claim ------------------------------------------------------------------------------


def _claimed(office: Office, crisis: Crisis) -> Any:
    crisis.answers["message.claims"] = claims(NOW)
    crisis.answers["directive.list"] = [order_for_a_ward(NOW)]
    crisis.news("message")
    office.settle()
    return office.reception._messages.card


@pytest.mark.req("HZ-187")
def test_a_flash_stands_above_every_screen_until_it_is_acknowledged(
    office: Office, crisis: Crisis
) -> None:
    """It goes neither by itself nor by changing screens, and it covers nothing."""
    card = _claimed(office, crisis)
    for key in ("steering.situation", "shared.messages", "shared.printing"):
        office.go(key)
        assert card.isVisible()
        assert "Toute transfusion se fait au lit" in words_of(card)
    stack = office.window.work.stack
    assert (
        card.mapTo(office.window, card.rect().bottomLeft()).y()
        <= stack.mapTo(office.window, stack.rect().topLeft()).y()
    )
    card.ack.answer.setText("4321")
    crisis.answers["message.claims"] = []
    crisis.answers["directive.list"] = []
    card.ack.submit()
    office.settle()
    assert crisis.told("message.acknowledge") == [{"message": "f1", "readback": "4321"}]
    assert not card.isVisible()


@pytest.mark.req("HZ-187")
def test_the_worst_claim_is_shown_and_the_others_counted(office: Office, crisis: Crisis) -> None:
    card = _claimed(office, crisis)
    assert [claim.key for claim in card.claims] == ["f1", "d4"]
    assert card.more.text() == "1 autre à accuser"
    button = office.window.rail._buttons[KEY]
    assert "4" in button.accessibleName()


def test_what_is_typed_into_a_claim_stays_when_news_arrives(office: Office, crisis: Crisis) -> None:
    card = _claimed(office, crisis)
    card.ack.answer.setText("43")
    crisis.news("message", "directive")
    office.settle()
    assert card.ack.answer.text() == "43"


def test_a_routine_message_waits_in_the_list(office: Office, crisis: Crisis) -> None:
    crisis.answers["message.claims"] = [{**claims(NOW)[0], "priority": "routine"}]
    crisis.news("message")
    office.settle()
    assert not office.reception._messages.card.isVisible()


@pytest.mark.req("HZ-186")
def test_the_wall_shows_that_a_claim_waits_not_its_words(office: Office, crisis: Crisis) -> None:
    card = _claimed(office, crisis)
    screen = office.go("steering.situation")
    office.window.work.show_wall(on=screen.show_wall(on=True))
    office.settle()
    assert card.isVisible()
    assert "transfusion" not in words_of(card)
    assert "F11" in words_of(card)


@pytest.mark.req("HZ-187")
def test_the_lock_takes_the_claim_out_of_sight_and_the_next_person_has_it(
    office: Office, crisis: Crisis
) -> None:
    card = _claimed(office, crisis)
    office.reception.lock()
    assert not card.isVisible()
    crisis.news("message")
    assert not card.isVisible()
    office.reception.enter(NURSE)
    office.settle()
    assert card.isVisible()
    assert card.ack.button.text().endswith("Claire Dubois")


# -- what was really shown ------------------------------------------------------------------


@pytest.mark.req("HZ-188")
def test_three_seconds_in_sight_are_told_to_the_node(office: Office, crisis: Crisis) -> None:
    screen = _care(office)
    assert screen.seen.timer.isActive()
    assert screen.seen.timer.interval() == 3_000
    assert not crisis.told("message.shown")
    screen.seen.timer.timeout.emit()
    assert crisis.told("message.shown") == [{"items": ["m5"]}]


@pytest.mark.req("HZ-188")
def test_what_left_the_screen_in_time_was_not_shown(office: Office, crisis: Crisis) -> None:
    screen = _care(office)
    office.go("steering.situation")
    screen.seen.timer.timeout.emit()
    assert not crisis.told("message.shown")


# -- states ---------------------------------------------------------------------------------


def test_an_empty_channel_says_that_writing_works(office: Office) -> None:
    screen = office.go(KEY)
    screen.open_channel("logistics")
    office.settle()
    assert "Personne n’a encore écrit" in screen.reading.empty.accessibleName()
    assert screen.composer.isVisible()


def test_a_refusal_takes_the_screen_and_says_why(qapp: QApplication, crisis: Crisis) -> None:
    crisis.refuse["message.channels"] = {"code": "permission.denied", "args": {}}
    made = Office(qapp, crisis, NURSE)
    try:
        screen = made.go(KEY)
        assert screen.state is State.REFUSED
    finally:
        made.close()


def test_printing_carries_the_chosen_message(office: Office) -> None:
    screen = _care(office)
    assert screen.print_document() == PrintOrder("MESS", {"message": "m3"})
    screen = _orders(office)
    assert screen.print_document() == PrintOrder("MESS", {"directive": "d1"})


@pytest.mark.parametrize("size", [(1280, 720), (1366, 768), (1920, 1080)])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_nothing_is_cut(
    office: Office,
    crisis: Crisis,
    clipped: Callable[[QWidget], list[str]],
    size: tuple[int, int],
    lang: str,
) -> None:
    choose_language(lang)
    office.window.resize(*size)
    for screen in (_care(office), _orders(office)):
        for table in (screen.channels.table, screen.reading.shown, screen.details.table):
            assert cut_rows(table) == []
        assert clipped(screen) == []
    card = _claimed(office, crisis)
    assert clipped(card) == []


def test_everything_has_a_name(
    office: Office, crisis: Crisis, unlabelled: Callable[[QWidget], list[str]]
) -> None:
    _care(office)
    _claimed(office, crisis)
    assert unlabelled(office.window) == []


def test_late_is_said_with_its_span() -> None:
    late = words.deadline_text(NOW - 12 * MINUTE, NOW).replace("\u00a0", " ")
    assert "en retard de 12 min" in late
    due = words.deadline_text(NOW + 6 * MINUTE, NOW).replace("\u00a0", " ")
    assert "dans 6 min" in due
